"""Refinement of sampled solutions: each value set by its own incomplete LU, on a pattern that all share.

Which entries are kept is decided once, on the nominal values: Saad, Y. 1994, "ILUT: a dual threshold incomplete LU
factorization", Numer. Linear Algebra Appl. 1:387, by its threshold alone: an entry is dropped where it carries less
than a given share of its row's nominal intensity, a measure that no change of units alters. Each sampled value set is
then factorised on that pattern, with pivots that make L U y = T y for the nominal intensities y, so that what was
dropped hardly disturbs a solution near them (Gustafsson, I. 1978, "A class of first order factorization methods", BIT
18:142, with y in the place of ones); an incomplete LU of an M-matrix exists on any pattern (Meijerink & van der Vorst
1977, Math. Comp. 31:148).

A solution is refined by ``x += (L U)⁻¹ (b − T x)``: factors and corrections in single precision, the residual in double
(Carson & Higham 2018, SIAM J. Sci. Comput. 40:A817), until every row is within the limit. The true residual is thus
known in every step, and each step costs one pass over the loop's entries and one over the factors.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.lca.inputs import Floats, Integers

# Project default, not official: between 1e-4 and 5e-4 the large benchmark systems take about as long (5 to 8 steps).
DROPPED_BELOW = 5e-4
SWEEPS = 40
"""Steps after which a lane is left to BiCGSTAB."""

Positions = NDArray[np.uint32]


class Around(NamedTuple):
    """What value sets near a nominal one share: the pattern of their factors, by rows, and the scales.

    Attributes
    ----------
    lower_start, lower_column, upper_start, upper_column
        Places below and above the diagonal; empty where nothing is iterated.
    across, down
        (n,) scales of columns (the nominal sizes of the solution) and of rows: what is factorised has entries near 1,
        which single precision holds whatever the units are.
    """

    lower_start: Integers
    lower_column: Positions
    upper_start: Integers
    upper_column: Positions
    across: Floats
    down: Floats


def nothing() -> Around:
    """Return no factors: the iteration takes the lower triangle of the values themselves."""
    none, empty = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Around(none, none.astype(np.uint32), none, none.astype(np.uint32), empty, empty)


def around(
    factorised: Callable[..., tuple[Any, ...]],
    pattern: tuple[Any, ...],
    diagonal: Integers,
    values: Floats,
    weight: Floats,
) -> Around:
    """Return what value sets near the given one share.

    Parameters
    ----------
    factorised
        :func:`incomplete_lu`, compiled or not.
    pattern
        edges, chosen, start, inner, column, as :func:`incomplete_lu` takes them.
    diagonal
        (n,) position of each row's diagonal entry.
    values, weight
        (nnz,) nominal values; (n,) sizes of the nominal solution.
    """
    lower_start, lower, _, upper_start, upper, _, _ = factorised(*pattern, values, weight, DROPPED_BELOW)
    across = np.where(weight > 0.0, weight, 1.0)
    down = 1.0 / (np.abs(values[diagonal]) * across)
    return Around(lower_start, lower.astype(np.uint32), upper_start, upper.astype(np.uint32), across, down)


# One function, because a compiler takes it as it stands.
def incomplete_lu(  # type: ignore[no-untyped-def]  # noqa: C901
    edges, chosen, start, inner, column, values, weight, dropped_below
):
    """Return starts, columns and values by row of L (unit diagonal) and of U, and the pivots, for the chosen blocks.

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
