"""Public docstrings: at least 80 % of the package, 95 % of core."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLOORS = (("src/tanbiao", 80), ("src/tanbiao/core", 95))


def main() -> int:
    """Return the worst exit code of the two measurements."""
    worst = 0
    for place, floor in FLOORS:
        run = subprocess.run(
            [sys.executable, "-m", "interrogate", "--quiet", "--fail-under", str(floor), "-c", "pyproject.toml", place],
            cwd=ROOT,
            check=False,
        )
        if run.returncode:
            subprocess.run(
                [sys.executable, "-m", "interrogate", "-v", "-c", "pyproject.toml", place], cwd=ROOT, check=False
            )
            print(f"{place}: public docstrings are below {floor} %")
        worst = max(worst, run.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
