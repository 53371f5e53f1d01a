"""Pages that set a study beside another: an earlier one of the same product, or any on the same draws."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tanbiao.core.findings import render as say
from tanbiao.core.study import pair
from tanbiao.core.study.years import as_json
from tanbiao.documents.report.pair import sections as pair_sections
from tanbiao.documents.report.years import sections
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.language import current
from tanbiao.web.studies import queries, show


@access("studies.view")
@require_GET
def years(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the change from an earlier study to this one, split by cause; first a choice of what to compare with."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    base = request.GET.get("base", "")
    context: dict[str, Any] = {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "others": queries.siblings(actor, study_id),
        "base": base,
        "findings": (),
    }
    if base:
        try:
            context["sections"] = sections(as_json(queries.years(actor, study_id, _id_of(base)), lang), lang)
        except Invalid as error:
            context["findings"] = [say(item, lang) for item in error.findings]
    return render(request, "studies/years.html", context)


LISTED = 200
"""Studies offered in the choice, the newest first."""


@access("studies.view")
@require_GET
def compared(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show how sure it is that this study is below another, on the same draws; first a choice of the other."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    other = request.GET.get("with", "")
    context: dict[str, Any] = {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "others": queries.comparable(actor, study_id)[:LISTED],
        "other": other,
        "findings": (),
    }
    if other:
        try:
            told = pair.as_json(queries.pair(actor, study_id, _id_of(other)), lang)
            context["sections"] = pair_sections(told, lang)
        except Invalid as error:
            context["findings"] = [say(item, lang) for item in error.findings]
    return render(request, "studies/compare.html", context)


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound.of("study_unknown", text[:40]) from error
