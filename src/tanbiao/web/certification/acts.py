"""Acting on a case: ask the machine, carry out its effects, write the line of history and the log entry. Private.

Every command ends in :func:`advance` (a transition) or :func:`note` (an act within a state); there is no other place
where the state or the head of a case is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, system_actor
from tanbiao.web.certification import claims
from tanbiao.web.certification.facts import current_opinion, facts_of
from tanbiao.web.certification.models import Case, HeldDuty, Pause, StepClock, Vote
from tanbiao.web.commanding import Conflict, NotAllowed, NotFound, fired, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.history import write_line
from tanbiao.web.studies import commands as studies
from tanbiao.workflow.document import START
from tanbiao.workflow.facts import CaseFacts, Duty
from tanbiao.workflow.machine import Transition, load_lifecycle

LIFECYCLE = load_lifecycle("certification-case")
SYSTEM = system_actor("certification")
OPEN_FINDINGS = ("raised", "answered")


def purpose_of(case: Case) -> str:
    """Return the purpose under which the body sees the study."""
    return f"case/{case.id}"


def locked(actor: Actor, case_id: UUID) -> Case:
    """Return a case of the actor's own side, locked until the transaction ends.

    Raises
    ------
    NotFound
        ``case_unknown``: there is none, or not for this actor.
    """
    rows = Case.objects.select_for_update(of=("self",)).select_related("owner", "body", "study")
    case = rows.filter(id=case_id).first()
    sides = (case.owner_id, case.body_id) if case else ()
    if case is None or not (actor.is_system or actor.organisation_id in sides):
        raise NotFound.of("case_unknown", str(case_id))
    return case


def of_my_team(actor: Actor, case_id: UUID) -> Case:
    """Return a locked case whose team the actor belongs to.

    Raises
    ------
    NotAllowed
        ``not_in_team``, or no verifier of the body at all.
    """
    case = locked(actor, case_id)
    require(actor, "certification.verify", case)
    if not is_in_team(actor, case):
        raise NotAllowed.of("not_in_team")
    return case


def is_in_team(actor: Actor, case: Case) -> bool:
    """Whether the actor is one of the persons of the case's team."""
    return actor.person is not None and case.team.filter(person=actor.person).exists()


def advance(actor: Actor, case: Case, event: str, facts: CaseFacts, **details: Any) -> Transition:
    """Fire an event on a locked case: new state, effects, one line of history, one pending log entry."""
    step = fired(LIFECYCLE, case.state or START, event, facts, since=case.state_since)
    case.state = step.to
    if step.to != step.source:
        case.state_since = clock.now()
        _next_step(case)
    _write(actor, case, step.event, step.source, facts.reason, details, log_type=step.log_type, is_transition=True)
    for effect in step.effects:
        EFFECTS[effect](case)
    return step


def _next_step(case: Case) -> None:
    """End the running step with what it waits for, and begin that of the new state unless the case has ended."""
    now = case.state_since
    Pause.objects.filter(step__case=case, ended_at__isnull=True).update(ended_at=now)
    StepClock.objects.filter(case=case, ended_at__isnull=True).update(ended_at=now)
    if not LIFECYCLE.document.states[case.state].terminal:
        StepClock.objects.create(case=case, state=case.state, round=case.round, begun_at=now)


def note(actor: Actor, case: Case, event: str, **details: Any) -> None:
    """Write an act that changes no state (a finding, a visit, a sample) into history and log."""
    _write(actor, case, event, case.state, "", details, log_type=f"case.{event}", is_transition=False)


def hold(case: Case, actor: Actor, duty: Duty) -> None:
    """Remember for ever that this person had this duty in this round."""
    if actor.person is not None:
        HeldDuty.objects.get_or_create(case=case, person=actor.person, duty=duty.value, round=case.round)


def require_state(case: Case, event: str, *states: str) -> None:
    """Refuse an act that belongs to other states.

    Raises
    ------
    Conflict
        ``act_out_of_place``
    """
    if case.state not in states:
        name = LIFECYCLE.state_name(case.state)
        raise Conflict.of("act_out_of_place", event=event, state_zh=name.zh, state_en=name.en)


def require_head(case: Case, builds_on: str) -> None:
    """Refuse an act on anything but the newest line of the case.

    Raises
    ------
    Conflict
        ``stale_decision``
    """
    if builds_on != case.head:
        raise Conflict.of("stale_decision", "builds_on", seen=builds_on or "—", current=case.head)


def _write(
    actor: Actor,
    case: Case,
    event: str,
    source: str,
    reason: str,
    details: dict[str, Any],
    *,
    log_type: str,
    is_transition: bool,
) -> None:
    write_line(
        actor,
        case,
        event,
        about={"case": str(case.id), "round": case.round, "package": case.package_hash},
        source=source,
        reason=reason,
        details=details,
        leaf="case_event",
        said=log_type,
        is_transition=is_transition,
        round=case.round,
    )


# -- effects: what the machine tells the shell to do in the same transaction -----------------------------------------


def _verification_begins(case: Case) -> None:
    if case.study is not None and case.study.state in ("submitted", "verified"):
        studies.begin_verification(SYSTEM, study_id=case.study.id, case=str(case.id))


def _correction_needed(case: Case) -> None:
    if case.study is not None:
        studies.require_correction(SYSTEM, study_id=case.study.id, case=str(case.id))


def _study_verified(case: Case) -> None:
    opinion = current_opinion(case)
    if case.study is not None and opinion is not None and opinion.kind in ("unmodified", "modified"):
        count = case.findings.filter(state__in=OPEN_FINDINGS).count()
        studies.mark_verified(SYSTEM, study_id=case.study.id, case=str(case.id), findings_open=count)


def _study_released(case: Case) -> None:
    if case.study is None:
        claims.give_back_credits(case)
        return
    if case.study.state in ("submitted", "verifying", "correction_needed", "verified"):
        studies.give_back(SYSTEM, study_id=case.study.id, case=str(case.id))
    studies.end_sight(SYSTEM, study_id=case.study.id, purpose=purpose_of(case))


def _open_round(case: Case) -> None:
    case.round += 1
    case.package_hash = case.study.package_hash if case.study else claims.newest_hash(case)
    case.save(update_fields=["round", "package_hash"])


def _begin_issue(case: Case) -> None:
    ledger.emit("case.granted", {"case": str(case.id), "head": case.head})


def _void_issue(case: Case) -> None:
    Vote.objects.filter(case=case, void=False).update(void=True)
    ledger.emit("case.issue_voided", {"case": str(case.id)})


EFFECTS: dict[str, Callable[[Case], None]] = {
    "verification_begins": _verification_begins,
    "correction_needed": _correction_needed,
    "study_verified": _study_verified,
    "study_released": _study_released,
    "open_round": _open_round,
    "begin_issue": _begin_issue,
    "void_issue": _void_issue,
}


def facts(actor: Actor, case: Case, **more: Any) -> CaseFacts:
    """Shorthand of :func:`tanbiao.web.certification.facts.facts_of`."""
    return facts_of(actor, case, **more)
