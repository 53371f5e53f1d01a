"""The API of comparisons; it refuses with the reasons that the page gives."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Router
from tanbiao.web.language import current
from tanbiao.web.register import comparing, queries, recalculating, words

router = Router()
Number = Annotated[str, Field(max_length=64)]
Probability = Annotated[float, Field(ge=0, le=1)]


class ComparedFigureOut(BaseModel):
    """A figure as it is compared."""

    value: str
    interval: dict[str, float]
    """p2_5, p50, p97_5."""
    certified: bool
    statement: str
    """Empty for a certified one; else that it was recalculated for comparison, and on which release."""


class RecalculationOut(BaseModel):
    """What was asked for: how many recalculations a worker now does; look at the comparison or position again."""

    asked: Count


class ElsewhereOut(BaseModel):
    """Figures on the same basis but other releases, by what became of their recalculation."""

    done: Count
    waiting: Count
    refused: Count
    unasked: Count


class ComparedOut(BaseModel):
    """Two certified figures on one basis; indicative, and no statement that one product is better."""

    number: str
    other: str
    value: str
    """As certified; so is ``other_value``."""
    other_value: str
    unit: str
    basis: dict[str, str]
    release: str
    """The factor release on which both are compared."""
    compared: dict[str, ComparedFigureOut]
    """By number: what is compared. One of two that rest on different releases is recalculated, and not certified."""
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
    elsewhere: ElsewhereOut


@router.get("/certificates/{number}/comparison", response=ComparedOut)
@access(PUBLIC)
def compare_certificates(request: HttpRequest, number: Number, other: Number) -> ComparedOut:
    """Set two certified figures side by side; 409 with every reason where they are not comparable."""
    actor = actor_of(request)
    pair = comparing.compare(queries.footprint(actor, number), queries.footprint(actor, other))
    one, another = pair.one.certificate, pair.other.certificate
    return ComparedOut(
        number=one.number,
        other=another.number,
        value=one.claims["value"],
        other_value=another.claims["value"],
        unit=one.claims["unit"],
        basis=comparing.basis_of(one.claims),
        release=pair.release,
        compared={side.certificate.number: _figure(side, pair.release) for side in (pair.one, pair.other)},
        lower_probability=pair.lower,
    )


def _figure(side: recalculating.Side, release: str) -> ComparedFigureOut:
    interval = {name: float(side.interval[name]) for name in recalculating.ENDS}
    said = str(words.RECALCULATED) % {"release": release} if side.recalculated else ""
    return ComparedFigureOut(value=side.value, interval=interval, certified=not side.recalculated, statement=said)


@router.post("/certificates/{number}/comparison/recalculation", response={202: RecalculationOut})
@access(PUBLIC)
def ask_for_comparison(request: HttpRequest, number: Number, other: Number) -> Any:
    """Ask that what a comparison of two releases needs be calculated; no certificate changes by it."""
    asked = comparing.ask(actor_of(request), number=number, other=other)
    return Status(202, RecalculationOut(asked=int(asked)))


@router.post("/certificates/{number}/position/recalculation", response={202: RecalculationOut})
@access(PUBLIC)
def ask_for_position(request: HttpRequest, number: Number) -> Any:
    """Ask that comparable figures of other releases be calculated on this certificate's release."""
    return Status(202, RecalculationOut(asked=comparing.ask_for_position(actor_of(request), number=number)))


@router.get("/certificates/{number}/position", response=PositionOut)
@access(PUBLIC)
def certificate_position(request: HttpRequest, number: Number) -> PositionOut:
    """Say where a certified figure stands among comparable ones, or why that is not shown."""
    found = queries.footprint(actor_of(request), number)
    stands = comparing.position(found)
    return PositionOut(
        number=found.number,
        basis=comparing.basis_of(found.claims),
        comparable=stands.comparable,
        minimum=stands.minimum,
        percentile=stands.percentile,
        refusals=[render(item, current()) for item in stands.refusals],
        elsewhere=ElsewhereOut(**asdict(stands.elsewhere)),
    )
