"""Facts discovered after the opinion: before the issue they lead back to verification, after it to a work item."""

from __future__ import annotations

from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification.acts import advance, facts, is_in_team, locked, note, require_state
from tanbiao.web.certification.models import Case, LaterFact
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command, require
from tanbiao.web.ledger import commands as ledger

REPORTING = ("technical_review", "decision", "granted", "issued")
LONG = 8000


@command("certification.view")
def report_fact(actor: Actor, *, case_id: UUID, text: str, row: str = "") -> LaterFact:
    """Report a fact that came to light after the opinion; applicant and body may.

    Before the issue the body then opens the verification again (:func:`reopen_verification`). After the issue the
    certificate is flagged and the body has a work item.

    Raises
    ------
    Invalid
        ``verification_text_missing``
    Conflict
        ``act_out_of_place``
    """
    case = locked(actor, case_id)
    require(actor, "certification.view", case)
    require_state(case, "report_fact", *REPORTING)
    if not text.strip():
        raise Invalid.of("verification_text_missing", "text")
    made = LaterFact.objects.create(
        case=case,
        state=case.state,
        row=row.strip()[:120],
        text=text.strip()[:LONG],
        by=person_of(actor),
        at=clock.now(),
    )
    note(actor, case, "fact_reported", fact=str(made.id), row=made.row)
    if case.state == "issued":
        ledger.emit("case.fact_after_issue", {"case": str(case.id), "fact": str(made.id)})
    return made


@command("certification.reopen")
def reopen_verification(actor: Actor, *, case_id: UUID) -> Case:
    """Lead a case back to verification because of a reported fact; an issue that has begun is voided."""
    case = locked(actor, case_id)
    require(actor, "certification.reopen", case)
    advance(actor, case, "reopen_verification", facts(actor, case))
    return case


@command("certification.reopen")
def settle_fact(actor: Actor, *, fact_id: UUID, text: str) -> LaterFact:
    """Say what a fact came to: by the team during the verification, by the body where the case is issued.

    Raises
    ------
    NotFound
        ``fact_unknown``
    Conflict
        ``fact_settled``; ``act_out_of_place``: before the issue it is settled in the verification only.
    """
    known = LaterFact.objects.filter(id=fact_id).first()
    if known is None:
        raise NotFound.of("fact_unknown", str(fact_id))
    case = locked(actor, known.case_id)
    require(actor, "certification.reopen", case)
    fact = LaterFact.objects.get(id=fact_id)
    require_state(case, "settle_fact", "footprint_verification", "issued")
    if case.state == "footprint_verification" and not is_in_team(actor, case):
        raise NotAllowed.of("not_in_team")
    if fact.settled_at is not None:
        raise Conflict.of("fact_settled", str(fact_id))
    if not text.strip():
        raise Invalid.of("verification_text_missing", "text")
    fact.settled_text, fact.settled_by, fact.settled_at = text.strip()[:LONG], person_of(actor), clock.now()
    fact.save(update_fields=["settled_text", "settled_by", "settled_at"])
    note(actor, case, "fact_settled", fact=str(fact.id))
    if case.state == "issued" and not case.later_facts.filter(settled_at__isnull=True).exists():
        ledger.emit("case.facts_settled", {"case": str(case.id)})
    return fact
