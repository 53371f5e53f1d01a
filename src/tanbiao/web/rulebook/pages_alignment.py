"""The page of a rule's alignment record: clause by clause beside international documents; bringing a newer one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.catalogue.rule_alignment import documents_of, international
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as say
from tanbiao.formats import alignment_table
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.catalogue import queries as catalogue
from tanbiao.web.catalogue.words import FRAMEWORK_READ_WORDS
from tanbiao.web.commanding import allowed, require
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.rulebook import alignment_queries, commands, forms, queries, show, words
from tanbiao.web.rulebook.facts import is_owner
from tanbiao.web.rulebook.models import RuleEntry

SHOWN_FINDINGS = 100


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def alignment(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show which clause is aligned to what, equal, modified or not at all, and why; the keeper brings a record."""
    actor, status = actor_of(request), 200
    row = queries.entry(actor, entry_id)
    context: dict[str, Any] = {}
    if request.method == "POST":
        require(actor, "rulebook.align")
        answer = _bring(request, row, context)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    found = alignment_queries.record(actor, row)
    framework = catalogue.framework(actor)
    may = allowed(actor, "rulebook.align") and is_owner(actor, row) and row.state not in queries.ENDED
    context |= {
        **show.line(row),
        "record": found,
        "sections": words.SECTION_WORDS,
        "degrees": words.DEGREE_OF_ALIGNMENT_WORDS,
        "tones": words.DEGREE_OF_ALIGNMENT_TONES,
        "reads": FRAMEWORK_READ_WORDS,
        "standards": framework.by_id,
        "documents": [framework.by_id[one] for one in documents_of(found.lines)],
        "known": international(framework),
        "open": sum(not one.lines for one in found.rows),
    }
    if may:
        context.setdefault("form", forms.AlignmentForm())
    return render(request, "rulebook/alignment.html", context, status=status)


def _bring(request: HttpRequest, row: RuleEntry, context: dict[str, Any]) -> HttpResponse | int:
    form = forms.AlignmentForm(request.POST, request.FILES)
    context["form"] = form
    if not form.is_valid():
        return 422
    file = form.cleaned_data["file"]
    try:
        commands.align(actor_of(request), entry_id=row.id, filename=file.name or "", data=file.read())
    except TanbiaoError as error:
        context["wrong"] = len(error.findings)
        context["findings"] = [say(item, current()) for item in error.findings[:SHOWN_FINDINGS]]
        return status_of(error)
    messages.success(request, _("The record is kept."))
    return redirect("rulebook:alignment", entry_id=row.id)


@access(PUBLIC)
@require_GET
def alignment_file(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return the record as the table that is brought."""
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    data = alignment_table.write(alignment_queries.record(actor, row).lines)
    return attachment(data, "text/csv", f"{row.reference}-alignment.csv")


urlpatterns: list[URLPattern] = [
    path("rules/<uuid:entry_id>/alignment/", alignment, name="alignment"),
    path("rules/<uuid:entry_id>/alignment.csv", alignment_file, name="alignment_file"),
]
