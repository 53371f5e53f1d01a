"""Foreign names, units and places are understood in the conventions of the field, and what is not is left alone."""

import json
from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.dataset.inventory import Flow, FlowKind, UnitGroup
from tanbiao.core.dataset.nomenclature import gas_of, gas_of_id, is_gas_by_name
from tanbiao.core.dataset.nomenclature_places import grids_of, place_of, provinces_of
from tanbiao.core.dataset.nomenclature_units import convertible, faults_of, unit_named
from tanbiao.core.gases import all_gases

AIR = ("Elementary flows", "air", "unspecified")
ILCD_AIR = ("Emissions", "Emissions to air", "Emissions to air, unspecified")


def flow(name: str, *categories: str, cas: str = "", kind: FlowKind = FlowKind.ELEMENTARY, lang: str = "en") -> Flow:
    return Flow("no id", {lang: name}, kind, cas=cas, categories=categories or AIR)


@pytest.mark.parametrize(
    ("name", "categories", "gas"),
    [
        # ILCD and EF
        ("carbon dioxide (fossil)", ILCD_AIR, "CO2 fossil"),
        ("carbon dioxide (biogenic)", ILCD_AIR, "CO2 biogenic"),
        ("carbon dioxide (land use change)", ILCD_AIR, "CO2 land use change"),
        ("methane (land use change)", ILCD_AIR, "CH4 land use change"),
        ("carbon dioxide (biogenic uptake)", ("Resources", "Resources from air"), "CO2 uptake"),
        ("carbon dioxide", ("Resources", "Resources from air", "Renewable resources"), "CO2 uptake"),
        ("nitrous oxide", ILCD_AIR, "N2O"),
        # ecoinvent and openLCA
        ("Carbon dioxide, non-fossil", ("air", "low population density"), "CO2 biogenic"),
        ("Carbon dioxide, from soil or biomass stock", ("air", "unspecified"), "CO2 land use change"),
        ("Carbon dioxide, to soil or biomass stock", ("soil", "unspecified"), "CO2 land use change"),
        ("Carbon dioxide, in air", ("natural resource", "in air"), "CO2 uptake"),
        ("Methane, non-fossil", ("air", "urban air close to ground"), "CH4 biogenic"),
        ("Dinitrogen monoxide", ("air", "lower stratosphere + upper troposphere"), "N2O"),
        ("Ethane, 1,1,1,2-tetrafluoro-, HFC-134a", AIR, "HFC-134a"),
        ("Ethane, hexafluoro-, HFC-116", AIR, "C2F6"),
        ("Methane, tetrafluoro-, R-14", AIR, "CF4"),
        ("Methane, bromotrifluoro-, Halon 1301", AIR, "Halon-1301"),
        # US federal list, SimaPro, Chinese
        ("Carbon tetrafluoride", ("emission", "air"), "CF4"),
        ("Methane", ("Emissions to air", "low. pop."), "CH4 unspecified"),
        ("Carbon dioxide, land transformation", ("Emissions to air",), "CO2 land use change"),
        ("R134a", AIR, "HFC-134a"),
        ("二氧化碳（化石源）", ("排放到大气",), "CO2 fossil"),
        ("甲烷（生物成因）", ("大气",), "CH4 biogenic"),
        ("六氟化硫", (), "SF6"),
    ],
)
def test_a_greenhouse_gas_is_known_by_its_name_and_compartment(
    name: str, categories: tuple[str, ...], gas: str
) -> None:
    found = gas_of(flow(name, *categories))
    assert found is not None
    assert (found.gas, found.by) == (gas, "name")
    assert gas in all_gases()


@pytest.mark.parametrize(
    ("name", "categories"),
    [
        ("Carbon dioxide, fossil", ("water", "river")),
        ("Methane, dichloro-, HCC-30", ("water", "unspecified")),
        ("Coalbed methane (in MJ)", ("resource", "in ground")),
        ("Methane, fossil", ("resource", "in ground")),
        ("Hydrocarbons (other than methane)", AIR),
        ("NMVOC, non-methane volatile organic compounds", AIR),
        ("Methanesulfonic acid", AIR),
        ("Carbon monoxide, fossil", AIR),
        ("Fluoranthene", AIR),
        ("Carbon dioxide, non-fossil, resource correction", ("natural resource", "in air")),
    ],
)
def test_what_is_no_release_of_a_gas_to_air_is_none_and_not_suspected(name: str, categories: tuple[str, ...]) -> None:
    assert gas_of(flow(name, *categories)) is None
    assert not is_gas_by_name(flow(name, *categories))


@pytest.mark.parametrize(
    "name", ["HFCs and HCFCs, unspecified", "Perfluorocarbons, unspecified", "CFCs, unspecified", "HFC-999", "温室气体"]
)
def test_a_group_of_gases_is_suspected_but_not_guessed(name: str) -> None:
    assert gas_of(flow(name)) is None
    assert is_gas_by_name(flow(name))


def test_the_cas_number_decides_where_the_name_does_not_and_the_name_tells_the_origin() -> None:
    found = gas_of(flow("Lachgas", cas="010024-97-2"))
    assert found is not None
    assert (found.gas, found.by) == ("N2O", "cas")
    found = gas_of(flow("Kohlendioxid, fossil", cas="000124-38-9"))
    assert found is not None
    assert (found.gas, found.by, found.origin_assumed) == ("CO2 fossil", "cas", False)
    assert gas_of(flow("whatever", cas="NaN")) is None


def test_carbon_dioxide_of_unknown_origin_is_taken_as_fossil_and_said_so() -> None:
    found = gas_of(flow("Carbon dioxide"))
    assert found is not None
    assert (found.gas, found.origin_assumed) == ("CO2 fossil", True)


def test_an_id_of_a_reference_list_is_known_whatever_the_name() -> None:
    ilcd = "08a91e70-3ddc-11dd-923d-0050c2490048"  # carbon dioxide (fossil), emissions to air, unspecified
    found = gas_of(Flow(ilcd.upper(), {"de": "Kohlendioxid"}, FlowKind.ELEMENTARY))
    assert found is not None
    assert (found.gas, found.by, found.taken_up, found.origin_assumed) == ("CO2 fossil", "id", False, False)
    uptake = gas_of_id("e838afff-14f3-38c4-8cfa-c63380cfaa59")  # US LCI: Carbon dioxide, in air
    assert uptake is not None
    assert (uptake.gas, uptake.taken_up) == ("CO2 uptake", True)


def test_synonyms_count_only_without_a_cas_number_and_an_ion_is_no_molecule() -> None:
    cobalt = Flow("x", {"en": "cobalt"}, FlowKind.ELEMENTARY, cas="7440-48-4", categories=AIR, synonyms=("CO2", "Co2+"))
    assert gas_of(cobalt) is None
    assert gas_of(replace(cobalt, cas="", synonyms=("Co²⁺",))) is None
    found = gas_of(replace(cobalt, name={"en": "Lachgas"}, cas="", synonyms=("Distickstoff", "nitrous oxide")))
    assert found is not None
    assert found.gas == "N2O"


def test_only_elementary_flows_are_gases() -> None:
    assert gas_of(flow("Carbon dioxide, fossil", kind=FlowKind.PRODUCT)) is None


def test_the_sign_follows_the_direction_of_the_exchange() -> None:
    emitted, taken = gas_of(flow("Methane, fossil")), gas_of(flow("Carbon dioxide, in air", "resource", "in air"))
    stored = gas_of(flow("Carbon dioxide, to soil or biomass stock", "soil"))
    assert emitted is not None
    assert taken is not None
    assert stored is not None
    assert (emitted.mass(2.0, is_input=False), emitted.mass(2.0, is_input=True)) == (2.0, -2.0)
    assert (taken.mass(2.0, is_input=True), taken.mass(2.0, is_input=False)) == (2.0, -2.0)
    assert stored.mass(2.0, is_input=False) == -2.0


@given(st.sampled_from(sorted(all_gases())))
def test_every_gas_of_the_table_is_known_by_its_own_name(key: str) -> None:
    if not key.startswith(("CO2", "CH4")):
        found = gas_of(flow(key))
        assert found is not None
        assert found.gas == key
        assert (found.sign, found.taken_up, found.origin_assumed) == (1, False, False)


def test_a_formula_of_several_isomers_names_none_of_them() -> None:
    formulas = [gas.formula for gas in all_gases().values()]
    shared = sorted({text for text in formulas if text and formulas.count(text) > 1} - {"CO2", "CH4"})
    assert shared
    assert [text for text in shared if gas_of(flow(text)) is not None and text not in all_gases()] == []


# --- units ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kilograms"), [("kg", 1.0), ("t", 1000.0), ("Mg", 1000.0), ("lb av", 0.45359237), ("sh tn", 907.18474)]
)
def test_foreign_masses_are_known_exactly(name: str, kilograms: float) -> None:
    known = unit_named(name)
    assert known is not None
    assert float(known.factor) == kilograms  # NIST SP 811


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("kWh", "MJ", True),
        ("btu", "kcal", True),
        ("tkm", "kg*km", True),
        ("kg", "m3", False),
        ("Item(s)", "kg", False),
        ("kg", "furlong per fortnight", None),
        ("m2*a", "m2*a", True),
    ],
)
def test_units_convert_when_they_measure_the_same(first: str, second: str, expected: bool | None) -> None:
    assert convertible(first, second) is expected


def test_a_group_whose_factors_are_reciprocals_is_found() -> None:
    group = UnitGroup("g", "Unit of mass", "kg", {"kg": 1.0, "g": 1000.0, "lb": 2.2046, "u": 6e26})
    assert [(one.unit, one.inverted) for one in faults_of(group)] == [("g", True), ("lb", True)]


def test_rounded_factors_are_found_and_sound_ones_are_not() -> None:
    length = UnitGroup("g", "Units of length", "m", {"m": 1.0, "in": 0.02, "ft": 0.3048, "mi": 1609.34, "km": 1000.0})
    (fault,) = faults_of(length)
    assert (fault.unit, fault.stated, fault.exact, fault.inverted) == ("in", 0.02, 0.0254, False)
    assert faults_of(UnitGroup("a", "Units of area", "m2", {"m2": 1.0, "a": 100.0})) == ()
    assert faults_of(UnitGroup("x", "nobody knows", "frob", {"frob": 1.0, "kg": 7.0})) == ()


# --- places ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        *[(text, "CN", "country") for text in ("CN", "China", "中国", "CHN")],
        *[(text, "CN-GD", "province") for text in ("CN-GD", "广东", "广东省", "CN-44", "GD-CN", "Guangdong")],
        ("HEB-CN", "CN-HE", "province"),
        ("SAX-CN", "CN-SN", "province"),
        ("SX-CN", "CN-SX", "province"),
        ("内蒙古自治区", "CN-NM", "province"),
        ("DL-LN-CN", "CN-LN", "part"),
        ("CN-CSG", "CN / 南方电网", "grid"),
        ("华东", "CN / 华东电网", "grid"),
        ("华东电网", "CN / 华东电网", "grid"),
        ("CN-NCGC", "CN / 华北电网", "grid"),
        ("GLO", "GLO", "region"),
        ("RoW", "RoW", "region"),
        ("Europe without Switzerland", "Europe without Switzerland", "region"),
        ("RER", "RER", "region"),
        ("US-WECC", "US-WECC", "part"),
        ("United States of America (the)", "US", "country"),
        ("TW", "TW", "country"),
        ("", "", "unspecified"),
        ("UNSPECIFIED", "", "unspecified"),
    ],
)
def test_places_are_known_by_code_and_name(text: str, code: str, kind: str) -> None:
    place = place_of(text)
    assert place is not None
    assert (place.code, place.kind) == (code, kind)


def test_every_province_hangs_on_a_grid_and_inner_mongolia_on_two() -> None:
    """Baseline factors for emission reduction projects: Inner Mongolia is divided between north and northeast."""
    table = json.loads(resources.files("tanbiao.data.nomenclature").joinpath("places.json").read_text("utf-8"))
    assert {code: len(grids_of(code)) for code in table["provinces"] if len(grids_of(code)) != 1} == {"CN-NM": 2}
    assert set(table["grid_provinces"]["served"]) == set(table["grids"])
    assert all(province in provinces_of(grid) for province in table["provinces"] for grid in grids_of(province))
    assert provinces_of("南方电网") == ("CN-GD", "CN-GX", "CN-YN", "CN-GZ", "CN-HI")
    assert grids_of("重庆市") == ("CN / 西南电网",)
    assert (grids_of("CN"), provinces_of("CN-GD"), grids_of("?")) == ((), (), ())


def test_the_seven_grids_and_all_provinces_lie_in_china() -> None:
    grids = ["CN-NCGC", "CN-NECG", "CN-ECGC", "CN-CCG", "CN-NWG", "CN-CSG", "CN-SWG"]
    places = [place_of(code) for code in grids]
    assert len({place.code for place in places if place is not None and place.country == "CN"}) == 7


@pytest.mark.parametrize("text", ["Atlantis", "XX-CN", "nowhere-XX", "Q"])
def test_an_unknown_place_is_not_guessed(text: str) -> None:
    assert place_of(text) is None
