"""The API of comparisons; it refuses with the reasons that the page gives."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Router
from tanbiao.web.language import current
from tanbiao.web.register import comparing, queries

router = Router()
Number = Annotated[str, Field(max_length=64)]
Probability = Annotated[float, Field(ge=0, le=1)]


class ComparedOut(BaseModel):
    """Two certified figures on one basis; indicative, and no statement that one product is better."""

    number: str
    other: str
    value: str
    other_value: str
    unit: str
    basis: dict[str, str]
    lower_probability: Probability
    """That the first figure is truly the lower one, if both intervals are independent lognormals."""


class PositionOut(BaseModel):
    """Where a figure stands among those in force on the same basis."""

    number: str
    basis: dict[str, str]
    comparable: Count
    """Certificates in force on this basis, this one included."""
    minimum: Count | None
    """From how many on the rule lets a position be shown; none: it does not say."""
    percentile: Probability | None
    """Share of the figures that lie below this one, ties counted half; none where none is shown."""
    refusals: list[dict[str, Any]]


@router.get("/certificates/{number}/comparison", response=ComparedOut)
@access(PUBLIC)
def compare_certificates(request: HttpRequest, number: Number, other: Number) -> ComparedOut:
    """Set two certified figures side by side; 409 with every reason where they are not comparable."""
    actor = actor_of(request)
    pair = comparing.compare(queries.certificate(actor, number), queries.certificate(actor, other))
    return ComparedOut(
        number=pair.one.number,
        other=pair.other.number,
        value=pair.one.claims["value"],
        other_value=pair.other.claims["value"],
        unit=pair.one.claims["unit"],
        basis=comparing.basis_of(pair.one.claims),
        lower_probability=pair.lower,
    )


@router.get("/certificates/{number}/position", response=PositionOut)
@access(PUBLIC)
def certificate_position(request: HttpRequest, number: Number) -> PositionOut:
    """Say where a certified figure stands among comparable ones, or why that is not shown."""
    found = queries.certificate(actor_of(request), number)
    stands = comparing.position(found)
    return PositionOut(
        number=found.number,
        basis=comparing.basis_of(found.claims),
        comparable=stands.comparable,
        minimum=stands.minimum,
        percentile=stands.percentile,
        refusals=[render(item, current()) for item in stands.refusals],
    )
