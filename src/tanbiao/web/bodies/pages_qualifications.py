"""Pages of a body's qualification: the body's own, and the operator's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.bodies import commands, forms, queries, words
from tanbiao.web.bodies.functions import scope_words
from tanbiao.web.bodies.models import Qualification
from tanbiao.web.bodies.panels import shown
from tanbiao.web.commanding import allowed
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of


def _line(row: Qualification) -> dict[str, Any]:
    day, over = clock.today(), row.state == "confirmed" and row.valid_until < clock.today()
    return {
        "row": row,
        "kind": words.KIND_WORDS[row.kind],
        "scopes": [scope_words(scope)[current()] for scope in row.scopes],
        "state": _("ended by its term") if over else words.STATE_WORDS[row.state],
        "tone": "bad" if over else words.TONES[row.state],
        "days": (row.valid_until - day).days if row.state == "confirmed" and not over else None,
    }


@access("bodies.people")
@require_GET
def body(request: HttpRequest) -> HttpResponse:
    """Show a body what it needs before it takes a case, and what of it stands."""
    return _body(request)


def _body(request: HttpRequest, tried: Mapping[str, TanbiaoForm] | None = None, status: int = 200) -> HttpResponse:
    actor, tried = actor_of(request), tried or {}
    assert actor.organisation is not None
    built: dict[str, TanbiaoForm] = {}
    if allowed(actor, "bodies.keep", actor.organisation):
        built["qualification"] = tried.get("qualification") or forms.QualificationForm()
        built["branch"] = tried.get("branch") or forms.BranchForm()
        built["declaration"] = tried.get("declaration") or forms.TextForm()
    context = {
        "organisation": actor.organisation,
        "points": [(words.POINT_WORDS[one.key], one.met) for one in queries.onboarding(actor.organisation)],
        "qualifications": [_line(row) for row in queries.qualifications(actor)],
        "branches": queries.branches(actor),
        "declarations": queries.declarations(actor),
        "alarms": shown(queries.alarms(actor)[:20]),
        "forms": built,
        "today": clock.today(),
    }
    return render(request, "bodies/body.html", context, status=status)


def _done(
    request: HttpRequest, name: str, form: TanbiaoForm, run: Callable[..., Any], said: str, values: Any = None
) -> HttpResponse:
    """Carry a form of the body's page out, or show the page again with what is wrong."""
    if not form.is_valid():
        return _body(request, {name: form}, 422)
    try:
        run(actor_of(request), **(values(form) if values else form.cleaned_data))
    except TanbiaoError as error:
        form.add_problem(error)
        return _body(request, {name: form}, status_of(error))
    messages.success(request, said)
    return redirect("bodies:body")


@access("bodies.keep")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Bring an approval or accreditation."""
    form = forms.QualificationForm(request.POST, request.FILES)
    said = _("It is on record and waits for the operator.")
    return _done(request, "qualification", form, commands.bring_qualification, said, forms.QualificationForm.values)


@access("bodies.keep")
@require_POST
def open_branch(request: HttpRequest) -> HttpResponse:
    """Put a branch on record."""
    return _done(request, "branch", forms.BranchForm(request.POST), commands.open_branch, _("The branch is on record."))


@access("bodies.keep")
@require_POST
def close_branch(request: HttpRequest, branch_id: UUID) -> HttpResponse:
    """Close a branch."""
    commands.close_branch(actor_of(request), branch_id=branch_id, text=request.POST.get("text", ""))
    messages.success(request, _("The branch is closed."))
    return redirect("bodies:body")


@access("bodies.keep")
@require_POST
def declare(request: HttpRequest) -> HttpResponse:
    """Declare impartiality."""
    form = forms.TextForm(request.POST)
    return _done(request, "declaration", form, commands.declare_impartiality, _("The declaration stands for a year."))


@access("bodies.people")
@require_POST
def read_alarms(request: HttpRequest) -> HttpResponse:
    """Mark the alarms as read."""
    commands.read_alarms(actor_of(request))
    return redirect("desk" if request.POST.get("next") == "desk" else "bodies:body")


@access("bodies.oblige")
@require_GET
def paper(request: HttpRequest, qualification_id: UUID) -> HttpResponse:
    """Return the document of an approval or accreditation."""
    row, data = queries.paper(actor_of(request), qualification_id)
    return attachment(data, "application/octet-stream", row.filename)


@access("bodies.confirm")
@require_GET
def registry(request: HttpRequest) -> HttpResponse:
    """Show the operator what bodies have brought."""
    return _registry(request)


def _registry(
    request: HttpRequest, tried: Mapping[tuple[UUID, str], TanbiaoForm] | None = None, status: int = 200
) -> HttpResponse:
    """Show the registry; ``tried``: a form that was refused, by its row and what it was to do."""
    tried = tried or {}
    lines = [_line(row) for row in queries.all_qualifications(actor_of(request))]
    for line in lines:
        row = line["row"]
        if row.state == "brought":
            line["form"] = tried.get((row.id, "judge")) or forms.JudgeForm(auto_id=f"{row.id}-%s")
        elif row.state in ("confirmed", "suspended"):
            line["end_form"] = tried.get((row.id, "end")) or _reason(row.id, "end")
            line["turn_form"] = tried.get((row.id, "turn")) or _reason(row.id, "turn")
    lines.sort(key=lambda line: line["row"].state != "brought")
    return render(request, "bodies/registry.html", {"lines": lines}, status=status)


def _reason(row: UUID, act: str, data: QueryDict | None = None) -> TanbiaoForm:
    return forms.TextForm(data, auto_id=f"{row}-{act}-%s")


def _judged(request: HttpRequest, row: UUID, act: str, form: TanbiaoForm, run: Callable[..., Any]) -> HttpResponse:
    if not form.is_valid():
        return _registry(request, {(row, act): form}, 422)
    try:
        run(actor_of(request), qualification_id=row, **form.cleaned_data)
    except TanbiaoError as error:
        form.add_problem(error)
        return _registry(request, {(row, act): form}, status_of(error))
    messages.success(request, _("It is on record."))
    return redirect("bodies:registry")


@access("bodies.confirm")
@require_POST
def judge(request: HttpRequest, qualification_id: UUID) -> HttpResponse:
    """Confirm or refuse what a body has brought."""
    form = forms.JudgeForm(request.POST, auto_id=f"{qualification_id}-%s")
    return _judged(request, qualification_id, "judge", form, commands.judge_qualification)


@access("bodies.confirm")
@require_POST
def end(request: HttpRequest, qualification_id: UUID) -> HttpResponse:
    """End an approval or accreditation before its term."""
    form = _reason(qualification_id, "end", request.POST)
    return _judged(request, qualification_id, "end", form, commands.end_qualification)


@access("bodies.confirm")
@require_POST
def suspend(request: HttpRequest, qualification_id: UUID) -> HttpResponse:
    """Put on record that an issuer has suspended an approval or accreditation."""
    form = _reason(qualification_id, "turn", request.POST)
    return _judged(request, qualification_id, "turn", form, commands.suspend_qualification)


@access("bodies.confirm")
@require_POST
def restore(request: HttpRequest, qualification_id: UUID) -> HttpResponse:
    """Put on record that an issuer has lifted a suspension."""
    form = _reason(qualification_id, "turn", request.POST)
    return _judged(request, qualification_id, "turn", form, commands.restore_qualification)


urlpatterns: list[URLPattern] = [
    path("body/standing/", body, name="body"),
    path("body/qualifications/", bring, name="bring"),
    path("body/qualifications/<uuid:qualification_id>/paper/", paper, name="paper"),
    path("body/branches/", open_branch, name="open_branch"),
    path("body/branches/<uuid:branch_id>/close/", close_branch, name="close_branch"),
    path("body/declarations/", declare, name="declare"),
    path("body/alarms/read/", read_alarms, name="read_alarms"),
    path("bodies/", registry, name="registry"),
    path("bodies/qualifications/<uuid:qualification_id>/judge/", judge, name="judge"),
    path("bodies/qualifications/<uuid:qualification_id>/end/", end, name="end"),
    path("bodies/qualifications/<uuid:qualification_id>/suspend/", suspend, name="suspend"),
    path("bodies/qualifications/<uuid:qualification_id>/restore/", restore, name="restore"),
]
