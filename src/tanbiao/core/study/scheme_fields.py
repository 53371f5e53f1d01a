"""Each scheme's fields, added up from the pieces of a study's view under that scheme.

The table (``data/methods/scheme_fields.json``) says for every field which pieces of which stages stand in it, whether
it is a part of the scheme's totals, held in another field, or told apart, and from where that is known. The parts add
up to the scheme's first total, which is the last figure of the waterfall; anything else is an error of this program
and gives no fields at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from tanbiao.core.amounts import add
from tanbiao.core.canonical import decimal12
from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, finding, render
from tanbiao.core.study import parameter_sets
from tanbiao.core.study.cbam import Account
from tanbiao.core.study.model import STAGES
from tanbiao.core.study.parameter_sets import LEFT_OUT, View
from tanbiao.core.study.pieces import AIRCRAFT, CREDIT, MEMO, PIECES

WITHIN: Final = Decimal("1e-9")
"""How far the parts may be off the total, over the sum of their sizes: the rounding to 12 digits."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its value in kg CO2e per declared unit, and the totals that hold it."""

    id: str
    name: Mapping[str, str]
    role: str
    """``part`` of a total, ``of_which`` (held in a part), ``memo`` (told apart)."""
    value: Decimal
    totals: tuple[str, ...]
    state: str
    """``complete``, or what keeps it from being: ``incomplete``, ``not_declared``, ``excluded`` (of its stages)."""
    source: str
    note: Mapping[str, str]

    @property
    def shown(self) -> str | None:
        """The value as text; None where its stages are not there: an absence is never 0."""
        return None if self.state in ("not_declared", "excluded") else str(self.value)


@dataclass(frozen=True, slots=True)
class Fields:
    """A scheme's fields and totals; the first total is the view's figure."""

    set: str
    totals: Mapping[str, Decimal]
    names: Mapping[str, Mapping[str, str]]
    rows: tuple[Field, ...]
    findings: tuple[Finding, ...]

    def value(self, key: str) -> Decimal:
        """Return a field's or a total's value."""
        return self.totals[key] if key in self.totals else next(row.value for row in self.rows if row.id == key)


@lru_cache(maxsize=1)
def table() -> Mapping[str, Any]:
    """Return the table of fields as it is published."""
    text = resources.files("tanbiao.data.methods").joinpath("scheme_fields.json").read_text(encoding="utf-8")
    body: Mapping[str, Any] = json.loads(text)
    return body


def fields(view: View) -> Fields | None:
    """Return the fields of the view's scheme; None where the table has none for it.

    Raises
    ------
    TanbiaoError
        ``fields_do_not_add_up``: an error of this program.
    """
    scheme = table()["schemes"].get(view.set.id)
    if scheme is None:
        return None
    rows = tuple(_field(item, view) for item in scheme["fields"])
    totals, names = {}, {}
    for item in scheme["totals"]:
        parts = [row.value for row in rows if item["id"] in row.totals]
        totals[item["id"]] = sum(parts, Decimal(0)).normalize() + 0
        names[item["id"]] = item["name"]
    first = next(iter(totals))
    size = sum((abs(row.value) for row in rows if first in row.totals), abs(view.total))
    if abs(totals[first] - view.total) > WITHIN * size:
        params = {"scheme": view.set.id, "sum": str(totals[first]), "total": str(view.total)}
        raise TanbiaoError.of("fields_do_not_add_up", "", **params)
    return Fields(view.set.id, totals, names, rows, _findings(scheme, rows, view))


def _field(item: Mapping[str, Any], view: View) -> Field:
    if item["pieces"][0] in MEMO:
        return _beside(item, view)
    counted = tuple(view.stages) if item["stages"] == "counted" else tuple(item["stages"])
    terms = [
        sign * view.table.get((stage, piece), 0.0)
        for stage in STAGES
        if stage in counted
        for sign, piece in _pieces(item["pieces"], view)
    ]
    role, totals = item["role"], tuple(item.get("in", ()))
    if role == "credit":
        role, totals = ("part", totals) if view.credits_counted else ("memo", ())
    value = Decimal(decimal12(add(0.0, *terms))).normalize() + 0
    return Field(
        item["id"], item["name"], role, value, totals, _state(counted, view), item["source"], item.get("note", {})
    )


def _beside(item: Mapping[str, Any], view: View) -> Field:
    """Return a memo item: no stage holds it, and what the study does not tell is not declared."""
    told = view.memo.get(item["pieces"][0])
    value = Decimal(decimal12(told or 0.0)).normalize() + 0
    state = "not_declared" if told is None else "complete"
    return Field(item["id"], item["name"], "memo", value, (), state, item["source"], item.get("note", {}))


def kinds() -> list[dict[str, Any]]:
    """Return the table of kinds: in which fields of each scheme, CBAM among them, a kind of emission stands.

    Returns
    -------
    list
        ``kind``, ``name``, and under ``fields`` scheme → ids of its fields; an empty list where the scheme counts it
        nowhere. A field of everything (``*``) holds every kind of its stages that the scheme counts.
    """
    body = table()
    rows = []
    for kind in (*PIECES, AIRCRAFT, CREDIT, *MEMO):
        found = {key: _holding(kind, key, body["schemes"][key]) for key in parameter_sets.parameter_sets()}
        found["cbam"] = [item["id"] for item in body["cbam"]["fields"] if kind in item["pieces"]]
        rows.append({"kind": kind, "name": body["pieces"][kind], "fields": found})
    return rows


def _holding(kind: str, scheme: str, body: Mapping[str, Any]) -> list[str]:
    steps = parameter_sets.parameter_sets()[scheme].steps
    left_out = LEFT_OUT[steps.get("biogenic", "counted")]
    counted = (kind in PIECES and kind not in left_out) or (kind == CREDIT and steps.get("credits") == "in_total")
    return [
        item["id"]
        for item in body["fields"]
        if kind in {name.removeprefix("-") for name in item["pieces"]} or (counted and item["pieces"] == ["*"])
    ]


@dataclass(frozen=True, slots=True)
class GoodFields:
    """CBAM's column for the declared good: fields and totals in t CO2e per t of it."""

    totals: Mapping[str, Decimal]
    rows: Mapping[str, Decimal]


def cbam_fields(made: Account) -> GoodFields:
    """Return the mechanism's fields of the declared good, whose sums are its specific embedded emissions.

    Raises
    ------
    TanbiaoError
        ``fields_do_not_add_up``: an error of this program.
    """
    good = made.declared
    direct, indirect = ([item.adds[at] for item in good.inputs] for at in (0, 1))
    rows = {
        "attributed_direct": good.own_direct,
        "precursors_direct": add(0.0, *direct),
        "attributed_indirect": good.own_indirect,
        "precursors_indirect": add(0.0, *indirect),
    }
    fields_ = {key: Decimal(decimal12(value)).normalize() + 0 for key, value in rows.items()}
    totals = {
        item["id"]: sum(
            (fields_[one["id"]] for one in table()["cbam"]["fields"] if item["id"] in one["in"]), Decimal(0)
        )
        for item in table()["cbam"]["totals"]
    }
    for key, value in (("direct", good.direct), ("indirect", good.indirect), ("total", good.total)):
        if abs(totals[key] - Decimal(decimal12(value))) > WITHIN * max(abs(totals["total"]), Decimal(1)):
            raise TanbiaoError.of(
                "fields_do_not_add_up", "", scheme="cbam", sum=str(totals[key]), total=f"{value:.12g}"
            )
    return GoodFields(totals, fields_)


def _state(stages: tuple[str, ...], view: View) -> str:
    """Return the state of several stages together: absent only where all of them are."""
    found = {view.states[name] for name in stages}
    if len(found) == 1:
        return found.pop()
    return "incomplete"


def _pieces(names: list[str], view: View) -> list[tuple[float, str]]:
    """Return (sign, piece); ``*`` is all that the scheme counts of a stage."""
    if names == ["*"]:
        left_out = LEFT_OUT[view.set.steps.get("biogenic", "counted")]
        all_counted = [(1.0, name) for name in PIECES if name not in left_out]
        return [*all_counted, (1.0, CREDIT)] if view.credits_counted else all_counted
    return [(-1.0, name[1:]) if name.startswith("-") else (1.0, name) for name in names]


def _findings(scheme: Mapping[str, Any], rows: tuple[Field, ...], view: View) -> tuple[Finding, ...]:
    found = []
    for item, row in zip(scheme["fields"], rows, strict=True):
        sign = item.get("sign")
        if (sign == "<=0" and row.value > 0) or (sign == ">=0" and row.value < 0):
            params = {"field": row.id, "value": f"{row.value:.6g}", "sign": "≤ 0" if sign == "<=0" else "≥ 0"}
            found.append(finding("field_sign", Severity.ERROR, "stages", **params))
    held = add(0.0, *(abs(view.table.get((stage, "undivided"), 0.0)) for stage in view.stages))
    told = any("undivided" in item["pieces"] and len(item["pieces"]) > 1 for item in scheme["fields"])
    if told and held:
        found.append(finding("field_undivided", Severity.WARNING, "stages", value=f"{held:.4g}"))
    return tuple(found)


def as_json(view: View, lang: Lang) -> dict[str, Any]:
    """Return a view as JSON with its fields: figures as decimal text, findings in the reader's language."""
    body = parameter_sets.as_json(view, lang)
    made = fields(view)
    if made is None:
        return body | {"fields": [], "totals": []}
    return body | {
        "fields": [
            {
                "id": row.id,
                "name": dict(row.name),
                "role": row.role,
                "value": row.shown,
                "state": row.state,
                "totals": list(row.totals),
                "source": row.source,
                "note": dict(row.note),
            }
            for row in made.rows
        ],
        "totals": [{"id": key, "name": dict(made.names[key]), "value": str(made.totals[key])} for key in made.totals],
        "findings": body["findings"] + [render(item, lang) for item in made.findings],
    }
