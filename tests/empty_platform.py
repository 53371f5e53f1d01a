"""An empty platform's database, migrated once for a run: migrating takes longer than most of what is tested on it.

What tests the way from nothing to a platform (``test_serve.py``, the first run of the README) migrates for itself.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DATABASE = "tanbiao.sqlite3"
_MIGRATE = "from tanbiao.cli.site import serve; serve.prepare_environment(); serve.start_django(); serve.migrate()"


def migrated_database(factory: pytest.TempPathFactory) -> Path:
    """Return the SQLite file of an empty platform; the processes of a run share one."""
    base = factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "empty-platform"
    folder.mkdir(exist_ok=True)
    whole, begun = folder / "whole.sqlite3", folder / DATABASE
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            surroundings = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
            subprocess.run(
                [sys.executable, "-c", _MIGRATE], env=surroundings | {"TANBIAO_DATA": str(folder)}, check=True
            )
            begun.rename(whole)
    return whole


def lay(factory: pytest.TempPathFactory, folder: Path) -> None:
    """Put an empty platform's database into a data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(migrated_database(factory), folder / DATABASE)
