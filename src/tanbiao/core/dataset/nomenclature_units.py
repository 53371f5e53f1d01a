"""Units and unit groups of other programs in the units of this one.

A file's own unit group says how its units convert; its factors are compared with the exact ones where a unit is known
here, because real files round (an inch of 0.02 m) or turn whole groups round (1 kg = 2.2046 lb written as the factor
of the pound). The names are in ``data/nomenclature/units.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from tanbiao.core.dataset.inventory import UnitGroup
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.units import Unit, compatible, parse_unit

__all__ = ["Known", "UnitFault", "convertible", "exact_factor", "faults_of", "unit_named"]

ROUNDED: Final = 1e-3
"""Relative difference of a factor that counts as rounding: project default."""
INVERTED_FROM: Final = 1.5
"""A factor that is the reciprocal of the right one, and at least this far from it, is turned round."""


@dataclass(frozen=True, slots=True)
class Known:
    """A foreign unit: ``count`` of ``unit`` (a unit of this project) make one of it."""

    unit: Unit
    count: Fraction

    @property
    def factor(self) -> Fraction:
        """SI base units in one of the foreign unit."""
        return self.unit.factor * self.count


@dataclass(frozen=True, slots=True)
class UnitFault:
    """A unit whose factor in its group is not the exact one: ``stated`` and ``exact`` reference units per unit."""

    unit: str
    stated: float
    exact: float
    inverted: bool


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    text = resources.files("tanbiao.data.nomenclature").joinpath("units.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@lru_cache(maxsize=4096)
def unit_named(name: str) -> Known | None:
    """Return the unit that a foreign name stands for, or None where nothing here is its like."""
    row = _table()["units"].get(name.strip())
    try:
        if row is not None:
            return Known(parse_unit(row[0]), Fraction(row[1]))
        return Known(parse_unit(name), Fraction(1)) if name.strip() else None
    except TanbiaoError:
        return None


def exact_factor(source: str, target: str) -> float | None:
    """Return how many of ``target`` are in one ``source``, where neither name means several things; else None.

    For files that leave their unit groups out: where there is a group, the group decides.
    """
    if source == target:
        return 1.0
    one, other = unit_named(source), unit_named(target)
    if one is None or other is None or {source.strip(), target.strip()} & set(_table()["ambiguous"]["names"]):
        return None
    return float(one.factor / other.factor) if compatible(one.unit, other.unit) else None


def convertible(first: str, second: str) -> bool | None:
    """Return whether two unit names measure the same thing; None where one of them is not known."""
    if first == second:
        return True
    one, other = unit_named(first), unit_named(second)
    if one is None or other is None:
        return None
    return one.unit.dimension == other.unit.dimension


def faults_of(group: UnitGroup) -> tuple[UnitFault, ...]:
    """Return the units of a group whose factors contradict the exact ones.

    Units that are not known here, mean several things, or have another dimension than the reference are left out.
    """
    reference = unit_named(group.reference_unit)
    if reference is None:
        return ()
    several = set(_table()["ambiguous"]["names"])
    found = []
    for name, stated in group.units.items():
        known = None if name in several else unit_named(name)
        if known is None or known.unit.dimension != reference.unit.dimension or not stated > 0.0:
            continue
        exact = float(known.factor / reference.factor)
        if abs(stated / exact - 1.0) <= ROUNDED:
            continue
        far = max(exact, 1.0 / exact) > INVERTED_FROM
        found.append(UnitFault(name, stated, exact, far and abs(stated * exact - 1.0) <= ROUNDED * 10.0))
    return tuple(found)
