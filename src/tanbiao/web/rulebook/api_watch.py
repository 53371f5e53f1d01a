"""The REST API of alignment records and foreign changes: read, bring, report, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Status
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.api_kit import Count, Limit, Offset, Page, Router, page_of
from tanbiao.web.rulebook import alignment_queries, commands, queries, watch_queries
from tanbiao.web.rulebook.models import ForeignChange, ForeignChangeTask, RuleEntry

router = Router()
ShortText = Annotated[str, Field(max_length=200)]
Sentence = Annotated[str, Field(max_length=500)]
ChangeText = Annotated[str, Field(max_length=4000)]


class AlignedClauseOut(BaseModel):
    """A clause of a rule beside one document."""

    clause: str
    document: str
    degree: str
    at: str | None = None
    read: str | None = None
    source: str | None = None
    reason: dict[str, str]


class RuleAlignmentOut(BaseModel):
    """A rule's alignment record; ``number`` is None where the product brings it; ``open``: clauses not compared."""

    rule: str
    number: Count | None
    lines: list[AlignedClauseOut]
    open: list[str]


class ForeignTaskOut(BaseModel):
    """What a change asks of one rule, and the answer; ``answer`` is empty where there is none yet."""

    rule: str
    entry: UUID
    clauses: list[str]
    categories: list[str]
    answer: str
    text: str
    answered_at: datetime | None


class ForeignChangeOut(BaseModel):
    """A change of a watched foreign rule with the rules that it touches."""

    id: UUID
    item: str
    number: Count
    kind: str
    title_zh: str
    title_en: str
    text: str
    published: date
    applies: date | None
    source: str
    documents: list[str]
    due: date
    at: datetime
    rules: list[ForeignTaskOut]


class ForeignChangeIn(BaseModel):
    """A change to be reported: proposed, adopted, amended, dates, ended or effect."""

    item: Annotated[str, Field(max_length=64)]
    kind: Annotated[str, Field(max_length=40)]
    title_zh: ShortText
    title_en: ShortText
    text: ChangeText
    published: date
    source: Sentence
    applies: date | None = None


class ForeignAnswerIn(BaseModel):
    """For which rule (``entry``), unaffected, realigned or revised, and why."""

    entry: UUID
    answer: Annotated[str, Field(max_length=40)]
    text: ChangeText


def _record(actor: Actor, row: RuleEntry) -> RuleAlignmentOut:
    found = alignment_queries.record(actor, row)
    return RuleAlignmentOut(
        rule=row.reference,
        number=found.row.number if found.row is not None else None,
        lines=[AlignedClauseOut(**line.model_dump(mode="json")) for line in found.lines],
        open=[one.clause for one in found.rows if not one.lines],
    )


def _task(row: ForeignChangeTask) -> ForeignTaskOut:
    return ForeignTaskOut(
        rule=row.entry.reference,
        entry=row.entry_id,
        clauses=row.clauses,
        categories=row.categories,
        answer=row.answer,
        text=row.text,
        answered_at=row.answered_at,
    )


def _change(actor: Actor, row: ForeignChange) -> ForeignChangeOut:
    fields = {name: getattr(row, name) for name in ForeignChangeOut.model_fields if name != "rules"}
    return ForeignChangeOut(**fields, rules=[_task(one) for one in watch_queries.tasks(actor, row)])


@router.get("/rulebook/{uuid:entry_id}/alignment", response=RuleAlignmentOut)
@access(PUBLIC)
def show_rule_alignment(request: HttpRequest, entry_id: UUID) -> RuleAlignmentOut:
    """Show what each clause of a rule is aligned to: equal, modified or none, with the reason."""
    actor = actor_of(request)
    return _record(actor, queries.entry(actor, entry_id))


@router.post("/rulebook/{uuid:entry_id}/alignment", response={201: RuleAlignmentOut})
@access("rulebook.align")
def bring_rule_alignment(request: HttpRequest, entry_id: UUID, file: File[UploadedFile]) -> Any:
    """Bring the alignment record of one's rule as a table, or every finding of it."""
    actor = actor_of(request)
    commands.align(actor, entry_id=entry_id, filename=file.name or "", data=file.read())
    return Status(201, _record(actor, queries.entry(actor, entry_id)))


@router.get("/foreign-changes", response=Page[ForeignChangeOut])
@access(PUBLIC)
def list_foreign_changes(
    request: HttpRequest, item: ShortText = "", limit: Limit = 20, offset: Offset = 0
) -> Page[ForeignChangeOut]:
    """List the changes of foreign rules that were reported, newest first."""
    actor = actor_of(request)
    return page_of(watch_queries.changes(actor, item), limit, offset, lambda row: _change(actor, row))


@router.post("/foreign-changes", response={201: ForeignChangeOut})
@access("rulebook.report_change")
def report_foreign_change(request: HttpRequest, body: ForeignChangeIn) -> Any:
    """Report a change of a watched foreign rule; the keepers of the rules that it touches are told."""
    actor = actor_of(request)
    return Status(201, _change(actor, commands.report_change(actor, **body.model_dump())))


@router.get("/foreign-changes/{uuid:change_id}", response=ForeignChangeOut)
@access(PUBLIC)
def show_foreign_change(request: HttpRequest, change_id: UUID) -> ForeignChangeOut:
    """Show one change with the rules that it touches and their answers."""
    actor = actor_of(request)
    return _change(actor, watch_queries.change(actor, change_id))


@router.post("/foreign-changes/{uuid:change_id}/answers", response={201: ForeignTaskOut})
@access("rulebook.align")
def answer_foreign_change(request: HttpRequest, change_id: UUID, body: ForeignAnswerIn) -> Any:
    """Answer what a foreign change means for one's rule."""
    actor = actor_of(request)
    task = watch_queries.task_of(actor, watch_queries.change(actor, change_id), body.entry)
    return Status(201, _task(commands.answer_change(actor, task_id=task.id, answer=body.answer, text=body.text)))
