"""The log's own name and key, and who signs certificates."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import keys, leaf, notes
from tanbiao.evidence.encoding import strict_json
from tanbiao.evidence.signer import FolderSigner, Signed, Signer, SignOrder
from tanbiao.evidence.signer_service import RemoteSigner
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


OWN_PROCESS = "process"
"""The value of ``TANBIAO_SIGNER`` under which the platform runs its signer itself, as a process beside the worker."""


def signer_folder() -> Path:
    """Return the folder of the signer: one in the data folder, unless an operator's own is set."""
    if settings.TANBIAO_SIGNER in ("", OWN_PROCESS):
        return Path(settings.TANBIAO_DATA) / "signer"
    return Path(settings.TANBIAO_SIGNER)


def introduce_log() -> None:
    """Make the platform's own signer trust its log; an operator's signer is told by its operator
    (``tanbiao signer trust``)."""
    if settings.TANBIAO_SIGNER in ("", OWN_PROCESS):
        for verifier in verifiers():
            FolderSigner(signer_folder()).trust_log(verifier.vkey)


def signer() -> Signer:
    """Return who signs certificates here: the signer's own process where there is one, else its folder in this one."""
    if settings.TANBIAO_SIGNER:
        return RemoteSigner(signer_folder())
    return FolderSigner(signer_folder(), clock=clock.now)


def sign_certificate(order: SignOrder) -> Signed:
    """Have a certificate signed.

    Raises
    ------
    TanbiaoError
        As :meth:`tanbiao.evidence.signer.FolderSigner.sign` and :class:`RemoteSigner`.
    """
    if not settings.TANBIAO_SIGNER:
        introduce_log()
    signed = signer().sign(order)
    if settings.TANBIAO_SIGNER:
        _remember(signed.keys)
    return signed


def _remembered() -> Path:
    return key_folder() / "signer-keys.json"


def _remember(published: tuple[keys.KeyInfo, ...]) -> None:
    """Keep the public keys of a signer that is another process, to publish them while it does not answer too."""
    text = json.dumps([asdict(key) for key in published])
    path = _remembered()
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def ask_for_keys() -> None:
    """Fetch the signer's public keys: after a rotation or a revocation there.

    Raises
    ------
    TanbiaoError
        ``signer_unreachable``.
    """
    if settings.TANBIAO_SIGNER:
        _remember(signer().published())


def published_keys() -> list[keys.KeyInfo]:
    """Return every public key that this platform publishes: its own and its signer's, retired ones too."""
    own = key_store().public()
    if settings.TANBIAO_SIGNER in ("", OWN_PROCESS):
        return [*own, *FolderSigner(signer_folder()).published()]
    path = _remembered()
    return [*own, *(keys.KeyInfo(**key) for key in (strict_json(path.read_bytes()) if path.exists() else ()))]


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
            public = keys.load_jwk(info.jwk)
            assert isinstance(public, Ed25519PublicKey)
            found.append(notes.verifier_of(origin(), public.public_bytes_raw()))
    return found


def checkpoint_stands(note: str, size: int, root: bytes) -> bool:
    """Whether a checkpoint's note states this size and root and a key of the log signed it."""
    try:
        stated = notes.open_checkpoint(note, verifiers())
    except TanbiaoError:
        return False
    return (stated.size, stated.root) == (size, root)
