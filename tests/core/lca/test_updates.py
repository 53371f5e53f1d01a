"""Edits on top of a system give what a system built anew gives, and refuse what it refuses."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.lca.systems import random_arrays
from tanbiao.core.lca import InvalidSystem, ProductSystem, Unsolvable, ordering
from tanbiao.core.lca.updates import Edits


@pytest.fixture(params=["plain", "compiled"])
def path(request, monkeypatch):
    if request.param == "compiled":
        pytest.importorskip("numba")
        monkeypatch.setattr(ordering, "COMPILED_FROM", 0)
    return request.param


def _mill(**options):
    # a needs 0.5 of b, b needs 0.2 of a and 1 of c; c is bought; two gases, two indicators.
    technosphere = np.array([[1.0, -0.2, 0.0], [-0.5, 2.0, 0.0], [0.0, -1.0, 1.0]])
    interventions = np.array([[1.0, 2.0, 3.0], [0.0, 0.1, 0.0]])
    return ProductSystem(technosphere, interventions, [[1, 28], [1, 0]], **options)


NAMES = {"products": ["a", "b", "c"], "processes": ["A", "B", "C"], "gases": ["CO2", "CH4"]}


def _by_hand(technosphere, interventions, factors):
    return np.linalg.solve(np.array(technosphere).T, (np.array(factors) @ np.array(interventions)).T).T


def test_one_edited_process(path):
    edits = Edits(_mill(**NAMES))
    edits.edit("B", {"a": -0.6, "b": 2.0}, {"CO2": 5.0})
    expected = _by_hand([[1, -0.6, 0], [-0.5, 2, 0], [0, 0, 1]], [[1, 5, 3], [0, 0, 0]], [[1, 28], [1, 0]])
    np.testing.assert_allclose(edits.intensities(), expected, rtol=1e-13)
    assert edits.rebuilt == 0
    assert edits.edited == ("B",)
    np.testing.assert_allclose(edits.system().intensities(), expected, rtol=1e-13)


def test_an_edit_replaces_the_one_before(path):
    edits = Edits(_mill())
    before = edits.intensities()
    made, emitted = edits.column(0)
    edits.edit(0, {0: 1.0, 1: -3.0})
    assert not np.allclose(edits.intensities(), before)
    edits.edit(0, made, emitted)
    np.testing.assert_allclose(edits.intensities(), before, rtol=1e-13)


def test_products_on_top_and_on_each_other(path):
    edits = Edits(_mill(**NAMES))
    assert edits.add("box", {"a": -2.0, "c": -1.0}, {"CO2": 0.5}, makes=4.0) == 3
    assert edits.add("crate", {"box": -3.0}, {"CH4": 0.01}) == 4
    edits.edit("C", interventions={"CO2": 1.0})
    found = edits.intensities()
    a, c, box = found[:, 0], found[:, 2], found[:, 3]
    np.testing.assert_allclose(box, ([0.5, 0.5] + 2 * a + c) / 4, rtol=1e-14)
    np.testing.assert_allclose(found[:, 4], 3 * box + [0.28, 0.0], rtol=1e-14)
    np.testing.assert_allclose(edits.system().intensities(), found, rtol=1e-12)


def test_another_characterisation_with_and_without_edits(path):
    edits = Edits(_mill())
    edits.weigh([[1, 30], [0, 1], [2, 0]])
    technosphere = [[1, -0.2, 0], [-0.5, 2, 0], [0, -1, 1]]
    gases, factors = [[1, 2, 3], [0, 0.1, 0]], [[1, 30], [0, 1], [2, 0]]
    np.testing.assert_allclose(edits.intensities(), _by_hand(technosphere, gases, factors), rtol=1e-13, atol=1e-15)
    edits.edit(2, interventions={0: 4.0, 1: 1.0})
    gases = [[1, 2, 4], [0, 0.1, 1]]
    np.testing.assert_allclose(edits.intensities(), _by_hand(technosphere, gases, factors), rtol=1e-13, atol=1e-15)
    assert edits.rebuilt == 0


@given(st.integers(0, 10**6), st.integers(2, 20), st.integers(1, 6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_updates_equal_rebuilds(path, seed, size, count):
    arrays = random_arrays(seed, size)
    rng = np.random.default_rng(seed + 5)
    system = arrays.build()
    edits = Edits(system)
    technosphere, interventions = arrays.technosphere.copy(), np.atleast_2d(arrays.interventions).copy()
    for process in rng.integers(0, size, count):
        own = np.arange(size) != arrays.references[process]
        # Never larger than the inputs that make the random system productive, and some inputs cut.
        technosphere[own, process] *= rng.random(own.sum()) * (rng.random(own.sum()) < 0.8)
        interventions[:, process] = rng.random(len(interventions))
        edits.edit(
            int(process),
            {int(row): technosphere[row, process] for row in np.flatnonzero(technosphere[:, process])},
            dict(enumerate(interventions[:, process].tolist())),
        )
        expected = np.linalg.solve(technosphere.T, (np.atleast_2d(arrays.factors) @ interventions).T).T
        np.testing.assert_allclose(edits.intensities(), expected, rtol=1e-8, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("gain, code", [(1.0, "singular"), (1.5, "unproductive"), (1 - 1e-13, "near_singular")])
def test_an_edit_that_spoils_a_loop_is_refused_and_can_be_taken_back(path, gain, code):
    edits = Edits(ProductSystem([[1, -0.5], [-1, 1]], [[1, 1]], [1], processes=["mill", "mine"]))
    before = edits.intensities()
    edits.edit("mine", {0: -gain, 1: 1.0})
    with pytest.raises(Unsolvable) as error:
        edits.intensities()
    assert error.value.code == code
    assert set(error.value.processes) == {"mill", "mine"}
    edits.edit("mine", {0: -0.5, 1: 1.0})
    np.testing.assert_allclose(edits.intensities(), before, rtol=1e-13)


def test_two_edits_that_are_harmless_apart_and_not_together_are_refused(path):
    edits = Edits(ProductSystem([[1, -0.5], [-0.5, 1]], [[1, 1]], [1]))
    edits.edit(0, {0: 1.0, 1: -1.5})
    edits.intensities()
    edits.edit(1, {0: -1.5, 1: 1.0})
    with pytest.raises(Unsolvable) as error:
        edits.intensities()
    assert error.value.code == "unproductive"


def test_a_lost_reference_is_refused(path):
    edits = Edits(_mill(**NAMES))
    edits.edit("A", {"b": -1.0})
    with pytest.raises(Unsolvable) as error:
        edits.intensities()
    assert (error.value.code, error.value.processes) == ("no_reference", ("A",))


def test_a_credit_is_tested_in_full_and_flagged(path):
    edits = Edits(_mill(**NAMES))
    edits.edit("C", {"c": 1.0, "a": 0.1})
    technosphere = [[1, -0.2, 0.1], [-0.5, 2, 0], [0, -1, 1]]
    expected = _by_hand(technosphere, [[1, 2, 3], [0, 0.1, 0]], [[1, 28], [1, 0]])
    np.testing.assert_allclose(edits.intensities(), expected, rtol=1e-12)
    assert edits.rebuilt == 1
    assert "credits_in_system" in {item.code for item in edits.system().findings}


def test_too_many_edits_are_built_anew(path):
    edits = Edits(_mill(), most=1)
    edits.edit(0, interventions={0: 7.0})
    edits.intensities()
    edits.edit(1, interventions={0: 8.0})
    expected = _by_hand([[1, -0.2, 0], [-0.5, 2, 0], [0, -1, 1]], [[7, 8, 3], [0, 0, 0]], [[1, 28], [1, 0]])
    np.testing.assert_allclose(edits.intensities(), expected, rtol=1e-13, atol=1e-15)
    assert edits.rebuilt == 1
    assert edits.edited == ()


@pytest.mark.parametrize(
    "call, code",
    [
        (lambda edits: edits.edit("Z", {}), "product_not_in_system"),
        (lambda edits: edits.edit(0, {99: 1.0}), "product_not_in_system"),
        (lambda edits: edits.edit(0, {0: float("nan")}), "amount_not_finite"),
        (lambda edits: edits.edit(0, None, {5: 1.0}), "product_not_in_system"),
        (lambda edits: edits.add("a", {}, {}), "name_twice"),
        (lambda edits: edits.add("new", {}, {}, makes=0.0), "reference_too_small"),
        (lambda edits: edits.add("new", {0: float("inf")}, {}), "amount_not_finite"),
    ],
)
def test_bad_edits_are_refused(call, code):
    with pytest.raises(InvalidSystem) as error:
        call(Edits(_mill(**NAMES)))
    assert error.value.code == code


@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 5), st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_edits_that_add_links_in_and_against_the_order_equal_rebuilds(path, seed, size, count, sparse):
    # A chain (or, dense, one loop), whose edited processes then use any others, also what stands behind them.
    rng = np.random.default_rng(seed)
    inputs = np.triu(rng.random((size, size)) * (rng.random((size, size)) < (0.2 if sparse else 0.6)), 1)
    if not sparse:
        inputs += np.tril(rng.random((size, size)) * (rng.random((size, size)) < 0.1), -1)
    inputs *= 0.4 / np.maximum(inputs.sum(axis=0), 1e-9)
    order = rng.permutation(size)
    signs = np.where(rng.random(size) < 0.2, -1.0, 1.0)
    technosphere = (signs[:, None] * (np.eye(size) - inputs) * 10.0 ** rng.integers(-3, 4, size))[order][:, order]
    burdens = rng.random((2, size))
    own = np.arange(size)
    system = ProductSystem(technosphere, burdens, np.eye(2), references=own.tolist())
    edits = Edits(system)
    before = system.intensities().copy()
    for process in rng.integers(0, size, count).tolist():
        other = own != process
        used = np.where(rng.random(size) < 0.3, rng.random(size), 0.0)
        used *= 0.4 / max(used[other].sum(), 1e-9)
        sign = np.sign(technosphere.diagonal())
        column = np.where(other, -sign * used * abs(technosphere[process, process]), technosphere[:, process])
        technosphere[:, process] = column
        edits.edit(process, {row: column[row] for row in np.flatnonzero(column).tolist()})
    expected = ProductSystem(technosphere, burdens, np.eye(2), references=own.tolist()).intensities()
    np.testing.assert_allclose(edits.intensities(), expected, rtol=1e-9, atol=1e-13 * np.abs(expected).max())
    assert (system.intensities() == before).all()


def test_what_an_edit_does_not_reach_keeps_its_bits(path):
    # 0 → 1 → 2 → 3 in a chain beside a loop of 4 and 5; the edit of 2 reaches 2 and 3 only.
    technosphere = np.eye(6) - np.diag([0.3, 0.7, 0.9, 0, 0], 1)
    technosphere[5, 4], technosphere[4, 5] = -0.4, -0.3
    system = ProductSystem(technosphere, np.array([[1.1, 0.7, 0.3, 0.9, 1.3, 1.7]]), [1])
    edits = Edits(system)
    edits.edit(2, {2: 1.0, 1: -0.5, 0: -0.25})
    found, before = edits.intensities(), system.intensities()
    assert edits.rebuilt == 0
    assert (found != before).nonzero()[1].tolist() == [2, 3]
    np.testing.assert_allclose(found[0, 2], 0.3 + 0.5 * before[0, 1] + 0.25 * before[0, 0], rtol=1e-15)


@pytest.mark.parametrize("emitted", [0.0, 1e-9, 0.02])
def test_a_figure_that_almost_vanishes_is_still_exact(path, emitted):
    # A chain in which each uses half a unit of the one before; the first one's emission is all there is.
    technosphere = np.eye(4) - 0.5 * np.eye(4, k=1)
    edits = Edits(ProductSystem(technosphere, np.array([[1.0, 0, 0, 0]]), [1]))
    edits.edit(0, interventions={0: emitted})
    expected = [[emitted, 0.5 * emitted, 0.25 * emitted, 0.125 * emitted]]
    np.testing.assert_allclose(edits.intensities(), expected, rtol=1e-12)
    edits.edit(0, interventions={0: 3.0})
    np.testing.assert_allclose(edits.intensities(), [[3.0, 1.5, 0.75, 0.375]], rtol=1e-14)


def test_rows_too_long_to_be_trusted_unmeasured_are_measured(path, monkeypatch):
    from tanbiao.core.lca import reach

    monkeypatch.setattr(reach, "LONGEST_ROW", 1)
    edits = Edits(_mill())
    edits.edit(2, interventions={0: 4.0})
    technosphere = [[1, -0.2, 0], [-0.5, 2, 0], [0, -1, 1]]
    expected = _by_hand(technosphere, [[1, 2, 4], [0, 0.1, 0]], [[1, 28], [1, 0]])
    np.testing.assert_allclose(edits.intensities(), expected, rtol=1e-13, atol=1e-15)
    assert edits.rebuilt == 0


def test_an_answer_leaves_no_trace_in_the_next(path):
    # The compiled way works on the base's own intensities and puts them back, also where it gives up.
    edits = Edits(_mill())
    edits.edit(1, {0: -0.6, 1: 2.0, 2: -1.0})
    first = edits.intensities()
    edits.edit(0, {0: 1.0, 1: -20.0})
    with pytest.raises(Unsolvable):
        edits.intensities()
    edits.edit(0, {0: 1.0, 1: -0.5})
    edits.edit(1, {0: -0.6, 1: 2.0, 2: -1.0})
    np.testing.assert_allclose(edits.intensities(), first, rtol=1e-14)
    edits.edit(1, {0: -0.6, 1: 2.0, 2: -1.0})
    assert (edits.intensities() == edits.intensities()).all()


def test_a_dense_loop_is_updated_as_it_is_built():
    pytest.importorskip("numba")
    rng = np.random.default_rng(2)
    size = 160
    technosphere = np.eye(size) - 0.9 * rng.random((size, size)) / size
    np.fill_diagonal(technosphere, 1.0)
    burdens = rng.random((2, size))
    system = ProductSystem(technosphere, burdens, np.eye(2))
    assert system.responses.compiled
    assert [block.solver for block in system.plan()] == ["dense LU (LAPACK)"]
    edits = Edits(system)
    for process in (3, 90):
        technosphere[process - 1, process] *= 1.5
        edits.edit(process, dict(enumerate(technosphere[:, process].tolist())))
    expected = np.linalg.solve(technosphere.T, burdens.T).T
    np.testing.assert_allclose(edits.intensities(), expected, rtol=1e-12)
    assert edits.rebuilt == 0
