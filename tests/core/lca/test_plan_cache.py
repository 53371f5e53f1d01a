"""Plans on disk: the same answers, and no trust in what lies there."""

import dataclasses
import os

import numpy as np
import pytest
import scipy.sparse as sp

from core.lca.systems import random_arrays
from core.release.linked_release import HEADER, datasets
from tanbiao.core.lca import ProductSystem, ordering, plan_cache
from tanbiao.core.lca.errors import Unsolvable
from tanbiao.core.lca.plan_cache import PlanCache, default_folder
from tanbiao.core.lca.release_build import write_release
from tanbiao.core.lca.release_explain import system_of

pytest.importorskip("numba")


@pytest.fixture(autouse=True)
def _compiled(monkeypatch):
    monkeypatch.setattr(ordering, "COMPILED_FROM", 0)


@pytest.fixture
def plans(tmp_path):
    return PlanCache(tmp_path / "plans")


def _build(plans, seed=3, change=1.0, content="file-hash", references=True):
    arrays = random_arrays(seed, 20)
    matrix = sp.coo_array(arrays.technosphere)
    matrix.data[5] *= change
    return ProductSystem(
        matrix,
        arrays.interventions,
        arrays.factors,
        references=arrays.references if references else None,
        plans=plans,
        content=content,
    )


@pytest.fixture
def tests_of_loops(monkeypatch):
    """Count how often a system is tested instead of found."""
    calls = []
    original = ProductSystem._test
    monkeypatch.setattr(ProductSystem, "_test", lambda self: (calls.append(1), original(self))[1])
    return calls


def test_a_stored_plan_gives_the_same_bits_and_tests_nothing_again(plans, tests_of_loops):
    fresh = _build(None)
    first, second = _build(plans), _build(plans)
    assert len(tests_of_loops) == 2
    np.testing.assert_allclose(first.intensities(), fresh.intensities(), rtol=1e-12)
    np.testing.assert_allclose(second.intensities(), fresh.intensities(), rtol=1e-12)
    demand = np.random.default_rng(0).normal(size=20)
    np.testing.assert_allclose(second.footprint(demand), fresh.footprint(demand), rtol=1e-10)
    assert second.references == fresh.references
    assert second.findings == fresh.findings
    assert (second.technosphere != fresh.technosphere).nnz == 0
    assert [(set(b.processes), b.condition) for b in second.plan()] == [
        (set(b.processes), pytest.approx(b.condition)) for b in first.plan()
    ]


def test_without_a_hash_the_arrays_are_hashed(plans, tests_of_loops):
    _build(plans, content=None)
    _build(plans, content=None)
    assert len(tests_of_loops) == 1
    _build(plans, content=None, change=1.01)
    assert len(tests_of_loops) == 2
    assert len(list(plans.folder.iterdir())) == 2


@pytest.mark.parametrize("change", [{"seed": 4}, {"change": 1.01}, {"change": 1 + 2e-16}])
def test_a_plan_under_the_wrong_key_is_not_used(plans, tests_of_loops, change):
    _build(plans)
    other = _build(plans, **change)
    assert len(tests_of_loops) == 2
    np.testing.assert_allclose(other.intensities(), _build(None, **change).intensities(), rtol=1e-12)


def test_an_edit_that_makes_a_loop_unproductive_is_refused_though_the_key_is_known(plans):
    def mill(gain):
        matrix = sp.coo_array(np.array([[1.0, -gain], [-1.0, 1.0]]))
        return ProductSystem(matrix, np.ones((1, 2)), [1], plans=plans, content="same")

    mill(0.5)
    with pytest.raises(Unsolvable) as error:
        mill(1.5)
    assert error.value.code == "unproductive"


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "foreign", "header", "longer"])
def test_a_damaged_or_foreign_file_is_made_again(plans, tests_of_loops, damage):
    expected = _build(plans).intensities()
    path = plans.path("file-hash")
    good = path.read_bytes()
    # Just behind the header, whose length stands at byte 8.
    at = 24 + int.from_bytes(good[8:16], "little") + 10
    bad = {
        "flip": good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :],
        "cut": good[: len(good) // 2],
        "empty": b"",
        "foreign": b"PK\x03\x04" + good[4:],
        "header": good[:8] + b"\xff\xff\xff\xff" + good[12:],
        "longer": good + bytes(64),
    }[damage]
    path.write_bytes(bad)
    assert (_build(plans).intensities() == expected).all()
    assert len(tests_of_loops) == 2
    _build(plans)
    assert len(tests_of_loops) == 2


@pytest.mark.parametrize("damaged", [False, True])
def test_the_order_for_samples_is_stored_apart_and_made_again_where_it_is_damaged(plans, tests_of_loops, damaged):
    expected = _build(None).ordering()
    _build(plans)
    path = plans.path("file-hash")
    if damaged:
        good = path.read_bytes()
        path.write_bytes(good[:-100] + bytes([good[-100] ^ 1]) + good[-99:])
    found = _build(plans).ordering()
    assert len(tests_of_loops) == 2
    for name in ("process", "product", "turned", "start", "column", "source", "inner", "diagonal"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype
    for name in ("edges", "kinds", "flops", "lu_start", "lu_column", "lu_diagonal"):
        np.testing.assert_array_equal(getattr(found.blocks, name), getattr(expected.blocks, name))


def test_a_plan_of_another_version_is_made_again(plans, tests_of_loops, monkeypatch):
    _build(plans)
    monkeypatch.setattr(plan_cache, "_VERSION", 999)
    _build(plans)
    assert len(tests_of_loops) == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="a system without POSIX permissions")
def test_a_plan_that_others_may_write_is_not_trusted(plans, tests_of_loops):
    _build(plans)
    plans.path("file-hash").chmod(0o666)
    _build(plans)
    assert len(tests_of_loops) == 2


def test_a_folder_that_cannot_be_written_costs_no_answer(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    np.testing.assert_allclose(
        _build(PlanCache(blocked / "plans")).intensities(), _build(None).intensities(), rtol=1e-12
    )


def test_an_answer_on_a_stored_plan_is_checked_on_the_entries_given(plans, monkeypatch):
    # A plan whose numbers come from the wrong entries solves another system, however small its own residual.
    _build(plans)
    found = PlanCache.find

    def shuffled(self, key, entries, names):
        stored = found(self, key, entries, names)
        values = stored.values.copy()
        values[[0, 1, 2]] = values[[1, 2, 0]]
        return dataclasses.replace(stored, values=values)

    monkeypatch.setattr(PlanCache, "find", shuffled)
    np.testing.assert_allclose(_build(plans).intensities(), _build(None).intensities(), rtol=1e-10)


def test_small_systems_and_dense_arrays_keep_no_plan(plans, monkeypatch):
    arrays = random_arrays(3, 20)
    ProductSystem(arrays.technosphere, arrays.interventions, arrays.factors, arrays.references, plans=plans)
    monkeypatch.setattr(ordering, "COMPILED_FROM", 10**6)
    _build(plans)
    assert not plans.folder.exists()


def test_a_release_is_ordered_once_and_found_again_by_its_hash(plans, monkeypatch, tmp_path, tests_of_loops):
    release = write_release(tmp_path / "linked-1.tbr", datasets(), HEADER)
    monkeypatch.setenv("TANBIAO_PLAN_FOLDER", str(plans.folder))
    tests_of_loops.clear()
    first, second = (system_of(release, "AR6")[0] for _ in range(2))
    assert len(tests_of_loops) == 1
    assert [path.name for path in plans.folder.iterdir()] == [plans.path(release.hash).name]
    np.testing.assert_array_equal(first.intensities(), second.intensities())
    monkeypatch.delenv("TANBIAO_PLAN_FOLDER")
    monkeypatch.setattr(plan_cache.Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    np.testing.assert_allclose(system_of(release, "AR6")[0].intensities(), first.intensities(), rtol=1e-12)


def test_the_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("TANBIAO_PLAN_FOLDER", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("TANBIAO_PLAN_FOLDER")
    monkeypatch.setattr(plan_cache.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "tanbiao" / "plans"


def test_any_text_is_a_key_inside_the_folder(plans):
    for key in ("../../etc/passwd", "a/b", "", "x" * 500, "sha256:abc"):
        assert plans.path(key).parent == plans.folder
