"""The server's clock is set back: no decision is dated before the one that it rests on, and health says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token
from tanbiao.web import clock
from tanbiao.web.certification.models import CaseEvent
from tanbiao.web.commanding import Conflict
from tanbiao.web.labels import licences
from tanbiao.web.labels.models import Licence
from tanbiao.web.ledger import queries, sequencer
from tanbiao.web.ledger.models import Checkpoint, LogEntry
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import StatusChange
from web.certification.playing import Play
from web.surveillance.living import Life

pytestmark = pytest.mark.django_db


def set_back(patch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Let the computer's own clock stand earlier."""
    real = clock.wall
    patch.setattr(clock, "wall", lambda: real() - by)


def code_of(act: Any, *args: Any, **given: Any) -> str:
    with pytest.raises(Conflict) as refused:
        act(*args, **given)
    return str(refused.value.code)


def test_no_step_of_a_case_is_dated_before_the_one_it_rests_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(world)
    play.until("decision")
    lines = CaseEvent.objects.count()
    entries = LogEntry.objects.filter(type="case_event").count()
    with monkeypatch.context() as patch:
        set_back(patch, timedelta(days=1))
        assert code_of(play.grant) == "clock_set_back"
        body = {"builds_on": play.case.head, "grant": True, "text": "准予"}
        address, token = f"/api/v1/cases/{play.case_id}/decide", api_token(play.decider)
        answer = Client().post(address, body, content_type="application/json", **token)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (409, "clock_set_back")
    assert (play.case.state, CaseEvent.objects.count()) == ("decision", lines)
    assert LogEntry.objects.filter(type="case_event").count() == entries
    with monkeypatch.context() as patch:
        set_back(patch, timedelta(minutes=2))  # what a time service corrects
        play.grant()
    assert play.case.state == "granted"


def test_no_state_of_certificate_and_licence_either_and_health_turns_red(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(world)
    life.suspend()
    licence = Licence.objects.get(number=life.number)
    changes, checkpoints = StatusChange.objects.count(), Checkpoint.objects.count()
    assert queries.health()["checks"]["clock"] == "ok"
    with monkeypatch.context() as patch:
        set_back(patch, timedelta(hours=2))
        given: dict[str, Any] = {"number": life.number, "builds_on": life.now.head, "text": "已更正"}
        assert code_of(register.restore, life.decider, **given) == "clock_set_back"
        end = {"licence_id": licence.id, "builds_on": licence.head, "reason": "mark_misuse", "text": "x"}
        assert code_of(licences.end, life.decider, **end) == "clock_set_back"
        found = queries.health()
        assert (found["status"], found["checks"]["clock"]) == ("failing", "set_back")
        assert Client().get("/healthz").status_code == 503
        sequencer.checkpoint()
    assert (StatusChange.objects.count(), Checkpoint.objects.count()) == (changes, checkpoints)
    assert life.now.state == "suspended"
    assert queries.health()["checks"]["clock"] == "ok"
    register.restore(life.decider, **given)
    times: list[datetime] = list(StatusChange.objects.order_by("index").values_list("at", flat=True))
    assert times == sorted(times)
