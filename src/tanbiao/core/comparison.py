"""Comparing figures: where one stands among comparable ones, how sure an order or a class is.

A figure's uncertainty is known here by its published interval alone (2.5 %, median, 97.5 %). A lognormal with this
median and this width stands for it, and two figures count as independent; both are the project's own choice, not
official. Common datasets make two figures move together, so an order is at least as sure as is said here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

STANDARD = NormalDist()
WIDTH = 2 * STANDARD.inv_cdf(0.975)
"""Standard deviations between the two ends of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A lognormal: mean and standard deviation of the natural logarithm."""

    mean: float
    deviation: float


def spread_of(low: float | None, median: float | None, high: float | None) -> Spread | None:
    """Return the spread of a 95 % interval; None where an end is missing, not above zero, or they are out of order.

    >>> found = spread_of(100 / 1.5, 100, 150)
    >>> round(found.mean, 4), round(found.deviation, 4)
    (4.6052, 0.2069)
    """
    if low is None or median is None or high is None or not 0 < low <= median <= high or not math.isfinite(high):
        return None
    return Spread(math.log(median), math.log(high / low) / WIDTH)


def probability_below(one: Spread, other: Spread) -> float:
    """Return the probability (0 to 1) that the first figure is truly the lower one.

    >>> probability_below(Spread(0.0, 0.1), Spread(0.0, 0.3))
    0.5
    """
    together = math.hypot(one.deviation, other.deviation)
    if together == 0:
        return 0.5 if one.mean == other.mean else float(one.mean < other.mean)
    return STANDARD.cdf((other.mean - one.mean) / together)


def class_probabilities(figure: Spread, limits: Sequence[float]) -> tuple[float, ...]:
    """Return the probability of each class, the lowest first; ``limits`` ascend, in the figure's unit.

    A value at a limit is in the lower class.
    """
    below = [_below(figure, limit) for limit in limits]
    return tuple(high - low for low, high in zip([0.0, *below], [*below, 1.0], strict=True))


def _below(figure: Spread, limit: float) -> float:
    if limit <= 0:
        return 0.0
    if figure.deviation == 0:
        return float(figure.mean <= math.log(limit))
    return STANDARD.cdf((math.log(limit) - figure.mean) / figure.deviation)


def percentile(own: float, others: Sequence[float]) -> float:
    """Return the share (0 to 1) of all figures, one's own among them, that lie below one's own; ties count half.

    >>> percentile(2.0, [1.0, 3.0, 4.0])
    0.375
    """
    lower = sum(value < own for value in others)
    same = 1 + sum(value == own for value in others)
    return (lower + same / 2) / (len(others) + 1)
