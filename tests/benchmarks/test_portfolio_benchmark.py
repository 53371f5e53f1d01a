"""The benchmark of portfolios runs, and both sides give the same medians."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import portfolio


def test_a_small_run_agrees_with_the_bare_arithmetic() -> None:
    result = portfolio.measure(studies=3000, datasets=200, workers=1, repeats=1)
    # The peer leaves the studies' own amounts at nominal; medians do not feel them.
    assert result["max_rel_difference_p50"] < 1e-5
    lines = portfolio.table(result)
    assert any("3000 studies of 50 activities" in line for line in lines)
