"""Factorised blocks: pivots, condition estimate, equilibration."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lca.systems import random_arrays
from tanbiao.core.lca.factors import ExactlySingular, equilibrate, factorise, inverse_norm


def test_pivots_are_chosen_by_size_where_the_diagonal_loses_digits():
    matrix = sp.csc_array(np.array([[1e-14, 1.0], [1.0, 1e-14]]))
    factor = factorise(matrix, is_loop=True)
    assert factor.pivoting == "partial"
    np.testing.assert_allclose(factor.solve(np.array([1.0, 2.0])), [2.0, 1.0], rtol=1e-13)


def test_an_exact_zero_pivot_is_told_apart():
    with pytest.raises(ExactlySingular):
        factorise(sp.csc_array(np.array([[1.0, -1.0], [-1.0, 1.0]])), is_loop=True)


@given(st.integers(0, 10**6), st.integers(2, 20))
@settings(max_examples=50, deadline=None)
def test_the_estimate_of_the_inverse_never_exceeds_it_and_is_seldom_far_below(seed, size):
    # Higham (1988): a lower bound, almost always within a factor of three.
    arrays = random_arrays(seed, size)
    matrix = arrays.technosphere[arrays.references]
    inverse = np.linalg.inv(matrix)
    estimate = inverse_norm(lambda x: inverse @ x, lambda x: inverse.T @ x, size)
    exact = np.abs(inverse).sum(axis=0).max()
    assert estimate <= exact * (1 + 1e-12)
    assert estimate >= exact / 10


@given(st.integers(0, 10**6), st.integers(2, 20))
@settings(max_examples=50, deadline=None)
def test_equilibration_brings_rows_and_columns_near_one_with_powers_of_two(seed, size):
    arrays = random_arrays(seed, size)
    matrix = sp.csc_array(arrays.technosphere[arrays.references])
    row, column = equilibrate(matrix)
    assert (np.frexp(row)[0] == 0.5).all()
    assert (np.frexp(column)[0] == 0.5).all()
    scaled = np.abs(row[:, None] * matrix.toarray() * column)
    for largest in (scaled.max(axis=0), scaled.max(axis=1)):
        assert largest.min() > 0.1
        assert largest.max() < 4.1


@given(st.integers(0, 10**6), st.integers(2, 20))
@settings(max_examples=30, deadline=None)
def test_transposed_and_several_right_sides(seed, size):
    arrays = random_arrays(seed, size)
    matrix = arrays.technosphere[arrays.references]
    factor = factorise(sp.csc_array(matrix), is_loop=True)
    right = np.random.default_rng(seed).normal(size=(size, 3)) * np.abs(matrix).max(axis=0)[:, None]
    expected = np.linalg.solve(matrix.T, right)
    np.testing.assert_allclose(
        factor.solve(right, transposed=True), expected, rtol=1e-8, atol=1e-9 * np.abs(expected).max()
    )


@pytest.mark.parametrize("pivoting", ["diagonal", "partial", "dense"])
def test_triangles_substituted_by_hand_solve_what_the_factors_solve(pivoting):
    rng = np.random.default_rng(3)
    size = 40 if pivoting != "partial" else 2
    filled = rng.random((size, size)) < (1.0 if pivoting == "dense" else 0.05)
    matrix = 10.0 * np.eye(size) - filled * rng.random((size, size))
    if pivoting == "partial":
        matrix = np.array([[1e-14, 1.0], [1.0, 1e-14]])
    if pivoting == "dense":
        # Rows far from the diagonal, so that LAPACK swaps them.
        matrix = matrix[rng.permutation(size)]
    factor = factorise(sp.csc_array(matrix), is_loop=True)
    assert factor.pivoting == pivoting
    right = rng.random(size)
    given_, found, lower, upper = factor.triangles()
    lower, upper = np.eye(size) + lower.toarray(), upper.toarray()
    assert (np.triu(lower, 1) == 0).all()
    assert (np.tril(upper, -1) == 0).all()
    solution = np.empty(size)
    solution[found] = np.linalg.solve(upper, np.linalg.solve(lower, (factor.row * right)[given_]))
    np.testing.assert_allclose(factor.column * solution, np.linalg.solve(matrix, right), rtol=1e-12)
