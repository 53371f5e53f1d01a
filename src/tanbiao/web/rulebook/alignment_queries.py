"""The readers of alignment records: a rule's clauses beside international documents, and which rules name one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tanbiao.core.catalogue.rule_alignment import AlignedClause, ClauseRow, packaged, rows
from tanbiao.core.rules.load import read_model
from tanbiao.core.rules.model import Rule
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.rulebook import documents, queries
from tanbiao.web.rulebook.models import RuleAlignment, RuleEntry


@dataclass(frozen=True, slots=True)
class Record:
    """A rule's clauses with what they are aligned to; ``row`` is None where the package says it, or nobody does."""

    rows: tuple[ClauseRow, ...]
    lines: tuple[AlignedClause, ...]
    row: RuleAlignment | None


def rule_of(entry: RuleEntry) -> Rule | None:
    """Return the rule as it was issued, else as its newest draft has it; None where that can't be read."""
    return documents.issued(entry) if entry.content_hash else documents.rule_of(entry.document)


def newest(entry: RuleEntry) -> RuleAlignment | None:
    """Return the newest record that was brought."""
    return entry.alignments.order_by("-number").first()


def lines_of(entry: RuleEntry) -> tuple[AlignedClause, ...]:
    """Return the lines that hold for a rule: those that were brought last, else of its own product's the package's."""
    found = newest(entry)
    if found is not None:
        return tuple(read_model(AlignedClause, line, "catalogue_malformed") for line in found.lines)
    if entry.owner_id is not None:
        return ()
    rule = rule_of(entry)
    return packaged(rule) if rule is not None else ()


def record(actor: Actor, entry: RuleEntry) -> Record:
    """Return a rule's alignment record: every clause, also those that nobody compared yet.

    Raises
    ------
    NotFound
        ``rule_document_unreadable``: the actor may not read the rule's text yet.
    """
    if not entry.content_hash:
        queries.draft(actor, entry)
    rule, lines = rule_of(entry), lines_of(entry)
    return Record(rows(rule, lines) if rule is not None else (), lines, newest(entry))


def naming(entries: Iterable[RuleEntry], documents_named: Iterable[str]) -> dict[RuleEntry, tuple[str, ...]]:
    """Return, of some rules, those that are aligned to one of these documents, each with its clauses that are."""
    wanted = set(documents_named)
    found = {}
    for entry in entries:
        clauses = tuple(dict.fromkeys(line.clause for line in lines_of(entry) if line.document in wanted))
        if clauses:
            found[entry] = clauses
    return found
