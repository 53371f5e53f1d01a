"""Gathering what the guards of a case look at. Reads only; the machine decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.certification import audit, claims, clocks, competence, schemes, second, units, waivers
from tanbiao.web.certification.engagement import engagement_of
from tanbiao.web.certification.models import Case, Opinion, Review, SampledRow
from tanbiao.workflow.facts import CaseFacts, Duty, FindingFact, Hand, Held, OpinionFact, TeamMember, Visit
from tanbiao.workflow.terms import Terms, terms_of

SERVICE_JUDGED = ("applied", "contracted", "decision")
"""States in which the next act asks whether the body's people served the applicant: acceptance, plan, grant."""
AT_SITE = ("on_site", "footprint_verification")
"""States in which the next act asks for the planned visits and for product consistency: end of the visit, opinion."""
SUBMITTED = ("submitted", "verifying", "verified")
"""States of a study whose package is frozen."""
JUDGED = ("", "applied", "decision")
"""States in which the next act asks whether the scheme is open: application, acceptance, grant."""
COMMITTED_IN = ("footprint_verification", "decision")
"""States in which the next act asks for a reduction commitment, where the scheme does: opinion, grant."""
UNIT_JUDGED = (*JUDGED, "rectification")
"""States in which the next act asks whether one certificate can cover the unit."""


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
    acceptance, passed = case.acceptance, clocks.spent(case)
    facts = CaseFacts(
        hand=hand_of(actor, case.owner, case.body),
        terms=terms_of_case(case),
        reason=reason,
        builds_on=builds_on,
        current=case.head,
        days_in_state=passed.working // clocks.DAY,
        days_waiting=passed.waiting // clocks.DAY if passed.waiting is not None else None,
        legal_person=is_legal_person(case.owner),
        documents=frozenset(case.documents.values_list("kind", flat=True)),
        system_months=case.system_months,
        system_kit=frozenset(case.system_kit),
        commitment_recorded=case.commitments.exists() if case.state in COMMITTED_IN else None,
        study_submitted=package_is_frozen(case),
        scheme_refusals=schemes.refusals(case) if case.state in JUDGED else None,
        unit_refusals=units.refusals(case) if case.state in UNIT_JUDGED else None,
        man_days_needed=units.man_days_needed(case) if case.state == "contracted" else None,
        body_active=case.body.kind == Kind.CERTIFICATION_BODY,
        body_qualified=acceptance.get("body_qualified"),
        body_competent=acceptance.get("body_competent"),
        months_since_advice=acceptance.get("months_since_advice"),
        advice_declared=bool(acceptance.get("advice_declared")),
        months_since_service=competence.months_since_service(case.body, case.owner)
        if case.state in SERVICE_JUDGED
        else None,
        signatures=frozenset(case.signatures.values_list("side", flat=True)),
        held=held_duties(case),
        team=team_of(case),
        hand_refusals=competence.hand_refusals(actor, case),
        standing_refusals=competence.standing_refusals(case),
        man_days=float(case.man_days) if case.man_days else None,
        findings=tuple(FindingFact(str(row.id), row.severity, row.state) for row in case.findings.all()),
        visits=visits_of(case),
        audit=audit.fact_of(case) if case.state in AT_SITE else None,
        opinion=opinion_fact(current_opinion(case)),
        second_opinion=second.fact_of(current_opinion(case)) if case.state == "decision" else None,
        verification=engagement_of(case).fact if case.state == "footprint_verification" else None,
        consistency_open=audit.unanswered(case) if case.state in AT_SITE else None,
        facts_open=case.later_facts.filter(settled_at__isnull=True).count(),
        waivers=waivers.facts_of_waivers(case) if case.state in waivers.LOOKED_AT else None,
        review_positive=_review_positive(case),
    )
    return replace(facts, **more)


def is_legal_person(organisation: Organisation) -> bool:
    """Whether the organisation has an identity that was checked: a credit code, or an entry in a foreign register."""
    return bool(organisation.uscc or organisation.foreign_id)


def package_is_frozen(case: Case) -> bool:
    """Whether the study is submitted with a package, or a claim is frozen."""
    if case.study is None:
        return bool(claims.newest_hash(case))
    return case.study.state in SUBMITTED and bool(case.study.package_hash)


def held_duties(case: Case) -> tuple[Held, ...]:
    """Return every duty that binds in this case: those acted on, and everybody who ever belonged to the applicant."""
    acted = [Held(str(row.person_id), Duty(row.duty), row.round) for row in case.duties.all()]
    for person, role in Membership.objects.filter(organisation_id=case.owner_id).values_list("person_id", "role"):
        duty = Duty.ADVISER if role == Role.ADVISER else Duty.APPLICANT
        acted.append(Held(str(person), duty))
    return tuple(acted)


def team_of(case: Case) -> tuple[TeamMember, ...]:
    """Return the team as the guards see it; how long each knows the holder is looked up where a team is planned."""
    planning, pause = case.state == "contracted", terms_of_case(case).rotation_break_months
    found = []
    for row in case.team.select_related("person"):
        row.case = case
        known = competence.competence_of(row) if planning else competence.stated(row)
        cases, months = competence.with_holder(case, row.person_id, pause) if planning else (0, 0)
        found.append(
            TeamMember(
                person=str(row.person_id),
                competent=known.competent,
                full_time=known.full_time,
                years=known.years,
                no_conflict_declared=row.no_conflict_declared,
                lead=row.lead,
                name=row.person.name_zh,
                refusals=known.refusals,
                holder_cases=cases,
                holder_months=months,
            )
        )
    return tuple(found)


def visits_of(case: Case) -> tuple[Visit, ...]:
    """Return the visits of all rounds with their minutes."""
    return tuple(
        Visit(
            minutes=(row.checked_out - row.checked_in) // timedelta(minutes=1) if row.checked_out else None,
            place=row.place,
            interviews=row.interviews,
            samples=row.samples,
            remote=row.remote,
            site=row.site,
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


def difference_percent(declared: float, own: float) -> float:
    """Return |own − declared| in percent of |declared|; a row declared as 0 that is not 0 differs by 100 %."""
    if not declared:
        return 100.0 if own else 0.0
    return abs(own - declared) / abs(declared) * 100


def own_difference_percent(rows: list[SampledRow], in_dispute: frozenset[str] = frozenset()) -> float | None:
    """Return the largest difference between declared and own figures in percent of the declared one.

    None when no row was recalculated. A row whose difference is on record as a misstatement is the ledger's matter.
    """
    own = [row for row in rows if row.own]
    found = [difference_percent(float(row.declared), float(row.own)) for row in own if row.row not in in_dispute]
    return max(found, default=0.0 if own else None)
