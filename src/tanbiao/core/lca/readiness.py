"""Whether a linked inventory can become a release: every gap with a stable code, and how much is covered.

The checks that need no links are those of :mod:`tanbiao.core.dataset.checks`; where linking knows better (a missing
supplier may be found in a wider region, a missing reference be inferred) its own finding takes their place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tanbiao.core.dataset.checks import check
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory
from tanbiao.core.dataset.nomenclature import gas_of, is_gas_by_name
from tanbiao.core.findings import Finding, Lang, Severity, render
from tanbiao.core.gases import Kind
from tanbiao.core.lca.balances import balances
from tanbiao.core.lca.linked_solve import Solved
from tanbiao.core.lca.linking import INDICATORS, TOTAL
from tanbiao.core.lca.linking_model import Choice, Rank
from tanbiao.core.lca.linking_units import Measures
from tanbiao.core.lca.peers import Peer, outliers

_LINKING_KNOWS: Final = frozenset(
    {
        "unlinked_input",
        "ambiguous_provider",
        "provider_missing",
        "provider_makes_another",
        "process_without_reference",
        "reference_zero",
        "reference_negative",
        "coproducts_without_allocation",
        "allocation_not_one",
        "own_use_exceeds_output",
    }
)
_WEIGHT: Final = {Severity.BLOCKING: 0, Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 3}


class Standing(StrEnum):
    """How much of a figure is there."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """Something upstream has no supplier: at least what is known."""
    REFUSED = "refused"


class Cover(StrEnum):
    """What becomes of one exchange in one indicator."""

    COVERED = "covered"
    INCOMPLETE = "incomplete"
    """Supplied by a figure that is itself incomplete."""
    UNDIVIDED = "undivided"
    """In the total, but its supplier can't say how much of it belongs to this kind."""
    UNCHARACTERISED = "uncharacterised"
    UNLINKED = "unlinked"
    REFUSED = "refused"


_NO_SUPPLIER: Final = (
    "unlinked_input",
    "ambiguous_provider",
    "provider_missing",
    "provider_makes_another",
    "flow_missing",
    "gap_not_filled",
    "input_not_linked",
    "input_not_linked_bounded",
)
EXPLAINED_BY: Final[Mapping[Cover, tuple[str, ...]]] = {
    Cover.COVERED: (),
    Cover.INCOMPLETE: _NO_SUPPLIER,
    Cover.UNDIVIDED: ("epd_parts_differ",),
    Cover.UNCHARACTERISED: ("gas_without_gwp", "uncharacterised_gas_flow", "gas_not_in_mass", "gas_flow_not_mass"),
    Cover.UNLINKED: _NO_SUPPLIER,
    Cover.REFUSED: (
        "process_without_reference",
        "reference_zero",
        "reference_negative",
        "reference_too_small",
        "no_reference",
        "coproducts_without_allocation",
        "singular",
        "near_singular",
        "unproductive",
        "uses_all_it_makes",
        "own_use_exceeds_output",
        "depends_on_refused",
        "factor_without_figure",
        "epd_no_climate_result",
        "epd_modules_missing",
    ),
}
"""What becomes of an exchange → codes of findings that tell why; an incomplete supplier lacks one further upstream."""


@dataclass(frozen=True)
class Readiness:
    """The report.

    Attributes
    ----------
    findings
        Each once, weightiest first, then by place.
    standings
        Activity id → standing of its figure.
    ranks
        Number of exchanges by the rank of their provider.
    coverage
        Indicator → how many exchanges are covered, incomplete, … ; the numbers of one indicator add up to
        ``exchanges``.
    """

    findings: tuple[Finding, ...]
    standings: Mapping[str, Standing]
    ranks: Mapping[Rank, int]
    coverage: Mapping[str, Mapping[Cover, int]]
    exchanges: int

    @property
    def is_ready(self) -> bool:
        """Whether every figure is there and complete, and no finding is an error."""
        complete = all(one is Standing.COMPLETE for one in self.standings.values())
        return complete and not any(one.severity.blocks for one in self.findings)

    def counts(self) -> dict[str, Any]:
        """Return the report without its findings, which are counted by code, in a form that needs no language."""
        count = Counter(self.standings.values())
        return {
            "ready": self.is_ready,
            "activities": len(self.standings),
            **{standing.value: count[standing] for standing in Standing},
            "ranks": {rank.name.lower(): self.ranks.get(rank, 0) for rank in Rank},
            "exchanges": self.exchanges,
            "coverage": {
                indicator: {cover.value: counts.get(cover, 0) for cover in Cover}
                for indicator, counts in self.coverage.items()
            },
            "codes": dict(sorted(Counter(one.code for one in self.findings).items())),
        }

    def document(self, lang: Lang) -> dict[str, Any]:
        """Return the report as JSON in the reader's language."""
        return self.counts() | {"findings": [render(one, lang) for one in self.findings]}


def readiness(inventory: Inventory, solved: Solved, more: Iterable[Finding] = ()) -> Readiness:
    """Return the report on an inventory that was linked and solved; ``more`` is what its user noticed beside."""
    linked = solved.linked
    measures = Measures(inventory)
    own = [one for one in check(inventory) if one.code not in _LINKING_KNOWS]
    found = [
        *own,
        *linked.findings,
        *solved.findings,
        *balances(inventory, measures),
        *outliers(_peers(inventory, solved)),
        *more,
    ]
    coverage, exchanges = _coverage(inventory, solved)
    return Readiness(
        findings=_once(found),
        standings={one.id: _standing(one.id, solved) for one in linked.activities},
        ranks=Counter(choice.rank for choice in linked.choices),
        coverage=coverage,
        exchanges=exchanges,
    )


def _standing(activity: str, solved: Solved) -> Standing:
    if activity in solved.refusals:
        return Standing.REFUSED
    return Standing.INCOMPLETE if activity in solved.incomplete else Standing.COMPLETE


def _once(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return each finding once, the weightiest of equal ones, sorted."""
    kept: dict[tuple[str, str, str], Finding] = {}
    for one in sorted(found, key=lambda one: _WEIGHT[one.severity]):
        kept.setdefault((one.code, one.where, repr(sorted(one.params.items()))), one)
    return tuple(sorted(kept.values(), key=lambda one: (_WEIGHT[one.severity], one.code, one.where)))


def _peers(inventory: Inventory, solved: Solved) -> Iterator[Peer]:
    """Yield the solved footprints with their group: the words of the product's name before its first comma."""
    for number, activity in enumerate(solved.linked.activities):
        flow = inventory.flows.get(activity.product)
        if activity.id in solved.refusals or flow is None or activity.amount < 0:
            continue
        name = next((text for text in (flow.name.get("en", ""), *flow.name.values()) if text), "")
        stem = re.split(r"[,，;；|]", name.casefold())[0].strip()
        value = float(solved.intensities[activity.id][INDICATORS.index(TOTAL)])
        yield Peer(activity.id, solved.linked.labels[number], stem, activity.unit, value)


def _coverage(inventory: Inventory, solved: Solved) -> tuple[dict[str, Counter[Cover]], int]:
    """Count every exchange that matters for climate, in every indicator."""
    linked = solved.linked
    counts: dict[str, Counter[Cover]] = {indicator: Counter() for indicator in linked.indicators}
    total = 0

    def add(times: int, cover: Mapping[str, Cover] | Cover) -> None:
        nonlocal total
        total += times
        for indicator in counts if times else ():
            counts[indicator][cover if isinstance(cover, Cover) else cover[indicator]] += times

    for choice in linked.choices:
        add(1, _cover_of(choice, solved))
    add(len(linked.unlinked), Cover.UNLINKED)
    add(len(linked.uncharacterised), Cover.UNCHARACTERISED)
    open_ = set(linked.uncharacterised)
    gases = {key for key, flow in inventory.flows.items() if gas_of(flow) is not None or is_gas_by_name(flow)}
    unread = {activity.process for activity in linked.activities if activity.refused is not None}
    for process in inventory.processes:
        if process.id in unread:
            add(sum(_matters(one, inventory.flows, gases) for one in process.exchanges), Cover.REFUSED)
    for activity in linked.activities:
        if activity.process in unread:
            continue
        emissions = [
            entry
            for entry in activity.entries
            if entry.exchange.flow in gases and (activity.id, entry.number) not in open_
        ]
        add(len(emissions), Cover.REFUSED if activity.id in solved.refusals else Cover.COVERED)
    return counts, total


def _cover_of(choice: Choice, solved: Solved) -> dict[str, Cover] | Cover:
    suppliers = [provider for provider, _ in choice.providers]
    if choice.user in solved.refusals or any(one in solved.refusals for one in suppliers):
        return Cover.REFUSED
    whole = Cover.INCOMPLETE if any(one in solved.incomplete for one in suppliers) else Cover.COVERED
    undivided = INDICATORS.index(Kind.UNDIVIDED.value)
    if not any(solved.intensities[one][undivided] for one in suppliers):
        return whole
    whole_in = (TOTAL, Kind.UNDIVIDED.value)
    return {indicator: whole if indicator in whole_in else Cover.UNDIVIDED for indicator in INDICATORS}


def _matters(exchange: Exchange, flows: Mapping[str, Flow], gases: Container[str]) -> bool:
    """Whether an exchange counts for climate: an input, a waste, a gas, or something that isn't described."""
    flow = flows.get(exchange.flow)
    if flow is None or flow.kind is FlowKind.ELEMENTARY:
        return flow is None or exchange.flow in gases
    return not exchange.is_reference and (exchange.is_input or flow.kind is not FlowKind.PRODUCT)
