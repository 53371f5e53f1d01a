"""What a measurement ran on, and how it is written down."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parent.parent
_PACKAGES = ("numpy", "scipy", "numba", "bw2calc", "bw_processing", "tanbiao")


def describe() -> dict[str, Any]:
    """Return processor, memory, versions and the load at the start of the measurement."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": versions(_PACKAGES),
        "commit": _commit(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of those packages that are installed in this interpreter."""
    return {name: version for name in packages if (version := _version(name)) is not None}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    run = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout.strip() or None


def peak_mb() -> float:
    """Return the largest resident size of this process so far, in MB (2**20 bytes)."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss of a started program begins with what its parent held; the high-water mark is the program's own
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if found is not None:
            return int(found[1]) / 2**10
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (2**20 if sys.platform == "darwin" else 2**10)


def seconds(value: float | None) -> str:
    """Return a time for people, three significant digits."""
    if value is None:
        return "–"
    return f"{value:.3g} s" if value >= 1 else f"{value * 1000:.3g} ms"


def header(environment: dict[str, Any]) -> list[str]:
    """Return the lines that say what a table was measured on."""
    packages = ", ".join(f"{name} {version}" for name, version in environment["packages"].items())
    return [
        f"{environment['processor']}, {environment['cores']} cores, {environment['memory_mb']} MB; "
        f"Python {environment['python']}; {packages}; commit {environment['commit']}; "
        f"load before the run {environment['load_before']}.",
        "",
    ]


def write(name: str, lines: list[str]) -> Path:
    """Write a result table beside the benchmarks."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.md"
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return path
