"""Processes as columns: which products they are there for, how they are shared out, in the flows' own units.

Sign convention of the whole system (Heijungs & Suh 2002, ch. 2): + made or emitted, − used. A treatment of waste has a
negative reference, whichever way its format writes it: openLCA and ILCD as an input of waste, ecoinvent as a negative
output; and a waste that leaves a process is positive, whether written as an output or as a negative input. An avoided
product (openLCA keeps it among the inputs) is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.core.dataset.nomenclature import gas_of
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca.linking_background import epd_background, factor_background
from tanbiao.core.lca.linking_model import Activity, Entry, LinkOptions, Source, place_of, title
from tanbiao.core.lca.linking_places import code
from tanbiao.core.lca.linking_shares import shares
from tanbiao.core.lca.linking_units import Measures

_SOURCES: Final[Mapping[ProcessKind, Source]] = {
    ProcessKind.UNIT: "unit_process",
    ProcessKind.PARTLY_TERMINATED: "unit_process",
    ProcessKind.SYSTEM: "system_process",
    ProcessKind.EPD: "epd_result",
    ProcessKind.FOOTPRINT_FACTOR: "footprint_factor",
    ProcessKind.DIRECT_EMISSION: "footprint_factor",
}
_FACTORS: Final = (ProcessKind.FOOTPRINT_FACTOR, ProcessKind.DIRECT_EMISSION)


@dataclass(frozen=True, slots=True)
class Columns:
    """The activities of one process and what was noticed."""

    activities: tuple[Activity, ...]
    findings: tuple[Finding, ...]


def signed(exchange: Exchange, kind: FlowKind, amount: float) -> float:
    """Return an amount with the system's sign."""
    if exchange.is_avoided:
        return -amount if kind is FlowKind.WASTE else amount
    return -amount if exchange.is_input else amount


def columns(process: Process, inventory: Inventory, measures: Measures, options: LinkOptions) -> Columns:
    """Return one activity per product of a process; one that can't be calculated carries its reason.

    Findings: ``process_without_reference``, ``reference_inferred``, ``reference_zero``, ``reference_negative``,
    ``unit_mismatch``, ``coproducts_without_allocation``, ``allocation_not_one``, ``allocated_to_reference``.
    """
    flows = inventory.flows
    found: list[Finding] = []
    entries, broken = _entries(process, flows, measures, found)
    try:
        functions = _functions(process, entries, flows, found)
        made = {entry.number for entry in functions}
        rest = [entry for entry in entries if entry.number not in made]
        products = _merged(functions)
        shared = shares(process, products, rest, flows, measures, options, found)
    except TanbiaoError as error:
        reason = replace(error.findings[0], severity=Severity.ERROR)
        found.append(reason)
        return Columns(_refused(process, flows, measures, reason), tuple(found))
    # A process with results and nothing but its reference is known by them; its empty recipe does not mean zero.
    if process.kind in _FACTORS or (process.results and (process.kind is ProcessKind.EPD or not rest)):
        return _declared(process, products[0], flows, measures, found)
    several = len(products) > 1
    activities = []
    for product in products if shared.only is None else [shared.only]:
        kept = tuple(replace(entry, amount=part) for entry in rest if (part := shared.part(entry, product)))
        one = _activity(process, product.exchange, product.amount, flows, measures, several)
        activities.append(replace(one, entries=kept, share=shared.of(product), refused=broken))
    return Columns(tuple(activities), tuple(found))


def _declared(
    process: Process, product: Entry, flows: Mapping[str, Flow], measures: Measures, found: list[Finding]
) -> Columns:
    """Return an EPD or a factor with its stated figure instead of exchanges."""
    one = _activity(process, product.exchange, product.amount, flows, measures, several=False)
    figure = epd_background if process.kind is ProcessKind.EPD else factor_background
    try:
        background, notices = figure(process, product.exchange.flow, product.amount)
    except TanbiaoError as error:
        reason = replace(error.findings[0], severity=Severity.ERROR)
        return Columns((replace(one, refused=reason),), (*found, reason))
    return Columns((replace(one, background=background),), (*found, *notices))


def _entries(
    process: Process, flows: Mapping[str, Flow], measures: Measures, found: list[Finding]
) -> tuple[list[Entry], Finding | None]:
    """Return all exchanges in their flows' units, and the first that keeps the process from being calculated.

    That is one of a product, a waste or a greenhouse gas whose amount can't be said in the flow's unit. A flow that
    the file doesn't describe stays with the amount as written: it becomes an input that nobody supplies.
    """
    entries: list[Entry] = []
    broken: Finding | None = None
    for number, exchange in enumerate(process.exchanges):
        flow = flows.get(exchange.flow)
        where = place_of(process, number)
        if flow is None:
            entries.append(Entry(number, exchange, signed(exchange, FlowKind.OTHER, exchange.amount)))
            continue
        try:
            amount = measures.amount(flow, exchange, where)
        except TanbiaoError as error:
            matters = flow.kind is not FlowKind.ELEMENTARY or gas_of(flow) is not None
            reason = replace(error.findings[0], severity=Severity.ERROR if matters else Severity.WARNING)
            found.append(reason)
            broken = broken or (reason if matters else None)
            continue
        entries.append(Entry(number, exchange, signed(exchange, flow.kind, amount)))
    return entries, broken


def _functions(
    process: Process, entries: Sequence[Entry], flows: Mapping[str, Flow], found: list[Finding]
) -> list[Entry]:
    """Return what the process is there for: its references, and every other product that it makes."""
    references = [entry for entry in entries if entry.exchange.is_reference and entry.exchange.flow in flows]
    others = [entry for entry in entries if not entry.exchange.is_reference and _is_product(entry, flows)]
    if not references:
        candidates = others or [entry for entry in entries if _is_treated(entry, flows)]
        if len(candidates) != 1:
            raise TanbiaoError.of("process_without_reference", place_of(process), name=title(process))
        references, others = candidates, []
        flow = candidates[0].exchange.flow
        where = place_of(process)
        found.append(
            finding("reference_inferred", Severity.WARNING, where, name=title(process), flow=_name(flows[flow]))
        )
    for entry in references:
        _check_reference(process, entry, flows, found)
    return [*references, *others]


def _is_product(entry: Entry, flows: Mapping[str, Flow]) -> bool:
    """Whether an exchange makes a product that somebody may buy."""
    flow, exchange = flows.get(entry.exchange.flow), entry.exchange
    made = entry.amount > 0 and not exchange.is_avoided and not exchange.is_input
    return made and flow is not None and flow.kind is FlowKind.PRODUCT


def _is_treated(entry: Entry, flows: Mapping[str, Flow]) -> bool:
    flow = flows.get(entry.exchange.flow)
    return entry.amount < 0 and flow is not None and flow.kind is FlowKind.WASTE


def _check_reference(process: Process, entry: Entry, flows: Mapping[str, Flow], found: list[Finding]) -> None:
    where = place_of(process, entry.number)
    if entry.amount == 0:
        raise TanbiaoError.of("reference_zero", where, name=title(process))
    flow = flows[entry.exchange.flow]
    if entry.amount < 0 and flow.kind is FlowKind.PRODUCT and not process.is_waste_treatment:
        found.append(
            finding("reference_negative", Severity.WARNING, where, name=title(process), amount=entry.exchange.amount)
        )


def _merged(functions: Sequence[Entry]) -> list[Entry]:
    """Add lines of the same product: it is made once, in two portions."""
    merged: dict[str, Entry] = {}
    for entry in functions:
        known = merged.get(entry.exchange.flow)
        merged[entry.exchange.flow] = replace(known, amount=known.amount + entry.amount) if known else entry
    return list(merged.values())


def _activity(
    process: Process, product: Exchange, amount: float, flows: Mapping[str, Flow], measures: Measures, several: bool
) -> Activity:
    flow = flows[product.flow]
    return Activity(
        id=f"{process.id}#{product.flow}" if several else process.id,
        name=f"{title(process)} | {_name(flow)}" if several else title(process),
        process=process.id,
        product=product.flow,
        amount=amount,
        unit=measures.unit(flow),
        place=code(product.location or process.location),
        source=_SOURCES[process.kind],
        production_volume=product.production_volume,
    )


def _refused(process: Process, flows: Mapping[str, Flow], measures: Measures, reason: Finding) -> tuple[Activity, ...]:
    """Return what others may want of a process that can't be calculated: linking to it shall refuse them by name."""
    wanted: dict[str, Exchange] = {}
    for exchange in process.exchanges:
        flow = flows.get(exchange.flow)
        if flow is None or exchange.is_avoided:
            continue
        makes = flow.kind is FlowKind.PRODUCT and not exchange.is_input
        if exchange.is_reference or makes:
            wanted.setdefault(exchange.flow, exchange)
    several = len(wanted) > 1
    made = [
        _activity(process, item, signed(item, flows[key].kind, 1.0), flows, measures, several)
        for key, item in wanted.items()
    ]
    if not made:
        made = [Activity(process.id, title(process), process.id, "", 1.0, "", code(process.location), "unit_process")]
    return tuple(replace(one, refused=reason) for one in made)


def _name(flow: Flow) -> str:
    return flow.name.get("en") or next((text for text in flow.name.values() if text), "") or flow.id
