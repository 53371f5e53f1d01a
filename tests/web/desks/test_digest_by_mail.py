"""The digest by mail: off by default, asked for, confirmed, stopped by a link; and what it may never say."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web import clock
from tanbiao.web.commanding import Refused
from tanbiao.web.desks import mailing
from tanbiao.web.desks.models import MailChoice
from tanbiao.web.environment import Environment
from tanbiao.web.environment import mail as mail_settings
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
ADDRESS = "manager@example.com"


def link_in(message: mail.EmailMessage) -> str:
    """Return the path of the last link into the platform."""
    found = re.findall(r"http://testserver(/mail/\S+)", str(message.body))
    return str(found[-1])


@pytest.mark.parametrize(
    ("given", "backend", "more"),
    [
        ({}, "dummy", {}),
        ({"TANBIAO_DEMO": "1"}, "console", {}),
        ({"TANBIAO_MAIL": "smtp://u%40x:p@mail.test"}, "smtp", {"EMAIL_PORT": 587, "EMAIL_USE_TLS": True}),
        ({"TANBIAO_MAIL": "smtps://mail.test:4465"}, "smtp", {"EMAIL_PORT": 4465, "EMAIL_USE_SSL": True}),
    ],
)
def test_mail_is_off_until_the_operator_sets_a_way(
    given: dict[str, str], backend: str, more: dict[str, object]
) -> None:
    found = mail_settings(Environment.read(given))
    assert found["EMAIL_BACKEND"] == f"django.core.mail.backends.{backend}.EmailBackend"
    assert {key: found[key] for key in more} == more
    if "u%40x" in given.get("TANBIAO_MAIL", ""):
        assert found["EMAIL_HOST_USER"] == "u@x"


def test_a_way_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="TANBIAO_MAIL"):
        mail_settings(Environment.read({"TANBIAO_MAIL": "pigeon://x"}))


def test_where_mail_is_off_nothing_is_asked_and_nothing_sent(world: World, settings: object) -> None:
    settings.EMAIL_BACKEND = mailing.OFF  # type: ignore[attr-defined]
    actor = world.actor(world.alpha)
    with pytest.raises(Refused) as refused:
        mailing.ask(actor, address=ADDRESS)
    assert refused.value.code == "mail_off"
    assert mailing.send_due() == 0
    assert "no mail" in client_of(actor).get("/desk/calendar/").content.decode()


def test_an_address_is_asked_first_and_its_link_only_acts_on_a_press(world: World) -> None:
    play = Play(world)
    play.apply()
    token = api_token(play.handler)
    client = Client()
    answer = client.put("/api/v1/desk/mail", {"address": ADDRESS}, content_type="application/json", **token)
    assert (answer.status_code, answer.json()["state"]) == (200, "asked")
    assert mailing.send_due() == 0
    path = link_in(mail.outbox[-1])
    # A program that fetches links ahead confirms nothing; a forged link is refused.
    assert client.get(path).status_code == 200
    assert MailChoice.objects.get().state == "asked"
    assert client.post(path[:-3] + "x/").status_code == 404
    assert client.post(path).status_code == 200
    assert MailChoice.objects.get().state == "on"
    # Questions to further addresses are not sent in a row.
    again = client.put("/api/v1/desk/mail", {"address": "x@example.com"}, content_type="application/json", **token)
    assert (again.status_code, again.json()["code"]) == (429, "mail_asked_lately")


def confirmed(play: Play, every: str = "daily") -> MailChoice:
    mailing.ask(play.handler, address=ADDRESS, every=every)
    Client().post(link_in(mail.outbox.pop()))
    return MailChoice.objects.get()


def test_the_digest_tells_how_much_waits_and_nothing_of_what(world: World) -> None:
    play = Play(world)
    case = play.apply()
    confirmed(play)
    assert mailing.send_due() == 1
    (message,) = mail.outbox
    text = f"{message.subject}\n{message.body}\n{message.extra_headers}"
    assert "1" in str(message.subject)
    assert "http://testserver/desk/queue/" in text
    owner, body = world.alpha, world.body
    told = (case.number, str(case.id), case.study.title_zh, owner.name_zh, owner.name_en, body.name_zh, body.name_en)
    people = (play.handler.person, play.manager.person)
    secrets = [*told, owner.uscc, case.package_hash, *(one.name_zh for one in people if one)]
    assert not [one for one in secrets if one and one in text]
    # Once a day; the next day again; a link in the mail ends it, by one click of the mail program too.
    assert mailing.send_due() == 0
    with clock.at(clock.now() + timedelta(days=1)):
        assert mailing.send_due() == 1
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = re.sub(r"^<http://testserver|>$", "", message.extra_headers["List-Unsubscribe"])
    assert Client(enforce_csrf_checks=True).post(stop).status_code == 200
    with clock.at(clock.now() + timedelta(days=3)):
        assert mailing.send_due() == 0


def test_a_weekly_digest_waits_a_week_and_an_empty_one_is_not_sent(world: World) -> None:
    play = Play(world)
    play.apply()
    confirmed(play, "weekly")
    assert mailing.send_due() == 1
    for days, sent in ((6, 0), (7, 1)):
        with clock.at(clock.now() + timedelta(days=days)):
            assert mailing.send_due() == sent
    play.accept()
    play.sign()
    play.plan()
    with clock.at(clock.now() + timedelta(days=20)):
        assert mailing.send_due() == 0


def test_a_server_that_refuses_one_box_keeps_nobody_from_theirs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(world)
    play.apply()
    choice = confirmed(play)
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda *_: (_ for _ in ()).throw(ConnectionError()))
    assert mailing.send_due() == 0
    choice.refresh_from_db()
    assert choice.sent_on is None
    monkeypatch.undo()
    assert mailing.send_due() == 1


def test_only_words_counts_and_days_of_a_line_reach_the_mail() -> None:
    from tanbiao.web.waiting import Waiting

    line = Waiting("N-1", "secret why", "/secret/", date(2026, 1, 2), "secret about", "k", "Kind")
    assert mailing.summed([line, line]) == [mailing.Count("Kind", 2, 2, date(2026, 1, 2))]
