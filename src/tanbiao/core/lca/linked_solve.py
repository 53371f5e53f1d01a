"""Solves what can be solved of a linked inventory, and refuses the rest by name.

A component without an answer (singular, unproductive), a process that can't be calculated and everything that depends
on either gets no figure but a reason; all other processes form a system of their own, closed under supply, whose
answers are those of the whole.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca import unlinked
from tanbiao.core.lca.errors import Unsolvable, shown
from tanbiao.core.lca.inputs import Floats, Integers, Matrix, Names
from tanbiao.core.lca.linking import INDICATORS, TOTAL, Linked
from tanbiao.core.lca.linking_model import Unlinked
from tanbiao.core.lca.loops import examine
from tanbiao.core.lca.references import normalise
from tanbiao.core.lca.structure import segments
from tanbiao.core.lca.system import ProductSystem

# Above float64's range divided by this nothing can be characterised and summed. Project default, not official.
_HEADROOM = 1e9


@dataclass(frozen=True)
class Refusal:
    """Why an activity gets no figure. ``because``: the activities at the root of it (itself, its loop, suppliers)."""

    code: str
    because: tuple[str, ...]
    reason: Finding


@dataclass(frozen=True)
class Solved:
    """What a linked inventory answers.

    Attributes
    ----------
    members
        Activity number of each column of ``system``.
    system
        None when nothing can be solved.
    refusals
        Activity id → why it has no figure.
    findings
        One per refused component and per activity that depends on it (``depends_on_refused``), and the system's own.
    """

    linked: Linked
    members: Integers
    system: ProductSystem | None
    refusals: Mapping[str, Refusal]
    findings: tuple[Finding, ...]

    @cached_property
    def intensities(self) -> Mapping[str, Floats]:
        """Activity id → kg CO2e per reference unit of its product, by indicator (``INDICATORS``)."""
        if self.system is None:
            return {}
        values = self.system.intensities()
        return {self.linked.activities[member].id: values[:, column] for column, member in enumerate(self.members)}

    def footprint(self, activity: str, amount: float = 1.0, indicator: str = TOTAL) -> float:
        """Return kg CO2e of an amount of an activity's product, in the product's unit.

        For a treatment the amount is that of the waste treated. Unlinked inputs upstream count nothing in it: ask
        :meth:`unlinked_upstream` before calling it complete.

        Raises
        ------
        TanbiaoError
            ``activity_unknown``; ``depends_on_refused`` or the reason itself for an activity that has no answer.
        """
        number = self.linked.index.get(activity)
        if number is None:
            raise TanbiaoError.of("activity_unknown", activity, activity=activity)
        refusal = self.refusals.get(activity)
        if refusal is not None:
            raise TanbiaoError(refusal.reason)
        treats = -1.0 if self.linked.activities[number].amount < 0 else 1.0
        return float(treats * amount * self.intensities[activity][INDICATORS.index(indicator)])

    def unlinked_upstream(self, activity: str) -> tuple[Unlinked, ...]:
        """Return what nobody supplies in everything that an activity runs: its figure is at least what is known."""
        start = self.linked.index[activity]
        reached = _reach([start], self._suppliers)
        ids = {self.linked.activities[number].id for number in reached}
        return tuple(one for one in self.linked.unlinked if one.user in ids)

    @cached_property
    def incomplete(self) -> frozenset[str]:
        """Ids of the solved activities with an unlinked input somewhere upstream, in the files or in a background."""
        open_ = [self.linked.index[one.user] for one in self.linked.unlinked]
        given = ((number, one.background) for number, one in enumerate(self.linked.activities))
        open_ += [number for number, background in given if background is not None and background.incomplete]
        reached = _reach(open_, _neighbours(self.linked, users=True))
        ids = {self.linked.activities[number].id for number in reached}
        return frozenset(ids - self.refusals.keys())

    def hidden(self, bounds: Mapping[str, float]) -> Mapping[str, float | None]:
        """Return an upper bound of what unlinked inputs could add to each figure, in kg CO2e per reference unit.

        Parameters
        ----------
        bounds
            Flow id → at most so many kg CO2e per reference unit of the flow (a stand-in, the dearest peer).

        Returns
        -------
        Activity id → Σ |unlinked amount| · bound over everything it runs; None where an unlinked flow has no bound.
        With credits upstream, whose unlinked inputs would lower the figure, it is a bound of the size of the change.
        """
        if self.system is None:
            return {}
        column = {int(member): number for number, member in enumerate(self.members)}
        direct = np.zeros((1, self.members.size))
        for one in self.linked.unlinked:
            place = column.get(self.linked.index[one.user])
            if place is not None and one.flow in bounds:
                direct[0, place] += abs(one.amount) * abs(bounds[one.flow])
        added = self.system.carried(direct)[0]
        unbounded = {one.user for one in self.linked.unlinked if one.flow not in bounds}
        reached = _reach((self.linked.index[key] for key in unbounded), _neighbours(self.linked, users=True))
        return {
            self.linked.activities[member].id: None if member in reached else abs(float(added[number]))
            for member, number in column.items()
        }

    @cached_property
    def _suppliers(self) -> Mapping[int, list[int]]:
        return _neighbours(self.linked, users=False)


def solve(linked: Linked) -> Solved:
    """Solve every part of a linked inventory that has an answer.

    Tests per component are those of :class:`~tanbiao.core.lca.ProductSystem`: ``singular``, ``near_singular``,
    ``unproductive``; beside them ``uses_all_it_makes``: a process whose own use leaves nothing of its product.
    """
    roots = _refused_at_once(linked)
    refusals = roots | _dependents(linked, roots)
    members = _without(linked, refusals)
    try:
        system = _system(linked, members) if members.size else None
    except Unsolvable:
        # Some loop has no answer: find each, and leave it out with all that use it.
        roots |= _bad_components(linked, members)
        refusals = roots | _dependents(linked, roots)
        members = _without(linked, refusals)
        system = _system(linked, members) if members.size else None
    reasons = list({id(one.reason): one.reason for one in refusals.values()}.values())
    # What nobody supplies is told once per product by the linking, not once per use by the system.
    told = [one for one in system.findings if not one.code.startswith("input_not_linked")] if system else []
    found = [*reasons, *told]
    return Solved(linked, members, system, refusals, tuple(found))


def _without(linked: Linked, refusals: Container[str]) -> Integers:
    return np.array([n for n, one in enumerate(linked.activities) if one.id not in refusals], dtype=np.int64)


def _refused_at_once(linked: Linked) -> dict[str, Refusal]:
    refusals: dict[str, Refusal] = {}
    net = linked.technosphere.diagonal()
    largest = np.maximum(_largest(linked.technosphere), _largest(linked.interventions))
    with np.errstate(all="ignore"):
        usable = np.isfinite(largest * _HEADROOM / np.abs(net))
    for number, activity in enumerate(linked.activities):
        reason = activity.refused
        label = linked.labels[number]
        if reason is None and not (net[number] > 0 if activity.amount > 0 else net[number] < 0):
            reason = finding("uses_all_it_makes", Severity.ERROR, activity.id, name=label)
        elif reason is None and not usable[number]:
            amount = float(net[number])
            reason = finding("reference_too_small", Severity.ERROR, activity.id, column=label, amount=amount)
        if reason is not None:
            refusals[activity.id] = Refusal(reason.code, (activity.id,), reason)
    return refusals


def _largest(matrix: Matrix) -> Floats:
    """Return the largest absolute entry of each column, 0 where it has none."""
    if not min(matrix.shape):
        return np.zeros(matrix.shape[1])
    return np.asarray(abs(matrix).max(axis=0).todense(), dtype=np.float64).ravel()


def _bad_components(linked: Linked, usable: Integers) -> dict[str, Refusal]:
    """Return the activities of each loop without an answer."""
    if not usable.size:
        return {}
    names = Names.of("processes", usable.size, [linked.labels[number] for number in usable])
    technosphere = sp.csc_array(linked.technosphere[:, usable][usable])
    normal = normalise(technosphere, np.arange(usable.size), names)
    refusals: dict[str, Refusal] = {}
    for segment in segments(normal.matrix):
        if not segment.is_loop:
            continue
        block = sp.csc_array(normal.matrix[:, segment.members][segment.members])
        try:
            examine(block, segment.members, names)
        except Unsolvable as error:
            members = tuple(linked.activities[usable[member]].id for member in segment.members)
            own = error.findings[0]
            reason = Finding(own.code, Severity.ERROR, members[0], own.params)
            named = dict(zip(names.labels(np.arange(usable.size)), usable, strict=True))
            because = tuple(linked.activities[named[label]].id for label in error.processes)
            refusals.update({member: Refusal(own.code, because, reason) for member in members})
    return refusals


def _dependents(linked: Linked, refusals: Mapping[str, Refusal]) -> dict[str, Refusal]:
    """Return who uses, directly or not, an activity that has no answer, with the roots of all its reasons."""
    users = _neighbours(linked, users=True)
    groups: dict[tuple[str, ...], list[int]] = {}
    for key, refusal in refusals.items():
        groups.setdefault(refusal.because, []).append(linked.index[key])
    causes = sorted(groups)
    # One bit for each root: what a supplier lacks, its users lack.
    lacks: dict[int, int] = {}
    for bit, because in enumerate(causes):
        for number in groups[because]:
            lacks[number] = lacks.get(number, 0) | 1 << bit
    front = dict.fromkeys(lacks)
    while front:
        number = next(iter(front))
        del front[number]
        for user in users.get(number, ()):
            more = lacks.get(user, 0) | lacks[number]
            if more != lacks.get(user, 0):
                lacks[user] = more
                front[user] = None
    found = {}
    for number in sorted(lacks):
        activity = linked.activities[number]
        if activity.id not in refusals:
            bits = (bit for bit in range(lacks[number].bit_length()) if lacks[number] >> bit & 1)
            roots = tuple(sorted({key for bit in bits for key in causes[bit]}))
            found[activity.id] = _dependent(linked, number, roots)
    return found


def _dependent(linked: Linked, number: int, roots: tuple[str, ...]) -> Refusal:
    labels = [linked.labels[linked.index[key]] for key in roots]
    params = {"name": linked.labels[number], "processes": shown(labels)}
    activity = linked.activities[number].id
    reason = finding("depends_on_refused", Severity.ERROR, activity, **params)
    return Refusal("depends_on_refused", roots, reason)


def _system(linked: Linked, members: Integers) -> ProductSystem:
    labels = [linked.labels[number] for number in members]
    column = {linked.activities[member].id: number for number, member in enumerate(members)}
    open_ = [
        unlinked.Unlinked(column[one.user], one.flow, one.amount, one.unit)
        for one in linked.unlinked
        if one.user in column
    ]
    return ProductSystem(
        linked.technosphere[:, members][members],
        linked.interventions[:, members],
        linked.characterization,
        references=list(range(members.size)),
        products=labels,
        processes=labels,
        gases=linked.gases,
        indicators=linked.indicators,
        unlinked=open_,
    )


def _neighbours(linked: Linked, users: bool) -> Mapping[int, list[int]]:
    """Return for each activity who supplies it, or (``users``) whom it supplies."""
    found: dict[int, list[int]] = {}
    for choice in linked.choices:
        user = linked.index[choice.user]
        for provider, _ in choice.providers:
            supplier = linked.index[provider]
            start, end = (supplier, user) if users else (user, supplier)
            found.setdefault(start, []).append(end)
    return found


def _reach(start: Iterable[int], onward: Mapping[int, list[int]]) -> set[int]:
    """Return all that can be reached, the start included."""
    reached = set(start)
    front = list(reached)
    while front:
        for following in onward.get(front.pop(), ()):
            if following not in reached:
                reached.add(following)
                front.append(following)
    return reached
