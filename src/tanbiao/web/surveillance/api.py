"""The REST API of a certificate's life."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, Field

from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Limit, Offset, Page, Router, UploadIn, page_of, upload_of
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.surveillance import acts, api_reports, commands, queries, show
from tanbiao.web.surveillance.models import Grievance, HistoryLine, LifeNotice, Surveillance, Transfer, WorkItem
from tanbiao.web.surveillance.offering import ActIn, told

router = Router()
router.add_router("", api_reports.router)

Number = Annotated[str, Field(max_length=64)]
Code = Annotated[str, Field(max_length=60)]
Long = Annotated[str, Field(max_length=4000)]
Figure = Annotated[str, Field(max_length=40)]


class LifeLineOut(BaseModel):
    """A line of a history."""

    event: str
    source: str
    target: str
    reason: str
    at: datetime
    hash: str


class LookOut(BaseModel):
    """What was found on one thing."""

    item: str
    outcome: str
    text: str
    figures: dict[str, Any]
    at: datetime


class SurveillanceOut(BaseModel):
    """A surveillance; ``head`` is what the next act builds on."""

    id: UUID
    number: str
    state: str
    state_name: str
    due: date
    late: bool
    cause: str
    study: UUID | None
    looked: list[LookOut]
    head: str
    history: list[LifeLineOut]


class GrievanceOut(BaseModel):
    """A complaint or appeal, as body and holder see it."""

    id: UUID
    number: str
    kind: str
    code: str
    state: str
    state_name: str
    due: date
    stays_effect: bool
    text: str
    answer: str
    head: str
    history: list[LifeLineOut]


class ComplaintOut(BaseModel):
    """Where a matter stands, for whoever has its code."""

    code: str
    number: str
    state: str
    state_name: str
    due: date
    answer: str


class TransferOut(BaseModel):
    """A transfer."""

    id: UUID
    number: str
    new_number: str
    state: str
    state_name: str
    sender: str
    receiver: str
    open_points: str
    head: str
    history: list[LifeLineOut]


class WorkItemOut(BaseModel):
    """A work item."""

    id: UUID
    number: str
    kind: str
    name: str
    due: date
    late: bool
    details: dict[str, Any]
    resolution: str
    text: str


class LifeNoticeOut(BaseModel):
    """Something the caller's organisation was told."""

    number: str
    kind: str
    name: str
    said: str
    at: datetime
    read: bool


class LookIn(BaseModel):
    """What was found on one thing."""

    item: Code
    outcome: Code
    text: Long
    figure: Figure = ""
    baseline: Figure = ""
    target: Figure = ""
    evidence: UploadIn | None = None


class SurveyOrderIn(BaseModel):
    """An extra surveillance."""

    number: Number
    due: date
    text: Long = ""


class HandInIn(BaseModel):
    """A study on the new data."""

    study: UUID


class ComplaintIn(BaseModel):
    """A complaint of anybody."""

    number: Number
    text: Long
    contact: Annotated[str, Field(max_length=200)] = ""
    photo: UploadIn | None = None


class AppealIn(BaseModel):
    """A holder's appeal against a decision, by the hash of that change of state."""

    against: Annotated[str, Field(max_length=71)]
    text: Long


class TransferIn(BaseModel):
    """To which body, and why."""

    body: UUID
    text: Long = ""


class AuthorityOrderIn(BaseModel):
    """What the body has to do, and within how many days."""

    text: Long
    days: Annotated[int, Field(ge=0, le=3660)]


class ResolveIn(BaseModel):
    """What came of a work item."""

    resolution: Code
    text: Long


class LifeReadOut(BaseModel):
    """How many notices were not read before."""

    read: Count


def _history(rows: Any) -> list[LifeLineOut]:
    def line(row: HistoryLine) -> LifeLineOut:
        return LifeLineOut(
            event=row.event, source=row.source, target=row.target, reason=row.reason, at=row.at, hash=row.hash
        )

    return [line(row) for row in rows]


def _survey(request: HttpRequest, row: Surveillance) -> SurveillanceOut:
    looked = [
        LookOut(item=one.item, outcome=one.outcome, text=one.text, figures=one.figures, at=one.at)
        for one in row.looked.all()
    ]
    return SurveillanceOut(
        id=row.id,
        number=row.number,
        state=row.state,
        state_name=show.state(row)["name"],
        due=row.due,
        late=row.state in ("planned", "running") and show.is_late(row),
        cause=row.cause,
        study=row.study_id,
        looked=looked,
        head=row.head,
        history=_history(queries.history(actor_of(request), row.id)),
    )


def _grievance(request: HttpRequest, row: Grievance) -> GrievanceOut:
    return GrievanceOut(
        id=row.id,
        number=row.number,
        kind=row.kind,
        code=row.code,
        state=row.state,
        state_name=show.state(row)["name"],
        due=row.due,
        stays_effect=row.stays,
        text=row.text,
        answer=row.answer,
        head=row.head,
        history=_history(queries.history(actor_of(request), row.id)),
    )


def _transfer(request: HttpRequest, row: Transfer) -> TransferOut:
    lang = show.lang()
    return TransferOut(
        id=row.id,
        number=row.number,
        new_number=row.new_number,
        state=row.state,
        state_name=show.state(row)["name"],
        sender=row.body.name(lang),
        receiver=row.receiver.name(lang),
        open_points=row.open_points,
        head=row.head,
        history=_history(queries.history(actor_of(request), row.id)),
    )


def _item(row: WorkItem) -> WorkItemOut:
    (line,) = show.items([row])
    return WorkItemOut(
        id=row.id,
        number=row.number,
        kind=row.kind,
        name=str(line["name"]),
        due=row.due,
        late=line["late"],
        details=row.details,
        resolution=row.resolution,
        text=row.text,
    )


def _notice(row: LifeNotice) -> LifeNoticeOut:
    (line,) = show.notices([row])
    return LifeNoticeOut(
        number=row.number,
        kind=row.kind,
        name=str(line["name"]),
        said=line["said"],
        at=row.at,
        read=row.read_at is not None,
    )


@router.get("/surveillances", response=Page[SurveillanceOut])
@access("surveillance.view")
def list_surveillances(
    request: HttpRequest, number: Number = "", state: Code = "", limit: Limit = 20, offset: Offset = 0
) -> Any:
    """List surveillances, what is due first."""
    rows = queries.surveillances(actor_of(request), number=number, state=state)
    return page_of(rows, limit, offset, lambda row: _survey(request, row))


@router.post("/surveillances", response={201: SurveillanceOut})
@access("surveillance.plan")
def order_surveillance(request: HttpRequest, body: SurveyOrderIn) -> Any:
    """Order an extra surveillance of one of the body's certificates."""
    return 201, _survey(request, commands.order(actor_of(request), **body.model_dump()))


@router.get("/surveillances/{surveillance_id}", response=SurveillanceOut)
@access("surveillance.view")
def read_surveillance(request: HttpRequest, surveillance_id: UUID) -> Any:
    """Return one surveillance."""
    return _survey(request, queries.surveillance(actor_of(request), surveillance_id))


@router.post("/surveillances/{surveillance_id}/looks", response={201: SurveillanceOut})
@access("surveillance.survey")
def record_look(request: HttpRequest, surveillance_id: UUID, body: LookIn) -> Any:
    """Record what was found on one thing."""
    upload = upload_of(body.evidence) if body.evidence else None
    given = body.model_dump(exclude={"evidence"})
    commands.record(actor_of(request), surveillance_id=surveillance_id, upload=upload, **given)
    return 201, read_surveillance(request, surveillance_id)


@router.post("/surveillances/{surveillance_id}/study", response=SurveillanceOut)
@access("surveillance.appeal")
def hand_in_study(request: HttpRequest, surveillance_id: UUID, body: HandInIn) -> Any:
    """Hand in a study on the new data."""
    row = commands.hand_in(actor_of(request), surveillance_id=surveillance_id, study_id=body.study)
    return _survey(request, row)


@router.post("/surveillances/{surveillance_id}/acts/{event}", response=SurveillanceOut)
@access("surveillance.view")
def act_on_surveillance(request: HttpRequest, surveillance_id: UUID, event: Code, body: ActIn) -> Any:
    """Begin a surveillance or conclude it: ``begin``, ``pass``, ``require_change``, ``fail``."""
    act, given = told(acts.SURVEILLANCE, event, body)
    return _survey(request, act.run(actor_of(request), surveillance_id=surveillance_id, **given))


@router.post("/complaints", response={201: ComplaintOut})
@access(PUBLIC)
def file_complaint(request: HttpRequest, body: ComplaintIn) -> Any:
    """Complain to the body that issued a certificate; the code leads to its answer."""
    sent = upload_of(body.photo) if body.photo else None
    photo = (sent.filename, sent.data) if sent else None
    row = commands.complain(actor_of(request), photo=photo, **body.model_dump(exclude={"photo"}))
    return 201, _complaint(row)


def _complaint(row: Grievance) -> ComplaintOut:
    return ComplaintOut(
        code=row.code,
        number=row.number,
        state=row.state,
        state_name=show.state(row)["name"],
        due=row.due,
        answer=row.answer,
    )


@router.get("/complaints/{code}", response=ComplaintOut)
@access(PUBLIC)
def follow_complaint(request: HttpRequest, code: Annotated[str, Field(max_length=16)]) -> Any:
    """Return where a matter stands."""
    return _complaint(queries.by_code(actor_of(request), code))


@router.get("/grievances", response=Page[GrievanceOut])
@access("surveillance.view")
def list_grievances(
    request: HttpRequest, number: Number = "", state: Code = "", limit: Limit = 20, offset: Offset = 0
) -> Any:
    """List complaints and appeals, what is due first."""
    rows = queries.grievances(actor_of(request), number=number, state=state)
    return page_of(rows, limit, offset, lambda row: _grievance(request, row))


@router.get("/grievances/{grievance_id}", response=GrievanceOut)
@access("surveillance.view")
def read_grievance(request: HttpRequest, grievance_id: UUID) -> Any:
    """Return one complaint or appeal."""
    return _grievance(request, queries.grievance(actor_of(request), grievance_id))


@router.post("/grievances/{grievance_id}/acts/{event}", response=GrievanceOut)
@access("surveillance.view")
def act_on_grievance(request: HttpRequest, grievance_id: UUID, event: Code, body: ActIn) -> Any:
    """``admit``, ``refuse``, ``investigate``, ``uphold``, ``uphold_partly``, ``reject`` or ``withdraw`` a matter."""
    act, given = told(acts.GRIEVANCE, event, body)
    return _grievance(request, act.run(actor_of(request), grievance_id=grievance_id, **given))


@router.post("/certificates/{number}/appeals", response={201: GrievanceOut})
@access("surveillance.appeal")
def appeal_decision(request: HttpRequest, number: Number, body: AppealIn) -> Any:
    """Appeal as the holder against the newest decision about one's certificate."""
    return 201, _grievance(request, commands.appeal(actor_of(request), number=number, **body.model_dump()))


@router.post("/certificates/{number}/transfers", response={201: TransferOut})
@access("surveillance.ask_transfer")
def ask_transfer(request: HttpRequest, number: Number, body: TransferIn) -> Any:
    """Ask as the holder that a certificate goes to another body."""
    row = commands.request_transfer(actor_of(request), number=number, body_id=body.body, text=body.text)
    return 201, _transfer(request, row)


@router.post("/certificates/{number}/orders", response={201: WorkItemOut})
@access("surveillance.order")
def order_by_authority(request: HttpRequest, number: Number, body: AuthorityOrderIn) -> Any:
    """Order the issuing body, as an authority, to act on a certificate."""
    return 201, _item(commands.order_of_authority(actor_of(request), number=number, **body.model_dump()))


@router.get("/transfers", response=Page[TransferOut])
@access("surveillance.view")
def list_transfers(
    request: HttpRequest, number: Number = "", state: Code = "", limit: Limit = 20, offset: Offset = 0
) -> Any:
    """List transfers, the newest first."""
    rows = queries.transfers(actor_of(request), number=number, state=state)
    return page_of(rows, limit, offset, lambda row: _transfer(request, row))


@router.get("/transfers/{transfer_id}", response=TransferOut)
@access("surveillance.view")
def read_transfer(request: HttpRequest, transfer_id: UUID) -> Any:
    """Return one transfer."""
    return _transfer(request, queries.transfer(actor_of(request), transfer_id))


@router.post("/transfers/{transfer_id}/file")
@access("surveillance.receive")
def read_transfer_file(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Return the certificate's sealed bundle to the receiving body; who opens it is kept."""
    row, data = commands.read_file(actor_of(request), transfer_id=transfer_id)
    return attachment(data, "application/zip", f"{row.number}-sealed.zip")


@router.post("/transfers/{transfer_id}/acts/{event}", response=TransferOut)
@access("surveillance.view")
def act_on_transfer(request: HttpRequest, transfer_id: UUID, event: Code, body: ActIn) -> Any:
    """Carry a transfer on: ``release``, ``review``, ``accept``, ``refuse``, ``withdraw``."""
    act, given = told(acts.TRANSFER, event, body)
    return _transfer(request, act.run(actor_of(request), transfer_id=transfer_id, **given))


@router.get("/work-items", response=Page[WorkItemOut])
@access("surveillance.view")
def list_work_items(
    request: HttpRequest, number: Number = "", open_only: bool = True, limit: Limit = 20, offset: Offset = 0
) -> Any:
    """List work items, what is due first."""
    return page_of(queries.work_items(actor_of(request), open_only=open_only, number=number), limit, offset, _item)


@router.post("/work-items/{item_id}/resolve", response=WorkItemOut)
@access("surveillance.resolve")
def resolve_work_item(request: HttpRequest, item_id: UUID, body: ResolveIn) -> Any:
    """Say what came of a work item."""
    return _item(commands.resolve(actor_of(request), item_id=item_id, **body.model_dump()))


@router.get("/life-notices", response=Page[LifeNoticeOut])
@access("surveillance.view")
def list_life_notices(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Any:
    """List what the caller's organisation was told about its certificates."""
    return page_of(queries.notices(actor_of(request)), limit, offset, _notice)


@router.post("/life-notices/read", response=LifeReadOut)
@access("surveillance.view")
def read_life_notices(request: HttpRequest) -> Any:
    """Mark what the caller's organisation was told as read."""
    return LifeReadOut(read=commands.read_notices(actor_of(request)))
