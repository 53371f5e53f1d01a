"""Scoring a tool against an issued rule: the pack of its worked examples, and the signed report on a tool's answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.rules import conformity
from tanbiao.core.rules.model import Rule
from tanbiao.evidence import conformity as signed
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Conflict, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import put_blob
from tanbiao.web.ledger.signing import key_store
from tanbiao.web.rulebook import documents, queries
from tanbiao.web.rulebook.commands.drafting import release_of, study_files
from tanbiao.web.rulebook.models import RuleEntry, ToolReport


def pack_of(actor: Actor, entry_id: UUID) -> dict[str, Any]:
    """Return the test pack of an issued rule; see :func:`tanbiao.core.rules.conformity.pack`.

    Raises
    ------
    Conflict
        ``rule_not_issued``: a draft may still change.
    """
    require(actor, "rulebook.score")
    entry = queries.entry(actor, entry_id)
    return _pack(entry, _issued(entry))


def _issued(entry: RuleEntry) -> Rule:
    if not entry.content_hash:
        raise Conflict.of("rule_not_issued", entry.reference)
    return documents.issued(entry)


def _pack(entry: RuleEntry, rule: Rule) -> dict[str, Any]:
    with study_files(entry, rule) as folder:
        return conformity.pack(rule, release_of, folder)


@command("rulebook.score")
def score_tool(actor: Actor, *, entry_id: UUID, answers: Any) -> dict[str, Any]:
    """Score a tool's answers to a rule's test pack and return the signed report; the log keeps what it was of.

    The report stays with whoever asked for it.

    Raises
    ------
    Conflict
        ``rule_not_issued``
    TanbiaoError
        ``answers_malformed``, ``answers_of_another_pack``, ``rule_id_twice``.
    """
    entry = queries.entry(actor, entry_id)
    rule = _issued(entry)
    report = conformity.score(rule, _pack(entry, rule), conformity.read_answers(answers))
    key = key_store().ensure("conformity", now=clock.wall())
    event = {"type": "tool_scored", **{name: report[name] for name in ("rule", "pack", "answers", "conforms")}}
    ledger.record(actor, type="rule_event", subject=str(entry.id), event=event, public={})
    said = signed.sign(report, key, now=clock.now(), base_url=settings.TANBIAO_BASE_URL)
    ToolReport.objects.create(
        entry=entry,
        owner=actor.organisation,
        person=person_of(actor),
        tool=f"{report['tool']['name']} {report['tool']['version']}"[:200],
        conforms=report["conforms"],
        passed=report["passed"],
        failed=report["failed"],
        blob=put_blob(canonical_bytes(said), documents.JSON),
        at=clock.now(),
    )
    return said
