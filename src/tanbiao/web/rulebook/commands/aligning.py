"""The writer of alignment records: what each clause of a rule is aligned to in international documents."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats import alignment_table
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.catalogue import queries as catalogue
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, command
from tanbiao.web.ledger.commands import put_blob
from tanbiao.web.rulebook import alignment_queries, queries
from tanbiao.web.rulebook.acts import locked, note
from tanbiao.web.rulebook.facts import is_owner
from tanbiao.web.rulebook.models import RuleAlignment
from tanbiao.web.uploads import check_table

MAX_BYTES: Final = 2 * 1024 * 1024
"""Project default, not official."""


@command("rulebook.align")
def align(actor: Actor, *, entry_id: UUID, filename: str, data: bytes) -> RuleAlignment:
    """Keep the alignment record of a rule, from a table: all of its lines, as the next version.

    Whoever keeps the rule keeps its record; of a rule that came with the product that is the platform's operator.

    Raises
    ------
    NotAllowed
        ``not_allowed``: the rule is another organisation's.
    Invalid
        What is wrong with the file or, at line and column, with its lines; nothing is stored.
    Conflict
        ``rule_document_unreadable``: there are no clauses yet; ``alignment_ended``; ``alignment_same``.
    """
    entry = locked(actor, entry_id)
    if not (actor.is_system or is_owner(actor, entry)):
        raise NotAllowed.of("not_allowed", permission="rulebook.align")
    if entry.state in (*queries.ENDED, "refused", "withdrawn"):
        raise Conflict.of("alignment_ended", entry.reference)
    rule = alignment_queries.rule_of(entry)
    if rule is None:
        raise Conflict.of("rule_document_unreadable", "document")
    check_table(filename, data, MAX_BYTES)
    try:
        lines = alignment_table.read(data, filename, rule, catalogue.framework(actor))
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    if lines == alignment_queries.lines_of(entry):
        raise Conflict.of("alignment_same", filename)
    made = RuleAlignment.objects.create(
        entry=entry,
        number=1 + entry.alignments.count(),
        lines=[line.model_dump(mode="json") for line in lines],
        blob=put_blob(data, "application/octet-stream"),
        filename=filename[:200],
        by=actor.person,
        at=clock.now(),
    )
    note(actor, entry, "align", number=made.number, lines=len(lines), blob=made.blob)
    return made
