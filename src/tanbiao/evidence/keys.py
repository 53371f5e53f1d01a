"""Signing keys in a folder: PKCS#8 files that only their owner may read, and an index that forgets none.

Purposes: ``certificate`` and ``status`` sign with ES256 (ECDSA, P-256, SHA-256), or with SM2 and SM3 where a key is
made so; ``twin`` (Data Integrity proofs), ``log`` (checkpoints), ``witness`` (co-signatures) and ``conformity``
(reports on tools) with Ed25519. Rotation makes a new current key and keeps the old one published, because what it
signed must stay checkable; a compromised key is *revoked* and leaves the published set. The secret halves
lie in a *vault*: files of the folder, or a device (:mod:`tanbiao.evidence.token_keys`).
"""

from __future__ import annotations

import hashlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.encoding import b64url, b64url_decode, base58, strict_json, utc_text
from tanbiao.evidence.sm2 import Sm2PrivateKey, Sm2PublicKey

Algorithm = Literal["ES256", "EdDSA", "SM2"]
Purpose = Literal["certificate", "status", "twin", "log", "witness", "conformity"]
PURPOSES: Mapping[Purpose, Algorithm] = {
    "certificate": "ES256", "status": "ES256", "twin": "EdDSA", "log": "EdDSA", "witness": "EdDSA",
    "conformity": "EdDSA",
}  # fmt: skip
CHOICES: Mapping[Purpose, tuple[Algorithm, ...]] = {
    "certificate": ("ES256", "SM2", "EdDSA"), "status": ("ES256", "SM2", "EdDSA"),
}  # fmt: skip
"""What a key of a purpose may be made with instead of its usual algorithm."""


class DeviceKey(ABC):
    """A private key that a device holds: it signs there and never leaves."""

    @abstractmethod
    def sign(self, message: bytes) -> bytes:
        """Return the signature as :meth:`SigningKey.sign` gives it, 64 bytes."""

    @abstractmethod
    def public_key(self) -> PublicKey:
        """Return the public half."""


PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | Sm2PrivateKey | DeviceKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | Sm2PublicKey

_INDEX = "keys.json"
ED25519_PREFIX = b"\xed\x01"
"""Multicodec ed25519-pub."""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as published: no secret in it.

    ``kid`` is the RFC 7638 thumbprint with the purpose in front; ``owner`` names the body whose key it is, "" for the
    operator of the platform. Times are UTC texts.
    """

    kid: str
    purpose: Purpose
    algorithm: Algorithm
    jwk: Mapping[str, str]
    created: str
    retired: str | None = None
    revoked: str | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with what is published of it. ``str()`` shows no secret."""

    info: KeyInfo
    private: PrivateKey

    def __repr__(self) -> str:
        return f"SigningKey({self.info.kid})"

    @property
    def kid(self) -> str:
        """The key's id."""
        return self.info.kid

    def sign(self, message: bytes) -> bytes:
        """Return the signature: 64 bytes: r ‖ s for ES256 (RFC 7518, 3.4) and SM2, RFC 8032 for Ed25519."""
        if not isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(message)
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def public_jwk(public: PublicKey) -> dict[str, str]:
    """Return the public JWK (RFC 7517, RFC 8037) with only its required members."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": b64url(public.public_bytes_raw())}
    numbers = public if isinstance(public, Sm2PublicKey) else public.public_numbers()
    return {
        "kty": "EC",
        "crv": "SM2" if isinstance(public, Sm2PublicKey) else "P-256",
        "x": b64url(numbers.x.to_bytes(32, "big")),
        "y": b64url(numbers.y.to_bytes(32, "big")),
    }


def load_jwk(jwk: Any) -> PublicKey:
    """Return the public key of a JWK; only P-256, SM2 and Ed25519, and never a private one.

    Raises
    ------
    TanbiaoError
        ``key_unusable``.
    """
    try:
        if not isinstance(jwk, Mapping) or "d" in jwk or "k" in jwk:
            raise ValueError("no key, or a private or symmetric one")
        kind = (jwk.get("kty"), jwk.get("crv"))
        if kind == ("OKP", "Ed25519"):
            return ed25519.Ed25519PublicKey.from_public_bytes(b64url_decode(str(jwk["x"])))
        if kind in (("EC", "P-256"), ("EC", "SM2")):
            x, y = (int.from_bytes(b64url_decode(str(jwk[axis])), "big") for axis in ("x", "y"))
            if jwk.get("crv") == "SM2":
                return Sm2PublicKey(x, y)
            return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        raise ValueError(f"kind {kind}")
    except (KeyError, ValueError) as error:
        raise TanbiaoError.of("key_unusable", reason=str(error)) from error


def algorithm_of(public: PublicKey) -> Algorithm:
    """Return the one algorithm that a key of this kind signs with."""
    if isinstance(public, Sm2PublicKey):
        return "SM2"
    return "EdDSA" if isinstance(public, ed25519.Ed25519PublicKey) else "ES256"


def verify_signature(public: PublicKey, algorithm: str, message: bytes, signature: bytes) -> bool:
    """Whether the signature is good. The algorithm must be the one of the key's own kind; nothing else is tried."""
    if algorithm != algorithm_of(public) or len(signature) != 64:
        return False
    if isinstance(public, Sm2PublicKey):
        return public.verifies(message, signature)
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, message)
            return True
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        public.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        return True
    except InvalidSignature:
        return False


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the RFC 7638 thumbprint of a public JWK, base64url."""
    return b64url(hashlib.sha256(canonical_bytes(dict(jwk))).digest())


def did_of(base_url: str) -> str:
    """Return the ``did:web`` of a site: host, port percent-encoded, path segments joined by colons.

    Raises
    ------
    TanbiaoError
        ``base_url_malformed``.
    """
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise TanbiaoError.of("base_url_malformed", value=base_url)
    host = parts.hostname if parts.port is None else f"{parts.hostname}%3A{parts.port}"
    segments = [quote(segment, safe="-._~") for segment in parts.path.split("/") if segment]
    return ":".join(["did:web", host, *segments])


def did_document(base_url: str, keys: list[KeyInfo]) -> dict[str, Any]:
    """Return the DID document that ``/.well-known/did.json`` serves: every key that is not revoked, retired ones
    too."""
    did = did_of(base_url)
    methods = [_method(did, key) for key in keys if key.revoked is None]
    return {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/jwk/v1",
            "https://w3id.org/security/multikey/v1",
        ],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def public_multibase(jwk: Mapping[str, str]) -> str:
    """Return an Ed25519 public key as ``z6Mk…`` (Multikey)."""
    return "z" + base58(ED25519_PREFIX + b64url_decode(jwk["x"]))


def _method(did: str, key: KeyInfo) -> dict[str, Any]:
    """Return a key as a DID document shows it: a key of Data Integrity proofs is a Multikey (Data Integrity EdDSA
    Cryptosuites v1.0, 2.1.1), every other one a JWK."""
    if key.purpose == "twin":
        return {
            "id": f"{did}#{key.kid}",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": public_multibase(key.jwk),
        }
    return {
        "id": f"{did}#{key.kid}",
        "type": "JsonWebKey",
        "controller": did,
        "publicKeyJwk": {**key.jwk, "alg": key.algorithm, "kid": key.kid, "use": "sig"},
    }


class Vault(Protocol):
    """Where the secret halves of a store's keys are made and kept."""

    def make(self, kind: Algorithm) -> PrivateKey:
        """Make a key; it need not outlive a crash before :meth:`keep`."""

    def keep(self, kid: str, private: PrivateKey) -> None:
        """Keep a key that :meth:`make` made, under its id."""

    def makes(self, kind: Algorithm) -> bool:
        """Whether keys of this algorithm can be made here."""

    def holds(self, kid: str) -> bool:
        """Whether a key lies here."""

    def load(self, info: KeyInfo) -> PrivateKey:
        """Return a key that is kept here."""


class FileVault:
    """Secret halves as files of a folder, for their owner alone: PKCS#8 PEM, or a JWK for SM2."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self, kind: Algorithm) -> PrivateKey:
        """Make a key in memory."""
        if kind == "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
        return Sm2PrivateKey.generate() if kind == "SM2" else ec.generate_private_key(ec.SECP256R1())

    def keep(self, kid: str, private: PrivateKey) -> None:
        """Write its file."""
        if isinstance(private, Sm2PrivateKey):
            secret = {**public_jwk(private.public_key()), "d": b64url(private.d.to_bytes(32, "big"))}
            write_private(self.path / f"{kid}.jwk", canonical_bytes(secret))
        else:
            assert not isinstance(private, DeviceKey)
            write_private(self.path / f"{kid}.pem", _pem(private))

    def makes(self, kind: Algorithm) -> bool:  # noqa: ARG002 (files hold every kind)
        """Yes: files hold every kind."""
        return True

    def holds(self, kid: str) -> bool:
        """Whether its file is here."""
        return any((self.path / f"{kid}.{kind}").exists() for kind in ("pem", "jwk"))

    def load(self, info: KeyInfo) -> PrivateKey:
        """Read a key.

        Raises
        ------
        TanbiaoError
            ``key_unusable``.
        """
        # Imported here: it takes as long as everything else that a verifier, who loads no private key, needs.
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        if info.algorithm == "SM2":
            return self._load_sm2(info)
        try:
            private = load_pem_private_key((self.path / f"{info.kid}.pem").read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise TanbiaoError.of("key_unusable", info.kid, reason=str(error)) from error
        if not isinstance(private, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
            raise TanbiaoError.of("key_unusable", info.kid, reason="kind of key")
        return private

    def _load_sm2(self, info: KeyInfo) -> Sm2PrivateKey:
        """Read a private number; PKCS#8 of the cryptography library has no such curve, so it is a JWK."""
        try:
            body = strict_json((self.path / f"{info.kid}.jwk").read_bytes(), 4096)
            return Sm2PrivateKey(int.from_bytes(b64url_decode(str(body["d"])), "big"))
        except (OSError, ValueError, KeyError, TypeError, TanbiaoError) as error:
            raise TanbiaoError.of("key_unusable", info.kid, reason=type(error).__name__) from error


class KeyStore:
    """A folder of keys: what is published of them in ``keys.json``, their secret halves in a vault.

    The index is written by rename, so a crash leaves the old or the new one, never half of one.

    Parameters
    ----------
    path
        The folder.
    vault
        Where new keys are made; None: files of the folder. Keys that lie in the folder's files stay usable.
    """

    def __init__(self, path: Path, vault: Vault | None = None) -> None:
        self.path = Path(path)
        self._files = FileVault(self.path)
        self._vault: Vault = vault or self._files

    def _read(self) -> list[KeyInfo]:
        index = self.path / _INDEX
        if not index.exists():
            return []
        document = strict_json(index.read_bytes())
        return [KeyInfo(**entry) for entry in document["keys"]]

    def _write_index(self, keys: list[KeyInfo]) -> None:
        text = json.dumps({"v": 1, "keys": [asdict(key) for key in keys]}, ensure_ascii=False, indent=1)
        write_private(self.path / _INDEX, text.encode("utf-8"), replace_existing=True)

    def public(self) -> list[KeyInfo]:
        """Return every key ever made, oldest first, without secrets; retired ones stay."""
        return self._read()

    def makes(self, purpose: Purpose) -> bool:
        """Whether a key of a purpose, by its usual algorithm, can be made where this store's keys lie."""
        return self._vault.makes(PURPOSES[purpose])

    def current(self, purpose: Purpose, owner: str = "") -> SigningKey:
        """Return the key that signs now.

        Raises
        ------
        TanbiaoError
            ``key_missing``: none was made yet (call :meth:`rotate`); ``key_unusable``: its file can't be read.
        """
        for info in reversed(self._read()):
            if info.purpose == purpose and info.owner == owner and info.retired is None and info.revoked is None:
                return SigningKey(info, self._load(info))
        raise TanbiaoError.of("key_missing", purpose=purpose)

    def get(self, kid: str) -> SigningKey:
        """Return a key by id, retired ones too.

        Raises
        ------
        TanbiaoError
            ``key_missing``, ``key_unusable``.
        """
        for info in self._read():
            if info.kid == kid:
                return SigningKey(info, self._load(info))
        raise TanbiaoError.of("key_missing", kid, purpose=kid)

    def _load(self, info: KeyInfo) -> PrivateKey:
        vault = self._vault if self._vault.holds(info.kid) else self._files
        private = vault.load(info)
        if public_jwk(private.public_key()) != dict(info.jwk):
            raise TanbiaoError.of("key_unusable", info.kid, reason="the file holds another key than the index says")
        return private

    def rotate(
        self, purpose: Purpose, *, now: datetime, owner: str = "", algorithm: Algorithm | None = None
    ) -> SigningKey:
        """Make a new current key for a purpose; the one before is retired and stays published.

        Parameters
        ----------
        algorithm
            Another than the purpose's usual one, of :data:`CHOICES`.

        Raises
        ------
        TanbiaoError
            ``key_purpose_unknown``; ``key_algorithm``: not for this purpose, or not where the keys are made.
        """
        if purpose not in PURPOSES:
            raise TanbiaoError.of("key_purpose_unknown", purpose=str(purpose))
        kind = algorithm or PURPOSES[purpose]
        if kind not in CHOICES.get(purpose, (PURPOSES[purpose],)):
            raise TanbiaoError.of("key_algorithm", purpose=purpose, algorithm=kind)
        private = self._vault.make(kind)
        jwk = public_jwk(private.public_key())
        moment = utc_text(now)
        info = KeyInfo(f"{purpose}-{thumbprint(jwk)[:16]}", purpose, kind, jwk, moment, owner=owner)
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._vault.keep(info.kid, private)
        kept = [
            replace(key, retired=moment)
            if (key.purpose, key.owner) == (purpose, owner) and key.retired is None
            else key
            for key in self._read()
        ]
        self._write_index([*kept, info])
        return SigningKey(info, private)

    def ensure(self, purpose: Purpose, *, now: datetime, owner: str = "") -> SigningKey:
        """Return the current key, made now if there is none."""
        try:
            return self.current(purpose, owner)
        except TanbiaoError as error:
            if error.code != "key_missing":
                raise
            return self.rotate(purpose, now=now, owner=owner)

    def revoke(self, kid: str, *, now: datetime) -> None:
        """Take a compromised key out of the published set; what it signed can no longer be verified.

        Raises
        ------
        TanbiaoError
            ``key_missing``.
        """
        keys = self._read()
        if all(key.kid != kid for key in keys):
            raise TanbiaoError.of("key_missing", kid, purpose=kid)
        self._write_index([replace(key, revoked=utc_text(now)) if key.kid == kid else key for key in keys])

    def did_document(self, base_url: str) -> dict[str, Any]:
        """Return the site's DID document; see :func:`did_document`."""
        return did_document(base_url, self._read())


def _pem(private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_private(path: Path, data: bytes, *, replace_existing: bool = False) -> None:
    """Write a file that only its owner may read, from its first byte on, and make it durable."""
    target = path.with_name(path.name + ".new") if replace_existing else path
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replace_existing else os.O_EXCL)
    descriptor = os.open(target, flags, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    if replace_existing:
        target.replace(path)
