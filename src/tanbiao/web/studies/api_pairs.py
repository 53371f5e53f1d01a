"""The REST API of two studies compared on the same draws."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from tanbiao.core.study import pair
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.language import current
from tanbiao.web.studies import queries

router = Router()


@router.get("/studies/{uuid:study_id}/compare/{uuid:other_id}", response=dict[str, Any])
@access("studies.view")
def compare_two_studies(
    request: HttpRequest,
    study_id: UUID,
    other_id: UUID,
    samples: Annotated[int, Field(ge=2, le=10_000)] = 1000,
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1,
) -> dict[str, Any]:
    """Return P(A < B) and the distribution of A − B of this study (A) and another (B) on the same draws."""
    return pair.as_json(queries.pair(actor_of(request), study_id, other_id, samples=samples, seed=seed), current())
