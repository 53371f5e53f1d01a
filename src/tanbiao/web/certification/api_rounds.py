"""The REST API of a case's rounds: what a rectification changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Router
from tanbiao.web.certification import queries
from tanbiao.web.certification.show_round import as_json, round_view

router = Router()


class ChangedCellOut(BaseModel):
    """A field of a row, old and new."""

    field: str
    old: str
    new: str


class ChangedRowOut(BaseModel):
    """A changed row; kg CO2e per declared unit."""

    row: str
    kind: str
    old: float | None
    new: float | None
    effect: float
    cells: list[ChangedCellOut]
    findings: list[Count]


class RoundChangeOut(BaseModel):
    """What this round's package changed against the one before."""

    first_round: bool
    old_total: float | None
    new_total: float | None
    effect: float | None
    rows: list[ChangedRowOut]
    unmoved: list[Count]
    """Numbers of findings pinned to rows that have not changed."""


@router.get("/cases/{uuid:case_id}/round", response=RoundChangeOut)
@access("certification.view")
def read_round(request: HttpRequest, case_id: UUID) -> Any:
    """Return what the rectification of this round changed, row by row, with its effect and the findings answered."""
    actor = actor_of(request)
    return as_json(round_view(actor, queries.case(actor, case_id)))
