"""What a body knows of its people before it sends them: competence, load, service to the applicant, time with him.

Competence is read through :func:`competence_of` and :func:`hand_refusals` alone, out of the body's own book
(:mod:`tanbiao.web.bodies`); nobody states it case by case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.kinds.package import is_package
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation, Person
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies import loads, obligations, standing
from tanbiao.web.bodies.functions import Function
from tanbiao.web.bodies.impartiality import risk_refusals
from tanbiao.web.bodies.matrix import Step, matrix_refusal
from tanbiao.web.certification.models import Case, TeamMember
from tanbiao.web.studies.queries import read_json

NEVER_BEGUN = ("applied", "refused", "accepted", "contracted")
"""States of a case in which nobody has evaluated anything yet."""
DAYS_PER_MONTH = 365.2425 / 12


AT_WORK = ("contracted", "planned", "doc_review", "on_site", "footprint_verification", "rectification")
"""States of a case that is in its team's hands."""
FUNCTION_IN: dict[str, Function] = {
    **dict.fromkeys(("applied", "contracted"), Function.PLANNER),
    **dict.fromkeys(("planned", "doc_review", "on_site", "footprint_verification"), Function.VERIFIER),
    "technical_review": Function.REVIEWER,
    "decision": Function.DECIDER,
}
"""State of a case → the function of the body's person whose act is next."""
STEP_IN: dict[str, Step] = {
    "applied": Step.ACCEPTANCE,
    "contracted": Step.PLANNING,
    **dict.fromkeys(("planned", "doc_review", "on_site", "footprint_verification"), Step.EVALUATION),
    "technical_review": Step.REVIEW,
    "decision": Step.DECISION,
}
"""State of a case → the line of the responsibility matrix that its next act asks."""


QUALIFIED_IN = ("applied", "contracted", "decision")
"""States in which the body's next act asks for its approval and accreditation: acceptance, planning, decision."""


@dataclass(frozen=True, slots=True)
class Competence:
    """What stands on record of a member for the case's category; None where nothing does."""

    competent: bool | None
    full_time: bool | None
    years: float | None
    refusals: tuple[Finding, ...] = ()
    """Why this person may not be sent, who and what to do."""


def competence_of(member: TeamMember) -> Competence:
    """Return what the body's book says today of a member as a verifier of the case's category, and of the load."""
    case, person = member.case, member.person
    staff = standing.staff_of(case.body, person.id)
    missing = standing.competence_refusal(case.body, person, Function.VERIFIER, category_of(case))
    limit, load = loads.limit_of(case.body), load_with(case, person.id)
    over = (overload(member, load, limit),) if limit.blocks and limit.is_over(load) else ()
    return Competence(
        competent=missing is None,
        full_time=staff.full_time if staff else None,
        years=standing.years_since(staff.experience_since) if staff else None,
        refusals=((missing,) if missing else ()) + over,
    )


def stated(member: TeamMember) -> Competence:
    """Return what the book said when the team was planned; afterwards each act asks for the one who acts."""
    return Competence(member.competent, member.full_time, float(member.years) if member.years else None)


def overload(member: TeamMember, load: loads.Load, limit: loads.Limit) -> Finding:
    """Return the finding that a person has too much in hand: blocking where the body says so, else a warning."""
    weight = Severity.BLOCKING if limit.blocks else Severity.WARNING
    person = member.person
    return finding(
        "person_overloaded",
        weight,
        "team",
        who=person.name_zh,
        who_en=person.name("en"),
        cases=load.cases,
        man_days=round(load.man_days, 1),
        cases_max=limit.cases,
        man_days_max=limit.man_days,
    )


def refusal_of(case: Case, person: Person, function: Function) -> Finding | None:
    """Return what the body's book says today against a person in a function of the case's category."""
    return standing.competence_refusal(case.body, person, function, category_of(case))


def load_with(case: Case, person_id: UUID) -> loads.Load:
    """Return what a person has in hand with this case, whose team and man-days may not be planned yet."""
    others = load_of(case.body, [person_id], without=case).get(person_id, loads.Load())
    beside = loads.loads(case.body, [person_id], without=_in_hand)[person_id]
    size = max(case.team.count(), 1)
    mine = others.with_one_more((float(case.man_days) if case.man_days else 0.0) / size)
    return loads.Load(mine.cases + beside.cases, mine.man_days + beside.man_days)


def load_of(body: Organisation, people: Iterable[UUID], without: Case | None = None) -> dict[UUID, loads.Load]:
    """Return for each person the open cases of its team, and an equal share of each one's man-days."""
    rows = TeamMember.objects.filter(case__body=body, case__state__in=AT_WORK).select_related("case")
    teams: dict[UUID, list[TeamMember]] = {}
    for row in rows if without is None else rows.exclude(case=without):
        teams.setdefault(row.case_id, []).append(row)
    found: dict[UUID, loads.Load] = {}
    for team in teams.values():
        share = (float(team[0].case.man_days) if team[0].case.man_days else 0.0) / len(team)
        for row in team:
            found[row.person_id] = found.get(row.person_id, loads.Load()).with_one_more(share)
    wanted = set(people)
    return {person: load for person, load in found.items() if person in wanted}


@loads.counter
def _in_hand(body: Organisation, people: Iterable[UUID]) -> Mapping[UUID, loads.Load]:
    return load_of(body, people)


def category_of(case: Case) -> str:
    """Return the product category of the case's frozen package; empty where it has none."""
    return _category(case.package_hash) if case.package_hash else ""


@lru_cache(maxsize=4096)
def _category(package_hash: str) -> str:
    """A package is addressed by what it holds: its category never changes."""
    package = read_json(package_hash)
    return str(package["category"] if is_package(package) else package["study"]["product"].get("category", ""))


def standing_refusals(case: Case) -> tuple[Finding, ...]:
    """Return why applicant or body may not take the next step today: obligations not accepted, body not qualified."""
    owes: list[Finding | None] = []
    if case.state == "":
        owes.append(obligations.acceptance_refusal(case.owner))
    if case.state == "applied":
        owes.append(obligations.acceptance_refusal(case.body))
    owed = tuple(item for item in owes if item is not None)
    if case.state in ("applied", "contracted"):
        owed += risk_refusals(case.body, case.owner)
    return owed + (standing.body_refusals(case.body, category_of(case)) if case.state in QUALIFIED_IN else ())


def hand_refusals(actor: Actor, case: Case) -> tuple[Finding, ...]:
    """Return why the body's acting person may not take the next step: no competence on record, not by the matrix."""
    function = FUNCTION_IN.get(case.state)
    if function is None or actor.person is None or actor.organisation_id != case.body_id:
        return ()
    missing = standing.competence_refusal(case.body, actor.person, function, category_of(case))
    barred = matrix_refusal(actor, case.body, STEP_IN[case.state])
    return tuple(item for item in (missing, barred) if item is not None)


def months_between(earlier: datetime, later: datetime) -> int:
    """Return the whole mean months between two moments."""
    return int((later - earlier).days / DAYS_PER_MONTH)


def months_since_service(body: Organisation, applicant: Organisation) -> int | None:
    """Return the months since a person of the body last advised the applicant through this platform; None: never.

    An adviser's membership is the service that is bought here; it counts for as long as it lasts and from its end on,
    for everybody who has a role in the body now. Of who has left the body it counts up to then: the body served.
    """
    now = clock.now()
    terms = list(Membership.objects.filter(organisation=body).values_list("person_id", "granted_at", "ended_at"))
    served = Membership.objects.filter(
        organisation=applicant, role=Role.ADVISER, person__in={person for person, _begun, _ended in terms}
    )
    ends = []
    for row in served:
        last = row.ended_at or now
        for person, begun, ended in terms:
            if person != row.person_id:
                continue
            if ended is None:
                ends.append(last)
            elif ended > row.granted_at and begun < last:
                ends.append(min(ended, last))
    return months_between(max(ends), now) if ends else None


def with_holder(case: Case, person_id: UUID, break_months: int) -> tuple[int, int]:
    """Return how many earlier cases of the same holder the person evaluated in a row, and the months since the first.

    A gap of ``break_months`` without such a case ends the row.
    """
    times = (
        Case.objects.filter(owner_id=case.owner_id, team__person_id=person_id)
        .exclude(id=case.id)
        .exclude(state__in=NEVER_BEGUN)
        .order_by("-created_at")
        .values_list("created_at", flat=True)
    )
    row: list[datetime] = []
    last = clock.now()
    for moment in times:
        if months_between(moment, last) >= break_months:
            break
        row.append(moment)
        last = moment
    return len(row), months_between(row[-1], clock.now()) if row else 0
