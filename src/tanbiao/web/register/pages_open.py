"""Pages of the open register: the data as files, the statistics, the report of certification data upward."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as rendered
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import NotFound
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.register import finding, open_data, reporting, statistics, words
from tanbiao.web.table_files import table_file

TABLES = ("state", "category", "region", "body", "month")


@access(PUBLIC)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the open data: the newest dumps with their hashes, the calls, the licence."""
    context = {
        "dumps": open_data.dumps(actor_of(request)),
        "licence": settings.TANBIAO_OPEN_LICENCE,
        "parquet": open_data.parquet_is_there(),
    }
    return render(request, "register/open_data.html", context)


@access(PUBLIC)
@require_safe
def file(request: HttpRequest, day: str, name: str) -> FileResponse:
    """Hand out a file of a dump, never loaded whole."""
    found, media_type, hashed = open_data.file_of(actor_of(request), day, name)
    if not found.exists():
        raise NotFound.of("open_data_unknown", name)
    response = FileResponse(found.open("rb"), content_type=media_type, as_attachment=True, filename=f"{day}-{name}")
    response["ETag"] = f'"{hashed}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Show the open statistics; each table can be kept as a file."""
    actor = actor_of(request)
    kind = request.GET.get("kind", "certified")
    kind = kind if kind in finding.KINDS else "certified"
    tables = []
    for by in TABLES:
        made = statistics.table(actor, by, kind=kind)
        name = statistics.names(by, [code for code, _ in made.lines])
        most = max((n for _, n in made.lines), default=0)
        lines = [(code, name(code) or "–", n) for code, n in made.lines[-24:]]
        tables.append({"by": by, "words": words.TABLE_WORDS[by], "total": made.total, "most": most, "lines": lines})
    context = {
        "tables": tables,
        "kind": kind,
        "covered": [one for one in statistics.covered(actor) if one.kind == kind],
        "in_force": statistics.in_force(actor, kind),
        "kinds": [(one, words.KIND_WORDS[one]) for one in finding.kinds_there(actor)],
    }
    return render(request, "register/statistics.html", context)


@access(PUBLIC)
@require_safe
def figures_file(request: HttpRequest, by: str, suffix: str) -> HttpResponse:
    """Hand out a table of the statistics as CSV or Excel."""
    made = statistics.table(actor_of(request), by, kind=request.GET.get("kind", "certified"))
    name = statistics.names(by, [code for code, _ in made.lines])
    rows = [(code, name(code), n) for code, n in made.lines]
    return table_file(f"register-by-{by}", suffix, [by, str(words.TABLE_WORDS.get(by, by)), "n"], rows)


@access("register.report_upward")
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Show the report of certification data of a period: what it holds, what its validator finds."""
    actor, lang = actor_of(request), current()
    asked = {name: request.GET.get(name, "")[:10] for name in ("begin", "end")}
    context: dict[str, Any] = {"asked": asked, "sets": reporting.field_sets(), "query": request.GET.urlencode()}
    status = 200
    try:
        made = reporting.report(actor, field_set=request.GET.get("set", ""), **asked)
    except TanbiaoError as error:
        status, context["refusals"] = status_of(error), error.findings
    else:
        heads = [field.title(lang) for field in made.fields.fields]
        context |= {"report": made, "heads": heads, "rows": [row.cells for row in made.rows[:50]]}
        context["findings"] = [rendered(item, lang) for item in made.findings[:50]]
    return render(request, "register/report.html", context, status=status)


@access("register.report_upward")
@require_safe
def report_file(request: HttpRequest, suffix: str) -> HttpResponse:
    """Hand out the report as CSV or Excel."""
    asked = {name: request.GET.get(name, "")[:10] for name in ("begin", "end")}
    made = reporting.report(actor_of(request), field_set=request.GET.get("set", ""), **asked)
    rows = [row.cells for row in made.rows]
    return table_file(f"certification-data-{made.begin}-{made.end}", suffix, [f.name for f in made.fields.fields], rows)


urlpatterns: list[URLPattern] = [
    path("open-data/", index, name="open_data"),
    path("open-data/<str:day>/<str:name>", file, name="open_file"),
    path("statistics/", figures, name="statistics"),
    path("statistics/<slug:by>.<slug:suffix>", figures_file, name="statistics_file"),
    path("certification-report/", report, name="report_upward"),
    path("certification-report/file.<slug:suffix>", report_file, name="report_upward_file"),
]
