"""Monte Carlo of a whole system: the intensity of every product in every sample.

For each group of samples all entries are drawn, the adjoint is solved on the fixed plan for all products and all
indicators, its true residual is checked, and the intensities are stored. Draws are functions of (seed, entry, sample),
so neither the size of a group nor the number of threads or processes changes a bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.inputs import Floats, Integers
from tanbiao.core.lca.montecarlo_plan import for_samples
from tanbiao.core.lca.montecarlo_result import Samples
from tanbiao.core.lca.ordering import COMPILED_FROM, DENSE, has_compiler
from tanbiao.core.lca.plan import NOTHING, SAMPLE_RESIDUAL_LIMIT, TOLERANCE
from tanbiao.core.lca.uncertain import Spreads, UncertainSystem, Words
from tanbiao.core.numerics.draw_table import LANES, SystemTable
from tanbiao.core.numerics.philox import round_keys

BLOCK = 256
"""Products written at a time."""
_GROUP_BYTES = 96 * 2**20
"""What the drawn numbers of one group may take."""
_LARGEST_GROUP = 256
_TOGETHER = 2
"""Groups of eight that a thread stores at once: in single precision they fill a line of the cache, so that no two
threads write to one."""
_PIECE = 6_000
"""Entries that the compiled pass draws before it uses them: with what it reads they fit a processor's own cache."""

Progress = Callable[[int, int], None]
Numbers = NDArray[Any]


class Drawn(NamedTuple):
    """Intensities of samples ``first … first + n − 1``: ``values`` is (indicators, products, n), float64."""

    first: int
    values: Floats


class _Workspace(NamedTuple):
    """Arrays that one thread of the compiled path uses again for every group of eight."""

    drawn_factors: Floats
    factors: Floats
    buffers: tuple[Floats, Floats, Floats, Floats]
    """Values of the plan's entries, of a piece of them, of a piece's emissions, right sides."""
    solutions: Floats
    """(groups, n, R, 8)"""
    failed: NDArray[np.bool_]
    refinement: tuple[Any, ...]


class Sampler:
    """A prepared uncertain system: tables of what is drawn, in the order of the plan.

    Parameters
    ----------
    uncertain
        The model.
    seed
        0 … 2⁶⁴ − 1.
    compiled
        Whether numba draws and solves; by default in systems so large that starting a compiler pays, where it is
        installed. The bits are the same.
    """

    def __init__(self, uncertain: UncertainSystem, seed: int = 1, compiled: bool | None = None) -> None:
        self.uncertain = uncertain
        self.seed = seed
        self.system = uncertain.system
        self.plan = for_samples(self.system.ordering())
        streams = uncertain.streams
        spreads = (uncertain.technosphere, uncertain.interventions, uncertain.characterization)
        technosphere, interventions, characterization = map(_table, spreads, streams)
        self.technosphere = technosphere.taken(self.plan.source, self.plan.turned[self.plan.column])
        self.interventions = interventions
        self.characterization = characterization
        tables = (self.technosphere, self.interventions, self.characterization)
        if compiled is None:
            compiled = self.plan.nonzeros >= COMPILED_FROM and has_compiler()
        self.compiled = compiled and all(table.safe for table in tables)
        sizes = np.abs(self.system.intensities()).sum(axis=0)[self.plan.product]
        nominal = self.plan.values(self.system.technosphere.data)[:, 0]
        self.around = self.plan.around(np.ascontiguousarray(nominal), sizes, self.compiled)
        place = np.empty(self.plan.nonzeros, dtype=np.int64)
        place[self.plan.source] = np.arange(self.plan.nonzeros)
        self._share_member = place[uncertain.shares.member]
        self._share_total = (
            uncertain.shares.total * self.plan.turned[self.plan.column[self._share_member[uncertain.shares.start[:-1]]]]
        )

        weights = self.system.characterization
        self._gas = np.repeat(np.arange(self.system.gases.count), np.diff(weights.indptr))
        # A dense block is solved by LAPACK, which the pass over a whole group can't call.
        self._in_one_pass = self.compiled and not (self.plan.blocks.kinds == DENSE).any()

    def group(self) -> int:
        """Return how many samples are drawn and solved at a time: 8, or without compiler what memory bears."""
        if self.compiled:
            return LANES
        entries = self.plan.nonzeros + len(self.system.interventions.data) + 4 * self.plan.size
        fitting = _GROUP_BYTES // (8 * max(1, entries))
        return int(min(_LARGEST_GROUP, max(LANES, fitting // LANES * LANES)))

    def values(self, first: int, count: int) -> Floats:
        """Return the drawn numbers of the plan's entries, (nnz, count), shares divided by their sums.

        Raises
        ------
        TanbiaoError
            ``samples_not_finite``; ``shares_not_normalisable``: drawn shares of a group add up to nothing or turn over.
        """
        drawn = self._rows(self.technosphere, first, count)
        if len(self._share_total):
            self._normalise(drawn)
        return drawn

    def _normalise(self, drawn: Floats) -> None:
        """Scale the members of each group to their nominal sum; the sum runs in the order of the group."""
        start = self.uncertain.shares.start
        members = drawn[self._share_member]
        total = self._share_total[:, None]
        summed = ordered_sums(start, members)
        if not (summed * total > 0).all():
            raise TanbiaoError.of("shares_not_normalisable", reason="the drawn shares of a process don't add up")
        factor = np.repeat(total / summed, np.diff(start), axis=0)
        drawn[self._share_member] = members * factor

    def direct(self, first: int, count: int) -> Floats:
        """Return the drawn burdens ``C B`` of every process, (indicators, processes, count)."""
        system = self.system
        factors = self._rows(self.characterization, first, count)
        emitted = self._rows(self.interventions, first, count)
        matrix, weights = system.interventions, system.characterization
        result = np.zeros((system.indicators.count, system.processes.count, count))
        for indicator in range(system.indicators.count):
            factor = np.zeros((system.gases.count, count))
            own = np.flatnonzero(weights.indices == indicator)
            factor[self._gas[own]] = factors[own]
            result[indicator] = ordered_sums(matrix.indptr, factor[matrix.indices] * emitted)
        return result

    def drawn(self, first: int, count: int) -> Drawn:
        """Return the intensities of some samples.

        Raises
        ------
        Unsolvable
            ``near_singular`` or ``singular``: a sample whose true residual stays above 1e-10; ``unproductive``:
            a sample in which a loop uses more than it makes, which no number describes.
        """
        return Drawn(first, self.plan.intensities(self._solved(first, count)))

    def _solved(self, first: int, count: int) -> Floats:
        """Return solutions of the plan, (n, R, count); refuses what has no trustworthy answer."""
        return self.plan.solve_many(
            self.values(first, count),
            self.plan.right(self.direct(first, count)),
            compiled=self.compiled,
            around=self.around,
            tested=True,
        )

    def _rows(self, table: SystemTable, first: int, count: int) -> Floats:
        """Return the draws of a table, compiled where a whole group is asked for."""
        if not self.compiled or count != LANES or first % LANES:
            return table.draw(self.seed, first, count)
        drawn = np.empty((len(table.kind), LANES))
        table.fill(self.seed, first, drawn)
        return drawn

    def pieces(self, samples: int, first: int = 0) -> Iterator[tuple[int, int]]:
        """Yield (first, count) of the groups of samples ``first … first + samples − 1``; they end at whole groups.

        Raises
        ------
        TanbiaoError
            ``samples_count``: fewer than one, or a first below 0.
        """
        if samples < 1 or first < 0:
            raise TanbiaoError.of("samples_count", found=samples if first >= 0 else first)
        step, last = self.group(), first + samples
        while first < last:
            count = min(step - first % step, last - first)
            yield first, count
            first += count

    def stream(self, samples: int, first: int = 0) -> Iterator[Drawn]:
        """Yield the intensities of groups of samples in order (see :meth:`pieces` and :meth:`drawn` for errors)."""
        for at, count in self.pieces(samples, first):
            yield self.drawn(at, count)

    def fill(
        self, values: Numbers, first: int = 0, threads: int | None = None, progress: Progress | None = None
    ) -> None:
        """Fill ``values``, (products, indicators, samples) of float64 or float32, with samples from ``first`` on.

        Parameters
        ----------
        threads
            How many groups are worked on at once; by default one per processor where the compiled loops run, which
            leave Python's lock alone, else one.
        progress
            Called with the number of samples done and wanted.

        Raises
        ------
        TanbiaoError, Unsolvable
            As :meth:`pieces`, :meth:`values` and :meth:`drawn`. Groups not begun are given up.
        """
        samples = values.shape[2]
        pieces = list(self.pieces(samples, first))
        step = _TOGETHER if self._in_one_pass else 1
        runs = [pieces[at : at + step] for at in range(0, len(pieces), step)]
        workers = min(len(runs), threads or (_processors() if self.compiled else 1))
        spaces: SimpleQueue[_Workspace | None] = SimpleQueue()
        for _ in range(workers):
            spaces.put(self._workspace() if self._in_one_pass else None)
        work = partial(self._run, values, first, spaces)
        done = 0
        if workers == 1:
            for run in runs:
                done += work(run)
                if progress is not None:
                    progress(done, samples)
            return
        pool = ThreadPoolExecutor(workers)
        try:
            for count in pool.map(work, runs):
                done += count
                if progress is not None:
                    progress(done, samples)
        finally:
            pool.shutdown(cancel_futures=True)

    def _run(
        self, values: Numbers, offset: int, spaces: SimpleQueue[_Workspace | None], run: list[tuple[int, int]]
    ) -> int:
        """Sample the groups of a run into their places; return their size."""
        space = spaces.get()
        try:
            whole = space is not None and all(count == LANES for _, count in run)
            if space is not None and whole:
                self._compiled_groups(space, run[0][0], len(run), run[0][0] - offset, values)
            else:
                for first, count in run:
                    self._group(first, count, values, offset)
        finally:
            spaces.put(space)
        return sum(count for _, count in run)

    def _group(self, first: int, count: int, values: Numbers, offset: int) -> None:
        """Sample one group into its place."""
        drawn = self.drawn(first, count).values
        at = slice(first - offset, first - offset + count)
        for block in range(0, drawn.shape[1], BLOCK):
            values[block : block + BLOCK, :, at] = drawn[:, block : block + BLOCK].transpose(1, 0, 2)

    @cached_property
    def _draws(self) -> tuple[Any, ...]:
        """What the pass over a group draws: tables of the plan's entries and of the emissions by place."""
        matrix = self.system.interventions
        length = np.diff(matrix.indptr).astype(np.int64)[self.plan.process]
        start = np.concatenate(([0], np.cumsum(length)))
        order = np.repeat(matrix.indptr[self.plan.process] - start[:-1], length) + np.arange(int(start[-1]))
        emissions = self.interventions.taken(order, np.ones(len(order)))
        return self.technosphere.columns, emissions.columns, start, matrix.indices[order].astype(np.int64)

    @cached_property
    def _shares_by_row(self) -> tuple[Numbers, ...]:
        """The share groups in the order of their rows: where each row's begin, their members, their sums."""
        start = self.uncertain.shares.start
        row = np.searchsorted(self.plan.start, self._share_member[start[:-1]], side="right") - 1
        order = np.argsort(row, kind="stable")
        members = [self._share_member[start[number] : start[number + 1]] for number in order]
        edges = np.concatenate(([0], np.cumsum([len(part) for part in members], dtype=np.int64)))
        of_row = np.searchsorted(row[order], np.arange(self.plan.size + 1))
        return (
            of_row,
            edges.astype(np.int64),
            np.concatenate([self._share_member[:0], *members]),
            self._share_total[order],
        )

    def _workspace(self) -> _Workspace:
        from tanbiao.core.lca.kernels_refine import space

        system, plan = self.system, self.plan
        emission_start = self._draws[2]
        longest = (int(np.diff(plan.start).max()), int(np.diff(emission_start).max()))
        shape = (plan.size, system.indicators.count, LANES)
        buffers = (
            np.empty((plan.nonzeros, LANES)),
            np.empty((max(_PIECE, longest[0]), LANES)),
            np.empty((max(_PIECE, longest[1]), LANES)),
            np.empty(shape),
        )
        return _Workspace(
            drawn_factors=np.empty((len(system.characterization.data), LANES)),
            factors=np.zeros((system.indicators.count, system.gases.count, LANES)),
            buffers=buffers,
            solutions=np.empty((_TOGETHER, *shape)),
            failed=np.zeros(LANES, dtype=np.bool_),
            refinement=space(self.around, len(self.around.across)),
        )

    def _compiled_groups(self, space: _Workspace, first: int, groups: int, at: int, values: Numbers) -> None:
        """Draw, solve and store some groups of eight samples."""
        from tanbiao.core.lca import kernels_sample

        solutions = space.solutions[:groups]
        for number in range(groups):
            self._compiled_group(space, first + number * LANES, solutions[number])
        kernels_sample.store(solutions, self.plan.product, self.plan.turned, at, values)

    def _compiled_group(self, space: _Workspace, first: int, solution: Floats) -> None:
        """Draw and solve eight samples in one pass."""
        from tanbiao.core.lca import kernels_sample

        weights = self.system.characterization
        self.characterization.fill(self.seed, first, space.drawn_factors)
        space.factors[weights.indices, self._gas] = space.drawn_factors
        space.failed[:] = False
        fine = kernels_sample.group(
            self.plan.layout,
            self._draws,
            self._shares_by_row,
            space.factors,
            np.uint64(first // 4),
            round_keys(self.seed),
            self.around,
            (SAMPLE_RESIDUAL_LIMIT, TOLERANCE, NOTHING),
            (*space.buffers, solution, space.failed, space.refinement),
            tuple(range(LANES)),
        )
        if not fine or space.failed.any():
            # The careful path says what is wrong, proves what is right, or solves directly what iteration could not.
            solution[...] = self._solved(first, LANES)


def sample(
    uncertain: UncertainSystem,
    samples: int = 1000,
    seed: int = 1,
    *,
    storage: DTypeLike = np.float64,
    path: Path | None = None,
    threads: int | None = None,
    compiled: bool | None = None,
    progress: Progress | None = None,
) -> Samples:
    """Return the intensity of every product in every sample.

    Parameters
    ----------
    samples, seed
        How many draws, and from which seed; sample k of a longer run is sample k of a shorter one.
    storage
        float64, or float32 (adds a relative error of up to 6e-8) for long runs of large systems.
    path
        Where to keep them instead of in memory: a NumPy file of the shape (products, indicators, samples), so that 256
        products follow each other as one block. It appears under this name when all samples are in it, not before.
    threads, compiled
        See :class:`Sampler`; neither changes a bit.
    progress
        Called with the number of samples done and wanted.

    Raises
    ------
    TanbiaoError
        ``samples_count``, ``seed_out_of_range``, ``samples_not_finite``, ``shares_not_normalisable``.
    Unsolvable
        A sample without a trustworthy answer.
    """
    if samples < 1:
        raise TanbiaoError.of("samples_count", found=samples)
    sampler = Sampler(uncertain, seed, compiled)
    system = uncertain.system
    shape = (system.products.count, system.indicators.count, samples)
    if path is None:
        values: Numbers = np.empty(shape, dtype=storage)
        sampler.fill(values, threads=threads, progress=progress)
    else:
        values = _stored_in(path, shape, storage, partial(sampler.fill, threads=threads, progress=progress))
    return Samples(values, system.intensities().T.copy(), seed, system.products, system.indicators)


def _stored_in(path: Path, shape: tuple[int, int, int], storage: DTypeLike, fill: Callable[[Numbers], None]) -> Numbers:
    """Fill a file beside ``path`` and rename it when it is whole; whatever stops the run removes it."""
    partly = path.with_name(path.name + ".partial")
    try:
        file = np.lib.format.open_memmap(partly, mode="w+", dtype=np.dtype(storage), shape=shape)
        fill(file)
        file.flush()
        del file
        partly.replace(path)
    finally:
        partly.unlink(missing_ok=True)
    return np.asanyarray(np.load(path, mmap_mode="r"))


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _table(spreads: Spreads, stream: Words) -> SystemTable:
    ones = np.ones(len(stream))
    return SystemTable(spreads.kind, spreads.first, spreads.second, spreads.third, stream, ones)


def ordered_sums(start: Integers, terms: Floats) -> Floats:
    """Return the sum of each run ``terms[start[i]:start[i + 1]]``, term after term in order.

    Parameters
    ----------
    start
        (runs + 1,)
    terms
        (start[-1], G)

    Returns
    -------
    (runs, G); 0 for an empty run.
    """
    length = np.diff(start)
    longest_first = np.argsort(-length, kind="stable")
    ordered = length[longest_first]
    sums = np.zeros((len(length), terms.shape[1]))
    for rank in range(int(ordered[0]) if len(ordered) else 0):
        reaching = longest_first[: int(np.searchsorted(-ordered, -rank, side="left"))]
        sums[reaching] += terms[start[reaching] + rank]
    return sums
