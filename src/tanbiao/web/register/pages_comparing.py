"""The page that sets a certified figure beside others on the same basis; drawn anew for every reader, never kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import charts
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import Conflict
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.register import comparing, queries, show


@access(PUBLIC)
@require_safe
def compare(request: HttpRequest, number: str) -> HttpResponse:
    """Show a figure's position, and beside another certificate's figure where one is named and comparable."""
    actor, lang = actor_of(request), current()
    found = queries.footprint(actor, number)
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
        "elsewhere": any(asdict(stands.elsewhere).values()),
    }
    status = 200
    if wanted:
        try:
            pair = comparing.compare(found, queries.footprint(actor, wanted))
        except TanbiaoError as error:
            status = status_of(error)
            context["refusals"] = error.findings
            codes = {item.code for item in error.findings}
            context |= {"askable": codes == {"comparison_release"}, "waiting": codes == {"comparison_release_waiting"}}
        else:
            sides = [(show.card(side.certificate, lang), side) for side in (pair.one, pair.other)]
            lower, higher = (0, 1) if pair.lower >= 0.5 else (1, 0)
            context["pair"] = {
                "sides": sides,
                "release": pair.release,
                "recalculated": any(side.recalculated for _, side in sides),
                "lower": sides[lower][0],
                "higher": sides[higher][0],
                "sure": max(pair.lower, 1 - pair.lower),
            }
    return render(request, "register/compare.html", context, status=status)


@access(PUBLIC)
@require_POST
def recalculate(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for what a comparison with another certificate, or without one the position, needs to be calculated."""
    actor, wanted = actor_of(request), request.POST.get("with", "").strip()[:64]
    back = reverse("register:compare", args=[number])
    try:
        asked = comparing.ask(actor, number=number, other=wanted) if wanted else _ask_for_position(actor, number)
    except Conflict:
        asked = False  # the page says why not
    if asked:
        messages.success(request, _("Asked for: a worker calculates it. Look again in a moment."))
    return redirect(f"{back}?{urlencode({'with': wanted})}" if wanted else back)


def _ask_for_position(actor: Actor, number: str) -> bool:
    return comparing.ask_for_position(actor, number=number) > 0


urlpatterns: list[URLPattern] = [
    path("p/<str:number>/compare", compare, name="compare"),
    path("p/<str:number>/compare/recalculate", recalculate, name="recalculate"),
]
