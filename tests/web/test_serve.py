"""``tanbiao serve`` and ``tanbiao fsck`` as a user runs them: start, health, Ctrl-C, a crash, a port that is taken."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tanbiao.web.accounts import uscc

START_LIMIT = 240
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes of a Unix")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A server in its own process on its own data."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, _free_port()
        self.process: subprocess.Popen[str] | None = None

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tanbiao", *words, "--data", str(self.data), "--lang", "en"]

    def start(self) -> None:
        environ = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "TANBIAO_BASE_URL")
        }
        words = self.command("serve", "--port", str(self.port), "--workers", "1")
        self.process = subprocess.Popen(
            words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        for _ in range(START_LIMIT * 5):
            if self.process.poll() is not None:
                raise AssertionError(self.process.communicate()[0])
            if self.health() == "ok":
                return
            time.sleep(0.2)
        raise AssertionError("the server did not become healthy")

    def health(self) -> str:
        try:
            return str(json.loads(self.get("/healthz"))["status"])
        except OSError:
            return "silent"

    def get(self, address: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{address}", timeout=10) as answer:
            return str(answer.read().decode())

    def join(self, number: str) -> None:
        body = {
            "name_zh": "演示公司",
            "uscc": uscc.build(number),
            "jurisdiction": "CN-GD",
            "person_name": "演示张三",
            "username": f"user{number}",
            "password": "correct-horse-battery",
        }
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/organisations",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 201

    def stop(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(30)

    def fsck(self) -> tuple[int, dict[str, object]]:
        environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        done = subprocess.run(self.command("fsck", "--json"), env=environ, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path / "data")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait(10)


def test_it_starts_on_nothing_survives_a_kill_and_ends_on_ctrl_c(served: Served) -> None:
    served.start()
    assert "碳标" in served.get("/join/?lang=zh")
    served.join("10000001")
    served.stop(signal.SIGKILL)
    time.sleep(1.5)
    with pytest.raises(urllib.error.URLError):
        served.get("/healthz")

    served.start()
    served.join("10000002")
    assert served.stop(signal.SIGINT) == 0
    assert served.process is not None
    assert "Stopped." in served.process.communicate()[0]

    code, report = served.fsck()
    assert (code, report["errors"]) == (0, [])
    assert report["entries"] == 4
    assert (served.data / "secret.key").stat().st_mode & 0o077 == 0


def test_a_port_that_is_taken_is_said_in_one_sentence(served: Served) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", served.port))
        taken.listen()
        words = served.command("serve", "--port", str(served.port))
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "port_taken" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not served.data.exists()


def test_fsck_of_a_folder_without_data_is_wrong_use(served: Served) -> None:
    done = subprocess.run(served.command("fsck", "--json"), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert json.loads(done.stdout)["findings"][0]["code"] == "data_not_there"
    assert not served.data.exists()
