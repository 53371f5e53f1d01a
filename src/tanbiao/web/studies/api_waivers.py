"""The REST API of what a study asks to be waived."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.language import current
from tanbiao.web.studies import queries, waiver_requests

router = Router()
Name = Annotated[str, Field(max_length=64)]


class WaiverRequestIn(BaseModel):
    """A check, the process where it is asked of one, and why; ``expected_parent``: the revision that it builds on."""

    expected_parent: Annotated[str, Field(max_length=80)]
    check: Name
    process: Name = ""
    reason: Annotated[str, Field(max_length=4000)]


class WaiverRequestRemovalIn(BaseModel):
    """Which request is taken out."""

    expected_parent: Annotated[str, Field(max_length=80)]
    check: Name
    process: Name = ""


class StudyWaiversOut(BaseModel):
    """What the newest revision asks for, and what of its result could be asked for."""

    revision: str
    requests: list[dict[str, str]]
    may_be_asked: list[dict[str, Any]]


def _out(request: HttpRequest, study_id: UUID) -> StudyWaiversOut:
    actor, lang = actor_of(request), current()
    return StudyWaiversOut(
        revision=queries.revision(actor, study_id).hash,
        requests=waiver_requests.requests(actor, study_id),
        may_be_asked=[
            {
                "check": item.check,
                "process": item.process,
                "roles": list(item.roles),
                "evidence_required": item.evidence,
                "clause": item.clause,
                "findings": [render(one, lang) for one in item.findings],
            }
            for item in waiver_requests.may_be_asked(actor, study_id)
        ],
    )


@router.get("/studies/{uuid:study_id}/waiver-requests", response=StudyWaiversOut)
@access("studies.view")
def get_waiver_requests(request: HttpRequest, study_id: UUID) -> Any:
    """Return what the newest revision asks to be waived, and what of its result could be asked for."""
    return _out(request, study_id)


@router.post("/studies/{uuid:study_id}/waiver-requests", response=StudyWaiversOut)
@access("studies.edit")
def ask_waiver(request: HttpRequest, study_id: UUID, body: WaiverRequestIn) -> Any:
    """Ask for a waiver that only a verification can give, in the next revision."""
    waiver_requests.ask_waiver(actor_of(request), study_id=study_id, **body.model_dump())
    return _out(request, study_id)


@router.post("/studies/{uuid:study_id}/waiver-requests/remove", response=StudyWaiversOut)
@access("studies.edit")
def take_back_request(request: HttpRequest, study_id: UUID, body: WaiverRequestRemovalIn) -> Any:
    """Take a request out of the next revision."""
    waiver_requests.take_back_request(actor_of(request), study_id=study_id, **body.model_dump())
    return _out(request, study_id)
