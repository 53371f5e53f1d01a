"""The nightly re-check finds what storage no longer shows, and says so where the operator looks."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.test import Client

from factories import World
from tanbiao.evidence import signer
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Role
from tanbiao.web.ledger import blobs, tasks
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.models import LogEntry, Task
from tanbiao.web.register import commands, issuing, rechecking
from tanbiao.web.register.models import Certificate, Issue
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)


@pytest.fixture
def certificate(world: World) -> Certificate:
    case = Play(world).until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    return Certificate.objects.get()


def reasons() -> list[str]:
    rows = Certificate.objects.select_related("issue")
    return [str(item.params["reason"]) for _, found in rechecking.recheck(rows) for item in found]


def test_a_sound_certificate_passes_in_every_state(certificate: Certificate, world: World) -> None:
    assert reasons() == []
    decider = world.actor(world.body, Role.DECIDER)
    suspended = commands.suspend(decider, number=certificate.number, builds_on=certificate.head, reason="mark_misuse")
    assert reasons() == []
    commands.withdraw(decider, number=suspended.number, builds_on=suspended.head, reason="fraud")
    assert reasons() == []


def test_a_changed_byte_a_changed_row_and_a_lost_file_are_found(certificate: Certificate) -> None:
    label = blobs.path_of(certificate.artefacts["label_svg"])
    whole = label.read_bytes()
    label.write_bytes(whole.replace(b"1", b"2", 1))
    assert reasons() == ["label_svg: blob_damaged"]
    label.write_bytes(whole)
    Certificate.objects.update(claims={**certificate.claims, "value": "0.1"})
    assert reasons() == ["claims_off_record"]
    Certificate.objects.update(claims=certificate.claims)
    credential = blobs.path_of(certificate.credential_hash)
    kept = credential.read_bytes()
    credential.unlink()
    assert reasons() == ["blob_damaged"]
    credential.write_bytes(kept)
    assert reasons() == []


def test_a_changed_twin_is_found_and_a_certificate_from_before_needs_none(certificate: Certificate) -> None:
    body = json.loads(blobs.get_blob(certificate.artefacts["twin"]))
    body["proof"]["created"] = "2020-01-01T00:00:00Z"
    other = blobs.put_blob(json.dumps(body).encode(), "application/vc")
    Certificate.objects.update(artefacts={**certificate.artefacts, "twin": other})
    assert reasons() == ["twin: step_signature_bad", "twin: step_log_bad"]
    kept = {name: value for name, value in certificate.artefacts.items() if name != "twin"}
    Certificate.objects.update(artefacts=kept)
    assert reasons() == []
    address = f"/c/{certificate.number}/credential.json"
    assert Client().get(address).status_code == 404


def test_a_status_list_that_says_something_else_is_found(certificate: Certificate) -> None:
    assert reasons() == []  # signs the lists while the certificate is valid
    Certificate.objects.update(state="withdrawn")
    assert reasons() == ["status list: revocation", "status list: suspension"]


def test_a_night_is_done_once_and_what_it_finds_turns_the_health_red(certificate: Certificate) -> None:
    assert json.loads(Client().get("/healthz").content)["checks"]["certificates"] == "ok"
    credential = blobs.path_of(certificate.credential_hash)
    kept = credential.read_bytes()
    credential.unlink()
    done = rechecking.run(DAY)
    assert (done.checked, done.failed) == (1, 1)
    assert certificate.number in done.findings[0]["en"]["message"]
    assert json.loads(Client().get("/healthz").content)["checks"]["certificates"] == "recheck_failed"
    credential.write_bytes(kept)
    assert rechecking.run(DAY) == done
    assert rechecking.run(DAY + timedelta(days=1)).failed == 0
    assert json.loads(Client().get("/healthz").content)["checks"]["certificates"] == "ok"


def test_the_coming_night_is_asked_for_once() -> None:
    tasks.ask_for_the_night()
    tasks.ask_for_the_night()
    found = Task.objects.get(name="register.recheck")
    assert found.next_at > clock.wall()
    assert (found.next_at + timedelta(hours=8)).hour == tasks.NIGHT_HOUR
    assert tasks.run_next() is False


def test_an_issue_waits_for_a_signer_that_does_not_answer_and_then_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Play(world).until("granted")
    ledger.settle()
    issue = Issue.objects.get(case=case)
    real = issuing.sign_certificate

    def silent(order: signer.SignOrder) -> signer.Signed:
        raise issuing.TanbiaoError.of("signer_unreachable", "/run/signer", reason="no answer")

    monkeypatch.setattr(issuing, "sign_certificate", silent)
    while tasks.run_next():
        pass
    waiting = Task.objects.get(key=f"issue/{issue.id}")
    assert (waiting.state, waiting.error, waiting.attempts) == ("waiting", "signer_unreachable", 0)
    issue.refresh_from_db()
    assert issue.state == "running"
    assert issuing.resume() == []
    monkeypatch.setattr(issuing, "sign_certificate", real)
    Task.objects.update(next_at=clock.wall())
    while tasks.run_next():
        pass
    assert Certificate.objects.get().issue_id == issue.id
    assert LogEntry.objects.filter(type="certificate_intent").count() == 1
