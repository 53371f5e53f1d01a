"""A file of the content store, read where there is no database: in the processes that share out long work."""

from __future__ import annotations

from pathlib import Path

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import TanbiaoError


def read_file(path: str, content_hash: str) -> bytes:
    """Return the bytes of a stored file, checked against the hash that names it.

    Raises
    ------
    TanbiaoError
        ``blob_damaged``: the file is gone or holds other bytes; ``tanbiao fsck`` names all of them.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise TanbiaoError.of("blob_damaged", hash=content_hash) from error
    if hash_bytes(data) != content_hash:
        raise TanbiaoError.of("blob_damaged", hash=content_hash)
    return data
