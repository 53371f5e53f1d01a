"""Each check finds its fault in a small inventory made for it, and nothing in a sound one."""

from dataclasses import replace

import pytest

from tanbiao.core.dataset.checks import check
from tanbiao.core.dataset.inventory import AllocationFactor, Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.core.findings import render

STEEL, COAL, SLAG, AIR = "steel", "coal", "slag", "co2"
FLOWS = {
    STEEL: Flow(STEEL, {"en": "steel"}, FlowKind.PRODUCT, unit="kg"),
    COAL: Flow(COAL, {"zh": "煤"}, FlowKind.PRODUCT, unit="kg"),
    SLAG: Flow(SLAG, {"": "slag"}, FlowKind.WASTE, unit="kg"),
    AIR: Flow(AIR, {"en": "Carbon dioxide, fossil"}, FlowKind.ELEMENTARY, unit="kg", categories=("Emission to air",)),
}
MADE = Exchange(STEEL, False, 1.0, "kg", is_reference=True, where="exchange 1")
MINE = Process("mine", {"en": "mine"}, ProcessKind.UNIT, (Exchange(COAL, False, 2.0, "kg", is_reference=True),))
MILL = Process(
    "mill",
    {"en": "mill"},
    ProcessKind.UNIT,
    (MADE, Exchange(COAL, True, 0.5, "kg"), Exchange(AIR, False, 1.8, "kg")),
    where="mill.xml",
)


def codes(*processes: Process, flows: dict[str, Flow] = FLOWS) -> list[str]:
    """Return the codes found; every finding speaks both languages and names one next action."""
    found = check(Inventory("ilcd", processes, flows))
    for item in found:
        for lang in ("zh", "en"):
            told = render(item, lang)
            assert told["remedy"], item
            assert "{" not in told["message"], told
    return [item.code for item in found]


def mill(*exchanges: Exchange, **changes: object) -> Process:
    return replace(MILL, exchanges=exchanges or MILL.exchanges, **changes)


def test_a_sound_inventory_has_no_findings() -> None:
    assert codes(MINE, MILL) == []


@pytest.mark.parametrize(
    ("processes", "expected"),
    [
        ([MINE, mill(Exchange(COAL, True, 1.0, "kg"))], "process_without_reference"),
        ([MINE, mill(replace(MADE, amount=0.0))], "reference_zero"),
        ([MINE, mill(replace(MADE, amount=-1.0))], "reference_negative"),
        ([MINE, mill(MADE, Exchange(AIR, False, float("nan"), "kg"))], "amount_not_finite"),
        ([MINE, mill(MADE, Exchange("gone", False, 1.0, "kg"))], "flow_missing"),
        ([MILL], "unlinked_input"),
        ([MINE, replace(MINE, id="mine 2", name={"en": "other"}), MILL], "ambiguous_provider"),
        ([MINE, mill(MADE, Exchange(COAL, True, 1.0, "kg", provider="gone"))], "provider_missing"),
        ([MINE, mill(MADE, Exchange(COAL, True, 1.0, "kg", provider="mill"))], "provider_makes_another"),
        ([MINE, mill(MADE, Exchange(COAL, False, 1.0, "kg"))], "coproducts_without_allocation"),
        ([MINE, MILL, MILL], "duplicate_dataset"),
        ([MINE, MILL, replace(MILL, id="mill 2")], "duplicate_dataset"),
        ([MINE, MILL, mill(MADE)], "uuid_clash"),
        ([MINE, MILL, mill(MADE, version="2")], "several_versions"),
        ([MINE, mill(MADE, *[Exchange(AIR, False, 1.0, "kg")] * 2)], "duplicate_exchange"),
    ],
)
def test_a_fault_is_found_by_its_code_and_nothing_else(processes: list[Process], expected: str) -> None:
    assert codes(*processes) == [expected]


def test_a_named_supplier_ends_the_ambiguity() -> None:
    twin = replace(MINE, id="mine 2", name={"en": "other"})
    assert codes(MINE, twin, mill(MADE, Exchange(COAL, True, 1.0, "kg", provider="mine 2"))) == []


@pytest.mark.parametrize(
    "process",
    [
        mill(Exchange(SLAG, True, -1.0, "kg", is_reference=True)),
        mill(replace(MADE, amount=-1.0), is_waste_treatment=True),
    ],
)
def test_the_reference_of_a_treatment_may_be_negative(process: Process) -> None:
    assert codes(process) == []


@pytest.mark.parametrize(
    ("shares", "expected"),
    [((0.7, 0.3), []), ((0.7, 0.3004), []), ((0.7, 0.4), ["allocation_not_one"]), ((70, 30), ["allocation_not_one"])],
)
def test_allocation_factors_add_up_to_one(shares: tuple[float, float], expected: list[str]) -> None:
    factors = tuple(AllocationFactor(key, value, "physical") for key, value in zip((STEEL, COAL), shares, strict=True))
    assert codes(MINE, mill(MADE, Exchange(COAL, False, 1.0, "kg"), allocation=factors)) == expected


def test_a_fault_of_one_flow_is_told_once_with_its_uses() -> None:
    other = replace(MILL, id="mill 2", name={"en": "mill 2"}, exchanges=(replace(MADE, amount=2.0), MILL.exchanges[1]))
    found = check(Inventory("ilcd", (MILL, other), FLOWS))
    assert [(item.code, item.params["uses"], item.params["name"]) for item in found] == [("unlinked_input", 2, "煤")]


def test_a_finding_names_file_and_element() -> None:
    (found,) = check(Inventory("ilcd", (MINE, mill(replace(MADE, amount=0.0))), FLOWS))
    assert found.where == "mill.xml exchange 1"
