"""Many value sets on one pattern: each is solved as if it stood alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lca.systems import ANSWERED, random_arrays
from tanbiao.core.lca import InvalidSystem, ProductSystem, Unsolvable, factors, kernels_plain, ordering
from tanbiao.core.lca.fill import fill_pattern

SEEDS, SIZES = st.integers(0, 10**6), st.integers(1, 24)


def _samples(system: ProductSystem, seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    amounts = system.technosphere.data[:, None] * np.exp(0.05 * rng.normal(size=(system.technosphere.nnz, count)))
    return amounts, rng.normal(size=(2, system.processes.count, count))


@pytest.mark.parametrize("case", ANSWERED.values(), ids=ANSWERED.keys())
def test_the_nominal_values_give_the_known_intensities(case):
    system = case.build()
    plan = system.ordering()
    solution = plan.solve_many(plan.values(system.technosphere.data), plan.right(system.direct))
    np.testing.assert_allclose(plan.intensities(solution)[:, :, 0], [case.intensities], rtol=1e-8)


@given(SEEDS, SIZES, st.integers(1, 11))
@settings(max_examples=40, deadline=None)
def test_every_value_set_has_the_answer_of_a_dense_solve(seed, size, count):
    system = random_arrays(seed, size).build()
    plan = system.ordering()
    amounts, burdens = _samples(system, seed, count)
    solved = plan.intensities(plan.solve_many(plan.values(amounts), plan.right(burdens)))
    for number in range(count):
        matrix = system.technosphere.copy()
        matrix.data = amounts[:, number].copy()
        expected = np.linalg.solve(matrix.toarray().T, burdens[:, :, number].T).T
        scale = 1e-9 * np.abs(expected).max(initial=0.0)
        np.testing.assert_allclose(solved[:, :, number], expected, rtol=1e-7, atol=scale)


@given(SEEDS, SIZES, st.integers(2, 19))
@settings(max_examples=25, deadline=None)
def test_neither_the_grouping_nor_the_threads_change_a_bit(seed, size, count):
    system = random_arrays(seed, size).build()
    plan = system.ordering()
    amounts, burdens = _samples(system, seed, count)
    values, right = plan.values(amounts), plan.right(burdens)
    together = plan.solve_many(values, right)
    assert (plan.solve_many(values, right, threads=3) == together).all()
    cut = count // 2
    apart = [plan.solve_many(values[:, :cut], right[:, :, :cut]), plan.solve_many(values[:, cut:], right[:, :, cut:])]
    assert (np.concatenate(apart, axis=2) == together).all()


def test_rows_come_suppliers_first_with_the_reference_amount_on_the_diagonal():
    # Process 0 makes 2 of product 1 from 3 of product 0, which process 1 makes 5 at a time.
    system = ProductSystem([[-3, 5], [2, 0]], [[1, 1]], [1])
    plan = system.ordering()
    assert plan.process.tolist() == [1, 0]
    assert plan.product.tolist() == [0, 1]
    assert plan.start.tolist() == [0, 1, 3]
    assert plan.column.tolist() == [0, 0, 1]
    assert plan.values(system.technosphere.data)[:, 0].tolist() == [5, -3, 2]


def test_a_value_set_without_an_answer_is_refused():
    system = ProductSystem([[1, -0.5], [-0.5, 1]], [[1, 1]], [1], processes=["mill", "mine"])
    plan = system.ordering()
    amounts = np.array([[1.0, 1.0], [-0.5, -1.0], [-0.5, -1.0], [1.0, 1.0]])
    with pytest.raises(Unsolvable) as error:
        plan.solve_many(plan.values(amounts), np.ones((2, 1, 2)))
    assert error.value.code == "singular"
    assert set(error.value.processes) == {"mill", "mine"}


@pytest.mark.parametrize("values, right", [((3, 2), (2, 1, 2)), ((4, 2), (2, 1, 3)), ((4, 2), (2, 2))])
def test_arrays_that_do_not_fit_are_refused(values, right):
    plan = ProductSystem([[1, -0.5], [-0.5, 1]], [[1, 1]], [1]).ordering()
    with pytest.raises(InvalidSystem) as error:
        plan.solve_many(np.ones(values), np.ones(right))
    assert error.value.code == "samples_shape"


class TestEverySolver:
    """The same systems by substitution and LU, by iteration, by dense LAPACK; compiled or not."""

    @staticmethod
    def _solved(seed: int, compiled: bool, count: int = 9) -> tuple[np.ndarray, np.ndarray]:
        system = random_arrays(seed, 40, density=0.15).build()
        plan = system.ordering()
        amounts, burdens = _samples(system, seed, count)
        solved = plan.solve_many(plan.values(amounts), plan.right(burdens), compiled=compiled)
        return plan.intensities(solved), plan.blocks.kinds

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("solver", [ordering.LU, ordering.ITERATIVE])
    def test_a_compiler_changes_no_bit(self, seed, solver, monkeypatch):
        pytest.importorskip("numba")
        monkeypatch.setattr(factors, "DENSE_SHARE", 2.0)
        if solver == ordering.ITERATIVE:
            monkeypatch.setattr(ordering, "LU_FLOPS", 0.0)
        plain, kinds = self._solved(seed, compiled=False)
        assert solver in kinds
        assert (plain == self._solved(seed, compiled=True)[0]).all()

    @pytest.mark.parametrize("seed", range(4))
    def test_iteration_and_a_dense_table_agree_with_lu(self, seed, monkeypatch):
        as_table, kinds = self._solved(seed, compiled=False)
        assert ordering.DENSE in kinds
        monkeypatch.setattr(factors, "DENSE_SHARE", 2.0)
        by_lu, _ = self._solved(seed, compiled=False)
        monkeypatch.setattr(ordering, "LU_FLOPS", 0.0)
        iterated, _ = self._solved(seed, compiled=False)
        scale = 1e-10 * np.abs(by_lu).max()
        np.testing.assert_allclose(as_table, by_lu, rtol=1e-8, atol=scale)
        np.testing.assert_allclose(iterated, by_lu, rtol=1e-7, atol=scale)

    def test_where_the_iteration_fails_the_direct_solver_answers(self, monkeypatch):
        monkeypatch.setattr(ordering, "LU_FLOPS", 0.0)
        monkeypatch.setattr(kernels_plain, "ITERATIONS", 1)
        monkeypatch.setattr(kernels_plain, "ROUNDS", 1)
        size = 60
        technosphere = (
            np.eye(size) - 0.999 * np.roll(np.eye(size), 1, axis=0) - 0.0005 * np.roll(np.eye(size), 7, axis=1)
        )
        system = ProductSystem(technosphere, np.ones((1, size)), [1])
        plan = system.ordering()
        assert plan.blocks.kinds.tolist() == [ordering.ITERATIVE]
        solved = plan.solve_many(plan.values(system.technosphere.data), plan.right(system.direct), compiled=False)
        np.testing.assert_allclose(
            plan.intensities(solved)[0, :, 0], np.linalg.solve(technosphere.T, np.ones(size)), rtol=1e-10
        )


@given(SEEDS, st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_the_pattern_of_lu_is_that_of_elimination(seed, size):
    rng = np.random.default_rng(seed)
    filled = (rng.random((size, size)) < 0.15) | np.eye(size, dtype=bool)
    columns = np.nonzero(filled)[1]
    start = np.concatenate(([0], np.cumsum(filled.sum(axis=1))))
    stored, edges, diagonals, flops = fill_pattern(0, size, start, start[:-1], columns, 1e9)
    work = 0.0
    for k in range(size):
        for i in range(k + 1, size):
            if filled[i, k]:
                work += 1 + 2 * filled[k, k + 1 :].sum()
                filled[i, k + 1 :] |= filled[k, k + 1 :]
    found = np.zeros_like(filled)
    for i in range(size):
        own = stored[edges[i] : edges[i + 1]]
        assert (np.diff(own) > 0).all()
        assert stored[diagonals[i]] == i
        found[i, own] = True
    assert (found == filled).all()
    assert flops == work


class TestSampledLoops:
    """A value set whose loop uses more than it makes has a solution, and it means nothing."""

    @pytest.fixture(params=["plain", "compiled"])
    def compiled(self, request):
        if request.param == "compiled":
            pytest.importorskip("numba")
        return request.param == "compiled"

    @staticmethod
    def _checked(gains, direct, compiled, credit=0.0):
        # mill and mine in a circle of gain 0.25; a shop uses the mill and, at will, gives a credit to the mine.
        technosphere = np.array([[1.0, -0.5, -1.0], [-0.5, 1.0, credit], [0.0, 0.0, 1.0]])
        system = ProductSystem(technosphere, [direct], [1], processes=["mill", "mine", "shop"])
        plan = system.ordering()
        amounts = np.repeat(system.technosphere.data[:, None], len(gains), axis=1)
        rows = system.technosphere.indices
        amounts[(rows == 0) & (np.repeat([0, 1, 2], np.diff(system.technosphere.indptr)) == 1)] = -np.array(gains)
        values = plan.values(amounts)
        right = np.repeat(plan.right(system.direct), len(gains), axis=2)
        plan.solve_many(values, right, compiled=compiled, tested=True)

    @pytest.mark.parametrize("direct", [[1, 2, 3], [1, -2, 3], [-1, -1, 0], [0, 0, 1]])
    @pytest.mark.parametrize("credit", [0.0, 0.2])
    def test_productive_value_sets_pass_whatever_their_burdens(self, direct, credit, compiled):
        self._checked([0.5, 0.1, 1.9] * 3, direct, compiled, credit)

    @pytest.mark.parametrize("direct", [[1, 2, 3], [1, -2, 3], [0, 0, 1]])
    @pytest.mark.parametrize("count", [1, 8, 9])
    def test_one_unproductive_value_set_is_refused_by_name(self, direct, count, compiled):
        gains = np.full(count, 0.5)
        gains[-1] = 2.5
        with pytest.raises(Unsolvable) as error:
            self._checked(gains, direct, compiled)
        assert error.value.code == "unproductive"
        assert set(error.value.processes) == {"mill", "mine"}

    def test_whoever_samples_can_ask_which_value_sets_fail(self, compiled):
        system = ProductSystem([[1.0, -0.5], [-0.5, 1.0]], [[1, 1]], [1])
        plan = system.ordering()
        amounts = np.repeat(system.technosphere.data[:, None], 8, axis=1)
        amounts[1:3, [2, 5]] = -1.5
        values, right = plan.values(amounts), np.ones((2, 1, 8))
        refused = plan.unproductive(values, plan.solve_many(values, right, compiled=compiled), compiled=compiled)
        assert {number: error.code for number, error in refused.items()} == {2: "unproductive", 5: "unproductive"}
