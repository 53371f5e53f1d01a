"""The pages of imports: bring a file, read what was found in it, look at what was kept and at what changed."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as say
from tanbiao.formats import registry
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.datasets import commands, queries
from tanbiao.web.language import current
from tanbiao.web.problems import status_of

PER_PAGE = 50


@access("datasets.view")
@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """List what was brought, and take another file."""
    actor = actor_of(request)
    context: dict[str, Any] = {
        "formats": [(one.name, one.zh if current() == "zh" else one.en) for one in registry.FORMATS]
    }
    status = 200
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            made = commands.bring(
                actor,
                filename=upload.name or "" if upload else "",
                data=upload.read() if upload else b"",
                asked_format=request.POST.get("format", "")[:40],
            )
        except TanbiaoError as error:
            context["findings"] = [say(item, current()) for item in error.findings]
            status = status_of(error)
        else:
            return redirect("datasets:import", import_id=made.id)
    context["imports"] = Paginator(queries.imports(actor), PER_PAGE).get_page(request.GET.get("page"))
    context["kept"] = queries.versions(actor).count()
    return render(request, "datasets/imports.html", context, status=status)


@access("datasets.view")
@require_GET
def one_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show what became of a file: counts, findings with a filter, datasets kept."""
    actor = actor_of(request)
    record = queries.dataset_import(actor, import_id)
    code = request.GET.get("code", "")[:80]
    return render(
        request,
        "datasets/import.html",
        {
            "record": record,
            "groups": queries.groups(record),
            "code": code,
            "page": Paginator(queries.findings(record, code=code), PER_PAGE).get_page(request.GET.get("page")),
        },
    )


@access("datasets.view")
@require_GET
def findings_csv(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Return the findings of an import as CSV, in the reader's language."""
    record = queries.dataset_import(actor_of(request), import_id)
    out = io.StringIO()
    writer = csv.DictWriter(out, ("severity", "code", "where", "message", "remedy"))
    writer.writeheader()
    for item in queries.told(record, current()):
        writer.writerow({key: _inert(item[key]) for key in writer.fieldnames})
    # The mark lets spreadsheet programs read it as UTF-8.
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="findings-{record.id}.csv"'
    return answer


def _inert(text: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula: what is in it came from a foreign file."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


@access("datasets.view")
@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    """Search the newest versions of one's own datasets."""
    text = request.GET.get("q", "")[:200]
    page = Paginator(queries.versions(actor_of(request), text), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "datasets/versions.html", {"page": page, "text": text})


@access("datasets.view")
@require_GET
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Show one version: its exchanges, where it comes from, what changed since the one before."""
    actor = actor_of(request)
    row = queries.version(actor, version_id)
    document = queries.document(row)
    exchanges = [
        {"item": item, "flow": document.get("flows", {}).get(item["flow"], {"name": {"en": item["flow"]}})}
        for item in document["process"].get("exchanges", [])
    ]
    return render(
        request,
        "datasets/version.html",
        {
            "row": row,
            "process": document["process"],
            "exchanges": Paginator(exchanges, PER_PAGE).get_page(request.GET.get("page")),
            "history": list(queries.history(actor, row)),
            "changes": queries.changes(row),
        },
    )


urlpatterns: list[URLPattern] = [
    path("imports/", listing, name="list"),
    path("imports/<uuid:import_id>/", one_import, name="import"),
    path("imports/<uuid:import_id>/findings.csv", findings_csv, name="findings"),
    path("datasets/", versions, name="versions"),
    path("datasets/<uuid:version_id>/", version, name="version"),
]
