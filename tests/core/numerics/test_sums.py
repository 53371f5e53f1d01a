"""Compensated sums."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics.sums import RunningSum, halving_sum, mean, sum_rows

TERMS = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=50)


def test_what_a_plain_sum_loses_is_kept():
    # Neumaier (1974): 1 + 1e100 + 1 − 1e100 = 2, where a plain or Kahan sum gives 0.
    assert sum_rows([1.0, 1e100, 1.0, -1e100], ()) == 2.0


@given(TERMS)
def test_rows_give_the_bits_of_the_scalar_sum(terms):
    rows = [np.array([term, -term]) for term in terms]
    assert sum_rows(rows, 2).tolist() == [add(*terms), add(*(-term for term in terms))]


@given(TERMS)
def test_the_error_does_not_grow_with_the_number_of_terms(terms):
    exact = sum(Fraction(term) for term in terms)
    bound = 2**-52 * abs(exact) + len(terms) ** 2 * 2**-104 * sum(abs(Fraction(term)) for term in terms)
    assert abs(Fraction(float(sum_rows(terms, ()))) - exact) <= bound


def test_no_rows_is_zero_and_the_value_is_a_copy():
    running = RunningSum(2)
    before = running.value()
    running.add([1.0, 2.0])
    assert before.tolist() == [0.0, 0.0]
    assert running.value().tolist() == [1.0, 2.0]


def test_mean_is_exact_where_a_plain_sum_is_not():
    assert mean([0.1] * 10) == 0.1
    assert math.isclose(mean([1e16, 1.0, -1e16, 1.0]), 0.5)


def test_mean_of_nothing_is_refused():
    with pytest.raises(TanbiaoError) as error:
        mean([])
    assert error.value.code == "samples_empty"


@given(TERMS)
def test_a_halving_sum_is_near_the_exact_one_and_the_same_for_every_row(terms):
    exact = sum(Fraction(term) for term in terms)
    found = halving_sum(np.array([terms, terms]))
    assert found[0] == found[1] == halving_sum(terms)
    bound = 8 * 2**-53 * sum(abs(Fraction(term)) for term in terms)
    assert abs(Fraction(float(found[0])) - exact) <= bound


def test_a_halving_sum_of_nothing_is_zero():
    assert halving_sum(np.zeros((2, 0))).tolist() == [0.0, 0.0]
