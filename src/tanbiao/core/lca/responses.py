"""What one unit of burden at a process adds to every product: the columns of A⁻ᵀ, on factors that are made once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from tanbiao.core.lca.factors import factorise, relative_residual
from tanbiao.core.lca.inputs import Floats, Integers, Matrix
from tanbiao.core.lca.ordering import compiles
from tanbiao.core.lca.plan import SolvePlan
from tanbiao.core.lca.system import ProductSystem

# Backward errors below this are not told apart: it is far below what counts as drift.
LEAST = 1e-13
# That of a solution is not told from one rounding.
_EXACT = 2.0**-53
# Responses kept, the oldest given up first: 50 MB in a database of 24,000 products.
_KEPT = 256
_NOTHING = np.empty(0)


class Rows(NamedTuple):
    """Equations of the adjoint in the order of a plan, divided by their reference, as the kernels of updates read them.

    The reference itself is left out.
    """

    start: Integers
    column: Integers
    """Place of each entry's product, ascending in a row."""
    values: Floats
    diagonal: Floats
    """(places,) amount of the reference."""
    product: Integers
    """(places,) what each row's process makes."""


class Users(NamedTuple):
    """The rows that use what each row makes, ascending."""

    start: Integers
    row: Integers


class Ordered(NamedTuple):
    """A solution of a system, from which edits are passed on."""

    nominal: Floats
    """(R, products)."""
    x: Floats
    """(R, places) in the order of the rows."""
    error: float
    """Its largest backward error."""


class Factors(NamedTuple):
    """The factors of all loops, by place and step (see ``factors.Triangles``); indices count from a loop's first."""

    given: Integers
    found: Integers
    scale: Floats
    across: Floats
    """(places,) scales of the rows and columns, powers of two."""
    lower_start: Integers
    lower_row: Integers
    lower: Floats
    upper_start: Integers
    upper_row: Integers
    upper: Floats
    """U by columns, the pivot last in each."""


class Responses:
    """Responses of a system, each solved once.

    Attributes
    ----------
    reference
        (processes,) index of the product that each makes.
    sign
        (products,) −1 where the product is a waste that its process treats, else 1.
    compiled
        Whether the kernels are compiled; only then are there the next.
    rows, users, edges, kinds, factors
        The equations and who uses what; the blocks of the plan and the factors of its loops.
    longest
        Entries of the longest row.
    process, place
        (places,) process of each row; (processes,) the row of each process.
    """

    def __init__(self, system: ProductSystem) -> None:
        self._system = system
        self._known: dict[int, Floats] = {}
        self._inside: dict[int, Floats] = {}
        matrix = system.technosphere
        self.reference = np.array(system.references)
        amount = np.asarray(matrix[self.reference, np.arange(system.processes.count)]).ravel()
        self.sign = np.ones(system.products.count)
        self.sign[self.reference] = np.where(amount < 0, -1.0, 1.0)
        self.compiled = compiles(matrix.nnz)
        if self.compiled:
            self._prepare(matrix)
        else:
            self._turned = sp.csr_array(matrix.T)
            self._size = abs(self._turned)

    def _prepare(self, matrix: Matrix) -> None:
        """Lay the ordered adjoint out for the kernels, and factorise its loops."""
        plan = self._system.nominal_plan()
        self.edges, self.kinds, self.process = plan.blocks.edges, plan.blocks.kinds, plan.process
        self.place, place_of_product = np.empty((2, plan.size), dtype=np.int64)
        self.place[plan.process] = place_of_product[plan.product] = np.arange(plan.size)
        self._looped = np.repeat(self.kinds != 0, np.diff(self.edges))
        values = matrix.data[plan.source]
        ordered = sp.csr_array((values, plan.column, plan.start), shape=(plan.size, plan.size))
        by_product = ordered.tocsc()
        self.rows = _divided(plan, values)
        self.users = Users(_narrow(by_product.indptr), _narrow(by_product.indices))
        self.factors = self._factorised(ordered)
        self.longest = int(np.diff(plan.start).max())
        # Plain tuples: numba's cache must not hold on to a class that a later version may lack.
        self.arrays = (
            tuple(self.rows),
            tuple(self.users),
            place_of_product,
            self.sign,
            self.edges,
            self.kinds,
            (matrix.indptr, matrix.indices, matrix.data, self.process),
            self.longest,
        )
        self.factor_arrays = tuple(self.factors)
        self._own: tuple[Floats, Ordered] | None = None

    def ordered(self, direct: Floats, nominal: Floats) -> Ordered:
        """Return a solution ``Aᵀ λ = direct``, (R, processes) and (R, products), as edits are passed on from it."""
        if self._own is not None and self._own[0] is nominal:
            return self._own[1]
        from tanbiao.core.lca.kernels_updates import column_error

        matrix, whole = self._system.technosphere, np.zeros(len(self.place), dtype=np.bool_)
        nominal = np.ascontiguousarray(nominal)
        error = column_error(matrix.indptr, matrix.indices, matrix.data, whole, direct, nominal, _EXACT)
        made = Ordered(nominal, np.ascontiguousarray(nominal[:, self.rows.product]), float(error))
        if nominal is self._system.intensities():
            self._own = nominal, made
        return made

    def _factorised(self, ordered: Matrix) -> Factors:
        """Factorise each loop of the ordered adjoint."""
        size = ordered.shape[0]
        given, found = np.zeros((2, size), dtype=np.uint32)
        scale, across = np.ones((2, size))
        lower, upper = _Columns(size), _Columns(size)
        for number in np.flatnonzero(self.kinds):
            own = slice(int(self.edges[number]), int(self.edges[number + 1]))
            factor = factorise(sp.csc_array(ordered[own][:, own]), is_loop=True)
            triangles = factor.triangles()
            given[own], found[own] = triangles.given, triangles.found
            scale[own], across[own] = factor.row, factor.column
            lower.add(own, triangles.lower)
            upper.add(own, triangles.upper)
        return Factors(given, found, scale, across, *lower.joined(), *upper.joined())

    def of(self, process: int) -> Floats:
        """Return ``A⁻ᵀ e_process``; (products,)."""
        if process not in self._known:
            answer = self._compiled_response(process) if self.compiled else self._response(process)
            _keep(self._known, process, answer)
        return self._known[process]

    def inside(self, process: int) -> Floats:
        """Return the part of :meth:`of` that lies in the loop of the process; (its rows,), none outside the loops."""
        if process not in self._inside:
            if not self._looped[self.place[process]]:
                return _NOTHING
            number = int(np.searchsorted(self.edges, self.place[process], side="right")) - 1
            first, last = int(self.edges[number]), int(self.edges[number + 1])
            unit = np.zeros(last - first)
            unit[self.place[process] - first] = 1.0
            _keep(self._inside, process, self.solve(number, unit))
        return self._inside[process]

    def solve(self, number: int, right: Floats) -> Floats:
        """Solve the equations of the loop ``number`` by themselves; (its rows,)."""
        from tanbiao.core.lca.kernels_updates import solved

        size = len(right)
        answer, first = np.empty((size, 1)), int(self.edges[number])
        solved(first, first + size, self.factor_arrays, right[:, None], 0, answer, np.empty(size))
        return answer[:, 0]

    def _response(self, process: int) -> Floats:
        unit = np.zeros((1, self._system.processes.count))
        unit[0, process] = 1.0
        return np.asarray(self._system.carried(unit)[0])

    def _compiled_response(self, process: int) -> Floats:
        from tanbiao.core.lca import kernels_updates as kernels

        rows, edges, kinds, at = tuple(self.rows), self.edges, self.kinds, int(self.place[process])
        x = np.zeros((1, len(self.place)))
        begin = int(np.searchsorted(edges, at, side="right")) - 1
        for number in range(begin, len(edges) - 1):
            first, last = int(edges[number]), int(edges[number + 1])
            if not kinds[number]:
                if number == begin:
                    x[0, at] = 1.0 / self.rows.diagonal[at]
                    first = at + 1
                kernels.run_on(first, last, rows, x)
                continue
            if number == begin:
                x[0, first:last] = self.inside(process)
                continue
            b = np.empty(last - first)
            if kernels.supplied(first, last, rows, x, b):
                x[0, first:last] = self.solve(number, b)
        result = np.empty(len(self.place))
        result[self.rows.product] = x[0]
        return result

    def error(self, intensities: Floats, direct: Floats, edited: Sequence[int]) -> float:
        """Return the largest backward error of ``Aᵀ λ = direct`` over the columns that an edit has moved.

        Edited columns are not looked at. The others' residuals hold as they were where no response reaches them.
        """
        moved = np.zeros(self._system.products.count, dtype=np.bool_)
        for process in edited:
            moved |= self.of(process) != 0
        skipped = ~moved[self.reference]
        skipped[list(edited)] = True
        if not self.compiled:
            kept = np.flatnonzero(~skipped)
            return relative_residual(self._turned[kept], self._size[kept], intensities.T, direct.T[kept])
        from tanbiao.core.lca.kernels_updates import column_error

        matrix = self._system.technosphere
        return float(column_error(matrix.indptr, matrix.indices, matrix.data, skipped, direct, intensities, LEAST))


class _Columns:
    """Sparse columns of blocks one after another, rows counted from the first of each block."""

    def __init__(self, size: int) -> None:
        self._length = np.zeros(size + 1, dtype=np.int64)
        self._rows: list[Integers] = [np.empty(0, dtype=np.uint32)]
        self._values: list[Floats] = [_NOTHING]

    def add(self, own: slice, matrix: Matrix) -> None:
        matrix.sort_indices()
        self._length[own.start + 1 : own.stop + 1] = np.diff(matrix.indptr)
        self._rows.append(_narrow(matrix.indices))
        self._values.append(matrix.data)

    def joined(self) -> tuple[Integers, Integers, Floats]:
        return _narrow(np.cumsum(self._length)), np.concatenate(self._rows), np.concatenate(self._values)


def _divided(plan: SolvePlan, values: Floats) -> Rows:
    """Return the rows of an ordered adjoint divided by their reference."""
    row = np.repeat(np.arange(plan.size), np.diff(plan.start))
    beside = np.ones(len(values), dtype=np.bool_)
    beside[plan.diagonal] = False
    diagonal = values[plan.diagonal]
    start = plan.start - np.arange(plan.size + 1)
    divided = values[beside] / diagonal[row[beside]]
    return Rows(_narrow(start), _narrow(plan.column[beside]), divided, diagonal, _narrow(plan.product))


def _narrow(array: Any) -> Any:
    return array.astype(np.uint32)


def _keep(known: dict[int, Floats], process: int, answer: Floats) -> None:
    """Keep an answer, giving up the oldest where there are too many."""
    if len(known) >= _KEPT:
        del known[next(iter(known))]
    known[process] = answer
