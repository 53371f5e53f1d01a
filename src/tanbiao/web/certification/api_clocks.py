"""The API of a case's clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Router
from tanbiao.web.certification import clocks, commands, queries
from tanbiao.web.certification.models import Case
from tanbiao.web.language import current

router = Router()


class AskIn(BaseModel):
    """What the applicant is asked, or why the work goes on."""

    text: Annotated[str, Field(max_length=8000)]


class ClockOut(BaseModel):
    """A clock that counts now."""

    id: str
    name: str
    days_left: int
    over: bool
    paused: bool


class ClockStepOut(BaseModel):
    """A stay in a state, with the spells in which it waited."""

    state: str
    round: Count
    begun_at: datetime
    ended_at: datetime | None
    overdue_at: datetime | None
    waited: list[tuple[datetime, datetime | None]]


class ClocksOut(BaseModel):
    """The clocks of a case."""

    head: str
    running: list[ClockOut]
    waiting_for: str
    """What the applicant was asked; empty while nothing is waited for."""
    steps: list[ClockStepOut]


def _out(case: Case) -> ClocksOut:
    pause = clocks.pause_of(clocks.running(case))
    return ClocksOut(
        head=case.head,
        running=[
            ClockOut(
                id=view.id, name=view.name(current()), days_left=view.days_left, over=view.over, paused=view.paused
            )
            for view in clocks.views(case)
        ],
        waiting_for=pause.text if pause else "",
        steps=[
            ClockStepOut(
                state=step.state,
                round=step.round,
                begun_at=step.begun_at,
                ended_at=step.ended_at,
                overdue_at=step.overdue_at,
                waited=[(one.begun_at, one.ended_at) for one in step.pauses.all()],
            )
            for step in case.steps.all()
        ],
    )


@router.get("/cases/{uuid:case_id}/clocks", response=ClocksOut)
@access("certification.view")
def read_clocks(request: HttpRequest, case_id: UUID) -> Any:
    """Return the clocks of a case: what is left of its terms, and every step with its waiting."""
    return _out(queries.case(actor_of(request), case_id))


@router.post("/cases/{uuid:case_id}/ask", response=ClocksOut)
@access("certification.ask")
def ask_applicant(request: HttpRequest, case_id: UUID, body: AskIn) -> Any:
    """Ask the applicant for something; the step's clock stands still until he answers."""
    actor = actor_of(request)
    commands.ask_applicant(actor, case_id=case_id, text=body.text)
    return _out(queries.case(actor, case_id))


@router.post("/cases/{uuid:case_id}/end_waiting", response=ClocksOut)
@access("certification.view")
def end_waiting(request: HttpRequest, case_id: UUID, body: AskIn) -> Any:
    """Answer, or go on without an answer: the step's clock runs on."""
    actor = actor_of(request)
    commands.end_waiting(actor, case_id=case_id, text=body.text)
    return _out(queries.case(actor, case_id))
