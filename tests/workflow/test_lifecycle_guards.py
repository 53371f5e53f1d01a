"""Each guard refuses with its own code, never takes "nobody has said" for a yes, and lets the good case pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tanbiao.core.findings import TanbiaoError
from tanbiao.workflow import GuardRefused, IllegalTransition, WrongActor, load_lifecycle
from tanbiao.workflow.facts import Duty, Hand, Held, TeamMember, Visit, WaiverFact
from tanbiao.workflow.terms import defaults, terms_of
from workflow.builders import (
    APPLICANT,
    DECIDER,
    GOOD_OPINION,
    MANAGER,
    REVIEWER,
    SYSTEM_HAND,
    VERIFIER,
    case_facts,
    certificate_facts,
    finding,
    hand,
    study_facts,
)

CASE = load_lifecycle("certification-case")
STUDY = load_lifecycle("study")
CERTIFICATE = load_lifecycle("certificate")
OWNER = hand("olga", "owner.enterprise_manager")


def waiver(state: str, *roles: str, blocks: bool = True) -> tuple[WaiverFact, ...]:
    """Return the one waiver that was asked for."""
    return (WaiverFact("site-data: pressing", roles or ("verifier",), state, blocks),)


def refusal(event: str, state: str, who: Hand, **changes: Any) -> str:
    with pytest.raises(GuardRefused) as caught:
        CASE.fire(state, event, case_facts(who, **changes))
    return caught.value.code


@pytest.mark.requirement("GBA-05d")
def test_the_national_sequence_is_walked_by_its_actors() -> None:
    both = frozenset({"applicant", "body"})
    open_finding = (finding("raised"),)
    answered = (finding("answered"),)
    state = "start"
    for event, who, changes in [
        ("apply", APPLICANT, {}),
        ("accept", MANAGER, {}),
        ("sign", APPLICANT, {}),
        ("sign", MANAGER, {"signatures": frozenset({"applicant"})}),
        ("contract", SYSTEM_HAND, {"signatures": both}),
        ("plan", MANAGER, {}),
        ("start", VERIFIER, {}),
        ("pass_documents", VERIFIER, {}),
        ("complete_site", VERIFIER, {}),
        ("require_rectification", VERIFIER, {"findings": open_finding}),
        ("resubmit", APPLICANT, {"findings": answered}),
        ("state_opinion", VERIFIER, {"findings": (finding("closed"),)}),
        ("review", REVIEWER, {}),
        ("grant", DECIDER, {"grants": ("dora",)}),
        ("issue", SYSTEM_HAND, {"issue_complete": True}),
    ]:
        state = CASE.fire(state, event, case_facts(who, **changes)).to
    assert state == "issued"


@pytest.mark.parametrize(
    "event, state, who, changes, code",
    [
        ("apply", "start", APPLICANT, {"legal_person": None}, "applicant_no_legal_person"),
        ("apply", "start", APPLICANT, {"documents": frozenset({"application"})}, "documents_missing"),
        ("apply", "start", APPLICANT, {"system_months": None}, "management_system_too_young"),
        ("apply", "start", APPLICANT, {"system_months": 2}, "management_system_too_young"),
        ("apply", "start", APPLICANT, {"study_submitted": False}, "study_not_submitted"),
        ("accept", "applied", MANAGER, {"scheme_refusals": None}, "scheme_does_not_cover"),
        ("apply", "start", APPLICANT, {"scheme_refusals": None}, "scheme_does_not_cover"),
        ("grant", "decision", DECIDER, {"scheme_refusals": None}, "scheme_does_not_cover"),
        ("accept", "applied", MANAGER, {"body_active": None}, "body_not_active"),
        ("accept", "applied", MANAGER, {"body_qualified": False}, "body_not_qualified"),
        ("accept", "applied", MANAGER, {"body_competent": None}, "body_not_competent"),
        ("accept", "applied", MANAGER, {"advice_declared": False}, "advice_not_declared"),
        ("accept", "applied", MANAGER, {"months_since_advice": 23}, "advised_too_recently"),
        ("accept", "applied", MANAGER, {"builds_on": "sha256:old"}, "stale_decision"),
        ("refuse", "applied", MANAGER, {}, "reason_needed"),
        ("sign", "accepted", APPLICANT, {"signatures": frozenset({"applicant"})}, "already_signed"),
        ("contract", "accepted", SYSTEM_HAND, {"signatures": frozenset({"body"})}, "signature_missing"),
        ("plan", "contracted", MANAGER, {"team": ()}, "team_without_lead"),
        (
            "plan",
            "contracted",
            MANAGER,
            {"team": (TeamMember("vera", None, True, 5, True, True),)},
            "team_not_competent",
        ),
        (
            "plan",
            "contracted",
            MANAGER,
            {"team": (TeamMember("vera", True, None, 5, True, True),)},
            "member_not_full_time",
        ),
        ("plan", "contracted", MANAGER, {"team": (TeamMember("vera", True, True, 1.5, True, True),)}, "member_too_new"),
        (
            "plan",
            "contracted",
            MANAGER,
            {"team": (TeamMember("vera", True, True, 5, False, True),)},
            "conflict_not_declared",
        ),
        ("plan", "contracted", MANAGER, {"man_days": None}, "man_days_too_few"),
        ("plan", "contracted", MANAGER, {"held": (Held("vera", Duty.ADVISER),)}, "duties_not_separate"),
        ("start", "planned", hand("otto", "body.verifier"), {}, "not_in_team"),
        ("pass_documents", "doc_review", VERIFIER, {"findings": (finding("raised", "major"),)}, "major_findings_open"),
        ("skip_site", "doc_review", VERIFIER, {}, "site_required"),
        ("complete_site", "on_site", VERIFIER, {"visits": ()}, "no_visit"),
        ("complete_site", "on_site", VERIFIER, {"visits": (Visit(None, "厂", 1, 1),)}, "visit_not_closed"),
        ("complete_site", "on_site", VERIFIER, {"visits": (Visit(239, "厂", 1, 1),)}, "visit_too_short"),
        ("complete_site", "on_site", VERIFIER, {"visits": (Visit(300, "厂", 0, 1),)}, "no_interview"),
        ("complete_site", "on_site", VERIFIER, {"visits": (Visit(300, "厂", 1, 0),)}, "no_sample"),
        ("require_rectification", "on_site", VERIFIER, {}, "nothing_to_rectify"),
        ("resubmit", "rectification", APPLICANT, {"findings": (finding("raised"),)}, "findings_unanswered"),
        ("resubmit", "rectification", APPLICANT, {"days_in_state": 91}, "rectification_term_over"),
        ("state_opinion", "footprint_verification", VERIFIER, {"opinion": None}, "opinion_incomplete"),
        (
            "state_opinion",
            "footprint_verification",
            VERIFIER,
            {"findings": (finding("answered"),)},
            "case_findings_open",
        ),
        ("state_opinion", "footprint_verification", VERIFIER, {"visits": ()}, "no_visit"),
        ("state_opinion", "footprint_verification", VERIFIER, {"waivers": None}, "waivers_not_examined"),
        ("state_opinion", "footprint_verification", VERIFIER, {"waivers": waiver("open")}, "waivers_unanswered"),
        ("state_opinion", "footprint_verification", VERIFIER, {"waivers": waiver("refused")}, "check_not_waived"),
        ("review", "technical_review", REVIEWER, {"waivers": None}, "waivers_not_examined"),
        ("review", "technical_review", REVIEWER, {"waivers": waiver("open", "reviewer")}, "waivers_unanswered"),
        ("deny", "decision", DECIDER, {"reason": "fraud", "waivers": waiver("open")}, "waivers_unanswered"),
        ("grant", "decision", DECIDER, {"waivers": None}, "waivers_not_examined"),
        ("grant", "decision", DECIDER, {"waivers": waiver("open")}, "check_not_waived"),
        ("grant", "decision", DECIDER, {"waivers": waiver("withdrawn")}, "check_not_waived"),
        ("grant", "decision", DECIDER, {"review_positive": None}, "review_not_positive"),
        ("grant", "decision", DECIDER, {"opinion": None}, "opinion_not_favourable"),
        ("grant", "decision", DECIDER, {}, "votes_missing"),
        ("issue", "granted", SYSTEM_HAND, {}, "issue_not_complete"),
    ],
)
def test_a_missing_fact_refuses_with_its_own_code(
    event: str, state: str, who: Hand, changes: dict[str, Any], code: str
) -> None:
    assert refusal(event, state, who, **changes) == code


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"replay_identical": None}, "replay_not_identical"),
        ({"replay_identical": False}, "replay_not_identical"),
        ({"own_rows": 0}, "own_rows_missing"),
        ({"own_difference_percent": None}, "own_rows_differ"),
        ({"own_difference_percent": 1.01}, "own_rows_differ"),
        ({"sampled_share": 0.79}, "sample_too_small"),
        ({"sampled_share": None}, "sample_too_small"),
        ({"materiality_percent": 5.1}, "materiality_out_of_range"),
        ({"materiality_percent": None}, "materiality_out_of_range"),
        ({"statement": " "}, "opinion_incomplete"),
    ],
)
def test_a_favourable_opinion_needs_its_ground(changes: dict[str, Any], code: str) -> None:
    opinion = replace(GOOD_OPINION, **changes)
    assert refusal("state_opinion", "footprint_verification", VERIFIER, opinion=opinion) == code


def test_an_adverse_opinion_needs_no_closed_finding_but_grants_nothing() -> None:
    opinion = replace(GOOD_OPINION, kind="adverse", replay_identical=False)
    facts = case_facts(VERIFIER, opinion=opinion, findings=(finding("raised"),))
    assert CASE.fire("footprint_verification", "state_opinion", facts).to == "technical_review"
    assert refusal("grant", "decision", DECIDER, opinion=opinion, grants=("dora",)) == "opinion_not_favourable"


def test_reviewer_and_decider_are_two_people_unless_the_scheme_says_one() -> None:
    reviewed = (Held("dora", Duty.REVIEWER),)
    assert refusal("grant", "decision", DECIDER, held=reviewed, grants=("dora",)) == "duties_not_separate"
    one = case_facts(DECIDER, held=reviewed, grants=("dora",), terms=terms_of({"review_and_decision": "one_person"}))
    assert CASE.fire("decision", "grant", one).to == "granted"


def test_one_person_for_review_and_decision_still_is_never_the_verifier() -> None:
    terms = terms_of({"review_and_decision": "one_person"})
    held = (Held("dora", Duty.TEAM, 1),)
    assert refusal("grant", "decision", DECIDER, held=held, grants=("dora",), terms=terms) == "duties_not_separate"


def test_a_committee_decides_by_the_majority_of_all_its_members() -> None:
    terms = terms_of({"review_and_decision": "committee", "committee_size": 3})
    two = case_facts(DECIDER, terms=terms, grants=("dora", "dick"))
    assert refusal("grant", "decision", DECIDER, terms=terms, grants=("dora", "dora", "dora")) == "votes_missing"
    with pytest.raises(GuardRefused, match="2 of 3"):
        CASE.fire("decision", "grant", two)
    whole = replace(two, denials=("dana",))
    assert CASE.fire("decision", "grant", whole).to == "granted"


def test_no_scheme_can_drop_the_separation_of_duties() -> None:
    for terms in ({"review_and_decision": "none"}, {"review_and_decision": ""}):
        with pytest.raises(TanbiaoError, match="can't be done"):
            terms_of(terms)
    with pytest.raises(TanbiaoError):
        terms_of({"review_and_decision": "committee", "committee_size": 1})
    with pytest.raises(TanbiaoError):
        terms_of({"four_eyes": False})


def test_every_default_has_a_unit_and_a_source() -> None:
    assert all(entry["unit"] and entry["source"] for entry in defaults().values())


def test_the_wrong_side_is_told_whose_part_it_is() -> None:
    with pytest.raises(WrongActor) as caught:
        CASE.fire("decision", "grant", case_facts(APPLICANT))
    assert caught.value.code == "not_your_part"
    assert caught.value.findings[0].params["actors"] == "body.decider"
    with pytest.raises(WrongActor):
        CASE.fire("decision", "grant", case_facts(hand("anna", "applicant.decider")))


def test_an_event_out_of_place_is_illegal_before_anything_else_is_asked() -> None:
    with pytest.raises(IllegalTransition) as caught:
        CASE.fire("applied", "grant", case_facts(APPLICANT))
    assert caught.value.findings[0].params["state_en"] == "Applied"


def test_options_explain_each_refusal_and_hide_what_is_not_mine() -> None:
    options = {item.event: item for item in CASE.options("decision", case_facts(DECIDER))}
    assert options["grant"].mine
    assert not options["grant"].allowed
    assert [item.code for item in options["grant"].refusals] == ["votes_missing"]
    assert options["terminate"].allowed
    assert not options["withdraw"].mine


@pytest.mark.requirement("NAT-P02")
def test_the_applicant_may_withdraw_from_every_state_before_issue() -> None:
    open_states = [name for name, state in CASE.document.states.items() if not state.terminal]
    for state in open_states:
        facts = case_facts(APPLICANT, reason="holder_request")
        assert CASE.fire(state, "withdraw", facts).to == "withdrawn"
    assert len(open_states) == 11


def test_only_an_opinion_in_a_case_makes_a_study_verified() -> None:
    with pytest.raises(GuardRefused, match="No favourable opinion"):
        STUDY.fire("verifying", "mark_verified", study_facts(SYSTEM_HAND, opinion_in_case=False))
    with pytest.raises(WrongActor):
        STUDY.fire("verifying", "mark_verified", study_facts(OWNER))
    into = [edge for edge in STUDY.document.edges if edge.target == "verified"]
    assert {edge.event for edge in into} == {"mark_verified"}
    assert all("opinion_in_case" in edge.guards for edge in into)


@pytest.mark.parametrize(
    "path",
    [
        ["create", "calculate", "submit", "mark_verified"],
        ["create", "collect", "calculate", "self_check", "submit", "begin_verification", "mark_verified"],
    ],
)
def test_collecting_self_check_and_verifying_may_be_passed(path: list[str]) -> None:
    state = "start"
    for event in path:
        who = SYSTEM_HAND if event in ("begin_verification", "mark_verified") else OWNER
        state = STUDY.fire(state, event, study_facts(who)).to
    assert state == "verified"


@pytest.mark.parametrize(
    "event, changes, code",
    [
        ("calculate", {"rule_pinned": False}, "rule_not_pinned"),
        ("calculate", {"calculated": False}, "not_calculated"),
        ("calculate", {"stages_settled": False}, "stages_not_settled"),
        ("calculate", {"cut_off_within_limit": None}, "cut_off_over_limit"),
        ("calculate", {"electricity_proven": None}, "electricity_unproven"),
        ("calculate", {"uncertainty_run": False}, "uncertainty_not_run"),
        ("submit", {"blocking_findings": 1}, "findings_block"),
        ("submit", {"required_unknown": 2}, "required_rows_unknown"),
        ("submit", {"package_hash": ""}, "package_not_frozen"),
        ("submit", {"builds_on": None}, "stale_decision"),
    ],
)
def test_a_study_is_calculated_and_submitted_only_when_it_may_be(
    event: str, changes: dict[str, Any], code: str
) -> None:
    state = "calculated" if event == "submit" else "collecting"
    with pytest.raises(GuardRefused) as caught:
        STUDY.fire(state, event, study_facts(OWNER, **changes))
    assert caught.value.code == code


def test_recalculation_is_required_only_beyond_the_threshold() -> None:
    for change in (None, 4.99, -4.99):
        facts = study_facts(SYSTEM_HAND, change_percent=change, reason="factor_change")
        with pytest.raises(GuardRefused, match="does not reach"):
            STUDY.fire("published", "require_recalculation", facts)
    facts = study_facts(SYSTEM_HAND, change_percent=-5.0, reason="factor_change")
    assert STUDY.fire("published", "require_recalculation", facts).to == "recalc_needed"


@pytest.mark.parametrize(
    "state, event, changes, code",
    [
        ("valid", "suspend", {}, "reason_needed"),
        ("valid", "suspend", {"reason": "mark_misuse", "days_to_expiry": -1}, "already_expired"),
        ("suspended", "restore", {"corrected": None}, "cause_not_corrected"),
        ("suspended", "restore", {"days_in_state": 181}, "suspension_term_over"),
        ("suspended", "withdraw", {"reason": "not_corrected_in_term", "days_in_state": 10}, "suspension_term_running"),
        ("valid", "withdraw", {"reason": "not_corrected_in_term"}, "reason_needed"),
        ("valid", "change", {"reason": "models", "new_version_signed": False}, "new_version_not_signed"),
        ("valid", "change", {"reason": "value", "value_change_percent": None}, "value_change_needs_case"),
        ("valid", "change", {"reason": "value", "value_change_percent": -5.1}, "value_change_needs_case"),
        ("valid", "cancel", {"reason": "holder_request", "builds_on": "sha256:old"}, "stale_decision"),
    ],
)
def test_a_certificate_changes_only_with_reason_and_ground(
    state: str, event: str, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(GuardRefused) as caught:
        CERTIFICATE.fire(state, event, certificate_facts(DECIDER, **changes))
    assert caught.value.code == code


def test_only_the_clock_expires_a_certificate_and_only_after_the_last_day() -> None:
    with pytest.raises(WrongActor):
        CERTIFICATE.fire("valid", "expire", certificate_facts(DECIDER, days_to_expiry=-1))
    with pytest.raises(GuardRefused, match="has not ended"):
        CERTIFICATE.fire("valid", "expire", certificate_facts(SYSTEM_HAND, days_to_expiry=0))
    assert CERTIFICATE.fire("suspended", "expire", certificate_facts(SYSTEM_HAND, days_to_expiry=-1)).to == "expired"


def test_every_removal_of_a_right_needs_a_reason_code() -> None:
    losing = {"suspended", "withdrawn", "cancelled"}
    for edge in CERTIFICATE.document.edges:
        if edge.target in losing:
            assert edge.reasons, edge.event
    for edge in CASE.document.edges:
        if edge.target in {"refused", "not_granted", "withdrawn", "terminated"}:
            assert edge.reasons, edge.event


def test_a_scheme_that_asks_for_a_reduction_commitment_gets_no_opinion_and_no_grant_without_one() -> None:
    asked = terms_of({"reduction_commitment": "required"})
    for event, state, who in (
        ("state_opinion", "footprint_verification", VERIFIER),
        ("grant", "decision", DECIDER),
    ):
        for missing in (None, False):
            code = refusal(event, state, who, terms=asked, commitment_recorded=missing, grants=("dora",))
            assert code == "reduction_commitment_missing"
        assert CASE.fire(state, event, case_facts(who, terms=asked, commitment_recorded=True, grants=("dora",)))
        assert CASE.fire(state, event, case_facts(who, commitment_recorded=None, grants=("dora",)))


def test_an_application_without_a_demanded_piece_of_the_management_system_is_refused_by_name() -> None:
    asked = terms_of({"system_pieces": ["duties", "meters"]})
    for kit in (frozenset(), frozenset({"duties"})):
        with pytest.raises(GuardRefused) as caught:
            CASE.fire("start", "apply", case_facts(APPLICANT, terms=asked, system_kit=kit))
        assert caught.value.code == "system_pieces_missing"
        assert "meters" in str(caught.value.findings[0].params["missing"])
    assert CASE.fire("start", "apply", case_facts(APPLICANT, terms=asked, system_kit=frozenset({"duties", "meters"})))


def test_a_waiver_refused_is_a_ground_for_an_adverse_opinion_and_what_the_reviewer_may_waive_waits_for_him() -> None:
    adverse = replace(GOOD_OPINION, kind="adverse")
    assert refusal("state_opinion", "footprint_verification", VERIFIER, opinion=adverse) == "adverse_without_ground"
    for opinion, known in (
        (adverse, waiver("refused")),
        (GOOD_OPINION, waiver("open", "reviewer")),
        (GOOD_OPINION, waiver("granted")),
        (GOOD_OPINION, waiver("refused", blocks=False)),
    ):
        facts = case_facts(VERIFIER, opinion=opinion, waivers=known)
        assert CASE.fire("footprint_verification", "state_opinion", facts).to == "technical_review"
    granted = case_facts(DECIDER, waivers=waiver("granted"), grants=("dora",))
    assert CASE.fire("decision", "grant", granted).to == "granted"
