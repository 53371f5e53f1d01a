"""The public consultation: anybody comments, and the owner answers each comment."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db.models import Max

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command
from tanbiao.web.rulebook.acts import locked, note, tell
from tanbiao.web.rulebook.facts import is_owner
from tanbiao.web.rulebook.models import RuleComment

OUTCOMES: Final = ("accepted", "partly", "declined")


@command("rulebook.comment")
def comment(actor: Actor, *, entry_id: UUID, text: str, clause: str = "", said_by: str = "") -> RuleComment:
    """Comment on a rule that is open to the public, signed in or not.

    Raises
    ------
    NotFound
        ``rule_entry_unknown``
    Conflict
        ``rule_act_out_of_place``: its consultation is not open.
    Invalid
        ``rule_comment_empty``, ``rule_comment_name_missing``: a visitor says who he is.
    """
    entry = locked(actor, entry_id)
    if entry.state != "consultation":
        raise Conflict.of("rule_act_out_of_place", state=entry.state)
    if not text.strip():
        raise Invalid.of("rule_comment_empty", "text")
    if actor.person is None and not said_by.strip():
        raise Invalid.of("rule_comment_name_missing", "said_by")
    newest = entry.comments.aggregate(newest=Max("number"))["newest"] or 0
    made = RuleComment.objects.create(
        entry=entry,
        round=entry.round,
        number=newest + 1,
        person=actor.person,
        organisation=actor.organisation,
        said_by="" if actor.person else said_by.strip()[:120],
        clause=clause.strip()[:60],
        text=text.strip()[:8000],
        at=clock.now(),
    )
    note(actor, entry, "comment", number=made.number)
    tell(entry, "comment")
    return made


@command("rulebook.draft")
def answer(actor: Actor, *, comment_id: UUID, outcome: str, text: str) -> RuleComment:
    """Answer a comment: accepted, partly or declined, and why. An answer is not changed.

    Raises
    ------
    NotFound
        ``rule_comment_unknown``
    NotAllowed
        Answers are the owner's.
    Conflict
        ``rule_comment_answered``, ``rule_act_out_of_place``
    Invalid
        ``rule_outcome_unknown``, ``rule_answer_empty``
    """
    found = RuleComment.objects.select_for_update(of=("self",)).filter(id=comment_id).first()
    if found is None:
        raise NotFound.of("rule_comment_unknown", str(comment_id))
    entry = locked(actor, found.entry_id)
    if not is_owner(actor, entry):
        raise NotAllowed.of("not_allowed", permission="rulebook.draft")
    if entry.state != "consultation":
        raise Conflict.of("rule_act_out_of_place", state=entry.state)
    if found.outcome:
        raise Conflict.of("rule_comment_answered", str(comment_id))
    if outcome not in OUTCOMES:
        raise Invalid.of("rule_outcome_unknown", "outcome", outcome=outcome[:20], known=", ".join(OUTCOMES))
    if not text.strip():
        raise Invalid.of("rule_answer_empty", "text")
    found.outcome, found.answer = outcome, text.strip()[:8000]
    found.answered_by, found.answered_at = person_of(actor), clock.now()
    found.save()
    note(actor, entry, "answer", number=found.number, outcome=outcome)
    return found
