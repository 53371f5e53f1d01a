"""Keys in a folder, their publication, and the list of whom to trust."""

from __future__ import annotations

import json
import stat
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from evidence.world import BASE, NOW, World
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import keys, trust
from tanbiao.evidence.keys import KeyStore
from tanbiao.evidence.trust import Name, TrustList


def test_key_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    store.rotate("certificate", now=NOW)
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("purpose", "algorithm"), [("certificate", "ES256"), ("status", "ES256"), ("twin", "EdDSA"), ("log", "EdDSA")]
)
def test_each_purpose_signs_with_its_algorithm(tmp_path: Path, purpose: keys.Purpose, algorithm: str) -> None:
    key = KeyStore(tmp_path).rotate(purpose, now=NOW)
    signature = key.sign(b"message")
    public = keys.load_jwk(key.info.jwk)
    assert key.info.algorithm == algorithm
    assert len(signature) == 64
    assert keys.verify_signature(public, algorithm, b"message", signature)
    assert not keys.verify_signature(public, algorithm, b"massage", signature)
    other = "EdDSA" if algorithm == "ES256" else "ES256"
    assert not keys.verify_signature(public, other, b"message", signature)


def test_rotation_keeps_the_old_key_published_and_usable_by_id(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    first = store.rotate("certificate", now=NOW)
    second = store.rotate("certificate", now=NOW + timedelta(days=365))
    assert store.current("certificate").kid == second.kid
    assert [info.kid for info in store.public()] == [first.kid, second.kid]
    assert store.public()[0].retired == "2027-11-21T03:00:00Z"
    assert store.get(first.kid).sign(b"x")
    published = [method["id"] for method in store.did_document(BASE)["verificationMethod"]]
    assert published == [f"did:web:tanbiao.example#{kid}" for kid in (first.kid, second.kid)]


def test_keys_of_two_bodies_do_not_retire_each_other(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    one = store.rotate("certificate", now=NOW, owner="urn:cb:1")
    two = store.rotate("certificate", now=NOW, owner="urn:cb:2")
    assert store.current("certificate", "urn:cb:1").kid == one.kid
    assert store.current("certificate", "urn:cb:2").kid == two.kid
    with pytest.raises(TanbiaoError):
        store.current("certificate")
    listed = trust.trust_list_of(
        BASE, store.public(), name=Name(zh="甲", en="A"), valid_from=date(2026, 1, 1), demo=True
    )
    assert {key.kid.partition("#")[2]: key.body for key in listed.issuers[0].keys} == {
        one.kid: "urn:cb:1",
        two.kid: "urn:cb:2",
    }


def test_a_revoked_key_leaves_the_published_set_and_cannot_sign(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    key = store.rotate("status", now=NOW)
    store.revoke(key.kid, now=NOW)
    assert store.did_document(BASE)["verificationMethod"] == []
    with pytest.raises(TanbiaoError) as caught:
        store.current("status")
    assert caught.value.code == "key_missing"


def test_a_key_is_made_once_when_none_is_there(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    assert store.ensure("log", now=NOW).kid == store.ensure("log", now=NOW).kid


def test_a_swapped_or_broken_key_file_is_noticed(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    first, second = store.rotate("certificate", now=NOW), store.rotate("status", now=NOW)
    (tmp_path / f"{first.kid}.pem").write_bytes((tmp_path / f"{second.kid}.pem").read_bytes())
    with pytest.raises(TanbiaoError) as caught:
        store.current("certificate")
    assert caught.value.code == "key_unusable"
    (tmp_path / f"{first.kid}.pem").write_text("rubbish")
    with pytest.raises(TanbiaoError):
        store.current("certificate")


def test_no_secret_stands_in_index_or_representation(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    key = store.rotate("certificate", now=NOW)
    assert repr(key) == f"SigningKey({key.kid})"
    assert '"d"' not in (tmp_path / "keys.json").read_text()
    assert '"d"' not in json.dumps(store.did_document(BASE))


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://w3c-ccg.github.io", "did:web:w3c-ccg.github.io"),  # examples of the did:web method specification
        ("https://example.com:3000", "did:web:example.com%3A3000"),
        ("https://example.com/user/alice", "did:web:example.com:user:alice"),
        ("http://127.0.0.1:8000/", "did:web:127.0.0.1%3A8000"),
    ],
)
def test_did_web_of_a_site(url: str, did: str) -> None:
    assert keys.did_of(url) == did


@pytest.mark.parametrize("url", ["", "example.com", "ftp://a.b", "https://", "https://a.b/?q=1"])
def test_what_is_no_site_has_no_did(url: str) -> None:
    with pytest.raises(TanbiaoError):
        keys.did_of(url)


def test_a_public_key_with_a_secret_or_off_the_curve_is_refused(world: World) -> None:
    jwk = dict(world.store.current("certificate").info.jwk)
    for bad in ({**jwk, "d": "x"}, {**jwk, "y": jwk["x"]}, {**jwk, "crv": "P-384"}, {"kty": "oct", "k": "AA"}, {}):
        with pytest.raises(TanbiaoError):
            keys.load_jwk(bad)


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    # RFC 8037, appendix A.3
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert keys.thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_trust_list_reads_back_and_meets_its_schema(world: World) -> None:
    text = (resources.files("tanbiao.data") / "evidence" / "trust_list.schema.json").read_text("utf-8")
    jsonschema.validate(world.trust.as_json(), json.loads(text))
    assert TrustList.parse(json.dumps(world.trust.as_json())) == world.trust


@pytest.mark.parametrize(
    "change", [{"issuers": 1}, {"unknown": 1}, {"v": 2}, {"issuers": [{"id": "did:web:x"}]}, {"name": {"zh": "名"}}]
)
def test_a_malformed_trust_list_names_the_place(world: World, change: dict) -> None:
    with pytest.raises(TanbiaoError) as caught:
        TrustList.parse(json.dumps({**world.trust.as_json(), **change}))
    assert caught.value.code == "trust_list_malformed"
    text = (resources.files("tanbiao.data") / "evidence" / "trust_list.schema.json").read_text("utf-8")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**world.trust.as_json(), **change}, json.loads(text))


def test_a_resolver_knows_what_is_on_the_list_and_nothing_else(world: World) -> None:
    resolve = world.trust.resolver({"https://a/list": {"x": 1}})
    assert resolve(world.trust.issuers[0].id)["trust"]["demo"] is False
    assert resolve("https://a/list") == {"x": 1}
    with pytest.raises(KeyError):
        resolve("did:web:evil.example")
