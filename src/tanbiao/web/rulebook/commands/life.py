"""A rule's life after its issue: adoption in batches, abolition, ends of transitions; the product's own rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from tanbiao.core.rules import list_rules
from tanbiao.core.rules.model import Rule
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Invalid, command
from tanbiao.web.rulebook import documents
from tanbiao.web.rulebook.acts import LIFECYCLE, SYSTEM, advance, locked
from tanbiao.web.rulebook.commands.drafting import keep_draft
from tanbiao.web.rulebook.facts import ENDING, facts_of
from tanbiao.web.rulebook.models import AdoptionBatch, RuleCategory, RuleEntry, RuleNotice
from tanbiao.workflow.terms import defaults


@command("rulebook.adopt")
def adopt(
    actor: Actor,
    *,
    batch: str,
    entries: Sequence[tuple[UUID, str]],
    transition_until: date | None = None,
) -> AdoptionBatch:
    """Put rules on the adoption list, as one batch; a national one closes the others of its categories.

    Parameters
    ----------
    batch
        Number of the batch. A batch of this number that the authority published today is added to.
    entries
        (rule, hash of what the actor has seen of it)
    transition_until
        Last day on which what rests on a closed rule may be finished; asked for where a rule is closed.

    Raises
    ------
    Invalid
        ``rule_batch_empty``, ``no_organisation``
    Conflict
        ``rule_batch_missing``, ``rule_not_filed``, ``rule_transition_missing``, ``stale_decision``
    """
    if not entries:
        raise Invalid.of("rule_batch_empty", "entries")
    if actor.organisation is None:
        raise Invalid.of("no_organisation")
    number = batch.strip()[:80]
    listed, _ = AdoptionBatch.objects.get_or_create(
        number=number, defaults={"authority": actor.organisation, "day": clock.today(), "at": clock.now()}
    )
    for entry_id, seen in entries:
        entry = locked(actor, entry_id)
        entry.batch, entry.transition_until = listed, transition_until
        facts = facts_of(actor, entry, builds_on=seen, batch=number)
        advance(actor, entry, "adopt", facts, batch=number)
    return listed


@command("rulebook.decide")
def abolish(
    actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, transition_until: date, text: str = ""
) -> RuleEntry:
    """Abolish a rule at the end of a transition; its certificates come into the migration queue."""
    entry = locked(actor, entry_id)
    entry.transition_until = transition_until
    facts = facts_of(actor, entry, builds_on=builds_on, reason=reason)
    advance(actor, entry, "abolish", facts, until=transition_until.isoformat(), text=text.strip())
    return entry


@command("rulebook.system")
def end_transitions(actor: Actor) -> int:  # noqa: ARG001 (the system, by permission)
    """End every rule whose transition is over, and return how many there were."""
    due = RuleEntry.objects.filter(state__in=ENDING, transition_until__lt=clock.today())
    ids = list(due.order_by("id").values_list("id", flat=True))
    for entry_id in ids:
        entry = locked(SYSTEM, entry_id)
        advance(SYSTEM, entry, "end_transition", facts_of(SYSTEM, entry))
    return len(ids)


@command("rulebook.system")
def enrol_packaged(actor: Actor) -> list[RuleEntry]:
    """Enter every rule of the package that is not entered yet as issued, and return those."""
    known = {row.reference for row in RuleEntry.objects.filter(issued_at__isnull=False)}
    return [_enrol(actor, rule) for rule in list_rules() if rule.reference not in known]


def _enrol(actor: Actor, rule: Rule) -> RuleEntry:
    now = clock.now()
    entry = RuleEntry(
        rule_id=rule.id,
        version=rule.version,
        title_zh=rule.title.zh[:200],
        title_en=rule.title.en[:200],
        layer=rule.layer or "project",
        kind="standard",
        jurisdiction="CN",
        lifecycle=f"{LIFECYCLE.document.id}@{LIFECYCLE.document.version}",
        terms={name: one["value"] for name, one in defaults().items() if name.startswith("rule_")},
        state="",
        state_since=now,
        head="",
        created_at=now,
        changed_at=now,
    )
    entry.save()
    RuleCategory.objects.bulk_create(
        RuleCategory(entry=entry, code=code) for code in sorted(set(rule.covers.categories))
    )
    keep_draft(None, entry, documents.dump(rule.canonical()), note="package")
    advance(actor, entry, "enrol", facts_of(actor, entry))
    return entry


@command("rulebook.read_notices")
def read_notices(actor: Actor, *, notice_ids: Sequence[int] | None = None) -> int:
    """Mark notices of the actor's person as read: those named, or all; return how many were not read before."""
    rows = RuleNotice.objects.filter(person=person_of(actor), read_at__isnull=True)
    if notice_ids is not None:
        rows = rows.filter(id__in=list(notice_ids))
    return rows.update(read_at=clock.now())
