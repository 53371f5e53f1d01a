"""The content store: bytes under their SHA-256 in the file system, written whole or not at all.

A file is fetched by permission, never by hash alone: :func:`get_blob` is for commands and queries that have already
found the record which names the hash and may be seen by the actor.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse

from tanbiao.core.canonical import hash_bytes, is_hash
from tanbiao.web import clock
from tanbiao.web.commanding import NotFound
from tanbiao.web.ledger.models import Blob
from tanbiao.web.ledger.stored import read_file


def folder() -> Path:
    """Return the folder of the content store."""
    return Path(settings.TANBIAO_DATA) / "blobs"


def path_of(content_hash: str) -> Path:
    """Return where the bytes of a hash lie (whether or not they do)."""
    digest = content_hash.removeprefix("sha256:")
    return folder() / digest[:2] / digest[2:]


def _write(target: Path, data: bytes) -> None:
    """Write a file so that after a crash it is there whole or not at all: temporary name, fsync, rename, fsync."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_blob(data: bytes, media_type: str) -> str:
    """Store bytes and return their ``sha256:…``; storing the same bytes again changes nothing.

    The file is there before the row commits: a crash between the two leaves a file nobody names, which is harmless.
    """
    digest = hash_bytes(data)
    target = path_of(digest)
    if not target.exists():
        _write(target, data)
    Blob.objects.get_or_create(
        hash=digest, defaults={"size": len(data), "media_type": media_type, "stored_at": clock.now()}
    )
    return digest


def put_blobs(files: Sequence[tuple[bytes, str]]) -> list[str]:
    """Store several (bytes, media type) and return their hashes: as :func:`put_blob` each, their rows in one commit."""
    made = {}
    for data, media_type in files:
        digest = hash_bytes(data)
        if not path_of(digest).exists():
            _write(path_of(digest), data)
        made[digest] = Blob(hash=digest, size=len(data), media_type=media_type, stored_at=clock.now())
    Blob.objects.bulk_create(made.values(), ignore_conflicts=True)
    return [hash_bytes(data) for data, _ in files]


def put_file(path: Path, media_type: str) -> str:
    """Store a file that may be too large for memory and return its ``sha256:…``; the file itself is moved."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        size = 0
        while piece := stream.read(1 << 20):
            digest.update(piece)
            size += len(piece)
        os.fsync(stream.fileno())
    hashed = f"sha256:{digest.hexdigest()}"
    target = path_of(hashed)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    Blob.objects.get_or_create(hash=hashed, defaults={"size": size, "media_type": media_type, "stored_at": clock.now()})
    return hashed


def get_blob(content_hash: str) -> bytes:
    """Return the bytes of a hash, checked against it.

    Raises
    ------
    NotFound
        ``blob_unknown``: nothing of this hash was stored.
    TanbiaoError
        ``blob_damaged``: the file is gone or holds other bytes; ``tanbiao fsck`` names all of them.
    """
    if not is_hash(content_hash) or not Blob.objects.filter(hash=content_hash).exists():
        raise NotFound.of("blob_unknown")
    return read_file(str(path_of(content_hash)), content_hash)


def attachment(data: bytes, media_type: str, filename: str, *, inline: bool = False) -> HttpResponse:
    """Return a download, never sniffed and never run, saved under ``filename``; ``inline`` for our own PDF and SVG."""
    response = HttpResponse(data, content_type=media_type)
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in filename)
    shown = "inline" if inline else "attachment"
    response["Content-Disposition"] = f"{shown}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    if not inline:
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
