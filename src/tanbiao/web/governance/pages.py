"""The pages of governance: databases, a dataset with what can be done, the desks, platform releases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import Finding, TanbiaoError, from_json
from tanbiao.core.findings import render as say
from tanbiao.formats.export import TARGETS
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Invalid, NotFound, allowed
from tanbiao.web.factors import readiness
from tanbiao.web.governance import acting, commands, exporting, forms, queries, show, suppliers, words
from tanbiao.web.governance.acts import LIFECYCLE
from tanbiao.web.governance.facts import facts_of
from tanbiao.web.governance.models import GovernedDataset, PlatformRelease
from tanbiao.web.governance.pages_derived import urlpatterns as derived_patterns
from tanbiao.web.governance.pages_suppliers import urlpatterns as supplier_patterns
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of

SHOWN_PINS = 500
"""Pinned versions that a page lists; the API has all (project default)."""
PER_PAGE = 30


def _line(row: GovernedDataset) -> dict[str, Any]:
    name = getattr(LIFECYCLE.state_name(row.state), current())
    return {"row": row, "state": name, "tone": words.TONES.get(row.state, "wait")}


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def databases(request: HttpRequest) -> HttpResponse:
    """List the background databases; found one."""
    actor = actor_of(request)
    may_found = allowed(actor, "governance.found_database")
    form = forms.DatabaseForm(request.POST or None) if may_found else None
    status = 200
    if request.method == "POST":
        if form is not None and form.is_valid():
            try:
                made = commands.found_database(actor, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                return redirect("governance:database", key=made.key)
        else:
            status = 422
    rows = queries.databases(actor).select_related("owner")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "levels": words.LEVEL_WORDS, "tiers": words.ACCESS_WORDS}
    return render(request, "governance/databases.html", context, status=status)


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def database(request: HttpRequest, key: str) -> HttpResponse:
    """Show what is or was published in a database; follow it."""
    actor = actor_of(request)
    found = queries.database(actor, key)
    if request.method == "POST":
        commands.follow(actor, database=key, wanted=request.POST.get("wanted") == "yes")
        return redirect("governance:database", key=key)
    follows = actor.person is not None and found.followers.filter(person=actor.person).exists()
    page = Paginator(queries.published(actor, key), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "governance/database.html",
        {
            "database": found,
            "level": words.LEVEL_WORDS[found.level],
            "tier": words.ACCESS_WORDS[found.access],
            "follows": follows,
            "may_decide": suppliers.may_decide(actor, found),
            "targets": [(one.name, getattr(one, current())) for one in TARGETS],
            "page": page,
            "lines": [_line(row) for row in page],
        },
    )


@access(PUBLIC)
@require_GET
def database_file(request: HttpRequest, key: str) -> HttpResponse:
    """Return the published datasets of a database as a file; a refusal comes back on the database's page."""
    try:
        made = exporting.exported(actor_of(request), key, request.GET.get("format", "")[:40])
    except Invalid as error:
        for item in error.findings:
            messages.warning(request, say(item, current())["message"])
        return redirect("governance:database", key=key)
    return attachment(made.data, made.target.media_type, exporting.file_name(key, made))


@access("governance.provide")
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """Show the provider's desk; begin the way of a version into a database."""
    actor = actor_of(request)
    form = forms.OpenForm(request.POST or None, actor=actor)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                made = commands.open_dataset(actor, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                return redirect("governance:dataset", entry_id=made.id)
        else:
            status = 422
    page = Paginator(queries.mine(actor), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [_line(row) for row in page],
        "form": form,
        "is_provider": True,
        "may_derive": True,
    }
    return render(request, "governance/desk.html", context, status=status)


@access("governance.judge")
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader's roles."""
    actor = actor_of(request)
    page = Paginator(queries.desk(actor), PER_PAGE).get_page(request.GET.get("page"))
    may_derive = allowed(actor, "governance.derive")
    context = {"page": page, "lines": [_line(row) for row in page], "is_provider": False, "may_derive": may_derive}
    return render(request, "governance/desk.html", context)


@access(PUBLIC)
@require_GET
def dataset(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show a dataset: what it says, what can be done, how it was judged."""
    return _dataset_page(request, entry_id)


def _dataset_page(
    request: HttpRequest,
    entry_id: UUID,
    *,
    tried: dict[str, Any] | None = None,
    refusals: tuple[Finding, ...] = (),
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    inside = queries.is_judge_or_owner(actor, row)
    body = queries.document(actor, row)
    context: dict[str, Any] = {
        **_line(row),
        "process": body["process"] if body else None,
        "offers": _offers(request, row, tried or {}) if allowed(actor, "governance.act") else [],
        "refusals": refusals,
        "inside": inside,
        "report_form": forms.ReportForm() if actor.person is not None and row.state == "published" else None,
        "reports": [(one, words.REPORT_WORDS[one.state]) for one in queries.reports(actor, row)]
        if actor.person
        else [],
        "answer_form": forms.AnswerForm() if allowed(actor, "governance.judge") else None,
        "successor": row.successors.order_by("-number").first(),
        "quality": _quality(row),
        "told": show.derived(row.version) if body else None,
    }
    if inside:
        context |= {
            "history": [(one, show.word_of(one.event)) for one in row.history.all()],
            "reviews": row.reviews.filter(round=row.round).select_related("person"),
            "comparisons": queries.comparisons(row),
            "limit": row.terms.get("dataset_deviation_percent"),
            "traces": row.traces.filter(round=row.round),
            "checks": [from_json(item) for item in (row.checks or {}).get("findings", [])],
        }
    return render(request, "governance/dataset.html", context, status=status)


def _offers(request: HttpRequest, row: GovernedDataset, tried: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the acts that are this reader's kind, each with its form, or with why it can't be done now."""
    actor = actor_of(request)
    found = []
    for option in LIFECYCLE.options(row.state, facts_of(actor, row, builds_on=row.head)):
        if not option.mine or option.event not in acting.ACTS:
            continue
        form = tried.get(option.event) or forms.ActForm(entry=row, event=option.event, actor=actor)
        found.append(
            {
                "event": option.event,
                "name": getattr(option.name, current()),
                "form": form,
                "refusals": [] if option.event in ("confirm_trace", "publish") else option.refusals,
                "grave": acting.ACTS[option.event].grave,
            }
        )
    for event in queries.notes_of(actor, row):
        form = tried.get(event) or forms.ActForm(entry=row, event=event, actor=actor)
        found.insert(0, {"event": event, "name": words.NOTE_WORDS[event], "form": form, "refusals": [], "grave": False})
    return found


def _quality(row: GovernedDataset) -> dict[str, Any] | None:
    """Return the rating of the trace check in words, or None before it."""
    if not row.quality:
        return None
    scores = [(words.CRITERION_WORDS[key], value) for key, value in row.quality["scores"].items()]
    return {**row.quality, "word": words.QUALITY_WORDS[row.quality["level"]], "scores": scores}


@access("governance.report")
@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """Show what the reader was told of datasets that he provides, judges or follows; mark it as read."""
    actor = actor_of(request)
    if request.method == "POST":
        one = request.POST.get("notice", "")
        commands.read_notices(actor, notice_ids=[int(one)] if one.isdecimal() and len(one) < 19 else None)
        return redirect("desk" if request.POST.get("next") == "desk" else "governance:notices")
    page = Paginator(queries.notices(actor), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "governance/notices.html", {"page": page, "notices": show.notices(page)})


@access("governance.act")
@require_POST
def act(request: HttpRequest, entry_id: UUID, event: str) -> HttpResponse:
    """Carry out an act; a refusal comes back on the same page with its reasons."""
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    if event not in acting.ACTS:
        raise NotFound.of("governance_event_unknown", "event", event=event[:40])
    form = forms.ActForm(request.POST, entry=row, event=event, actor=actor)
    if not form.is_valid():
        return _dataset_page(request, entry_id, tried={event: form}, status=422)
    try:
        acting.run(actor, entry_id, event, form.cleaned_data)
    except TanbiaoError as error:
        return _dataset_page(request, entry_id, tried={event: form}, refusals=error.findings, status=status_of(error))
    messages.success(request, _("Done: %(act)s") % {"act": show.word_of(event)})
    return redirect("governance:dataset", entry_id=entry_id)


@access("governance.report")
@require_POST
def report(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Take an error report."""
    actor = actor_of(request)
    try:
        commands.report_error(actor, entry_id=entry_id, text=request.POST.get("text", "")[:8000])
    except TanbiaoError as error:
        return _dataset_page(request, entry_id, refusals=error.findings, status=status_of(error))
    messages.success(request, _("The report is sent."))
    return redirect("governance:dataset", entry_id=entry_id)


@access("governance.judge")
@require_POST
def answer(request: HttpRequest, entry_id: UUID, report_id: UUID) -> HttpResponse:
    """Answer an error report."""
    outcome, text = request.POST.get("outcome", "")[:40], request.POST.get("text", "")[:8000]
    try:
        commands.answer_report(actor_of(request), report_id=report_id, outcome=outcome, text=text)
    except TanbiaoError as error:
        return _dataset_page(request, entry_id, refusals=error.findings, status=status_of(error))
    return redirect("governance:dataset", entry_id=entry_id)


@access("governance.view")
@require_http_methods(["GET", "POST"])
def releases(request: HttpRequest) -> HttpResponse:
    """List the releases built from published versions; ask for one."""
    actor = actor_of(request)
    may_ask = allowed(actor, "governance.build_release")
    form = forms.ReleaseForm(request.POST or None, actor=actor) if may_ask else None
    status = 200
    if request.method == "POST":
        if form is not None and form.is_valid():
            try:
                made = commands.ask_release(actor, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                return redirect("governance:release", release_id=made.id)
        else:
            status = 422 if may_ask else 403
    page = Paginator(queries.releases(actor), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "states": words.RELEASE_WORDS, "tones": words.TONES}
    return render(request, "governance/releases.html", context, status=status)


@access("governance.view")
@require_GET
def release(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """Show a release: the versions it pins, its readiness, or why it can't be built."""
    return _release_page(request, queries.release(actor_of(request), release_id))


@access("governance.own_release")
@require_GET
def own_release(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """Show a release of one's own organisation's datasets."""
    return _release_page(request, queries.own_release(actor_of(request), release_id))


@access("governance.own_release")
@require_http_methods(["GET", "POST"])
def own_releases(request: HttpRequest) -> HttpResponse:
    """List the releases of one's own organisation's datasets; ask for one."""
    actor = actor_of(request)
    form = forms.OwnReleaseForm(request.POST or None, actor=actor)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = commands.ask_own_release(actor, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                return redirect("governance:own_release", release_id=made.id)
    page = Paginator(queries.own_releases(actor), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "states": words.RELEASE_WORDS, "tones": words.TONES}
    return render(request, "governance/own_releases.html", context, status=status)


def _release_page(request: HttpRequest, row: PlatformRelease) -> HttpResponse:
    found = show.release_readiness(row, current())
    return render(
        request,
        "governance/release.html",
        {
            "row": row,
            "state": words.RELEASE_WORDS[row.state],
            "tone": words.TONES.get(row.state, "wait"),
            "findings": [from_json(item) for item in row.findings],
            "readiness": readiness.table(found),
            "databases": found.databases,
            "gaps": found.gaps,
            "derived": [from_json(item) for item in row.report.get("derived", [])],
            "pins": row.pins[:SHOWN_PINS],
            "more_pins": max(len(row.pins) - SHOWN_PINS, 0),
        },
    )


urlpatterns: list[URLPattern] = [
    *derived_patterns,
    *supplier_patterns,
    path("databases/", databases, name="databases"),
    path("databases/<slug:key>/", database, name="database"),
    path("databases/<slug:key>/file/", database_file, name="database_file"),
    path("governance/", mine, name="mine"),
    path("governance/desk/", desk, name="desk"),
    path("governance/notices/", notices, name="notices"),
    path("governance/datasets/<uuid:entry_id>/", dataset, name="dataset"),
    path("governance/datasets/<uuid:entry_id>/report/", report, name="report"),
    path("governance/datasets/<uuid:entry_id>/reports/<uuid:report_id>/", answer, name="answer"),
    path("governance/datasets/<uuid:entry_id>/<str:event>/", act, name="act"),
    path("governance/releases/", releases, name="releases"),
    path("governance/releases/<uuid:release_id>/", release, name="release"),
    path("governance/own-releases/", own_releases, name="own_releases"),
    path("governance/own-releases/<uuid:release_id>/", own_release, name="own_release"),
]
