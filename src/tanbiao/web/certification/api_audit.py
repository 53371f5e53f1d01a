"""The REST API of a case's audit: its plan, what was recorded at the site, the list of product consistency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import FindingOut, Router
from tanbiao.web.certification import audit as reading
from tanbiao.web.certification import commands, queries, queries_audit
from tanbiao.web.certification.audit import list_of, standing_answers
from tanbiao.web.certification.audit_items import AnyItem
from tanbiao.web.certification.commands.audit_planning import SiteFence
from tanbiao.web.certification.commands.auditing import Answer
from tanbiao.web.certification.models import AuditPhoto, Interview, Visit
from tanbiao.web.language import current

router = Router()


class ConsistencyItemOut(BaseModel):
    """An item: what the study states, and the answer where there is one."""

    item: str
    group: str
    name: str
    stated: str
    row: str
    answer: str
    remark: str


class ConsistencyAnswerIn(BaseModel):
    """An answer: consistent, not or not_seen."""

    item: Annotated[str, Field(max_length=200)]
    answer: Annotated[str, Field(max_length=12)]
    remark: Annotated[str, Field(max_length=1000)] = ""


class ConsistencyIn(BaseModel):
    """Answers to items of the list."""

    answers: Annotated[list[ConsistencyAnswerIn], Field(max_length=2000)]


def _list(request: HttpRequest, case_id: UUID) -> list[ConsistencyItemOut]:
    case = queries.body_case(actor_of(request), case_id)
    said = standing_answers(case)
    return [
        ConsistencyItemOut(
            item=item.key,
            group=item.group,
            name=item.name[current()],
            stated=item.stated,
            row=item.row,
            answer=said[item.key].answer if item.key in said else "",
            remark=said[item.key].remark if item.key in said else "",
        )
        for item in list_of(case)
    ]


@router.get("/cases/{uuid:case_id}/consistency", response=list[ConsistencyItemOut])
@access("certification.view")
def read_consistency(request: HttpRequest, case_id: UUID) -> Any:
    """Return the list of product consistency, drawn up from the sealed study."""
    return _list(request, case_id)


@router.post("/cases/{uuid:case_id}/consistency", response=list[ConsistencyItemOut])
@access("certification.verify")
def check_consistency(request: HttpRequest, case_id: UUID, body: ConsistencyIn) -> Any:
    """Answer items of the list; what is not consistent becomes a finding."""
    given = [Answer(**answer.model_dump()) for answer in body.answers]
    commands.check_consistency(actor_of(request), case_id=case_id, answers=given)
    return _list(request, case_id)


class FenceIo(BaseModel):
    """The fence around a site of the unit: degrees (WGS 84); without a radius in metres the scheme's."""

    site: Annotated[str, Field(max_length=200)]
    latitude: float
    longitude: float
    radius_m: float | None = None


class AuditPlanIn(BaseModel):
    """How the audit is planned: on_site, remote or unannounced."""

    mode: Annotated[str, Field(max_length=12)]
    day: date | None = None
    remote_days: float = 0.0
    fences: Annotated[list[FenceIo], Field(max_length=100)] = []


class VisitOut(BaseModel):
    """A visit: times, the side of the fence, a class of accuracy; the exact reading is sealed."""

    id: UUID
    remote: bool
    place: str
    site: str
    fence: str
    accuracy: str
    remark: str
    checked_in: datetime
    checked_out: datetime | None
    received_at: datetime | None
    interviews: int
    samples: int
    sealed: bool


class InterviewOut(BaseModel):
    """An interview."""

    id: UUID
    visit: UUID
    role: str
    topic: str
    notes: str
    at: datetime


class PhotoOut(BaseModel):
    """A photo: the hash it was taken with, the hash of the evidence file that is kept, parts taken out."""

    id: UUID
    visit: UUID
    taken_hash: str
    kept_hash: str
    caption: str
    item: str
    parts_removed: int
    sealed: bool
    at: datetime


class AuditOut(BaseModel):
    """The audit of a case."""

    mode: str
    day: date | None
    remote_days: str
    remote_share_max: float
    fences: list[FenceIo]
    visits: list[VisitOut]
    interviews: list[InterviewOut]
    photos: list[PhotoOut]


class SyncIn(BaseModel):
    """Items of a device, in the order in which they were recorded."""

    items: Annotated[list[AnyItem], Field(max_length=500)]


class SyncOut(BaseModel):
    """What became of an item: recorded, known or refused with the reasons."""

    client_id: UUID
    outcome: str
    findings: list[FindingOut]


def _visit(row: Visit) -> VisitOut:
    return VisitOut(
        id=row.id,
        remote=row.remote,
        place=row.place,
        site=row.site,
        fence=row.fence,
        accuracy=row.accuracy,
        remark=row.fence_remark,
        checked_in=row.checked_in,
        checked_out=row.checked_out,
        received_at=row.received_at,
        interviews=row.interviews,
        samples=row.samples,
        sealed=bool(row.sealed_position),
    )


def _interview(row: Interview) -> InterviewOut:
    return InterviewOut(id=row.id, visit=row.visit_id, role=row.role, topic=row.topic, notes=row.notes, at=row.at)


def _photo(row: AuditPhoto) -> PhotoOut:
    return PhotoOut(
        id=row.id,
        visit=row.visit_id,
        taken_hash=row.taken_hash,
        kept_hash=row.blob,
        caption=row.caption,
        item=row.item,
        parts_removed=row.parts_removed,
        sealed=bool(row.sealed_parts),
        at=row.at,
    )


def _audit(request: HttpRequest, case_id: UUID) -> AuditOut:
    case = queries.body_case(actor_of(request), case_id)
    plan = reading.plan_of(case)
    return AuditOut(
        mode=plan.mode if plan else "",
        day=plan.day if plan else None,
        remote_days=plan.remote_days if plan else "",
        remote_share_max=reading.remote_share_max(case),
        fences=[FenceIo(**row) for row in plan.fences] if plan else [],
        visits=[_visit(row) for row in case.visits.all()],
        interviews=[_interview(row) for row in case.interviews.all()],
        photos=[_photo(row) for row in case.audit_photos.all()],
    )


@router.get("/cases/{uuid:case_id}/audit", response=AuditOut)
@access("certification.view")
def read_audit(request: HttpRequest, case_id: UUID) -> Any:
    """Return the audit of a case: plan, visits, interviews, photos; for the case's body alone."""
    return _audit(request, case_id)


@router.post("/cases/{uuid:case_id}/audit/plan", response=AuditOut)
@access("certification.handle")
def plan_audit(request: HttpRequest, case_id: UUID, body: AuditPlanIn) -> Any:
    """Plan how the case is audited."""
    fences = [SiteFence(**fence.model_dump()) for fence in body.fences]
    given = body.model_dump(exclude={"fences"})
    commands.plan_audit(actor_of(request), case_id=case_id, **given, fences=fences)
    return _audit(request, case_id)


@router.post("/cases/{uuid:case_id}/audit/sync", response=list[SyncOut])
@access("certification.verify")
def sync_audit(request: HttpRequest, case_id: UUID, body: SyncIn) -> Any:
    """Take what a device recorded at the site; each item once, each by itself."""
    told = commands.sync_audit(actor_of(request), case_id=case_id, items=body.items)
    return [
        SyncOut(
            client_id=one.client_id,
            outcome=one.outcome,
            findings=[FindingOut(**render(item, current())) for item in one.findings],
        )
        for one in told
    ]


@router.get("/cases/{uuid:case_id}/audit/photos/{uuid:photo_id}", response={200: None})
@access("certification.view")
def audit_photo(request: HttpRequest, case_id: UUID, photo_id: UUID, sealed: bool = False) -> HttpResponse:
    """Return a photo, or with ``sealed`` the parts taken out of it, sealed for the body's readers."""
    return queries_audit.photo_file(actor_of(request), case_id, photo_id, sealed=sealed)


@router.get("/cases/{uuid:case_id}/visits/{uuid:visit_id}/position", response={200: None})
@access("certification.view")
def sealed_position(request: HttpRequest, case_id: UUID, visit_id: UUID) -> HttpResponse:
    """Return the exact position of a check-in, sealed for the body's readers."""
    return queries_audit.position_file(actor_of(request), case_id, visit_id)
