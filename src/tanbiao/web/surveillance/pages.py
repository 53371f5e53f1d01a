"""The pages of a certificate's life: the desk, a surveillance, a complaint or appeal, a transfer, the public form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import NotFound, allowed
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.register import show as register_show
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.surveillance import acting, acts, commands, forms, pages_reports, queries, show, words
from tanbiao.web.surveillance.commands import grievances, surveys, transfers
from tanbiao.web.surveillance.offering import ActForm, acted, offers
from tanbiao.workflow.terms import terms_of

PER_PAGE = 25
TABS = ("surveillances", "work", "grievances", "reports", "transfers", "notices")


def _page(request: HttpRequest, rows: Any) -> Any:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


@access("surveillance.view")
@require_http_methods(["GET", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """Show what is due: surveillances, work items, complaints and appeals, transfers, notices."""
    actor = actor_of(request)
    if request.method == "POST":
        commands.read_notices(actor)
        return redirect("surveillance:desk")
    tab = request.GET.get("tab", "")
    sees_reports = allowed(actor, "surveillance.reports")
    tabs = TABS if sees_reports else tuple(one for one in TABS if one != "reports")
    tab = tab if tab in tabs else TABS[0]
    number = request.GET.get("number", "")[:64]
    context: dict[str, Any] = {"tab": tab, "tabs": tabs, "number": number, "tab_words": words.TAB_WORDS}
    context["counts"] = {
        "surveillances": queries.surveillances(actor).filter(state__in=("planned", "running")).count(),
        "work": queries.work_items(actor).count(),
        "grievances": queries.grievances(actor).filter(state__in=grievances.OPEN).count(),
        "transfers": queries.transfers(actor).filter(state__in=transfers.RUNNING).count(),
        "notices": queries.notices(actor).filter(read_at__isnull=True).count(),
        "reports": queries.reports(actor, open_only=True).count() if sees_reports else 0,
    }
    if tab == "work":
        context["page"] = _page(
            request, queries.work_items(actor, open_only=False, number=number).order_by("resolved_at", "due")
        )
        context["items"] = show.items(context["page"])
        context["may_resolve"] = allowed(actor, "surveillance.resolve")
        context["resolve_form"] = forms.ResolveForm()
        context["organisation"] = actor.organisation_id
    elif tab == "reports":
        rows = queries.reports(actor, number=number).order_by(F("answered_at").asc(nulls_first=True), "-at", "id")
        context["page"] = _page(request, rows)
        context["reports"] = show.reports(context["page"])
    elif tab == "notices":
        context["page"] = _page(request, queries.notices(actor))
        context["notices"] = show.notices(context["page"])
    else:
        found = {
            "surveillances": queries.surveillances,
            "grievances": queries.grievances,
            "transfers": queries.transfers,
        }
        context["page"] = _page(request, found[tab](actor, number=number))
        context["lines"] = show.lines(context["page"])
    return render(request, "surveillance/desk.html", context)


def _thing_page(
    request: HttpRequest,
    thing: Any,
    *,
    kind: str,
    offered: Any,
    error: TanbiaoError | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    actor = actor_of(request)
    certificate = acting.newest(thing.number)
    context = {
        "thing": thing,
        "card": register_show.card(certificate),
        "state": show.state(thing),
        "history": show.history(actor, thing),
        "offers": offered,
        "refusals": error.findings if error else (),
        "kind": kind,
        **more,
    }
    return render(request, f"surveillance/{kind}.html", context, status=status_of(error) if error else status)


Tried = Mapping[str, ActForm]


def _surveillance_page(
    request: HttpRequest, surveillance_id: UUID, *, tried: Tried | None = None, **more: Any
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.surveillance(actor, surveillance_id)
    certificate = acting.newest(row.number)
    wanted = terms_of(certificate.terms).surveillance_items
    facts = surveys.facts_of(actor, row, certificate, builds_on=row.head)
    records = row.state == "running" and row.body_id == actor.organisation_id and allowed(actor, "surveillance.survey")
    hands_in = row.state in ("planned", "running") and actor.owns(row) and allowed(actor, "surveillance.appeal")
    own = [(str(one.id), str(one)) for one in study_queries.listing(actor)[:100]] if hands_in else []
    more.setdefault("look_form", forms.LookForm(items=wanted) if records else None)
    more.setdefault("hand_in_form", forms.HandInForm(studies=own) if hands_in else None)
    return _thing_page(
        request,
        row,
        kind="survey",
        offered=offers(surveys.LIFECYCLE, row.state, facts, acts.SURVEILLANCE, tried or {}),
        looks=show.looks(row, wanted),
        cause=show.cause(row),
        threshold=terms_of(certificate.terms).value_change_percent,
        change=facts.change_percent,
        promise=surveys.promise_of(certificate),
        **more,
    )


@access("surveillance.view")
@require_GET
def survey(request: HttpRequest, surveillance_id: UUID) -> HttpResponse:
    """Show one surveillance."""
    return _surveillance_page(request, surveillance_id)


@access("surveillance.view")
@require_POST
def act_survey(request: HttpRequest, surveillance_id: UUID, event: str) -> HttpResponse:
    """Begin or conclude a surveillance."""
    row = queries.surveillance(actor_of(request), surveillance_id)
    return acted(
        request,
        row,
        surveys.LIFECYCLE,
        acts.SURVEILLANCE,
        event,
        "surveillance_id",
        _surveillance_page,
        "surveillance:survey",
    )


@access("surveillance.survey")
@require_POST
def look(request: HttpRequest, surveillance_id: UUID) -> HttpResponse:
    """Record what was found on one thing."""
    actor = actor_of(request)
    row = queries.surveillance(actor, surveillance_id)
    wanted = terms_of(acting.newest(row.number).terms).surveillance_items
    form = forms.LookForm(request.POST, request.FILES, items=wanted)
    return _sent(
        request,
        form,
        lambda: commands.record(actor, surveillance_id=row.id, **form.values()),
        lambda status: _surveillance_page(request, row.id, look_form=form, status=status),
        lambda: redirect("surveillance:survey", row.id),
    )


def _sent(
    request: HttpRequest,
    form: TanbiaoForm,
    run: Callable[[], Any],
    again: Callable[[int], HttpResponse],
    done: Callable[[], HttpResponse],
) -> HttpResponse:
    if not form.is_valid():
        return again(422)
    try:
        run()
    except TanbiaoError as error:
        form.add_problem(error)
        return again(status_of(error))
    messages.success(request, _("Saved."))
    return done()


@access("surveillance.appeal")
@require_POST
def hand_in(request: HttpRequest, surveillance_id: UUID) -> HttpResponse:
    """Hand in a study on the new data."""
    actor = actor_of(request)
    row = queries.surveillance(actor, surveillance_id)
    own = [(str(one.id), str(one)) for one in study_queries.listing(actor)[:100]]
    form = forms.HandInForm(request.POST, studies=own)
    return _sent(
        request,
        form,
        lambda: commands.hand_in(actor, surveillance_id=row.id, **form.cleaned_data),
        lambda status: _surveillance_page(request, row.id, hand_in_form=form, status=status),
        lambda: redirect("surveillance:survey", row.id),
    )


def _grievance_page(
    request: HttpRequest, grievance_id: UUID, *, tried: Tried | None = None, **more: Any
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.grievance(actor, grievance_id)
    facts = grievances.facts_of(actor, row, acting.newest(row.number), builds_on=row.head)
    offered = offers(grievances.LIFECYCLE, row.state, facts, acts.GRIEVANCE, tried or {})
    more["inside"] = row.body_id == actor.organisation_id
    more["what"] = words.KIND_WORDS[row.kind]
    return _thing_page(request, row, kind="grievance", offered=offered, **more)


@access("surveillance.view")
@require_GET
def grievance(request: HttpRequest, grievance_id: UUID) -> HttpResponse:
    """Show one complaint or appeal."""
    return _grievance_page(request, grievance_id)


@access("surveillance.view")
@require_POST
def act_grievance(request: HttpRequest, grievance_id: UUID, event: str) -> HttpResponse:
    """Admit, investigate, decide, withdraw."""
    row = queries.grievance(actor_of(request), grievance_id)
    return acted(
        request,
        row,
        grievances.LIFECYCLE,
        acts.GRIEVANCE,
        event,
        "grievance_id",
        _grievance_page,
        "surveillance:grievance",
    )


@access("surveillance.view")
@require_GET
def photo(request: HttpRequest, grievance_id: UUID) -> HttpResponse:
    """Show the photo of a complaint to the body."""
    from tanbiao.web.ledger.commands import get_blob

    row = queries.grievance(actor_of(request), grievance_id)
    if not row.photo:
        raise NotFound.of("artefact_unknown", "photo")
    ending = "png" if row.photo_type == "image/png" else "jpg"
    return attachment(get_blob(row.photo), row.photo_type, f"{row.code}.{ending}", inline=True)


def _transfer_page(request: HttpRequest, transfer_id: UUID, *, tried: Tried | None = None, **more: Any) -> HttpResponse:
    actor = actor_of(request)
    row = queries.transfer(actor, transfer_id)
    facts = transfers.facts_of(actor, row, acting.newest(row.number), builds_on=row.head)
    offered = offers(transfers.LIFECYCLE, row.state, facts, acts.TRANSFER, tried or {})
    more["file_open"] = (
        row.state in transfers.FILE_OPEN
        and actor.organisation_id == row.receiver_id
        and allowed(actor, "surveillance.receive")
    )
    return _thing_page(request, row, kind="transfer", offered=offered, **more)


@access("surveillance.view")
@require_GET
def transfer(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Show one transfer."""
    return _transfer_page(request, transfer_id)


@access("surveillance.view")
@require_POST
def act_transfer(request: HttpRequest, transfer_id: UUID, event: str) -> HttpResponse:
    """Hand over, review, accept, refuse, withdraw."""
    row = queries.transfer(actor_of(request), transfer_id)
    return acted(
        request, row, transfers.LIFECYCLE, acts.TRANSFER, event, "transfer_id", _transfer_page, "surveillance:transfer"
    )


@access("surveillance.receive")
@require_POST
def file(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Hand the certificate's sealed bundle to the receiving body; who opens it is kept."""
    row, data = commands.read_file(actor_of(request), transfer_id=transfer_id)
    return attachment(data, "application/zip", f"{row.number}-sealed.zip")


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def complain(request: HttpRequest) -> HttpResponse:
    """Take a complaint of anybody, and give its code."""
    number = request.GET.get("number", "")[:64]
    form = forms.ComplaintForm(
        request.POST or None, request.FILES or None, initial={"number": number} if number else None
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = commands.complain(actor_of(request), **form.values())
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                return redirect("surveillance:complaint", row.code)
    return render(request, "surveillance/complain.html", {"form": form}, status=status)


@access(PUBLIC)
@require_GET
def find_complaint(request: HttpRequest) -> HttpResponse:
    """Lead to a matter by its code."""
    row = queries.by_code(actor_of(request), request.GET.get("code", ""))
    return redirect("surveillance:complaint", row.code)


@access(PUBLIC)
@require_GET
def complaint(request: HttpRequest, code: str) -> HttpResponse:
    """Show whoever has the code where the matter stands."""
    row = queries.by_code(actor_of(request), code)
    return render(
        request,
        "surveillance/complaint.html",
        {
            "thing": row,
            "state": show.state(row),
            "body": row.body.name(current()),
            "open": row.state in grievances.OPEN,
        },
    )


@access("surveillance.resolve")
@require_POST
def resolve(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Say what came of a work item."""
    form = forms.ResolveForm(request.POST)
    if form.is_valid():
        commands.resolve(actor_of(request), item_id=item_id, **form.cleaned_data)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Say what came of it, and why."))
    return redirect(f"{request.POST.get('next') or '/life/?tab=work'}" if _own_place(request) else "/life/?tab=work")


def _own_place(request: HttpRequest) -> bool:
    return request.POST.get("next", "").startswith(("/life/", "/certificates/"))


def _asked(request: HttpRequest, number: str, form: TanbiaoForm, run: Callable[[Actor], Any]) -> HttpResponse:
    """Run what a form on the certificate's page asks for; a refusal is said on a page of its own with the form."""
    again = lambda status: render(  # noqa: E731 (one page for four forms)
        request, "surveillance/ask.html", {"form": form, "number": number}, status=status
    )
    return _sent(
        request, form, lambda: run(actor_of(request)), again, lambda: redirect("register:manage", number=number)
    )


@access("surveillance.appeal")
@require_POST
def appeal(request: HttpRequest, number: str) -> HttpResponse:
    """Take a holder's appeal."""
    form = forms.AppealForm(request.POST)
    return _asked(request, number, form, lambda actor: commands.appeal(actor, number=number, **form.cleaned_data))


@access("surveillance.ask_transfer")
@require_POST
def ask_transfer(request: HttpRequest, number: str) -> HttpResponse:
    """Take a holder's wish to go to another body."""
    certificate = acting.newest(number)
    form = forms.TransferForm(request.POST, present=certificate.body)
    return _asked(
        request, number, form, lambda actor: commands.request_transfer(actor, number=number, **form.cleaned_data)
    )


@access("surveillance.plan")
@require_POST
def order(request: HttpRequest, number: str) -> HttpResponse:
    """Order an extra surveillance."""
    form = forms.OrderForm(request.POST)
    return _asked(request, number, form, lambda actor: commands.order(actor, number=number, **form.cleaned_data))


@access("surveillance.order")
@require_http_methods(["GET", "POST"])
def authority(request: HttpRequest, number: str) -> HttpResponse:
    """Take an authority's order to the body that issued a certificate."""
    acting.newest(number)
    form = forms.AuthorityForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "number": number}
    if request.method == "GET":
        return render(request, "surveillance/ask.html", context)
    actor = actor_of(request)
    return _sent(
        request,
        form,
        lambda: commands.order_of_authority(actor, number=number, **form.cleaned_data),
        lambda status: render(request, "surveillance/ask.html", context, status=status),
        lambda: redirect("/life/?tab=work"),
    )


urlpatterns: list[URLPattern] = [
    *pages_reports.urlpatterns,
    path("life/", desk, name="desk"),
    path("life/surveillance/<uuid:surveillance_id>/", survey, name="survey"),
    path("life/surveillance/<uuid:surveillance_id>/look/", look, name="look"),
    path("life/surveillance/<uuid:surveillance_id>/hand-in/", hand_in, name="hand_in"),
    path("life/surveillance/<uuid:surveillance_id>/act/<slug:event>/", act_survey, name="act_survey"),
    path("life/grievances/<uuid:grievance_id>/", grievance, name="grievance"),
    path("life/grievances/<uuid:grievance_id>/photo/", photo, name="photo"),
    path("life/grievances/<uuid:grievance_id>/act/<slug:event>/", act_grievance, name="act_grievance"),
    path("life/transfers/<uuid:transfer_id>/", transfer, name="transfer"),
    path("life/transfers/<uuid:transfer_id>/file/", file, name="file"),
    path("life/transfers/<uuid:transfer_id>/act/<slug:event>/", act_transfer, name="act_transfer"),
    path("life/work/<uuid:item_id>/", resolve, name="resolve"),
    path("life/appeal/<str:number>/", appeal, name="appeal"),
    path("life/transfer/<str:number>/", ask_transfer, name="ask_transfer"),
    path("life/order/<str:number>/", order, name="order"),
    path("life/authority/<str:number>/", authority, name="authority"),
    path("complaints/", complain, name="complain"),
    path("complaints/find/", find_complaint, name="find_complaint"),
    path("complaints/<str:code>/", complaint, name="complaint"),
]
