"""Derivatives by hand and against differences, Euler's sums, rankings, exact what-ifs and their refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lca.systems import ANSWERED, SMALL, random_arrays
from tanbiao.core.lca import InvalidSystem, ProductSystem, Unsolvable
from tanbiao.core.lca.contributions import Contributions
from tanbiao.core.lca.sensitivity import Exchange, Sensitivity
from tanbiao.core.lca.views import CutOff


def of(case, **names):
    system = ProductSystem(case.technosphere, case.interventions, case.factors, **names)
    return Sensitivity(Contributions(system, case.demand))


def dense(derivatives, shape):
    matrix = np.zeros(shape)
    matrix[derivatives.rows, derivatives.columns] = derivatives.derivatives
    return matrix


def test_textbook_derivatives():
    # s = [100, 2], λ = [.10, .12]: −λ sᵀ where A has an entry, c sᵀ, and the CO2 of the whole, 120.
    found = of(SMALL["T1 Heijungs & Suh"])
    np.testing.assert_allclose(dense(found.technosphere, (2, 2)), [[-10, -0.2], [-12, 0]], rtol=1e-12)
    np.testing.assert_allclose(dense(found.interventions, (3, 2)), [[100, 2], [0, 0], [0, 0]], rtol=1e-12)
    np.testing.assert_allclose(dense(found.characterization, (1, 3)), [[120, 0, 0]], rtol=1e-12)
    np.testing.assert_allclose(found.demand, [0.10, 0.12], rtol=1e-12)


def test_loop_derivatives():
    # T2 by hand: ∂h/∂A = −λ sᵀ, ∂h/∂B = c sᵀ.
    found = of(SMALL["T2 loop"])
    s, intensity = np.array([100.1001001001, 2.002002002]), np.array([0.2518518519, 0.0592592593])
    np.testing.assert_allclose(dense(found.technosphere, (2, 2)), -np.outer(intensity, s), rtol=1e-8)
    np.testing.assert_allclose(dense(found.interventions, (2, 2)), np.outer([1, 28], s), rtol=1e-8)


WHICH = ("technosphere", "interventions", "characterization")


def shifted(system, which, row, column, value):
    arrays = {name: getattr(system, name).toarray() for name in WHICH}
    arrays[which][row, column] = value
    technosphere, interventions, factors = (arrays[name] for name in WHICH)
    return factors @ interventions, technosphere


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 10))
def test_derivatives_are_those_of_a_dense_solve(seed, size):
    system = random_arrays(seed, size).build()
    demand = np.random.default_rng(seed).normal(size=size)
    found = Sensitivity(Contributions(system, demand, 1))
    step = 1e-6
    for each in found.all():
        for at in range(0, len(each.values), max(1, len(each.values) // 5)):
            row, column = int(each.rows[at]), int(each.columns[at])
            ends = []
            for side in (-step, step):
                per_process, matrix = shifted(system, each.matrix, row, column, each.values[at] * (1 + side))
                ends.append(float(per_process[1] @ np.linalg.solve(matrix, demand)))
            measured = (ends[1] - ends[0]) / (2 * step)
            scale = np.abs(found.of.of_processes).sum()
            assert each.effects[at] == pytest.approx(measured, rel=1e-5, abs=1e-6 * scale)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 25))
def test_effects_add_up_as_euler_says(seed, size):
    system = random_arrays(seed, size).build()
    demand = np.random.default_rng(seed).random(size)
    found = Sensitivity(Contributions(system, demand))
    for each, degree in zip(found.all(), (-1, 1, 1), strict=True):
        assert each.effects.sum() == pytest.approx(degree * found.total, abs=1e-10 * np.abs(each.effects).sum())
    assert found.demand @ demand == pytest.approx(found.total, abs=1e-10 * np.abs(found.demand * demand).sum())


def test_drivers_by_value():
    # T1: CO2 of the station 100, of the refinery 20, fuel bought −2 · −λ s = 2 · 0.1 · 100 = 20, the factor of CO2 120.
    names = {"products": ["fuel", "power"], "processes": ["station", "refinery"], "gases": ["CO2", "SO2", "crude"]}
    ranked = of(SMALL["T1 Heijungs & Suh"], **names).drivers()
    assert [(item.row, item.column, round(item.effect, 9)) for item in ranked] == [
        (0, "CO2", 120.0),
        ("CO2", "station", 100.0),
        ("fuel", "station", 20.0),
        ("CO2", "refinery", 20.0),
    ]
    assert ranked[1].elasticity == pytest.approx(100 / 120)
    assert len(of(SMALL["T1 Heijungs & Suh"]).drivers(CutOff(top=1))) == 1


def test_sweep_by_hand():
    # T1 with a fuel use of 4 instead of 2: s = [100, 4], h = 100 + 40; with none: 100.
    found = of(SMALL["T1 Heijungs & Suh"])
    np.testing.assert_allclose(found.sweep(Exchange("technosphere", 0, 0), [-4, -2, 0]), [140, 120, 100], rtol=1e-12)
    np.testing.assert_allclose(found.sweep(Exchange("interventions", 0, 1), [0, 20]), [100, 140], rtol=1e-12)
    np.testing.assert_allclose(found.sweep(Exchange("characterization", 0, 0), [2]), [240], rtol=1e-12)
    np.testing.assert_allclose(found.sweep(Exchange("characterization", 0, 1), [5]), [120 + 70], rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12))
def test_a_sweep_equals_rebuilt_systems(seed, size):
    system = random_arrays(seed, size).build()
    rng = np.random.default_rng(seed)
    demand = rng.normal(size=size)
    found = Sensitivity(Contributions(system, demand, 1))
    each = found.technosphere
    picked = rng.integers(0, len(each.values), 4)
    exchanges = [Exchange("technosphere", int(each.rows[at]), int(each.columns[at])) for at in picked]
    for exchange, footprints in zip(exchanges, found.one_at_a_time(exchanges, (0.95, 1.05)), strict=True):
        for factor, footprint in zip((0.95, 1.05), footprints, strict=True):
            value = found.entry(exchange) * factor
            per_process, matrix = shifted(system, "technosphere", exchange.row, exchange.column, value)
            expected = per_process[1] @ np.linalg.solve(matrix, demand)
            assert footprint == pytest.approx(expected, abs=1e-9 * np.abs(found.of.of_processes).sum())


def test_a_sweep_into_an_impossible_loop_is_refused():
    # T6's neighbourhood: 1 of a needs v of b, 1 of b needs 1 of a; beyond v = 1 the loop eats more than it makes.
    system = ProductSystem([[1, -1], [-0.5, 1]], [[1, 1]], [1], processes=["a", "b"])
    found = Sensitivity(Contributions(system, {0: 1.0}))
    needs = Exchange("technosphere", 1, "a")
    np.testing.assert_allclose(found.sweep(needs, [0.0, -0.75]), [1, (1 + 0.75) / 0.25], rtol=1e-12)
    for value, code in ((-1.0, "singular"), (-2.0, "unproductive")):
        with pytest.raises(Unsolvable) as error:
            found.sweep(needs, [value])
        assert error.value.code == code
        assert error.value.processes == ("a", "b")
    with pytest.raises(InvalidSystem):
        found.sweep(needs, [np.nan])
    with pytest.raises(InvalidSystem):
        found.sweep(Exchange("technosphere", 1, "nobody"), [1.0])


def test_a_loop_that_only_its_credit_keeps_going_is_examined_anew():
    # Within a circle with a credit the sign of a determinant proves nothing, so the changed system takes all tests.
    system = ProductSystem([[1, -0.5, 0], [-0.5, 1, 0.2], [0, -0.5, 1]], [[1, 1, 1]], [1])
    assert any(item.code == "credits_in_system" for item in system.findings)
    found = Sensitivity(Contributions(system, {0: 1.0}))
    matrix = np.array([[1, -0.5, 0], [-0.9, 1, 0.2], [0, -0.5, 1]])
    expected = np.ones(3) @ np.linalg.solve(matrix, [1, 0, 0])
    assert found.sweep(Exchange("technosphere", 1, 0), [-0.9])[0] == pytest.approx(expected, rel=1e-12)


def test_scenarios_change_several_exchanges_at_once():
    # T1, fuel use 4 and the refinery's CO2 halved: 100 + 4 · 5; nothing changed: 120.
    found = of(SMALL["T1 Heijungs & Suh"], products=["fuel", "power"], processes=["station", "refinery"])
    both = {Exchange("technosphere", "fuel", "station"): -4.0, Exchange("interventions", 0, "refinery"): 5.0}
    assert found.scenarios({"both": both, "none": {}}) == pytest.approx({"both": 120, "none": 120})
    assert found.scenario({Exchange("technosphere", "fuel", "station"): -4.0}) == pytest.approx(140)
    # CO2 counts double and crude oil, of which 100 are taken from the ground, one: 240 − 100.
    weighed = {Exchange("characterization", 0, 0): 2.0, Exchange("characterization", 0, 2): 1.0}
    assert found.scenario(weighed) == pytest.approx(140)


def test_a_scenario_that_makes_a_loop_impossible_is_refused():
    system = ProductSystem([[1, -1], [-0.5, 1]], [[1, 1]], [1], processes=["a", "b"])
    found = Sensitivity(Contributions(system, {0: 1.0}))
    with pytest.raises(Unsolvable) as error:
        found.scenario({Exchange("technosphere", 1, "a"): -2.0})
    assert error.value.code == "unproductive"
    with pytest.raises(InvalidSystem):
        found.scenario({Exchange("technosphere", 1, "a"): float("inf")})


@pytest.mark.parametrize("case", ANSWERED.values(), ids=ANSWERED.keys())
def test_every_small_system_has_its_derivatives(case):
    found = of(case)
    assert found.interventions.effects.sum() == pytest.approx(case.footprint, rel=1e-9)
    assert found.technosphere.effects.sum() == pytest.approx(-case.footprint, rel=1e-9)
