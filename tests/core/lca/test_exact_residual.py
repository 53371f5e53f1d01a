"""A residual rounded once, and an answer whose last bits no processor decides."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tanbiao.core.lca.exact_residual import exact_residual
from tanbiao.core.lca.system import ProductSystem

AMOUNTS = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-100)


def test_a_residual_below_the_rounding_of_its_products_is_found():
    # 0.1 × 0.1 is 0.01 + 9.0e-19 as doubles multiply; what rounding took is the residual's whole value.
    a = sp.csc_array([[1.0, 0.1], [0.0, 1.0]])
    solution = np.array([[0.1, 0.0]])
    right = sp.csc_array([[0.1, 0.1 * 0.1]])
    wanted = float(Fraction(0.1 * 0.1) - Fraction(0.1) * Fraction(0.1))
    assert wanted != 0
    assert exact_residual(a, right, solution).tolist() == [[0.0, wanted]]


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=8), AMOUNTS)
@settings(deadline=None)
def test_it_equals_the_residual_in_fractions(pairs, right):
    size = len(pairs)
    column = [one for one, _ in pairs]
    values = np.array([[other for _, other in pairs]])
    matrix = sp.lil_array((size, size))
    for row, value in enumerate(column):
        matrix[row, 0] = value
    wanted = sp.lil_array((1, size))
    wanted[0, 0] = right
    found = exact_residual(sp.csc_array(matrix), sp.csc_array(wanted), values)
    exact = Fraction(right) - sum(Fraction(one) * Fraction(other) for one, other in pairs)
    if np.count_nonzero(column) > 1:
        assert found[0, 0] == float(exact)


@given(st.integers(2, 12), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_one_refinement_leaves_the_nearest_double(size, seed):
    rng = np.random.default_rng(seed)
    inputs = rng.random((size, size)) * 0.8 / size
    np.fill_diagonal(inputs, 0.0)
    technosphere, own = sp.csc_array(np.eye(size) - inputs), sp.csc_array(rng.random((1, size)))
    system = ProductSystem(technosphere, own, np.eye(1))
    rough = system.intensities()
    found = np.array(rough)
    found = found + system.carried(exact_residual(technosphere, own, found))
    # The same loop in fractions: λ A = R by elimination.
    table = [[Fraction(value) for value in row] for row in technosphere.toarray().T.tolist()]
    answer = [Fraction(value) for value in own.toarray()[0].tolist()]
    for pivot in range(size):
        for row in range(pivot + 1, size):
            ratio = table[row][pivot] / table[pivot][pivot]
            table[row] = [one - ratio * other for one, other in zip(table[row], table[pivot], strict=True)]
            answer[row] -= ratio * answer[pivot]
    for row in reversed(range(size)):
        known = sum((table[row][other] * answer[other] for other in range(row + 1, size)), Fraction(0))
        answer[row] = (answer[row] - known) / table[row][row]
    assert found[0].tolist() == [float(value) for value in answer]
