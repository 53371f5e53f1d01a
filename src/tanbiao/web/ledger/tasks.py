"""Durable tasks: long work outside a request, begun once per key, tried again after a failure or a crash.

A task is a function registered by name that takes its payload and a :class:`Progress`; it must be idempotent, since a
worker may die after the work and before the mark.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.ledger.models import Task

logger = logging.getLogger("tanbiao.tasks")
MAX_ATTEMPTS = 5
LEASE = timedelta(minutes=10)
"""A running task nobody has heard of for this long is taken up again: its worker is dead. A living one prolongs it."""
WAIT = timedelta(seconds=5)
"""After this a task is tried again whose work said :class:`Later`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running task says how far it is."""

    task_id: UUID

    def report(self, share: float) -> None:
        """Store the share of the work that is done (0 to 1), and keep the task."""
        Task.objects.filter(id=self.task_id).update(progress=share, claimed_until=clock.wall() + LEASE)


class Later(Exception):
    """What the work needs is not there yet: it is tried again as often as it takes. ``code`` names what is missing."""

    def __init__(self, code: str, wait: timedelta = WAIT) -> None:
        self.code, self.wait = code, wait
        super().__init__(code)


Work = Callable[[Mapping[str, Any], Progress], Any]
_works: dict[str, Work] = {}
_nightly: list[str] = []
_in_worker: ContextVar[bool] = ContextVar("tanbiao_worker", default=False)
_at_work: set[UUID] = set()
"""The tasks that threads of this process have in hand."""
NIGHT_HOUR = 2
"""When the night's work begins, China Standard Time; project default, not official."""


def task(name: str) -> Callable[[Work], Work]:
    """Register a function as the work of tasks of this name; what it returns (JSON) is the task's result."""

    def register(work: Work) -> Work:
        _works[name] = work
        return work

    return register


def enqueue(name: str, *, key: str, payload: Mapping[str, Any], not_before: datetime | None = None) -> Task:
    """Ask for work in the caller's transaction, at once or not before a time; the same key twice is the same task."""
    if name not in _works:
        raise LookupError(f"no task is registered as {name}")
    wanted: dict[str, Any] = {"name": name, "payload": canonical_bytes(payload).decode()}
    if not_before is not None:
        wanted["next_at"] = not_before
    made, _ = Task.objects.get_or_create(key=key, defaults=wanted)
    return made


def nightly(name: str) -> None:
    """Let a registered work be done once every night; its payload names the ``day``."""
    _nightly.append(name)


def ask_for_the_night() -> None:
    """Enqueue the coming night's work; asked for again, nothing happens."""
    here = clock.wall() + timedelta(hours=8)
    day = here.date() + timedelta(days=here.hour >= NIGHT_HOUR)
    due = datetime.combine(day, time(NIGHT_HOUR), timezone(timedelta(hours=8)))
    for name in _nightly:
        enqueue(name, key=f"{name}/{day}", payload={"day": day.isoformat()}, not_before=due)


def _claim() -> Task | None:
    moment = clock.wall()
    due = Task.objects.filter(
        Q(state="waiting", next_at__lte=moment) | Q(state="running", claimed_until__lt=moment)
    ).order_by("next_at", "created_at")
    if not due.exists():
        return None
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        found = due.first()
        if found is not None:
            found.state, found.claimed_until = "running", moment + LEASE
            found.attempts += 1
            found.save(update_fields=["state", "claimed_until", "attempts"])
        return found


def others_wait() -> bool:
    """Whether this is a worker's own thread and another task is due: then it is of no use to wait for the log."""
    return _in_worker.get() and Task.objects.filter(state="waiting", next_at__lte=clock.wall()).exists()


def work_for_all() -> None:
    """Say that this thread is a worker's: what must wait gives way to what is due."""
    _in_worker.set(True)


def keep_claims() -> int:
    """Prolong the claims of the tasks that this process works on, however long they take; return how many it has."""
    ids = tuple(_at_work)
    if ids:
        Task.objects.filter(id__in=ids, state="running").update(claimed_until=clock.wall() + LEASE)
    return len(ids)


def run_next() -> bool:
    """Run the next task that is due; False when none is."""
    found = _claim()
    if found is None:
        return False
    _at_work.add(found.id)
    try:
        _run(found)
    finally:
        _at_work.discard(found.id)
    return True


def _run(found: Task) -> None:
    try:
        result = _works[found.name](json.loads(found.payload), Progress(found.id))
    except Later as later:
        logger.warning("task %s (%s) waits: %s", found.name, found.key, later.code)
        found.state, found.error, found.attempts = "waiting", later.code, found.attempts - 1
        found.next_at = clock.wall() + later.wait
        found.save(update_fields=["state", "error", "attempts", "next_at"])
    except Exception as error:
        logger.exception("task %s (%s) failed", found.name, found.key)
        _put_off(found, error)
    else:
        found.state, found.progress, found.error = "done", 1.0, ""
        found.result = json.dumps(result, ensure_ascii=False)
        found.finished_at = clock.wall()
        found.save(update_fields=["state", "progress", "error", "result", "finished_at"])


def _put_off(found: Task, error: Exception) -> None:
    """Try again later; a domain failure would only fail again, so it ends the task."""
    final = isinstance(error, TanbiaoError) or found.attempts >= MAX_ATTEMPTS
    found.state = "failed" if final else "waiting"
    found.error = error.code if isinstance(error, TanbiaoError) else type(error).__name__
    found.next_at = clock.wall() + timedelta(seconds=2**found.attempts)
    found.finished_at = clock.wall() if final else None
    found.save(update_fields=["state", "error", "next_at", "finished_at"])
