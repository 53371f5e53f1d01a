"""What vouches for an answer: the true residual on the given matrix, the condition of the loops a demand reaches."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from tanbiao.core.lca import ProductSystem
from tanbiao.core.lca.answers import release_solution
from tanbiao.core.lca.release_find import find_release


def test_the_answer_to_a_loop_has_its_residual_and_condition() -> None:
    """T2. Equilibrated, the loop is [[1, −a], [−a, 1]] with a² = 0.5·2/(10·100): κ₁ = (1 + a)/(1 − a)."""
    system = ProductSystem([[10, -0.5], [-2, 100]], [[1, 3], [0.05, 0.1]], [1, 28])
    found = system.answer({0: 1000})
    assert found.footprint[0] == pytest.approx(251.8518518519, rel=1e-12)
    assert found.residual <= 1e-15
    assert 1.0 <= found.condition <= 2.0
    assert system.solution().residual <= 1e-15


def test_the_residual_is_that_of_the_given_matrix_whatever_its_units() -> None:
    made = np.array([[1e6, -3e-4], [-2e5, 1e-9]])
    made[1, 1] = 1.0
    found = ProductSystem(made, [[4.0, 5.0]], [1.0]).answer({0: 7.0})
    terms = np.abs(made) @ np.abs(found.scaling) + np.array([7.0, 0.0])
    by_hand = np.abs(np.array([7.0, 0.0]) - made @ found.scaling) / terms
    assert found.residual == pytest.approx(by_hand.max(), abs=1e-18)


def test_a_demand_that_reaches_no_loop_has_the_condition_1() -> None:
    # process 2 stands alone; 0 and 1 make a loop
    matrix = sp.csc_array(np.array([[1, -0.5, 0], [-0.5, 1, 0], [0, 0, 1.0]]))
    system = ProductSystem(matrix, [[1, 1, 1]], [1])
    assert system.answer({2: 1}).condition == 1.0
    # κ₁ of [[1, −.5], [−.5, 1]] is 1.5 / 0.5
    assert system.answer({0: 1}).condition == pytest.approx(3.0)
    assert system.solution().condition == pytest.approx(3.0)


def test_a_packaged_release_with_linked_processes_is_solved_to_the_last_digits() -> None:
    found = release_solution(find_release("starter-2026.2"))
    assert found is not None
    assert found.residual < 1e-15
    assert 1 < found.condition < 1e12


def test_a_release_of_finished_factors_has_nothing_to_solve() -> None:
    assert release_solution(find_release("starter-2026.1")) is None
