"""A paper of a certification case as a document: facts, tables and words of one record, with its signatures and hash.

The content is a canonical document (``tanbiao: paper/1``) whose labels are words of this package and whose values are
texts, bilingual where the data are. The same content gives Word and PDF.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents.report import as_docx, as_pdf
from tanbiao.documents.report.content import Block, Column, Facts, Report, Section, Table, Words
from tanbiao.documents.words import pick, word

FORMAT = "paper/1"
KINDS = (
    "application_review", "contract", "plan", "sampling_plan", "attendance", "nonconformities", "audit_report",
    "verification_report", "verification_statement", "review_record", "decision_record", "notice",
)  # fmt: skip
FREE = "remarks"
"""The section whose text is its signer's own: the only one that an edited Word file may change."""
FORMS = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf"}


def title(kind: str, lang: Lang) -> str:
    """Return a paper's title."""
    return word(f"paper.{kind}", lang)


def build(
    content: Mapping[str, Any],
    content_hash: str,
    lang: Lang,
    *,
    signatures: Sequence[Mapping[str, str]] = (),
    seal: str,
    editable: bool = False,
) -> Report:
    """Return a paper as a report.

    Parameters
    ----------
    content
        ``{kind, case, product, demo, sections: [{key, facts: [[label, value]], table: {columns, rows}, words: []}]}``;
        labels and columns are keys of this package's words, values are text or ``{zh, en}``. ``word``: hash of the
        edited Word file that its free text was taken from.
    content_hash
        Hash of the content, which every signature names.
    signatures
        ``{name_zh, name_en, duty, at}`` in order; ``duty`` is a key of this package's words.
    seal
        Key of what the paper is: ``draft`` or ``released``.
    editable
        Whether the section of free text is to stand there without any text too, with a line that says so.
    """
    sections = [_section(part, lang) for part in content["sections"]]
    if editable and all(part["key"] != FREE for part in content["sections"]):
        sections.append(Section(FREE, word(f"paper.{FREE}", lang), (Words((word("paper.write_here", lang),)),)))
    signed = Table(
        "signatures",
        word("paper.signatures", lang),
        tuple(
            Column(word(f"paper.{key}", lang), weight) for key, weight in (("person", 1.2), ("duty", 1.2), ("at", 1.4))
        ),
        tuple(
            (
                pick({"zh": one["name_zh"], "en": one["name_en"]}, lang),
                word(f"paper.duty_{one['duty']}", lang),
                one["at"],
            )
            for one in signatures
        ),
    )
    edited = ((word("paper.word_hash", lang), content["word"]),) if content.get("word") else ()
    told = Facts("seal", ((word("paper.hash", lang), content_hash), *edited))
    nothing = Words((word("paper.unsigned", lang),))
    sections.append(Section("signatures", word("paper.signatures", lang), (signed if signatures else nothing, told)))
    return Report(
        lang=lang,
        title=title(content["kind"], lang),
        product=pick(content["product"], lang),
        standing=word("paper.demo" if content["demo"] else f"paper.{seal}", lang),
        headline=str(content["case"]),
        unit="",
        notes=(word(f"paper.{seal}_note", lang),),
        sections=tuple(sections),
    )


def _section(part: Mapping[str, Any], lang: Lang) -> Section:
    blocks: list[Block] = []
    if part.get("facts"):
        pairs = tuple((word(f"paper.{key}", lang), _text(value, lang)) for key, value in part["facts"])
        blocks.append(Facts(part["key"], pairs))
    if part.get("table"):
        columns = tuple(Column(word(f"paper.{key}", lang)) for key in part["table"]["columns"])
        rows = tuple(tuple(_text(cell, lang) for cell in row) for row in part["table"]["rows"])
        heading = word(f"paper.{part['key']}", lang)
        blocks.append(Table(part["key"], heading, columns, rows) if rows else Words((word("paper.none", lang),)))
    if part.get("words"):
        blocks.append(Words(tuple(_text(line, lang) for line in part["words"])))
    return Section(part["key"], word(f"paper.{part['key']}", lang), tuple(blocks))


def _text(value: Any, lang: Lang) -> str:
    """Return a value in words: a bilingual text, a word of this package (``{"word": key}``), a yes or no, or itself."""
    if isinstance(value, Mapping) and "word" in value:
        return word(f"paper.{value['word']}", lang)
    if isinstance(value, bool):
        return word("yes" if value else "no", lang)
    return pick(value, lang) or "–"


def render(report: Report, form: str, created: datetime.datetime) -> bytes:
    """Return the bytes of a paper as ``docx`` or ``pdf`` (PDF/A-3b). Raises ``typesetting_failed``."""
    return as_docx.render(report, created) if form == "docx" else as_pdf.render(report, created)
