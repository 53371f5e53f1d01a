"""Whether a process makes mass, carbon or energy out of nothing, or loses carbon: a missing flow or a wrong unit.

Each balance is tested only where the file states the content of everything that could carry it. Air is rarely listed
among the inputs, so emissions don't count in the mass balance (burning takes oxygen from the air); energy is lost as
heat that nobody lists. Both are tested to one side: outputs beyond inputs. Carbon has nowhere else to go: what comes in
and neither leaves in a product or waste nor is emitted is most often a forgotten emission: the footprint is too low.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tanbiao.core.dataset.inventory import Flow, FlowKind, Inventory, Process
from tanbiao.core.dataset.nomenclature import gas_of
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca.linking_columns import signed
from tanbiao.core.lca.linking_model import place_of, title
from tanbiao.core.lca.linking_units import Measures

TOLERANCE: Final = 0.05
"""Outputs may exceed inputs by this share. Project default, not official."""
# Mass of carbon in a kg of gas: atomic weights 12.011, 15.999, 1.008 (IUPAC 2021).
_CARBON_IN: Final[Mapping[str, float]] = {"CO2": 12.011 / 44.009, "CH4": 12.011 / 16.043}

Content = Callable[[Flow], float | None]
"""How much one reference unit of a flow holds; None where the file doesn't tell."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What goes in and comes out of a process, in one unit."""

    into: float
    out: float
    untold: float = 0.0
    """The most that emissions of an unknown content could hold: their whole mass."""

    @property
    def is_broken(self) -> bool:
        """Whether more comes out than goes in, beyond the tolerance."""
        return self.into > 0 and self.out > self.into * (1.0 + TOLERANCE)

    @property
    def is_lost(self) -> bool:
        """Whether more goes in than can have come out, beyond the tolerance."""
        return self.into > (self.out + self.untold) * (1.0 + TOLERANCE)


def balances(inventory: Inventory, measures: Measures) -> Iterator[Finding]:
    """Yield a warning for each process and quantity that comes out of nothing, and for carbon that goes nowhere.

    Codes ``mass_balance``, ``carbon_balance``, ``energy_balance``, ``carbon_lost``, with ``out`` and ``into`` in kg,
    kg C and the energy unit of the file.
    """
    for process in inventory.processes:
        of_carbon = carbon(process, inventory, measures)
        for code, balance in (
            ("mass_balance", mass(process, inventory, measures)),
            ("carbon_balance", of_carbon),
            ("energy_balance", energy(process, inventory, measures)),
            ("carbon_lost", of_carbon),
        ):
            if balance is not None and (balance.is_lost if code == "carbon_lost" else balance.is_broken):
                name = title(process)
                yield finding(code, Severity.WARNING, place_of(process), name=name, out=balance.out, into=balance.into)


def mass(process: Process, inventory: Inventory, measures: Measures) -> Balance | None:
    """Return kg of products and wastes against kg of products, wastes and resources; None where nothing has a mass."""

    def content(flow: Flow) -> float:
        return measures.kilograms(flow) or 0.0

    return _sum(process, inventory, measures, content, taken=content, given=lambda _: 0.0)


def carbon(process: Process, inventory: Inventory, measures: Measures) -> Balance | None:
    """Return kg of carbon; None unless everything with a mass that isn't emitted states its carbon content."""
    properties = _named(inventory, r"carbon content|碳含量")
    if not properties:
        return None

    def content(flow: Flow) -> float | None:
        stated = [flow.properties[key] for key in properties if key in flow.properties]
        if stated:
            return stated[0]
        return 0.0 if measures.kilograms(flow) is None else None

    def of_gas(flow: Flow) -> float | None:
        known, weight = gas_of(flow), measures.kilograms(flow)
        share = _CARBON_IN.get(known.gas.partition(" ")[0]) if known is not None else None
        return None if share is None or weight is None else share * weight

    def taken(flow: Flow) -> float | None:
        known = of_gas(flow)
        return content(flow) if known is None else known

    def given(flow: Flow) -> float | None:
        known = of_gas(flow)
        return 0.0 if known is None and measures.kilograms(flow) is None else known

    return _sum(process, inventory, measures, content, taken, given)


def energy(process: Process, inventory: Inventory, measures: Measures) -> Balance | None:
    """Return energy in the file's unit; None unless everything with a mass states its calorific value."""
    properties = _named(inventory, r"energy|calorific|heating value|热值|能量")
    if not properties:
        return None

    def content(flow: Flow) -> float | None:
        stated = [flow.properties[key] for key in properties if key in flow.properties]
        if stated or flow.reference_property in properties:
            return stated[0] if stated else 1.0
        return None if measures.kilograms(flow) is not None else 0.0

    return _sum(process, inventory, measures, content, taken=content, given=lambda _: 0.0)


def _named(inventory: Inventory, pattern: str) -> list[str]:
    found = [key for key, one in inventory.flow_properties.items() if re.search(pattern, one.name, re.IGNORECASE)]
    groups = {inventory.flow_properties[key].unit_group for key in found}
    return sorted(found) if len(groups) == 1 else []


def _sum(
    process: Process, inventory: Inventory, measures: Measures, content: Content, taken: Content, given: Content
) -> Balance | None:
    """Add up both sides; ``taken`` and ``given``: the content of what comes from nature and goes to it."""
    into = out = untold = 0.0
    for exchange in process.exchanges:
        flow = inventory.flows.get(exchange.flow)
        if flow is None or exchange.is_avoided or not exchange.amount:
            continue
        try:
            amount = signed(exchange, flow.kind, measures.amount(flow, exchange))
        except TanbiaoError:
            return None
        of_nature = taken if amount < 0 else given
        holds = of_nature(flow) if flow.kind is FlowKind.ELEMENTARY else content(flow)
        if holds is None and flow.kind is FlowKind.ELEMENTARY and amount > 0:
            untold += amount * (measures.kilograms(flow) or 0.0)
            continue
        if holds is None:
            return None
        into, out = (into - amount * holds, out) if amount < 0 else (into, out + amount * holds)
    return Balance(into, out, untold) if into or out else None
