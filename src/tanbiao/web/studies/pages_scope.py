"""The page of a study's goal and scope: what it says, what is missing, and the form of those who may change it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as say
from tanbiao.formats.excel_layout import BOUNDARIES
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.studies import forms_scope, moves, prescribed, queries, scoping, show


@access("studies.view")
@require_http_methods(["GET", "POST"])
def scope(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show goal and scope; save what the form says as the next revision."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    if found.head is None:
        return redirect("studies:study", study_id=study_id)
    may = found.state in moves.EDITABLE and actor.owns(found) and allowed(actor, "studies.edit", found)
    form = forms_scope.ScopeForm(request.POST or None, initial=forms_scope.initial(queries.document(actor, study_id)))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            parent = request.POST.get("expected_parent", "")[:80]
            try:
                scoping.state_scope(actor, study_id=study_id, scope=form.parts(), expected_parent=parent)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("Goal and scope are saved as the next revision."))
                return redirect("studies:scope", study_id=study_id)
    told, against = scoping.scope_of(actor, study_id)
    context: dict[str, Any] = {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "form": form,
        "may": may,
        "missing": [forms_scope.ScopeForm.base_fields[name].label for name in _fields_of(told["missing"])],
        "findings": [say(item, lang) for item in against],
        "told": told,
        "scenarios": prescribed.scenarios(actor, study_id, lang),
        "boundary": BOUNDARIES[told["boundary"]][lang == "en"],
        "capital": next((word for key, word in forms_scope.CAPITAL.items() if key in told["capital_goods"]), ""),
    }
    return render(request, "studies/scope.html", context, status=status)


@access("studies.edit")
@require_POST
def follow_scenario(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Follow a scenario of the rule; a refusal comes back above the form."""
    quantities = {
        key.removeprefix("q-"): str(value)[:500] for key, value in request.POST.items() if key.startswith("q-")
    }
    try:
        prescribed.follow_scenario(
            actor_of(request),
            study_id=study_id,
            scenario=request.POST.get("scenario", "")[:64],
            parameters=quantities,
            reason=request.POST.get("reason", "")[:1000],
            expected_parent=request.POST.get("expected_parent", "")[:80],
        )
    except TanbiaoError as error:
        for item in error.findings:
            told = say(item, current())
            messages.error(request, f"{told['message']} {told['remedy']}")
    else:
        messages.success(request, _("The scenario is taken over in the next revision."))
    return redirect("studies:scope", study_id=study_id)


def _fields_of(missing: list[str]) -> list[str]:
    """Return the form's fields of what is missing."""
    return [{"function": "function_zh", "reference_flow": "reference_amount"}.get(name, name) for name in missing]
