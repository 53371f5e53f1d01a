"""The page of the most wanted missing factors: for those who make factors; no holder can be recognised in it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tanbiao.core.study.wanted import SMALLEST
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.factors import queries as factors
from tanbiao.web.impact import words
from tanbiao.web.impact.wanted import wanted_factors
from tanbiao.web.table_files import table_file


@access(PUBLIC)
@require_GET
def wanted(request: HttpRequest) -> HttpResponse:
    """Rank the missing factors by the certified emission that leans on their stand-ins."""
    actor, release = actor_of(request), request.GET.get("release", "")[:80]
    context = {
        "rows": [
            (row, words.LACKING.get(row.subject, ""), [words.STOOD_IN[kind] for kind in row.kinds])
            for row in wanted_factors(actor, release)
        ],
        "releases": list(factors.releases(actor)),
        "release": release,
        "smallest": SMALLEST,
    }
    return render(request, "impact/wanted.html", context)


@access(PUBLIC)
@require_GET
def wanted_file(request: HttpRequest, suffix: str) -> HttpResponse:
    """Return the same as CSV or Excel."""
    heads = (
        "subject",
        "factor",
        "kinds",
        "factors",
        "holders",
        "certificates",
        "kg_co2e",
        "at_least",
        "mean_share",
        "stand_ins",
    )
    rows = [
        (
            row.subject,
            row.factor,
            ", ".join(row.kinds),
            row.factors,
            row.holders,
            row.certificates,
            row.emission,
            "yes" if row.is_lower_bound else "no",
            row.share,
            ", ".join(row.datasets),
        )
        for row in wanted_factors(actor_of(request), request.GET.get("release", "")[:80])
    ]
    return table_file("wanted-factors", suffix, heads, rows)
