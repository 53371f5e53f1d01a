"""The pages of certification: applications, desks, and the case itself."""

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

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import (
    commands,
    forms,
    pages_attached,
    pages_audit,
    pages_claims,
    pages_clocks,
    pages_onsite,
    pages_papers,
    pages_reduction,
    pages_second,
    pages_unit,
    pages_verification,
    pages_waivers,
    queries,
    show,
    units,
)
from tanbiao.web.certification.acting import ACTS
from tanbiao.web.certification.case_page import case_page, run_on_case
from tanbiao.web.certification.contract import contract_of
from tanbiao.web.certification.forms_unit import UnitForm
from tanbiao.web.commanding import NotFound
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.studies import queries as studies
from tanbiao.web.uploads import Upload

PER_PAGE = 30


@access("certification.apply")
@require_GET
def applications(request: HttpRequest) -> HttpResponse:
    """Show the enterprise's own applications, and the submitted studies that may be applied for."""
    actor = actor_of(request)
    page = Paginator(queries.listing(actor), PER_PAGE).get_page(request.GET.get("page"))
    ready = [study for study in studies.listing(actor, state="submitted") if not queries.in_running_case(study)]
    return render(
        request,
        "certification/applications.html",
        {"page": page, "cases": [show.line(row) for row in page], "ready": ready},
    )


@access("certification.apply")
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Apply for certification of a submitted study."""
    actor = actor_of(request)
    study = studies.study(actor, study_id)
    sent = request.POST or None
    unit = UnitForm(sent, unit=units.suggested(actor, study))
    # For further rows nothing is judged yet: what was typed comes back as it was.
    again = unit.wants_rows
    form = forms.ApplyForm(
        None if again else sent, request.FILES or None, actor=actor, initial=sent.dict() if again and sent else None
    )
    status = 200
    if request.method == "POST" and not again:
        if all((form.is_valid(), unit.is_valid())):
            try:
                made = commands.apply(actor, study_id=study_id, **form.values(), unit=unit.document())
            except TanbiaoError as error:
                unit.add_problem(error)
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The application is sent."))
                return redirect("certification:case", case_id=made.id)
        else:
            status = 422
    context = {"form": form, "unit_form": unit, "study": study}
    return render(request, "certification/apply.html", context, status=status)


def _desk(request: HttpRequest, role: Role, page_name: str) -> HttpResponse:
    actor = actor_of(request)
    counts = queries.counts(actor, role)
    tab = request.GET.get("tab", "")
    if tab not in queries.TABS:
        # Without a choice the desk opens where work lies.
        tab = next((one for one in ("mine", *queries.TABS) if counts[one]), "mine")
    page = Paginator(queries.desk(actor, role, tab), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "certification/desk.html",
        {
            "title": role.label,
            "page_name": page_name,
            "tab": tab,
            "tabs": show.tabs(counts),
            "page": page,
            "cases": [show.line(row, actor, role) for row in page],
            "of_desk": True,
        },
    )


@access("certification.handle")
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """Show the case manager's desk."""
    return _desk(request, Role.CASE_MANAGER, "certification:cases")


@access("certification.verify")
@require_GET
def verifier_desk(request: HttpRequest) -> HttpResponse:
    """Show the verifier's desk."""
    return _desk(request, Role.VERIFIER, "certification:verifier_desk")


@access("certification.review")
@require_GET
def reviewer_desk(request: HttpRequest) -> HttpResponse:
    """Show the reviewer's desk."""
    return _desk(request, Role.REVIEWER, "certification:reviewer_desk")


@access("certification.decide")
@require_GET
def decider_desk(request: HttpRequest) -> HttpResponse:
    """Show the decider's desk."""
    return _desk(request, Role.DECIDER, "certification:decider_desk")


@access("certification.view")
@require_GET
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show a case: what to do, the evidence, the study's rows, findings, sample, opinion, decision, history."""
    return case_page(request, case_id)


@access("certification.view")
@require_POST
def act(request: HttpRequest, case_id: UUID, event: str) -> HttpResponse:
    """Carry out an act on a case; a refusal comes back on the same page with its reasons."""
    actor = actor_of(request)
    found = queries.case(actor, case_id)
    chosen = ACTS.get(event)
    if chosen is None:
        raise NotFound.of("not_found")
    form = chosen.form(request.POST, request.FILES, actor=actor, case=found, event=event)
    if not form.is_valid():
        return case_page(request, case_id, tried={event: form}, status=422)
    try:
        chosen.run(actor, found, form)
    except TanbiaoError as error:
        return case_page(request, case_id, tried={event: form}, refusals=error.findings, status=status_of(error))
    messages.success(request, _("Done: %(act)s") % {"act": show.event_name(event)})
    return redirect("certification:case", case_id=case_id)


@access("certification.verify")
@require_POST
def raise_finding(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Raise a finding."""
    form = forms.FindingForm(request.POST)
    if not form.is_valid():
        return case_page(request, case_id, tried={"finding": form}, status=422)
    actor = actor_of(request)
    return run_on_case(
        request,
        case_id,
        lambda: commands.raise_finding(actor, case_id=case_id, **form.cleaned_data),
        _("The finding is raised."),
    )


@access("certification.view")
@require_POST
def say(request: HttpRequest, case_id: UUID, finding_id: UUID, kind: str) -> HttpResponse:
    """Answer, close or open a finding again."""
    actor = actor_of(request)
    queries.case(actor, case_id)
    text = request.POST.get("text", "")
    sent = request.FILES.get("file")
    upload = Upload(sent.name or "", sent.content_type or "", sent.read()) if sent else None
    runs: dict[str, Any] = {
        "answer": lambda: commands.answer_finding(actor, finding_id=finding_id, text=text, upload=upload),
        "close": lambda: commands.close_finding(actor, finding_id=finding_id, text=text),
        "reopen": lambda: commands.reopen_finding(actor, finding_id=finding_id, text=text),
    }
    if kind not in runs:
        raise NotFound.of("not_found")
    return run_on_case(request, case_id, runs[kind], _("Saved."))


@access("certification.verify")
@require_POST
def check_in(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Check in at the site."""
    form = forms.CheckInForm(request.POST)
    if not form.is_valid():
        return case_page(request, case_id, tried={"check_in": form}, status=422)
    actor = actor_of(request)
    return run_on_case(
        request,
        case_id,
        lambda: commands.check_in(actor, case_id=case_id, **form.cleaned_data),
        _("You are checked in."),
    )


@access("certification.verify")
@require_POST
def check_out(request: HttpRequest, case_id: UUID, visit_id: UUID) -> HttpResponse:
    """Check out of the site."""
    form = forms.CheckOutForm(request.POST)
    if not form.is_valid():
        return case_page(request, case_id, tried={"check_out": form}, status=422)
    actor = actor_of(request)
    return run_on_case(
        request,
        case_id,
        lambda: commands.check_out(actor, visit_id=visit_id, **form.cleaned_data),
        _("You are checked out."),
    )


@access("certification.verify")
@require_POST
def sample(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take a row into the evidence plan."""
    actor = actor_of(request)
    return run_on_case(
        request,
        case_id,
        lambda: commands.sample_row(
            actor,
            case_id=case_id,
            row=request.POST.get("row", ""),
            traced_to=request.POST.get("traced_to", ""),
            own=show.number(request.POST.get("own", "")),
        ),
        _("The row is in the evidence plan."),
    )


@access("certification.view")
@require_GET
def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Download a document of a case."""
    found, data = queries.document_file(actor_of(request), document_id)
    return attachment(data, found.media_type, found.filename)


@access("certification.view")
@require_GET
def answer_file(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Download the file of an answer."""
    found, data = queries.answer_file(actor_of(request), entry_id)
    return attachment(data, found.media_type, found.filename)


@access("certification.view")
@require_GET
def contract(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the contract that both sides sign."""
    found = queries.case(actor_of(request), case_id)
    context = {"case": found, "contract": contract_of(found), "signatures": found.signatures.select_related("person")}
    return render(request, "certification/contract.html", context)


urlpatterns: list[URLPattern] = [
    *pages_clocks.urlpatterns,
    *pages_onsite.urlpatterns,
    *pages_reduction.urlpatterns,
    *pages_waivers.urlpatterns,
    *pages_second.urlpatterns,
    *pages_attached.urlpatterns,
    *pages_papers.urlpatterns,
    *pages_unit.urlpatterns,
    *pages_claims.urlpatterns,
    path("applications/", applications, name="applications"),
    path("applications/new/<uuid:study_id>/", apply, name="apply"),
    path("cases/", cases, name="cases"),
    path("desk/verifier/", verifier_desk, name="verifier_desk"),
    path("desk/reviewer/", reviewer_desk, name="reviewer_desk"),
    path("desk/decider/", decider_desk, name="decider_desk"),
    path("cases/<uuid:case_id>/", case, name="case"),
    path("cases/<uuid:case_id>/act/<slug:event>/", act, name="act"),
    path("cases/<uuid:case_id>/contract/", contract, name="contract"),
    path("cases/<uuid:case_id>/findings/", raise_finding, name="raise_finding"),
    path("cases/<uuid:case_id>/findings/<uuid:finding_id>/<slug:kind>/", say, name="say"),
    path("cases/<uuid:case_id>/check-in/", check_in, name="check_in"),
    path("cases/<uuid:case_id>/visits/<uuid:visit_id>/check-out/", check_out, name="check_out"),
    path("cases/<uuid:case_id>/sample/", sample, name="sample"),
    *pages_audit.urlpatterns,
    *pages_verification.urlpatterns,
    path("cases/documents/<uuid:document_id>/", document, name="document"),
    path("cases/answers/<int:entry_id>/", answer_file, name="answer_file"),
]
