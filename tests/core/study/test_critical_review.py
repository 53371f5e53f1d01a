"""The record of a critical review: what it must hold, what contradicts itself, of which result it speaks."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from study_background import document
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Study
from tanbiao.core.study.critical_review import QUESTIONS, parse_review, review_findings

PERSON = {"name": "张三", "organisation": "某研究院", "competence": "LCA 10 years", "independent": "yes"}


def record(**changes: Any) -> dict[str, Any]:
    """Return a sound record of one external expert."""
    body: dict[str, Any] = {
        "tanbiao": "review/1",
        "kind": "external_expert",
        "study": "sha256:" + "a" * 64,
        "result": "sha256:" + "b" * 64,
        "criteria": ["GB/T 24067-2024"],
        "reviewers": [PERSON],
        "begun": "2024-03-01",
        "finished": "2024-03-20",
        "answers": dict.fromkeys(QUESTIONS, "yes"),
        "conclusion": "conforms",
        "statement": "符合。",
    }
    return {**copy.deepcopy(body), **changes}


def codes(reviewed: Study | None = None, result: str | None = None, **changes: Any) -> list[str]:
    """Return what stands against a record."""
    return [item.code for item in review_findings(parse_review(record(**changes)), reviewed, result)]


def test_a_sound_record_has_nothing_against_it_and_one_hash() -> None:
    made = parse_review(record())
    assert review_findings(made) == []
    assert made.answers["data"].good
    assert made.statement.zh == "符合。"
    assert parse_review(made.canonical()).hash == made.hash


COMMENT = {"id": "c1", "where": "r1", "comment": "因子太旧"}
PANEL = [{**PERSON, "chair": "yes"}, PERSON, PERSON]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reviewers": []}, ["review_without_reviewer"]),
        ({"kind": "panel"}, ["review_panel_small"]),
        ({"kind": "panel", "reviewers": PANEL}, []),
        ({"kind": "panel", "reviewers": [PERSON] * 3}, ["review_panel_small"]),
        ({"reviewers": [{**PERSON, "independent": "no"}]}, ["reviewer_not_independent"]),
        ({"begun": "2024-04-01"}, ["review_backwards"]),
        ({"criteria": []}, ["review_without_criteria"]),
        ({"answers": {"data": "yes"}}, ["review_unanswered"]),
        ({"comments": [COMMENT]}, ["review_comments_open"]),
        ({"comments": [{**COMMENT, "answer": "已换", "settled": "yes"}]}, []),
        ({"comments": [COMMENT], "conclusion": "does_not_conform"}, []),
        ({"comments": [{**COMMENT, "settled": "yes"}] * 2}, ["review_comment_twice"]),
        ({"answers": {**dict.fromkeys(QUESTIONS, "yes"), "data": "no"}}, ["review_conclusion_contradicts"]),
        ({"answers": {**dict.fromkeys(QUESTIONS, "yes"), "data": {"good": "no", "remark": "too old"}},
          "conclusion": "conforms_with_reservations"}, []),
    ],
)  # fmt: skip
def test_what_stands_against_a_record(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(**changes) == expected


def test_it_is_of_one_study_and_one_result() -> None:
    study, _ = Study.parse(document())
    assert study is not None
    other = "sha256:" + "c" * 64
    assert codes(study, other) == ["review_of_another_study", "review_of_another_result"]
    assert codes(study, "sha256:" + "b" * 64, study=study.hash) == []


def test_a_public_comparison_needs_a_panel() -> None:
    study, _ = Study.parse(document(goal={"application": "test", "public_comparison": "yes"}))
    assert study is not None
    assert codes(study, study=study.hash) == ["review_needs_panel"]
    assert codes(study, study=study.hash, kind="panel", reviewers=PANEL) == []


@pytest.mark.parametrize("document", [[], "x", {"tanbiao": "review/1"}, record(extra="x"), record(study="no hash")])
def test_a_malformed_record_is_refused_with_its_places(document: Any) -> None:
    with pytest.raises(TanbiaoError) as refused:
        parse_review(document)
    assert {item.code for item in refused.value.findings} == {"review_malformed"}
