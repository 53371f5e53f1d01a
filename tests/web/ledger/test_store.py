"""Append-only tables, the content store, events and tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from factories import SYSTEM
from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.commanding import NotFound
from tanbiao.web.ids import new_id
from tanbiao.web.ledger import blobs, commands, events, fsck, tasks, triggers
from tanbiao.web.ledger.models import Blob, Delivery, DomainEvent, LogEntry, Task
from tanbiao.web.ledger.tasks import Progress

pytestmark = pytest.mark.django_db


def _entry() -> LogEntry:
    with transaction.atomic():
        return commands.record(SYSTEM, type="case_event", subject=str(new_id()), event={"n": 1})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_logentry SET type = 'other'",
        "DELETE FROM ledger_logentry",
        "UPDATE ledger_domainevent SET name = 'other'",
        "DELETE FROM ledger_domainevent",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(statement: str) -> None:
    _entry()
    commands.emit("tests.happened", {})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert LogEntry.objects.filter(type="case_event").exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_postgresql_refuses_truncate_too() -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE ledger_logentry CASCADE")


def test_triggers_that_vanish_are_noticed_and_made_again() -> None:
    assert triggers.missing() == []
    assert "append_only_ledger_logentry_delete" in triggers.existing()
    triggers.drop()
    assert "append_only_ledger_logentry_update" in triggers.missing()
    assert {item.code for item in fsck.check().errors} == {"fsck_trigger"}
    triggers.after_migrate(using="default")
    assert triggers.missing() == []


def test_bytes_come_back_by_their_hash_and_are_stored_once() -> None:
    data = "一份证据".encode()
    first = commands.put_blob(data, "text/plain")
    assert first == hash_bytes(data) == commands.put_blob(data, "text/plain")
    assert commands.get_blob(first) == data
    assert Blob.objects.filter(hash=first).count() == 1
    assert not [path for path in blobs.path_of(first).parent.iterdir() if path.name.startswith(".")]


def test_several_files_are_stored_as_each_alone_would_be() -> None:
    alone = blobs.put_blob(b"one", "text/plain")
    given = blobs.put_blobs([(b"one", "text/plain"), (b"two", "text/plain"), (b"two", "text/plain")])
    assert given == [alone, hash_bytes(b"two"), hash_bytes(b"two")]
    assert [blobs.get_blob(one) for one in given] == [b"one", b"two", b"two"]
    assert Blob.objects.filter(hash__in=given).count() == 2
    assert blobs.put_blobs([]) == []


def test_an_unknown_hash_is_not_found() -> None:
    for name in ("sha256:" + "0" * 64, "../../etc/passwd", ""):
        with pytest.raises(NotFound):
            commands.get_blob(name)


def test_a_damaged_file_is_refused_and_named_by_fsck() -> None:
    content_hash = commands.put_blob(b"evidence of the meter", "text/plain")
    path = blobs.path_of(content_hash)
    path.write_bytes(b"evidence of the Meter")
    with pytest.raises(TanbiaoError) as caught:
        commands.get_blob(content_hash)
    assert caught.value.code == "blob_damaged"
    assert {item.code for item in fsck.check().errors} == {"fsck_blob_differs"}
    path.unlink()
    assert {item.code for item in fsck.check().errors} == {"fsck_blob_missing"}


def test_a_download_is_an_attachment_that_no_browser_runs() -> None:
    response = blobs.attachment(b"<script>", "text/html", "报告 2025.html")
    assert response["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%E6%8A%A5%E5%91%8A%202025.html" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.fixture
def handler() -> Iterator[list[Mapping[str, Any]]]:
    """Return what a handler of ``tests.happened`` was called with; it fails when told so."""
    seen: list[Mapping[str, Any]] = []

    @events.subscribe("tests.happened")
    def take(payload: Mapping[str, Any]) -> None:
        seen.append(payload)
        if payload.get("fail") == len(seen):
            raise ValueError("not yet")

    yield seen
    events._handlers.pop("tests.happened")


def test_an_event_reaches_its_subscribers_once_it_is_delivered(handler: list[Mapping[str, Any]]) -> None:
    commands.emit("tests.happened", {"study": "s1"})
    assert handler == []
    commands.deliver()
    commands.deliver()
    assert handler == [{"study": "s1"}]


def test_an_event_of_a_command_that_fails_was_never_there(handler: list[Mapping[str, Any]]) -> None:
    commands.deliver()  # what other tests left waiting

    def fails() -> None:
        commands.emit("tests.happened", {})
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"), transaction.atomic():
        fails()
    assert commands.deliver() == 0
    assert handler == []
    assert not DomainEvent.objects.filter(name="tests.happened").exists()


def test_a_handler_that_fails_is_tried_again_later(handler: list[Mapping[str, Any]]) -> None:
    event = commands.emit("tests.happened", {"fail": 1})
    commands.deliver()
    delivery = Delivery.objects.get(event=event)
    assert (delivery.attempts, delivery.done_at) == (1, None)
    assert delivery.error == "ValueError: not yet"
    assert delivery.next_at > clock.wall()
    Delivery.objects.update(next_at=clock.wall())
    commands.deliver()
    delivery.refresh_from_db()
    assert delivery.done_at is not None
    assert len(handler) == 2


@pytest.fixture
def work() -> Iterator[list[Mapping[str, Any]]]:
    """Return what the task ``tests.work`` was run with; it fails in the way its payload says."""
    seen: list[Mapping[str, Any]] = []

    @commands.task("tests.work")
    def run(payload: Mapping[str, Any], progress: Progress) -> Any:
        seen.append(payload)
        progress.report(0.5)
        if payload.get("fail") == "always":
            raise TanbiaoError.of("blob_unknown")
        if payload.get("fail") == "once" and len(seen) == 1:
            raise OSError("disk")
        return {"seen": len(seen)}

    yield seen
    tasks._works.pop("tests.work")


def test_the_same_key_is_the_same_task_and_runs_once(work: list[Mapping[str, Any]]) -> None:
    first = commands.enqueue("tests.work", key="k1", payload={"n": 1})
    assert commands.enqueue("tests.work", key="k1", payload={"n": 1}).id == first.id
    assert tasks.run_next()
    assert not tasks.run_next()
    done = Task.objects.get(key="k1")
    assert (done.state, done.progress, done.result) == ("done", 1.0, '{"seen": 1}')
    assert work == [{"n": 1}]


def test_a_failed_task_is_tried_again_but_a_refused_one_is_not(work: list[Mapping[str, Any]]) -> None:
    commands.enqueue("tests.work", key="once", payload={"fail": "once"})
    tasks.run_next()
    again = Task.objects.get(key="once")
    assert (again.state, again.error, again.attempts) == ("waiting", "OSError", 1)
    Task.objects.update(next_at=clock.wall())
    tasks.run_next()
    assert Task.objects.get(key="once").state == "done"
    commands.enqueue("tests.work", key="always", payload={"fail": "always"})
    tasks.run_next()
    refused = Task.objects.get(key="always")
    assert (refused.state, refused.error) == ("failed", "blob_unknown")


def test_a_task_whose_worker_died_is_taken_up_again(work: list[Mapping[str, Any]]) -> None:
    commands.enqueue("tests.work", key="died", payload={})
    Task.objects.update(state="running", attempts=1, claimed_until=clock.wall() + timedelta(minutes=1))
    assert not tasks.run_next()
    Task.objects.update(claimed_until=clock.wall() - timedelta(seconds=1))
    assert tasks.run_next()
    assert Task.objects.get(key="died").state == "done"


def test_a_long_task_is_not_taken_up_again_while_its_worker_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.wall()
    others: list[bool] = []

    def takes_hours(payload: Mapping[str, Any], progress: Progress) -> None:
        for hour in range(1, 4):
            for minutes in range(0, 60, 5):
                monkeypatch.setattr(clock, "wall", lambda at=begun + timedelta(hours=hour, minutes=minutes): at)
                assert tasks.keep_claims() == 1
                others.append(tasks._claim() is not None)

    tasks.task("tests.long")(takes_hours)
    commands.enqueue("tests.long", key="long", payload={})
    assert tasks.run_next()
    assert others == [False] * 36
    assert Task.objects.get(key="long").state == "done"
    assert tasks.keep_claims() == 0


def test_an_unregistered_task_is_refused_at_once() -> None:
    with pytest.raises(LookupError):
        commands.enqueue("tests.nothing", key="k", payload={})


def test_tasks_are_worked_on_together_where_the_database_lets_them() -> None:
    from tanbiao.web.ledger.worker import TASK_THREADS, Worker

    names = [thread.name for thread in Worker()._threads]
    wanted = TASK_THREADS if connection.vendor == "postgresql" else 1
    assert len([name for name in names if name.startswith("tanbiao-tasks")]) == wanted
    assert len(set(names)) == len(names) == wanted + 2
