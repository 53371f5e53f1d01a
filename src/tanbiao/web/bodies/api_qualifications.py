"""The API of a body's qualification."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja.responses import Status
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Limit, Offset, Page, Router, UploadIn, page_of, upload_of
from tanbiao.web.bodies import commands, queries
from tanbiao.web.bodies.models import Branch, ExpiryNotice, Qualification
from tanbiao.web.clock import stamp
from tanbiao.web.commanding import NotFound

router = Router()
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Line = Annotated[str, Field(max_length=200)]


class QualificationIn(BaseModel):
    """An approval or accreditation with its document; ``scopes``: ``*``, ``sector:<id>`` or ids of categories."""

    kind: Literal["approval", "accreditation"]
    number: Annotated[str, Field(max_length=120)]
    issuer: Line
    basis: Annotated[str, Field(max_length=300)] = ""
    fields_of_certification: Annotated[str, Field(max_length=500)]
    scopes: Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=100)]
    valid_from: date
    valid_until: date
    paper: UploadIn


class QualificationOut(BaseModel):
    """An approval or accreditation on record."""

    id: UUID
    body: UUID
    kind: str
    number: str
    issuer: str
    basis: str
    fields_of_certification: str
    scopes: list[str]
    valid_from: date
    valid_until: date
    state: str
    said: str
    ended_on: date | None
    paper: str


class JudgementIn(BaseModel):
    """The operator's result, with what was compared or why not."""

    confirms: bool
    text: Text


class SaidIn(BaseModel):
    """A text that says why or how."""

    text: Text


class BranchIn(BaseModel):
    """A branch: with its credit code, or with register and number elsewhere."""

    name_zh: Line
    name_en: Line = ""
    uscc: Annotated[str, Field(max_length=24)] = ""
    foreign_id: Annotated[str, Field(max_length=80)] = ""
    jurisdiction: Annotated[str, Field(max_length=10)]
    activities: Annotated[str, Field(max_length=500)]


class BranchOut(BranchIn):
    """A branch on record."""

    id: UUID
    closed: bool


class OnboardingOut(BaseModel):
    """A point of the onboarding, and whether it is met today."""

    point: str
    met: bool


class AlarmOut(BaseModel):
    """Something ends in at most ``stage`` days, or (0) has ended."""

    kind: str
    subject: UUID
    words_zh: str
    words_en: str
    until: date
    stage: int
    at: str
    read: bool


def _qualification(row: Qualification) -> QualificationOut:
    names = [name for name in QualificationOut.model_fields if name not in ("body", "fields_of_certification")]
    told: dict[str, Any] = {name: getattr(row, name) for name in names}
    return QualificationOut(body=row.body_id, fields_of_certification=row.fields, **told)


def _branch(row: Branch) -> BranchOut:
    told = {name: getattr(row, name) for name in BranchIn.model_fields}
    return BranchOut(id=row.id, closed=row.closed_at is not None, **told)


def _alarm(row: ExpiryNotice) -> AlarmOut:
    told = {name: getattr(row, name) for name in ("kind", "subject", "words_zh", "words_en", "until", "stage")}
    return AlarmOut(at=stamp(row.at), read=row.read_at is not None, **told)


@router.get("/body/onboarding", response=list[OnboardingOut])
@access("bodies.people")
def onboarding(request: HttpRequest) -> list[OnboardingOut]:
    """List what one's own body needs before it can take a case, and what of it is there today."""
    organisation = actor_of(request).organisation
    if organisation is None:
        raise NotFound.of("no_organisation")
    return [OnboardingOut(point=one.key, met=one.met) for one in queries.onboarding(organisation)]


@router.get("/body/qualifications", response=Page[QualificationOut])
@access("bodies.people")
def qualifications(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[QualificationOut]:
    """List approvals and accreditations of one's own body."""
    return page_of(queries.qualifications(actor_of(request)), limit, offset, _qualification)


@router.post("/body/qualifications", response={201: QualificationOut})
@access("bodies.keep")
def bring_qualification(request: HttpRequest, body: QualificationIn) -> Status[QualificationOut]:
    """Bring an approval or accreditation; it counts once the operator confirms it."""
    told = body.model_dump(exclude={"paper", "fields_of_certification"})
    made = commands.bring_qualification(
        actor_of(request), fields=body.fields_of_certification, paper=upload_of(body.paper), **told
    )
    return Status(201, _qualification(made))


@router.get("/bodies/qualifications", response=Page[QualificationOut])
@access("bodies.confirm")
def all_qualifications(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[QualificationOut]:
    """List what all bodies have brought (operator)."""
    return page_of(queries.all_qualifications(actor_of(request)), limit, offset, _qualification)


@router.post("/bodies/qualifications/{uuid:qualification_id}/judge", response=QualificationOut)
@access("bodies.confirm")
def judge_qualification(request: HttpRequest, qualification_id: UUID, body: JudgementIn) -> QualificationOut:
    """Confirm or refuse what a body has brought (operator)."""
    row = commands.judge_qualification(actor_of(request), qualification_id=qualification_id, **body.model_dump())
    return _qualification(row)


@router.post("/bodies/qualifications/{uuid:qualification_id}/end", response=QualificationOut)
@access("bodies.confirm")
def end_qualification(request: HttpRequest, qualification_id: UUID, body: SaidIn) -> QualificationOut:
    """End an approval or accreditation before its term (operator)."""
    row = commands.end_qualification(actor_of(request), qualification_id=qualification_id, text=body.text)
    return _qualification(row)


@router.post("/bodies/qualifications/{uuid:qualification_id}/suspend", response=QualificationOut)
@access("bodies.confirm")
def suspend_qualification(request: HttpRequest, qualification_id: UUID, body: SaidIn) -> QualificationOut:
    """Put on record that its issuer has suspended an approval or accreditation (operator)."""
    row = commands.suspend_qualification(actor_of(request), qualification_id=qualification_id, text=body.text)
    return _qualification(row)


@router.post("/bodies/qualifications/{uuid:qualification_id}/restore", response=QualificationOut)
@access("bodies.confirm")
def restore_qualification(request: HttpRequest, qualification_id: UUID, body: SaidIn) -> QualificationOut:
    """Put on record that its issuer has lifted a suspension (operator)."""
    row = commands.restore_qualification(actor_of(request), qualification_id=qualification_id, text=body.text)
    return _qualification(row)


@router.get("/body/branches", response=Page[BranchOut])
@access("bodies.people")
def branches(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[BranchOut]:
    """List the branches of one's own body."""
    return page_of(queries.branches(actor_of(request)), limit, offset, _branch)


@router.post("/body/branches", response={201: BranchOut})
@access("bodies.keep")
def open_branch(request: HttpRequest, body: BranchIn) -> Status[BranchOut]:
    """Put a branch of one's own body on record."""
    return Status(201, _branch(commands.open_branch(actor_of(request), **body.model_dump())))


@router.post("/body/branches/{uuid:branch_id}/close", response=BranchOut)
@access("bodies.keep")
def close_branch(request: HttpRequest, branch_id: UUID, body: SaidIn) -> BranchOut:
    """Close a branch."""
    return _branch(commands.close_branch(actor_of(request), branch_id=branch_id, text=body.text))


@router.post("/body/declarations", response={204: None})
@access("bodies.keep")
def declare_impartiality(request: HttpRequest, body: SaidIn) -> Status[None]:
    """Declare for one's own body that it is impartial; stands for a year."""
    commands.declare_impartiality(actor_of(request), text=body.text)
    return Status(204, None)


@router.get("/body/alarms", response=Page[AlarmOut])
@access("bodies.people")
def alarms(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[AlarmOut]:
    """List what one's own body was told of what ends, newest first."""
    return page_of(queries.alarms(actor_of(request)), limit, offset, _alarm)
