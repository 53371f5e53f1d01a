"""Executors give the same answers in the same order."""

from __future__ import annotations

import math
import os

import pytest

from tanbiao.jobs import Executor, Processes, Serial, executor_from


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
