"""Inputs without a supplier: found, bounded, never zero in silence."""

import numpy as np
import pytest

from tanbiao.core.findings import render
from tanbiao.core.lca import InvalidSystem, ProductSystem
from tanbiao.core.lca.unlinked import Unlinked

# car ← 2 body ← 3 steel; bike ← 1 steel. Steel carries 2 kg CO2e, a body 0.5 and a car 1 of its own, a bike 0.1.
NAMES = ["car", "body", "steel", "bike"]
TECHNOSPHERE = np.array([[1.0, 0, 0, 0], [-2, 1, 0, 0], [0, -3, 1, -1], [0, 0, 0, 1]])


def _system(*unlinked):
    return ProductSystem(TECHNOSPHERE, [[1, 0.5, 2, 0.1]], [1], products=NAMES, processes=NAMES, unlinked=unlinked)


def test_a_stand_in_bounds_what_is_hidden_all_the_way_down():
    system = _system(Unlinked("body", "special steel", 0.5, "kg", "steel"))
    # 0.5 · 2 = 1 in each body, two bodies in a car.
    np.testing.assert_allclose(system.hidden(), [[2, 1, 0, 0]], rtol=1e-14)
    np.testing.assert_allclose(system.intensities(), [[14, 6.5, 2, 2.1]], rtol=1e-14)
    (found,) = system.findings
    assert found.code == "input_not_linked_bounded"
    assert found.params["bound"] == "1"
    for lang in ("zh", "en"):
        text = render(found, lang)
        assert all(word in text["message"] for word in ("special steel", "body", "0.5", "steel"))
        assert "{" not in text["message"]


def test_the_bound_counts_what_the_stand_in_itself_hides():
    system = _system(Unlinked("body", "panel", 1.0, "kg", "steel"), Unlinked("steel", "ore", 0.25, "kg", "bike"))
    # Linked, steel s = 2 + 0.25 b and bike b = 0.1 + s: s = 2.025 / 0.75 = 2.7, b = 2.8, body = 0.5 + 4 s = 11.3.
    np.testing.assert_allclose(system.hidden(), [[1 + 22.6 - 14, 11.3 - 6.5, 0.7, 0.7]], rtol=1e-12)


def test_an_uptake_that_stands_in_for_one_input_offsets_nothing_of_another():
    # Wood takes up 4 per kg, steel carries 2: 2 · 1 and 4 · 0.5 in each body, and not their difference, nothing.
    wood = np.array([[1.0, 0, 0, 0], [-2, 1, 0, 0], [0, -3, 1, 0], [0, 0, 0, 1]])
    names = ["car", "body", "steel", "wood"]
    items = [Unlinked("body", "screws", 1.0, "kg", "steel"), Unlinked("body", "board", 0.5, "kg", "wood")]
    system = ProductSystem(wood, [[1, 0.5, 2, -4]], [1], products=names, processes=names, unlinked=items)
    np.testing.assert_allclose(system.hidden(), [[8, 4, 0, 0]], rtol=1e-14)
    assert [item.params["bound"] for item in system.findings] == ["2", "2"]


def test_a_credit_upstream_offsets_nothing_of_what_is_hidden():
    # A car takes one seat and saves one chair, both of which lack 1 kg of foam: they hide 3 each, together 6.
    names = ["car", "seat", "chair", "foam"]
    matrix = np.array([[1.0, 0, 0, 0], [-1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]])
    items = [Unlinked(user, "filling", 1.0, "kg", "foam") for user in ("seat", "chair")]
    system = ProductSystem(matrix, [[1, 5, 5, 3]], [1], products=names, processes=names, unlinked=items)
    np.testing.assert_allclose(system.hidden(), [[6, 3, 3, 0]], rtol=1e-14)
    without = [Unlinked(user, "filling", 1.0, "kg") for user in ("seat", "chair")]
    assert ProductSystem(
        matrix, [[1, 5, 5, 3]], [1], products=names, processes=names, unlinked=without
    ).hidden().tolist() == [[np.inf, np.inf, np.inf, 0.0]]


def test_a_treatment_can_stand_in_for_one_of_waste():
    # Treating 1 kg of waste emits 3; 0.5 kg of sludge from each body then hides 1.5, and 3 in a car of two bodies.
    names = ["car", "body", "waste"]
    matrix = np.array([[1.0, 0, 0], [-2, 1, 0], [0, 0, -1]])
    items = [Unlinked("body", "sludge", -0.5, "kg", "waste")]
    system = ProductSystem(matrix, [[1, 1, 3]], [1], products=names, processes=names, unlinked=items)
    np.testing.assert_allclose(system.hidden(), [[3, 1.5, 0]], rtol=1e-14)


def test_without_a_stand_in_the_bound_is_infinite_for_all_that_reach_it_and_for_nobody_else():
    system = _system(Unlinked("body", "coating", 0.01, "kg"))
    assert system.hidden().tolist() == [[np.inf, np.inf, 0.0, 0.0]]
    (found,) = system.findings
    assert (found.code, found.params["input"]) == ("input_not_linked", "coating")
    assert "not zero" in render(found, "en")["message"]


def test_a_stand_in_that_would_leave_no_answer_bounds_nothing():
    # Steel that needs as much steel as it makes.
    system = _system(Unlinked("steel", "scrap", 1.0, "kg", "steel"))
    assert system.hidden().tolist() == [[np.inf, np.inf, np.inf, np.inf]]
    assert [item.code for item in system.findings] == ["input_not_linked"]


def test_a_system_whose_inputs_are_all_linked_hides_nothing():
    assert _system().hidden().tolist() == [[0.0] * 4]
    assert _system().findings == ()


@pytest.mark.parametrize(
    "item, code",
    [
        (Unlinked("boat", "x", 1, "kg"), "product_not_in_system"),
        (Unlinked("car", "x", 1, "kg", "gold"), "product_not_in_system"),
        (Unlinked("car", "x", float("nan"), "kg"), "amount_not_finite"),
    ],
)
def test_unlinked_inputs_that_name_nothing_are_refused(item, code):
    with pytest.raises(InvalidSystem) as error:
        _system(item)
    assert error.value.code == code
