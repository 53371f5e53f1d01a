"""Compact JWS for credentials: one algorithm per key, one media type per document, nothing guessed (RFC 7515, 8725).

Signing is joserfc's, but for keys that it does not know (SM2) or that a device holds. Verifying uses the primitive
directly, because importing joserfc would double the time in which a phone-sized command answers; a test holds the two
against each other. The header of a credential is read strictly and
must say ``alg`` ES256, EdDSA or SM2, a ``kid`` and the expected ``typ``; ``none``, HMAC algorithms, embedded keys, key
URLs and critical extensions are refused before any key is looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.encoding import b64url, b64url_decode, strict_json
from tanbiao.evidence.keys import DeviceKey, SigningKey, load_jwk, verify_signature
from tanbiao.evidence.sm2 import Sm2PrivateKey

ALGORITHMS = ("ES256", "EdDSA", "SM2")
"""SM2 stands for SM2 with SM3 under the usual identifier; no registry of JOSE has it, so the name is ours."""
MAX_LENGTH = 256 * 1024
"""Longest compact JWS read, in characters (a certificate is about 11 kB, a status list at most 45 kB; project
default)."""
_HEADER_KEYS = {"alg", "kid", "typ", "cty"}


@dataclass(frozen=True, slots=True)
class Unverified:
    """A compact JWS taken apart; nothing in it is believed yet."""

    compact: str
    algorithm: str
    kid: str
    payload: Any


def sign_compact(payload: Mapping[str, Any], typ: str, kid: str, key: SigningKey) -> str:
    """Return the compact JWS over the canonical JSON of the payload."""
    from joserfc import jws

    header = {"alg": key.info.algorithm, "kid": kid, "typ": typ, "cty": "vc"}
    if isinstance(key.private, Sm2PrivateKey | DeviceKey):
        signed = f"{b64url(canonical_bytes(header))}.{b64url(canonical_bytes(payload))}"
        return f"{signed}.{b64url(key.sign(signed.encode('ascii')))}"
    private = _jose_key(key.private)
    return jws.serialize_compact(header, canonical_bytes(payload), private, algorithms=[key.info.algorithm])


def take_apart(compact: str, typ: str) -> Unverified:
    """Read a compact JWS strictly, without believing it.

    Raises
    ------
    TanbiaoError
        ``jws_malformed``, ``jws_algorithm``, ``jws_type`` or ``json_not_strict``.
    """
    if len(compact) > MAX_LENGTH:
        raise TanbiaoError.of("jws_malformed", reason=f"longer than {MAX_LENGTH} characters")
    parts = compact.split(".")
    if len(parts) != 3:
        raise TanbiaoError.of("jws_malformed", reason="not three parts")
    try:
        head, body, signature = (b64url_decode(part) for part in parts)
    except ValueError as error:
        raise TanbiaoError.of("jws_malformed", reason=str(error)) from error
    header = strict_json(head, 4096)
    if not isinstance(header, dict) or not all(isinstance(value, str) for value in header.values()):
        raise TanbiaoError.of("jws_malformed", reason="the header is no object of texts")
    if header.get("alg") not in ALGORITHMS or len(signature) != 64:
        raise TanbiaoError.of("jws_algorithm", algorithm=str(header.get("alg"))[:40])
    if header.get("typ") != typ:
        raise TanbiaoError.of("jws_type", found=str(header.get("typ"))[:40], expected=typ)
    if not set(header) <= _HEADER_KEYS or not header.get("kid") or header.get("cty", "vc") != "vc":
        raise TanbiaoError.of("jws_malformed", reason="the header lacks a key id or has members that are not accepted")
    return Unverified(compact, header["alg"], header["kid"], strict_json(body))


def signature_holds(token: Unverified, jwk: Mapping[str, Any]) -> bool:
    """Whether the token is signed by this public key, with the one algorithm of the key's kind."""
    try:
        public = load_jwk(jwk)
        head, body, signature = token.compact.split(".")
        return verify_signature(public, token.algorithm, f"{head}.{body}".encode("ascii"), b64url_decode(signature))
    except (TanbiaoError, ValueError):
        return False


def _jose_key(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> Any:
    from joserfc.jwk import ECKey, OKPKey

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return OKPKey.import_key(key)
    return ECKey.import_key(key)
