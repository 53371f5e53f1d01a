"""Sampling a release: N draws of every dataset's total and kinds, the same bits for any grouping and any worker.

Every uncertain entry has a stream of its own, named after its dataset and exchange, so sample ``i`` depends on nothing
but (seed, name, i): a dataset keeps its draws when others come or go in a later release. Samples are solved in groups
on one plan (fixed pattern, changing values); an executor may spread the groups over processes or machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.inputs import Floats, Matrix
from tanbiao.core.lca.montecarlo import ordered_sums
from tanbiao.core.lca.plan import SolvePlan
from tanbiao.core.lca.preconditioner import Around
from tanbiao.core.lca.release import KIND_COLUMNS
from tanbiao.core.lca.release_system import Entries, LinkedSystem

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


@dataclass(frozen=True)
class Task:
    """One group of samples, with all that is needed to draw and solve it."""

    plan: SolvePlan
    around: Around
    """What the samples spread around, which shortens the iteration in large loops."""
    inputs: Entries
    interventions: Matrix
    burdens: Entries
    weights: Floats
    """(R, rows): the distinct rows of all GWP sets' characterisation by kind that are not all zero."""
    seed: int
    first: int
    count: int

    def at(self, first: int, count: int) -> Task:
        """Return the task of other samples."""
        return replace(self, first=first, count=count)


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
    sizes = np.zeros(plan.size)
    for weight in weights:
        sizes += np.abs(weight[:, None] * linked.inventory()).sum(axis=0)
    nominal = np.ascontiguousarray(plan.values(linked.technosphere.data)[:, 0])
    whole = Task(
        plan,
        plan.around(nominal, sizes[plan.product]),
        linked.inputs,
        linked.interventions,
        linked.burdens,
        weights,
        seed,
        0,
        samples,
    )
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
    plan, weights, matrix = task.plan, task.weights, task.interventions
    if not len(weights):
        return np.zeros((0, plan.size, task.count))
    emitted = task.burdens.draw(task.seed, task.first, task.count)
    direct = np.array([ordered_sums(matrix.indptr, row[matrix.indices][:, None] * emitted) for row in weights])
    values = task.inputs.draw(task.seed, task.first, task.count)
    return plan.intensities(plan.solve_many(plan.values(values), plan.right(direct), around=task.around, tested=True))
