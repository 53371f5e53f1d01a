"""Sealing a bundle for named readers: JSON Web Encryption to several of them (RFC 7516, 7.2.1; RFC 7518, 4.6; RFC
8037).

The bundle is encrypted once with A256GCM under a key made for this file alone, and that key once for each reader with
ECDH-ES+A256KW on X25519. Any one of the readers opens it with the private key that never left their machine; nobody can
tell from the file who they are, only the thumbprints of their keys. The cryptography is joserfc's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.encoding import b64url_decode, strict_json
from tanbiao.evidence.keys import thumbprint

MAX_READERS = 16
MAX_SEALED = 96 * 1024 * 1024
"""A bundle of the largest kind (64 MiB) grows by a third in base64."""
TYPE = "tanbiao-sealed+json"
_ALGORITHM, _CONTENT = "ECDH-ES+A256KW", "A256GCM"


def _registry() -> Any:
    # Imported here: it takes longer than all the rest of an offline check.
    from joserfc.jwe import JWERegistry

    class Registry(JWERegistry):
        max_ciphertext_length = MAX_SEALED

    # A reader has one key: the parts for others can't be verified with it, and need not be.
    return Registry(algorithms=[_ALGORITHM, _CONTENT], verify_all_recipients=False, max_recipients=MAX_READERS)


def new_key() -> tuple[dict[str, str], dict[str, str]]:
    """Return a fresh X25519 key: (private JWK, public JWK)."""
    from joserfc.jwk import OKPKey

    private: dict[str, Any] = OKPKey.generate_key("X25519").as_dict(private=True)
    kept = {name: str(private[name]) for name in ("kty", "crv", "x", "d")}
    return kept, public_of(kept)


def public_of(private: dict[str, Any]) -> dict[str, str]:
    """Return the public half of a private JWK."""
    return {name: str(private[name]) for name in ("kty", "crv", "x")}


def write_key(path: Path, private: dict[str, str]) -> None:
    """Write a private key into a new file that only its owner may read.

    Raises
    ------
    TanbiaoError
        ``sealing_key_exists``: nothing is ever written over.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise TanbiaoError.of("sealing_key_exists", str(path)) from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(canonical_bytes(private) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def read_key(text: str | bytes, *, private: bool = False) -> dict[str, str]:
    """Read a reader's key from JSON; a private one where a public one is wanted is refused, so that nobody hands it on.

    Raises
    ------
    TanbiaoError
        ``sealing_key_malformed``.
    """
    try:
        body = strict_json(text, 4096)
        wanted = {"kty", "crv", "x"} | ({"d"} if private else set())
        if not isinstance(body, dict) or not wanted <= set(body) or ("d" in body) != private:
            raise ValueError("a private key" if isinstance(body, dict) and "d" in body else "members")
        if (body["kty"], body["crv"]) != ("OKP", "X25519"):
            raise ValueError("kind of key")
        for name in wanted - {"kty", "crv"}:
            if not isinstance(body[name], str) or len(b64url_decode(body[name])) != 32:
                raise ValueError(name)
    except (ValueError, TanbiaoError) as error:
        raise TanbiaoError.of("sealing_key_malformed", reason=str(error)[:80]) from error
    return {name: str(body[name]) for name in sorted(wanted)}


def is_sealed(data: bytes) -> bool:
    """Whether the bytes look like a sealed file."""
    head = data[:4096].lstrip()
    return head.startswith(b"{") and b'"protected"' in data[:4096] + data[-4096:]


def seal(data: bytes, readers: Sequence[dict[str, str]]) -> bytes:
    """Encrypt bytes for one to sixteen readers, by their public keys (:func:`read_key`).

    Raises
    ------
    TanbiaoError
        ``sealing_readers``: none, too many, or one twice; ``sealing_key_malformed``: a key that is no point.
    """
    from joserfc import jwe
    from joserfc.errors import JoseError
    from joserfc.jwk import OKPKey

    kids = [thumbprint(reader) for reader in readers]
    if not 1 <= len(kids) <= MAX_READERS or len(set(kids)) != len(kids):
        raise TanbiaoError.of("sealing_readers", most=MAX_READERS, found=len(kids))
    made = jwe.GeneralJSONEncryption({"enc": _CONTENT, "typ": TYPE}, data)
    try:
        for reader, kid in zip(readers, kids, strict=True):
            made.add_recipient({"alg": _ALGORITHM, "kid": kid}, OKPKey.import_key(dict(reader)))
        body = jwe.encrypt_json(made, None, registry=_registry())
    except (JoseError, ValueError) as error:
        raise TanbiaoError.of("sealing_key_malformed", reason=str(error)[:80]) from error
    return canonical_bytes(body)


def unseal(data: bytes, private: dict[str, str]) -> bytes:
    """Decrypt a sealed file with a reader's private key.

    Raises
    ------
    TanbiaoError
        ``sealed_malformed``; ``sealed_for_others``: this key is not among the readers'; ``sealed_damaged``: the file
        was changed, or the key only pretends to be the reader's.
    """
    from joserfc import jwe
    from joserfc.errors import JoseError
    from joserfc.jwk import OKPKey

    try:
        body: Any = json.loads(data) if len(data) <= MAX_SEALED else None
        recipients = list(body["recipients"])
        kids = [recipient["header"]["kid"] for recipient in recipients]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise TanbiaoError.of("sealed_malformed") from error
    own = thumbprint(public_of(private))
    if own not in kids:
        raise TanbiaoError.of("sealed_for_others", count=len(kids))
    mine: Any = {**body, "recipients": [recipients[kids.index(own)]]}
    try:
        opened = jwe.decrypt_json(mine, OKPKey.import_key(dict(private)), registry=_registry())
        if opened.plaintext is None or opened.protected.get("typ") != TYPE:
            raise ValueError("type")
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TanbiaoError.of("sealed_damaged") from error
    return bytes(opened.plaintext)
