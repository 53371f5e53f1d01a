"""A dataset from draft to publication, its successor, error reports, expiry, and a release built from what stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from factories import World, make_actor
from tanbiao.core.draw import draw
from tanbiao.core.lca.release_find import find_release
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.governance import commands, queries
from tanbiao.web.governance.acts import LIFECYCLE, SYSTEM
from tanbiao.web.governance.facts import candidates
from tanbiao.web.governance.handlers import carry_through
from tanbiao.web.governance.models import Database, DatasetNotice, GovernedDataset, PlatformRelease
from tanbiao.web.ledger.models import LogEntry
from tanbiao.workflow import Step
from tanbiao.workflow.registry import REGISTRY
from web.governance.judging import Way, steel

pytestmark = pytest.mark.django_db


@pytest.fixture
def way(world: World) -> Way:
    made = Way(world)
    made.found()
    return made


def test_every_effect_of_the_lifecycle_is_bound() -> None:
    from tanbiao.web.governance.acts import EFFECTS

    named = {effect for edge in LIFECYCLE.document.edges for effect in edge.effects}
    assert named == set(EFFECTS)
    assert named <= set(REGISTRY.effects)


@pytest.mark.requirement("NAT-05e")
def test_a_dataset_is_published_and_its_history_replays(way: Way) -> None:
    entry = way.until("published")
    steps = [Step(one.event, one.source or "start", one.target) for one in entry.history.all()]
    assert LIFECYCLE.replay(steps) == "published"
    assert entry.identifier == f"tanbiao/demo-db/{entry.identifier.split('/')[2].split('.')[0]}.1"
    logged = LogEntry.objects.filter(type="dataset_published", subject=str(entry.id)).get()
    assert entry.content_hash in bytes(logged.leaf).decode()
    assert LogEntry.objects.filter(type="dataset_event", subject=str(entry.id)).count() == entry.history.count()


def test_reviewers_are_drawn_without_the_providers_people_and_can_be_drawn_again(way: Way) -> None:
    way.reviewers += [make_actor(way.world.operator, Role.FACTOR_REVIEWER) for _ in range(3)]
    entry = way.until("peer_review")
    people = [str(one) for one in candidates(entry)]
    assert {str(one.person_id) for one in way.drawn()} == set(draw(people, 2, entry.seed))
    assert len(way.drawn()) == 2
    tied = make_actor(way.world.body, Role.FACTOR_REVIEWER)
    from factories import SYSTEM as MAKER
    from tanbiao.web.accounts import commands as accounts

    accounts.grant_role(
        MAKER, organisation_id=way.world.alpha.id, person_id=tied.person_id, role=Role.ENTERPRISE_EDITOR
    )
    assert tied.person_id not in candidates(entry)


def test_a_second_version_supersedes_the_first_which_still_resolves(way: Way) -> None:
    first = way.until("published")
    reader = way.world.actor(way.world.beta)
    commands.follow(reader, database="demo-db")
    second = way.until("published", steel(1.7, "2.0"))
    first.refresh_from_db()
    assert (first.state, second.number, second.predecessor_id) == ("superseded", 2, first.id)
    assert [change["part"] for change in second.changelog] == ["process", "exchange"]
    assert queries.entry(reader, first.id).state == "superseded"
    told = set(DatasetNotice.objects.filter(person=reader.person).values_list("event", flat=True))
    assert told == {"publish", "supersede"}


def test_an_error_report_suspends_and_a_correction_takes_its_place(way: Way) -> None:
    first = way.until("published")
    stranger = way.world.actor(way.world.beta)
    report = commands.report_error(stranger, entry_id=first.id, text="the unit is wrong")
    with pytest.raises(NotAllowed):
        commands.answer_report(way.secretariat, report_id=report.id, outcome="suspended", text="so it is")
    commands.answer_report(way.authority, report_id=report.id, outcome="suspended", text="so it is")
    first.refresh_from_db()
    assert first.state == "suspended"
    with pytest.raises(Conflict, match="answered"):
        commands.answer_report(way.authority, report_id=report.id, outcome="refused", text="no")
    way.until("published", steel(1.6, "1.1"), is_correction=True)
    first.refresh_from_db()
    assert first.state == "corrected"


def test_a_returned_dataset_comes_again_in_a_new_round_with_new_reviewers(way: Way) -> None:
    way.until("peer_review")
    way.seen(commands.review, way.drawn()[0], positive=False, text="unit unclear", majors=1)
    with pytest.raises(Conflict) as caught:
        way.seen(commands.close_reviews, way.secretariat)
    assert {item.code for item in caught.value.findings} == {"reviews_outstanding", "dataset_majors_open"}
    way.seen(commands.return_to_provider, way.secretariat, reason="review_majors", text="see the review")
    commands.revise(way.provider, entry_id=way.id)
    assert (way.entry.round, way.entry.checks, way.entry.state) == (2, None, "draft")
    way.seen(commands.submit, way.provider)
    way.seen(commands.screen, way.secretariat)
    way.seen(commands.pass_screening, way.secretariat)
    way.reviewed()
    assert way.entry.state == "cross_validation"


@pytest.mark.requirement("SD-16b")
def test_a_deviation_over_the_limit_needs_its_explanation(way: Way) -> None:
    way.until("cross_validation")
    values: dict[str, Any] = {"source": "peers", "own_value": 3.0, "other_value": 2.0, "unit": "kg CO2e/kg"}
    way.seen(commands.compare, way.secretariat, **values)
    with pytest.raises(Conflict, match=r"50\.0 %"):
        way.seen(commands.pass_comparison, way.secretariat)
    with pytest.raises(Invalid, match="can't be compared"):
        way.seen(commands.compare, way.secretariat, **(values | {"other_value": 0.0}))


def test_what_the_checks_find_wrong_does_not_pass_the_screening(way: Way) -> None:
    from dataclasses import replace

    content = steel()
    process = content.processes[0]
    broken = replace(process, exchanges=(replace(process.exchanges[0], amount=0.0), process.exchanges[1]))
    way.until("screening", replace(content, processes=(broken,)))
    assert way.entry.checks is not None
    assert way.entry.checks["errors"] == 1
    with pytest.raises(Conflict, match="1 errors"):
        way.seen(commands.pass_screening, way.secretariat)


def test_an_embargo_and_a_licence_keep_a_dataset_from_publication(way: Way) -> None:
    until = clock.today() + timedelta(days=3)
    way.until("approved", licence="commercial", embargo_until=until)
    with pytest.raises(Conflict) as caught:
        way.seen(commands.publish, way.authority, classification="internal")
    assert {item.code for item in caught.value.findings} == {
        "embargo_running",
        "licence_forbids_publication",
        "dataset_classified",
    }


def test_what_is_past_its_last_day_is_retired_and_still_resolves(way: Way) -> None:
    entry = way.until("published", valid_until=clock.today() - timedelta(days=1))
    assert commands.expire_due(SYSTEM) == 1
    assert queries.entry(way.world.actor(way.world.beta), entry.id).state == "retired"
    assert commands.expire_due(SYSTEM) == 0


def test_nobody_sees_a_draft_of_another_and_only_members_a_database_of_the_owners(world: World) -> None:
    way = Way(world, key="closed-db", access="owner")
    way.found()
    with pytest.raises(NotFound):
        queries.database(world.actor(world.beta), "closed-db")
    with pytest.raises(NotFound):
        commands.open_dataset(way.provider, database="closed-db", version_id=world.alpha.id)


@pytest.mark.parametrize("closed", [{"access": "registered"}, {"access": "owner"}, {"licence": "commercial"}], ids=str)
def test_what_not_everybody_may_read_enters_no_release(way: Way, closed: dict[str, str]) -> None:
    way.until("published")
    Database.objects.filter(key=way.key).update(**closed)
    with pytest.raises(Conflict) as refused:
        commands.ask_release(way.secretariat, name="leak", version="1", databases=[way.key])
    (finding,) = refused.value.findings
    assert (finding.code, finding.params) == ("release_database_closed", {"databases": way.key})
    assert not PlatformRelease.objects.filter(name="leak").exists()


def test_a_draft_is_its_providers_alone(way: Way) -> None:
    way.begin()
    for stranger in (way.world.actor(way.world.beta), way.authority, way.metrologist):
        with pytest.raises(NotFound):
            queries.entry(stranger, way.id)
    assert queries.entry(way.provider, way.id).state == "draft"


def test_a_release_is_built_from_what_is_published_and_blocks_what_is_suspended_later(way: Way) -> None:
    entry = way.until("published", steel(1.8, key="p-steel-rel"))
    asked = commands.ask_release(way.secretariat, name="demo-release-1", version="1", databases=["demo-db"])
    made = carry_through(asked.id)
    assert (made.state, made.findings) == ("built", [])
    assert made.release is not None
    release = find_release("demo-release-1", data_dir=_data())
    (dataset,) = list(release)
    # 1.8 kg of fossil CO2 weigh 1.8 kg CO2e in every set (IPCC: GWP of CO2 is 1)
    assert release.intensity(dataset.id, "AR6").total == pytest.approx(1.8, rel=1e-12)
    assert made.pins[0]["ids"] == [dataset.id]
    assert queries.blocked("demo-release-1") == ()
    way.seen(commands.suspend, way.authority, reason="error_reported", text="unit")
    assert [(one.dataset, one.identifier) for one in queries.blocked("demo-release-1")] == [
        (dataset.id, entry.identifier)
    ]
    queries.refuse_blocked("demo-release-1", ["another"])
    with pytest.raises(Conflict, match="is suspended"):
        queries.refuse_blocked("demo-release-1", [dataset.id])
    with pytest.raises(Conflict, match="Nothing is published"):
        commands.ask_release(way.secretariat, name="demo-release-2", version="2", databases=["demo-db"])
    with pytest.raises(Conflict, match="is taken"):
        commands.ask_release(way.secretariat, name="demo-release-1", version="2", databases=["demo-db"])


def _data() -> Any:
    from django.conf import settings

    return settings.TANBIAO_DATA


@pytest.mark.requirement("SD-03b")
def test_the_stronger_database_stands_before_the_weaker_in_a_release(world: World) -> None:
    strong = Way(world, key="nat-db", level="national")
    weak = Way(world, key="prov-db", level="provincial", reviewers=strong.reviewers)
    for one, amount in ((strong, 1.5), (weak, 1.9)):
        one.found()
        one.until("published", steel(amount, version=one.key, key=f"p-{one.key}"))
    asked = commands.ask_release(
        strong.secretariat, name="demo-both", version="1", databases=["prov-db", "nat-db"], gap_filling=True
    )
    made = carry_through(asked.id)
    assert made.state == "built", made.findings
    (dataset,) = list(find_release("demo-both", data_dir=_data()))
    assert dataset.id.startswith("nat-db")
    assert made.report["precedence"]["superseded"] == 1
    assert GovernedDataset.objects.filter(state="published").count() == 2


def test_a_deviation_over_the_limit_is_explained_once_by_provider_or_secretariat(way: Way) -> None:
    way.until("cross_validation")
    values: dict[str, Any] = {"source": "peers", "own_value": 3.0, "other_value": 2.0, "unit": "kg CO2e/kg"}
    way.seen(commands.compare, way.secretariat, **values)
    assert queries.notes_of(way.provider, way.entry) == queries.notes_of(way.secretariat, way.entry)
    assert queries.notes_of(way.secretariat, way.entry) == ("explain_deviation",)
    assert queries.notes_of(way.drawn()[0], way.entry) == ()
    (row,) = queries.comparisons(way.entry)
    assert (row.deviation_percent, row.is_open) == ("50", True)  # (3 − 2) / 2; the limit is 20 % (project default)
    said = {"entry_id": way.id, "comparison": row.id, "explanation": "older furnaces"}
    with pytest.raises(NotAllowed, match="provider or the secretariat"):
        commands.explain_deviation(way.drawn()[0], **said)
    with pytest.raises(Invalid, match="not explained"):
        commands.explain_deviation(way.provider, **(said | {"explanation": " "}))
    commands.explain_deviation(way.provider, **said)
    with pytest.raises(NotFound, match="no unexplained comparison"):
        commands.explain_deviation(way.secretariat, **said)
    assert [one.is_open for one in queries.comparisons(way.entry)] == [False]
    way.seen(commands.pass_comparison, way.secretariat)
    with pytest.raises(Conflict, match="can't"):
        commands.explain_deviation(way.provider, **said)


@pytest.mark.requirement("GBA-06d", "GBA-04c", "SD-06c")
def test_the_trace_check_fixes_the_quality_with_scores_and_signatory(way: Way) -> None:
    way.until("trace_check")
    wrong: dict[str, Any] = {"evidence": ["meter"], "quality": {"technology": 2, "geography": 6, "time": 1}}
    with pytest.raises(Invalid, match="geography, precision"):
        way.seen(commands.confirm_trace, way.metrologist, **wrong)
    assert way.entry.quality == {}
    entry = way.onward("published")
    assert (entry.quality["rating"], entry.quality["level"]) == ("2", "very_good")  # (2 + 1 + 2 + 3) / 4
    signed = entry.history.get(event="confirm_trace")
    assert signed.person_id == way.metrologist.person_id
    assert signed.details["quality"] == entry.quality
