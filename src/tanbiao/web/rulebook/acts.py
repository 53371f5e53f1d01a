"""Acting on a rule: ask the machine, carry out its effects, write the line of history and the log entry. Private."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, system_actor
from tanbiao.web.accounts.models import Membership
from tanbiao.web.commanding import NotFound, fired
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.history import write_line
from tanbiao.web.rulebook import documents
from tanbiao.web.rulebook.facts import CERTIFICATION, closed_by, facts_of
from tanbiao.web.rulebook.models import RuleEntry, RuleNotice
from tanbiao.web.rulebook.permissions import MAKERS
from tanbiao.web.rulebook.queries import visible
from tanbiao.workflow.document import START
from tanbiao.workflow.facts import RuleFacts
from tanbiao.workflow.machine import Transition, load_lifecycle
from tanbiao.workflow.terms import terms_of

LIFECYCLE = load_lifecycle("rule")
SYSTEM = system_actor("rulebook")
TRANSITION: Final = "rulebook.end_transition"
FILING_ALARM: Final = "rulebook.filing_alarm"
CHINA: Final = timezone(timedelta(hours=8))


def locked(actor: Actor, entry_id: UUID) -> RuleEntry:
    """Return a rule that the actor may see, locked until the transaction ends.

    Raises
    ------
    NotFound
        ``rule_entry_unknown``
    """
    rows = RuleEntry.objects.select_for_update(of=("self",)).select_related("owner", "document", "batch")
    found = rows.filter(visible(actor), id=entry_id).first()
    if found is None:
        raise NotFound.of("rule_entry_unknown", str(entry_id))
    return found


def advance(actor: Actor, entry: RuleEntry, event: str, facts: RuleFacts, **details: Any) -> Transition:
    """Fire an event on a locked rule: new state, one line of history, one pending log entry, effects."""
    step = fired(LIFECYCLE, entry.state or START, event, facts, since=entry.state_since)
    entry.state = step.to
    if step.to != step.source:
        entry.state_since = clock.now()
    _write(actor, entry, event, step.source, facts.reason, details, step.log_type)
    for effect in step.effects:
        EFFECTS[effect](entry, event)
    return step


def note(actor: Actor, entry: RuleEntry, event: str, **details: Any) -> None:
    """Write an act that changes no state into history and log."""
    _write(actor, entry, event, entry.state, "", details, f"rule.{event}")


def _write(
    actor: Actor, entry: RuleEntry, event: str, source: str, reason: str, details: dict[str, Any], log_type: str
) -> None:
    document = entry.document.blob if entry.document else ""
    write_line(
        actor,
        entry,
        event,
        about={"rule": str(entry.id), "reference": entry.reference, "round": entry.round, "document": document},
        source=source,
        reason=reason,
        details=details,
        leaf="rule_event",
        said=log_type,
    )


def tell(entry: RuleEntry, event: str) -> None:
    """Put a line on the desks of the owner's people who make its rules."""
    if entry.owner_id is None:
        return
    live = Membership.objects.filter(organisation_id=entry.owner_id, role__in=MAKERS, ended_at__isnull=True)
    now = clock.now()
    people = sorted(set(live.values_list("person_id", flat=True)), key=str)
    RuleNotice.objects.bulk_create(RuleNotice(entry=entry, person_id=one, event=event, at=now) for one in people)


def end_of(day: date) -> datetime:
    """Return the moment at which a day has passed in China."""
    return datetime.combine(day + timedelta(days=1), time(), CHINA)


# -- effects: what the machine tells the shell to do in the same transaction -----------------------------------------


def _open_round(entry: RuleEntry, _event: str) -> None:
    entry.round += 1
    entry.save(update_fields=["round"])


def _issue(entry: RuleEntry, _event: str) -> None:
    """Freeze and publish the document; what it revises or lifts is replaced, with a transition."""
    rule = documents.rule_of(entry.document)
    assert rule is not None, "the guard document_fits has read it"
    entry.content_hash, entry.issued_at = documents.store_rule(rule), clock.now()
    public = {"rule": entry.rule_id, "version": entry.version, "hash": entry.content_hash}
    ledger.record(SYSTEM, type="rule_published", subject=str(entry.id), event=dict(public), public=public)
    if entry.kind == CERTIFICATION:
        _set_filing_alarm(entry)
    entry.save()
    tell(entry, "approve")
    until = clock.today() + timedelta(days=terms_of(entry.terms).rule_transition_days)
    for before in (entry.revises, entry.converts):
        if before is not None:
            end(locked(SYSTEM, before.id), "replace", by=entry, until=until)


def _set_filing_alarm(entry: RuleEntry) -> None:
    terms = terms_of(entry.terms)
    entry.filing_due = clock.today() + timedelta(days=terms.rule_filing_days)
    reminder = entry.filing_due - timedelta(days=terms.rule_filing_reminder_days)
    for name, moment in (
        ("filing_due", end_of(reminder - timedelta(days=1))),
        ("filing_overdue", end_of(entry.filing_due)),
    ):
        key = f"{FILING_ALARM}/{entry.id}/{name}"
        ledger.enqueue(FILING_ALARM, key=key, payload={"entry": str(entry.id), "what": name}, not_before=moment)


def end(entry: RuleEntry, event: str, *, by: RuleEntry, until: date) -> None:
    """Let the system end a locked rule that another one replaces or closes; one that is past its life is left alone."""
    if LIFECYCLE.edge(entry.state, event) is None:
        return
    entry.ended_by, entry.transition_until = by, until
    days = (until - clock.today()).days
    facts = facts_of(SYSTEM, entry, successor_in_force=True, transition_days=days)
    advance(SYSTEM, entry, event, facts, by=by.reference, until=until.isoformat())


def _close_local(entry: RuleEntry, _event: str) -> None:
    for one in list(closed_by(entry).values_list("id", flat=True)):
        assert entry.transition_until is not None, "the guard transition_set_where_closing has asked for it"
        end(locked(SYSTEM, one), "sunset", by=entry, until=entry.transition_until)
    entry.transition_until = None
    entry.save(update_fields=["transition_until"])


def _announce_end(entry: RuleEntry, event: str) -> None:
    """Say in public that it ends, tell whoever rests on it, and let a worker close the transition."""
    today, until = clock.today(), entry.transition_until
    assert until is not None, "the guard transition_set has asked for it"
    public = {"rule": entry.rule_id, "version": entry.version, "reason": event, "since": today.isoformat()}
    ledger.record(SYSTEM, type="rule_ended", subject=str(entry.id), event=dict(public), public=public)
    payload = {
        "entry": str(entry.id),
        "rule": entry.reference,
        "cause": event,
        "successor": entry.ended_by.reference if entry.ended_by else "",
        "until": until.isoformat(),
    }
    ledger.emit("rule.ending", payload)
    tell(entry, event)
    key = f"{TRANSITION}/{entry.id}"
    ledger.enqueue(TRANSITION, key=key, payload={"entry": str(entry.id)}, not_before=end_of(until))


def _drop_revision(entry: RuleEntry, _event: str) -> None:
    """Give the rule that would have been revised the state back that it had."""
    if entry.revises is None:
        return
    before = locked(SYSTEM, entry.revises.id)
    if before.state == "under_revision":
        advance(SYSTEM, before, f"resume_{before.before}", facts_of(SYSTEM, before), dropped=entry.reference)


EFFECTS: dict[str, Callable[[RuleEntry, str], None]] = {
    "tell_rule_owner": tell,
    "open_rule_round": _open_round,
    "issue_rule": _issue,
    "close_local_rules": _close_local,
    "announce_end": _announce_end,
    "drop_revision": _drop_revision,
}
