"""A witness of transparency logs (C2SP tlog-witness): co-signs what extends all it has seen, and nothing else.

It knows each log by its origin and keys, and remembers of each the newest checkpoint that it co-signed. A checkpoint
is co-signed only with the proof that it extends that one; so a log that forgets an entry, changes one, or shows two
people two trees finds no signature for the second. What it co-signed is on the disk before the signature leaves.

It takes and returns plain values; :mod:`tanbiao.evidence.witness_service` answers over HTTP.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import cosignatures, merkle, notes
from tanbiao.evidence.cosignatures import WitnessKey
from tanbiao.evidence.durable import durable_state
from tanbiao.evidence.encoding import b64, b64_decode
from tanbiao.evidence.keys import KeyStore, SigningKey
from tanbiao.evidence.notes import Checkpoint, Verifier

MAX_PROOF = 63
"""Hashes of a consistency proof at most (tlog-witness)."""
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
_OLD = re.compile(r"old (0|[1-9]\d{0,18})")
_STATE = "witness.sqlite3"
_NAME = "name"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS log_key (origin TEXT NOT NULL, vkey TEXT NOT NULL, PRIMARY KEY (origin, vkey)) STRICT;
CREATE TABLE IF NOT EXISTS cosigned (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root TEXT NOT NULL, seconds INTEGER NOT NULL, note TEXT NOT NULL,
    PRIMARY KEY (origin, size)
) STRICT;
CREATE TABLE IF NOT EXISTS refused (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root TEXT NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL,
    note TEXT NOT NULL, PRIMARY KEY (origin, size, root)
) STRICT;
CREATE TRIGGER IF NOT EXISTS cosigned_kept BEFORE DELETE ON cosigned BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS cosigned_fixed BEFORE UPDATE OF origin, size, root ON cosigned
    BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What a log asks: the size that it believes was co-signed last, the proof from there, and the signed note."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def body(self) -> bytes:
        """Return the body of an ``add-checkpoint`` request."""
        hashes = "".join(f"{b64(digest)}\n" for digest in self.proof)
        return f"old {self.old}\n{hashes}\n{self.note}".encode()

    @classmethod
    def parse(cls, body: bytes) -> Request:
        """Read a request's body.

        Raises
        ------
        TanbiaoError
            ``witness_request_malformed``.
        """
        try:
            head, gap, note = body.decode("utf-8").partition("\n\n")
            first, *lines = head.split("\n")
            old = _OLD.fullmatch(first)
            if not gap or old is None or len(lines) > MAX_PROOF:
                raise ValueError("form")
            proof = tuple(b64_decode(line) for line in lines)
            if any(len(digest) != merkle.HASH_LENGTH for digest in proof):
                raise ValueError("hash")
        except ValueError as error:
            raise TanbiaoError.of("witness_request_malformed", reason=str(error)[:60]) from error
        return cls(int(old[1]), proof, note)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers: an HTTP status and a body."""

    status: int
    body: str
    media_type: str = TEXT_TYPE


@dataclass(frozen=True, slots=True)
class Head:
    """The newest checkpoint of a log that a witness co-signed; the note carries its line."""

    origin: str
    size: int
    root: bytes
    seconds: int
    note: str


class Witness:
    """A witness on its own folder: name, key, the logs that it knows, and what it co-signed of each.

    Parameters
    ----------
    folder
        Its own: nothing else may write there. Several processes may open it; the database's lock lets one decide at a
        time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._store = KeyStore(self.folder / "keys")

    def make(self, name: str, *, now: datetime) -> WitnessKey:
        """Give the witness its name and its key; the same name again changes nothing.

        Raises
        ------
        TanbiaoError
            ``witness_named_already``: it has another name; ``witness_key_malformed``: no name.
        """
        path = self.folder / _NAME
        if path.exists() and path.read_text(encoding="utf-8") != name:
            raise TanbiaoError.of("witness_named_already", str(self.folder), name=path.read_text(encoding="utf-8"))
        made = cosignatures.witness_key(name, self._store.ensure("witness", now=now))
        path.write_text(name, encoding="utf-8")
        return made

    @property
    def name(self) -> str:
        """The witness's name.

        Raises
        ------
        TanbiaoError
            ``witness_missing``: none was made in this folder.
        """
        path = self.folder / _NAME
        if not path.exists():
            raise TanbiaoError.of("witness_missing", str(self.folder))
        return path.read_text(encoding="utf-8")

    def _key(self) -> SigningKey:
        return self._store.current("witness")

    @property
    def key(self) -> WitnessKey:
        """What is published of its key."""
        return cosignatures.witness_key(self.name, self._key())

    def trust_log(self, vkey: str) -> Verifier:
        """Know a log from now on, by a verifier key; its origin is the key's name. A rotated key is added the same way.

        Raises
        ------
        TanbiaoError
            ``note_key_malformed``; ``witness_missing``.
        """
        found = Verifier.parse(vkey)
        _ = self.name
        with self._state() as state:
            state.execute("INSERT OR IGNORE INTO log_key VALUES (?, ?)", (found.name, found.vkey))
        return found

    def logs(self) -> list[str]:
        """Return the origins of the logs that it knows."""
        with self._state() as state:
            return [row[0] for row in state.execute("SELECT DISTINCT origin FROM log_key ORDER BY origin")]

    def head(self, origin: str) -> Head | None:
        """Return what it co-signed last of a log, None before the first."""
        with self._state() as state:
            return _head(state, origin)

    def refusals(self) -> list[tuple[str, int, str, str]]:
        """Return what it kept as evidence of misbehaviour: (origin, size, why, the signed note)."""
        with self._state() as state:
            rows = state.execute("SELECT origin, size, why, note FROM refused ORDER BY at, size")
            return [(origin, size, why, note) for origin, size, why, note in rows]

    def _state(self) -> AbstractContextManager[sqlite3.Connection]:
        return durable_state(self.folder / _STATE, _SCHEMA)

    def add_checkpoint(self, body: bytes, *, now: datetime | None = None) -> Answer:
        """Answer a log's request by the rules of tlog-witness; the statuses are that protocol's.

        A signed checkpoint that does not extend what was co-signed is kept as evidence.
        """
        moment = datetime.now(UTC) if now is None else now
        try:
            asked = Request.parse(body)
            stated = Checkpoint.parse(notes.parse_note(asked.note).text)
        except TanbiaoError as error:
            return Answer(400, f"{error.code}\n")
        with self._state() as state:
            rows = state.execute("SELECT vkey FROM log_key WHERE origin = ?", (stated.origin,)).fetchall()
            if not rows:
                return Answer(404, "this log is not known here\n")
            if not _signed([Verifier.parse(row[0]) for row in rows], asked.note):
                return Answer(403, "no key of this log that is known here signed the checkpoint\n")
            return self._decided(state, asked, stated, moment)

    def _decided(self, state: sqlite3.Connection, asked: Request, stated: Checkpoint, moment: datetime) -> Answer:
        """Decide on a checkpoint that its log has signed."""
        last = _head(state, stated.origin)
        size, root = (0, merkle.EMPTY_ROOT) if last is None else (last.size, last.root)
        if asked.old > stated.size:
            return Answer(400, "the old size is above the checkpoint's\n")
        if _root_at(state, stated) not in (None, stated.root):
            _keep(state, stated, asked.note, "another root for a size that was co-signed", moment)
            if asked.old == size == stated.size:
                return Answer(409, "another root was co-signed for this size\n")
        if asked.old != size:
            return Answer(409, f"{size}\n", SIZE_TYPE)
        try:
            merkle.verify_consistency(asked.old, stated.size, asked.proof, root, stated.root)
            if stated.size == 0 and stated.root != merkle.EMPTY_ROOT:
                raise merkle.ProofError.because("proof_root_differs", size=0)
        except merkle.ProofError as error:
            if error.code == "proof_root_differs":
                _keep(state, stated, asked.note, f"does not extend the tree of {size}", moment)
            return Answer(422, f"{error.code}\n")
        # A clock that is set back must not make a later tree look older than one that was co-signed before it.
        seconds = max(int(moment.timestamp()), 0 if last is None else last.seconds)
        text = notes.parse_note(asked.note).text
        line = cosignatures.cosign(text, self.name, self._key(), seconds=seconds)
        row = (stated.origin, stated.size, stated.root.hex(), seconds, asked.note + line)
        state.execute(
            "INSERT INTO cosigned VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin, size)"
            " DO UPDATE SET seconds = excluded.seconds, note = excluded.note",
            row,
        )
        return Answer(200, line)

    def checkpoint(self, digest: str) -> Answer:
        """Answer for the newest co-signed checkpoint of the log whose origin has this SHA-256 (hexadecimal): so a
        monitor compares what it was shown with what the witness was."""
        for origin in self.logs():
            found = self.head(origin)
            if origin_digest(origin) == digest and found is not None:
                return Answer(200, found.note)
        return Answer(404, "nothing of such a log was co-signed here\n")


def origin_digest(origin: str) -> str:
    """Return the hexadecimal SHA-256 of a log's origin, as addresses of witnesses name it."""
    return hashlib.sha256(origin.encode("utf-8")).hexdigest()


def _signed(known: Sequence[Verifier], note: str) -> bool:
    try:
        notes.open_checkpoint(note, known)
    except TanbiaoError:
        return False
    return True


def _head(state: sqlite3.Connection, origin: str) -> Head | None:
    row = state.execute(
        "SELECT size, root, seconds, note FROM cosigned WHERE origin = ? ORDER BY size DESC LIMIT 1", (origin,)
    ).fetchone()
    return None if row is None else Head(origin, row[0], bytes.fromhex(row[1]), row[2], row[3])


def _root_at(state: sqlite3.Connection, stated: Checkpoint) -> bytes | None:
    """Return the root that was co-signed for a checkpoint's size, None if none was."""
    named = (stated.origin, stated.size)
    row = state.execute("SELECT root FROM cosigned WHERE origin = ? AND size = ?", named).fetchone()
    return None if row is None else bytes.fromhex(row[0])


def _keep(state: sqlite3.Connection, stated: Checkpoint, note: str, why: str, moment: datetime) -> None:
    state.execute(
        "INSERT OR IGNORE INTO refused VALUES (?, ?, ?, ?, ?, ?)",
        (stated.origin, stated.size, stated.root.hex(), moment.isoformat(timespec="seconds"), why, note),
    )
