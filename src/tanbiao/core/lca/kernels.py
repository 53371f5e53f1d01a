"""Compiled kernels: substitution, LU on a fixed pattern, BiCGSTAB preconditioned by Gauss–Seidel; several value
sets at a time.

Every array of numbers has its value sets ("lanes") last, so that one index is read for all of them and the arithmetic
runs in vector registers; the number of lanes is the length of the tuple ``lanes``, which the compiler knows. A lane
never reads another lane, so its bits don't depend on its neighbours. No fast-math and no fused multiply-add:
:mod:`tanbiao.core.lca.kernels_plain` gives the same bits without a compiler.

BiCGSTAB: van der Vorst 1992, SIAM J. Sci. Stat. Comput. 13:631, right-preconditioned with L, the lower triangle of the
matrix L + U in its own order. (L + U) L⁻¹ v = v + U (L⁻¹ v): the preconditioner costs no second pass over the matrix.
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit

from tanbiao.core.lca.fill import fill_pattern
from tanbiao.core.lca.kernels_eight import factorise_eight
from tanbiao.core.lca.kernels_plain import ITERATIONS, ROUNDS
from tanbiao.core.lca.kernels_refine import refine, space
from tanbiao.core.lca.preconditioner import incomplete_lu

compiled_incomplete = njit(cache=True)(incomplete_lu)
compiled_fill = njit(cache=True)(fill_pattern)


@njit(cache=True, nogil=True, error_model="numpy")
def substitute(first, last, layout, values, right, limit, x, failed, lanes):
    """Solve rows that need only what stands before them."""
    start, column, diagonal = layout[2], layout[4], layout[5]
    acc, size = np.empty(len(lanes)), np.empty(len(lanes))
    for p in range(first, last):
        d = diagonal[p]
        for r in range(right.shape[1]):
            for g in range(len(lanes)):
                acc[g] = right[p, r, g]
                size[g] = abs(right[p, r, g])
            for k in range(start[p], d):
                c = column[k]
                for g in range(len(lanes)):
                    term = values[k, g] * x[c, r, g]
                    acc[g] -= term
                    size[g] += abs(term)
            for g in range(len(lanes)):
                x[p, r, g] = acc[g] / values[d, g]
            for g in range(len(lanes)):
                term = values[d, g] * x[p, r, g]
                if not abs(acc[g] - term) <= limit * (size[g] + abs(term)):
                    failed[g] = True


@njit(cache=True, nogil=True, error_model="numpy")
def known(first, last, layout, values, right, x, b, lanes):
    """b = right − what earlier blocks supply."""
    start, inner, column = layout[2], layout[3], layout[4]
    for p in range(first, last):
        for r in range(right.shape[1]):
            for g in range(len(lanes)):
                b[p - first, r, g] = right[p, r, g]
            for k in range(start[p], inner[p]):
                c = column[k]
                for g in range(len(lanes)):
                    b[p - first, r, g] -= values[k, g] * x[c, r, g]


@njit(cache=True, nogil=True, error_model="numpy")
def factorise(first, last, layout, values, lu, work, lanes):
    """Rows of L (unit diagonal) and U on the stored pattern (Doolittle, row by row)."""
    start, inner, column = layout[2], layout[3], layout[4]
    lu_start, lu_column, lu_diagonal = layout[6], layout[7], layout[8]
    for i in range(first, last):
        for k in range(lu_start[i], lu_start[i + 1]):
            c = lu_column[k] - first
            for g in range(len(lanes)):
                work[c, g] = 0.0
        for k in range(inner[i], start[i + 1]):
            c = column[k] - first
            for g in range(len(lanes)):
                work[c, g] = values[k, g]
        for k in range(lu_start[i], lu_diagonal[i]):
            j = lu_column[k]
            d = lu_diagonal[j]
            for g in range(len(lanes)):
                lu[k, g] = work[j - first, g] / lu[d, g]
            for m in range(d + 1, lu_start[j + 1]):
                c = lu_column[m] - first
                for g in range(len(lanes)):
                    work[c, g] -= lu[k, g] * lu[m, g]
        for k in range(lu_diagonal[i], lu_start[i + 1]):
            c = lu_column[k] - first
            for g in range(len(lanes)):
                lu[k, g] = work[c, g]


@njit(cache=True, nogil=True, error_model="numpy")
def solve_lu(first, last, layout, lu, b, x, lanes):
    """Solve with the factors of a block."""
    lu_start, lu_column, lu_diagonal = layout[6], layout[7], layout[8]
    acc = np.empty(len(lanes))
    for r in range(b.shape[1]):
        for i in range(first, last):
            for g in range(len(lanes)):
                acc[g] = b[i - first, r, g]
            for k in range(lu_start[i], lu_diagonal[i]):
                c = lu_column[k]
                for g in range(len(lanes)):
                    acc[g] -= lu[k, g] * x[c, r, g]
            for g in range(len(lanes)):
                x[i, r, g] = acc[g]
        for i in range(last - 1, first - 1, -1):
            for g in range(len(lanes)):
                acc[g] = x[i, r, g]
            for k in range(lu_diagonal[i] + 1, lu_start[i + 1]):
                c = lu_column[k]
                for g in range(len(lanes)):
                    acc[g] -= lu[k, g] * x[c, r, g]
            for g in range(len(lanes)):
                x[i, r, g] = acc[g] / lu[lu_diagonal[i], g]


@njit(cache=True, nogil=True, error_model="numpy")
def swept(first, last, layout, values, v, w, out, lanes):
    """w = L⁻¹ v; out = v + U w."""
    start, inner, column, diagonal = layout[2], layout[3], layout[4], layout[5]
    acc = np.empty(len(lanes))
    for p in range(first, last):
        i = p - first
        for g in range(len(lanes)):
            acc[g] = v[i, g]
        for k in range(inner[p], diagonal[p]):
            c = column[k] - first
            for g in range(len(lanes)):
                acc[g] -= values[k, g] * w[c, g]
        for g in range(len(lanes)):
            w[i, g] = acc[g] / values[diagonal[p], g]
    for p in range(first, last):
        i = p - first
        for g in range(len(lanes)):
            acc[g] = v[i, g]
        for k in range(diagonal[p] + 1, start[p + 1]):
            c = column[k] - first
            for g in range(len(lanes)):
                acc[g] += values[k, g] * w[c, g]
        for g in range(len(lanes)):
            out[i, g] = acc[g]


@njit(cache=True, nogil=True, error_model="numpy")
def remainder(first, last, layout, values, b, x, r, res, worst, lanes):
    """res = b − T x inside the block; worst = its largest backward error, per lane."""
    start, inner, column = layout[2], layout[3], layout[4]
    size, acc = np.empty(len(lanes)), np.empty(len(lanes))
    worst[:] = 0.0
    for p in range(first, last):
        i = p - first
        for g in range(len(lanes)):
            acc[g] = b[i, r, g]
            size[g] = abs(b[i, r, g])
        for k in range(inner[p], start[p + 1]):
            c = column[k]
            for g in range(len(lanes)):
                term = values[k, g] * x[c, r, g]
                acc[g] -= term
                size[g] += abs(term)
        for g in range(len(lanes)):
            res[i, g] = acc[g]
            # A NaN must not pass: it is worse than any number.
            if acc[g] != 0.0:
                ratio = abs(acc[g]) / size[g]
                if not ratio <= worst[g]:
                    worst[g] = ratio if ratio == ratio else np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def dot(a, b, size, out, lanes):
    """out = Σ a b over the rows, one after another."""
    out[:] = 0.0
    for i in range(size):
        for g in range(len(lanes)):
            out[g] += a[i, g] * b[i, g]


@njit(cache=True, nogil=True, error_model="numpy")
def bicgstab(first, last, layout, values, res, goal, r, x, vectors, lanes):
    """Add to x a correction that brings the residual ``res`` to ``goal`` times its 2-norm, in each lane."""
    size, width = last - first, len(lanes)
    shadow, p, v, t, w, z = vectors[0], vectors[1], vectors[2], vectors[3], vectors[4], vectors[5]
    rho, alpha, omega, running = np.ones(width), np.ones(width), np.ones(width), np.ones(width)
    stop, one, two, beta = np.zeros(width), np.zeros(width), np.zeros(width), np.zeros(width)
    shadow[:size] = res[:size]
    p[:size] = 0.0
    v[:size] = 0.0
    dot(res, res, size, one, lanes)
    for g in range(width):
        stop[g] = one[g] * (goal[g] * goal[g])
        if not one[g] > stop[g]:
            running[g] = 0.0
    for _ in range(ITERATIONS):
        if running.sum() == 0.0:
            return
        for g in range(width):
            beta[g] = (one[g] / rho[g]) * (alpha[g] / omega[g]) if running[g] > 0.0 else 0.0
            rho[g] = one[g]
        for i in range(size):
            for g in range(len(lanes)):
                p[i, g] = res[i, g] + beta[g] * (p[i, g] - omega[g] * v[i, g])
        swept(first, last, layout, values, p, w, v, lanes)
        dot(shadow, v, size, two, lanes)
        for g in range(width):
            alpha[g] = rho[g] / two[g] if running[g] > 0.0 else 0.0
        for i in range(size):
            for g in range(len(lanes)):
                res[i, g] -= alpha[g] * v[i, g]
        swept(first, last, layout, values, res, z, t, lanes)
        one[:] = 0.0
        two[:] = 0.0
        for i in range(size):
            for g in range(len(lanes)):
                one[g] += t[i, g] * res[i, g]
                two[g] += t[i, g] * t[i, g]
        for g in range(width):
            omega[g] = one[g] / two[g] if running[g] > 0.0 else 0.0
        one[:] = 0.0
        two[:] = 0.0
        for i in range(size):
            for g in range(len(lanes)):
                if running[g] > 0.0:
                    x[first + i, r, g] += alpha[g] * w[i, g] + omega[g] * z[i, g]
                    res[i, g] -= omega[g] * t[i, g]
                one[g] += shadow[i, g] * res[i, g]
                two[g] += res[i, g] * res[i, g]
        for g in range(width):
            # A lane that broke down (NaN) stops too; its true residual decides what becomes of it.
            if not two[g] > stop[g]:
                running[g] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def iterate(first, last, layout, values, b, x, vectors, limit, tolerance, wanted, failed, lanes):
    """Solve a block in the wanted lanes by BiCGSTAB, started again from the true residual until that is small."""
    worst, goal = np.zeros(len(lanes)), np.zeros(len(lanes))
    res = vectors[6]
    for r in range(b.shape[1]):
        for i in range(first, last):
            for g in range(len(lanes)):
                if wanted[g]:
                    x[i, r, g] = 0.0
        for attempt in range(ROUNDS + 1):
            remainder(first, last, layout, values, b, x, r, res, worst, lanes)
            unfinished = 0
            for g in range(len(lanes)):
                # A lane that is done gets a goal that it has already reached.
                goal[g] = 2.0
                if wanted[g] and not worst[g] <= limit:
                    unfinished += 1
                    goal[g] = tolerance if attempt == 0 else max(1e-12, 0.1 * limit / worst[g])
                    if attempt == ROUNDS:
                        failed[g] = True
            if unfinished == 0 or attempt == ROUNDS:
                break
            bicgstab(first, last, layout, values, res, goal, r, x, vectors, lanes)


@njit(cache=True, nogil=True, error_model="numpy")
def solve(begin, end, layout, values, around, right, limit, tolerance, x, failed, lanes):
    """Solve the blocks of a range one after another into x; marks the lanes whose true residual is above the limit."""
    blocks, kinds = layout[0], layout[1]
    largest, iterated = 1, 1
    for number in range(begin, end):
        if kinds[number] != 0:
            largest = max(largest, blocks[number + 1] - blocks[number])
        if kinds[number] == 2:
            iterated = max(iterated, blocks[number + 1] - blocks[number])
    b = np.empty((largest, right.shape[1], len(lanes)))
    work = np.empty((largest, len(lanes)))
    worst = np.empty(len(lanes))
    wanted, ignored = np.ones(len(lanes), np.bool_), np.zeros(len(lanes), np.bool_)
    lu = np.empty((max(1, len(layout[7])), len(lanes)))
    vectors = np.empty((7, iterated, len(lanes)))
    refined = len(around[4]) > 0
    buffers = space(around, len(around[4]))
    for number in range(begin, end):
        first, last = blocks[number], blocks[number + 1]
        if kinds[number] == 0:
            substitute(first, last, layout, values, right, limit, x, failed, lanes)
            continue
        known(first, last, layout, values, right, x, b, lanes)
        if kinds[number] == 2:
            if refined:
                own, flat, count = b.reshape(-1, len(lanes)), x.reshape(-1, len(lanes)), right.shape[1]
                refine(
                    first, last, layout, values, around, own, first, limit, flat, count, buffers, wanted, -1.0, ignored
                )
            if wanted.any():
                iterate(first, last, layout, values, b, x, vectors, limit, tolerance, wanted, failed, lanes)
            continue
        if len(lanes) == 8:
            factorise_eight(first, last, layout, values, lu, work)
        else:
            factorise(first, last, layout, values, lu, work, lanes)
        solve_lu(first, last, layout, lu, b, x, lanes)
        for r in range(b.shape[1]):
            remainder(first, last, layout, values, b, x, r, work, worst, lanes)
            for g in range(len(lanes)):
                if not worst[g] <= limit:
                    failed[g] = True


@njit(cache=True)
def arrange(starts, indices, process, place, edges):
    """Return the CSR pattern of the ordered adjoint, sorted by two counting passes; see ``plan.arranged``."""
    size = len(process)
    row, bucket = np.empty(size, np.int64), np.zeros(size + 1, np.int64)
    start, inner, diagonal = np.zeros(size + 1, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    own_first = np.empty(size, np.int64)
    for number in range(len(edges) - 1):
        own_first[edges[number] : edges[number + 1]] = edges[number]
    for p in range(size):
        row[process[p]] = p
        start[p + 1] = start[p] + starts[process[p] + 1] - starts[process[p]]
    for k in range(len(indices)):
        bucket[place[indices[k]] + 1] += 1
    for q in range(size):
        bucket[q + 1] += bucket[q]
    entry, into = np.empty(len(indices), np.int64), np.empty(len(indices), np.int64)
    cursor = bucket[:-1].copy()
    for j in range(size):
        for k in range(starts[j], starts[j + 1]):
            q = place[indices[k]]
            entry[cursor[q]] = k
            into[cursor[q]] = row[j]
            cursor[q] += 1
    column, source = np.empty(len(indices), np.int64), np.empty(len(indices), np.int64)
    cursor[:] = start[:-1]
    inner[:] = start[:-1]
    for q in range(size):
        for at in range(bucket[q], bucket[q + 1]):
            p = into[at]
            here = cursor[p]
            column[here] = q
            source[here] = entry[at]
            cursor[p] = here + 1
            if q < own_first[p]:
                inner[p] = here + 1
            elif q == p:
                diagonal[p] = here
    return start, column, source, inner, diagonal
