"""The benchmark of a rule's checks runs, and the bare loops say the same."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import checks, dry_run, environment


def test_a_small_run_says_what_the_bare_loops_say(tmp_path: Path) -> None:
    result = checks.measure(tmp_path, activities=40, checks=12, repeats=1)
    assert result["failed"] == result["failed_bare"] > 0
    assert result["not_run"] == []
    assert any("12 checks of a study of 40 activities" in line for line in checks.table(result, environment.describe()))


def test_a_small_dry_run_reads_every_study(tmp_path: Path) -> None:
    result = dry_run.measure(tmp_path, count=6, distinct=3, workers=1)
    assert result["summary"]["studies"] == 6
    assert result["summary"]["unread"] == 0
    assert any("6 past studies" in line for line in dry_run.table(result, environment.describe()))
