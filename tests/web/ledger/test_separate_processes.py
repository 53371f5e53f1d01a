"""A platform, a witness run by a second platform's operator, and a monitor: three processes, three keys, one log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from evidence.logs import begun
from tanbiao.cli.site.serve import check_port
from tanbiao.evidence import notes
from tanbiao.evidence.witness import Witness
from tanbiao.web import clock

_RECORD = """
import sys
from tanbiao.cli.site.serve import start_django
start_django()
from django.db import transaction
from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.ids import new_id
from tanbiao.web.ledger import commands
for number in range(int(sys.argv[1])):
    with transaction.atomic():
        public = {"certificate": f"TWO-{new_id().hex[:12].upper()}", "intent": "sha256:" + "ab" * 32}
        commands.record(system_actor("tests"), type="certificate_intent", subject=str(new_id()), event={},
        public=public)
"""


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as response:
        return str(response.read().decode())


def wait_for(check: Any, seconds: float = 240) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := check():
                return found
        except (urllib.error.URLError, OSError):
            pass
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.3)


class Platform:
    """``tanbiao serve`` on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        check_port("127.0.0.1", self.port)
        self.address = f"http://127.0.0.1:{self.port}"
        self.environ = {
            **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
            "TANBIAO_DATA": str(folder),
            "TANBIAO_BASE_URL": self.address,
            "DJANGO_SETTINGS_MODULE": "tanbiao.web.settings",
        }
        command = [sys.executable, "-m", "tanbiao", "serve", "--port", str(self.port), "--workers", "1"]
        self.process = subprocess.Popen(command, env=self.environ, stdout=subprocess.DEVNULL)

    def record(self, count: int) -> None:
        subprocess.run([sys.executable, "-c", _RECORD, str(count)], env=self.environ, check=True, timeout=60)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def platforms(tmp_path: Path, laid_platform: Callable[[Path], None]) -> Iterator[tuple[Platform, Platform]]:
    with ExitStack() as stack:
        made = []
        for name in ("first", "second"):
            laid_platform(tmp_path / name)
            made.append(Platform(tmp_path / name))
            stack.callback(made[-1].end)
        yield made[0], made[1]


def monitored(state: Path, address: str, *more: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "tanbiao", "monitor", f"{address}/log", "--state", str(state), "--json", *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout)


def test_a_second_platforms_witness_and_a_monitor_watch_the_first_from_processes_of_their_own(
    platforms: tuple[Platform, Platform], tmp_path: Path
) -> None:
    first, second = platforms
    keys = {one: wait_for(lambda one=one: get(f"{one.address}/log/key")).strip() for one in platforms}
    assert keys[first] != keys[second]
    with ExitStack() as stack:
        listed = []
        # Each operator runs a witness for the other's log, with a key of its own.
        for operator, watched in ((second, first), (first, second)):
            witness = Witness(tmp_path / f"witness-{operator.port}")
            witness.make(f"witness-{operator.port}.example", now=clock.wall())
            witness.trust_log(keys[watched])
            process, address = begun(witness.folder)
            stack.callback(process.wait, 10)
            stack.callback(process.kill)
            text = f"witness {witness.key.vkey} {address}\nquorum 1\n"
            (Path(watched.environ["TANBIAO_DATA"]) / "witnesses").write_text(text, encoding="utf-8")
            listed.append(witness)
        first.record(3)
        second.record(2)
        for platform, size, witness in ((first, 3, listed[0]), (second, 2, listed[1])):
            mark = f"\n— {witness.name} "
            note = wait_for(
                lambda at=platform.address, mark=mark: mark in (text := get(f"{at}/log/checkpoint")) and text
            )
            assert notes.open_checkpoint(note, [notes.Verifier.parse(keys[platform])]).size == size
        policy = tmp_path / "policy"
        policy.write_text(get(f"{first.address}/log/witnesses"), encoding="utf-8")
        state = tmp_path / "monitor"
        code, said = monitored(state, first.address, "--key", keys[first], "--witnesses", str(policy))
        assert (code, said["size"], said["fresh"], said["findings"]) == (0, 3, 3, [])
        assert list(said["cosignatures"]) == [listed[0].name]
        first.record(1)
        wait_for(lambda: "\n4\n" in get(f"{first.address}/log/checkpoint"))
        code, said = monitored(state, first.address, "--witnesses", str(policy), "--full")
        assert (code, said["size"], said["findings"]) == (0, 4, [])
        # The second platform's log is another log: this monitor does not take it for the first's.
        assert monitored(state, second.address)[0] == 1
