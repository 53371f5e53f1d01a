"""What the rulebook shows on the desk: what became of one's rules; beside a foreign rule: its changes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.core.catalogue.framework_model import WatchItem
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.notices import desk_notices
from tanbiao.web.panels import panel
from tanbiao.web.rulebook import queries, show, watch_queries


@panel("desk")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show the newest notices that are not read."""
    return desk_notices(
        request,
        permission="rulebook.read_notices",
        rows=queries.notices,
        shown=show.notices,
        template="rulebook/_desk.html",
    )


@panel("watch_item")
def of_watch_item(request: HttpRequest, item: WatchItem) -> str:
    """Say beside a watched foreign rule which changes were reported and how many rules have not answered."""
    actor = actor_of(request)
    rows = list(watch_queries.changes(actor, item.id))
    context = {
        "item": item,
        "total": len(rows),
        "open": sum(not task.answer for row in rows for task in row.tasks.all()),
        "may_report": allowed(actor, "rulebook.report_change"),
    }
    return render_to_string("rulebook/_watch_item.html", context, request=request)
