"""One tool in a process of its own: reads commands as JSON lines, answers with times as JSON lines.

``{"do": "prepare", "tool", "task", "matrix"}`` · ``{"do": "run"}`` · ``{"do": "answer", "path"}`` ·
``{"do": "refusals"}``; the end of its input is the end of the process.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks import environment, matrices, ours, peers, refusals

_VERSIONS = ("numpy", "scipy", "numba", "tanbiao", "bw2calc", "bw_processing", "pypardiso", "mkl")


def _import(tool: str) -> float:
    """Return the seconds that importing the tool's library takes."""
    start = time.perf_counter()
    if tool == ours.OURS:
        importlib.import_module("tanbiao.core.lca.system")
    elif tool.startswith("bw2calc"):
        importlib.import_module("bw2calc")
    else:
        importlib.import_module("scipy.sparse.linalg")
    return time.perf_counter() - start


def prepare(tool: str, task: str, matrix: str) -> tuple[peers.Prepared | None, dict[str, Any]]:
    """Return the call to time and what came before it: import, reading, preparing, the first call with its JIT."""
    imported = _import(tool)
    start = time.perf_counter()
    system = matrices.load(matrix) if matrix else None
    read = time.perf_counter() - start
    start = time.perf_counter()
    if system is None:
        # Needs what a peer's own environment doesn't have.
        from benchmarks import on_release

        prepared: peers.Prepared | None = on_release.prepare(task)
    else:
        prepared = ours.prepare(task, matrix, system) if tool == ours.OURS else peers.TOOLS[tool](task, system)
    if prepared is None:
        return None, {"absent": ""}
    ready = time.perf_counter() - start
    if prepared.before is not None:
        prepared.before()
    start = time.perf_counter()
    prepared.call()
    first = (time.perf_counter() - start) / prepared.per
    return prepared, {"import_s": imported, "read_s": read, "prepare_s": ready, "first_s": first} | prepared.apart


def answers(commands: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the answer to each command."""
    prepared: peers.Prepared | None = None
    result: Any = None
    for command in commands:
        if command["do"] == "prepare":
            try:
                prepared, said = prepare(command["tool"], command["task"], command["matrix"])
            except ImportError as error:
                prepared, said = None, {"absent": f"not installed ({error.name})"}
            except Exception as error:
                prepared, said = None, {"absent": f"{type(error).__name__}: {str(error)[:200]}"}
            yield said | {"versions": environment.versions(_VERSIONS)}
        elif command["do"] == "run" and prepared is not None:
            seconds = []
            for _ in range(prepared.calls):
                if prepared.before is not None:
                    prepared.before()
                start = time.perf_counter()
                result = prepared.call()
                seconds.append((time.perf_counter() - start) / prepared.per)
            yield {"seconds": seconds, "peak_mb": environment.peak_mb()}
        elif command["do"] == "answer":
            if result is not None:
                np.save(command["path"], result)
            error = None if prepared is None or prepared.error is None else prepared.error()
            yield {"saved": result is not None, "error": error}
        elif command["do"] == "refusals":
            yield {"rows": refusals.of_peer() if command["tool"] != ours.OURS else refusals.of_ours()}


def main() -> None:
    """Answer until the input ends; what a library prints goes to standard error."""
    warnings.simplefilter("ignore")
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for said in answers(json.loads(line) for line in sys.stdin):
        print(json.dumps(said), file=out, flush=True)


if __name__ == "__main__":
    main()
