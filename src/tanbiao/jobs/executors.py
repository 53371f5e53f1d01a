"""Executors: the same function over many inputs, one after the other, in several processes, or on a cluster.

Results come back in the order of the inputs, and each function gets everything it needs in its input (a seed, a path, a
frozen value), so an answer has the same bits on every executor. A function must be importable by name; an exception of
the first failing input is raised, and the rest is given up.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from tanbiao.core.findings import TanbiaoError

Given = TypeVar("Given")
Made = TypeVar("Made")

SINGLE_THREADED = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Set to 1 in every worker: processes that each start a thread per core only get in each other's way."""

SCHEDULER = "TANBIAO_DASK_SCHEDULER"
"""Environment variable with the address of a running scheduler, ``tcp://host:8786``."""
NAMES = ("serial", "processes", "dask")


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


class Dask:
    """Workers of ``dask.distributed`` (extra ``dask``): a scheduler that runs already, or a cluster of this machine.

    Parameters
    ----------
    workers
        How many processes of a local cluster; by default one per core. A running scheduler has its own.
    scheduler
        Address of a running scheduler; by default that of :data:`SCHEDULER`, else a local cluster is started that
        listens on this machine only and ends with the executor.

    Raises
    ------
    TanbiaoError
        ``executor_needs_extra``: the extra is not installed; ``scheduler_not_reached``.
    """

    def __init__(self, workers: int | None = None, scheduler: str | None = None) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")  # untyped
        except ModuleNotFoundError as error:
            raise TanbiaoError.of("executor_needs_extra", "executor", executor="dask", extra="dask") from error
        address = scheduler or os.environ.get(SCHEDULER) or None
        self._cluster: Any = None
        if address is None:
            self._cluster = distributed.LocalCluster(
                n_workers=max(1, workers or os.cpu_count() or 1),
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                env=dict.fromkeys(SINGLE_THREADED, "1"),
            )
        try:
            self._client: Any = distributed.Client(self._cluster or address, timeout="20s", set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise TanbiaoError.of("scheduler_not_reached", "executor", address=str(address)) from error

    def map(self, function: Callable[[Given], Made], inputs: Iterable[Given]) -> Iterator[Made]:
        """Yield the results in the order of the inputs; all are sent out at once."""
        # pure=False: equal inputs are tasks of their own; no earlier answer is taken from the cluster's memory.
        futures: list[Any] = self._client.map(function, list(inputs), pure=False)
        return self._results(futures)

    def _results(self, futures: list[Any]) -> Iterator[Made]:
        waiting = futures[::-1]
        try:
            while waiting:
                made: Made = waiting[-1].result()
                waiting.pop()
                yield made
        finally:
            self._client.cancel(waiting)

    def close(self) -> None:
        """Leave the scheduler; a cluster that was started here ends."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def executor_from(name: str, workers: int | None = None, scheduler: str | None = None) -> Serial | Processes | Dask:
    """Return the executor of a setting: ``serial``, ``processes`` or ``dask``.

    Raises
    ------
    ValueError
        Any other name.
    TanbiaoError
        As :class:`Dask`.
    """
    if name == "serial":
        return Serial()
    if name == "processes":
        return Processes(workers)
    if name == "dask":
        return Dask(workers, scheduler)
    raise ValueError(f"there is no executor {name!r}")
