"""A small state that survives a crash: one SQLite file, one writer at a time, on the disk when the writer returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def durable_state(file: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Open the state under its write lock; what was written is on the disk when this returns, or nothing is.

    Parameters
    ----------
    file
        Made where it is missing, its folder for the owner alone.
    schema
        SQL that may run again on what is there.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(file, timeout=20, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(schema)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    finally:
        connection.close()
