"""The monitor: a log that holds, and each way in which one may not."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.logs import MemoryLog, entry
from evidence.support import VECTORS
from evidence.world import NOW
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import merkle, notes, tiles
from tanbiao.evidence.cosignatures import Policy
from tanbiao.evidence.monitor import Monitor, Round
from tanbiao.evidence.tiles import WIDTH, bundle_bytes, tiles_of
from tanbiao.evidence.witness import Witness


@pytest.fixture
def log(tmp_path: Path) -> MemoryLog:
    made = MemoryLog(tmp_path / "log")
    made.grow(300)
    return made


@pytest.fixture
def monitor(tmp_path: Path, log: MemoryLog) -> Monitor:
    made = Monitor(tmp_path / "monitor", log.fetch)
    made.trust([log.vkey])
    return made


def codes(found: Round) -> list[str]:
    return [one.code for one in found.findings]


def looked(monitor: Monitor, *, whole: bool = False, heads: tuple[str, ...] = ()) -> list[str]:
    return codes(monitor.look(whole=whole, heads=heads, now=NOW))


def test_a_log_that_holds_is_followed_as_it_grows(monitor: Monitor, log: MemoryLog) -> None:
    first = monitor.look(now=NOW)
    assert (first.good, first.size, first.fresh, first.findings) == (True, 300, 300, [])
    for more in (1, 255, 256, 5):
        log.grow(more)
        found = monitor.look(now=NOW)
        assert (found.findings, found.fresh) == ([], more)
    assert monitor.look(now=NOW).fresh == 0
    whole = monitor.look(whole=True, now=NOW)
    assert (whole.findings, whole.size) == ([], 817)


def test_a_round_hashes_what_is_new_and_proves_that_it_extends_what_was_seen(
    monitor: Monitor, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.grow(4 * WIDTH)
    assert looked(monitor) == []
    log.grow(3)
    hashed: list[int] = []
    real = merkle.node_hash

    def counting(left: bytes, right: bytes) -> bytes:
        hashed.append(1)
        return real(left, right)

    paths = ("checkpoint", *(tile.path for tile in tiles_of(len(log.entries))))
    answers = {path: log.fetch(path) for path in paths}
    for module in (merkle, tiles):
        monkeypatch.setattr(module, "node_hash", counting)
    again = Monitor(monitor.folder, answers.get)
    assert (again.look(now=NOW).fresh, len(log.entries)) == (3, 300 + 4 * WIDTH + 3)
    assert len(hashed) < 3 * WIDTH  # a tree of 1,327 entries has 1,326 inner nodes: it is not made anew
    hashed.clear()
    assert again.look(whole=True, now=NOW).good
    assert len(hashed) >= len(log.entries) - 1
    with sqlite3.connect(monitor.folder / "monitor.sqlite3") as state:
        state.execute("DELETE FROM node")  # as an earlier version left it
    log.grow(1)
    assert monitor.look(now=NOW).good
    with sqlite3.connect(monitor.folder / "monitor.sqlite3") as state:
        state.execute("UPDATE entry SET hash = zeroblob(32) WHERE place = 1310")
    log.grow(1)
    assert looked(monitor) != []  # a state that was damaged says so, and does not go on


def test_a_real_log_of_another_software_is_read(tmp_path: Path) -> None:
    folder = VECTORS / "tessera-testlog"
    monitor = Monitor(tmp_path, lambda path: (folder / path).read_bytes() if (folder / path).is_file() else None)
    monitor.trust([(folder / "VKEY.txt").read_text(encoding="utf-8")])
    found = monitor.look(now=NOW)
    # Its tree holds; its entries are not of our format, and each is said.
    assert found.size == 15
    assert set(codes(found)) == {"monitor_leaf_bad"}


def test_a_changed_byte_in_a_bundle_and_in_a_tile_are_named(monitor: Monitor, log: MemoryLog) -> None:
    bad = bytearray(log.fetch("tile/entries/000") or b"")
    bad[40] ^= 1
    log.changed["tile/entries/000"] = bytes(bad)
    found = looked(monitor)
    assert "monitor_root_differs" in found
    assert "monitor_tile_differs" in found
    log.changed.clear()
    assert looked(monitor) == []
    tile = bytearray(log.fetch("tile/0/000") or b"")
    tile[0] ^= 1
    log.changed["tile/0/000"] = bytes(tile)
    found_all = monitor.look(whole=True, now=NOW)
    assert codes(found_all) == ["monitor_tile_differs"]
    assert found_all.findings[0].params["tile"] == "tile/0/000"


def test_a_byte_changed_after_it_was_seen_is_found_even_under_a_new_signature(monitor: Monitor, log: MemoryLog) -> None:
    assert looked(monitor) == []
    log.entries[17] = entry(9999)
    found = monitor.look(now=NOW)
    assert codes(found) == ["monitor_two_heads"]
    whole = monitor.look(whole=True, now=NOW)
    assert codes(whole) == ["monitor_two_heads"]
    log.grow(3)
    assert "monitor_inconsistent" in looked(monitor)
    fetched = monitor.look(whole=True, now=NOW)
    assert "monitor_entry_changed" in codes(fetched)
    place = next(one.params["place"] for one in fetched.findings if one.code == "monitor_entry_changed")
    assert place == 17


def test_a_removed_entry_is_found(monitor: Monitor, log: MemoryLog) -> None:
    assert looked(monitor) == []
    del log.entries[20]
    found = monitor.look(now=NOW)
    assert codes(found) == ["monitor_rolled_back"]
    assert found.size == 300
    log.grow(4)
    named = monitor.look(whole=True, now=NOW)
    assert "monitor_entry_removed" in codes(named)
    assert [one.params["place"] for one in named.findings if one.code == "monitor_entry_removed"] == [20]


def test_a_reordered_tile_and_reordered_entries_are_found(monitor: Monitor, log: MemoryLog) -> None:
    tile = log.fetch("tile/0/000") or b""
    log.changed["tile/0/000"] = tile[32:64] + tile[:32] + tile[64:]
    assert looked(monitor) == ["monitor_tile_differs"]
    log.changed = {"tile/entries/000": bundle_bytes([log.entries[1], log.entries[0], *log.entries[2:256]])}
    assert "monitor_root_differs" in looked(monitor)
    log.changed.clear()
    assert looked(monitor) == []
    log.entries[3], log.entries[200] = log.entries[200], log.entries[3]
    log.grow(1)
    found = monitor.look(whole=True, now=NOW)
    reordered = next(one for one in found.findings if one.code == "monitor_reordered")
    assert (reordered.params["place"], reordered.params["found"]) == (3, 200)


@pytest.mark.requirement("JS-25c")
def test_two_heads_of_one_size_are_kept_as_evidence_that_convicts(monitor: Monitor, log: MemoryLog) -> None:
    assert looked(monitor) == []
    own = log.note()
    log.entries[-1] = entry(12345)
    assert looked(monitor) == ["monitor_two_heads"]
    assert looked(monitor) == ["monitor_two_heads"]
    [(code, first, second)] = monitor.evidence()
    assert (code, first, second) == ("monitor_two_heads", own, log.note())
    known = [notes.Verifier.parse(log.vkey)]
    one, two = notes.open_checkpoint(first, known), notes.open_checkpoint(second, known)
    assert one.size == two.size
    assert one.root != two.root


def test_a_split_view_is_seen_when_a_witness_was_shown_another_tree(
    monitor: Monitor, log: MemoryLog, tmp_path: Path
) -> None:
    other = MemoryLog(tmp_path / "log")
    other.entries = [*log.entries[:250], entry(8888)]
    witness = Witness(tmp_path / "witness")
    witness.make("w", now=NOW)
    witness.trust_log(log.vkey)
    assert witness.add_checkpoint(other.request(0), now=NOW).status == 200
    head = witness.head(log.origin)
    assert head is not None
    assert looked(monitor, heads=(head.note,)) == ["monitor_split_view"]
    assert [code for code, _, _ in monitor.evidence()] == ["monitor_split_view"]
    # An honest head of an earlier size is on our tree.
    assert looked(monitor, heads=(log.note(250), log.note(7))) == []


def test_a_checkpoint_of_another_key_or_log_is_not_believed(monitor: Monitor, log: MemoryLog, tmp_path: Path) -> None:
    impostor = MemoryLog(tmp_path / "impostor")
    impostor.grow(3)
    for note in (impostor.note(), "rubbish", log.note().replace("\n300\n", "\n301\n")):
        log.changed["checkpoint"] = note.encode()
        assert looked(monitor) == ["monitor_checkpoint_bad"]
    with pytest.raises(TanbiaoError, match="follows"):
        monitor.trust([MemoryLog(tmp_path / "b", "other.example/log").vkey])
    with pytest.raises(TanbiaoError, match="no key"):
        Monitor(tmp_path / "fresh", log.fetch).look(now=NOW)


def test_what_can_not_be_fetched_is_no_fault_but_a_promised_tile_is(monitor: Monitor, log: MemoryLog) -> None:
    log.changed["checkpoint"] = None
    away = monitor.look(now=NOW)
    assert (away.reached, away.good, codes(away)) == (False, True, ["monitor_unreachable"])
    log.changed = {"tile/0/001.p/44": None}
    assert looked(monitor) == ["monitor_tile_missing"]
    log.changed = {"tile/entries/000": None}
    assert looked(monitor) == ["monitor_tile_missing"]
    log.changed = {"tile/entries/000": b"\0\1x"}
    assert looked(monitor) == ["monitor_tile_differs"]


def test_a_number_issued_twice_or_without_intent_is_told_for_ever(monitor: Monitor, log: MemoryLog) -> None:
    def issue(number: int, name: str, **how: str) -> bytes:
        return entry(number, act="certificate_issued", name=name, **how)

    log.entries += [issue(1, "DEMO-00001"), entry(2001, name="DEMO-00002"), issue(2, "DEMO-00002")]
    assert looked(monitor) == []
    log.entries.append(issue(3, "DEMO-00001", credential="sha256:" + "cd" * 32))
    assert looked(monitor) == ["monitor_issued_twice"]
    log.entries.append(issue(4, "NEVER-MEANT"))
    later = monitor.look(now=NOW)
    assert codes(later) == ["monitor_issued_twice", "monitor_without_intent"]
    assert later.fresh == 1
    assert looked(monitor) == ["monitor_issued_twice", "monitor_without_intent"]
    [number] = [one.params["number"] for one in later.findings if one.code == "monitor_issued_twice"]
    assert number == "DEMO-00001"


def test_a_new_version_may_be_issued_when_it_takes_over(monitor: Monitor, log: MemoryLog) -> None:
    second = "sha256:" + "cd" * 32
    log.entries.append(entry(1, act="certificate_issued", name="DEMO-00001"))
    log.entries.append(entry(901, name="DEMO-00001"))
    log.entries.append(entry(2, act="certificate_issued", name="DEMO-00001", credential=second))
    assert looked(monitor) == []
    late = NOW + timedelta(hours=2)
    assert codes(monitor.look(now=late)) == ["monitor_issued_twice"]
    fresh = Monitor(monitor.folder.with_name("second"), log.fetch)
    fresh.trust([log.vkey])
    log.entries.append(entry(902, act="certificate_changed", name="DEMO-00001", credential=second))
    assert fresh.look(now=late).findings == []


def test_too_few_and_too_old_cosignatures_are_warnings(log: MemoryLog, tmp_path: Path) -> None:
    witness = Witness(tmp_path / "witness")
    key = witness.make("w", now=NOW)
    witness.trust_log(log.vkey)
    monitor = Monitor(tmp_path / "monitor", log.fetch, Policy((key,), 1))
    monitor.trust([log.vkey])
    few = monitor.look(now=NOW)
    assert (few.good, codes(few)) == (True, ["monitor_few_witnesses"])
    log.changed["checkpoint"] = (log.note() + witness.add_checkpoint(log.request(0), now=NOW).body).encode()
    assert monitor.look(now=NOW, oldest=timedelta(hours=24)).findings == []
    assert codes(monitor.look(now=NOW + timedelta(hours=25), oldest=timedelta(hours=24))) == ["monitor_old"]
    log.changed["checkpoint"] = log.changed["checkpoint"].replace(b"\n300\n", b"\n299\n")
    assert codes(monitor.look(now=NOW)) == ["monitor_checkpoint_bad"]


def test_the_command_has_an_exit_code_for_each_answer(
    tmp_path: Path, log: MemoryLog, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tanbiao.cli.main import main
    from tanbiao.cli.offline import monitor as command

    monkeypatch.setattr(command, "fetch", lambda url, limit: log.fetch(url.removeprefix("https://log.example/log/")))
    base = ["monitor", "https://log.example/log/", "--lang", "en", "--state", str(tmp_path / "m")]
    assert main(base) == 2
    capsys.readouterr()
    assert main([*base, "--key", log.vkey, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["size"], said["fresh"], said["good"], said["findings"]) == (300, 300, True, [])
    log.entries[5] = entry(4242)
    assert main(base) == 1
    assert "Two different roots" in capsys.readouterr().out
    log.changed["checkpoint"] = None
    assert main(base) == 3
    assert main(["monitor", "nowhere", "--state", str(tmp_path / "m")]) == 2
