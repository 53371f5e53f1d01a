"""The interpreter that has the programs we compare with: an environment of its own, since some of them are GPL.

``make peers`` (and ``.ci/run``) makes it in ``.bench``; ``TANBIAO_BENCH_PEERS`` names another. Nothing is imported from
there: the tests run a script in it and read what it prints.
"""

import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

PYTHON = Path(os.environ.get("TANBIAO_BENCH_PEERS") or Path(__file__).parents[1] / ".bench" / "bin" / "python")


@cache
def has(*modules: str) -> bool:
    """Return whether the interpreter is there and imports the modules."""
    try:
        done = subprocess.run([PYTHON, "-c", f"import {', '.join(modules)}"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def needs(*modules: str) -> pytest.MarkDecorator:
    """Return the mark that skips where the interpreter lacks one of the modules."""
    named = ", ".join(modules)
    return pytest.mark.skipif(
        not has(*modules), reason=f"no interpreter with {named} (make peers, or TANBIAO_BENCH_PEERS names one)"
    )
