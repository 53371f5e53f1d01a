"""The page that takes a dataset's figure apart: views, flow picture, upstream tree; all of it adds up."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tanbiao.core.findings import TanbiaoError, from_json
from tanbiao.core.findings import render as say
from tanbiao.documents import charts
from tanbiao.documents.charts.tables import flow_rows
from tanbiao.web import explaining
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.factors import queries
from tanbiao.web.language import current
from tanbiao.web.table_files import table_file


def _asked(request: HttpRequest) -> tuple[str, str, str]:
    return request.GET.get("id", "")[:200], request.GET.get("release", "")[:80], request.GET.get("gwp", "")[:20]


def _link(release: str, gwp_set: str) -> Any:
    def link(identifier: str) -> str:
        if identifier == "direct":
            return ""
        query = {"id": identifier, "release": release, "gwp": gwp_set}
        return f"{reverse('factors:upstream')}?{urlencode({key: value for key, value in query.items() if value})}"

    return link


@access(PUBLIC)
@require_GET
def upstream(request: HttpRequest) -> HttpResponse:
    """Show where the figure of a dataset comes from."""
    actor, lang = actor_of(request), current()
    identifier, name, gwp_set = _asked(request)
    wanted = explaining.asked(request.GET)
    found = queries.dataset(actor, identifier, name)
    context: dict[str, Any] = {
        "dataset": found,
        "title": found.name.best(lang),
        "release": queries.release(actor, name),
        "release_name": name,
        "asked": wanted,
    }
    try:
        varied = explaining.varied(request.GET)
        scaled = explaining.scaled(request.GET)
        shown = wanted.cut_off, wanted.depth, wanted.opened
        body = queries.explanation(actor, found.id, name, gwp_set, *shown, varied, scaled)
    except TanbiaoError as error:
        if error.code not in ("release_not_linked", "gwp_set_not_known"):
            raise
        context["problems"] = [say(item, lang) for item in error.findings]
        return render(request, "factors/upstream.html", context)
    link = _link(name, gwp_set)
    sankey = body["graph"]["sankey"]
    context |= {
        "body": body,
        "tables": explaining.tables(body, lang, link),
        "tree": [_branch(branch, body, link) for branch in body["tree"]],
        "picture": charts.flow_chart(sankey, body["total"], body["unit"], lang),
        "flows": flow_rows({"sankey": sankey}, lang),
        "graph_rest": body["graph"]["rest"],
        "drivers": _drivers(body, explaining.typed(request.GET)),
        "scenarios": _scenarios(body),
        "variations": explaining.VARIATIONS,
        "vary": f"{100 * body['varied']:g}",
        "preview": _preview(body),
        "gwp_sets": queries.linked_sets(actor, name),
        "has_depth": True,
        "depths": range(1, explaining.MAX_DEPTH + 1),
        "keep": [(key, value) for key, value in (("id", found.id), ("release", name)) if value],
        "file_base": reverse("factors:upstream_file", kwargs={"suffix": "x"}).removesuffix(".x"),
        "api": f"/api/v1/dataset/explain?{urlencode({'id': found.id, 'release': name, 'gwp': body['gwp']})}",
    }
    return render(request, "factors/upstream.html", context)


def _branch(branch: dict[str, Any], body: dict[str, Any], link: Any) -> dict[str, Any]:
    """Return a branch with its words, and where the supply is taken apart by itself."""
    name = body["names"].get(branch["dataset"], {})
    return branch | {
        "words": name.get(current()) or branch["dataset"],
        "href": link(branch["dataset"]) if branch["dataset"] != body["dataset"] else "",
        "supplies": [_branch(item, body, link) for item in branch["supplies"]],
    }


def _drivers(body: dict[str, Any], typed: dict[str, str]) -> list[dict[str, Any]]:
    """Return what moves the figure in words, each with the factors that were typed beside it."""
    return [
        item
        | {
            "place": f"{item['row']}|{item['column']}",
            "times": typed.get(f"{item['row']}|{item['column']}", ""),
            "row": "GWP" if item["matrix"] == "characterization" else _words(item["row"], body),
            "column": explaining.part_name("gases", item["column"], body, current()),
            "why": None if item["why"] is None else say(from_json(item["why"]), current())["message"],
        }
        for item in body["drivers"]
    ]


def _scenarios(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the scenarios with their changes in words."""
    return [
        item
        | {
            "changes": [
                {
                    "row": "GWP" if one["matrix"] == "characterization" else _words(one["row"], body),
                    "column": _words(one["column"], body),
                    "factor": f"{one['factor']:g}",
                }
                for one in item["changes"]
            ],
            "why": None if item["why"] is None else say(from_json(item["why"]), current())["message"],
        }
        for item in body["scenarios"]
    ]


def _words(key: str, body: dict[str, Any]) -> str:
    return str(body["names"].get(key, {}).get(current()) or explaining.part_name("gases", key, body, current()))


def _preview(body: dict[str, Any]) -> dict[str, Any]:
    """Return the first-order spread with its inputs in words."""
    told = body["preview"]
    named = [
        item | {"row": _words(item["row"], body), "column": _words(item["column"], body)} for item in told["inputs"]
    ]
    return {**told, "inputs": named}


@access(PUBLIC)
@require_GET
def upstream_file(request: HttpRequest, suffix: str) -> HttpResponse:
    """Return the parts of every view as CSV or Excel."""
    actor = actor_of(request)
    identifier, name, gwp_set = _asked(request)
    wanted = explaining.asked(request.GET)
    body = queries.explanation(actor, identifier, name, gwp_set, wanted.cut_off, wanted.depth, wanted.opened)
    rows = explaining.export_rows(body, current())
    return table_file(f"upstream-{body['dataset']}", suffix, explaining.EXPORT_HEADS, rows)
