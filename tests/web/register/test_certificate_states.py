"""A certificate's life: who may change its state, why, and what the lists, versions and pages then say."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta, timezone
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.evidence.status_list import StatusList as Bits
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.models import LogEntry, Task
from tanbiao.web.ledger.tasks import Progress
from tanbiao.web.register import commands, handlers, issuing, queries, states, status_lists, verifying
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.workflow import load_lifecycle
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
LIFECYCLE = load_lifecycle("certificate")


@pytest.fixture
def certificate(world: World) -> Certificate:
    case = Play(world).until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    return Certificate.objects.get()


@pytest.fixture
def decider(world: World) -> Actor:
    return world.actor(world.body, Role.DECIDER)


def bit(purpose: str, index: int) -> bool:
    """Return a certificate's bit in the newest published list."""
    document = status_lists.current(purpose).document
    from tanbiao.evidence import jws

    payload = jws.take_apart(document, "vc+jwt").payload
    return Bits.decode(payload["credentialSubject"]["encodedList"])[index]


def test_bits_follow_suspension_restoration_and_withdrawal(certificate: Certificate, decider: Actor) -> None:
    index = certificate.status_index
    assert (bit("suspension", index), bit("revocation", index)) == (False, False)
    now = commands.suspend(decider, number=certificate.number, builds_on=certificate.head, reason="mark_misuse")
    assert (bit("suspension", index), bit("revocation", index)) == (True, False)
    now = commands.restore(decider, number=now.number, builds_on=now.head, text="标识已更正")
    assert (bit("suspension", index), bit("revocation", index)) == (False, False)
    now = commands.withdraw(decider, number=now.number, builds_on=now.head, reason="fraud")
    assert (bit("suspension", index), bit("revocation", index)) == (True, True)
    events = [row.event for row in queries.history(decider, now.number)]
    assert events == ["suspend", "restore", "withdraw"]
    entries = LogEntry.objects.filter(subject=str(certificate.id), type="certificate_status").order_by("at")
    assert [json.loads(bytes(entry.leaf))["public"]["status"] for entry in entries] == [
        "suspended",
        "valid",
        "withdrawn",
    ]


def test_only_the_issuing_body_changes_a_state(certificate: Certificate, world: World) -> None:
    args: dict[str, Any] = {"number": certificate.number, "builds_on": certificate.head, "reason": "mark_misuse"}
    other = world.actor(world.other_body, Role.DECIDER)
    for actor in (other, world.actor(world.other_body, Role.CASE_MANAGER)):
        with pytest.raises(NotAllowed):
            commands.suspend(actor, **args)
    for actor in (world.actor(world.alpha), world.actor(world.authority), world.actor(world.operator)):
        with pytest.raises(NotAllowed):
            commands.suspend(actor, **args)
    certificate.refresh_from_db()
    assert certificate.state == "valid"


def test_a_change_of_state_needs_reason_ground_and_the_newest_head(certificate: Certificate, decider: Actor) -> None:
    number, head = certificate.number, certificate.head

    def refused(code: str, run: Any) -> None:
        with pytest.raises(Conflict) as caught:
            run()
        assert caught.value.code == code

    refused("reason_needed", lambda: commands.suspend(decider, number=number, builds_on=head, reason=""))
    refused("stale_decision", lambda: commands.suspend(decider, number=number, builds_on="x", reason="mark_misuse"))
    refused("illegal_transition", lambda: commands.restore(decider, number=number, builds_on=head, text="x"))
    now = commands.suspend(decider, number=number, builds_on=head, reason="mark_misuse")
    refused("cause_not_corrected", lambda: commands.restore(decider, number=number, builds_on=now.head, text=" "))
    refused(
        "suspension_term_running",
        lambda: commands.withdraw(decider, number=number, builds_on=now.head, reason="not_corrected_in_term"),
    )
    with clock.at(clock.now() + timedelta(days=181)):
        refused(
            "suspension_term_over", lambda: commands.restore(decider, number=number, builds_on=now.head, text="晚了")
        )
        late = commands.withdraw(decider, number=number, builds_on=now.head, reason="not_corrected_in_term")
    assert late.state == "withdrawn"


def test_every_illegal_change_of_state_is_409_through_the_api(certificate: Certificate, world: World) -> None:
    tokens = {role: api_token(world.actor(world.body, role)) for role in (Role.CASE_MANAGER, Role.DECIDER)}
    bodies = {"suspend": "mark_misuse", "restore": "", "withdraw": "fraud", "cancel": "holder_request"}
    client, number = Client(), certificate.number
    for state in LIFECYCLE.states:
        Certificate.objects.filter(number=number).update(state=state)
        for event, reason in bodies.items():
            if LIFECYCLE.edge(state, event) is not None:
                continue
            for role, token in tokens.items():
                sent = {"builds_on": certificate.head, "reason": reason, "text": "x"}
                answer = client.post(
                    f"/api/v1/certificates/{number}/{event}",
                    json.dumps(sent),
                    content_type="application/json",
                    **token,  # type: ignore[arg-type]
                )
                assert answer.status_code in (403, 409), (state, event, role)
                assert answer.json()["detail"]
        assert Certificate.objects.get(number=number).state == state


def test_the_clock_expires_what_is_due(certificate: Certificate) -> None:
    assert commands.expire_due(commands.SYSTEM) == []
    token = get_blob(certificate.credential_hash).decode()
    waiting = Task.objects.get(key=f"expire/{certificate.id}")
    last = datetime.combine(certificate.valid_until, time(23, 59, 59), timezone(timedelta(hours=8)))
    assert waiting.next_at == last + timedelta(seconds=1)
    with clock.at(last + timedelta(seconds=1)):
        assert handlers.expire({"certificate": str(certificate.id)}, Progress(waiting.id)) == {"state": "expired"}
        assert commands.expire_due(commands.SYSTEM) == []
        certificate.refresh_from_db()
        assert certificate.state == "expired"
        assert verifying.check(token).verdict == "invalid"


def test_a_change_of_models_makes_a_version_that_names_the_old_one(certificate: Certificate, decider: Actor) -> None:
    asked = {"number": certificate.number, "builds_on": certificate.head, "reason": "models", "text": "增加型号"}
    issue = commands.change(decider, models=("A-1", "A-2"), **asked)
    certificate.refresh_from_db()
    assert (issue.version, certificate.state, certificate.is_newest) == (2, "valid", True)  # until the new one is out
    with pytest.raises(Conflict, match="still being issued"):
        commands.change(decider, models=("A-3",), **asked)
    assert issuing.run(issue.id).state == "done"
    new = Certificate.objects.get(issue=issue)
    assert (new.version, new.state, new.claims["models"]) == (2, "valid", ["A-1", "A-2"])
    assert new.claims["value"] == certificate.claims["value"]
    assert "v1" in new.claims["replaces"]
    certificate.refresh_from_db()
    assert (certificate.state, certificate.is_newest) == ("changed", False)
    assert certificate.credential_hash != new.credential_hash
    old = verifying.check_certificate(certificate, get_blob(certificate.credential_hash).decode())
    assert old.verdict == "valid_but"
    assert verifying.check_certificate(new, get_blob(new.credential_hash).decode()).verdict == "valid"
    page = Client(headers={"accept-language": "en"}).get(f"/p/{new.number}?version=1").content.decode()
    assert "This is an older version" in page
    with pytest.raises(Invalid):
        commands.change(decider, number=new.number, builds_on=new.head, reason="models")


def test_a_change_of_the_figure_needs_a_case(certificate: Certificate, decider: Actor) -> None:
    facts = commands.facts_of(decider, certificate, builds_on=certificate.head, reason="value")
    option = next(item for item in LIFECYCLE.options("valid", facts) if item.event == "change")
    assert "value_change_needs_case" in {item.code for item in option.refusals}


def test_the_holder_consents_field_by_field(certificate: Certificate, world: World) -> None:
    manager = world.actor(world.alpha)
    page = f"/p/{certificate.number}"
    assert "not published" in Client(headers={"accept-language": "en"}).get(page).content.decode()
    shown = commands.consent(manager, number=certificate.number, fields=("sites",))
    assert "sites" in shown.shown["fields"]
    site = certificate.claims["sites"][0]["name_zh"]
    assert site in Client(headers={"accept-language": "en"}).get(page).content.decode()
    with pytest.raises(NotFound):
        commands.consent(world.actor(world.beta), number=certificate.number, fields=("sites",))
    with pytest.raises(Invalid):
        commands.consent(manager, number=certificate.number, fields=("recipe",))


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_body_and_holder_work_on_their_page_and_others_find_none(
    certificate: Certificate, world: World, decider: Actor, lang: str
) -> None:
    address = f"/certificates/{certificate.number}/"
    for actor in (decider, world.actor(world.alpha)):
        client = client_of(actor, lang)
        assert certificate.number in client.get("/certificates/").content.decode()
        assert client.get(address).status_code == 200
    assert client_of(world.actor(world.beta), lang).get(address).status_code == 404
    sent = {"suspend-builds_on": certificate.head, "suspend-reason": "mark_misuse", "suspend-text": "误用"}
    assert client_of(world.actor(world.alpha), lang).post(f"{address}act/suspend/", sent).status_code == 403
    assert client_of(decider, lang).post(f"{address}act/suspend/", sent).status_code == 302
    again = client_of(decider, lang).post(f"{address}act/suspend/", sent)
    assert again.status_code == 409
    assert Certificate.objects.get().state == "suspended"


def test_flags_are_raised_once_and_shown(certificate: Certificate) -> None:
    commands.raise_flag(commands.SYSTEM, number=certificate.number, name="review_needed")
    commands.raise_flag(commands.SYSTEM, number=certificate.number, name="review_needed")
    assert certificate.flags.count() == 1
    page = Client(headers={"accept-language": "en"}).get(f"/p/{certificate.number}").content.decode()
    assert "Review needed" in page
    with pytest.raises(Invalid):
        commands.raise_flag(commands.SYSTEM, number=certificate.number, name="moon")


def test_every_effect_of_the_lifecycle_has_a_function() -> None:
    named = {effect for edge in LIFECYCLE.document.edges for effect in edge.effects}
    assert named <= set(states.EFFECTS)
