"""What a fresh install does: the first study with samples, and a large system without the compiler.

Both run in processes of their own, the first with an empty cache of compiled code. ``python -m benchmarks.fresh FILE``
is the second: it hides the compiler from the library and prints what one solution took.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import Any

from benchmarks import environment, matrices

STUDY = environment.ROOT / "src" / "tanbiao" / "examples" / "lfp-battery.yaml"
ALLOWED_S, ALLOWED_MB = 3.0, 280.0
_CALLS = 3


def _environment(folder: str) -> dict[str, str]:
    path = os.pathsep.join([str(environment.ROOT), str(environment.ROOT / "src")])
    return {**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": folder, "PYTHONDONTWRITEBYTECODE": "1"}


def first_study() -> float:
    """Return the median seconds of ``tanbiao calculate … --samples 1000``, each with nothing compiled before."""
    seconds = []
    for _ in range(_CALLS):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "tanbiao", "calculate", str(STUDY), "--samples", "1000"]
            start = time.perf_counter()
            subprocess.run(command, env=_environment(folder), check=True, capture_output=True)
            seconds.append(time.perf_counter() - start)
    return median(seconds)


def without_compiler(matrix: str) -> dict[str, Any]:
    """Return ``seconds`` and ``peak_mb`` of all footprints of a system where no compiler is installed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.fresh", matrix]
        run = subprocess.run(
            command, cwd=environment.ROOT, env=_environment(folder), check=True, capture_output=True, text=True
        )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def measure(names: list[str]) -> dict[str, Any]:
    """Return all of it, ready for the report."""
    return {
        "first_study_s": first_study(),
        "without_compiler": {matrices.short(name): without_compiler(name) for name in names},
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Return it as Markdown lines."""
    found = ["## On a fresh install", "", "| what | ours | allowed |", "|---|---|---|"]
    first = environment.seconds(result["first_study_s"])
    found.append(f"| first `tanbiao calculate {STUDY.name} --samples 1000`, nothing compiled before | {first} | 3 s |")
    for name, own in result["without_compiler"].items():
        took = f"{own['peak_mb']:.1f} MB ({environment.seconds(own['seconds'])})"
        found.append(f"| {name}: all footprints without the compiler, peak memory | {took} | {ALLOWED_MB:g} MB |")
    return found


def main() -> None:
    """Solve one system without the compiler."""
    # A module that is None can't be imported, nor is it found.
    sys.modules["numba"] = None  # type: ignore[assignment]
    from tanbiao.core.lca import ProductSystem

    system = matrices.load(sys.argv[1])
    start = time.perf_counter()
    ProductSystem(*system.arrays).intensities()
    print(json.dumps({"seconds": time.perf_counter() - start, "peak_mb": environment.peak_mb()}))


if __name__ == "__main__":
    main()
