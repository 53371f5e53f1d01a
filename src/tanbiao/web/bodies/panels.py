"""What the bodies' books show on the desk: what ends soon or has ended, and obligations to accept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.core.findings import render
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.bodies import obligations, queries
from tanbiao.web.bodies.models import ExpiryNotice
from tanbiao.web.commanding import allowed
from tanbiao.web.language import current
from tanbiao.web.notices import desk_notices
from tanbiao.web.panels import panel


def shown(rows: Iterable[ExpiryNotice]) -> list[dict[str, Any]]:
    """Return each alarm with its words in the reader's language."""
    return [{"row": row, "words": getattr(row, f"words_{current()}"), "over": row.stage == 0} for row in rows]


@panel("desk")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show the newest alarms that nobody of the organisation has read."""
    return desk_notices(
        request, permission="bodies.people", rows=queries.alarms, shown=shown, template="bodies/_desk.html"
    )


@panel("desk")
def of_obligations(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001
    """Say that the rights and obligations in force are not accepted yet."""
    actor = actor_of(request)
    if actor.organisation is None or not allowed(actor, "bodies.oblige"):
        return ""
    found = obligations.acceptance_refusal(actor.organisation)
    if found is None:
        return ""
    return render_to_string("bodies/_obligations_due.html", {"told": render(found, current())}, request=request)


@panel("desk")
def of_operator(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001
    """Say how many approvals and accreditations wait for the operator."""
    actor = actor_of(request)
    if not allowed(actor, "bodies.confirm"):
        return ""
    waiting = queries.to_confirm(actor).count()
    return render_to_string("bodies/_to_confirm.html", {"waiting": waiting}, request=request) if waiting else ""
