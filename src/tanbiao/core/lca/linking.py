"""Links an inventory: who supplies what, as a technosphere and emissions by gas that a product system can solve."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import scipy.sparse as sp

from tanbiao.core.dataset.inventory import Flow, Inventory, Process
from tanbiao.core.dataset.nomenclature import GasFlow, gas_of, is_gas_by_name
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.gases import Kind, all_gases, check_set, gas
from tanbiao.core.lca.inputs import Matrix
from tanbiao.core.lca.linking_columns import columns
from tanbiao.core.lca.linking_model import (
    Activity,
    Background,
    Choice,
    Emitted,
    Entry,
    LinkOptions,
    Unlinked,
    place_of,
)
from tanbiao.core.lca.linking_places import code
from tanbiao.core.lca.linking_providers import Providers, needs_provider
from tanbiao.core.lca.linking_units import Measures

TOTAL: Final = "total"
INDICATORS: Final = (TOTAL, *(kind.value for kind in Kind))
_CO2E: Final = "CO2e "


@dataclass(frozen=True)
class Linked:
    """An inventory with its providers chosen.

    Attributes
    ----------
    activities
        Columns of the system, sorted by id; row ``i`` is the product of activity ``i``.
    technosphere
        (activities, activities), + made, − used, in the products' own units; columns of refused activities are empty.
    interventions
        (gases, activities): kg by gas, and kg CO2e by kind of providers that come with a figure only.
    characterization
        (indicators, gases): ``total`` and the five kinds under the options' GWP set.
    choices, unlinked
        Every exchange that needs a provider stands in exactly one of them, unless its activity is refused.
    emitted
        The gases that exchanges stand for, one by one: those of ``interventions`` that no background brings.
    uncharacterised
        (activity id, number of exchange) of emissions that look like a greenhouse gas and got no value.
    """

    activities: tuple[Activity, ...]
    technosphere: Matrix
    interventions: Matrix
    characterization: Matrix
    gases: tuple[str, ...]
    choices: tuple[Choice, ...]
    unlinked: tuple[Unlinked, ...]
    emitted: tuple[Emitted, ...]
    uncharacterised: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    options: LinkOptions
    indicators: tuple[str, ...] = INDICATORS

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Activity id → row and column."""
        return {activity.id: number for number, activity in enumerate(self.activities)}

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A name for each activity that no other has: name and place, the id added where two still agree."""
        names = [f"{one.name} ({one.place})" if one.place else one.name for one in self.activities]
        count = Counter(names)
        return tuple(
            name if count[name] == 1 else f"{name} [{one.id}]" for name, one in zip(names, self.activities, strict=True)
        )


def together(inventories: Sequence[Inventory]) -> Inventory:
    """Return several inventories as one, so that files of one export link with each other.

    What two of them describe under one id is taken from the first.
    """
    if len(inventories) == 1:
        return inventories[0]
    formats = {one.format for one in inventories}
    return Inventory(
        format=formats.pop() if len(formats) == 1 else "mixed",
        processes=tuple(process for one in inventories for process in one.processes),
        flows=dict(ChainMap(*(dict(one.flows) for one in inventories))),
        flow_properties=dict(ChainMap(*(dict(one.flow_properties) for one in inventories))),
        unit_groups=dict(ChainMap(*(dict(one.unit_groups) for one in inventories))),
        parameters=tuple(parameter for one in inventories for parameter in one.parameters),
        citations=dict(ChainMap(*(dict(one.citations) for one in inventories))),
    )


def link(inventory: Inventory, backgrounds: Sequence[Background] = (), options: LinkOptions | None = None) -> Linked:
    """Link an inventory.

    Parameters
    ----------
    inventory
        Processes with their flows; nothing needs to be complete.
    backgrounds
        Further providers with a figure of their own (footprint factors, supplier footprints).

    Raises
    ------
    TanbiaoError
        ``gwp_set_not_known``; ``provider_id_taken``: a background has the id of a process or of another one.
    """
    options = options or LinkOptions()
    check_set(options.gwp_set)
    measures = Measures(inventory)
    found: list[Finding] = []
    activities = _activities(inventory, backgrounds, measures, options, found)
    providers = Providers(activities, inventory, measures, options)
    builder = _Builder(inventory, measures, options, providers)
    done = [builder.add(activity) for activity in activities]
    return builder.linked(done, found)


def _activities(
    inventory: Inventory,
    backgrounds: Sequence[Background],
    measures: Measures,
    options: LinkOptions,
    found: list[Finding],
) -> list[Activity]:
    activities: list[Activity] = []
    for process, clash in _one_of_each(inventory):
        made = columns(process, inventory, measures, options)
        activities.extend(replace(one, refused=clash or one.refused) for one in made.activities)
        found.extend(made.findings)
    for given in backgrounds:
        flow = inventory.flows.get(given.flow)
        unit = measures.unit(flow) if flow else ""
        activities.append(
            Activity(
                id=given.id,
                name=given.name,
                process=given.id,
                product=given.flow,
                amount=1.0,
                unit=unit,
                place=code(given.place),
                source=given.source,
                background=given,
                production_volume=given.production_volume,
            )
        )
    taken = [key for key, times in Counter(one.id for one in activities).items() if times > 1]
    if taken:
        raise TanbiaoError.of("provider_id_taken", taken[0], id=taken[0])
    return sorted(activities, key=lambda one: one.id)


def _one_of_each(inventory: Inventory) -> list[tuple[Process, Finding | None]]:
    """Return one process for each id: the latest version; of two that differ under one version none can be told."""
    by_id: dict[str, list[Process]] = {}
    for process in inventory.processes:
        by_id.setdefault(process.id, []).append(process)
    chosen = []
    for key in sorted(by_id):
        latest = max(process.version for process in by_id[key])
        same = [process for process in by_id[key] if process.version == latest]
        clash = any(process.exchanges != same[0].exchanges for process in same)
        places = {"first": place_of(same[0]), "second": place_of(same[-1])}
        reason = finding("uuid_clash", Severity.ERROR, places["second"], id=key, **places) if clash else None
        chosen.append((same[0], reason))
    return chosen


class _Builder:
    """Collects choices and matrix entries activity by activity."""

    def __init__(self, inventory: Inventory, measures: Measures, options: LinkOptions, providers: Providers) -> None:
        self._flows, self._measures, self._options, self._providers = inventory.flows, measures, options, providers
        self._processes = {process.id: process for process in inventory.processes}
        self._gas_of: dict[str, tuple[GasFlow | None, bool]] = {}
        self._choices: list[Choice] = []
        self._unlinked: list[Unlinked] = []
        self._uncharacterised: list[tuple[str, int]] = []
        self._valueless: dict[str, list[str]] = {}
        self._missing: dict[str, tuple[str, set[str]]] = {}
        self._emitted: dict[tuple[str, str], float] = {}
        self._by_exchange: list[Emitted] = []

    def add(self, activity: Activity) -> Activity:
        """Link one activity; return it, refused if a greenhouse gas of it has no mass."""
        if activity.refused is not None:
            return activity
        if activity.background is not None:
            self._add_background(activity, activity.background)
            return activity
        for entry in activity.entries:
            if needs_provider(self._flows, entry):
                self._add_input(activity, entry)
            elif (reason := self._add_emission(activity, entry)) is not None:
                return replace(activity, refused=reason)
        return activity

    def _where(self, activity: Activity, entry: Entry) -> str:
        return place_of(self._processes[activity.process], entry.number)

    def _add_background(self, activity: Activity, given: Background) -> None:
        for key, mass in given.masses.items():
            self._emit(activity, key, mass * activity.amount)
        for kind, value in given.co2e.items():
            self._emit(activity, _CO2E + kind, value * activity.amount)

    def _add_input(self, activity: Activity, entry: Entry) -> None:
        choice = self._providers.choose(activity, entry, self._where(activity, entry))
        if choice is not None:
            self._choices.append(choice)
            return
        flow = self._flows.get(entry.exchange.flow)
        unit = self._measures.unit(flow) if flow else entry.exchange.unit
        key = entry.exchange.flow
        self._unlinked.append(Unlinked(activity.id, entry.number, key, entry.amount, unit))
        self._missing.setdefault(key, (self._where(activity, entry), set()))[1].add(activity.id)

    def _add_emission(self, activity: Activity, entry: Entry) -> Finding | None:
        flow = self._flows[entry.exchange.flow]
        known, looks_like_one = self._gas(flow)
        if known is None and not looks_like_one:
            return None
        if known is None or self._options.gwp_set not in gas(known.gas).gwp:
            self._uncharacterised.append((activity.id, entry.number))
            if known is not None:
                self._valueless.setdefault(known.gas, []).append(self._where(activity, entry))
        else:
            weight = self._measures.kilograms(flow)
            if weight is None:
                unit = self._measures.unit(flow)
                where = self._where(activity, entry)
                return finding("gas_not_in_mass", Severity.ERROR, where, flow=_name(flow), unit=unit)
            mass = known.mass(entry.amount, is_input=False) * weight
            self._emit(activity, known.gas, mass)
            self._by_exchange.append(Emitted(activity.id, entry.number, known.gas, mass))
        return None

    def _gas(self, flow: Flow) -> tuple[GasFlow | None, bool]:
        """Return the gas of a flow, and whether it looks like one that isn't in the tables; asked once per flow."""
        if flow.id not in self._gas_of:
            known = gas_of(flow)
            self._gas_of[flow.id] = known, known is None and is_gas_by_name(flow)
        return self._gas_of[flow.id]

    def _emit(self, activity: Activity, key: str, mass: float) -> None:
        self._emitted[key, activity.id] = self._emitted.get((key, activity.id), 0.0) + mass

    def linked(self, activities: Sequence[Activity], found: list[Finding]) -> Linked:
        """Return everything as matrices."""
        index = {activity.id: number for number, activity in enumerate(activities)}
        usable = [activity for activity in activities if activity.refused is None]
        kept = {activity.id for activity in usable}
        entries: dict[tuple[int, int], float] = {(index[one.id], index[one.id]): one.amount for one in usable}
        choices = tuple(choice for choice in self._choices if choice.user in kept)
        for choice in choices:
            for provider, share in choice.providers:
                place = (index[provider], index[choice.user])
                entries[place] = entries.get(place, 0.0) + choice.amount * choice.factor * share
        gases = self._gases()
        row = {key: number for number, key in enumerate(gases)}
        emitted = {(row[key], index[user]): mass for (key, user), mass in self._emitted.items() if user in kept}
        found = [*found, *self._providers.findings(), *self._unlinked_findings(kept), *self._without_value()]
        found += [
            one.refused for one in activities if one.refused is not None and one.refused.code == "gas_not_in_mass"
        ]
        return Linked(
            activities=tuple(activities),
            technosphere=_sparse(entries, (len(activities), len(activities))),
            interventions=_sparse(emitted, (len(gases), len(activities))),
            characterization=self._characterization(gases),
            gases=gases,
            choices=choices,
            unlinked=tuple(one for one in self._unlinked if one.user in kept),
            emitted=tuple(one for one in self._by_exchange if one.user in kept),
            uncharacterised=tuple(one for one in self._uncharacterised if one[0] in kept),
            findings=tuple(found),
            options=self._options,
        )

    def _gases(self) -> tuple[str, ...]:
        used = {key for key, _ in self._emitted}
        ordered = [key for key in all_gases() if key in used]
        carried = [_CO2E + kind.value for kind in Kind if _CO2E + kind.value in used]
        # A system without any emission still has one row, so that it has a shape.
        return tuple([*ordered, *carried] or ["CO2 fossil"])

    def _characterization(self, gases: Sequence[str]) -> Matrix:
        entries: dict[tuple[int, int], float] = {}
        for column, key in enumerate(gases):
            carried = key.startswith(_CO2E)
            kind = Kind(key.removeprefix(_CO2E)) if carried else gas(key).kind
            value = 1.0 if carried else gas(key).gwp[self._options.gwp_set]
            entries[0, column] = value
            entries[INDICATORS.index(kind.value), column] = value
        return _sparse(entries, (len(INDICATORS), len(gases)))

    def _unlinked_findings(self, kept: set[str]) -> list[Finding]:
        found = []
        for key, (where, users) in sorted(self._missing.items()):
            flow = self._flows.get(key)
            name = _name(flow) if flow else key
            if uses := len(users & kept):
                found.append(
                    finding("unlinked_input", Severity.WARNING, where, name=name, id=key, uses=uses, providers=0)
                )
        return found

    def _without_value(self) -> list[Finding]:
        wanted = self._options.gwp_set
        return [
            finding("gas_without_gwp", Severity.WARNING, places[0], gas=key, set=wanted, uses=len(places))
            for key, places in sorted(self._valueless.items())
        ]


def _sparse(entries: Mapping[tuple[int, int], float], shape: tuple[int, int]) -> Matrix:
    places = np.array(list(entries), dtype=np.int64).reshape(-1, 2)
    values = np.array(list(entries.values()), dtype=np.float64)
    matrix = sp.csc_array(sp.coo_array((values, (places[:, 0], places[:, 1])), shape=shape))
    matrix.sort_indices()
    return matrix


def _name(flow: Flow) -> str:
    return next((text for text in (flow.name.get("en", ""), *flow.name.values()) if text), flow.id)
