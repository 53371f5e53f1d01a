"""The benchmark of a rule's checks runs, and the bare loops say the same."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import checks, environment


def test_a_small_run_says_what_the_bare_loops_say(tmp_path: Path) -> None:
    result = checks.measure(tmp_path, activities=40, checks=12, repeats=1)
    assert result["failed"] == result["failed_bare"] > 0
    assert result["not_run"] == []
    assert any("12 checks of a study of 40 activities" in line for line in checks.table(result, environment.describe()))
