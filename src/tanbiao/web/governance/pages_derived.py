"""The pages of derived datasets: which there are, one with its inputs, versions, weights and formula, a new one."""

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

from tanbiao.core.findings import TanbiaoError, from_json
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.governance import commands, queries, show, words
from tanbiao.web.governance.forms_derived import OPERATIONS, DerivationForm
from tanbiao.web.problems import status_of

PER_PAGE = 30


@access("governance.derive")
@require_http_methods(["GET", "POST"])
def derivations(request: HttpRequest) -> HttpResponse:
    """List the definitions that the reader looks after; define one of the chosen kind."""
    actor = actor_of(request)
    asked = request.GET.get("operation", "")
    operation = asked if asked in OPERATIONS else OPERATIONS[0]
    form = DerivationForm(request.POST or None, operation=operation, actor=actor)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                made = commands.define_derivation(actor, **form.definition())
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("Defined. A worker calculates it now."))
                return redirect("governance:derivation", derivation_id=made.id)
        else:
            status = 422
    page = Paginator(queries.derivations(actor), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "form": form,
        "operation": operation,
        "operations": list(words.OPERATION_WORDS.items()),
        "words": words.OPERATION_WORDS,
    }
    return render(request, "governance/derivations.html", context, status=status)


@access("governance.derive")
@require_GET
def derivation(request: HttpRequest, derivation_id: UUID) -> HttpResponse:
    """Show a definition: formula, inputs with their versions, every version of it, or why there is none."""
    actor = actor_of(request)
    row = queries.derivation(actor, derivation_id)
    context: dict[str, Any] = {
        "row": row,
        "word": words.OPERATION_WORDS[row.about["derivation"]["operation"]],
        "findings": [from_json(item) for item in row.findings],
        "told": show.derived(row.version),
        "entries": [(one, show.state(one)) for one in queries.entries_of(actor, row)[:PER_PAGE]],
    }
    return render(request, "governance/derivation.html", context)


@access("governance.derive")
@require_POST
def recalculate(request: HttpRequest, derivation_id: UUID) -> HttpResponse:
    """Ask for a calculation now."""
    commands.recalculate_derivation(actor_of(request), derivation_id=derivation_id)
    messages.success(request, _("A worker calculates it now; where no input changed nothing comes of it."))
    return redirect("governance:derivation", derivation_id=derivation_id)


@access("governance.derive")
@require_POST
def end(request: HttpRequest, derivation_id: UUID) -> HttpResponse:
    """End a definition; what stands remains."""
    commands.end_derivation(actor_of(request), derivation_id=derivation_id)
    return redirect("governance:derivation", derivation_id=derivation_id)


urlpatterns: list[URLPattern] = [
    path("governance/derivations/", derivations, name="derivations"),
    path("governance/derivations/<uuid:derivation_id>/", derivation, name="derivation"),
    path("governance/derivations/<uuid:derivation_id>/recalculate/", recalculate, name="recalculate"),
    path("governance/derivations/<uuid:derivation_id>/end/", end, name="end_derivation"),
]
