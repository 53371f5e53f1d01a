"""Random walks: no illegal edge is ever taken, history replays, and duties never meet in one person."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from tanbiao.workflow import IllegalTransition, Refused, Step, load_lifecycle
from tanbiao.workflow.facts import Duty, Hand, Held
from tanbiao.workflow.terms import terms_of
from workflow.builders import (
    GOOD_OPINION,
    TERMS,
    case_facts,
    certificate_facts,
    dataset_facts,
    finding,
    rule_facts,
    scheme_facts,
    study_facts,
)

NAMES = ("study", "certification-case", "certificate", "dataset", "rule", "scheme")
ROLES = (
    *("enterprise_manager", "enterprise_editor", "case_manager", "verifier", "reviewer", "decider"),
    *("data_provider", "operator", "factor_reviewer", "metrologist", "authority_officer"),
    *("rule_drafter", "rule_assessor"),
)
PARTIES = ("applicant", "owner", "body", "system", "provider", "platform")
MAKERS = {
    "study": study_facts,
    "certification-case": case_facts,
    "certificate": certificate_facts,
    "dataset": dataset_facts,
    "rule": rule_facts,
    "scheme": scheme_facts,
}

people = st.sampled_from(("anna", "vera", "rita", "dora"))
hands = st.builds(
    Hand,
    people,
    st.frozensets(st.sampled_from(ROLES), min_size=1, max_size=6),
    st.frozensets(st.sampled_from(PARTIES), min_size=1, max_size=2),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_a_random_walk_takes_only_drawn_edges_and_its_history_replays(name: str, data: st.DataObject) -> None:
    lifecycle = load_lifecycle(name)
    legal = {(edge.source, edge.event): edge for edge in lifecycle.document.edges}
    state, history = "start", []
    for _ in range(25):
        event = data.draw(st.sampled_from(lifecycle.events))
        edge = legal.get((state, event))
        reason = data.draw(st.sampled_from(edge.reasons)) if edge and edge.reasons else ""
        facts = MAKERS[name](data.draw(hands), reason=reason, days_in_state=data.draw(st.integers(0, 400)))
        try:
            step = lifecycle.fire(state, event, facts)
        except IllegalTransition:
            assert edge is None
            continue
        except Refused:
            assert edge is not None
            continue
        assert edge is not None
        assert step.to == edge.target
        assert any(
            rule.party in facts.hand.parties and (rule.party == "system" or rule.role in facts.hand.roles)
            for rule in edge.actors
        )
        history.append(Step(event, state, step.to))
        state = step.to
    assert lifecycle.replay(history) == state


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(("two_persons", "one_person", "committee")),
    st.lists(st.tuples(people, st.sampled_from(("state_opinion", "review", "return_to_team", "grant"))), max_size=30),
)
def test_over_all_rounds_duties_never_meet_in_one_person(mode: str, acts: list[tuple[str, str]]) -> None:
    lifecycle = load_lifecycle("certification-case")
    terms = terms_of({"review_and_decision": mode})
    every_role = frozenset(ROLES)
    held: list[Held] = [Held("anna", Duty.APPLICANT), Held("vera", Duty.TEAM)]
    duty_of = {
        "state_opinion": Duty.TEAM,
        "review": Duty.REVIEWER,
        "return_to_team": Duty.REVIEWER,
        "grant": Duty.DECIDER,
    }
    state, votes = "footprint_verification", set()
    for person, event in acts:
        facts = case_facts(
            Hand(person, every_role, frozenset({"body"})),
            terms=terms,
            held=tuple(held),
            reason="evidence_gap" if event == "return_to_team" else "",
            grants=tuple(votes | {person}),
        )
        try:
            state = lifecycle.fire(state, event, facts).to
        except Refused as refused:
            if event == "grant" and refused.code == "votes_missing":
                votes.add(person)
                held.append(Held(person, Duty.DECIDER))
            continue
        held.append(Held(person, duty_of[event]))
    groups = {Duty.APPLICANT: 0, Duty.ADVISER: 0, Duty.TEAM: 1, Duty.REVIEWER: 2, Duty.DECIDER: 3}
    for one, other in product(held, held):
        if one.person == other.person and groups[one.duty] != groups[other.duty]:
            assert mode == "one_person"
            assert {one.duty, other.duty} == {Duty.REVIEWER, Duty.DECIDER}


def test_every_state_that_is_no_end_can_still_reach_one() -> None:
    for name in NAMES:
        lifecycle = load_lifecycle(name)
        ends = {state.id for state in lifecycle.document.states.values() if state.terminal}
        for state in lifecycle.states:
            assert lifecycle.after(state) & ends


def test_a_forged_history_does_not_replay() -> None:
    lifecycle = load_lifecycle("certification-case")
    honest = [Step("apply", "start", "applied"), Step("accept", "applied", "accepted")]
    assert lifecycle.replay(honest) == "accepted"
    for forged in (honest[1:], [honest[0], Step("grant", "applied", "granted")], [Step("apply", "start", "issued")]):
        try:
            lifecycle.replay(forged)
        except IllegalTransition:
            continue
        raise AssertionError(forged)


def test_clock_terms_are_numbers_of_the_scheme() -> None:
    for name in NAMES:
        for clock in load_lifecycle(name).document.clocks:
            assert TERMS.days(clock.term) > 0


def test_a_good_opinion_and_open_findings_do_not_go_together() -> None:
    assert GOOD_OPINION.favourable
    assert finding("raised").state == "raised"
