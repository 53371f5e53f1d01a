"""The pages of a release: its standing, sources and licences, readiness, coverage, and the difference from another."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tanbiao.core.gases import GWP_SETS
from tanbiao.core.lca.linking_model import Rank
from tanbiao.core.lca.linking_record import RANK_WORDS
from tanbiao.core.lca.release_compare import as_json, as_rows
from tanbiao.core.lca.release_coverage import REGIONS
from tanbiao.web import finding_table
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.factors import queries, readiness, release_queries
from tanbiao.web.language import current
from tanbiao.web.table_files import table_file

PER_PAGE = 25
TOP_SOURCES = 12


def region_names() -> dict[str, str]:
    """Return the headings of the regions of a coverage."""
    return {
        "national": _("China, national"),
        "grid": _("China, regional grids"),
        "province": _("China, provincial level"),
        "asia": _("Rest of Asia"),
        "europe": _("Europe"),
        "north_america": _("North America"),
        "elsewhere": _("Rest of the world"),
        "global": _("Global"),
        "not_stated": _("not stated"),
    }


@access(PUBLIC)
@require_GET
def releases(request: HttpRequest) -> HttpResponse:
    """List the installed releases."""
    actor = actor_of(request)
    context = {
        "releases": list(queries.releases(actor)),
        "may_install": allowed(actor, "factors.install_release"),
        "may_own": allowed(actor, "datasets.import"),
    }
    return render(request, "factors/releases.html", context)


@access(PUBLIC)
@require_GET
def release(request: HttpRequest, name: str) -> HttpResponse:
    """Show what a release is, rests on, covers and lacks."""
    actor, lang = actor_of(request), current()
    row = queries.release(actor, name)
    file = queries.open_release(actor, row.name)
    wanted = finding_table.wanted(request.GET)
    placed = release_queries.findings(actor, row.name)
    found = _told(actor, row.name, placed, wanted)
    sources = release_queries.sources(actor, row.name)
    covered = release_queries.coverage(actor, row.name)
    context: dict[str, Any] = {
        "readiness": readiness.table(release_queries.readiness(actor, row.name, lang)),
        "release": row,
        "statement": file.statement[lang],
        "header": file.header,
        "sampling": file.sampling,
        "solution": release_queries.solution(actor, row.name),
        "others": [one for one in queries.releases(actor) if one.name != row.name],
        "databases": release_queries.databases(actor, row.name),
        "sources": sources[:TOP_SOURCES],
        "more_sources": sources[TOP_SOURCES:],
        "groups": finding_table.groups([one.finding for one in placed], lang),
        "wanted": wanted,
        "found": len(found),
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "file_base": reverse("factors:release_file", args=[row.name, "findings", "x"]).removesuffix(".x"),
        **finding_table.choices(),
        **_matrix(covered),
    }
    return render(request, "factors/release.html", context)


def _matrix(covered: dict[str, Any]) -> dict[str, Any]:
    """Return a coverage as rows for a template: the matrix, the places of China, the GWP basis."""
    lang, names = current(), region_names()
    regions = [region for region in REGIONS if covered["regions"][region]]
    largest = max(chain.from_iterable(one["regions"].values() for one in covered["industries"]), default=1) or 1
    return {
        "covered": covered,
        "regions": [(names[region], covered["regions"][region]) for region in regions],
        "industries": [
            (
                one[lang],
                one["gbt4754"],
                [
                    (one["regions"][region], _shade(one["regions"][region], largest), one["incomplete"][region])
                    for region in regions
                ],
                one["total"],
                one["share"],
            )
            for one in covered["industries"]
            if one["total"] or one["code"] != "not_assigned"
        ],
        "places": [(one, one[lang], _shade(one["datasets"], 50)) for one in covered["places"]],
        "bases": [
            (names[region], list(covered["gwp"][region].items()), sum(covered["gwp"][region].values()))
            for region in regions
        ],
        "basis_codes": list(covered["gwp"]["national"]),
    }


def _shade(number: int, largest: int) -> int:
    """Return 0 … 4 for how dark a cell is: none, then by powers of the largest. The number stands in the cell."""
    if not number:
        return 0
    return 1 + sum(number > math.pow(largest, step / 4) for step in (1, 2, 3))


def _told(
    actor: Actor, name: str, placed: tuple[release_queries.Placed, ...], wanted: finding_table.Wanted
) -> list[finding_table.Told]:
    lang = current()
    chosen = [one for one in placed if wanted.takes(one.finding)]
    words = release_queries.names(actor, name, {one.dataset for one in chosen} if len(chosen) < MANY else set())
    at = 0 if lang == "zh" else 1

    def spoken(one: release_queries.Placed) -> finding_table.Told:
        known = words.get(one.dataset)
        href = f"{reverse('factors:dataset')}?{urlencode({'id': one.dataset, 'release': name})}" if one.dataset else ""
        return finding_table.told(one.finding, lang, known[at] if known else one.dataset, href)

    return finding_table.arranged((spoken(one) for one in chosen), wanted)


MANY = 10_000
"""Findings beyond which datasets are told by their ids: a query that names them all would take seconds."""


@access(PUBLIC)
@require_GET
def release_file(request: HttpRequest, name: str, part: str, suffix: str) -> HttpResponse:
    """Return the findings, the coverage or the places of a release as CSV or Excel."""
    actor, lang = actor_of(request), current()
    row = queries.release(actor, name)
    if part == "findings":
        told = _told(actor, row.name, release_queries.findings(actor, row.name), finding_table.wanted(request.GET))
        heads = finding_table.EXPORT_HEADS
        return table_file(
            f"{row.name}-findings", suffix, heads, ([one.document()[head] for head in heads] for one in told)
        )
    covered = release_queries.coverage(actor, row.name)
    if part == "places":
        lines = (
            [one["level"], one["code"], one[lang], one["datasets"], one["newest_year"]] for one in covered["places"]
        )
        return table_file(f"{row.name}-places", suffix, ("level", "code", "place", "datasets", "newest_year"), lines)
    columns = ("industry", "name", *REGIONS, "total", "share", "incomplete")
    rows = (
        [
            one["code"],
            one[lang],
            *one["regions"].values(),
            one["total"],
            one["share"],
            sum(one["incomplete"].values()),
        ]
        for one in covered["industries"]
    )
    return table_file(f"{row.name}-coverage", suffix, columns, rows)


@access(PUBLIC)
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Compare two installed releases dataset by dataset."""
    actor, lang = actor_of(request), current()
    installed = list(queries.releases(actor))
    context: dict[str, Any] = {"releases": installed, "gwp_sets": GWP_SETS}
    old, new = request.GET.get("old", "")[:80], request.GET.get("new", "")[:80]
    if old and new:
        gwp_set = request.GET.get("gwp", "")[:20] or "AR6"
        found = release_queries.comparison(actor, old, new, gwp_set)
        body = as_json(found.found)
        page = Paginator(body["changed"], PER_PAGE).get_page(request.GET.get("page"))
        shown = {item["dataset"] for item in page} | {*body["added"][:PER_PAGE], *body["removed"][:PER_PAGE]}
        words = release_queries.names(actor, old, shown) | release_queries.names(actor, new, shown)
        at = 0 if lang == "zh" else 1
        context |= {
            "found": found,
            "gwp": gwp_set,
            "body": body,
            "page": page,
            "changed": [item | {"name": words.get(item["dataset"], ("", ""))[at] or item["dataset"]} for item in page],
            "added": [(key, words.get(key, (key, key))[at]) for key in body["added"][:PER_PAGE]],
            "removed": [(key, words.get(key, (key, key))[at]) for key in body["removed"][:PER_PAGE]],
            **_relinked(body),
        }
    return render(request, "factors/compare.html", context)


def _relinked(body: dict[str, Any]) -> dict[str, Any]:
    """Return the exchanges with other suppliers, and those with the same on other grounds, in words."""
    lang = current()

    def side(one: dict[str, Any], when: str) -> str:
        rank = one[f"rank_{when}"]
        words = f" ({RANK_WORDS[Rank[rank.upper()]][lang]})" if rank else ""
        return (", ".join(one[when]) or "–") + words

    suppliers = [
        (item["dataset"], one["exchange"], side(one, "before"), side(one, "after"))
        for item in body["changed"]
        for one in item["providers"]
    ]
    grounds = [
        (one["dataset"], one["exchange"], one["before"]["why"][lang], one["after"]["why"][lang])
        for one in body["links"]
    ]
    return {
        "relinked": [
            (title, rows[:PER_PAGE], len(rows))
            for title, rows in ((_("Other suppliers"), suppliers), (_("Same suppliers on other grounds"), grounds))
            if rows
        ]
    }


@access(PUBLIC)
@require_GET
def compare_file(request: HttpRequest, suffix: str) -> HttpResponse:
    """Return the comparison of two releases as CSV or Excel."""
    old, new = request.GET.get("old", "")[:80], request.GET.get("new", "")[:80]
    found = release_queries.comparison(actor_of(request), old, new, request.GET.get("gwp", "")[:20] or "AR6")
    heads, *rows = as_rows(found.found)
    return table_file(f"{found.old.name}-{found.new.name}", suffix, [str(head) for head in heads], rows)
