"""The writers of the evidence store: pending log entries, files, events; and the sequencer behind them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.merkle import leaf_hash
from tanbiao.evidence import leaf
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, command
from tanbiao.web.ledger import queries
from tanbiao.web.ledger.blobs import get_blob, put_blob
from tanbiao.web.ledger.events import deliver, emit, subscribe
from tanbiao.web.ledger.models import LogEntry, PrivateRecord, QueuedEntry
from tanbiao.web.ledger.sequencer import checkpoint, close_batch, sequence
from tanbiao.web.ledger.tasks import Later, enqueue, others_wait, task

__all__ = [
    "Later",
    "checkpoint",
    "close_batch",
    "cover",
    "deliver",
    "emit",
    "enqueue",
    "erase_salt",
    "get_blob",
    "put_blob",
    "record",
    "sequence",
    "settle",
    "subscribe",
    "task",
]

CHECKPOINT_PAUSE = timedelta(seconds=1)
COVER_TRIES = 12
COVER_PAUSE_SECONDS = 0.25
"""Together three times the second between two checkpoints."""


def record(
    actor: Actor,
    *,
    type: str,
    subject: str,
    event: Mapping[str, Any],
    public: Mapping[str, str] | None = None,
) -> LogEntry:
    """Write a pending log entry in the command's transaction; the sequencer gives it its index after the commit.

    Parameters
    ----------
    actor
        Who acts; ids of person and organisation enter the private event under ``actor``.
    type
        A leaf type of the allow-list (``tanbiao/data/evidence/leaf_types.json``); batched types enter by the hour.
    subject
        The random id of what it is about.
    event
        The whole event, private; only its salted hash is in the leaf.
    public
        Fields of published objects, as the allow-list has them for the type.

    Raises
    ------
    TanbiaoError
        What :func:`tanbiao.evidence.leaf.make_leaf` refuses.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a log entry is written in its command's transaction")
    moment = clock.now()
    whole = {"actor": actor.describe(), **event}
    salt = secrets.token_bytes(leaf.SALT_LENGTH)
    data, _ = leaf.make_leaf(type, clock.stamp(moment), str(subject), whole, dict(public or {}), salt)
    batched = leaf.is_batched(type)
    entry = LogEntry.objects.create(
        type=type, subject=str(subject), at=moment, leaf=data, leaf_hash=leaf_hash(data).hex(), batched=batched
    )
    PrivateRecord.objects.create(entry=entry, event=canonical_bytes(whole).decode(), salt=salt)
    QueuedEntry.objects.create(entry=entry, batched=batched)
    return entry


@command("ledger.erase_salt")
def erase_salt(actor: Actor, *, entry_id: UUID) -> None:  # noqa: ARG001 (checked by the decorator)
    """Erase the salt of an entry: nobody can show any more which event its leaf commits to. There is no way back."""
    PrivateRecord.objects.filter(entry_id=entry_id).update(salt=None)


def cover(entry: LogEntry) -> queries.Inclusion:
    """Return the proof that a committed entry is in the log, giving it its index and waiting for the next checkpoint.

    Raises
    ------
    Later
        No checkpoint covers it after the patience of this call.
    """
    for _ in range(COVER_TRIES):
        while sequence():
            pass
        # A set clock stands still: who works under one (the demonstration world) can't wait for the next second.
        checkpoint(at_once=clock.is_set())
        try:
            return queries.inclusion(entry)
        except Conflict:
            if others_wait():
                # A second later the checkpoint covers what all of them have written: they share it.
                raise Later("entry_not_sequenced", CHECKPOINT_PAUSE) from None
            time.sleep(COVER_PAUSE_SECONDS)
    raise Later("entry_not_sequenced")


def settle(*, batches: bool = False) -> None:
    """Do at once what the worker does over time (events, indexes, signature): for tests and the demo world."""
    while deliver():
        pass
    if batches:
        close_batch(everything=True)
    while sequence():
        pass
    checkpoint(at_once=True)
