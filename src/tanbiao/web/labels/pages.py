"""The pages of labels: licences and uses of holder and body, artwork, and the widget for shops."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Invalid, NotFound, allowed
from tanbiao.web.labels import acts, artwork, forms, licences, quantities, queries, show, uses, words
from tanbiao.web.language import CODES, current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.register import show as register_show
from tanbiao.web.security import EMBEDDABLE
from tanbiao.web.surveillance import acting
from tanbiao.web.surveillance import show as life_show
from tanbiao.web.surveillance.offering import ActForm, acted, offers, reasons_of
from tanbiao.workflow.document import START

PER_PAGE = 25
FRAME_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors *",
    )
)
"""The widget runs no script and sends nothing; any site may show it."""
Tried = Mapping[str, ActForm]


@access("labels.view")
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Show licences and uses."""
    actor, number = actor_of(request), request.GET.get("number", "")[:64]
    tab = "uses" if request.GET.get("tab") == "uses" else "licences"
    rows: Any = queries.uses(actor, number=number) if tab == "uses" else queries.licences(actor, number=number)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "labels/desk.html", {"tab": tab, "page": page, "lines": show.lines(page), "number": number})


def _licence_page(
    request: HttpRequest,
    licence_id: UUID,
    *,
    tried: Tried | None = None,
    error: TanbiaoError | None = None,
    status: int = 200,
    use_form: Any = None,
    artwork_form: forms.ArtworkForm | None = None,
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.licence(actor, licence_id)
    certificate = licences.version_of(row)
    facts = licences.facts_of(actor, row, certificate, builds_on=row.head)
    declares = row.state == "active" and actor.owns(row) and allowed(actor, "labels.declare")
    context = {
        "thing": row,
        "card": register_show.card(certificate),
        "state": show.state(row),
        "basis": words.BASIS_WORDS[row.basis],
        "history": life_show.history(actor, row, licences.LIFECYCLE),
        "offers": offers(licences.LIFECYCLE, row.state, facts, acts.LICENCE, tried or {}),
        "refusals": error.findings if error else (),
        "uses": show.lines(queries.uses(actor, licence_id=row.id)[:PER_PAGE]),
        "declared": quantities.declared(row),
        "quantity_findings": quantities.findings(row),
        "use_form": use_form or (_use_form(row) if declares else None),
        "artwork_form": artwork_form or forms.ArtworkForm(initial={"lang": current()}),
    }
    return render(request, "labels/licence.html", context, status=status_of(error) if error else status)


def _use_form(row: Any, data: Any = None) -> forms.UseForm:
    places = [(one.id, one.title.best(current())) for one in uses.positions(licences.version_of(row))]
    return forms.UseForm(data, positions=places, models=row.covers)


@access("labels.view")
@require_GET
def licence(request: HttpRequest, licence_id: UUID) -> HttpResponse:
    """Show one licence with its artwork and uses."""
    return _licence_page(request, licence_id)


@access("labels.view")
@require_POST
def act_licence(request: HttpRequest, licence_id: UUID, event: str) -> HttpResponse:
    """Grant, refuse, suspend, restore or end a licence."""
    row = queries.licence(actor_of(request), licence_id)
    return acted(request, row, licences.LIFECYCLE, acts.LICENCE, event, "licence_id", _licence_page, "labels:licence")


@access("labels.apply")
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a licence."""
    certificate = acting.newest(number)
    if not actor_of(request).owns(certificate):
        raise NotFound.of("certificate_unknown", number)
    form = forms.LicenceForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = licences.apply(actor_of(request), number=number, **form.values())
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                return redirect("labels:licence", row.id)
    context = {"form": form, "card": register_show.card(certificate), "number": number}
    return render(request, "labels/apply.html", context, status=status)


@access("labels.declare")
@require_POST
def declare(request: HttpRequest, licence_id: UUID) -> HttpResponse:
    """Declare a use."""
    row = queries.licence(actor_of(request), licence_id)
    form = _use_form(row, request.POST)
    if not form.is_valid():
        return _licence_page(request, row.id, use_form=form, status=422)
    try:
        uses.declare(actor_of(request), licence_id=row.id, **form.cleaned_data)
    except TanbiaoError as error:
        form.add_problem(error)
        return _licence_page(request, row.id, use_form=form, status=status_of(error))
    messages.success(request, _("Saved."))
    return redirect("labels:licence", row.id)


def _use_page(
    request: HttpRequest,
    use_id: UUID,
    *,
    tried: Tried | None = None,
    error: TanbiaoError | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.use(actor, use_id)
    certificate = licences.version_of(row.licence)
    facts = uses.facts_of(actor, row, certificate, builds_on=row.head)
    context = {
        "thing": row,
        "card": register_show.card(certificate),
        "state": show.state(row),
        "position": show.position(row),
        "quantity_findings": quantities.findings(row.licence),
        "history": life_show.history(actor, row, uses.LIFECYCLE),
        "offers": offers(uses.LIFECYCLE, row.state, facts, acts.USE, tried or {}),
        "refusals": error.findings if error else (),
    }
    return render(request, "labels/use.html", context, status=status_of(error) if error else status)


@access("labels.view")
@require_GET
def use(request: HttpRequest, use_id: UUID) -> HttpResponse:
    """Show one use."""
    return _use_page(request, use_id)


@access("labels.view")
@require_POST
def act_use(request: HttpRequest, use_id: UUID, event: str) -> HttpResponse:
    """Register, sample, judge, put right, close."""
    row = queries.use(actor_of(request), use_id)
    return acted(request, row, uses.LIFECYCLE, acts.USE, event, "use_id", _use_page, "labels:use")


@access("labels.view")
@require_safe
def fetch(request: HttpRequest, licence_id: UUID) -> HttpResponse:
    """Hand out the artwork that the form of the licence's page asks for, or say what is wrong with the wish."""
    row = queries.licence(actor_of(request), licence_id)
    form = forms.ArtworkForm(request.GET)
    if not form.is_valid():
        return _licence_page(request, row.id, artwork_form=form, status=422)
    wish = form.cleaned_data
    width = float(wish["width"]) if wish["width"] else None
    try:
        data, media_type = artwork.draw(
            row, licences.version_of(row), wish["format"], variant=wish["variant"], ink=wish["ink"],
            width_mm=width, lang=wish["lang"], dpi=wish["dpi"],
        )  # fmt: skip
    except TanbiaoError as error:
        form.add_problem(error)
        return _licence_page(request, row.id, artwork_form=form, status=status_of(error))
    size = f"-{width:g}mm" if width else ""
    name = f"{row.licence}-{wish['variant']}-{wish['ink']}{size}-{wish['lang']}.{wish['format']}"
    return attachment(data, media_type, name)


def _found_context(request: HttpRequest, number: str, report: str) -> tuple[dict[str, Any], Any]:
    """Return what the page of a find shows, and the arguments of its form."""
    certificate = acting.newest(number)
    reasons = reasons_of(uses.LIFECYCLE, START, "find")
    context = {"card": register_show.card(certificate), "number": number, "report": report}
    return context, {"reasons": reasons, "reported": bool(report)}


@access("labels.find")
@require_http_methods(["GET", "POST"])
def found(request: HttpRequest, number: str) -> HttpResponse:
    """Record a use found in the market that violates the licence; a report that led there is answered with it."""
    report = (request.POST if request.method == "POST" else request.GET).get("report", "")[:36]
    context, more = _found_context(request, number, report)
    form = forms.FoundForm(request.POST if request.method == "POST" else None, **more)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                led = UUID(report) if report else None
                row = uses.find(actor_of(request), number=number, report_id=led, **form.cleaned_data)
            except ValueError:
                form.add_error(None, _("There is no such report."))
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("Saved."))
                return redirect("labels:use", row.id)
    return render(request, "labels/found.html", {**context, "form": form}, status=status)


@access("labels.view")
@require_safe
def draw(request: HttpRequest, licence_id: UUID, form: str) -> HttpResponse:
    """Hand out a licence's artwork: SVG, PDF or PNG; variant, ink, width in mm and language by query."""
    row = queries.licence(actor_of(request), licence_id)
    asked = request.GET.get("width", "")
    try:
        width = float(asked) if asked else None
    except ValueError as error:
        raise Invalid.of("figure_unreadable", "width", text=asked[:40]) from error
    variant, ink = request.GET.get("variant", "full"), request.GET.get("ink", "colour")
    data, media_type = artwork.draw(
        row, licences.version_of(row), form, variant=variant, ink=ink, width_mm=width, lang=current()
    )
    return attachment(data, media_type, f"{row.licence}-{variant}-{ink}.{form}", inline=form == "svg")


@access(PUBLIC)
@require_safe
def widget(request: HttpRequest, number: str, lang: str = "zh") -> HttpResponse:
    """Show the verdict of now in a frame of another site: no script, no cookie, nothing counted.

    The language is part of the address, because a reader's choice of language is kept in a cookie.
    """
    tongue: Lang = "en" if lang == "en" else "zh"
    context: dict[str, Any] = {}
    status = 200
    with translation.override(CODES[tongue]):
        try:
            context["shop"] = show.shop(actor_of(request), number, tongue)
        except NotFound:
            context["unknown"], status = number, 404
        response = render(request, "labels/widget.html", context, status=status)
    response["Content-Security-Policy"] = FRAME_POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "public, max-age=60"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    setattr(response, EMBEDDABLE, True)
    return response


@access(PUBLIC)
@require_safe
def widget_script(request: HttpRequest) -> HttpResponse:
    """Hand out the script that puts the frame where a shop's page asks for it."""
    source = resources.files("tanbiao.web.labels").joinpath("static", "labels", "widget.js").read_text(encoding="utf-8")
    response = HttpResponse(source, content_type="text/javascript; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "public, max-age=3600"
    return response


urlpatterns: list[URLPattern] = [
    path("labels/", desk, name="desk"),
    path("labels/apply/<str:number>/", apply, name="apply"),
    path("labels/licences/<uuid:licence_id>/", licence, name="licence"),
    path("labels/licences/<uuid:licence_id>/act/<slug:event>/", act_licence, name="act_licence"),
    path("labels/licences/<uuid:licence_id>/uses/", declare, name="declare"),
    path("labels/licences/<uuid:licence_id>/artwork.<slug:form>", draw, name="artwork"),
    path("labels/licences/<uuid:licence_id>/artwork/", fetch, name="fetch"),
    path("labels/found/<str:number>/", found, name="found"),
    path("labels/uses/<uuid:use_id>/", use, name="use"),
    path("labels/uses/<uuid:use_id>/act/<slug:event>/", act_use, name="act_use"),
    path("widget.js", widget_script, name="widget_script"),
    path("widget/<str:number>/", widget, name="widget"),
    path("widget/<str:number>/<slug:lang>/", widget, name="widget_in"),
]
