"""How uncertain the study's own amounts are, and their draws.

An amount is nominal × multiplier. The multiplier's distribution is what the author states, else what the pedigree
scores give (variances of the ecoinvent v3 guideline), else an assumed profile by kind of data ("project default, not
official"). Streams of random numbers are derived from row, parameter and dataset names, so that a row keeps its draws
when others come or go, and rows that use one dataset share its draws.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.dataset.quality import INDICATORS, pedigree_sigma, stated_sigma
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics.distributions import Distribution, LogNormal, Normal, Triangular, Uniform
from tanbiao.core.numerics.elementary import log_scalar
from tanbiao.core.numerics.philox import stream_of
from tanbiao.core.numerics.sampling import sample, sample_lognormal_rows
from tanbiao.core.study.model import Data
from tanbiao.core.units import Unit, convert, parse_amount

Floats = NDArray[np.float64]
Basis = Literal["stated", "scored", "assumed"]
BATCH = 256
"""Rows drawn in one call: few calls, and no more than some megabytes at a time."""
WEAKEST_FIRST: tuple[Basis, ...] = ("assumed", "scored", "stated")


@lru_cache(maxsize=1)
def amount_profile() -> Mapping[str, Any]:
    """Return the assumed profile of amounts, ``data/study/amount_uncertainty.json``."""
    text = resources.files("tanbiao.data.study").joinpath("amount_uncertainty.json").read_text(encoding="utf-8")
    profile: Mapping[str, Any] = json.loads(text)
    return profile


Draw = Callable[[Sequence[tuple[str, Distribution]], int, int], dict[str, Floats]]
"""Draws multipliers: (stream name and distribution of each, seed, samples) → arrays of length 1 + samples."""


def weaker(*bases: Basis) -> Basis:
    """Return the weakest of several bases: assumed, then scored, then stated."""
    return next(basis for basis in WEAKEST_FIRST if basis in bases)


@dataclass(frozen=True, slots=True)
class Spread:
    """Distribution of a multiplier around 1, and on what it rests."""

    distribution: Distribution
    basis: Basis


def spread_of(data: Data | None, amount: float, unit: Unit, where: str) -> Spread:
    """Return the spread of an amount of ``amount`` ``unit``.

    Raises
    ------
    TanbiaoError
        ``unit_mismatch`` or ``distribution_bounds_out_of_order`` for stated bounds that don't fit the amount.
    """
    if data is not None and data.uncertainty is not None:
        return Spread(_stated(data, amount, unit, where), "stated")
    if data is not None and data.pedigree is not None:
        return _scored(tuple(float(score) for score in data.pedigree))
    return _assumed("unsaid" if data is None else data.kind)


@lru_cache(maxsize=1024)
def _scored(pedigree: tuple[float, ...]) -> Spread:
    return Spread(LogNormal(1.0, pedigree_sigma(dict(zip(INDICATORS, pedigree, strict=True)))), "scored")


@lru_cache(maxsize=32)
def _assumed(kind: str) -> Spread:
    return Spread(LogNormal(1.0, log_scalar(float(amount_profile()["gsd2"][kind])) / 2.0), "assumed")


def _stated(data: Data, amount: float, unit: Unit, where: str) -> Distribution:
    stated = data.uncertainty
    assert stated is not None
    if stated.percent is not None:
        return LogNormal(1.0, stated_sigma(stated.percent))
    if stated.gsd2 is not None:
        return LogNormal(1.0, log_scalar(stated.gsd2) / 2.0)
    place = f"{where}.data.uncertainty"

    def relative(text: str) -> float:
        value, stated_unit = parse_amount(text, place)
        if not stated_unit.basis and unit.basis:
            stated_unit = stated_unit.with_basis(unit.basis)
        return convert(value, stated_unit, unit, where=place) / amount

    if amount == 0:
        raise TanbiaoError.of("spread_of_zero", place)
    if stated.triangular is not None:
        return Triangular(relative(stated.triangular[0]), 1.0, relative(stated.triangular[1]))
    if stated.uniform is not None:
        return Uniform(relative(stated.uniform[0]), relative(stated.uniform[1]))
    if stated.normal is not None:
        return Normal(1.0, relative(stated.normal))
    raise TanbiaoError.of("spread_empty", place)


def multipliers(spreads: Sequence[tuple[str, Distribution]], seed: int, samples: int) -> dict[str, Floats]:
    """Return stream name → array of length 1 + samples: 1 for the nominal figure, then the draws.

    Log-normal rows are drawn in one call; each has the bits it would have alone.
    """
    if samples == 0:
        one = np.ones(1)
        return {name: one for name, _ in spreads}
    drawn: dict[str, Floats] = {}
    lognormal = [(name, item) for name, item in spreads if isinstance(item, LogNormal)]
    for first in range(0, len(lognormal), BATCH):
        batch = lognormal[first : first + BATCH]
        block = np.ones((len(batch), 1 + samples))
        block[:, 1:] = sample_lognormal_rows(
            [item.median for _, item in batch],
            [item.sigma for _, item in batch],
            seed,
            [stream_of(name) for name, _ in batch],
            samples,
        )
        drawn.update({name: block[index] for index, (name, _) in enumerate(batch)})
    for name, item in spreads:
        if name not in drawn:
            drawn[name] = np.concatenate([np.ones(1), sample(item, seed, stream_of(name), samples)])
    return drawn
