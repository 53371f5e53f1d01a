"""The API of a case's certification unit."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.schemes.unit import UnitDocument, site_mean
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Router
from tanbiao.web.certification import commands, queries, units
from tanbiao.web.commanding import NotFound

router = Router()


class UnitIn(BaseModel):
    """A unit, built on the newest line of the case."""

    builds_on: Annotated[str, Field(max_length=71)]
    unit: UnitDocument


class SiteMeanOut(BaseModel):
    """The sites' mean weighted by production, how far they differ, and each site's share."""

    value: float
    spread_percent: float
    shares: list[float]


class UnitOut(BaseModel):
    """The unit as it stands, with what it makes of the case's size."""

    unit: UnitDocument
    hash: str
    stated: bool
    """Whether the applicant stated it; otherwise it is the study's own model and sites."""
    mean: SiteMeanOut | None
    man_days_needed: float | None
    supplier_sites: Count


@router.get("/cases/{uuid:case_id}/unit", response=UnitOut)
@access("certification.view")
def read_unit(request: HttpRequest, case_id: UUID) -> Any:
    """Return the certification unit of a case."""
    return _out(request, case_id)


@router.post("/cases/{uuid:case_id}/unit", response=UnitOut)
@access("certification.apply")
def state_unit(request: HttpRequest, case_id: UUID, body: UnitIn) -> Any:
    """State the certification unit anew, before the acceptance or in rectification."""
    document = body.unit.model_dump(mode="json")
    commands.state_unit(actor_of(request), case_id=case_id, builds_on=body.builds_on, unit=document)
    return _out(request, case_id)


def _out(request: HttpRequest, case_id: UUID) -> UnitOut:
    case = queries.case(actor_of(request), case_id)
    unit, size = units.unit_of(case), units.size_of(case)
    if unit is None or size is None:
        raise NotFound.of("certification_unit_missing", str(case_id))
    mean = site_mean(unit)
    return UnitOut(
        unit=unit,
        hash=unit.hash,
        stated=case.units.exists(),
        mean=SiteMeanOut(value=mean.value, spread_percent=mean.spread_percent, shares=list(mean.shares))
        if mean
        else None,
        man_days_needed=units.man_days_needed(case),
        supplier_sites=size.supplier_sites,
    )
