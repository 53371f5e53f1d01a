"""Formulas and parameters of foreign formats: values by hand, every refusal with its code, never a Python error."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanbiao.core.findings import TanbiaoError, catalogue
from tanbiao.formats.formulas import Scope, compile_formula, evaluate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1+2*3", 7.0),
        ("(1+2)*3", 9.0),
        ("2^10", 1024.0),
        ("2**-1", 0.5),
        ("-2^2", -4.0),
        ("2^-2*4", 1.0),
        ("10-4-3", 3.0),
        ("100/10/5", 2.0),
        ("--3", 3.0),
        ("17 mod 5", 2.0),
        ("17 DIV 5", 3.0),
        ("0.25^0.5", 0.5),
        ("(-2)^3", -8.0),
        ("1.5e3", 1500.0),
        (".5+1.", 1.5),
        ("Sqrt(16)+ABS(-1)", 5.0),
        ("ln(exp(2))", 2.0),
        ("log(1000)", 3.0),
        ("max(1;5;3)-min(4,2)", 3.0),
        ("round(2.5)+round(-2.5)", 0.0),
        ("round(1.25;1)", 1.3),
        ("int(-1.5)", -2.0),
        ("trunc(-1.5)", -1.0),
        ("if(1<2; 10; 20)", 10.0),
        ("IF(1>=2, 10, 20)", 20.0),
        ("if(and(1;0); 1; 2)", 2.0),
        ("1=1 and not 2<>2", 1.0),
        ("pi()-pi", 0.0),
        ("cos(0)", 1.0),
        ("power(3;2)", 9.0),
    ],
)
def test_value_by_hand(text: str, value: float) -> None:
    assert evaluate(text) == pytest.approx(value, rel=1e-14, abs=1e-14)


def test_decimal_comma_and_semicolons() -> None:
    assert evaluate("1034*0,6684*0,59*0,03", decimal=",") == pytest.approx(1034 * 0.6684 * 0.59 * 0.03, rel=1e-14)
    assert evaluate("max(1,5;2,25)", decimal=",") == 2.25
    scope = Scope(decimal=",")
    scope.define("a", 3.0)
    assert evaluate("max(a, 2)", scope.settle()) == 3.0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "foreign_formula_syntax"),
        ("1+", "foreign_formula_syntax"),
        ("(1", "foreign_formula_syntax"),
        ("1 2", "foreign_formula_syntax"),
        ("1;2", "foreign_formula_syntax"),
        ("__import__('os').system('x')", "foreign_formula_syntax"),
        ("(" * 500 + "1" + ")" * 500, "foreign_formula_syntax"),
        ("1+" * 20000 + "1", "foreign_formula_too_long"),
        ("2^3^2", "formula_ambiguous"),
        ("nobody*2", "foreign_formula_name"),
        ("launch(1)", "foreign_formula_function"),
        ("sqrt(1;2)", "foreign_formula_function"),
        ("max()", "foreign_formula_function"),
        ("Ref('a-b')", "foreign_formula_function"),
        ("1+'a'", "foreign_formula_text"),
        ("1/0", "foreign_formula_domain"),
        ("sqrt(-1)", "foreign_formula_domain"),
        ("ln(0)", "foreign_formula_domain"),
        ("10^10^1", "formula_ambiguous"),
        ("1e308*10", "foreign_formula_domain"),
        ("exp(1000)", "foreign_formula_domain"),
        ("(-8)^0.5", "foreign_formula_domain"),
        ("0^-1", "foreign_formula_domain"),
    ],
)
def test_refusal(text: str, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        evaluate(text)
    assert caught.value.code == code
    assert {"zh", "en"} <= set(catalogue()[code])


def test_branch_not_taken_cannot_fail() -> None:
    scope = Scope()
    scope.define("x", 0.0)
    assert evaluate("if(x = 0; 0; 1/x)", scope.settle()) == 0.0
    with pytest.raises(TanbiaoError) as caught:
        evaluate("if(x = 0; 1/x; 0)", scope)
    assert caught.value.code == "foreign_formula_domain"


def test_a_long_flat_sum_needs_no_deep_stack() -> None:
    assert evaluate("+".join(["1"] * 9000)) == 9000.0


def test_parameters_in_any_order_and_without_case() -> None:
    scope = Scope()
    scope.define("Total", None, "part_A + PART_B")
    scope.define("part_b", None, "2 * part_a")
    scope.define("Part_A", 1.5)
    scope.settle()
    assert scope.values() == {"total": 4.5, "part_b": 3.0, "part_a": 1.5}
    assert scope.failures == {}


def test_inner_names_hide_outer_ones() -> None:
    outer = Scope()
    outer.define("a", 1.0)
    outer.define("b", 10.0)
    inner = Scope(outer.settle())
    inner.define("A", 2.0)
    assert evaluate("a+b", inner.settle()) == 12.0
    assert evaluate("a+b", outer) == 11.0


def test_a_circle_is_named_and_the_rest_stands() -> None:
    scope = Scope()
    scope.define("a", None, "b+1")
    scope.define("B", None, "c*2")
    scope.define("c", None, "A")
    scope.define("user", None, "a/2")
    scope.define("free", None, "3*2")
    scope.settle()
    assert scope.failures["a"].code == "foreign_formula_cycle"
    assert scope.failures["a"].findings[0].params["circle"] == "a → B → c → a"
    assert scope.failures["user"].code == "foreign_formula_upstream"
    assert scope.values() == {"free": 6.0}


def test_a_stated_value_stands_in_for_a_formula_that_fails() -> None:
    scope = Scope()
    scope.define("a", 7.0, "missing * 2")
    scope.define("b", None, "a + 1")
    scope.settle()
    assert scope.failures["a"].code == "foreign_formula_name"
    assert scope.values() == {"a": 7.0, "b": 8.0}


def test_a_chain_of_ten_thousand_parameters() -> None:
    scope = Scope()
    for number in range(10_000):
        scope.define(f"p{number}", None, f"p{number + 1} + 1")
    scope.define("p10000", 0.0)
    scope.settle()
    assert scope.values()["p0"] == 10_000.0


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789.,;()+-*/^<>=abeIFx '\"%$é中 \t", max_size=40), st.sampled_from([".", ","]))
def test_any_text_gives_a_finite_number_or_a_code(text: str, decimal: str) -> None:
    try:
        outcome: float | str = evaluate(text, decimal=decimal)
    except TanbiaoError as error:
        outcome = error.code
    assert outcome in catalogue() if isinstance(outcome, str) else math.isfinite(outcome)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.integers(0, 99).map(str),
        lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
            lambda parts: f"({parts[0]}{parts[1]}{parts[2]})"
        ),
        max_leaves=12,
    )
)
def test_whole_numbers_as_python_counts_them(text: str) -> None:
    exact = eval(text)  # made of digits, brackets and + - * only
    if abs(exact) < 2**53:
        assert evaluate(text) == float(exact)
    assert compile_formula(text).names == frozenset()
