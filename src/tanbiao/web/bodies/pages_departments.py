"""The page of an organisation's departments and responsibility matrix."""

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
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.bodies import commands, forms, queries
from tanbiao.web.bodies.matrix import Step
from tanbiao.web.commanding import allowed
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.problems import status_of


def _people(actor: Actor) -> list[tuple[str, str]]:
    return [(str(one.id), one.name(current())) for one in queries.members(actor)]


def _line_form(actor: Actor, *args: Any) -> forms.ResponsibilityForm:
    assert actor.kind is not None
    offered = [(str(one.id), one.name(current())) for one in queries.departments(actor)]
    return forms.ResponsibilityForm(actor.kind, offered, *args)


@access("bodies.oblige")
@require_GET
def departments(request: HttpRequest) -> HttpResponse:
    """Show departments and matrix."""
    return _page(request)


def _page(request: HttpRequest, tried: Mapping[str, TanbiaoForm] | None = None, status: int = 200) -> HttpResponse:
    actor, tried = actor_of(request), tried or {}
    keeps = allowed(actor, "bodies.organise", actor.organisation)
    shown = []
    for one in queries.departments(actor):
        form = None
        if keeps:
            inside = {"people": [str(person.id) for person in one.people.all()]}
            form = tried.get(str(one.id)) or forms.DepartmentPeopleForm(
                _people(actor), initial=inside, auto_id=f"{one.id}-%s"
            )
        shown.append((one, form))
    lines = [
        (Step(row.step).label if row.step else row.duty, row, [Role(role).label for role in row.roles])
        for row in queries.responsibilities(actor)
    ]
    context = {
        "departments": shown,
        "lines": lines,
        "is_body": actor.kind is Kind.CERTIFICATION_BODY,
        "form": (tried.get("new") or forms.DepartmentForm()) if keeps else None,
        "line_form": (tried.get("line") or _line_form(actor)) if keeps else None,
    }
    return render(request, "bodies/departments.html", context, status=status)


def _done(request: HttpRequest, key: str, form: TanbiaoForm, run: Callable[..., Any], **more: Any) -> HttpResponse:
    if not form.is_valid():
        return _page(request, {key: form}, 422)
    try:
        run(actor_of(request), **more, **form.cleaned_data)
    except TanbiaoError as error:
        form.add_problem(error)
        return _page(request, {key: form}, status_of(error))
    messages.success(request, _("It is on record."))
    return redirect("bodies:departments")


@access("bodies.organise")
@require_POST
def open_one(request: HttpRequest) -> HttpResponse:
    """Open a department."""
    return _done(request, "new", forms.DepartmentForm(request.POST), commands.open_department)


@access("bodies.organise")
@require_POST
def close_one(request: HttpRequest, department_id: UUID) -> HttpResponse:
    """Close a department."""
    commands.close_department(actor_of(request), department_id=department_id)
    messages.success(request, _("It is on record."))
    return redirect("bodies:departments")


@access("bodies.organise")
@require_POST
def staff_one(request: HttpRequest, department_id: UUID) -> HttpResponse:
    """Say who belongs to a department."""
    form = forms.DepartmentPeopleForm(_people(actor_of(request)), request.POST, auto_id=f"{department_id}-%s")
    return _done(request, str(department_id), form, commands.staff_department, department_id=department_id)


@access("bodies.organise")
@require_POST
def line(request: HttpRequest) -> HttpResponse:
    """Set a line of the matrix."""
    return _done(request, "line", _line_form(actor_of(request), request.POST), commands.set_responsibility)


urlpatterns: list[URLPattern] = [
    path("organisation/departments/", departments, name="departments"),
    path("organisation/departments/new/", open_one, name="open_department"),
    path("organisation/departments/<uuid:department_id>/close/", close_one, name="close_department"),
    path("organisation/departments/<uuid:department_id>/people/", staff_one, name="staff_department"),
    path("organisation/matrix/", line, name="set_responsibility"),
]
