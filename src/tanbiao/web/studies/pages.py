"""The pages of studies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as say
from tanbiao.core.study import emission_methods
from tanbiao.documents import charts
from tanbiao.documents.report import data_basis
from tanbiao.examples import catalogue as examples
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import (
    ageing,
    commands,
    files,
    forms,
    intake,
    moves,
    pages_details,
    pages_waivers,
    prescribed,
    queries,
    show,
)
from tanbiao.web.studies.models import Study
from tanbiao.web.studies.pages_explain import (
    explain,
    explain_file,
    form_file,
    forms_page,
    interpretation,
    schemes,
)
from tanbiao.web.studies.pages_market import market_page, market_table_file
from tanbiao.web.studies.pages_reviews import review_file, review_template, reviews
from tanbiao.web.studies.pages_scope import follow_scenario, scope
from tanbiao.web.studies.pages_suppliers import suppliers_page
from tanbiao.web.studies.pages_years import compared, years
from tanbiao.workflow.machine import Option

ROWS_PER_PAGE = 60
TOP = 25
"""Contributions shown before the rest is unfolded."""
DRIVERS = 6
"""Rows shown as what drives the interval; the others stand in one line."""
TOP_STAND_INS = 8
OWN_ACTS = ("self_check", "submit", "publish", "require_recalculation", "withdraw")
"""What the owner does on the study's own page; the other moves happen in a case."""


@access("studies.view")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Show the studies that the reader may see."""
    actor, lang = actor_of(request), current()
    state = request.GET.get("state", "")[:40]
    page = Paginator(queries.listing(actor, state=state), 30).get_page(request.GET.get("page"))
    counts = queries.counts(actor)
    return render(
        request,
        "studies/list.html",
        {
            "page": page,
            "state": state,
            "total": counts.total,
            "states": [(code, show.state(code, lang), number) for code, number in sorted(counts.by_state.items())],
            "studies": [(study, show.state(study.state, lang)) for study in page],
        },
    )


@access(PUBLIC)
@require_GET
def methods(request: HttpRequest) -> HttpResponse:
    """Show the methods that calculate direct emissions: inputs, formulas, default values with their sources."""
    return render(request, "studies/methods.html", {"methods": emission_methods.methods().values(), "lang": current()})


@access("studies.create")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a study: from a file, from an example, or from a name alone."""
    actor = actor_of(request)
    context: dict[str, Any] = {"rules": rulebook.offered(), "examples": examples(), "lang": current()}
    if request.method == "GET":
        return render(request, "studies/new.html", context)
    upload = request.FILES.get("file")
    example = next((item for item in examples() if item.id == request.POST.get("example", "")), None)
    title = request.POST.get("title", "").strip() or (upload.name if upload and upload.name else "")
    if example is not None:
        title = title or example.title["zh"]
    try:
        study = commands.create(actor, title_zh=title)
    except TanbiaoError as error:
        context |= {"findings": [say(item, current()) for item in error.findings]}
        return render(request, "studies/new.html", context, status=status_of(error))
    if example is not None:
        commands.bring_in(actor, study_id=study.id, filename=example.file, data=example.read())
    elif upload is not None:
        return _take(request, study.id, upload.name or "", upload.read(), "")
    return redirect("studies:study", study_id=study.id)


@access("studies.view")
@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """Return the empty Excel template of a rule."""
    return files.template(request.GET.get("rule", "")[:120], current())


@access("studies.view")
@require_GET
def study(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show one study: what to do next, its rows, its findings."""
    return _study_page(request, study_id)


def _own_acts(actor: Actor, study: Study) -> list[Option]:
    return [option for option in moves.options(actor, study) if option.mine and option.event in OWN_ACTS]


def _options(actor: Actor, study: Study) -> dict[str, Any]:
    """Return what its owner may do next, and what a submission should be done in view of."""
    acts = _own_acts(actor, study)
    submits = study.head is not None and any(act.event == "submit" for act in acts)
    return {"options": acts, "notices": queries.notices(actor, study.id) if submits else ()}


def _study_page(
    request: HttpRequest, study_id: UUID, error: TanbiaoError | None = None, extra: dict[str, Any] | None = None
) -> HttpResponse:
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    context: dict[str, Any] = {
        "study": found,
        "state_name": show.state(found.state, lang),
        **_options(actor, found),
        "editable": found.state in moves.EDITABLE and actor.owns(found),
        "mine": actor.owns(found),
        "upload": queries.uploads(actor, study_id).first(),
        "evidence_count": queries.evidence(actor, study_id).count(),
        "head": found.head,
        "rule_end": rulebook.ending_of(found.head.rule) if found.head else None,
    }
    if context["upload"]:
        context["upload_findings"] = queries.told_of(context["upload"], lang)
    if found.head:
        context |= _head(request, found)
    if error is not None:
        context["findings"] = [say(item, lang) for item in error.findings]
    return render(request, "studies/study.html", context | (extra or {}), status=status_of(error) if error else 200)


def _head(request: HttpRequest, found: Study) -> dict[str, Any]:
    """Return what the newest revision shows: its rows (a page of them), its result in short, its findings."""
    actor, lang = actor_of(request), current()
    document = queries.parsed(actor, found.id)
    kept = queries.latest_result(actor, found.id)
    body = queries.read_json(kept.blob) if kept else None
    rows = show.rows(document, lang, body)
    group, only = request.GET.get("group", ""), request.GET.get("only", "")
    shown = [
        row for row in rows if (not group or row.group == group) and (only != "findings" or row.findings or row.absent)
    ]
    return {
        "document": document,
        "kept": kept,
        "result": show.result(body, lang) if body else None,
        "page": Paginator(shown, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "groups": sorted({row.group for row in rows}),
        "group": group,
        "only": only,
        "row_total": len(rows),
        "titles": show.group_titles(document, lang),
        "empty_stages": show.stages_without_rows(document),
        "stage_chart": charts.stage_bar(show.result(body, lang), lang) if body else "",
    }


def _take(request: HttpRequest, study_id: UUID, filename: str, data: bytes, parent: str) -> HttpResponse:
    record = commands.bring_in(
        actor_of(request), study_id=study_id, filename=filename, data=data, expected_parent=parent
    )
    if record.accepted:
        messages.success(request, _("The file is saved as a new revision."))
        return redirect("studies:study", study_id=study_id)
    response = _study_page(request, study_id)
    response.status_code = 422
    return response


@access("studies.edit")
@require_POST
def upload(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Take a study file."""
    file = request.FILES.get("file")
    if file is None:
        return _study_page(request, study_id, Invalid.of("file_missing", "file"))
    try:
        return _take(request, study_id, file.name or "", file.read(), request.POST.get("expected_parent", ""))
    except TanbiaoError as error:
        return _study_page(request, study_id, error)


@access("studies.view")
@require_GET
def annotated(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Return the uploaded workbook with its findings as cell comments."""
    return files.annotated(actor_of(request), upload_id)


@access("studies.view")
@require_GET
def download(request: HttpRequest, study_id: UUID, suffix: str) -> HttpResponse:
    """Return the newest revision as a file."""
    return files.document_file(actor_of(request), study_id, suffix, current())


@access("studies.view")
@require_GET
def datasets_file(request: HttpRequest, study_id: UUID, target: str) -> HttpResponse:
    """Return the newest revision as datasets of other programs; a refusal comes back on the study's page."""
    try:
        return files.datasets_file(actor_of(request), study_id, target)
    except Invalid as error:
        return _study_page(request, study_id, error)


@access("studies.view")
@require_GET
def report_file(request: HttpRequest, study_id: UUID, suffix: str) -> HttpResponse:
    """Return the calculation report."""
    return files.report_file(actor_of(request), study_id, suffix, current())


@access("studies.view")
@require_GET
def declaration_file(request: HttpRequest, study_id: UUID, suffix: str) -> HttpResponse:
    """Return the declaration of the footprint, or the study's page with what stands against it."""
    stages = request.GET.get("stages", "yes") != "no"
    try:
        return files.declaration_file(actor_of(request), study_id, suffix, current(), stages=stages)
    except NotFound:
        raise
    except TanbiaoError as error:
        return _study_page(request, study_id, error)


@access("studies.calculate")
@require_POST
def calculate(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Calculate, and settle the calculation when nothing stands against it."""
    actor = actor_of(request)
    try:
        commands.calculate(actor, study_id=study_id)
    except TanbiaoError as error:
        return _study_page(request, study_id, error)
    try:
        commands.settle(actor, study_id=study_id)
    except TanbiaoError as error:
        # The figure is kept; what it still lacks is said on its own page.
        for item in error.findings:
            messages.warning(request, say(item, current())["message"])
    return redirect("studies:result", study_id=study_id)


def _own_processes(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the result by own process, with shares of what is known; nothing where the study has no process."""
    rows = body.get("own_processes", [])
    whole = body["total"]["value"]
    if not any(row["process"] for row in rows):
        return []
    return [row | {"share": row["value"] / whole if whole else None} for row in rows]


def _drivers(body: dict[str, Any]) -> dict[str, Any]:
    """Return the rows that drive the interval and what the others add up to; nothing where nothing was sampled."""
    ranked = [item for item in body.get("drivers", []) if item["variance_share"] is not None]
    rest = ranked[DRIVERS:]
    return {
        "drivers": ranked[:DRIVERS],
        "other_drivers": len(rest),
        "other_value": sum(item["value"] for item in rest),
        "other_share": sum(item["variance_share"] for item in rest),
    }


@access("studies.view")
@require_GET
def result(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the result with its charts and the table behind each."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    try:
        body = show.result(queries.result_document(actor, study_id), lang)
    except NotFound:
        return redirect("studies:study", study_id=study_id)
    ordered = sorted(body["contributions"], key=lambda item: -abs(item["value"]))
    stand_ins = sorted(body["stand_ins"], key=lambda item: -abs(item["share"] or 0))
    return render(
        request,
        "studies/result.html",
        {
            "study": found,
            "state_name": show.state(found.state, lang),
            **_options(actor, found),
            "mine": actor.owns(found),
            "head": found.head,
            "result": body,
            "stage_chart": charts.stage_bar(body, lang),
            "sankey": charts.sankey(body, lang),
            "interval": charts.interval(body, lang),
            "interval_rows": [row for row in charts.interval_rows(body, lang) if row.error],
            "stage_rows": charts.stage_rows(body, lang),
            "kind_rows": charts.kind_rows(body, lang),
            **_drivers(body),
            "electricity": show.electricity(body, lang),
            "method_sections": show.method_sections(body, lang),
            "data_facts": show.data_facts(body, lang),
            "warnings": data_basis.warnings(body, lang),
            "own_processes": _own_processes(body),
            "top": ordered[:TOP],
            "rest": ordered[TOP:],
            "stand_ins": stand_ins[:TOP_STAND_INS],
            "more_stand_ins": stand_ins[TOP_STAND_INS:],
            "finding_groups": show.grouped(body["findings"]),
            **pages_waivers.shown(actor, found),
        },
    )


def _percent(request: HttpRequest) -> float:
    text = request.POST.get("percent", "").strip().removesuffix("%")
    try:
        return float(text)
    except ValueError as error:
        raise Invalid.of("number_malformed", "percent") from error


@access("studies.manage")
@require_POST
def decide(request: HttpRequest, study_id: UUID, act: str) -> HttpResponse:
    """Self-check, submit, publish, require recalculation or withdraw."""
    actor = actor_of(request)
    try:
        if act == "self_check":
            commands.self_check(actor, study_id=study_id, builds_on=request.POST.get("builds_on", ""))
        elif act == "submit":
            commands.submit(actor, study_id=study_id, builds_on=request.POST.get("builds_on", ""))
        elif act == "publish":
            commands.publish(actor, study_id=study_id)
        elif act == "require_recalculation":
            reason, text = request.POST.get("reason", ""), request.POST.get("text", "")
            ageing.require_recalculation(actor, study_id=study_id, reason=reason, percent=_percent(request), text=text)
        else:
            commands.withdraw(actor, study_id=study_id, reason=request.POST.get("reason", ""))
    except TanbiaoError as error:
        return _study_page(request, study_id, error)
    messages.success(request, _("Done."))
    return redirect("studies:study", study_id=study_id)


@access("studies.edit")
@require_http_methods(["GET", "POST"])
def row(request: HttpRequest, study_id: UUID, row_id: str = "") -> HttpResponse:
    """Edit one row, or add one to a group."""
    actor = actor_of(request)
    found = queries.study(actor, study_id)
    document = queries.document(actor, study_id)
    group = request.GET.get("group", "")
    existing = intake.find_row(document, row_id) if row_id else None
    if row_id and existing is None:
        raise NotFound.of("row_unknown", row_id)
    process = intake.process_of(document, row_id, group)
    offered = prescribed.offered(document.get("rule"), current())
    values = forms.initial(existing or {}) | prescribed.prefilled(offered, request.GET.get("default", ""))
    named = prescribed.choices(offered, (existing or {}).get("default"))
    form = forms.RowForm(request.POST or None, initial=values, process=process, defaults=named)
    findings: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and form.is_valid():
        parent = request.POST.get("expected_parent", "")
        try:
            if existing is None:
                made = form.as_row() | {"id": (row_id := commands.new_row_id())}
                commands.add_row(actor, study_id=study_id, group=group, row=made, expected_parent=parent)
            else:
                commands.edit_row(
                    actor, study_id=study_id, row_id=row_id, changes=form.changes(existing), expected_parent=parent
                )
        except TanbiaoError as error:
            findings, status = [say(item, current()) for item in error.findings], status_of(error)
        else:
            messages.success(request, _("The row is saved."))
            if existing is None and pages_details.detail_of(made) == "supply":
                return redirect("studies:details", study_id=study_id, row_id=row_id, part="supply")
            return redirect("studies:study", study_id=study_id)
    context = {"study": found, "form": form, "row_id": row_id, "group": group, "findings": findings}
    context |= {"defaults": offered, "hints": forms.HINTS, "detail": pages_details.detail_of(existing or {})}
    return render(request, "studies/row.html", context, status=422 if form.errors else status)


@access("studies.edit")
@require_POST
def remove_row(request: HttpRequest, study_id: UUID, row_id: str) -> HttpResponse:
    """Remove a row."""
    try:
        commands.remove_row(
            actor_of(request),
            study_id=study_id,
            row_id=row_id,
            expected_parent=request.POST.get("expected_parent", ""),
        )
    except TanbiaoError as error:
        return _study_page(request, study_id, error)
    messages.success(request, _("The row is removed."))
    return redirect("studies:study", study_id=study_id)


@access("studies.edit")
@require_POST
def repin(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Pin another factor release as a new revision."""
    try:
        commands.repin(
            actor_of(request),
            study_id=study_id,
            release=request.POST.get("release", "")[:80],
            expected_parent=request.POST.get("expected_parent", ""),
        )
    except TanbiaoError as error:
        return _study_page(request, study_id, error)
    messages.success(request, _("A new revision uses the newer release. Calculate it; the older revision is kept."))
    return redirect("studies:study", study_id=study_id)


@access("studies.view")
@require_GET
def revisions(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the revisions and what changed between two of them."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    listed = list(queries.revisions(actor, study_id)[:200])
    context: dict[str, Any] = {"study": found, "revisions": listed, "state_name": show.state(found.state, lang)}
    newer = int(request.GET["newer"]) if request.GET.get("newer", "").isdigit() else None
    older = int(request.GET["older"]) if request.GET.get("older", "").isdigit() else None
    if newer and older:
        context |= {
            "newer": newer,
            "older": older,
            "changes": queries.changes(actor, study_id, older=older, newer=newer),
        }
    context["history"] = [(step, show.state(step.target, lang)) for step in queries.history(actor, study_id)]
    return render(request, "studies/revisions.html", context)


@access("studies.view")
@require_http_methods(["GET", "POST"])
def evidence(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the evidence of a study, and take more."""
    actor = actor_of(request)
    found = queries.study(actor, study_id)
    findings: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise Invalid.of("file_missing", "file")
            commands.attach(
                actor,
                study_id=study_id,
                row_id=request.POST.get("row", ""),
                filename=file.name or "",
                media_type=file.content_type or "",
                data=file.read(),
            )
        except TanbiaoError as error:
            findings, status = [say(item, current()) for item in error.findings], status_of(error)
        else:
            messages.success(request, _("The file is attached."))
            return redirect("studies:evidence", study_id=study_id)
    row_ids = [row.id for _path, row in queries.parsed(actor, study_id).rows()] if found.head else []
    context = {
        "study": found,
        "items": queries.evidence(actor, study_id),
        "row_ids": row_ids,
        "mine": actor.owns(found),
        "findings": findings,
        "row": request.GET.get("row", ""),
    }
    return render(request, "studies/evidence.html", context, status=status)


@access("studies.view")
@require_GET
def evidence_file(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """Return an evidence file."""
    item, data = queries.evidence_file(actor_of(request), evidence_id)
    return attachment(data, item.media_type, item.filename)


urlpatterns: list[URLPattern] = [
    path("studies/", listing, name="list"),
    path("studies/new/", new, name="new"),
    path("studies/methods/", methods, name="methods"),
    path("studies/template.xlsx", template, name="template"),
    path("studies/uploads/<uuid:upload_id>/findings.xlsx", annotated, name="annotated"),
    path("studies/evidence/<uuid:evidence_id>/", evidence_file, name="evidence_file"),
    path("studies/<uuid:study_id>/", study, name="study"),
    path("studies/<uuid:study_id>/upload/", upload, name="upload"),
    path("studies/<uuid:study_id>/file.<str:suffix>", download, name="download"),
    path("studies/<uuid:study_id>/datasets/<slug:target>/", datasets_file, name="datasets"),
    path("studies/<uuid:study_id>/report.<str:suffix>", report_file, name="report"),
    path("studies/<uuid:study_id>/declaration.<str:suffix>", declaration_file, name="declaration"),
    path("studies/<uuid:study_id>/calculate/", calculate, name="calculate"),
    path("studies/<uuid:study_id>/scope/", scope, name="scope"),
    path("studies/<uuid:study_id>/scenarios/", follow_scenario, name="follow_scenario"),
    path("studies/<uuid:study_id>/result/", result, name="result"),
    path("studies/<uuid:study_id>/waivers/", pages_waivers.ask, name="waiver_ask"),
    path("studies/<uuid:study_id>/waivers/remove/", pages_waivers.take_back, name="waiver_take_back"),
    path("studies/<uuid:study_id>/explain/", explain, name="explain"),
    path("studies/<uuid:study_id>/years/", years, name="years"),
    path("studies/<uuid:study_id>/compare/", compared, name="compare"),
    path("studies/<uuid:study_id>/reviews/", reviews, name="reviews"),
    path("studies/<uuid:study_id>/reviews/record.yaml", review_template, name="review_template"),
    path("studies/<uuid:study_id>/reviews/<uuid:review_id>/record.<str:suffix>", review_file, name="review_file"),
    path("studies/<uuid:study_id>/interpretation/", interpretation, name="interpretation"),
    path("studies/<uuid:study_id>/schemes/", schemes, name="schemes"),
    path("studies/<uuid:study_id>/forms/", forms_page, name="forms"),
    path("studies/<uuid:study_id>/forms/<str:form>.json", form_file, name="form"),
    path("studies/<uuid:study_id>/explain.<str:suffix>", explain_file, name="explain_file"),
    path("studies/<uuid:study_id>/rows/new/", row, name="row_new"),
    path("studies/<uuid:study_id>/rows/<str:row_id>/", row, name="row"),
    path("studies/<uuid:study_id>/rows/<str:row_id>/remove/", remove_row, name="row_remove"),
    path("studies/<uuid:study_id>/rows/<str:row_id>/<str:part>/", pages_details.details, name="details"),
    path("studies/<uuid:study_id>/repin/", repin, name="repin"),
    path("studies/<uuid:study_id>/revisions/", revisions, name="revisions"),
    path("studies/<uuid:study_id>/suppliers/", suppliers_page, name="suppliers"),
    path("studies/<uuid:study_id>/carbon-market/", market_page, name="market"),
    path("studies/<uuid:study_id>/carbon-market.csv", market_table_file, name="market_table"),
    path("studies/<uuid:study_id>/evidence/", evidence, name="evidence"),
    path("studies/<uuid:study_id>/<str:act>/", decide, name="decide"),
]
