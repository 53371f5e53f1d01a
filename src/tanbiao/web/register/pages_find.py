"""The register's home and its search: words, facets, sort, page after page by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.register import finding, queries, show, words
from tanbiao.web.register.finding import Query

PER_PAGE = 24
TILES = 12
"""Categories shown as tiles on the home page; the facet has the rest."""
SORTS = (
    ("-issued", _("newest first")),
    ("valid_until", _("ending first")),
    ("product", _("product")),
    ("holder,product", _("company, then product")),
    ("body,holder,product", _("body, company, product")),
    ("category,product,-issued", _("category, product, newest")),
    ("region,holder,-issued", _("region, company, newest")),
    ("number", _("number")),
)


def calculate_url() -> str:
    """Return where one's own product is calculated; the log-in page leads there."""
    try:
        return reverse("studies:new")
    except NoReverseMatch:
        return reverse("account_login")


def _asked(request: HttpRequest) -> Query:
    """Return what a reader asks for; a word stands for all states, no word for the valid ones."""
    given = {name: request.GET.get(name, "")[:200] for name in ("kind", "state", "sort", *finding.NARROWING)}
    text = request.GET.get("q", "")[:200]
    narrowing = {name: given[name] for name in finding.NARROWING}
    state = given["state"] if given["state"] in (*queries.STATES, "all") else ""
    state = state or ("" if text.strip() else "valid")
    return finding.query_of(
        text=text,
        kind=given["kind"] or "certified",
        state="" if state == "all" else state,
        sort=given["sort"],
        **narrowing,
    )


@access(PUBLIC)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the register's home: search, three verbs, counters, categories, certificates."""
    actor, lang = actor_of(request), current()
    status, problem = 200, None
    try:
        query = _asked(request)
        answer = finding.find(actor, query, limit=PER_PAGE, after=request.GET.get("after", "")[:1000])
    except TanbiaoError as error:
        status, problem, query = status_of(error), error, Query(state="valid")
        answer = finding.Answer(finding.Found([], ""), finding.count(actor, query), tuple(finding.facets(actor, query)))
    searched = any(request.GET.get(name, "").strip() for name in ("q", "kind", "state", *finding.NARROWING))
    names = _Names(query, answer.facets)
    context = {
        "q": query.text,
        "query": query,
        "state": query.state,
        "searched": searched,
        "count": answer.count,
        "states": [(code, show.state_name(code)) for code in queries.STATES],
        "facets": names.facets(),
        "narrowed": names.narrowed(request),
        "sorts": SORTS,
        "sort": ",".join(query.sort),
        "kinds": [(kind, words.KIND_WORDS[kind]) for kind in (*finding.kinds_there(actor), "all")],
        "counters": None if searched else queries.counters(actor),
        "categories": [] if searched else names.tiles(),
        "found": answer.found,
        "cards": [show.card_of(entry.record, lang) for entry in answer.found.entries],
        "calculate_url": calculate_url(),
        "refusals": problem.findings if problem else (),
    }
    return render(request, "register/home.html", context, status=status)


class _Names:
    """The facets of a query with the names of their values in the reader's language."""

    def __init__(self, query: Query, found: Sequence[finding.Facet]) -> None:
        self._query, self._found = query, found
        bodies = [code for facet in self._found if facet.name == "body" for code, _ in facet.values]
        wanted = [*bodies, *([query.facets["body"]] if "body" in query.facets else [])]
        self._bodies = finding.body_names(wanted)

    def name(self, facet: str, value: str) -> str:
        """Return a value's name."""
        if facet == "category":
            return show.category_name(value)
        if facet == "body" and value in self._bodies:
            named = self._bodies[value]
            return named.zh if current() == "zh" else (named.en or named.zh)
        return value

    def facets(self) -> list[dict[str, Any]]:
        """Return the facets a reader may narrow by, those with a choice."""
        return [
            {
                "name": facet.name,
                "words": words.FACET_WORDS[facet.name],
                "chosen": self._query.facets.get(facet.name, ""),
                "values": [(value, self.name(facet.name, value), n) for value, n in facet.values],
                "exact": facet.exact,
            }
            for facet in self._found
            if facet.name != "state" and (len(facet.values) > 1 or facet.name in self._query.facets)
        ]

    def narrowed(self, request: HttpRequest) -> list[tuple[str, Any, str]]:
        """Return what the query is narrowed by: the address without it, the facet's word, the value's name."""
        made = []
        for name, value in self._query.facets.items():
            left = request.GET.copy()
            for gone in (name, "after"):
                left.pop(gone, None)
            made.append((f"?{left.urlencode()}", words.FACET_WORDS[name], self.name(name, value)))
        return made

    def tiles(self) -> list[tuple[str, str, int]]:
        """Return the categories of the home page."""
        values = next(facet.values for facet in self._found if facet.name == "category")
        return [(code, show.category_name(code), n) for code, n in values[:TILES]]


urlpatterns: list[URLPattern] = [path("", home, name="home")]
