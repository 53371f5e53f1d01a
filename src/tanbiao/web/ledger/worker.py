"""The background worker: delivers events, gives indexes, signs checkpoints, runs tasks; a process beside the server.

Several may run against one database: every round takes its locks there.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections, connection, connections

from tanbiao.web import clock
from tanbiao.web.ledger import commands, events, sequencer, signing, tasks, witnessing
from tanbiao.web.ledger.models import Heartbeat

logger = logging.getLogger("tanbiao.worker")
PAUSE_SECONDS = 0.25
BEAT_EVERY_ROUNDS = 12
TASK_THREADS = 2
"""On PostgreSQL (project default): one for each core of the smallest machine that is recommended."""


def task_threads() -> int:
    """Return how many tasks are worked on at once.

    Setting type, the disk and the database let the other go on; SQLite has one writer, for which they would only wait.
    """
    return TASK_THREADS if connection.features.has_select_for_update_skip_locked else 1


class Worker:
    """Goes round until it is told to stop; a round that fails is logged and the next one comes."""

    def __init__(self, pause: float = PAUSE_SECONDS) -> None:
        self._pause = pause
        self._stop = threading.Event()
        rounds = [("log", self._log_round), ("witnesses", self._witness_round)]
        rounds += [(f"tasks-{number}", self._task_round) for number in range(task_threads())]
        self._threads = [
            threading.Thread(target=self._loop, args=(work,), name=f"tanbiao-{name}", daemon=True)
            for name, work in rounds
        ]
        self._rounds = 0
        self._asking = witnessing.Asking()

    def start(self) -> None:
        """Begin in the background."""
        for thread in self._threads:
            thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until told to stop, at most so long; whether it was told."""
        return self._stop.wait(seconds)

    def end(self) -> None:
        """Tell the threads to end after the round at hand, without waiting for them."""
        self._stop.set()

    def stop(self, patience: float = 10.0) -> None:
        """Finish the round at hand and end."""
        self.end()
        for thread in self._threads:
            thread.join(patience)

    def _loop(self, work: Callable[[], bool]) -> None:
        while not self._stop.is_set():
            busy = False
            try:
                close_old_connections()
                busy = work()
            except Exception:
                logger.exception("a round of the worker failed")
            self._stop.wait(0 if busy else self._pause)
        connections.close_all()

    def _log_round(self) -> bool:
        """Give indexes, sign, close hours, and say now and then that this worker and its tasks live."""
        if self._rounds % BEAT_EVERY_ROUNDS == 0:
            Heartbeat.objects.update_or_create(name="worker", defaults={"at": clock.wall()})
            sequencer.close_batch()
            tasks.keep_claims()
            tasks.ask_for_the_night()
        self._rounds += 1
        given = sequencer.sequence()
        sequencer.checkpoint()
        return given > 0

    def _witness_round(self) -> bool:
        """Ask the witnesses for their lines; a thread of its own, because they may be far away."""
        self._asking.round()
        return False

    def _task_round(self) -> bool:
        """Deliver events, then run a task."""
        tasks.work_for_all()
        delivered = events.deliver()
        return tasks.run_next() or delivered > 0


class SignerProcess:
    """The signer of this installation, kept running beside the worker: a program of its own that loads no web code."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "tanbiao", "signer", "serve", "--parent", str(os.getpid()), str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Start it, or start it again when it has ended."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                self._command, stdout=subprocess.DEVNULL, start_new_session=True
            )

    def end(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)


def prepare() -> None:
    """Make what the log needs before its first entry: its key, and the checkpoint of the empty log."""
    signing.ensure_key()
    signing.introduce_log()
    commands.checkpoint(at_once=True)


def run_process(parent: int) -> None:
    """Work until SIGTERM, or until the server that began this process is gone."""
    import django

    django.setup()
    worker = Worker()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: worker.end())
    own = SignerProcess(signing.signer_folder()) if settings.TANBIAO_SIGNER == signing.OWN_PROCESS else None
    worker.start()
    while not worker.wait(1.0) and os.getppid() == parent:
        if own is not None:
            own.keep()
    worker.stop()
    if own is not None:
        own.end()
