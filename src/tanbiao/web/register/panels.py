"""What the register shows on the desk: certificates whose rule ends."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.panels import panel
from tanbiao.web.register import migrating

ON_DESK = 5


@panel("desk")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show the migrations that the reader's organisation was told of and nobody has read."""
    actor = actor_of(request)
    if actor.organisation is None or not allowed(actor, "register.migrations"):
        return ""
    waiting = migrating.untold(actor)
    total = waiting.count()
    if not total:
        return ""
    rows = migrating.migrations(actor).filter(id__in=waiting.values("migration"))
    context = {"lines": migrating.lines(rows[:ON_DESK]), "total": total}
    return render_to_string("register/_desk.html", context, request=request)
