"""The isolated signer: what it refuses, that it signs once, and that it does so as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.world import BASE, CLAIMS, NOW
from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import credentials, data_integrity, keys, label_payload, leaf, merkle, notes, signer_service
from tanbiao.evidence.claims import CertificateClaims, credential_of
from tanbiao.evidence.signer import FolderSigner, SignOrder

ORIGIN = "tanbiao.example/log"
ISSUE = "6f0c1a52-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> keys.SigningKey:
    """Return the key of the log."""
    return keys.KeyStore(tmp_path_factory.mktemp("log")).ensure("log", now=NOW)


def vkey(log: keys.SigningKey) -> str:
    return notes.verifier_of(ORIGIN, log.private.public_key().public_bytes_raw()).vkey


def ordered(
    log: keys.SigningKey, claims: CertificateClaims = CLAIMS, *, version: int = 1, said: dict[str, Any] | None = None
) -> SignOrder:
    """Return an order whose intent is the middle one of three leaves of a signed log."""
    document = canonical_bytes(
        said or {"issue": ISSUE, "number": claims.number, "version": version, "credential": credential_of(claims)}
    )
    public = {"certificate": claims.number, "intent": hash_bytes(document)}
    mine, _ = leaf.make_leaf("certificate_intent", "2026-11-21T03:00:00.000000Z", ISSUE, {}, public, bytes(16))
    leaves = [b"before", mine, b"after"]
    note = notes.sign_checkpoint(ORIGIN, 3, merkle.root(leaves), log)
    path = tuple(merkle.inclusion_proof(1, [merkle.leaf_hash(one) for one in leaves]))
    return SignOrder(document, mine, notes.LogProof(1, path, note).text())


@pytest.fixture
def signer(tmp_path: Path, log: keys.SigningKey) -> FolderSigner:
    made = FolderSigner(tmp_path / "signer")
    made.trust_log(vkey(log))
    return made


def refused(signer: FolderSigner, order: SignOrder) -> str:
    with pytest.raises(TanbiaoError) as stop:
        signer.sign(order, now=NOW)
    return stop.value.code


def test_a_logged_intent_is_signed_once_and_the_same_answer_comes_again(
    signer: FolderSigner, log: keys.SigningKey
) -> None:
    first = signer.sign(ordered(log), now=NOW)
    assert credentials.parse(first.token) == CLAIMS
    assert label_payload.decode(first.label).number == CLAIMS.number
    assert [key.kid for key in first.keys if key.purpose == "certificate"] == [first.kid]
    again = FolderSigner(signer.folder).sign(ordered(log), now=NOW)  # a signer that was started anew
    assert again == first


def test_the_twin_is_signed_with_the_token_and_comes_again(signer: FolderSigner, log: keys.SigningKey) -> None:
    signed = signer.sign(ordered(log), now=NOW)
    twin = json.loads(signed.twin)
    key = next(key for key in signed.keys if key.purpose == "twin")
    assert credentials.parse(signed.twin) == CLAIMS
    assert twin["proof"]["verificationMethod"] == f"{CLAIMS.issuer}#{key.kid}"
    assert key.owner == CLAIMS.body.id
    (method,) = (
        one for one in keys.did_document(BASE, list(signed.keys))["verificationMethod"] if one["type"] == "Multikey"
    )
    assert data_integrity.holds(twin, method)
    assert signer.sign(ordered(log), now=NOW + timedelta(minutes=9)).twin == signed.twin
    with sqlite3.connect(signer.folder / "journal.sqlite3") as journal, pytest.raises(sqlite3.DatabaseError):
        journal.execute("UPDATE twins SET twin = ''")


def test_what_was_signed_before_there_were_twins_stays_as_it_was(signer: FolderSigner, log: keys.SigningKey) -> None:
    before = signer.sign(ordered(log), now=NOW)
    with sqlite3.connect(signer.folder / "journal.sqlite3") as journal:
        journal.execute("DROP TABLE twins")
    again = signer.sign(ordered(log), now=NOW)
    assert (again.token, again.twin) == (before.token, "")


def test_other_content_under_a_signed_number_is_refused(signer: FolderSigner, log: keys.SigningKey) -> None:
    signer.sign(ordered(log), now=NOW)
    other = replace(CLAIMS, value="60.9")
    assert refused(signer, ordered(log, other)) == "signed_already"
    assert credentials.parse(signer.sign(ordered(log, other, version=2), now=NOW).token).value == "60.9"
    assert refused(signer, ordered(log, replace(CLAIMS, value="59.9"))) == "signed_already"  # version 1 after version 2


def test_what_is_not_in_a_trusted_log_is_not_signed(signer: FolderSigner, log: keys.SigningKey, tmp_path: Path) -> None:
    good = ordered(log)
    foreign = ordered(keys.KeyStore(tmp_path / "other").ensure("log", now=NOW))
    assert refused(signer, foreign) == "intent_not_logged"
    elsewhere = ordered(log, replace(CLAIMS, value="1.0"))
    assert refused(signer, replace(good, leaf=elsewhere.leaf, proof=elsewhere.proof)) == "intent_not_logged"
    wrong_place = good.proof.replace("index 1", "index 0")
    assert refused(signer, replace(good, proof=wrong_place)) == "intent_not_logged"
    assert refused(FolderSigner(tmp_path / "trusts nobody"), good) == "intent_not_logged"
    assert signer.published() == ()


def test_the_signer_lints_again(signer: FolderSigner, log: keys.SigningKey) -> None:
    credential = credential_of(CLAIMS)
    assessment = credential["credentialSubject"]["conformityAssessment"][0]
    assessment["assessedPerformance"][0]["measure"]["value"] = 6.13
    said = {"issue": ISSUE, "number": CLAIMS.number, "version": 1, "credential": credential}
    assert refused(signer, ordered(log, said=said)) == "credential_contradicts"
    renamed = {"issue": ISSUE, "number": "DEMO-PCF-2026-000002", "version": 1, "credential": credential_of(CLAIMS)}
    assert refused(signer, ordered(log, said=renamed)) == "sign_order_malformed"
    over = replace(CLAIMS, valid_from="2024-11-21", valid_until="2026-11-20")
    assert refused(signer, ordered(log, over)) == "validity_over"


def test_the_pace_is_limited_and_what_is_signed_still_answers(tmp_path: Path, log: keys.SigningKey) -> None:
    slow = FolderSigner(tmp_path / "slow", per_minute=2)
    slow.trust_log(vkey(log))
    numbered = [replace(CLAIMS, number=f"DEMO-PCF-2026-00000{index}") for index in (1, 2, 3)]
    first = slow.sign(ordered(log, numbered[0]), now=NOW)
    slow.sign(ordered(log, numbered[1]), now=NOW)
    assert refused(slow, ordered(log, numbered[2])) == "signer_too_fast"
    assert slow.sign(ordered(log, numbered[0]), now=NOW) == first


def test_a_clock_that_was_set_back_is_refused_and_what_is_signed_still_answers(
    signer: FolderSigner, log: keys.SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordered(log)
    first = signer.sign(order, now=NOW)

    class Yesterday(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) - timedelta(days=1)

    monkeypatch.setattr("tanbiao.evidence.signer.datetime", Yesterday)
    assert refused(signer, ordered(log, replace(CLAIMS, number="DEMO-PCF-2026-000009"))) == "signer_clock_back"
    assert signer.sign(order, now=NOW) == first
    monkeypatch.undo()
    assert signer.sign(ordered(log, replace(CLAIMS, number="DEMO-PCF-2026-000009")), now=NOW).token


def test_the_journal_can_only_grow(signer: FolderSigner, log: keys.SigningKey) -> None:
    signer.sign(ordered(log), now=NOW)
    journal = sqlite3.connect(signer.folder / "journal.sqlite3")
    for statement in ("DELETE FROM signed", "UPDATE signed SET number = 'X'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            journal.execute(statement)


def test_a_rotated_key_signs_and_the_old_one_stays_published(signer: FolderSigner, log: keys.SigningKey) -> None:
    first = signer.sign(ordered(log), now=NOW)
    signer.store.rotate("certificate", now=NOW, owner=CLAIMS.body.id)
    second = signer.sign(ordered(log, replace(CLAIMS, number="DEMO-PCF-2026-000002")), now=NOW)
    assert second.kid != first.kid
    assert {key.kid for key in second.keys if key.purpose == "certificate"} == {first.kid, second.kid}
    document = keys.did_document(BASE, list(second.keys))
    assert [one["type"] for one in document["verificationMethod"]].count("JsonWebKey") == 2


# -- as a process -----------------------------------------------------------------------------------------------------


def begun(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tanbiao", "signer", "--lang", "en", "serve", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    assert "answers at" in process.stdout.readline()
    return process


@pytest.fixture
def process(signer: FolderSigner) -> Iterator[subprocess.Popen[str]]:
    running = begun(signer.folder)
    yield running
    running.kill()
    running.wait(10)


def test_another_process_signs_and_its_refusals_arrive_whole(
    process: subprocess.Popen[str], signer: FolderSigner, log: keys.SigningKey
) -> None:
    # The process judges validity by its own clock; a demonstration's term is not judged.
    claims = replace(CLAIMS, demo=True)
    remote = signer_service.RemoteSigner(signer.folder)
    signed = remote.sign(ordered(log, claims))
    assert credentials.parse(signed.token) == claims
    assert remote.published() == signed.keys
    with pytest.raises(TanbiaoError) as stop:
        remote.sign(ordered(log, replace(claims, value="1.0")))
    assert stop.value.code == "signed_already"
    assert stop.value.findings[0].params["number"] == CLAIMS.number


def test_a_killed_signer_started_again_gives_the_same_signature(
    process: subprocess.Popen[str], signer: FolderSigner, log: keys.SigningKey
) -> None:
    order = ordered(log, replace(CLAIMS, demo=True))
    remote = signer_service.RemoteSigner(signer.folder)
    first = remote.sign(order)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    with pytest.raises(TanbiaoError) as stop:
        remote.sign(order)
    assert stop.value.code == "signer_unreachable"
    second = begun(signer.folder)
    try:
        assert remote.sign(order) == first
    finally:
        second.kill()
        second.wait(10)


def test_who_knows_no_token_gets_no_answer_and_the_signer_lives_on(
    process: subprocess.Popen[str], signer: FolderSigner, log: keys.SigningKey, tmp_path: Path
) -> None:
    stranger = signer_service.RemoteSigner(tmp_path / "stranger", signer_service.default_address(signer.folder))
    with pytest.raises(TanbiaoError) as stop:
        stranger.published()
    assert stop.value.code == "signer_unreachable"
    assert signer_service.RemoteSigner(signer.folder).published() == ()
    assert process.poll() is None


def test_the_signer_ends_with_the_process_that_began_it(signer: FolderSigner) -> None:
    code = (
        "import subprocess, sys, os, time;"
        "p = subprocess.Popen([sys.executable, '-m', 'tanbiao', 'signer', 'serve', '--parent', str(os.getpid()),"
        f" {str(signer.folder)!r}], stdout=subprocess.PIPE); p.stdout.readline(); print(p.pid, flush=True)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    pid = int(out.stdout)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and Path(f"/proc/{pid}").exists():
        time.sleep(0.2)
    assert not Path(f"/proc/{pid}").exists()


def test_the_command_lists_rotates_and_revokes(
    signer: FolderSigner, log: keys.SigningKey, capsys: pytest.CaptureFixture[str]
) -> None:
    from tanbiao.cli.main import main

    signed = signer.sign(ordered(log), now=NOW)
    assert main(["signer", "--json", "rotate", str(signer.folder), "--owner", CLAIMS.body.id]) == 0
    shown = json.loads(capsys.readouterr().out)["keys"]
    assert [(key["purpose"], key["retired"] is None) for key in shown] == [
        ("certificate", False),
        ("twin", False),
        ("certificate", True),
        ("twin", True),
    ]
    assert main(["signer", "revoke", str(signer.folder), signed.kid]) == 0
    assert main(["signer", "keys", str(signer.folder)]) == 0
    assert "revoked" in capsys.readouterr().out
    assert main(["signer", "--lang", "en", "keys", str(signer.folder / "none")]) == 2
    assert "no signer's folder" in capsys.readouterr().out
