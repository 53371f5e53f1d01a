"""The API of a body's register of risks to impartiality."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja.responses import Status
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Limit, Offset, Page, Router, page_of
from tanbiao.web.bodies import commands, queries
from tanbiao.web.bodies.impartiality import is_high
from tanbiao.web.bodies.models import ImpartialityRisk

router = Router()
Words = Annotated[str, Field(min_length=1, max_length=4000)]
Level = Annotated[int, Field(ge=1, le=3)]


class RiskLevelIn(BaseModel):
    """Likelihood and consequence (1 low to 3 high), and when it is looked at again."""

    likelihood: Level
    consequence: Level
    review_on: date


class RiskIn(RiskLevelIn):
    """A risk; ``applicant_id``: the enterprise it is about, none for the body as a whole."""

    source: Annotated[str, Field(max_length=16)]
    text: Words
    owner_id: UUID
    applicant_id: UUID | None = None
    measures: Annotated[str, Field(max_length=4000)] = ""


class RiskMitigationIn(RiskLevelIn):
    """Measures in place, and the level with them."""

    measures: Words


class RiskReopeningIn(RiskLevelIn):
    """Why it is open again, and the level now."""

    text: Words


class RiskClosingIn(BaseModel):
    """Why its source is gone."""

    text: Words


class RiskOut(RiskIn):
    """A risk on record; ``high``: likelihood × consequence of six or more (project default)."""

    id: UUID
    number: int
    state: str
    high: bool


def _risk(row: ImpartialityRisk) -> RiskOut:
    told = {name: getattr(row, name) for name in RiskIn.model_fields}
    return RiskOut(id=row.id, number=row.number, state=row.state, high=is_high(row), **told)


@router.get("/body/risks", response=Page[RiskOut])
@access("bodies.people")
def risks(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[RiskOut]:
    """List the risks to the impartiality of one's own body."""
    return page_of(queries.risks(actor_of(request)), limit, offset, _risk)


@router.post("/body/risks", response={201: RiskOut})
@access("bodies.judge")
def enter_risk(request: HttpRequest, body: RiskIn) -> Status[RiskOut]:
    """Enter a risk; while open and high it keeps its applicant's cases from acceptance and planning."""
    return Status(201, _risk(commands.enter_risk(actor_of(request), **body.model_dump())))


@router.post("/body/risks/{uuid:risk_id}/mitigate", response=RiskOut)
@access("bodies.judge")
def mitigate_risk(request: HttpRequest, risk_id: UUID, body: RiskMitigationIn) -> RiskOut:
    """Say which measures are in place and how large the risk is with them."""
    return _risk(commands.mitigate_risk(actor_of(request), risk_id=risk_id, **body.model_dump()))


@router.post("/body/risks/{uuid:risk_id}/reopen", response=RiskOut)
@access("bodies.judge")
def reopen_risk(request: HttpRequest, risk_id: UUID, body: RiskReopeningIn) -> RiskOut:
    """Open a risk again whose measures do not hold."""
    return _risk(commands.reopen_risk(actor_of(request), risk_id=risk_id, **body.model_dump()))


@router.post("/body/risks/{uuid:risk_id}/close", response=RiskOut)
@access("bodies.judge")
def close_risk(request: HttpRequest, risk_id: UUID, body: RiskClosingIn) -> RiskOut:
    """Close a risk whose source is gone."""
    return _risk(commands.close_risk(actor_of(request), risk_id=risk_id, **body.model_dump()))
