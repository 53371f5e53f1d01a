"""What is written as openLCA JSON-LD is read back the same, and what it cannot hold is said."""

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    Inventory,
    ModuleResult,
    Parameter,
    Process,
    ProcessKind,
    Spread,
    UnitGroup,
)
from tanbiao.formats import openlca, registry
from tanbiao.formats.archive import Members
from tanbiao.formats.detect import detect
from tanbiao.formats.writers.openlca import write


def identifier(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))


TEXT = st.text(st.characters(categories=("L", "N"), include_characters="-, ()"), min_size=1, max_size=12).map(str.strip)
WORD = TEXT.filter(bool)
NUMBER = st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False)
POSITIVE = st.floats(1e-6, 1e6)
PEDIGREE = st.one_of(st.just(()), st.tuples(*[st.integers(1, 5)] * 5))


@st.composite
def spreads(draw: st.DrawFn) -> Spread | None:
    low, mode, high = sorted(draw(st.lists(POSITIVE, min_size=3, max_size=3, unique=True)))
    pedigree = draw(PEDIGREE)
    return draw(
        st.sampled_from(
            [
                None,
                Spread("lognormal", sigma=draw(st.floats(0.01, 2.0)), pedigree=pedigree),
                Spread("normal", sigma=low, pedigree=pedigree),
                Spread("triangular", minimum=low, mode=mode, maximum=high, pedigree=pedigree),
                Spread("uniform", minimum=low, maximum=high, pedigree=pedigree),
                Spread("undefined", minimum=low, maximum=high, pedigree=pedigree),
                Spread("lognormal", sigma=0.3, pedigree=pedigree, base_sigma=draw(st.floats(0.01, 1.0))),
            ]
        )
    )


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    groups = {
        key: UnitGroup(key, draw(WORD), "ref", {"ref": 1.0, "other": draw(POSITIVE)}, draw(WORD))
        for key in (identifier("group", n) for n in range(2))
    }
    properties = {
        identifier("property", n): FlowProperty(identifier("property", n), draw(WORD), group)
        for n, group in enumerate(groups)
    }
    first, second = properties
    flows = {}
    for n in range(draw(st.integers(1, 5))):
        key = identifier("flow", n)
        measured = {first: 1.0, second: draw(POSITIVE)} if draw(st.booleans()) else {first: 1.0}
        kind = draw(st.sampled_from([FlowKind.PRODUCT, FlowKind.WASTE, FlowKind.ELEMENTARY]))
        flows[key] = Flow(
            key,
            {"": draw(WORD)},
            kind,
            reference_property=first,
            properties=measured,
            cas=draw(st.sampled_from(["", "124-38-9"])),
            categories=tuple(draw(st.lists(WORD, max_size=2))),
            location=draw(st.sampled_from(["", "CN", "CN-GD"])),
            synonyms=tuple(draw(st.lists(WORD, max_size=2, unique=True))),
        )
    source = Citation(identifier("source", 0), "source", draw(WORD), draw(WORD), "https://example.org")
    processes = [draw(_process(n, flows, source)) for n in range(draw(st.integers(1, 3)))]
    parameters = (Parameter("area", draw(NUMBER)), Parameter("twice", None, "area * 2"))
    parameters = (parameters[0], replace(parameters[1], value=2.0 * (parameters[0].value or 0.0)))
    return Inventory("openlca-jsonld-2", tuple(processes), flows, properties, groups, parameters, {source.id: source})


@st.composite
def _process(draw: st.DrawFn, number: int, flows: dict[str, Flow], source: Citation) -> Process:
    exchanges = []
    for n in range(draw(st.integers(1, 4))):
        flow = flows[draw(st.sampled_from(sorted(flows)))]
        spread = draw(spreads())
        pedigree = spread.pedigree if spread else ()
        exchanges.append(
            Exchange(
                flow.id,
                draw(st.booleans()),
                draw(NUMBER),
                draw(st.sampled_from(["ref", "other"])),
                id=str(n + 1),
                flow_property=flow.reference_property,
                is_reference=n == 0,
                is_avoided=draw(st.booleans()),
                provider=draw(st.sampled_from(["", identifier("process", 0), identifier("process", 99)])),
                location=draw(st.sampled_from(["", "RER"])),
                spread=spread,
                comment=draw(st.one_of(st.just(""), WORD)),
                quality="(" + ";".join(map(str, pedigree)) + ")" if pedigree else "",
            )
        )
    method = draw(st.sampled_from(["physical", "economic", "causal"]))
    factors = tuple(
        AllocationFactor(one.flow, draw(st.floats(0.0, 1.0)), method, one.id if method == "causal" else "")  # type: ignore[arg-type]
        for one in exchanges
    )
    reference = exchanges[0]
    key = identifier("process", number)
    return Process(
        key,
        {"": draw(WORD)},
        draw(st.sampled_from([ProcessKind.UNIT, ProcessKind.SYSTEM])),
        tuple(exchanges),
        version="01.00.000",
        location=draw(st.sampled_from(["", "CN", "RER"])),
        valid_from="2020-01-01",
        valid_until="2024-12-31",
        technology=draw(st.one_of(st.just(""), WORD)),
        categories=tuple(draw(st.lists(WORD, max_size=3))),
        parameters=(Parameter("own", draw(NUMBER), process=key, comment="said"),),
        allocation=factors,
        default_allocation=draw(st.sampled_from(["", "physical", "none", "default"])),
        citations=(source.id,),
        licence=draw(st.one_of(st.just(""), WORD)),
        is_waste_treatment=reference.is_input and not reference.is_avoided,
        documentation={"description": draw(WORD), "dataDocumentor": draw(WORD), "isCopyrightProtected": "true"},
    )


def plain(value: Any) -> Any:
    """Return a value without places and with numbers that went through a logarithm rounded to eleven digits."""
    if isinstance(value, Spread):
        both = [None if one is None else float(f"{one:.11g}") for one in (value.sigma, value.base_sigma)]
        return (value.kind, *both, value.minimum, value.mode, value.maximum, value.pedigree)
    if isinstance(value, Exchange):
        return replace(value, where="", spread=plain(value.spread))
    if isinstance(value, Process):
        kept = {key: text for key, text in value.documentation.items() if key not in ("sources", "contributors")}
        exchanges = tuple(plain(one) for one in value.exchanges)
        return replace(value, where="", exchanges=exchanges, documentation=kept)
    return value


def compared(inventory: Inventory) -> dict[str, Any]:
    return {
        "format": inventory.format,
        "processes": sorted((plain(one) for one in inventory.processes), key=lambda one: str(one.id)),
        "flows": dict(inventory.flows),
        "properties": dict(inventory.flow_properties),
        "groups": dict(inventory.unit_groups),
        "parameters": sorted(inventory.parameters, key=lambda one: one.name),
        "citations": dict(inventory.citations),
    }


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
