"""Zip archives that a stranger hands over: read with limits, written so that the same content gives the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

from tanbiao.core import zip_guard
from tanbiao.core.findings import TanbiaoError

LIMITS = zip_guard.Limits(files=200, file=32 * 1024 * 1024, total=64 * 1024 * 1024)
"""Limits of a bundle (project defaults): a package of 5,000 rows is about 8 MB, and JSON packs 20:1 at most."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}(/[a-z0-9][a-z0-9_.-]{0,63}){0,3}")


def write(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files, in the order of their names, without any time or owner in it."""
    return zip_guard.pack(files)


def is_archive(data: bytes) -> bool:
    """Whether the bytes begin like a zip."""
    return zip_guard.is_zip(data)


def read(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name, all of them held in memory and none written anywhere.

    Raises
    ------
    TanbiaoError
        ``archive_malformed``: no zip, damaged, or a name twice; ``archive_encrypted``; ``archive_unsafe``: a path that
        leads out, a link; ``archive_too_large``: too many files, too large, or packed suspiciously tightly.
    """
    if len(data) > LIMITS.total:
        raise TanbiaoError.of("archive_too_large", limit=LIMITS.total, files=LIMITS.files)
    with zip_guard.opened(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        for entry in entries:
            if _NAME.fullmatch(entry.filename) is None or zip_guard.is_link(entry):
                raise TanbiaoError.of("archive_unsafe", entry.filename[:80])
        zip_guard.check(entries, LIMITS)
        return {entry.filename: zip_guard.content(archive, entry) for entry in entries}
