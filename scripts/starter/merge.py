"""One dataset per fuel: rows that give the same fuel per kWh, kg, litre … become one, the others its ``also``."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tanbiao.core import units

Document = dict[str, Any]

_PREFERENCE = ("kWh|LHV", "MJ|LHV", "GJ|LHV", "kg", "L", "m3", "kWh|HHV")
_FUELS = ("Fuels", "WTT- fuels", "Bioenergy", "WTT- bioenergy", "Combustibles", "Water supply", "Water treatment")


def _rank(document: Document) -> tuple[int, str]:
    unit = document["reference"]["unit"]
    return (_PREFERENCE.index(unit) if unit in _PREFERENCE else len(_PREFERENCE)), document["id"]


def merge_fuels(documents: list[Document]) -> tuple[list[Document], dict[str, str]]:
    """Return the datasets with fuels merged, and alias → id for the rows that went into another."""
    groups: dict[tuple[Any, ...], list[Document]] = defaultdict(list)
    kept: list[Document] = []
    for document in documents:
        if not document["categories"] or not document["categories"][0].startswith(_FUELS):
            kept.append(document)
            continue
        key = (
            tuple(document["categories"]),
            document["name"]["en"],
            document["name_original"],
            document["geography"],
            document["time"].get("year"),
            document["kind"],
        )
        groups[key].append(document)
    aliases: dict[str, str] = {}
    for group in groups.values():
        kept.extend(_merge(sorted(group, key=_rank), aliases))
    return kept, aliases


def _merge(group: list[Document], aliases: dict[str, str]) -> list[Document]:
    """Merge what has another unit into the first; what has the same unit stays a dataset of its own."""
    first = group[0]
    reference = units.parse_unit(first["reference"]["unit"])
    seen = [reference]
    apart: list[Document] = []
    also: list[Document] = []
    for other in group[1:]:
        unit = units.parse_unit(other["reference"]["unit"])
        total, own = next(iter(other["co2e"].values())), next(iter(first["co2e"].values()))
        if units.compatible(unit, reference) and abs(units.convert(own, unit, reference) - total) <= 0.01 * abs(total):
            aliases[other["id"]] = first["id"]  # the same figure in a sister unit (MJ beside kWh)
        elif any(units.compatible(unit, known) for known in seen) or not total or not own:
            apart.append(other)
        else:
            seen.append(unit)
            also.append({"unit": str(unit), "co2e": total, "row": other["id"]})
            aliases[other["id"]] = first["id"]
    if also:
        first["also"] = also
    return [first, *apart]
