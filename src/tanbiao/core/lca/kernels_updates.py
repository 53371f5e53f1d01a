"""Compiled kernels of updates: one response through the rows without loops, and the residual of an edited system.

Both read each entry once and wait for nothing but the next number: four sums run side by side in a row.
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def run_on(first, last, start, column, diagonal, values, x):
    """Solve rows ``first … last − 1``, whose right side is 0, on what is known in x."""
    for p in range(first, last):
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        k, end = start[p], diagonal[p]
        while k + 3 < end:
            a += values[k] * x[column[k]]
            b += values[k + 1] * x[column[k + 1]]
            c += values[k + 2] * x[column[k + 2]]
            d += values[k + 3] * x[column[k + 3]]
            k += 4
        while k < end:
            a += values[k] * x[column[k]]
            k += 1
        x[p] = -(a + b + c + d) / values[diagonal[p]]


@njit(cache=True)
def supplied(first, last, start, inner, column, values, x, b):
    """b = − what earlier blocks supply to rows ``first … last − 1``; whether anything but zero."""
    anything = False
    for p in range(first, last):
        total = 0.0
        for k in range(start[p], inner[p]):
            total -= values[k] * x[column[k]]
        b[p - first] = total
        anything = anything or total != 0.0
    return anything


@njit(cache=True)
def column_error(start, row, value, skipped, wanted, intensity, least):
    """Return the largest backward error of Aᵀ λ = wanted over the columns of A that are not skipped, or ``least``."""
    worst = least
    for j in range(len(start) - 1):
        if skipped[j]:
            continue
        a, b, c, d = wanted[j], 0.0, 0.0, 0.0
        k, end = start[j], start[j + 1]
        while k + 3 < end:
            a -= value[k] * intensity[row[k]]
            b -= value[k + 1] * intensity[row[k + 1]]
            c -= value[k + 2] * intensity[row[k + 2]]
            d -= value[k + 3] * intensity[row[k + 3]]
            k += 4
        while k < end:
            a -= value[k] * intensity[row[k]]
            k += 1
        rest = abs(a + b + c + d)
        # The size is at least |wanted|: often that settles it, and the terms need not be added up.
        if rest <= worst * abs(wanted[j]):
            continue
        size = abs(wanted[j])
        for k in range(start[j], end):
            size += abs(value[k] * intensity[row[k]])
        if not rest <= worst * size:
            worst = rest / size
            if not worst < np.inf:
                return np.inf
    return worst
