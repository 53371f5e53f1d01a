"""What is wrong with an inventory before anything is linked or calculated: each a stable code with one next action.

The checks look at one file or archive alone and change nothing. An *error* is what makes a process unusable as it
stands; a *warning* is what linking or a person must decide; *info* is worth knowing. Findings that would repeat for
every use of one flow are given once per flow, with the number of uses.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from tanbiao.core.dataset.check_scale import SCALE_CHECKS
from tanbiao.core.dataset.check_words import WORD_CHECKS, place_in
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.core.findings import Finding, Severity, finding

__all__ = ["check", "name_of"]

ALLOCATION_TOLERANCE: Final = 1e-3
"""How far allocation factors may be from adding up to 1 (files round to three or four digits): project default."""
_TECHNOSPHERE: Final = (FlowKind.PRODUCT, FlowKind.WASTE)


def check(inventory: Inventory) -> tuple[Finding, ...]:
    """Return the findings of all checks, check by check, each in the order of the file."""
    return tuple(item for one in CHECKS for item in one(inventory))


def name_of(thing: Flow | Process | None, fallback: str = "") -> str:
    """Return a name to show: English, Chinese, or the first there is; else the id."""
    if thing is None:
        return fallback
    for language in ("en", "zh"):
        if thing.name.get(language):
            return thing.name[language]
    return next((text for text in thing.name.values() if text), thing.id)


def _place(process: Process, exchange: Exchange | None = None) -> str:
    return place_in(process.where or process.id, "" if exchange is None else exchange.where)


def _kind(inventory: Inventory, exchange: Exchange) -> FlowKind:
    flow = inventory.flows.get(exchange.flow)
    return FlowKind.OTHER if flow is None else flow.kind


def references(inventory: Inventory) -> Iterator[Finding]:
    """Missing, zero and negative reference flows."""
    for process in inventory.processes:
        name = name_of(process)
        if not process.references:
            yield finding("process_without_reference", Severity.ERROR, _place(process), name=name)
        for exchange in process.references:
            if exchange.amount == 0.0:
                yield finding("reference_zero", Severity.ERROR, _place(process, exchange), name=name)
            treated = process.is_waste_treatment or _kind(inventory, exchange) is FlowKind.WASTE
            if exchange.amount < 0.0 and not treated:
                yield finding(
                    "reference_negative", Severity.ERROR, _place(process, exchange), name=name, amount=exchange.amount
                )


def amounts(inventory: Inventory) -> Iterator[Finding]:
    """Amounts that are no numbers."""
    for process in inventory.processes:
        for exchange in process.exchanges:
            if not math.isfinite(exchange.amount):
                text = f"{exchange.amount} {name_of(inventory.flows.get(exchange.flow), exchange.flow)}"
                yield finding("amount_not_finite", Severity.ERROR, _place(process, exchange), value=text)


def missing_flows(inventory: Inventory) -> Iterator[Finding]:
    """Exchanges whose flow the archive does not hold: once per flow."""
    uses: Counter[str] = Counter()
    first: dict[str, str] = {}
    for process in inventory.processes:
        for exchange in process.exchanges:
            if exchange.flow not in inventory.flows:
                uses[exchange.flow] += 1
                first.setdefault(exchange.flow, _place(process, exchange))
    for flow, count in uses.items():
        yield finding("flow_missing", Severity.WARNING, first[flow], flow=flow or "—", uses=count)


def providers(inventory: Inventory) -> Iterator[Finding]:
    """Inputs that no process here makes, that several make, or whose named supplier is not here or makes another thing.

    To make is to have the flow as quantitative reference (the contract's definition).
    """
    makers: dict[str, set[str]] = {}
    for process in inventory.processes:
        for exchange in process.references:
            makers.setdefault(exchange.flow, set()).add(process.id)
    ids = {process.id for process in inventory.processes}
    uses: dict[tuple[str, str], list[str]] = {}
    for process in inventory.processes:
        for exchange in process.exchanges:
            code = _provider_fault(inventory, exchange, makers, ids)
            if code:
                named = exchange.provider if code.startswith("provider") else ""
                uses.setdefault((code, named or exchange.flow), []).append(_place(process, exchange))
    for (code, key), places in uses.items():
        known = inventory.flows.get(key)
        severity = Severity.ERROR if code == "provider_makes_another" else Severity.WARNING
        makes = len(makers.get(key, ()))
        yield finding(code, severity, places[0], name=name_of(known, key), id=key, uses=len(places), providers=makes)


def _provider_fault(inventory: Inventory, exchange: Exchange, makers: dict[str, set[str]], ids: set[str]) -> str:
    if not exchange.is_input or exchange.is_reference or _kind(inventory, exchange) not in _TECHNOSPHERE:
        return ""
    here = makers.get(exchange.flow, set())
    if exchange.provider and exchange.provider in ids:
        return "" if exchange.provider in here else "provider_makes_another"
    if not here:
        return "unlinked_input"
    if exchange.provider:
        return "provider_missing"
    return "ambiguous_provider" if len(here) > 1 else ""


def allocation(inventory: Inventory) -> Iterator[Finding]:
    """Co-products without allocation factors, and factors that do not add up to one."""
    for process in inventory.processes:
        products = [
            one
            for one in process.exchanges
            if not one.is_input
            and not one.is_avoided
            and _kind(inventory, one) is FlowKind.PRODUCT
            and one.amount > 0.0
        ]
        stated = any(one.value for one in process.allocation)
        if len({one.flow for one in products}) > 1 and not stated and process.kind is ProcessKind.UNIT:
            names = "; ".join(name_of(inventory.flows.get(one.flow), one.flow) for one in products[:4])
            yield finding(
                "coproducts_without_allocation",
                Severity.WARNING,
                _place(process),
                name=name_of(process),
                products=names,
            )
        yield from _allocation_sums(process)


def _allocation_sums(process: Process) -> Iterator[Finding]:
    """Once per method and sum: a file that writes percentages does so for every exchange.

    Factors that are all zero were never set; programs write them for every process.
    """
    sums: dict[tuple[str, str], float] = {}
    for factor in process.allocation:
        key = (factor.method, factor.exchange)
        sums[key] = sums.get(key, 0.0) + factor.value
    wrong: Counter[tuple[str, float]] = Counter()
    for (method, _), total in sums.items():
        if total != 0.0 and abs(total - 1.0) > ALLOCATION_TOLERANCE:
            wrong[method, round(total, 6)] += 1
    for (method, total), count in wrong.items():
        yield finding(
            "allocation_not_one",
            Severity.ERROR,
            _place(process),
            name=name_of(process),
            method=method,
            total=total,
            uses=count,
        )


def duplicates(inventory: Inventory) -> Iterator[Finding]:
    """A process id twice (the same or other content), a process twice under two ids, an exchange twice."""
    by_id: dict[str, Process] = {}
    by_name: dict[tuple[str, str, frozenset[str]], Process] = {}
    for process in inventory.processes:
        earlier = by_id.get(process.id)
        if earlier is not None:
            code, severity = _twice(earlier, process)
            place = _place(process)
            yield finding(code, severity, place, id=process.id, first=_place(earlier), second=place)
            continue
        by_id[process.id] = process
        made = frozenset(one.flow for one in process.references)
        twin = by_name.setdefault((name_of(process), process.location, made), process)
        if twin is not process and twin.exchanges == process.exchanges:
            place = _place(process)
            yield finding("duplicate_dataset", Severity.WARNING, place, id=process.id, first=_place(twin), second=place)
        yield from _repeated(inventory, process)


def _twice(earlier: Process, later: Process) -> tuple[str, Severity]:
    if earlier.version != later.version:
        return "several_versions", Severity.WARNING
    same = earlier.exchanges == later.exchanges and dict(earlier.name) == dict(later.name)
    return ("duplicate_dataset", Severity.WARNING) if same else ("uuid_clash", Severity.ERROR)


def _repeated(inventory: Inventory, process: Process) -> Iterator[Finding]:
    seen: set[tuple[object, ...]] = set()
    for one in process.exchanges:
        key = (one.flow, one.is_input, one.amount, one.unit, one.provider, one.location, one.comment, one.is_avoided)
        if key in seen and one.amount:
            name = name_of(inventory.flows.get(one.flow), one.flow)
            yield finding("duplicate_exchange", Severity.WARNING, _place(process, one), name=name, amount=one.amount)
        seen.add(key)


CHECKS: Final[tuple[Callable[[Inventory], Iterator[Finding]], ...]] = (
    references,
    amounts,
    missing_flows,
    providers,
    allocation,
    duplicates,
    *WORD_CHECKS,
    *SCALE_CHECKS,
)
"""All checks, in the order in which their findings are told."""
