"""How long a case has been in its state, apart from waiting for the applicant, and what is left of its terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tanbiao.web import clock
from tanbiao.web.certification.models import Case, Pause, StepClock
from tanbiao.workflow.document import Clock
from tanbiao.workflow.machine import load_lifecycle
from tanbiao.workflow.terms import terms_of

DAY = timedelta(days=1)
LIFECYCLE = load_lifecycle("certification-case")


@dataclass(frozen=True, slots=True)
class Spent:
    """Time in a state: whole, without the waiting, and since the applicant was last asked (None: he is not)."""

    whole: timedelta
    working: timedelta
    waiting: timedelta | None

    def of(self, kind: Clock) -> timedelta | None:
        """Return the time that counts for a clock; None where it does not run now."""
        return {"always": self.whole, "working": self.working, "waiting": self.waiting}[kind.runs]


@dataclass(frozen=True, slots=True)
class ClockView:
    """A term that runs in a case: its name, whole days left (negative when over), and whether it stands still now."""

    id: str
    name_zh: str
    name_en: str
    days_left: int
    paused: bool = False
    event: str = ""

    @property
    def over(self) -> bool:
        """Whether the term has run out."""
        return self.days_left < 0

    def name(self, lang: str) -> str:
        """Return the name in a language."""
        return self.name_zh if lang == "zh" else self.name_en


def running(case: Case) -> StepClock | None:
    """Return the step that runs in the case."""
    return next((step for step in case.steps.all() if step.ended_at is None), None)


def pause_of(step: StepClock | None) -> Pause | None:
    """Return the spell of waiting that runs in a step."""
    return next((one for one in step.pauses.all() if one.ended_at is None), None) if step is not None else None


def spent_in(begun: datetime, until: datetime, pauses: Iterable[tuple[datetime, datetime | None]]) -> Spent:
    """Return the time between two moments, without spells of waiting; a spell without end runs on."""
    waited, waiting = timedelta(0), None
    for start, end in pauses:
        waited += (end or until) - start
        if end is None:
            waiting = until - start
    return Spent(until - begun, until - begun - waited, waiting)


def spent(case: Case) -> Spent:
    """Return the time the case has spent in its state by now."""
    step = running(case)
    if step is None:
        return spent_in(case.state_since, clock.now(), ())
    return spent_in(step.begun_at, clock.now(), [(one.begun_at, one.ended_at) for one in step.pauses.all()])


def views(case: Case) -> list[ClockView]:
    """Return the clocks that count in the case's state: the step's own, and the applicant's while he is waited for."""
    terms, passed = terms_of(case.terms), spent(case)
    found = []
    for kind in LIFECYCLE.document.clocks:
        counted = passed.of(kind) if case.state in kind.states else None
        if counted is not None:
            left = terms.days(kind.term) - counted // DAY
            paused = kind.runs == "working" and passed.waiting is not None
            found.append(ClockView(kind.id, kind.name.zh, kind.name.en, left, paused, kind.event))
    return found
