"""A certificate's life: who may change its state, why, and what the lists, versions and pages then say."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from factories import World, api_token, client_of, make_actor
from tanbiao.evidence.status_list import StatusList as Bits
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies.models import Competence, Qualification
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.models import LogEntry, Task
from tanbiao.web.ledger.tasks import Progress
from tanbiao.web.register import commands, handlers, issuing, queries, states, status_lists, verifying
from tanbiao.web.register.models import Certificate, ChangeProposal, Issue
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
    lines = list(queries.history(decider, now.number))
    assert [row.event for row in lines] == ["suspend", "restore", "withdraw"]
    assert [row.text for row in lines] == ["", "标识已更正", ""]
    assert {row.organisation for row in lines} == {decider.organisation}
    assert (lines[-1].hash, Certificate.objects.get().state_since) == (now.head, lines[-1].at)
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


def asked_of(certificate: Certificate, reason: str = "holder_name", **content: Any) -> dict[str, Any]:
    return {"number": certificate.number, "builds_on": certificate.head, "reason": reason, "text": "更名", **content}


def test_a_change_of_name_makes_a_version_that_names_the_old_one(
    certificate: Certificate, decider: Actor, world: World
) -> None:
    office = world.actor(world.body, Role.CASE_MANAGER)
    asked = asked_of(certificate, holder_name_zh="演示新名有限公司")
    proposal = commands.propose_change(office, **asked)
    seen = {"number": certificate.number, "builds_on": certificate.head}
    issue = commands.change(decider, proposal_id=proposal.id, **seen)
    certificate.refresh_from_db()
    assert (issue.version, certificate.state, certificate.is_newest) == (2, "valid", True)  # until the new one is out
    with pytest.raises(NotFound):  # it is decided
        commands.change(decider, proposal_id=proposal.id, **seen)
    with pytest.raises(Conflict, match="still being issued"):
        commands.propose_change(office, **asked)
    assert issuing.run(issue.id).state == "done"
    new = Certificate.objects.get(issue=issue)
    assert (new.version, new.state, new.claims["holder"]["name_zh"]) == (2, "valid", "演示新名有限公司")
    assert new.claims["models"] == certificate.claims["models"]
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
        commands.propose_change(office, number=new.number, builds_on=new.head, reason="models")


def test_who_proposes_a_change_does_not_decide_on_it_and_a_stranger_neither(
    certificate: Certificate, decider: Actor, world: World
) -> None:
    proposal = commands.propose_change(decider, **asked_of(certificate, holder_name_zh="演示新名有限公司"))
    seen = {"number": certificate.number, "builds_on": certificate.head, "proposal_id": proposal.id}
    with pytest.raises(Conflict) as own:
        commands.change(decider, **seen)
    assert own.value.code == "proposer_decides"
    for stranger in (world.actor(world.other_body, Role.DECIDER), world.actor(world.alpha)):
        with pytest.raises(NotAllowed):
            commands.change(stranger, **seen)
        with pytest.raises(NotAllowed):
            commands.drop_change(stranger, number=certificate.number, proposal_id=proposal.id)
    second = make_actor(world.body, Role.DECIDER)
    with pytest.raises(Conflict) as stale:
        commands.change(second, **{**seen, "builds_on": "sha256:" + "0" * 64})
    assert stale.value.code == "stale_decision"
    assert commands.change(second, **seen).state == "running"


def test_what_comes_into_the_unit_or_moves_the_figure_needs_a_case(certificate: Certificate, world: World) -> None:
    office = world.actor(world.body, Role.CASE_MANAGER)
    for content, reason, code in (
        ({"models": ("A-1", "A-2")}, "models", "unit_change_needs_case"),
        ({"sites": ("新厂",)}, "site", "unit_change_needs_case"),
        ({"holder_name_zh": "演示新名有限公司"}, "value", "value_change_needs_case"),
        ({"holder_name_zh": "演示新名有限公司"}, "fraud", "reason_needed"),
    ):
        with pytest.raises(Conflict) as refused:
            commands.propose_change(office, **asked_of(certificate, reason, **content))
        assert code in {item.code for item in refused.value.findings}
    assert not ChangeProposal.objects.exists()


def test_a_body_or_decider_without_standing_today_decides_on_no_change(
    certificate: Certificate, decider: Actor, world: World
) -> None:
    office = world.actor(world.body, Role.CASE_MANAGER)
    proposal = commands.propose_change(office, **asked_of(certificate, holder_name_zh="演示新名有限公司"))
    seen = {"number": certificate.number, "builds_on": certificate.head, "proposal_id": proposal.id}
    Qualification.objects.filter(body=world.body, kind="accreditation").update(valid_until=date(2020, 1, 1))
    with pytest.raises(Conflict) as refused:
        commands.change(decider, **seen)
    assert refused.value.code == "body_accreditation_expired"
    Qualification.objects.filter(body=world.body).update(valid_until=date(2099, 1, 1))
    Competence.objects.filter(person_id=decider.person_id).update(valid_until=date(2020, 1, 1))
    with pytest.raises(Conflict) as refused:
        commands.change(decider, **seen)
    assert refused.value.code == "competence_expired"
    Competence.objects.filter(person_id=decider.person_id).update(valid_until=date(2099, 1, 1))
    issue = commands.change(decider, **seen)
    Qualification.objects.filter(body=world.body, kind="approval").update(valid_until=date(2020, 1, 1))
    assert issuing.run(issue.id).state == "voided"  # it ended between decision and signature
    certificate.refresh_from_db()
    assert (certificate.state, certificate.is_newest) == ("valid", True)


def test_a_proposal_is_made_decided_and_dropped_by_api_and_page(
    certificate: Certificate, decider: Actor, world: World
) -> None:
    office = world.actor(world.body, Role.CASE_MANAGER)
    address = f"/api/v1/certificates/{certificate.number}/changes"
    sent = {"builds_on": certificate.head, "reason": "holder_name", "holder_name_zh": "演示新名有限公司"}
    client, kind = Client(), "application/json"
    made = client.post(address, json.dumps(sent), content_type=kind, **api_token(office))
    assert made.status_code == 201
    first = made.json()
    assert (first["state"], first["content"]["holder_name_zh"]) == ("open", "演示新名有限公司")
    again = client.post(address, json.dumps(sent), content_type=kind, **api_token(office)).json()
    listed = client.get(address, **api_token(office)).json()
    assert {one["id"]: one["state"] for one in listed} == {first["id"]: "replaced", again["id"]: "open"}
    mine = f"/certificates/{certificate.number}/"
    page = client_of(decider).get(mine).content.decode()
    assert "Proposed change" in page
    assert "演示新名有限公司" in page
    dropped = client.post(f"{address}/{again['id']}/drop", "{}", content_type=kind, **api_token(decider))
    assert dropped.json()["state"] == "dropped"
    assert "Proposed change" not in client_of(decider).get(mine).content.decode()
    third = client.post(address, json.dumps(sent), content_type=kind, **api_token(office)).json()
    form = {"change-builds_on": certificate.head, "change-proposal_id": third["id"], "change-text": "同意"}
    answer = client_of(decider).post(f"{mine}act/change/", form)
    assert answer.status_code == 302
    assert Issue.objects.get(number=certificate.number, version=2).order["change"]["proposer"] == str(office.person_id)


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


@pytest.mark.django_db(transaction=True)
def test_what_was_said_of_a_change_goes_into_the_one_history_and_back_and_its_hash_stays(
    certificate: Certificate, decider: Actor
) -> None:
    number, head, said = certificate.number, certificate.head, "标识与证书不符"
    changed = commands.suspend(decider, number=number, builds_on=head, reason="mark_misuse", text=said)
    before, after = ("register", "0010_recalculations"), ("register", "0011_status_changes_in_the_one_history")
    MigrationExecutor(connection).migrate([before])
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, hash FROM register_statuschange")
        assert cursor.fetchall() == [(said, changed.head)]
    MigrationExecutor(connection).migrate([after])
    MigrationExecutor(connection).migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
    (line,) = queries.history(decider, number)
    assert (line.details, line.text, line.hash) == ({"text": said}, said, changed.head)
    assert commands.restore(decider, number=number, builds_on=line.hash, text="标识已更正").state == "valid"
