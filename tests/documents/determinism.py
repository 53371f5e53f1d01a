"""Running a piece of code in other processes, to see that it gives the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def digests(script: str, seeds: tuple[str, ...] = ("0", "4242")) -> set[str]:
    """Return what the script prints under different hash seeds and another time zone."""
    found = set()
    for seed in seeds:
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(Path(__file__).parent.parent),
            "TZ": "Pacific/Auckland" if seed == "0" else "UTC",
        }
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        found.add(run.stdout.strip())
    return found
