"""Complaints of anybody and appeals of holders: uninvolved people, terms, outcome, and what the scheme stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import World, api_token, client_of, make_actor
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, NotFound
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate, Flag
from tanbiao.web.surveillance import commands, queries
from tanbiao.web.surveillance.acting import SYSTEM
from tanbiao.web.surveillance.models import Grievance, WorkItem
from web.schemes.opening import png
from web.surveillance.living import Life

pytestmark = pytest.mark.django_db
PNG = png(8)


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)


def appealed(life: Life) -> Grievance:
    now = life.suspend()
    return commands.appeal(life.holder, number=life.number, against=now.head, text="演示：标识并未误用")


def investigated(life: Life, row: Grievance) -> Grievance:
    row = commands.admit(life.fresh, grievance_id=row.id, builds_on=row.head)
    return commands.investigate(life.fresh, grievance_id=row.id, builds_on=row.head, text="演示：已核实")


def test_anybody_complains_with_a_photo_and_follows_the_matter_by_its_code(life: Life) -> None:
    visitor = Client(headers={"accept-language": "en"})
    sent = {"number": life.number, "text": "The pack shows another figure", "photo": SimpleUploadedFile("a.png", PNG)}
    answer = visitor.post("/complaints/", sent)
    row = Grievance.objects.get()
    assert answer["Location"] == f"/complaints/{row.code}/"
    assert "Received" in visitor.get(answer["Location"]).content.decode()
    assert row.due == clock.today() + timedelta(days=5)
    assert client_of(life.fresh).get(f"/life/grievances/{row.id}/photo/").content == PNG
    row = investigated(life, row)
    assert row.due == clock.today() + timedelta(days=60)
    commands.decide(life.judge, grievance_id=row.id, builds_on=row.head, outcome="uphold", text="We had it put right")
    said = visitor.get(f"/complaints/{row.code}/").content.decode()
    assert "Upheld" in said
    assert "We had it put right" in said
    assert WorkItem.objects.get(kind="complaint_upheld").number == life.number
    assert visitor.post("/complaints/", {"number": "NONE-1", "text": "x"}).status_code == 404
    assert visitor.post("/complaints/", {"number": life.number, "text": ""}).status_code == 422


def test_the_holder_does_not_see_who_complained_about_him(life: Life, world: World) -> None:
    commands.complain(world.actor(world.beta), number=life.number, text="错误的产品", contact="beta@example.test")
    assert not queries.grievances(life.holder).exists()
    assert queries.grievances(life.fresh).count() == 1
    assert not queries.grievances(world.actor(world.other_body)).exists()
    with pytest.raises(NotFound):
        queries.grievance(life.holder, Grievance.objects.get().id)


def test_nobody_with_a_part_in_the_case_handles_or_decides(life: Life) -> None:
    row = appealed(life)
    with pytest.raises(Conflict) as caught:
        commands.admit(life.world.actor(life.world.body, Role.REVIEWER), grievance_id=row.id, builds_on=row.head)
    assert caught.value.code == "involved_in_the_case"
    row = investigated(life, row)
    given: dict[str, Any] = {"grievance_id": row.id, "builds_on": row.head, "outcome": "reject", "text": "演示"}
    with pytest.raises(Conflict) as caught:  # he decided the case and the suspension
        commands.decide(life.decider, **given)
    assert caught.value.code == "involved_in_the_case"
    handler_too = make_actor(life.world.body, Role.CASE_MANAGER, Role.DECIDER)
    second = commands.complain(life.holder, number=life.number, text="另一事项")
    second = commands.admit(handler_too, grievance_id=second.id, builds_on=second.head)
    second = commands.investigate(handler_too, grievance_id=second.id, builds_on=second.head, text="已查")
    with pytest.raises(Conflict) as caught:
        commands.decide(handler_too, grievance_id=second.id, builds_on=second.head, outcome="uphold", text="自己裁定")
    assert caught.value.code == "handler_decides"


def test_by_default_an_appeal_stays_nothing_and_an_upheld_one_overturns(life: Life) -> None:
    row = appealed(life)
    with pytest.raises(Conflict) as caught:
        commands.appeal(life.holder, number=life.number, against=life.now.head, text="再次申诉")
    assert caught.value.code == "decision_not_appealable"
    row = investigated(life, row)
    assert life.now.state == "suspended"
    row = commands.decide(life.judge, grievance_id=row.id, builds_on=row.head, outcome="uphold", text="撤销暂停")
    assert life.now.state == "valid"
    assert [one.event for one in life.now.history.order_by("index")] == ["suspend", "overturn"]
    assert row.answer == "撤销暂停"


@pytest.mark.parametrize("outcome, state", [("reject", "suspended"), ("uphold", "valid"), ("withdraw", "suspended")])
def test_where_the_scheme_says_so_an_admitted_appeal_stays_the_suspension(life: Life, outcome: str, state: str) -> None:
    terms = {**life.now.terms, "appeal_suspends_effect": "yes"}
    Certificate.objects.filter(number=life.number).update(terms=terms)
    row = appealed(life)
    assert life.now.state == "suspended"
    row = commands.admit(life.fresh, grievance_id=row.id, builds_on=row.head)
    assert life.now.state == "valid"
    assert Flag.objects.filter(name="under_appeal", lowered_at__isnull=True).exists()
    if outcome == "withdraw":
        commands.withdraw_appeal(life.holder, grievance_id=row.id, builds_on=row.head)
    else:
        row = commands.investigate(life.fresh, grievance_id=row.id, builds_on=row.head, text="已查")
        commands.decide(life.judge, grievance_id=row.id, builds_on=row.head, outcome=outcome, text="裁定")
    now = life.now
    assert now.state == state
    assert now.reason == ("mark_misuse" if state == "suspended" else "")
    assert not Flag.objects.filter(name="under_appeal", lowered_at__isnull=True).exists()


def test_an_appeal_has_a_term_and_late_matters_come_to_the_desk(life: Life) -> None:
    now = life.suspend()
    later = clock.now() + timedelta(days=31)
    with clock.at(later), pytest.raises(Conflict) as caught:
        commands.appeal(life.holder, number=life.number, against=now.head, text="迟了")
    assert caught.value.code == "appeal_out_of_time"
    commands.appeal(life.holder, number=life.number, against=now.head, text="及时")
    with clock.at(clock.now() + timedelta(days=7)):
        assert commands.run_day(SYSTEM).late_grievances == 1
    assert WorkItem.objects.filter(kind="grievance_late").count() == 1


def test_an_upheld_appeal_against_a_withdrawal_makes_the_body_decide_anew(life: Life) -> None:
    gone = register.withdraw(life.decider, number=life.number, builds_on=life.now.head, reason="fraud", text="演示")
    row = commands.appeal(life.holder, number=life.number, against=gone.head, text="并无弄虚作假")
    row = investigated(life, row)
    commands.decide(life.judge, grievance_id=row.id, builds_on=row.head, outcome="uphold", text="成立")
    assert life.now.state == "withdrawn"
    assert WorkItem.objects.get(kind="reissue").body_id == life.world.body.id


def test_every_act_by_api_as_every_role_is_refused_where_it_is_not_theirs(life: Life, world: World) -> None:
    row = appealed(life)
    for name, actor in world.everyone().items():
        token: Any = api_token(actor) if actor is not None else {}
        for event in ("admit", "refuse", "investigate", "uphold", "uphold_partly", "reject", "withdraw", "nothing"):
            answer = Client().post(
                f"/api/v1/grievances/{row.id}/acts/{event}",
                {"builds_on": "x", "text": "x", "reason": "no_ground"},
                content_type="application/json",
                **token,
            )
            assert answer.status_code in (401, 403, 404, 409), (name, event, answer.status_code)
    assert Grievance.objects.get(id=row.id).state == "received"
