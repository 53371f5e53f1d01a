"""The API of label schemes: read them, approve bodies, unlock a template, lock it again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from tanbiao.core.schemes.effort import Size
from tanbiao.core.schemes.precheck import Answers, as_json
from tanbiao.web import clock
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Router, UploadIn, upload_of
from tanbiao.web.language import current
from tanbiao.web.schemes import commands, queries
from tanbiao.web.schemes.models import BodyApproval

router = Router()
SchemeRef = Annotated[str, Field(max_length=120)]
SchemeText = Annotated[str, Field(max_length=2000)]
Many = Annotated[int, Field(ge=1, le=10_000)]
Codes = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)]


class LabelSchemeOut(BaseModel):
    """A label scheme as it stands on this platform."""

    reference: str
    state: str
    standing: str
    title: dict[str, str]
    statement: dict[str, str]
    locked: bool
    needs: list[str]
    hash: str
    head: str
    document: dict[str, Any]


class SchemeEventOut(BaseModel):
    """A line of a scheme's history."""

    index: Count
    event: str
    source: str
    target: str
    reason: str
    hash: str
    at: datetime


class BodyApprovalOut(BaseModel):
    """A body's approval for a scheme."""

    id: UUID
    scheme: str
    body: UUID
    body_name: dict[str, str]
    number: str
    categories: list[str]
    regions: list[str]
    valid_from: date
    valid_until: date
    ended_on: date | None
    stands: bool
    paper: str


class BodyApprovalIn(BaseModel):
    """An approval, from the authority's document."""

    body: UUID
    number: Annotated[str, Field(max_length=120)]
    valid_from: date
    valid_until: date
    categories: Codes = []
    regions: Codes = []
    paper: UploadIn


class UnlockIn(BaseModel):
    """What opens a template."""

    builds_on: Annotated[str, Field(max_length=71)] = ""
    document: UploadIn | None = None
    document_title: Annotated[str, Field(max_length=300)] = ""
    document_number: Annotated[str, Field(max_length=120)] = ""
    document_date: date | None = None
    artwork: UploadIn | None = None
    number_pattern: Annotated[str, Field(max_length=80)] = ""
    minimum_width_mm: Annotated[float, Field(ge=0, le=1000)] = 0.0
    regions: Codes = []
    adoption_required: bool = False
    adoption_batches: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=50)] = []
    adoption_authorities: Codes = []


class LockIn(BaseModel):
    """Why a scheme is locked again."""

    builds_on: Annotated[str, Field(max_length=71)] = ""
    reason: Annotated[str, Field(max_length=60)]
    text: SchemeText = ""


class ApprovalEndIn(BaseModel):
    """Why an approval ends."""

    reason: Annotated[str, Field(max_length=500)]


class PrecheckOut(BaseModel):
    """What the schemes answer before an application."""

    category: str
    region: str
    on: date
    schemes: list[dict[str, Any]]


def _scheme(found: queries.Standing) -> LabelSchemeOut:
    scheme = found.scheme
    return LabelSchemeOut(
        reference=scheme.reference,
        state=found.state,
        standing=scheme.standing,
        title=scheme.title.model_dump(),
        statement=scheme.statement.model_dump(),
        locked=scheme.is_locked,
        needs=list(scheme.lock.needs) if scheme.lock else [],
        hash=scheme.hash,
        head=found.head,
        document=dict(scheme.document),
    )


def _approval(row: BodyApproval) -> BodyApprovalOut:
    return BodyApprovalOut(
        id=row.id,
        scheme=row.scheme,
        body=row.body_id,
        body_name={"zh": row.body.name("zh"), "en": row.body.name("en")},
        number=row.number,
        categories=row.categories,
        regions=row.regions,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        ended_on=row.ended_on,
        stands=queries.stands(row, clock.today()),
        paper=row.paper,
    )


@router.get("/schemes", response=list[LabelSchemeOut])
@access(PUBLIC)
def list_schemes(request: HttpRequest, every_version: bool = False) -> list[LabelSchemeOut]:
    """List the label schemes with their documents and states."""
    return [_scheme(one) for one in queries.standings(actor_of(request), every_version=every_version)]


@router.get("/schemes/{str:reference}", response=LabelSchemeOut)
@access(PUBLIC)
def show_scheme(request: HttpRequest, reference: str) -> LabelSchemeOut:
    """Show one scheme."""
    return _scheme(queries.standing(actor_of(request), reference))


@router.get("/schemes/{str:reference}/history", response=list[SchemeEventOut])
@access(PUBLIC)
def scheme_history(request: HttpRequest, reference: str) -> list[SchemeEventOut]:
    """Show what was done to a scheme on this platform."""
    actor = actor_of(request)
    rows = queries.history(actor, queries.standing(actor, reference).scheme.reference)
    return [
        SchemeEventOut(
            index=row.index,
            event=row.event,
            source=row.source,
            target=row.target,
            reason=row.reason,
            hash=row.hash,
            at=row.at,
        )
        for row in rows
    ]


@router.get("/schemes/{str:reference}/approvals", response=list[BodyApprovalOut])
@access(PUBLIC)
def scheme_approvals(request: HttpRequest, reference: str) -> list[BodyApprovalOut]:
    """List the bodies' approvals for a scheme."""
    actor = actor_of(request)
    return [_approval(row) for row in queries.approvals(actor, queries.standing(actor, reference).scheme.id)]


@router.post("/schemes/{str:reference}/approvals", response={201: BodyApprovalOut})
@access("schemes.approve_body")
def approve_body(request: HttpRequest, reference: str, body: BodyApprovalIn) -> Any:
    """Enter the approval of a body."""
    made = commands.approve_body(
        actor_of(request),
        scheme=reference,
        body_id=body.body,
        number=body.number,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        categories=body.categories,
        regions=body.regions,
        paper=upload_of(body.paper),
    )
    return Status(201, _approval(made))


@router.post("/scheme-approvals/{uuid:approval_id}/end", response=BodyApprovalOut)
@access("schemes.approve_body")
def end_approval(request: HttpRequest, approval_id: UUID, body: ApprovalEndIn) -> BodyApprovalOut:
    """End an approval from today on."""
    return _approval(commands.end_approval(actor_of(request), approval_id=approval_id, reason=body.reason))


@router.post("/schemes/{str:reference}/unlock", response=LabelSchemeOut)
@access("schemes.unlock")
def unlock(request: HttpRequest, reference: str, body: UnlockIn) -> LabelSchemeOut:
    """Open a template with what its lock asks for."""
    actor = actor_of(request)
    given = body.model_dump(exclude={"document", "artwork"})
    document = upload_of(body.document) if body.document else None
    artwork = upload_of(body.artwork) if body.artwork else None
    commands.unlock(actor, scheme=reference, document=document, artwork=artwork, **given)
    return _scheme(queries.standing(actor, reference))


@router.post("/schemes/{str:reference}/lock", response=LabelSchemeOut)
@access("schemes.lock")
def lock(request: HttpRequest, reference: str, body: LockIn) -> LabelSchemeOut:
    """Lock an open template again."""
    actor = actor_of(request)
    commands.lock(actor, scheme=reference, **body.model_dump())
    return _scheme(queries.standing(actor, reference))


@router.get("/precheck", response=PrecheckOut)
@access(PUBLIC)
def precheck(
    request: HttpRequest,
    category: SchemeRef,
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] = "CN",
    sites: Many = 1,
    models: Many = 1,
    supplier_sites: Annotated[int, Field(ge=0, le=10_000)] = 0,
    system_since: date | None = None,
    papers: SchemeText = "",
    kit: SchemeText = "",
    scheme: SchemeRef = "",
) -> PrecheckOut:
    """Say which schemes are open to a product and why not, what is missing, and what a certificate takes.

    ``papers`` and ``kit``: ids of what is at hand, separated by commas. The id of a scheme limits the answer to it.
    """
    answers = Answers(
        size=Size(category, sites, models, supplier_sites),
        region=region,
        day=clock.today().isoformat(),
        system_since=system_since.isoformat() if system_since else "",
        papers=frozenset(papers.split(",")),
        kit=frozenset(kit.split(",")),
    )
    found = queries.outlooks(actor_of(request), answers, scheme)
    shown = [as_json(one, current()) for one in found]
    return PrecheckOut(category=category, region=region, on=clock.today(), schemes=shown)
