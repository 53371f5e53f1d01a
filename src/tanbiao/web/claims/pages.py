"""The pages of the claim ledger: one's claims, and whether a certificate is free."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as said
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.claims import queries, words
from tanbiao.web.commanding import allowed
from tanbiao.web.language import current

ON_PAGE = 50


@access("claims.view")
@require_GET
def claims(request: HttpRequest) -> HttpResponse:
    """List the claims that the reader may see; with a code, tell whether it is free."""
    actor = actor_of(request)
    kind, code = request.GET.get("kind", "green_power"), request.GET.get("code", "").strip()[:200]
    checked, problem, status = None, "", 200
    if code:
        try:
            checked = queries.check(actor, kind, code)
        except TanbiaoError as error:
            problem, status = said(error.findings[0], current())["message"], 422
    context = {
        "page": Paginator(queries.claims(actor), ON_PAGE).get_page(request.GET.get("page")),
        "all": allowed(actor, "claims.oversee"),
        "checked": checked,
        "problem": problem,
        "asked": {"kind": kind, "code": code},
        "kinds": words.KIND_WORDS,
        "units": words.UNIT_OF,
        "reasons": words.REASON_WORDS,
        "standings": words.STANDING_WORDS,
        "tones": words.STANDING_TONES,
        "choices": words.CHOICES,
    }
    return render(request, "claims/claims.html", context, status=status)


urlpatterns: list[URLPattern] = [path("claims/", claims, name="list")]
