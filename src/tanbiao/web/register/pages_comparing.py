"""The page that sets a certified figure beside others on the same basis; drawn anew for every reader, never kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import charts
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.register import comparing, queries, show


@access(PUBLIC)
@require_safe
def compare(request: HttpRequest, number: str) -> HttpResponse:
    """Show a figure's position, and beside another certificate's figure where one is named and comparable."""
    actor, lang = actor_of(request), current()
    found = queries.certificate(actor, number)
    stands = comparing.position(found)
    bins = charts.bins(stands.changes)
    wanted = request.GET.get("with", "").strip()[:64]
    context: dict[str, Any] = {
        "certificate": found,
        "card": show.card(found, lang),
        "basis": show.basis(found),
        "stands": stands,
        "bins": [item for item in bins if item.count],
        "chart": charts.histogram(bins, lang, of="position") if bins else "",
        "wanted": wanted,
    }
    status = 200
    if wanted:
        try:
            pair = comparing.compare(found, queries.certificate(actor, wanted))
        except TanbiaoError as error:
            status = status_of(error)
            context["refusals"] = error.findings
        else:
            sides = [(show.card(one, lang), one.shown["interval"]) for one in (pair.one, pair.other)]
            lower, higher = (0, 1) if pair.lower >= 0.5 else (1, 0)
            context["pair"] = {
                "sides": sides,
                "lower": sides[lower][0],
                "higher": sides[higher][0],
                "sure": max(pair.lower, 1 - pair.lower),
            }
    return render(request, "register/compare.html", context, status=status)


urlpatterns: list[URLPattern] = [path("p/<str:number>/compare", compare, name="compare")]
