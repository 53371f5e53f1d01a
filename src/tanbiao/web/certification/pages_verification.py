"""The page of a case's verification, and what is sent from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tanbiao.core.findings import Finding as Sentence
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.certification import commands, queries, show_verification
from tanbiao.web.certification import forms_verification as forms
from tanbiao.web.certification.case_page import run_on_case
from tanbiao.web.certification.workbook import workbook_of
from tanbiao.web.commanding import Invalid
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.table_files import XLSX
from tanbiao.web.uploads import Upload


@access("certification.view")
@require_GET
def verification(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the verification to the case's body: terms, analysis, rows with risk, plan and tests, ledger."""
    return _page(request, case_id)


def _page(
    request: HttpRequest,
    case_id: UUID,
    *,
    tried: dict[str, Any] | None = None,
    refusals: tuple[Sentence, ...] = (),
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    engagement = queries.verification(actor, case_id)
    context = show_verification.context(actor, engagement, tried or {})
    return render(request, "certification/verification.html", context | {"refusals": refusals}, status=status)


def _run(request: HttpRequest, case_id: UUID, run: Callable[[], Any], done: str, place: str = "") -> HttpResponse:
    """Run an act; a refusal comes back on the same page."""
    try:
        run()
    except TanbiaoError as error:
        return _page(request, case_id, refusals=error.findings, status=status_of(error))
    messages.success(request, done)
    answer = redirect("certification:verification", case_id=case_id)
    answer["Location"] += f"#{place}" if place else ""
    return answer


def _form(request: HttpRequest, case_id: UUID, name: str, form: TanbiaoForm, run: Callable[..., Any]) -> HttpResponse:
    if not form.is_valid():
        return _page(request, case_id, tried={name: form}, status=422)
    actor = actor_of(request)
    return _run(request, case_id, lambda: run(actor, case_id=case_id, **form.cleaned_data), _("Saved."), name)


@access("certification.verify")
@require_POST
def terms(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write the terms."""
    return _form(request, case_id, "terms", forms.TermsForm(request.POST), commands.agree_terms)


@access("certification.verify")
@require_POST
def analysis(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write the strategic analysis."""
    return _form(request, case_id, "analysis", forms.AnalysisForm(request.POST), commands.analyse)


@access("certification.verify")
@require_POST
def misstatement(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Put a misstatement on record."""
    return _form(request, case_id, "misstatement", forms.MisstatementForm(request.POST), commands.state_misstatement)


@access("certification.verify")
@require_POST
def risks(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Save the table of risks."""
    actor = actor_of(request)
    given = forms.assessments(queries.verification(actor, case_id), request.POST)
    return _run(
        request,
        case_id,
        lambda: commands.assess_risks(actor, case_id=case_id, assessments=given),
        _("The risks are assessed."),
        "rows",
    )


@access("certification.verify")
@require_POST
def plan(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Set the evidence plan as proposed, or to the rows that were ticked."""
    actor = actor_of(request)
    chosen = None if "proposed" in request.POST else request.POST.getlist("row")
    return _run(
        request,
        case_id,
        lambda: commands.plan_evidence(actor, case_id=case_id, rows=chosen),
        _("The evidence plan is set."),
        "rows",
    )


@access("certification.verify")
@require_POST
def carry(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Carry over what has not changed since the last round."""
    actor = actor_of(request)
    return _run(request, case_id, lambda: commands.carry_over(actor, case_id=case_id), _("Carried over."), "rows")


@access("certification.verify")
@require_POST
def test(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Record a test of a row."""
    form = forms.TestForm(request.POST, request.FILES)
    actor, row = actor_of(request), request.POST.get("row", "")
    queries.verification(actor, case_id)
    if not form.is_valid():
        wrong = Invalid.of("number_malformed" if "figure" in form.errors else "test_kind_unknown", "figure", kind="—")
        return _page(request, case_id, refusals=wrong.findings, status=422)
    return _run(
        request,
        case_id,
        lambda: commands.record_test(actor, case_id=case_id, row=row, **form.values()),
        _("The test is recorded."),
        f"row-{row}",
    )


@access("certification.view")
@require_GET
def test_file(request: HttpRequest, test_id: UUID) -> HttpResponse:
    """Download the evidence of a test."""
    found, data = queries.test_file(actor_of(request), test_id)
    return attachment(data, found.media_type, found.filename)


@access("certification.view")
@require_GET
def workbook(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Download the verification workbook."""
    actor = actor_of(request)
    data, name = workbook_of(actor, queries.verification(actor, case_id).case, current())
    return attachment(data, XLSX, name)


@access("certification.verify")
@require_POST
def bring_back(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Bring a workbook back: its marks become tests and findings."""
    actor = actor_of(request)
    queries.verification(actor, case_id)
    sent = request.FILES.get("file")
    upload = Upload(sent.name or "", sent.content_type or "", sent.read()) if sent else Upload("", "", b"")
    try:
        done = commands.bring_back(actor, case_id=case_id, upload=upload)
    except TanbiaoError as error:
        return _page(request, case_id, refusals=error.findings, status=status_of(error))
    words = {"tests": done.tests, "findings": done.findings}
    messages.success(request, _("%(tests)s tests and %(findings)s findings are new.") % words)
    return redirect("certification:verification", case_id=case_id)


@access("certification.view")
@require_POST
def report_fact(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Report a fact that came to light after the opinion."""
    actor = actor_of(request)
    text, row = request.POST.get("text", ""), request.POST.get("row", "")
    return run_on_case(
        request,
        case_id,
        lambda: commands.report_fact(actor, case_id=case_id, text=text, row=row),
        _("The fact is reported."),
    )


@access("certification.reopen")
@require_POST
def settle_fact(request: HttpRequest, case_id: UUID, fact_id: UUID) -> HttpResponse:
    """Say what a fact came to."""
    actor = actor_of(request)
    text = request.POST.get("text", "")
    return run_on_case(
        request, case_id, lambda: commands.settle_fact(actor, fact_id=fact_id, text=text), _("The fact is settled.")
    )


BASE = "cases/<uuid:case_id>/verification/"
urlpatterns: list[URLPattern] = [
    path(BASE, verification, name="verification"),
    path(f"{BASE}terms/", terms, name="terms"),
    path(f"{BASE}analysis/", analysis, name="analysis"),
    path(f"{BASE}risks/", risks, name="risks"),
    path(f"{BASE}plan/", plan, name="evidence_plan"),
    path(f"{BASE}carry-over/", carry, name="carry_over"),
    path(f"{BASE}tests/", test, name="test"),
    path(f"{BASE}workbook.xlsx", workbook, name="workbook"),
    path(f"{BASE}workbook/", bring_back, name="bring_back"),
    path(f"{BASE}misstatements/", misstatement, name="misstatement"),
    path("cases/tests/<uuid:test_id>/", test_file, name="test_file"),
    path("cases/<uuid:case_id>/facts/", report_fact, name="report_fact"),
    path("cases/<uuid:case_id>/facts/<uuid:fact_id>/", settle_fact, name="settle_fact"),
]
