"""Compensated sums in a fixed order: the same bits on every machine, and no digits lost to cancellation."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError

Floats = NDArray[np.float64]


class RunningSum:
    """The compensated sum of arrays of one shape, added one after another.

    Neumaier, A. (1974), Z. angew. Math. Mech. 54:39, element by element: the error does not grow with the number of
    terms, and the result depends on nothing but the terms and their order.
    """

    def __init__(self, shape: int | tuple[int, ...]) -> None:
        self._total: Floats = np.zeros(shape)
        self._carry: Floats = np.zeros(shape)

    def add(self, term: ArrayLike) -> None:
        """Add one array (or a number) to the sum."""
        values = np.asarray(term, dtype=np.float64)
        raised = self._total + values
        larger = np.abs(self._total) >= np.abs(values)
        self._carry += np.where(larger, (self._total - raised) + values, (values - raised) + self._total)
        self._total = raised

    def value(self) -> Floats:
        """Return the sum so far, as a new array."""
        return self._total + self._carry


def sum_rows(rows: Iterable[ArrayLike], shape: int | tuple[int, ...]) -> Floats:
    """Return the compensated sum of arrays of the given shape, in the order given; zeros if there are none."""
    running = RunningSum(shape)
    for row in rows:
        running.add(row)
    return running.value()


def mean(values: ArrayLike) -> float:
    """Return the arithmetic mean of a vector, summed compensated and in order.

    Raises
    ------
    TanbiaoError
        ``samples_empty``.
    """
    numbers: list[float] = np.asarray(values, dtype=np.float64).tolist()
    if not numbers:
        raise TanbiaoError.of("samples_empty")
    return add(*numbers) / len(numbers)


def halving_sum(values: ArrayLike) -> Floats:
    """Return the sum over the last axis: the second half is added to the first, again and again.

    The order is fixed (an odd length leaves its last number for the next round), so the bits are the same on every
    machine; the error grows with log₂ of the length (Higham 1993, SIAM J. Sci. Comput. 14:783).
    """
    left = np.asarray(values, dtype=np.float64)
    if left.shape[-1] == 0:
        return np.zeros(left.shape[:-1])
    while left.shape[-1] > 1:
        half = left.shape[-1] // 2
        paired = left[..., :half] + left[..., half : 2 * half]
        left = np.concatenate([paired, left[..., 2 * half :]], axis=-1)
    return np.asarray(left[..., 0])
