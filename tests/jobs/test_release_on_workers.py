"""A release and a portfolio have the same bits on every executor and for any number of workers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from core.release.linked_release import HEADER, datasets
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.core.study.portfolio import Portfolio, recalculate
from tanbiao.jobs import Dask, Executor, Processes, Serial, executor_from

SAMPLES = Samples(100, seed=3, gwp_sets=("AR5", "AR6"))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    place = tmp_path_factory.mktemp("serial") / "r.tbr"
    write_release(place, datasets(), HEADER, samples=SAMPLES, executor=Serial())
    return place.read_bytes()


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Portfolio, Release]:
    """Return 5,000 studies (three chunks) on a release file."""
    release = write_release(tmp_path_factory.mktemp("p") / "r.tbr", datasets(), HEADER, samples=Samples(64))
    count, rng = 5000, np.random.default_rng(1)
    amounts = sp.csr_array(rng.random((count, len(release))) * (rng.random((count, len(release))) < 0.6))
    questions = tuple(f"dataset/{name}" for name in release.ids())
    own = sp.csr_array((count, len(release)))
    names = tuple(str(number) for number in range(count))
    constant, owner = np.ones(count), np.arange(count)
    made = Portfolio(
        names, "AR6", questions, ("",) * len(questions), amounts, constant, own, 0.1 * constant, owner, constant
    )
    return made, release


@pytest.mark.parametrize("kind", ["processes 1", "processes 2", "dask 2"])
def test_a_portfolio_has_the_same_bits(kind: str, studies: tuple[Portfolio, Release]) -> None:
    name, workers = kind.split()
    if name == "dask":
        pytest.importorskip("distributed", reason="the extra dask is not installed")
    portfolio, release = studies
    expected = recalculate(portfolio, release, samples=64)
    executor = executor_from(name, int(workers))
    try:
        found = recalculate(portfolio, release, samples=64, executor=executor)
    finally:
        executor.close()
    assert found.interval.tobytes() == expected.interval.tobytes()
    assert found.new.tobytes() == expected.new.tobytes()


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
