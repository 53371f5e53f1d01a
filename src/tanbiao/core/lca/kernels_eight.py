"""Kernels for exactly eight value sets, each row of them one vector (:mod:`tanbiao.core.lca.lanes`).

The operations and their order are those of :mod:`tanbiao.core.lca.kernels`, so the bits are the same. Solutions and
right sides are flat: row ``p · count + r`` belongs to place p and right side r.
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

from numba import njit

from tanbiao.core.lca.lanes import choose, lane, read, size, spread, write


@njit(nogil=True, error_model="numpy")
def factorise_eight(first, last, layout, values, lu, work):
    """Rows of L (unit diagonal) and U on the stored pattern; see ``kernels.factorise``."""
    start, inner, column = layout[2], layout[3], layout[4]
    lu_start, lu_column, lu_diagonal = layout[6], layout[7], layout[8]
    nothing = spread(0.0)
    for i in range(first, last):
        for k in range(lu_start[i], lu_start[i + 1]):
            write(work, lu_column[k] - first, nothing)
        for k in range(inner[i], start[i + 1]):
            write(work, column[k] - first, read(values, k))
        for k in range(lu_start[i], lu_diagonal[i]):
            j = lu_column[k]
            d = lu_diagonal[j]
            f = read(work, j - first) / read(lu, d)
            write(lu, k, f)
            for m in range(d + 1, lu_start[j + 1]):
                c = lu_column[m] - first
                write(work, c, read(work, c) - f * read(lu, m))
        for k in range(lu_diagonal[i], lu_start[i + 1]):
            write(lu, k, read(work, lu_column[k] - first))


@njit(nogil=True, error_model="numpy")
def known_eight(first, last, layout, values, right, x, count):
    """Take from the right sides of a block, in place, what earlier blocks supply; see ``kernels.known``."""
    start, inner, column = layout[2], layout[3], layout[4]
    for p in range(first, last):
        for r in range(count):
            t = read(right, p * count + r)
            for k in range(start[p], inner[p]):
                t = t - read(values, k) * read(x, column[k] * count + r)
            write(right, p * count + r, t)


@njit(nogil=True, error_model="numpy")
def substitute_eight(first, last, layout, base, values, right, limit, x, count, failed):
    """Solve rows that need only what stands before them; ``values`` begins with entry ``base``.

    A lane is marked as failed by a test that spares the sizes of the terms and so is stricter than
    ``kernels.substitute``'s, which has the last word.
    """
    start, column, diagonal = layout[2], layout[4], layout[5]
    beyond, most = spread(0.0), spread(limit)
    for p in range(first, last):
        own = read(values, diagonal[p] - base)
        for r in range(count):
            t = read(right, p * count + r)
            for k in range(start[p], diagonal[p]):
                t = t - read(values, k - base) * read(x, column[k] * count + r)
            found = t / own
            write(x, p * count + r, found)
            beyond = choose(most * size(t), size(t - own * found), beyond, spread(1.0))
    for g in range(8):
        failed[g] |= lane(beyond, g) != 0.0
