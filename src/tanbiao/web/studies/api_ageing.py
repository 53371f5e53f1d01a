"""The REST API of a published study that no longer describes its product."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.studies import ageing

router = Router()


class RecalculationNeededIn(BaseModel):
    """Why a published study is to be calculated again, by how much its figure moves (%), and what has changed."""

    reason: Annotated[str, Field(max_length=60)]
    percent: Annotated[float, Field(ge=-1e6, le=1e6)]
    text: Annotated[str, Field(max_length=4000)] = ""


class StudyStateOut(BaseModel):
    """A study and its state."""

    id: UUID
    state: str


@router.post("/studies/{uuid:study_id}/require-recalculation", response=StudyStateOut)
@access("studies.recalculate")
def require_recalculation(request: HttpRequest, study_id: UUID, body: RecalculationNeededIn) -> StudyStateOut:
    """Say that a published study no longer describes its product: it opens for a new calculation and a new case."""
    study = ageing.require_recalculation(actor_of(request), study_id=study_id, **body.model_dump())
    return StudyStateOut(id=study.id, state=study.state)
