"""The REST API of a case's waivers: what may be waived of its sealed result, and the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.api_kit import Router, UploadIn, upload_of
from tanbiao.web.certification import commands, queries
from tanbiao.web.certification.models import Case, CaseWaiver
from tanbiao.web.certification.waivers import Line
from tanbiao.web.language import current

router = Router()
Name = Annotated[str, Field(max_length=64)]
Words = Annotated[str, Field(max_length=4000)]


class WaiverIn(BaseModel):
    """An answer: the check and (where it is of one) the process as they are listed, waived or not, why."""

    check: Name
    process: Name = ""
    granted: bool
    reason: Words
    file: UploadIn | None = None


class WaiverReasonIn(BaseModel):
    """Why an answer is taken back."""

    reason: Words


class WaiverAnswerOut(BaseModel):
    """An answer; who gave it is told to the body's side only."""

    id: UUID
    granted: bool
    role: str
    clause: str
    reason: str
    by: str
    at: datetime
    hash: str
    filename: str
    withdrawn_at: datetime | None
    withdrawn_reason: str


class WaivableOut(BaseModel):
    """Something that may be waived of the package of the case's round, and its answers in their order."""

    check: str
    process: str
    state: Literal["open", "granted", "refused", "withdrawn", "idle"]
    roles: list[str]
    evidence_required: bool
    clause: str
    severity: str
    blocks: bool
    asked: str
    findings: list[dict[str, str]]
    answers: list[WaiverAnswerOut]


def _answer(row: CaseWaiver, *, named: bool) -> WaiverAnswerOut:
    return WaiverAnswerOut(
        id=row.id,
        granted=row.granted,
        role=row.role,
        clause=row.clause,
        reason=row.reason,
        by=row.by.name(current()) if named else "",
        at=row.at,
        hash=row.hash,
        filename=row.filename,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
    )


def _line(line: Line, *, named: bool) -> WaivableOut:
    item = line.item
    return WaivableOut(
        check=item.check,
        process=item.process,
        state=line.state,
        roles=list(item.roles),
        evidence_required=item.evidence,
        clause=item.clause,
        severity=item.severity.value,
        blocks=item.blocks,
        asked=item.asked,
        findings=[render(one, current()) for one in item.findings],
        answers=[_answer(row, named=named) for row in line.answers],
    )


def _all(actor: Actor, case: Case) -> list[WaivableOut]:
    named = actor.organisation_id == case.body_id
    return [_line(line, named=named) for line in queries.waivers(actor, case.id)]


@router.get("/cases/{uuid:case_id}/waivers", response=list[WaivableOut])
@access("certification.view")
def list_waivers(request: HttpRequest, case_id: UUID) -> Any:
    """List what may be waived of the sealed result of the case's round, with the answers."""
    actor = actor_of(request)
    return _all(actor, queries.case(actor, case_id))


@router.post("/cases/{uuid:case_id}/waivers", response={201: WaiverAnswerOut})
@access("certification.waive")
def answer_waiver(request: HttpRequest, case_id: UUID, body: WaiverIn) -> Any:
    """Waive a failed check of the sealed result with a reason, or refuse to."""
    upload = upload_of(body.file) if body.file else None
    given = body.model_dump(exclude={"file"})
    return 201, _answer(commands.answer_waiver(actor_of(request), case_id=case_id, upload=upload, **given), named=True)


@router.post("/waivers/{uuid:waiver_id}/withdraw", response=WaiverAnswerOut)
@access("certification.waive")
def withdraw_waiver(request: HttpRequest, waiver_id: UUID, body: WaiverReasonIn) -> Any:
    """Take an answer back before the decision."""
    found = commands.withdraw_waiver(actor_of(request), waiver_id=waiver_id, reason=body.reason)
    return _answer(found, named=True)
