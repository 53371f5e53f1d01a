"""The newest notices on a desk, of any feature that tells people what became of their things."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import allowed

ON_DESK = 5


def desk_notices(
    request: HttpRequest,
    *,
    permission: str,
    rows: Callable[[Actor], QuerySet[Any]],
    shown: Callable[[Iterable[Any]], list[dict[str, Any]]],
    template: str,
) -> str:
    """Return the newest notices that are not read, drawn with a feature's own template; nothing where there is none.

    Parameters
    ----------
    rows
        The feature's reader of an actor's notices, newest first.
    shown
        What its template shows of each.
    """
    actor = actor_of(request)
    if not allowed(actor, permission):
        return ""
    waiting = rows(actor).filter(read_at__isnull=True)
    total = waiting.count()
    if not total:
        return ""
    return render_to_string(template, {"notices": shown(waiting[:ON_DESK]), "total": total}, request=request)
