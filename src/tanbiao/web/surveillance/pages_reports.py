"""The page of a report of the public: what was seen, the photo, the answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import NotFound, allowed
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.ledger.commands import get_blob
from tanbiao.web.problems import status_of
from tanbiao.web.register.models import Certificate
from tanbiao.web.surveillance import commands, forms, queries, show
from tanbiao.web.surveillance.commands.reports import may_answer


@access("surveillance.reports")
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show a report to the body of the certificate or to an authority, and take the answer."""
    actor = actor_of(request)
    row = queries.report(actor, report_id)
    form = forms.AnswerForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                commands.answer_report(actor, report_id=row.id, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("Saved."))
                return redirect("surveillance:report", row.id)
    answers = row.answered_at is None and allowed(actor, "surveillance.answer_report") and may_answer(actor, row)
    certificate = Certificate.objects.filter(number=row.number, is_newest=True).first()
    context: dict[str, Any] = {
        **show.reports([row])[0],
        "certificate": certificate,
        "answers": answers,
        "form": form if answers or form.errors else None,
        "by": row.answered_for.name(current()) if row.answered_for else "",
    }
    return render(request, "surveillance/report.html", context, status=status)


@access("surveillance.reports")
@require_GET
def report_photo(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show the photo of a report to whoever may read it."""
    row = queries.report(actor_of(request), report_id)
    if not row.photo:
        raise NotFound.of("artefact_unknown", "photo")
    ending = "png" if row.photo_type == "image/png" else "jpg"
    return attachment(get_blob(row.photo), row.photo_type, f"{row.id}.{ending}", inline=True)


urlpatterns: list[URLPattern] = [
    path("life/reports/<uuid:report_id>/", report, name="report"),
    path("life/reports/<uuid:report_id>/photo/", report_photo, name="report_photo"),
]
