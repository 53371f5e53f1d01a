"""Incomplete LU of the nominal values: exact when nothing is dropped, blind to units, and it changes no answer."""

import numpy as np
import pytest
import scipy.sparse as sp

from tanbiao.core.lca import ProductSystem, ordering
from tanbiao.core.lca import factors as lca_factors
from tanbiao.core.lca.montecarlo import Sampler, sample
from tanbiao.core.lca.preconditioner import Around, incomplete_lu
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
    arrays = incomplete_lu(
        edges, chosen, start, start[:-1], rows.indices.astype(np.int64), rows.data, weight, dropped_below
    )
    around = Around(*arrays)
    lower = sp.csr_array((around.lower, around.lower_column, around.lower_start), shape=(size, size)).toarray()
    upper = sp.csr_array((around.upper, around.upper_column, around.upper_start), shape=(size, size)).toarray()
    return lower + np.eye(size), upper + np.diag(around.pivot), around


def test_nothing_dropped_is_the_whole_factorisation():
    matrix = loop(40)
    lower, upper, _ = factors(matrix, np.ones(40), 0.0)
    np.testing.assert_allclose(lower @ upper, matrix, atol=1e-13)


def test_more_dropped_is_sparser_and_further_off():
    matrix = loop(60)
    weight = np.linalg.solve(matrix, np.ones(60))
    stored, error = [], []
    for share in (0.0, 0.01, 0.1):
        lower, upper, around = factors(matrix, weight, share)
        stored.append(len(around.lower) + len(around.upper))
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
    assert before.lower_column.tolist() == after.lower_column.tolist()
    assert before.upper_column.tolist() == after.upper_column.tolist()


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
    assert len(sampler.around.pivot) == 60
    values, right = sampler.values(0, 16), sampler.plan.right(sampler.direct(0, 16))
    drawn = sampler.drawn(0, 16).values
    for lane in range(16):
        matrix = sp.csr_array((values[:, lane], sampler.plan.column, sampler.plan.start), shape=(60, 60)).toarray()
        expected = np.linalg.solve(matrix, right[:, 0, lane])
        np.testing.assert_allclose(drawn[0, sampler.plan.product, lane], expected, rtol=1e-8)


def test_it_shortens_the_iteration(iterated, monkeypatch):
    """Counted in products with the matrix, of which each kind of sweep makes one."""
    from tanbiao.core.lca import kernels_plain

    counted = {"swept": 0, "around": 0}

    def counting(name, function):
        def call(*arguments):
            counted[name] += 1
            return function(*arguments)

        return call

    monkeypatch.setattr(kernels_plain, "_swept", counting("swept", kernels_plain._swept))
    monkeypatch.setattr(kernels_plain, "_swept_around", counting("around", kernels_plain._swept_around))
    system = ProductSystem(loop(60, seed=5, used=0.999).T, np.ones((1, 60)), [1])
    inputs = np.where(system.technosphere.data < 0, 0.002, 0.0)
    sampler = Sampler(UncertainSystem(system, inputs), 3, compiled=False)
    values, right = sampler.values(0, 8), sampler.plan.right(sampler.direct(0, 8))
    sampler.plan.solve_many(values, right, compiled=False, tolerance=1e-10)
    sampler.plan.solve_many(values, right, compiled=False, tolerance=1e-10, around=sampler.around)
    assert 0 < counted["around"] < counted["swept"]


def test_compiled_and_plain_iterate_to_the_same_bits(iterated):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    plain = sample(iterated, samples=19, compiled=False).values
    assert (sample(iterated, samples=19, compiled=True, threads=2).values == plain).all()


def test_direct_solvers_need_no_factors():
    sampler = Sampler(UncertainSystem(ProductSystem(loop(12).T, np.ones((1, 12)), [1])))
    assert len(sampler.around.pivot) == 0
