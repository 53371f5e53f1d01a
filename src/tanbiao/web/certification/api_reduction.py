"""The REST API of a case's reduction commitment."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.verification.reduction import Measure
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.certification import commands, queries
from tanbiao.web.certification.models import ReductionCommitment

router = Router()
Figure = Annotated[str, Field(max_length=40)]
Year = Annotated[int, Field(ge=1990, le=2200)]


class MeasureIo(BaseModel):
    """A measure; kinds of offset and credit are refused by name."""

    kind: Annotated[str, Field(max_length=40)]
    text: Annotated[str, Field(max_length=1000)]
    saving: Figure = ""


class CommitmentIn(BaseModel):
    """A commitment: figures as decimal text in the unit of the sealed result."""

    baseline: Figure
    baseline_year: Year
    target: Figure
    target_year: Year
    measures: Annotated[list[MeasureIo], Field(max_length=50)]


class CommitmentOut(CommitmentIn):
    """A commitment as it stands."""

    version: int
    unit: str
    hash: str


def _out(row: ReductionCommitment) -> CommitmentOut:
    measures = [MeasureIo(**measure) for measure in row.measures]
    return CommitmentOut(
        baseline=row.baseline,
        baseline_year=row.baseline_year,
        target=row.target,
        target_year=row.target_year,
        measures=measures,
        version=row.version,
        unit=row.unit,
        hash=row.hash,
    )


@router.get("/cases/{uuid:case_id}/commitments", response=list[CommitmentOut])
@access("certification.view")
def read_commitments(request: HttpRequest, case_id: UUID) -> Any:
    """Return the versions of a case's reduction commitment; the last one stands."""
    return [_out(row) for row in queries.case(actor_of(request), case_id).commitments.order_by("version")]


@router.post("/cases/{uuid:case_id}/commitments", response={201: CommitmentOut})
@access("certification.verify")
def record_commitment(request: HttpRequest, case_id: UUID, body: CommitmentIn) -> Any:
    """Record the reduction commitment at the audit."""
    given = body.model_dump(exclude={"measures"})
    measures = [Measure(**measure.model_dump()) for measure in body.measures]
    return 201, _out(commands.record_commitment(actor_of(request), case_id=case_id, **given, measures=measures))
