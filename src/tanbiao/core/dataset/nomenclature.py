"""Elementary flows of other programs as greenhouse gases of this one: by id, by name with compartment, by CAS number.

Naming conventions read: ILCD and EF (``carbon dioxide (fossil)``, compartments ``Emissions to air, …``), openLCA and
ecoinvent (``Carbon dioxide, from soil or biomass stock``; ``Ethane, 1,1,1,2-tetrafluoro-, HFC-134a``), the US federal
list (``Carbon dioxide``, ``emission/air``), SimaPro and EcoSpold 1 (``air``, ``low. pop.``). The words and
numbers are in ``data/nomenclature/gases.json``, the ids in ``gas_ids.json``.

Only what goes to air counts, and what is taken from it: the GWP of a gas is defined for a release to the atmosphere.
CO2 whose origin a name does not tell is taken as fossil (the larger figure; project default) and said so.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final, Literal

from tanbiao.core.dataset.inventory import Flow, FlowKind
from tanbiao.core.gases import all_gases

__all__ = ["UNSPLIT", "GasFlow", "gas_of", "gas_of_id", "is_gas_by_name"]

UNSPLIT: Final = "co2e:"
"""Begins the id of a flow of ours that is not one gas: kg CO2e under the GWP set that follows, weighed with 1."""
_REFRIGERANT: Final = re.compile(
    r"(?<![a-z0-9])(?:hcfc|hfc|cfc|pfc|hcc|fc|hfe|hfo|halon|freon|r)[- ]?(c?\d[\d-]*[a-z]{0,4}\d{0,2})(?![a-z0-9])"
)
_FAMILY: Final = re.compile(
    r"\b(?:hcfc|hfc|cfc|pfc|hfe|hfo|hcfo|halon)s?\b|perfluorocarbon|(?:chloro|hydro)fluoro|chlorinated fluorocarbon|"
    r"sul(?:f|ph)ur pentafluoride|greenhouse gas|co2[- ]?eq|温室气体|氢氟碳|全氟碳"
)
"""Words that only greenhouse gases have."""
_BRACKET: Final = re.compile(r"\[[^\]]*\]")
_WATER_OR_SOIL: Final = re.compile(r"water|ocean|soil|ground|river|lake|sea\b|水体|土壤|waste")
_AIR: Final = re.compile(r"\bair\b|atmospher|大气|空气|stratosphere|population density|\bpop\.")
_RESOURCE: Final = re.compile(r"resource|natural|raw|自然资源|资源|\bin air\b")


@dataclass(frozen=True, slots=True)
class GasFlow:
    """What an elementary flow is as a gas.

    Parameters
    ----------
    gas
        Key in :func:`tanbiao.core.gases.all_gases`.
    taken_up
        The flow is taken from the air: its amount as an *input* is positive. An emission counts as an *output*.
    sign
        −1 where the gas's own sign is turned round (carbon that goes into the soil lowers land-use emissions).
    by
        How it was recognised.
    origin_assumed
        The name does not say whether the carbon is fossil.
    """

    gas: str
    by: Literal["id", "name", "cas"]
    taken_up: bool = False
    sign: int = 1
    origin_assumed: bool = False

    def mass(self, amount: float, *, is_input: bool) -> float:
        """Return the mass of the gas, in the unit of ``amount``, that an exchange of the flow stands for."""
        return self.sign * (amount if is_input == self.taken_up else -amount)


@lru_cache(maxsize=2)
def _table(name: str = "gases.json") -> Mapping[str, Any]:
    text = resources.files("tanbiao.data.nomenclature").joinpath(name).read_text(encoding="utf-8")
    return dict(json.loads(text))


def normal(name: str) -> str:
    """Return a name in small letters and plain signs, without brackets' notes and doubled spaces."""
    plain = unicodedata.normalize("NFKC", name).lower()
    return " ".join(_BRACKET.sub(" ", plain).replace("_", " ").split())


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, str]:
    """Return the normalised name → base gas (``CO2`` and ``CH4`` stand for all their origins).

    A name or formula that two gases share (isomers) names neither.
    """
    meant: dict[str, set[str]] = {}
    keys: dict[str, str] = {}
    for key, gas in all_gases().items():
        if not key.startswith(("CO2", "CH4")):
            keys[_bare(normal(key))] = key
            for name in (gas.name_en, gas.name_zh, gas.formula):
                meant.setdefault(_bare(normal(name)), set()).add(key)
    found = {name: next(iter(gases)) for name, gases in meant.items() if len(gases) == 1} | keys
    for key, names in _table()["names"].items():
        for name in names:
            found[_bare(normal(name))] = key
    found.pop("", None)
    return found


@lru_cache(maxsize=1)
def _by_cas() -> Mapping[str, str]:
    found = {gas.cas: key for key, gas in all_gases().items() if gas.cas and not key.startswith(("CO2", "CH4"))}
    return {**found, all_gases()["CO2 fossil"].cas: "CO2", all_gases()["CH4 fossil"].cas: "CH4"}


@lru_cache(maxsize=1)
def _by_number() -> Mapping[str, str]:
    """Return the refrigerant number (``134a``) → gas."""
    found: dict[str, str] = {}
    for key in all_gases():
        match = _REFRIGERANT.fullmatch(key.lower())
        if match:
            found.setdefault(match.group(1).replace("-", ""), key)
    return {**found, **_table()["numbers"]}


def _bare(name: str) -> str:
    """Return the letters and digits of a name, so that hyphens, commas and brackets do not matter; a charge does."""
    return re.sub(r"[^0-9a-z'+\u4e00-\u9fff]+", " ", name).strip()


@lru_cache(maxsize=1)
def _origins() -> tuple[tuple[str, str], ...]:
    words = [(word, origin) for origin, listed in _table()["origins"].items() if origin != "note" for word in listed]
    return tuple(sorted(words, key=lambda pair: -len(pair[0])))


def _split_origin(name: str) -> tuple[str, str]:
    """Return the name without its word of origin, and the origin; ``non-fossil`` is found before ``fossil``."""
    for word, origin in _origins():
        if word in name:
            return name.replace(word, " "), origin
    return name, ""


def gas_of_id(identifier: str) -> GasFlow | None:
    """Return the gas of a flow known by its id in a reference list, whether or not the file holds the flow."""
    row = _table("gas_ids.json")["ids"].get(identifier.lower())
    return None if row is None else GasFlow(row[0], "id", taken_up=row[1] == "uptake", origin_assumed=len(row) > 3)


def gas_of(flow: Flow) -> GasFlow | None:
    """Return the greenhouse gas that an elementary flow is, or None for any other flow.

    A flow that an archive names without holding it (``other``) is known by its id alone. The order of truth: the id,
    the name in any of its languages, the CAS number; synonyms only where there is no CAS number, because the lists of
    synonyms that go round hold names of other substances.
    """
    if flow.kind not in (FlowKind.ELEMENTARY, FlowKind.OTHER):
        return None
    known = gas_of_id(flow.id)
    if known is not None or flow.kind is FlowKind.OTHER:
        return known
    place = _compartment(flow)
    if place == "elsewhere":
        return None
    for text in (*flow.name.values(), *(() if flow.cas else flow.synonyms)):
        found = _from_name(normal(text), place)
        if found is not None:
            return found
    base = _by_cas().get(_cas(flow.cas))
    if base is None:
        return None
    origin = next((origin for text in flow.name.values() if (origin := _split_origin(normal(text))[1])), "")
    return _with_origin(base, origin, place, "cas")


def _cas(text: str) -> str:
    return text.strip().lstrip("0")


def _compartment(flow: Flow) -> Literal["air", "resource", "open", "elsewhere"]:
    """Return where the flow goes or comes from; ``open`` where the file does not say."""
    text = " / ".join(flow.categories).lower()
    if _RESOURCE.search(text):
        # What comes out of the ground or the water was not taken from the air.
        below = _WATER_OR_SOIL.search(text) and not _AIR.search(f"{text} / {_names(flow)}")
        return "elsewhere" if below else "resource"
    if _AIR.search(text):
        return "air"
    return "elsewhere" if _WATER_OR_SOIL.search(text) and "to soil or biomass" not in _names(flow) else "open"


def _names(flow: Flow) -> str:
    return " ".join(normal(text) for text in flow.name.values())


def _from_name(name: str, place: str) -> GasFlow | None:
    whole = _by_name().get(_bare(name))
    if whole is not None:
        return _with_origin(whole, "", place, "name")
    rest, origin = _split_origin(name)
    base = _by_name().get(_bare(rest))
    if base is None:
        match = _REFRIGERANT.search(name)
        base = _by_number().get(match.group(1).replace("-", "")) if match else None
    return None if base is None else _with_origin(base, origin, place, "name")


def _with_origin(base: str, origin: str, place: str, by: Literal["name", "cas"]) -> GasFlow | None:
    table: Mapping[str, str] | None = _table()["by_origin"].get(base)
    if table is None:
        return GasFlow(base, by) if place != "resource" else None
    if place == "resource" and base == "CO2" and origin in ("", "uptake", "biogenic"):
        return GasFlow("CO2 uptake", by, taken_up=True)
    if origin not in table or (place == "resource" and origin != "uptake"):
        return None
    if origin == "soil_uptake":
        return GasFlow(table[origin], by, sign=-1)
    return GasFlow(table[origin], by, taken_up=origin == "uptake", origin_assumed=not origin)


def is_gas_by_name(flow: Flow) -> bool:
    """Whether name or CAS number say that an elementary flow to air is a greenhouse gas, known to the tables or not."""
    if flow.kind is not FlowKind.ELEMENTARY or _compartment(flow) in ("resource", "elsewhere"):
        return False
    if _cas(flow.cas) in _by_cas():
        return True
    for text in flow.name.values():
        name = normal(text)
        if _FAMILY.search(name) or _by_name().get(_bare(_split_origin(name)[0])) is not None:
            return True
    return False
