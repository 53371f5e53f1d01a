"""How far a figure estimated from n draws may stand from the figure of infinitely many.

Quantiles: the binomial interval of order statistics, which assumes nothing about the distribution (David, H.A. &
Nagaraja, H.N. 2003, Order Statistics, 3rd ed., section 7.1), and a standard error from that interval's length
(Woodruff, R.S. 1952, J. Am. Stat. Assoc. 47:635). Mean: sd/√n. Standard deviation: from the fourth moment
(Cramér 1946, Mathematical Methods of Statistics, section 28.1). Shares: Wilson, E.B. 1927, J. Am. Stat. Assoc. 22:209.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics.elementary import exp, log, log_scalar, normal_quantile
from tanbiao.core.numerics.sampling import quantiles

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure from draws, and the interval in which the figure of infinitely many draws lies."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class QuantileEstimate:
    """A quantile; an end that n draws can't bound at the asked confidence is infinite."""

    probability: float
    value: float
    low: float
    high: float
    standard_error: float
    """(high − low) / 2z, in the unit of the draws; infinite where an end is."""

    def as_json(self) -> dict[str, float | None]:
        """Return the ends and the standard error; null where n draws can't bound them."""
        told = {"low": self.low, "high": self.high, "standard_error": self.standard_error}
        return {key: value if math.isfinite(value) else None for key, value in told.items()}


@dataclass(frozen=True)
class Summary:
    """What n draws of one quantity say.

    Attributes
    ----------
    nominal
        The figure with every amount at its nominal value; None where there is none. It is the declared one, and in
        general neither the mean nor the median of the draws.
    mean, median, sd
        With their Monte Carlo error at ``confidence``.
    quantiles
        In the order asked.
    """

    nominal: float | None
    samples: int
    confidence: float
    mean: Estimate
    median: QuantileEstimate
    sd: Estimate
    quantiles: tuple[QuantileEstimate, ...]


def summarise(
    draws: ArrayLike,
    nominal: float | None = None,
    probabilities: Sequence[float] = (0.025, 0.5, 0.975),
    confidence: float = 0.95,
) -> Summary:
    """Return mean, median, standard deviation and quantiles of a vector of draws, each with its Monte Carlo error.

    Raises
    ------
    TanbiaoError
        ``samples_too_few``: fewer than two draws; ``samples_not_finite``; ``outside_domain``: a probability outside
        [0, 1] or a confidence outside (0, 1).
    """
    values = np.sort(np.asarray(draws, dtype=np.float64).ravel())
    count = values.size
    if count < 2:
        raise TanbiaoError.of("samples_too_few", found=count, needed=2)
    z = _z(confidence)
    asked = _quantiles(values, (0.5, *probabilities), confidence)
    # Divided by the largest size first, so that squares and fourth powers neither overflow nor vanish.
    size = max(abs(float(values[0])), abs(float(values[-1]))) or 1.0
    scaled = values / size
    mean = float(scaled.sum()) / count
    deviation = scaled - mean
    square = deviation * deviation
    variance = float(square.sum()) / (count - 1)
    fourth = float((square * square).sum()) / count
    sd = math.sqrt(variance)
    mean_error = z * sd / math.sqrt(count)
    spread_of_variance = max(0.0, fourth - variance * variance * (count - 3) / (count - 1)) / count
    sd_error = z * math.sqrt(spread_of_variance) / (2 * sd) if sd > 0 else 0.0
    return Summary(
        nominal,
        count,
        confidence,
        _around(mean, mean_error, size),
        asked[0],
        _around(sd, sd_error, size),
        asked[1:],
    )


def _around(value: float, error: float, size: float) -> Estimate:
    return Estimate(value * size, (value - error) * size, (value + error) * size)


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise TanbiaoError.of("outside_domain", function="confidence", value=repr(confidence))
    return float(normal_quantile(np.array([0.5 + confidence / 2]))[0])


def quantile_estimates(
    draws: ArrayLike, probabilities: Sequence[float] = (0.025, 0.5, 0.975), confidence: float = 0.95
) -> tuple[QuantileEstimate, ...]:
    """Return quantiles of a vector of draws, each with its Monte Carlo error, in the order asked.

    The same bits on every machine: the ends are draws, and their ranks come from our own exp and log.

    Raises
    ------
    TanbiaoError
        ``samples_empty``, ``samples_not_finite``, ``outside_domain``.
    """
    return _quantiles(np.sort(np.asarray(draws, dtype=np.float64).ravel()), tuple(probabilities), confidence)


def _quantiles(ordered: Floats, probabilities: Sequence[float], confidence: float) -> tuple[QuantileEstimate, ...]:
    z = _z(confidence)
    found = []
    for p, value in zip(probabilities, quantiles(ordered, probabilities), strict=True):
        below, above = order_statistics(len(ordered), p, confidence)
        low = float(ordered[below - 1]) if below >= 1 else -math.inf
        high = float(ordered[above - 1]) if above <= len(ordered) else math.inf
        found.append(QuantileEstimate(p, value, low, high, (high - low) / (2 * z)))
    return tuple(found)


@lru_cache(maxsize=256)
def order_statistics(count: int, p: float, confidence: float) -> tuple[int, int]:
    """Return ranks (l, u), from 1, with P(X₍l₎ ≤ p-quantile ≤ X₍u₎) ≥ confidence, each side failing at most half.

    The number of draws below the quantile is binomial (count, p). Rank 0 or count + 1 means that no draw bounds that
    side.
    """
    failing = (1.0 - confidence) / 2
    if p <= 0 or p >= 1:
        return (1, 1) if p <= 0 else (count, count)
    numbers = np.arange(count + 1)
    log_factorial = np.concatenate((np.zeros(1), np.cumsum(log(np.arange(1.0, count + 1.0)))))
    log_ways = log_factorial[count] - log_factorial - log_factorial[::-1]
    mass = exp(log_ways + numbers * log_scalar(p) + (count - numbers) * log_scalar(1.0 - p))
    cumulative = np.cumsum(mass)
    # X₍l₎ above the quantile: fewer than l draws below it, P = F(l − 1). X₍u₎ below it: at least u draws, 1 − F(u − 1).
    lower = int(np.searchsorted(cumulative, failing, side="right"))
    upper = int(np.searchsorted(cumulative, 1.0 - failing, side="left")) + 1
    return lower, upper


def share_interval(hits: int, count: int, confidence: float = 0.95) -> Estimate:
    """Return hits / count with Wilson's interval, which stays inside [0, 1] and is not empty at 0 or 1.

    Raises
    ------
    TanbiaoError
        ``samples_empty``.
    """
    if count < 1:
        raise TanbiaoError.of("samples_empty")
    z = _z(confidence)
    share = hits / count
    centre = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    # At the ends rounding could leave the share a hair outside its own interval.
    return Estimate(share, min(share, (centre - half) / scale), max(share, (centre + half) / scale))
