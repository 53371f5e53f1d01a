"""The workbench of a rule: text, structure, examples, and its tools; and the filing of a certification rule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import Finding, TanbiaoError, from_json
from tanbiao.core.rules.filing import export_filing, filing_fields
from tanbiao.core.strict_text import parse_text
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.rulebook import bench_queries, commands, documents, forms, pages_tools, queries, show, words
from tanbiao.web.rulebook.commands.filing import findings_of, proposed_values
from tanbiao.web.rulebook.facts import failed_examples, is_owner
from tanbiao.web.rulebook.models import RuleDraft, RuleEntry

TABS = ("sections", "text", "structure", "examples", "mutations", "changes", "dry_run", "tools")
TOOLS = {
    "mutations": pages_tools.mutations_context,
    "changes": pages_tools.changes_context,
    "tools": pages_tools.tools_context,
}


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def workbench(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show a rule's text, structure and examples; save a draft."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    if request.method == "GET":
        return _workbench(request, entry_id, tab)
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    if tab == "text":
        form: Any = forms.TextForm(request.POST)
    else:
        form = forms.SectionsForm(request.POST, sections={})
    if not form.is_valid():
        return _workbench(request, entry_id, tab, form=form, status=422)
    said = form.cleaned_data
    try:
        if tab == "text":
            commands.save_text(
                actor, entry_id=row.id, builds_on=said["builds_on"], text=said["text"], note=said["note"]
            )
        else:
            commands.save_sections(actor, entry_id=row.id, builds_on=said["builds_on"], sections=form.sections())
    except TanbiaoError as error:
        return _workbench(request, entry_id, tab, form=form, refusals=error.findings, status=status_of(error))
    messages.success(request, _("The draft is saved."))
    return redirect(f"{reverse('rulebook:workbench', args=[entry_id])}?tab={tab}")


def _workbench(
    request: HttpRequest,
    entry_id: UUID,
    tab: str,
    *,
    form: Any = None,
    refusals: tuple[Finding, ...] = (),
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    draft = queries.draft(actor, row)
    rule = documents.rule_of(draft)
    editable = row.state in ("drafting", "consultation") and is_owner(actor, row) and allowed(actor, "rulebook.draft")
    document = documents.mapping_of(draft)
    context: dict[str, Any] = {
        **show.line(row),
        "tab": tab,
        "tabs": [
            ("sections", _("Text in two languages")),
            ("text", _("Whole document")),
            ("structure", _("Structure")),
            ("examples", _("Examples")),
            ("mutations", _("What the examples hold")),
            ("changes", _("Changes")),
            ("dry_run", _("Dry run")),
            ("tools", _("Score a tool")),
        ],
        "draft": draft,
        "findings": [from_json(item) for item in draft.findings],
        "editable": editable,
        "refusals": refusals,
        "sections": show.sections(rule, document),
        "section_words": words.SECTION_WORDS,
        "structure": show.structure(rule) if rule else None,
    }
    if tab == "text":
        context["text"] = documents.text_of(draft)
        context["form"] = form or forms.TextForm(initial={"builds_on": row.head, "text": context["text"]})
    elif tab == "sections":
        raw = document.get("sections")
        kept = raw if isinstance(raw, dict) else {}
        context["form"] = form or forms.SectionsForm(sections=kept, initial={"builds_on": row.head})
    elif tab == "examples":
        context |= _examples(request, row, draft)
    elif tab in TOOLS:
        context |= TOOLS[tab](request, row)
    return render(request, "rulebook/workbench.html", context, status=status)


def _examples(request: HttpRequest, row: RuleEntry, draft: RuleDraft) -> dict[str, Any]:
    """Return the worked examples with what they gave when they were last tried on this draft."""
    rule = documents.rule_of(draft)
    tried = row.trial if failed_examples(row) is not None else None
    reasons = {item["example"]: item["reason"] for item in tried["failed"]} if tried else {}
    passed = set(tried["passed"]) if tried else set()
    listed = [
        {
            "row": item,
            "title": item.title.best(current()) if item.title else item.id,
            "state": "passed" if item.id in passed else "failed" if item.id in reasons else "",
            "reason": reasons.get(item.id, ""),
        }
        for item in (rule.examples if rule else ())
    ]
    return {
        "examples": listed,
        "tried_at": tried["at"] if tried else "",
        "studies": row.studies.order_by("name", "-id"),
        "study_form": forms.StudyForm(),
        "may_try": allowed(actor_of(request), "rulebook.act") and not row.issued_at and bool(listed),
    }


@access("rulebook.draft")
@require_POST
def add_study(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Keep a study file that worked examples name."""
    form = forms.StudyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _workbench(request, entry_id, "examples", status=422)
    file = form.cleaned_data["file"]
    try:
        commands.add_study(actor_of(request), entry_id=entry_id, name=file.name or "", data=file.read())
    except TanbiaoError as error:
        return _workbench(request, entry_id, "examples", refusals=error.findings, status=status_of(error))
    return redirect(f"{reverse('rulebook:workbench', args=[entry_id])}?tab=examples")


@access("rulebook.act")
@require_POST
def ask_mutations(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Ask which elements of the newest draft its worked examples hold."""
    try:
        commands.ask_mutations(actor_of(request), entry_id=entry_id)
    except TanbiaoError as error:
        return _workbench(request, entry_id, "mutations", refusals=error.findings, status=status_of(error))
    return redirect(f"{reverse('rulebook:workbench', args=[entry_id])}?tab=mutations")


@access("rulebook.draft")
@require_POST
def give_reasons(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Say why no worked example holds the elements that are ticked, or all that have no reason yet."""
    actor, said = actor_of(request), request.POST
    found = bench_queries.mutation(actor, queries.entry(actor, entry_id))
    every = found.unreasoned if found is not None and said.get("all") else ()
    elements = every or said.getlist("element")
    seen, text = said.get("builds_on", "")[:200], said.get("text", "")
    try:
        commands.give_reasons(actor, entry_id=entry_id, builds_on=seen, elements=elements, text=text)
    except TanbiaoError as error:
        return _workbench(request, entry_id, "mutations", refusals=error.findings, status=status_of(error))
    messages.success(request, _("The reason stands in the history of the rule."))
    return redirect(f"{reverse('rulebook:workbench', args=[entry_id])}?tab=mutations")


@access("rulebook.score")
@require_POST
def score(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Score a tool's answers; the signed report then stands in the list."""
    form = forms.AnswersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _workbench(request, entry_id, "tools", status=422)
    try:
        data = form.cleaned_data["file"].read(documents.MAX_TEXT + 1)
        answers = parse_text(data, max_bytes=documents.MAX_TEXT)[0]
        report = commands.score_tool(actor_of(request), entry_id=entry_id, answers=answers)
    except TanbiaoError as error:
        return _workbench(request, entry_id, "tools", refusals=error.findings, status=status_of(error))
    said = _("The tool conforms.") if report["conforms"] else _("The tool does not conform.")
    (messages.success if report["conforms"] else messages.warning)(request, said)
    return redirect(f"{reverse('rulebook:workbench', args=[entry_id])}?tab=tools")


@access("rulebook.act")
@require_http_methods(["GET", "POST"])
def filing(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show the filing of a certification rule, what is wrong with each field, and until when it is due."""
    actor = actor_of(request)
    row = queries.for_filing(actor, entry_id)
    refusals: tuple[Finding, ...] = ()
    status = 200
    if request.method == "POST":
        values = {item.code: request.POST.get(item.code, "") for item in filing_fields().fields}
        try:
            row = commands.fill_filing(actor, entry_id=entry_id, values=values)
        except TanbiaoError as error:
            refusals, status = error.findings, status_of(error)
        else:
            messages.success(request, _("The filing is saved."))
            return redirect("rulebook:filing", entry_id=entry_id)
    found = findings_of(row)
    context = {
        **show.line(row),
        "form": forms.FilingForm(values=proposed_values(row), found=found),
        "is_filled": found is not None,
        "wrong": len(found or ()),
        "may_fill": row.state == "issued" and is_owner(actor, row) and allowed(actor, "rulebook.file"),
        "standing": filing_fields().standing,
        "refusals": refusals,
    }
    return render(request, "rulebook/filing.html", context, status=status)


@access("rulebook.act")
@require_GET
def filing_export(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return the filing as the file that is handed in."""
    row = queries.for_filing(actor_of(request), entry_id)
    data = export_filing(filing_fields(), queries.filing_to_hand_in(row))
    return attachment(data, "text/csv", f"filing-{row.reference}.csv")


urlpatterns: list[URLPattern] = [
    path("rules/<uuid:entry_id>/workbench/", workbench, name="workbench"),
    path("rules/<uuid:entry_id>/workbench/study/", add_study, name="add_study"),
    path("rules/<uuid:entry_id>/workbench/mutations/", ask_mutations, name="ask_mutations"),
    path("rules/<uuid:entry_id>/workbench/reasons/", give_reasons, name="give_reasons"),
    path("rules/<uuid:entry_id>/workbench/score/", score, name="score"),
    *pages_tools.urlpatterns,
    path("rules/<uuid:entry_id>/filing/", filing, name="filing"),
    path("rules/<uuid:entry_id>/filing/export/", filing_export, name="filing_export"),
]
