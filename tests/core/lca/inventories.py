"""Small inventories for tests: processes written in a line each, with kg and kWh in proper unit groups."""

from collections.abc import Mapping
from typing import Any

from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    Inventory,
    Process,
    ProcessKind,
    UnitGroup,
)

GROUPS = {
    "ug-mass": UnitGroup("ug-mass", "Units of mass", "kg", {"kg": 1.0, "g": 1e-3, "t": 1e3}),
    "ug-energy": UnitGroup("ug-energy", "Units of energy", "MJ", {"MJ": 1.0, "kWh": 3.6}),
    "ug-items": UnitGroup("ug-items", "Units of items", "item", {"item": 1.0, "dozen": 12.0}),
}
PROPERTIES = {
    "mass": FlowProperty("mass", "Mass", "ug-mass"),
    "energy": FlowProperty("energy", "Energy", "ug-energy"),
    "items": FlowProperty("items", "Number of items", "ug-items"),
}
CO2 = Flow("co2", {"en": "Carbon dioxide, fossil"}, FlowKind.ELEMENTARY, reference_property="mass",
           properties={"mass": 1.0}, cas="124-38-9", categories=("Emissions to air",))  # fmt: skip
CH4 = Flow("ch4", {"en": "Methane, fossil"}, FlowKind.ELEMENTARY, reference_property="mass",
           properties={"mass": 1.0}, cas="74-82-8", categories=("Emissions to air",))  # fmt: skip


def product(key: str, prop: str = "mass", kind: FlowKind = FlowKind.PRODUCT, **more: Any) -> Flow:
    """A product or waste measured in one property, with others by ``properties``."""
    properties = {prop: 1.0, **more.pop("properties", {})}
    name = more.pop("name", {"en": key})
    return Flow(key, name, kind, reference_property=prop, properties=properties, **more)


def waste(key: str) -> Flow:
    """A waste in kg."""
    return product(key, kind=FlowKind.WASTE)


def made(flow: str, amount: float = 1.0, unit: str = "", **more: Any) -> Exchange:
    """The reference output."""
    return Exchange(flow, False, amount, unit, is_reference=True, **more)


def uses(flow: str, amount: float, unit: str = "", **more: Any) -> Exchange:
    """An input."""
    return Exchange(flow, True, amount, unit, **more)


def gives(flow: str, amount: float, unit: str = "", **more: Any) -> Exchange:
    """An output beside the reference: an emission, a waste, a co-product."""
    return Exchange(flow, False, amount, unit, **more)


def process(key: str, *exchanges: Exchange, location: str = "CN", **more: Any) -> Process:
    """A unit process named as its id."""
    kind = more.pop("kind", ProcessKind.UNIT)
    return Process(key, more.pop("name", {"en": key}), kind, exchanges, location=location, **more)


def shares(method: Any, values: Mapping[str, float], exchange: str = "") -> tuple[AllocationFactor, ...]:
    """Allocation factors of one method."""
    return tuple(AllocationFactor(flow, value, method, exchange) for flow, value in values.items())


def inventory(flows: list[Flow], *processes: Process, **more: Any) -> Inventory:
    """The whole, with CO2 and methane."""
    known = {flow.id: flow for flow in [CO2, CH4, *flows]}
    groups = more.pop("unit_groups", GROUPS)
    properties = more.pop("flow_properties", PROPERTIES)
    return Inventory("hand-made", processes, known, properties, groups, **more)
