"""Compiled loops that draw many rows, eight samples at a time, by :mod:`tanbiao.core.numerics.single`.

Importing this module imports numba (extra ``fast``), which takes longer than a small system takes to sample, so only
:class:`tanbiao.core.numerics.draw_table.SystemTable` imports it, and only for large ones. The formulas are not written
again here: the compiler takes the very functions that NumPy calls, but for a few primitives that it can't type. No
fast-math and no fused multiply-add, so the bits are the same.
"""

# numba's decorators have no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call, assignment"

from __future__ import annotations

import numpy as np
from numba import njit
from numba.extending import overload, register_jitable

from tanbiao.core.numerics import formulas, single
from tanbiao.core.numerics.formulas import LOW, SHIFT

LANES = 8
"""Samples of a group; a group begins at a multiple of it."""
_CHUNK = 512
"""Most rows drawn at a time: their numbers stay in the first cache."""
_WIDTH = np.int64(16)
"""Chunks are multiples of it, so that the loops over them fill vector registers to the end."""
_FILLER = np.int32(123_456_789)
"""A word like any other, where a chunk is not full."""


# The compiler finds the primitives' arguments by name, though only their types count.
@overload(formulas.select)
def _select(condition, where_true, where_false):  # noqa: ARG001
    return lambda condition, where_true, where_false: where_true if condition else where_false


@overload(formulas.from_bits)
def _from_bits(value):  # noqa: ARG001
    return lambda value: np.int64(value).view(np.float64)


@overload(single.bits)
def _single_bits(value):  # noqa: ARG001
    return lambda value: np.float32(value).view(np.int32)


@overload(single.from_bits)
def _single_from_bits(word):  # noqa: ARG001
    return lambda word: np.int32(word).view(np.float32)


for _formula in (
    formulas.horner,
    formulas.power_of_two,
    formulas.exp_reduced,
    formulas.exp_moderate,
    formulas.triangular,
    formulas.uniform,
    formulas.philox_round,
    formulas.philox_seven,
    formulas.unit_of_word,
    single.tail_probability,
    single.minus_log,
    single.normal,
    single.exp,
):
    register_jitable(_formula)


# Only what Python calls is kept on disk; it contains the others. The cache knows changes of one file alone: who edits
# formulas.py or single.py clears it (an installation writes all files anew). One loop does a little only: a processor
# works on several turns of a short loop at once.
@njit(nogil=True, error_model="numpy")
def _words(stream, at, count, block, keys, word):
    """word[g, e] = word 4·block + g of the stream of row at + e; elements from ``count`` on stay what they were."""
    for half in range(LANES // 4):
        counter = block + np.uint64(half)
        low, high = counter & LOW, counter >> SHIFT
        # Views that begin at 0: an index that could be negative keeps the compiler from using vector registers.
        one, two, three, four = word[4 * half], word[4 * half + 1], word[4 * half + 2], word[4 * half + 3]
        own = stream[at : at + count]
        for e in range(count):
            w0, w1, w2, w3 = formulas.philox_seven(low, high, own[e] & LOW, own[e] >> SHIFT, keys)
            one[e], two[e], three[e], four[e] = np.int32(w0), np.int32(w1), np.int32(w2), np.int32(w3)


@njit(nogil=True, error_model="numpy")
def _normals(word, z, logarithm):
    """z = standard normal draws of the words, all (LANES, width of a chunk)."""
    own, result, between = word.reshape(-1), z.reshape(-1), logarithm.reshape(-1)
    for e in range(len(own)):
        p = single.tail_probability(own[e])
        result[e] = p
        between[e] = single.minus_log(p)
    for e in range(len(own)):
        result[e] = single.normal(own[e], result[e], between[e])


@njit(nogil=True, error_model="numpy")
def _width(rows):
    """Return the width, above 0, of the fewest chunks of equal size that hold all rows."""
    rows = max(1, rows)
    chunks = (rows + _CHUNK - 1) // _CHUNK
    return ((rows + chunks - 1) // chunks + _WIDTH - 1) // _WIDTH * _WIDTH


@njit(nogil=True, error_model="numpy")
def _space(rows):
    """Return words, draws and what stands between; the words are valid where a last chunk leaves them unwritten."""
    shape = (LANES, _width(rows))
    return np.full(shape, _FILLER), np.empty(shape, np.float32), np.empty(shape, np.float32)


@njit(nogil=True, error_model="numpy")
def lognormal(row, median, sigma, stream, block, keys, base, out):
    """out[row − base] = median · exp(sigma · z), by single precision but for the median."""
    word, z, between = _space(len(row))
    for at in range(0, len(row), word.shape[1]):
        count = min(word.shape[1], len(row) - at)
        _words(stream, at, count, block, keys, word)
        _normals(word, z, between)
        spread = sigma[at : at + count]
        for g in range(LANES):
            own = z[g]
            for e in range(count):
                own[e] = single.exp(spread[e] * own[e])
        z0, z1, z2, z3, z4, z5, z6, z7 = z[0], z[1], z[2], z[3], z[4], z[5], z[6], z[7]
        for e in range(count):
            target, m = out[row[at + e] - base], median[at + e]
            target[0], target[1], target[2], target[3] = m * z0[e], m * z1[e], m * z2[e], m * z3[e]
            target[4], target[5], target[6], target[7] = m * z4[e], m * z5[e], m * z6[e], m * z7[e]


@njit(nogil=True, error_model="numpy")
def wide_lognormal(row, median, sigma, stream, block, keys, base, out):
    """out[row − base] = median · exp(sigma · z), all but z in double precision; |sigma · z| ≤ 700."""
    word, z, between = _space(len(row))
    for at in range(0, len(row), word.shape[1]):
        count = min(word.shape[1], len(row) - at)
        _words(stream, at, count, block, keys, word)
        _normals(word, z, between)
        for e in range(count):
            for g in range(LANES):
                out[row[at + e] - base, g] = median[at + e] * formulas.exp_moderate(sigma[at + e] * z[g, e])


@njit(nogil=True, error_model="numpy")
def normal(row, mean, sd, sign, stream, block, keys, base, out):
    """out[row − base] = sign · (mean + sd · z)."""
    word, z, between = _space(len(row))
    for at in range(0, len(row), word.shape[1]):
        count = min(word.shape[1], len(row) - at)
        _words(stream, at, count, block, keys, word)
        _normals(word, z, between)
        for e in range(count):
            k = at + e
            for g in range(LANES):
                out[row[k] - base, g] = sign[k] * (mean[k] + sd[k] * z[g, e])


@njit(nogil=True, error_model="numpy")
def triangular(row, low, mode, high, sign, stream, block, keys, base, out):
    """out[row − base] = sign · the triangular quantile."""
    word = np.empty((LANES, _width(len(row))), np.int32)
    for at in range(0, len(row), word.shape[1]):
        count = min(word.shape[1], len(row) - at)
        _words(stream, at, count, block, keys, word)
        for e in range(count):
            k = at + e
            for g in range(LANES):
                p = formulas.unit_of_word(word[g, e])
                out[row[k] - base, g] = sign[k] * formulas.triangular(low[k], mode[k], high[k], p)


@njit(nogil=True, error_model="numpy")
def uniform(row, low, high, sign, stream, block, keys, base, out):
    """out[row − base] = sign · the uniform quantile."""
    word = np.empty((LANES, _width(len(row))), np.int32)
    for at in range(0, len(row), word.shape[1]):
        count = min(word.shape[1], len(row) - at)
        _words(stream, at, count, block, keys, word)
        for e in range(count):
            k = at + e
            for g in range(LANES):
                p = formulas.unit_of_word(word[g, e])
                out[row[k] - base, g] = sign[k] * formulas.uniform(low[k], high[k], p)


@njit(nogil=True, error_model="numpy")
def rows(table, low, high, block, keys, base, out):
    """out[k − base] = draws of the rows k in [low, high) of a table: its fixed rows, then one kind after another."""
    fixed, value = table[0]
    for k in range(np.searchsorted(fixed, low), np.searchsorted(fixed, high)):
        target = out[fixed[k] - base]
        for g in range(LANES):
            target[g] = value[k]
    row, one, spread, stream = table[1]
    a, b = np.searchsorted(row, low), np.searchsorted(row, high)
    lognormal(row[a:b], one[a:b], spread[a:b], stream[a:b], block, keys, base, out)
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
    row, one, two, stream = table[5]
    a, b = np.searchsorted(row, low), np.searchsorted(row, high)
    if a < b:
        wide_lognormal(row[a:b], one[a:b], two[a:b], stream[a:b], block, keys, base, out)


@njit(cache=True, nogil=True, error_model="numpy")
def whole(table, count, block, keys, out):
    """out = draws of all rows of a table."""
    rows(table, 0, count, block, keys, 0, out)
