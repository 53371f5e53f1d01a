"""The fixed part of many solves: one order and one pattern, any number of value sets on it.

A system is sampled by changing its numbers, never its structure. The plan holds what stays: the sequence in which
everything can be solved, and for each stored entry where its number comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from tanbiao.core.lca.errors import InvalidSystem, Unsolvable
from tanbiao.core.lca.factors import ExactlySingular, factorise, relative_residual
from tanbiao.core.lca.inputs import Floats, Integers, Matrix, Names
from tanbiao.core.lca.references import Normalised
from tanbiao.core.lca.structure import Segment

# Largest backward error of a sampled solution, row by row; project default, not official.
SAMPLE_RESIDUAL_LIMIT = 1e-10


@dataclass(frozen=True)
class SolvePlan:
    """The ordered adjoint system ``T x = r`` of a product system.

    *Places* number the processes suppliers first. Row ``p`` of ``T`` is the column of the technosphere that belongs to
    ``process[p]``; the entry at place ``q`` is how much of ``product[q]`` that process makes (positive) or uses
    (negative), with the sign of the product turned where its reference is negative (waste treatment). Nothing is
    divided by reference amounts: the diagonal holds their absolute values. So with the direct burden ``C B`` of every
    process as right side, ``x`` is the intensity of every product (up to the turned signs).

    Attributes
    ----------
    process, product
        (n,) process at each place, and the product that it makes.
    turned
        (n,) −1.0 where the product's sign is turned, else 1.0.
    start, column
        CSR pattern of ``T``: the entries of row ``p`` stand at ``start[p]:start[p + 1]``, ``column`` ascending.
    source
        (nnz,) position of each entry in ``system.technosphere.data`` (CSC).
    segments
        The runs of places that are solved together, suppliers first; members are places.

    Examples
    --------
    >>> from tanbiao.core.lca import ProductSystem
    >>> system = ProductSystem([[-2, 100], [10, 0]], [[1, 10]], [1])
    >>> plan = system.ordering()
    >>> values = plan.values(system.technosphere.data)
    >>> solution = plan.solve_many(values, plan.right(system.direct))
    >>> plan.intensities(solution)[:, :, 0].round(10).tolist()
    [[0.1, 0.12]]
    """

    process: Integers
    product: Integers
    turned: Floats
    start: Integers
    column: Integers
    source: Integers
    segments: tuple[Segment, ...]
    names: Names

    @property
    def size(self) -> int:
        """Number of processes."""
        return len(self.process)

    @property
    def nonzeros(self) -> int:
        """Number of stored entries of ``T``."""
        return len(self.column)

    def values(self, technosphere: Floats) -> Floats:
        """Return the numbers of ``T`` for one or G value sets of the technosphere.

        Parameters
        ----------
        technosphere
            (nnz,) or (nnz, G): numbers for the entries of ``system.technosphere`` in the order of its ``data``.

        Returns
        -------
        (nnz, G), in the order of the plan.
        """
        chosen = np.asarray(technosphere, dtype=np.float64)[self.source].reshape(self.nonzeros, -1)
        return np.asarray(self.turned[self.column][:, None] * chosen)

    def right(self, direct: Floats) -> Floats:
        """Return right sides (n, R, G) for direct burdens (R, processes) or (R, processes, G) per process column."""
        return np.ascontiguousarray(np.moveaxis(np.atleast_3d(direct), 0, 1)[self.process])

    def intensities(self, solution: Floats) -> Floats:
        """Return intensities (R, products, G) for solutions (n, R, G)."""
        result = np.empty((solution.shape[1], self.size, solution.shape[2]))
        result[:, self.product] = np.moveaxis(self.turned[:, None, None] * solution, 0, 1)
        return result

    def solve_many(self, values: Floats, right: Floats, threads: int = 1) -> Floats:
        """Solve ``T x = r`` for every value set.

        Parameters
        ----------
        values
            (nnz, G): numbers for the entries of ``T``, in the order of the plan (see :meth:`values`).
        right
            (n, R, G): R right sides for each value set, rows by place (see :meth:`right`).
        threads
            Number of threads; neither it nor the number of value sets in a call changes a bit of a solution.

        Returns
        -------
        (n, R, G)

        Raises
        ------
        InvalidSystem
            ``samples_shape``: the arrays don't fit the plan.
        Unsolvable
            ``near_singular`` or ``singular``: a value set whose true residual stays above 1e-10.
        """
        sets = values.shape[1] if values.ndim == 2 else -1
        if values.shape != (self.nonzeros, sets) or right.ndim != 3 or right.shape[::2] != (self.size, sets):
            raise InvalidSystem.of("samples_shape", "samples", values=str(values.shape), right=str(right.shape))
        result = np.empty_like(right, dtype=np.float64)

        def solve(number: int) -> None:
            result[:, :, number] = self._directly(values[:, number], right[:, :, number])

        with ThreadPoolExecutor(max(1, threads)) as pool:
            list(pool.map(solve, range(sets)))
        return result

    def _matrix(self, values: Floats) -> Matrix:
        return sp.csr_array((values, self.column, self.start), shape=(self.size, self.size))

    def _directly(self, values: Floats, right: Floats) -> Floats:
        """Solve for one value set by sparse LU of each segment."""
        matrix = self._matrix(values)
        solution = np.zeros(right.shape)
        for segment in self.segments:
            rows = matrix[segment.members]
            own = sp.csc_array(rows[:, segment.members])
            try:
                factor = factorise(own, segment.is_loop)
            except ExactlySingular:
                raise Unsolvable("singular", self.names.labels(self.process[segment.members])) from None
            solution[segment.members] = factor.solve(right[segment.members] - rows @ solution)
        if not relative_residual(matrix, abs(matrix), solution, right) <= SAMPLE_RESIDUAL_LIMIT:
            residual = np.abs(right - matrix @ solution).max(axis=1)
            worst = int(self.process[int(np.argmax(np.nan_to_num(residual, nan=np.inf)))])
            limit = f"{SAMPLE_RESIDUAL_LIMIT:.0e}"
            raise Unsolvable("near_singular", (self.names[worst],), condition="?", limit=limit)
        return solution


def solve_plan(technosphere: Matrix, normal: Normalised, found: Sequence[Segment], names: Names) -> SolvePlan:
    """Return the plan of a system whose segments stand consumers first."""
    size = technosphere.shape[0]
    ordered = [Segment(segment.members[::-1], segment.is_loop) for segment in reversed(found)]
    process = np.concatenate([segment.members for segment in ordered])
    product = normal.product[process]
    place = np.empty(size, dtype=np.int64)
    place[product] = np.arange(size)
    lengths = np.diff(technosphere.indptr)[process]
    start = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    row = np.repeat(np.arange(size), lengths)
    source = np.repeat(technosphere.indptr[process] - start[:-1], lengths) + np.arange(int(start[-1]))
    column = place[technosphere.indices[source]]
    ascending = np.argsort(row * size + column)
    edges = np.concatenate(([0], np.cumsum([len(segment.members) for segment in ordered])))
    places = tuple(
        Segment(np.arange(first, last), segment.is_loop)
        for first, last, segment in zip(edges[:-1], edges[1:], ordered, strict=True)
    )
    turned = normal.sign[process]
    return SolvePlan(process, product, turned, start, column[ascending], source[ascending], places, names)
