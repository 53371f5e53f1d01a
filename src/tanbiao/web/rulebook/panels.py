"""What the rulebook shows on the desk: what became of the rules of the reader's organisation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tanbiao.web.notices import desk_notices
from tanbiao.web.panels import panel
from tanbiao.web.rulebook import queries, show


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
