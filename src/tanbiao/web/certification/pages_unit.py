"""The page on which an applicant states the certification unit of a case anew."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.certification import commands, queries, units
from tanbiao.web.certification.forms_unit import UnitForm
from tanbiao.web.problems import status_of


@access("certification.apply")
@require_http_methods(["GET", "POST"])
def unit(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the unit's form, filled in as it stands; a refusal comes back on it."""
    actor = actor_of(request)
    found = queries.case(actor, case_id)
    form = UnitForm(request.POST if request.method == "POST" else None, unit=units.unit_of(found))
    status = 200
    if request.method == "POST" and not form.wants_rows:
        document = form.document() if form.is_valid() else None
        status = 422
        if document is not None:
            try:
                commands.state_unit(actor, case_id=case_id, builds_on=request.POST.get("builds_on", ""), unit=document)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The certification unit is stated."))
                return redirect("certification:case", case_id=case_id)
    return render(request, "certification/unit.html", {"case": found, "unit_form": form}, status=status)


urlpatterns: list[URLPattern] = [path("cases/<uuid:case_id>/unit/", unit, name="unit")]
