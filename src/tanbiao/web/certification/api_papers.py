"""The API of case papers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, Field

from tanbiao.documents.papers import FORMS, title
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Router, UploadIn, upload_of
from tanbiao.web.certification import commands, papers_files, queries_papers
from tanbiao.web.certification.models import CasePaper
from tanbiao.web.certification.papers import signers
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment

router = Router()
Code = Annotated[str, Field(max_length=60)]
Hash = Annotated[str, Field(max_length=71)]


class PaperSignatureOut(BaseModel):
    """A signature."""

    person: UUID
    duty: str
    at: datetime


class CasePaperOut(BaseModel):
    """A paper of a case."""

    id: UUID
    kind: str
    title: str
    version: Count
    state: str
    content: str
    word: str = ""
    """Hash of the edited Word file that the free text was taken from; empty: none."""
    signatures: list[PaperSignatureOut]
    signatures_missing: Count
    released_at: datetime | None
    retain_until: date | None
    sealed: dict[str, str]
    """Language → hash of the sealed PDF."""


class PaperDraftIn(BaseModel):
    """What is to be drafted."""

    kind: Code
    remarks: Annotated[str, Field(max_length=8000)] = ""


class PaperSeenIn(BaseModel):
    """The hash of the content that was seen."""

    content: Hash


def _out(row: CasePaper) -> CasePaperOut:
    signed = list(row.signatures.all())
    needed = set(signers(row.case, row.kind))
    return CasePaperOut(
        id=row.id,
        kind=row.kind,
        title=title(row.kind, current()),
        version=row.version,
        state=row.state,
        content=row.content,
        word=row.word,
        signatures=[PaperSignatureOut(person=one.person_id, duty=one.duty, at=one.at) for one in signed],
        signatures_missing=len(needed - {one.person_id for one in signed}),
        released_at=row.released_at,
        retain_until=row.retain_until,
        sealed=dict(row.sealed),
    )


@router.get("/cases/{uuid:case_id}/papers", response=list[CasePaperOut])
@access("certification.view")
def list_papers(request: HttpRequest, case_id: UUID) -> Any:
    """List the papers of a case that the caller may see."""
    return [_out(row) for row in queries_papers.papers(actor_of(request), case_id)]


@router.post("/cases/{uuid:case_id}/papers", response={201: CasePaperOut})
@access("certification.papers")
def draft_paper(request: HttpRequest, case_id: UUID, body: PaperDraftIn) -> Any:
    """Draft a paper from the case as it stands."""
    return 201, _out(commands.draft_paper(actor_of(request), case_id=case_id, kind=body.kind, remarks=body.remarks))


@router.post("/papers/{uuid:paper_id}/sign", response=CasePaperOut)
@access("certification.view")
def sign_paper(request: HttpRequest, paper_id: UUID, body: PaperSeenIn) -> Any:
    """Sign a paper's content."""
    return _out(commands.sign_paper(actor_of(request), paper_id=paper_id, content=body.content))


@router.post("/papers/{uuid:paper_id}/word", response=CasePaperOut)
@access("certification.papers")
def file_word(request: HttpRequest, paper_id: UUID, body: UploadIn) -> Any:
    """Take the free text of an edited Word file into a new version of a draft; all else must be as it was."""
    return _out(commands.file_word(actor_of(request), paper_id=paper_id, upload=upload_of(body)))


@router.post("/papers/{uuid:paper_id}/release", response=CasePaperOut)
@access("certification.view")
def release_paper(request: HttpRequest, paper_id: UUID, body: PaperSeenIn) -> Any:
    """Release a signed paper as the body's signatory."""
    return _out(commands.release_paper(actor_of(request), paper_id=paper_id, content=body.content))


@router.delete("/papers/{uuid:paper_id}", response={204: None})
@access("certification.papers")
def delete_paper(request: HttpRequest, paper_id: UUID) -> Any:
    """Delete a draft, or a paper whose time of retention is over."""
    commands.delete_paper(actor_of(request), paper_id=paper_id)
    return 204, None


@router.get("/papers/{uuid:paper_id}/file", response={200: None})
@access("certification.view")
def paper_file(
    request: HttpRequest,
    paper_id: UUID,
    form: Literal["docx", "pdf"] = "pdf",
    lang: Literal["zh", "en"] = "zh",
    edited: bool = False,
) -> HttpResponse:
    """Return a paper as Word or PDF; ``edited``: the Word file as it was brought back."""
    found = queries_papers.paper(actor_of(request), paper_id)
    if edited:
        name = f"{found.case.number}-{found.kind}-v{found.version}-edited.docx"
        return attachment(papers_files.edited_word(found), FORMS["docx"], name)
    data = papers_files.file_of(found, form, lang)
    return attachment(data, FORMS[form], f"{found.case.number}-{found.kind}-v{found.version}-{lang}.{form}")


@router.post("/signatories/{uuid:person_id}", response={204: None})
@access("certification.handle")
def name_signatory(request: HttpRequest, person_id: UUID) -> Any:
    """Name a person of one's body who releases its papers."""
    commands.name_signatory(actor_of(request), person_id=person_id)
    return 204, None


@router.delete("/signatories/{uuid:person_id}", response={204: None})
@access("certification.handle")
def end_signatory(request: HttpRequest, person_id: UUID) -> Any:
    """End a signatory's mandate."""
    commands.end_signatory(actor_of(request), person_id=person_id)
    return 204, None
