"""Time stamps after RFC 3161 and electronic seals: what holds, and each way in which one does not."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from evidence.authorities import END, POLICY, Authority, Sealer, certified, past
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import eseals, timestamps
from tanbiao.evidence.encoding import b64url
from tanbiao.evidence.encoding import utc_text as text

PDF = b"%PDF-1.7 a certificate"
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    pytest.importorskip("rfc3161_client", reason="the extra timestamps is not installed")
    return Authority(tmp_path_factory.mktemp("tsa"))


def code_of(reply: bytes, data: bytes, authority: Authority, **more: object) -> str:
    with pytest.raises(TanbiaoError) as stop:
        timestamps.check(reply, data, [authority.root], **more)  # type: ignore[arg-type]
    return stop.value.code


@needs_openssl
def test_a_stamp_that_holds_is_read_and_openssl_agrees(authority: Authority, tmp_path: Path) -> None:
    query = timestamps.query(PDF)
    reply = authority.reply(query.body)
    stamp = timestamps.check(reply, PDF, [authority.root], nonce=query.nonce, policy=POLICY)
    assert stamp.policy == POLICY
    assert text(stamp.at).startswith("20")
    assert stamp.at.tzinfo is not None
    (tmp_path / "a.pdf").write_bytes(PDF)
    (tmp_path / "a.tsr").write_bytes(reply)
    command = ["openssl", "ts", "-verify", "-in", "a.tsr", "-data", "a.pdf"]
    command += ["-CAfile", str(authority.folder / "root.pem")]
    assert b"Verification: OK" in subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout


@needs_openssl
def test_a_stamp_that_does_not_hold_is_refused(authority: Authority, tmp_path: Path) -> None:
    query = timestamps.query(PDF)
    reply = authority.reply(query.body)
    assert code_of(reply, PDF + b" ", authority) == "timestamp_bad"
    assert code_of(reply, PDF, authority, nonce=query.nonce + 1) == "timestamp_bad"
    assert code_of(reply, PDF, authority, policy="1.3.6.1.4.1.99999.2") == "timestamp_bad"
    assert code_of(reply, PDF, Authority(tmp_path / "another")) == "timestamp_bad"
    for place in (len(reply) // 2, len(reply) - 20):
        changed = bytearray(reply)
        changed[place] ^= 1
        assert code_of(bytes(changed), PDF, authority) in ("timestamp_bad", "timestamp_refused")
    assert code_of(reply[:-40], PDF, authority) == "timestamp_bad"
    assert code_of(b"<html>", PDF, authority) == "timestamp_bad"
    over = Authority(tmp_path / "over", until=past())
    assert code_of(over.reply(query.body), PDF, over) == "timestamp_bad"


@needs_openssl
def test_an_authority_that_refuses_is_said_to_have_refused(authority: Authority) -> None:
    assert code_of(authority.reply(b"no request at all"), PDF, authority) == "timestamp_refused"


def headed(header: bytes, signature: str) -> bytes:
    return f"{b64url(header)}..{signature}".encode()


def test_a_seal_holds_for_its_file_and_certificate_alone() -> None:
    sealer = Sealer()
    seal = sealer.over(PDF)
    eseals.check(seal, PDF, sealer.certificate)
    head, _, signature = seal.decode().partition("..")
    rsa_key = rsa.generate_private_key(65537, 2048)
    rsa_certificate = certified("RSA seal", rsa_key, None)
    rsa_head = b64url(b'{"alg":"PS256"}')
    message = f"{rsa_head}.{b64url(eseals.payload_of(PDF))}".encode()
    pss = rsa_key.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    eseals.check(f"{rsa_head}..{b64url(pss)}".encode(), PDF, rsa_certificate)
    over = Sealer(until=past())
    for bad, certificate, at in (
        (seal, Sealer().certificate, None),
        (sealer.over(PDF + b" "), sealer.certificate, None),
        (f"{head}.{b64url(PDF)}.{signature}".encode(), sealer.certificate, None),
        (headed(b'{"alg":"none"}', signature), sealer.certificate, None),
        (headed(b'{"alg":"ES256","crit":["b64"],"b64":false}', signature), sealer.certificate, None),
        (headed(b'{"alg":"RS256"}', b64url(pss)), rsa_certificate, None),
        (b"", sealer.certificate, None),
        (over.over(PDF), over.certificate, END + timedelta(days=1)),
    ):
        with pytest.raises(TanbiaoError) as stop:
            eseals.check(bad, PDF, certificate, at=at)
        assert stop.value.code == "seal_bad"
