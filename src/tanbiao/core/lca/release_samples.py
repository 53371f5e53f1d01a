"""Sampling a release: N draws of every dataset's total and kinds, the same bits for any grouping and any worker.

Every uncertain entry has a stream of its own, named after its dataset and exchange, so sample ``i`` depends on nothing
but (seed, name, i): a dataset keeps its draws when others come or go in a later release. Samples are solved in groups
on one plan (fixed pattern, changing values); an executor may spread the groups over processes or machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.inputs import Floats, Matrix
from tanbiao.core.lca.plan import SolvePlan
from tanbiao.core.lca.release import KIND_COLUMNS
from tanbiao.core.lca.release_system import LinkedSystem, Uncertain
from tanbiao.core.numerics.distributions import LogNormal
from tanbiao.core.numerics.elementary import exp, normal_quantile
from tanbiao.core.numerics.philox import stream_of, uniform_rows, uniforms
from tanbiao.core.numerics.sampling import inverse, normalise_shares
from tanbiao.core.numerics.sums import sum_rows

Singles = NDArray[np.float32]

GROUP: Final = 32
"""Samples that one task draws and solves; no bit depends on it."""
BATCH: Final = 512
"""Entries drawn in one call."""
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


@dataclass(frozen=True)
class Task:
    """One group of samples, with all that is needed to draw and solve it."""

    plan: SolvePlan
    technosphere: Floats
    inputs: tuple[Uncertain, ...]
    interventions: Matrix
    burdens: tuple[Uncertain, ...]
    weights: Floats
    """(R, rows): the distinct rows of all GWP sets' characterisation by kind that are not all zero."""
    seed: int
    first: int
    count: int


@dataclass(frozen=True)
class Sampling:
    """How a release is sampled: the tasks, and which of a task's rows make the kinds of each GWP set."""

    tasks: tuple[Task, ...]
    rows: dict[str, dict[str, int]]
    """GWP set → kind → row of the tasks' weights; kinds that are zero everywhere are left out."""


def sampling(linked: LinkedSystem, gwp_sets: Sequence[str], samples: int, seed: int) -> Sampling:
    """Return the tasks of a release's samples.

    Raises
    ------
    TanbiaoError
        ``samples_out_of_range``; ``seed_out_of_range``; ``gwp_missing``.
    """
    if not 1 <= samples <= MAX_SAMPLES:
        raise TanbiaoError.of("samples_out_of_range", "samples", limit=MAX_SAMPLES)
    distinct: dict[bytes, tuple[int, Floats]] = {}
    rows: dict[str, dict[str, int]] = {}
    for gwp_set in gwp_sets:
        rows[gwp_set] = {}
        for kind, weight in zip(KIND_COLUMNS, linked.characterisation(gwp_set), strict=True):
            if weight.any():
                rows[gwp_set][kind] = distinct.setdefault(weight.tobytes(), (len(distinct), weight))[0]
    weights = np.array([weight for _, weight in distinct.values()]).reshape(len(distinct), len(linked.rows))
    plan = linked.system.ordering()
    tasks = tuple(
        Task(
            plan,
            linked.technosphere.data,
            linked.inputs,
            linked.interventions,
            linked.burdens,
            weights,
            seed,
            first,
            min(GROUP, samples - first),
        )
        for first in range(0, samples, GROUP)
    )
    return Sampling(tasks, rows)


def solve_task(task: Task) -> Floats:
    """Return the intensities of a group: (R, n, samples of the group), kg CO2e per reference unit.

    Raises
    ------
    TanbiaoError
        ``samples_not_finite``, ``shares_not_normalisable``; :class:`Unsolvable` for a sample that has no answer.
    """
    values = draw(task.technosphere, task.inputs, task.seed, task.first, task.count)
    emitted = draw(task.interventions.data, task.burdens, task.seed, task.first, task.count)
    if not len(task.weights):
        return np.zeros((0, task.plan.size, task.count))
    direct = _direct(task.interventions, task.weights, emitted)
    plan = task.plan
    return plan.intensities(plan.solve_many(plan.values(values), plan.right(direct)))


def _direct(interventions: Matrix, weights: Floats, emitted: Floats) -> Floats:
    """Return the weighed burdens of each process in each sample: (R, processes, samples)."""
    entries = len(emitted)
    size = interventions.shape[1]
    gather = sp.csr_array((np.ones(entries), np.arange(entries), interventions.indptr), shape=(size, entries))
    return np.array([gather @ (weight[interventions.indices][:, None] * emitted) for weight in weights])


def draw(nominal: Floats, uncertain: Sequence[Uncertain], seed: int, first: int, count: int) -> Floats:
    """Return samples ``first … first + count − 1`` of the stored entries of a matrix: (entries, count)."""
    values = np.repeat(nominal[:, None], count, axis=1)
    lognormal = [item for item in uncertain if isinstance(item.distribution, LogNormal)]
    for at in range(0, len(lognormal), BATCH):
        _draw_lognormal(values, lognormal[at : at + BATCH], seed, first)
    groups: dict[str, list[int]] = {}
    for item in uncertain:
        if not isinstance(item.distribution, LogNormal):
            probabilities = uniforms(seed, stream_of(item.stream), count, first)
            values[item.position] = inverse(item.distribution, probabilities)
        if item.group:
            groups.setdefault(item.group, []).append(item.position)
    for positions in groups.values():
        # Inputs stand negative; the sum of the market's nominal shares is kept.
        total = sum_rows(nominal[positions], ())
        values[positions] = normalise_shares(-values[positions]) * total
    return values


def _draw_lognormal(values: Floats, items: Sequence[Uncertain], seed: int, first: int) -> None:
    medians = np.array([item.distribution.nominal for item in items])
    sigmas = np.array([item.distribution.sigma for item in items if isinstance(item.distribution, LogNormal)])
    streams = [stream_of(item.stream) for item in items]
    quantile = normal_quantile(uniform_rows(seed, streams, values.shape[1], first))
    drawn = medians[:, None] * exp(sigmas[:, None] * quantile)
    if not np.isfinite(drawn).all():
        worst = int(np.flatnonzero(~np.isfinite(drawn).all(axis=1))[0])
        raise TanbiaoError.of("samples_not_finite", items[worst].stream, what=items[worst].stream)
    values[[item.position for item in items]] = drawn
