"""Executors: the same function over many inputs, here one after the other or in several processes.

Results come back in the order of the inputs, and each function gets everything it needs in its input (a seed, a path, a
frozen value), so an answer has the same bits on every executor. A function must be importable by name; an exception of
the first failing input is raised, and the rest is given up.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Protocol, Self, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

SINGLE_THREADED = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Set to 1 in every worker: processes that each start a thread per core only get in each other's way."""


class Executor(Protocol):
    """Runs a function over inputs."""

    def map(self, function: Callable[[Given], Made], inputs: Iterable[Given]) -> Iterator[Made]:
        """Yield ``function(input)`` for every input, in the order of the inputs."""

    def close(self) -> None:
        """Let go of workers; nothing can be mapped afterwards."""


class Serial:
    """One after the other, in this process."""

    def map(self, function: Callable[[Given], Made], inputs: Iterable[Given]) -> Iterator[Made]:
        """Yield the results as they are asked for."""
        return map(function, inputs)

    def close(self) -> None:
        """Nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _only_one_thread() -> None:
    """Begin a worker: arithmetic libraries that are not loaded yet use one thread."""
    for name in SINGLE_THREADED:
        os.environ[name] = "1"


class Processes:
    """Several processes of this machine.

    Parameters
    ----------
    workers
        How many; by default one per core.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = max(1, workers or os.cpu_count() or 1)
        # "spawn": a forked copy of a process with threads or open connections may hang.
        self._pool = ProcessPoolExecutor(
            self.workers, mp_context=multiprocessing.get_context("spawn"), initializer=_only_one_thread
        )

    def map(self, function: Callable[[Given], Made], inputs: Iterable[Given]) -> Iterator[Made]:
        """Yield the results in the order of the inputs; work is sent out in a few pieces per worker."""
        listed = list(inputs)
        piece = max(1, len(listed) // (self.workers * 4))
        return self._pool.map(function, listed, chunksize=piece)

    def close(self) -> None:
        """End the workers; what has not begun is given up."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def executor_from(name: str, workers: int | None = None) -> Serial | Processes:
    """Return the executor of a setting: ``serial`` or ``processes``.

    Raises
    ------
    ValueError
        Any other name.
    """
    if name == "serial":
        return Serial()
    if name == "processes":
        return Processes(workers)
    raise ValueError(f"there is no executor {name!r}")
