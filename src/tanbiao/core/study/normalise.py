"""The short forms an author may write, brought to the one form the schema types.

``name: 铜箔`` becomes ``{zh: 铜箔}``, ``fuel: natural-gas`` becomes ``{id: natural-gas}``, ``amount: unknown`` with the
row's ``reason`` and ``bound`` becomes one absence, a list of rows becomes a stage. Nothing is typed or judged here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tanbiao.core.study.model_base import PROCESS_PARTS
from tanbiao.core.study.normalise_method import allocation, fate

ABSENT_WORDS = ("unknown", "not_declared", "excluded", "below_cut_off")
_CJK = re.compile(r"[\u3400-\u9fff]")


def scalar(value: Any) -> Any:
    """Return a JSON scalar as the text an author would have written; mappings, lists and None are left alone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, int):
        return str(value)
    return value


def plain(value: Any) -> Any:
    """Return a copy in which every scalar is text and every key without a value is left out."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return scalar(value)


def text(value: Any) -> Any:
    """``铜箔`` → ``{zh: 铜箔}``; text without Chinese characters → ``{en: …}``."""
    if not isinstance(value, str):
        return value
    return {"zh" if _CJK.search(value) else "en": value}


def quantity(value: Any) -> Any:
    """Full-width digits and signs become ASCII, runs of blanks one blank."""
    if not isinstance(value, str):
        return value
    return " ".join(unicodedata.normalize("NFKC", value).replace("−", "-").split())


def amount(row: dict[str, Any]) -> dict[str, Any]:
    """Fold ``amount: unknown`` with the row's ``reason`` and ``bound`` into one absence."""
    value = row.get("amount")
    if isinstance(value, str) and value.strip().lower() in ABSENT_WORDS:
        body = {"absent": value.strip().lower()}
        for key in ("reason", "bound"):
            if key in row:
                body[key] = row.pop(key)
        row["amount"] = body
    elif isinstance(value, str):
        row["amount"] = quantity(value)
    return row


def _evidence(value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    return [{"hash": item} if isinstance(item, str) else item for item in items]


_PERCENT = re.compile(r"^([0-9.]+)\s*%$")
_GSD2 = re.compile(r"^gsd2\s+([0-9.]+)$", re.IGNORECASE)


def _spread(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for pattern, key in ((_PERCENT, "percent"), (_GSD2, "gsd2")):
        found = pattern.match(quantity(value))
        if found:
            return {key: found.group(1)}
    return {"percent": value}


def _data(value: Any) -> Any:
    if isinstance(value, str):
        return {"kind": value}
    if isinstance(value, dict) and "uncertainty" in value:
        return {**value, "uncertainty": _spread(value["uncertainty"])}
    return value


def electricity(value: Any) -> Any:
    """``green_certificate`` → ``{supply: …}``; ``inputs`` written as ``use = 9 MWh; claim1.plant = …`` → keys."""
    if isinstance(value, str):
        value = {"supply": value}
    if not isinstance(value, dict):
        return value
    body = {key: item for key, item in value.items() if key != "inputs"}
    if str(body.get("supply", "")).startswith("dataset/"):
        body |= {"supply": "dataset", "dataset": body["supply"]}
    stated = _assignments(value.get("inputs"))
    if isinstance(stated, dict):
        body |= numbered(stated, "claim", "claims")
    if isinstance(body.get("claim"), dict) and "claims" not in body:
        body["claims"] = [body.pop("claim")]
    if isinstance(body.get("claims"), list):
        body["claims"] = [_claim(item) for item in body["claims"]]
    return body


_NUMBERED = re.compile(r"^([a-z]+?)(\d*)\.([a-z_]+)(?:\.([a-z_]+))?$")


def numbered(stated: Mapping[str, Any], word: str, into: str) -> dict[str, Any]:
    """``claim1.cancelled.for`` → the first of ``claims``: ``cancelled: {for: …}``; other keys stay."""
    body: dict[str, Any] = {}
    items: dict[int, dict[str, Any]] = {}
    for key, text in stated.items():
        found = _NUMBERED.match(key)
        if found is None or found[1] != word:
            body[key] = text
            continue
        item = items.setdefault(int(found[2] or 1), {})
        if found[4]:
            item.setdefault(found[3], {})[found[4]] = text
        else:
            item[found[3]] = text
    if items:
        body[into] = [items[number] for number in sorted(items)]
    return body


def numbered_text(items: Sequence[Mapping[str, Any]], word: str) -> list[tuple[str, Any]]:
    """Return (``claim1.cancelled.for``, text) of each item: what :func:`numbered` reads back."""
    pairs: list[tuple[str, Any]] = []
    for number, item in enumerate(items, 1):
        for key, value in item.items():
            head = f"{word}{number}.{key}"
            if isinstance(value, Mapping):
                pairs += [(f"{head}.{name}", text) for name, text in value.items()]
            elif value:
                pairs.append((head, ", ".join(value) if isinstance(value, list | tuple) else value))
    return pairs


def electricity_text(value: Mapping[str, Any]) -> str:
    """Return what a supply states beside supply, region, year and dataset: what :func:`electricity` reads back."""
    pairs: list[tuple[str, Any]] = []
    for key, item in value.items():
        if key not in ("supply", "region", "year", "dataset", "claims") and item:
            pairs.append((key, item))
    pairs += numbered_text(value.get("claims") or (), "claim")
    return "; ".join(f"{key} = {item}" for key, item in pairs)


def _claim(value: Any) -> Any:
    """``other_claims: CCER, I-REC`` → a list; ``none`` and ``no`` → an empty one."""
    others = value.get("other_claims") if isinstance(value, dict) else None
    if not isinstance(others, str):
        return value
    stated = [] if others.strip().lower() in ("none", "no", "无") else re.split(r"[,，、]\s*", others.strip())
    return {**value, "other_claims": stated}


def legs(value: Any) -> Any:
    """One leg or ``{legs: […]}`` → a list of legs in long form."""
    if isinstance(value, dict) and "legs" in value:
        value = value["legs"]
    items = [value] if isinstance(value, dict) else value
    return [_leg(item) for item in items] if isinstance(items, list) else items


_WAY = re.compile(r"^([A-Z-]+)\s*(?:>|→|到|至)\s*([A-Z-]+)(?:\s+(\w+))?$")


def _leg(value: Any) -> Any:
    """``distance: CN-GD > CN-BJ rail`` → the two places and the mode."""
    found = _WAY.match(quantity(value.get("distance"))) if isinstance(value, dict) and value.get("distance") else None
    if found is None:
        return value
    places = dict(zip(("from", "to", "mode"), found.groups(), strict=True))
    return {key: item for key, item in {**value, "distance": None, **places}.items() if item}


def way_text(leg: Mapping[str, Any]) -> str:
    """Return a leg's distance as people write it: ``500 km``, or ``CN-GD > CN-BJ rail``."""
    if leg.get("distance") or not leg.get("from"):
        return str(leg.get("distance") or "")
    return f"{leg['from']} > {leg['to']} {leg.get('mode') or ''}".strip()


def _fuel(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


def _assignments(value: Any) -> Any:
    """``purity = 0.95; calcination = 1`` → a mapping of quantities."""
    if isinstance(value, str):
        pairs = [item.partition("=") for item in re.split(r"[;；\n]", value) if item.strip()]
        value = {key.strip(): text.strip() for key, _, text in pairs}
    if isinstance(value, dict):
        return {key: quantity(text) for key, text in value.items()}
    return value


def emission(value: Any) -> Any:
    """``carbonate/limestone`` → method and choice; inputs written as ``purity = 0.95; calcination = 1`` → a mapping."""
    if isinstance(value, str):
        name, _, chosen = value.strip().partition("/")
        value = {"method": name} | ({"of": chosen} if chosen else {})
    if not isinstance(value, dict):
        return value
    inputs = _assignments(value.get("inputs"))
    return {key: item for key, item in {**value, "inputs": inputs}.items() if item}


def emission_text(value: Mapping[str, Any]) -> tuple[str, str]:
    """Return (``method/choice``, ``name = amount; …``) of a method in long form: what :func:`emission` reads back."""
    head = f"{value['method']}/{value['of']}" if value.get("of") else str(value["method"])
    return head, "; ".join(f"{key} = {text}" for key, text in (value.get("inputs") or {}).items())


def circular(value: Any) -> Any:
    """``{method, inputs: "R1 = 0.3; virgin = dataset/…"}`` → one mapping; ``modules`` may be a text with commas."""
    if not isinstance(value, dict):
        return value
    stated = _assignments(value.get("inputs"))
    body = {key: item for key, item in value.items() if key != "inputs"}
    body |= numbered(stated, "content", "content") if isinstance(stated, dict) else {}
    if isinstance(body.get("content"), dict):
        body["content"] = [body["content"]]
    if isinstance(body.get("modules"), str):
        body["modules"] = [item.strip() for item in re.split(r"[,，、]", body["modules"]) if item.strip()]
    return {key: item for key, item in body.items() if item}


def circular_text(value: Mapping[str, Any]) -> tuple[str, str]:
    """Return (method, ``R1 = 0.3; virgin = dataset/…``): what :func:`circular` reads back."""
    pairs = {key: item for key, item in value.items() if key != "method" and item}
    if "modules" in pairs:
        pairs["modules"] = ", ".join(pairs["modules"])
    contents = numbered_text(pairs.pop("content", ()), "content")
    return str(value["method"]), "; ".join(f"{key} = {text}" for key, text in [*pairs.items(), *contents])


_ROW_PARTS: dict[str, Callable[[Any], Any]] = {
    "name": text,
    "per": quantity,
    "electricity": electricity,
    "fuel": _fuel,
    "emission": emission,
    "circular": circular,
    "fate": fate,
    "transport": legs,
    "data": _data,
    "evidence": _evidence,
}


def row(value: Any) -> Any:
    """Return a row in long form."""
    if not isinstance(value, dict):
        return value
    body = amount(dict(value))
    for key, change in _ROW_PARTS.items():
        if key in body:
            body[key] = change(body[key])
    return body


def rows(value: Any) -> Any:
    """Return a list of rows in long form."""
    return [row(item) for item in value] if isinstance(value, list) else value


def process(value: Any) -> Any:
    """Return a process in long form; one product may be written as a plain amount."""
    if not isinstance(value, dict):
        return value
    body = dict(value)
    if "name" in body:
        body["name"] = text(body["name"])
    gives = body.get("gives")
    if isinstance(gives, list):
        body["gives"] = [
            {**item, **({"name": text(item["name"])} if "name" in item else {})} if isinstance(item, dict) else item
            for item in gives
        ]
    else:
        body["gives"] = quantity(gives)
    if "allocation" in body:
        body["allocation"] = allocation(body["allocation"])
    for part in PROCESS_PARTS:
        if part in body:
            body[part] = rows(body[part])
    return {key: item for key, item in body.items() if item is not None}


def stage(value: Any) -> Any:
    """Return a stage in long form: ``{rows: […]}`` or its statement."""
    if isinstance(value, list):
        return {"rows": rows(value)}
    if isinstance(value, dict) and "rows" in value:
        return {**value, "rows": rows(value["rows"])}
    return value


def sources(value: Any) -> Any:
    """``key: text`` → ``key: {title: text}``."""
    if not isinstance(value, dict):
        return value
    return {key: {"title": item} if isinstance(item, str) else item for key, item in value.items()}


def suppliers(value: Any) -> Any:
    """``name: text`` of a supplier's footprint → its long form."""
    if not isinstance(value, dict):
        return value
    return {
        key: {**item, "name": text(item["name"])} if isinstance(item, dict) and "name" in item else item
        for key, item in value.items()
    }


def parameters(value: Any) -> Any:
    """``name: 0.9`` → ``name: {amount: "0.9"}``."""
    if not isinstance(value, dict):
        return value
    long: dict[str, Any] = {}
    for key, item in value.items():
        body = {"amount": item} if isinstance(item, str) else item
        if isinstance(body, dict):
            body = dict(body)
            body["amount"] = quantity(body.get("amount"))
            if "name" in body:
                body["name"] = text(body["name"])
            if "data" in body:
                body["data"] = _data(body["data"])
            body = {name: part for name, part in body.items() if part is not None}
        long[key] = body
    return long


def texts(value: Any) -> Any:
    """A list of texts in long form."""
    return [text(item) for item in value] if isinstance(value, list) else value
