"""Monte Carlo of a whole system: the intensity of every product in every sample.

For each group of samples all entries are drawn, the adjoint is solved on the fixed plan for all products and all
indicators, its true residual is checked, and the intensities are stored. Draws are functions of (seed, entry, sample),
so neither the size of a group nor the number of threads or processes changes a bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.inputs import Floats, Integers
from tanbiao.core.lca.montecarlo_result import Samples
from tanbiao.core.lca.uncertain import Spreads, UncertainSystem, Words
from tanbiao.core.numerics.draw_table import DrawTable

BLOCK = 256
"""Products of one block of the stored file."""
_GROUP_BYTES = 96 * 2**20
"""What the drawn numbers of one group may take."""
_LARGEST_GROUP = 256
_LANES = 8

Progress = Callable[[int, int], None]
Numbers = NDArray[Any]


class Drawn(NamedTuple):
    """Intensities of samples ``first … first + n − 1``: ``values`` is (indicators, products, n), float64."""

    first: int
    values: Floats


class Sampler:
    """A prepared uncertain system: tables of what is drawn, in the order of the plan.

    Parameters
    ----------
    uncertain
        The model.
    seed
        0 … 2⁶⁴ − 1.
    """

    def __init__(self, uncertain: UncertainSystem, seed: int = 1) -> None:
        self.uncertain = uncertain
        self.seed = seed
        self.system = uncertain.system
        self.plan = self.system.ordering()
        streams = uncertain.streams()
        tables = (uncertain.technosphere, uncertain.interventions, uncertain.characterization)
        technosphere, interventions, characterization = map(_table, tables, streams)
        self.technosphere = technosphere.taken(self.plan.source, self.plan.turned[self.plan.column])
        self.interventions = interventions
        self.characterization = characterization
        place = np.empty(self.plan.nonzeros, dtype=np.int64)
        place[self.plan.source] = np.arange(self.plan.nonzeros)
        self._share_member = place[uncertain.shares.member]
        self._share_total = (
            uncertain.shares.total * self.plan.turned[self.plan.column[self._share_member[uncertain.shares.start[:-1]]]]
        )

    def group(self) -> int:
        """Return how many samples are drawn and solved at a time: a multiple of 8, by memory alone."""
        entries = self.plan.nonzeros + len(self.system.interventions.data) + 4 * self.plan.size
        fitting = _GROUP_BYTES // (8 * max(1, entries))
        return int(min(_LARGEST_GROUP, max(_LANES, fitting // _LANES * _LANES)))

    def values(self, first: int, count: int) -> Floats:
        """Return the drawn numbers of the plan's entries, (nnz, count), shares divided by their sums.

        Raises
        ------
        TanbiaoError
            ``samples_not_finite``; ``shares_not_normalisable``: drawn shares of a group add up to nothing or turn over.
        """
        drawn = self.technosphere.draw(self.seed, first, count)
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
        factors = self.characterization.draw(self.seed, first, count)
        emitted = self.interventions.draw(self.seed, first, count)
        matrix, weights = system.interventions, system.characterization
        result = np.zeros((system.indicators.count, system.processes.count, count))
        gas = np.repeat(np.arange(system.gases.count), np.diff(weights.indptr))
        for indicator in range(system.indicators.count):
            factor = np.zeros((system.gases.count, count))
            own = np.flatnonzero(weights.indices == indicator)
            factor[gas[own]] = factors[own]
            result[indicator] = ordered_sums(matrix.indptr, factor[matrix.indices] * emitted)
        return result

    def drawn(self, first: int, count: int) -> Drawn:
        """Return the intensities of some samples.

        Raises
        ------
        Unsolvable
            ``near_singular`` or ``singular``: a sample whose true residual stays above 1e-10.
        """
        right = self.plan.right(self.direct(first, count))
        solution = self.plan.solve_many(self.values(first, count), right)
        return Drawn(first, self.plan.intensities(solution))

    def stream(self, samples: int, first: int = 0, progress: Progress | None = None) -> Iterator[Drawn]:
        """Yield groups of samples ``first … first + samples − 1`` in order.

        Raises
        ------
        TanbiaoError
            ``samples_count``: fewer than one; and those of :meth:`drawn`.
        """
        if samples < 1 or first < 0:
            raise TanbiaoError.of("samples_count", found=samples if first >= 0 else first)
        step, last = self.group(), first + samples
        at = first
        while at < last:
            # Groups end at multiples of the step, so that a run begun elsewhere draws the same pairs of numbers.
            count = min(step - at % step, last - at)
            yield self.drawn(at, count)
            at += count
            if progress is not None:
                progress(at - first, samples)


def sample(
    uncertain: UncertainSystem,
    samples: int = 1000,
    seed: int = 1,
    *,
    storage: DTypeLike = np.float64,
    path: Path | None = None,
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
        Where to keep them instead of in memory: a NumPy file of the shape (products, indicators, samples), products
        in blocks of 256 that are written whole. It appears under this name when all samples are in it, and not before.
    progress
        Called with the number of samples done and wanted.

    Raises
    ------
    TanbiaoError
        ``samples_count``, ``seed_out_of_range``, ``samples_not_finite``, ``shares_not_normalisable``.
    Unsolvable
        A sample without a trustworthy answer.
    """
    sampler = Sampler(uncertain, seed)
    system = uncertain.system
    shape = (system.products.count, system.indicators.count, samples)
    groups = sampler.stream(samples, progress=progress)
    if path is None:
        values: Numbers = np.empty(shape, dtype=storage) if samples > 0 else np.empty(0)
        _store(values, groups)
    else:
        values = _stored_in(path, shape, storage, groups)
    return Samples(values, system.intensities().T.copy(), seed, system.products, system.indicators)


def _store(values: Numbers, groups: Iterator[Drawn]) -> None:
    """Write groups product by product, block after block."""
    for first, drawn in groups:
        last = first + drawn.shape[2]
        for at in range(0, drawn.shape[1], BLOCK):
            values[at : at + BLOCK, :, first:last] = drawn[:, at : at + BLOCK].transpose(1, 0, 2)


def _stored_in(path: Path, shape: tuple[int, int, int], storage: DTypeLike, groups: Iterator[Drawn]) -> Numbers:
    """Fill a file beside ``path`` and rename it when it is whole; whatever stops the run removes it."""
    partial = path.with_name(path.name + ".partial")
    try:
        file = np.lib.format.open_memmap(partial, mode="w+", dtype=np.dtype(storage), shape=shape)
        _store(file, groups)
        file.flush()
        del file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return np.asanyarray(np.load(path, mmap_mode="r"))


def _table(spreads: Spreads, stream: Words) -> DrawTable:
    ones = np.ones(len(stream))
    return DrawTable(spreads.kind, spreads.first, spreads.second, spreads.third, stream, ones)


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
