"""A rule from its proposal to adoption and its end, by the commands; what each step leaves behind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from factories import SYSTEM, World
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import list_rules
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.models import DomainEvent, LogEntry, Task
from tanbiao.web.rulebook import commands, documents, queries
from tanbiao.web.rulebook.acts import EFFECTS, LIFECYCLE
from tanbiao.web.rulebook.models import RuleComment, RuleEntry, RuleNotice
from tanbiao.workflow.machine import Step
from web.rulebook.ruling import FULL, RuleWay, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]


def codes(caught: Any) -> set[str]:
    return {item.code for item in caught.value.findings}


def replays(entry: RuleEntry) -> bool:
    history = [Step(one.event, one.source, one.target) for one in entry.history.all() if one.event in LIFECYCLE.events]
    return LIFECYCLE.replay([Step(one.event, one.source or "start", one.to) for one in history]) == entry.state


def test_every_effect_of_the_rules_lifecycle_is_bound() -> None:
    named = {effect for edge in LIFECYCLE.document.edges for effect in edge.effects}
    assert named == set(EFFECTS)


@pytest.mark.requirement("NAT-04d", "SH-05c", "SH-05d")
def test_a_certification_rule_goes_from_its_proposal_to_the_adoption_list(world: World) -> None:
    way = RuleWay(world, layer="group", kind="certification_rule")
    entry = way.until("issued")
    assert entry.document is not None
    rule = documents.issued(entry)
    assert rule.hash == entry.content_hash == entry.document.hash
    assert queries.rule("fired-block@1.0.0").hash == rule.hash
    published = LogEntry.objects.filter(type="rule_published", subject=str(entry.id)).get()
    assert entry.content_hash in bytes(published.leaf).decode()
    assert entry.filing_due == date(2026, 4, 2) + timedelta(days=30)
    assert "fired-block@1.0.0" in queries.references()

    way.later(3)
    way.file()
    assert (way.entry.state, way.entry.filing_number) == ("filed", "DEMO-CNCA-1")
    way.adopt("2026-1")
    assert way.entry.state == "adopted"
    listed = queries.batches(way.drafter).get()
    assert [row.reference for row in listed.entries.all()] == ["fired-block@1.0.0"]
    assert replays(way.entry)


def test_what_is_issued_is_frozen_and_nobody_drafts_it_again(world: World) -> None:
    way = RuleWay(world)
    way.until("issued")
    kept = get_blob(way.entry.content_hash)
    with pytest.raises(Conflict) as caught:
        way.write()
    assert codes(caught) == {"illegal_transition"}
    second = RuleWay(world, owner=world.operator)
    with pytest.raises(Conflict) as caught:
        second.propose()
    assert codes(caught) == {"rule_open_already"}
    assert get_blob(way.entry.content_hash) == kept


@pytest.mark.requirement("NAT-15b")
def test_no_rule_is_proposed_where_a_national_one_stands(world: World) -> None:
    national = RuleWay(world, rule_id="national-block", layer="national")
    national.until("issued")
    local = RuleWay(world, rule_id="local-block", categories=("fired-block", "roof-tile"), now=national.now)
    with pytest.raises(Conflict) as caught:
        local.propose()
    assert codes(caught) == {"rule_covered_nationally"}
    assert caught.value.findings[0].params["national"] == "national-block@1.0.0"
    assert "1529" in str(caught.value.findings[0].params["clause"])
    assert not RuleEntry.objects.filter(rule_id="local-block").exists()
    local.propose(supplements=national.id)
    assert local.entry.state == "proposed"
    other = RuleWay(world, rule_id="local-tile", categories=("roof-tile",), now=national.now)
    other.propose()
    with pytest.raises(Invalid) as wrong:
        RuleWay(world, rule_id="x", now=national.now).propose(supplements=other.id)
    assert codes(wrong) == {"rule_supplement_wrong"}


def test_a_proposal_on_its_way_is_stopped_by_a_national_rule_that_came_first(world: World) -> None:
    local = RuleWay(world, rule_id="local-block")
    local.until("review")
    RuleWay(world, rule_id="national-block", layer="national", now=local.now).until("issued")
    local.assess()
    with pytest.raises(Conflict) as caught:
        local.seen(commands.approve, local.authority)
    assert codes(caught) == {"rule_covered_nationally"}


def test_a_draft_is_kept_with_what_it_lacks_and_opens_no_consultation_before(world: World) -> None:
    way = RuleWay(world)
    way.until("drafting")
    first = way.entry.document
    assert first is not None
    assert first.author is None
    assert first.gaps
    assert {"rule_section_missing", "rule_without_example"} <= {item["code"] for item in first.findings}
    with pytest.raises(Conflict) as caught:
        way.seen(commands.open_consultation, way.drafter)
    assert codes(caught) == {"rule_document_incomplete"}
    way.seen(commands.save_text, way.drafter, text="tanbiao: rule/1\nid: [")
    broken = way.entry.document
    assert broken is not None
    assert (broken.number, broken.gaps, documents.text_of(broken)) == (2, None, "tanbiao: rule/1\nid: [")
    with pytest.raises(Conflict) as caught:
        way.seen(commands.open_consultation, way.drafter)
    assert "rule_document_unreadable" in codes(caught)
    way.seen(commands.save_text, way.drafter, text=text_of("fired-block", "group", "1.0.1"))
    with pytest.raises(Conflict) as caught:
        way.seen(commands.open_consultation, way.drafter)
    assert caught.value.findings[0].params["fields"] == "version, layer"
    way.write()
    way.seen(commands.open_consultation, way.drafter)


def test_two_drafters_do_not_overwrite_each_other(world: World) -> None:
    way = RuleWay(world)
    way.until("drafting")
    seen = way.entry.head
    way.write()
    with pytest.raises(Conflict) as caught:
        commands.save_text(way.drafter, entry_id=way.id, builds_on=seen, text="x")
    assert codes(caught) == {"stale_decision"}


def test_sections_are_written_side_by_side_and_the_rest_of_the_text_stays(world: World) -> None:
    way = RuleWay(world)
    way.until("drafting")
    way.write()
    said = {"scope": {"clause": "1", "zh": "范围。", "en": "Scope."}, "unit": {"zh": "", "en": ""}}
    way.seen(commands.save_sections, way.drafter, sections=said)
    rule = documents.rule_of(way.entry.document)
    assert rule is not None
    assert rule.sections["scope"].zh == "范围。"
    assert "unit" not in rule.sections
    assert rule.sections["boundary"].references[0].document == "GB/T 24067-2024"
    assert len(rule.examples) == 3
    for name, text, code in (("scope", {"zh": "只有中文"}, "rule_section_half"), ("song", {}, "rule_section_unknown")):
        with pytest.raises(Invalid) as caught:
            way.seen(commands.save_sections, way.drafter, sections={name: text})
        assert codes(caught) == {code}


def test_every_comment_is_answered_before_the_consultation_closes(world: World) -> None:
    way = RuleWay(world)
    way.until("consultation")
    from tanbiao.web.accounts.actor import ANONYMOUS

    with clock.at(way.now):
        with pytest.raises(Invalid) as wrong:
            commands.comment(ANONYMOUS, entry_id=way.id, text="too strict")
        assert codes(wrong) == {"rule_comment_name_missing"}
        first = commands.comment(ANONYMOUS, entry_id=way.id, text="too strict", said_by="A reader", clause="5.1")
        second = commands.comment(world.actor(world.beta), entry_id=way.id, text="add sand")
    with pytest.raises(Conflict) as caught:
        way.seen(commands.close_consultation, way.drafter)
    assert codes(caught) == {"rule_consultation_running", "rule_comments_open"}
    way.later(30)
    with clock.at(way.now):
        with pytest.raises(NotAllowed):
            commands.answer(
                world.actor(world.body, Role.RULE_DRAFTER), comment_id=first.id, outcome="accepted", text="yes"
            )
        commands.answer(way.drafter, comment_id=first.id, outcome="accepted", text="the limit is 1.2 now")
        with pytest.raises(Conflict) as again:
            commands.answer(way.drafter, comment_id=first.id, outcome="declined", text="no")
        assert codes(again) == {"rule_comment_answered"}
    with pytest.raises(Conflict) as caught:
        way.seen(commands.close_consultation, way.drafter)
    assert codes(caught) == {"rule_comments_open"}
    with clock.at(way.now):
        commands.answer(way.drafter, comment_id=second.id, outcome="declined", text="sand is in clause 3")
    way.seen(commands.close_consultation, way.drafter)
    assert way.entry.state == "review"
    assert list(RuleComment.objects.values_list("number", "outcome")) == [(1, "accepted"), (2, "declined")]


def test_major_comments_take_a_rule_back_and_a_new_round_begins(world: World) -> None:
    way = RuleWay(world)
    way.until("consultation")
    way.seen(commands.redraft, way.drafter, reason="comments_major")
    assert (way.entry.state, way.entry.round) == ("drafting", 2)


def test_a_rule_whose_examples_fail_goes_no_further(world: World) -> None:
    way = RuleWay(world)
    way.until("drafting")
    wrong = text_of("fired-block", "local").replace('expect: {total: 131.1, declared: "131"', "expect: {total: 130.0")
    way.write(wrong)
    with clock.at(way.now):
        entry = commands.run_examples(way.drafter, entry_id=way.id)
    assert entry.trial is not None
    assert entry.trial["passed"] == ["no-kiln", "too-much-energy"]
    assert [one["example"] for one in entry.trial["failed"]] == ["by-hand"]
    way.seen(commands.open_consultation, way.drafter)
    way.later(31)
    with pytest.raises(Conflict) as caught:
        way.seen(commands.close_consultation, way.drafter)
    assert codes(caught) == {"rule_examples_fail"}


def test_drafters_assess_nothing_and_approvers_have_done_neither(world: World) -> None:
    from tanbiao.web.accounts import commands as accounts
    from tanbiao.web.accounts.actor import actor_for

    way = RuleWay(world)
    way.until("review")
    person = way.drafter.person
    assert person is not None
    for role in (Role.RULE_ASSESSOR, Role.AUTHORITY_OFFICER):
        accounts.grant_role(SYSTEM, organisation_id=world.authority.id, person_id=person.id, role=role)
    both = actor_for(person, world.authority)
    with pytest.raises(Conflict) as caught:
        way.seen(commands.assess, both, points=FULL, recommends=True, text="mine")
    assert codes(caught) == {"rule_duties_not_separate"}
    way.assess()
    with pytest.raises(Conflict) as caught:
        way.seen(commands.approve, both)
    assert codes(caught) == {"rule_duties_not_separate"}
    way.seen(commands.approve, way.authority)


@pytest.mark.requirement("JS-23b")
def test_an_assessment_covers_the_whole_checklist_and_a_low_one_stops_the_rule(world: World) -> None:
    way = RuleWay(world)
    way.until("review")
    half = {**FULL, "boundary": 3}
    del half["unit"]
    with pytest.raises(Invalid) as wrong:
        way.seen(commands.assess, way.assessors[0], points={**half, "x": 1}, recommends=True, text="t")
    assert codes(wrong) == {"assessment_item_missing", "assessment_item_unknown", "assessment_points_wrong"}
    low = dict.fromkeys(FULL, 1)
    way.assess(low)
    with pytest.raises(Conflict) as caught:
        way.seen(commands.approve, way.authority)
    assert codes(caught) == {"rule_assessment_low"}
    way.seen(commands.return_to_drafting, way.authority, reason="quality_insufficient", text="see the points")
    assert (way.entry.state, way.entry.round) == ("drafting", 2)
    assert RuleNotice.objects.filter(entry=way.id, event="return").exists()


def test_a_bodys_rule_is_its_owners_to_approve_and_a_local_one_the_authoritys(world: World) -> None:
    way = RuleWay(world, layer="group")
    way.until("review")
    way.assess()
    with pytest.raises(Conflict) as caught:
        way.seen(commands.approve, way.authority)
    assert codes(caught) == {"rule_layer_not_yours"}
    way.seen(commands.approve, way.manager)
    local = RuleWay(world, rule_id="local-tile", categories=("roof-tile",), owner=world.body, now=way.now)
    local.until("review")
    local.assess()
    with pytest.raises(Conflict) as caught:
        local.seen(commands.approve, world.actor(world.body))
    assert codes(caught) == {"rule_layer_not_yours"}


def test_a_revision_replaces_the_version_before_with_a_transition(world: World) -> None:
    way = RuleWay(world)
    way.until("adopted")
    new = way.seen(commands.begin_revision, way.drafter, version="1.1.0")
    assert (way.entry.state, new.state, new.reference) == ("under_revision", "proposed", "fired-block@1.1.0")
    assert "fired-block@1.0.0" in queries.references()
    revision = RuleWay(world, version="1.1.0", entry_id=new.id, now=way.now)
    revision.seen(commands.accept, revision.secretariat)
    begun = revision.entry.document
    assert begun is not None
    assert begun.gaps == 0
    assert "version: 1.1.0" in documents.text_of(begun)
    revision.onward("issued")
    old = way.entry
    assert (old.state, old.ended_by_id) == ("superseding", new.id)
    # Two consultations of 31 days after 2 March, then 180 days: 3 May + 180 days.
    assert old.transition_until == date(2026, 10, 30)
    assert "fired-block@1.0.0" not in queries.references()
    way.now = revision.now + timedelta(days=181)
    with clock.at(way.now):
        assert commands.end_transitions(SYSTEM) == 1
        assert commands.end_transitions(SYSTEM) == 0
    assert way.entry.state == "superseded"
    assert replays(way.entry)
    assert queries.rule("fired-block@1.0.0").version == "1.0.0"


def test_a_revision_that_is_dropped_gives_the_rule_its_state_back(world: World) -> None:
    way = RuleWay(world)
    way.until("adopted")
    new = way.seen(commands.begin_revision, way.drafter, version="1.1.0")
    with clock.at(way.now):
        commands.withdraw(way.drafter, entry_id=new.id, reason="owner_wish")
    assert way.entry.state == "adopted"
    assert replays(way.entry)


@pytest.mark.requirement("SH-04e", "JS-22c", "NAT-04c")
def test_a_group_rule_is_lifted_to_an_industry_and_then_a_national_one(world: World) -> None:
    group = RuleWay(world, layer="group")
    group.until("issued")
    with pytest.raises(Invalid) as caught:
        RuleWay(world, rule_id="down", layer="enterprise", owner=world.body, now=group.now).propose(converts=group.id)
    assert codes(caught) == {"rule_conversion_not_up"}
    industry = RuleWay(world, rule_id="industry-block", layer="industry", now=group.now)
    industry.until("issued", converts=group.id)
    assert (group.entry.state, group.entry.ended_by_id) == ("superseding", industry.id)
    national = RuleWay(world, rule_id="national-block", layer="national", now=industry.now)
    national.until("issued", converts=industry.id)
    assert [row.reference for row in (industry.entry.ended_by, group.entry.ended_by) if row] == [
        "national-block@1.0.0",
        "industry-block@1.0.0",
    ]


@pytest.mark.requirement("NAT-15c")
def test_an_adopted_national_rule_closes_the_others_of_its_category(world: World) -> None:
    local = RuleWay(world, rule_id="local-block")
    local.until("adopted")
    tile = RuleWay(world, rule_id="local-tile", categories=("roof-tile",))
    tile.until("issued")
    group = RuleWay(world, rule_id="group-block", layer="group")
    group.until("issued")
    national = RuleWay(world, rule_id="national-block", layer="national", now=local.now)
    national.until("issued")
    assert local.entry.state == "adopted"
    with pytest.raises(Conflict) as caught:
        national.adopt("2026-2")
    assert codes(caught) == {"rule_transition_missing"}
    last_day = (national.now + timedelta(days=90)).date()
    national.adopt("2026-2", until=last_day)
    for way in (local, group):
        entry = way.entry
        assert (entry.state, entry.transition_until, entry.ended_by_id) == ("superseding", last_day, national.id)
    assert tile.entry.state == "issued"
    assert national.entry.transition_until is None
    told = [row.payload for row in DomainEvent.objects.filter(name="rule.ending").order_by("id")]
    assert len(told) == 2
    assert all('"cause":"sunset"' in text for text in told)
    ended = LogEntry.objects.filter(type="rule_ended", subject=str(local.id)).get()
    assert '"reason":"sunset"' in bytes(ended.leaf).decode()
    assert Task.objects.filter(name="rulebook.end_transition").count() == 2


def test_a_rule_is_abolished_with_a_transition_and_a_filing_cancelled_at_once(world: World) -> None:
    way = RuleWay(world, layer="group", kind="certification_rule")
    way.until("filed")
    with pytest.raises(Conflict) as caught:
        way.seen(commands.abolish, way.manager, reason="obsolete", transition_until=date(2026, 1, 1))
    assert codes(caught) == {"rule_transition_missing"}
    last_day = (way.now + timedelta(days=13)).date()
    way.seen(commands.cancel_filing, way.authority, reason="cnca_cancelled", transition_until=last_day)
    assert way.entry.state == "filing_cancelled"
    with pytest.raises(Conflict) as caught:
        queries.refuse_ended("fired-block@1.0.0")
    assert codes(caught) == {"rule_ended"}
    local = RuleWay(world, rule_id="local-tile", categories=("roof-tile",), now=way.now)
    local.until("issued")
    local.seen(commands.abolish, local.authority, reason="obsolete", transition_until=last_day + timedelta(days=60))
    queries.refuse_ended("local-tile@1.0.0")
    with pytest.raises(Conflict) as caught:
        queries.refuse_new_use("local-tile@1.0.0")
    assert codes(caught) == {"rule_ending"}


def test_a_suspended_rule_takes_no_study_and_resumes_as_what_it_was(world: World) -> None:
    way = RuleWay(world)
    way.until("adopted")
    way.seen(commands.suspend, way.authority, reason="defect")
    with pytest.raises(Conflict) as caught:
        queries.refuse_ended("fired-block@1.0.0")
    assert caught.value.findings[0].params["word_en"] == "is suspended"
    way.seen(commands.resume, way.authority, reason="cause_resolved")
    assert way.entry.state == "adopted"


def test_the_rules_of_the_package_are_entered_once_as_issued(world: World) -> None:
    made = commands.enrol_packaged(SYSTEM)
    assert {row.reference for row in made} == {rule.reference for rule in list_rules()}
    assert {row.state for row in made} == {"issued"}
    assert commands.enrol_packaged(SYSTEM) == []
    for rule in list_rules():
        assert queries.rule(rule.reference).hash == rule.hash
    with pytest.raises(NotAllowed):
        commands.enrol_packaged(world.actor(world.operator))


def test_an_unknown_rule_is_named_with_its_nearest() -> None:
    with pytest.raises(TanbiaoError) as caught:
        queries.rule("traction-batery@1.0.0")
    assert caught.value.code == "rule_unknown"


def test_nobody_outside_sees_a_rule_before_its_consultation(world: World) -> None:
    way = RuleWay(world)
    way.until("drafting")
    stranger = world.actor(world.beta)
    assert not queries.find(stranger).exists()
    assert queries.find(way.drafter).count() == queries.find(way.secretariat).count() == 1
    way.onward("consultation")
    assert queries.find(stranger).count() == 1
