"""What samples of all products say: summaries with their Monte Carlo error, and comparisons on the same draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.lca.inputs import Demand, Floats, Names, read_demand
from tanbiao.core.numerics.monte_carlo_error import Estimate, Summary, share_interval, summarise

_USUAL = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class Comparison:
    """Two products on the same draws: what they share cancels, sample by sample.

    Attributes
    ----------
    first_is_less, equal, second_is_less
        Shares of the samples with A < B, A = B, A > B, with Wilson's interval.
    difference
        A − B: mean, median, sd and quantiles; its ``nominal`` is the difference of the nominal figures.
    """

    first_is_less: Estimate
    equal: Estimate
    second_is_less: Estimate
    difference: Summary


@dataclass(frozen=True)
class Table:
    """Plain figures of many products at once; every array is (products, …) for one indicator."""

    nominal: Floats
    mean: Floats
    sd: Floats
    probabilities: tuple[float, ...]
    quantiles: Floats
    """(products, probabilities), definition 7 of Hyndman & Fan 1996."""


@dataclass(frozen=True)
class Samples:
    """Sampled intensities of all products.

    Attributes
    ----------
    values
        (products, indicators, samples), per unit of product; float64 or float32, possibly a memory map.
    nominal
        (products, indicators), with every amount at its nominal value: the declared figure.
    """

    values: NDArray[Any]
    nominal: Floats
    seed: int
    products: Names
    indicators: Names

    @property
    def count(self) -> int:
        """Number of samples."""
        return int(self.values.shape[2])

    def of(self, demand: Demand, indicator: int = 0) -> Floats:
        """Return the footprint of a demand in every sample: (samples,), Σ amount × intensity in the order of products.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``, ``demand_shape``, ``demand_not_finite``.
        """
        amounts = read_demand(demand, self.products)
        total = np.zeros(self.count)
        for product in np.flatnonzero(amounts):
            total += amounts[product] * self.values[product, indicator].astype(np.float64)
        return total

    def summary(
        self,
        demand: Demand,
        indicator: int = 0,
        probabilities: Sequence[float] = _USUAL,
        confidence: float = 0.95,
    ) -> Summary:
        """Return mean, median, sd and quantiles of a demand, each with its Monte Carlo error, and the nominal figure.

        Raises
        ------
        TanbiaoError
            ``samples_too_few``, ``outside_domain``; those of :meth:`of`.
        """
        return summarise(self.of(demand, indicator), self._nominal(demand, indicator), probabilities, confidence)

    def compare(
        self,
        first: Demand,
        second: Demand,
        indicator: int = 0,
        probabilities: Sequence[float] = _USUAL,
        confidence: float = 0.95,
    ) -> Comparison:
        """Compare two demands on the same draws.

        Raises
        ------
        TanbiaoError
            ``samples_too_few``, ``outside_domain``; those of :meth:`of`.
        """
        difference = self.of(first, indicator) - self.of(second, indicator)
        nominal = self._nominal(first, indicator) - self._nominal(second, indicator)
        less, more = int((difference < 0).sum()), int((difference > 0).sum())
        return Comparison(
            share_interval(less, self.count, confidence),
            share_interval(self.count - less - more, self.count, confidence),
            share_interval(more, self.count, confidence),
            summarise(difference, nominal, probabilities, confidence),
        )

    def table(self, indicator: int = 0, probabilities: Sequence[float] = _USUAL, block: int = 256) -> Table:
        """Return nominal, mean, sd and quantiles of every product, calculated in blocks of products."""
        count = self.products.count
        mean, sd = np.empty(count), np.full(count, np.nan)
        found = np.empty((count, len(probabilities)))
        for at in range(0, count, block):
            part = slice(at, at + block)
            drawn = self.values[part, indicator].astype(np.float64)
            mean[part] = drawn.mean(axis=1)
            if self.count > 1:
                sd[part] = drawn.std(axis=1, ddof=1)
            found[part] = np.quantile(drawn, probabilities, axis=1).T
        return Table(self.nominal[:, indicator].copy(), mean, sd, tuple(probabilities), found)

    def _nominal(self, demand: Demand, indicator: int) -> float:
        return float(read_demand(demand, self.products) @ self.nominal[:, indicator])
