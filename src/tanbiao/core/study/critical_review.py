"""The record of a critical review, ``tanbiao: review/1``: of which result, by whom, what was asked, what was concluded.

A critical review asks whether the methods are consistent with the standard, scientifically and technically valid, the
data appropriate to the goal, the interpretation in keeping with limits and goal, and the report transparent and
consistent (ISO 14044:2006, 6.1; GB/T 24067-2024 keeps the review). A panel has a chair and at least two more members
(ISO 14044:2006, 6.3); a footprint published for comparison needs one. The record names the hash of the study and of the
result: a review of one revision says nothing of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Literal

from pydantic import ConfigDict, ValidationError

from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study.model import Study
from tanbiao.core.study.model_base import Date, Digest, Line, Part, RowId, Text

FORMAT: Final = "review/1"
QUESTIONS: Final = ("methods", "validity", "data", "interpretation", "transparency")
"""The five questions that every review answers."""
PANEL_AT_LEAST: Final = 3


class Reviewer(Part):
    """A person who reviews."""

    name: Line
    organisation: Line
    competence: Line
    """Knowledge of the product, of footprints, of the standard."""
    chair: bool = False
    independent: bool
    """Whether the person had no part in the study and no interest in its outcome."""
    interest: Line | None = None
    """Relations to the company or its competitors, as the person states them."""


class Answer(Part):
    """The answer to one of the questions."""

    good: bool
    remark: Text | None = None


class Comment(Part):
    """A reviewer's comment, what was answered, and whether it is settled."""

    id: RowId
    where: Line
    """Row, stage or section that it is about."""
    comment: Text
    answer: Text | None = None
    settled: bool = False


class Review(Part):
    """A critical review, immutable; :attr:`hash` is over the canonical document."""

    tanbiao: Literal["review/1"]
    kind: Literal["internal_expert", "external_expert", "panel"]
    study: Digest
    result: Digest
    rule: Line | None = None
    criteria: tuple[Line, ...]
    """Standards and rules against which it was reviewed."""
    reviewers: tuple[Reviewer, ...]
    begun: Date
    finished: Date
    answers: dict[Literal["methods", "validity", "data", "interpretation", "transparency"], Answer]
    comments: tuple[Comment, ...] = ()
    conclusion: Literal["conforms", "conforms_with_reservations", "does_not_conform"]
    statement: Text

    model_config = ConfigDict(ignored_types=(cached_property,))

    def canonical(self) -> dict[str, Any]:
        """Return the document in canonical form."""
        return self.model_dump(mode="json", by_alias=True)

    @cached_property
    def hash(self) -> str:
        """Return the content hash of the canonical document."""
        return content_hash(self.canonical())


def parse_review(document: Any) -> Review:
    """Read a record; scalars may be text, as from YAML.

    Raises
    ------
    TanbiaoError
        ``review_malformed`` with every place that is wrong.
    """
    from tanbiao.core.study.normalise import plain

    if not isinstance(document, Mapping):
        raise TanbiaoError.of("review_malformed", "", reason="not a mapping")
    try:
        return Review.model_validate(_long(plain(document)))
    except ValidationError as error:
        found = [
            finding(
                "review_malformed", Severity.BLOCKING, ".".join(str(part) for part in item["loc"]), reason=item["msg"]
            )
            for item in error.errors(include_url=False)
        ]
        raise TanbiaoError(*found) from error


def _long(body: dict[str, Any]) -> dict[str, Any]:
    """Bring short forms to long ones: a text is ``{zh}`` or ``{en}``, an answer may be yes or no."""
    from tanbiao.core.study.normalise import text

    answers = body.get("answers")
    if isinstance(answers, dict):
        body["answers"] = {
            key: {**item, "remark": text(item["remark"])} if isinstance(item, dict) and "remark" in item
            else item if isinstance(item, dict) else {"good": item}
            for key, item in answers.items()
        }  # fmt: skip
    comments = body.get("comments")
    if isinstance(comments, list):
        body["comments"] = [
            {key: text(item) if key in ("comment", "answer") else item for key, item in entry.items()}
            if isinstance(entry, dict)
            else entry
            for entry in comments
        ]
    body["statement"] = text(body.get("statement"))
    return body


def review_findings(review: Review, study: Study | None = None, result_hash: str | None = None) -> list[Finding]:
    """Return what stands against a record.

    Parameters
    ----------
    study, result_hash
        What was reviewed, where it is at hand: the record must name their hashes.
    """
    return list(_people(review)) + list(_content(review)) + list(_subject(review, study, result_hash))


def _people(review: Review) -> Iterator[Finding]:
    if not review.reviewers:
        yield finding("review_without_reviewer", Severity.ERROR, "reviewers")
    chairs = sum(person.chair for person in review.reviewers)
    if review.kind == "panel" and (len(review.reviewers) < PANEL_AT_LEAST or chairs != 1):
        params = {"members": len(review.reviewers), "chairs": chairs, "least": PANEL_AT_LEAST}
        yield finding("review_panel_small", Severity.ERROR, "reviewers", **params)
    for index, person in enumerate(review.reviewers):
        if not person.independent:
            yield finding("reviewer_not_independent", Severity.ERROR, f"reviewers.{index}", name=person.name)


def _content(review: Review) -> Iterator[Finding]:
    if review.begun > review.finished:
        yield finding("review_backwards", Severity.ERROR, "finished")
    if not review.criteria:
        yield finding("review_without_criteria", Severity.ERROR, "criteria")
    missing = [name for name in QUESTIONS if name not in review.answers]
    if missing:
        yield finding("review_unanswered", Severity.ERROR, "answers", questions=", ".join(missing))
    ids = [item.id for item in review.comments]
    for double in sorted({item for item in ids if ids.count(item) > 1}):
        yield finding("review_comment_twice", Severity.ERROR, f"comments.{double}", id=double)
    if review.conclusion == "does_not_conform":
        return
    unsettled = [item.id for item in review.comments if not item.settled]
    if unsettled:
        yield finding("review_comments_open", Severity.ERROR, "comments", ids=", ".join(unsettled))
    against = [name for name in QUESTIONS if name in review.answers and not review.answers[name].good]
    if against and review.conclusion == "conforms":
        yield finding("review_conclusion_contradicts", Severity.ERROR, "conclusion", questions=", ".join(against))


def _subject(review: Review, study: Study | None, result_hash: str | None) -> Iterator[Finding]:
    if study is not None and study.hash != review.study:
        yield finding("review_of_another_study", Severity.ERROR, "study", named=review.study, found=study.hash)
    if result_hash is not None and result_hash != review.result:
        yield finding("review_of_another_result", Severity.ERROR, "result", named=review.result, found=result_hash)
    if study is not None and study.goal.public_comparison and review.kind != "panel":
        yield finding("review_needs_panel", Severity.ERROR, "kind")
