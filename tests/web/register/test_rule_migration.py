"""A rule ends: its certificates come into the queue of holder and body, and studies are refused by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from factories import SYSTEM, World, api_token, client_of
from tanbiao.examples import example
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import commands, issuing, migrating
from tanbiao.web.register.models import Certificate, Flag, Issue, Migration
from tanbiao.web.rulebook import commands as rulebook
from tanbiao.web.rulebook import queries as rulebook_queries
from tanbiao.web.rulebook.models import RuleEntry
from tanbiao.web.studies import commands as studies
from web.certification.playing import Play
from web.rulebook.ruling import EXAMPLES, STUDY, RuleWay

pytestmark = pytest.mark.django_db
CLINKER = "cement-clinker@1.0.0"


def certified(world: World) -> Certificate:
    case = Play(world).until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    return Certificate.objects.get(issue__case=case)


@pytest.fixture
def national(world: World) -> RuleWay:
    """Return an issued national rule over a category whose rule came with the product."""
    with clock.at(clock.now() - timedelta(days=33)):
        rulebook.enrol_packaged(SYSTEM)
    way = RuleWay(world, rule_id="national-clinker", layer="national", categories=("cement-clinker",))
    way.now = clock.now() - timedelta(days=32)
    way.until("issued")
    return way


@pytest.mark.requirement("NAT-15c")
def test_a_sunset_puts_the_certificates_of_the_closed_rule_into_the_queue(
    world: World, national: RuleWay, starter: Any
) -> None:
    one, other = certified(world), certified(world)
    last_day = clock.today() + timedelta(days=90)
    national.adopt(until=last_day)
    ledger.settle()
    rows = migrating.with_outcome(migrating.migrations(world.actor(world.body)))
    assert {row.certificate.number for row in rows} == {one.number, other.number}
    assert {(row.rule, row.cause, row.successor, row.until, row.outcome) for row in rows} == {
        (CLINKER, "sunset", "national-clinker@1.0.0", last_day, "open")
    }
    assert Flag.objects.filter(name="rule_ending").count() == 2
    assert "所依规则停用" in Client().get(f"/p/{one.number}", headers={"accept-language": "zh"}).content.decode()

    holder, body = world.actor(world.alpha), world.actor(world.body)
    for actor in (holder, body):
        page = client_of(actor)
        assert "2 certificates rest on a rule that ends" in page.get("/desk/").content.decode()
        assert one.number in page.get("/migrations/").content.decode()
    assert client_of(holder).post("/migrations/", {"next": "desk"})["Location"] == "/desk/"
    assert "rest on a rule that ends" not in client_of(holder).get("/desk/").content.decode()
    assert "rest on a rule that ends" in client_of(body).get("/desk/").content.decode()
    assert not migrating.migrations(world.actor(world.beta)).exists()
    token: Any = api_token(holder)
    listed = Client().get("/api/v1/certificate-migrations", **token).json()
    assert (listed["total"], listed["items"][0]["outcome"]) == (2, "open")
    assert Client().post("/api/v1/certificate-migrations/read", **token).json() == {"read": 0}

    decider = world.actor(world.body, Role.DECIDER)
    head = Certificate.objects.get(id=one.id).head
    commands.cancel(decider, number=one.number, builds_on=head, reason="rule_abolished")
    with clock.at(clock.now() + timedelta(days=91)):
        states = {row.certificate.number: row.outcome for row in migrating.with_outcome(Migration.objects.all())}
    assert states == {one.number: "ended", other.number: "overdue"}


def test_a_replacement_by_its_own_next_version_lets_certificates_finish_and_a_cancelled_filing_does_not(
    world: World, starter: Any
) -> None:
    certificate = certified(world)
    values: dict[str, Any] = {"rule": CLINKER, "successor": "", "until": clock.today()}
    assert commands.queue_migrations(SYSTEM, cause="replace", **values) == []
    assert [row.certificate.number for row in commands.queue_migrations(SYSTEM, cause="cancel_filing", **values)] == [
        certificate.number
    ]
    assert commands.queue_migrations(SYSTEM, cause="cancel_filing", **values) == []


@pytest.mark.parametrize("who, reason", [("authority", "cnca_cancelled"), ("manager", "body_cancelled")])
def test_a_cancelled_filing_reaches_the_certificates_by_its_own_command_and_event(
    world: World, starter: Any, who: str, reason: str
) -> None:
    """The body's own filed rule: a study under it, its certificate, the filing cancelled; nothing is called by hand."""
    rule = RuleWay(world, layer="group", kind="certification_rule")
    rule.now = clock.now() - timedelta(days=60)
    rule.until("filed")
    play = Play(world)
    play.study_id = studies.create(play.manager, title_zh="烧结砌块").id
    file = (EXAMPLES / STUDY).read_bytes().replace(b"gwp: AR6", b"rule: fired-block@1.0.0\ngwp: AR6", 1)
    brought = studies.bring_in(play.manager, study_id=play.study_id, filename="block.yaml", data=file)
    assert brought.accepted, brought.findings
    play.resubmit_study()
    case = play.until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    certificate = Certificate.objects.get(issue__case=case)
    assert (certificate.claims["rule_id"], certificate.state) == ("fired-block", "valid")
    assert not Migration.objects.exists()

    rule.now, last_day = clock.now(), clock.today() + timedelta(days=13)
    rule.seen(rulebook.cancel_filing, getattr(rule, who), reason=reason, transition_until=last_day)
    assert not Migration.objects.exists()  # it comes with the event, not inside the command
    ledger.settle()
    (row,) = migrating.with_outcome(migrating.migrations(world.actor(world.body)))
    assert (row.certificate.number, row.rule) == (certificate.number, "fired-block@1.0.0")
    assert (row.cause, row.until, row.outcome) == ("cancel_filing", last_day, "open")
    assert Flag.objects.filter(certificate=certificate, name="rule_ending", lowered_at__isnull=True).count() == 1
    for actor in (world.actor(world.alpha), world.actor(world.body)):
        assert certificate.number in client_of(actor).get("/migrations/").content.decode()
    ledger.settle()
    assert Migration.objects.count() == 1
    with pytest.raises(Conflict) as caught:
        rulebook_queries.refuse_ended("fired-block@1.0.0")
    assert caught.value.code == "rule_ended"
    assert "国认监〔2024〕3号" in str(caught.value.findings[0].params["clause"])


def test_studies_under_a_rule_that_ends_are_refused_with_clause_and_remedy(
    world: World, national: RuleWay, starter: Any
) -> None:
    play = Play(world)
    file = example("cement-clinker")
    made = studies.create(play.manager, title_zh="水泥熟料")
    studies.bring_in(play.manager, study_id=made.id, filename=file.file, data=file.read())
    national.adopt(until=clock.today() + timedelta(days=10))
    late = studies.create(play.manager, title_zh="另一熟料")
    with pytest.raises(Conflict) as caught:
        studies.bring_in(play.manager, study_id=late.id, filename=file.file, data=file.read())
    assert caught.value.code == "rule_ending"
    page = client_of(play.manager).get(f"/studies/{made.id}/").content.decode()
    assert "is in its transition" in page
    assert "Use the rule national-clinker@1.0.0 instead." in page

    play.study_id = made.id
    with clock.at(clock.now() + timedelta(days=11)):
        assert rulebook.end_transitions(SYSTEM) == 1
        assert RuleEntry.objects.get(rule_id="cement-clinker").state == "superseded"
        with pytest.raises(Conflict) as caught:
            play.resubmit_study()
    found = caught.value.findings[0]
    assert (found.code, found.where) == ("rule_ended", "rule")
    assert "1529号 (十五)" in str(found.params["clause"])
    assert found.params["successor_en"] == "Use the rule national-clinker@1.0.0 instead."


def test_a_study_in_the_transition_of_its_rule_may_still_be_submitted(
    world: World, national: RuleWay, starter: Any
) -> None:
    play = Play(world)
    file = example("cement-clinker")
    play.study_id = studies.create(play.manager, title_zh="水泥熟料").id
    studies.bring_in(play.manager, study_id=play.study_id, filename=file.file, data=file.read())
    national.adopt(until=clock.today() + timedelta(days=10))
    play.resubmit_study()
