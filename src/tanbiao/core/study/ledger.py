"""Contributions: what each row adds in each stage, by kind and gas, nominal and sampled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.amounts import Absence, AbsenceKind, add
from tanbiao.core.study.allocation import process_of
from tanbiao.core.study.flows import Flow, Priced
from tanbiao.core.study.foreground import Foreground, Solved, foreground
from tanbiao.core.study.model import Study

Floats = NDArray[np.float64]
KINDS = ("fossil", "biogenic_emission", "biogenic_uptake", "land_use_change", "undivided")


@dataclass(frozen=True, slots=True)
class Entry:
    """One priced component of one row in one stage."""

    stage: str
    flow: Flow
    part: Priced
    times: Floats
    """How often the row happens per declared unit: nominal, then samples."""
    path: tuple[str, ...]
    nominal: float
    """Nominal amount in units of the factor per declared unit: the first figure of :attr:`amount`, the same bits."""
    by_kind: tuple[tuple[str, float], ...]
    """(kind, kg CO2e per declared unit) of the kinds that are not zero; one zero when all are."""

    @property
    def amount(self) -> Floats:
        """Units of the factor per declared unit: nominal, then samples; never negative."""
        amount = self.times * self.flow.amount * self.part.per_amount
        return amount if self.part.draws is None else amount * self.part.draws

    @property
    def value(self) -> float:
        """Nominal kg CO2e per declared unit."""
        return self.nominal * self.part.sign * self.part.intensity.total


def entry_of(stage: str, flow: Flow, part: Priced, times: Floats, path: tuple[str, ...]) -> Entry:
    """Return the entry of a component that happens so many times."""
    nominal = float(times[0]) * float(flow.amount[0]) * part.per_amount
    scale, kinds = nominal * part.sign, part.intensity.kinds
    values = tuple((kind, scale * value) for kind in KINDS if (value := kinds.get(kind, 0.0)))
    return Entry(stage, flow, part, times, path, nominal, values or (("undivided", 0.0),))


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything a result is made of."""

    study: Study
    flows: tuple[Flow, ...]
    system: Foreground
    runs: Mapping[str, Mapping[str, Floats]]
    """Stage → node → runs per declared unit. A node is a process, or one product of it (``dairy/cheese``)."""
    entries: tuple[Entry, ...]
    credits: tuple[Entry, ...]
    absences: tuple[Absence, ...]
    credit_absences: tuple[Absence, ...] = ()
    """Credits that nobody knows: they touch the total only where a rule counts credits in it."""
    solved: Solved | None = None
    """What vouches for the runs of the own processes; None where no stage needs one."""

    def processes(self, stage: str) -> set[str]:
        """Return the processes that a stage needs."""
        return {process_of(node) for node in self.runs.get(stage, {})}

    def reached(self) -> set[str]:
        """Return the processes that a declared stage needs."""
        return {process_of(node) for runs in self.runs.values() for node in runs}


def build(study: Study, flows: tuple[Flow, ...], shape: int) -> Ledger:
    """Solve the own processes and price every row.

    Parameters
    ----------
    shape
        1 + number of samples.

    Raises
    ------
    TanbiaoError
        A loop that can't be solved, see :meth:`Foreground.runs`.
    """
    edges: dict[tuple[str, str], Floats] = {}
    for flow in flows:
        if flow.feeds is not None and flow.owner.startswith("processes.") and flow.absence is None:
            key = (flow.feeds, flow.user)
            value = flow.amount * flow.runs_per_amount
            edges[key] = edges[key] + value if key in edges else value
    system = foreground(_nodes(study, flows), edges)
    runs: dict[str, dict[str, Floats]] = {}
    entries: list[Entry] = []
    credits_: list[Entry] = []
    absences: list[Absence] = []
    credit_absences: list[Absence] = []
    solved: list[Solved] = []
    for name, stage in study.stages.items():
        if stage.not_declared is not None:
            absences.append(Absence(AbsenceKind.NOT_DECLARED, stage.not_declared, f"stages.{name}"))
        if stage.excluded is not None:
            absences.append(Absence(AbsenceKind.EXCLUDED, stage.excluded, f"stages.{name}"))
        own = [flow for flow in flows if flow.owner == f"stages.{name}"]
        paths = _paths(own, flows)
        demand = _demand(own, shape)
        ran = system.runs(demand, shape) if demand else {}
        if demand:
            solved.append(system.solved(demand, ran))
        runs[name] = {key: value for key, value in ran.items() if key in paths}
        for flow, times, path in _weighted(own, flows, runs[name], paths):
            if flow.absence is not None:
                (credit_absences if flow.is_credit else absences).append(_bounded(flow, times))
                continue
            if flow.hidden is not None:
                absences.append(flow.hidden)
            for part in flow.parts:
                entry = entry_of(name, flow, part, times, path)
                (credits_ if flow.is_credit or part.credit else entries).append(entry)
    kept = tuple(entries), tuple(credits_), _once(absences), _once(credit_absences)
    return Ledger(study, flows, system, runs, *kept, _worst(solved))


def _worst(solved: list[Solved]) -> Solved | None:
    """Return the weakest of what vouches for each stage; None where no stage needs an own process."""
    if not solved:
        return None
    return replace(
        solved[0],
        residual=max(item.residual for item in solved),
        condition=max(item.condition for item in solved),
    )


def _nodes(study: Study, flows: tuple[Flow, ...]) -> list[str]:
    """Return the nodes of the own system: the processes, and each product that has rows of its own."""
    taken = {node for flow in flows for node in (flow.user, flow.feeds) if node}
    return sorted(taken | set(study.processes))


def _demand(own: list[Flow], shape: int) -> dict[str, Floats]:
    """Return what a stage takes from each own process, in runs."""
    demand: dict[str, Floats] = {}
    for flow in own:
        if flow.feeds is None or flow.absence is not None:
            continue
        value = np.broadcast_to(flow.amount * flow.runs_per_amount, (shape,))
        demand[flow.feeds] = demand[flow.feeds] + value if flow.feeds in demand else value
    return demand


def _paths(own: list[Flow], flows: tuple[Flow, ...]) -> dict[str, tuple[str, ...]]:
    """Return process → shortest chain of processes from the stage to it (by the order of the document where equal)."""
    uses: dict[str, list[str]] = {}
    for flow in flows:
        if flow.feeds is not None and flow.owner.startswith("processes."):
            uses.setdefault(flow.user, []).append(flow.feeds)
    paths: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, ...]] = [(flow.feeds,) for flow in own if flow.feeds is not None]
    while waiting:
        onward: list[tuple[str, ...]] = []
        for path in waiting:
            if path[-1] in paths:
                continue
            paths[path[-1]] = path
            onward += [(*path, name) for name in uses.get(path[-1], [])]
        waiting = [path for path in onward if path[-1] not in paths]
    return paths


def _weighted(
    own: list[Flow],
    flows: tuple[Flow, ...],
    runs: Mapping[str, Floats],
    paths: Mapping[str, tuple[str, ...]],
) -> Iterator[tuple[Flow, Floats, tuple[str, ...]]]:
    """Yield (row, how often it happens per declared unit, path): the stage's own rows, then those of its processes."""
    one = np.ones(1)
    for flow in own:
        yield flow, one, ()
    for flow in flows:
        name = flow.user
        if name and name in paths:
            yield flow, runs.get(name, np.zeros(1)), tuple(process_of(node) for node in paths[name])


def _bounded(flow: Flow, times: Floats) -> Absence:
    absence = flow.absence
    assert absence is not None
    bound = None
    if flow.bound_amount is not None and flow.parts:
        each = add(*(abs(part.per_amount * part.intensity.total) for part in flow.parts))
        bound = float(times[0]) * flow.bound_amount * each
    return Absence(absence.kind, absence.reason, absence.where, bound, absence.credit)


def _once(absences: list[Absence]) -> tuple[Absence, ...]:
    """Merge the absences of one row that several stages reach; their bounds add."""
    merged: dict[str, Absence] = {}
    for item in absences:
        before = merged.get(item.where)
        if before is None:
            merged[item.where] = item
        elif before.bound is not None and item.bound is not None:
            bound = before.bound + item.bound
            merged[item.where] = Absence(item.kind, item.reason, item.where, bound, item.credit)
    return tuple(merged.values())
