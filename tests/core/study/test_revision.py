"""Revisions name their parent, and what changed between two is told by row."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Study
from tanbiao.core.study.revision import Revision, diff, revise


def study(**changes: Any) -> Study:
    """Return a study."""
    parsed, findings = Study.parse(document(**changes))
    assert parsed is not None, findings
    return parsed


def test_a_revision_is_addressed_by_document_and_parent() -> None:
    first = revise(study())
    second = revise(study(gwp="AR5"), first)
    back = revise(study(), second)
    assert second.parent == first.hash
    assert back.document_hash == first.document_hash == study().hash
    assert back.hash != first.hash
    assert back.study() == study()
    assert first.next(study(gwp="AR5").canonical()).hash == second.hash


def test_a_draft_that_is_no_study_can_be_kept() -> None:
    draft = Revision({"tanbiao": "study/1", "stages": {}})
    assert draft.study() is None
    assert draft.hash.startswith("sha256:")


def test_a_parent_is_a_content_hash() -> None:
    with pytest.raises(TanbiaoError):
        Revision({}, "yesterday")


def test_changes_are_told_by_row_whatever_their_order() -> None:
    keep = {"id": "keep", "amount": "1 kg", "from": "dataset/steel"}
    change = {"id": "change", "amount": "1 kg", "from": "dataset/steel"}
    gone = {"id": "gone", "amount": "1 kg", "from": "dataset/steel"}
    move = {"id": "move", "amount": "1 kg", "from": "dataset/steel"}
    new = {"id": "new", "amount": "1 kg", "from": "dataset/steel"}
    before = study(stages=stages(raw_materials=[keep, change, gone, move]))
    after = study(
        stages=stages(raw_materials=[{**change, "amount": "2 kg"}, new, keep], manufacturing=[move]), gwp="AR5"
    )
    changes = {(item.kind, item.row): item for item in diff(before, after)}
    assert changes["removed", "gone"].where == "stages.raw_materials.gone"
    assert changes["added", "new"].where == "stages.raw_materials.new"
    assert changes["changed", "change"].fields == {"amount": ("1 kg", "2 kg")}
    assert changes["moved", "move"].where == "stages.manufacturing.move"
    assert changes["changed", "gwp"].fields["value"] == ("AR6", "AR5")
    assert ("removed", "stages.manufacturing.not_declared") in changes
    assert len(changes) == 6


def test_nothing_changed_is_an_empty_list() -> None:
    assert diff(study(), study()) == []
