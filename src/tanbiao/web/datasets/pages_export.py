"""The page on which chosen versions are taken out as a file."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as say
from tanbiao.formats import export
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Invalid
from tanbiao.web.datasets import exporting
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of


def targets() -> list[tuple[str, str]]:
    """Return (name, words) of the formats that are written."""
    return [(one.name, one.zh if current() == "zh" else one.en) for one in export.TARGETS]


def _asked(request: HttpRequest) -> list[UUID]:
    """Return the versions that the address names; raises ``export_version_malformed``."""
    found = []
    for text in request.GET.getlist("version"):
        try:
            found.append(UUID(text))
        except ValueError as error:
            raise Invalid.of("export_version_malformed", "version", text=text[:60]) from error
    return found


@access("datasets.view")
@require_GET
def export_page(request: HttpRequest) -> HttpResponse:
    """Say what a file of the chosen versions would leave out, and offer it."""
    actor = actor_of(request)
    rows = exporting.chosen(actor, _asked(request))
    wanted, own = request.GET.get("format", "")[:40], bool(request.GET.get("own"))
    status = 200
    context: dict[str, object] = {"rows": rows, "targets": targets(), "wanted": wanted, "own": own}
    if wanted:
        try:
            made = exporting.exported(actor, rows, wanted, own=own)
        except TanbiaoError as error:
            status = status_of(error)
            context["findings"] = [say(item, current()) for item in error.findings]
        else:
            context["made"], context["size"] = made, len(made.data)
            context["told"] = [say(item, current()) for item in made.findings]
            pairs = [("version", str(row.id)) for row in rows] + [("format", wanted)] + [("own", "1")] * own
            context["query"] = urlencode(pairs)
    return render(request, "datasets/export.html", context, status=status)


@access("datasets.view")
@require_GET
def export_file(request: HttpRequest) -> HttpResponse:
    """Return the file."""
    actor = actor_of(request)
    rows = exporting.chosen(actor, _asked(request))
    made = exporting.exported(actor, rows, request.GET.get("format", "")[:40], own=bool(request.GET.get("own")))
    return attachment(made.data, made.target.media_type, exporting.file_name(rows, made))


urlpatterns: list[URLPattern] = [
    path("datasets/export/", export_page, name="export"),
    path("datasets/export/file/", export_file, name="export_file"),
]
