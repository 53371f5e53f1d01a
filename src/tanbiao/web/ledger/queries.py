"""The readers of the evidence store. The log is public; private events are read by the feature they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection

from tanbiao.evidence import merkle
from tanbiao.evidence.tiles import HEIGHT, WIDTH, Tile, bundle_bytes
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, NotFound
from tanbiao.web.ledger import cosigned, sequencer, triggers
from tanbiao.web.ledger.models import (
    Checkpoint,
    Heartbeat,
    IndexedEntry,
    LogEntry,
    QueuedEntry,
    Task,
    TreeNode,
)

PENDING_LIMIT = timedelta(seconds=5)
BREATH_LIMIT = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What shows that a leaf is in the log as a checkpoint signed it.

    For a batched leaf ``batch_path`` leads from it to the root that the batch's own leaf shows, and everything else
    speaks of that batch leaf.
    """

    index: int
    leaf: bytes
    path: tuple[bytes, ...]
    size: int
    root: bytes
    checkpoint: str
    signed_at: datetime
    batch_index: int | None = None
    batch_size: int | None = None
    batch_path: tuple[bytes, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the proof as JSON: hashes in hexadecimal, the leaf as text, the checkpoint as its note."""
        body: dict[str, Any] = {
            "index": self.index,
            "leaf": self.leaf.decode(),
            "path": [digest.hex() for digest in self.path],
            "size": self.size,
            "root": self.root.hex(),
            "checkpoint": self.checkpoint,
        }
        if self.batch_index is not None:
            body["batch"] = {
                "index": self.batch_index,
                "size": self.batch_size,
                "path": [digest.hex() for digest in self.batch_path],
            }
        return body


def latest_checkpoint() -> Checkpoint | None:
    """Return the newest signed checkpoint; None before the first."""
    return Checkpoint.objects.order_by("-size").first()


def shown_checkpoint() -> Checkpoint | None:
    """Return the checkpoint that the public is shown; see :func:`tanbiao.web.ledger.cosigned.shown`."""
    return cosigned.shown(latest_checkpoint())


def inclusion(entry: LogEntry) -> Inclusion:
    """Return the proof that an entry is in the log, under the newest checkpoint that covers it.

    Raises
    ------
    Conflict
        ``entry_not_sequenced``: it was written just now, or its hour's batch is not closed.
    """
    place = getattr(entry, "batch_place", None) if entry.batched else None
    if entry.batched and place is None:
        raise Conflict.of("entry_not_sequenced")
    carrier = place.batch if place is not None else entry
    indexed = IndexedEntry.objects.filter(entry=carrier).first()
    newest = _covering(indexed)
    if indexed is None or newest is None or newest.size <= indexed.index:
        raise Conflict.of("entry_not_sequenced")
    batch: dict[str, Any] = {}
    if place is not None:
        hashes = [bytes.fromhex(text) for text in _member_hashes(carrier)]
        path = merkle.inclusion_proof(place.position, hashes)
        batch = {"batch_index": place.position, "batch_size": len(hashes), "batch_path": tuple(path)}
    index, size = indexed.index, newest.size
    return Inclusion(
        index=index,
        leaf=bytes(carrier.leaf),
        path=tuple(sequencer.with_nodes(lambda nodes: merkle.inclusion_proof_from(nodes, index, size))),
        size=newest.size,
        root=bytes.fromhex(newest.root),
        checkpoint=cosigned.note_of(newest),
        signed_at=newest.at,
        **batch,
    )


def _covering(indexed: IndexedEntry | None) -> Checkpoint | None:
    """Return the checkpoint that the public is shown if it covers an entry, else the newest of all."""
    newest = latest_checkpoint()
    shown = cosigned.shown(newest)
    return shown if shown is not None and indexed is not None and shown.size > indexed.index else newest


def _member_hashes(batch: LogEntry) -> list[str]:
    return list(batch.batch_members.order_by("position").values_list("entry__leaf_hash", flat=True))


def consistency(size1: int, size2: int) -> list[bytes]:
    """Return the proof that the log of ``size1`` is a beginning of the log of ``size2``."""
    if not 0 <= size1 <= size2 <= sequencer.size():
        raise NotFound.of("not_found")
    return merkle.consistency_proof_from(sequencer.node, size1, size2)


def tile(wanted: Tile) -> bytes:
    """Return a tile of hashes, or the entry bundle of one (C2SP tlog-tiles).

    Only what the newest checkpoint covers is shown: a tile never runs ahead of a signature.

    Raises
    ------
    NotFound
        ``tile_not_found``
    """
    newest = latest_checkpoint()
    covered = (newest.size if newest else 0) >> (HEIGHT * (wanted.level or 0))
    begin = wanted.number * WIDTH
    if begin + wanted.width > covered:
        raise NotFound.of("tile_not_found")
    if wanted.level is None:
        rows = IndexedEntry.objects.filter(index__gte=begin, index__lt=begin + wanted.width).order_by("index")
        return bundle_bytes([bytes(data) for data in rows.values_list("entry__leaf", flat=True)])
    nodes = TreeNode.objects.filter(level=HEIGHT * wanted.level, index__gte=begin, index__lt=begin + wanted.width)
    return b"".join(bytes.fromhex(text) for text in nodes.order_by("index").values_list("hash", flat=True))


def waiting(moment: datetime | None = None) -> list[str]:
    """Return what has waited too long for an index or a signature, as codes; empty when all is well."""
    now = moment or clock.wall()
    late: list[str] = []
    if QueuedEntry.objects.filter(batched=False, queued_at__lt=now - PENDING_LIMIT).exists():
        late.append("entries_without_index")
    past = sequencer.hour_of(now - PENDING_LIMIT)
    if QueuedEntry.objects.filter(batched=True, queued_at__lt=past).exists():
        late.append("batch_not_closed")
    newest = latest_checkpoint()
    unsigned = IndexedEntry.objects.filter(index__gte=newest.size if newest else 0, at__lt=now - PENDING_LIMIT)
    if unsigned.exists():
        late.append("entries_without_checkpoint")
    return late


def is_set_back() -> bool:
    """Whether the computer's clock stands before what the log was given last: an index, a checkpoint's signature.

    No checkpoint is signed then (there is at most one a second), and no decision is dated before the one it rests on.
    """
    limit = clock.wall() + clock.SKEW
    newest = latest_checkpoint()
    entry = IndexedEntry.objects.order_by("-index").first()
    return any(row is not None and row.at > limit for row in (newest, entry))


Check = Callable[[], str]
_checks: dict[str, Check] = {}


def health_check(name: str) -> Callable[[Check], Check]:
    """Register what else must be well, by a higher feature: a function that answers ``ok`` or the code of what is
    not."""

    def register(check: Check) -> Check:
        _checks[name] = check
        return check

    return register


def health() -> dict[str, Any]:
    """Return whether database, log and worker answer: ``{"status": "ok" | "failing", "checks": {…}}``."""
    checks: dict[str, Any] = {name: "ok" for name in ("database", "log", "worker", "append_only", "clock")}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        late = waiting()
        checks["log"] = late or "ok"
        beat = Heartbeat.objects.filter(name="worker").first()
        if beat is None or clock.wall() - beat.at > BREATH_LIMIT:
            checks["worker"] = "silent"
        if triggers.missing():
            checks["append_only"] = "missing"
        if is_set_back():
            checks["clock"] = "set_back"
        checks["witnesses"] = cosigned.health(latest_checkpoint())
        checks |= {name: check() for name, check in _checks.items()}
    except DatabaseError:
        checks = {"database": "unreachable"}
    failing = any(value != "ok" for value in checks.values())
    return {"status": "failing" if failing else "ok", "checks": checks}


def task_of(actor: Actor, key: str) -> Task | None:  # noqa: ARG001 (keys are unguessable and made by the caller)
    """Return a task by its key, for the page that waits for it."""
    return Task.objects.filter(key=key).first()
