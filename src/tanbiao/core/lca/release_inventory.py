"""Imported inventories as datasets of a release: linked, allocated, solvable, with every gap named.

One reference unit of each activity (a process after allocation, see :mod:`linking`) becomes one dataset: its inputs by
the dataset that supplies them, its greenhouse gases by exchange, and what nobody supplies as a gap. Signs follow
Heijungs & Suh (2002, ch. 2): with ``r`` the net reference amount of an activity (what it makes less its own use of it;
negative for a treatment of waste) and ``a`` the entry of its supplier's row, the input is ``−sign(r of supplier) · a /
|r|``, so that a treatment is a service that a producer of waste buys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.classifications import Classification, from_classified, from_words
from tanbiao.core.dataset.exchanges import Emission, ExchangeUncertainty, Gap, Input
from tanbiao.core.dataset.inventory import Flow, FlowKind, Inventory, Process
from tanbiao.core.dataset.model import DatasetKind, Kinds, Notice, Product, Reference, Source, Time
from tanbiao.core.dataset.nomenclature_units import Known, unit_named
from tanbiao.core.dataset.uncertainty import Unknown
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.gases import UNKNOWN_SET
from tanbiao.core.lca.linked_solve import Refusal, Solved, solve
from tanbiao.core.lca.linking import Linked, link
from tanbiao.core.lca.linking_model import Activity, Background, Choice, Entry, LinkOptions, Unlinked
from tanbiao.core.lca.linking_model import title as title_of
from tanbiao.core.lca.linking_providers import is_market_name
from tanbiao.core.lca.linking_record import Link, Links, link_of
from tanbiao.core.lca.readiness import Readiness, readiness
from tanbiao.core.lca.release_inventory_parts import (
    basis_of,
    dataset_id,
    exchange_names,
    exchange_uncertainty,
    names_of,
    quality_of,
    years_of,
)

UNSTATED: Final = "unspecified"
"""Geography of a process that names none."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What whoever brings a database says of it.

    Parameters
    ----------
    key
        Short name, unique in the release; the first part of its datasets' ids.
    licence
        Of all its datasets; empty: each process's own words.
    redistribution
        ``yes …`` or ``no …``: datasets of the latter are passed on as commitments only.
    stand_ins
        Flow id → id of a dataset that carries at least as much per unit, for what nobody supplies. Without an entry
        the dearest product of the flow's own category that is counted in a unit that converts is taken.
    """

    key: str
    title: str
    version: str = ""
    url: str = ""
    licence: str = ""
    redistribution: str = "no (not stated)"
    stand_ins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Imported:
    """The datasets of an inventory.

    Attributes
    ----------
    datasets
        Sorted by id; closed under supply: every input names another of them.
    ids
        Activity id → dataset id, of those that became one.
    left_out
        Activity id → why it did not.
    readiness
        The whole report, with a finding for each that was left out.
    links
        Dataset id → who supplies each of its inputs, and on what grounds.
    """

    datasets: tuple[Dataset, ...]
    ids: Mapping[str, str]
    left_out: Mapping[str, Refusal]
    readiness: Readiness
    links: Links


def release_datasets(
    inventory: Inventory,
    terms: Terms,
    options: LinkOptions | None = None,
    solved: Solved | None = None,
    told: Iterable[Finding] = (),
) -> Imported:
    """Return what an inventory contributes to a release.

    Parameters
    ----------
    options
        How to link and allocate; not asked where ``solved`` is given.
    solved
        The inventory linked and solved already, as :func:`tanbiao.core.lca.linked_solve.solve` answers.
    told
        What its reader said, for the report.

    Notes
    -----
    Nothing raises for what a file lacks: what depends on a singular or unproductive loop, on a process without a
    reference, or is counted in a unit that nobody here knows, is left out by name and all others are made.
    """
    linked = link(inventory, options=options) if solved is None else solved.linked
    linked, unknown = _without_unknown_units(linked)
    if solved is None or unknown:
        solved = solve(linked)
    maker = _Maker(inventory, solved, terms)
    datasets = sorted((maker.dataset(number) for number in solved.members.tolist()), key=lambda item: item.id)
    ids = {linked.activities[number].id: maker.ids[number] for number in solved.members.tolist()}
    report = readiness(inventory, solved, [*told, *maker.findings])
    return Imported(tuple(datasets), ids, solved.refusals, report, maker.links)


def _codes(flow: Flow, process: Process) -> tuple[Classification, ...]:
    """Return the codes of product and process in classifications of ours, each once."""
    of_words = from_words((*flow.categories, *process.categories))
    of_levels = from_classified((*flow.classifications, *process.classifications))
    found = {(one.scheme, one.code): one for one in (*of_words, *of_levels)}
    return tuple(found.values())


def _without_unknown_units(linked: Linked) -> tuple[Linked, bool]:
    """Refuse the activities whose product is counted in a unit that is not known here."""
    activities = [
        one
        if one.refused is not None or unit_named(one.unit) is not None
        else replace(one, refused=finding("unit_not_known", Severity.ERROR, one.id, name=one.name, unit=one.unit))
        for one in linked.activities
    ]
    changed = any(new is not old for new, old in zip(activities, linked.activities, strict=True))
    return (replace(linked, activities=tuple(activities)), True) if changed else (linked, False)


class _Maker:
    """Makes datasets of the activities that have an answer."""

    def __init__(self, inventory: Inventory, solved: Solved, terms: Terms) -> None:
        self._inventory, self._solved, self._terms = inventory, solved, terms
        self._linked = solved.linked
        self._processes = {process.id: process for process in reversed(inventory.processes)}
        self._net = self._linked.technosphere.diagonal().tolist()
        self.ids = self._unique_ids()
        self.findings: list[Finding] = []
        self.links: dict[str, tuple[Link, ...]] = {}
        self._dataset_of = {one.id: key for one, key in zip(self._linked.activities, self.ids, strict=True)}
        self._exchange_names: dict[str, list[str]] = {}
        self._choices: dict[str, list[Choice]] = defaultdict(list)
        for choice in self._linked.choices:
            self._choices[choice.user].append(choice)
        self._open: dict[str, list[Unlinked]] = defaultdict(list)
        for one in self._linked.unlinked:
            self._open[one.user].append(one)
        self._emitted: dict[str, list[tuple[int, str, float]]] = defaultdict(list)
        for emitted in self._linked.emitted:
            self._emitted[emitted.user].append((emitted.exchange, emitted.gas, emitted.mass))
        self._uncharacterised: dict[str, int] = defaultdict(int)
        for user, _ in self._linked.uncharacterised:
            self._uncharacterised[user] += 1

    def _unique_ids(self) -> list[str]:
        taken: set[str] = set()
        made = []
        for activity in self._linked.activities:
            made.append(dataset_id(self._terms.key, activity.id, taken))
            taken.add(made[-1])
        return made

    def _unit(self, activity: Activity) -> Known:
        known = unit_named(activity.unit)
        if known is None:  # an activity without a known unit was refused before it came here
            raise KeyError(activity.unit)
        return known

    def _reference(self, activity: Activity) -> Reference:
        return Reference(unit=self._unit_text(self._inventory.flows[activity.product], activity.unit))

    def _unit_text(self, flow: Flow | None, unit: str) -> str:
        """Return our spelling of a file's unit, with what it measures; the file's own where it is not known here."""
        known = unit_named(unit)
        if known is None:
            return unit
        basis = known.unit.basis or (basis_of(flow, self._inventory, known.unit) if flow else "")
        return str(known.unit.with_basis(basis))

    def _per_unit(self, number: int) -> float:
        """Return by what an activity's amounts are multiplied for one unit of its dataset."""
        # `count` of our unit make one of the file's: one of ours is the 1/count of the activity's unit.
        count = float(self._unit(self._linked.activities[number]).count)
        return 1.0 / (abs(float(self._net[number])) * count)

    def dataset(self, number: int) -> Dataset:
        activity = self._linked.activities[number]
        process = self._processes[activity.process]
        if activity.background is not None:
            return self._finished(number, activity, process, activity.background)
        scale = self._per_unit(number)
        entries = {entry.number: entry for entry in activity.entries}
        inputs = self._inputs(activity, entries, scale)
        self._keep_links(self.ids[number], activity, inputs)
        emissions = self._emissions(activity, entries, scale)
        gaps = self._gaps(activity, entries, scale)
        body = self._described(number, activity, process)
        body["findings"] = self._notices(activity, bool(inputs or emissions or gaps))
        # Without any of the three it exchanges nothing that counts for climate: a zero that its source states.
        body |= {"co2e": {self._linked.options.gwp_set: 0.0}, "inputs": inputs, "emissions": emissions, "gaps": gaps}
        return Dataset(kinds=Kinds(), **body)

    def _described(self, number: int, activity: Activity, process: Process) -> dict[str, Any]:
        flow = self._inventory.flows[activity.product]
        product = names_of(flow.name, activity.product)
        name, original = names_of(process.name, process.id), ""
        several = activity.id != activity.process
        if several:
            name = name.model_copy(
                update={
                    lang: f"{getattr(name, lang)} | {getattr(product, lang)}"
                    for lang in ("zh", "en")
                    if getattr(name, lang) and getattr(product, lang)
                }
            )
        if not (name.zh or name.en):
            original = title_of(process)
        treats = activity.amount < 0
        kinds = {"system_process": DatasetKind.FOOTPRINT_FACTOR, "epd_result": DatasetKind.EPD_RESULT}
        kind = DatasetKind.TREATMENT if treats else kinds.get(activity.source, DatasetKind.UNIT_PROCESS)
        year, text = years_of(process)
        terms = self._terms
        return {
            "id": self.ids[number],
            "version": process.version or terms.version or "1",
            "name": name,
            "name_original": original,
            "kind": kind,
            "reference": self._reference(activity),
            "boundary": "cradle_to_gate",
            "geography": activity.place or UNSTATED,
            "time": Time(year=year, text=text),
            "technology": process.technology[:2000],
            "categories": tuple(one for one in process.categories if one),
            "classifications": _codes(flow, process),
            "cas": flow.cas,
            "uncertainty": Unknown(),
            "quality": quality_of(process.exchanges),
            "source": Source(title=terms.title, version=terms.version, url=terms.url, row=activity.id, key=""),
            "licence": terms.licence or process.licence[:2000] or "not stated",
            "redistribution": terms.redistribution,
            "product": Product(code=activity.product, name=product),
        }

    def _finished(self, number: int, activity: Activity, process: Process, given: Background) -> Dataset:
        """Return a provider that comes with a figure (an EPD): its set is not stated, so it is carried as published."""
        count = float(self._unit(activity).count)
        kinds = Kinds(**{kind: value / count for kind, value in given.co2e.items()})
        body = self._described(number, activity, process)
        return Dataset(kinds=kinds, co2e={UNKNOWN_SET: kinds.total}, **body)

    def _inputs(self, activity: Activity, entries: Mapping[int, Entry], scale: float) -> tuple[Input, ...]:
        made: list[Input] = []
        names = self._names(activity)
        own = [choice for choice in self._choices[activity.id] if choice.flow == activity.product]
        is_mix = len(own) > 1 and is_market_name(activity.name)
        for choice in self._choices[activity.id]:
            entry = entries[choice.exchange]
            exchange = names[entry.number]
            parts = [(key, share) for key, share in choice.providers if key != activity.id]
            for part, (key, share) in enumerate(parts):
                supplier = self._linked.index[key]
                sign = -1.0 if self._net[supplier] > 0 else 1.0
                count = float(self._unit(self._linked.activities[supplier]).count)
                amount = sign * choice.amount * choice.factor * share * scale * count
                if amount == 0:
                    continue
                made.append(
                    Input(
                        id=exchange if len(parts) == 1 else f"{exchange}.{part + 1}",
                        dataset=self.ids[supplier],
                        amount=amount,
                        unit=self._reference(self._linked.activities[supplier]).unit,
                        uncertainty=self._spread(activity, entry, amount),
                        exchange=exchange,
                        # A market's supplies of its own product are shares, whose sum every draw keeps.
                        market="supply" if is_mix and choice.flow == activity.product else "",
                    )
                )
        return tuple(made)

    def _keep_links(self, dataset: str, activity: Activity, inputs: Sequence[Input]) -> None:
        """Keep who was chosen for each exchange that became an input: nothing supplies an amount of zero."""
        names, used = self._names(activity), {item.exchange for item in inputs}
        kept = [one for one in self._choices[activity.id] if names[one.exchange] in used]
        if kept:
            self.links[dataset] = tuple(link_of(one, names[one.exchange], self._dataset_of) for one in kept)

    def _emissions(self, activity: Activity, entries: Mapping[int, Entry], scale: float) -> tuple[Emission, ...]:
        made = []
        names = self._names(activity)
        for number, gas, mass in self._emitted[activity.id]:
            entry, amount = entries[number], mass * scale
            if amount == 0:
                continue
            spread = self._spread(activity, entry, amount)
            made.append(Emission(gas=gas, id=names[entry.number], amount=amount, uncertainty=spread))
        return tuple(made)

    def _spread(self, activity: Activity, entry: Entry, amount: float) -> ExchangeUncertainty:
        made = exchange_uncertainty(entry.exchange, amount)
        if made is None:
            where = f"{activity.process} exchanges[{entry.number}]"
            self.findings.append(finding("spread_not_usable", Severity.WARNING, where, name=activity.name))
            return Unknown()
        return made

    def _gaps(self, activity: Activity, entries: Mapping[int, Entry], scale: float) -> tuple[Gap, ...]:
        made = []
        for one in self._open[activity.id]:
            flow = self._inventory.flows.get(one.flow)
            known = unit_named(one.unit)
            # A use stands negative; a waste that nobody treats stands positive and is an input of its treatment.
            sign = 1.0 if flow is not None and flow.kind is FlowKind.WASTE else -1.0
            entry = entries[one.exchange]
            amount = sign * one.amount * scale * (float(known.count) if known else 1.0)
            made.append(
                Gap(
                    id=self._names(activity)[entry.number],
                    name=(names_of(flow.name, one.flow).best("en") if flow else "") or one.flow or UNSTATED,
                    product=one.flow,
                    amount=amount,
                    uncertainty=self._spread(activity, entry, amount),
                    unit=self._unit_text(flow, one.unit),
                    geography=entry.exchange.location or activity.place,
                    stand_in=self._stand_in(one),
                )
            )
        return tuple(made)

    def _stand_in(self, one: Unlinked) -> str:
        """Return the dataset that bounds an unlinked input: the one given, else the dearest of its category."""
        given = self._terms.stand_ins.get(one.flow)
        if given is not None:
            return given
        group = self._group(one.flow, one.unit)
        return self._dearest.get(group, "") if group else ""

    def _group(self, flow: str, unit: str) -> tuple[object, ...] | None:
        """Return the category of a product with what it is counted in; None where the file gives none."""
        known, described = unit_named(unit), self._inventory.flows.get(flow)
        if known is None or described is None or not described.categories:
            return None
        return (
            described.kind,
            *described.categories,
            self._unit_text(described, unit).partition("|")[2],
            known.unit.dimension,
        )

    @cached_property
    def _dearest(self) -> Mapping[object, str]:
        """Category → dataset with the largest figure per base unit among those that are complete."""
        best: dict[object, tuple[float, str]] = {}
        for number in self._solved.members.tolist():
            activity = self._linked.activities[number]
            group = self._group(activity.product, activity.unit)
            if group is None or activity.id in self._solved.incomplete:
                continue
            per_base = abs(self._solved.footprint(activity.id)) / float(self._unit(activity).factor)
            best[group] = max(best.get(group, (0.0, "")), (per_base, self.ids[number]))
        return {group: key for group, (_, key) in best.items()}

    def _names(self, activity: Activity) -> list[str]:
        if activity.process not in self._exchange_names:
            self._exchange_names[activity.process] = exchange_names(self._processes[activity.process])
        return self._exchange_names[activity.process]

    def _notices(self, activity: Activity, has_burden: bool) -> tuple[Notice, ...]:
        said = []
        if self._uncharacterised[activity.id]:
            uses = self._uncharacterised[activity.id]
            said.append(Notice(code="dataset_gas_uncounted", severity=Severity.WARNING, params={"uses": uses}))
        if not has_burden:
            said.append(Notice(code="dataset_without_burden", severity=Severity.WARNING))
        return tuple(said)
