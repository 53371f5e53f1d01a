"""A release solved again: it agrees, and one whose stored figures are not its blocks' is found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.release.linked_release import HEADER, datasets
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca import release_build, release_solve, release_store
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.core.lca.release_deep import resolve

SAMPLES = Samples(50, seed=2, gwp_sets=("AR4", "AR6"))


def test_a_release_solved_again_agrees(tmp_path: Path, starter: Release) -> None:
    found = resolve(write_release(tmp_path / "r.tbr", datasets(), HEADER, samples=SAMPLES))
    assert (found.datasets, found.solved) == (5, 3)
    assert found.samples >= 8
    assert found.largest <= 1e-9
    assert resolve(starter).solved == 0


def _inventory(monkeypatch: pytest.MonkeyPatch) -> None:
    true = release_solve.sections

    def wrong(linked: Any, inventory: Any) -> Any:
        changed = inventory.copy()
        changed[0, 3] *= 1 + 1e-8  # carbon dioxide of the fourth id, power
        return true(linked, changed)

    monkeypatch.setattr(release_solve, "sections", wrong)


def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    true = release_build._Collected.add

    def wrong(collected: Any, item: Any) -> None:
        true(collected, item)
        if item.id == "kiln":
            other = next(one for one in datasets() if one.id == "wood")
            for name, values in collected._kinds.items():
                values[-5:] = other.intensity(name).kinds.values()

    monkeypatch.setattr(release_build._Collected, "add", wrong)


def _samples(monkeypatch: pytest.MonkeyPatch) -> None:
    true = release_store.solve_task

    def wrong(task: Any) -> Any:
        found = true(task)
        found[:, 2] *= 1 + 1e-4  # the third id, lime
        return found

    monkeypatch.setattr(release_store, "solve_task", wrong)


@pytest.mark.parametrize(
    ("forge", "part"), [(_inventory, "system/inventory"), (_figures, "intensity/AR4"), (_samples, "samples/AR4")]
)
def test_figures_that_do_not_follow_from_the_blocks_are_found(
    forge: Any, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        forge(patched)
        release = write_release(tmp_path / "r.tbr", datasets(), HEADER, samples=SAMPLES)
    release.verify_all()
    with pytest.raises(TanbiaoError) as caught:
        resolve(release)
    assert caught.value.code == "release_deep_differs"
    named = {"intensity/AR4": "kiln", "system/inventory": "power", "samples/AR4": "lime"}[part]
    assert dict(caught.value.findings[0].params) == {"dataset": named, "part": part}
