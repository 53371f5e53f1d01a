"""Guards of a certification case. Separation of duties is of persons, over all rounds, and no scheme can drop it."""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.workflow.facts import CaseFacts, Duty, Held
from tanbiao.workflow.registry import REGISTRY

BOTH = frozenset({"applicant", "body"})
OPEN = frozenset({"raised", "answered"})


def _no(code: str, where: str = "", **params: str | int | float) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


# -- application and acceptance -----------------------------------------------------------------------------------


@REGISTRY.guard("case")
def legal_person(facts: CaseFacts) -> Finding | None:
    """The applicant is a legal person with a checked unified social credit code."""
    return None if facts.legal_person else _no("applicant_no_legal_person", "applicant")


@REGISTRY.guard("case")
def documents_complete(facts: CaseFacts) -> Finding | None:
    """Every document the scheme asks for is there."""
    missing = [kind for kind in facts.terms.documents if kind not in facts.documents]
    return _no("documents_missing", "documents", missing=", ".join(missing)) if missing else None


@REGISTRY.guard("case")
def management_system_old_enough(facts: CaseFacts) -> Finding | None:
    """The applicant's footprint management system has run long enough."""
    needed = facts.terms.management_system_months
    if facts.system_months is not None and facts.system_months >= needed:
        return None
    return _no("management_system_too_young", "system_months", needed=needed)


@REGISTRY.guard("case")
def system_pieces_there(facts: CaseFacts) -> Finding | None:
    """Every piece of the management system that the scheme demands is there."""
    missing = [piece for piece in facts.terms.system_pieces if piece not in facts.system_kit]
    return _no("system_pieces_missing", "system_kit", missing=", ".join(missing)) if missing else None


@REGISTRY.guard("case")
def commitment_made(facts: CaseFacts) -> Finding | None:
    """A reduction commitment is on record, where the scheme asks for one."""
    if facts.terms.reduction_commitment != "required" or facts.commitment_recorded:
        return None
    return _no("reduction_commitment_missing", "commitment")


@REGISTRY.guard("case")
def study_frozen(facts: CaseFacts) -> Finding | None:
    """The study is submitted: a calculation package with a hash stands behind the application."""
    return None if facts.study_submitted else _no("study_not_submitted", "study")


@REGISTRY.guard("case")
def scheme_covers(facts: CaseFacts) -> tuple[Finding, ...]:
    """The label scheme is open to this category, place, body, day and rule; it says all that stands against it."""
    return (_no("scheme_does_not_cover", "scheme"),) if facts.scheme_refusals is None else facts.scheme_refusals


@REGISTRY.guard("case")
def unit_whole(facts: CaseFacts) -> tuple[Finding, ...]:
    """One certificate can cover the unit: its series is explained, its sites and models are near enough."""
    return (_no("certification_unit_missing", "unit"),) if facts.unit_refusals is None else facts.unit_refusals


@REGISTRY.guard("case")
def body_may_certify(facts: CaseFacts) -> Finding | None:
    """The body is active, qualified for the scheme and competent for the category."""
    for known, code in (
        (facts.body_active, "body_not_active"),
        (facts.body_qualified, "body_not_qualified"),
        (facts.body_competent, "body_not_competent"),
    ):
        if not known:
            return _no(code, "body")
    return None


@REGISTRY.guard("case")
def no_recent_advice(facts: CaseFacts) -> Finding | None:
    """Neither the body nor its people advised the applicant within the scheme's interval, and the body has said so."""
    served = no_service_since(facts)
    if served is not None:
        return served
    if not facts.advice_declared:
        return _no("advice_not_declared", "advice")
    needed = facts.terms.advice_interval_months
    if facts.months_since_advice is None or facts.months_since_advice >= needed:
        return None
    return _no("advised_too_recently", "advice", months=facts.months_since_advice, needed=needed)


@REGISTRY.guard("case")
def no_service_since(facts: CaseFacts) -> Finding | None:
    """By the platform's own records no person of the body serves the applicant, or has within the interval, today."""
    needed = facts.terms.advice_interval_months
    if facts.months_since_service is None or facts.months_since_service >= needed:
        return None
    return _no("service_on_record", "advice", months=facts.months_since_service, needed=needed)


@REGISTRY.guard("case")
def not_signed_yet(facts: CaseFacts) -> Finding | None:
    """This side has not signed before."""
    side = "body" if "body" in facts.hand.parties else "applicant"
    return _no("already_signed") if side in facts.signatures else None


@REGISTRY.guard("case")
def both_signed(facts: CaseFacts) -> Finding | None:
    """Applicant and body have both signed the contract."""
    waiting = sorted(BOTH - facts.signatures)
    return _no("signature_missing", "contract", waiting=", ".join(waiting)) if waiting else None


# -- plan, documents, site ----------------------------------------------------------------------------------------


@REGISTRY.guard("case")
def team_fit(facts: CaseFacts) -> Finding | tuple[Finding, ...] | None:
    """There is a lead; everybody is competent, full-time, experienced enough and free of conflict."""
    if not facts.team or not any(member.lead for member in facts.team):
        return _no("team_without_lead", "team")
    refused = tuple(item for member in facts.team for item in member.refusals)
    if refused:
        return refused
    if not all(member.competent for member in facts.team):
        return _no("team_not_competent", "team")
    needed = facts.terms.certifier_years_min
    for member in facts.team:
        if not member.full_time:
            return _no("member_not_full_time", "team", who=member.name)
        if member.years is None or member.years < needed:
            return _no("member_too_new", "team", who=member.name, needed=needed)
        if not member.no_conflict_declared:
            return _no("conflict_not_declared", "team")
    return None


@REGISTRY.guard("case")
def hand_fit(facts: CaseFacts) -> tuple[Finding, ...]:
    """The body's book lets the one who acts take this step for this category; it says all that stands against it."""
    return (_no("competence_not_examined"),) if facts.hand_refusals is None else facts.hand_refusals


@REGISTRY.guard("case")
def parties_stand(facts: CaseFacts) -> tuple[Finding, ...]:
    """Applicant and body stand as they must today: what they accepted, and what qualifies the body."""
    return (_no("standing_not_examined"),) if facts.standing_refusals is None else facts.standing_refusals


@REGISTRY.guard("case")
def team_separate(facts: CaseFacts) -> Finding | None:
    """No member of the team advised or applied, reviewed or decided in this case, in any round."""
    for member in facts.team:
        clash = clashing(member.person, Duty.TEAM, facts.held, facts.terms.review_and_decision)
        if clash:
            return _separation(clash, Duty.TEAM)
    return None


@REGISTRY.guard("case")
def team_rotated(facts: CaseFacts) -> Finding | None:
    """Nobody evaluates the same holder for too many cases or too long without a break."""
    cases, months = facts.terms.rotation_cases_max, facts.terms.rotation_months_max
    for member in facts.team:
        if member.holder_cases >= cases or member.holder_months >= months:
            return _no(
                "rotation_due",
                "team",
                cases=member.holder_cases,
                months=member.holder_months,
                cases_max=cases,
                months_max=months,
                pause=facts.terms.rotation_break_months,
            )
    return None


@REGISTRY.guard("case")
def man_days_enough(facts: CaseFacts) -> Finding | None:
    """The plan gives at least the man-days that the scheme's table says for this unit."""
    needed = facts.man_days_needed if facts.man_days_needed is not None else facts.terms.man_days_min
    if facts.man_days is not None and facts.man_days >= needed:
        return None
    return _no("man_days_too_few", "man_days", needed=needed)


@REGISTRY.guard("case")
def in_team(facts: CaseFacts) -> Finding | None:
    """The actor is a member of this case's team."""
    return None if any(member.person == facts.hand.person for member in facts.team) else _no("not_in_team")


@REGISTRY.guard("case")
def no_major_gap(facts: CaseFacts) -> Finding | None:
    """No major finding of the document review is open."""
    open_major = [item for item in facts.findings if item.severity == "major" and item.state in OPEN]
    return _no("major_findings_open", "findings", count=len(open_major)) if open_major else None


@REGISTRY.guard("case")
def scheme_without_site(facts: CaseFacts) -> Finding | None:
    """The scheme leaves the on-site inspection out."""
    return None if facts.terms.on_site == "optional" else _no("site_required")


@REGISTRY.guard("case")
def site_or_skipped(facts: CaseFacts) -> Finding | None:
    """Where the scheme asks for a visit, one stands in the case, also in a later round."""
    return None if facts.terms.on_site == "optional" else site_done(facts)


@REGISTRY.guard("case")
def site_done(facts: CaseFacts) -> Finding | None:
    """Every visit is checked out with a place, the minimum time was spent, people were met and things sampled."""
    if not facts.visits:
        return _no("no_visit", "visits")
    if any(visit.minutes is None or not visit.place for visit in facts.visits):
        return _no("visit_not_closed", "visits")
    spent = sum(visit.minutes or 0 for visit in facts.visits)
    needed = facts.terms.on_site_minutes_min
    if spent < needed:
        return _no("visit_too_short", "visits", minutes=spent, needed=needed)
    if not sum(visit.interviews for visit in facts.visits):
        return _no("no_interview", "visits")
    return None if sum(visit.samples for visit in facts.visits) else _no("no_sample", "visits")


# -- opinion and rectification ------------------------------------------------------------------------------------


@REGISTRY.guard("case")
def opinion_founded(facts: CaseFacts) -> Finding | None:
    """The opinion says kind, assurance, materiality and statement."""
    opinion = facts.opinion
    if opinion is None or not opinion.statement.strip() or not opinion.assurance:
        return _no("opinion_incomplete", "opinion")
    limit = facts.terms.materiality_percent
    if opinion.materiality_percent is None or not 0 < opinion.materiality_percent <= limit:
        return _no("materiality_out_of_range", "opinion.materiality_percent", limit=limit)
    return None


@REGISTRY.guard("case")
def figures_confirmed(facts: CaseFacts) -> Finding | None:
    """A favourable opinion rests on an identical replay, own recalculated rows and enough sampled evidence."""
    opinion, terms = facts.opinion, facts.terms
    if opinion is None or not opinion.favourable:
        return None
    if not opinion.replay_identical:
        return _no("replay_not_identical", "opinion")
    if terms.recalculation == "required":
        if opinion.own_rows < terms.own_rows_min:
            return _no("own_rows_missing", "opinion", needed=terms.own_rows_min)
        limit = terms.own_difference_percent_max
        if opinion.own_difference_percent is None or opinion.own_difference_percent > limit:
            return _no("own_rows_differ", "opinion", limit=limit)
    if opinion.sampled_share is None or opinion.sampled_share < terms.sampled_share_min:
        share = round(100 * (opinion.sampled_share or 0.0), 1)
        return _no("sample_too_small", "sampling", share=share, needed=100 * terms.sampled_share_min)
    return None


@REGISTRY.guard("case")
def findings_closed(facts: CaseFacts) -> Finding | None:
    """With a favourable opinion every finding of any round is closed."""
    if facts.opinion is not None and not facts.opinion.favourable:
        return None
    count = sum(item.state in OPEN for item in facts.findings)
    return _no("case_findings_open", "findings", count=count) if count else None


@REGISTRY.guard("case")
def findings_to_rectify(facts: CaseFacts) -> Finding | None:
    """There is something to rectify."""
    return None if any(item.state in OPEN for item in facts.findings) else _no("nothing_to_rectify", "findings")


@REGISTRY.guard("case")
def findings_answered(facts: CaseFacts) -> Finding | None:
    """Every open finding has an answer of the applicant."""
    count = sum(item.state == "raised" for item in facts.findings)
    return _no("findings_unanswered", "findings", count=count) if count else None


@REGISTRY.guard("case")
def within_rectification_term(facts: CaseFacts) -> Finding | None:
    """The term for rectification is still running."""
    limit = facts.terms.rectification_days
    return None if facts.days_in_state <= limit else _no("rectification_term_over", limit=limit)


@REGISTRY.guard("case")
def rectification_term_over(facts: CaseFacts) -> Finding | None:
    """The term for rectification has run out."""
    limit = facts.terms.rectification_days
    if facts.days_in_state > limit:
        return None
    return _no("rectification_term_running", days=facts.days_in_state, limit=limit)


@REGISTRY.guard("case")
def waiting_term_over(facts: CaseFacts) -> Finding | None:
    """The applicant was asked for something and has not answered within the scheme's term."""
    limit = facts.terms.applicant_wait_days
    if facts.days_waiting is not None and facts.days_waiting > limit:
        return None
    return _no("waiting_term_running", days=facts.days_waiting or 0, limit=limit)


# -- review and decision ------------------------------------------------------------------------------------------


def clashing(person: str, duty: Duty, held: tuple[Held, ...], mode: str) -> Held | None:
    """Return a duty this person already has in the case that forbids him ``duty``.

    Adviser and applicant, team, reviewer, decider and author of a second opinion are groups of persons. Only reviewer
    and decider may meet, and only where the scheme's mode is ``one_person``.
    """
    groups = {Duty.ADVISER: 0, Duty.APPLICANT: 0, Duty.TEAM: 1, Duty.REVIEWER: 2, Duty.DECIDER: 3, Duty.SECOND: 4}
    if mode == "one_person":
        groups[Duty.DECIDER] = groups[Duty.REVIEWER]
    for item in held:
        if item.person == person and groups[item.duty] != groups[duty]:
            return item
    return None


def _separation(clash: Held, duty: Duty) -> Finding:
    words = {
        Duty.ADVISER: ("申请方顾问", "adviser of the applicant"),
        Duty.APPLICANT: ("申请方经办人", "applicant"),
        Duty.TEAM: ("核查组成员", "member of the evaluation team"),
        Duty.REVIEWER: ("复核人", "reviewer"),
        Duty.DECIDER: ("决定人", "decision maker"),
        Duty.SECOND: ("第二意见人", "author of the second opinion"),
    }
    return _no(
        "duties_not_separate",
        held=clash.duty.value,
        duty=duty.value,
        round=clash.round,
        held_zh=words[clash.duty][0],
        held_en=words[clash.duty][1],
        duty_zh=words[duty][0],
        duty_en=words[duty][1],
    )


def duty_clash(person: str, duty: Duty, held: tuple[Held, ...], mode: str) -> Finding | None:
    """Return why a person can't take on a duty: another one that he has in the case; None where he may."""
    clash = clashing(person, duty, held, mode)
    return _separation(clash, duty) if clash else None


@REGISTRY.guard("case")
def team_member_separate(facts: CaseFacts) -> Finding | None:
    """The acting member of the team has no other duty in this case."""
    clash = clashing(facts.hand.person, Duty.TEAM, facts.held, facts.terms.review_and_decision)
    return _separation(clash, Duty.TEAM) if clash else None


@REGISTRY.guard("case")
def reviewer_separate(facts: CaseFacts) -> Finding | None:
    """The reviewer is none of adviser, applicant, team or decider, in any round."""
    clash = clashing(facts.hand.person, Duty.REVIEWER, facts.held, facts.terms.review_and_decision)
    return _separation(clash, Duty.REVIEWER) if clash else None


@REGISTRY.guard("case")
def decider_separate(facts: CaseFacts) -> Finding | None:
    """The decision maker is none of adviser, applicant, team and, unless one does both, reviewer, in any round."""
    clash = clashing(facts.hand.person, Duty.DECIDER, facts.held, facts.terms.review_and_decision)
    return _separation(clash, Duty.DECIDER) if clash else None


@REGISTRY.guard("case")
def grounds_to_grant(facts: CaseFacts) -> Finding | None:
    """A favourable opinion, a positive review and no open finding stand behind the certificate."""
    if facts.opinion is None or not facts.opinion.favourable:
        return _no("opinion_not_favourable", "opinion")
    if not facts.review_positive:
        return _no("review_not_positive", "review")
    return findings_closed(facts)


@REGISTRY.guard("case")
def votes_to_grant(facts: CaseFacts) -> Finding | None:
    """One decision maker, or the majority of a complete committee of different persons."""
    return _majority(facts, facts.grants)


@REGISTRY.guard("case")
def votes_to_deny(facts: CaseFacts) -> Finding | None:
    """One decision maker, or the majority of a complete committee of different persons."""
    return _majority(facts, facts.denials)


def _majority(facts: CaseFacts, side: tuple[str, ...]) -> Finding | None:
    size = facts.terms.committee_size if facts.terms.review_and_decision == "committee" else 1
    needed = size // 2 + 1
    cast = len(set(facts.grants) | set(facts.denials))
    if len(set(side)) >= needed and cast >= size:
        return None
    return _no("votes_missing", "decision", cast=cast, size=size, needed=needed)


@REGISTRY.guard("case")
def issue_done(facts: CaseFacts) -> Finding | None:
    """Every stage of the issue saga is recorded as done."""
    return None if facts.issue_complete else _no("issue_not_complete")
