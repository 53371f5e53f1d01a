"""Gathering what the guards of a case look at. Reads only; the machine decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.certification import schemes
from tanbiao.web.certification.models import Case, Opinion, Review, SampledRow
from tanbiao.workflow.facts import CaseFacts, Duty, FindingFact, Hand, Held, OpinionFact, TeamMember, Visit
from tanbiao.workflow.terms import Terms, terms_of

SUBMITTED = ("submitted", "verifying", "verified")
"""States of a study whose package is frozen."""
JUDGED = ("", "applied", "decision")
"""States in which the next act asks whether the scheme is open: application, acceptance, grant."""


def hand_of(actor: Actor, owner: Organisation | None, body: Organisation | None) -> Hand:
    """Return the actor as the machine sees him: which sides of the case he stands on, and his roles there."""
    if actor.is_system:
        return Hand("", frozenset(), frozenset({"system"}))
    sides = (("applicant", owner), ("body", body))
    parties = {side for side, organisation in sides if organisation and organisation.id == actor.organisation_id}
    return Hand(str(actor.person_id), frozenset(role.value for role in actor.roles), frozenset(parties))


def terms_of_case(case: Case) -> Terms:
    """Return the numbers the case was accepted under."""
    return terms_of(case.terms)


def facts_of(actor: Actor, case: Case, *, builds_on: str | None = None, reason: str = "", **more: Any) -> CaseFacts:
    """Gather the facts of a case as it stands, with what the act itself adds (``more``)."""
    acceptance = case.acceptance
    facts = CaseFacts(
        hand=hand_of(actor, case.owner, case.body),
        terms=terms_of_case(case),
        reason=reason,
        builds_on=builds_on,
        current=case.head,
        days_in_state=(clock.now() - case.state_since) // timedelta(days=1),
        legal_person=is_legal_person(case.owner),
        documents=frozenset(case.documents.values_list("kind", flat=True)),
        system_months=case.system_months,
        study_submitted=package_is_frozen(case),
        scheme_refusals=schemes.refusals(case) if case.state in JUDGED else None,
        body_active=case.body.kind == Kind.CERTIFICATION_BODY,
        body_qualified=acceptance.get("body_qualified"),
        body_competent=acceptance.get("body_competent"),
        months_since_advice=acceptance.get("months_since_advice"),
        advice_declared=bool(acceptance.get("advice_declared")),
        signatures=frozenset(case.signatures.values_list("side", flat=True)),
        held=held_duties(case),
        team=team_of(case),
        man_days=float(case.man_days) if case.man_days else None,
        findings=tuple(FindingFact(str(row.id), row.severity, row.state) for row in case.findings.all()),
        visits=visits_of(case),
        opinion=opinion_fact(current_opinion(case)),
        review_positive=_review_positive(case),
    )
    return replace(facts, **more)


def is_legal_person(organisation: Organisation) -> bool:
    """Whether the organisation has an identity that was checked: a credit code, or an entry in a foreign register."""
    return bool(organisation.uscc or organisation.foreign_id)


def package_is_frozen(case: Case) -> bool:
    """Whether the study is submitted with a package."""
    return case.study.state in SUBMITTED and bool(case.study.package_hash)


def held_duties(case: Case) -> tuple[Held, ...]:
    """Return every duty that binds in this case: those acted on, and everybody who ever belonged to the applicant."""
    acted = [Held(str(row.person_id), Duty(row.duty), row.round) for row in case.duties.all()]
    for person, role in Membership.objects.filter(organisation_id=case.owner_id).values_list("person_id", "role"):
        duty = Duty.ADVISER if role == Role.ADVISER else Duty.APPLICANT
        acted.append(Held(str(person), duty))
    return tuple(acted)


def team_of(case: Case) -> tuple[TeamMember, ...]:
    """Return the team as the guards see it."""
    return tuple(
        TeamMember(
            person=str(row.person_id),
            competent=row.competent,
            full_time=row.full_time,
            years=float(row.years) if row.years else None,
            no_conflict_declared=row.no_conflict_declared,
            lead=row.lead,
        )
        for row in case.team.all()
    )


def visits_of(case: Case) -> tuple[Visit, ...]:
    """Return the visits of all rounds with their minutes."""
    return tuple(
        Visit(
            minutes=(row.checked_out - row.checked_in) // timedelta(minutes=1) if row.checked_out else None,
            place=row.place,
            interviews=row.interviews,
            samples=row.samples,
            remote=row.remote,
        )
        for row in case.visits.all()
    )


def current_opinion(case: Case) -> Opinion | None:
    """Return the newest opinion on the package of this round."""
    return case.opinions.filter(round=case.round, package_hash=case.package_hash).order_by("-at", "-hash").first()


def current_review(case: Case) -> Review | None:
    """Return the newest review of the current opinion."""
    opinion = current_opinion(case)
    return opinion.reviews.order_by("-at", "-hash").first() if opinion else None


def _review_positive(case: Case) -> bool | None:
    review = current_review(case)
    return review.positive if review else None


def opinion_fact(row: Opinion | None) -> OpinionFact | None:
    """Return an opinion as the guards see it."""
    if row is None:
        return None
    return OpinionFact(
        kind=row.kind,
        assurance=row.assurance,
        materiality_percent=float(row.materiality_percent) if row.materiality_percent else None,
        statement=row.statement,
        replay_identical=row.replay_identical,
        own_rows=row.own_rows,
        own_difference_percent=float(row.own_difference_percent) if row.own_difference_percent else None,
        sampled_share=float(row.sampled_share) if row.sampled_share else None,
    )


def sampled_share(rows: list[SampledRow]) -> float:
    """Return the share of Σ|contribution| whose rows were traced to documents, 0…1."""
    return min(1.0, sum(float(row.share) for row in rows if row.traced_to))


def own_difference_percent(rows: list[SampledRow]) -> float | None:
    """Return the largest difference between declared and own figures in percent of the declared one.

    None when no row was recalculated. A row declared as 0 that is not 0 by the verifier's figure differs by 100 %.
    """
    found = []
    for row in rows:
        if row.own:
            declared, own = float(row.declared), float(row.own)
            found.append(abs(own - declared) / abs(declared) * 100 if declared else (100.0 if own else 0.0))
    return max(found, default=None)
