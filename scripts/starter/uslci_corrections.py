"""What the US LCI's words say and its exchanges do not: rows of ``data-sources/uslci_corrections.csv``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from starter.tables import read_table
from starter.uslci_allocation import Densities, Said, allocated, name_of
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process
from tanbiao.core.dataset.nomenclature_units import unit_named

DIGITS: Final = 8
"""Digits of a process id by which tables and dataset ids name it."""
_COMBUSTION: Final = "combusted in"
_OF_CO_PRODUCTS: Final = ("bears_all", "sum_of_others", "shared_as_said")


@dataclass(frozen=True)
class Corrected:
    """The processes after correction and allocation.

    Attributes
    ----------
    notes
        Process id → what its datasets say of it.
    measured
        First digits of the processes whose own emissions hold those of their fuels.
    left_out
        (first digits, name, reason).
    """

    inventory: Inventory
    notes: Mapping[str, tuple[str, ...]]
    measured: frozenset[str]
    left_out: tuple[tuple[str, str, str], ...] = field(default=())


def read_corrections() -> dict[str, Said]:
    """Return the first digits of a process → what its row says."""
    return {
        row["process"]: Said(row["correction"], tuple(filter(None, [row["products"]])), row["why"])
        for row in read_table("uslci_corrections.csv")
    }


def measured_with_fuels() -> frozenset[str]:
    """Return the first digits of the processes whose own emissions hold those of the fuels that they burn."""
    return frozenset(key for key, said in read_corrections().items() if said.correction == "fuel_emissions_measured")


def corrected(inventory: Inventory, density: Densities) -> Corrected:
    """Return the inventory corrected and allocated.

    Raises
    ------
    KeyError
        A row names a process that the package does not hold.
    """
    rows = read_corrections()
    unknown = rows.keys() - {item.id[:DIGITS] for item in inventory.processes}
    if unknown:
        raise KeyError(f"no such process: {', '.join(sorted(unknown))}")
    burners = _burners(inventory)
    kept: list[Process] = []
    notes: dict[str, tuple[str, ...]] = {}
    left_out = []
    for process in inventory.processes:
        said = rows.get(process.id[:DIGITS])
        if said is not None and said.correction == "left_out":
            left_out.append((process.id[:DIGITS], name_of_process(process), said.why))
            continue
        told = []
        if said is not None and said.correction == "fuel_emissions_measured":
            process = _without_burning(process, inventory.flows, burners)
            told.append(f"Corrected: fuels are supplied without the CO2 of their combustion; {said.why}")
        if said is not None and said.correction == "in_kilograms":
            process = _in_kilograms(process, inventory.flows, said.products)
            told.append(f"Corrected: {', '.join(said.products)} is counted in kg; {said.why}")
        if said is not None and said.correction == "noted":
            told.append(f"Mind: {said.why}")
        shares = said if said is not None and said.correction in _OF_CO_PRODUCTS else None
        process, note = allocated(process, inventory.flows, density, shares)
        kept.append(process)
        notes[process.id] = (*told, *([note] if note else []))
    return Corrected(replace(inventory, processes=tuple(kept)), notes, measured_with_fuels(), tuple(left_out))


def name_of_process(process: Process) -> str:
    """Return the English name of a process."""
    return process.name.get("en") or process.id


def _burners(inventory: Inventory) -> dict[str, Process]:
    """Return flow → the process that makes it by burning a fuel."""
    return {
        process.references[0].flow: process
        for process in inventory.processes
        if len(process.references) == 1 and _COMBUSTION in name_of(inventory.flows[process.references[0].flow])
    }


def _without_burning(process: Process, flows: Mapping[str, Flow], burners: Mapping[str, Process]) -> Process:
    """Put in place of each fuel burned what supplies it and what it emits beside CO2."""

    def parts() -> Iterator[Exchange]:
        for item in process.exchanges:
            burner = burners.get(item.flow) if item.is_input else None
            if burner is None:
                yield item
            else:
                yield from _supply(item, burner, flows)

    return replace(process, exchanges=tuple(parts()))


def _in_kilograms(process: Process, flows: Mapping[str, Flow], named: tuple[str, ...]) -> Process:
    """Count inputs in kg whose amounts the package gives in tonnes by mistake."""
    wrong = [item for item in process.exchanges if item.is_input and name_of(flows[item.flow]) in named]
    if len(wrong) != len(named) or any(item.unit != "t" for item in wrong):
        raise KeyError(f"{process.id}: {', '.join(named)} is not an input in tonnes")
    return replace(
        process,
        exchanges=tuple(replace(item, unit="kg") if item in wrong else item for item in process.exchanges),
    )


def _supply(item: Exchange, burner: Process, flows: Mapping[str, Flow]) -> Iterator[Exchange]:
    reference = burner.references[0]
    stated, made = unit_named(item.unit), unit_named(reference.unit)
    if stated is None or made is None or stated.unit.dimension != made.unit.dimension:
        raise ValueError(f"{item.unit} of {burner.id} is not counted in {reference.unit}")
    scale = item.amount * float(stated.factor) / (reference.amount * float(made.factor))
    for number, part in enumerate(burner.exchanges):
        flow = flows[part.flow]
        if part.is_reference or (flow.kind is FlowKind.ELEMENTARY and name_of(flow).startswith("Carbon dioxide")):
            continue
        yield replace(part, id=f"{item.id}-{number}", amount=part.amount * scale, spread=None, formula="")
