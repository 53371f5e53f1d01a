"""Reasons for elements of a rule that no worked example holds: a named person says why it may be issued with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Invalid, command, fired
from tanbiao.web.rulebook.acts import LIFECYCLE, advance, locked
from tanbiao.web.rulebook.elements import keys_of, report_of
from tanbiao.web.rulebook.facts import facts_of
from tanbiao.web.rulebook.models import ElementReason, RuleEntry

LONGEST: Final = 2000
"""Characters of a reason that are kept (project default)."""


@command("rulebook.draft")
def give_reasons(actor: Actor, *, entry_id: UUID, builds_on: str, elements: Sequence[str], text: str) -> RuleEntry:
    """Say why no worked example holds some elements of the newest draft: one reason for all that are named.

    It stands in the history with who said it and when, and falls away when the part of the text that an element stands
    in, or an example, changes.

    Raises
    ------
    Conflict
        ``rule_mutations_not_run``: no mutation report of the draft as it stands; ``stale_decision``.
    Invalid
        ``rule_element_reason_missing``; ``rule_element_unnamed``; ``rule_element_held``: one of them is not open.
    """
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on)
    fired(LIFECYCLE, entry.state, "reason", facts)
    run, named, said = report_of(entry), list(dict.fromkeys(elements)), text.strip()[:LONGEST]
    assert run is not None, "the guard elements_tried has asked for it"
    if not said:
        raise Invalid.of("rule_element_reason_missing", "text")
    if not named:
        raise Invalid.of("rule_element_unnamed", "elements")
    keys = keys_of(run.report)
    unknown = [name for name in named if name not in keys]
    if unknown:
        raise Invalid.of("rule_element_held", "elements", elements=", ".join(one[:80] for one in unknown[:20]))
    person, now = person_of(actor), clock.now()
    ElementReason.objects.bulk_create(
        ElementReason(
            entry=entry, element=name, key=keys[name], text=said, person=person, organisation=actor.organisation, at=now
        )
        for name in named
    )
    advance(actor, entry, "reason", facts, text=said, elements={name: keys[name] for name in named})
    return entry
