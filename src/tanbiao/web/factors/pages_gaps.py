"""The page of wanted products: what export trade and consumers want, and what a release has for each."""

from __future__ import annotations

from collections import Counter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tanbiao.core.lca.release_gaps import PROFILES, sources
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.catalogue import queries_codes as codes
from tanbiao.web.factors import gap_queries, queries

TONES = {"chinese": "good", "adapted": "info", "foreign": "warn", "unfit": "warn", "gap": "bad"}


def standing_words() -> dict[str, str]:
    """Return the words of how a release stands to a wanted product."""
    return {
        "chinese": _("Chinese factor"),
        "adapted": _("adapted: foreign process, Chinese energy"),
        "foreign": _("foreign factors only"),
        "unfit": _("no factor that a footprint takes"),
        "gap": _("nothing"),
    }


@access(PUBLIC)
@require_GET
def gaps(request: HttpRequest, name: str) -> HttpResponse:
    """Show the wanted products of a profile beside what a release has."""
    actor = actor_of(request)
    row = queries.release(actor, name)
    profile = request.GET.get("profile", "")
    profile = profile if profile in PROFILES else PROFILES[0]
    rows = gap_queries.gaps(actor, row.name, profile)
    words, counts = standing_words(), Counter(str(one.standing) for one in rows)
    return render(
        request,
        "factors/gaps.html",
        {
            "release": row,
            "profile": profile,
            "profiles": [("export", _("Export trade")), ("consumer", _("Main consumer goods"))],
            "rows": [(one, words[one.standing], TONES[one.standing]) for one in rows],
            "counts": [(words[key], TONES[key], counts[key]) for key in words],
            "sources": sources(),
            "code_names": codes.names(actor, (code for one in rows for code in one.wanted.codes)),
        },
    )
