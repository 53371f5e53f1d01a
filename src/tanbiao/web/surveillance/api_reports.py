"""The REST API of the public's reports about labels, for the body that issued and for authorities."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Limit, Offset, Page, Router, page_of
from tanbiao.web.register.models import ProblemReport
from tanbiao.web.surveillance import commands, pages_reports, queries

router = Router()


class LabelReportOut(BaseModel):
    """A report of the public about a label."""

    id: UUID
    number: str
    kind: str
    text: str
    photo: bool
    at: datetime
    outcome: str
    answer: str
    answered_at: datetime | None


class ReportAnswerIn(BaseModel):
    """What a report came to (``not_confirmed``, ``violation``, ``forged``, ``passed_on``), and the answer."""

    outcome: Annotated[str, Field(max_length=20)]
    text: Annotated[str, Field(max_length=4000)]


def _out(row: ProblemReport) -> LabelReportOut:
    return LabelReportOut(
        id=row.id,
        number=row.number,
        kind=row.kind,
        text=row.text,
        photo=bool(row.photo),
        at=row.at,
        outcome=row.outcome,
        answer=row.answer,
        answered_at=row.answered_at,
    )


@router.get("/label-reports", response=Page[LabelReportOut])
@access("surveillance.reports")
def list_label_reports(
    request: HttpRequest,
    number: Annotated[str, Field(max_length=64)] = "",
    open_only: bool = False,
    limit: Limit = 20,
    offset: Offset = 0,
) -> Any:
    """List what the public reported, the newest first."""
    return page_of(queries.reports(actor_of(request), number=number, open_only=open_only), limit, offset, _out)


@router.get("/label-reports/{report_id}", response=LabelReportOut)
@access("surveillance.reports")
def read_label_report(request: HttpRequest, report_id: UUID) -> Any:
    """Return one report."""
    return _out(queries.report(actor_of(request), report_id))


@router.get("/label-reports/{report_id}/photo")
@access("surveillance.reports")
def read_label_report_photo(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Return the photo of a report."""
    return pages_reports.report_photo(request, report_id)


@router.post("/label-reports/{report_id}/answer", response=LabelReportOut)
@access("surveillance.answer_report")
def answer_label_report(request: HttpRequest, report_id: UUID, body: ReportAnswerIn) -> Any:
    """Answer a report: the body of the certificate, of an unknown number an authority."""
    return _out(commands.answer_report(actor_of(request), report_id=report_id, **body.model_dump()))
