"""The compiled path of large systems, taken here by small ones: the same answers and the same refusals."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.lca.systems import ANSWERED, REFUSED, random_arrays
from core.lca.test_refusals import TestCredits as _Credits
from tanbiao.core.lca import ProductSystem, Unsolvable, ordering
from tanbiao.core.lca.certificate import proven_conditions
from tanbiao.core.lca.nominal import Nominal

pytest.importorskip("numba")


@pytest.fixture(autouse=True)
def _compiled(monkeypatch):
    monkeypatch.setattr(ordering, "COMPILED_FROM", 0)


SLOW_FIXTURE = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("case", ANSWERED.values(), ids=ANSWERED.keys())
def test_a_small_system_has_its_known_answer(case):
    system = case.build()
    np.testing.assert_allclose(system.intensities(), [case.intensities], rtol=1e-8)
    np.testing.assert_allclose(system.scaling(case.demand), case.scaling, rtol=1e-9)


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_system_without_a_trustworthy_answer_is_refused(case):
    with pytest.raises(Unsolvable) as error:
        case.build()
    assert (error.value.code, error.value.processes) == (case.refused, case.processes)


class TestCreditsCompiled(_Credits):
    """Circles of credits can't be proven in one solve and are examined in full."""


@pytest.mark.parametrize("gain, code", [(1.0, "singular"), (1.5, "unproductive"), (1 - 1e-13, "near_singular")])
@pytest.mark.parametrize("iterated", [False, True])
def test_only_the_processes_of_the_bad_loop_are_named(gain, code, iterated, monkeypatch):
    if iterated:
        monkeypatch.setattr(ordering, "LU_FLOPS", 0.0)
    technosphere = np.eye(6)
    technosphere[:3, :3] -= 0.2 * np.roll(np.eye(3), 1, axis=0)
    technosphere[3:, 3:] -= np.roll(np.eye(3), 1, axis=0) * [[gain], [1], [1]]
    technosphere[0, 4] = -0.5
    with pytest.raises(Unsolvable) as error:
        ProductSystem(technosphere, np.ones((1, 6)), [1], processes=[f"P{index}" for index in range(6)])
    assert error.value.code == code
    assert error.value.processes == ("P3", "P4", "P5")


@given(st.integers(0, 10**6), st.integers(2, 24))
@SLOW_FIXTURE
def test_answers_are_those_of_a_dense_solve_and_conditions_those_of_the_inverse(seed, size):
    arrays = random_arrays(seed, size)
    system = arrays.build()
    expected = np.linalg.solve(arrays.technosphere.T, (arrays.factors @ arrays.interventions).T).T
    np.testing.assert_allclose(
        system.intensities(),
        expected.reshape(system.intensities().shape),
        rtol=1e-8,
        atol=1e-12 * np.abs(expected).max(),
    )
    plan = system.ordering()
    values = plan.values(system.technosphere.data)
    proven = proven_conditions(Nominal(plan, values[:, 0]))
    for number, bound in proven.items():
        own = slice(*plan.blocks.edges[number : number + 2])
        table = plan._matrix(values[:, 0]).toarray()[own, own]
        # Without credits the bound is the condition of the equilibrated loop, which is at least 1.
        assert 1 - 1e-9 <= bound <= 1e11
        assert (np.linalg.inv(table) >= -1e-12).all()
    assert set(proven) == set(np.flatnonzero(plan.blocks.kinds).tolist())


def test_the_condition_is_that_of_the_inverse():
    # All entries of one size, so that equilibration changes nothing: 1-norm 1 + 2·0.3, inverse by NumPy.
    technosphere = np.eye(4) - 0.3 * (np.roll(np.eye(4), 1, axis=0) + np.roll(np.eye(4), 2, axis=0))
    system = ProductSystem(technosphere, np.ones((1, 4)), [1])
    (block,) = system.plan()
    assert block.condition == pytest.approx(1.6 * np.abs(np.linalg.inv(technosphere)).sum(axis=0).max(), rel=1e-6)
    assert block.solver.startswith("sparse LU")


def test_a_dense_table_and_an_iterated_loop_say_so_in_the_plan(monkeypatch):
    rng = np.random.default_rng(5)
    table = np.eye(50) - 0.015 * rng.random((50, 50))
    system = ProductSystem(table, np.ones((1, 50)), [1])
    np.testing.assert_allclose(system.intensities()[0], np.linalg.solve(table.T, np.ones(50)), rtol=1e-12)
    assert system.plan()[0].solver.startswith("dense LU")
    ring = np.eye(600) - 0.5 * np.roll(np.eye(600), 1, axis=0) - 0.1 * np.roll(np.eye(600), 40, axis=0)
    system = ProductSystem(ring, np.ones((1, 600)), [1])
    np.testing.assert_allclose(system.intensities()[0], np.linalg.solve(ring.T, np.ones(600)), rtol=1e-12)
    assert system.plan()[0].solver.startswith("BiCGSTAB")


@given(st.integers(0, 10**6), st.integers(2, 24))
@SLOW_FIXTURE
def test_neither_order_nor_units_nor_sizes_of_processes_change_a_footprint(seed, size):
    arrays = random_arrays(seed, size)
    rng = np.random.default_rng(seed + 2)
    rows, columns = rng.permutation(size), rng.permutation(size)
    unit, batch = 10.0 ** rng.integers(-4, 5, size), 10.0 ** rng.integers(-4, 5, size)
    moved = ProductSystem(
        (arrays.technosphere * unit[:, None] * batch)[rows][:, columns],
        (np.atleast_2d(arrays.interventions) * batch)[:, columns],
        arrays.factors,
        references=np.argsort(rows)[arrays.references[columns]],
    )
    before, after = arrays.build().intensities(), moved.intensities()
    # A footprint per new unit is that per old unit, divided by new units per old one.
    np.testing.assert_allclose(after * unit[rows], before[:, rows], rtol=1e-8, atol=1e-12 * np.abs(before).max())


@given(st.integers(0, 10**6), st.integers(1, 24))
@SLOW_FIXTURE
def test_the_adjoint_equals_the_forward_way_and_is_linear_in_the_burdens(seed, size):
    arrays = random_arrays(seed, size)
    system = arrays.build()
    rng = np.random.default_rng(seed + 1)
    demand = rng.normal(size=size)
    contributions = system.contributions(demand)
    scale = 1e-10 * np.abs(contributions).sum() + 1e-300
    np.testing.assert_allclose(system.intensities() @ demand, contributions.sum(axis=1), rtol=1e-9, atol=scale)
    first, second = rng.normal(size=(2, 1, size))
    parts = 3 * system.carried(first) - 2 * system.carried(second)
    size_of_parts = np.abs(system.carried(first)).max() + np.abs(system.carried(second)).max()
    np.testing.assert_allclose(
        system.carried(3 * first - 2 * second), parts, rtol=1e-9, atol=1e-11 * size_of_parts + 1e-300
    )
