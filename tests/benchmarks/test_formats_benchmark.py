"""The files that the benchmark of formats makes are what it says they are."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import formats
from sample_files import LCA, needs_samples
from tanbiao.formats import registry
from tanbiao.formats.archive import Members


@needs_samples
def test_processes_and_flows_are_multiplied_with_ids_of_their_own() -> None:
    sample = LCA / "ilcd" / "tiangong_ilcd_subset_120.zip"
    first = registry.read(Members.open(sample))
    made = registry.read(Members.of_bytes(formats.ilcd_archive(sample, 150, 2), "x.zip"))
    assert len({one.id for one in made.processes}) == 150
    assert len(made.flows) > 1.9 * len(first.flows)  # those that the sample only names are not copied
    assert {one.id for one in first.processes} <= {one.id for one in made.processes}


@needs_samples
def test_ecospold_files_get_activities_of_their_own(tmp_path: Path) -> None:
    size = formats.ecospold_folder(LCA / "ecospold2", tmp_path, 7)
    assert size == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert len(registry.read(Members.open(tmp_path)).processes) == 7


def test_a_task_without_its_sample_is_left_out_by_name() -> None:
    assert "left out: the sample is not here" in "\n".join(
        formats.report([{"task": "ilcd", "left_out": "the sample is not here"}])
    )
