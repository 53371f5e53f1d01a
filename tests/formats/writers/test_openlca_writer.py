"""What is written as openLCA JSON-LD is read back the same, and what it cannot hold is said."""

import json
import uuid
from dataclasses import replace

import pytest
from hypothesis import given, settings

from inventories import compared, identifier, inventories
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import (
    Exchange,
    Flow,
    FlowKind,
    Inventory,
    ModuleResult,
    Process,
    ProcessKind,
    Spread,
)
from tanbiao.formats import openlca, registry
from tanbiao.formats.archive import Members
from tanbiao.formats.detect import detect
from tanbiao.formats.writers.openlca import write


@settings(deadline=None, max_examples=60)
@given(inventories())
def test_what_is_written_is_read_back_the_same(inventory: Inventory) -> None:
    written = write(inventory)
    assert written.findings == ()
    members = Members.of_bytes(written.data, "x.zip")
    assert detect(members).format == "openlca-jsonld-2"
    assert compared(registry.read(members)) == compared(inventory)


@settings(deadline=None, max_examples=10)
@given(inventories())
def test_the_same_inventory_gives_the_same_bytes(inventory: Inventory) -> None:
    assert write(inventory).data == write(replace(inventory)).data


def test_the_keys_are_those_of_schema_2() -> None:
    flow = Flow(identifier("flow", 0), {"en": "steel"}, FlowKind.PRODUCT, unit="kg")
    made = Exchange(flow.id, False, 1.0, "kg", is_reference=True, spread=Spread("lognormal", sigma=0.1))
    process = Process(identifier("process", 0), {"en": "mill"}, ProcessKind.UNIT, (made,))
    members = Members.of_bytes(write(Inventory("simapro-csv", (process,), {flow.id: flow})).data, "x.zip")
    assert json.loads(members["olca-schema.json"]) == {"version": 2}
    (exchange,) = json.loads(members[f"processes/{process.id}.json"])["exchanges"]
    assert exchange["isQuantitativeReference"] is True
    assert exchange["isInput"] is False
    assert exchange["uncertainty"]["distributionType"] == "LOG_NORMAL_DISTRIBUTION"
    assert exchange["uncertainty"]["geomSd"] == pytest.approx(1.1051709180756477)  # e^0.1
    read = openlca.read(members)
    assert [item.code for item in read.findings] == []
    assert [read.unit_groups[one.unit_group].reference_unit for one in read.flow_properties.values()] == ["kg"]


def test_ids_that_are_no_uuids_are_made_into_such_and_links_hold() -> None:
    flow = Flow("42", {"": "coal"}, FlowKind.PRODUCT, unit="kg")
    mine = Process("mine", {"": "mine"}, ProcessKind.UNIT, (Exchange("42", False, 1.0, "kg", is_reference=True),))
    user = Process("mill", {"": "mill"}, ProcessKind.UNIT, (Exchange("42", True, 2.0, "kg", provider="mine"),))
    read = openlca.read(Members.of_bytes(write(Inventory("ecospold1", (mine, user), {"42": flow})).data, "x.zip"))
    by_name = {one.name[""]: one for one in read.processes}
    assert by_name["mill"].exchanges[0].provider == by_name["mine"].id == str(uuid.UUID(by_name["mine"].id))


def test_what_openlca_cannot_hold_is_said() -> None:
    flow = Flow(identifier("flow", 0), {"en": "steel", "zh": "钢"}, FlowKind.PRODUCT, unit="kg")
    made = Exchange(flow.id, False, 1.0, "kg", is_reference=True, production_volume=5.0)
    result = ModuleResult("GWP", "A1", 1.0, "kg")
    process = Process(identifier("process", 0), {"": "mill"}, ProcessKind.EPD, (made,), results=(result,))
    told = write(Inventory("ilcd-epd", (process,), {flow.id: flow})).findings
    assert {item.params["what"]: item.params["count"] for item in told} == {
        "names in further languages": 1,
        "production volumes": 1,
        "results by module": 1,
    }


def test_a_flow_of_unknown_kind_stays_unknown() -> None:
    flow = Flow(identifier("flow", 0), {"": "something"}, FlowKind.OTHER, unit="kg")
    made = Exchange(flow.id, True, 1.0, "kg")
    process = Process(identifier("process", 0), {"": "mill"}, ProcessKind.UNIT, (made,))
    written = write(Inventory("ilcd", (process,), {flow.id: flow}))
    assert [item.params["what"] for item in written.findings] == ["flows of another kind"]
    assert openlca.read(Members.of_bytes(written.data, "x.zip")).flows[flow.id].kind is FlowKind.OTHER


@needs_samples
@pytest.mark.parametrize("name", ["uslci-transport_v1.1_schema2.zip", "uslci_olca1_5_0_schema1.zip"])
def test_a_sample_of_another_program_is_written_and_read_back(name: str) -> None:
    with Members.open(LCA / "olca" / name) as members:
        first = registry.read(members)
    second = registry.read(Members.of_bytes(write(first).data, "x.zip"))
    assert second.count_exchanges() == first.count_exchanges()
    assert second.count_references() == first.count_references()
    assert second.products_without_provider() == first.products_without_provider()
    by_id = {one.id: one for one in second.processes}
    for process in first.processes:
        again = by_id[process.id].exchanges
        rows = [(one.flow, one.amount, one.unit, one.is_input, one.is_reference, one.provider) for one in again]
        assert rows == [
            (one.flow, one.amount, one.unit, one.is_input, one.is_reference, one.provider) for one in process.exchanges
        ]
