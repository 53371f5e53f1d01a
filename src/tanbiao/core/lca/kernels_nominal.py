"""Compiled kernels of one value set: large loops iterated on a scaled copy, everything else substituted.

A large loop is solved as ``(D⁻¹ R T C) y = D⁻¹ R b``, ``x = C y``, where R and C equilibrate it and D makes its
diagonal 1: then a sweep needs no division, and its two triangles are read from end to end. BiCGSTAB (van der Vorst
1992, SIAM J. Sci. Stat. Comput. 13:631), right-preconditioned with the lower triangle L: (L + U) L⁻¹ v = v + U (L⁻¹ v).
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

import math

import numpy as np
from numba import njit

ITERATIONS, ROUNDS = 100, 6
"""Steps of BiCGSTAB before it starts again from the true residual, and how often it does so."""


@njit(cache=True)
def equilibrated(first, last, start, inner, column, values, rounds):
    """Return power-of-two scales of the rows and columns of one block (Ruiz 2001, as ``factors.equilibrate``)."""
    size = last - first
    row, across = np.ones(size), np.ones(size)
    row_largest, column_largest = np.empty(size), np.empty(size)
    for _ in range(rounds):
        row_largest[:] = 0.0
        column_largest[:] = 0.0
        for i in range(size):
            most = 0.0
            for k in range(inner[first + i], start[first + i + 1]):
                c = column[k] - first
                now = row[i] * abs(values[k]) * across[c]
                most = max(most, now)
                column_largest[c] = max(column_largest[c], now)
            row_largest[i] = most
        changed = False
        for i in range(size):
            by_row = 2.0 ** (math.frexp(row_largest[i])[1] // 2)
            by_column = 2.0 ** (math.frexp(column_largest[i])[1] // 2)
            changed = changed or by_row != 1.0 or by_column != 1.0
            row[i] /= by_row
            across[i] /= by_column
        if not changed:
            break
    return row, across


@njit(cache=True)
def split(first, last, start, inner, column, diagonal, values, across, compared):
    """Return the scaled triangles of a block, ``start, column, value`` of L and of U, the scale of each row, and
    whether the block holds credits.

    ``compared``: of its comparison matrix, which takes −|t| beside the diagonal.
    """
    size = last - first
    credited = False
    below, above = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
    for i in range(size):
        below[i + 1] = below[i] + diagonal[first + i] - inner[first + i]
        above[i + 1] = above[i] + start[first + i + 1] - diagonal[first + i] - 1
    low_column, low = np.empty(below[size], np.uint32), np.empty(below[size])
    high_column, high = np.empty(above[size], np.uint32), np.empty(above[size])
    scale = np.empty(size)
    for i in range(size):
        p = first + i
        scale[i] = 1.0 / (values[diagonal[p]] * across[i])
        at = below[i]
        for k in range(inner[p], diagonal[p]):
            c = column[k] - first
            credited = credited or values[k] > 0.0
            value = -abs(values[k]) if compared else values[k]
            low_column[at], low[at] = c, value * across[c] * scale[i]
            at += 1
        at = above[i]
        for k in range(diagonal[p] + 1, start[p + 1]):
            c = column[k] - first
            credited = credited or values[k] > 0.0
            value = -abs(values[k]) if compared else values[k]
            high_column[at], high[at] = c, value * across[c] * scale[i]
            at += 1
    return (below.astype(np.uint32), low_column, low, above.astype(np.uint32), high_column, high), scale, credited


@njit(cache=True, nogil=True, error_model="numpy")
def swept(parts, v, w, out):
    """w = L⁻¹ v; out = v + U w."""
    below, low_column, low, above, high_column, high = parts
    for i in range(len(v)):
        acc = v[i]
        for k in range(below[i], below[i + 1]):
            acc -= low[k] * w[low_column[k]]
        w[i] = acc
    for i in range(len(v)):
        acc = v[i]
        for k in range(above[i], above[i + 1]):
            acc += high[k] * w[high_column[k]]
        out[i] = acc


@njit(cache=True, nogil=True, error_model="numpy")
def bicgstab(parts, res, weight, stop, y):
    """Add to y a correction until ``weight · |res|`` is nowhere above ``stop``, or no progress is made."""
    size = len(res)
    shadow = res.copy()
    p, v, w, t, z = np.zeros(size), np.zeros(size), np.empty(size), np.empty(size), np.empty(size)
    rho, alpha, omega = 1.0, 1.0, 1.0
    one = 0.0
    for i in range(size):
        one += res[i] * res[i]
    for steps in range(ITERATIONS):
        beta = (one / rho) * (alpha / omega)
        rho = one
        for i in range(size):
            p[i] = res[i] + beta * (p[i] - omega * v[i])
        swept(parts, p, w, v)
        two = 0.0
        for i in range(size):
            two += shadow[i] * v[i]
        alpha = rho / two
        for i in range(size):
            res[i] -= alpha * v[i]
        swept(parts, res, z, t)
        one, two = 0.0, 0.0
        for i in range(size):
            one += t[i] * res[i]
            two += t[i] * t[i]
        # A step that leaves nothing has nothing to smooth.
        omega = one / two if two > 0.0 else 0.0
        one, largest = 0.0, 0.0
        for i in range(size):
            y[i] += alpha * w[i] + omega * z[i]
            res[i] -= omega * t[i]
            one += shadow[i] * res[i]
            largest = max(largest, weight[i] * abs(res[i]))
        # NaN ends it too: the true residual decides what becomes of the answer.
        if not (largest > stop and one == one and omega != 0.0 and one != 0.0):
            return steps + 1
    return ITERATIONS


@njit(cache=True, nogil=True, error_model="numpy")
def lacking(first, last, start, inner, column, values, b, x, scale, res):
    """res = scale · (b − T x) inside the block; returns its largest backward error, row by row."""
    worst = 0.0
    for i in range(last - first):
        p = first + i
        acc, size = b[i], abs(b[i])
        for k in range(inner[p], start[p + 1]):
            term = values[k] * x[column[k]]
            acc -= term
            size += abs(term)
        res[i] = acc * scale[i]
        # A NaN must not pass: it is worse than any number.
        if acc != 0.0 and not abs(acc) <= worst * size:
            worst = abs(acc) / size
            if not worst < np.inf:
                return np.inf
    return worst


@njit(cache=True, nogil=True, error_model="numpy")
def iterated(first, last, start, inner, column, values, parts, scale, across, b, goal, limit, x):
    """Solve a block into x, again from the true residual until that is at most ``limit``; returns it, row by row."""
    size = last - first
    res, y, weight = np.empty(size), np.empty(size), np.empty(size)
    x[first:last] = 0.0
    worst = lacking(first, last, start, inner, column, values, b, x, scale, res)
    for _ in range(ROUNDS):
        if worst <= limit:
            break
        norm = 0.0
        for i in range(size):
            norm += res[i] * res[i]
        weight[:] = 1.0
        y[:] = 0.0
        bicgstab(parts, res, weight, math.sqrt(norm) * max(goal, 0.1 * limit / worst), y)
        for i in range(size):
            x[first + i] += across[i] * y[i]
        worst = lacking(first, last, start, inner, column, values, b, x, scale, res)
    return worst


@njit(cache=True, nogil=True, error_model="numpy")
def factorised(first, last, start, inner, column, values, lu_start, lu_column, lu_diagonal):
    """Return L (unit diagonal) and U of a block on its stored pattern, row by row (Doolittle)."""
    begin = lu_start[first]
    lu, work = np.empty(lu_start[last] - begin), np.zeros(last - first)
    for i in range(first, last):
        for k in range(lu_start[i], lu_start[i + 1]):
            work[lu_column[k] - first] = 0.0
        for k in range(inner[i], start[i + 1]):
            work[column[k] - first] = values[k]
        for k in range(lu_start[i], lu_diagonal[i]):
            j = lu_column[k]
            factor = work[j - first] / lu[lu_diagonal[j] - begin]
            lu[k - begin] = factor
            for m in range(lu_diagonal[j] + 1, lu_start[j + 1]):
                work[lu_column[m] - first] -= factor * lu[m - begin]
        for k in range(lu_diagonal[i], lu_start[i + 1]):
            lu[k - begin] = work[lu_column[k] - first]
    return lu


@njit(cache=True, nogil=True, error_model="numpy")
def solved(first, last, lu, lu_start, lu_column, lu_diagonal, b, y):
    """y = (L U)⁻¹ b."""
    begin = lu_start[first]
    for i in range(first, last):
        acc = b[i - first]
        for k in range(lu_start[i], lu_diagonal[i]):
            acc -= lu[k - begin] * y[lu_column[k] - first]
        y[i - first] = acc
    for i in range(last - 1, first - 1, -1):
        acc = y[i - first]
        for k in range(lu_diagonal[i] + 1, lu_start[i + 1]):
            acc -= lu[k - begin] * y[lu_column[k] - first]
        y[i - first] = acc / lu[lu_diagonal[i] - begin]


@njit(cache=True, nogil=True, error_model="numpy")
def supplied(first, last, start, inner, column, values, right, x, b):
    """b = right − what earlier blocks supply."""
    for p in range(first, last):
        acc = right[p]
        for k in range(start[p], inner[p]):
            acc -= values[k] * x[column[k]]
        b[p - first] = acc


@njit(cache=True, nogil=True, error_model="numpy")
def substituted(first, last, start, column, diagonal, values, right, x, limit):
    """Solve rows that need only what stands before them; whether each division leaves no more than ``limit``."""
    good = True
    for p in range(first, last):
        acc = right[p]
        for k in range(start[p], diagonal[p]):
            acc -= values[k] * x[column[k]]
        own = values[diagonal[p]]
        x[p] = acc / own
        good = good and abs(acc - own * x[p]) <= limit * abs(acc)
    return good


@njit(cache=True, nogil=True, error_model="numpy")
def pass_through(number, edges, kinds, pattern, factors, values, right, limit, x):
    """Solve runs and factorised loops from block ``number`` on; returns the first block of another kind.

    ``pattern``: start, inner, column, diagonal; ``factors``: start, column, diagonal of the LU patterns. A negative
    number says that a residual is above ``limit``.
    """
    start, inner, column, diagonal = pattern
    lu_start, lu_column, lu_diagonal = factors
    while number < len(kinds):
        first, last = edges[number], edges[number + 1]
        if kinds[number] == 0:
            if not substituted(first, last, start, column, diagonal, values, right, x, limit):
                return -1
        elif kinds[number] == 1:
            size = last - first
            b, y, res, one = np.empty(size), np.empty(size), np.empty(size), np.ones(size)
            supplied(first, last, start, inner, column, values, right, x, b)
            lu = factorised(first, last, start, inner, column, values, lu_start, lu_column, lu_diagonal)
            solved(first, last, lu, lu_start, lu_column, lu_diagonal, b, y)
            x[first:last] = y
            if not lacking(first, last, start, inner, column, values, b, x, one, res) <= limit:
                solved(first, last, lu, lu_start, lu_column, lu_diagonal, res, y)
                x[first:last] += y
                if not lacking(first, last, start, inner, column, values, b, x, one, res) <= limit:
                    return -1
        else:
            return number
        number += 1
    return number


@njit(cache=True, nogil=True)
def proof(first, last, start, inner, column, diagonal, values, row, across, y):
    """Return the norm of a scaled block, the largest scaled y, and the share of w = 1 / row that ⟨T⟩ y leaves or lacks.

    What rounding may have added to ⟨T⟩ y is taken off it. Infinite where some y is not positive.
    """
    norm, largest, open_share = 0.0, 0.0, 0.0
    for i in range(last - first):
        p = first + i
        total, made, size = 0.0, 0.0, 0.0
        for k in range(inner[p], start[p + 1]):
            c = column[k] - first
            term = abs(values[k]) * y[c]
            total += abs(values[k]) * across[c]
            size += term
            made += term if k == diagonal[p] else -term
        norm = max(norm, row[i] * total)
        largest = max(largest, y[i] / across[i])
        error = abs(made * row[i] - 1.0) + 1e-15 * (start[p + 1] - inner[p]) * size * row[i]
        if not (y[i] > 0.0 and error <= open_share):
            open_share = error if y[i] > 0.0 and error < np.inf else np.inf
    return norm, largest, open_share
