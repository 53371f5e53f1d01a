"""The pages of imports: bring a file, read what was found in it, look at what was kept and at what changed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.dataset.version_diff import FieldRow
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as say
from tanbiao.formats import registry
from tanbiao.web import finding_table, licences
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.datasets import commands, pages_export, queries, told, words
from tanbiao.web.datasets.models import DatasetImport
from tanbiao.web.datasets.sent import sent
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.table_files import table_file

PER_PAGE = 50


@access("datasets.view")
@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """List what was brought, and take more files."""
    actor = actor_of(request)
    context: dict[str, Any] = {
        "formats": _formats(),
        "licences": [(one.code, one.name(current())) for one in licences.LICENCES],
        "said": request.POST,
    }
    status = 200
    if request.method == "POST":
        made, problems = _bring_all(request)
        if made and not problems:
            if len(made) > 1:
                told_of = _("%(count)d imports are kept and being read: files of different formats are read apart.")
                messages.success(request, told_of % {"count": len(made)})
                return redirect("datasets:list")
            return redirect("datasets:import", import_id=made[0].id)
        context["findings"] = [say(item, current()) for error in problems for item in error.findings]
        context["made"] = made
        status = status_of(problems[0])
    page = Paginator(queries.imports(actor), PER_PAGE).get_page(request.GET.get("page"))
    context |= {
        "imports": page,
        "rows": [(item, queries.progress(actor, item)) for item in page],
        "is_busy": any(item.state == "waiting" for item in page),
        "kept": queries.versions(actor).count(),
    }
    return render(request, "datasets/imports.html", context, status=status)


def _formats() -> list[tuple[str, str]]:
    return [(one.name, one.zh if current() == "zh" else one.en) for one in registry.FORMATS]


def _bring_all(request: HttpRequest) -> tuple[list[DatasetImport], list[TanbiaoError]]:
    """Take every group of a form's files under the form's terms; one that is refused keeps no other out."""
    terms = commands.Terms(
        rights_holder=request.POST.get("rights_holder", ""),
        licence=request.POST.get("licence", "")[:40],
        licence_text=request.POST.get("licence_text", ""),
        is_shared=request.POST.get("who") == "shared",
    )
    made: list[DatasetImport] = []
    problems: list[TanbiaoError] = []
    asked = request.POST.get("format", "")[:40]
    try:
        groups = sent(request.FILES.getlist("file"), request.POST.getlist("path"), asked)
    except TanbiaoError as error:
        return made, [error]
    for one in groups:
        try:
            made.append(
                commands.bring(
                    actor_of(request),
                    filename=one.label,
                    data=one.data,
                    files=one.files,
                    asked_format=asked,
                    terms=terms,
                )
            )
        except TanbiaoError as error:
            problems.append(error)
            if error.where in ("licence", "licence_text", "is_shared"):
                break  # the terms are of all files: the first refusal speaks for the others
    if not made and not problems:
        problems.append(Invalid.of("dataset_file_missing", "file"))
    return made, problems


@access("datasets.view")
@require_GET
def one_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show what became of a file: counts, findings with filters, datasets kept."""
    return _import_page(request, import_id)


def _import_page(request: HttpRequest, import_id: UUID, error: TanbiaoError | None = None) -> HttpResponse:
    actor, lang = actor_of(request), current()
    record = queries.dataset_import(actor, import_id)
    wanted = finding_table.wanted(request.GET)
    found = told.told(record, lang, wanted)
    context: dict[str, Any] = {
        "record": record,
        "reading": queries.progress(actor, record),
        "licence": queries.licence_words(record, lang),
        "formats": _formats(),
        "groups": told.groups(record, lang),
        "files": told.files(record),
        "wanted": wanted,
        **finding_table.choices(),
        "file_base": reverse("datasets:findings", args=[record.id, "x"]).removesuffix(".x"),
        "found": len(found),
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
    }
    if error is not None:
        context["problems"] = [say(item, lang) for item in error.findings]
    return render(request, "datasets/import.html", context, status=status_of(error) if error else 200)


@access("datasets.view")
@require_GET
def progress(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Return how far the reading is, as a piece of the page that asks again by itself and ends by loading the page."""
    actor = actor_of(request)
    record = queries.dataset_import(actor, import_id)
    reading = queries.progress(actor, record)
    answer = render(request, "datasets/_progress.html", {"record": record, "reading": reading})
    if reading.step in ("finished", "failed"):
        answer["HX-Refresh"] = "true"
    return answer


@access("datasets.import")
@require_POST
def retry(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Read a file once more, as another format where one is chosen."""
    try:
        commands.retry(actor_of(request), import_id=import_id, asked_format=request.POST.get("format", "")[:40])
    except NotFound:
        raise
    except TanbiaoError as error:
        return _import_page(request, import_id, error)
    return redirect("datasets:import", import_id=import_id)


@access("datasets.view")
@require_GET
def findings_file(request: HttpRequest, import_id: UUID, suffix: str) -> HttpResponse:
    """Return the findings that the address asks for as CSV or Excel, in the reader's language."""
    record = queries.dataset_import(actor_of(request), import_id)
    rows = [item.document() for item in told.told(record, current(), finding_table.wanted(request.GET))]
    heads = finding_table.EXPORT_HEADS
    return table_file(f"findings-{record.id}", suffix, heads, ([row[head] for head in heads] for row in rows))


@access("datasets.view")
@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    """Search the newest versions of the datasets one may read, or those that one import kept."""
    actor = actor_of(request)
    text, brought_by = request.GET.get("q", "")[:200], _uuid(request.GET.get("import", ""))
    source = queries.dataset_import(actor, brought_by) if brought_by is not None else None
    rows = queries.versions(actor, text, brought_by=brought_by)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "datasets/versions.html", {"page": page, "text": text, "source": source})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


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
            "is_own": queries.is_own(actor, row),
            "process": document["process"],
            "product_classes": [
                one
                for line in exchanges
                if line["item"].get("is_reference")
                for one in line["flow"].get("classifications", [])
            ],
            "exchanges": Paginator(exchanges, PER_PAGE).get_page(request.GET.get("page")),
            "history": list(queries.history(actor, row)),
            "changes": queries.changes(actor, row),
        },
    )


SHOWN_LENGTH = 400
"""Characters of a field's text that the comparison shows; the files hold them whole."""


@access("datasets.view")
@require_GET
def compare(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Set two versions of a dataset side by side."""
    actor = actor_of(request)
    row = queries.version(actor, version_id)
    found = _compared(request, version_id)
    everything = request.GET.get("show") == "all"
    context: dict[str, Any] = {
        "row": row,
        "history": list(queries.history(actor, row)),
        "found": found,
        "everything": everything,
    }
    if found is not None:
        exchanges = [one for one in found.diff.exchanges if everything or one.state != "same"]
        fields = [one for one in found.diff.fields if everything or one.state != "same"]
        context |= {
            "counts": found.diff.counts(),
            "page": Paginator(exchanges, PER_PAGE).get_page(request.GET.get("page")),
            "fields": [_field_line(one) for one in fields],
        }
    return render(request, "datasets/compare.html", context)


def _compared(request: HttpRequest, version_id: UUID) -> queries.Compared | None:
    new = _uuid(request.GET.get("new", "")) or version_id
    return queries.comparison(actor_of(request), new, _uuid(request.GET.get("old", "")))


def _field_line(one: FieldRow) -> tuple[FieldRow, str, str, str]:
    """Return a field with what it is called (empty: its key tells) and its two values."""
    lang = current()
    called = words.field_words(one.key, lang) if one.part == "process" else ""
    before, after = (_text(words.value_words(one.key, value, lang)) for value in (one.before, one.after))
    return one, called, before, after


def _text(value: Any) -> str:
    """Return a field's value as one line; a dash where there is none."""
    if value is None:
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"


@access("datasets.view")
@require_GET
def compare_file(request: HttpRequest, version_id: UUID, suffix: str) -> HttpResponse:
    """Return the comparison as CSV or Excel: one line per exchange and per field, whole."""
    found = _compared(request, version_id)
    if found is None:
        raise NotFound.of("dataset_version_alone", str(version_id))
    lang = current()
    rows: list[list[str | float | None]] = []
    for one in found.diff.exchanges:
        sides = [(side.get("amount"), side.get("unit", "")) if side else (None, "") for side in (one.before, one.after)]
        name = one.name.get(lang) or next(iter(one.name.values()), one.flow)
        direction = "input" if one.is_input else "output"
        rows.append([one.state, direction, name, *sides[0], *sides[1], one.relative, ", ".join(one.parts)])
    for field in found.diff.fields:
        texts = [
            value if isinstance(value, str) else None if value is None else json.dumps(value, ensure_ascii=False)
            for value in (field.before, field.after)
        ]
        rows.append([field.state, field.part, field.key, texts[0], "", texts[1], "", None, ""])
    heads = ("state", "part", "name", "before", "before_unit", "after", "after_unit", "relative", "differing")
    return table_file(f"compare-{found.new.dataset_id}", suffix, heads, rows)


urlpatterns: list[URLPattern] = [
    path("imports/", listing, name="list"),
    path("imports/<uuid:import_id>/", one_import, name="import"),
    path("imports/<uuid:import_id>/progress/", progress, name="progress"),
    path("imports/<uuid:import_id>/retry/", retry, name="retry"),
    path("imports/<uuid:import_id>/findings.<str:suffix>", findings_file, name="findings"),
    path("datasets/", versions, name="versions"),
    *pages_export.urlpatterns,
    path("datasets/<uuid:version_id>/", version, name="version"),
    path("datasets/<uuid:version_id>/compare/", compare, name="compare"),
    path("datasets/<uuid:version_id>/compare.<str:suffix>", compare_file, name="compare_file"),
]
