"""Files that commands write: the whole of it or nothing, and never over one that is there unless asked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tanbiao.core.findings import TanbiaoError


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raise ``output_file_exists`` where the file is there and may not be replaced."""
    if path.exists() and not force:
        raise TanbiaoError.of("output_file_exists", file=str(path))


def write_whole(path: Path, data: bytes) -> None:
    """Write the whole file or nothing.

    Raises
    ------
    TanbiaoError
        ``output_not_written``.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TanbiaoError.of("output_not_written", file=str(path), reason=reason) from error
