"""Files people send as evidence, document or photo: size, name and content are looked at before any is kept."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

from tanbiao.core import zip_guard
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.commanding import Invalid


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    filename: str
    media_type: str
    data: bytes


MAX_BYTES = 20 * 1024 * 1024
"""Project default, not official."""
DOCUMENT = zip_guard.Limits(files=5_000, file=200 * 1024 * 1024, total=200 * 1024 * 1024, small=1_000_000)
"""What a workbook or text document may unpack to: project default."""
SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (b"PK\x03\x04",),
}
TABLES = (".csv", ".txt", ".tsv", ".xlsx")
"""Files that a table may be brought in as."""
ENDINGS = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".json": "application/json",
}


def checked_upload(filename: str, media_type: str, data: bytes) -> str:
    """Return the media type that name and content agree on; what the sender calls it counts for nothing.

    Raises
    ------
    Invalid
        ``file_empty``, ``attachment_too_large``, ``file_kind_refused`` (a name of no accepted kind, or other content);
        for documents that are zips what :mod:`tanbiao.core.zip_guard` refuses: whoever opens them is to be safe too.
    """
    if not data:
        raise Invalid.of("file_empty", filename)
    if len(data) > MAX_BYTES:
        raise Invalid.of("attachment_too_large", filename, limit=MAX_BYTES // (1024 * 1024))
    ending = filename[filename.rfind(".") :].lower() if "." in filename else ""
    kind = ENDINGS.get(ending)
    if kind is None:
        raise Invalid.of("file_kind_refused", filename, kind=ending or media_type or "—")
    marks = SIGNATURES.get(kind)
    if marks and not data.startswith(marks):
        raise Invalid.of("file_kind_refused", filename, kind=ending)
    if zip_guard.is_zip(data):
        _check_zip(filename, data)
    if marks is None and not _is_text(data):
        raise Invalid.of("file_kind_refused", filename, kind=ending)
    return kind


def _check_zip(filename: str, data: bytes) -> None:
    try:
        with zip_guard.opened(io.BytesIO(data)) as archive:
            zip_guard.check(archive.infolist(), DOCUMENT)
    except TanbiaoError as error:
        raise Invalid(*(replace(item, where=filename) for item in error.findings)) from error


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data


def check_table(filename: str, data: bytes, limit: int) -> None:
    """Refuse what can't be a table that is brought in: empty, of another kind, larger than ``limit`` bytes.

    Raises
    ------
    Invalid
        ``file_empty``, ``code_table_file_kind``, ``attachment_too_large``; what :func:`checked_upload` refuses.
    """
    if not data:
        raise Invalid.of("file_empty", filename)
    if not filename.lower().endswith(TABLES):
        raise Invalid.of("code_table_file_kind", filename, kinds=", ".join(TABLES))
    if len(data) > limit:
        raise Invalid.of("attachment_too_large", filename, limit=limit // (1024 * 1024))
    if filename.lower().endswith(".xlsx"):
        checked_upload(filename, "", data)
