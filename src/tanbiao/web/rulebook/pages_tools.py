"""What the workbench's tabs of tools show, and their downloads: changes, mutation report, scoring of a tool."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tanbiao.core.findings import from_json
from tanbiao.core.rules.version_diff import RuleDiff, title
from tanbiao.web import clock
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Conflict, NotFound, allowed
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.rulebook import bench_queries, commands, documents, forms, queries, show, words
from tanbiao.web.rulebook.facts import TRIED_IN, is_owner
from tanbiao.web.rulebook.models import RuleEntry
from tanbiao.web.table_files import table_file

FILE_KINDS = ("json", "csv", "xlsx")
REPORTS_SHOWN = 20
"""Reports on tools that the page lists (project default); the API lists all."""


def _json(body: Any) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode()


def changes_context(request: HttpRequest, row: RuleEntry) -> dict[str, Any]:
    """Return what differs from the text that was chosen, clause by clause."""
    actor, key = actor_of(request), request.GET.get("against", "")[:60]
    offered = bench_queries.bases(actor, row)
    chosen = bench_queries.base(actor, row, key)
    rule = documents.rule_of(queries.draft(actor, row))
    found = bench_queries.changes(actor, row, key) if chosen is not None and rule is not None else None
    return {
        "bases": [(one.key, _base_name(row, one)) for one in offered],
        "base": chosen,
        "unreadable": rule is None,
        "counts": found.as_json() if found else None,
        "clauses": show.clauses(found) if found else [],
        "file_kinds": FILE_KINDS,
    }


def _base_name(row: RuleEntry, one: bench_queries.Base) -> str:
    if one.draft is not None:
        return _("draft no. %(number)s of this rule") % {"number": one.draft}
    name = f"{one.entry.name(current())} ({one.entry.reference})"
    if one.entry.id in (row.revises_id, row.converts_id):
        return _("%(rule)s – the version before") % {"rule": name}
    return name


@access(PUBLIC)
@require_GET
def changes_file(request: HttpRequest, entry_id: UUID, suffix: str) -> HttpResponse:
    """Return the differences as JSON, CSV or Excel."""
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    found = bench_queries.changes(actor, row, request.GET.get("against", "")[:60])
    name = f"{found.before.reference}-{found.after.reference}"
    if suffix == "json":
        return attachment(_json(found.as_json()), documents.JSON, f"{name}.json")
    heads = [_("Section"), _("Clause before"), _("Clause after"), _("Where"), _("Before"), _("After"), _("For a study")]
    return table_file(name, suffix, heads, _change_rows(found))


def _change_rows(found: RuleDiff) -> Iterator[list[str]]:
    for clause in found.clauses:
        head = [title(clause.section, current()), clause.clause_before or "", clause.clause_after or ""]
        for one in clause.changes:
            direction = str(words.DIRECTION_WORDS[one.direction]) if one.direction else ""
            yield [*head, one.place, show.value_text(one.before), show.value_text(one.after), direction]


# -- mutation ---------------------------------------------------------------------------------------------------------


def mutations_context(request: HttpRequest, row: RuleEntry) -> dict[str, Any]:
    """Return the newest mutation report, how far it is, and whether this reader may ask for one."""
    actor = actor_of(request)
    found = bench_queries.mutation(actor, row)
    waits = found is not None and found.run.state == "waiting" and not found.is_lost
    context: dict[str, Any] = {
        "mutation": found,
        "waits": waits,
        "may_ask": allowed(actor, "rulebook.act") and queries.is_inside(actor, row) and not waits,
        "is_open": row.state in TRIED_IN,
    }
    if found is not None and found.run.state != "waiting":
        context["mutation_findings"] = [from_json(item) for item in found.run.findings]
        trials = bench_queries.trials(found.run.report, current())
        context["trials"] = [one for one in trials if not one["idle"]]
        context["idle_trials"] = [one for one in trials if one["idle"]]
        for one in context["trials"]:
            reason = found.reasons.get(one["element"])
            one["reason"] = reason and {"text": reason.text, "by": found.said_by(reason, current()), "at": reason.at}
        context |= {"report": found.run.report, "file_kinds": FILE_KINDS}
        counts = row.state in TRIED_IN and not found.is_stale
        drafts = allowed(actor, "rulebook.draft") and is_owner(actor, row)
        context["may_reason"] = counts and drafts and bool(found.unreasoned)
    return context


@access(PUBLIC)
@require_GET
def mutations_file(request: HttpRequest, entry_id: UUID, suffix: str) -> HttpResponse:
    """Return the newest mutation report as JSON, CSV or Excel."""
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    found = bench_queries.mutation(actor, row)
    if found is None or found.run.state != "done":
        raise NotFound.of("rule_mutation_unknown", str(entry_id))
    name, report = f"{row.reference}-mutations", found.run.report
    given = found.reasons_given(current())
    if suffix == "json":
        told = [{**one, "at": clock.stamp(one["at"])} for one in given]
        return attachment(_json({**report, "reasons": told}), documents.JSON, f"{name}.json")
    said = {one["element"]: f"{one['text']} ({one['by']}, {clock.day_of(one['at'])})" for one in given}
    heads = [_("Element"), _("Before"), _("After"), _("Noticed by"), _("Why it went unnoticed"), _("Reason given")]
    rows = (
        [
            *(one["element"], item["before"], item["after"]),
            _("no rule any more") if item["refused"] else item["broke"] or "–",
            one["idle"] or one["why"],
            said.get(one["element"], ""),
        ]
        for one in bench_queries.trials(report, current())
        for item in one["variants"]
    )
    return table_file(name, suffix, heads, rows)


# -- tools ------------------------------------------------------------------------------------------------------------


def tools_context(request: HttpRequest, row: RuleEntry) -> dict[str, Any]:
    """Return what scoring a tool against this rule takes, and the reports that the reader's organisation has."""
    actor = actor_of(request)
    if not row.content_hash:
        return {"scorable": False}
    may = allowed(actor, "rulebook.score")
    reports = bench_queries.tool_reports(actor).filter(entry=row)[:REPORTS_SHOWN] if may else ()
    return {"scorable": True, "may_score": may, "answers_form": forms.AnswersForm(), "reports": reports}


@access("rulebook.score")
@require_GET
def pack_file(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return the worked examples of an issued rule without their answers."""
    body = commands.pack_of(actor_of(request), entry_id)
    return attachment(_json(body), documents.JSON, f"{body['rule']['reference']}-pack.json")


@access("rulebook.score")
@require_GET
def answers_file(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return an answer file to fill in: every case of the pack, its hash, and no value."""
    body = commands.pack_of(actor_of(request), entry_id)
    if not body["cases"]:
        raise Conflict.of("rule_without_example", "examples")
    blank = {
        "tanbiao": "rule-answers/1",
        "pack": body["hash"],
        "tool": {"name": "", "version": ""},
        "answers": [
            {"id": one["id"], "total": None, "checks": {}, "findings": [], "defaults": {}} for one in body["cases"]
        ],
    }
    return attachment(_json(blank), documents.JSON, f"{body['rule']['reference']}-answers.json")


@access("rulebook.score")
@require_GET
def report_file(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Return a signed conformity report."""
    row, data = bench_queries.tool_report(actor_of(request), report_id)
    return attachment(data, documents.JSON, f"{row.entry.reference}-conformity.json")


urlpatterns: list[URLPattern] = [
    path("rules/<uuid:entry_id>/workbench/changes.<str:suffix>", changes_file, name="changes_file"),
    path("rules/<uuid:entry_id>/workbench/mutations.<str:suffix>", mutations_file, name="mutations_file"),
    path("rules/<uuid:entry_id>/workbench/pack.json", pack_file, name="pack_file"),
    path("rules/<uuid:entry_id>/workbench/answers.json", answers_file, name="answers_file"),
    path("rules/reports/<uuid:report_id>.json", report_file, name="report_file"),
]
