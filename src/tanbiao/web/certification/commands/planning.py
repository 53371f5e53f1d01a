"""Planning the evaluation: the team and its man-days, and the start of the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies import loads
from tanbiao.web.certification import competence
from tanbiao.web.certification.acts import advance, facts, hold, locked
from tanbiao.web.certification.commands.seconding import commit_draw
from tanbiao.web.certification.models import Case, HeldDuty, TeamMember
from tanbiao.web.commanding import Invalid, command, require
from tanbiao.workflow.facts import Duty


@dataclass(frozen=True, slots=True)
class Assignment:
    """A person for the team; competence, full-time and years stand in the body's book."""

    person_id: UUID
    lead: bool = False
    no_conflict_declared: bool = False


@command("certification.handle")
def plan(actor: Actor, *, case_id: UUID, builds_on: str, team: Sequence[Assignment], man_days: float | None) -> Case:
    """Plan the evaluation: the team (verifiers of the body) and the man-days.

    Raises
    ------
    Invalid
        ``not_a_verifier``: a person without that role in the body.
    Conflict
        A member who is not fit by the body's book or not free of other duties; too few man-days.
    """
    case = locked(actor, case_id)
    require(actor, "certification.handle", case)
    verifiers = set(
        Membership.objects.filter(organisation_id=case.body_id, role=Role.VERIFIER, ended_at__isnull=True).values_list(
            "person_id", flat=True
        )
    )
    TeamMember.objects.filter(case=case).delete()
    for member in team:
        if member.person_id not in verifiers:
            raise Invalid.of("not_a_verifier", "team")
        TeamMember.objects.create(
            case=case,
            person_id=member.person_id,
            lead=member.lead,
            no_conflict_declared=member.no_conflict_declared,
        )
    case.man_days = "" if man_days is None else repr(float(man_days))
    overloaded = _take_from_the_book(case)
    people = [str(member.person_id) for member in team]
    told: dict[str, Any] = {"man_days": case.man_days, **({"overloaded": overloaded} if overloaded else {})}
    advance(actor, case, "plan", facts(actor, case, builds_on=builds_on), team=people, **told)
    commit_draw(actor, case)
    for member in team:
        HeldDuty.objects.get_or_create(case=case, person_id=member.person_id, duty=Duty.TEAM.value, round=case.round)
    return case


def _take_from_the_book(case: Case) -> list[str]:
    """Keep what the book says of each member with the plan; return who has more in hand than the body's limit."""
    overloaded, limit = [], loads.limit_of(case.body)
    for row in case.team.select_related("person"):
        row.case = case
        known = competence.competence_of(row)
        row.competent, row.full_time = known.competent, known.full_time
        row.years = "" if known.years is None else repr(known.years)
        row.save(update_fields=["competent", "full_time", "years"])
        if limit.is_over(competence.load_with(case, row.person_id)):
            overloaded.append(str(row.person_id))
    return overloaded


@command("certification.verify")
def start(actor: Actor, *, case_id: UUID) -> Case:
    """Start the document review; from now on the study is in verification."""
    case = locked(actor, case_id)
    require(actor, "certification.verify", case)
    advance(actor, case, "start", facts(actor, case))
    hold(case, actor, Duty.TEAM)
    return case
