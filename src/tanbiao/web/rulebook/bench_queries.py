"""The readers of the workbench's tools: what a text is compared with, its mutation report, reports on tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.core.findings import Lang, explain
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.version_diff import RuleDiff, diff
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, NotFound, require
from tanbiao.web.ledger import queries as ledger
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.rulebook import documents, queries
from tanbiao.web.rulebook.commands.mutating import task_key
from tanbiao.web.rulebook.elements import basis_of, keys_of, reasons_of
from tanbiao.web.rulebook.facts import codes_of
from tanbiao.web.rulebook.models import ElementReason, MutationRun, RuleEntry, ToolReport

OFFERED: Final = 50
"""Texts that the page offers to compare with (project default)."""


@dataclass(frozen=True, slots=True)
class Base:
    """A text that a rule is compared with: an issued rule, or an earlier draft of its own."""

    entry: RuleEntry
    draft: int | None = None
    """Number of the draft; None: as it was issued."""

    @property
    def key(self) -> str:
        """How the page and the API name it: the id of an issued rule, or ``draft-3``."""
        return str(self.entry.id) if self.draft is None else f"draft-{self.draft}"

    @property
    def reference(self) -> str:
        """``id@version``, with the draft's number."""
        return self.entry.reference if self.draft is None else f"{self.entry.reference} #{self.draft}"

    def rule(self) -> Rule:
        """Return the rule that the text is."""
        if self.draft is None:
            return documents.issued(self.entry)
        return queries.rule_of_draft(self.entry, self.draft)


def bases(actor: Actor, row: RuleEntry) -> list[Base]:
    """Return what the newest text of a rule may be compared with, what it takes the place of first.

    Issued rules of the same id or of a category of its own; for who sees how it is made, its earlier drafts as well.
    """
    usual = queries.base_of(actor, row)
    alike = Q(rule_id=row.rule_id) | Q(categories__code__in=codes_of(row))
    ids = RuleEntry.objects.filter(alike).values("id")
    others = queries.rules(actor).filter(id__in=ids, issued_at__isnull=False).exclude(id=row.id)
    if usual is not None:
        others = others.exclude(id=usual.id)
    found = [Base(one) for one in ([usual] if usual else []) if one.content_hash]
    found += [Base(one) for one in others.order_by("-issued_at", "id")[:OFFERED] if one.content_hash]
    if queries.is_inside(actor, row) and row.document is not None:
        older = row.drafts.filter(number__lt=row.document.number).exclude(hash="").order_by("-number")
        found += [Base(row, number) for number in older.values_list("number", flat=True)[:OFFERED]]
    return found


def base(actor: Actor, row: RuleEntry, key: str = "") -> Base | None:
    """Return the text of a key; without one the version before, None where there is none.

    Raises
    ------
    NotFound
        ``rule_base_unknown``: no such text, or not for this actor.
    """
    offered = bases(actor, row)
    if not key:
        return offered[0] if offered and offered[0].draft is None else None
    found = next((one for one in offered if one.key == key), None)
    if found is None:
        raise NotFound.of("rule_base_unknown", "against", text=key[:60])
    return found


def changes(actor: Actor, row: RuleEntry, key: str = "") -> RuleDiff:
    """Return what is different in a rule's newest text, clause by clause.

    Raises
    ------
    NotFound
        ``rule_base_unknown``; ``rule_document_unreadable``: no text for this actor.
    Conflict
        ``rule_document_unreadable``: the newest text is no rule yet.
    """
    before, after = base(actor, row, key), documents.rule_of(queries.draft(actor, row))
    if before is None:
        raise NotFound.of("rule_base_unknown", "against", text=key or "—")
    if after is None:
        raise Conflict.of("rule_document_unreadable", "document")
    return diff(before.rule(), after)


# -- mutation ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mutation:
    """The newest mutation report of a rule: how far it is, and whether the draft has moved on since."""

    run: MutationRun
    share: float
    is_stale: bool
    reasons: Mapping[str, ElementReason]
    """Element that no example holds → the reason that a person gave, where it counts for this report."""
    inside: bool
    """Whether the reader sees persons; anybody else sees organisations."""

    @property
    def unreasoned(self) -> list[str]:
        """Elements with neither example nor reason."""
        return [name for name in keys_of(self.run.report) if name not in self.reasons]

    def said_by(self, reason: ElementReason, lang: Lang) -> str:
        """Return who gave a reason: organisation, and for who sees how a rule is made, the person."""
        body = reason.organisation.name(lang) if reason.organisation else ""
        person = reason.person.name(lang) if self.inside or not body else ""
        return " · ".join(one for one in (body, person) if one)

    def reasons_given(self, lang: Lang) -> list[dict[str, Any]]:
        """Return the reasons as values, in the order of the text."""
        found = ((name, self.reasons[name]) for name in keys_of(self.run.report) if name in self.reasons)
        return [{"element": name, "text": one.text, "by": self.said_by(one, lang), "at": one.at} for name, one in found]

    @property
    def percent(self) -> int:
        """How far it is, in whole percent."""
        return round(100 * self.share)

    @property
    def is_lost(self) -> bool:
        """Whether it waits for a task that has ended without an answer."""
        return self.run.state == "waiting" and self.share < 0


def mutation(actor: Actor, row: RuleEntry) -> Mutation | None:
    """Return the newest mutation report of a text that the actor may read; None: nobody asked for one."""
    draft = queries.draft(actor, row)
    rows = row.mutations.select_related("draft")
    run = (rows if queries.is_inside(actor, row) else rows.filter(draft=draft)).first()
    if run is None:
        return None
    share = 1.0
    if run.state == "waiting":
        task = ledger.task_of(actor, task_key(run))
        share = -1.0 if task is None or task.state == "failed" else task.progress
    return Mutation(run, share, run.basis != basis_of(row), reasons_of(row, run.report), queries.is_inside(actor, row))


def mutation_run(actor: Actor, run_id: UUID) -> Mutation:
    """Return the mutation report of a rule by its run, where it is still the newest of that rule.

    Raises
    ------
    NotFound
        ``rule_mutation_unknown``
    """
    run = MutationRun.objects.filter(id=run_id).first()
    row = queries.rules(actor).filter(id=run.entry_id).first() if run is not None else None
    found = mutation(actor, row) if row is not None else None
    if found is None or found.run.id != run_id:
        raise NotFound.of("rule_mutation_unknown", str(run_id))
    return found


# -- tools ------------------------------------------------------------------------------------------------------------


def tool_reports(actor: Actor) -> QuerySet[ToolReport]:
    """Return the signed reports on tools that the actor's organisation (or he himself, without one) asked for."""
    require(actor, "rulebook.score")
    rows = ToolReport.objects.select_related("entry")
    if actor.organisation is not None:
        return rows.filter(owner=actor.organisation)
    return rows.filter(owner__isnull=True, person=actor.person)


def tool_report(actor: Actor, report_id: UUID) -> tuple[ToolReport, bytes]:
    """Return a report as it was signed.

    Raises
    ------
    NotFound
        ``tool_report_unknown``
    """
    row = tool_reports(actor).filter(id=report_id).first()
    if row is None:
        raise NotFound.of("tool_report_unknown", str(report_id))
    return row, get_blob(row.blob)


def trials(report: dict[str, Any], lang: Lang) -> list[dict[str, Any]]:
    """Return the elements of a mutation report in the order of the document, each with its variants.

    ``idle`` says in the reader's language why an element can't matter; it is empty where it can.
    """
    found: dict[str, dict[str, Any]] = {}
    reasons = {one["element"]: explain(one["why"], lang) for one in report.get("idle", ())}
    unnoticed = {one["element"]: explain(one["why"], lang) for one in report.get("open", ())}
    for one in report.get("variants", ()):
        name = one["element"]
        blank = {"element": name, "variants": [], "held": False}
        line = found.setdefault(name, {**blank, "idle": reasons.get(name, ""), "why": unnoticed.get(name, "")})
        line["variants"].append(one)
        line["held"] = line["held"] or bool(one["broke"]) or one["refused"]
    return list(found.values())
