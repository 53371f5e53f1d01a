"""Evidence handed on by page and API: rows with proofs by the holder, the whole for named readers, nothing to
others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import bundles, sealing
from tanbiao.evidence.reproduce import reproduce
from tanbiao.web import clock
from tanbiao.web.accounts.models import ReaderKey
from tanbiao.web.accounts.roles import Role
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.models import LogEntry, PrivateRecord
from tanbiao.web.register import issuing, verifying
from tanbiao.web.register.models import Certificate, Issue
from web.certification.playing import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(world: World) -> Certificate:
    case = Play(world).until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    return Certificate.objects.get()


@pytest.fixture
def holder(world: World) -> Client:
    return client_of(world.actor(world.alpha, Role.ENTERPRISE_MANAGER))


def last_event() -> dict[str, Any]:
    entry = LogEntry.objects.filter(type="evidence_event").order_by("-id").first()
    assert entry is not None
    assert entry.batched
    event: dict[str, Any] = json.loads(PrivateRecord.objects.get(entry=entry).event)
    return event


@pytest.mark.requirement("SD-12a")
def test_the_holder_finds_rows_and_hands_some_over_with_their_proofs(certificate: Certificate, holder: Client) -> None:
    address = f"/certificates/{certificate.number}/hand-over/"
    page = holder.get(address, {"q": "/study/stages/manufacturing"}, headers={"accept-language": "en"})
    assert page.status_code == 200
    text = page.content.decode()
    assert "/study/stages/manufacturing/0" in text
    assert "/result/total" not in text
    made = holder.post(address, {"row": ["/study/stages/manufacturing/0"], "shown_to": "演示银行"})
    assert made.status_code == 200
    bundle = bundles.open_bundle(made.getvalue())
    shown = bundles.disclosed_of(bundle)
    assert shown["/study/stages/manufacturing/0"]["amount"]
    assert bundle.statement_hash == certificate.claims["public_bundle_hash"]
    found = reproduce(made.getvalue(), verifying.resolver(), now=clock.now())
    assert found.identical
    event = last_event()
    assert (event["rows"], event["shown_to"]) == (["/study/stages/manufacturing/0"], "演示银行")
    none = holder.post(address, {}, headers={"accept-language": "zh-hans"})
    assert none.status_code == 422
    assert "没有选择要出示的行" in none.content.decode()


def test_the_sealed_bundle_goes_to_the_readers_that_are_named(certificate: Certificate, holder: Client) -> None:
    court, public = sealing.new_key()
    address = f"/certificates/{certificate.number}/hand-over/sealed/"
    made = holder.post(address, {"readers": f"演示法院：{canonical_bytes(public).decode()}\n"})
    assert made.status_code == 200
    assert made["Content-Type"] == "application/jose+json"
    found = reproduce(sealing.unseal(made.getvalue(), court), verifying.resolver(), now=clock.now())
    assert (found.kind, found.identical) == ("sealed", True)
    assert found.recomputed is not None
    assert last_event()["sealed_for"][0]["name"] == "演示法院"
    for text in ("no key", f"court {canonical_bytes(court).decode()}", 'court {"kty":"OKP"}'):
        bad = holder.post(address, {"readers": text}, headers={"accept-language": "en"})
        assert bad.status_code == 422, text


def test_body_may_seal_and_only_the_holder_may_show_rows(
    certificate: Certificate, world: World, holder: Client
) -> None:
    number = certificate.number
    _, public = sealing.new_key()
    body = {"readers": [{"name": "authority", "x": public["x"]}]}
    rows = {"rows": [bundles.TOTAL]}

    def posted(client: Client, name: str, given: dict[str, Any]) -> int:
        response = client.post(f"/api/v1/certificates/{number}/{name}", json.dumps(given), "application/json")
        return int(response.status_code)

    issuer = client_of(world.actor(world.body, Role.DECIDER))
    stranger = client_of(world.actor(world.beta, Role.ENTERPRISE_MANAGER))
    assert posted(holder, "disclosure", rows) == 200
    assert posted(holder, "sealed", body) == 200
    assert posted(issuer, "sealed", body) == 200
    assert posted(issuer, "disclosure", rows) == 403
    assert posted(stranger, "sealed", body) == 403
    assert posted(stranger, "disclosure", rows) == 403
    assert posted(Client(), "sealed", body) == 401
    assert stranger.get(f"/certificates/{number}/hand-over/").status_code in (403, 404)
    assert posted(holder, "disclosure", {"rows": ["/nowhere"]}) == 422
    assert posted(holder, "sealed", {"readers": []}) == 422
    assert posted(holder, "sealed", {"readers": [{"name": "x", "x": "A" * 43}]}) == 422


def test_an_organisation_proves_a_key_rotates_it_and_gets_bundles_by_name(
    certificate: Certificate, holder: Client, world: World
) -> None:
    officer = client_of(world.actor(world.authority))
    address = "/organisation/reader-keys/"
    keys = []
    for turn in range(2):
        private, public = sealing.new_key()
        assert officer.post(f"{address}new/", {"public": json.dumps(public), "note": "保险柜"}).status_code == 302
        key = ReaderKey.objects.get(organisation=world.authority, state="waiting")
        challenge = officer.get(f"{address}{key.id}/challenge.json")
        wrong = officer.post(f"{address}{key.id}/proof/", {"answer": "guessed"})
        assert (wrong.status_code, "This is not what the challenge says" in wrong.content.decode()) == (422, True)
        answer = sealing.unseal(challenge.content, private).decode()
        assert officer.post(f"{address}{key.id}/proof/", {"answer": answer}).status_code == 302
        keys.append((private, key.id))
        page = officer.get(address).content.decode()
        assert page.count("In use</span>") == 1
        assert ("Replaced by a newer key" in page) == bool(turn)
    seal = f"/certificates/{certificate.number}/hand-over/sealed/"
    shown = holder.get(f"/certificates/{certificate.number}/hand-over/").content.decode()
    assert f'value="{world.authority.id}"' in shown
    for sent in ({"organisations": [str(world.authority.id)]}, {"readers": world.authority.name_zh}):
        made = holder.post(seal, sent).getvalue()
        assert reproduce(sealing.unseal(made, keys[1][0]), verifying.resolver(), now=clock.now()).identical
        with pytest.raises(TanbiaoError, match="none of theirs"):
            sealing.unseal(made, keys[0][0])
    assert last_event()["sealed_for"][0]["name"] == world.authority.name_zh
    assert "has a reader&#x27;s key" in holder.post(seal, {"readers": world.beta.name_zh}).content.decode()
    assert officer.post(f"{address}{keys[1][1]}/retire/", {"reason": "lost"}).status_code == 302
    program = {**api_token(world.actor(world.alpha, Role.ENTERPRISE_MANAGER))}
    named = {"readers": [{"name": world.authority.name_zh}]}
    asked = Client().post(
        f"/api/v1/certificates/{certificate.number}/sealed", named, content_type="application/json", **program
    )
    assert (asked.status_code, asked.json()["findings"][0]["code"]) == (422, "reader_without_key")


def test_a_readers_key_over_the_api_and_what_is_refused(world: World) -> None:
    private, public = sealing.new_key()
    address = "/api/v1/organisations/mine/reader-keys"

    def sent(client: dict[str, str], path: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        answer = Client().post(f"{address}{path}", body, content_type="application/json", **client)
        return answer.status_code, answer.json()

    body = api_token(world.actor(world.body))
    status, made = sent(body, "", {"x": public["x"]})
    assert (status, made["state"]) == (201, "waiting")
    assert sent(body, "", {"x": public["x"]})[1]["findings"][0]["code"] == "reader_key_known"
    assert sent(body, "", {"x": "A" * 43})[1]["findings"][0]["code"] == "sealing_key_malformed"
    other = api_token(world.actor(world.alpha))
    assert sent(other, f"/{made['id']}/proof", {"answer": "x"})[0] == 404
    squatted = sent(other, "", {"x": public["x"]})[1]
    answer = sealing.unseal(made["challenge"].encode(), private).decode()
    assert sent(body, f"/{made['id']}/proof", {"answer": answer})[1]["state"] == "current"
    assert sent(body, f"/{made['id']}/proof", {"answer": answer})[1]["findings"][0]["code"] == "reader_key_settled"
    stolen = sealing.unseal(squatted["challenge"].encode(), private).decode()
    assert sent(other, f"/{squatted['id']}/proof", {"answer": stolen})[1]["findings"][0]["code"] == "reader_key_known"
    verifier = api_token(world.actor(world.body, Role.VERIFIER))
    assert sent(verifier, "", {"x": sealing.new_key()[1]["x"]})[0] == 403
    assert [key["kid"] for key in Client().get(address, **verifier).json()] == [made["kid"]]
    assert sent(body, f"/{made['id']}/retirement", {"reason": "whim"})[1]["findings"][0]["code"] == "reader_key_reason"
    assert sent(body, f"/{made['id']}/retirement", {"reason": "disclosed"})[1]["reason"] == "disclosed"
