"""The clocks of a case: asking the applicant stops the step's, his answer lets it run; what is over has its event."""

from __future__ import annotations

from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import clocks
from tanbiao.web.certification.acts import LIFECYCLE, advance, facts, locked, note, require_state
from tanbiao.web.certification.models import Case, Pause, StepClock
from tanbiao.web.commanding import Conflict, Invalid, command, require
from tanbiao.web.ledger import commands as ledger

PAUSED_IN = next(item.states for item in LIFECYCLE.document.clocks if item.runs == "waiting")
"""States whose step may wait for the applicant."""
OVER = {"lapse": "not_rectified_in_term", "give_up": "no_answer"}
"""Event of a clock → the reason that the platform gives for it."""


@command("certification.ask")
def ask_applicant(actor: Actor, *, case_id: UUID, text: str) -> Pause:
    """Ask the applicant for something; until he answers the step's clock stands still and his runs.

    Raises
    ------
    Invalid
        ``text_missing``
    Conflict
        ``already_waiting``; ``act_out_of_place``: the step does not depend on the applicant.
    """
    case = locked(actor, case_id)
    require(actor, "certification.ask", case)
    require_state(case, "ask", *PAUSED_IN)
    if not text.strip():
        raise Invalid.of("text_missing", "text")
    step = clocks.running(case) or _begin(case)
    if clocks.pause_of(step) is not None:
        raise Conflict.of("already_waiting", case.number)
    made = Pause.objects.create(step=step, text=text.strip(), begun_at=clock.now(), begun_by=actor.person)
    note(actor, case, "asked", text=made.text)
    return made


@command("certification.view")
def end_waiting(actor: Actor, *, case_id: UUID, text: str) -> Case:
    """Let the step's clock run on: the applicant has answered, or the body needs no answer any more.

    Raises
    ------
    Invalid
        ``text_missing``
    Conflict
        ``not_waiting``
    """
    case = locked(actor, case_id)
    mine = "certification.answer" if actor.organisation_id == case.owner_id else "certification.ask"
    require(actor, mine, case)
    if not text.strip():
        raise Invalid.of("text_missing", "text")
    pause = clocks.pause_of(clocks.running(case))
    if pause is None:
        raise Conflict.of("not_waiting", case.number)
    pause.ended_at, pause.ended_by = clock.now(), actor.person
    pause.save(update_fields=["ended_at", "ended_by"])
    note(actor, case, "waiting_ended", text=text.strip())
    return case


def _begin(case: Case) -> StepClock:
    """Begin the step of a case that was opened before there were clocks."""
    return StepClock.objects.create(case=case, state=case.state, round=case.round, begun_at=case.state_since)


@command("certification.system")
def run_clock(actor: Actor, *, case_id: UUID) -> str:
    """Act on what is over in a case: fire the clock's event, or note once that a step of the body is late.

    Returns the event, ``overdue``, or nothing.
    """
    case = locked(actor, case_id)
    over = [view for view in clocks.views(case) if view.over]
    for view in over:
        if view.event:
            advance(actor, case, view.event, facts(actor, case, reason=OVER[view.event]), clock=view.id)
            return view.event
    step = clocks.running(case)
    if not over or step is None or step.overdue_at is not None:
        return ""
    step.overdue_at = clock.now()
    step.save(update_fields=["overdue_at"])
    note(actor, case, "overdue", clock=over[0].id)
    ledger.emit("case.overdue", {"case": str(case.id), "clock": over[0].id})
    return "overdue"
