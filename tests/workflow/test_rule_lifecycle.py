"""A rule from the proposal to its end: each guard refuses for its own reason; drafter, assessor, approver are three."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.workflow import GuardRefused, Refused, load_lifecycle
from tanbiao.workflow.facts import Hand
from workflow.builders import SYSTEM_HAND, hand, rule_facts

LIFECYCLE = load_lifecycle("rule")
DRAFTER = hand("dora", "owner.rule_drafter")
SECRETARIAT = hand("olga", "platform.operator")
ASSESSOR = hand("anna", "platform.rule_assessor")
AUTHORITY = hand("arno", "platform.authority_officer")
BODY = hand("mike", "owner.case_manager")
WAY = (
    ("start", "propose", DRAFTER),
    ("proposed", "accept", SECRETARIAT),
    ("drafting", "draft", DRAFTER),
    ("drafting", "open_consultation", DRAFTER),
    ("consultation", "close_consultation", DRAFTER),
    ("review", "assess", ASSESSOR),
    ("review", "approve", AUTHORITY),
    ("issued", "file", DRAFTER),
    ("filed", "adopt", AUTHORITY),
    ("adopted", "begin_revision", DRAFTER),
    ("under_revision", "replace", SYSTEM_HAND),
)


def test_the_straight_way_leads_from_the_proposal_to_adoption_and_replacement() -> None:
    state = "start"
    for source, event, who in WAY:
        assert state == source
        state = LIFECYCLE.fire(state, event, rule_facts(who)).to
    assert state == "superseding"
    assert LIFECYCLE.fire(state, "end_transition", rule_facts(SYSTEM_HAND, transition_days=-1)).to == "superseded"


@pytest.mark.parametrize(
    "state, event, who, change, code",
    [
        ("start", "propose", DRAFTER, {"national_rule": "x@1.0.0"}, "rule_covered_nationally"),
        ("proposed", "accept", AUTHORITY, {"national_rule": "x@1.0.0"}, "rule_covered_nationally"),
        ("drafting", "open_consultation", DRAFTER, {"document_gaps": None}, "rule_document_unreadable"),
        ("drafting", "open_consultation", DRAFTER, {"document_gaps": 3}, "rule_document_incomplete"),
        ("drafting", "open_consultation", DRAFTER, {"document_differs": ("version",)}, "rule_document_differs"),
        ("consultation", "close_consultation", DRAFTER, {"days_in_state": 29}, "rule_consultation_running"),
        ("consultation", "close_consultation", DRAFTER, {"comments_open": 1}, "rule_comments_open"),
        ("consultation", "close_consultation", DRAFTER, {"examples_failed": None}, "rule_examples_not_tried"),
        ("review", "reason", DRAFTER, {"elements_open": None}, "rule_mutations_not_run"),
        ("review", "approve", AUTHORITY, {"elements_open": None}, "rule_mutations_not_run"),
        ("review", "approve", AUTHORITY, {"elements_open": ("cut_off.each",)}, "rule_elements_unreasoned"),
        ("consultation", "close_consultation", DRAFTER, {"examples_failed": 1}, "rule_examples_fail"),
        ("review", "assess", hand("dora", "platform.rule_assessor"), {}, "rule_duties_not_separate"),
        ("review", "assess", hand("rita", "platform.rule_assessor"), {}, "rule_assessed_already"),
        ("review", "approve", AUTHORITY, {"assessors": frozenset({"rita"})}, "rule_assessments_few"),
        ("review", "approve", AUTHORITY, {"assessments_against": 1}, "rule_assessments_against"),
        ("review", "approve", AUTHORITY, {"assessment_score": 0.59}, "rule_assessment_low"),
        ("review", "approve", AUTHORITY, {"assessment_score": None}, "rule_assessment_low"),
        ("review", "approve", hand("rita", "platform.authority_officer"), {}, "rule_duties_not_separate"),
        ("review", "approve", hand("dora", "platform.authority_officer"), {}, "rule_duties_not_separate"),
        ("review", "approve", AUTHORITY, {"layer": "group"}, "rule_layer_not_yours"),
        ("review", "approve", BODY, {"layer": "local"}, "rule_layer_not_yours"),
        ("review", "approve", AUTHORITY, {"reference_taken": True}, "rule_reference_taken"),
        ("review", "approve", AUTHORITY, {"national_rule": "x@1.0.0"}, "rule_covered_nationally"),
        ("issued", "file", BODY, {"filing_asked": False}, "rule_needs_no_filing"),
        ("issued", "file", BODY, {"filing_errors": None}, "rule_filing_missing"),
        ("issued", "file", BODY, {"filing_errors": 2}, "rule_filing_wrong"),
        ("issued", "file", BODY, {"filing_number": ""}, "rule_filing_number_missing"),
        ("issued", "adopt", AUTHORITY, {"filing_number": ""}, "rule_not_filed"),
        ("filed", "adopt", AUTHORITY, {"batch": " "}, "rule_batch_missing"),
        ("issued", "adopt", AUTHORITY, {"closes": 1, "transition_days": None}, "rule_transition_missing"),
        ("adopted", "sunset", SYSTEM_HAND, {"layer": "national"}, "rule_not_closed_nationally"),
        ("adopted", "sunset", SYSTEM_HAND, {"is_supplement": True}, "rule_not_closed_nationally"),
        ("adopted", "sunset", SYSTEM_HAND, {"successor_in_force": False}, "rule_without_successor"),
        ("adopted", "sunset", SYSTEM_HAND, {"transition_days": -1}, "rule_transition_missing"),
        ("superseding", "end_transition", SYSTEM_HAND, {"transition_days": 0}, "rule_transition_running"),
        ("under_revision", "resume_filed", SYSTEM_HAND, {}, "rule_was_otherwise"),
        ("under_revision", "resume_issued", SYSTEM_HAND, {}, "rule_was_otherwise"),
        ("under_revision", "resume_adopted", SYSTEM_HAND, {"before": "filed"}, "rule_was_otherwise"),
    ],
)
def test_each_guard_of_a_rule_refuses_for_its_own_reason(
    state: str, event: str, who: Hand, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(GuardRefused) as caught:
        LIFECYCLE.fire(state, event, rule_facts(who, **change))
    assert code in {item.code for item in caught.value.findings}


@pytest.mark.parametrize(
    "state, event, reason, change, code",
    [
        ("adopted", "abolish", "obsolete", {"transition_days": None}, "rule_transition_missing"),
        ("filed", "cancel_filing", "cnca_cancelled", {"filing_number": ""}, "rule_not_filed"),
        ("consultation", "redraft", "comments_major", {"comments_open": 2}, "rule_comments_open"),
    ],
)
def test_what_takes_a_right_away_has_a_reason_and_its_guards(
    state: str, event: str, reason: str, change: dict[str, Any], code: str
) -> None:
    who = DRAFTER if event == "redraft" else AUTHORITY
    with pytest.raises(GuardRefused) as caught:
        LIFECYCLE.fire(state, event, rule_facts(who))
    assert caught.value.code == "reason_needed"
    with pytest.raises(GuardRefused) as caught:
        LIFECYCLE.fire(state, event, rule_facts(who, reason=reason, **change))
    assert caught.value.code == code


def test_a_national_rule_and_its_supplement_are_proposed_beside_a_national_rule() -> None:
    for change in ({"layer": "national"}, {"is_supplement": True}):
        facts = rule_facts(DRAFTER, national_rule="x@1.0.0", **change)  # type: ignore[arg-type]
        assert LIFECYCLE.fire("start", "propose", facts).to == "proposed"


ROLES = ("rule_drafter", "rule_assessor", "operator", "authority_officer", "case_manager", "enterprise_manager")


@given(
    st.frozensets(st.sampled_from(ROLES), min_size=1),
    st.frozensets(st.sampled_from(("owner", "platform")), min_size=1),
    st.sampled_from(LIFECYCLE.states),
    st.sampled_from(LIFECYCLE.events),
    st.sampled_from(("national", "local", "group", "enterprise")),
)
def test_whoever_drafts_neither_assesses_nor_approves(
    roles: frozenset[str], parties: frozenset[str], state: str, event: str, layer: str
) -> None:
    """Whatever roles the drafter holds, on whatever side."""
    facts = rule_facts(Hand("dora", roles, parties), layer=layer, reason="obsolete")
    try:
        step = LIFECYCLE.fire(state, event, facts)
    except Refused:
        return
    assert step.event not in ("assess", "approve")
