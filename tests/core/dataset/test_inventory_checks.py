"""Each check finds its fault in a small inventory made for it, and nothing in a sound one."""

from dataclasses import replace

import pytest

from tanbiao.core.dataset.checks import check
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


# --- words ---------------------------------------------------------------------------------------------------------

GROUPS = {
    "mass": UnitGroup("mass", "Units of mass", "kg", {"kg": 1.0, "g": 0.001, "t": 1000.0}),
    "energy": UnitGroup("energy", "Units of energy", "MJ", {"MJ": 1.0, "kWh": 3.6}),
}
PROPERTIES = {key: FlowProperty(key, key, key) for key in GROUPS}


def inventory(
    *exchanges: Exchange, flow: Flow | None = None, groups: dict[str, UnitGroup] | None = None, location: str = "CN"
) -> Inventory:
    """Return a mill whose coal is measured in mass, with an own heating value of 25 MJ per kg."""
    coal = Flow(COAL, {"en": "coal"}, FlowKind.PRODUCT, reference_property="mass", properties={"mass": 1, "energy": 25})
    flows = {**FLOWS, COAL: coal, **({flow.id: flow} if flow else {})}
    process = mill(MADE, *exchanges, location=location)
    return Inventory("ilcd", (MINE, process), flows, PROPERTIES, GROUPS if groups is None else groups)


def told(found: Inventory) -> list[tuple[str, str]]:
    return [(item.code, item.severity.value) for item in check(found)]


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (Exchange(COAL, True, 0.002, "t", flow_property="mass"), []),
        (Exchange(COAL, True, 1.0, "kWh", flow_property="energy"), []),
        (Exchange(COAL, True, 1.0, "kWh", flow_property="mass"), [("unit_mismatch", "error")]),
        (Exchange(COAL, True, 1.0, "m3", flow_property="volume"), [("unit_mismatch", "error")]),
        (Exchange(AIR, False, 1.0, "t"), []),
        (Exchange(AIR, False, 1.0, "m3"), [("gas_flow_not_mass", "error"), ("unit_mismatch", "error")]),
    ],
)
def test_a_unit_must_measure_what_the_flow_is_measured_in(exchange: Exchange, expected: list[tuple[str, str]]) -> None:
    assert told(inventory(exchange)) == expected


def test_a_unit_without_a_like_here_is_told_for_products_only() -> None:
    odd = Flow("odd", {"en": "odd"}, FlowKind.WASTE, unit="pig place")
    land = Flow("land", {"en": "occupation"}, FlowKind.ELEMENTARY, unit="m2*a", categories=("resource", "land"))
    for flow, expected in ((odd, [("unit_not_mapped", "info")]), (land, [])):
        assert told(inventory(Exchange(flow.id, False, 1.0, flow.unit), flow=flow)) == expected


@pytest.mark.parametrize(
    ("units", "unit", "expected"),
    [
        ({"kg": 1.0, "t": 0.001}, "t", [("unit_group_inverted", "error")]),
        ({"kg": 1.0, "t": 0.001}, "kg", [("unit_group_inverted", "info")]),
        ({"kg": 1.0, "lb": 0.45}, "lb", [("unit_factor_differs", "warning")]),
        ({"kg": 1.0, "lb": 0.4}, "lb", [("unit_factor_differs", "error")]),
        ({"kg": 1.0, "lb": 0.45}, "kg", [("unit_factor_differs", "info")]),
    ],
)
def test_a_unit_group_is_compared_with_the_exact_factors(
    units: dict[str, float], unit: str, expected: list[tuple[str, str]]
) -> None:
    groups = {**GROUPS, "mass": UnitGroup("mass", "Units of mass", "kg", units)}
    assert told(inventory(Exchange(COAL, True, 0.02, unit, flow_property="mass"), groups=groups)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("HFCs, unspecified", [("uncharacterised_gas_flow", "warning")]),
        ("Carbon dioxide", [("gas_origin_assumed", "info")]),
        ("Methane", []),
        ("Sulfur dioxide", []),
    ],
)
def test_gases_that_cannot_be_weighed_or_are_assumed_are_told(name: str, expected: list[tuple[str, str]]) -> None:
    gas = Flow("gas", {"en": name}, FlowKind.ELEMENTARY, unit="kg", categories=("Emission to air", "unspecified"))
    assert told(inventory(Exchange("gas", False, 1.0, "kg"), flow=gas)) == expected


def test_an_unknown_place_is_told_with_its_uses() -> None:
    (found,) = check(inventory(location="Atlantis"))
    assert (found.code, found.params["location"], found.params["uses"]) == ("place_unknown", "Atlantis", 1)


# --- orders of magnitude --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"mass": 1.0, "energy": 141.0}, []),
        ({"mass": 1.0, "energy": 25_000.0}, [("heating_value_impossible", "error")]),
        ({"mass": 22.0e3, "volume": 1.0}, []),
        ({"mass": 7.85e6, "volume": 1.0}, [("density_impossible", "error")]),
    ],
)
def test_a_property_that_no_substance_has_is_found(
    properties: dict[str, float], expected: list[tuple[str, str]]
) -> None:
    fuel = Flow("fuel", {"en": "fuel"}, FlowKind.PRODUCT, reference_property="mass", properties=properties)
    groups = {**GROUPS, "volume": UnitGroup("volume", "Units of volume", "m3", {"m3": 1.0})}
    held = {key: FlowProperty(key, key, key) for key in groups}
    found = check(Inventory("ilcd", (MINE, MILL), {**FLOWS, "fuel": fuel}, held, groups))
    assert [(item.code, item.severity.value) for item in found] == expected


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (1.05, "kg", []),
        (1.05, "t", ["mass_off_by_thousand"]),
        (1.05, "g", ["mass_off_by_thousand"]),
        (1.5, "t", []),
    ],
)
def test_inputs_that_weigh_a_thousand_times_the_output_are_suspected(
    amount: float, unit: str, expected: list[str]
) -> None:
    assert codes(MINE, mill(MADE, Exchange(COAL, True, amount, unit))) == expected


@pytest.mark.parametrize(
    ("odd", "unit", "expected"),
    [
        (0.52, "kg", []),
        (500.0, "kg", ["amount_off_by_factor"]),
        (0.5 / 3.6, "kg", []),
        (0.5, "g", ["amount_off_by_factor"]),
        (3.0, "kg", []),
    ],
)
def test_an_amount_off_by_the_factor_of_a_unit_is_suspected_beside_its_peers(
    odd: float, unit: str, expected: list[str]
) -> None:
    slag = Exchange(SLAG, False, 0.1, "kg", location="no balance")
    mills = [
        replace(MILL, id=f"m{n}", name={"en": f"mill {n}"}, exchanges=(MADE, Exchange(COAL, True, amount, "kg"), slag))
        for n, amount in enumerate((0.48, 0.5, 0.5, 0.51))
    ]
    # the odd one makes 2 kg, so it uses twice as much per run; water in m3 keeps it out of the mass balance
    water = Exchange("water", True, 1.0, "m3")
    flows = {**FLOWS, "water": Flow("water", {"en": "water"}, FlowKind.ELEMENTARY, unit="m3", categories=("resource",))}
    last = replace(
        MILL,
        id="odd",
        name={"en": "odd"},
        exchanges=(replace(MADE, amount=2.0), Exchange(COAL, True, 2 * odd, unit), slag, water),
    )
    assert codes(MINE, *mills, last, flows=flows) == expected


@pytest.mark.parametrize(
    ("second", "unit", "expected"),
    [
        (3.6, "MJ", ["energy_in_two_units"]),
        (1.0, "MJ", ["energy_in_two_units"]),
        (2.0, "MJ", []),
        (2.0, "kWh", []),
    ],
)
def test_one_stream_in_two_units_of_energy_is_suspected(second: float, unit: str, expected: list[str]) -> None:
    power = Flow("power", {"en": "power"}, FlowKind.PRODUCT, unit="kWh")
    plant = Process(
        "plant", {"en": "plant"}, ProcessKind.UNIT, (Exchange("power", False, 1.0, "kWh", is_reference=True),)
    )
    user = mill(MADE, Exchange("power", True, 1.0, "kWh"), Exchange("power", True, second, unit))
    assert codes(plant, user, flows={**FLOWS, "power": power}) == expected


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [(0.9, "kg", []), (1.0, "kg", ["own_use_exceeds_output"]), (2000.0, "g", ["own_use_exceeds_output"])],
)
def test_a_process_that_uses_up_what_it_makes_is_found(amount: float, unit: str, expected: list[str]) -> None:
    assert codes(MINE, mill(MADE, Exchange(STEEL, True, amount, unit))) == expected


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ((1.0, 1.02, 0.98, 1.0, 3.6), ["amount_off_by_factor"]),
        ((1.0, 1.02, 0.98, 1.0, 1 / 3.6), ["amount_off_by_factor"]),
        ((1.0, 1.02, 0.98, 1.0, 2.5), []),
        ((1.0, 2.0, 0.3, 1.0, 3.6), []),
        ((1.0, 1.0, 3.6), []),
    ],
)
def test_energy_off_by_the_factor_of_kwh_is_suspected_beside_peers_that_agree(
    amounts: tuple[float, ...], expected: list[str]
) -> None:
    power = Flow("power", {"en": "power"}, FlowKind.PRODUCT, unit="kWh")
    plant = Process(
        "plant", {"en": "plant"}, ProcessKind.UNIT, (Exchange("power", False, 1.0, "kWh", is_reference=True),)
    )
    mills = [
        replace(MILL, id=f"m{n}", name={"en": f"mill {n}"}, exchanges=(MADE, Exchange("power", True, amount, "kWh")))
        for n, amount in enumerate(amounts)
    ]
    assert codes(plant, *mills, flows={**FLOWS, "power": power}) == expected
