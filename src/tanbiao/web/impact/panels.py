"""What the impact shows on the pages of lower features: a study's hint, a certificate's dates, a desk's queue."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.impact import queries, show, words
from tanbiao.web.language import current
from tanbiao.web.panels import panel
from tanbiao.web.register.models import Certificate
from tanbiao.web.studies import moves
from tanbiao.web.studies.models import Study

ON_DESK = 10


@panel("study")
def of_study(request: HttpRequest, study: Study) -> str:
    """Say that a newer release exists, what it would make of the figure, and offer to pin it."""
    actor = actor_of(request)
    try:
        found = queries.hint(actor, study)
    except TanbiaoError:
        return ""  # a release file that is gone is said where the study is calculated
    if found is None:
        return ""
    may = study.state in moves.EDITABLE and allowed(actor, "studies.edit", study)
    context: dict[str, Any] = {"hint": found, "study": study, "may": may}
    if found.line is not None:
        context["row"] = show.row(found.line, current())
    return render_to_string("impact/_study.html", context, request=request)


@panel("certificate")
def of_certificate(request: HttpRequest, certificate: Certificate) -> str:
    """Show the three dates to holder and body."""
    try:
        found = queries.dates_of(actor_of(request), certificate)
    except TanbiaoError:
        return ""
    context: dict[str, Any] = {"dates": found, "basis": words.BASIS[found.event.basis], "certificate": certificate}
    if found.line is not None:
        context["row"] = show.row(found.line, current())
    return render_to_string("impact/_certificate.html", context, request=request)


@panel("desk")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show what waits for the reader's organisation."""
    actor = actor_of(request)
    if not allowed(actor, "impact.view"):
        return ""
    waiting = queries.notices(actor)
    total = waiting.count()
    if not total:
        return ""
    rows = [(notice, show.row(notice.line, current())) for notice in waiting[:ON_DESK]]
    return render_to_string("impact/_desk.html", {"notices": rows, "total": total}, request=request)
