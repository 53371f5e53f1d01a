"""Clocks of a case: they pause while the applicant is waited for, and what is over has its event by night."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from factories import SYSTEM, World, api_token, client_of
from tanbiao.core.schemes import load_scheme
from tanbiao.web import clock
from tanbiao.web.accounts import commands as accounts
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import clocks, competence
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification.handlers import run_clocks
from tanbiao.web.certification.models import Case, TeamMember
from tanbiao.web.commanding import Refused
from tanbiao.web.ledger.models import Task
from tanbiao.web.ledger.tasks import Progress, ask_for_the_night
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def play(world: World) -> Play:
    with clock.at(START):
        made = Play(world)
        made.apply()
    return made


def after(days: float) -> Any:
    return clock.at(START + timedelta(days=days))


def refused(act: Callable[[], object]) -> set[str]:
    with pytest.raises(Refused) as caught:
        act()
    return {item.code for item in caught.value.findings}


def left(play: Play) -> dict[str, tuple[int, bool]]:
    return {view.id: (view.days_left, view.paused) for view in clocks.views(play.case)}


def night() -> dict[str, int]:
    from uuid import uuid4

    done: dict[str, int] = run_clocks({"day": "2026-03-02"}, Progress(uuid4()))
    return done


def test_a_steps_clock_stands_still_while_the_applicant_is_waited_for(play: Play) -> None:
    # the demonstration scheme gives five days for the review of an application
    with after(2):
        assert left(play) == {"applied": (3, False)}
        cases.ask_applicant(play.handler, case_id=play.case.id, text="请补充工艺流程图")
    with after(12):
        assert left(play) == {"applied": (3, True), "waiting": (50, False)}
        assert refused(lambda: cases.ask_applicant(play.handler, case_id=play.case.id, text="再次")) == {
            "already_waiting"
        }
        cases.end_waiting(play.manager, case_id=play.case.id, text="已补充")
    with after(14):
        assert left(play) == {"applied": (1, False)}
        assert refused(lambda: cases.end_waiting(play.manager, case_id=play.case.id, text="x")) == {"not_waiting"}
        play.accept()
        assert left(play) == {"accepted": (10, False)}
    steps = list(play.case.steps.values_list("state", "ended_at"))
    assert steps == [("applied", START + timedelta(days=14)), ("accepted", None)]
    assert [row.event for row in play.case.history.all()] == ["apply", "asked", "waiting_ended", "accept"]


def test_a_late_step_of_the_body_is_noted_once_and_goes_on(play: Play) -> None:
    with after(5.5):
        assert night() == {"running": 1}
    with after(6.5):
        assert left(play) == {"applied": (-1, False)}
        assert night() == {"overdue": 1}
        assert night() == {"running": 1}
        play.accept()
        assert play.case.state == "accepted"
    assert [row.event for row in play.case.history.all()].count("overdue") == 1


def test_an_applicant_who_does_not_answer_ends_the_case(play: Play) -> None:
    with after(1):
        cases.ask_applicant(play.handler, case_id=play.case.id, text="请补充")
    with after(61):
        assert night() == {"running": 1}
    with after(62):
        assert night() == {"give_up": 1}
    case = play.case
    assert (case.state, case.history.last().reason) == ("terminated", "no_answer")  # type: ignore[union-attr]
    assert case.study.state != "submitted"
    assert not case.steps.filter(ended_at__isnull=True).exists()


def test_rectification_that_outlasts_its_term_ends_by_the_clock(play: Play) -> None:
    with after(1):
        for step in ("accept", "sign", "plan", "start"):
            getattr(play, step)()
        cases.raise_finding(play.verifier, case_id=play.case.id, severity="major", text="缺少台账")
        cases.require_rectification(play.verifier, case_id=play.case.id)
        assert left(play) == {"rectification": (90, False)}
    with after(91):
        assert night() == {"running": 1}
    with after(92):
        assert night() == {"lapse": 1}
    assert play.case.state == "not_granted"


def test_only_the_two_sides_may_ask_and_answer(play: Play) -> None:
    with after(1):
        body = json.dumps({"text": "请补充"})
        address = f"/api/v1/cases/{play.case.id}"
        kind = "application/json"
        assert Client().post(f"{address}/ask", body, content_type=kind, **api_token(play.manager)).status_code == 403
        stranger = play.world.actor(play.world.other_body)
        assert Client().post(f"{address}/ask", body, content_type=kind, **api_token(stranger)).status_code == 404
        assert Client().get(f"{address}/clocks", **api_token(stranger)).status_code == 404
        sent = Client().post(f"{address}/ask", body, content_type=kind, **api_token(play.handler))
        assert sent.status_code == 200
        assert sent.json()["waiting_for"] == "请补充"
        page = client_of(play.manager).get(f"/cases/{play.case.id}/").content.decode()
        assert "请补充" in page
        assert "stands still" in page
        assert client_of(play.manager).post(f"/cases/{play.case.id}/go-on/", {"text": "好"}).status_code == 302
        empty = client_of(play.handler).post(f"/cases/{play.case.id}/ask/", {"text": " "}, follow=True)
        assert "Ask the applicant" in empty.content.decode()
    assert clocks.pause_of(clocks.running(play.case)) is None


def test_the_night_asks_for_the_clocks(db: None) -> None:
    ask_for_the_night()
    assert Task.objects.filter(name="certification.clocks").count() == 1


def test_the_terms_are_the_schemes_days() -> None:
    stated = load_scheme("tanbiao-demo").terms_stated
    assert (stated["acceptance_days"], stated["verification_days"], stated["rectification_days"]) == (5, 15, 90)
    assert (stated["rotation_cases_max"], stated["rotation_months_max"]) == (12, 36)


def test_advice_given_through_the_platform_counts_whatever_the_body_declares(play: Play) -> None:
    person = play.verifier.person
    assert person is not None
    with after(0):
        accounts.grant_role(SYSTEM, organisation_id=play.world.alpha.id, person_id=person.id, role=Role.ADVISER)
    with after(1):
        assert competence.months_since_service(play.world.body, play.world.alpha) == 0
        assert refused(play.accept) == {"service_on_record"}
    membership = person.memberships.get(organisation=play.world.alpha)
    membership.ended_at = START
    membership.save()
    with after(730):  # 23.98 mean months
        assert refused(play.accept) == {"service_on_record"}
    with after(731):  # 24.02
        play.accept()


def test_who_has_evaluated_a_holder_too_often_or_too_long_makes_room(play: Play) -> None:
    with after(1):
        play.accept()
        play.sign()
    before = Case.objects.get(id=play.case.id)
    person = play.verifier.person
    assert person is not None

    def earlier(days_ago: int) -> None:
        row = Case.objects.get(id=before.id)
        row.pk, row.number, row.state = None, f"C-OLD-{days_ago}", "issued"
        row._state.adding = True
        from tanbiao.web.ids import new_id

        row.id = new_id()
        row.created_at = START - timedelta(days=days_ago)
        row.save()
        TeamMember.objects.create(case=row, person=person)

    earlier(1200)
    with after(2):
        # the only earlier case lies 39 months back: more than the break of 24 months
        assert competence.with_holder(play.case, person.id, 24) == (0, 0)
    earlier(600)
    with after(2):
        assert competence.with_holder(play.case, person.id, 24) == (2, 39)
        assert refused(play.plan) == {"rotation_due"}
    Case.objects.filter(number="C-OLD-1200").update(created_at=START - timedelta(days=1000))
    with after(2):
        assert competence.with_holder(play.case, person.id, 24) == (2, 32)
        play.plan()
    assert play.case.state == "planned"


def test_an_ended_case_asks_nobody_and_no_clock_runs(play: Play) -> None:
    cases.withdraw(play.manager, case_id=play.case.id, reason="holder_request")
    late = refused(lambda: cases.ask_applicant(play.handler, case_id=play.case.id, text="x"))
    assert late == {"act_out_of_place"}
    assert left(play) == {}
