"""Loops that must be refused, loops that must not, and what the error carries."""

import pickle

import numpy as np
import pytest

from core.lca.systems import random_arrays
from tanbiao.core.findings import TanbiaoError, render
from tanbiao.core.lca import ProductSystem, Unsolvable

ONES = {2: [[1, 1]], 3: [[1, 1, 1]]}


def test_the_error_is_a_value_error_a_tanbiao_error_and_speaks_both_languages():
    with pytest.raises(ValueError) as error:
        ProductSystem([[1, -2], [-1, 1]], ONES[2], [1], processes=["电厂", "煤矿"])
    assert isinstance(error.value, Unsolvable)
    assert isinstance(error.value, TanbiaoError)
    chinese = render(error.value.findings[0], "zh")
    assert "电厂, 煤矿" in chinese["message"]
    assert chinese["severity"] == "blocking"
    assert chinese["remedy"]
    assert "uses more than it makes" in render(error.value.findings[0], "en")["message"]


@pytest.mark.parametrize("code", ["singular", "near_singular", "unproductive", "not_square", "no_reference"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_has_a_text_without_gaps(code, lang):
    error = Unsolvable(code, ("a",), ("p",), condition="1e13", limit="1e12")
    shown = render(error.findings[0], lang)
    assert shown["message"] != code
    assert shown["remedy"]
    assert "{" not in shown["message"]


def test_the_error_crosses_to_another_process():
    error = pickle.loads(pickle.dumps(Unsolvable("singular", ("a", 3), ("p",))))
    assert (error.code, error.processes, error.products) == ("singular", ("a", 3), ("p",))
    assert "a, 3" in str(error)


def test_a_loop_that_needs_a_kwh_for_a_kwh_is_singular_though_rounding_hides_it():
    # 0.1 · 0.7 · (1/0.07) is 1, but not in float64.
    technosphere = [[1, 0, -1 / 0.07], [-0.1, 1, 0], [0, -0.7, 1]]
    with pytest.raises(Unsolvable) as error:
        ProductSystem(technosphere, ONES[3], [1])
    assert error.value.code == "singular"
    assert error.value.processes == (0, 1, 2)


@pytest.mark.parametrize("gain, answered", [(0.999999, True), (1 - 1e-11, True), (1 - 1e-13, False), (1.000001, False)])
def test_the_border_between_productive_and_not(gain, answered):
    technosphere = [[1, -gain], [-1, 1]]
    if answered:
        # s₀ = 1/(1 − gain), the geometric series
        assert ProductSystem(technosphere, ONES[2], [1]).scaling({0: 1})[0] == pytest.approx(1 / (1 - gain), rel=1e-4)
    else:
        with pytest.raises(Unsolvable):
            ProductSystem(technosphere, ONES[2], [1])


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e9, 1e12])
def test_a_change_of_unit_never_turns_an_answer_into_a_refusal(unit):
    technosphere = np.array([[10, -0.5], [-2, 100]])
    technosphere[0] *= unit
    system = ProductSystem(technosphere, [[1, 3], [0.05, 0.1]], [1, 28])
    np.testing.assert_allclose(system.footprint({0: 1000 * unit}), [251.8518518519], rtol=1e-9)
    with pytest.raises(Unsolvable) as error:
        ProductSystem(np.array([[1, -1], [-1, 1 + 1e-13]]) * [[1], [unit]], ONES[2], [1])
    assert error.value.code == "near_singular"


@pytest.mark.parametrize("gain, code", [(1.0, "singular"), (1.5, "unproductive"), (1 - 1e-13, "near_singular")])
def test_in_a_large_system_only_the_processes_of_the_bad_loop_are_named(gain, code):
    arrays = random_arrays(seed=11, size=60, density=0.1)
    size = 63
    technosphere = np.zeros((size, size))
    technosphere[:60, :60] = arrays.technosphere
    # Three processes in a circle; they use the rest of the system.
    technosphere[60:, 60:] = [[1, 0, -gain], [-1, 1, 0], [0, -1, 1]]
    technosphere[arrays.references[4], 60] = -np.sign(technosphere[arrays.references[4], 4]) * 1e-3
    names = [f"P{index}" for index in range(size)]
    with pytest.raises(Unsolvable) as error:
        ProductSystem(
            technosphere,
            np.ones((1, size)),
            [1],
            references=[*arrays.references, 60, 61, 62],
            processes=names,
        )
    assert error.value.code == code
    assert error.value.processes == ("P60", "P61", "P62")


def test_inside_a_larger_loop_only_the_strongest_circle_is_named():
    # a → b → c → d → a with a gain of 0.01 each, and b ⇄ c with a gain of 2 each.
    technosphere = np.eye(4) - 0.01 * np.roll(np.eye(4), 1, axis=0)
    technosphere[2, 1] = technosphere[1, 2] = -2.0
    with pytest.raises(Unsolvable) as error:
        ProductSystem(technosphere, np.ones((1, 4)), [1], processes=["a", "b", "c", "d"])
    assert error.value.code == "unproductive"
    assert error.value.processes == ("b", "c")


class TestCredits:
    # Process 0 needs two of product 1, process 1 needs one of product 0 (a gain of 2 around), but process 1 also gives
    # one of product 2, which process 2 makes from 1.5 of product 0.
    technosphere = np.array([[1.0, -1.0, -1.5], [-2.0, 1.0, 0.0], [0.0, 1.0, 1.0]])

    def test_a_loop_that_lives_on_its_credits_answers_and_says_so(self):
        system = ProductSystem(self.technosphere, ONES[3], [1], processes=["a", "b", "c"])
        codes = {item.code: item.params["processes"] for item in system.findings}
        assert codes == {"credits_in_system": "b", "productive_by_credit": "a, b"}
        # s₁ = 2 s₀, s₂ = −s₁, s₀ = 1 + s₁ + 1.5 s₂ = 1 − s₀
        np.testing.assert_allclose(system.scaling({0: 1}), [0.5, 1, -1], rtol=1e-14)

    def test_too_small_a_credit_does_not_help(self):
        weak = self.technosphere.copy()
        weak[2, 1] = 0.2
        with pytest.raises(Unsolvable) as error:
            ProductSystem(weak, ONES[3], [1], processes=["a", "b", "c"])
        assert error.value.code == "unproductive"
        assert error.value.processes == ("a", "b")

    def test_a_loop_with_credits_that_needs_none_of_them_is_only_flagged(self):
        mild = self.technosphere.copy()
        mild[1, 0] = -0.5
        assert [item.code for item in ProductSystem(mild, ONES[3], [1]).findings] == ["credits_in_system"]

    def test_a_zero_pivot_on_the_diagonal_is_no_refusal(self):
        # N⁺ alone is singular (1 for 1); with the credit the answer exists, though diagonal elimination hits a zero.
        technosphere = np.array([[1.0, -1.0, 0.0], [-1.0, 1.0, -0.5], [0.0, 0.5, 1.0]])
        system = ProductSystem(technosphere, ONES[3], [1])
        np.testing.assert_allclose(technosphere @ system.scaling({0: 1}), [1, 0, 0], atol=1e-14)
        assert "productive_by_credit" in {item.code for item in system.findings}

    def test_a_tiny_pivot_on_the_diagonal_costs_no_digits(self):
        # As above with 1 + 1e-13 in the middle: elimination down the diagonal would divide by 1e-13.
        technosphere = np.array([[1.0, -1.0, 0.0], [-1.0, 1.0 + 1e-13, -0.5], [0.0, 0.5, 1.0]])
        system = ProductSystem(technosphere, ONES[3], [1])
        np.testing.assert_allclose(system.scaling({0: 1}), np.linalg.solve(technosphere, [1, 0, 0]), rtol=1e-12)
