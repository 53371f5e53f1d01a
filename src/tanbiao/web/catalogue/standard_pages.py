"""The pages of the standards framework: the tree, one standard, clauses side by side, watched foreign rules."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from tanbiao.core.catalogue.framework_model import Branch, Standard, status_on
from tanbiao.web import clock
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.catalogue import queries, words
from tanbiao.web.search import fold


@access(PUBLIC)
@require_GET
def tree(request: HttpRequest) -> HttpResponse:
    """Show the tree with its standards; a kind, a status or words narrow it."""
    framework = queries.framework(actor_of(request))
    said = {key: request.GET.get(key, "")[:80] for key in ("q", "kind", "status")}
    day = clock.today().isoformat()
    shown = {item.id for item in framework.by_id.values() if _fits(item, said, day)}

    def rows(branch: Branch) -> dict[str, Any]:
        here = [_row(item, day) for item in framework.of_branch(branch.id) if item.id in shown]
        below = [rows(child) for child in framework.children(branch.id)]
        count = len(here) + sum(child["count"] for child in below)
        return {"branch": branch, "standards": here, "children": below, "count": count}

    wanted = fold(said["q"])
    listed = [item for item in framework.listed() if wanted in fold(item.number + item.entry.name.zh)]
    context = {
        "tree": [rows(branch) for branch in framework.children(None)],
        "count": len(shown),
        "kind_counts": [
            (kind, name, sum(item.kind == kind for item in framework.by_id.values()))
            for kind, name in words.STANDARD_KIND_WORDS.items()
        ],
        "listed": [item for item in listed if said["kind"] in ("", item.kind) and not said["status"]],
        "titles": {key: item.title.model_dump() for key, item in queries.catalogue().by_id.items()},
        "said": said,
        **_words(),
    }
    return render(request, "catalogue/standards.html", context)


def _fits(item: Standard, said: dict[str, str], day: str) -> bool:
    text = " ".join((item.id, item.number or "", item.title.zh, item.title.en, item.body.zh, item.body.en))
    return (
        fold(said["q"]) in fold(text)
        and said["kind"] in ("", item.kind)
        and said["status"] in ("", status_on(item, day))
    )


def _row(item: Standard, day: str) -> dict[str, Any]:
    return {"item": item, "status": status_on(item, day)}


def _words() -> dict[str, Any]:
    return {
        "kinds": words.STANDARD_KIND_WORDS,
        "statuses": words.STATUS_WORDS,
        "status_tones": words.STATUS_TONES,
        "whats": words.DATE_WORDS,
        "reads": words.FRAMEWORK_READ_WORDS,
    }


@access(PUBLIC)
@require_GET
def one(request: HttpRequest, standard_id: str) -> HttpResponse:
    """Show one standard: dates with their sources, relations at both ends, the clauses beside this platform."""
    framework = queries.framework(actor_of(request))
    found = queries.standard(actor_of(request), standard_id)
    context = {
        "found": found,
        "status": status_on(found, clock.today().isoformat()),
        "relations": [
            {
                "other": framework.by_id[item.to if item.from_ == found.id else item.from_],
                "word": (words.RELATION_WORDS if item.from_ == found.id else words.RELATION_BACK_WORDS)[item.kind],
                "source": framework.standards.sources[item.source],
            }
            for item in framework.relations_of(found.id)
        ],
        "clauses": [(topic, topic.cell(found.id)) for topic in framework.alignment.topics if topic.cell(found.id)],
        "is_aligned": found.id in framework.alignment.documents,
        "branches": [item for item in framework.standards.branches if item.id in found.branches],
        "sources": framework.standards.sources,
        "titles": {key: item.title.model_dump() for key, item in queries.catalogue().by_id.items()},
        **_words(),
    }
    return render(request, "catalogue/standard.html", context)


@access(PUBLIC)
@require_GET
def alignment(request: HttpRequest) -> HttpResponse:
    """Lay documents side by side, topic by topic."""
    framework = queries.framework(actor_of(request))
    documents = [framework.by_id[item] for item in framework.alignment.documents]
    context = {
        "documents": documents,
        "rows": [
            {"topic": topic, "cells": [(item, topic.cell(item.id)) for item in documents]}
            for topic in framework.alignment.topics
        ],
        "sources": framework.standards.sources,
        **_words(),
    }
    return render(request, "catalogue/alignment.html", context)


@access(PUBLIC)
@require_GET
def watch(request: HttpRequest) -> HttpResponse:
    """Show the foreign rules that are watched, the nearest date first."""
    day = clock.today().isoformat()
    rows = [(item, item.next_date(day)) for item in queries.framework(actor_of(request)).watched()]
    rows.sort(key=lambda row: (row[1] is None, row[1].on if row[1] else "", row[0].item.id))
    context = {
        "rows": rows,
        "states": words.WATCH_STATE_WORDS,
        "tones": words.WATCH_STATE_TONES,
        "reads": words.READ_WORDS,
        "titles": {key: item.title.model_dump() for key, item in queries.catalogue().by_id.items()},
    }
    return render(request, "catalogue/watch.html", context)


urlpatterns: list[URLPattern] = [
    path("catalogue/standards/", tree, name="standards"),
    path("catalogue/standards/<slug:standard_id>/", one, name="standard"),
    path("catalogue/alignment/", alignment, name="alignment"),
    path("catalogue/watch/", watch, name="watch"),
]
