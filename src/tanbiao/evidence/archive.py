"""Zip archives that a stranger hands over: read with limits, written so that the same content gives the same bytes."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping

from tanbiao.core.findings import TanbiaoError

MAX_FILES = 200
MAX_FILE = 32 * 1024 * 1024
MAX_TOTAL = 64 * 1024 * 1024
MAX_RATIO = 200
"""Limits of a bundle (project defaults): a package of 5,000 rows is about 8 MB, and JSON packs 20:1 at most."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}(/[a-z0-9][a-z0-9_.-]{0,63}){0,3}")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    IndexError,
)
"""What the zip reader raises for damaged input."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files, in the order of their names, without any time or owner in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return stream.getvalue()


def is_archive(data: bytes) -> bool:
    """Whether the bytes begin like a zip."""
    return data[:4] == b"PK\x03\x04"


def read(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name, all of them held in memory and none written anywhere.

    Raises
    ------
    TanbiaoError
        ``archive_malformed``: no zip, damaged, encrypted, or the same name twice; ``archive_unsafe``: a path that leads
        out, a link; ``archive_too_large``: too many files, too large, or packed suspiciously tightly.
    """
    if len(data) > MAX_TOTAL:
        raise TanbiaoError.of("archive_too_large", limit=MAX_TOTAL)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries)
            return {entry.filename: _content(archive, entry) for entry in entries}
    except _DAMAGE as error:
        raise TanbiaoError.of("archive_malformed", reason=str(error)[:80]) from error


def _check(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_TOTAL:
        raise TanbiaoError.of("archive_too_large", limit=MAX_TOTAL)
    if len(set(names)) != len(names):
        raise TanbiaoError.of("archive_malformed", reason="a name stands twice")
    for entry in entries:
        is_link = entry.external_attr >> 16 & 0o170000 == 0o120000
        if _NAME.fullmatch(entry.filename) is None or is_link:
            raise TanbiaoError.of("archive_unsafe", entry.filename[:80])
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TanbiaoError.of("archive_malformed", reason="encrypted, or packed in another way")
        if entry.file_size > MAX_FILE or entry.file_size > MAX_RATIO * max(entry.compress_size, 1024):
            raise TanbiaoError.of("archive_too_large", entry.filename, limit=MAX_FILE)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read one file, and no more of it than its header promised: headers lie."""
    with archive.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise TanbiaoError.of("archive_malformed", reason="a file is not as long as it says")
    return data
