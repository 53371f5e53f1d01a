"""The API of an organisation's book."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja.responses import Status
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.accounts.roles import Role
from tanbiao.web.api_kit import Limit, Offset, Page, Router, page_of
from tanbiao.web.bodies import api_departments, api_obligations, api_qualifications, api_risks, commands, queries
from tanbiao.web.bodies.functions import Function
from tanbiao.web.bodies.models import BookLine, Competence
from tanbiao.web.clock import stamp

router = Router()
router.add_router("", api_qualifications.router)
router.add_router("", api_obligations.router)
router.add_router("", api_risks.router)
router.add_router("", api_departments.router)
Long = Annotated[str, Field(max_length=4000)]
Reason = Annotated[str, Field(min_length=1, max_length=4000)]


class CompetenceIn(BaseModel):
    """A competence to grant: ``scope`` is ``*``, ``sector:<id>`` or the id of a product category."""

    function: Function
    scope: Annotated[str, Field(max_length=120)]
    training: Reason
    years: Annotated[float, Field(ge=0, le=80)]
    witness: Long = ""
    reason: Reason
    valid_from: date
    valid_until: date


class CompetenceOut(BaseModel):
    """A competence on record."""

    id: UUID
    person: UUID
    function: Function
    scope: str
    training: str
    years: float
    witness: str
    reason: str
    valid_from: date
    valid_until: date
    withdrawn_at: str | None
    withdrawn_reason: str


class StaffIn(BaseModel):
    """Whether a person is full-time staff, and the first day of work with product carbon footprints."""

    full_time: bool
    experience_since: date | None = None


class LoadLimitIn(BaseModel):
    """What one person may have in hand."""

    cases: Annotated[int, Field(ge=1, le=1000)]
    man_days: Annotated[float, Field(ge=0.5, le=10_000)]
    blocks: bool = False


class LoadLimitOut(LoadLimitIn):
    """The limit in force; ``is_default``: the body has set none."""

    is_default: bool


class ColleagueOut(BaseModel):
    """A person who works on cases of the body."""

    person: UUID
    name_zh: str
    name_en: str
    roles: list[Role]
    full_time: bool
    years: float | None
    open_cases: int
    man_days: float
    over_limit: bool
    competences: list[CompetenceOut]


class BookLineOut(BaseModel):
    """A line of the book."""

    index: int
    event: str
    kind: str
    subject: UUID
    at: str
    hash: str


class WithdrawalIn(BaseModel):
    """Why it is taken back."""

    reason: Reason


def _competence(row: Competence) -> CompetenceOut:
    return CompetenceOut(
        id=row.id,
        person=row.person_id,
        function=Function(row.function),
        scope=row.scope,
        training=row.training,
        years=float(row.years),
        witness=row.witness,
        reason=row.reason,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        withdrawn_at=stamp(row.withdrawn_at) if row.withdrawn_at else None,
        withdrawn_reason=row.withdrawn_reason,
    )


def _colleague(one: queries.Colleague) -> ColleagueOut:
    return ColleagueOut(
        person=one.person.id,
        name_zh=one.person.name_zh,
        name_en=one.person.name_en,
        roles=list(one.roles),
        full_time=bool(one.staff and one.staff.full_time),
        years=one.years,
        open_cases=one.load.cases,
        man_days=one.load.man_days,
        over_limit=one.is_over,
        competences=[_competence(row) for row in one.competences],
    )


def _line(row: BookLine) -> BookLineOut:
    return BookLineOut(
        index=row.index, event=row.event, kind=row.kind, subject=row.subject, at=stamp(row.at), hash=row.hash
    )


@router.get("/body/people", response=list[ColleagueOut])
@access("bodies.people")
def body_people(request: HttpRequest) -> list[ColleagueOut]:
    """List who works on cases of one's own body: competences, full-time, years, load."""
    return [_colleague(one) for one in queries.people(actor_of(request))]


@router.post("/body/people/{uuid:person_id}/competences", response={201: CompetenceOut})
@access("bodies.judge")
def grant_competence(request: HttpRequest, person_id: UUID, body: CompetenceIn) -> Status[CompetenceOut]:
    """Grant another person of the body a competence for categories × function."""
    made = commands.grant_competence(actor_of(request), person_id=person_id, **body.model_dump())
    made.refresh_from_db()
    return Status(201, _competence(made))


@router.post("/body/competences/{uuid:competence_id}/withdraw", response=CompetenceOut)
@access("bodies.judge")
def withdraw_competence(request: HttpRequest, competence_id: UUID, body: WithdrawalIn) -> CompetenceOut:
    """Take a competence back, from now on."""
    return _competence(commands.withdraw_competence(actor_of(request), competence_id=competence_id, reason=body.reason))


@router.put("/body/people/{uuid:person_id}/staff", response={204: None})
@access("bodies.judge")
def set_staff(request: HttpRequest, person_id: UUID, body: StaffIn) -> Status[None]:
    """Put on record whether a person is full-time staff, and since when that person works with footprints."""
    commands.set_staff(actor_of(request), person_id=person_id, **body.model_dump())
    return Status(204, None)


@router.get("/body/load-limit", response=LoadLimitOut)
@access("bodies.people")
def load_limit(request: HttpRequest) -> LoadLimitOut:
    """Return what one person of one's own body may have in hand."""
    found = queries.load_limit(actor_of(request))
    return LoadLimitOut(cases=found.cases, man_days=found.man_days, blocks=found.blocks, is_default=found.is_default)


@router.put("/body/load-limit", response=LoadLimitOut)
@access("bodies.judge")
def set_load_limit(request: HttpRequest, body: LoadLimitIn) -> LoadLimitOut:
    """Set what one person of one's own body may have in hand."""
    commands.set_load_limit(actor_of(request), **body.model_dump())
    return load_limit(request)


@router.get("/body/book", response=Page[BookLineOut])
@access("bodies.people")
def book_lines(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[BookLineOut]:
    """List the lines of the body's book, newest first; each hash covers the line before."""
    return page_of(queries.lines(actor_of(request)), limit, offset, _line)
