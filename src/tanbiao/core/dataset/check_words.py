"""Checks of an inventory against the nomenclature: gases, units and places that have no like here, or contradict it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tanbiao.core.dataset.inventory import Exchange, FlowKind, Inventory, UnitGroup
from tanbiao.core.dataset.nomenclature import gas_of, is_gas_by_name
from tanbiao.core.dataset.nomenclature_places import place_of
from tanbiao.core.dataset.nomenclature_units import UnitFault, convertible, faults_of, unit_named
from tanbiao.core.findings import Finding, Severity, finding

__all__ = ["WORD_CHECKS", "gases", "place_in", "places", "unit_groups", "units"]


def place_in(process: str, exchange: str) -> str:
    """Return where an exchange stands; its own place alone where that names the file already."""
    member = process.partition(":")[0]
    return exchange if exchange.startswith(member) else f"{process} {exchange}".rstrip()


@dataclass(slots=True)
class _Uses:
    """How often something is used, and where first."""

    count: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def note(self, key: str, where: str) -> None:
        """Count one use."""
        self.count[key] += 1
        self.first.setdefault(key, where)

    def items(self) -> Iterator[tuple[str, int, str]]:
        """Yield key, number of uses and first place."""
        for key, count in self.count.items():
            yield key, count, self.first[key]


def gases(inventory: Inventory) -> Iterator[Finding]:
    """Greenhouse gas flows that have no factor here, whose origin is assumed, or whose unit is no mass.

    A flow counts as a greenhouse gas by its name or CAS number only; other elementary flows are no finding.
    """
    unknown, assumed, not_mass = _Uses(), _Uses(), _Uses()
    found = {key: gas_of(flow) for key, flow in inventory.flows.items()}
    suspected = {key for key, gas in found.items() if gas is None and is_gas_by_name(inventory.flows[key])}
    for process in inventory.processes:
        for exchange in process.exchanges:
            where = place_in(process.where or process.id, exchange.where)
            if exchange.flow in suspected:
                unknown.note(exchange.flow, where)
            gas = found.get(exchange.flow)
            if gas is None:
                continue
            if gas.origin_assumed and gas.gas.startswith("CO2"):
                assumed.note(exchange.flow, where)
            if convertible(_unit(inventory, exchange), "kg") is False:
                not_mass.note(exchange.flow, where)
    for uses, code, severity in (
        (unknown, "uncharacterised_gas_flow", Severity.WARNING),
        (assumed, "gas_origin_assumed", Severity.INFO),
        (not_mass, "gas_flow_not_mass", Severity.ERROR),
    ):
        for key, count, where in uses.items():
            flow = inventory.flows[key]
            name = next((text for text in flow.name.values() if text), key)
            yield finding(code, severity, where, name=name, place=" / ".join(flow.categories), uses=count)


def _unit(inventory: Inventory, exchange: Exchange) -> str:
    """Return the unit an exchange's amount is in: its own, else its flow's, else the reference unit of its property."""
    if exchange.unit:
        return exchange.unit
    flow = inventory.flows.get(exchange.flow)
    if flow is None or flow.unit:
        return "" if flow is None else flow.unit
    group = _group(inventory, exchange)
    return "" if group is None else group.reference_unit


def _group(inventory: Inventory, exchange: Exchange) -> UnitGroup | None:
    flow = inventory.flows.get(exchange.flow)
    key = exchange.flow_property or ("" if flow is None else flow.reference_property)
    held = inventory.flow_properties.get(key)
    return None if held is None else inventory.unit_groups.get(held.unit_group)


def units(inventory: Inventory) -> Iterator[Finding]:
    """Exchanges in a unit that their flow is not measured in; units of products that have no like here.

    With unit groups the unit must stand in the group of the exchange's flow property, and the flow must have that
    property; without them it must convert to the flow's own unit.
    """
    unmapped = _Uses()
    for process in inventory.processes:
        for exchange in process.exchanges:
            flow = inventory.flows.get(exchange.flow)
            if flow is None:
                continue
            where = place_in(process.where or process.id, exchange.where)
            expected = _expected(inventory, exchange)
            if expected:
                yield finding("unit_mismatch", Severity.ERROR, where, unit=exchange.unit or "—", expected=expected)
            unit = _unit(inventory, exchange)
            if unit and flow.kind is not FlowKind.ELEMENTARY and unit_named(unit) is None:
                unmapped.note(unit, where)
    for unit, count, where in unmapped.items():
        yield finding("unit_not_mapped", Severity.INFO, where, unit=unit, uses=count)


def _expected(inventory: Inventory, exchange: Exchange) -> str:
    """Return what the exchange should be measured in, or '' where it is or nobody can tell."""
    flow = inventory.flows[exchange.flow]
    if "%" in (flow.unit, exchange.unit):
        return ""  # a share of what a scenario treats is no measure
    prop = exchange.flow_property
    if prop and flow.properties and prop not in flow.properties:
        held = inventory.flow_properties.get(flow.reference_property)
        return flow.reference_property if held is None else held.name
    group = _group(inventory, exchange)
    if group is not None:
        known = not exchange.unit or exchange.unit in group.units or exchange.unit == group.reference_unit
        return "" if known or convertible(exchange.unit, group.reference_unit) else group.reference_unit
    if flow.unit and exchange.unit and convertible(exchange.unit, flow.unit) is False:
        return flow.unit
    return ""


def unit_groups(inventory: Inventory) -> Iterator[Finding]:
    """Unit groups whose factors contradict the exact ones: an error where an exchange uses such a unit."""
    used = {
        (group.id, exchange.unit)
        for process in inventory.processes
        for exchange in process.exchanges
        if exchange.unit and (group := _group(inventory, exchange)) is not None
    }
    for group in inventory.unit_groups.values():
        faults = faults_of(group)
        for inverted in (True, False):
            wrong = [one for one in faults if one.inverted is inverted]
            if not wrong:
                continue
            touched = [one for one in wrong if (group.id, one.unit) in used]
            first = (touched or wrong)[0]
            named = ", ".join(one.unit for one in (touched or wrong)[:6])
            yield finding(
                "unit_group_inverted" if inverted else "unit_factor_differs",
                _weight(touched, inverted=inverted),
                group.name or group.id,
                units=named,
                unit=first.unit,
                stated=first.stated,
                exact=first.exact,
                reference=group.reference_unit,
            )


_SERIOUS = 0.01
"""A factor of a used unit that is off by more than this is an error; less is rounding that a person should see."""


def _weight(touched: list[UnitFault], *, inverted: bool) -> Severity:
    if not touched:
        return Severity.INFO
    off = max(abs(one.stated / one.exact - 1.0) for one in touched)
    return Severity.ERROR if inverted or off > _SERIOUS else Severity.WARNING


def places(inventory: Inventory) -> Iterator[Finding]:
    """Locations that have no like here: once per location."""
    unknown = _Uses()
    for process in inventory.processes:
        if place_of(process.location) is None:
            unknown.note(process.location, process.where or process.id)
    for location, count, where in unknown.items():
        yield finding("place_unknown", Severity.WARNING, where, location=location, uses=count)


WORD_CHECKS = (gases, units, unit_groups, places)
"""The checks of this module, in the order in which their findings are told."""
