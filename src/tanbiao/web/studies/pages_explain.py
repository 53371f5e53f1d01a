"""The pages beside a study's result: where it comes from, its figure under each scheme, the schemes' forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from tanbiao.core.findings import Lang
from tanbiao.core.findings import render as say
from tanbiao.core.study import cbam, cbam_bridge, parameter_sets, scheme_fields
from tanbiao.core.study.views import explain_result
from tanbiao.documents import charts
from tanbiao.documents.report import interpretation as report
from tanbiao.formats import forms
from tanbiao.formats.forms import cbam as cbam_form
from tanbiao.web import explaining
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.language import current
from tanbiao.web.studies import files, queries, show
from tanbiao.web.studies.templatetags.studies import setting_name
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
            scheme_fields.as_json(item, lang)
            | {"title": item.set.name[lang], "scheme_name": item.set.scheme[lang], "picture": _waterfall(item)}
            for item in queries.views(actor, study_id)
        ]
        context["kinds"] = [
            row | {"cells": [", ".join(found) for found in row["fields"].values()]} for row in scheme_fields.kinds()
        ]
        context["schemes"] = [*(item.scheme[lang] for item in parameter_sets.parameter_sets().values()), "CBAM"]
        context |= _embedded(actor, study_id, lang)
    except Invalid as error:
        context["findings"] = [say(item, lang) for item in error.findings]
    return render(request, "studies/schemes.html", context)


def _embedded(actor: Actor, study_id: UUID, lang: Lang) -> dict[str, Any]:
    """Return the chain of goods with their embedded emissions; what refuses them is said in its place."""
    try:
        found = queries.embedded(actor, study_id)
    except Invalid as error:
        return {"cbam_findings": [say(item, lang) for item in error.findings]}
    if found is None:
        return {}
    account, way, told = found
    context: dict[str, Any] = {
        "cbam_goods": [cbam_form.good(item) for item in account.goods],
        "cbam_statement": cbam.table()["statement"][lang],
        "cbam_source": cbam.table()["sources"]["complex_goods"],
        "cbam_findings": [say(item, lang) for item in told],
    }
    if way is not None:
        steps = [charts.Step(cbam_bridge.NAMES[item.reason][lang], item.change) for item in way.steps]
        first, last = gettext("As the study's rule counts"), gettext("Embedded emissions of the declared good")
        context["cbam_way"] = cbam_bridge.as_json(way)
        context["cbam_picture"] = charts.waterfall(first, way.start, steps, last, way.unit, lang)
    return context


def _waterfall(view: parameter_sets.View) -> str:
    """Return the way from the study's figure to the scheme's; nothing where the scheme changes no setting."""
    if not view.steps:
        return ""
    steps = [charts.Step(setting_name(item.setting), item.change) for item in view.steps]
    first, last = gettext("As the study's rule counts"), gettext("Figure under this scheme")
    return charts.waterfall(first, view.start, steps, last, view.unit, current())


@access("studies.view")
@require_GET
def forms_page(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show which forms of schemes the study can fill in, what each of the others misses, and the downloads."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    context = {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "forms": [_form(actor, study_id, item, lang) for item in forms.FORMS],
        "api": f"/api/v1/studies/{study_id}/forms",
    }
    return render(request, "studies/forms.html", context)


def _form(actor: Actor, study_id: UUID, form: forms.Form, lang: Lang) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": form.id, "title": form.name(lang), "preview": "", "missing": (), "notes": ()}
    try:
        made = queries.filled_form(actor, study_id, form, lang)
    except Invalid as error:
        return shown | {"missing": [say(item, lang) for item in error.findings]}
    return shown | {"preview": made.data.decode(), "notes": [say(item, lang) for item in made.findings]}


@access("studies.view")
@require_GET
def form_file(request: HttpRequest, study_id: UUID, form: str) -> HttpResponse:
    """Return a form of a scheme as JSON."""
    return files.form_file(actor_of(request), study_id, form, current())


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
        told = queries.interpretation(actor, study_id, varied=explaining.varied(request.GET))
    except NotFound:
        return redirect("studies:study", study_id=study_id)
    except Invalid as error:
        context["findings"] = [say(item, lang) for item in error.findings]
    else:
        context |= {
            "result": result,
            "sections": report.sections(told, result, lang),
            "vary": f"{100 * told['preview']['varied']:g}",
            "variations": explaining.VARIATIONS,
        }
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
