"""A case from application to its end, by its people: what is refused, what is kept, who is told what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from factories import SYSTEM, World, make_actor
from tanbiao.web import clock
from tanbiao.web.accounts import commands as accounts
from tanbiao.web.accounts.actor import Actor, actor_for
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import competence, queries, recalculation
from tanbiao.web.certification.commands import deciding
from tanbiao.web.certification.models import Case, CaseEvent, Opinion
from tanbiao.web.claims import commands as claims
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.uploads import Upload
from tanbiao.workflow import Step, load_lifecycle
from web.certification.playing import FILES, Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def play(world: World) -> Play:
    return Play(world)


def refused(error: type[Exception], code: str, run: Any) -> None:
    with pytest.raises(error) as caught:
        run()
    assert caught.value.code == code  # type: ignore[attr-defined]


@pytest.mark.requirement("GBA-05d")
def test_a_case_is_played_from_application_to_grant_and_its_history_replays(play: Play) -> None:
    case = play.until("granted")
    assert case.study.state == "verified"
    rows = CaseEvent.objects.filter(case=case, is_transition=True).order_by("index")
    steps = [Step(row.event, row.source or "start", row.target) for row in rows]
    assert load_lifecycle("certification-case").replay(steps) == "granted"
    assert LogEntry.objects.filter(subject=str(case.id), type="case_event").count() == case.history.count()
    opinion = Opinion.objects.get(case=case)
    assert opinion.replay_identical
    assert opinion.declared == opinion.recomputed


def test_an_application_needs_its_documents_a_frozen_study_and_time(play: Play) -> None:
    play.submit_study()
    refused(Conflict, "documents_missing", lambda: play.apply(documents={}))
    refused(Conflict, "management_system_too_young", lambda: play.apply(system_months=2))
    refused(Conflict, "management_system_too_young", lambda: play.apply(system_months=None))
    refused(Invalid, "body_unknown", lambda: play.apply(body_id=play.world.beta.id))
    refused(Invalid, "scheme_unknown", lambda: play.apply(scheme="gold-star"))
    bad = {**FILES, "reduction_plan": Upload("plan.pdf", "application/pdf", b"MZ no pdf")}
    refused(Invalid, "file_kind_refused", lambda: play.apply(documents=bad))
    assert not Case.objects.exists()
    play.apply()
    refused(Conflict, "study_in_case", lambda: play.apply())


def test_a_study_of_another_enterprise_cannot_be_applied_for(play: Play, world: World) -> None:
    study_id = play.submit_study()
    stranger = world.actor(world.beta, Role.ENTERPRISE_MANAGER)
    refused(
        NotFound,
        "study_unknown",
        lambda: cases.apply(stranger, study_id=study_id, body_id=world.body.id, scheme=play.scheme, system_months=6),
    )


def test_a_person_who_verified_can_neither_review_nor_decide_also_with_a_second_account(play: Play) -> None:
    """The decider is refused when he is the verifier: duties are of persons, not of accounts or roles."""
    play.until("planned")
    person = play.verifier.person
    assert person is not None
    for role in (Role.REVIEWER, Role.DECIDER):
        accounts.grant_role(SYSTEM, organisation_id=play.world.body.id, person_id=person.id, role=role)
    everything = actor_for(person, play.world.body)
    for step in ("start", "pass_documents", "visit", "opinion"):
        getattr(play, step)()
    head = play.case.head
    refused(
        Conflict,
        "duties_not_separate",
        lambda: cases.review(everything, case_id=play.case_id, builds_on=head, positive=True, text="x"),
    )
    play.review()
    head = play.case.head
    with pytest.raises(Conflict, match="member of the evaluation team"):
        cases.decide(everything, case_id=play.case_id, builds_on=head, grant=True, text="x")
    assert play.case.state == "decision"


def test_reviewer_and_decider_are_two_people(play: Play) -> None:
    play.until("decision")
    person = play.reviewer.person
    assert person is not None
    accounts.grant_role(SYSTEM, organisation_id=play.world.body.id, person_id=person.id, role=Role.DECIDER)
    both = actor_for(person, play.world.body)
    head = play.case.head
    refused(
        Conflict,
        "duties_not_separate",
        lambda: cases.decide(both, case_id=play.case_id, builds_on=head, grant=True, text="x"),
    )


def test_what_the_study_holds_no_claim_on_is_not_certified(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The frozen result rests on a green certificate that the claim ledger has not registered for this study."""
    play.until("decision")
    whole = deciding.package_of(play.case)
    used = [{"kind": "green_power", "code": "GEC-7"}]
    monkeypatch.setattr(
        deciding, "package_of", lambda case: {**whole, "result": {**whole["result"], "instruments": used}}
    )
    refused(Conflict, "claim_not_held", play.grant)
    assert play.case.state == "decision"
    manager = play.manager
    claims.register(
        manager,
        owner=play.world.alpha,
        study_id=play.case.study_id,
        title_zh="x",
        title_en="",
        revision="",
        instruments=[{**used[0], "amount": 1.0, "whole": None, "row": "m", "where": "m"}],
    )
    play.grant()


def test_whoever_belonged_to_the_applicant_is_no_verifier(play: Play) -> None:
    person = play.verifier.person
    assert person is not None
    play.until("contracted")
    accounts.grant_role(SYSTEM, organisation_id=play.world.alpha.id, person_id=person.id, role=Role.ENTERPRISE_EDITOR)
    refused(Conflict, "duties_not_separate", play.plan)


@pytest.mark.parametrize("state, act", [("contracted", "plan"), ("decision", "grant")])
def test_advice_that_begins_after_the_acceptance_stops_plan_and_grant(play: Play, state: str, act: str) -> None:
    play.until(state)
    colleague = make_actor(play.world.body, Role.FACTOR_REVIEWER).person
    assert colleague is not None
    accounts.grant_role(SYSTEM, organisation_id=play.world.alpha.id, person_id=colleague.id, role=Role.ADVISER)
    refused(Conflict, "service_on_record", getattr(play, act))
    assert play.case.state == state


def test_advice_of_somebody_who_has_left_the_body_counts_up_to_the_day_he_left(play: Play) -> None:
    play.until("applied")
    colleague = make_actor(play.world.body, Role.FACTOR_REVIEWER).person
    assert colleague is not None
    accounts.grant_role(SYSTEM, organisation_id=play.world.alpha.id, person_id=colleague.id, role=Role.ADVISER)
    both = {row.organisation_id: row for row in colleague.memberships.all()}
    began, left = clock.now() - timedelta(days=100), clock.now() - timedelta(days=62)
    for row in both.values():
        row.granted_at = began
        row.save()
    of_body = both[play.world.body.id]
    of_body.ended_at = left
    of_body.save()
    assert competence.months_since_service(play.world.body, play.world.alpha) == 2
    refused(Conflict, "service_on_record", play.accept)
    of_body.granted_at, of_body.ended_at = began - timedelta(days=9), began
    of_body.save()
    # He left before he began to advise: the body itself served nobody.
    assert competence.months_since_service(play.world.body, play.world.alpha) is None
    play.accept()


@pytest.mark.parametrize(
    "changes, code",
    [({"no_conflict_declared": False}, "conflict_not_declared"), ({"lead": False}, "team_without_lead")],
)
def test_a_team_that_is_not_fit_is_refused(play: Play, changes: dict[str, Any], code: str) -> None:
    play.until("contracted")
    refused(Conflict, code, lambda: play.plan(**changes))
    assert not play.case.team.exists()


@pytest.mark.requirement("GBA-06h")
def test_visits_online_and_on_site_are_recorded_and_needed(play: Play) -> None:
    play.until("on_site")
    verifier, case_id = play.verifier, play.case_id
    refused(Conflict, "no_visit", lambda: cases.complete_site(verifier, case_id=case_id))
    visit = cases.check_in(verifier, case_id=case_id, place="视频会议", remote=True)
    refused(Conflict, "visit_running", lambda: cases.check_in(verifier, case_id=case_id, place="厂区"))
    refused(Conflict, "visit_not_closed", lambda: cases.complete_site(verifier, case_id=case_id))
    cases.check_out(verifier, visit_id=visit.id, interviews=1, samples=1)
    refused(Conflict, "visit_too_short", lambda: cases.complete_site(verifier, case_id=case_id))
    play.visit()
    assert {row.remote for row in play.case.visits.all()} == {True, False}
    assert play.case.state == "footprint_verification"


def test_visits_from_afar_alone_complete_no_inspection_that_nobody_planned_remote(play: Play) -> None:
    play.until("on_site")
    with clock.at(clock.now() - timedelta(hours=5)):
        visit = cases.check_in(play.verifier, case_id=play.case_id, place="视频会议", remote=True)
    cases.check_out(play.verifier, visit_id=visit.id, interviews=1, samples=1)
    play.check_consistency()
    refused(Conflict, "audit_only_remote", lambda: cases.complete_site(play.verifier, case_id=play.case_id))
    cases.plan_audit(play.handler, case_id=play.case_id, mode="remote", remote_days=1.0)
    cases.complete_site(play.verifier, case_id=play.case_id)
    assert play.case.state == "footprint_verification"


@pytest.mark.parametrize("left", ["doc_review", "on_site"])
def test_rectification_is_no_way_around_the_site_and_the_consistency_list(play: Play, left: str) -> None:
    play.until(left)
    finding = cases.raise_finding(play.verifier, case_id=play.case_id, severity="minor", text="缺附件")
    cases.require_rectification(play.verifier, case_id=play.case_id)
    cases.answer_finding(play.manager, finding_id=finding.id, text="已补。")
    _correct(play)
    cases.resubmit(play.manager, case_id=play.case_id)
    cases.close_finding(play.verifier, finding_id=finding.id, text="核对无误。")
    play.sample()
    refused(Conflict, "no_visit", play.state_opinion)
    with clock.at(clock.now() - timedelta(hours=5)):
        away = cases.check_in(play.verifier, case_id=play.case_id, place="视频会议", remote=True)
    cases.check_out(play.verifier, visit_id=away.id, interviews=1, samples=1)
    refused(Conflict, "audit_only_remote", play.state_opinion)
    there = cases.check_in(play.verifier, case_id=play.case_id, place="厂区")
    cases.check_out(play.verifier, visit_id=there.id, interviews=1, samples=1)
    refused(Conflict, "consistency_not_checked", play.state_opinion)
    play.check_consistency()
    play.state_opinion()
    assert play.case.state == "technical_review"


def test_a_finding_goes_to_the_factory_and_back_and_the_study_is_corrected(play: Play) -> None:
    play.until("footprint_verification")
    row = recalculation.contributions(play.case)[0].row
    finding = cases.raise_finding(play.verifier, case_id=play.case_id, severity="major", text="票据不符", row=row)
    refused(Conflict, "case_findings_open", lambda: play.state_opinion())
    cases.require_rectification(play.verifier, case_id=play.case_id)
    assert play.case.study.state == "correction_needed"
    refused(Conflict, "findings_unanswered", lambda: cases.resubmit(play.manager, case_id=play.case_id))
    with pytest.raises(NotAllowed):
        cases.answer_finding(play.handler, finding_id=finding.id, text="代答")
    proof = Upload("invoice.png", "image/png", b"\x89PNG\r\n\x1a\n-")
    cases.answer_finding(play.manager, finding_id=finding.id, text="已更正。", upload=proof)
    refused(Conflict, "study_not_submitted", lambda: cases.resubmit(play.manager, case_id=play.case_id))
    before = play.case.package_hash
    _correct(play)
    cases.resubmit(play.manager, case_id=play.case_id)
    case = play.case
    assert (case.state, case.round, case.study.state) == ("footprint_verification", 2, "verifying")
    assert case.package_hash != before
    cases.close_finding(play.verifier, finding_id=finding.id, text="核对无误。")
    play.opinion()
    assert [entry.kind for entry in finding.entries.order_by("id")] == ["raised", "answered", "closed"]


def _correct(play: Play) -> None:
    """Change the study's stated reason, so that there is a new revision and a new package."""
    assert play.study_id is not None
    document = study_queries.document(play.manager, play.study_id)
    document["goal"]["reason"] = "更正后重新提交"
    head = study_queries.revision(play.manager, play.study_id).hash
    studies.save(play.manager, study_id=play.study_id, document=document, expected_parent=head)
    play.resubmit_study()


def test_rectification_has_a_term(play: Play) -> None:
    play.until("footprint_verification")
    cases.raise_finding(play.verifier, case_id=play.case_id, severity="minor", text="缺少计量校准证书")
    cases.require_rectification(play.verifier, case_id=play.case_id)
    refused(Conflict, "rectification_term_running", lambda: cases.lapse(play.decider, case_id=play.case_id))
    days = play.case.state_since + timedelta(days=91)
    with clock.at(days):
        assert queries.clocks(play.case)[0].over
        cases.lapse(play.decider, case_id=play.case_id)
    assert (play.case.state, play.case.study.state) == ("not_granted", "calculated")


def test_a_verifier_who_does_not_recalculate_himself_states_no_favourable_opinion(play: Play) -> None:
    play.until("footprint_verification")
    refused(Conflict, "own_rows_missing", lambda: play.state_opinion())
    top = recalculation.contributions(play.case)[0]
    cases.sample_row(play.verifier, case_id=play.case_id, row=top.row, traced_to="台账", own=top.value * 1.02)
    refused(Conflict, "own_rows_differ", lambda: play.state_opinion())
    cases.sample_row(play.verifier, case_id=play.case_id, row=top.row, traced_to="", own=top.value)
    refused(Conflict, "sample_too_small", lambda: play.state_opinion())
    refused(Invalid, "row_not_in_package", lambda: cases.sample_row(play.verifier, case_id=play.case_id, row="moon"))


def test_a_package_that_does_not_replay_carries_no_favourable_opinion(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.until("footprint_verification")
    play.sample()
    differs = recalculation.Replay("1", "2", False)
    monkeypatch.setattr(recalculation, "replay_of", lambda case: differs)
    refused(Conflict, "replay_not_identical", lambda: play.state_opinion())
    play.state_opinion(kind="adverse", statement="复算不一致。")
    assert play.case.study.state == "verifying"
    play.review(positive=False)
    refused(Conflict, "opinion_not_favourable", lambda: play.grant())
    play.grant(grant=False, reason="adverse_opinion")
    assert (play.case.state, play.case.study.state) == ("not_granted", "calculated")


def test_a_reviewer_returns_the_case_and_the_team_states_again(play: Play) -> None:
    play.until("technical_review")
    cases.return_to_team(play.reviewer, case_id=play.case_id, builds_on=play.case.head, reason="evidence_gap")
    assert (play.case.state, play.case.study.state) == ("footprint_verification", "verifying")
    play.state_opinion()
    play.review()
    play.grant()
    assert play.case.state == "granted"


def test_a_committee_decides_by_majority(play: Play) -> None:
    play.until("decision")
    Case.objects.filter(id=play.case_id).update(
        terms={**play.case.terms, "review_and_decision": "committee", "committee_size": 3}
    )
    voters = [make_actor(play.world.body, Role.DECIDER) for _ in range(3)]

    def vote(actor: Actor, grant: bool) -> str:
        reason = "" if grant else "evidence_gap"
        head = play.case.head
        cases.decide(actor, case_id=play.case_id, builds_on=head, grant=grant, text="表决", reason=reason)
        return play.case.state

    assert vote(voters[0], True) == "decision"
    refused(Conflict, "voted_already", lambda: vote(voters[0], True))
    assert vote(voters[1], False) == "decision"
    assert vote(voters[2], True) == "granted"


@pytest.mark.requirement("NAT-P02")
def test_the_applicant_withdraws_and_has_his_study_back(play: Play) -> None:
    play.until("on_site")
    cases.withdraw(play.manager, case_id=play.case_id, reason="holder_request")
    assert (play.case.state, play.case.study.state) == ("withdrawn", "calculated")
    with pytest.raises(NotFound):
        study_queries.study(play.verifier, play.study_id)


def test_the_body_sees_the_study_only_from_the_application_on(play: Play) -> None:
    study_id = play.submit_study()
    with pytest.raises(NotFound):
        study_queries.study(play.verifier, study_id)
    play.apply()
    assert study_queries.study(play.verifier, study_id).id == study_id


def test_desks_show_each_case_where_it_waits(play: Play) -> None:
    play.until("technical_review")

    def tab(actor: Actor, role: Role, name: str) -> list[Any]:
        return [row.id for row in queries.desk(actor, role, name)]

    assert tab(play.reviewer, Role.REVIEWER, "unassigned") == [play.case_id]
    assert tab(play.verifier, Role.VERIFIER, "decided") == [play.case_id]
    assert tab(play.decider, Role.DECIDER, "unassigned") == []
    play.review()
    assert tab(play.reviewer, Role.REVIEWER, "mine") == [play.case_id]
    assert tab(play.decider, Role.DECIDER, "unassigned") == [play.case_id]
    assert queries.counts(play.decider, Role.DECIDER)["unassigned"] == 1


@pytest.mark.requirement("JS-01a")
def test_the_platforms_operator_and_the_authority_certify_nothing(play: Play, world: World) -> None:
    play.until("decision")
    head = play.case.head
    for actor in (world.actor(world.operator), world.actor(world.authority)):
        assert not queries.visible(actor).exists()
        for run in (
            lambda: cases.review(actor, case_id=play.case_id, builds_on=head, positive=True, text="x"),  # noqa: B023
            lambda: cases.decide(actor, case_id=play.case_id, builds_on=head, grant=True, text="x"),  # noqa: B023
        ):
            with pytest.raises(NotAllowed):
                run()


def test_every_effect_of_the_lifecycle_has_a_function() -> None:
    from tanbiao.web.certification.acts import EFFECTS

    named = {effect for edge in load_lifecycle("certification-case").document.edges for effect in edge.effects}
    assert named == set(EFFECTS)
