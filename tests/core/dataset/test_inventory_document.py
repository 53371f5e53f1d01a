"""A stored process reads back whole, hashes by content alone, and shows what changed."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.canonical import canonical_bytes, hash_bytes
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
from tanbiao.core.dataset.inventory_document import differences, document_of, inventory_of

MASS = FlowProperty("p-mass", "mass", "g-mass")
GROUP = UnitGroup("g-mass", "units of mass", "kg", {"kg": 1.0, "t": 1000.0})
STEEL = Flow(
    "f-steel", {"zh": "钢", "en": "steel"}, FlowKind.PRODUCT, reference_property="p-mass", properties={"p-mass": 1.0}
)
CO2 = Flow("f-co2", {"en": "carbon dioxide"}, FlowKind.ELEMENTARY, categories=("air", "urban"), cas="000124-38-9")
OTHER = Flow("f-other", {"en": "not used here"}, FlowKind.PRODUCT)


def inventory(amount: float = 1.8, where: str = "a.json") -> Inventory:
    """Return steel making with every kind of part filled."""
    process = Process(
        "pr-1",
        {"zh": "炼钢", "en": "steel making"},
        ProcessKind.UNIT,
        (
            Exchange("f-steel", False, 1.0, "kg", id="1", flow_property="p-mass", is_reference=True, where="line 1"),
            Exchange(
                "f-co2",
                False,
                amount,
                "kg",
                spread=Spread("lognormal", sigma=0.1, pedigree=(1, 2, 1, 1, 3)),
                formula="a*2",
            ),
        ),
        parameters=(Parameter("a", 0.9),),
        allocation=(AllocationFactor("f-steel", 1.0, "physical"),),
        results=(ModuleResult("GWP-total", "A1-A3", 2.0, "kg CO2e"),),
        declared_modules=("A1-A3",),
        citations=("s-1",),
        documentation={"remark": "x"},
        where=where,
    )
    return Inventory(
        "openlca-jsonld-2",
        (process,),
        {flow.id: flow for flow in (STEEL, CO2, OTHER)},
        {"p-mass": MASS},
        {"g-mass": GROUP},
        (Parameter("plant", 2.0),),
        {"s-1": Citation("s-1", "source", "Handbook"), "s-2": Citation("s-2", "source", "unused")},
    )


def test_a_document_reads_back_to_the_same_process_with_what_it_rests_on() -> None:
    full = inventory()
    document = document_of(full.processes[0], full)
    assert set(document["flows"]) == {"f-steel", "f-co2"}
    assert set(document["citations"]) == {"s-1"}
    again = inventory_of([document])
    assert document_of(again.processes[0], again) == document
    process = full.processes[0]
    bare = replace(process, where="", exchanges=tuple(replace(one, where="") for one in process.exchanges))
    assert again.processes[0] == bare
    assert again.flows["f-co2"] == CO2
    assert again.unit_groups == {"g-mass": GROUP}
    assert again.parameters == (Parameter("plant", 2.0),)


def test_the_place_in_a_file_is_not_content_but_a_figure_is() -> None:
    here, there, other = inventory(), inventory(where="b/other.json"), inventory(amount=1.9)
    hashes = [hash_bytes(canonical_bytes(document_of(one.processes[0], one))) for one in (here, there, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_what_changed_is_told_by_exchange_and_field() -> None:
    before, after = inventory(), inventory(amount=1.9)
    process = replace(
        after.processes[0],
        location="CN",
        exchanges=(*after.processes[0].exchanges, Exchange("f-other", True, 2.0, "kg")),
    )
    changes = differences(
        document_of(before.processes[0], before), document_of(process, replace(after, processes=(process,)))
    )
    assert changes == [
        {"part": "process", "key": "location", "before": None, "after": "CN"},
        {"part": "exchange", "key": "carbon dioxide ←", "before": "1.8 kg = a*2", "after": "1.9 kg = a*2"},
        {"part": "exchange", "key": "not used here →", "before": None, "after": "2 kg"},
    ]
    same = document_of(before.processes[0], before)
    assert differences(same, same) == []


def test_an_amount_that_the_file_leaves_out_is_null_and_never_zero() -> None:
    full = inventory(amount=math.nan)
    document = document_of(full.processes[0], full)
    assert document["process"]["exchanges"][1]["amount"] is None
    assert math.isnan(inventory_of([document]).processes[0].exchanges[1].amount)
    known = document_of(inventory().processes[0], inventory())
    assert [(item["before"], item["after"]) for item in differences(known, document)] == [
        ("1.8 kg = a*2", "? kg = a*2")
    ]


@given(st.lists(st.tuples(st.sampled_from(["f-steel", "f-co2"]), st.booleans(), st.floats(-1e9, 1e9)), max_size=6))
def test_any_exchanges_survive_the_round(rows: list[tuple[str, bool, float]]) -> None:
    full = inventory()
    exchanges = tuple(Exchange(flow, is_input, amount, "kg") for flow, is_input, amount in rows)
    process = replace(full.processes[0], exchanges=exchanges)
    again = inventory_of([document_of(process, full)])
    assert again.processes[0].exchanges == exchanges
