"""The pages of the blind second opinion: the list of who states one, its page, assigning and resolving on the case."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.certification import commands, recalculation, second
from tanbiao.web.certification.case_page import run_on_case
from tanbiao.web.certification.show_second import AssignSecondForm, SecondForm
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.studies import queries as studies


@access("certification.second")
@require_GET
def second_opinions(request: HttpRequest) -> HttpResponse:
    """List the second opinions that wait for the reader."""
    return render(request, "certification/second_opinions.html", {"rows": second.mine(actor_of(request))})


@access("certification.second")
@require_http_methods(["GET", "POST"])
def second_opinion(request: HttpRequest, second_id: int) -> HttpResponse:
    """Show the sealed study and its evidence, and take the opinion."""
    actor = actor_of(request)
    found, case = second.blind_case(actor, second_id)
    form, status = SecondForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                commands.state_second(actor, second_id=second_id, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The second opinion is stated."))
                return redirect("certification:case", case_id=case.id)
    context = {
        "case": case,
        "second": found,
        "form": form,
        "total": recalculation.package_of(case)["result"]["total"],
        "rows": recalculation.contributions(case),
        "evidence": studies.evidence(actor, case.study_id) if case.study_id else (),
    }
    return render(request, "certification/second_opinion.html", context, status=status)


@access("certification.second")
@require_GET
def second_evidence(request: HttpRequest, second_id: int, evidence_id: UUID) -> HttpResponse:
    """Download an evidence file of the study."""
    actor = actor_of(request)
    _found, case = second.blind_case(actor, second_id)
    row, data = studies.evidence_file(actor, evidence_id)
    if row.study_id != case.study_id:
        raise NotFound.of("evidence_unknown", str(evidence_id))
    return attachment(data, row.media_type, row.filename)


@access("certification.handle")
@require_POST
def assign_second(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Assign who states it."""
    actor = actor_of(request)

    def run() -> None:
        form = AssignSecondForm(request.POST, actor=actor)
        if not form.is_valid():
            raise Invalid.of("second_not_fit", "person_id")
        given = {**form.cleaned_data, "person_id": UUID(form.cleaned_data["person_id"])}
        commands.assign_second(actor, case_id=case_id, **given)

    return run_on_case(request, case_id, run, _("The second opinion is assigned."))


@access("certification.resolve_second")
@require_POST
def resolve_second(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Resolve a difference."""
    given = {name: request.POST.get(name, "") for name in ("builds_on", "stands", "reason")}
    return run_on_case(
        request,
        case_id,
        lambda: commands.resolve_second(actor_of(request), case_id=case_id, **given),
        _("The difference is resolved."),
    )


urlpatterns: list[URLPattern] = [
    path("cases/second-opinions/", second_opinions, name="second_opinions"),
    path("cases/second-opinions/<int:second_id>/", second_opinion, name="second_opinion"),
    path("cases/second-opinions/<int:second_id>/evidence/<uuid:evidence_id>/", second_evidence, name="second_evidence"),
    path("cases/<uuid:case_id>/second/assign/", assign_second, name="assign_second"),
    path("cases/<uuid:case_id>/second/resolve/", resolve_second, name="resolve_second"),
]
