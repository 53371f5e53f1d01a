"""Figures that are no certificates, over the API: publish, show further fields, withdraw, state production."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja.responses import Status
from pydantic import BaseModel, Field

from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.register import declaring, pact_declared, records

router = Router()
Number = Annotated[str, Field(max_length=64)]
Name = Annotated[str, Field(max_length=20)]


class DeclareIn(BaseModel):
    """Which study's figure to publish, as what (self_calculated or verified), and which further fields to show."""

    study: UUID
    kind: Name
    shown: list[Name] = Field(default=[], max_length=10)


class ShownIn(BaseModel):
    """All further fields that are shown from now on."""

    shown: list[Name] = Field(max_length=10)


class WithdrawIn(BaseModel):
    """Why a figure is withdrawn: holder_request, error_found or opinion_withdrawn."""

    reason: Name


class ProductionIn(BaseModel):
    """What is made in a year, in declared units, as a decimal text; empty: not published any more."""

    amount: Annotated[str, Field(max_length=40)]
    year: int


class DeclarationOut(BaseModel):
    """The public record of a figure that is no certificate."""

    number: str
    record: dict[str, Any]


def _out(found: Any) -> DeclarationOut:
    return DeclarationOut(number=found.number, record=records.record_of_declaration(found))


@router.get("/declarations", response=list[DeclarationOut], operation_id="declarations")
@access("register.declare")
def mine(request: HttpRequest) -> list[DeclarationOut]:
    """List the figures that one's organisation has published, newest first (at most 200)."""
    return [_out(row) for row in declaring.mine(actor_of(request))[:200]]


@router.post("/declarations", response={201: DeclarationOut}, operation_id="declare")
@access("register.declare")
def declare(request: HttpRequest, body: DeclareIn) -> Status[DeclarationOut]:
    """Publish the figure of one's own study, self-calculated or verified; the one before is superseded."""
    made = declaring.declare(actor_of(request), study_id=body.study, kind=body.kind, shown=tuple(body.shown))
    return Status(201, _out(made))


@router.get("/declarations/{number}/pact", response=dict[str, Any], operation_id="declaration_pact")
@access(PUBLIC)
def read_pact(request: HttpRequest, response: HttpResponse, number: Number) -> Any:
    """Return a figure's footprint in PACT's data model 3, as far as its holder publishes it; 409 says why not."""
    response["Access-Control-Allow-Origin"] = "*"
    return pact_declared.published(declaring.declaration(actor_of(request), number))


@router.put("/declarations/{number}/shown", response=DeclarationOut, operation_id="declaration_shown")
@access("register.declare")
def fields(request: HttpRequest, number: Number, body: ShownIn) -> DeclarationOut:
    """Say which further fields are shown."""
    return _out(declaring.show_fields(actor_of(request), number=number, shown=tuple(body.shown)))


@router.post("/declarations/{number}/withdrawal", response=DeclarationOut, operation_id="withdraw_declaration")
@access("register.end_declaration")
def end(request: HttpRequest, number: Number, body: WithdrawIn) -> DeclarationOut:
    """Withdraw a figure: its holder, or the body whose opinion it rests on."""
    return _out(declaring.withdraw(actor_of(request), number=number, reason=body.reason))


@router.put("/register/entries/{number}/production", response=ProductionIn | None, operation_id="state_production")
@access("register.consent")
def production(request: HttpRequest, number: Number, body: ProductionIn) -> Any:
    """State how much is made in a year, for the open statistics, or hide it again."""
    made = declaring.state_production(actor_of(request), number=number, amount=body.amount, year=body.year)
    return None if made is None else {"amount": made.amount, "year": made.year}
