"""The witness: C2SP tlog-witness and tlog-cosignature; what it refuses, what survives a crash, and over HTTP."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.logs import MemoryLog, begun, entry
from evidence.world import NOW, logged, witnessed
from tanbiao.cli.main import main
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import cosignatures, credentials, keys, merkle, notes
from tanbiao.evidence.cosignatures import Policy, WitnessKey
from tanbiao.evidence.trust import TrustList
from tanbiao.evidence.witness import MAX_PROOF, SIZE_TYPE, Request, Witness, origin_digest

NAME = "witness.example/1"
PUBLISHED = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
"""The key of a witness that runs in public, as transparency-dev/formats (note_cosigv1_test.go) prints it."""


@pytest.fixture
def log(tmp_path: Path) -> MemoryLog:
    made = MemoryLog(tmp_path / "log")
    made.grow(5)
    return made


@pytest.fixture
def witness(tmp_path: Path, log: MemoryLog) -> Witness:
    made = Witness(tmp_path / "witness")
    made.make(NAME, now=NOW)
    made.trust_log(log.vkey)
    return made


# -- the formats -------------------------------------------------------------------------------------------------------


def test_a_published_witness_key_has_the_hash_that_it_names() -> None:
    known = WitnessKey.parse(PUBLISHED)
    assert known.name == "remora.n621.de"
    assert known.key_hash.hex() == "da77ade7"
    assert known.vkey == PUBLISHED


@pytest.mark.parametrize("text", ["", "a+b", PUBLISHED.replace("da77", "da78"), PUBLISHED.replace("BOvN", "AOvN")])
def test_what_is_no_witness_key_is_refused(text: str) -> None:
    with pytest.raises(TanbiaoError, match="witness's key"):
        WitnessKey.parse(text)


def test_a_line_is_hash_time_and_signature_over_the_text_that_the_specification_names(tmp_path: Path) -> None:
    key = keys.KeyStore(tmp_path).ensure("witness", now=NOW)
    text = "log.example/log\n3\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n"
    line = cosignatures.cosign(text, NAME, key, seconds=1679315147)
    [(name, key_hash, blob)] = notes.parse_note(f"{text}\n{line}").signatures
    assert (name, key_hash) == (NAME, cosignatures.witness_key(NAME, key).key_hash)
    # c2sp.org/tlog-cosignature: the example's line begins with these eight bytes for this very second.
    assert blob[:8].hex() == "00000000641850cb"
    signed = f"cosignature/v1\ntime 1679315147\n{text}".encode()
    assert keys.verify_signature(keys.load_jwk(key.info.jwk), "EdDSA", signed, blob[8:])


def test_cosignatures_are_counted_and_a_changed_one_makes_the_note_bad(tmp_path: Path, log: MemoryLog) -> None:
    store = keys.KeyStore(tmp_path / "w")
    one, two = store.rotate("witness", now=NOW), store.rotate("witness", now=NOW)
    note = log.note()
    text = notes.parse_note(note).text
    note += cosignatures.cosign(text, "one", one, seconds=7) + cosignatures.cosign(text, "two", two, seconds=8)
    known = [cosignatures.witness_key("one", one), cosignatures.witness_key("two", two)]
    assert cosignatures.cosignatures(note, known) == {"one": 7, "two": 8}
    assert cosignatures.cosignatures(note, known[:1]) == {"one": 7}
    assert cosignatures.cosignatures(log.note(), known) == {}
    # A log's own verifier still opens it: witnesses' lines are unknown to it.
    assert notes.open_checkpoint(note, [notes.Verifier.parse(log.vkey)]).size == 5
    for changed in (note.replace("\n5\n", "\n6\n"), note[:-6] + ("AA==\n" if note[-6:-2] != "AA==" else "BB==\n")):
        with pytest.raises(TanbiaoError):
            cosignatures.cosignatures(changed, known)


def test_a_list_of_witnesses_says_how_many_must_have_signed() -> None:
    policy = Policy.parse(f"# ours\nwitness {PUBLISHED} https://w.example/\n\nquorum 1\n")
    assert (policy.quorum, policy.witnesses[0].vkey) == (1, PUBLISHED)
    assert policy.addresses == {"remora.n621.de": "https://w.example"}
    assert Policy.parse(f"witness {PUBLISHED}").quorum == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("quorum 1", 1),
        ("witness x", 1),
        (f"witness {PUBLISHED}\nwitness {PUBLISHED}", 2),
        (f"witness {PUBLISHED} ftp://x", 1),
        (f"witness {PUBLISHED}\nquorum one", 2),
        (f"witness {PUBLISHED}\nquorum 2", 2),
    ],
)
def test_a_bad_list_of_witnesses_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(TanbiaoError) as stop:
        Policy.parse(text)
    assert stop.value.code == "witness_policy_malformed"
    assert stop.value.findings[0].params["line"] == line


# -- the protocol ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("JS-25c")
def test_a_log_that_grows_is_cosigned_at_every_size(witness: Witness, log: MemoryLog) -> None:
    old = 0
    for size in (1, 2, 3, 5):
        answer = witness.add_checkpoint(log.request(old, size), now=NOW)
        assert answer.status == 200
        found = cosignatures.cosignatures(log.note(size) + answer.body, [witness.key])
        assert found == {NAME: int(NOW.timestamp())}
        old = size
    # The same size again gets a line of its own time, as a fresh statement.
    again = witness.add_checkpoint(log.request(5), now=NOW + timedelta(minutes=1))
    assert cosignatures.cosignatures(log.note() + again.body, [witness.key])[NAME] == int(NOW.timestamp()) + 60
    head = witness.head(log.origin)
    assert head is not None
    assert (head.size, head.root) == (5, merkle.root(log.entries))


def test_the_old_size_must_be_the_one_cosigned_last(witness: Witness, log: MemoryLog) -> None:
    assert witness.add_checkpoint(log.request(0, 3)).status == 200
    answer = witness.add_checkpoint(log.request(0))
    assert (answer.status, answer.body, answer.media_type) == (409, "3\n", SIZE_TYPE)
    assert witness.add_checkpoint(Request(9, (), log.note(3)).body()).status == 400
    assert witness.add_checkpoint(log.request(3)).status == 200


def test_a_roll_back_is_refused(witness: Witness, log: MemoryLog) -> None:
    assert witness.add_checkpoint(log.request(0)).status == 200
    shorter = witness.add_checkpoint(Request(5, (), log.note(3)).body())
    assert shorter.status == 400
    assert witness.add_checkpoint(Request(3, (), log.note(3)).body()).body == "5\n"
    head = witness.head(log.origin)
    assert head is not None
    assert head.size == 5


def test_a_second_tree_of_a_size_or_of_a_longer_log_is_refused_and_kept(witness: Witness, log: MemoryLog) -> None:
    assert witness.add_checkpoint(log.request(0)).status == 200
    log.entries[2] = entry(99)
    same = witness.add_checkpoint(Request(5, (), log.note()).body())
    assert (same.status, same.media_type) == (409, "text/plain; charset=utf-8")
    log.grow(4)
    assert witness.add_checkpoint(log.request(5)).status == 422
    kept = witness.refusals()
    assert [(origin, size) for origin, size, _, _ in kept] == [(log.origin, 5), (log.origin, 9)]
    # What is kept convicts: the log itself signed both.
    for _, size, _, note in kept:
        assert notes.open_checkpoint(note, [notes.Verifier.parse(log.vkey)]).size == size


def test_strangers_and_rubbish_get_the_statuses_of_the_protocol(
    witness: Witness, log: MemoryLog, tmp_path: Path
) -> None:
    stranger = MemoryLog(tmp_path / "stranger", "stranger.example/log")
    stranger.grow(1)
    assert witness.add_checkpoint(stranger.request(0)).status == 404
    impostor = MemoryLog(tmp_path / "impostor")
    impostor.grow(1)
    assert witness.add_checkpoint(impostor.request(0)).status == 403
    good = log.request(0)
    too_many = Request(0, (bytes(32),) * (MAX_PROOF + 1), log.note()).body()
    for body in (
        b"",
        b"old 0\n",
        b"old 00\n" + good[6:],
        b"old x\n\n",
        b"\xff",
        too_many,
        good[:-9],
        b"old -1" + good[5:],
    ):
        assert witness.add_checkpoint(body).status == 400, body[:30]
    assert witness.add_checkpoint(Request(0, (bytes(32),), log.note()).body()).status == 422
    empty = notes.sign_checkpoint(log.origin, 0, bytes(32), log.key)
    assert witness.add_checkpoint(Request(0, (), empty).body()).status == 422
    assert witness.head(log.origin) is None


def test_a_clock_that_is_set_back_makes_no_later_tree_look_older(witness: Witness, log: MemoryLog) -> None:
    witness.add_checkpoint(log.request(0, 3), now=NOW)
    answer = witness.add_checkpoint(log.request(3), now=NOW - timedelta(days=2))
    assert cosignatures.cosignatures(log.note() + answer.body, [witness.key])[NAME] == int(NOW.timestamp())


def test_a_rotated_key_of_the_log_is_added_and_the_state_goes_on(
    witness: Witness, log: MemoryLog, tmp_path: Path
) -> None:
    assert witness.add_checkpoint(log.request(0, 3)).status == 200
    log.key = keys.KeyStore(tmp_path / "log").rotate("log", now=NOW)
    assert witness.add_checkpoint(log.request(3)).status == 403
    witness.trust_log(log.vkey)
    assert witness.add_checkpoint(log.request(3)).status == 200


def test_its_name_is_given_once_and_its_state_can_only_grow(witness: Witness, log: MemoryLog) -> None:
    with pytest.raises(TanbiaoError, match=NAME):
        witness.make("another", now=NOW)
    assert witness.make(NAME, now=NOW) == witness.key
    witness.add_checkpoint(log.request(0))
    state = sqlite3.connect(witness.folder / "witness.sqlite3")
    for statement in ("DELETE FROM cosigned", "UPDATE cosigned SET size = 1", "UPDATE cosigned SET root = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            state.execute(statement)
    state.close()


# -- in a verdict ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quorum", "lines", "verdict", "code"),
    [
        (1, ("w1",), "valid", "step_witness_ok"),
        (2, ("w1", "w2"), "valid", "step_witness_ok"),
        (2, ("w1",), "valid_but", "step_witness_few"),
        (2, ("w1", "w1"), "valid_but", "step_witness_few"),
        (1, (), "valid_but", "step_witness_few"),
        (0, (), "valid", "step_witness_ok"),
        (1, ("w1", "w2 broken"), "invalid", "step_witness_bad"),
    ],
)
def test_n_of_m_witnesses_decide_how_good_a_log_proof_is(
    tmp_path: Path, quorum: int, lines: tuple[str, ...], verdict: str, code: str
) -> None:
    plain, evidence = logged(tmp_path)
    assert all(
        step.id != "witness" for step in credentials.verify(plain.token, plain.resolver(), now=NOW, log=evidence).steps
    )
    world, proof = witnessed(plain, evidence, tmp_path / "witnesses", quorum, lines)
    found = credentials.verify(world.token, world.resolver(), now=NOW, log=proof)
    assert (found.verdict, found.step("witness").code) == (verdict, code)
    read = TrustList.parse(json.dumps(world.trust.as_json()))
    assert read == world.trust


# -- as a process ------------------------------------------------------------------------------------------------------


@pytest.fixture
def running(witness: Witness) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process, address = begun(witness.folder)
    yield process, address
    process.kill()
    process.wait(10)


def asked(address: str, body: bytes | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data=body), timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_process_answers_and_after_a_kill_still_refuses_the_second_tree(
    running: tuple[subprocess.Popen[str], str], witness: Witness, log: MemoryLog
) -> None:
    process, address = running
    assert asked(f"{address}/key") == (200, f"{witness.key.vkey}\n")
    status, line = asked(f"{address}/add-checkpoint", log.request(0))
    assert status == 200
    assert cosignatures.cosignatures(log.note() + line, [witness.key])
    assert asked(f"{address}/{origin_digest(log.origin)}/checkpoint") == (200, log.note() + line)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    second, address = begun(witness.folder)
    try:
        log.entries[0] = entry(77)
        assert asked(f"{address}/add-checkpoint", Request(5, (), log.note()).body())[0] == 409
        assert asked(f"{address}/add-checkpoint", b"x")[0] == 400
        assert asked(f"{address}/nothing")[0] == 404
        assert asked(f"{address}/add-checkpoint", b"x" * 200_000)[0] == 413
    finally:
        second.kill()
        second.wait(10)


def test_the_command_makes_shows_and_refuses_in_words(
    tmp_path: Path, log: MemoryLog, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "made")
    assert main(["witness", "--lang", "en", "trust", folder, log.vkey]) == 2
    assert "tanbiao witness make" in capsys.readouterr().out
    assert main(["witness", "make", folder, NAME]) == 0
    assert main(["witness", "trust", folder, log.vkey]) == 0
    Witness(Path(folder)).add_checkpoint(log.request(0))
    capsys.readouterr()
    assert main(["witness", "--json", "show", folder]) == 0
    assert '"size": 5' in capsys.readouterr().out
    assert main(["witness", "--lang", "en", "make", folder, "two words"]) == 2
