"""Label payloads, and the log step of a certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.world import BASE, CLAIMS, DID, NOW, World, logged
from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import qr
from tanbiao.evidence import credentials, label_payload, leaf, merkle, notes
from tanbiao.evidence.keys import KeyStore
from tanbiao.evidence.log_evidence import LogEvidence


@pytest.fixture
def address(world: World) -> str:
    return label_payload.encode(f"{BASE}/v/{CLAIMS.number}", CLAIMS, world.store.current("certificate"))


class TestLabel:
    @pytest.mark.requirement("JS-30d")
    def test_the_payload_carries_the_certified_figure_and_its_proof(self, world: World, address: str) -> None:
        read = label_payload.decode(address)
        assert (read.number, read.value, read.unit) == (CLAIMS.number, "61.3", "kg CO2e/kWh")
        assert (read.valid_until, read.demo) == (CLAIMS.valid_until, False)
        verdict = label_payload.verify(address, world.resolver(), now=NOW, value="61.3")
        assert verdict.step("signature").ok
        assert verdict.step("value").ok
        assert verdict.verdict == "valid_but"

    def test_the_address_stays_short_enough_for_a_small_code(self, world: World) -> None:
        base = "https://carbon-label.guangdong-hongkong-macao.example.cn"
        text = label_payload.encode(f"{base}/v/{CLAIMS.number}", CLAIMS, world.store.current("certificate"))
        assert len(text) <= label_payload.MAX_LENGTH
        # At 20 mm a code of at most 73 modules (version 14) leaves 0.27 mm a module, which phones read.
        import segno

        assert segno.make(text, error="m", micro=False).symbol_size(border=0)[0] <= 73
        assert "<svg" in qr.svg(text)

    def test_an_address_that_grows_too_long_is_refused(self, world: World) -> None:
        with pytest.raises(TanbiaoError) as caught:
            label_payload.encode("https://a.example/" + "x" * 200, CLAIMS, world.store.current("certificate"))
        assert caught.value.code == "label_too_long"

    def test_every_flipped_character_of_the_payload_is_invalid(self, world: World, address: str) -> None:
        begin = address.index("s=") + 2
        resolve = world.resolver()
        for at in range(begin, len(address)):
            changed = address[:at] + ("A" if address[at] != "A" else "B") + address[at + 1 :]
            assert label_payload.verify(changed, resolve, now=NOW).verdict == "invalid", at

    def test_a_wrong_figure_expiry_and_a_stranger(self, world: World, address: str) -> None:
        resolve = world.resolver()
        assert label_payload.verify(address, resolve, now=NOW, value="60").verdict == "invalid"
        late = label_payload.verify(address, resolve, now=NOW + timedelta(days=800))
        assert late.step("validity").code == "step_validity_expired"
        elsewhere = address.replace("tanbiao.example", "evil.example")
        assert label_payload.verify(elsewhere, resolve, now=NOW).verdict == "unknown"
        assert label_payload.verify(elsewhere, resolve, now=NOW, issuer=DID).verdict == "valid_but"

    def test_a_bare_payload_and_a_fragment_read_the_same(self, address: str) -> None:
        bare = address.partition("s=")[2]
        assert replace(label_payload.decode(address), host="") == label_payload.decode(bare)
        assert label_payload.decode(address.replace("?s=", "#")) == label_payload.decode(address)

    @pytest.mark.parametrize(
        "text", ["", "1~2", "https://a.example/", "https://a.example/?s=", "https://[", "~" * 7, "1" * 5000]
    )
    def test_rubbish_is_refused(self, text: str) -> None:
        with pytest.raises(TanbiaoError):
            label_payload.decode(text)

    def test_a_demonstrations_label_says_so(self, demo_world: World) -> None:
        text = label_payload.encode(BASE, demo_world.claims, demo_world.store.current("certificate"))
        verdict = label_payload.verify(text, demo_world.resolver(), now=NOW)
        assert verdict.demo
        assert "demonstration" in verdict.headline("en").lower()

    def test_only_a_key_for_certificates_signs(self, world: World) -> None:
        with pytest.raises(TanbiaoError):
            label_payload.encode(BASE, CLAIMS, world.store.current("status"))

    def test_a_label_beside_its_certificate_must_agree(self, world: World, address: str) -> None:
        def step(label: str) -> tuple[str, bool | None]:
            verdict = credentials.verify(world.token, world.resolver(), now=NOW, label=label)
            return verdict.step("label").code, verdict.step("label").ok

        assert step(address) == ("step_label_matches", True)
        assert step(address.replace("~61.3~", "~16.3~")) == ("step_label_differs", False)
        assert step(address[:-30] + ("A" if address[-30] != "A" else "B") + address[-29:]) == ("step_label_bad", False)
        assert step("rubbish~") == ("label_malformed", False)


@pytest.mark.requirement("JS-25c")
def test_a_deposited_piece_of_evidence_is_proved_by_hash_time_and_custody(tmp_path: Path) -> None:
    """Deposit: hash of the file, time stamp and custodian in a committed event; batched, logged, proved, opened."""
    origin, signer = "tanbiao.example/log", KeyStore(tmp_path).rotate("log", now=NOW)
    file = "电费发票 2025-07".encode()
    event = {"file": hash_bytes(file), "custodian": "urn:tanbiao:org:f1", "received": "2026-11-21T03:00:00Z"}
    subject, salt = "abcdef0123456789", bytes(range(16))
    member, record = leaf.make_leaf("evidence_event", event["received"], subject, event, {}, salt)
    others = [
        leaf.make_leaf("case_event", event["received"], subject, {"n": n}, {}, bytes([n]) * 16)[0] for n in (1, 2)
    ]
    members = [others[0], member, others[1]]
    batch, _ = leaf.make_batch("2026-11-21T03:00:00Z", subject, members, bytes(16))
    hashes = [merkle.leaf_hash(entry) for entry in (b"earlier", batch, b"later")]
    note = notes.sign_checkpoint(origin, 3, merkle.root_of_hashes(hashes), signer)
    proof = notes.LogProof(1, tuple(merkle.inclusion_proof(1, hashes)), note)

    assert proof.verify(batch, [notes.verifier(origin, signer)]).size == 3
    root = bytes.fromhex(leaf.parse_leaf(batch)["public"]["root"].removeprefix("sha256:"))
    path = merkle.inclusion_proof(1, [merkle.leaf_hash(entry) for entry in members])
    merkle.verify_inclusion(1, 3, merkle.leaf_hash(member), path, root)
    assert leaf.reveals(member, record)
    assert record.event["file"] == hash_bytes(file)
    swapped = {**event, "file": hash_bytes(file + b"!")}
    assert not leaf.reveals(member, leaf.PrivateRecord(swapped, salt))
    assert b"org:f1" not in batch + member


class TestLog:
    def test_a_certificate_is_shown_to_stand_in_the_log_at_its_time(self, tmp_path: Path) -> None:
        world, evidence = logged(tmp_path)
        verdict = credentials.verify(world.token, world.resolver(), now=NOW, log=evidence)
        assert verdict.verdict == "valid"
        assert verdict.step("log").params == {"index": 4, "size": 7}

    def test_the_logs_key_in_the_did_document_serves_where_no_list_names_the_log(self, tmp_path: Path) -> None:
        world, evidence = logged(tmp_path)
        document = world.store.did_document(BASE)
        known = {DID: document, **world.lists()}
        verdict = credentials.verify(world.token, known.__getitem__, now=NOW, log=evidence)
        # The store's own log key is not the one that signed this checkpoint.
        assert verdict.step("log").ok is False
        assert verdict.verdict == "invalid"

    def test_another_leaf_path_or_credential_is_refused(self, tmp_path: Path, world: World) -> None:
        logged_world, evidence = logged(tmp_path)
        resolve = logged_world.resolver()
        lines = evidence.proof.split("\n")
        for bad in (
            LogEvidence(evidence.leaf.replace(b"valid", b"voided"), evidence.proof),
            LogEvidence(b"{}", evidence.proof),
            LogEvidence(evidence.leaf, evidence.proof.replace("index 4", "index 3")),
            LogEvidence(evidence.leaf, "\n".join([*lines[:2], lines[3], lines[2], *lines[4:]])),
            LogEvidence(evidence.leaf, "rubbish"),
        ):
            verdict = credentials.verify(logged_world.token, resolve, now=NOW, log=bad)
            assert verdict.step("log").ok is False
        other = logged_world.token[:-4] + "AAAA"
        assert credentials.verify(other, resolve, now=NOW, log=evidence).step("log").ok is False

    def test_a_log_nobody_knows_decides_nothing(self, tmp_path: Path) -> None:
        world, evidence = logged(tmp_path)
        known = {DID: world.resolver()(DID), **world.lists()}
        verdict = credentials.verify(world.token, known.__getitem__, now=NOW, log=evidence)
        assert verdict.step("log").ok is None
        assert verdict.verdict == "valid"
