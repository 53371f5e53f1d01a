"""The page that takes a study's result apart, in the same views as a dataset of a release."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tanbiao.core.findings import render as say
from tanbiao.core.study import parameter_sets, scheme_fields
from tanbiao.core.study.views import explain_result
from tanbiao.documents import charts
from tanbiao.documents.report import interpretation as report
from tanbiao.web import explaining
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.language import current
from tanbiao.web.studies import queries, show
from tanbiao.web.table_files import table_file


@access("studies.view")
@require_GET
def schemes(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the study under each scheme's parameters, with the steps between the figures."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    context: dict[str, Any] = {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "statement": parameter_sets.statement()[lang],
        "findings": (),
    }
    try:
        context["views"] = [
            scheme_fields.as_json(item, lang) | {"title": item.set.name[lang], "scheme_name": item.set.scheme[lang]}
            for item in queries.views(actor, study_id)
        ]
    except Invalid as error:
        context["findings"] = [say(item, lang) for item in error.findings]
    return render(request, "studies/schemes.html", context)


@access("studies.view")
@require_GET
def interpretation(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show goal and scope, hot spots, completeness, consistency, the result under other choices, and the limits."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    context: dict[str, Any] = {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "findings": (),
    }
    try:
        result = show.result(queries.result_document(actor, study_id), lang)
        told = queries.interpretation(actor, study_id)
    except NotFound:
        return redirect("studies:study", study_id=study_id)
    except Invalid as error:
        context["findings"] = [say(item, lang) for item in error.findings]
    else:
        context |= {"result": result, "sections": report.sections(told, result, lang)}
    return render(request, "studies/interpretation.html", context)


@access("studies.view")
@require_GET
def explain(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show where a study's result comes from."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    wanted = explaining.asked(request.GET)
    try:
        result = queries.result_document(actor, study_id)
    except NotFound:
        return redirect("studies:study", study_id=study_id)
    body = explain_result(result, wanted.cut_off, wanted.opened)
    release = result["versions"]["release"]

    def link(identifier: str) -> str:
        if identifier == "direct" or identifier not in body["names"]:
            return ""
        return f"{reverse('factors:upstream')}?{urlencode({'id': identifier, 'release': release})}"

    context: dict[str, Any] = {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "result": show.result(result, lang),
        "body": body,
        "asked": wanted,
        "tables": explaining.tables(body, lang, link),
        "tree": [_branch(branch, link) for branch in body["tree"]],
        "picture": charts.sankey(result, lang),
        "flows": charts.flow_rows(result, lang),
        "file_base": reverse("studies:explain_file", kwargs={"study_id": study_id, "suffix": "x"}).removesuffix(".x"),
        "api": f"/api/v1/studies/{study_id}/explain",
    }
    return render(request, "studies/explain.html", context)


def _branch(branch: dict[str, Any], link: Any) -> dict[str, Any]:
    name = branch["name"]
    return branch | {
        "words": name.get(current()) or name.get("zh") or branch["key"],
        "href": link(branch["dataset"]) if branch.get("dataset") else "",
        "supplies": [_branch(item, link) for item in branch["supplies"]],
    }


@access("studies.view")
@require_GET
def explain_file(request: HttpRequest, study_id: UUID, suffix: str) -> HttpResponse:
    """Return the parts of every view as CSV or Excel."""
    wanted = explaining.asked(request.GET)
    body = explain_result(queries.result_document(actor_of(request), study_id), wanted.cut_off, wanted.opened)
    rows = explaining.export_rows(body, current())
    return table_file(f"explain-{study_id}", suffix, explaining.EXPORT_HEADS, rows)
