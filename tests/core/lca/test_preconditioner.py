"""Refinement by incomplete factors: exact when nothing is dropped, blind to units, and it changes no answer."""

import numpy as np
import pytest
import scipy.sparse as sp

from tanbiao.core.lca import ProductSystem, kernels_plain, ordering, preconditioner
from tanbiao.core.lca import factors as lca_factors
from tanbiao.core.lca.montecarlo import Sampler, sample
from tanbiao.core.lca.preconditioner import incomplete_lu
from tanbiao.core.lca.uncertain import UncertainSystem


def loop(size, seed=1, units=None, used=0.9):
    """Return one productive loop as a dense matrix."""
    rng = np.random.default_rng(seed)
    inputs = rng.random((size, size)) * (rng.random((size, size)) < 0.2)
    np.fill_diagonal(inputs, 0)
    inputs[1, 0] = inputs[0, size - 1] = 0.5
    matrix = np.eye(size) - used * inputs / inputs.sum(axis=1, keepdims=True).clip(1e-9)
    if units is not None:
        matrix = matrix * units / units[:, None]
    return matrix


def factors(matrix, weight, dropped_below):
    rows = sp.csr_array(matrix)
    size = rows.shape[0]
    start = rows.indptr.astype(np.int64)
    edges, chosen = np.array([0, size]), np.array([True])
    lower_start, lower_column, lower, upper_start, upper_column, upper, pivot = incomplete_lu(
        edges, chosen, start, start[:-1], rows.indices.astype(np.int64), rows.data, weight, dropped_below
    )
    below = sp.csr_array((lower, lower_column, lower_start), shape=(size, size))
    above = sp.csr_array((upper, upper_column, upper_start), shape=(size, size))
    return below.toarray() + np.eye(size), above.toarray() + np.diag(pivot), (lower_column, upper_column)


def test_nothing_dropped_is_the_whole_factorisation():
    matrix = loop(40)
    lower, upper, _ = factors(matrix, np.ones(40), 0.0)
    np.testing.assert_allclose(lower @ upper, matrix, atol=1e-13)


def test_more_dropped_is_sparser_and_further_off():
    matrix = loop(60)
    weight = np.linalg.solve(matrix, np.ones(60))
    stored, error = [], []
    for share in (0.0, 0.01, 0.1):
        lower, upper, columns = factors(matrix, weight, share)
        stored.append(len(columns[0]) + len(columns[1]))
        error.append(np.abs(np.linalg.solve(lower @ upper, matrix) - np.eye(60)).max())
    assert stored == sorted(stored, reverse=True)
    assert error == sorted(error)
    assert error[1] < 0.5


def test_a_change_of_units_drops_the_same_entries():
    units = 2.0 ** np.random.default_rng(2).integers(-20, 20, 50)
    matrix, changed = loop(50), loop(50, units=units)
    weight = np.linalg.solve(matrix, np.ones(50))
    _, _, before = factors(matrix, weight, 0.02)
    _, _, after = factors(changed, weight / units, 0.02)
    assert [columns.tolist() for columns in before] == [columns.tolist() for columns in after]


@pytest.fixture
def iterated(monkeypatch):
    """A system whose loop is iterated, as if its LU were too much work."""
    monkeypatch.setattr(ordering, "LU_FLOPS", 0.0)
    monkeypatch.setattr(lca_factors, "DENSE_SHARE", 2.0)
    matrix = loop(60, seed=5, used=0.6).T
    system = ProductSystem(matrix, np.ones((1, 60)), [1])
    model = UncertainSystem(system, 0.05 * np.ones(system.technosphere.nnz))
    if not (system.ordering().blocks.kinds == ordering.ITERATIVE).any():
        pytest.fail("the loop is not iterated")
    return model


def test_the_answer_is_that_of_a_direct_solve(iterated):
    sampler = Sampler(iterated, 3)
    assert len(sampler.around.across) == 60
    values, right = sampler.values(0, 16), sampler.plan.right(sampler.direct(0, 16))
    drawn = sampler.drawn(0, 16).values
    for lane in range(16):
        matrix = sp.csr_array((values[:, lane], sampler.plan.column, sampler.plan.start), shape=(60, 60)).toarray()
        expected = np.linalg.solve(matrix, right[:, 0, lane])
        np.testing.assert_allclose(drawn[0, sampler.plan.product, lane], expected, rtol=1e-8)


def test_it_takes_fewer_passes_than_an_iteration(iterated, monkeypatch):
    """Counted in products with the matrix, of which each step and each sweep makes one."""
    counted = {"swept": 0, "step": 0}

    def counting(name, function):
        def call(*arguments):
            counted[name] += 1
            return function(*arguments)

        return call

    monkeypatch.setattr(kernels_plain, "_swept", counting("swept", kernels_plain._swept))
    monkeypatch.setattr(kernels_plain, "_correction", counting("step", kernels_plain._correction))
    system = ProductSystem(loop(60, seed=5, used=0.999).T, np.ones((1, 60)), [1])
    inputs = np.where(system.technosphere.data < 0, 0.002, 0.0)
    sampler = Sampler(UncertainSystem(system, inputs), 3, compiled=False)
    values, right = sampler.values(0, 8), sampler.plan.right(sampler.direct(0, 8))
    sampler.plan.solve_many(values, right, compiled=False, tolerance=1e-10)
    swept = counted["swept"]
    sampler.plan.solve_many(values, right, compiled=False, around=sampler.around)
    assert counted["swept"] == swept
    assert 0 < 2 * counted["step"] < swept


def test_the_factors_keep_what_the_nominal_solution_gives(iterated, monkeypatch):
    """L U y = T y for the nominal intensities y, whatever was dropped (scaled: y is ones, to single precision)."""
    monkeypatch.setattr(preconditioner, "DROPPED_BELOW", 0.02)
    sampler = Sampler(iterated, 3, compiled=False)
    plan, around = sampler.plan, sampler.around
    values = sampler.values(0, 1)
    lower, upper, inverse = kernels_plain._factorise_incomplete(0, 60, plan.layout, values, around)
    shape = (60, 60)
    below = sp.csr_array((lower[:, 0], around.lower_column, around.lower_start), shape=shape).toarray() + np.eye(60)
    above = sp.csr_array((upper[:, 0], around.upper_column, around.upper_start), shape=shape).toarray()
    above += np.diag(1 / inverse[:, 0].astype(np.float64))
    matrix = sp.csr_array((values[:, 0], plan.column, plan.start), shape=shape).toarray()
    assert len(around.lower_column) + len(around.upper_column) < plan.nonzeros - 60
    np.testing.assert_allclose(below @ above @ np.ones(60), around.down * (matrix @ around.across), rtol=2e-5)


def test_a_lane_that_is_not_refined_in_time_is_iterated_and_right(iterated, monkeypatch):
    monkeypatch.setattr(kernels_plain, "SWEEPS", 1)
    sampler = Sampler(iterated, 3, compiled=False)
    slow = sampler.drawn(0, 8).values
    monkeypatch.undo()
    np.testing.assert_allclose(slow, Sampler(iterated, 3, compiled=False).drawn(0, 8).values, rtol=1e-8)


def test_compiled_and_plain_iterate_to_the_same_bits(iterated):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    plain = sample(iterated, samples=19, compiled=False).values
    assert (sample(iterated, samples=19, compiled=True, threads=2).values == plain).all()


def test_direct_solvers_need_no_factors():
    sampler = Sampler(UncertainSystem(ProductSystem(loop(12).T, np.ones((1, 12)), [1])))
    assert len(sampler.around.across) == 0
