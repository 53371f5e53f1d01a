"""Certificates: issue, read, and every way in which one is not valid."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from joserfc import jws as jose
from joserfc.jwk import ECKey, OctKey

from evidence.support import VECTORS
from evidence.world import BODY, CLAIMS, DID, NOW, World, make_world
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import contexts, credentials
from tanbiao.evidence.claims import CertificateClaims, Party, claims_of, credential_of, lint
from tanbiao.evidence.encoding import b64url, b64url_decode
from tanbiao.evidence.trust import TrustList
from tanbiao.evidence.verdict import Verdict


def check(world: World, token: str | bytes | None = None, **how: Any) -> Verdict:
    asked = {key: how.pop(key) for key in ("now", "value") if key in how}
    return credentials.verify(token or world.token, world.resolver(**how), **{"now": NOW, **asked})


def reseal(token: str, header: dict, payload: Any = None) -> str:
    _, body, signature = token.split(".")
    new_body = body if payload is None else b64url(json.dumps(payload).encode())
    return f"{b64url(json.dumps(header).encode())}.{new_body}.{signature}"


def header_of(token: str) -> dict:
    return json.loads(b64url_decode(token.split(".")[0]))


def test_a_good_certificate_with_a_fresh_list_is_valid(world: World) -> None:
    verdict = check(world)
    assert verdict.verdict == "valid"
    assert {step.id: step.ok for step in verdict.steps} == {
        "document": True,
        "claims": True,
        "issuer": True,
        "signature": True,
        "validity": True,
        "status": True,
        "value": None,
    }
    assert verdict.claims == CLAIMS
    assert verdict.headline("zh") == "有效"


def test_the_credential_meets_the_untp_schema_and_names_only_pinned_contexts() -> None:
    credential = credential_of(CLAIMS)
    lint(credential)
    jsonschema.validate(credential, contexts.load(contexts.UNTP_SCHEMA))
    assert all(contexts.is_pinned(url) for url in credential["@context"])


def test_the_exact_decimal_survives_beside_the_number_of_untp(world: World) -> None:
    credential = credential_of(CLAIMS)
    subject = credential["credentialSubject"]
    assert subject["productCarbonFootprint"]["value"] == "61.3"
    assert subject["conformityAssessment"][0]["assessedPerformance"][0]["measure"] == {
        "value": 61.3,
        "unit": "kg CO2e/kWh",
    }
    assert credentials.parse(world.token) == CLAIMS


def test_the_header_is_vc_jwt_with_es256_and_a_full_key_id(world: World) -> None:
    header = header_of(world.token)
    assert header["typ"] == "vc+jwt"
    assert header["alg"] == "ES256"
    assert header["kid"] == f"{DID}#{world.store.current('certificate').kid}"


def test_joserfc_agrees_that_the_signature_is_good(world: World) -> None:
    key = ECKey.import_key(dict(world.store.current("certificate").info.jwk))
    assert jose.deserialize_compact(world.token, key, algorithms=["ES256"]).payload == canonical_bytes(
        credential_of(CLAIMS)
    )


@pytest.mark.parametrize(("age", "expected"), [(0, "valid"), (24, "valid"), (25, "valid_but"), (2400, "valid_but")])
def test_an_old_list_makes_it_valid_but_with_its_date(world: World, age: int, expected: str) -> None:
    verdict = check(world, age=timedelta(hours=age))
    assert verdict.verdict == expected
    assert verdict.status_as_of == (NOW - timedelta(hours=age)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_without_a_list_it_is_valid_but(world: World) -> None:
    verdict = credentials.verify(world.token, world.trust.resolver(), now=NOW)
    assert verdict.verdict == "valid_but"
    assert verdict.status_as_of is None
    assert verdict.step("status").code == "step_status_absent"


@pytest.mark.parametrize(
    ("how", "step", "code"),
    [
        ({"suspended": True}, "status", "step_status_suspension"),
        ({"revoked": True}, "status", "step_status_revocation"),
        ({"revoked": True, "age": timedelta(days=30)}, "status", "step_status_revocation"),
        ({"value": "61.4"}, "value", "step_value_differs"),
        ({"now": NOW + timedelta(days=800)}, "validity", "step_validity_expired"),
        ({"now": NOW - timedelta(days=1)}, "validity", "step_validity_not_yet"),
    ],
)
def test_what_makes_it_invalid(world: World, how: dict, step: str, code: str) -> None:
    verdict = check(world, **how)
    assert verdict.verdict == "invalid"
    assert verdict.step(step).ok is False  # type: ignore[arg-type]
    assert verdict.step(step).code == code  # type: ignore[arg-type]
    assert verdict.step("signature").ok is True


@pytest.mark.parametrize("typed", ["61.3", "61.30", " 61.3 ", "６１．３"])
def test_the_same_figure_in_other_writing_is_the_same(world: World, typed: str) -> None:
    assert check(world, value=typed).verdict == "valid"


def test_a_typed_text_that_is_no_number_decides_nothing(world: World) -> None:
    verdict = check(world, value="kg")
    assert verdict.verdict == "valid"
    assert verdict.step("value").ok is None


def test_every_flipped_byte_of_the_payload_or_signature_is_invalid(world: World) -> None:
    for at in range(0, len(world.token), 97):
        char = world.token[at]
        if char == ".":
            continue
        other = "A" if char != "A" else "B"
        changed = world.token[:at] + other + world.token[at + 1 :]
        assert check(world, changed).verdict == "invalid", at


def test_a_changed_value_under_the_old_signature_is_invalid(world: World) -> None:
    payload = json.loads(b64url_decode(world.token.split(".")[1]))
    payload["credentialSubject"]["productCarbonFootprint"]["value"] = "6.3"
    payload["credentialSubject"]["conformityAssessment"][0]["assessedPerformance"][0]["measure"]["value"] = 6.3
    verdict = check(world, reseal(world.token, header_of(world.token), payload))
    assert verdict.verdict == "invalid"
    assert verdict.step("signature").ok is False


def test_an_issuer_nobody_knows_gives_unknown(world: World) -> None:
    def nobody(name: str) -> dict:
        raise KeyError(name)

    verdict = credentials.verify(world.token, nobody, now=NOW)
    assert verdict.verdict == "unknown"
    assert verdict.step("issuer").ok is None


def test_an_unknown_key_of_a_known_issuer_is_invalid(world: World, tmp_path: Path) -> None:
    other = make_world(tmp_path / "other")
    verdict = credentials.verify(other.token, world.resolver(), now=NOW)
    assert verdict.verdict == "invalid"
    assert verdict.step("signature").code == "step_signature_unknown_key"


def test_a_key_for_status_lists_cannot_sign_a_certificate(world: World) -> None:
    with pytest.raises(TanbiaoError):
        credentials.issue(CLAIMS, world.store.current("status"))
    key = world.store.current("status")
    header = {"alg": "ES256", "kid": f"{DID}#{key.kid}", "typ": "vc+jwt"}
    token = jose.serialize_compact(header, canonical_bytes(credential_of(CLAIMS)), ECKey.import_key(key.private))
    assert check(world, token).step("signature").code == "step_signature_unknown_key"
    known = {DID: world.store.did_document("https://tanbiao.example"), **world.lists()}
    verdict = credentials.verify(token, known.__getitem__, now=NOW)
    assert verdict.step("signature").code == "step_signature_unknown_key"


def test_a_retired_key_still_verifies_and_a_revoked_one_does_not(tmp_path: Path) -> None:
    world = make_world(tmp_path / "keys")
    old = world.store.current("certificate").kid
    world.store.rotate("certificate", now=NOW)
    document = world.store.did_document("https://tanbiao.example")

    def resolve(name: str) -> dict:
        return {DID: document, **world.lists()}[name]

    verdict = credentials.verify(world.token, resolve, now=NOW)
    assert (verdict.verdict, verdict.step("issuer").code) == ("valid", "step_issuer_keys")
    world.store.revoke(old, now=NOW)
    document = world.store.did_document("https://tanbiao.example")
    assert credentials.verify(world.token, resolve, now=NOW).verdict == "invalid"


def test_an_issuer_outside_its_term_is_refused(world: World) -> None:
    body = world.trust.as_json()
    body["issuers"][0]["valid_to"] = "2026-06-30"
    trust = TrustList.parse(json.dumps(body))
    verdict = credentials.verify(world.token, trust.resolver(world.lists()), now=NOW)
    assert verdict.verdict == "invalid"
    assert verdict.step("issuer").code == "step_issuer_not_entitled"


def accredited(world: World, *terms: tuple[str, str], body: str = BODY.id) -> TrustList:
    """Return the trust list with accreditations of a body for these terms."""
    listed = world.trust.as_json()
    listed["issuers"][0]["accreditations"] = [
        {"body": body, "number": f"ACC-{at}", "by": "演示认可 Demo accreditation", "from": begin, "to": end}
        for at, (begin, end) in enumerate(terms)
    ]
    return TrustList.parse(json.dumps(listed))


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ((("2020-01-01", "2026-11-20"),), "step_accreditation_ok"),  # its last day is the day of the decision
        ((("2020-01-01", "2026-11-19"), ("2026-11-20", "2030-01-01")), "step_accreditation_ok"),
        ((("2020-01-01", "2026-11-19"), ("2026-11-21", "2030-01-01")), "step_accreditation_none"),
    ],
)
def test_the_body_was_accredited_on_the_day_it_decided_or_the_certificate_is_not_valid(
    world: World, terms: tuple[tuple[str, str], ...], code: str
) -> None:
    trust = accredited(world, *terms)
    assert TrustList.parse(json.dumps(trust.as_json())) == trust
    verdict = credentials.verify(world.token, trust.resolver(world.lists()), now=NOW)
    assert verdict.step("accreditation").code == code
    assert verdict.verdict == ("valid" if code.endswith("ok") else "invalid")
    assert "2026-11-20" in verdict.step("accreditation").message("zh")


def test_a_list_that_says_nothing_of_the_bodys_accreditations_asks_for_none(world: World) -> None:
    for trust in (world.trust, accredited(world, ("2020-01-01", "2021-01-01"), body="urn:tanbiao:org:another")):
        verdict = credentials.verify(world.token, trust.resolver(world.lists()), now=NOW)
        assert verdict.verdict == "valid"
        assert "accreditation" not in {step.id for step in verdict.steps}
    with pytest.raises(TanbiaoError):
        accredited(world, ("2021-01-01", "2020-01-01"))


def test_a_key_of_one_body_cannot_certify_in_the_name_of_another(world: World) -> None:
    body = world.trust.as_json()
    for key in body["issuers"][0]["keys"]:
        key["body"] = "urn:tanbiao:org:another"
    trust = TrustList.parse(json.dumps(body))
    verdict = credentials.verify(world.token, trust.resolver(world.lists()), now=NOW)
    assert verdict.step("issuer").code == "step_issuer_other_body"
    assert BODY.name in verdict.step("issuer").message("en")


def test_a_demonstration_is_at_best_valid_as_a_demonstration(demo_world: World) -> None:
    verdict = check(demo_world)
    assert verdict.verdict == "valid"
    assert verdict.demo
    assert verdict.headline("en") == "Valid – demonstration, no certification"
    assert "演示" in verdict.headline("zh")
    assert "演示 DEMO" in credential_of(demo_world.claims)["name"]


def test_the_trust_list_alone_makes_a_demonstration_of_it(world: World) -> None:
    body = world.trust.as_json()
    body["issuers"][0]["demo"] = True
    trust = TrustList.parse(json.dumps(body))
    assert credentials.verify(world.token, trust.resolver(world.lists()), now=NOW).demo


class TestAttacks:
    """Documents that try to be read in a way their signer did not mean."""

    def test_no_algorithm(self, world: World) -> None:
        header = {**header_of(world.token), "alg": "none"}
        head, body, _ = reseal(world.token, header).split(".")
        for token in (f"{head}.{body}.", reseal(world.token, header)):
            verdict = check(world, token)
            assert verdict.verdict == "invalid"
            assert verdict.step("document").code == "jws_algorithm"

    def test_public_key_as_hmac_secret(self, world: World) -> None:
        key = world.store.current("certificate")
        secret = OctKey.import_key(json.dumps(dict(key.info.jwk)))
        header = {"alg": "HS256", "kid": f"{DID}#{key.kid}", "typ": "vc+jwt"}
        token = jose.serialize_compact(header, canonical_bytes(credential_of(CLAIMS)), secret, algorithms=["HS256"])
        assert check(world, token).step("document").code == "jws_algorithm"

    @pytest.mark.parametrize(
        "extra",
        [{"jwk": "x"}, {"jku": "https://evil.example/keys"}, {"x5u": "https://evil.example"}, {"crit": "exp"}],
    )
    def test_keys_and_extensions_in_the_header(self, world: World, extra: dict) -> None:
        verdict = check(world, reseal(world.token, {**header_of(world.token), **extra}))
        assert verdict.step("document").code == "jws_malformed"

    @pytest.mark.parametrize("typ", ["JWT", "vp+jwt", "", None])
    def test_another_type(self, world: World, typ: str | None) -> None:
        header = {**header_of(world.token), "typ": typ} if typ is not None else {"alg": "ES256", "kid": "x"}
        assert check(world, reseal(world.token, header)).step("document").code == "jws_type"

    def test_duplicate_keys(self, world: World) -> None:
        head, body, signature = world.token.split(".")
        text = b64url_decode(body).decode()
        twice = b64url(text.replace('{"@context"', '{"issuer":"did:web:evil.example","@context"', 1).encode())
        assert check(world, f"{head}.{twice}.{signature}").step("document").code == "json_not_strict"

    @pytest.mark.parametrize("size", [300_000, 30_000_000])
    def test_huge_input(self, world: World, size: int) -> None:
        assert check(world, "a" * size).verdict == "invalid"

    def test_deep_nesting(self, world: World) -> None:
        head, _, signature = world.token.split(".")
        deep = b64url(b"[" * 40_000 + b"]" * 40_000)
        assert check(world, f"{head}.{deep}.{signature}").verdict == "invalid"

    @pytest.mark.parametrize("text", ["", "x", "..", "a.b.c", "{}", "[]", "null", "{", "\0", "%PDF-1.7"])
    def test_rubbish(self, world: World, text: str) -> None:
        verdict = check(world, text or " ")
        assert verdict.verdict == "invalid"
        assert verdict.steps[0].message("zh")

    def test_bytes_that_are_no_text(self, world: World) -> None:
        assert check(world, b"\xff\xfe\x00").step("document").code == "document_not_text"

    def test_untp_fields_that_contradict_the_record(self, world: World) -> None:
        credential = credential_of(CLAIMS)
        measure = credential["credentialSubject"]["conformityAssessment"][0]["assessedPerformance"][0]["measure"]
        measure["value"] = 1.3
        with pytest.raises(TanbiaoError) as caught:
            claims_of(credential)
        assert caught.value.code == "credential_contradicts"

    def test_a_status_list_of_another_issuer_or_unsigned_is_not_believed(self, world: World, tmp_path: Path) -> None:
        other = make_world(tmp_path / "keys")
        verdict = credentials.verify(world.token, world.trust.resolver(other.lists()), now=NOW)
        assert verdict.verdict == "valid_but"
        plain = {url: {"type": "BitstringStatusListCredential"} for url in world.lists()}
        assert credentials.verify(world.token, world.trust.resolver(plain), now=NOW).verdict == "valid_but"


def test_the_data_integrity_twin_verifies_and_a_changed_one_does_not(world: World) -> None:
    twin = credentials.issue_twin(CLAIMS, world.store.current("twin"), now=NOW)
    assert check(world, json.dumps(twin)).verdict == "valid"
    twin["credentialSubject"]["productCarbonFootprint"]["number"] = "DEMO-PCF-2026-000002"
    twin["credentialSubject"]["conformityCertificate"]["linkName"] = "DEMO-PCF-2026-000002"
    assert check(world, json.dumps(twin)).verdict == "invalid"


def test_the_status_index_is_read_as_text_too(world: World) -> None:
    credential = credential_of(CLAIMS)
    credential["credentialStatus"]["statusListIndex"] = "94567"
    credential["credentialSubject"]["productCarbonFootprint"]["status"]["index"] = "94567"
    assert claims_of(credential) == CLAIMS


@pytest.mark.parametrize(
    "change",
    [
        {"value": "61,3"},
        {"value": "NaN"},
        {"number": " "},
        {"query_url": "not a url"},
        {"rule_hash": "abc"},
        {"valid_until": "2026-13-01"},
        {"valid_until": "2020-01-01"},
        {"models": ()},
        {"holder": Party("x", "名")},
    ],
)
def test_claims_that_no_certificate_may_be_made_of_are_refused(change: dict) -> None:
    fields = {name: getattr(CLAIMS, name) for name in CertificateClaims.__dataclass_fields__}
    with pytest.raises(TanbiaoError) as caught:
        CertificateClaims(**{**fields, **change})
    assert caught.value.code == "claims_malformed"


def test_the_published_untp_sample_meets_the_schema_we_ship() -> None:
    sample = json.loads((VECTORS / "untp" / "ConformityCredential_battery_instance.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(contexts.load(contexts.UNTP_SCHEMA)).validate(sample)
    with pytest.raises(TanbiaoError):
        claims_of(sample)


def test_no_context_is_ever_asked_of_the_resolver(world: World) -> None:
    asked: list[str] = []
    inner = world.resolver()

    def resolve(name: str) -> dict:
        asked.append(name)
        return inner(name)

    credentials.verify(world.token, resolve, now=NOW)
    assert set(asked) == {DID, CLAIMS.status.suspension_list, CLAIMS.status.revocation_list}
