"""Compiled loops that draw many rows, eight samples at a time, by :mod:`tanbiao.core.numerics.formulas`.

Importing this module imports numba (extra ``fast``), which takes longer than a small system takes to sample, so only
:class:`tanbiao.core.numerics.draw_table.DrawTable` imports it, and only for large ones. The formulas are not written
again here: the compiler takes the very functions that NumPy calls, but for three primitives that it can't type. No
fast-math and no fused multiply-add, so the bits are the same.
"""

# numba's decorators have no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call, assignment"

from __future__ import annotations

import numpy as np
from numba import njit
from numba.extending import overload, register_jitable

from tanbiao.core.numerics import formulas
from tanbiao.core.numerics.formulas import LOW, SHIFT, SPLIT_CENTRE, SPLIT_TAIL

LANES = 8
"""Samples of a group; a group begins at a multiple of it."""
_CHUNK = 256
"""Rows drawn at a time: their numbers stay in the first cache."""


# The compiler finds the primitives' arguments by name, though only their types count.
@overload(formulas.select)
def _select(condition, where_true, where_false):  # noqa: ARG001
    return lambda condition, where_true, where_false: where_true if condition else where_false


@overload(formulas.bits)
def _bits(value):  # noqa: ARG001
    return lambda value: np.float64(value).view(np.int64)


@overload(formulas.from_bits)
def _from_bits(value):  # noqa: ARG001
    return lambda value: np.int64(value).view(np.float64)


for _formula in (
    formulas.horner,
    formulas.power_of_two,
    formulas.exp_reduced,
    formulas.exp_moderate,
    formulas.log_of_parts,
    formulas.log_normal_number,
    formulas.quantile_centre,
    formulas.quantile_tail,
    formulas.quantile_far,
    formulas.triangular,
    formulas.uniform,
    formulas.philox_round,
    formulas.philox,
    formulas.unit_interval,
):
    register_jitable(_formula)


# Only what Python calls is kept on disk; it contains the others. The cache knows changes of one file alone: who edits
# formulas.py clears it (an installation writes all files anew).
@njit(nogil=True, error_model="numpy")
def _probabilities(stream, at, count, block, keys, p):
    """p[g, e] = number 2·block + g of the stream of row at + e, in (0, 1)."""
    for pair in range(LANES // 2):
        counter = block + np.uint64(pair)
        low, high = counter & LOW, counter >> SHIFT
        # Views that begin at 0: an index that could be negative keeps the compiler from using vector registers.
        even, odd, words = p[2 * pair], p[2 * pair + 1], stream[at : at + count]
        for e in range(count):
            word = words[e]
            w0, w1, w2, w3 = formulas.philox(low, high, word & LOW, word >> SHIFT, keys)
            even[e] = formulas.unit_interval(w0, w1)
            odd[e] = formulas.unit_interval(w2, w3)


@njit(nogil=True, error_model="numpy")
def _quantiles(p, outside, place, tail, root, distance, z):
    """z = normal quantile of p, both (LANES, _CHUNK); the tails are gathered, so that few of them cost little."""
    own, result = p.reshape(-1), z.reshape(-1)
    for e in range(len(own)):
        result[e] = formulas.quantile_centre(own[e] - 0.5)
    for e in range(len(own)):
        outside[e] = abs(own[e] - 0.5) > SPLIT_CENTRE
    found = 0
    for e in range(len(own)):
        # Written whether it is one or not, and overwritten by the next: no branch to guess.
        place[found] = e
        found += outside[e]
    for k in range(found):
        tail[k] = own[place[k]]
    for k in range(found):
        smaller = tail[k] if tail[k] < 0.5 else 1.0 - tail[k]
        root[k] = np.sqrt(-formulas.log_normal_number(smaller))
    for k in range(found):
        distance[k] = formulas.quantile_tail(root[k])
    for k in range(found):
        far = distance[k]
        if root[k] > SPLIT_TAIL:
            far = formulas.quantile_far(root[k])
        result[place[k]] = -far if tail[k] < 0.5 else far


@njit(nogil=True, error_model="numpy")
def _space():
    """Return p, z and what finding the tails needs; p is valid where a last chunk leaves it unwritten."""
    shape, width = (LANES, _CHUNK), LANES * _CHUNK + 1
    place = np.empty(width, np.int64)
    outside, z = np.empty(width, np.uint8), np.empty(shape)
    return np.full(shape, 0.5), z, outside, place, np.empty(width), np.empty(width), np.empty(width)


@njit(nogil=True, error_model="numpy")
def _written(z, at, count, row, base, out):
    """Turn what stands by samples into rows; row ``base`` is the first of ``out``."""
    for e in range(count):
        target = out[row[at + e] - base]
        for g in range(LANES):
            target[g] = z[g, e]


@njit(nogil=True, error_model="numpy")
def lognormal(row, median, sigma, stream, block, keys, base, out):
    """out[row − base] = median · exp(sigma · z); |sigma · z| ≤ 700."""
    p, z, outside, place, tail, root, distance = _space()
    for at in range(0, len(row), _CHUNK):
        count = min(_CHUNK, len(row) - at)
        _probabilities(stream, at, count, block, keys, p)
        _quantiles(p, outside, place, tail, root, distance, z)
        one, two = median[at : at + count], sigma[at : at + count]
        for g in range(LANES):
            own = z[g]
            for e in range(count):
                own[e] = one[e] * formulas.exp_moderate(two[e] * own[e])
        _written(z, at, count, row, base, out)


@njit(nogil=True, error_model="numpy")
def normal(row, mean, sd, sign, stream, block, keys, base, out):
    """out[row − base] = sign · (mean + sd · z)."""
    p, z, outside, place, tail, root, distance = _space()
    for at in range(0, len(row), _CHUNK):
        count = min(_CHUNK, len(row) - at)
        _probabilities(stream, at, count, block, keys, p)
        _quantiles(p, outside, place, tail, root, distance, z)
        for g in range(LANES):
            for e in range(count):
                z[g, e] = sign[at + e] * (mean[at + e] + sd[at + e] * z[g, e])
        _written(z, at, count, row, base, out)


@njit(nogil=True, error_model="numpy")
def triangular(row, low, mode, high, sign, stream, block, keys, base, out):
    """out[row − base] = sign · the triangular quantile."""
    p = np.empty((LANES, _CHUNK))
    for at in range(0, len(row), _CHUNK):
        count = min(_CHUNK, len(row) - at)
        _probabilities(stream, at, count, block, keys, p)
        for g in range(LANES):
            for e in range(count):
                k = at + e
                p[g, e] = sign[k] * formulas.triangular(low[k], mode[k], high[k], p[g, e])
        _written(p, at, count, row, base, out)


@njit(nogil=True, error_model="numpy")
def uniform(row, low, high, sign, stream, block, keys, base, out):
    """out[row − base] = sign · the uniform quantile."""
    p = np.empty((LANES, _CHUNK))
    for at in range(0, len(row), _CHUNK):
        count = min(_CHUNK, len(row) - at)
        _probabilities(stream, at, count, block, keys, p)
        for g in range(LANES):
            for e in range(count):
                p[g, e] = sign[at + e] * formulas.uniform(low[at + e], high[at + e], p[g, e])
        _written(p, at, count, row, base, out)


@njit(nogil=True, error_model="numpy")
def rows(table, low, high, block, keys, base, out):
    """out[k − base] = draws of the rows k in [low, high) of a table: its fixed rows, then one kind after another."""
    fixed, value = table[0]
    for k in range(np.searchsorted(fixed, low), np.searchsorted(fixed, high)):
        target = out[fixed[k] - base]
        for g in range(LANES):
            target[g] = value[k]
    row, one, two, _, stream, _ = table[1]
    a, b = np.searchsorted(row, low), np.searchsorted(row, high)
    lognormal(row[a:b], one[a:b], two[a:b], stream[a:b], block, keys, base, out)
    row, one, two, _, stream, sign = table[2]
    a, b = np.searchsorted(row, low), np.searchsorted(row, high)
    if a < b:
        normal(row[a:b], one[a:b], two[a:b], sign[a:b], stream[a:b], block, keys, base, out)
    row, one, two, three, stream, sign = table[3]
    a, b = np.searchsorted(row, low), np.searchsorted(row, high)
    if a < b:
        triangular(row[a:b], one[a:b], two[a:b], three[a:b], sign[a:b], stream[a:b], block, keys, base, out)
    row, one, two, _, stream, sign = table[4]
    a, b = np.searchsorted(row, low), np.searchsorted(row, high)
    if a < b:
        uniform(row[a:b], one[a:b], two[a:b], sign[a:b], stream[a:b], block, keys, base, out)


@njit(cache=True, nogil=True, error_model="numpy")
def whole(table, count, block, keys, out):
    """out = draws of all rows of a table."""
    rows(table, 0, count, block, keys, 0, out)
