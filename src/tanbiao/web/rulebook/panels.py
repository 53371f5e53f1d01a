"""What the rulebook shows on the desk: what became of the rules of the reader's organisation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.panels import panel
from tanbiao.web.rulebook import queries, show

ON_DESK = 5


@panel("desk")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show the newest notices that are not read."""
    actor = actor_of(request)
    if not allowed(actor, "rulebook.read_notices"):
        return ""
    waiting = queries.notices(actor).filter(read_at__isnull=True)
    total = waiting.count()
    if not total:
        return ""
    context = {"notices": show.notices(waiting[:ON_DESK]), "total": total}
    return render_to_string("rulebook/_desk.html", context, request=request)
