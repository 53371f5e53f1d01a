"""An incomplete LU of the nominal values, which makes the iteration for sampled values short.

Saad, Y. 1994, "ILUT: a dual threshold incomplete LU factorization", Numer. Linear Algebra Appl. 1:387, by its threshold
alone: an entry is dropped where it carries less than a given share of its row's nominal intensity, a measure that no
change of units alters. All sampled value sets share the one factorisation, so it is read from the cache for each.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from tanbiao.core.lca.inputs import Floats, Integers

# Project default, not official: among 1e-1 … 1e-4 the fastest on the large benchmark system (6 to 7 iterations, where
# the lower triangle alone takes 17).
DROPPED_BELOW = 5e-3
# The 2-norm goal with which, on the large benchmark systems, the first round also meets the limit row by row.
FIRST_GOAL = 3e-11


class Around(NamedTuple):
    """Factors of the iterated blocks: L with unit diagonal and U, by rows; empty arrays where there are none."""

    lower_start: Integers
    lower_column: Integers
    lower: Floats
    upper_start: Integers
    upper_column: Integers
    upper: Floats
    pivot: Floats


def nothing() -> Around:
    """Return no factors: the iteration takes the lower triangle of the values themselves."""
    none, empty = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Around(none, none, empty, none, none, empty, empty)


# One function, because a compiler takes it as it stands.
def incomplete_lu(  # type: ignore[no-untyped-def]  # noqa: C901
    edges, chosen, start, inner, column, values, weight, dropped_below
):
    """Return the arrays of :class:`Around` for the chosen blocks.

    Parameters
    ----------
    edges, chosen
        (blocks + 1,) first place of each block; (blocks,) whether it is wanted.
    start, inner, column, values
        Rows of the ordered matrix, as in a plan, for one value set.
    weight
        (n,) size of the solution at each place.
    dropped_below
        Share of a row's own |diagonal · weight| below which an entry goes.
    """
    size = len(inner)
    lower_start, upper_start = np.zeros(size + 1, dtype=np.int64), np.zeros(size + 1, dtype=np.int64)
    pivot = np.ones(size)
    lower_column, upper_column = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    lower, upper = [0.0 for _ in range(0)], [0.0 for _ in range(0)]
    work = np.zeros(size)
    present = np.zeros(size, dtype=np.bool_)
    for block in range(len(chosen)):
        for i in range(edges[block], edges[block + 1]):
            if chosen[block]:
                # The columns of the row below and from the diagonal on; fill joins them as it comes.
                waiting = [np.int64(0) for _ in range(0)]
                beyond = [np.int64(0) for _ in range(0)]
                limit = 0.0
                for k in range(inner[i], start[i + 1]):
                    c = column[k]
                    work[c] = values[k]
                    present[c] = True
                    if c < i:
                        heappush(waiting, c)
                    elif c > i:
                        beyond.append(c)
                    else:
                        limit = dropped_below * abs(values[k]) * weight[i]
                while len(waiting) > 0:
                    j = heappop(waiting)
                    present[j] = False
                    if abs(work[j]) * weight[j] <= limit:
                        continue
                    factor = work[j] / pivot[j]
                    lower_column.append(j)
                    lower.append(factor)
                    for m in range(upper_start[j], upper_start[j + 1]):
                        c = upper_column[m]
                        if not present[c]:
                            present[c] = True
                            work[c] = 0.0
                            if c < i:
                                heappush(waiting, c)
                            elif c > i:
                                beyond.append(c)
                        work[c] -= factor * upper[m]
                present[i] = False
                pivot[i] = work[i]
                beyond.sort()
                for c in beyond:
                    present[c] = False
                    if abs(work[c]) * weight[c] > limit:
                        upper_column.append(c)
                        upper.append(work[c])
            lower_start[i + 1] = len(lower_column)
            upper_start[i + 1] = len(upper_column)
    return (
        lower_start,
        np.array(lower_column, dtype=np.int64),
        np.array(lower, dtype=np.float64),
        upper_start,
        np.array(upper_column, dtype=np.int64),
        np.array(upper, dtype=np.float64),
        pivot,
    )
