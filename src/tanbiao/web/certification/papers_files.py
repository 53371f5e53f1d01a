"""The files of a case's papers: Word for editing, PDF as sealed, or as a draft that says so."""

from __future__ import annotations

from tanbiao.core.findings import Lang
from tanbiao.documents import papers as documents
from tanbiao.web import clock
from tanbiao.web.certification.models import CasePaper
from tanbiao.web.commanding import Conflict, NotFound
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.studies.queries import read_json

LANGUAGES: tuple[Lang, ...] = ("zh", "en")


def render(paper: CasePaper, form: str, lang: Lang) -> bytes:
    """Return the bytes of a paper made from its content and signatures; the same paper gives the same bytes."""
    signatures = [
        {
            "name_zh": row.person.name("zh"),
            "name_en": row.person.name("en"),
            "duty": row.duty,
            "at": clock.stamp(row.at)[:19],
        }
        for row in paper.signatures.select_related("person")
    ]
    if paper.released_by is not None and paper.released_at is not None:
        who, at = paper.released_by, clock.stamp(paper.released_at)[:19]
        signatures.append({"name_zh": who.name("zh"), "name_en": who.name("en"), "duty": "signatory", "at": at})
    seal = "released" if paper.released_at is not None else "draft"
    content = read_json(paper.content)
    editable = form == "docx" and paper.state == "draft"
    report = documents.build(content, paper.content, lang, signatures=signatures, seal=seal, editable=editable)
    return documents.render(report, form, (paper.released_at or paper.at).replace(microsecond=0))


def file_of(paper: CasePaper, form: str, lang: Lang) -> bytes:
    """Return a paper's file: Word made from its content, the sealed PDF, or a draft's.

    Raises
    ------
    Conflict
        ``paper_being_sealed``: it was released a moment ago.
    """
    if form == "docx" or paper.released_at is None:
        return render(paper, form, lang)
    if lang not in paper.sealed:
        raise Conflict.of("paper_being_sealed", paper.kind)
    return get_blob(paper.sealed[lang])


def edited_word(paper: CasePaper) -> bytes:
    """Return the Word file, byte for byte, that a paper's free text was taken from.

    Raises
    ------
    NotFound
        ``paper_not_edited``
    """
    if not paper.word:
        raise NotFound.of("paper_not_edited", paper.kind)
    return get_blob(paper.word)
