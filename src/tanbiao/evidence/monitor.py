"""A monitor of a transparency log: follows it from outside, by its public files alone, and forgets nothing it saw.

Each round it asks for the newest checkpoint and fetches every new entry and every new tile. It hashes the new entries
itself and sets them onto the tree that it keeps: a consistency proof of O(log n) hashes (RFC 6962, 2.1.2) from the root
it believed to the one that is stated now holds, or the round fails, and then nothing of it is remembered. It reads each
entry: one that is no leaf of this format, a certificate number that is issued twice, and a certificate without a logged
intent are faults, told in every round from then on. A round of the *whole* log fetches and hashes everything again from
the first entry and compares it with what was seen before. Two signed checkpoints that can't both be true are kept as
evidence: anybody can check them against the log's key.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.evidence import cosignatures, leaf, merkle, notes
from tanbiao.evidence.cosignatures import Policy
from tanbiao.evidence.durable import durable_state
from tanbiao.evidence.encoding import utc_text
from tanbiao.evidence.merkle import HASH_LENGTH, Nodes, ProofError, leaf_hash
from tanbiao.evidence.notes import Checkpoint, Verifier
from tanbiao.evidence.tiles import HEIGHT, WIDTH, Tile, bundle_leaves, nodes_from_tiles, tile_bytes

Fetch = Callable[[str], bytes | None]
"""Gives a file below the log's prefix by its path (``checkpoint``, ``tile/0/000``); None if it can't be had."""
TAKE_OVER = timedelta(hours=1)
"""How long after its issue a new version of a certificate must be logged as taking over (project default)."""
MOST_NAMED = 20
"""Findings of one kind that a round names; what a damaged log has more is only counted (project default)."""
_STATE = "monitor.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (origin TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS log_key (vkey TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS head (
    size INTEGER PRIMARY KEY, root TEXT NOT NULL, note TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS entry (place INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS node (
    level INTEGER NOT NULL, place INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, place)
) STRICT;
CREATE TABLE IF NOT EXISTS act (
    number TEXT NOT NULL, act TEXT NOT NULL, place INTEGER PRIMARY KEY, credential TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS act_number ON act (number, act);
CREATE TABLE IF NOT EXISTS fault (code TEXT NOT NULL, params TEXT NOT NULL, PRIMARY KEY (code, params)) STRICT;
CREATE TABLE IF NOT EXISTS evidence (id INTEGER PRIMARY KEY, at TEXT NOT NULL, code TEXT NOT NULL, first TEXT NOT NULL,
    second TEXT NOT NULL, UNIQUE (first, second)) STRICT;
"""


@dataclass
class Round:
    """What a round saw: the size of the log, how many entries were new, what is wrong, and whether it could look."""

    origin: str = ""
    size: int = 0
    fresh: int = 0
    reached: bool = True
    witnessed: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, **params: str | int | float) -> None:
        """Note what is wrong, the first :data:`MOST_NAMED` of its kind."""
        if sum(one.code == code for one in self.findings) < MOST_NAMED:
            self.findings.append(finding(code, Severity.ERROR, self.origin, **params))

    def warn(self, code: str, **params: str | int | float) -> None:
        """Note what is no fault of the log."""
        self.findings.append(finding(code, Severity.WARNING, self.origin, **params))

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with the log; a warning is not wrong."""
        return not any(one.severity in (Severity.ERROR, Severity.BLOCKING) for one in self.findings)


class Monitor:
    """A monitor on its own folder, following one log.

    Parameters
    ----------
    folder
        Its own: what it has seen, in one database.
    fetch
        Reads the log's public files.
    policy
        The witnesses that it knows; it warns where fewer than the quorum signed.
    """

    def __init__(self, folder: Path, fetch: Fetch, policy: Policy | None = None) -> None:
        self.folder = Path(folder)
        self._fetch = fetch
        self._policy = policy or Policy()

    def _state(self) -> AbstractContextManager[sqlite3.Connection]:
        return durable_state(self.folder / _STATE, _SCHEMA)

    def trust(self, vkeys: Sequence[str]) -> None:
        """Believe a log's verifier keys from now on; all must be of one log, and it stays that log.

        Raises
        ------
        TanbiaoError
            ``note_key_malformed``; ``monitor_other_log``.
        """
        for known in [Verifier.parse(vkey) for vkey in vkeys]:
            with self._state() as state:
                row = state.execute("SELECT origin FROM log").fetchone()
                if row is not None and row[0] != known.name:
                    raise TanbiaoError.of("monitor_other_log", str(self.folder), known=row[0], given=known.name)
                state.execute("INSERT OR IGNORE INTO log VALUES (?)", (known.name,))
                state.execute("INSERT OR IGNORE INTO log_key VALUES (?)", (known.vkey,))

    @property
    def origin(self) -> str:
        """The log that is followed, "" before :meth:`trust`."""
        with self._state() as state:
            row = state.execute("SELECT origin FROM log").fetchone()
            return "" if row is None else str(row[0])

    def evidence(self) -> list[tuple[str, str, str]]:
        """Return the pairs of signed checkpoints that can't both be true: (code, first note, second note)."""
        with self._state() as state:
            return list(state.execute("SELECT code, first, second FROM evidence ORDER BY id"))

    def look(
        self, *, whole: bool = False, heads: Sequence[str] = (), oldest: timedelta | None = None, now: datetime
    ) -> Round:
        """Look at the log once.

        Parameters
        ----------
        whole
            Fetch everything again from the first entry.
        heads
            Checkpoints of this log that others saw (a witness's newest, one in somebody's bundle): each must be on
            the very tree that is seen here, or the log shows people different trees.
        oldest
            Warn when the newest co-signature is older than this.
        now
            The moment of the round.

        Raises
        ------
        TanbiaoError
            ``monitor_without_key``: :meth:`trust` was never called.
        """
        with self._state() as state:
            row = state.execute("SELECT origin FROM log").fetchone()
            if row is None:
                raise TanbiaoError.of("monitor_without_key", str(self.folder))
            keys = [Verifier.parse(line[0]) for line in state.execute("SELECT vkey FROM log_key")]
            found = Round(origin=row[0])
            _Look(state, self._fetch, keys, found, now).run(heads, whole=whole)
            if found.reached and self._policy.witnesses:
                self._check_witnesses(state, found, oldest, now)
            return found

    def _check_witnesses(
        self, state: sqlite3.Connection, found: Round, oldest: timedelta | None, now: datetime
    ) -> None:
        row = state.execute("SELECT note FROM head ORDER BY size DESC LIMIT 1").fetchone()
        if row is None:
            return
        try:
            found.witnessed = cosignatures.cosignatures(row[0], self._policy.witnesses)
        except TanbiaoError as error:
            found.add(error.code, **error.findings[0].params)
            return
        count, quorum = len(found.witnessed), self._policy.quorum
        if count < quorum:
            found.warn("monitor_few_witnesses", found=count, quorum=quorum)
        elif oldest is not None and now.timestamp() - max(found.witnessed.values(), default=0) > oldest.total_seconds():
            last = utc_text(datetime.fromtimestamp(max(found.witnessed.values(), default=0), UTC))
            found.warn("monitor_old", since=last)


def _tiles_since(begin: int, size: int) -> Iterator[Tile]:
    """Yield every tile of hashes that a log of ``size`` entries has and one of ``begin`` has not."""
    level, count = 0, size
    while count:
        before = begin >> (HEIGHT * level)
        for number in range(before // WIDTH, -(-count // WIDTH)):
            width = min(WIDTH, count - number * WIDTH)
            if number * WIDTH + width > before:
                yield Tile(level, number, width)
        level, count = level + 1, count // WIDTH


class _Look:
    """One round, in the transaction of its state: what can't be believed is not remembered."""

    def __init__(
        self, state: sqlite3.Connection, fetch: Fetch, keys: Sequence[Verifier], found: Round, now: datetime
    ) -> None:
        self.state, self.fetch, self.keys, self.found, self.now = state, fetch, keys, found, now
        self.contradictions: list[tuple[str, str, str, str]] = []
        self.faults: list[tuple[str, dict[str, str | int | float]]] = []

    def run(self, heads: Sequence[str], *, whole: bool) -> None:
        """Make the round; where the tree does not hold, all that is remembered of it is the evidence."""
        self.state.execute("SAVEPOINT round")
        self._run(heads, whole=whole)
        if not self.found.good:
            self.state.execute("ROLLBACK TO round")
            self.faults.clear()  # of entries that nobody need believe to be the log's
        self.state.execute("RELEASE round")
        for code, params in self.faults:
            self.state.execute("INSERT OR IGNORE INTO fault VALUES (?, ?)", (code, json.dumps(params, sort_keys=True)))
        self.state.executemany(
            "INSERT OR IGNORE INTO evidence (at, code, first, second) VALUES (?, ?, ?, ?)", self.contradictions
        )
        for code, text in self.state.execute("SELECT code, params FROM fault ORDER BY code, params").fetchall():
            self.found.add(code, **json.loads(text))

    def _run(self, heads: Sequence[str], *, whole: bool) -> None:
        data = self.fetch("checkpoint")
        if data is None:
            self.found.reached = False
            self.found.warn("monitor_unreachable", path="checkpoint")
            return
        note = data.decode("utf-8", "replace")
        stated = self._opened(note)
        if stated is None:
            return
        self.found.size = stated.size
        last = self.state.execute("SELECT size, root, note FROM head ORDER BY size DESC LIMIT 1").fetchone()
        seen = 0 if last is None else int(last[0])
        if stated.size < seen:
            self._contradiction("monitor_rolled_back", str(last[2]), note, seen=seen, found=stated.size)
        elif last is not None and stated.size == seen and stated.root.hex() != last[1]:
            self._contradiction("monitor_two_heads", str(last[2]), note, size=seen)
        elif stated.size > seen or whole:
            self._follow(stated, note, seen, None if last is None else str(last[2]), whole=whole)
        self.found.size = max(self.found.size, seen)
        if self.found.reached and self.found.good:
            if stated.size >= seen:
                row = (stated.size, stated.root.hex(), note, utc_text(self.now))
                # The note of a head that was seen before may have got more co-signatures since.
                self.state.execute("INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?)", row)
            for other in heads:
                self._compare(other, note, stated.size)
            self._not_taken_over()

    def _opened(self, note: str) -> Checkpoint | None:
        try:
            stated = notes.open_checkpoint(note, self.keys)
        except TanbiaoError as error:
            reason = error.findings[0]
            self.found.add("monitor_checkpoint_bad", reason=reason.code)
            return None
        if stated.origin != self.found.origin:
            self.found.add("monitor_checkpoint_bad", reason=stated.origin[:60])
            return None
        return stated

    def _contradiction(self, code: str, first: str, second: str, **params: str | int | float) -> None:
        self.found.add(code, **params)
        self.contradictions.append((utc_text(self.now), code, first, second))

    def _compare(self, other: str, own: str, size: int) -> None:
        """Hold a checkpoint that somebody else saw against the tree that is seen here."""
        stated = self._opened(other)
        if stated is None or stated.size > size:
            return  # newer than what we have seen: the next round compares it
        if merkle.root_from(self._stored_nodes(size), stated.size) != stated.root:
            self._contradiction("monitor_split_view", own, other, size=stated.size)

    def _stored_nodes(self, size: int) -> Nodes:
        """Return the nodes of the tree that is kept: hashes of entries, and of every 256, 65,536 … of them."""
        return nodes_from_tiles(self._kept, size)

    def _kept(self, tile: Tile) -> bytes:
        level, begin = tile.level or 0, tile.number * WIDTH
        table = "entry WHERE" if level == 0 else f"node WHERE level = {level} AND"
        query = f"SELECT hash FROM {table} place >= ? AND place < ? ORDER BY place"  # noqa: S608 (a level is a number)
        return b"".join(row[0] for row in self.state.execute(query, (begin, begin + tile.width)))

    def _keep(self, begin: int, hashes: Sequence[bytes]) -> None:
        """Keep hashes of entries from ``begin`` on, and the nodes over them that are complete now."""
        rows = enumerate(hashes, start=begin)
        self.state.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?)", rows)
        size, level = begin + len(hashes), 1
        while size >> (HEIGHT * level):
            count = size >> (HEIGHT * level)
            # A state of an earlier version has no nodes yet: they are made from its entries, once.
            (known,) = self.state.execute("SELECT count(*) FROM node WHERE level = ?", (level,)).fetchone()
            for place in range(known, count):
                below = self._kept(Tile(level - 1, place, WIDTH))
                children = [below[at : at + HASH_LENGTH] for at in range(0, len(below), HASH_LENGTH)]
                node = merkle.root_from(merkle.nodes_of(children), WIDTH)
                self.state.execute("INSERT INTO node VALUES (?, ?, ?)", (level, place, node))
            level += 1

    def _follow(self, stated: Checkpoint, note: str, seen: int, last: str | None, *, whole: bool) -> None:
        """Fetch what is new (or all), set it onto the tree that is kept (or build it anew), and compare the tree with
        checkpoint and tiles."""
        begin = 0 if whole else seen
        leaves = self._entries(begin, stated.size)
        if leaves is None:
            return
        hashes = [leaf_hash(data) for data in leaves]
        tree = self._whole_tree(hashes) if whole else self._extended(begin, hashes)
        if not self._extends(tree, seen, stated):
            if last is not None and stated.size > seen:
                self._contradiction("monitor_inconsistent", last, note, seen=seen, size=stated.size)
            else:
                self.found.add("monitor_root_differs", size=stated.size)
        self._tiles(tree, stated.size, begin)
        for place, data in enumerate(leaves[max(0, seen - begin) :], start=max(seen, begin)):
            self._read(place, data)
        if self.found.good:
            if whole:
                self.state.execute("DELETE FROM node")  # made again from what has just been hashed
                self._keep(seen, hashes[seen:])
            self.found.fresh = stated.size - seen

    def _whole_tree(self, hashes: Sequence[bytes]) -> Nodes:
        """Build the tree from everything that was fetched; where it was seen before, what was seen is believed."""
        old = [bytes(row[0]) for row in self.state.execute("SELECT hash FROM entry ORDER BY place")]
        self._compare_old(old, hashes)
        return merkle.nodes_of([*old, *hashes[len(old) :]])

    def _extended(self, begin: int, hashes: Sequence[bytes]) -> Nodes:
        """Set new entries onto the tree that is kept; the round takes them back if it fails."""
        self._keep(begin, hashes)
        return self._stored_nodes(begin + len(hashes))

    def _extends(self, tree: Nodes, seen: int, stated: Checkpoint) -> bool:
        """Whether the tree has the stated root, and the root believed before is that of its beginning."""
        row = self.state.execute("SELECT root FROM head WHERE size = ?", (seen,)).fetchone() if seen else None
        if row is None:
            return merkle.root_from(tree, stated.size) == stated.root
        proof = merkle.consistency_proof_from(tree, seen, stated.size)
        try:
            merkle.verify_consistency(seen, stated.size, proof, bytes.fromhex(row[0]), stated.root)
        except ProofError:
            return False
        return merkle.root_from(tree, stated.size) == stated.root

    def _entries(self, begin: int, size: int) -> list[bytes] | None:
        """Return the raw leaves [begin, size); None where a bundle is missing or cut."""
        leaves: list[bytes] = []
        for number in range(begin // WIDTH, -(-size // WIDTH)):
            tile = Tile(None, number, min(WIDTH, size - number * WIDTH))
            data = self.fetch(tile.path)
            if data is None:
                # A checkpoint promises its tiles: one that is not there is a fault of the log, not of the line.
                self.found.add("monitor_tile_missing", tile=tile.path)
                return None
            try:
                held = bundle_leaves(data)
            except TanbiaoError:
                held = []
            if len(held) != tile.width:
                self.found.add("monitor_tile_differs", tile=tile.path)
                return None
            leaves += held[max(0, begin - number * WIDTH) :]
        return leaves

    def _compare_old(self, old: Sequence[bytes], found: Sequence[bytes]) -> None:
        """Say what became of entries that were seen before: changed, removed, or put into another order."""
        differing = [place for place, (was, now) in enumerate(zip(old, found, strict=False)) if was != now]
        if not differing:
            return
        first = differing[0]
        if old[first] not in found:
            removed = len(old) > first + 1 and old[first + 1] == found[first]
            code = "monitor_entry_removed" if removed else "monitor_entry_changed"
            self.found.add(code, place=first)
        else:
            self.found.add("monitor_reordered", place=first, found=found.index(old[first]))

    def _tiles(self, tree: Nodes, size: int, begin: int) -> None:
        """Compare every tile of hashes that is new since ``begin`` with what the entries give."""
        for tile in _tiles_since(begin, size):
            data = self.fetch(tile.path)
            if data is None:
                self.found.add("monitor_tile_missing", tile=tile.path)
            elif data != tile_bytes(tree, tile):
                self.found.add("monitor_tile_differs", tile=tile.path)

    def _read(self, place: int, data: bytes) -> None:
        """Read an entry: its form, and that each issue of a number has an intent of its own before it."""
        try:
            body: dict[str, Any] = leaf.parse_leaf(data)
        except TanbiaoError as error:
            self.faults.append(("monitor_leaf_bad", {"place": place, "reason": error.code}))
            return
        act, number = str(body["type"]), body["public"].get("certificate")
        if act not in ("certificate_intent", "certificate_issued", "certificate_changed") or not number:
            return
        row = (number, act, place, body["public"].get("credential", ""), body["at"])
        self.state.execute("INSERT OR IGNORE INTO act VALUES (?, ?, ?, ?, ?)", row)
        if act != "certificate_issued":
            return
        intents, issues = (self._count(number, one) for one in ("certificate_intent", "certificate_issued"))
        if intents < issues:
            code = "monitor_issued_twice" if issues > 1 else "monitor_without_intent"
            self.faults.append((code, {"number": number, "place": place}))

    def _count(self, number: str, act: str) -> int:
        row = self.state.execute("SELECT count(*) FROM act WHERE number = ? AND act = ?", (number, act)).fetchone()
        return int(row[0])

    def _not_taken_over(self) -> None:
        """Find second issues of a number that were never logged as taking over from the version before."""
        rows = self.state.execute(
            "SELECT number, place FROM act AS later WHERE act = 'certificate_issued' AND at < ?"
            " AND EXISTS (SELECT 1 FROM act WHERE act = 'certificate_issued' AND number = later.number"
            " AND place < later.place) AND NOT EXISTS (SELECT 1 FROM act WHERE act = 'certificate_changed'"
            " AND number = later.number AND credential = later.credential)",
            (utc_text(self.now - TAKE_OVER),),
        )
        for number, place in rows.fetchall():
            self.faults.append(("monitor_issued_twice", {"number": number, "place": place}))
