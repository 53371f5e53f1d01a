"""What is written as openLCA JSON-LD is read by openLCA's own library: every object, with its key values."""

from __future__ import annotations

import io
import math
from typing import Any

import olca_schema
import pytest
from hypothesis import given, settings
from olca_schema import zipio

from inventories import identifier, inventories
from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    Inventory,
    Parameter,
    Process,
    ProcessKind,
    Spread,
    UnitGroup,
)
from tanbiao.formats.writers.openlca import write

ROOT_TYPES = ("Process", "Flow", "FlowProperty", "UnitGroup", "Source", "Actor", "Location", "Parameter", "DQSystem")
FLOW_TYPES = {
    FlowKind.PRODUCT: olca_schema.FlowType.PRODUCT_FLOW,
    FlowKind.WASTE: olca_schema.FlowType.WASTE_FLOW,
    FlowKind.ELEMENTARY: olca_schema.FlowType.ELEMENTARY_FLOW,
}


def library(inventory: Inventory) -> dict[str, dict[str, Any]]:
    """Return type → id → object, as the library reads what we write."""
    reader = zipio.ZipReader(io.BytesIO(write(inventory).data))  # type: ignore[arg-type]
    return {kind: {one.id: one for one in reader.read_each(getattr(olca_schema, kind))} for kind in ROOT_TYPES}


MASS = FlowProperty(identifier("property", 1), "Mass", identifier("group", 1))
KILOGRAMS = UnitGroup(identifier("group", 1), "Units of mass", "kg", {"kg": 1.0, "t": 1000.0})
STEEL = Flow(identifier("flow", 1), {"": "steel"}, FlowKind.PRODUCT, unit="kg", reference_property=MASS.id)
SLAG = Flow(identifier("flow", 2), {"": "slag"}, FlowKind.WASTE, unit="kg", reference_property=MASS.id)
CO2 = Flow(
    identifier("flow", 3),
    {"": "Carbon dioxide, fossil"},
    FlowKind.ELEMENTARY,
    cas="124-38-9",
    categories=("Emission to air", "unspecified"),
    unit="kg",
    reference_property=MASS.id,
)
BOOK = Citation(identifier("source", 1), "source", "Yearbook 2023", "a yearbook", "https://example.org/y")
WRITER = Citation(identifier("actor", 1), "actor", "Institute")


def steel_making() -> Inventory:
    other = identifier("process", 2)
    exchanges = (
        Exchange(STEEL.id, False, 1.0, "t", is_reference=True, id="1"),
        Exchange(STEEL.id, True, 0.25, "kg", provider=other, id="2", formula="a / 4"),
        Exchange(CO2.id, False, 1800.0, "kg", spread=Spread("lognormal", sigma=math.log(1.2)), id="3"),
        Exchange(SLAG.id, False, 0.5, "kg", is_avoided=True, id="4"),
    )
    process = Process(
        identifier("process", 1),
        {"": "steel making"},
        ProcessKind.UNIT,
        exchanges,
        location="CN",
        valid_from="2023-01-01",
        technology="electric arc",
        parameters=(Parameter("a", 1.0),),
        allocation=(AllocationFactor(STEEL.id, 1.0, "economic"),),
        citations=(BOOK.id, WRITER.id),
        version="01.02.003",
    )
    supplier = Process(
        other, {"": "scrap"}, ProcessKind.SYSTEM, (Exchange(STEEL.id, False, 1.0, "kg", is_reference=True),)
    )
    flows = {one.id: one for one in (STEEL, SLAG, CO2)}
    cited = {one.id: one for one in (BOOK, WRITER)}
    groups = {KILOGRAMS.id: KILOGRAMS}
    return Inventory("openlca-jsonld-2", (process, supplier), flows, {MASS.id: MASS}, groups, (), cited)


def test_a_process_with_everything_is_read_by_the_library_with_the_values_written_here() -> None:
    read = library(steel_making())
    process = read["Process"][identifier("process", 1)]
    assert (process.name, process.version, process.process_type) == (
        "steel making",
        "01.02.003",
        olca_schema.ProcessType.UNIT_PROCESS,
    )
    assert read["Process"][identifier("process", 2)].process_type is olca_schema.ProcessType.LCI_RESULT
    made, scrap, gas, slag = process.exchanges
    assert (made.amount, made.unit.name, made.is_quantitative_reference, bool(made.is_input)) == (1.0, "t", True, False)
    assert (scrap.amount, scrap.is_input, scrap.amount_formula) == (0.25, True, "a / 4")
    assert scrap.default_provider.id == identifier("process", 2)
    assert gas.uncertainty.distribution_type is olca_schema.UncertaintyType.LOG_NORMAL_DISTRIBUTION
    assert gas.uncertainty.geom_mean == 1800.0
    assert gas.uncertainty.geom_sd == pytest.approx(1.2, rel=1e-12)  # GSD = e^σ
    assert (slag.amount, slag.is_avoided_product) == (0.5, True)
    assert [(one.value, one.allocation_type, one.product.id) for one in process.allocation_factors] == [
        (1.0, olca_schema.AllocationType.ECONOMIC_ALLOCATION, STEEL.id)
    ]
    assert [(one.name, one.value, one.is_input_parameter) for one in process.parameters] == [("a", 1.0, True)]
    documentation = process.process_documentation
    assert (documentation.valid_from, documentation.technology_description) == ("2023-01-01", "electric arc")
    assert read["Location"][process.location.id].code == "CN"
    assert read["Source"][BOOK.id].name == "Yearbook 2023"
    assert read["Source"][BOOK.id].url == "https://example.org/y"
    assert read["Actor"][WRITER.id].name == "Institute"
    assert read["Flow"][CO2.id].cas == "124-38-9"
    assert read["Flow"][CO2.id].category == "Emission to air/unspecified"
    assert {key: one.flow_type for key, one in read["Flow"].items()} == {
        STEEL.id: olca_schema.FlowType.PRODUCT_FLOW,
        SLAG.id: olca_schema.FlowType.WASTE_FLOW,
        CO2.id: olca_schema.FlowType.ELEMENTARY_FLOW,
    }
    (factor,) = read["Flow"][STEEL.id].flow_properties
    assert (factor.flow_property.id, factor.is_ref_flow_property, factor.conversion_factor) == (MASS.id, True, 1.0)
    assert read["FlowProperty"][MASS.id].unit_group.id == KILOGRAMS.id
    units = {one.name: (one.conversion_factor, bool(one.is_ref_unit)) for one in read["UnitGroup"][KILOGRAMS.id].units}
    assert units == {"kg": (1.0, True), "t": (1000.0, False)}


@settings(deadline=None, max_examples=60)
@given(inventories())
def test_nothing_that_is_written_is_lost_to_the_library(inventory: Inventory) -> None:
    read = library(inventory)
    assert set(read["Process"]) == {one.id for one in inventory.processes}
    for key, flow in inventory.flows.items():
        assert (read["Flow"][key].name, read["Flow"][key].flow_type) == (
            next(iter(flow.name.values()), ""),
            FLOW_TYPES[flow.kind],
        )
    for key, group in inventory.unit_groups.items():
        assert {one.name: one.conversion_factor for one in read["UnitGroup"][key].units} == dict(group.units)
    for key, cited in inventory.citations.items():
        if cited.kind != "review":
            assert read["Source" if cited.kind == "source" else "Actor"][key].name == cited.name
    for process in inventory.processes:
        theirs = read["Process"][process.id]
        assert [(one.flow.id, one.amount, bool(one.is_input)) for one in theirs.exchanges] == [
            (one.flow, one.amount, one.is_input) for one in process.exchanges
        ]
        assert [bool(one.is_quantitative_reference) for one in theirs.exchanges] == [
            one.is_reference for one in process.exchanges
        ]
        assert [one.default_provider.id if one.default_provider else "" for one in theirs.exchanges] == [
            one.provider for one in process.exchanges
        ]
        assert len(theirs.allocation_factors or ()) == len(process.allocation)
        assert len(theirs.parameters or ()) == len(process.parameters)
