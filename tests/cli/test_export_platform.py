"""``tanbiao import`` and ``tanbiao export platform`` as processes of their own, on a new data directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import foreign_files

pytestmark = pytest.mark.timeout(280)


def run(*words: object) -> tuple[int, dict[str, Any], str]:
    line = [sys.executable, "-m", "tanbiao.cli.main", *map(str, words), "--json", "--lang", "en"]
    environment = {key: text for key, text in os.environ.items() if key not in ("DATABASE_URL", "TANBIAO_DATA")}
    done = subprocess.run(line, capture_output=True, text=True, timeout=240, check=False, env=environment)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def test_what_was_imported_is_written_out_again(tmp_path: Path, laid_platform: Callable[[Path], None]) -> None:
    source, data = tmp_path / "source", tmp_path / "data"
    laid_platform(data)
    source.mkdir()
    name, body = next(iter(foreign_files.ecospold1().items()))
    (source / name).write_bytes(body)
    assert run("export", "platform", tmp_path / "none.zip", "--format", "csv", "--data", data)[0] == 2
    code, told, _ = run("import", source / name, "--data", data)
    assert (code in (0, 1), told["stored"]) == (True, 1)
    path = tmp_path / "out.zip"
    code, told, _ = run("export", "platform", path, "--format", "openlca", "--data", data)
    assert (code, told["processes"]) == (0, 1)
    code, told, _ = run("inspect", path)
    assert (told["processes"], told["exchanges"]) == (1, 3)
