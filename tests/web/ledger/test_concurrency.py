"""Many writers at once: no write is lost, no index given twice, and the order of commits is kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from factories import SYSTEM
from tanbiao.web.ids import new_id
from tanbiao.web.ledger import commands, fsck, sequencer
from tanbiao.web.ledger.models import IndexedEntry, LogEntry
from tanbiao.web.ledger.worker import Worker

WRITERS, EACH = 6, 15


def _write(writer: int) -> list[str]:
    subject = f"{writer:02d}{new_id().hex}"
    try:
        for number in range(EACH):
            with transaction.atomic():
                public = {"certificate": f"W{writer}-{number:04d}", "status": "valid"}
                commands.record(SYSTEM, type="certificate_issued", subject=subject, event={"n": number}, public=public)
    finally:
        connections.close_all()
    return [subject]


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_and_two_workers_make_one_gapless_log() -> None:
    workers = [Worker(pause=0.01), Worker(pause=0.01)]
    for worker in workers:
        worker.start()
    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            subjects = [subject for found in pool.map(_write, range(WRITERS)) for subject in found]
        # What a test before this one left in the log (a release installed for the whole run) is no concern of ours.
        ours = IndexedEntry.objects.filter(entry__subject__in=subjects)
        _wait_until(lambda: ours.count() == WRITERS * EACH)
    finally:
        for worker in workers:
            worker.stop()
    assert LogEntry.objects.filter(subject__in=subjects).count() == WRITERS * EACH
    indexes = list(IndexedEntry.objects.order_by("index").values_list("index", flat=True))
    assert indexes == list(range(len(indexes)))
    for subject in subjects:
        rows = IndexedEntry.objects.filter(entry__subject=subject).order_by("index")
        times = list(rows.values_list("entry__at", flat=True))
        assert times == sorted(times)
    sequencer.checkpoint(at_once=True)
    assert fsck.check().errors == []


def _wait_until(reached, seconds: float = 90.0) -> None:  # type: ignore[no-untyped-def]
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if reached():
            return
        pause.wait(0.05)
    raise AssertionError("the workers did not finish")
