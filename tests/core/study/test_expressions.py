"""The small expression language: arithmetic with units, comparisons, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.expressions import Value, evaluate, parse
from tanbiao.core.units import parse_unit


def quantity(number: float, unit: str) -> Value:
    """Return a value."""
    return Value.of(number, parse_unit(unit))


NAMES = {
    "enthalpy": quantity(2.7, "MJ/kg"),
    "efficiency": quantity(0.9, "1"),
    "a-b": quantity(3, "kg"),
    "power": quantity(4, "kWh"),
}


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("enthalpy * 1 kg / efficiency", 3.0, "MJ"),
        ("2 kg + 500 g", 2.5, "kg"),
        ("(1 kg + 1 kg) * 3", 6.0, "kg"),
        ("- 2 kg + 5 kg", 3.0, "kg"),
        ("10 % of 5 kg", 0.5, "kg"),
        ("a-b * 2", 6.0, "kg"),
        ("min(3 kg, 2 kg, 4 kg)", 2.0, "kg"),
        ("max(3 kg, 2 kg)", 3.0, "kg"),
        ("sqrt(4 m2)", 2.0, "m"),
        ("abs(2 kg - 5 kg)", 3.0, "kg"),
        ("1 t*km / 1 km", 1000.0, "kg"),
        ("1.5e3 g", 1.5, "kg"),
        ("power / 2", 2.0, "kWh"),
    ],
)
def test_arithmetic_keeps_units(text: str, number: float, unit: str) -> None:
    assert evaluate(parse(text), NAMES).in_unit(parse_unit(unit)) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 kg + 1 m", "formula_unit"),
        ("1 kWh|LHV + 1 kWh|electricity", "formula_unit"),
        ("missing * 2", "formula_name"),
        ("open(1 kg)", "formula_function"),
        ("1 kg / 0", "formula_division"),
        ("sqrt(1 kg)", "formula_unit"),
        ("sqrt(0 - 1)", "formula_division"),
        ("1 kg +", "formula_syntax"),
        ("(1 kg", "formula_syntax"),
        ("1 kg 2 kg", "formula_syntax"),
        ("__import__", "formula_name"),
        ("a.b; c", "formula_syntax"),
        ("1 kgg", "unit_unknown"),
        ("1" * 600, "formula_too_long"),
        ("(" * 60 + "1" + ")" * 60, "formula_syntax"),
    ],
)
def test_refusals(text: str, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        evaluate(parse(text), NAMES)
    assert caught.value.code == code


def test_a_result_of_the_wrong_dimension_is_refused() -> None:
    with pytest.raises(TanbiaoError) as caught:
        evaluate(parse("enthalpy * 2"), NAMES).in_unit(parse_unit("kg"))
    assert caught.value.code == "formula_unit"


@pytest.mark.parametrize(
    "text", ["1 kg < 2 kg", "(1 kg < 2 kg) + 1 kg", '"text"', "sum(enthalpy where enthalpy > 1 kg)"]
)
def test_a_condition_or_a_text_is_no_amount(text: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        evaluate(parse(text), NAMES)
    assert caught.value.code == "formula_syntax"


@pytest.mark.parametrize(
    "text",
    [
        "10 % of (a + b) at most 3 kWh/kg and not (c between 1 and 2 or d in ('x', \"y\"))",
        'sum(row.mass where row.stage == "use") - - 3 kg >= min(1 kg, abs(x)) / 2',
        "5 below 6 and a above 3 kg",
        "row.stage != 'it is \"so\"' or not row.evidence",
    ],
)
def test_a_tree_is_spelled_as_text_of_the_same_tree(text: str) -> None:
    tree = parse(text)
    assert parse(str(tree)) == tree


def test_arrays_carry_all_samples_at_once() -> None:
    names = {"x": Value(np.array([1.0, 2.0, 3.0])), "y": Value(np.array([2.0, 2.0, 2.0]))}
    assert evaluate(parse("min(x, y) * 2"), names).si.tolist() == [2.0, 4.0, 4.0]
    assert evaluate(parse("max(x, y)"), names).si.tolist() == [2.0, 2.0, 3.0]


def test_a_basis_survives_a_pure_number_and_nothing_else() -> None:
    assert evaluate(parse("2 * 3 kWh|electricity"), {}).basis == "electricity"
    assert evaluate(parse("3 MJ|LHV / 1 kg"), {}).basis == ""
