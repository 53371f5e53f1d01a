"""SM3 and SM2 against the standards' own examples; certificates, labels and rotation with SM2 keys."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.world import BASE, NOW, flight_status, make_world
from tanbiao.cli.main import main
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import credentials, keys, label_payload
from tanbiao.evidence.keys import KeyStore
from tanbiao.evidence.sm2 import N, Sm2PrivateKey, Sm2PublicKey, sm3

KEY = Sm2PrivateKey(0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8)
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
"""GB/T 32918.5-2017, annex A.2: signature over "message digest" with the recommended curve."""


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_digests_of_the_standard(message: bytes, digest: str) -> None:
    """GB/T 32905-2016, annex A."""
    assert sm3(message).hex() == digest


def test_sm2_gives_the_key_the_hash_and_the_signature_of_the_standard() -> None:
    public = KEY.public_key()
    assert f"{public.x:064X}" == "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    assert f"{public.y:064X}" == "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    assert public.za().hex().upper() == "B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"
    signature = KEY.sign(b"message digest", nonce=NONCE)
    assert signature[:32].hex().upper() == "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    assert signature[32:].hex().upper() == "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    assert public.verifies(b"message digest", signature)


@given(st.binary(max_size=200))
@settings(max_examples=20, deadline=None)
def test_what_is_signed_verifies_and_nothing_else_does(message: bytes) -> None:
    key = Sm2PrivateKey(random.Random(len(message)).randrange(1, N - 1))
    signature = key.sign(message)
    public = key.public_key()
    assert public.verifies(message, signature)
    assert not public.verifies(message + b"x", signature)
    assert not KEY.public_key().verifies(message, signature)
    flipped = bytearray(signature)
    flipped[len(message) % 64] ^= 1
    assert not public.verifies(message, bytes(flipped))


def test_signatures_and_keys_outside_the_range_are_refused() -> None:
    public = KEY.public_key()
    good = KEY.sign(b"m")
    r, s = good[:32], good[32:]
    top = N.to_bytes(32, "big")
    for wrong in (bytes(32) + s, r + bytes(32), top + s, r + top, good[:63], good + b"\0", b""):
        assert not public.verifies(b"m", wrong)
    # r + s = n: the equation would hold for a point without the key.
    assert not public.verifies(b"m", r + (N - int.from_bytes(r, "big")).to_bytes(32, "big"))
    for number in (0, N - 1, N, -1):
        with pytest.raises(ValueError):
            Sm2PrivateKey(number)
    with pytest.raises(ValueError):
        Sm2PublicKey(public.x, public.y + 1)
    assert str(KEY.d) not in repr(KEY)


def test_certificate_status_lists_and_label_verify_with_sm2_keys(tmp_path: Path) -> None:
    world = make_world(tmp_path, status=flight_status(), algorithm="SM2")
    found = credentials.verify(world.token, world.resolver(), now=NOW)
    assert found.verdict == "valid"
    assert credentials.verify(world.token, world.resolver(suspended=True), now=NOW).verdict == "invalid"
    key = world.store.current("certificate")
    assert key.info.jwk["crv"] == "SM2"
    text = label_payload.encode(f"{BASE}/v/x", world.claims, key)
    assert label_payload.verify(text, world.resolver(), now=NOW).verdict == "valid"
    changed = text.replace("~61.3~", "~16.3~")
    assert label_payload.verify(changed, world.resolver(), now=NOW).step("signature").code == "step_signature_bad"


def test_keys_rotate_from_one_algorithm_to_another_and_old_certificates_stay_valid(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    made = []
    for algorithm in (None, "SM2", "EdDSA", None):
        key = store.rotate("certificate", now=NOW, algorithm=algorithm)  # type: ignore[arg-type]
        made.append((key, key.sign(b"m")))
    published = {one.kid: one for one in store.public()}
    assert [published[key.kid].retired is None for key, _ in made] == [False, False, False, True]
    document = store.did_document(BASE)
    assert len(document["verificationMethod"]) == 4
    for (key, signature), algorithm in zip(made, ("ES256", "SM2", "EdDSA", "ES256"), strict=True):
        public = keys.load_jwk(document["verificationMethod"][made.index((key, signature))]["publicKeyJwk"])
        assert keys.verify_signature(public, algorithm, b"m", signature)
        for other in {"ES256", "SM2", "EdDSA"} - {algorithm}:
            assert not keys.verify_signature(public, other, b"m", signature)
        assert store.get(key.kid).sign(b"n")
    with pytest.raises(TanbiaoError) as stop:
        store.rotate("log", now=NOW, algorithm="SM2")
    assert stop.value.code == "key_algorithm"


def test_a_damaged_or_swapped_key_file_is_refused(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    key = store.rotate("certificate", now=NOW, algorithm="SM2")
    file = tmp_path / f"{key.kid}.jwk"
    assert file.stat().st_mode & 0o777 == 0o600
    body = json.loads(file.read_bytes())
    for text in ("", "{}", json.dumps({**body, "d": "AAAA"}), json.dumps({**body, "d": "A" * 43})):
        file.write_text(text)
        with pytest.raises(TanbiaoError) as stop:
            store.current("certificate")
        assert stop.value.code == "key_unusable"
        assert body["d"] not in str(stop.value)


def test_the_signers_command_rotates_to_sm2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "signer").mkdir()
    assert main(["signer", "--json", "rotate", "--algorithm", "SM2", str(tmp_path / "signer")]) == 0
    keys = json.loads(capsys.readouterr().out)["keys"]
    assert sorted((key["algorithm"], key["jwk"]["crv"]) for key in keys) == [("EdDSA", "Ed25519"), ("SM2", "SM2")]
