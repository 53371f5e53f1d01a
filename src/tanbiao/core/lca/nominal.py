"""A large system solved by itself: one set of values on the plan made for it, compiled."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tanbiao.core.lca.inputs import Floats
from tanbiao.core.lca.ordering import DENSE, ITERATIVE, LARGE_LOOP
from tanbiao.core.lca.plan import SolvePlan

_ROUNDS = 8
# BiCGSTAB's first goal for the 2-norm of the scaled residual; it goes on from the true residual.
_GOAL = 1e-14
# Share of the right side that a proof may leave open, and a small loop's, whose condition is told exactly.
_OPEN_LARGE, _OPEN_SMALL = 1e-2, 1e-9


class _Scaled(NamedTuple):
    """A loop on its scales; see ``kernels_nominal.split``."""

    row: Floats
    across: Floats
    parts: Any
    scale: Floats
    credited: bool


class Nominal:
    """The numbers of a system in the order of a plan.

    Parameters
    ----------
    plan
        Of the system.
    values
        (nnz,) its numbers.
    """

    def __init__(self, plan: SolvePlan, values: Floats) -> None:
        self.plan, self.values = plan, values
        self._compared: dict[int, _Scaled] = {}
        self._pattern = tuple(_unsigned(array) for array in (plan.start, plan.inner, plan.column, plan.diagonal))
        own = plan.blocks
        self._factors = tuple(_unsigned(array) for array in (own.lu_start, own.lu_column, own.lu_diagonal))

    def conditions(self) -> dict[int, float]:
        """Return an upper bound of the condition of each loop that one solve proves productive; see ``certificate``."""
        from tanbiao.core.lca import kernels_nominal as kernels

        found = {}
        start, inner, column, diagonal = self._pattern
        for number in np.flatnonzero(self.plan.blocks.kinds).tolist():
            first, last = self._edges(number)
            own = self._scaled(number, compared=True)
            # ⟨T⟩ y = w on the scales: the right side is 1 / (row · diagonal · across) of every row.
            right = own.scale / own.row
            y = np.zeros(last - first)
            goal = _OPEN_LARGE if last - first >= LARGE_LOOP else _OPEN_SMALL
            kernels.bicgstab(own.parts, right.copy(), 1.0 / right, goal, y)
            y *= own.across
            at = first, last, start, inner, column, diagonal, self.values, own.row, own.across, y
            norm, largest, share = kernels.proof(*at)
            if share <= 0.5:
                found[number] = float(norm * largest / (1.0 - share))
        return found

    def solve(self, right: Floats, limit: float) -> Floats | None:
        """Return the solution of ``T x = r``, or None where this way leads to none.

        Parameters
        ----------
        right
            (R, n), by place.
        limit
            Largest backward error, row by row.

        Returns
        -------
        (R, n)
        """
        from tanbiao.core.lca import kernels_nominal as kernels

        own = self.plan.blocks
        if (own.kinds == DENSE).any():
            return None
        start, inner, column, _ = self._pattern
        result = np.empty_like(right)
        for wanted, x in zip(right, result, strict=True):
            number = 0
            while True:
                number = kernels.pass_through(
                    number, own.edges, own.kinds, self._pattern, self._factors, self.values, wanted, limit, x
                )
                if number == len(own.kinds):
                    break
                if number < 0 or own.kinds[number] != ITERATIVE:
                    return None
                first, last = self._edges(number)
                b = np.empty(last - first)
                kernels.supplied(first, last, start, inner, column, self.values, wanted, x, b)
                loop = self._scaled(number)
                at = first, last, start, inner, column, self.values
                worst = kernels.iterated(*at, loop.parts, loop.scale, loop.across, b, _GOAL, limit, x)
                if not worst <= limit:
                    return None
                number += 1
        return result

    def _edges(self, number: int) -> tuple[int, int]:
        return int(self.plan.blocks.edges[number]), int(self.plan.blocks.edges[number + 1])

    def _scaled(self, number: int, compared: bool = False) -> _Scaled:
        """Return a loop, or its comparison matrix, on its scales."""
        from tanbiao.core.lca import kernels_nominal as kernels

        known = self._compared.get(number)
        if known is not None and (compared or not known.credited):
            return known
        first, last = self._edges(number)
        start, inner, column, diagonal = self._pattern
        row, across = kernels.equilibrated(first, last, start, inner, column, self.values, _ROUNDS)
        split = kernels.split(first, last, start, inner, column, diagonal, self.values, across, compared)
        found = _Scaled(row, across, *split)
        if compared or not found.credited:
            self._compared[number] = found
        return found


def _unsigned(array: Any) -> Any:
    """Return indices as the kernels read them; without a copy where they have 32 bits."""
    return array.view(np.uint32) if array.dtype == np.int32 else array.astype(np.uint32)
