"""Kernels for exactly eight value sets, each held in a named number.

The compiler keeps the eight in one vector register, where an array of eight goes through memory at every step: a sixth
less time, the same operations in the same order and so the same bits as :mod:`tanbiao.core.lca.kernels`.
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

from numba import njit


@njit(nogil=True, error_model="numpy")
def factorise_eight(first, last, layout, values, lu, work):
    """Rows of L (unit diagonal) and U on the stored pattern; see ``kernels.factorise``."""
    start, inner, column = layout[2], layout[3], layout[4]
    lu_start, lu_column, lu_diagonal = layout[6], layout[7], layout[8]
    for i in range(first, last):
        for k in range(lu_start[i], lu_start[i + 1]):
            w = work[lu_column[k] - first]
            for g in range(8):
                w[g] = 0.0
        for k in range(inner[i], start[i + 1]):
            w, v = work[column[k] - first], values[k]
            for g in range(8):
                w[g] = v[g]
        for k in range(lu_start[i], lu_diagonal[i]):
            j = lu_column[k]
            d = lu_diagonal[j]
            w, v, f = work[j - first], lu[d], lu[k]
            f0, f1, f2, f3 = w[0] / v[0], w[1] / v[1], w[2] / v[2], w[3] / v[3]
            f4, f5, f6, f7 = w[4] / v[4], w[5] / v[5], w[6] / v[6], w[7] / v[7]
            f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7] = f0, f1, f2, f3, f4, f5, f6, f7
            for m in range(d + 1, lu_start[j + 1]):
                w, v = work[lu_column[m] - first], lu[m]
                a0, a1, a2, a3 = w[0] - f0 * v[0], w[1] - f1 * v[1], w[2] - f2 * v[2], w[3] - f3 * v[3]
                a4, a5, a6, a7 = w[4] - f4 * v[4], w[5] - f5 * v[5], w[6] - f6 * v[6], w[7] - f7 * v[7]
                w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7] = a0, a1, a2, a3, a4, a5, a6, a7
        for k in range(lu_diagonal[i], lu_start[i + 1]):
            w, f = work[lu_column[k] - first], lu[k]
            for g in range(8):
                f[g] = w[g]


@njit(nogil=True, error_model="numpy")
def swept_eight(first, last, layout, values, around, v, w, out):
    """w = (L U)⁻¹ v with the shared factors, out = T w; see ``kernels.swept_around``."""
    start, inner, column = layout[2], layout[3], layout[4]
    for i in range(first, last):
        s = v[i - first]
        a0, a1, a2, a3, a4, a5, a6, a7 = s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
        for k in range(around[0][i], around[0][i + 1]):
            b, f = w[around[1][k] - first], around[2][k]
            a0, a1, a2, a3 = a0 - f * b[0], a1 - f * b[1], a2 - f * b[2], a3 - f * b[3]
            a4, a5, a6, a7 = a4 - f * b[4], a5 - f * b[5], a6 - f * b[6], a7 - f * b[7]
        s = w[i - first]
        s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = a0, a1, a2, a3, a4, a5, a6, a7
    for i in range(last - 1, first - 1, -1):
        s, d = w[i - first], around[6][i]
        a0, a1, a2, a3, a4, a5, a6, a7 = s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
        for k in range(around[3][i], around[3][i + 1]):
            b, f = w[around[4][k] - first], around[5][k]
            a0, a1, a2, a3 = a0 - f * b[0], a1 - f * b[1], a2 - f * b[2], a3 - f * b[3]
            a4, a5, a6, a7 = a4 - f * b[4], a5 - f * b[5], a6 - f * b[6], a7 - f * b[7]
        a0, a1, a2, a3, a4, a5, a6, a7 = a0 / d, a1 / d, a2 / d, a3 / d, a4 / d, a5 / d, a6 / d, a7 / d
        s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = a0, a1, a2, a3, a4, a5, a6, a7
    for p in range(first, last):
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
        for k in range(inner[p], start[p + 1]):
            b, f = w[column[k] - first], values[k]
            a0, a1, a2, a3 = a0 + f[0] * b[0], a1 + f[1] * b[1], a2 + f[2] * b[2], a3 + f[3] * b[3]
            a4, a5, a6, a7 = a4 + f[4] * b[4], a5 + f[5] * b[5], a6 + f[6] * b[6], a7 + f[7] * b[7]
        s = out[p - first]
        s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = a0, a1, a2, a3, a4, a5, a6, a7


@njit(nogil=True, error_model="numpy")
def substitute_eight(first, last, layout, base, values, right, limit, x, failed):
    """Solve rows that need only what stands before them; ``values`` begins with entry ``base``."""
    start, column, diagonal = layout[2], layout[4], layout[5]
    for p in range(first, last):
        own = values[diagonal[p] - base]
        for r in range(right.shape[1]):
            t = right[p, r]
            a0, a1, a2, a3, a4, a5, a6, a7 = t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]
            s0, s1, s2, s3, s4, s5, s6, s7 = abs(a0), abs(a1), abs(a2), abs(a3), abs(a4), abs(a5), abs(a6), abs(a7)
            for k in range(start[p], diagonal[p]):
                b, f = x[column[k], r], values[k - base]
                t0, t1, t2, t3 = f[0] * b[0], f[1] * b[1], f[2] * b[2], f[3] * b[3]
                t4, t5, t6, t7 = f[4] * b[4], f[5] * b[5], f[6] * b[6], f[7] * b[7]
                a0, a1, a2, a3, a4, a5, a6, a7 = a0 - t0, a1 - t1, a2 - t2, a3 - t3, a4 - t4, a5 - t5, a6 - t6, a7 - t7
                s0, s1, s2, s3 = s0 + abs(t0), s1 + abs(t1), s2 + abs(t2), s3 + abs(t3)
                s4, s5, s6, s7 = s4 + abs(t4), s5 + abs(t5), s6 + abs(t6), s7 + abs(t7)
            left, size, out = (a0, a1, a2, a3, a4, a5, a6, a7), (s0, s1, s2, s3, s4, s5, s6, s7), x[p, r]
            for g in range(8):
                out[g] = left[g] / own[g]
                term = own[g] * out[g]
                if not abs(left[g] - term) <= limit * (size[g] + abs(term)):
                    failed[g] = True
