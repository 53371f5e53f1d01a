"""The kernels of :mod:`tanbiao.core.lca.kernels` without a compiler: the same operations in the same
order, all lanes at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.lca.inputs import Floats, Integers
from tanbiao.core.lca.preconditioner import Around

ROUNDS, ITERATIONS = 4, 200
"""How often BiCGSTAB starts again from the true residual before a lane is given up, and its length each time."""

Flags = NDArray[np.bool_]


class Layout(NamedTuple):
    """The integers of a plan that the kernels read; see :class:`tanbiao.core.lca.plan.SolvePlan`."""

    blocks: Integers
    kinds: Integers
    start: Integers
    inner: Integers
    column: Integers
    diagonal: Integers
    lu_start: Integers
    lu_column: Integers
    lu_diagonal: Integers


def solve(
    begin: int,
    end: int,
    layout: Layout,
    values: Floats,
    around: Around,
    right: Floats,
    limit: float,
    tolerance: float,
    x: Floats,
    failed: Flags,
) -> None:
    """Solve the blocks of a range one after another into x; marks the lanes whose true residual is above the limit."""
    lu = np.empty((len(layout.lu_column), values.shape[1]))
    for number in range(begin, end):
        first, last = int(layout.blocks[number]), int(layout.blocks[number + 1])
        if layout.kinds[number] == 0:
            _substitute(first, last, layout, values, right, limit, x, failed)
            continue
        b = _known(first, last, layout, values, right, x)
        if layout.kinds[number] == 1:
            _factorise(first, last, layout, values, lu)
            _solve_lu(first, last, layout, lu, b, x)
            for r in range(b.shape[1]):
                failed |= ~(_remainder(first, last, layout, values, b, x, r)[1] <= limit)
        else:
            _iterate(first, last, layout, values, around, b, x, limit, tolerance, failed)


def _substitute(
    first: int, last: int, at: Layout, values: Floats, right: Floats, limit: float, x: Floats, failed: Flags
) -> None:
    for p in range(first, last):
        acc, size = right[p].copy(), np.abs(right[p])
        for k in range(at.start[p], at.diagonal[p]):
            term = values[k] * x[at.column[k]]
            acc -= term
            size += np.abs(term)
        own = values[at.diagonal[p]]
        x[p] = acc / own
        term = own * x[p]
        failed |= ~(np.abs(acc - term) <= limit * (size + np.abs(term))).all(axis=0)


def _known(first: int, last: int, at: Layout, values: Floats, right: Floats, x: Floats) -> Floats:
    b = right[first:last].copy()
    for p in range(first, last):
        for k in range(at.start[p], at.inner[p]):
            b[p - first] -= values[k] * x[at.column[k]]
    return b


def _factorise(first: int, last: int, at: Layout, values: Floats, lu: Floats) -> None:
    work = np.empty((last - first, values.shape[1]))
    for i in range(first, last):
        row = slice(at.lu_start[i], at.lu_start[i + 1])
        work[at.lu_column[row] - first] = 0.0
        own = slice(at.inner[i], at.start[i + 1])
        work[at.column[own] - first] = values[own]
        for k in range(at.lu_start[i], at.lu_diagonal[i]):
            j = at.lu_column[k]
            d = at.lu_diagonal[j]
            lu[k] = work[j - first] / lu[d]
            above = slice(d + 1, at.lu_start[j + 1])
            work[at.lu_column[above] - first] -= lu[k] * lu[above]
        upper = slice(at.lu_diagonal[i], at.lu_start[i + 1])
        lu[upper] = work[at.lu_column[upper] - first]


def _solve_lu(first: int, last: int, at: Layout, lu: Floats, b: Floats, x: Floats) -> None:
    for i in range(first, last):
        acc = b[i - first].copy()
        for k in range(at.lu_start[i], at.lu_diagonal[i]):
            acc -= lu[k] * x[at.lu_column[k]]
        x[i] = acc
    for i in range(last - 1, first - 1, -1):
        acc = x[i].copy()
        for k in range(at.lu_diagonal[i] + 1, at.lu_start[i + 1]):
            acc -= lu[k] * x[at.lu_column[k]]
        x[i] = acc / lu[at.lu_diagonal[i]]


def _swept(first: int, last: int, at: Layout, values: Floats, v: Floats) -> tuple[Floats, Floats]:
    w, out = np.empty_like(v), v.copy()
    for p in range(first, last):
        acc = v[p - first].copy()
        for k in range(at.inner[p], at.diagonal[p]):
            acc -= values[k] * w[at.column[k] - first]
        w[p - first] = acc / values[at.diagonal[p]]
    for p in range(first, last):
        for k in range(at.diagonal[p] + 1, at.start[p + 1]):
            out[p - first] += values[k] * w[at.column[k] - first]
    return w, out


def _swept_around(
    first: int, last: int, at: Layout, values: Floats, around: Around, v: Floats
) -> tuple[Floats, Floats]:
    w, out = v.copy(), np.zeros_like(v)
    for i in range(first, last):
        for k in range(around.lower_start[i], around.lower_start[i + 1]):
            w[i - first] -= around.lower[k] * w[around.lower_column[k] - first]
    for i in range(last - 1, first - 1, -1):
        for k in range(around.upper_start[i], around.upper_start[i + 1]):
            w[i - first] -= around.upper[k] * w[around.upper_column[k] - first]
        w[i - first] /= around.pivot[i]
    for p in range(first, last):
        for k in range(at.inner[p], at.start[p + 1]):
            out[p - first] += values[k] * w[at.column[k] - first]
    return w, out


def _summed(rows: Floats) -> Floats:
    """Add rows one after another: with a single lane NumPy would add in pairs."""
    if rows.shape[1] == 1:
        return _summed(np.repeat(rows, 2, axis=1))[:1]
    return np.asarray(np.add.reduce(np.ascontiguousarray(rows), axis=0))


def _remainder(
    first: int, last: int, at: Layout, values: Floats, b: Floats, x: Floats, r: int
) -> tuple[Floats, Floats]:
    res, size = b[:, r].copy(), np.abs(b[:, r])
    for p in range(first, last):
        for k in range(at.inner[p], at.start[p + 1]):
            term = values[k] * x[at.column[k], r]
            res[p - first] -= term
            size[p - first] += np.abs(term)
    return res, _worst(res, size)


def _worst(res: Floats, size: Floats) -> Floats:
    ratios = np.where(res != 0.0, np.abs(res) / size, 0.0)
    return np.asarray(np.where(np.isnan(ratios), np.inf, ratios).max(axis=0, initial=0.0))


def _bicgstab(
    first: int,
    last: int,
    at: Layout,
    values: Floats,
    around: Around,
    res: Floats,
    goal: Floats,
    r: int,
    x: Floats,
) -> None:
    def swept(vector: Floats) -> tuple[Floats, Floats]:
        if len(around.pivot):
            return _swept_around(first, last, at, values, around, vector)
        return _swept(first, last, at, values, vector)

    shadow, p, v = res.copy(), np.zeros_like(res), np.zeros_like(res)
    one = _summed(res * res)
    stop = one * (goal * goal)
    running = one > stop
    rho, alpha, omega = np.ones_like(one), np.ones_like(one), np.ones_like(one)
    for _ in range(ITERATIONS):
        if not running.any():
            return
        beta = np.where(running, (one / rho) * (alpha / omega), 0.0)
        rho = one
        p = res + beta * (p - omega * v)
        w, v = swept(p)
        alpha = np.where(running, rho / _summed(shadow * v), 0.0)
        res -= alpha * v
        z, t = swept(res)
        omega = np.where(running, _summed(t * res) / _summed(t * t), 0.0)
        x[first:last, r] = np.where(running, x[first:last, r] + (alpha * w + omega * z), x[first:last, r])
        res[:] = np.where(running, res - omega * t, res)
        one = _summed(shadow * res)
        running &= _summed(res * res) > stop


def _iterate(
    first: int,
    last: int,
    at: Layout,
    values: Floats,
    around: Around,
    b: Floats,
    x: Floats,
    limit: float,
    tolerance: float,
    failed: Flags,
) -> None:
    for r in range(b.shape[1]):
        x[first:last, r] = 0.0
        for attempt in range(ROUNDS + 1):
            res, worst = _remainder(first, last, at, values, b, x, r)
            unfinished = ~(worst <= limit)
            if not unfinished.any():
                break
            if attempt == ROUNDS:
                failed |= unfinished
                break
            closer = np.maximum(1e-12, 0.1 * limit / np.where(unfinished, worst, 1.0))
            goal = np.where(unfinished, tolerance if attempt == 0 else closer, 2.0)
            _bicgstab(first, last, at, values, around, res, goal, r, x)
