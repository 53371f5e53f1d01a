"""The residual of a linear system without a rounding before the last: what makes an answer the same everywhere.

Dekker (1971) splits a product of two doubles into its rounded value and the rest, exactly; ``math.fsum`` adds exactly.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tanbiao.core.lca.inputs import Floats, Matrix

_SPLITTER: Final = float(2**27 + 1)


def exact_residual(technosphere: Matrix, right: Matrix, solution: Floats) -> Floats:
    """Return ``R − λ A``, each entry rounded once.

    Parameters
    ----------
    technosphere
        ``A``, (n, n) CSC.
    right
        ``R``, (rows, n).
    solution
        ``λ``, (rows, n).

    Returns
    -------
    (rows, n)
        Zero where an amount is too large for its product to be split (beyond about 1e300).
    """
    starts, places, values = technosphere.indptr, technosphere.indices, technosphere.data
    # A column with its diagonal alone is answered by one division: nothing to refine.
    columns = np.flatnonzero(np.diff(starts) > 1)
    spans = [(int(column), int(starts[column]), int(starts[column + 1])) for column in columns]
    wanted = np.asarray(right.todense(), dtype=np.float64)
    result = np.zeros_like(solution)
    for row in range(len(solution)):
        high, low = _product(solution[row][places], values)
        first, second = (-high).tolist(), (-low).tolist()
        for column, start, end in spans:
            rest = math.fsum((wanted[row, column], *first[start:end], *second[start:end]))
            result[row, column] = rest if math.isfinite(rest) else 0.0
    return result


def _product(left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Return the rounded product and what rounding took, exactly."""
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = left * right
        left_high, right_high = _high(left), _high(right)
        left_low, right_low = left - left_high, right - right_high
        rest = (
            (left_high * right_high - rounded) + left_high * right_low + left_low * right_high
        ) + left_low * right_low
    return rounded, np.where(np.isfinite(rest), rest, 0.0)


def _high(values: Floats) -> Floats:
    scaled = values * _SPLITTER
    return np.asarray(scaled - (scaled - values))
