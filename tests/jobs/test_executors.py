"""Executors give the same answers in the same order."""

from __future__ import annotations

import math
import os

import pytest

from tanbiao.core.findings import TanbiaoError
from tanbiao.jobs import Dask, Executor, Processes, Serial, executor_from


def _sum_of_roots(number: int) -> tuple[int, str]:
    return number, math.fsum(math.sqrt(value) for value in range(number)).hex()


def _threads(_: int) -> str:
    return os.environ.get("OPENBLAS_NUM_THREADS", "")


def _fail_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def test_processes_give_the_same_bits_in_the_same_order_as_serial() -> None:
    inputs = list(range(50))
    with Serial() as serial, Processes(2) as processes:
        expected = list(serial.map(_sum_of_roots, inputs))
        assert list(processes.map(_sum_of_roots, inputs)) == expected
        assert list(processes.map(_threads, [0, 1])) == ["1", "1"]
    assert [number for number, _ in expected] == inputs


def test_a_local_dask_cluster_gives_the_same_bits_in_the_same_order_and_raises_the_first_failure() -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    inputs = [*range(20), 7, 7]
    with Dask(2) as dask:
        assert list(dask.map(_sum_of_roots, inputs)) == [_sum_of_roots(number) for number in inputs]
        assert list(dask.map(_threads, [0, 1])) == ["1", "1"]
        assert list(dask.map(_sum_of_roots, [])) == []
        with pytest.raises(ValueError, match="three"):
            list(dask.map(_fail_at_three, range(5)))


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("Timed out")

    monkeypatch.setattr(distributed, "Client", refuse)
    monkeypatch.setenv("TANBIAO_DASK_SCHEDULER", "tcp://127.0.0.1:9")
    with pytest.raises(TanbiaoError) as caught:
        executor_from("dask")
    assert (caught.value.code, caught.value.findings[0].params["address"]) == (
        "scheduler_not_reached",
        "tcp://127.0.0.1:9",
    )


@pytest.mark.parametrize("name", ["serial", "processes"])
def test_a_failing_input_is_raised_and_ends_the_work(name: str) -> None:
    executor: Executor = executor_from(name, 1)
    try:
        with pytest.raises(ValueError, match="three"):
            list(executor.map(_fail_at_three, range(5)))
    finally:
        executor.close()


def test_an_unknown_executor_is_refused() -> None:
    with pytest.raises(ValueError, match="quantum"):
        executor_from("quantum")
