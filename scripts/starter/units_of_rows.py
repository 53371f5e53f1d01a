"""From a source's unit to ours: only through ``units_of_sources.csv``, with the basis that a row's category decides."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from starter.tables import Row, read_table
from tanbiao.core import units


class Conversion(NamedTuple):
    """Our unit, and how many of it one source unit is."""

    unit: str
    factor: float
    note: str


# The bases of the table that say nothing about the number, spelled as the unit module knows them.
_SPELLED = {
    "net floor area (SHON)": "net floor area",
    "normal conditions (0 °C, 101.325 kPa)": "normal conditions",
    "mass of N": "N",
    "mass of K2O": "K2O",
    "mass of P2O5": "P2O5",
}


@cache
def _table() -> dict[str, Row]:
    return {row["raw_unit"]: row for row in read_table("units_of_sources.csv")}


def _energy_basis(row: Row) -> str:
    """What a bare kWh, MJ or GJ measures, by the row's category; empty where the source does not tell."""
    category = row["category"]
    if category.startswith(("Electric", "Utilities")) and "Steam" not in category:
        return "electricity"
    if category.startswith(("Heat", "Utilities")):
        return "heat"
    return ""


def conversion(row: Row) -> Conversion | str:
    """Return how the row's unit becomes ours, or the reason why the row is left out."""
    raw = row["unit"]
    entry = _table().get(raw)
    if entry is None:
        return f"unit {raw!r} is not in units_of_sources.csv"
    if not entry["unit"]:
        return f"unit {raw!r}: {entry['note']}"
    basis = _SPELLED.get(entry["basis"], entry["basis"])
    unit = entry["unit"]
    note = ""
    if unit in ("kWh", "MJ", "GJ") and basis in ("", "electricity or as named"):
        basis = _energy_basis(row)
        note = "" if basis else "the source does not say whether this energy is lower or higher heating value"
    text = f"{unit}|{basis}" if basis else unit
    return Conversion(str(units.parse_unit(text)), float(entry["factor_to_unit"]), note)
