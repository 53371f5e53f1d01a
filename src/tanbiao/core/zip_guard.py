"""What every zip from a stranger is looked at for before anything in it is unpacked, and how zips are written here.

The one guard for bundles, workbooks and dataset archives; each has its own :class:`Limits`. Nothing is ever written to
a disk, so a name that leads out could not harm here; it is refused all the same, because who sends one means harm.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Final

from tanbiao.core.findings import TanbiaoError

DAMAGE: Final = (
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

DOCUMENT_MARK: Final = "[Content_Types].xml"
"""The member that says that a zip is one document, a workbook or a text (ECMA-376, part 2), no archive of files."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_SMALL: Final = 1024
"""Bytes below which the packed size says nothing about the ratio."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Project defaults, not official: how much a zip may hold. Sizes in bytes, unpacked."""

    files: int
    file: int
    total: int
    ratio: int = 200
    """Unpacked over packed size: sheets, JSON and XML of datasets stay below 30."""
    small: int = 0
    """A file up to this size may have any ratio."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files, in the order of their names, without any time or owner in it: the same bytes again."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return stream.getvalue()


def is_zip(data: bytes) -> bool:
    """Whether the bytes begin like a zip that holds a file."""
    return data[:4] == b"PK\x03\x04"


def check(entries: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    """Look at a zip's directory.

    Raises
    ------
    TanbiaoError
        ``archive_too_large`` (too many files, too large, packed suspiciously tightly), ``archive_encrypted``,
        ``archive_malformed`` (a name twice, packed in a way nobody uses).
    """
    names = [entry.filename for entry in entries]
    if len(entries) > limits.files or sum(entry.file_size for entry in entries) > limits.total:
        raise TanbiaoError.of("archive_too_large", limit=limits.total, files=limits.files)
    if len(set(names)) != len(names):
        raise TanbiaoError.of("archive_malformed", reason="a name stands twice")
    for entry in entries:
        if entry.flag_bits & 1:
            raise TanbiaoError.of("archive_encrypted", entry.filename[:80])
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TanbiaoError.of("archive_malformed", entry.filename[:80], reason="packed in another way")
        packed = max(entry.compress_size, _SMALL)
        tight = entry.file_size > limits.small and entry.file_size > limits.ratio * packed
        if entry.file_size > limits.file or tight:
            raise TanbiaoError.of("archive_too_large", entry.filename[:80], limit=limits.file, files=limits.files)


def is_link(entry: zipfile.ZipInfo) -> bool:
    """Whether the entry is a symbolic link."""
    return entry.external_attr >> 16 & 0o170000 == 0o120000


def content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read one file, and no more of it than its header promised: headers lie.

    Raises
    ------
    TanbiaoError
        ``archive_malformed``.
    """
    try:
        with archive.open(entry) as stream:
            data = stream.read(entry.file_size + 1)
    except DAMAGE as error:
        raise TanbiaoError.of("archive_malformed", entry.filename[:80], reason=str(error)[:80]) from error
    if len(data) != entry.file_size:
        raise TanbiaoError.of("archive_malformed", entry.filename[:80], reason="a file is not as long as it says")
    return data


def head(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, size: int) -> bytes:
    """Return the first bytes of one file; raises as :func:`content`."""
    try:
        with archive.open(entry) as stream:
            return stream.read(size)
    except DAMAGE as error:
        raise TanbiaoError.of("archive_malformed", entry.filename[:80], reason=str(error)[:80]) from error


def opened(source: IO[bytes]) -> zipfile.ZipFile:
    """Open a zip; raises ``archive_malformed`` for one that is truncated or none at all."""
    try:
        return zipfile.ZipFile(source)
    except DAMAGE as error:
        raise TanbiaoError.of("archive_malformed", reason=str(error)[:80]) from error
