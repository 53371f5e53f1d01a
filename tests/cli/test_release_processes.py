"""``tanbiao release build`` as real processes: Ctrl-C while it samples, and a dask scheduler at an address."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from core.release.linked_release import HEADER, documents
from tanbiao.jobs.executors import SCHEDULER

PATIENCE = 120.0
"""Seconds: other work may have the processor."""


def data(folder: Path) -> Path:
    """Write the datasets of the linked test release."""
    folder.mkdir()
    (folder / "release.yaml").write_text(yaml.safe_dump(HEADER, allow_unicode=True), encoding="utf-8")
    (folder / "rest.json").write_text(json.dumps(documents()), encoding="utf-8")
    return folder


def until(true: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until something is so; fail where the process ends before."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert process.poll() is None, "it ended before"
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.01)


def build(folder: Path, out: Path, *words: str, **environment: str) -> subprocess.Popen[bytes]:
    """Begin to build a release."""
    command = [sys.executable, "-m", "tanbiao", "release", "build", str(folder), "--out", str(out), *words]
    # A test run begun in the background of a shell ignores Ctrl-C, and what it starts would do so too.
    return subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.parametrize("before", [False, True])
def test_ctrl_c_while_sampling_leaves_what_was_there_and_nothing_half_written(tmp_path: Path, before: bool) -> None:
    place = tmp_path / "out.tbr"
    if before:
        place.write_bytes(b"an older release")
    process = build(data(tmp_path / "data"), place, "--samples", "100000")

    def sampling() -> bool:
        stores = tmp_path.glob(".out.tbr.*/AR6-total")
        return any(store.stat().st_blocks > 0 for store in stores)

    until(sampling, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert b"Traceback" not in said
    left = sorted(item.name for item in tmp_path.iterdir())
    assert left == (["data", "out.tbr"] if before else ["data"])
    if before:
        assert place.read_bytes() == b"an older release"


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """Yield the address of a scheduler with one worker, each a process of its own."""
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    told = tmp_path / "scheduler.json"
    started = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{part}", "--scheduler-file", str(told), *more],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for part, more in (
            ("scheduler", ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]),
            ("worker", ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(tmp_path / "w")]),
        )
    ]
    try:
        until(told.exists, started[0])
        yield str(json.loads(told.read_text())["address"])
    finally:
        for process in started[::-1]:
            process.kill()
        for process in started:
            process.wait(timeout=PATIENCE)


@pytest.mark.parametrize("by", ["flag", "setting"])
def test_a_running_scheduler_at_an_address_samples_the_same_bytes(scheduler: str, by: str, tmp_path: Path) -> None:
    folder = data(tmp_path / "data")
    places = [tmp_path / f"{name}.tbr" for name in ("serial", "cluster")]
    words = ("--executor", "dask", "--scheduler", scheduler) if by == "flag" else ("--executor", "dask")
    told = {} if by == "flag" else {SCHEDULER: scheduler}
    for process in (
        build(folder, places[0], "--samples", "40", "--executor", "serial"),
        build(folder, places[1], "--samples", "40", *words, **told),
    ):
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said.decode()
    assert places[1].read_bytes() == places[0].read_bytes()


def test_a_scheduler_that_is_not_there_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    process = build(
        data(tmp_path / "data"), tmp_path / "out.tbr", "--samples", "10", "--scheduler", "tcp://127.0.0.1:1", "--json"
    )
    answer, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert b"scheduler_not_reached" in answer
    assert b"Traceback" not in said
    assert [item.name for item in tmp_path.iterdir()] == ["data"]
