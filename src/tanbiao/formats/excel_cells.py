"""Between a row of a study document and the cells of a line in the Excel template, both ways and without loss.

What the columns can't hold goes as JSON into the last one. Where a document's own spelling would be lost (``2.410 kg``,
a key order), the exact row is kept there too and used again as long as nobody has changed the line's cells.
"""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tanbiao.core.study.normalise import (
    circular,
    circular_text,
    electricity,
    electricity_text,
    emission,
    emission_text,
    legs,
    way_text,
)
from tanbiao.core.study.normalise_method import fate, fate_text
from tanbiao.formats import excel_layout as layout
from tanbiao.formats.excel_layout import Lang, key_of, word

Cells = dict[str, Any]
_NUMBER = re.compile(r"^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)$", re.DOTALL)


def text_of(value: Any) -> str:
    """Return a cell's value as the text its author meant: whole numbers without point, dates as ISO, blanks trimmed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value).replace("\u00a0", " ").replace("\u3000", " ").strip()


def plain_of(value: Any) -> str:
    """Return a cell's value as text in NFKC (full-width digits and letters become plain)."""
    return " ".join(unicodedata.normalize("NFKC", text_of(value)).split())


def to_cells(row: Mapping[str, Any], lang: Lang) -> Cells:
    """Return column key → value of a row in canonical form."""
    cells, rest = _columns(dict(copy.deepcopy(row)), lang)
    more: dict[str, Any] = {"more": rest} if rest else {}
    if from_cells({**cells, "more": _dump(more)})[0] != row:
        more["exact"] = row
    if more:
        cells["more"] = _dump(more)
    return {key: value for key, value in cells.items() if value not in (None, "")}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""


def _columns(rest: dict[str, Any], lang: Lang) -> tuple[Cells, dict[str, Any]]:
    """Take out of ``rest`` what the columns can hold; return (cells, what is left)."""
    cells: Cells = {}
    for key in ("id", "source", "derivation", "per", "process", "note"):
        cells[key] = rest.pop(key, None)
    name = rest.pop("name", {})
    cells["name.zh"], cells["name.en"] = name.get("zh"), name.get("en")
    _amount_cells(cells, rest.pop("amount", None), lang)
    stand_in = rest.pop("stand_in", {})
    cells["stand_in.for"], cells["stand_in.reason"] = stand_in.get("for"), stand_in.get("reason")
    data = rest.pop("data", None)
    if data:
        left = _data_cells(cells, data, lang)
        if left:
            rest["data"] = left
    for kind, take in _ACTIVITIES.items():
        if kind in rest:
            left = take(cells, rest.pop(kind), lang)
            if left:
                rest[kind] = left
    return cells, rest


def _amount_cells(cells: Cells, amount: Any, lang: Lang) -> None:
    if isinstance(amount, Mapping):
        cells["amount"] = word(layout.ABSENT[amount["absent"]], lang)
        cells["reason"], cells["bound"] = amount.get("reason"), amount.get("bound")
        return
    found = None if amount is None or amount.startswith("=") else _NUMBER.match(amount)
    if found is None:
        cells["amount"] = amount
    else:
        cells["amount"], cells["unit"] = float(found[1]), found[2]


def _data_cells(cells: Cells, data: dict[str, Any], lang: Lang) -> dict[str, Any]:
    left = dict(data)
    cells["data.kind"] = word(layout.DATA_WORDS[left.pop("kind")], lang)
    if "pedigree" in left:
        cells["data.pedigree"] = ",".join(str(score) for score in left.pop("pedigree"))
    spread = left.get("uncertainty", {})
    if set(spread) == {"percent"}:
        cells["data.uncertainty"] = f"{text_of(spread['percent'])} %"
        del left["uncertainty"]
    elif set(spread) == {"gsd2"}:
        cells["data.uncertainty"] = f"gsd2 {text_of(spread['gsd2'])}"
        del left["uncertainty"]
    return left


def _from_cells_of(cells: Cells, value: str, lang: Lang) -> Any:
    kind, _, target = value.partition("/")
    cells["kind"], cells["target"] = word(layout.KINDS[kind], lang), target


def _electricity_cells(cells: Cells, value: dict[str, Any], lang: Lang) -> Any:
    left = dict(value)
    cells["kind"] = word(layout.KINDS["electricity"], lang)
    cells["supply"] = word(layout.SUPPLIES[left.pop("supply")], lang)
    cells["region"], cells["year"] = left.pop("region", None), left.pop("year", None)
    if "dataset" in left:
        cells["target"] = left.pop("dataset").removeprefix("dataset/")
    cells["inputs"] = electricity_text(left)
    return None


def _fuel_cells(cells: Cells, value: dict[str, Any], lang: Lang) -> Any:
    left = dict(value)
    cells["kind"], cells["target"] = word(layout.KINDS["fuel"], lang), left.pop("id")
    return left


def _transport_cells(cells: Cells, value: list[dict[str, Any]], lang: Lang) -> Any:
    cells["kind"] = word(layout.KINDS["transport"], lang)
    if len(value) != 1:
        return value
    left = dict(value[0])
    cells["target"], cells["distance"] = left.pop("by").removeprefix("dataset/"), way_text(left)
    for key in ("distance",) if "distance" in left else ("from", "to", "mode"):
        left.pop(key, None)
    return [left] if left else None


def _treatment_cells(cells: Cells, value: str, lang: Lang) -> Any:
    cells["kind"] = word(layout.KINDS["treatment"], lang)
    cells["target"] = value.removeprefix("dataset/")


def _credit_cells(cells: Cells, value: str, lang: Lang) -> Any:
    cells["kind"], cells["target"] = word(layout.KINDS["credit"], lang), value.removeprefix("dataset/")


def _worded(kind: str) -> Any:
    def take(cells: Cells, value: str, lang: Lang) -> Any:
        cells["kind"], cells["target"] = word(layout.KINDS[kind], lang), value

    return take


def _emission_cells(cells: Cells, value: dict[str, Any], lang: Lang) -> Any:
    cells["kind"] = word(layout.KINDS["emission"], lang)
    cells["target"], cells["inputs"] = emission_text(value)


def _circular_cells(cells: Cells, value: dict[str, Any], lang: Lang) -> Any:
    cells["kind"] = word(layout.KINDS["circular"], lang)
    cells["target"], cells["inputs"] = circular_text(value)


def _fate_cells(cells: Cells, value: dict[str, Any], lang: Lang) -> Any:
    cells["kind"] = word(layout.KINDS["fate"], lang)
    cells["target"], cells["inputs"] = fate_text(value)


_ACTIVITIES: dict[str, Any] = {
    "from": _from_cells_of,
    "electricity": _electricity_cells,
    "fuel": _fuel_cells,
    "transport": _transport_cells,
    "gas": _worded("gas"),
    "emission": _emission_cells,
    "circular": _circular_cells,
    "fate": _fate_cells,
    "treatment": _treatment_cells,
    "credit": _credit_cells,
    "burden_free": _worded("burden_free"),
    "what": _worded("what"),
}


def from_cells(cells: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return (row document, keys of cells that could not be read) of a line.

    Values are as people type them; what is wrong with them is found when the document is parsed.
    """
    wrong: list[str] = []
    extra = _extra(cells.get("more"), wrong)
    exact = extra.get("exact")
    if isinstance(exact, dict):
        for lang in ("zh", "en"):
            kept, _ = _columns(copy.deepcopy(exact), lang)
            if _same(kept, cells):
                return copy.deepcopy(exact), wrong
    row: dict[str, Any] = {}
    _simple(row, cells)
    _read_amount(row, cells)
    _read_activity(row, cells, wrong)
    _read_data(row, cells, wrong)
    more = extra.get("more")
    if isinstance(more, dict):
        _merge(row, more)
    return row, wrong


def _extra(value: Any, wrong: list[str]) -> dict[str, Any]:
    if not text_of(value):
        return {}
    try:
        extra = json.loads(str(value))
    except ValueError:
        wrong.append("more")
        return {}
    if not isinstance(extra, dict):
        wrong.append("more")
        return {}
    return extra


def _same(kept: Cells, cells: Mapping[str, Any]) -> bool:
    keys = {*kept, *cells} - {"more"}
    return all(text_of(kept.get(key)) == text_of(cells.get(key)) for key in keys)


def _simple(row: dict[str, Any], cells: Mapping[str, Any]) -> None:
    if plain_of(cells.get("id")):
        row["id"] = plain_of(cells["id"])
    name = {lang: text_of(cells.get(f"name.{lang}")) for lang in ("zh", "en")}
    if any(name.values()):
        row["name"] = {lang: value for lang, value in name.items() if value}
    for key in ("source", "derivation", "note"):
        if text_of(cells.get(key)):
            row[key] = text_of(cells[key])
    for key in ("per", "process"):
        if plain_of(cells.get(key)):
            row[key] = plain_of(cells[key])
    stand_in = {key: text_of(cells.get(f"stand_in.{key}")) for key in ("for", "reason")}
    if any(stand_in.values()):
        row["stand_in"] = {key: value for key, value in stand_in.items() if value}


def _read_amount(row: dict[str, Any], cells: Mapping[str, Any]) -> None:
    text, unit = plain_of(cells.get("amount")), plain_of(cells.get("unit"))
    absent = key_of(layout.ABSENT, text) if text else None
    reason, bound = text_of(cells.get("reason")), plain_of(cells.get("bound"))
    if absent is not None:
        row["amount"] = {"absent": absent}
        if reason:
            row["amount"]["reason"] = reason
        if bound:
            row["amount"]["bound"] = bound
    elif text.startswith("=") or not text:
        if text:
            row["amount"] = text_of(cells["amount"])
    else:
        row["amount"] = text if unit and text.endswith(f" {unit}") else f"{text} {unit}".strip()


def _dataset(target: str) -> str:
    return target if target.startswith(("dataset/", "process/")) else f"dataset/{target}"


_WITH_INPUTS: dict[str, Any] = {
    "emission": lambda target, inputs: emission({**emission(target), "inputs": inputs}),
    "circular": lambda target, inputs: circular({"method": target, "inputs": inputs}),
    "fate": lambda target, inputs: fate({"material": target, "inputs": inputs}),
}


def _read_activity(row: dict[str, Any], cells: Mapping[str, Any], wrong: list[str]) -> None:
    shown, target = plain_of(cells.get("kind")), plain_of(cells.get("target"))
    if not shown:
        return
    kind = key_of(layout.KINDS, shown)
    if kind is None:
        wrong.append("kind")
    elif kind == "electricity":
        row["electricity"] = _read_electricity(cells, target, wrong)
    elif kind == "transport":
        distance = plain_of(cells.get("distance"))
        leg = {"distance": distance, "by": _dataset(target) if target else ""}
        if distance or target:
            row["transport"] = legs([{key: value for key, value in leg.items() if value}])
    elif not target:
        wrong.append("target")
    elif kind in ("dataset", "process", "supplier"):
        row["from"] = f"{kind}/{target.removeprefix(kind + '/')}"
    elif kind in ("treatment", "credit"):
        row[kind] = _dataset(target)
    elif kind in _WITH_INPUTS:
        row[kind] = _WITH_INPUTS[kind](target, text_of(cells.get("inputs")))
    elif kind == "fuel":
        row["fuel"] = {"id": target}
    else:
        row[kind] = target if kind == "gas" else text_of(cells.get("target"))


def _read_electricity(cells: Mapping[str, Any], target: str, wrong: list[str]) -> dict[str, Any]:
    shown = plain_of(cells.get("supply"))
    supply = key_of(layout.SUPPLIES, shown) if shown else "grid"
    if supply is None:
        wrong.append("supply")
        supply = shown
    body: dict[str, Any] = {"supply": supply}
    for key in ("region", "year"):
        if plain_of(cells.get(key)):
            body[key] = plain_of(cells[key])
    if str(body.get("year", "")).isdigit():
        body["year"] = int(body["year"])
    if target:
        body["dataset"] = _dataset(target)
    stated = electricity({"supply": supply, "inputs": text_of(cells.get("inputs"))})
    return {**stated, **body} if isinstance(stated, dict) else body


def _read_data(row: dict[str, Any], cells: Mapping[str, Any], wrong: list[str]) -> None:
    data: dict[str, Any] = {}
    shown = plain_of(cells.get("data.kind"))
    if shown:
        kind = key_of(layout.DATA_WORDS, shown)
        if kind is None:
            wrong.append("data.kind")
        data["kind"] = kind or shown
    scores = re.findall(r"[^\s,;，；、]+", plain_of(cells.get("data.pedigree")))
    if scores:
        data["pedigree"] = [int(score) if score.isdigit() else score for score in scores]
    spread = plain_of(cells.get("data.uncertainty"))
    if spread:
        data["uncertainty"] = _read_spread(spread)
    if data:
        row["data"] = data


def _read_spread(text: str) -> Any:
    percent = re.match(r"^([0-9.]+)\s*%$", text)
    if percent:
        return {"percent": float(percent[1])}
    gsd2 = re.match(r"^gsd2\s+([0-9.]+)$", text, re.IGNORECASE)
    if gsd2:
        return {"gsd2": float(gsd2[1])}
    number = re.match(r"^0?\.\d+$", text)
    # Excel turns a typed 5 % into the number 0.05
    return {"percent": float(text) * 100} if number else text


def _merge(row: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        present = row.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value)
        elif isinstance(present, list) and isinstance(value, list) and len(present) == len(value) == 1:
            _merge(present[0], value[0])
        elif key not in row:
            row[key] = copy.deepcopy(value)
