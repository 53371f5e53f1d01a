"""Compiled proof, several value sets at a time, that the loops of sampled systems make more than they use."""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def proven(begin, end, layout, values, x, least, lanes):
    """Whether some solution proves every loop of a range of blocks; (lanes,).

    It is positive and stays so under the comparison matrix.
    """
    blocks, kinds, start, inner, column, diagonal = layout[0], layout[1], layout[2], layout[3], layout[4], layout[5]
    result = np.ones(len(lanes), np.bool_)
    good, some = np.empty(len(lanes), np.bool_), np.empty(len(lanes), np.bool_)
    total, size = np.empty(len(lanes)), np.empty(len(lanes))
    for number in range(begin, end):
        if kinds[number] == 0:
            continue
        found = np.zeros(len(lanes), np.bool_)
        for r in range(x.shape[1]):
            good[:] = True
            some[:] = False
            for p in range(blocks[number], blocks[number + 1]):
                for g in range(len(lanes)):
                    total[g] = 0.0
                    size[g] = 0.0
                for k in range(inner[p], start[p + 1]):
                    c = column[k]
                    own = 1.0 if k == diagonal[p] else -1.0
                    for g in range(len(lanes)):
                        term = abs(values[k, g]) * x[c, r, g]
                        total[g] += own * term
                        size[g] += abs(term)
                for g in range(len(lanes)):
                    good[g] &= (x[p, r, g] > 0.0) & (total[g] >= -least * size[g])
                    some[g] |= total[g] > least * size[g]
                if not good.any():
                    break
            found |= good & some
            if found.all():
                break
        result &= found
    return result
