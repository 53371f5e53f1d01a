"""A dataset's way to publication: every guard refuses for its own reason; no two judging duties meet in a person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.workflow import GuardRefused, Refused, load_lifecycle
from tanbiao.workflow.facts import Hand
from workflow.builders import SYSTEM_HAND, dataset_facts, hand

LIFECYCLE = load_lifecycle("dataset")
PROVIDER = hand("paul", "provider.data_provider")
SECRETARIAT = hand("olga", "platform.operator")
REVIEWER = hand("rita", "platform.factor_reviewer")
METROLOGIST = hand("mona", "platform.metrologist")
AUTHORITY = hand("arno", "platform.authority_officer")
WAY = (
    ("draft", "submit", PROVIDER),
    ("submitted", "screen", SECRETARIAT),
    ("screening", "pass_screening", SECRETARIAT),
    ("peer_review", "close_reviews", SECRETARIAT),
    ("cross_validation", "pass_comparison", SECRETARIAT),
    ("trace_check", "confirm_trace", METROLOGIST),
    ("approved", "publish", AUTHORITY),
    ("published", "supersede", SYSTEM_HAND),
)


def test_the_straight_way_leads_from_draft_to_superseded() -> None:
    state = "draft"
    for source, event, who in WAY:
        assert state == source
        state = LIFECYCLE.fire(state, event, dataset_facts(who)).to
    assert state == "superseded"


@pytest.mark.parametrize(
    "state, event, who, change, code",
    [
        ("draft", "submit", PROVIDER, {"metadata_missing": ("year",)}, "dataset_metadata_missing"),
        ("draft", "submit", PROVIDER, {"source_stated": False}, "dataset_source_missing"),
        ("draft", "submit", PROVIDER, {"licence_stated": False}, "dataset_licence_missing"),
        ("draft", "submit", PROVIDER, {"legal_basis_stated": False}, "dataset_legal_basis_missing"),
        ("screening", "pass_screening", SECRETARIAT, {"checks_blocking": 2}, "dataset_checks_fail"),
        ("screening", "pass_screening", SECRETARIAT, {"checks_blocking": None}, "dataset_not_checked"),
        ("screening", "pass_screening", SECRETARIAT, {"candidates": 1}, "reviewers_too_few"),
        ("peer_review", "review", REVIEWER, {}, "already_reviewed"),
        ("peer_review", "review", REVIEWER, {"drawn": frozenset({"x"}), "positive": frozenset()}, "reviewer_not_drawn"),
        ("peer_review", "review", hand("paul", "platform.factor_reviewer"), {}, "reviewer_in_conflict"),
        ("peer_review", "close_reviews", SECRETARIAT, {"positive": frozenset({"rita"})}, "reviews_outstanding"),
        (
            "peer_review",
            "close_reviews",
            SECRETARIAT,
            {"positive": frozenset({"rita"}), "negative": frozenset({"rolf"})},
            "reviews_not_positive",
        ),
        ("peer_review", "close_reviews", SECRETARIAT, {"open_majors": 1}, "dataset_majors_open"),
        ("cross_validation", "pass_comparison", SECRETARIAT, {"comparisons": 0}, "comparison_missing"),
        ("cross_validation", "pass_comparison", SECRETARIAT, {"unexplained_percent": -20.5}, "deviation_unexplained"),
        ("trace_check", "confirm_trace", METROLOGIST, {"evidence_traced": 0}, "evidence_sample_missing"),
        ("trace_check", "confirm_trace", hand("rita", "platform.metrologist"), {}, "dataset_duties_not_separate"),
        ("approved", "publish", AUTHORITY, {"traced_by": frozenset({"arno"})}, "dataset_duties_not_separate"),
        ("approved", "publish", AUTHORITY, {"embargo_days": 3}, "embargo_running"),
        ("approved", "publish", AUTHORITY, {"licence_allows": None}, "licence_forbids_publication"),
        ("approved", "publish", AUTHORITY, {"classification": ""}, "dataset_classified"),
        ("published", "supersede", SYSTEM_HAND, {"successor_published": False}, "no_published_successor"),
        ("published", "expire", SYSTEM_HAND, {"days_to_end": 0}, "dataset_still_valid"),
        ("published", "expire", SYSTEM_HAND, {"days_to_end": None}, "dataset_still_valid"),
    ],
)
def test_each_guard_refuses_for_its_own_reason(
    state: str, event: str, who: Hand, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(GuardRefused) as caught:
        LIFECYCLE.fire(state, event, dataset_facts(who, **change))
    assert code in {item.code for item in caught.value.findings}


ROLES = ("data_provider", "operator", "factor_reviewer", "metrologist", "authority_officer")


@given(
    st.sampled_from(("paul", "rita", "mona", "arno")),
    st.frozensets(st.sampled_from(ROLES), min_size=1),
    st.frozensets(st.sampled_from(("provider", "platform")), min_size=1),
    st.sampled_from(LIFECYCLE.states),
    st.sampled_from(LIFECYCLE.events),
)
def test_whoever_provides_judges_nothing(
    person: str, roles: frozenset[str], parties: frozenset[str], state: str, event: str
) -> None:
    """Whatever roles the provider's people hold on the platform, no judging step is theirs."""
    facts = dataset_facts(
        Hand(person, roles, parties),
        reason="obsolete",
        provider_persons=frozenset({person}),
        positive=frozenset(),
        drawn=frozenset({person}),
    )
    try:
        step = LIFECYCLE.fire(state, event, facts)
    except Refused:
        return
    assert step.event not in ("review", "compare", "confirm_trace", "publish")
