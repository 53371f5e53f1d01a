"""Distributions of an uncertain quantity, as frozen values.

Each knows its ``nominal`` value (what a result calculates with; not always the mean), its ``mean`` and its standard
deviation ``sd``. Drawing from them is :mod:`tanbiao.core.numerics.sampling`'s work.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics.elementary import exp_scalar, expm1_scalar


def _require_finite(**values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            raise TanbiaoError.of("distribution_not_finite", name=name, value=str(value))


def _require_spread(name: str, value: float) -> None:
    if value < 0:
        raise TanbiaoError.of("distribution_negative_spread", name=name, value=value)


def _require_order(*bounds: float) -> None:
    if list(bounds) != sorted(bounds):
        raise TanbiaoError.of("distribution_bounds_out_of_order", bounds=" ≤ ".join(f"{bound:g}" for bound in bounds))


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value without uncertainty."""

    value: float

    def __post_init__(self) -> None:
        _require_finite(value=self.value)

    @property
    def nominal(self) -> float:
        """The value."""
        return self.value

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def sd(self) -> float:
        """Zero."""
        return 0.0

    def scaled(self, factor: float) -> Fixed:
        """Return the distribution of factor × X."""
        return Fixed(factor * self.value)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """X = median · exp(sigma · Z), Z standard normal.

    The sign of the median stands outside the logarithm, so a negative amount (an uptake, a credit) spreads away from
    zero as a positive one does and never changes its sign.

    Parameters
    ----------
    median
        Any finite number, in the unit of the quantity.
    sigma
        Standard deviation of ln|X|, ≥ 0; the geometric standard deviation is exp(sigma).
    """

    median: float
    sigma: float

    def __post_init__(self) -> None:
        _require_finite(median=self.median, sigma=self.sigma)
        _require_spread("sigma", self.sigma)

    @property
    def nominal(self) -> float:
        """The median, which is not the mean."""
        return self.median

    @property
    def mean(self) -> float:
        """median · exp(sigma²/2) (Limpert et al. 2001, BioScience 51:341, table 1)."""
        return self.median * exp_scalar(self.sigma * self.sigma / 2)

    @property
    def sd(self) -> float:
        """|mean| · sqrt(exp(sigma²) − 1) (Limpert et al. 2001, table 1)."""
        return abs(self.mean) * math.sqrt(expm1_scalar(self.sigma * self.sigma))

    def scaled(self, factor: float) -> LogNormal:
        """Return the distribution of factor × X."""
        return LogNormal(factor * self.median, self.sigma)


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal distribution with the given mean and standard deviation (≥ 0)."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _require_finite(mean=self.mean, sd=self.sd)
        _require_spread("sd", self.sd)

    @property
    def nominal(self) -> float:
        """The mean."""
        return self.mean

    def scaled(self, factor: float) -> Normal:
        """Return the distribution of factor × X."""
        return Normal(factor * self.mean, abs(factor) * self.sd)


@dataclass(frozen=True, slots=True)
class Triangular:
    """Triangular distribution, low ≤ mode ≤ high."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _require_finite(low=self.low, mode=self.mode, high=self.high)
        _require_order(self.low, self.mode, self.high)

    @property
    def nominal(self) -> float:
        """The mode."""
        return self.mode

    @property
    def mean(self) -> float:
        """(low + mode + high) / 3."""
        return (self.low + self.mode + self.high) / 3

    @property
    def sd(self) -> float:
        """Square root of (a² + b² + ab)/18 with a = mode − low, b = high − mode (from the variance of the density)."""
        below, above = self.mode - self.low, self.high - self.mode
        return math.sqrt((below * below + above * above + below * above) / 18)

    def scaled(self, factor: float) -> Triangular:
        """Return the distribution of factor × X; a negative factor mirrors it."""
        low, high = sorted((factor * self.low, factor * self.high))
        return Triangular(low, factor * self.mode, high)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Uniform distribution, low ≤ high."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _require_finite(low=self.low, high=self.high)
        _require_order(self.low, self.high)

    @property
    def nominal(self) -> float:
        """The middle."""
        return self.mean

    @property
    def mean(self) -> float:
        """(low + high) / 2, without overflow."""
        return self.low / 2 + self.high / 2

    @property
    def sd(self) -> float:
        """(high − low) / sqrt(12)."""
        return (self.high - self.low) / math.sqrt(12.0)

    def scaled(self, factor: float) -> Uniform:
        """Return the distribution of factor × X; a negative factor mirrors it."""
        low, high = sorted((factor * self.low, factor * self.high))
        return Uniform(low, high)


Distribution = Fixed | LogNormal | Normal | Triangular | Uniform
