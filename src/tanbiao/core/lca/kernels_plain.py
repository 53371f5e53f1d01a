"""The kernels of :mod:`tanbiao.core.lca.kernels` without a compiler: the same operations in the same
order, all lanes at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.lca.inputs import Floats, Integers
from tanbiao.core.lca.preconditioner import SWEEPS, Around

ROUNDS, ITERATIONS = 4, 200
"""How often BiCGSTAB starts again from the true residual before a lane is given up, and its length each time."""

Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]


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
                failed |= ~(_worst(*_remainder(first, last, layout, values, b, x, r)) <= limit)
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


def _factorise_incomplete(first: int, last: int, at: Layout, values: Floats, around: Around) -> tuple[Singles, ...]:
    """Return lower, upper and 1/pivot of the scaled rows of a block, on the whole pattern."""
    size, lanes = last - first, values.shape[1]
    lower = np.empty((len(around.lower_column), lanes), np.float32)
    upper = np.empty((len(around.upper_column), lanes), np.float32)
    work, total, inverse = (np.empty((size, lanes), np.float32) for _ in range(3))
    for i in range(first, last):
        below = slice(around.lower_start[i], around.lower_start[i + 1])
        above = slice(around.upper_start[i], around.upper_start[i + 1])
        work[around.lower_column[below] - first] = 0.0
        work[around.upper_column[above] - first] = 0.0
        s = np.zeros(lanes, np.float32)
        for k in range(at.inner[i], at.start[i + 1]):
            c = at.column[k]
            work[c - first] = values[k] * (around.down[i] * around.across[c])
            s += work[c - first]
        for k in range(below.start, below.stop):
            j = around.lower_column[k]
            f = work[j - first] * inverse[j - first]
            lower[k] = f
            s -= f * total[j - first]
            right = slice(around.upper_start[j], around.upper_start[j + 1])
            work[around.upper_column[right] - first] -= f * upper[right]
        upper[above] = work[around.upper_column[above] - first]
        rest = np.zeros(lanes, np.float32)
        for k in range(above.start, above.stop):
            rest += upper[k]
        own, kept = work[i - first], s - rest
        pivot = np.where(kept >= own * np.float32(0.5), kept, own)
        total[i - first] = pivot + rest
        inverse[i - first] = np.float32(1.0) / pivot
    return lower, upper, inverse


def _correction(first: int, last: int, around: Around, factors: tuple[Singles, ...], res: Floats) -> Singles:
    """Return (L U)⁻¹ of the scaled residual."""
    lower, upper, inverse = factors
    w = (res * around.down[first:last, None]).astype(np.float32)
    for i in range(first, last):
        for k in range(around.lower_start[i], around.lower_start[i + 1]):
            w[i - first] -= lower[k] * w[around.lower_column[k] - first]
    for i in range(last - 1, first - 1, -1):
        for k in range(around.upper_start[i], around.upper_start[i + 1]):
            w[i - first] -= upper[k] * w[around.upper_column[k] - first]
        w[i - first] *= inverse[i - first]
    return w


def _refine(
    first: int, last: int, at: Layout, values: Floats, around: Around, b: Floats, x: Floats, limit: float
) -> Flags:
    """Solve a block; return the lanes without an answer, whose x is 0."""
    factors = _factorise_incomplete(first, last, at, values, around)
    across = around.across[first:last, None]
    missing = np.zeros(values.shape[1], dtype=np.bool_)
    for r in range(b.shape[1]):
        x[first:last, r] = 0.0
        res, running = b[:, r], np.ones(values.shape[1], dtype=np.bool_)
        for _ in range(SWEEPS):
            moved = x[first:last, r] + _correction(first, last, around, factors, res) * across
            x[first:last, r] = np.where(running, moved, x[first:last, r])
            res, size = _remainder(first, last, at, values, b, x, r)
            running &= ~(limit * size >= np.abs(res)).all(axis=0)
            if not running.any():
                break
        x[first:last, r] = np.where(running, 0.0, x[first:last, r])
        missing |= running
    return missing


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
    return res, size


def _worst(res: Floats, size: Floats) -> Floats:
    ratios = np.where(res != 0.0, np.abs(res) / size, 0.0)
    return np.asarray(np.where(np.isnan(ratios), np.inf, ratios).max(axis=0, initial=0.0))


def _bicgstab(
    first: int,
    last: int,
    at: Layout,
    values: Floats,
    res: Floats,
    goal: Floats,
    r: int,
    x: Floats,
) -> None:
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
        w, v = _swept(first, last, at, values, p)
        alpha = np.where(running, rho / _summed(shadow * v), 0.0)
        res -= alpha * v
        z, t = _swept(first, last, at, values, res)
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
    open_lanes = np.ones(values.shape[1], dtype=np.bool_)
    if len(around.across):
        open_lanes = _refine(first, last, at, values, around, b, x, limit)
        if not open_lanes.any():
            return
    for r in range(b.shape[1]):
        x[first:last, r] = np.where(open_lanes, 0.0, x[first:last, r])
        for attempt in range(ROUNDS + 1):
            res, size = _remainder(first, last, at, values, b, x, r)
            worst = _worst(res, size)
            unfinished = open_lanes & ~(worst <= limit)
            if not unfinished.any():
                break
            if attempt == ROUNDS:
                failed |= unfinished
                break
            closer = np.maximum(1e-12, 0.1 * limit / np.where(unfinished, worst, 1.0))
            goal = np.where(unfinished, tolerance if attempt == 0 else closer, 2.0)
            _bicgstab(first, last, at, values, res, goal, r, x)
