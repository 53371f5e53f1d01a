"""Where a command's heavy work runs: options, and the executor they ask for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tanbiao.core.findings import TanbiaoError

if TYPE_CHECKING:
    from tanbiao.jobs import Executor
    from tanbiao.jobs.compiling import Ahead

EXECUTOR = "TANBIAO_EXECUTOR"
"""Environment variable with the executor that commands use when none is asked for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--executor``, ``--workers`` and ``--scheduler``."""
    parser.add_argument(
        "--executor", metavar="NAME", help="serial、processes 或 dask / where the work runs (TANBIAO_EXECUTOR)"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="工作进程数 / number of worker processes")
    parser.add_argument("--scheduler", metavar="ADDR", help="dask 调度器地址 / address of a running dask scheduler")


def compiling() -> Ahead:
    """Return what compiles the loops of sampling while other work goes on; a context that ends with its process."""
    from tanbiao.jobs.compiling import Ahead

    return Ahead()


@contextmanager
def executor(args: argparse.Namespace) -> Iterator[Executor]:
    """Yield the executor that was asked for, and end its workers.

    Raises
    ------
    TanbiaoError
        ``executor_unknown``; ``executor_needs_extra``, ``scheduler_not_reached``.
    """
    from tanbiao.jobs import executor_from
    from tanbiao.jobs.executors import NAMES

    name = args.executor or os.environ.get(EXECUTOR) or ("dask" if args.scheduler else "serial")
    if name not in NAMES or (args.workers is not None and args.workers < 1):
        raise TanbiaoError.of("executor_unknown", "executor", executor=name, known=", ".join(NAMES))
    chosen = executor_from(name, args.workers, args.scheduler)
    try:
        yield chosen
    finally:
        chosen.close()
