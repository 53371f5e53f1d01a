"""Which TianGong processes are plausible is found again by the checks, process by process and reason by reason."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from sample_files import LCA, needs_samples

ROOT = Path(__file__).parents[3]
STORED = ROOT / "docs" / "data" / "tiangong-plausibility.csv"


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["process"]: row for row in csv.DictReader(file)}


@needs_samples
def test_the_checks_give_the_stored_list_again(tmp_path: Path) -> None:
    package, made = LCA / "ilcd" / "tiangong_ilcd_subset_120.zip", tmp_path / "made.csv"
    command = [sys.executable, "scripts/check_plausibility.py", str(package), str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert rows(made) == rows(STORED)


def test_every_process_that_is_left_out_says_why() -> None:
    listed = rows(STORED)
    assert len(listed) == 120
    for row in listed.values():
        assert (row["verdict"], bool(row["because"])) in (("left out", True), ("plausible", False))
