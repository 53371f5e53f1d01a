"""The public register made again from what was published: the log's leaves and the snapshots they name.

An archive holds every leaf of the log in its order, the signed checkpoint over them, the log's keys, and the newest
snapshot of every number. Whoever has it needs nothing else of the platform: the leaves must give the signed root, each
snapshot must have the hash its leaf names, and the entries follow from the snapshots.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tanbiao.core.canonical import PREFIX, canonical_bytes, content_hash, hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.merkle import root
from tanbiao.evidence import notes
from tanbiao.evidence.leaf import parse_leaf
from tanbiao.web.ledger import queries as log
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.models import IndexedEntry
from tanbiao.web.ledger.signing import verifiers
from tanbiao.web.register import entries
from tanbiao.web.register.models import Entry

TYPE = "register_published"
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came out: entries, leaves of the log, and a digest that the original's must equal."""

    entries: int
    leaves: int
    digest: str


def digest() -> str:
    """Return a digest of the register as it stands: over all numbers and the hashes of their records."""
    rows = Entry.objects.order_by("number").values_list("number", "record")
    # The content hash of the list of all [number, hash], made without holding it.
    made, before = hashlib.sha256(), b"["
    for number, record in rows.iterator(chunk_size=CHUNK):
        made.update(before + canonical_bytes([number, content_hash(record)]))
        before = b","
    made.update(b"]" if before == b"," else b"[]")
    return f"{PREFIX}{made.hexdigest()}"


def write_archive(path: Path) -> Rebuilt:
    """Write the archive of this register up to the newest checkpoint.

    Raises
    ------
    TanbiaoError
        ``archive_no_checkpoint``: nothing is signed yet.
    """
    checkpoint = log.latest_checkpoint()
    if checkpoint is None or checkpoint.size == 0:
        raise TanbiaoError.of("archive_no_checkpoint")
    newest: dict[str, str] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        with packed.open("leaves.jsonl", "w", force_zip64=True) as stream:
            for data in _leaves(checkpoint.size):
                stream.write(data + b"\n")
                _note(newest, data)
        for snapshot in sorted(newest.values()):
            packed.writestr(f"snapshots/{snapshot.removeprefix('sha256:')}.json", get_blob(snapshot))
        packed.writestr("checkpoint", checkpoint.note)
        packed.writestr("keys", "".join(f"{one.vkey}\n" for one in verifiers()))
    return Rebuilt(len(newest), checkpoint.size, digest())


def _leaves(size: int) -> Iterator[bytes]:
    rows = IndexedEntry.objects.filter(index__lt=size).order_by("index").values_list("entry__leaf", flat=True)
    for data in rows.iterator(chunk_size=CHUNK):
        yield bytes(data)


def _note(newest: dict[str, str], data: bytes) -> None:
    public = json.loads(data)
    if public.get("type") == TYPE:
        newest[public["public"]["certificate"]] = public["public"]["snapshot"]


def rebuild(path: Path, keys: str = "") -> Rebuilt:
    """Fill this empty register from an archive.

    Parameters
    ----------
    keys
        Verifier keys of the log, one a line, from where the reader trusts them; empty: those in the archive.

    Raises
    ------
    TanbiaoError
        ``rebuild_not_empty``, ``archive_unreadable``, ``archive_off_log``, ``archive_snapshot_differs``
    """
    if Entry.objects.exists():
        raise TanbiaoError.of("rebuild_not_empty")
    try:
        with zipfile.ZipFile(path) as packed:
            leaves = _check_log(packed, packed.read("checkpoint").decode(), keys or packed.read("keys").decode())
            newest: dict[str, str] = {}
            for data in _packed_leaves(packed):
                parse_leaf(data)
                _note(newest, data)
            made = _fill(packed, newest)
    except (OSError, zipfile.BadZipFile, KeyError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise TanbiaoError.of("archive_unreadable", str(path), reason=str(error)[:100]) from error
    return Rebuilt(made, leaves, digest())


def _packed_leaves(packed: zipfile.ZipFile) -> Iterator[bytes]:
    """Yield the leaves of an archive, one a line, without holding them: a large log has millions."""
    with packed.open("leaves.jsonl") as stream:
        for line in stream:
            yield line.removesuffix(b"\n")


def _check_log(packed: zipfile.ZipFile, checkpoint: str, keys: str) -> int:
    """Return how many leaves the archive has, once they give the signed root."""
    known = [notes.Verifier.parse(line) for line in keys.split()]
    signed = notes.open_checkpoint(checkpoint, known)
    found = 0

    def counted() -> Iterator[bytes]:
        nonlocal found
        for data in _packed_leaves(packed):
            found += 1
            yield data

    if root(counted()) != signed.root or found != signed.size:
        raise TanbiaoError.of("archive_off_log", size=signed.size, found=found)
    return found


def _fill(packed: zipfile.ZipFile, newest: dict[str, str]) -> int:
    made, batch = 0, list[tuple[dict[str, Any], str]]()
    for number, snapshot in sorted(newest.items()):
        data = packed.read(f"snapshots/{snapshot.removeprefix('sha256:')}.json")
        record: dict[str, Any] = json.loads(data)
        if hash_bytes(data) != snapshot or canonical_bytes(record) != data or record["number"] != number:
            raise TanbiaoError.of("archive_snapshot_differs", number, number=number)
        batch.append((record, snapshot))
        if len(batch) == CHUNK:
            made += entries.put_many(batch)
            batch = []
    return made + entries.put_many(batch)
