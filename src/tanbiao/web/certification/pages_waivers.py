"""Answering waivers on a case's page, and taking an answer back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.certification import commands, queries
from tanbiao.web.certification.case_page import run_on_case
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.uploads import Upload


@access("certification.waive")
@require_POST
def answer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Waive a check of the sealed result, or refuse to; the button says which."""
    actor, sent = actor_of(request), request.FILES.get("file")
    upload = Upload(sent.name or "", sent.content_type or "", sent.read()) if sent else None
    said = {name: request.POST.get(name, "") for name in ("check", "process", "reason")}
    granted = request.POST.get("answer") == "grant"
    done = _("The check is waived.") if granted else _("The waiver is refused.")
    return run_on_case(
        request,
        case_id,
        lambda: commands.answer_waiver(actor, case_id=case_id, granted=granted, upload=upload, **said),
        done,
    )


@access("certification.waive")
@require_POST
def withdraw(request: HttpRequest, case_id: UUID, waiver_id: UUID) -> HttpResponse:
    """Take an answer back."""
    actor, reason = actor_of(request), request.POST.get("reason", "")
    return run_on_case(
        request,
        case_id,
        lambda: commands.withdraw_waiver(actor, waiver_id=waiver_id, reason=reason),
        _("The answer is taken back."),
    )


@access("certification.view")
@require_GET
def evidence(request: HttpRequest, waiver_id: UUID) -> HttpResponse:
    """Download the evidence of a waiver."""
    found, data = queries.waiver_file(actor_of(request), waiver_id)
    return attachment(data, found.media_type, found.filename)


urlpatterns: list[URLPattern] = [
    path("cases/<uuid:case_id>/waivers/", answer, name="answer_waiver"),
    path("cases/<uuid:case_id>/waivers/<uuid:waiver_id>/", withdraw, name="withdraw_waiver"),
    path("cases/waivers/<uuid:waiver_id>/", evidence, name="waiver_file"),
]
