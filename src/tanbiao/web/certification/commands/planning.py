"""Planning the evaluation: the team and its man-days, and the start of the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification.acts import advance, facts, hold, locked
from tanbiao.web.certification.models import Case, HeldDuty, TeamMember
from tanbiao.web.commanding import Invalid, command, require
from tanbiao.workflow.facts import Duty


@dataclass(frozen=True, slots=True)
class Assignment:
    """A person for the team, with what the body states about him."""

    person_id: UUID
    lead: bool = False
    competent: bool | None = None
    full_time: bool | None = None
    years: float | None = None
    no_conflict_declared: bool = False


@command("certification.handle")
def plan(actor: Actor, *, case_id: UUID, builds_on: str, team: Sequence[Assignment], man_days: float | None) -> Case:
    """Plan the evaluation: the team (verifiers of the body) and the man-days.

    Raises
    ------
    Invalid
        ``not_a_verifier``: a person without that role in the body.
    Conflict
        A member who is not fit or not free of other duties; too few man-days.
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
            competent=member.competent,
            full_time=member.full_time,
            years="" if member.years is None else repr(float(member.years)),
            no_conflict_declared=member.no_conflict_declared,
        )
    case.man_days = "" if man_days is None else repr(float(man_days))
    people = [str(member.person_id) for member in team]
    advance(actor, case, "plan", facts(actor, case, builds_on=builds_on), team=people, man_days=case.man_days)
    for member in team:
        HeldDuty.objects.get_or_create(case=case, person_id=member.person_id, duty=Duty.TEAM.value, round=case.round)
    return case


@command("certification.verify")
def start(actor: Actor, *, case_id: UUID) -> Case:
    """Start the document review; from now on the study is in verification."""
    case = locked(actor, case_id)
    require(actor, "certification.verify", case)
    advance(actor, case, "start", facts(actor, case))
    hold(case, actor, Duty.TEAM)
    return case
