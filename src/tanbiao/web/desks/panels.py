"""What the desks show at the top of one's working place: the most urgent lines of the queue."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.desks import queries, show
from tanbiao.web.panels import panel

ON_DESK = 5


@panel("desk_top")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show what waits for the reader and ends first."""
    actor = actor_of(request)
    if not allowed(actor, "desks.view"):
        return ""
    found = queries.queue(actor)
    context = {"lines": show.lines(found.lines[:ON_DESK]), "total": found.total, "overdue": found.bands["overdue"]}
    return render_to_string("desks/_desk.html", context, request=request)
