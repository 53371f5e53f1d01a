"""The benchmark of a built release runs on seeded processes, which link into one system with loops."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import release_build
from tanbiao.jobs import Serial


def test_the_seeded_processes_become_a_sampled_release_with_the_same_bits(tmp_path: Path) -> None:
    read = release_build.inventory(60)
    release, halves = release_build.build(read, tmp_path / "a.tbr", 20, Serial())
    assert len(release) == 60
    assert set(halves) == {"linked_and_solved_s", "sampled_and_written_s"}
    again, _ = release_build.build(release_build.inventory(60), tmp_path / "b.tbr", 20, Serial())
    assert again.hash == release.hash
    # The first process uses nothing: its own gases alone, each by its amount and the factor of the release's set.
    assert release.intensity(next(iter(release)).id, "AR6").total > 0.0


def test_the_table_has_time_beside_limit() -> None:
    row = release_build.measure(40, 10, workers=1)
    assert (row["datasets"], row["samples"]) == (40, 10)
    assert 0.0 < row["wall_s"] < row["limit_s"]
    assert "40 datasets" in release_build.table(row)[2]
