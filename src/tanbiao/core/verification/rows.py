"""The rows of a frozen result as a verifier sees them: one per row id, with what carries their data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.core.amounts import add

SPECIFIC = ("site_specific", "primary")
"""Kinds of data that a company collected itself, and that can therefore be traced to its documents."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A row of a result: its value and absolute value (kg CO2e per declared unit) and its share of Σ|value|, 0…1."""

    row: str
    name: Mapping[str, str]
    stage: str
    value: float
    size: float
    """Σ|value| over the factors and kinds of the row."""
    share: float
    data_kind: str
    stand_in: bool
    supplier: str
    """The supplier's site whose data carry the row; empty for one's own and for background data."""


def result_rows(package: Mapping[str, Any]) -> tuple[ResultRow, ...]:
    """Return the rows of a package's result, largest first.

    A row stands with a supplier's site when the last process on its way is one that a supplier controls
    (``control: supplier``); its site's name, else the process's, names it.
    """
    found: Sequence[Mapping[str, Any]] = package["result"]["contributions"]
    sites = supplier_sites(package["study"])
    whole = add(*(abs(float(item["value"])) for item in found))
    first: dict[str, Mapping[str, Any]] = {}
    values: dict[str, list[float]] = {}
    for item in found:
        first.setdefault(item["row"], item)
        values.setdefault(item["row"], []).append(float(item["value"]))
    rows = []
    for key, item in first.items():
        size = add(*(abs(value) for value in values[key]))
        path = item.get("path") or ()
        rows.append(
            ResultRow(
                row=key,
                name=item.get("name") or {},
                stage=item.get("stage") or "",
                value=add(*values[key]),
                size=size,
                share=size / whole if whole else 0.0,
                data_kind=item.get("data_kind") or "",
                stand_in=bool(item.get("stand_in")),
                supplier=sites.get(path[-1], "") if path else "",
            )
        )
    return tuple(sorted(rows, key=lambda one: (-one.share, one.row)))


def supplier_sites(study: Mapping[str, Any]) -> dict[str, str]:
    """Return process → site of every process that a supplier controls."""
    return {
        name: str(process.get("site") or (process.get("name") or {}).get("zh") or name)
        for name, process in (study.get("processes") or {}).items()
        if process.get("control") == "supplier"
    }


def supplier_shares(rows: Sequence[ResultRow]) -> dict[str, float]:
    """Return supplier's site → share of Σ|value| that rests on its data, the largest first."""
    shares: dict[str, list[float]] = {}
    for row in rows:
        if row.supplier:
            shares.setdefault(row.supplier, []).append(row.share)
    summed = {site: add(*parts) for site, parts in shares.items()}
    return dict(sorted(summed.items(), key=lambda item: (-item[1], item[0])))
