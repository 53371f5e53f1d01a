"""Competences of a body's people: granted by another, with evidence and term; a case takes nobody without one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from factories import World, api_token, client_of, make_account
from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.accounts import commands as accounts
from tanbiao.web.accounts.actor import Actor, actor_for, system_actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies import commands, queries
from tanbiao.web.bodies.models import BookLine, Competence, Staff
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.ledger.models import PrivateRecord
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("tests")
FUNCTIONS = {"planner": "planner", "verifier": "verifier", "reviewer": "reviewer", "decider": "decider"}


def refused(kind: type[TanbiaoError], code: str, run: Callable[[], Any]) -> TanbiaoError:
    with pytest.raises(kind) as caught:
        run()
    assert code in {item.code for item in caught.value.findings}
    return caught.value


def newcomer(world: World, role: Role = Role.VERIFIER) -> Actor:
    """A person of the body of whom nothing is on record."""
    account = make_account()
    accounts.grant_role(SYSTEM, organisation_id=world.body.id, person_id=account.person_id, role=role)
    return actor_for(account.person, world.body)


def grant(by: Actor, person: Actor, **changes: Any) -> Competence:
    given: dict[str, Any] = {
        "person_id": person.person_id,
        "scope": "*",
        "function": "verifier",
        "training": "GB/T 24067 培训 40 学时",
        "years": 3.0,
        "witness": "2025-03 见证合格",
        "reason": "年度评价",
        "valid_from": clock.today(),
        "valid_until": clock.today() + timedelta(days=365),
    }
    return commands.grant_competence(by, **(given | changes))


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.body, Role.CASE_MANAGER)


def test_a_competence_is_granted_by_another_and_its_history_chains(world: World, office: Actor) -> None:
    person = newcomer(world)
    made = grant(office, person, scope="sector:metals")
    commands.withdraw_competence(office, competence_id=made.id, reason="见证不合格")
    (one,) = [item for item in queries.people(office) if item.person.id == person.person_id]
    assert (len(one.competences), one.standing) == (1, ())
    lines = list(BookLine.objects.filter(subject=made.id).order_by("index"))
    assert [line.event for line in lines] == ["competence_granted", "competence_withdrawn"]
    bodies = [json.loads(row.event) for row in PrivateRecord.objects.order_by("entry__at", "entry_id")]
    chain = {row["parent"]: row for row in bodies if str(row.get("type", "")).startswith("book.")}
    assert lines[0].hash in chain
    told = {key: value for key, value in chain[lines[0].hash].items() if key not in ("type",)}
    assert content_hash(told) == lines[1].hash


@pytest.mark.parametrize(
    "changes, kind, code",
    [
        ({"scope": "moon"}, Invalid, "competence_scope_unknown"),
        ({"scope": "sector:moon"}, Invalid, "competence_scope_unknown"),
        ({"function": "king"}, Invalid, "competence_function_unknown"),
        ({"function": "decider"}, Invalid, "competence_role_missing"),
        ({"years": -1.0}, Invalid, "years_wrong"),
        ({"valid_until": date(2001, 1, 1)}, Invalid, "period_reversed"),
        ({"training": " "}, Invalid, "text_missing"),
        ({"reason": ""}, Invalid, "text_missing"),
    ],
)
def test_a_competence_that_can_not_stand_is_refused(
    world: World, office: Actor, changes: dict[str, Any], kind: type[TanbiaoError], code: str
) -> None:
    person = newcomer(world)
    refused(kind, code, lambda: grant(office, person, **changes))
    assert not Competence.objects.filter(person=person.person).exists()


def test_nobody_grants_himself_or_a_stranger_and_nothing_twice(world: World, office: Actor) -> None:
    person = newcomer(world)
    refused(NotAllowed, "competence_own", lambda: grant(office, office, function="planner"))
    refused(NotAllowed, "not_allowed", lambda: grant(person, office))
    stranger = world.actor(world.other_body, Role.VERIFIER)
    refused(NotFound, "person_unknown", lambda: grant(office, stranger))
    made = grant(office, person)
    refused(Conflict, "competence_stands", lambda: grant(office, person, valid_until=date(2099, 1, 1)))
    other = world.actor(world.other_body, Role.CASE_MANAGER)
    refused(
        NotFound,
        "competence_unknown",
        lambda: commands.withdraw_competence(other, competence_id=made.id, reason="x"),
    )
    commands.withdraw_competence(office, competence_id=made.id, reason="x")
    refused(
        Conflict,
        "competence_withdrawn",
        lambda: commands.withdraw_competence(office, competence_id=made.id, reason="x"),
    )


def test_full_time_is_said_once_and_years_are_counted(world: World, office: Actor) -> None:
    person = world.actor(world.body, Role.VERIFIER)
    assert person.person_id is not None
    known = {"person_id": person.person_id, "full_time": True}
    tomorrow = clock.today() + timedelta(days=1)
    refused(
        Invalid,
        "experience_in_future",
        lambda: commands.set_staff(office, experience_since=tomorrow, **known),
    )
    commands.set_staff(office, experience_since=clock.today() - timedelta(days=800), **known)
    (one,) = [item for item in queries.people(office) if item.person.id == person.person_id]
    assert one.years == 2.1
    accounts.grant_role(SYSTEM, organisation_id=world.other_body.id, person_id=person.person_id, role=Role.VERIFIER)
    other = world.actor(world.other_body, Role.CASE_MANAGER)
    refused(Conflict, "full_time_elsewhere", lambda: commands.set_staff(other, experience_since=None, **known))


def test_a_case_takes_nobody_whose_competence_does_not_stand(world: World, office: Actor) -> None:
    play = Play(world)
    play.until("contracted")
    person = play.verifier.person
    assert person is not None
    held = Competence.objects.get(person=person)
    commands.withdraw_competence(office, competence_id=held.id, reason="演示")
    grant(office, play.verifier, scope="sector:metals")
    error = refused(Conflict, "competence_missing", lambda: play.plan())
    said = dict(error.findings[0].params)
    assert (said["who"], said["function_en"]) == (person.name_zh, "audit and verification")
    old = {"valid_from": date(2020, 1, 1), "valid_until": date(2021, 1, 1)}
    grant(office, play.verifier, **old)
    error = refused(Conflict, "competence_expired", lambda: play.plan())
    assert error.findings[0].params["until"] == "2021-01-01"
    grant(office, play.verifier)
    Staff.objects.filter(person=person).update(full_time=False)
    refused(Conflict, "member_not_full_time", lambda: play.plan())
    Staff.objects.filter(person=person).update(full_time=True, experience_since=clock.today())
    refused(Conflict, "member_too_new", lambda: play.plan())
    Staff.objects.filter(person=person).update(experience_since=date(2015, 1, 1))
    play.plan()
    member = play.case.team.get()
    assert (member.competent, member.full_time) == (True, True)
    with clock.at(clock.now() + timedelta(days=400)):
        refused(Conflict, "competence_expired", lambda: play.start())
    play.start()


@pytest.mark.parametrize(
    "state, role, act",
    [
        ("applied", Role.CASE_MANAGER, "accept"),
        ("technical_review", Role.REVIEWER, "review"),
        ("decision", Role.DECIDER, "grant"),
    ],
)
def test_each_function_needs_its_competence_on_the_day(world: World, state: str, role: Role, act: str) -> None:
    play = Play(world)
    play.until(state)
    Competence.objects.filter(person=play.who(role).person).update(valid_until=date(2020, 1, 1))
    refused(Conflict, "competence_expired", getattr(play, act))


def test_load_is_said_and_where_the_body_wants_it_refused(world: World, office: Actor) -> None:
    refused(Invalid, "load_limit_wrong", lambda: commands.set_load_limit(office, cases=0, man_days=1.0, blocks=True))
    commands.set_load_limit(office, cases=1, man_days=2.0, blocks=True)
    play = Play(world)
    play.until("contracted")
    error = refused(Conflict, "person_overloaded", lambda: play.plan())
    assert error.findings[0].params["man_days"] == 3.0
    commands.set_load_limit(office, cases=1, man_days=2.0, blocks=False)
    play.plan()
    line = play.case.history.get(event="plan")
    assert line.details["overloaded"] == [str(play.verifier.person_id)]
    (one,) = [item for item in queries.people(office) if item.person.id == play.verifier.person_id]
    assert (one.load.cases, one.load.man_days, one.is_over) == (1, 3.0, True)


def test_page_and_api_call_the_same_commands(world: World, office: Actor) -> None:
    person = newcomer(world)
    client = client_of(office)
    form = {
        "person_id": str(person.person_id),
        "scope": "*",
        "function": "verifier",
        "training": "培训",
        "years": "3",
        "valid_from": "2026-01-01",
        "valid_until": "2029-01-01",
        "reason": "评价",
    }
    assert client.post("/body/people/competences/", form | {"valid_until": "2025-01-01"}).status_code == 422
    assert client.post("/body/people/competences/", form).status_code == 302
    again = client.post("/body/people/competences/", form)
    assert again.status_code == 409
    assert "already stands" in again.content.decode()
    token = api_token(office)
    told = {key: value for key, value in form.items() if key != "person_id"} | {"scope": "sector:metals", "years": 3}
    address = f"/api/v1/body/people/{person.person_id}/competences"
    made = client.post(address, json.dumps(told), content_type="application/json", **token)
    assert made.status_code == 201, made.content
    listed = client.get("/api/v1/body/people", **token).json()
    (mine,) = [one for one in listed if one["person"] == str(person.person_id)]
    assert {one["scope"] for one in mine["competences"]} == {"*", "sector:metals"}
    book = client.get("/api/v1/body/book", **token).json()
    assert [one["event"] for one in book["items"][:2]] == ["competence_granted", "competence_granted"]
    assert "金属" in client_of(office, "zh").get("/body/people/").content.decode()
    assert client_of(world.actor(world.alpha)).get("/body/people/").status_code == 403
