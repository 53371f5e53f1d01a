"""What an entry is made of, as fine as its factor tells: the pieces from which every scheme's fields are added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tanbiao.core import gases
from tanbiao.core.amounts import add
from tanbiao.core.dataset.model import Intensity
from tanbiao.core.study.ledger import Entry

PIECES: Final = (
    "fossil",
    "biogenic_co2",
    "biogenic_other",
    "biogenic_unsplit",
    "biogenic_uptake",
    "land_use_change",
    "undivided",
)
"""Parts that add up to an entry. Other biogenic is methane and the like; unsplit biogenic is the emission of a factor
that does not tell CO2 from methane; undivided is the figure of a factor that tells no kinds at all."""
CREDIT: Final = "credit"
AIRCRAFT: Final = "aircraft"
MEMO: Final = ("soil", "captured", "stored")
"""What stands beside a figure and never enters a total."""
BIOGENIC_CO2: Final = "CO2 biogenic"


def pieces(intensity: Intensity) -> Mapping[str, float]:
    """Return kg CO2e per unit of a factor by piece, those that are not zero; they add up to its total."""
    kinds = intensity.kinds
    emission = kinds.get("biogenic_emission", 0.0)
    co2 = intensity.gases.get(BIOGENIC_CO2, 0.0)
    known = gases.all_gases()
    other = add(
        0.0,
        *(
            value
            for key, value in intensity.gases.items()
            if key != BIOGENIC_CO2 and key in known and known[key].kind is gases.Kind.BIOGENIC_EMISSION
        ),
    )
    unsplit = add(emission, -co2, -other)
    if abs(unsplit) <= 1e-12 * (abs(emission) + abs(co2) + abs(other)):
        unsplit = 0.0
    found = {
        "fossil": kinds.get("fossil", 0.0),
        "biogenic_co2": co2,
        "biogenic_other": other,
        "biogenic_unsplit": unsplit,
        "biogenic_uptake": kinds.get("biogenic_uptake", 0.0),
        "land_use_change": kinds.get("land_use_change", 0.0),
        "undivided": kinds.get("undivided", 0.0),
    }
    return {name: value for name, value in found.items() if value}


def sums(terms: Iterable[tuple[tuple[str, str], float]]) -> dict[tuple[str, str], float]:
    """Return the sum by (stage, piece) in kg CO2e per declared unit."""
    grouped: dict[tuple[str, str], list[float]] = {}
    for key, value in terms:
        grouped.setdefault(key, []).append(value)
    return {key: add(*values) for key, values in grouped.items()}


def of_entry(entry: Entry) -> Iterable[tuple[tuple[str, str], float]]:
    """Yield ((stage, piece), kg CO2e per declared unit) of an entry, and beside them what of it flies."""
    scale = entry.nominal * entry.part.sign
    for name, value in pieces(entry.part.intensity).items():
        yield (entry.stage, name), scale * value
    if entry.part.intensity.aircraft:
        yield (entry.stage, AIRCRAFT), scale * entry.part.intensity.aircraft
