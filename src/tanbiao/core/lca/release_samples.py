"""Sampling a release: N draws of every dataset's total and kinds, the same bits for any grouping and any worker.

Every uncertain exchange has a stream of its own, named after its dataset and exchange, so sample ``i`` depends on
nothing but (seed, name, i): a dataset keeps its draws when others come or go in a later release. The engine's
:class:`~tanbiao.core.lca.montecarlo.Sampler` draws and solves eight samples in one pass; what it wants is one drawn
number per entry of a matrix, so the second exchange between two datasets goes through a process that only passes it on,
and the second emission of one gas has a row of its own with that gas's weight.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any, Final, Protocol
from uuid import uuid4

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.inputs import Floats, Integers, Matrix
from tanbiao.core.lca.montecarlo import Sampler
from tanbiao.core.lca.release import KIND_COLUMNS
from tanbiao.core.lca.release_system import Entries, LinkedSystem
from tanbiao.core.lca.system import ProductSystem
from tanbiao.core.lca.uncertain import Spreads, UncertainSystem, Words
from tanbiao.core.numerics.draw_table import Kind
from tanbiao.core.numerics.elementary import log_scalar
from tanbiao.core.numerics.philox import round_keys, stream_of

Singles = NDArray[np.float32]

GROUP: Final = 32
"""Samples that one task draws and solves; no bit depends on it."""
MAX_SAMPLES: Final = 100_000


class Mapper(Protocol):
    """What is asked of an executor (``tanbiao.jobs.Executor``): results in the order of the inputs."""

    def map(self, function: Callable[[Any], Any], inputs: Iterable[Any], /) -> Iterator[Any]:
        """Yield ``function(input)`` for every input, in the order of the inputs."""


class InTurn:
    """The mapper that needs no workers."""

    def map(self, function: Callable[[Any], Any], inputs: Iterable[Any], /) -> Iterator[Any]:
        """Yield the results as they are asked for."""
        return map(function, inputs)


class ReleaseSystem(UncertainSystem):
    """A release as an uncertain system whose streams bear the names of datasets and exchanges.

    Attributes
    ----------
    datasets
        The first so many products are the datasets of the release; the others only pass exchanges on.
    """

    def __init__(
        self,
        system: ProductSystem,
        spreads: tuple[Spreads, Spreads, Spreads],
        named: tuple[Words, Words, Words],
        shares: Sequence[Sequence[tuple[int, int]]],
        datasets: int,
    ) -> None:
        super().__init__(system, *spreads, shares=shares)
        self._named = named
        self.datasets = datasets

    @cached_property
    def streams(self) -> tuple[Words, Words, Words]:
        """Stream number of each entry of the three matrices, in the order of their ``data``."""
        return self._named


@dataclass(frozen=True)
class Recipe:
    """What a sampler is made of. Only this crosses to a worker, which makes its own sampler."""

    linked: LinkedSystem
    weights: Floats
    sigmas: Floats
    seed: int
    key: str
    """Names the recipe within a run: a worker keeps the sampler from one task to the next."""

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled."""
        return {**self.__dict__, "linked": replace(self.linked)}

    def sampler(self) -> Sampler:
        """Return the sampler, made once per process."""
        if self.key not in _SAMPLERS:
            _SAMPLERS.clear()
            _SAMPLERS[self.key] = Sampler(release_system(self.linked, self.weights, self.sigmas), self.seed)
        return _SAMPLERS[self.key]


_SAMPLERS: Final[dict[str, Sampler]] = {}


@dataclass(frozen=True)
class Task:
    """One group of samples, with all that is needed to draw and solve it."""

    recipe: Recipe
    first: int
    count: int
    threads: int | None = 1
    """None: one per processor, where the caller has them to itself."""

    def at(self, first: int, count: int) -> Task:
        """Return the task of other samples."""
        return replace(self, first=first, count=count)


@dataclass(frozen=True)
class Sampling:
    """How a release is sampled: the tasks, and which of a task's rows make the kinds of each GWP set."""

    tasks: tuple[Task, ...]
    rows: dict[str, dict[str, int]]
    """GWP set → kind → row of the tasks' results; kinds that are zero everywhere are left out."""


def sampling(
    linked: LinkedSystem,
    gwp_sets: Sequence[str],
    samples: int,
    seed: int,
    *,
    draw_gwp: bool = False,
    alone: bool = True,
) -> Sampling:
    """Return the tasks of a release's samples.

    Parameters
    ----------
    draw_gwp
        Whether the GWP values are drawn too, where an uncertainty of them is known (:func:`gwp_spread`).
    alone
        Whether a task may use every processor.

    Raises
    ------
    TanbiaoError
        ``samples_out_of_range``; ``seed_out_of_range``; ``gwp_missing``.
    """
    if not 1 <= samples <= MAX_SAMPLES:
        raise TanbiaoError.of("samples_out_of_range", "samples", limit=MAX_SAMPLES)
    distinct: dict[bytes, tuple[int, Floats, Floats]] = {}
    rows: dict[str, dict[str, int]] = {}
    for gwp_set in gwp_sets:
        rows[gwp_set] = {}
        sigma = np.array([gwp_spread(gwp_set, row)[0] if draw_gwp else 0.0 for row in linked.rows])
        for kind, weight in zip(KIND_COLUMNS, linked.characterisation(gwp_set), strict=True):
            if weight.any():
                spread = np.where(weight != 0, sigma, 0.0)
                key = weight.tobytes() + spread.tobytes()
                rows[gwp_set][kind] = distinct.setdefault(key, (len(distinct), weight, spread))[0]
    if not distinct:
        return Sampling((), rows)
    weights = np.array([weight for _, weight, _ in distinct.values()])
    sigmas = np.array([spread for _, _, spread in distinct.values()])
    round_keys(seed)  # refuses a seed that is none, before anything is prepared
    recipe = Recipe(linked, weights, sigmas, seed, uuid4().hex)
    whole = Task(recipe, 0, samples, None if alone else 1)
    tasks = tuple(whole.at(first, min(GROUP, samples - first)) for first in range(0, samples, GROUP))
    return Sampling(tasks, rows)


def solve_task(task: Task) -> Floats:
    """Return the intensities of a group: (R, n, samples of the group), kg CO2e per reference unit.

    Raises
    ------
    TanbiaoError
        ``samples_not_finite``, ``shares_not_normalisable``; :class:`Unsolvable` for a sample that has no answer, also
        one whose loop uses more than it makes: its figure would be negative and look like one.
    """
    sampler = task.recipe.sampler()
    system = sampler.uncertain
    assert isinstance(system, ReleaseSystem)
    values = np.empty((system.system.products.count, system.system.indicators.count, task.count))
    sampler.fill(values, task.first, task.threads)
    return np.asarray(values[: system.datasets].transpose(1, 0, 2))


def release_system(linked: LinkedSystem, weights: Floats, sigmas: Floats) -> ReleaseSystem:
    """Return a release as a system of which every entry is one drawn number.

    Parameters
    ----------
    weights, sigmas
        (R, rows) kg CO2e per row, and the σ of ln X of the drawn ones.
    """
    size = len(linked.ids)
    use, row, column, extra = _apart(linked.technosphere, linked.inputs)
    names = [*linked.ids, *(f"{linked.ids[int(column[at])]} ~ {at}" for at in extra)]
    # A second exchange from one supplier: the user takes it from a process that takes as much from the supplier.
    passing = size + np.arange(len(extra))
    supplier = row[extra]
    row = row.copy()
    row[extra] = passing
    rows = np.concatenate([row, passing, supplier])
    columns = np.concatenate([column, passing, passing])
    values = np.concatenate([linked.inputs.nominal, np.ones(len(extra)), -np.ones(len(extra))])
    fixed = Spreads(np.zeros(2 * len(extra), dtype=np.int8), values[len(use) :], *np.zeros((2, 2 * len(extra))))
    technosphere, spreads, streams = _drawn((values, rows, columns), (len(names), len(names)), linked.inputs, fixed)
    interventions, copies, burdens = _emissions(linked, len(names))
    characterization, own_weights = _weights(linked.rows, copies, weights, sigmas)
    system = ProductSystem(technosphere, interventions, characterization, products=names, processes=names)
    shares = [[(int(row[at]), int(column[at])) for at in members] for members, _ in linked.inputs.markets]
    return ReleaseSystem(
        system, (spreads, burdens[0], own_weights[0]), (streams, burdens[1], own_weights[1]), shares, size
    )


def _apart(matrix: Matrix, entries: Entries) -> tuple[Integers, Integers, Integers, Integers]:
    """Return for each drawn number its entry, row and column, and which of them are not the first of their entry."""
    count = len(entries.nominal)
    start = np.arange(count + 1) if entries.start is None else entries.start
    use = np.repeat(np.arange(len(start) - 1), np.diff(start))
    column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    extra = np.setdiff1d(np.arange(count), start[:-1])
    return use, matrix.indices[use].astype(np.int64), column[use].astype(np.int64), extra


def _drawn(
    entries: tuple[Floats, Integers, Integers], shape: tuple[int, int], drawn: Entries, more: Spreads
) -> tuple[Matrix, Spreads, Words]:
    """Return a matrix, and in the order of its data the spreads and streams of what is drawn, ``more`` after them."""
    values, rows, columns = entries
    order = np.lexsort((rows, columns))
    start = np.searchsorted(columns[order], np.arange(shape[1] + 1))
    matrix = sp.csc_array((values[order], rows[order], start), shape=shape)
    table = drawn.table
    spreads = Spreads(
        np.concatenate([table.kind, more.kind])[order],
        np.concatenate([table.first, more.first])[order],
        np.concatenate([table.second, more.second])[order],
        np.concatenate([table.third, more.third])[order],
    )
    streams = np.concatenate([table.stream, np.zeros(len(more.kind), dtype=np.uint64)])[order]
    return matrix, spreads, streams


def _emissions(linked: LinkedSystem, columns: int) -> tuple[Matrix, Integers, tuple[Spreads, Words]]:
    """Return the interventions with a row for each further emission of one gas, and which gas those rows are."""
    _, row, column, extra = _apart(linked.interventions, linked.burdens)
    # The k-th further emission of a gas by one process stands in the gas's k-th further row.
    rank = np.zeros(len(row), dtype=np.int64)
    for at in extra.tolist():
        rank[at] = rank[at - 1] + 1
    pairs = sorted({(int(rank[at]), int(row[at])) for at in extra.tolist()})
    place = {pair: len(linked.rows) + number for number, pair in enumerate(pairs)}
    row = row.copy()
    for at in extra.tolist():
        row[at] = place[int(rank[at]), int(row[at])]
    nothing = Spreads(np.zeros(0, dtype=np.int8), *np.zeros((3, 0)))
    shape = (len(linked.rows) + len(pairs), columns)
    matrix, spreads, streams = _drawn((linked.burdens.nominal, row, column), shape, linked.burdens, nothing)
    return matrix, np.array([gas for _, gas in pairs], dtype=np.int64), (spreads, streams)


def _weights(
    rows: Sequence[str], copies: Integers, weights: Floats, sigmas: Floats
) -> tuple[Matrix, tuple[Spreads, Words]]:
    gas = np.concatenate([np.arange(len(rows)), copies]).astype(np.int64)
    matrix = sp.csc_array(weights[:, gas])
    matrix.sort_indices()
    column = np.repeat(np.arange(len(gas)), np.diff(matrix.indptr))
    sigma = sigmas[matrix.indices, gas[column]]
    streams = np.array([stream_of(f"gwp/{gwp_spread('AR6', name)[1]}") for name in rows], dtype=np.uint64)
    kind = np.where(sigma > 0, Kind.LOGNORMAL, Kind.FIXED).astype(np.int8)
    spreads = Spreads(kind, np.array(matrix.data), sigma, np.zeros(len(sigma)))
    return matrix, (spreads, streams[gas[column]])


@lru_cache(maxsize=1)
def _gwp_table() -> Mapping[str, Any]:
    text = resources.files("tanbiao.data.gases").joinpath("gwp_uncertainty.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


def gwp_spread(gwp_set: str, gas: str) -> tuple[float, str]:
    """Return σ of ln X of a gas's GWP value under a set, 0 where no uncertainty is known, and what is drawn for it.

    The report's ± is half of a 5–95 % range; the log-normal has the value as median and value + half as its 95 %
    point (project default: a normal distribution would give negative values). Methane of all origins is drawn together.
    """
    row = _gwp_table()["sets"].get(gwp_set, {}).get(gas)
    if row is None:
        return 0.0, gas
    return log_scalar(1.0 + row["half"] / row["value"]) / _gwp_table()["quantile_95"], str(row["drawn_as"])
