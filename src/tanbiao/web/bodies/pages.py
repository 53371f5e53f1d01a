"""The pages of an organisation's book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.bodies import (
    commands,
    forms,
    pages_departments,
    pages_obligations,
    pages_qualifications,
    pages_risks,
    queries,
    words,
)
from tanbiao.web.bodies.functions import Function, scope_words
from tanbiao.web.bodies.models import Competence
from tanbiao.web.commanding import allowed
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.problems import status_of

LINES = 30


@access("bodies.people")
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Show who works on cases: competences, full-time, years, load."""
    return _people(request)


def _people(request: HttpRequest, tried: Mapping[str, TanbiaoForm] | None = None, status: int = 200) -> HttpResponse:
    actor, tried = actor_of(request), tried or {}
    found, limit = queries.people(actor), queries.load_limit(actor)
    others = [one for one in found if one.person.id != actor.person_id]
    built: dict[str, TanbiaoForm] = {}
    if allowed(actor, "bodies.judge", actor.organisation):
        built["competence"] = tried.get("competence") or forms.CompetenceForm(others)
        built["staff"] = tried.get("staff") or forms.StaffForm(others)
        built["limit"] = tried.get("limit") or forms.LimitForm.showing(limit)
    context = {
        "people": [_shown(one) for one in found],
        "limit": limit,
        "forms": built,
        "lines": queries.lines(actor)[:LINES],
        "events": words.EVENT_WORDS,
        "me": actor.person_id,
    }
    return render(request, "bodies/people.html", context, status=status)


def _shown(one: queries.Colleague) -> dict[str, Any]:
    standing = {row.id for row in one.standing}
    return {"one": one, "competences": [_competence(row, row.id in standing) for row in one.competences]}


def _competence(row: Competence, stands: bool) -> dict[str, Any]:
    return {
        "row": row,
        "scope": scope_words(row.scope)[current()],
        "function": Function(row.function).label,
        "stands": stands,
    }


def _done(request: HttpRequest, name: str, form: TanbiaoForm, run: Callable[..., Any], said: str) -> HttpResponse:
    """Carry a form out, or show the page again with what is wrong."""
    if not form.is_valid():
        return _people(request, {name: form}, 422)
    try:
        run(actor_of(request), **form.cleaned_data)
    except TanbiaoError as error:
        form.add_problem(error)
        return _people(request, {name: form}, status_of(error))
    messages.success(request, said)
    return redirect("bodies:people")


@access("bodies.judge")
@require_POST
def grant(request: HttpRequest) -> HttpResponse:
    """Grant a competence."""
    form = forms.CompetenceForm(queries.people(actor_of(request)), request.POST)
    return _done(request, "competence", form, commands.grant_competence, _("The competence is granted."))


@access("bodies.judge")
@require_POST
def staff(request: HttpRequest) -> HttpResponse:
    """Put full-time and experience on record."""
    form = forms.StaffForm(queries.people(actor_of(request)), request.POST)
    return _done(request, "staff", form, commands.set_staff, _("It is on record."))


@access("bodies.judge")
@require_POST
def limit(request: HttpRequest) -> HttpResponse:
    """Set the limit of load."""
    return _done(request, "limit", forms.LimitForm(request.POST), commands.set_load_limit, _("The limit is set."))


@access("bodies.judge")
@require_POST
def withdraw(request: HttpRequest, competence_id: UUID) -> HttpResponse:
    """Withdraw a competence."""
    reason = request.POST.get("reason", "")
    commands.withdraw_competence(actor_of(request), competence_id=competence_id, reason=reason)
    messages.success(request, _("The competence is withdrawn."))
    return redirect("bodies:people")


app_name = "bodies"
urlpatterns: list[URLPattern] = [
    *pages_qualifications.urlpatterns,
    *pages_obligations.urlpatterns,
    *pages_risks.urlpatterns,
    *pages_departments.urlpatterns,
    path("body/people/", people, name="people"),
    path("body/people/competences/", grant, name="grant"),
    path("body/people/staff/", staff, name="staff"),
    path("body/people/limit/", limit, name="limit"),
    path("body/people/competences/<uuid:competence_id>/withdraw/", withdraw, name="withdraw"),
]
