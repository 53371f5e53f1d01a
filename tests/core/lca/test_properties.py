"""The algebra of a product system, on random systems with loops, waste treatments and odd units."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lca.systems import Arrays, random_arrays
from tanbiao.core.lca import ProductSystem

SEEDS, SIZES = st.integers(0, 10**6), st.integers(1, 24)
TIGHT = {"rtol": 1e-9, "atol": 1e-12}


def _demands(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed + 1)
    return rng.normal(size=size), rng.normal(size=size) * (rng.random(size) < 0.5)


@given(SEEDS, SIZES)
@settings(max_examples=60, deadline=None)
def test_the_answer_is_that_of_a_dense_solve(seed, size):
    arrays = random_arrays(seed, size)
    f, _ = _demands(seed, size)
    f *= np.abs(arrays.technosphere).max(axis=1)
    dense = np.linalg.solve(arrays.technosphere, f)
    system = arrays.build()
    np.testing.assert_allclose(system.scaling(f), dense, rtol=1e-8, atol=1e-10 * np.abs(dense).max())
    assert system.findings == ()


@given(SEEDS, SIZES, st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
@settings(max_examples=40, deadline=None)
def test_footprints_are_linear_in_the_demand(seed, size, a, b):
    system = random_arrays(seed, size).build()
    f, g = _demands(seed, size)
    parts = a * system.footprint(f) + b * system.footprint(g)
    size_of_parts = np.abs(a * system.contributions(f)).sum() + np.abs(b * system.contributions(g)).sum()
    np.testing.assert_allclose(system.footprint(a * f + b * g), parts, rtol=1e-9, atol=1e-11 * size_of_parts + 1e-300)


@pytest.mark.parametrize("demand", [5e-324, 1e-310, 1e-201])
def test_a_demand_near_the_least_float_is_answered(demand):
    system = random_arrays(3, 6).build()
    whole = system.footprint({0: 1.0})
    np.testing.assert_allclose(system.footprint({0: demand}), whole * demand, rtol=1e-9, atol=5e-323)


@given(SEEDS, SIZES)
@settings(max_examples=60, deadline=None)
def test_the_adjoint_equals_the_forward_way_and_contributions_sum_to_both(seed, size):
    system = random_arrays(seed, size).build()
    f, _ = _demands(seed, size)
    contributions = system.contributions(f)
    scale = 1e-10 * np.abs(contributions).sum() + 1e-300
    np.testing.assert_allclose(system.intensities() @ f, system.footprint(f), rtol=1e-9, atol=scale)
    np.testing.assert_allclose(contributions.sum(axis=1), system.footprint(f), rtol=1e-12, atol=1e-3 * scale)


@given(SEEDS, st.integers(2, 24))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_and_columns_does_not_matter(seed, size):
    arrays = random_arrays(seed, size)
    rng = np.random.default_rng(seed + 2)
    rows, columns = rng.permutation(size), rng.permutation(size)
    moved = Arrays(
        arrays.technosphere[rows][:, columns],
        arrays.interventions[:, columns],
        arrays.factors,
        np.argsort(rows)[arrays.references[columns]],
    )
    f, _ = _demands(seed, size)
    before, after = arrays.build(), moved.build()
    scale = 1e-11 * np.abs(before.contributions(f)).sum()
    np.testing.assert_allclose(after.footprint(f[rows]), before.footprint(f), rtol=1e-9, atol=scale)
    np.testing.assert_allclose(
        after.intensities(), before.intensities()[:, rows], rtol=1e-8, atol=1e-12 * np.abs(before.intensities()).max()
    )


@given(SEEDS, SIZES)
@settings(max_examples=40, deadline=None)
def test_units_of_products_and_sizes_of_processes_change_only_the_units(seed, size):
    arrays = random_arrays(seed, size)
    rng = np.random.default_rng(seed + 3)
    unit, batch = 10.0 ** rng.integers(-4, 5, size), 10.0 ** rng.integers(-4, 5, size)
    rescaled = Arrays(
        arrays.technosphere * unit[:, None] * batch, arrays.interventions * batch, arrays.factors, arrays.references
    )
    f, _ = _demands(seed, size)
    before, after = arrays.build(), rescaled.build()
    scale = 1e-11 * np.abs(before.contributions(f)).sum()
    np.testing.assert_allclose(after.footprint(f * unit), before.footprint(f), rtol=1e-9, atol=scale)
    np.testing.assert_allclose(
        after.scaling(f * unit) * batch, before.scaling(f), rtol=1e-8, atol=1e-12 * np.abs(before.scaling(f)).max()
    )


@given(SEEDS, SIZES)
@settings(max_examples=30, deadline=None)
def test_the_true_residual_is_small(seed, size):
    arrays = random_arrays(seed, size)
    system = arrays.build()
    f, _ = _demands(seed, size)
    s = system.scaling(f)
    limit = 1e-13 * (np.abs(arrays.technosphere) @ np.abs(s) + np.abs(f))
    assert (np.abs(arrays.technosphere @ s - f) <= limit + 1e-300).all()


@given(SEEDS, SIZES)
@settings(max_examples=20, deadline=None)
def test_two_runs_give_the_same_bits(seed, size):
    arrays = random_arrays(seed, size)
    assert (arrays.build().intensities() == arrays.build().intensities()).all()


def test_a_chain_of_three_thousand_is_solved_by_substitution():
    # Each process needs 0.9 of the next and emits 1: Σ 0.9ᵏ.
    size = 3000
    technosphere = sp.diags_array([np.ones(size), np.full(size - 1, -0.9)], offsets=[0, -1])
    system = ProductSystem(technosphere, np.ones((1, size)), [1])
    assert system.footprint({0: 1})[0] == pytest.approx((1 - 0.9**size) / 0.1, rel=1e-12)
    plan = system.plan()
    assert [block.solver for block in plan] == ["substitution"]
    assert len(plan[0].processes) == size


def test_the_plan_says_which_solver_for_which_part():
    # a → loop of b and c → d
    technosphere = [[1, 0, 0, 0], [-1, 1, -0.5, 0], [0, -0.5, 1, 0], [0, 0, -1, 1]]
    system = ProductSystem(technosphere, np.ones((1, 4)), [1], processes=["a", "b", "c", "d"])
    parts = [(block.processes, block.solver.split()[0], block.condition is None) for block in system.plan()]
    assert parts == [(("a",), "substitution", True), (("b", "c"), "sparse", False), (("d",), "substitution", True)]


def test_a_large_loop_around_hubs_has_the_answer_of_a_dense_solve():
    # 700 processes in a ring; everybody uses the three hubs, and the hubs use a little of everybody.
    size, hubs = 700, [0, 300, 699]
    technosphere = np.eye(size) - 0.2 * np.roll(np.eye(size), 1, axis=0)
    technosphere[hubs, :] -= 0.1
    technosphere[:, hubs] -= 0.1 / size
    technosphere[np.diag_indices(size)] = 1.0
    system = ProductSystem(technosphere, np.ones((1, size)), [1])
    dense = np.linalg.solve(technosphere.T, np.ones(size))
    np.testing.assert_allclose(system.intensities()[0], dense, rtol=1e-11)
    (block,) = system.plan()
    # Minimum degree with the hubs last fills only the hubs' rows and columns; a bad order would fill everything.
    assert block.nonzeros < 20 * size


def test_many_small_loops():
    # 300 pairs, each a loop of gain 0.25, each feeding the next pair.
    pairs = 300
    pair = np.array([[1, -0.5], [-0.5, 1]])
    technosphere = sp.lil_array((2 * pairs, 2 * pairs))
    for k in range(pairs):
        technosphere[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = pair
        if k:
            technosphere[2 * k, 2 * k - 1] = -0.5
    system = ProductSystem(technosphere, np.ones((1, 2 * pairs)), [1])
    dense = np.linalg.solve(technosphere.toarray(), np.eye(2 * pairs)[0]).sum()
    assert system.footprint({0: 1})[0] == pytest.approx(dense, rel=1e-12)
    assert len(system.plan()) == pairs
