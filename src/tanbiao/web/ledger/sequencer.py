"""The one sequencer: gives pending entries their index in commit order and signs checkpoints.

Any number of processes may call it; a lock in the database lets one work at a time. An entry whose command saw another
entry committed comes after it: it was queued later, and the queue is read in its order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Max, Q

from tanbiao.core.merkle import node_hash
from tanbiao.evidence import leaf, merkle
from tanbiao.web import clock
from tanbiao.web.ids import new_id
from tanbiao.web.ledger import signing
from tanbiao.web.ledger.models import (
    BatchMember,
    Checkpoint,
    IndexedEntry,
    LogEntry,
    PrivateRecord,
    QueuedEntry,
    TreeNode,
)

T = TypeVar("T")
LOCK = 0x7462_6C6F_67
"""Key of the PostgreSQL advisory lock ("tblog"); on SQLite an IMMEDIATE transaction is itself exclusive."""

PER_ROUND = 1000
BATCH_PERIOD = timedelta(hours=1)
SIGN_EVERY = timedelta(seconds=1)


def size() -> int:
    """Return the number of entries that have an index."""
    last = IndexedEntry.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else int(last) + 1


def node(level: int, index: int) -> bytes:
    """Return a complete node of the stored tree."""
    return bytes.fromhex(TreeNode.objects.values_list("hash", flat=True).get(level=level, index=index))


def with_nodes(work: Callable[[merkle.Nodes], T]) -> T:
    """Return what work makes of the stored tree's nodes, all of which are read at once.

    Which nodes it asks for must follow from sizes and places alone, as it does for roots and proofs: the work is done
    twice, first on nothing.
    """
    asked: dict[tuple[int, int], None] = {}

    def note(level: int, index: int) -> bytes:
        asked[(level, index)] = None
        return bytes(32)

    work(note)
    wanted: dict[int, list[int]] = {}
    for level, index in asked:
        wanted.setdefault(level, []).append(index)
    condition = Q(pk__in=[])
    for level, places in wanted.items():
        condition |= Q(level=level, index__in=places)
    found = {
        (level, index): bytes.fromhex(digest)
        for level, index, digest in TreeNode.objects.filter(condition).values_list("level", "index", "hash")
    }

    def read(level: int, index: int) -> bytes:
        # A node that is not there is asked for by itself: the error names it.
        return found.get((level, index)) or node(level, index)

    return work(read)


def _lock() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def sequence(limit: int = PER_ROUND) -> int:
    """Give up to ``limit`` waiting entries their index and return how many got one."""
    if not QueuedEntry.objects.filter(batched=False).exists():
        return 0
    with transaction.atomic():
        _lock()
        waiting = list(QueuedEntry.objects.filter(batched=False).select_related("entry").order_by("id")[:limit])
        begin = size()
        moment = clock.wall()
        IndexedEntry.objects.bulk_create(
            IndexedEntry(index=begin + offset, entry=one.entry, at=moment) for offset, one in enumerate(waiting)
        )
        _grow(begin, [bytes.fromhex(one.entry.leaf_hash) for one in waiting])
        QueuedEntry.objects.filter(id__in=[one.id for one in waiting]).delete()
    return len(waiting)


def _grow(begin: int, hashes: list[bytes]) -> None:
    """Store the new leaves and every node they complete."""
    fresh: dict[tuple[int, int], bytes] = {}

    def read(level: int, index: int) -> bytes:
        return fresh.get((level, index)) or node(level, index)

    for offset, digest in enumerate(hashes):
        index, level = begin + offset, 0
        fresh[(0, index)] = digest
        while index & 1:
            parent = node_hash(read(level, index - 1), read(level, index))
            level, index = level + 1, index >> 1
            fresh[(level, index)] = parent
    TreeNode.objects.bulk_create(
        TreeNode(level=level, index=index, hash=digest.hex()) for (level, index), digest in fresh.items()
    )


def checkpoint(*, at_once: bool = False) -> Checkpoint | None:
    """Sign the log as it stands and return the newest checkpoint; at most one a second unless ``at_once``."""
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is not None:
        too_soon = not at_once and clock.wall() - newest.at < SIGN_EVERY
        if too_soon or not IndexedEntry.objects.filter(index__gte=newest.size).exists():
            return newest
    with transaction.atomic():
        _lock()
        now_size = size()
        known = Checkpoint.objects.filter(size=now_size).first()
        if known is not None:
            return known
        root = with_nodes(lambda nodes: merkle.root_from(nodes, now_size))
        return Checkpoint.objects.create(
            size=now_size, root=root.hex(), note=signing.sign_checkpoint(now_size, root), at=clock.wall()
        )


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of a time's hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def close_batch(*, everything: bool = False) -> LogEntry | None:
    """Put the batched entries of past hours under one root and queue that root's own leaf.

    ``everything`` closes the present hour too (tests, shutdown of a demo). Returns the batch's entry, None when nothing
    waited.
    """
    due = QueuedEntry.objects.filter(batched=True)
    if not everything:
        due = due.filter(queued_at__lt=hour_of(clock.wall()))
    if not due.exists():
        return None
    with transaction.atomic():
        _lock()
        waiting = list(due.select_related("entry").order_by("id")[: 20 * PER_ROUND])
        if not waiting:
            return None
        members = [bytes(one.entry.leaf) for one in waiting]
        moment = hour_of(clock.wall())
        subject = str(new_id())
        salt = signing.salt()
        data, private = leaf.make_batch(clock.stamp(moment), subject, members, salt)
        batch = LogEntry.objects.create(
            type="batch", subject=subject, at=moment, leaf=data, leaf_hash=merkle.leaf_hash(data).hex()
        )
        PrivateRecord.objects.create(entry=batch, event=signing.canonical_text(private.event), salt=salt)
        BatchMember.objects.bulk_create(
            BatchMember(entry=one.entry, batch=batch, position=position) for position, one in enumerate(waiting)
        )
        QueuedEntry.objects.filter(id__in=[one.id for one in waiting]).delete()
        QueuedEntry.objects.create(entry=batch)
    return batch
