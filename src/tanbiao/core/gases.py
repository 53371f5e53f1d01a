"""Greenhouse gases and the GWP sets that weigh them: IPCC AR4, AR5 and AR6, 100 years.

A mass of gas becomes kg CO2e only under a named set. Values of two sets never meet in one sum; a dataset whose gases
are known is weighed again with the study's set, and says so.

Choices that a reader must know (each is also in ``data/gases/gwp.json``):

* Methane carries its origin. Where a source does not tell it, the gas is ``CH4 unspecified`` and takes the value that
  the assessment report prints for methane as such: 25, 28, 27.9 (AR6 WG1 table 7.SM.7). It belongs to no kind.
* AR4 has no split by origin: 25 for every methane. AR5 is without climate-carbon feedback; fossil methane 30.
* ``CO2 uptake`` is a positive mass taken up and weighs −1 (ISO 14067: removals).
* N2O and fluorinated gases count as ``fossil``, as in the sub-indicators of the EU's Environmental Footprint method.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Final

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError

GWP_SETS: Final = ("AR4", "AR5", "AR6")
UNKNOWN_SET: Final = "unknown"


class Kind(StrEnum):
    """Which part of a footprint an emission belongs to; the five add up to the total."""

    FOSSIL = "fossil"
    BIOGENIC_EMISSION = "biogenic_emission"
    BIOGENIC_UPTAKE = "biogenic_uptake"
    LAND_USE_CHANGE = "land_use_change"
    UNDIVIDED = "undivided"


_KIND_NAMES: Final = tuple(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Gas:
    """One greenhouse gas.

    Parameters
    ----------
    key
        How it is written in studies and datasets: ``CO2 fossil``, ``CH4 biogenic``, ``N2O``, ``HFC-134a``.
    gwp
        Set → kg CO2e per kg over 100 years; a set that gives no value is missing.
    source, licence
        Where the values come from.
    """

    key: str
    name_zh: str
    name_en: str
    formula: str
    cas: str
    kind: Kind
    gwp: Mapping[str, float]
    source: str
    licence: str


@lru_cache(maxsize=1)
def all_gases() -> Mapping[str, Gas]:
    """Return key → gas, in the order of the table: the main gases first."""
    text = resources.files("tanbiao.data.gases").joinpath("gwp.json").read_text(encoding="utf-8")
    table = json.loads(text)
    return {
        row["key"]: Gas(
            row["key"],
            row["name_zh"],
            row["name_en"],
            row["formula"],
            row["cas"],
            Kind(row["kind"]),
            row["gwp"],
            table["sources"][row["source"]],
            table["licences"][row["licence"]],
        )
        for row in table["gases"]
    }


def gas(key: str, where: str = "") -> Gas:
    """Return a gas by its key.

    Raises
    ------
    TanbiaoError
        ``gas_unknown``; also for ``CO2`` and ``CH4`` alone, because their origin decides their kind.
    """
    found = all_gases().get(key)
    if found is None:
        raise TanbiaoError.of("gas_unknown", where, gas=key)
    return found


def check_set(gwp_set: str, where: str = "") -> str:
    """Return the name of a known GWP set, else raise ``gwp_set_not_known``."""
    if gwp_set not in GWP_SETS:
        raise TanbiaoError.of("gwp_set_not_known", where, set=gwp_set)
    return gwp_set


def gwp(gwp_set: str, key: str, where: str = "") -> float:
    """Return kg CO2e per kg of a gas under a set, 100 years.

    Raises
    ------
    TanbiaoError
        ``gwp_set_not_known``, ``gas_unknown``, or ``gwp_missing`` where the report gives no value for the gas.
    """
    value = gas(key, where).gwp.get(check_set(gwp_set, where))
    if value is None:
        raise TanbiaoError.of("gwp_missing", where, gas=key, set=gwp_set)
    return value


def characterise(masses: Mapping[str, float], gwp_set: str, where: str = "") -> dict[str, float]:
    """Return kg CO2e by gas for masses in kg (per whatever unit they are in), in the order given.

    Raises
    ------
    TanbiaoError
        As :func:`gwp`; ``amount_not_finite`` for a mass that is not a finite number.
    """
    for key, mass in masses.items():
        if not math.isfinite(mass):
            raise TanbiaoError.of("amount_not_finite", where, value=f"{key} {mass}")
    known = _values(gwp_set)
    return {key: mass * (known[key] if key in known else gwp(gwp_set, key, where)) for key, mass in masses.items()}


@dataclass(frozen=True, slots=True)
class Unweighed:
    """A gas to which a set gives no value: its mass, and the most it weighs under any other report.

    ``bound`` is kg CO2e, ``gwp_set`` the report whose value is the largest. It is no figure under the set asked for and
    is added to none; it says how much is left out.
    """

    gas: str
    mass: float
    bound: float
    gwp_set: str


def unweighed(masses: Mapping[str, float], gwp_set: str, where: str = "") -> tuple[Unweighed, ...]:
    """Return the gases to which a set gives no value, each with its bound."""
    known = _values(check_set(gwp_set, where))
    found = []
    for key, mass in masses.items():
        if key in known:
            continue
        values = gas(key, where).gwp
        report = max(values, key=lambda name: values[name])
        found.append(Unweighed(key, mass, abs(mass) * values[report], report))
    return tuple(found)


@lru_cache(maxsize=8)
def _values(gwp_set: str) -> Mapping[str, float]:
    """Return gas → value of a set, for many masses; what is not in it is refused by :func:`gwp`."""
    return {key: item.gwp[gwp_set] for key, item in all_gases().items() if gwp_set in item.gwp}


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, str]:
    return {key: item.kind.value for key, item in all_gases().items()} | {Kind.UNDIVIDED.value: Kind.UNDIVIDED.value}


def by_kind(co2e: Mapping[str, float]) -> dict[str, float]:
    """Return kg CO2e by kind for kg CO2e by gas; every kind is there, and an unknown key ``undivided`` stays so."""
    parts: dict[str, list[float]] = {kind: [] for kind in _KIND_NAMES}
    known = _kinds()
    for key, value in co2e.items():
        parts[known[key] if key in known else gas(key).kind.value].append(value)
    return {kind: add(*values) if values else 0.0 for kind, values in parts.items()}


def add_characterised(
    parts: Iterable[tuple[str, Mapping[str, float]]], where: str = ""
) -> tuple[str, dict[str, float]]:
    """Add kg CO2e by gas of several parts of one dataset; return their common set and the sum.

    Raises
    ------
    TanbiaoError
        ``gwp_sets_mixed``: two parts were weighed with different sets, or one with an unknown set beside a known one.
    """
    common: str | None = None
    total: dict[str, list[float]] = {}
    for gwp_set, values in parts:
        if common is not None and gwp_set != common:
            raise TanbiaoError.of("gwp_sets_mixed", where, first=common, second=gwp_set)
        common = gwp_set
        for key, value in values.items():
            total.setdefault(key, []).append(value)
    if common is None:
        raise TanbiaoError.of("empty_sum", where)
    return common, {key: add(*values) for key, values in total.items()}


def largest_ratio_change(keys: Iterable[str], gwp_set: str) -> float:
    """Return the largest |GWP(set) / GWP(any set) − 1| over the gases: how far an unstated set can be off, relative.

    Gases without a value in ``gwp_set`` or in two sets are left out; the caller treats them as unbounded.
    """
    largest = 0.0
    for key in keys:
        values = gas(key).gwp
        target = values.get(gwp_set)
        if target is None:
            continue
        largest = max(largest, *(abs(target / value - 1.0) for value in values.values() if value))
    return largest
