"""Edits passed on along the order of the system: only what an edit reaches is calculated again.

The equations of the adjoint stand suppliers first, so an edit changes the product of its own row and those of the rows
that use it, directly or through others. A row outside the loops is substituted again; a loop is corrected as a whole:
with the rows ``J`` of its matrix M changed by ``Uᵀ`` and ``r`` what its rows lack, ``(M + E_J Uᵀ) δ = r`` is solved by
(Woodbury 1950) ``δ = y + Z w``, ``y = M⁻¹ r₀``, ``Z = M⁻¹ E_J``, ``(I + Uᵀ Z) w = r_J − Uᵀ y``, where r₀ is r without
its rows J. A row whose products are all as they were is as it was, and so is its residual.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanbiao.core.lca.inputs import Floats, Integers
from tanbiao.core.lca.responses import LEAST, Responses

# The condition of the base system times the growth by the edits must stay below this, else the full tests decide.
CONDITION_LIMIT = 1e10
# A substituted row of so many entries keeps a backward error below 1e-12 (Higham 2002, lemma 8.2); of longer ones the
# residual is calculated.
LONGEST_ROW = 8000


class Change(NamedTuple):
    """An edited process: its column as it is, as it was, and what it emits itself per indicator."""

    process: int
    rows: Integers
    amounts: Floats
    old_rows: Integers
    old_amounts: Floats
    burden: Floats


class Edited(NamedTuple):
    """Edited rows by place: their entries, the reference last; their burdens (edits, R)."""

    place: Integers
    start: Integers
    column: Integers
    values: Floats
    wanted: Floats


class Passing:
    """A set of edits to be passed on.

    Parameters
    ----------
    responses
        Of the system, compiled.
    changes
        The edited processes.
    condition
        Of the base system.

    Attributes
    ----------
    verdict
        Whether the edits can be passed on: ``passes``; ``turns`` where a process uses what stands behind it in the
        order, or a row is too long for its residual to be known beforehand; ``unsure`` where one has lost its
        reference, gives a credit or has no clearly positive pivot.
    """

    def __init__(self, responses: Responses, changes: Sequence[Change], condition: float) -> None:
        from tanbiao.core.lca import kernels_updates as kernels

        self._base, self._condition = responses, condition
        places = {change.process: int(responses.place[change.process]) for change in changes}
        self._changes = sorted(changes, key=lambda change: places[change.process])
        self._place = [places[change.process] for change in self._changes]
        start = np.cumsum([0, *(len(change.rows) for change in self._changes)])
        place = np.array(self._place)
        state, self._block, column, values = kernels.placed(
            place,
            start,
            np.concatenate([change.rows for change in self._changes]),
            np.concatenate([change.amounts for change in self._changes]),
            responses.place_of_product,
            responses.sign,
            responses.edges,
            responses.kinds,
            tuple(responses.rows),
            CONDITION_LIMIT / condition,
        )
        if state == 0 and max(responses.longest, int(np.diff(start).max())) > LONGEST_ROW:
            state = 1
        self.verdict = ("passes", "turns", "unsure")[state]
        self._edited = Edited(place, start, column, values, np.array([change.burden for change in self._changes]))

    def answer(self, nominal: Floats, ordered: Floats, wanted: Floats, limit: float) -> Floats | None:
        """Return the intensities of the edited system; (R, products).

        Parameters
        ----------
        nominal
            (R, products) intensities of the base.
        ordered, wanted
            (R, places) the same in the order of the rows, and the burdens of the base.
        limit
            Largest backward error of a row.

        Returns
        -------
        None where a pivot is not clearly positive or a residual is above the limit.
        """
        from tanbiao.core.lca import kernels_updates as kernels

        base = self._base
        result, x, worst = nominal.copy(), base.scratch(ordered), np.array([LEAST])
        flags = np.zeros(-(-len(base.place) // 8) * 8, dtype=np.uint8)
        flags[self._place] = 1
        # Plain tuples: numba's cache must not hold on to a class that a later version may lack.
        rows, edited = tuple(base.rows), tuple(self._edited)
        own = rows, tuple(base.users), flags, edited, wanted, x, result
        number, flooded = 0, False
        while True:
            number = kernels.advance(number, base.edges, base.kinds, *own, worst, flooded)
            if number == len(base.kinds):
                return result if worst[0] <= limit else None
            first, last = int(base.edges[number]), int(base.edges[number + 1])
            rest = np.empty((last - first, len(x)))
            others = kernels.remainders(first, last, rows, flags, edited, wanted, x, rest)
            step = self._step(number, rest, others)
            if step is None:
                return None
            if not flooded and self._floods(first, last):
                flooded, flags[last:] = True, 1
            kernels.corrected(first, last, *own, step, worst, flooded)
            number += 1

    def _floods(self, first: int, last: int) -> bool:
        """Whether a loop supplies so much of what follows that solving all of it again is cheaper than marking."""
        start, used = self._base.rows.start, self._base.users.start
        return 4 * (int(used[last]) - int(used[first])) > int(start[-1]) - int(start[last])

    def _step(self, number: int, rest: Floats, others: bool) -> Floats | None:
        """Return what a loop's intensities change by; None where a pivot is not clearly positive."""
        first = int(self._base.edges[number])
        edited = np.flatnonzero(self._block == number).tolist()
        if not edited:
            return self._base.solve(number, rest)
        rows = np.array(self._place)[edited] - first
        right = rest[rows]
        rest[rows] = 0.0
        before = self._base.solve(number, rest) if others else None
        answers = np.array([self._base.inside(self._changes[at].process, number) for at in edited])
        capacity, growth = np.eye(len(edited)), np.ones(len(edited))
        for row, at in enumerate(edited):
            change = self._changes[at]
            places = self._base.place_of_product[np.concatenate([change.rows, change.old_rows])] - first
            inside = places >= 0
            amounts = np.concatenate([change.amounts, -change.old_amounts])[inside]
            terms = answers[:, places[inside]] * amounts
            capacity[row] += terms.sum(axis=1)
            growth[row] += np.abs(terms).sum()
            if before is not None:
                right[row] -= amounts @ before[places[inside]]
        weights = eliminated(capacity, right, growth, self._condition)
        if weights is None:
            return None
        step = answers.T @ weights
        return step if before is None else before + step


def eliminated(capacity: Floats, changes: Floats, growth: Floats, condition: float) -> Floats | None:
    """Solve ``capacity · w = changes`` by elimination down the diagonal; None where a pivot is not clearly positive."""
    left, right = capacity.copy(), changes.copy()
    for k in range(len(left)):
        if not left[k, k] > 0 or condition * growth[k] / left[k, k] > CONDITION_LIMIT:
            return None
        factor = left[k + 1 :, k] / left[k, k]
        left[k + 1 :] -= factor[:, None] * left[k]
        right[k + 1 :] -= factor[:, None] * right[k]
    for k in reversed(range(len(left))):
        right[k] = (right[k] - left[k, k + 1 :] @ right[k + 1 :]) / left[k, k]
    return right
