"""Judging a rule: the quality assessment by others than its drafters, return, approval, suspension."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from tanbiao.core.canonical import decimal12
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.assessment import checklist, share_of_points
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Invalid, command, fired
from tanbiao.web.rulebook.acts import LIFECYCLE, advance, locked
from tanbiao.web.rulebook.commands.drafting import keep_trial
from tanbiao.web.rulebook.facts import facts_of
from tanbiao.web.rulebook.models import RuleAssessment, RuleEntry


@command("rulebook.judge")
def assess(
    actor: Actor, *, entry_id: UUID, builds_on: str, points: Mapping[str, int], recommends: bool, text: str
) -> RuleEntry:
    """State a quality assessment on the checklist; it is not changed, and public with the rule.

    Raises
    ------
    Invalid
        ``rule_text_missing``, ``assessment_item_missing``, ``assessment_item_unknown``, ``assessment_points_wrong``
    """
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on)
    fired(LIFECYCLE, entry.state, "assess", facts)
    if not text.strip():
        raise Invalid.of("rule_text_missing", "text")
    listed = checklist()
    try:
        share = share_of_points(listed, points)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    RuleAssessment.objects.create(
        entry=entry,
        person=person_of(actor),
        organisation=actor.organisation,
        round=entry.round,
        checklist=listed.reference,
        points=dict(points),
        share=decimal12(share),
        recommends=recommends,
        text=text.strip()[:8000],
        at=clock.now(),
    )
    advance(actor, entry, "assess", facts, share=decimal12(share), recommends=recommends)
    return entry


@command("rulebook.decide")
def return_to_drafting(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> RuleEntry:
    """Return a rule for redrafting, with the reason; a new round begins."""
    entry = locked(actor, entry_id)
    advance(actor, entry, "return", facts_of(actor, entry, builds_on=builds_on, reason=reason), text=text.strip())
    return entry


@command("rulebook.decide")
def approve(actor: Actor, *, entry_id: UUID, builds_on: str, text: str = "") -> RuleEntry:
    """Approve and issue a rule: its document is frozen under its hash and logged; what it revises is replaced."""
    entry = locked(actor, entry_id)
    if entry.state == "review":
        keep_trial(entry)
    advance(actor, entry, "approve", facts_of(actor, entry, builds_on=builds_on), text=text.strip())
    return entry


@command("rulebook.decide")
def suspend(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> RuleEntry:
    """Suspend a rule in force: no study is submitted under it."""
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on, reason=reason)
    entry.before = entry.state
    advance(actor, entry, "suspend", facts, text=text.strip())
    return entry


@command("rulebook.decide")
def resume(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> RuleEntry:
    """Lift a suspension: the rule has the state again that it had."""
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on, reason=reason)
    advance(actor, entry, f"resume_{entry.before or 'issued'}", facts, text=text.strip())
    return entry
