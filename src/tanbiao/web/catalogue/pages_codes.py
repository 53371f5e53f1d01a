"""The pages of code tables: which classifications have names here, one table with its codes, bringing a newer one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.dataset.classifications import scheme as known_scheme
from tanbiao.core.findings import TanbiaoError, from_json
from tanbiao.core.findings import render as say
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.catalogue import code_tables, forms, queries_codes
from tanbiao.web.catalogue.models import CodeTable
from tanbiao.web.commanding import Invalid, allowed, require
from tanbiao.web.language import current
from tanbiao.web.licences import licence
from tanbiao.web.problems import status_of

PER_PAGE = 100
SHOWN_FINDINGS = 100


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """List the tables; an operator brings one, and reads there what is wrong with it."""
    actor, status = actor_of(request), 200
    context: dict[str, Any] = {}
    if request.method == "POST":
        require(actor, "catalogue.bring_codes")
        answer = _bring(request, context)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    elif allowed(actor, "catalogue.bring_codes"):
        context["form"] = forms.CodeTableForm(initial={"scheme": request.GET.get("scheme", "")[:60]})
    rows = [_row(one) for one in queries_codes.tables(actor)]
    named = {row["table"].scheme for row in rows}
    unnamed = [one for one in queries_codes.known_schemes() if one[0] not in named]
    context |= {"rows": rows, "unnamed": [(key, zh if current() == "zh" else en) for key, zh, en in unnamed]}
    return render(request, "catalogue/codes.html", context, status=status)


def _bring(request: HttpRequest, context: dict[str, Any]) -> HttpResponse | int:
    """Take what the form sends; else the status of the page, whose context then has form and findings."""
    form = forms.CodeTableForm(request.POST, request.FILES)
    context["form"] = form
    if not form.is_valid():
        return 422
    said = dict(form.cleaned_data)
    file = said.pop("file")
    try:
        made = code_tables.bring_codes(
            actor_of(request), about=code_tables.About(**said), filename=file.name or "", data=file.read()
        )
    except TanbiaoError as error:
        of_fields = [item for item in error.findings if item.where in form.fields]
        if of_fields:
            form.add_problem(Invalid(*of_fields))
        others = [item for item in error.findings if item.where not in form.fields]
        context["findings"] = [say(item, current()) for item in others[:SHOWN_FINDINGS]]
        context["more"] = len(others) - SHOWN_FINDINGS
        context["wrong"] = len(others)
        return status_of(error)
    messages.success(request, _("%(count)d codes have their names now.") % {"count": made.rows})
    return redirect("catalogue:code_table", table_id=made.id)


def _row(table: CodeTable) -> dict[str, Any]:
    known, lang = known_scheme(table.scheme), current()
    words = licence(table.licence)
    return {
        "table": table,
        "scheme": known.name(lang) if known else table.scheme,
        "licence": table.licence_text or (words.name(lang) if words else table.licence),
    }


@access(PUBLIC)
@require_GET
def one(request: HttpRequest, table_id: UUID) -> HttpResponse:
    """Show one table: what it is, its codes level by level or as a search finds them, its versions."""
    actor = actor_of(request)
    table = queries_codes.table(actor, table_id)
    text, parent = request.GET.get("q", "")[:200], request.GET.get("under", "")[:60]
    found = queries_codes.rows(table, text, parent=None if text.strip() else parent)
    return render(
        request,
        "catalogue/code_table.html",
        {
            **_row(table),
            "text": text,
            "way": _way(table, parent),
            "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
            "narrower": set(table.names.exclude(parent="").values_list("parent", flat=True).distinct()),
            "versions": list(queries_codes.versions(actor, table)),
            "doubts": [say(from_json(item), current()) for item in table.findings[:SHOWN_FINDINGS]],
            "may_bring": allowed(actor, "catalogue.bring_codes"),
        },
    )


def _way(table: CodeTable, code: str) -> list[Any]:
    """Return the codes from the widest down to one; no table is deeper than its codes are long."""
    way: list[Any] = []
    while code and len(way) < queries_codes.DEEPEST:
        row = table.names.filter(code=code).first()
        if row is None:
            break
        way.insert(0, row)
        code = row.parent
    return way


urlpatterns: list[URLPattern] = [
    path("catalogue/codes/", listing, name="codes"),
    path("catalogue/codes/<uuid:table_id>/", one, name="code_table"),
]
