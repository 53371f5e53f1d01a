"""The REST API of a study's process-step data of the carbon market."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.study.market import as_json
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.language import current
from tanbiao.web.studies import market, queries

router = Router()


class CarbonMarketIn(BaseModel):
    """The section ``carbon_market`` as the study's format has it; null takes it out."""

    expected_parent: Annotated[str, Field(max_length=80)]
    carbon_market: dict[str, Any] | None


class CarbonMarketTakeIn(BaseModel):
    """The revision whose rows shall take the report's activity data."""

    expected_parent: Annotated[str, Field(max_length=80)]


class CarbonMarketOut(BaseModel):
    """The data as they stand in the newest revision, and how they compare; null where there are none."""

    revision: str
    carbon_market: dict[str, Any] | None
    reconciliation: dict[str, Any] | None


@router.get("/studies/{uuid:study_id}/carbon-market", response=CarbonMarketOut)
@access("studies.view")
def get_carbon_market(request: HttpRequest, study_id: UUID) -> CarbonMarketOut:
    """Return the process-step data of the newest revision, and how they stand beside the study."""
    return _told(request, study_id)


@router.put("/studies/{uuid:study_id}/carbon-market", response=CarbonMarketOut)
@access("studies.edit")
def put_carbon_market(request: HttpRequest, study_id: UUID, body: CarbonMarketIn) -> CarbonMarketOut:
    """Write the process-step data as the next revision."""
    market.state_market(
        actor_of(request), study_id=study_id, section=body.carbon_market, expected_parent=body.expected_parent
    )
    return _told(request, study_id)


@router.post("/studies/{uuid:study_id}/carbon-market/take", response=CarbonMarketOut)
@access("studies.edit")
def take_carbon_market(request: HttpRequest, study_id: UUID, body: CarbonMarketTakeIn) -> CarbonMarketOut:
    """Put the report's activity data into the rows that stand for them, as the next revision."""
    market.take_market_data(actor_of(request), study_id=study_id, expected_parent=body.expected_parent)
    return _told(request, study_id)


def _told(request: HttpRequest, study_id: UUID) -> CarbonMarketOut:
    actor = actor_of(request)
    found = market.reconciled(actor, study_id)
    return CarbonMarketOut(
        revision=queries.revision(actor, study_id).hash,
        carbon_market=queries.document(actor, study_id).get("carbon_market"),
        reconciliation=None if found is None else as_json(found, current()),
    )
