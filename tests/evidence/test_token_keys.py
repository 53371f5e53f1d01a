"""Keys in a device by PKCS#11, on a real token: SoftHSM, where it is installed (Debian: ``softhsm2``)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from evidence.test_signer import begun, ordered, refused, vkey
from evidence.world import CLAIMS, NOW
from tanbiao.cli.main import main
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import credentials, data_integrity, jws, keys, signer_service, token_keys
from tanbiao.evidence.credentials import TYPE
from tanbiao.evidence.signer import FolderSigner
from tanbiao.evidence.token_keys import TokenSettings, TokenVault

MODULES = [Path(name) for name in ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/libsofthsm2.so")]
MODULE = next((path for path in MODULES if path.exists()), None)
pytest.importorskip("pkcs11", reason="the extra hsm is not installed")
pytestmark = pytest.mark.skipif(
    MODULE is None or shutil.which("softhsm2-util") is None, reason="SoftHSM is not installed (Debian: softhsm2)"
)


@dataclass(frozen=True)
class Token:
    """A token of its own: where its objects lie, and how it is named to the signer."""

    objects: Path
    settings: TokenSettings


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """Make a token; the module of PKCS#11 reads its configuration once in a process."""
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    (folder / "pin").write_text("493817\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    command = ["softhsm2-util", "--init-token", "--free", "--label", "tanbiao", "--so-pin", "77665544"]
    subprocess.run([*command, "--pin", "493817"], check=True, capture_output=True)
    yield Token(folder / "tokens", TokenSettings(str(MODULE), "tanbiao", str(folder / "pin")))
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> keys.SigningKey:
    """Return the key of the log."""
    return keys.KeyStore(tmp_path_factory.mktemp("log")).ensure("log", now=NOW)


def signer_with(token: Token, folder: Path, log: keys.SigningKey) -> FolderSigner:
    token.settings.write(folder)
    made = FolderSigner(folder)
    made.trust_log(vkey(log))
    return made


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_device_signs_certificates_and_the_folder_holds_no_secret(
    token: Token, tmp_path: Path, log: keys.SigningKey, algorithm: keys.Algorithm
) -> None:
    signer = signer_with(token, tmp_path / "signer", log)
    signer.store.rotate("certificate", now=NOW, owner=CLAIMS.body.id, algorithm=algorithm)
    signed = signer.sign(ordered(log), now=NOW)
    assert credentials.parse(signed.token) == CLAIMS
    key, twin = signed.keys
    assert (key.algorithm, twin.algorithm) == (algorithm, "EdDSA")
    assert data_integrity.holds(json.loads(signed.twin), {"publicKeyJwk": twin.jwk})
    assert jws.signature_holds(jws.take_apart(signed.token, TYPE), key.jwk)
    kept = sorted(path.name for path in (signer.folder / "keys").iterdir())
    assert kept == sorted([f"{key.kid}.token", f"{twin.kid}.token", "keys.json"])
    again = FolderSigner(signer.folder).store.get(key.kid)
    assert keys.verify_signature(keys.load_jwk(key.jwk), algorithm, b"more", again.sign(b"more"))


def test_a_device_without_eddsa_signs_certificates_without_twin(
    token: Token, tmp_path: Path, log: keys.SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pkcs11 import Mechanism

    signer = signer_with(token, tmp_path / "signer", log)
    assert signer.store.makes("twin")
    monkeypatch.setattr(token_keys, "_mechanisms", lambda _: {Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA})
    signed = signer.sign(ordered(log), now=NOW)
    assert credentials.parse(signed.token) == CLAIMS
    assert signed.twin == ""
    assert [key.purpose for key in signed.keys] == ["certificate"]


def test_sm2_is_refused_and_so_is_a_device_that_was_exchanged(
    token: Token, tmp_path: Path, log: keys.SigningKey
) -> None:
    signer = signer_with(token, tmp_path / "signer", log)
    with pytest.raises(TanbiaoError) as stop:
        signer.store.rotate("certificate", now=NOW, algorithm="SM2")
    assert stop.value.code == "key_algorithm"
    first = signer.store.rotate("certificate", now=NOW, owner=CLAIMS.body.id)
    other = signer.store.rotate("certificate", now=NOW, owner="another body")
    folder = signer.folder / "keys"
    (folder / f"{first.kid}.token").write_bytes((folder / f"{other.kid}.token").read_bytes())
    assert refused(signer, ordered(log)) == "key_unusable"


def test_a_wrong_pin_is_tried_once_and_a_missing_token_is_named(
    token: Token, tmp_path: Path, log: keys.SigningKey
) -> None:
    wrong = tmp_path / "wrong-pin"
    wrong.write_text("000000")
    vault = TokenVault(tmp_path, replace(token.settings, pin_file=str(wrong)))
    reasons = []
    for _ in range(2):
        with pytest.raises(TanbiaoError) as stop:
            vault.make("ES256")
        reasons.append(stop.value.findings[0].params["reason"])
    assert reasons == ["PinIncorrect", "PinIncorrect, not tried again"]
    for elsewhere in (
        replace(token.settings, label="no such token"),
        replace(token.settings, module=str(tmp_path / "none.so")),
        replace(token.settings, pin_file=str(tmp_path / "none")),
    ):
        with pytest.raises(TanbiaoError) as stop:
            TokenVault(tmp_path, elsewhere).make("ES256")
        assert stop.value.code == "token_unusable"
    assert TokenVault(tmp_path, token.settings).make("ES256").sign(b"still works")


def test_keys_in_files_go_over_to_the_device_and_the_process_signs_with_it(
    token: Token, tmp_path: Path, log: keys.SigningKey, capsys: pytest.CaptureFixture[str]
) -> None:
    signer = FolderSigner(tmp_path / "signer")
    signer.trust_log(vkey(log))
    claims = replace(CLAIMS, demo=True)
    before = signer.sign(ordered(log, claims), now=NOW)
    told = token.settings
    command = ["signer", "token", str(signer.folder), "--module", told.module, "--label", told.label]
    assert main([*command, "--pin-file", told.pin_file, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["keys"]
    known = [(key["purpose"], key["kid"] == before.kid, key["retired"] is None) for key in shown]
    mine = [one[1:] for one in known if one[0] == "certificate"]
    assert mine == [(True, False), (False, True)]
    assert [one[2] for one in known if one[0] == "twin"] == [False, True]
    process = begun(signer.folder)
    try:
        remote = signer_service.RemoteSigner(signer.folder)
        after = remote.sign(ordered(log, replace(claims, number="DEMO-PCF-2026-000002")))
        assert after.kid == next(key["kid"] for key in shown if key["purpose"] == "certificate" and not key["retired"])
        assert remote.sign(ordered(log, claims)).token == before.token
    finally:
        process.kill()
        process.wait(10)
