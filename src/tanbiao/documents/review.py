"""The record of a critical review as a document: who reviewed what, each question, each comment with its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import text
from tanbiao.documents.report.content import Cell, Column, Facts, Report, Section, Table, Words
from tanbiao.documents.words import pick, word

QUESTIONS = ("methods", "validity", "data", "interpretation", "transparency")


def build(record: Mapping[str, Any], product: str, lang: Lang, *, recorded: str = "") -> Report:
    """Return the record's content.

    Parameters
    ----------
    record
        The canonical document of a review.
    product
        Name of the product that was reviewed.
    recorded
        Who entered it on the platform, and when; left out where it is only a file.
    """
    conclusion = word(f"review.{record['conclusion']}", lang)
    pairs = [
        (word("review.conclusion", lang), conclusion),
        (word("review.statement", lang), pick(record["statement"], lang)),
        (word("review.kind", lang), word(f"review.{record['kind']}", lang)),
        (word("review.criteria", lang), "; ".join(record.get("criteria", ()))),
        (word("review.dates", lang), text.period(record["begun"], record["finished"], lang)),
        (word("r.rule", lang), str(record.get("rule") or "–")),
        (word("r.study_hash", lang), str(record["study"])),
        (word("review.result_hash", lang), str(record["result"])),
    ]
    if recorded:
        pairs.append((word("review.recorded", lang), recorded))
    sections = (
        Section("conclusion", word("review.conclusion", lang), (Facts("conclusion", tuple(pairs)),)),
        Section("reviewers", word("review.reviewers", lang), (_reviewers(record, lang),)),
        Section("answers", word("review.questions", lang), (_answers(record, lang),)),
        Section("comments", word("review.comments", lang), (_comments(record, lang),)),
    )
    return Report(
        lang=lang,
        title=word("review.title", lang),
        product=product,
        standing=word("review.standing", lang),
        headline=conclusion,
        unit="",
        notes=(),
        sections=sections,
    )


def _reviewers(record: Mapping[str, Any], lang: Lang) -> Table:
    columns = tuple(
        Column(word(f"review.{key}", lang), weight)
        for key, weight in (("name", 1.2), ("organisation", 1.4), ("role", 0.8), ("competence", 2.0), ("interest", 1.6))
    )
    rows = tuple(
        (
            str(person["name"]),
            str(person["organisation"]),
            word("review.chair" if person.get("chair") else "review.member", lang),
            str(person["competence"]),
            word("review.independent" if person["independent"] else "review.not_independent", lang)
            + (f" – {person['interest']}" if person.get("interest") else ""),
        )
        for person in record.get("reviewers", ())
    )
    return Table("reviewers", word("review.reviewers", lang), columns, rows)


def _answers(record: Mapping[str, Any], lang: Lang) -> Table:
    columns = (
        Column(word("review.question", lang), 3.0),
        Column(word("review.answer", lang), 0.8),
        Column(word("review.remark", lang), 2.4),
    )
    rows: list[tuple[Cell, ...]] = []
    for name in QUESTIONS:
        answer = record.get("answers", {}).get(name)
        shown = "–" if answer is None else word("yes" if answer["good"] else "no", lang)
        rows.append((word(f"review.q_{name}", lang), shown, pick((answer or {}).get("remark"), lang)))
    return Table("answers", word("review.questions", lang), columns, tuple(rows))


def _comments(record: Mapping[str, Any], lang: Lang) -> Table | Words:
    if not record.get("comments"):
        return Words((word("r.nothing", lang),))
    columns = tuple(
        Column(word(f"review.{key}", lang), weight)
        for key, weight in (("id", 0.5), ("where", 1.2), ("comment", 2.6), ("reply", 2.4), ("state", 0.8))
    )
    rows = tuple(
        (
            str(item["id"]),
            str(item["where"]),
            pick(item["comment"], lang),
            pick(item.get("answer"), lang),
            word("review.settled" if item.get("settled") else "review.open", lang),
        )
        for item in record["comments"]
    )
    return Table("comments", word("review.comments", lang), columns, rows)
