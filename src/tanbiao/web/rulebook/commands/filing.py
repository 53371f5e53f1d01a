"""The filing of a certification rule with the authority, its alarm, and its cancellation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from tanbiao.core.findings import Finding
from tanbiao.core.rules.filing import check_filing, filing_fields
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.commanding import Conflict, NotAllowed, command
from tanbiao.web.rulebook import documents
from tanbiao.web.rulebook.acts import CHINA, advance, locked, note, tell
from tanbiao.web.rulebook.facts import CERTIFICATION, facts_of, is_owner
from tanbiao.web.rulebook.models import RuleEntry


def proposed_values(entry: RuleEntry) -> dict[str, str]:
    """Return what the rule itself says for the fields of its filing, under what was filled in already."""
    rule = documents.issued(entry) if entry.content_hash else None
    owner: Organisation | None = entry.owner
    known = {
        "title": entry.title_zh,
        "reference": entry.reference,
        "owner": owner.name_zh if owner else "",
        "issued": entry.issued_at.astimezone(CHINA).strftime("%Y%m%d") if entry.issued_at else "",
        "informed_by": "; ".join(item.document for item in rule.informed_by) if rule else "",
    }
    found = {field.code: known.get(field.from_ or "", "") for field in filing_fields().fields}
    return {**found, **entry.filing}


def findings_of(entry: RuleEntry) -> list[Finding] | None:
    """Return what is wrong with a filing as it is filled in; None before it is."""
    return check_filing(filing_fields(), entry.filing) if entry.filing else None


@command("rulebook.file")
def fill_filing(actor: Actor, *, entry_id: UUID, values: Mapping[str, str]) -> RuleEntry:
    """Keep the values of a filing, right or wrong; what is wrong is said field by field.

    Raises
    ------
    Conflict
        ``rule_act_out_of_place``, ``rule_needs_no_filing``
    """
    entry = _own(actor, entry_id)
    if entry.kind != CERTIFICATION:
        raise Conflict.of("rule_needs_no_filing", "kind")
    if entry.state != "issued":
        raise Conflict.of("rule_act_out_of_place", state=entry.state)
    entry.filing = {str(key)[:60]: str(value).strip()[:4000] for key, value in values.items()}
    note(actor, entry, "fill_filing", errors=len(findings_of(entry) or ()))
    return entry


def _own(actor: Actor, entry_id: UUID) -> RuleEntry:
    entry = locked(actor, entry_id)
    if not is_owner(actor, entry):
        raise NotAllowed.of("not_allowed", permission="rulebook.file")
    return entry


@command("rulebook.file")
def file(
    actor: Actor, *, entry_id: UUID, builds_on: str, filing_number: str, filed_on: date | None = None
) -> RuleEntry:
    """Record that the rule was filed, under which number and on which day."""
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on, filing_number=filing_number.strip())
    entry.filing_number, entry.filed_on = filing_number.strip()[:80], filed_on or clock.today()
    advance(actor, entry, "file", facts, number=entry.filing_number, on=entry.filed_on.isoformat())
    return entry


@command("rulebook.decide")
def cancel_filing(
    actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, transition_until: date, text: str = ""
) -> RuleEntry:
    """Cancel a filing: the rule is out of force at once, its certificates are to be gone by the day that is set."""
    entry = locked(actor, entry_id)
    entry.transition_until = transition_until
    facts = facts_of(actor, entry, builds_on=builds_on, reason=reason)
    advance(actor, entry, "cancel_filing", facts, until=transition_until.isoformat(), text=text.strip())
    return entry


@command("rulebook.system")
def filing_alarm(actor: Actor, *, entry_id: UUID, what: str) -> bool:  # noqa: ARG001 (the system, by permission)
    """Remind the owner of a filing that is not done; False when it is, or the rule has moved on."""
    entry = RuleEntry.objects.get(id=entry_id)
    if entry.state not in ("issued", "under_revision") or entry.filing_number:
        return False
    tell(entry, what)
    return True
