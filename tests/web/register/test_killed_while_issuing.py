"""kill -9 around every stage of an issue, with real processes on real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tanbiao.web.register import issuing

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes of a Unix"),
    pytest.mark.timeout(900),
]


@pytest.mark.parametrize(
    "stages", [("sign",), pytest.param(tuple(issuing.STAGES), marks=pytest.mark.soak)], ids=["signing", "every stage"]
)
def test_a_process_killed_around_a_stage_leaves_one_certificate_one_signature_and_a_sound_store(
    tmp_path: Path, laid_platform: Callable[[Path], None], stages: tuple[str, ...]
) -> None:
    laid_platform(tmp_path / "data")
    script = Path(__file__).with_name("killing.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), *stages], capture_output=True, text=True, timeout=800, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rounds = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [(one["stage"], one["moment"]) for one in rounds] == [
        (stage, moment) for stage in stages for moment in ("before", "after")
    ]
    for one in rounds:
        assert one.pop("ended") == -signal.SIGKILL, one
        assert one == {
            "stage": one["stage"],
            "moment": one["moment"],
            "went_on": 0,
            "resumed": ["done"],
            "state": "done",
            "certificates": 1,
            "tokens": 1,
            "leaves": ["certificate_intent", "certificate_issued"],
            "signatures": 1,
            "wrong": [],
            "algorithm": "ES256",
        }, done.stderr[-3000:]
