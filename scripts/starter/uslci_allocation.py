"""Co-products of the US LCI: what of its outputs is a product, and by what measure products share.

The database states no shares as data; its words do for some processes (``data-sources/uslci_corrections.csv``).
Elsewhere products share by mass, or energy, where all have one: project default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tanbiao.core.dataset.inventory import AllocationFactor, Exchange, Flow, FlowKind, Process
from tanbiao.core.dataset.nomenclature_units import unit_named
from tanbiao.core.units import parse_unit

Densities = Mapping[str, float]
MASS: Final = str(parse_unit("kg").dimension)
_MEASURES: Final = (("kg", "mass"), ("MJ", "energy"), ("m3", "volume"))
RESIDUES: Final = (
    "scrap",
    "recovered energy",
    "waste",
    "disposal",
    "non-allocated byproducts",
    "wood ash",
    "residuals",
    "secondary fuel",
    "packaging, from",  # what goods arrived in
    "petroleum refining, at refinery",  # the sum of the refinery's other outputs
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a row of the corrections says of the co-products of one process."""

    correction: str
    products: tuple[str, ...]
    why: str


def allocated(
    process: Process, flows: Mapping[str, Flow], density: Densities, said: Said | None = None
) -> tuple[Process, str]:
    """Return the process with its shares, and a note on them (empty where it has one product alone).

    What nobody makes for its own sake (scrap, waste, recovered energy) and what is the sum of the other outputs is
    taken out: it takes no burden, and who uses it has a gap. Where the products share no measure the file's reference
    takes all.
    """
    outputs = [item for item in process.exchanges if not item.is_input and flows[item.flow].kind is FlowKind.PRODUCT]
    if len(outputs) < 2 or process.allocation:
        return process, ""
    main = [item for item in outputs if _is_main(name_of(flows[item.flow]), said)]
    if not main:
        return process, ""
    dropped = {item.id for item in outputs} - {item.id for item in main}
    kept = [item for item in process.exchanges if item.id not in dropped or item.is_input]
    if not any(item.is_reference for item in kept):
        kept[kept.index(main[0])] = main[0] = replace(main[0], is_reference=True)
    process = replace(process, exchanges=tuple(kept))
    if said is not None and said.correction == "bears_all":
        return process, f"Co-products: this one takes all; {said.why}"
    if len(main) == 1:
        return process, "Co-products: scrap, waste and recovered energy take nothing (project default)"
    weights, measure = _weights(main, flows, density)
    if not weights:
        like = [item for item in main if _dimension(item) == _dimension(next(one for one in main if one.is_reference))]
        weights, measure = _weights(like, flows, density) if len(like) > 1 else ({}, "")
        measure += ", those counted otherwise take nothing"
        if weights:
            others = {item.id for item in main} - {item.id for item in like}
            process = replace(process, exchanges=tuple(item for item in kept if item.id not in others))
    if not weights:
        return process, "Co-products share no measure, so the file's reference takes all (project default)"
    total = sum(weights.values())
    factors = tuple(
        AllocationFactor(product=flow, value=value / total, method="physical") for flow, value in weights.items()
    )
    why = said.why if said is not None else "project default"
    note = f"Co-products: {len(weights)} share by {measure} ({why})"
    return replace(process, allocation=factors, default_allocation="physical"), note


def _is_main(name: str, said: Said | None) -> bool:
    if said is not None and said.correction == "bears_all":
        return name in said.products
    if said is not None and said.correction == "sum_of_others" and name in said.products:
        return False
    return not any(word in name.casefold() for word in RESIDUES)


def _weights(
    outputs: Iterable[Exchange], flows: Mapping[str, Flow], density: Densities
) -> tuple[dict[str, float], str]:
    """Return flow → amount of every product, and what of; nothing where they have no measure in common."""
    found: dict[str, float] = {}
    dimensions = set()
    for item in outputs:
        known, amount = unit_named(item.unit), item.amount
        if known is None or not amount:
            return {}, ""
        per_litre = density.get(name_of(flows[item.flow]))
        if per_litre is not None and str(known.unit) in ("m3", "L"):
            dimensions.add(MASS)
            found[item.flow] = amount * float(known.factor) * 1000 * per_litre
            continue
        dimensions.add(str(known.unit.dimension))
        found[item.flow] = amount * float(known.factor)
    if len(dimensions) != 1 or not sum(found.values()) > 0:
        return {}, ""
    return found, next((name for unit, name in _MEASURES if {str(parse_unit(unit).dimension)} == dimensions), "amount")


def _dimension(item: Exchange) -> str:
    known = unit_named(item.unit)
    return str(known.unit.dimension) if known is not None else ""


def name_of(flow: Flow) -> str:
    """Return the English name of a flow without space around it."""
    return (flow.name.get("en") or next(iter(flow.name.values()), "")).strip()
