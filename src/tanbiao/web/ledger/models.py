"""Tables of the evidence store.

A model with ``append_only = True`` (in any feature) gets database triggers that refuse UPDATE, DELETE and TRUNCATE;
with ``changes_in`` the columns named there may be written again.
Such a table is never altered by a migration: a new column is a new table.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tanbiao.web import clock
from tanbiao.web.ids import new_id

HASH_LENGTH = 71
"""``sha256:`` and 64 hexadecimal digits."""


class LogEntry(models.Model):
    """A leaf of the transparency log, as it was made; it says nothing that is not public."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()
    leaf = models.BinaryField()
    leaf_hash = models.CharField(max_length=64, db_index=True)
    batched = models.BooleanField(default=False)
    """Enters the log only through an hourly batch, because its own time would show who applies."""

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class PrivateRecord(models.Model):
    """The event behind a leaf and its salt; erasing the salt erases the link between the two."""

    entry = models.OneToOneField(LogEntry, on_delete=models.PROTECT, primary_key=True, related_name="private")
    event = models.TextField()
    """Canonical JSON."""
    salt = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"event of {self.entry_id}"


class QueuedEntry(models.Model):
    """An entry that waits for its index; written in the command's own transaction, removed by the sequencer's."""

    id = models.BigAutoField(primary_key=True)
    entry = models.OneToOneField(LogEntry, on_delete=models.PROTECT, related_name="queued")
    batched = models.BooleanField(default=False)
    queued_at = models.DateTimeField(default=clock.wall, db_index=True)

    def __str__(self) -> str:
        return f"waiting: {self.entry_id}"


class IndexedEntry(models.Model):
    """The index an entry has in the log, for ever."""

    append_only = True

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(LogEntry, on_delete=models.PROTECT, related_name="indexed")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"#{self.index}"


class BatchMember(models.Model):
    """The place of a batched entry under its batch's root."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    entry = models.OneToOneField(LogEntry, on_delete=models.PROTECT, related_name="batch_place")
    batch = models.ForeignKey(LogEntry, on_delete=models.PROTECT, related_name="batch_members")
    position = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "position"], name="one_member_per_place"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} at {self.position}"


class TreeNode(models.Model):
    """A complete node of the Merkle tree; level 0 holds the leaf hashes."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["level", "index"], name="one_hash_per_node"),
        ]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """A signed statement of the log's size and root."""

    append_only = True

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    note = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"checkpoint of {self.size}"


class Cosignature(models.Model):
    """A witness's line under a checkpoint; the newest of a witness counts."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200, db_index=True)
    vkey = models.CharField(max_length=300)
    line = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.witness} on {self.checkpoint_id}"


class Blob(models.Model):
    """A file of the content store; its bytes lie in the file system under their hash."""

    append_only = True

    hash = models.CharField(max_length=HASH_LENGTH, primary_key=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.hash


class DomainEvent(models.Model):
    """Something that happened and that higher features may want to know; written in the command's transaction."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    payload = models.TextField()
    """Canonical JSON."""
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class Delivery(models.Model):
    """One event for one handler: tried until it succeeds, each time in a transaction of its own."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(DomainEvent, on_delete=models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=160)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.wall)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["event", "handler"], name="one_delivery_per_handler"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_at"], condition=models.Q(done_at__isnull=True), name="open_deliveries"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.handler}"


class Task(models.Model):
    """A long piece of work outside a request: begun once per key, resumed after a crash, with attempts and progress."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=200, unique=True)
    """Idempotency key: asking twice for the same work gives the same task."""
    payload = models.TextField()
    state = models.CharField(max_length=10, default="waiting")
    """waiting, running, done or failed."""
    attempts = models.PositiveIntegerField(default=0)
    progress = models.FloatField(default=0.0)
    result = models.TextField(blank=True)
    error = models.TextField(blank=True)
    next_at = models.DateTimeField(default=clock.wall)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.wall)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "next_at"], name="tasks_to_run"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"


class Heartbeat(models.Model):
    """When a background worker last went round."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at}"
