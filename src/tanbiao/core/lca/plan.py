"""The fixed part of many solves: one order and one pattern, any number of value sets on it.

A system is sampled by changing its numbers, never its structure. The plan holds what stays: the sequence in which
everything can be solved, the solver of each part, and for each stored entry where its number comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp

from tanbiao.core.lca import kernels_plain
from tanbiao.core.lca.errors import InvalidSystem, Unsolvable
from tanbiao.core.lca.factors import DENSE_SIZE, SMALL_LOOP, ExactlySingular, factorise, is_table, relative_residual
from tanbiao.core.lca.inputs import Floats, Integers, Matrix, Names
from tanbiao.core.lca.kernels_plain import Flags, Layout
from tanbiao.core.lca.loops import examine
from tanbiao.core.lca.ordering import (
    DENSE,
    ITERATIVE,
    LARGE_LOOP,
    LU,
    LU_FLOPS,
    RUN,
    Blocks,
    choose,
    compiles,
    order_within,
)
from tanbiao.core.lca.preconditioner import Around, incomplete_lu, nothing
from tanbiao.core.lca.preconditioner import around as shared_around
from tanbiao.core.lca.references import Normalised
from tanbiao.core.lca.structure import Segment

# Largest backward error of a sampled solution, row by row; project default, not official.
SAMPLE_RESIDUAL_LIMIT = 1e-10
# BiCGSTAB's first goal for the 2-norm of the residual; it goes on from the true residual until the limit above holds.
TOLERANCE = 1e-8
# A sum below this share of its terms counts as 0: what the residual leaves open, not a surplus.
NOTHING = 1e-9
_PROOF_LIMIT = 1e-9
LANES = 8
"""Value sets solved together by the compiled kernels: one cache line of float64."""


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
    inner, diagonal
        (n,) position of a row's first entry inside its own block, and of its diagonal entry.
    blocks
        The runs of places that are solved together, and the solver of each.

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
    inner: Integers
    diagonal: Integers
    blocks: Blocks
    names: Names

    @property
    def size(self) -> int:
        """Number of processes."""
        return len(self.process)

    @property
    def nonzeros(self) -> int:
        """Number of stored entries of ``T``."""
        return len(self.column)

    @property
    def layout(self) -> Layout:
        """The integers that the kernels read."""
        own = self.blocks
        return Layout(
            own.edges,
            own.kinds,
            self.start,
            self.inner,
            self.column,
            self.diagonal,
            own.lu_start,
            own.lu_column,
            own.lu_diagonal,
        )

    def explain(self, number: int) -> tuple[str, str, int]:
        """Return the solver of a block, why it was chosen, and how many numbers it stores."""
        first, last = int(self.blocks.edges[number]), int(self.blocks.edges[number + 1])
        kind, flops = self.blocks.kinds[number], self.blocks.flops[number]
        entries = int((self.start[first + 1 : last + 1] - self.inner[first:last]).sum())
        if kind == RUN:
            return "substitution", "no loop: every process needs only what comes before it", entries
        loop = f"a loop of {last - first} processes"
        if kind == LU:
            stored = int(self.blocks.lu_start[last] - self.blocks.lu_start[first])
            return "sparse LU (fixed pattern)", f"{loop}, {flops / 1e6:.3g} Mflop; pivots: diagonal", stored
        if kind == DENSE:
            return (
                "dense LU (LAPACK)",
                f"{loop}, {entries} of its {(last - first) ** 2} entries filled",
                (last - first) ** 2,
            )
        work = f"LU above {LU_FLOPS / 1e6:g} Mflop" if np.isfinite(flops) else "large, and its order not needed"
        return "BiCGSTAB (Gauss–Seidel)", f"{loop}, {work}", entries

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

    def solve_many(
        self,
        values: Floats,
        right: Floats,
        threads: int = 1,
        compiled: bool | None = None,
        limit: float = SAMPLE_RESIDUAL_LIMIT,
        tolerance: float = TOLERANCE,
        around: Around | None = None,
        tested: bool = False,
    ) -> Floats:
        """Solve ``T x = r`` for every value set.

        Each solution's true residual is checked; where an iteration falls short, a direct solver takes over.

        Parameters
        ----------
        values
            (nnz, G): numbers for the entries of ``T``, in the order of the plan (see :meth:`values`).
        right
            (n, R, G): R right sides for each value set, rows by place (see :meth:`right`).
        threads
            Number of threads; neither it nor the number of value sets in a call changes a bit of a solution.
        compiled
            Whether numba runs the kernels; by default in systems large enough, where it is installed. The bits are
            the same.
        limit
            Largest backward error of a solution, row by row.
        tolerance
            First goal of the iteration for the 2-norm of its residual.
        around
            What the value sets spread around (see :meth:`around`), which replaces the iteration by a few steps.
        tested
            Whether to refuse value sets whose loops use more than they make (see :meth:`unproductive`). Wide
            distributions draw such sets now and then; whoever samples decides what becomes of the run.

        Returns
        -------
        (n, R, G)

        Raises
        ------
        InvalidSystem
            ``samples_shape``: the arrays don't fit the plan.
        Unsolvable
            ``near_singular`` or ``singular``: a value set whose true residual stays above the limit;
            ``unproductive``, if ``tested``: one with a loop that uses more than it makes.
        """
        sets = values.shape[1] if values.ndim == 2 else -1
        if values.shape != (self.nonzeros, sets) or right.ndim != 3 or right.shape[::2] != (self.size, sets):
            raise InvalidSystem.of("samples_shape", "samples", values=str(values.shape), right=str(right.shape))
        if compiled is None:
            compiled = compiles(self.nonzeros)
        around = nothing() if around is None else around
        result = np.empty(right.shape)
        width = (LANES if sets > 1 or len(around.across) else 1) if compiled else max(1, sets)

        def group(first: int) -> None:
            taken = np.minimum(np.arange(first, first + width), sets - 1)
            whole = np.ascontiguousarray
            one = slice(first, first + width) if first + width <= sets else taken
            own = whole(values[:, one])
            solved = self._group(own, whole(right[:, :, one]), compiled, limit, tolerance, around)
            if tested:
                for error in self.unproductive(own, solved, compiled).values():
                    raise error
            result[:, :, first : first + width] = solved[:, :, : sets - first]

        starts = range(0, sets, width)
        if threads > 1 and len(starts) > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(group, starts))
        else:
            for first in starts:
                group(first)
        return result

    def around(self, values: Floats, weight: Floats, compiled: bool | None = None) -> Around:
        """Return what many value sets near one share, which are then refined by their own incomplete LU.

        Parameters
        ----------
        values
            (nnz,), in the order of the plan.
        weight
            (n,) sizes of the solution at each place: what carries a small share of its row is dropped.
        compiled
            As in :meth:`solve_many`.
        """
        chosen = self.blocks.kinds == ITERATIVE
        if not chosen.any():
            return nothing()
        factorised: Callable[..., tuple[Any, ...]] = incomplete_lu
        if compiles(self.nonzeros) if compiled is None else compiled:
            from tanbiao.core.lca.kernels import compiled_incomplete

            factorised = compiled_incomplete
        pattern = (self.blocks.edges, chosen, self.start, self.inner, self.column)
        return shared_around(factorised, pattern, self.diagonal, values, weight)

    def _group(
        self, values: Floats, right: Floats, compiled: bool, limit: float, tolerance: float, around: Around
    ) -> Floats:
        """Solve a group of lanes and check each."""
        lanes = values.shape[1]
        x = np.empty(right.shape)
        failed = np.zeros(lanes, dtype=np.bool_)
        solve: Callable[..., None] = kernels_plain.solve
        if compiled:
            from tanbiao.core.lca import kernels

            solve = partial(kernels.solve, lanes=tuple(range(lanes)))
        begin, count = 0, len(self.blocks.kinds)
        with np.errstate(all="ignore"):
            for table in [*np.flatnonzero(self.blocks.kinds == DENSE).tolist(), count]:
                if begin < table:
                    solve(begin, table, self.layout, values, around, right, limit, tolerance, x, failed)
                if table < count:
                    self._table(int(table), values, right, limit, x, failed)
                begin = table + 1
        for lane in np.flatnonzero(failed):
            x[:, :, lane] = self._directly(values[:, lane], right[:, :, lane], limit)
        return x

    def unproductive(self, values: Floats, solution: Floats, compiled: bool | None = None) -> dict[int, Unsolvable]:
        """Return the value sets in which a loop uses more than it makes, each with its refusal.

        A loop is irreducible; without credits it is productive if some x > 0 has T x ≥ 0 but not T x = 0 (Berman &
        Plemmons 1979, ch. 6, theorem 4.16 (5): if it were not, T x = 0 would follow). Where no burden is negative the
        solutions themselves are such an x, at the price of one look at the loops; else one is solved for. What can't
        be proven is examined in full, as a new system is.

        Parameters
        ----------
        values, solution
            (nnz, G) and (n, R, G), as given to and returned by :meth:`solve_many`.
        compiled
            As in :meth:`solve_many`.

        Returns
        -------
        Number of the value set → ``unproductive``, ``singular`` or ``near_singular``, with the processes of the loop.
        """
        if compiled is None:
            compiled = compiles(self.nonzeros)
        whole = np.ascontiguousarray
        doubtful = np.flatnonzero(~self._proven(whole(values), whole(solution), compiled))
        if not doubtful.size:
            return {}
        wanted = self._alone(whole(values[:, doubtful]))
        right = whole(np.abs(values[self.diagonal][:, doubtful])[:, None, :])
        with suppress(Unsolvable):
            alone = self.solve_many(wanted, right, compiled=compiled, limit=_PROOF_LIMIT)
            doubtful = doubtful[~self._proven(wanted, alone, compiled)]
        refused = {}
        for lane in doubtful.tolist():
            try:
                self._examine(whole(values[:, lane]))
            except Unsolvable as error:
                refused[lane] = error
        return refused

    def _proven(self, values: Floats, solution: Floats, compiled: bool) -> Flags:
        """Return which value sets are proven productive by their solutions."""
        if compiled:
            from tanbiao.core.lca.kernels_proof import proven

            lanes = tuple(range(values.shape[1])) if values.shape[1] in (1, LANES) else None
            if lanes is not None:
                found: Flags = proven(0, len(self.blocks.kinds), self.layout, values, solution, NOTHING, lanes)
                return found
        return np.array(
            [self._proven_lane(values[:, g], solution[:, :, g]) for g in range(values.shape[1])], dtype=bool
        )

    def _proven_lane(self, values: Floats, solution: Floats) -> bool:
        compared = self._matrix(np.ascontiguousarray(self._alone(values[:, None])[:, 0]))
        total, size = compared @ solution, abs(compared) @ np.abs(solution)
        good = (solution > 0) & (total >= -NOTHING * size)
        some = total > NOTHING * size
        edges = self.blocks.edges
        loops = [slice(int(edges[number]), int(edges[number + 1])) for number in np.flatnonzero(self.blocks.kinds)]
        return all((good[own].all(axis=0) & some[own].any(axis=0)).any() for own in loops)

    def _alone(self, values: Floats) -> Floats:
        """Return the comparison matrix of every block by itself: |t| on the diagonal, −|t| beside, nothing before."""
        result = -np.abs(values)
        result[self.diagonal] *= -1.0
        row = np.repeat(np.arange(self.size), np.diff(self.start))
        result[np.arange(self.nonzeros) < self.inner[row]] = 0.0
        return np.asarray(result)

    def _examine(self, values: Floats) -> None:
        """Test every loop of one value set as those of a new system are tested."""
        own = values / np.repeat(np.abs(values[self.diagonal]), np.diff(self.start))
        matrix = self._matrix(own)
        edges = self.blocks.edges
        for number in np.flatnonzero(self.blocks.kinds):
            block = slice(int(edges[number]), int(edges[number + 1]))
            examine(sp.csc_array(matrix[block][:, block].T), self.process[block], self.names)

    def _table(self, number: int, values: Floats, right: Floats, limit: float, x: Floats, failed: Flags) -> None:
        """Solve a dense block by LAPACK, lane by lane."""
        first, last = int(self.blocks.edges[number]), int(self.blocks.edges[number + 1])
        for lane in range(values.shape[1]):
            rows = self._matrix(np.ascontiguousarray(values[:, lane]))[first:last]
            known = rows[:, :first] @ x[:first, :, lane]
            table, wanted = rows[:, first:last].toarray(), right[first:last, :, lane] - known
            try:
                x[first:last, :, lane] = np.linalg.solve(table, wanted)
                own = x[first:last, :, lane]
                failed[lane] |= not relative_residual(table, np.abs(table), own, wanted) <= limit
            except np.linalg.LinAlgError:
                failed[lane] = True
                x[first:last, :, lane] = 0.0

    def _matrix(self, values: Floats) -> Matrix:
        return sp.csr_array((values, self.column, self.start), shape=(self.size, self.size))

    def _directly(self, values: Floats, right: Floats, limit: float = SAMPLE_RESIDUAL_LIMIT) -> Floats:
        """Solve for one value set by SuperLU, block by block."""
        matrix = self._matrix(np.ascontiguousarray(values))
        solution = np.zeros(right.shape)
        edges = self.blocks.edges
        for number, kind in enumerate(self.blocks.kinds):
            own = slice(int(edges[number]), int(edges[number + 1]))
            rows = matrix[own]
            try:
                factor = factorise(sp.csc_array(rows[:, own]), bool(kind))
            except ExactlySingular:
                raise Unsolvable("singular", self.names.labels(self.process[own])) from None
            solution[own] = factor.solve(right[own] - rows @ solution)
        if not relative_residual(matrix, abs(matrix), solution, right) <= limit:
            residual = np.abs(right - matrix @ solution).max(axis=1)
            worst = int(self.process[int(np.argmax(np.nan_to_num(residual, nan=np.inf)))])
            raise Unsolvable("near_singular", (self.names[worst],), condition="?", limit=f"{limit:.0e}")
        return solution


def solve_plan(technosphere: Matrix, normal: Normalised, found: Sequence[Segment], names: Names) -> SolvePlan:
    """Return the plan of a system whose segments stand consumers first."""
    parts, tables = [], []
    for segment in reversed(found):
        members, dense = segment.members[::-1], False
        if segment.is_loop:
            members, dense = _eliminated_order(normal, members)
        parts.append(members)
        tables.append(dense)
    process = np.concatenate(parts)
    edges = np.concatenate(([0], np.cumsum([len(members) for members in parts])))
    product = normal.product[process]
    pattern = arranged(technosphere, process, product, edges)
    start, column, source, inner, diagonal = pattern
    loops = [segment.is_loop for segment in reversed(found)]
    blocks = choose(edges, loops, tables, [False] * len(loops), start, inner, column)
    return SolvePlan(process, product, normal.sign[process], start, column, source, inner, diagonal, blocks, names)


def nominal_plan(
    technosphere: Matrix, normal: Normalised, found: Sequence[Segment], names: Names
) -> tuple[SolvePlan, Floats]:
    """Return the plan on which a system itself is solved, compiled, and its numbers in that order; (nnz,).

    Large loops keep the order in which they were found, in which they are iterated; in their rows only what stands
    before the block, before the diagonal and behind it is told apart. Indices have 32 bits.
    """
    from tanbiao.core.lca.kernels_order import laid_out

    parts, tables, iterated = [], [], []
    for segment in reversed(found):
        members, dense = segment.members[::-1], False
        is_large = segment.is_loop and len(members) >= LARGE_LOOP
        if segment.is_loop and (not is_large or len(members) < DENSE_SIZE):
            ordered, dense = _eliminated_order(normal, members, only_tables=is_large)
            members = ordered if dense or not is_large else members
        parts.append(members)
        tables.append(dense)
        iterated.append(is_large and not dense)
    process = np.concatenate(parts)
    edges = np.concatenate(([0], np.cumsum([len(members) for members in parts])))
    product = normal.product[process]
    place = np.empty(len(process), dtype=np.uint32)
    place[product] = np.arange(len(process), dtype=np.uint32)
    loops = [segment.is_loop for segment in reversed(found)]
    factorised = np.array(loops) & ~np.array(iterated)
    rows = technosphere.indptr, technosphere.indices.view(np.uint32), technosphere.data
    turned = normal.sign[process]
    start, column, source, inner, diagonal, values = laid_out(*rows, process, place, edges, factorised, turned)
    blocks = choose(edges, loops, tables, iterated, start, inner, column)
    plan = SolvePlan(process, product, turned, start, column, source, inner, diagonal, blocks, names)
    return plan, values


def _eliminated_order(normal: Normalised, members: Integers, only_tables: bool = False) -> tuple[Integers, bool]:
    """Return the members of a loop in the order of its elimination, and whether it is a dense table."""
    members = np.sort(members)
    if len(members) <= SMALL_LOOP:
        return members, False
    own = _proxy(normal.technosphere[:, members][normal.product[members]])
    dense = is_table(own)
    return (members if only_tables else members[order_within(own, dense)]), dense


def arranged(technosphere: Matrix, process: Integers, product: Integers, edges: Integers) -> tuple[Integers, ...]:
    """Return ``start, column, source, inner, diagonal`` of :class:`SolvePlan` for an order of processes in blocks."""
    size = len(process)
    place = np.empty(size, dtype=np.int64)
    place[product] = np.arange(size)
    if compiles(technosphere.nnz):
        from tanbiao.core.lca.kernels import arrange

        found: tuple[Integers, ...] = arrange(technosphere.indptr, technosphere.indices, process, place, edges)
        return found
    lengths = np.diff(technosphere.indptr)[process]
    start = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    row = np.repeat(np.arange(size), lengths)
    source = np.repeat(technosphere.indptr[process] - start[:-1], lengths) + np.arange(int(start[-1]))
    column = place[technosphere.indices[source]]
    ascending = np.argsort(row * size + column)
    column, source = column[ascending], source[ascending]
    block_first = np.repeat(edges[:-1], np.diff(edges))
    inner = start[:-1] + np.bincount(row[column < block_first[row]], minlength=size)
    return start, column, source, inner, np.flatnonzero(column == row)


def _proxy(pattern: Matrix) -> Matrix:
    """Return a diagonally dominant matrix of the same pattern: an order must not depend on the numbers."""
    result = sp.csc_array(pattern, copy=True)
    result.data[:] = -1.0
    return sp.csc_array(result + sp.diags_array(np.full(result.shape[0], 2.0 * result.shape[0])))
