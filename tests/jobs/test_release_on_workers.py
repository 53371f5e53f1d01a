"""A release has the same bytes on every executor and for any number of workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.release.linked_release import HEADER, datasets
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.jobs import Dask, Executor, Processes, Serial

SAMPLES = Samples(100, seed=3, gwp_sets=("AR5", "AR6"))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    place = tmp_path_factory.mktemp("serial") / "r.tbr"
    write_release(place, datasets(), HEADER, samples=SAMPLES, executor=Serial())
    return place.read_bytes()


def _same(executor: Executor, folder: Path, expected: bytes) -> None:
    try:
        write_release(folder / "r.tbr", datasets(), HEADER, samples=SAMPLES, executor=executor)
    finally:
        executor.close()
    assert (folder / "r.tbr").read_bytes() == expected


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_processes_sample_the_same_bytes(workers: int, tmp_path: Path, expected: bytes) -> None:
    _same(Processes(workers), tmp_path, expected)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_dask_cluster_samples_the_same_bytes(workers: int, tmp_path: Path, expected: bytes) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    _same(Dask(workers), tmp_path, expected)
