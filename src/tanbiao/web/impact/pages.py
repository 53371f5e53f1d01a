"""The pages of the impact: releases and runs, one run with its distribution and lines, one line with its causes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tanbiao.core.findings import TanbiaoError, from_json
from tanbiao.core.findings import render as say
from tanbiao.core.lca.release_find import list_releases
from tanbiao.documents import charts
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.factors import commands as factor_commands
from tanbiao.web.factors import queries as factors
from tanbiao.web.governance import queries as governance
from tanbiao.web.impact import commands, dry_runs, queries, show, words
from tanbiao.web.impact.models import Run
from tanbiao.web.impact.pages_wanted import wanted, wanted_file
from tanbiao.web.language import current
from tanbiao.web.problems import status_of

PER_PAGE = 50
SHOWN_FACTORS = 20


@access("impact.view")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the runs, and for overseers the releases that can be asked about or installed."""
    return _list_page(request)


def _list_page(request: HttpRequest, error: TanbiaoError | None = None) -> HttpResponse:
    actor = actor_of(request)
    page = Paginator(queries.runs(actor), PER_PAGE).get_page(request.GET.get("page"))
    findings = [say(item, current()) for item in error.findings] if error else []
    context: dict[str, Any] = {
        "page": page,
        "runs": [(run, words.STATES[run.state]) for run in page],
        "oversees": queries.oversees(actor),
        "may_install": allowed(actor, "factors.install_release"),
    }
    if context["oversees"]:
        try:
            context["releases"] = _releases(actor)
        except TanbiaoError as damaged:
            findings += [say(item, current()) for item in damaged.findings]
    context["findings"] = findings
    return render(request, "impact/list.html", context, status=status_of(error) if error else 200)


def _releases(actor: Actor) -> list[dict[str, Any]]:
    """Return the release files there are, the newest first, and when each was installed."""
    installed = {row.name: row for row in factors.releases(actor)}
    closed = factors.hidden(actor) | governance.closed_names(actor)
    found = [
        {
            "name": file.name,
            "date": file.header.get("date", ""),
            "datasets": len(file),
            "standing": file.standing,
            "row": installed.get(file.name),
        }
        for file in list_releases(settings.TANBIAO_DATA)
        if file.name not in closed
    ]
    return sorted(found, key=lambda item: (str(item["date"]), str(item["name"])), reverse=True)


@access("impact.run")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask what a release would change."""
    try:
        run = commands.ask(actor_of(request), release=request.POST.get("release", "")[:200])
    except TanbiaoError as error:
        return _list_page(request, error)
    return redirect("impact:run", run_id=run.id)


@access("factors.install_release")
@require_POST
def install(request: HttpRequest) -> HttpResponse:
    """Install a release; its run begins by itself where it succeeds another."""
    name = request.POST.get("release", "")[:80]
    try:
        row = factor_commands.install_release(actor_of(request), name=name)
    except TanbiaoError as error:
        return _list_page(request, error)
    messages.success(request, _("The release %(name)s is installed.") % {"name": row.name})
    return redirect("impact:list")


@access("impact.view")
@require_GET
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show one run: how far it is, what it found, the worst first."""
    return _run_page(request, run_id)


def _run_page(request: HttpRequest, run_id: UUID, error: TanbiaoError | None = None) -> HttpResponse:
    actor, lang = actor_of(request), current()
    found = queries.run(actor, run_id)
    choice = queries.Choice(request.GET.get("who", "")[:20], request.GET.get("only", "")[:20])
    page = Paginator(queries.lines_of(actor, run_id, choice), PER_PAGE).get_page(request.GET.get("page"))
    bins = charts.bins(queries.changes(actor, run_id))
    context: dict[str, Any] = {
        "run": found,
        "state": words.STATES[found.state],
        "summary": queries.summary(actor, run_id),
        "choice": choice,
        "filters": words.FILTERS.items(),
        "people": [(code, word) for code, (_tone, word) in words.WHO.items()],
        "page": page,
        "rows": [show.row(line, lang) for line in page],
        "bins": bins,
        "chart": charts.histogram(bins, lang) if bins else "",
        "problem": [say(from_json(item), lang) for item in found.problem],
        "oversees": queries.oversees(actor),
        "findings": [say(item, lang) for item in error.findings] if error else [],
        **_progress(found),
    }
    if context["oversees"]:
        rows = queries.factors_of(actor, run_id)
        context |= {"factors": rows[:SHOWN_FACTORS], "factor_total": rows.count(), "stops": words.STOPS}
    return render(request, "impact/run.html", context, status=status_of(error) if error else 200)


def _progress(found: Run) -> dict[str, Any]:
    return {"going": found.state in commands.GOING, "untouched": max(found.looked_at - found.total, 0)}


@access("impact.view")
@require_GET
def lines_csv(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Return the lines of a run as CSV."""
    actor = actor_of(request)
    choice = queries.Choice(request.GET.get("who", "")[:20], request.GET.get("only", "")[:20])
    text = show.as_csv(queries.lines_of(actor, run_id, choice).iterator(chunk_size=500), current())
    # The mark lets spreadsheet programs read it as UTF-8.
    answer = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="impact-{run_id}.csv"'
    return answer


@access("impact.run")
@require_POST
def control(request: HttpRequest, run_id: UUID, act: str) -> HttpResponse:
    """Cancel or resume a run."""
    try:
        (commands.cancel if act == "cancel" else commands.resume)(actor_of(request), run_id=run_id)
    except TanbiaoError as error:
        return _run_page(request, run_id, error)
    return redirect("impact:run", run_id=run_id)


@access("impact.view")
@require_GET
def line(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """Show one line: old and new figure, interval, class, who must act, and the factors that move it."""
    actor, lang = actor_of(request), current()
    found = queries.line(actor, line_id)
    return render(
        request,
        "impact/line.html",
        {
            "line": found,
            "row": show.row(found, lang),
            "causes": show.causes(found, lang),
            "total_change": None if found.new is None or found.old is None else found.new - found.old,
            "findings": show.findings(found, lang),
            "basis": words.BASIS.get(found.by_basis, ""),
            "holder_side": actor.organisation_id == found.owner_id,
        },
    )


@access("impact.dry_run")
@require_POST
def dry_run(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Ask what the newest draft of a rule would do to past studies."""
    dry_runs.ask(actor_of(request), entry_id=entry_id)
    return redirect(f"{reverse('rulebook:workbench', args=[entry_id])}?tab=dry_run")


@access("impact.acknowledge")
@require_POST
def seen(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Take a notice from the desk."""
    commands.acknowledge(actor_of(request), notice_id=notice_id)
    return redirect("desk")


@access("impact.acknowledge")
@require_POST
def alert_seen(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """Take an alert from the desk."""
    commands.acknowledge_alert(actor_of(request), alert_id=alert_id)
    return redirect("desk")


urlpatterns: list[URLPattern] = [
    path("factors/wanted/", wanted, name="wanted"),
    path("factors/wanted.<str:suffix>", wanted_file, name="wanted_file"),
    path("impact/", listing, name="list"),
    path("impact/ask/", ask, name="ask"),
    path("impact/install/", install, name="install"),
    path("impact/runs/<uuid:run_id>/", run, name="run"),
    path("impact/runs/<uuid:run_id>/lines.csv", lines_csv, name="csv"),
    path("impact/runs/<uuid:run_id>/cancel/", control, {"act": "cancel"}, name="cancel"),
    path("impact/runs/<uuid:run_id>/resume/", control, {"act": "resume"}, name="resume"),
    path("impact/rules/<uuid:entry_id>/dry-run/", dry_run, name="dry_run"),
    path("impact/lines/<uuid:line_id>/", line, name="line"),
    path("impact/notices/<uuid:notice_id>/seen/", seen, name="seen"),
    path("impact/alerts/<uuid:alert_id>/seen/", alert_seen, name="alert_seen"),
]
