"""Short forms of the parts a method asks for, brought to the form the schema types (as :mod:`.normalise` does)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from tanbiao.core.study.method_parts import REMARKS, ROUTES

_FATE_PLAIN = ("material", "region", "table", "reason")


def _text(value: Any) -> Any:
    from tanbiao.core.study.normalise import text

    return text(value)


def _quantity(value: Any) -> Any:
    return " ".join(unicodedata.normalize("NFKC", value).split()) if isinstance(value, str) else value


def fate(value: Any) -> Any:
    """``{material, inputs: "landfill share = 0.4; landfill = dataset/…; reason = …"}`` → the long form."""
    if isinstance(value, str):
        value = {"material": value}
    if not isinstance(value, dict):
        return value
    body = {key: item for key, item in value.items() if key != "inputs"}
    for piece in re.split(r"[;；\n]", str(value.get("inputs") or "")):
        key, _, stated = (part.strip() for part in piece.partition("="))
        if not key:
            continue
        name, _, by = key.partition(" ")
        if name in ROUTES and by.strip() == "share":
            body.setdefault("shares", {})[name] = _quantity(stated)
        else:
            body[key] = stated
    if isinstance(body.get("shares"), dict):
        body["shares"] = {key: _quantity(item) for key, item in body["shares"].items()}
    return {key: item for key, item in body.items() if item}


def fate_text(value: Mapping[str, Any]) -> tuple[str, str]:
    """Return (material, ``region = CN; landfill share = 0.4; landfill = dataset/…``): what :func:`fate` reads back."""
    pairs = [(key, value[key]) for key in _FATE_PLAIN[1:] if value.get(key)]
    pairs += [(f"{key} share", item) for key, item in (value.get("shares") or {}).items()]
    pairs += [(key, value[key]) for key in ROUTES if value.get(key)]
    return str(value["material"]), "; ".join(f"{key} = {item}" for key, item in pairs)


def allocation(value: Any) -> Any:
    """``prices: [{year: 2021, of, source}]`` → a span of days; texts and quantities in long form."""
    if not isinstance(value, dict):
        return value
    body = dict(value)
    if isinstance(body.get("prices"), dict):
        body["prices"] = [body["prices"]]
    if isinstance(body.get("prices"), list):
        body["prices"] = [_prices(item) for item in body["prices"]]
    if isinstance(body.get("per_product"), dict):
        body["per_product"] = {key: _quantity(text) for key, text in body["per_product"].items()}
    if isinstance(body.get("drivers"), dict):
        body["drivers"] = {key: _driver(item) for key, item in body["drivers"].items()}
    if isinstance(body.get("expanded"), str):
        body["expanded"] = [item.strip() for item in re.split(r"[,，、]", body["expanded"]) if item.strip()]
    return body


def _prices(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    body = {key: item for key, item in value.items() if key != "year"}
    if "year" in value and "from" not in body and "to" not in body:
        body |= {"from": f"{value['year']}-01-01", "to": f"{value['year']}-12-31"}
    if isinstance(body.get("of"), dict):
        body["of"] = {key: _quantity(text) for key, text in body["of"].items()}
    return body


def _driver(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    body = dict(value)
    if "name" in body:
        body["name"] = _text(body["name"])
    if isinstance(body.get("amounts"), dict):
        body["amounts"] = {key: _quantity(text) for key, text in body["amounts"].items()}
    return body


def long_forms(document: dict[str, Any]) -> None:
    """Bring carbon content, memo, scenarios, remarks and the functional flow to their long forms, in place."""
    memo = document.get("memo")
    if isinstance(memo, list):
        document["memo"] = [
            {**item, "what": _text(item.get("what")), "amount": _quantity(item.get("amount"))}
            if isinstance(item, dict)
            else item
            for item in memo
        ]
    scenarios = document.get("scenarios")
    if isinstance(scenarios, dict) and isinstance(scenarios.get("use"), str):
        document["scenarios"] = {**scenarios, "use": {"scenario": scenarios["use"]}}
    remarks = document.get("remarks")
    if isinstance(remarks, dict):
        document["remarks"] = {key: _text(item) if key in REMARKS else item for key, item in remarks.items()}
