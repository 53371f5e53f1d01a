"""The compiler's first use beside other work: a process of its own fills the cache on disk that all others read."""

from __future__ import annotations

import contextlib
import multiprocessing
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from tanbiao.core.lca.ordering import compiles


def _compile() -> None:
    """Compile; what goes wrong here goes wrong again, and is told, where the loops are used."""
    with contextlib.suppress(Exception):
        from tanbiao.core.lca.compile_ahead import compile_sampling

        compile_sampling()


class Ahead:
    """Compiles the loops of sampling as soon as a system turns out to be large enough for them.

    On a fresh installation compiling takes as long as linking a large release: side by side they cost one time. Where
    the loops are in the cache already, a process starts and ends within a second or two.
    """

    def __init__(self) -> None:
        self._entries = 0
        self._process: BaseProcess | None = None

    def sized(self, exchanges: int) -> None:
        """Take note of so many more exchanges that will be linked; begins once they are worth a compiler."""
        self._entries += exchanges
        if self._process is None and compiles(self._entries):
            self._process = multiprocessing.get_context("spawn").Process(target=_compile, daemon=True)
            self._process.start()

    def wait(self) -> None:
        """Return when nothing is being compiled: whoever begins earlier would compile the same once more."""
        if self._process is not None:
            self._process.join()

    def close(self) -> None:
        """End what still runs; nobody needs it."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
        self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
