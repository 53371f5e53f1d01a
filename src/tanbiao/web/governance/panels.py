"""What governance shows on the desk: what became of datasets that the reader provides, judges or follows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tanbiao.web.governance import queries, show
from tanbiao.web.notices import desk_notices
from tanbiao.web.panels import panel


@panel("desk")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show the newest notices that are not read."""
    return desk_notices(
        request,
        permission="governance.report",
        rows=queries.notices,
        shown=show.notices,
        template="governance/_desk.html",
    )
