"""The pages of the catalogue: all categories, one category with its gates, the rules."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.catalogue.readiness import Readiness, load_criteria
from tanbiao.core.dataset.code_tables import key_of
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.catalogue import (
    commands,
    forms,
    pages_codes,
    pages_lists,
    queries,
    queries_codes,
    standard_pages,
    words,
)
from tanbiao.web.commanding import allowed, require
from tanbiao.web.problems import status_of
from tanbiao.web.search import fold


@access(PUBLIC)
@require_GET
def categories(request: HttpRequest) -> HttpResponse:
    """List the categories by sector, with their gates."""
    actor = actor_of(request)
    found = queries.entries(actor)
    asked, state = fold(request.GET.get("q", "")[:80]), request.GET.get("state", "")
    only = request.GET.get("only", "")
    called = set(queries_codes.named(actor, request.GET.get("q", "")[:80]))
    shown = [
        item
        for item in found
        if _fits(item, asked, called)
        and (not state or item.state == state)
        and (only != "national" or item.is_certifiable)
    ]
    sectors = [
        (sector, [item for item in shown if item.category.sector == sector.id])
        for sector in queries.catalogue().categories.sectors
    ]
    context = {
        "sectors": [(sector, rows) for sector, rows in sectors if rows],
        "count": len(shown),
        "counts": {state: sum(item.state == state for item in found) for state in queries.STATES},
        "gates": load_criteria().gates,
        "code_names": queries_codes.names(actor, (pair for item in shown for pair in _pairs(item))),
        "states": words.STATE_WORDS,
        "tones": words.STATE_TONES,
        "said": {"q": request.GET.get("q", "")[:80], "state": state, "only": only},
    }
    return render(request, "catalogue/categories.html", context)


def _pairs(item: queries.Entry) -> list[tuple[str, str]]:
    return [(code.scheme, code.code) for code in item.category.codes]


def _fits(item: queries.Entry, asked: str, called: Collection[queries_codes.Key]) -> bool:
    """Whether a category's own words have what is asked for, or a code table calls one of its codes so."""
    category = item.category
    text = " ".join((category.id, category.title.zh, category.title.en, *(code.code for code in category.codes)))
    if asked in fold(text):
        return True
    return any(queries_codes.stands_under(key_of(code.scheme, code.code), called) for code in category.codes)


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def category(request: HttpRequest, category_id: str) -> HttpResponse:
    """Show a category: its gates, its state, what names it; an authority states gates and opens or closes it."""
    actor = actor_of(request)
    found = queries.entry(actor, category_id)
    built, status = _forms(request, actor, found), 200
    if request.method == "POST":
        answer = _act(request, actor, category_id, built)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    context = {
        "found": found,
        "lines": _lines(found.readiness),
        "statements": queries.statements(actor, category_id),
        "events": queries.events(actor, category_id),
        "packages": [item for item in queries.packages(actor) if category_id in item.categories],
        "standards": queries.framework(actor).of_category(category_id),
        "listed": queries.framework(actor).listed(category_id),
        "watched": [item for item in queries.framework(actor).watched() if category_id in item.categories],
        "standard_kinds": words.STANDARD_KIND_WORDS,
        "states": words.STATE_WORDS,
        "tones": words.STATE_TONES,
        "kinds": words.KIND_WORDS,
        "bases": words.BASIS_WORDS,
        **built,
    }
    return render(request, "catalogue/category.html", context, status=status)


def _lines(found: Readiness) -> list[dict[str, Any]]:
    criteria = load_criteria()
    return [{"gate": criteria.gate(item.gate), "state": item} for item in found.gates]


def _forms(request: HttpRequest, actor: Actor, found: queries.Entry) -> dict[str, Any]:
    if not allowed(actor, "catalogue.state_gate"):
        return {}
    act = "close" if found.state == "open" else "open"
    asked = request.POST.get("act", "")
    base = {"builds_on": found.head}
    said = request.POST if request.method == "POST" else None
    return {
        "state_form": forms.StateForm(said if asked in ("open", "close") else None, initial=base | {"act": act}),
        "statement_form": forms.StatementForm(said if not asked else None, actor=actor, initial=base),
        "act": act,
    }


def _act(request: HttpRequest, actor: Actor, category_id: str, built: dict[str, Any]) -> HttpResponse | int:
    """Do what was asked for; the status of the page when it was refused."""
    act = request.POST.get("act", "")
    require(actor, "catalogue.state_gate")
    form = built["state_form" if act else "statement_form"]
    if not form.is_valid():
        return 422
    said = {key: value for key, value in form.cleaned_data.items() if key != "act"}
    run = {"open": commands.open_category, "close": commands.close_category}.get(act, commands.state_gate)
    try:
        run(actor, category=category_id, **said)
    except TanbiaoError as error:
        form.add_problem(error)
        return status_of(error)
    return redirect("catalogue:category", category_id=category_id)


@access(PUBLIC)
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Show the packaged rules: what each rests on, what it lacks, and its model's figure."""
    context = {
        "packages": queries.packages(actor_of(request), every_version=request.GET.get("all") == "1"),
        "every_version": request.GET.get("all") == "1",
        "bases": words.BASIS_WORDS,
        "titles": {key: item.title.model_dump() for key, item in queries.catalogue().by_id.items()},
    }
    return render(request, "catalogue/rules.html", context)


app_name = "catalogue"
urlpatterns: list[URLPattern] = [
    path("catalogue/", categories, name="list"),
    path("catalogue/rules/", rules, name="rules"),
    *pages_lists.urlpatterns,
    *pages_codes.urlpatterns,
    *standard_pages.urlpatterns,
    path("catalogue/<slug:category_id>/", category, name="category"),
]
