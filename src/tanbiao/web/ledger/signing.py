"""The log's own name and key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import keys, leaf, notes
from tanbiao.web import clock


def key_folder() -> Path:
    """Return the folder of the issuing, status and log keys."""
    return Path(settings.TANBIAO_DATA) / "keys"


@lru_cache(maxsize=4)
def _store(folder: Path) -> keys.KeyStore:
    return keys.KeyStore(folder)


def key_store() -> keys.KeyStore:
    """Return the key store of this installation."""
    return _store(key_folder())


def origin() -> str:
    """Return the log's name, the first line of its checkpoints: host of the first base address and ``/log``.

    It is written beside the keys at first use and never changes: a log that moves to another address is the same log.
    """
    path = key_folder() / "log-origin"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(f"{urlsplit(settings.TANBIAO_BASE_URL).netloc}/log", encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def salt() -> bytes:
    """Return a fresh salt for a leaf."""
    return secrets.token_bytes(leaf.SALT_LENGTH)


def canonical_text(event: Mapping[str, Any]) -> str:
    """Return an event as it is stored."""
    return canonical_bytes(event).decode()


def ensure_key() -> keys.SigningKey:
    """Return the log's key, made now if there is none."""
    return key_store().ensure("log", now=clock.wall())


def sign_checkpoint(size: int, root: bytes) -> str:
    """Return the signed note that states the log's size and root."""
    return notes.sign_checkpoint(origin(), size, root, ensure_key())


def verifiers() -> list[notes.Verifier]:
    """Return the verifiers of every key the log ever signed with, but for revoked ones; the present one last."""
    found = []
    for info in key_store().public():
        if info.purpose == "log" and info.revoked is None:
            raw = keys.load_jwk(info.jwk).public_bytes(Encoding.Raw, PublicFormat.Raw)
            found.append(notes.verifier_of(origin(), raw))
    return found


def checkpoint_stands(note: str, size: int, root: bytes) -> bool:
    """Whether a checkpoint's note states this size and root and a key of the log signed it."""
    try:
        stated = notes.open_checkpoint(note, verifiers())
    except TanbiaoError:
        return False
    return (stated.size, stated.root) == (size, root)
