"""Units: exact factors against published definitions and pint, bases that never meet, amounts as people write them."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pint import UnitRegistry

from tanbiao.core import unit_table, units
from tanbiao.core.findings import TanbiaoError, render

# Definitions: SI brochure 2019; NIST SP 811 appendix B (mile, pound, gallon, barrel); GB/T 2589-2020 (29307.6 kJ/kg);
# IEA (1 toe = 41.868 GJ); 15 mu = 1 hectare.
CONVERSIONS = [
    ("1 kWh", "MJ", 3.6),
    ("1 MWh", "GJ", 3.6),
    ("1 度", "MJ|electricity", 3.6),
    ("1 万度", "kWh|electricity", 10_000.0),
    ("1 吨标煤", "GJ|LHV", 29.3076),
    ("1 千克标准煤", "MJ|LHV", 29.3076),
    ("1 toe", "MJ|LHV", 41_868.0),
    ("2.5 t", "kg", 2500.0),
    ("1 吨", "公斤", 1000.0),
    ("1 斤", "g", 500.0),
    ("1 lb", "kg", 0.45359237),
    ("3 万立方米", "m3", 30_000.0),
    ("1 万Nm3", "Nm3", 10_000.0),
    ("5 标准立方米", "m3|normal conditions", 5.0),
    ("1 gal", "L", 3.785411784),
    ("12 吨公里", "kg*km", 12_000.0),
    ("1 万吨公里", "t*km", 10_000.0),
    ("1 mi", "km", 1.609344),
    ("15 亩", "公顷", 1.0),
    ("250 mg", "g", 0.25),
    ("20 件", "piece", 20.0),
    ("1 kW*h", "kWh", 1.0),
    ("1 kg/t", "%", 0.1),
    ("3 kg", "kg|waste", 3.0),
]


@pytest.mark.parametrize(("amount", "target", "expected"), CONVERSIONS)
def test_conversion_equals_the_definition(amount: str, target: str, expected: float) -> None:
    value, unit = units.parse_amount(amount)
    assert units.convert(value, unit, units.parse_unit(target)) == pytest.approx(expected, rel=1e-15)


def test_every_known_unit_equals_pint() -> None:
    registry: UnitRegistry[Fraction] = UnitRegistry(non_int_type=Fraction, cache_folder=None)
    for name in ("piece", "sheet", "person", "vehicle", "EUR", "USD", "CNY"):
        registry.define(f"{name} = [{name}]")
    for name, atom in {**unit_table.ATOMS, **unit_table.COMPOUNDS}.items():
        quantity = registry.Quantity(registry.parse_expression(atom.pint)).to_base_units()
        assert float(quantity.magnitude) == pytest.approx(float(atom.factor), rel=1e-14), name
        dimension = {key.strip("[]"): int(power) for key, power in quantity.dimensionality.items()}
        assert dict(atom.dimension) == dimension, name


@pytest.mark.parametrize(
    "text", [*unit_table.ALIASES, *unit_table.COMPOUNDS, "万亿kWh", "10^4 Nm3", "度", "kg|N", "kg/m2"]
)
def test_a_unit_reads_back_what_it_writes(text: str) -> None:
    unit = units.parse_unit(text)
    assert units.parse_unit(str(unit)) == unit


def test_a_conversion_beyond_any_number_is_refused() -> None:
    with pytest.raises(TanbiaoError) as caught:
        units.convert(1e308, units.parse_unit("t"), units.parse_unit("mg"), where="r1")
    assert (caught.value.code, caught.value.where) == ("amount_not_finite", "r1")


def test_every_alias_names_a_known_unit() -> None:
    for alias, name in unit_table.ALIASES.items():
        assert name in unit_table.ATOMS or name in unit_table.COMPOUNDS, alias
        assert units.parse_unit(alias).dimension == units.parse_unit(name).dimension


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("kWh|LHV", "kWh|electricity"),
        ("kWh", "kWh|electricity"),
        ("kWh|LHV", "kWh|HHV"),
        ("kWh|heat", "MJ|LHV"),
        ("kg", "kg|N"),
        ("kg|N", "kg|K2O"),
        ("kg", "kg|live mass"),
        ("kg|waste", "kg|hydrogen"),
        ("m3", "Nm3"),
        ("kg", "kWh"),
        ("t", "t*km"),
        ("piece", "kg"),
        ("EUR", "USD"),
        ("L", "kg"),
    ],
)
def test_what_does_not_mean_the_same_is_refused_and_both_units_are_named(source: str, target: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        units.convert(1.0, units.parse_unit(source), units.parse_unit(target), where="stages.use.r1.amount")
    assert caught.value.code == "unit_mismatch"
    assert caught.value.where == "stages.use.r1.amount"
    for lang in ("zh", "en"):
        message = render(caught.value.findings[0], lang)["message"]
        assert str(units.parse_unit(source)) in message
        assert str(units.parse_unit(target)) in message


def test_a_stated_heating_value_leads_from_mass_to_energy() -> None:
    # NDRC guideline table: diesel 42.652 GJ/t; 2 t hold 85.304 GJ.
    diesel = units.parse_property("LHV", "42.652 MJ/kg")
    assert units.convert(2.0, units.parse_unit("t"), units.parse_unit("GJ|LHV"), [diesel]) == pytest.approx(85.304)
    with pytest.raises(TanbiaoError, match="can't be converted"):
        units.convert(2.0, units.parse_unit("t"), units.parse_unit("GJ|electricity"), [diesel])


def test_properties_chain_from_litres_to_energy_and_back() -> None:
    stated = {
        "density": units.parse_property("density", "0.84 kg/L"),
        "LHV": units.parse_property("LHV", "42.652 MJ/kg"),
    }
    litre, megajoule = units.parse_unit("L"), units.parse_unit("MJ|LHV")
    energy = units.convert(100.0, litre, megajoule, stated)
    assert energy == pytest.approx(100 * 0.84 * 42.652)
    assert units.convert(energy, megajoule, litre, stated) == pytest.approx(100.0)


def test_nitrogen_content_leads_from_fertiliser_to_nitrogen() -> None:
    urea = units.parse_property("N", "0.46 kg/kg")
    assert units.convert(100.0, units.parse_unit("kg"), units.parse_unit("kg|N"), [urea]) == pytest.approx(46.0)


@pytest.mark.parametrize(("per_piece", "mass"), [("4.0", 400.0), ("4.2", 420.0), ("4.3", 430.0)])
def test_bricks_need_a_stated_mass_per_piece(per_piece: str, mass: float) -> None:
    """Worked example CN-04: 100 bricks; no evidence of the mass gives no number."""
    bricks, kilogram = units.parse_amount("100 块"), units.parse_unit("kg")
    with pytest.raises(TanbiaoError) as caught:
        units.convert(*bricks, kilogram)
    assert caught.value.code == "unit_mismatch"
    stated = units.parse_property("mass", f"{per_piece} kg/块")
    assert units.convert(*bricks, kilogram, [stated]) == pytest.approx(mass)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,234 kg", "amount_separator"),
        ("1,5 kg", "amount_separator"),
        ("1 234 567 kg", "amount_separator"),
        ("nan kg", "amount_not_finite"),
        ("-inf kg", "amount_not_finite"),
        ("1e999 kg", "amount_not_finite"),
        ("", "amount_malformed"),
        ("kg", "amount_malformed"),
        ("about 3 kg", "amount_malformed"),
        ("1.2.3 kg", "amount_malformed"),
        ("3", "unit_missing"),
        ("3 furlong", "unit_unknown"),
        ("3 kelvin", "unit_unknown"),
        ("3 kg**9**9", "unit_unknown"),
        ("3 kWh|gas", "unit_basis_unknown"),
        ("3 tce|electricity", "unit_basis_contradicts"),
        ("3 kg/", "unit_unknown"),
        ("3 kg^99999999", "unit_unknown"),
        ("3 " + "万" * 500 + "kg", "unit_unknown"),
        ("3 kg*" + "kg*" * 500 + "kg", "unit_unknown"),
    ],
)
def test_bad_amounts_are_named_errors_at_their_place(text: str, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        units.parse_amount(text, "row 7")
    assert (caught.value.code, caught.value.where) == (code, "row 7")


@pytest.mark.parametrize("text", ["２.４１ ｋｇ", "2.41kg", " 2.41 千克 ", "2.41e0 公斤", "+2.41 ㎏"])
def test_people_write_the_same_amount_in_many_ways(text: str) -> None:
    value, unit = units.parse_amount(text)
    assert (value, str(unit)) == (2.41, "kg")


def test_a_minus_sign_of_any_kind_is_a_minus() -> None:
    assert units.parse_amount("−3 kg")[0] == units.parse_amount("-3 kg")[0] == -3.0


def test_an_electricity_row_may_leave_the_basis_out_but_not_contradict_it() -> None:
    assert str(units.qualify(units.parse_unit("kWh"), "electricity")) == "kWh|electricity"
    with pytest.raises(TanbiaoError) as caught:
        units.qualify(units.parse_unit("kWh|LHV"), "electricity")
    assert caught.value.code == "unit_mismatch"


@pytest.mark.parametrize("text", ["42 MJ", "0 MJ/kg", "-1 MJ/kg", "MJ/kg"])
def test_a_property_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        units.parse_property("LHV", text)
    assert caught.value.code == "property_malformed"


masses = st.sampled_from(["kg", "g", "t", "lb", "mg"])


@given(st.floats(-1e12, 1e12), masses, masses, masses)
def test_conversion_goes_round(value: float, first: str, second: str, third: str) -> None:
    one, two, three = (units.parse_unit(name) for name in (first, second, third))
    around = units.convert(units.convert(units.convert(value, one, two), two, three), three, one)
    assert around == pytest.approx(value, rel=1e-14)


@given(st.text(max_size=30) | st.from_regex(r"-?[0-9.,eE+ ]{1,8} ?[a-zA-Z%|*/^万度吨0-9]{0,12}", fullmatch=True))
def test_whatever_is_typed_gives_an_amount_or_a_named_error(text: str) -> None:
    told = ""
    try:
        value, unit = units.parse_amount(text)
        told = f"{units.convert(value, unit, unit)} {unit}"
    except TanbiaoError as error:
        told = render(error.findings[0], "zh")["message"]
    assert told


def test_common_units_do_not_import_pint() -> None:
    code = (
        "import sys; from tanbiao.core import units as u;"
        "[u.convert(*u.parse_amount(f'{i}.5 t'), u.parse_unit('kg')) for i in range(200)];"
        "print('pint' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert answer.strip() == "False"


def test_a_number_alone_is_a_pure_number_only_where_one_may_stand() -> None:
    """A property of a product may be ``20`` trips or a share of ``0.86``; an amount always has its unit."""
    assert units.parse_value("0.86") == (0.86, units.parse_unit("1"))
    assert units.parse_value("20")[0] == 20.0
    assert units.parse_value("3.5 kW") == units.parse_amount("3.5 kW")
    with pytest.raises(TanbiaoError, match="unit"):
        units.parse_amount("20")
    with pytest.raises(TanbiaoError):
        units.parse_value("about 20")
