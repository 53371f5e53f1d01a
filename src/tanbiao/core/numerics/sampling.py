"""Draws from distributions, quantiles of draws, shares that still sum to 1.

Every draw is the inverse distribution function of a Philox number, so sample i of a stream depends on nothing but
(distribution, seed, stream, i).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics import formulas
from tanbiao.core.numerics.distributions import Distribution, Fixed, LogNormal, Normal, Triangular
from tanbiao.core.numerics.elementary import exp, normal_quantile
from tanbiao.core.numerics.philox import uniform_rows, uniforms
from tanbiao.core.numerics.sums import sum_rows

Floats = NDArray[np.float64]

_PIECE = 16_384
"""Numbers drawn at a time: 128 kB of float64."""


def sample(distribution: Distribution, seed: int, stream: int, n: int) -> Floats:
    """Return n draws, in the unit of the distribution.

    Raises
    ------
    TanbiaoError
        ``samples_not_finite``: the spread is so large that a draw overflows; ``seed_out_of_range``.
    """
    if isinstance(distribution, Fixed):
        return np.full(n, distribution.value)
    return inverse(distribution, uniforms(seed, stream, n))


def inverse(distribution: Distribution, probabilities: Floats) -> Floats:
    """Return the distribution's quantiles at probabilities inside (0, 1)."""
    if isinstance(distribution, Fixed):
        return np.full_like(probabilities, distribution.value)
    if isinstance(distribution, LogNormal):
        draws = distribution.median * exp(distribution.sigma * normal_quantile(probabilities))
    elif isinstance(distribution, Normal):
        draws = distribution.mean + distribution.sd * normal_quantile(probabilities)
    elif isinstance(distribution, Triangular):
        draws = formulas.triangular(distribution.low, distribution.mode, distribution.high, probabilities)
    else:
        draws = formulas.uniform(distribution.low, distribution.high, probabilities)
    if not np.isfinite(draws).all():
        raise TanbiaoError.of("samples_not_finite", what=repr(distribution))
    return np.asarray(draws)


def sample_lognormal_rows(medians: ArrayLike, sigmas: ArrayLike, seed: int, streams: Sequence[int], n: int) -> Floats:
    """Return draws of many log-normal quantities at once, as an array (quantities, n).

    Row i has the same bits as ``sample(LogNormal(medians[i], sigmas[i]), seed, streams[i], n)``; one call for all
    spares the cost of a call for each.
    """
    median = np.asarray(medians, dtype=np.float64)[:, None]
    sigma = np.asarray(sigmas, dtype=np.float64)[:, None]
    draws = np.empty((len(median), n))
    # Row by row in pieces that stay in the cache, which also bounds the memory of the steps in between.
    step = max(1, _PIECE // max(1, n))
    for at in range(0, len(median), step):
        part = slice(at, at + step)
        draws[part] = median[part] * exp(sigma[part] * normal_quantile(uniform_rows(seed, streams[part], n)))
    if not np.isfinite(draws).all():
        raise TanbiaoError.of("samples_not_finite", what="log-normal rows")
    return draws


def quantile(samples: ArrayLike, p: float) -> float:
    """Return the p-quantile by linear interpolation of the order statistics.

    Hyndman, R.J. & Fan, Y. (1996), "Sample quantiles in statistical packages", The American Statistician 50:361,
    definition 7: h = (n − 1) p, x[⌊h⌋] + (h − ⌊h⌋)(x[⌊h⌋+1] − x[⌊h⌋]).

    Raises
    ------
    TanbiaoError
        ``samples_empty``, ``samples_not_finite``, ``outside_domain`` (p outside [0, 1]).
    """
    return quantiles(samples, (p,))[0]


def quantiles(samples: ArrayLike, probabilities: Sequence[float]) -> tuple[float, ...]:
    """Return several quantiles (see :func:`quantile`) with one sort."""
    values = np.asarray(samples, dtype=np.float64).ravel()
    if values.size == 0:
        raise TanbiaoError.of("samples_empty")
    if not np.isfinite(values).all():
        raise TanbiaoError.of("samples_not_finite", what="quantile")
    ordered: list[float] = np.sort(values).tolist()
    return tuple(_interpolate(ordered, p) for p in probabilities)


def _interpolate(ordered: list[float], p: float) -> float:
    if not 0 <= p <= 1:
        raise TanbiaoError.of("outside_domain", function="quantile", value=repr(p))
    position = (len(ordered) - 1) * p
    below = min(int(position), len(ordered) - 1)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def normalise_shares(samples: ArrayLike) -> Floats:
    """Return sampled shares (shares, n) divided by their sum in each sample.

    Market shares that are drawn apart from each other no longer sum to 1; without this step a mix would make or lose
    product.

    Raises
    ------
    TanbiaoError
        ``shares_not_normalisable``: a negative share, or a sum that is not above 0.
    """
    shares = np.asarray(samples, dtype=np.float64)
    if not (shares >= 0).all():
        raise TanbiaoError.of("shares_not_normalisable", reason="a share is negative or not a number")
    total = sum_rows(shares, shares.shape[1:])
    if not ((total > 0) & np.isfinite(total)).all():
        raise TanbiaoError.of("shares_not_normalisable", reason="the sum is not above 0")
    normalised: Floats = shares / total
    return normalised
