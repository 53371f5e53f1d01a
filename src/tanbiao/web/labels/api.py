"""The REST API of labels: what a shop shows (public, from any site), licences, uses."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, Field

from tanbiao.core.findings import Lang, render
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Limit, Offset, Page, Router, page_of
from tanbiao.web.labels import acts, artwork, licences, quantities, queries, show, uses
from tanbiao.web.labels.models import LabelUse, Licence
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.surveillance.offering import ActIn, told

router = Router()

Number = Annotated[str, Field(max_length=64)]
Code = Annotated[str, Field(max_length=60)]
Lines = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1000)]


class RunOffOut(BaseModel):
    """A licence that has ended, and until when products made before its end may carry the label."""

    licence: str
    ended_on: date
    until: date


class ShopLabelOut(BaseModel):
    """What a shop shows of a certificate; the verdict is of now."""

    number: str
    verdict: str
    headline: str
    state: str
    state_name: str
    demonstration: bool
    rule_notice: str
    product: str
    value: str
    unit: str
    declared_unit: str
    boundary: str
    partial: bool
    body: str
    valid_until: date
    url: str
    run_off: list[RunOffOut]


class LicenceOut(BaseModel):
    """A label licence; ``head`` is what the next act builds on."""

    id: UUID
    number: str
    licence: str
    state: str
    state_name: str
    basis: str
    first_day: date | None
    last_day: date | None
    batches: list[str]
    models: list[str]
    quantity: int | None
    declared: int
    findings: list[dict[str, str]]
    ended_on: date | None
    run_off_until: date | None
    artwork: str
    head: str


class LabelUseOut(BaseModel):
    """A use of a label."""

    id: UUID
    number: str
    licence: str
    state: str
    state_name: str
    position: str
    place: str
    width_mm: float | None
    quantity: int | None
    model: str
    figure_seen: str
    due: date | None
    head: str


class LicenceIn(BaseModel):
    """A licence of one's own scope."""

    basis: Code
    first_day: date | None = None
    last_day: date | None = None
    batches: Lines = []
    models: Lines = []
    quantity: Annotated[int, Field(ge=1, le=10**15)] | None = None
    text: Annotated[str, Field(max_length=4000)] = ""


class LabelUseIn(BaseModel):
    """A use to declare."""

    position: Code
    place: Annotated[str, Field(max_length=300)]
    width_mm: Annotated[float, Field(ge=0, le=100_000)] | None = None
    quantity: Annotated[int, Field(ge=1, le=10**15)] | None = None
    model: Annotated[str, Field(max_length=200)] = ""
    production_day: date | None = None
    batch: Annotated[str, Field(max_length=80)] = ""


class FoundUseIn(BaseModel):
    """A use found in the market that violates the licence; ``report`` is the report of the public that led there."""

    place: Annotated[str, Field(max_length=300)]
    reason: Code
    text: Annotated[str, Field(max_length=4000)]
    figure: Annotated[str, Field(max_length=40)] = ""
    model: Annotated[str, Field(max_length=200)] = ""
    position: Code = ""
    report: UUID | None = None
    answer: Annotated[str, Field(max_length=4000)] = ""


def _licence(row: Licence) -> LicenceOut:
    return LicenceOut(
        id=row.id,
        number=row.number,
        licence=row.licence,
        state=row.state,
        state_name=show.state(row)["name"],
        basis=row.basis,
        first_day=row.first_day,
        last_day=row.last_day,
        batches=row.batches,
        models=row.covers,
        quantity=row.quantity,
        declared=quantities.declared(row),
        findings=[render(item, current()) for item in quantities.findings(row)],
        ended_on=row.ended_on,
        run_off_until=row.run_off_until,
        artwork=row.artwork,
        head=row.head,
    )


def _use(row: LabelUse) -> LabelUseOut:
    return LabelUseOut(
        id=row.id,
        number=row.number,
        licence=row.licence.licence,
        state=row.state,
        state_name=show.state(row)["name"],
        position=row.position,
        place=row.place,
        width_mm=row.width_mm,
        quantity=row.quantity,
        model=row.model,
        figure_seen=row.figure_seen,
        due=row.due,
        head=row.head,
    )


@router.get("/labels/{number}", response=ShopLabelOut)
@access(PUBLIC)
def read_label(request: HttpRequest, response: HttpResponse, number: Number) -> Any:
    """Return what a shop may show of a certificate: verdict of now, figure, unit, until when; nobody is counted."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=60"
    response["Referrer-Policy"] = "no-referrer"
    return ShopLabelOut(**show.shop(actor_of(request), number, current()))


@router.get("/label-licences", response=Page[LicenceOut])
@access("labels.view")
def list_licences(
    request: HttpRequest, number: Number = "", state: Code = "", limit: Limit = 20, offset: Offset = 0
) -> Any:
    """List label licences."""
    return page_of(queries.licences(actor_of(request), number=number, state=state), limit, offset, _licence)


@router.post("/certificates/{number}/label-licences", response={201: LicenceOut})
@access("labels.apply")
def ask_licence(request: HttpRequest, number: Number, body: LicenceIn) -> Any:
    """Ask as the holder for a licence by production days or batches."""
    return 201, _licence(licences.apply(actor_of(request), number=number, **body.model_dump()))


@router.post("/label-licences/{licence_id}/acts/{event}", response=LicenceOut)
@access("labels.view")
def act_on_licence(request: HttpRequest, licence_id: UUID, event: Code, body: ActIn) -> Any:
    """``grant``, ``refuse``, ``suspend``, ``restore`` or ``end`` a licence."""
    act, given = told(acts.LICENCE, event, body)
    return _licence(act.run(actor_of(request), licence_id=licence_id, **given))


@router.post("/label-licences/{licence_id}/uses", response={201: LabelUseOut})
@access("labels.declare")
def declare_use(request: HttpRequest, licence_id: UUID, body: LabelUseIn) -> Any:
    """Declare a use; it is checked against the licence and the scheme."""
    return 201, _use(uses.declare(actor_of(request), licence_id=licence_id, **body.model_dump()))


@router.get("/label-licences/{licence_id}/artwork")
@access("labels.view")
def fetch_artwork(
    request: HttpRequest,
    licence_id: UUID,
    format: Code = "svg",
    variant: Code = "full",
    ink: Code = "colour",
    lang: Code = "zh",
    width_mm: Annotated[float, Field(ge=1, le=2000)] | None = None,
    dpi: Annotated[int, Field(ge=1, le=10_000)] = 300,
) -> HttpResponse:
    """Return a licence's artwork: SVG, PDF or PNG; full, bar or compact; colour or mono; in a width and a language."""
    row = queries.licence(actor_of(request), licence_id)
    tongue: Lang = "en" if lang == "en" else "zh"
    data, media_type = artwork.draw(
        row, licences.version_of(row), format, variant=variant, ink=ink, width_mm=width_mm, lang=tongue, dpi=dpi
    )
    return attachment(data, media_type, f"{row.licence}-{variant}-{ink}.{format}")


@router.post("/certificates/{number}/label-uses/found", response={201: LabelUseOut})
@access("labels.find")
def find_use(request: HttpRequest, number: Number, body: FoundUseIn) -> Any:
    """Record a use found in the market that violates the licence and that nobody declared; its term begins at once."""
    given = body.model_dump(exclude={"report"})
    return 201, _use(uses.find(actor_of(request), number=number, report_id=body.report, **given))


@router.get("/label-uses", response=Page[LabelUseOut])
@access("labels.view")
def list_uses(
    request: HttpRequest, number: Number = "", state: Code = "", limit: Limit = 20, offset: Offset = 0
) -> Any:
    """List uses of labels."""
    return page_of(queries.uses(actor_of(request), number=number, state=state), limit, offset, _use)


@router.post("/label-uses/{use_id}/acts/{event}", response=LabelUseOut)
@access("labels.view")
def act_on_use(request: HttpRequest, use_id: UUID, event: Code, body: ActIn) -> Any:
    """Carry a use on: register, return, sample, find_compliant, find_violation, rectify, reopen, close, stop."""
    act, given = told(acts.USE, event, body)
    return _use(act.run(actor_of(request), use_id=use_id, **given))
