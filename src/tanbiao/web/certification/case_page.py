"""Drawing a case's page, with what was just tried and refused: what all pages of a case come back to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from tanbiao.core.findings import Finding as Sentence
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.certification import queries, show
from tanbiao.web.certification.show_second import second_view
from tanbiao.web.problems import status_of


def case_page(
    request: HttpRequest,
    case_id: UUID,
    *,
    tried: dict[str, Any] | None = None,
    refusals: tuple[Sentence, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """Show a case to whoever may see it, with a refused form and its reasons where there are any."""
    actor = actor_of(request)
    found = queries.case(actor, case_id)
    context = show.case_context(actor, found, page=request.GET.get("page"), tried=tried or {})
    context |= second_view(actor, found)
    return render(request, "certification/case.html", context | {"refusals": refusals}, status=status)


def run_on_case(request: HttpRequest, case_id: UUID, run: Callable[[], Any], done: str) -> HttpResponse:
    """Run an act within a state; a refusal comes back on the case's page."""
    try:
        run()
    except TanbiaoError as error:
        return case_page(request, case_id, refusals=error.findings, status=status_of(error))
    messages.success(request, done)
    return redirect("certification:case", case_id=case_id)
