"""What a round of rectification changed: the rows of its package beside those of the round before, and the effect.

Both are frozen packages, so that what is compared is what was submitted, and never what the study holds by now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.core.amounts import add
from tanbiao.web.certification.models import Case
from tanbiao.web.studies.queries import read_json

COMPARED = ("amount", "unit", "dataset", "factor", "source", "data_kind", "value")
"""What of a row's contributions is compared; the last is the effect."""


def packages(case: Case) -> tuple[str, ...]:
    """Return the hash of each round's package, the first round first."""
    applied = case.history.filter(event="apply").values_list("details", flat=True).first() or {}
    handed_in = case.history.filter(event="resubmit").order_by("index").values_list("details", flat=True)
    return tuple(str(item.get("package", "")) for item in (applied, *handed_in))


def package_before(case: Case) -> str:
    """Return the hash of the package of the round before; empty in the first round."""
    chain = packages(case)
    return chain[-2] if len(chain) > 1 else ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of a row that differs: old and new value as text, empty where the row had none."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that changed: ``added``, ``removed`` or ``changed``; its cells; its values in kg CO2e per declared unit."""

    row: str
    name: Mapping[str, str]
    kind: str
    cells: tuple[Cell, ...]
    old: float | None
    new: float | None

    @property
    def effect(self) -> float:
        """New − old value; a row that is not there contributes nothing."""
        return (self.new or 0.0) - (self.old or 0.0)


@dataclass(frozen=True, slots=True)
class RoundChange:
    """All changed rows, the largest effect first, and the declared totals before and after."""

    rows: tuple[RowChange, ...]
    old_total: float
    new_total: float

    @property
    def effect(self) -> float:
        """New − old total; the sum of the rows' effects to rounding."""
        return self.new_total - self.old_total


def round_change(case: Case) -> RoundChange | None:
    """Return what this round's package changed against the one before; None in the first round."""
    before = package_before(case)
    if not before:
        return None
    return compare(read_json(before), read_json(case.package_hash))


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> RoundChange:
    """Return the changes between two packages."""
    earlier, later = _rows(old), _rows(new)
    changes = []
    for row in dict.fromkeys((*earlier, *later)):
        was, now = earlier.get(row, ()), later.get(row, ())
        cells = _cells(was, now)
        if cells:
            kind = "changed" if was and now else ("added" if now else "removed")
            name = [*now, *was][0].get("name") or {}
            changes.append(RowChange(row, name, kind, cells, _value(was), _value(now)))
    changes.sort(key=lambda one: (-abs(one.effect), one.row))
    return RoundChange(tuple(changes), float(old["result"]["total"]["value"]), float(new["result"]["total"]["value"]))


def _rows(package: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for item in package["result"]["contributions"]:
        rows.setdefault(item["row"], []).append(item)
    return rows


def _cells(was: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> tuple[Cell, ...]:
    """Return the fields that differ; a row with several factors shows all their values, a semicolon between."""
    pairs = ((field, _joined(was, field), _joined(now, field)) for field in COMPARED)
    return tuple(Cell(field, old, new) for field, old, new in pairs if old != new)


def _joined(items: Sequence[Mapping[str, Any]], field: str) -> str:
    if field == "value":
        return "" if not items else f"{_value(items):.12g}"
    seen = dict.fromkeys(str(item[field]) for item in items if item.get(field) not in (None, ""))
    return "; ".join(seen)


def _value(items: Sequence[Mapping[str, Any]]) -> float | None:
    return add(*(float(item["value"]) for item in items)) if items else None
