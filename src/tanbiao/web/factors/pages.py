"""The pages of the factor browser."""

from __future__ import annotations

from typing import Any, Literal

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.model import Intensity
from tanbiao.core.findings import Severity, finding
from tanbiao.core.findings import render as say
from tanbiao.core.gases import GWP_SETS
from tanbiao.core.study import unweighed
from tanbiao.core.study.method_defaults import default
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.factors import queries
from tanbiao.web.factors.pages_audience import audience
from tanbiao.web.factors.pages_gaps import gaps
from tanbiao.web.factors.pages_release import compare, compare_file, release, release_file, releases
from tanbiao.web.factors.pages_upstream import upstream, upstream_file
from tanbiao.web.language import current

PER_PAGE = 50


def wanted(request: HttpRequest) -> queries.Filter:
    """Return what the address asks for."""
    facets = tuple((facet, request.GET.get(facet, "")[:300]) for facet in queries.FACETS)
    return queries.Filter(request.GET.get("q", "")[:200], facets)


@access(PUBLIC)
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Search the datasets of a release."""
    actor = actor_of(request)
    name = request.GET.get("release", "")[:80]
    asked = wanted(request)
    installed = list(queries.releases(actor))
    context: dict[str, Any] = {"releases": installed, "filter": asked, "release_name": name}
    if installed:
        page = Paginator(queries.datasets(actor, asked, name), PER_PAGE).get_page(request.GET.get("page"))
        context |= {
            "release": queries.release(actor, name),
            "page": page,
            "facets": queries.facets(actor, asked, name),
            "is_filtered": bool(asked.text or any(value for _facet, value in asked.facets)),
        }
    return render(request, "factors/list.html", context)


@access(PUBLIC)
@require_GET
def dataset(request: HttpRequest) -> HttpResponse:
    """Show one dataset with everything needed to judge it."""
    actor, lang = actor_of(request), current()
    name = request.GET.get("release", "")[:80]
    found = queries.dataset(actor, request.GET.get("id", "")[:200], name)
    return render(
        request,
        "factors/dataset.html",
        {
            "release": queries.release(actor, name),
            "dataset": found,
            "title": found.name.best(lang),
            "figures": [(gwp_set, *_figure(found, gwp_set, lang)) for gwp_set in GWP_SETS],
            "kinds": _kinds(found),
            "notes": [say(item.finding(), lang) for item in found.findings],
            "sigma": found.uncertainty.sigma,
            "published": queries.published(actor, found.id, name),
            "lacking": queries.lacking(actor, found.id, name),
            "lineage": queries.lineage(actor, found.id, name),
            "links": queries.links(actor, found.id, name),
            "release_name": name,
        },
    )


def _figure(found: Dataset, gwp_set: str, lang: Literal["zh", "en"]) -> tuple[Intensity | None, str]:
    """Return the figure under a GWP set, and which gases it lacks: older sets lack gases, which is not zero."""
    made = found.weighed(gwp_set)
    if not made.unweighed:
        return made, ""
    share = made.unweighed_bound / abs(made.total) if made.total else None
    masses = [(item.gas, item.mass) for item in made.unweighed]
    params = unweighed.told(gwp_set, masses, share, default("unweighed_gas_share"))
    told = say(finding("gwp_unweighed", Severity.WARNING, found.id, **params), lang)["message"]
    return (made if made.total else None), told


def _kinds(found: Dataset) -> list[tuple[str, float]]:
    """Return the kinds that are not zero, with what they are."""
    return [(kind, value) for kind, value in found.kinds.model_dump().items() if value]


urlpatterns: list[URLPattern] = [
    path("factors/", listing, name="list"),
    path("factors/dataset/", dataset, name="dataset"),
    path("factors/releases/", releases, name="releases"),
    path("factors/audience/", audience, name="audience"),
    path("factors/releases/<str:name>/", release, name="release"),
    path("factors/releases/<str:name>/wanted/", gaps, name="gaps"),
    path("factors/releases/<str:name>/<str:part>.<str:suffix>", release_file, name="release_file"),
    path("factors/compare/", compare, name="compare"),
    path("factors/compare.<str:suffix>", compare_file, name="compare_file"),
    path("factors/upstream/", upstream, name="upstream"),
    path("factors/upstream.<str:suffix>", upstream_file, name="upstream_file"),
]
