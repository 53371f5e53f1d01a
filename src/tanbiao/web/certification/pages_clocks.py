"""Asking the applicant, and going on: the two acts that stop a step's clock and let it run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanbiao.core.findings import TanbiaoError, render
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.certification import commands
from tanbiao.web.language import current


def _done(request: HttpRequest, case_id: UUID, run: Any, said: str) -> HttpResponse:
    try:
        run(actor_of(request), case_id=case_id, text=request.POST.get("text", ""))
    except TanbiaoError as error:
        for item in error.findings:
            texts = render(item, current())
            messages.error(request, f"{texts['message']} — {texts['remedy']}")
    else:
        messages.success(request, said)
    return redirect("certification:case", case_id=case_id)


@access("certification.ask")
@require_POST
def ask(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask the applicant for something."""
    return _done(request, case_id, commands.ask_applicant, _("The applicant is asked; the clock stands still."))


@access("certification.view")
@require_POST
def go_on(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Let the clock run on."""
    return _done(request, case_id, commands.end_waiting, _("The clock runs on."))


urlpatterns: list[URLPattern] = [
    path("cases/<uuid:case_id>/ask/", ask, name="ask"),
    path("cases/<uuid:case_id>/go-on/", go_on, name="go_on"),
]
