"""The REST API of the blind second opinion."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.certification import commands, queries, recalculation, second
from tanbiao.web.certification.models import SecondOpinion

router = Router()
SecondId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class SecondOpinionOut(BaseModel):
    """A second opinion; what it says is empty until it is stated."""

    id: int
    kind: str
    figure: str
    statement: str
    differs: bool | None
    stands: str
    reason: str


class DrawOut(BaseModel):
    """A draw: ``sha256(seed)`` is the commitment, and drawn is SHA-256(seed, LF, opinion) / 2²⁵⁶ below the share."""

    commitment: str
    seed: str
    """Empty until the draw."""
    opinion: str
    drawn: bool | None
    second: SecondOpinionOut | None


class SecondToStateOut(BaseModel):
    """A second opinion to state: the sealed package, and nothing of the first opinion."""

    id: int
    case: str
    package: dict[str, Any]


class AssignSecondIn(BaseModel):
    """Who states it, and what the body states about this person."""

    person_id: UUID
    unread: bool = False
    no_conflict_declared: bool = False


class SecondIn(BaseModel):
    """The opinion."""

    kind: Annotated[str, Field(max_length=12)]
    statement: Annotated[str, Field(max_length=8000)]
    figure: Annotated[str, Field(max_length=40)] = ""


class ResolveSecondIn(BaseModel):
    """Which of two differing opinions stands, and why."""

    builds_on: Annotated[str, Field(max_length=71)]
    stands: Literal["first", "second"]
    reason: Annotated[str, Field(max_length=8000)]


def _out(row: SecondOpinion) -> SecondOpinionOut:
    return SecondOpinionOut(
        id=row.id,
        kind=row.kind,
        figure=row.figure,
        statement=row.statement,
        differs=row.differs,
        stands=row.stands,
        reason=row.reason,
    )


@router.get("/cases/{uuid:case_id}/second_opinion", response=list[DrawOut])
@access("certification.view")
def read_draws(request: HttpRequest, case_id: UUID) -> Any:
    """Return the draws of a case for its body, with the second opinions that came of them."""
    case = queries.body_case(actor_of(request), case_id)
    seconds = {row.first_id: row for row in case.second_opinions.all()}
    return [
        DrawOut(
            commitment=draw.commitment,
            seed=draw.seed if draw.opinion is not None else "",
            opinion=draw.opinion.hash if draw.opinion is not None else "",
            drawn=draw.drawn,
            second=_out(seconds[draw.opinion_id]) if draw.opinion_id in seconds else None,
        )
        for draw in case.draws.select_related("opinion")
    ]


@router.post("/cases/{uuid:case_id}/second_opinion/assign", response={201: SecondOpinionOut})
@access("certification.handle")
def assign_second(request: HttpRequest, case_id: UUID, body: AssignSecondIn) -> Any:
    """Assign who states the second opinion."""
    return 201, _out(commands.assign_second(actor_of(request), case_id=case_id, **body.model_dump()))


@router.post("/cases/{uuid:case_id}/second_opinion/resolve", response=SecondOpinionOut)
@access("certification.resolve_second")
def resolve_second(request: HttpRequest, case_id: UUID, body: ResolveSecondIn) -> Any:
    """Say as a third person which of two differing opinions stands."""
    return _out(commands.resolve_second(actor_of(request), case_id=case_id, **body.model_dump()))


@router.get("/second-opinions", response=list[SecondToStateOut])
@access("certification.second")
def to_state(request: HttpRequest) -> Any:
    """Return the second opinions that wait for the caller."""
    return [
        SecondToStateOut(id=row.id, case=row.case.number, package=recalculation.package_of(row.case))
        for row in second.mine(actor_of(request))
    ]


@router.post("/second-opinions/{second_id}", response=SecondOpinionOut)
@access("certification.second")
def state_second(request: HttpRequest, second_id: SecondId, body: SecondIn) -> Any:
    """State the second opinion."""
    return _out(commands.state_second(actor_of(request), second_id=second_id, **body.model_dump()))
