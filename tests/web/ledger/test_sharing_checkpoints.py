"""A worker with other work at hand does not wait for the log: issues share the checkpoint that comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from tanbiao.web import clock
from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger import sequencer, tasks
from tanbiao.web.ledger.models import LogEntry, Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> Iterator[None]:
    """Make this thread a worker's."""
    token = tasks._in_worker.set(True)
    yield
    tasks._in_worker.reset(token)


def entry() -> LogEntry:
    with transaction.atomic():
        return ledger.record(
            system_actor("tests"),
            type="notice_published",
            subject=str(uuid4()),
            event={},
            public={"notice": "N-000001"},
        )


def waiting() -> Task:
    return Task.objects.create(name="none", key=str(uuid4()), payload="{}")


def test_with_other_work_due_it_gives_way_for_a_second(worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.cover(entry())
    monkeypatch.setattr(sequencer, "SIGN_EVERY", timedelta(hours=1))
    waiting()
    with pytest.raises(ledger.Later) as later:
        ledger.cover(entry())
    assert later.value.wait == timedelta(seconds=1)


def test_alone_it_waits_for_the_next_checkpoint(worker: None) -> None:
    ledger.cover(entry())
    begun = clock.wall()
    late = entry()
    assert ledger.cover(late).leaf == bytes(late.leaf)
    assert clock.wall() - begun < timedelta(seconds=4)


def test_outside_a_worker_it_waits_whatever_is_due() -> None:
    ledger.cover(entry())
    waiting()
    late = entry()
    assert ledger.cover(late).leaf == bytes(late.leaf)
