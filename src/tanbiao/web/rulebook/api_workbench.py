"""The REST API of the workbench's tools: changes between texts, mutation reports, scoring of a tool."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from tanbiao.core.findings import from_json, render
from tanbiao.evidence.encoding import strict_json
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, page_of
from tanbiao.web.language import current
from tanbiao.web.rulebook import bench_queries, commands, queries
from tanbiao.web.rulebook.models import ToolReport

router = Router()
Words = Annotated[str, Field(max_length=200)]


class RuleBaseOut(BaseModel):
    """A text that a rule can be compared with."""

    key: str
    reference: str


class RuleChangesOut(BaseModel):
    """What differs between two texts, clause by clause, and what else the newest text can be compared with."""

    against: str
    difference: dict[str, Any]
    others: list[RuleBaseOut]


class ElementReasonOut(BaseModel):
    """Why no worked example holds an element: what was said, by whom and when."""

    element: str
    text: str
    by: str
    at: datetime


class ElementReasonsIn(BaseModel):
    """One reason for elements that no worked example holds; ``builds_on`` is the head that was seen."""

    builds_on: Words
    elements: Annotated[list[Annotated[str, Field(max_length=400)]], Field(max_length=2000)]
    text: Annotated[str, Field(max_length=commands.LONGEST)]


class MutationOut(BaseModel):
    """A mutation report, or how far it is (``share``; below zero: the work has ended without an answer).

    ``reasons`` are those that count; while ``unreasoned`` has an element, or the report is stale, the rule can't be
    issued.
    """

    id: UUID
    draft: Count
    state: str
    share: float
    is_stale: bool
    report: dict[str, Any]
    findings: list[FindingOut]
    reasons: list[ElementReasonOut]
    unreasoned: list[str]
    at: datetime


class ToolAnswersIn(BaseModel):
    """A tool's answers to a test pack, of the format ``rule-answers/1``."""

    tanbiao: Words
    pack: Words
    tool: dict[str, Any]
    answers: Annotated[list[dict[str, Any]], Field(max_length=commands.MAX_EXAMPLES)]


class ToolReportOut(BaseModel):
    """A signed report that the caller's organisation asked for."""

    id: UUID
    rule: str
    tool: str
    conforms: bool
    passed: Count
    failed: Count
    at: datetime


@router.get("/rulebook/{uuid:entry_id}/changes", response=RuleChangesOut)
@access(PUBLIC)
def get_rule_changes(request: HttpRequest, entry_id: UUID, against: Words = "") -> RuleChangesOut:
    """Return what differs in the newest text, clause by clause, from the version before or from ``against``."""
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    found = bench_queries.changes(actor, row, against)
    chosen = bench_queries.base(actor, row, against)
    return RuleChangesOut(
        against=chosen.key if chosen else "",
        difference=found.as_json(),
        others=[RuleBaseOut(key=one.key, reference=one.reference) for one in bench_queries.bases(actor, row)],
    )


@router.post("/rulebook/{uuid:entry_id}/mutations", response={202: MutationOut})
@access("rulebook.act")
def ask_rule_mutations(request: HttpRequest, entry_id: UUID) -> Any:
    """Ask for the mutation report of the newest draft; a worker makes it."""
    actor = actor_of(request)
    run = commands.ask_mutations(actor, entry_id=entry_id)
    return Status(202, _mutation(bench_queries.mutation_run(actor, run.id)))


@router.get("/rule-mutations/{uuid:run_id}", response=MutationOut)
@access(PUBLIC)
def get_rule_mutations(request: HttpRequest, run_id: UUID) -> MutationOut:
    """Return a mutation report while it is the newest of its rule."""
    return _mutation(bench_queries.mutation_run(actor_of(request), run_id))


@router.post("/rulebook/{uuid:entry_id}/mutation-reasons", response=MutationOut)
@access("rulebook.draft")
def give_element_reasons(request: HttpRequest, entry_id: UUID, body: ElementReasonsIn) -> MutationOut:
    """Say why no worked example holds some elements of the newest draft; return the report with its reasons."""
    actor = actor_of(request)
    row = commands.give_reasons(actor, entry_id=entry_id, **body.model_dump())
    found = bench_queries.mutation(actor, row)
    assert found is not None, "reasons are given to a report"
    return _mutation(found)


def _mutation(found: bench_queries.Mutation) -> MutationOut:
    run = found.run
    return MutationOut(
        id=run.id,
        draft=run.draft.number,
        state=run.state,
        share=found.share,
        is_stale=found.is_stale,
        report=run.report,
        findings=[FindingOut(**render(from_json(item), current())) for item in run.findings],
        reasons=[ElementReasonOut(**one) for one in found.reasons_given(current())],
        unreasoned=found.unreasoned,
        at=run.at,
    )


@router.get("/rulebook/{uuid:entry_id}/test-pack", response=dict[str, Any])
@access("rulebook.score")
def get_rule_test_pack(request: HttpRequest, entry_id: UUID) -> dict[str, Any]:
    """Return the worked examples of an issued rule without their answers, for a tool that is to be scored."""
    return commands.pack_of(actor_of(request), entry_id)


@router.post("/rulebook/{uuid:entry_id}/conformity", response=dict[str, Any])
@access("rulebook.score")
def score_rule_tool(request: HttpRequest, entry_id: UUID, body: ToolAnswersIn) -> dict[str, Any]:
    """Score a tool's answers (``rule-answers/1``) to a rule's test pack; return the signed conformity report."""
    return commands.score_tool(actor_of(request), entry_id=entry_id, answers=body.model_dump())


@router.get("/rule-tool-reports", response=Page[ToolReportOut])
@access("rulebook.score")
def list_tool_reports(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[ToolReportOut]:
    """List the signed reports that the caller's organisation asked for, newest first."""
    return page_of(bench_queries.tool_reports(actor_of(request)), limit, offset, _tool_report)


def _tool_report(row: ToolReport) -> ToolReportOut:
    return ToolReportOut(
        id=row.id,
        rule=row.entry.reference,
        tool=row.tool,
        conforms=row.conforms,
        passed=row.passed,
        failed=row.failed,
        at=row.at,
    )


@router.get("/rule-tool-reports/{uuid:report_id}", response=dict[str, Any])
@access("rulebook.score")
def get_tool_report(request: HttpRequest, report_id: UUID) -> dict[str, Any]:
    """Return a report as it was signed."""
    found: dict[str, Any] = strict_json(bench_queries.tool_report(actor_of(request), report_id)[1])
    return found
