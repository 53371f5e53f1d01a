"""Compiled refinement of eight value sets at a time; see :mod:`tanbiao.core.lca.preconditioner` for the method.

The operations and their order are those of :mod:`tanbiao.core.lca.kernels_plain`, so the bits are the same.
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit

from tanbiao.core.lca.lanes import choose, lane, narrow, read, size, some, spread, widen, write
from tanbiao.core.lca.preconditioner import SWEEPS

_NOTHING, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)


@njit(nogil=True, error_model="numpy")
def factorise_incomplete(first, last, layout, values, around, factors, work, total):
    """Incomplete factors of the scaled rows of a block, in single precision; factors = lower, upper, 1/pivot."""
    start, inner, column = layout[2], layout[3], layout[4]
    lower_start, lower_column, upper_start, upper_column, across, down = around
    lower, upper, inverse = factors
    nothing = spread(_NOTHING)
    for i in range(first, last):
        for k in range(lower_start[i], lower_start[i + 1]):
            write(work, lower_column[k], nothing)
        for k in range(upper_start[i], upper_start[i + 1]):
            write(work, upper_column[k], nothing)
        s = nothing
        for k in range(inner[i], start[i + 1]):
            c = column[k]
            scaled = narrow(read(values, k) * spread(down[i] * across[c]))
            write(work, c, scaled)
            s = s + scaled
        for k in range(lower_start[i], lower_start[i + 1]):
            j = lower_column[k]
            f = read(work, j) * read(inverse, j)
            write(lower, k, f)
            s = s - f * read(total, j)
            for m in range(upper_start[j], upper_start[j + 1]):
                c = upper_column[m]
                write(work, c, read(work, c) - f * read(upper, m))
        rest = nothing
        for k in range(upper_start[i], upper_start[i + 1]):
            t = read(work, upper_column[k])
            write(upper, k, t)
            rest = rest + t
        # The pivot that keeps the row's sum, unless what was dropped is most of it.
        own = read(work, i)
        kept = s - rest
        pivot = choose(kept, own * spread(_HALF), kept, own)
        write(total, i, pivot + rest)
        write(inverse, i, spread(_ONE) / pivot)


@njit(nogil=True, error_model="numpy")
def _corrected(first, last, around, factors, res, w, running, x, r, count):
    """x += (L U)⁻¹ res, scaled back, in the lanes that run; ``res`` is scaled and in single precision, as is w."""
    lower_start, lower_column, upper_start, upper_column, across, _ = around
    lower, upper, inverse = factors
    nothing = spread(0.0)
    for i in range(first, last):
        t = read(res, i)
        for k in range(lower_start[i], lower_start[i + 1]):
            t = t - read(lower, k) * read(w, lower_column[k])
        write(w, i, t)
    for i in range(last - 1, first - 1, -1):
        t = read(w, i)
        for k in range(upper_start[i], upper_start[i + 1]):
            t = t - read(upper, k) * read(w, upper_column[k])
        t = t * read(inverse, i)
        write(w, i, t)
        old = read(x, i * count + r)
        new = old + widen(t) * spread(across[i])
        write(x, i * count + r, choose(nothing, running, old, new))


@njit(nogil=True, error_model="numpy")
def _remainder(first, last, layout, values, down, known, offset, limit, least, x, r, count, res):
    """res = known − T x, scaled; returns 0 in the lanes whose rows are all within the limit, 1 in those proven."""
    start, inner, column, diagonal = layout[2], layout[3], layout[4], layout[5]
    no, yes, two, most, little = spread(0.0), spread(1.0), spread(2.0), spread(limit), spread(least)
    above, good, surplus = no, yes, no
    for p in range(first, last):
        t = read(known, (p - offset) * count + r)
        given = size(t)
        s = given
        for k in range(inner[p], start[p + 1]):
            term = read(values, k) * read(x, column[k] * count + r)
            t = t - term
            s = s + size(term)
        write(res, p, narrow(t * spread(down[p])))
        above = choose(s * most, size(t), above, yes)
        if least >= 0.0:
            # With x > 0 the comparison matrix gives the diagonal's term less all others.
            own, terms = read(x, p * count + r), s - given
            beyond = two * size(read(values, diagonal[p]) * own) - terms
            good = choose(no, own, no, choose(beyond + little * terms, no, good, no))
            surplus = choose(little * terms, beyond, surplus, yes)
    return above, good * surplus


@njit(nogil=True, error_model="numpy")
def space(around, rows):
    """Return what :func:`refine` writes to beside x, in single precision: factors, work, sums of rows, residuals."""
    lower, upper = np.empty((len(around[1]), 8), np.float32), np.empty((len(around[3]), 8), np.float32)
    inverse, work = np.empty((rows, 8), np.float32), np.empty((rows, 8), np.float32)
    total, res = np.empty((rows, 8), np.float32), np.empty((rows, 8), np.float32)
    return (lower, upper, inverse), work, total, res


@njit(nogil=True, error_model="numpy")
def refine(first, last, layout, values, around, known, offset, limit, x, count, buffers, unfinished, least, proved):
    """Solve a block for ``count`` right sides; lanes without an answer are marked, their x is 0.

    Parameters
    ----------
    known, x
        (rows · count, 8): right sides less what earlier blocks supply, from place ``offset`` on, and the solution.
    unfinished
        (8,) lanes without an answer.
    least, proved
        If least is not negative: the lanes in which a solution proves the block productive, as ``kernels_proof`` does.
    """
    factors, work, total, res = buffers
    down = around[5]
    factorise_incomplete(first, last, layout, values, around, factors, work, total)
    no, yes = spread(0.0), spread(1.0)
    missing, shown = no, no
    for r in range(count):
        for p in range(first, last):
            write(x, p * count + r, no)
            write(res, p, narrow(read(known, (p - offset) * count + r) * spread(down[p])))
        running, proof = yes, no
        for _ in range(SWEEPS):
            _corrected(first, last, around, factors, res, work, running, x, r, count)
            above, proof = _remainder(first, last, layout, values, down, known, offset, limit, least, x, r, count, res)
            running = running * above
            if not some(running):
                break
        missing = choose(no, running, missing, yes)
        shown = choose(proof, yes, yes, shown)
        if some(running):
            for p in range(first, last):
                write(x, p * count + r, choose(no, running, read(x, p * count + r), no))
    for g in range(8):
        unfinished[g] = lane(missing, g) != 0.0
        proved[g] = lane(shown, g) != 0.0
