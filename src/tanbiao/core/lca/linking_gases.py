"""Which greenhouse gas an elementary flow is, and whether it looks like one that can't be told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from tanbiao.core.dataset.inventory import Flow, FlowKind
from tanbiao.core.gases import all_gases

# The two gases whose origin decides their kind, by the words that the field's flow lists use for it.
_ORIGINS: Final[tuple[tuple[str, str], ...]] = (
    ("land use change", "land use change"),
    ("land transformation", "land use change"),
    ("soil or biomass stock", "land use change"),
    ("non-fossil", "biogenic"),
    ("biogenic", "biogenic"),
    ("fossil", "fossil"),
)
_CARBON_DIOXIDE: Final = "124-38-9"
_METHANE: Final = "74-82-8"
_FLUORINATED: Final = re.compile(r"^(cfc|hcfc|hfc|pfc|hfe|halon|r)[ -]?\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GasMatch:
    """``key`` of the gas table, empty where the flow is none; ``suspect``: it looks like a gas that has no value."""

    key: str = ""
    suspect: bool = False


def plain_cas(text: str) -> str:
    """Return a CAS number without leading zeros (``000124-38-9``), empty where there is none (``NaN``)."""
    bare = text.strip().lstrip("0")
    return bare if re.fullmatch(r"\d{2,7}-\d\d-\d", bare) else ""


@cache
def _by_cas() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for key, gas in all_gases().items():
        if gas.cas and gas.cas not in (_CARBON_DIOXIDE, _METHANE):
            found.setdefault(gas.cas, key)
    return found


@cache
def _by_name() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for key, gas in all_gases().items():
        if gas.cas in (_CARBON_DIOXIDE, _METHANE):
            continue
        for name in (key, gas.name_en, gas.formula):
            found.setdefault(name.casefold(), key)
    return found


def gas_of(flow: Flow) -> GasMatch:
    """Return the gas of an elementary flow by CAS number, name and compartment.

    Only what goes to air, or is taken from it, has a GWP. Plain "carbon dioxide" is read as fossil, the convention of
    the IPCC methods in the field's databases; plain methane keeps its origin open.
    """
    if flow.kind is not FlowKind.ELEMENTARY:
        return GasMatch()
    names = [text.strip() for text in (flow.name.get("en", ""), *flow.name.values(), *flow.synonyms) if text.strip()]
    if not names:
        return GasMatch()
    name = names[0].casefold()
    cas = plain_cas(flow.cas)
    compartment = " ".join(flow.categories).casefold()
    if cas == _CARBON_DIOXIDE or re.match(r"(carbon dioxide|co2)\b", name):
        return _carbon_dioxide(name, compartment)
    if not _to_air(compartment):
        return GasMatch()
    if cas == _METHANE or re.match(r"(methane|ch4)(,|$| \()", name):
        origin = _origin(name)
        return GasMatch(f"CH4 {origin or 'unspecified'}")
    key = _by_cas().get(cas) or next(
        (_by_name()[text.casefold()] for text in names if text.casefold() in _by_name()), ""
    )
    return GasMatch(key, suspect=not key and bool(_FLUORINATED.match(name)))


def _origin(name: str) -> str:
    return next((origin for word, origin in _ORIGINS if word in name), "")


def _carbon_dioxide(name: str, compartment: str) -> GasMatch:
    if "in air" in name or "resource" in compartment or "raw" in compartment:
        return GasMatch("CO2 uptake") if "fossil" not in name or "non-fossil" in name else GasMatch(suspect=True)
    if not _to_air(compartment):
        return GasMatch()
    if "to soil" in name or "stock change" in name:
        return GasMatch(suspect=True)
    return GasMatch(f"CO2 {_origin(name) or 'fossil'}")


def _to_air(compartment: str) -> bool:
    return not compartment or re.search(r"\bair\b|atmosphere|大气", compartment) is not None
