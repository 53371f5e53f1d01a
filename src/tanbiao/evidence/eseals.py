"""Electronic seals over a file: a detached JWS of an organisation's sealing key, checked with its certificate.

Whoever seals (a seal service, a device, a national seal system behind an adapter) is outside this program: it gets the
file's SHA-256 and returns a compact JWS without payload (RFC 7515, appendix F), whose payload is the ASCII text
``sha256:<hex>`` of the file. That is the form that JAdES (ETSI TS 119 182-1) builds on; a seal after GB/T 38540 has a
form of its own, which an adapter of its operator checks before it answers. The key is that of the certificate that the
operator set, which must be valid at the moment of sealing: the JWS's own ``x5c`` is not believed.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.encoding import b64url, b64url_decode, strict_json
from tanbiao.evidence.keys import algorithm_of, verify_signature

SEAL_TYPE = "application/jose"
MAX_SEAL = 32 * 1024
MIN_RSA_BITS = 2048
_CRITICAL = "crit"


def payload_of(data: bytes) -> bytes:
    """Return what a seal over a file signs as its payload: ``sha256:<hex>``."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}".encode("ascii")


def certificate_of(pem: bytes) -> x509.Certificate:
    """Read the sealing certificate.

    Raises
    ------
    TanbiaoError
        ``certificates_unreadable``.
    """
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise TanbiaoError.of("certificates_unreadable", reason=str(error)[:120]) from error


def check(seal: bytes, data: bytes, certificate: x509.Certificate, *, at: datetime | None = None) -> None:
    """Check a detached seal over a file.

    Parameters
    ----------
    at
        The moment of sealing, within which the certificate must be valid; None when a kept seal is checked again.

    Raises
    ------
    TanbiaoError
        ``seal_bad`` with the reason.
    """
    if len(seal) > MAX_SEAL:
        raise _bad("too long")
    try:
        head, empty, signature = seal.decode("ascii").strip().split(".")
        if empty:
            raise ValueError("the payload must be left out")
        header = strict_json(b64url_decode(head), 16 * 1024)
        if not isinstance(header, dict) or _CRITICAL in header:
            raise ValueError("header")
        raw = b64url_decode(signature)
    except (ValueError, TanbiaoError) as error:
        raise _bad(str(error)) from error
    if at is not None and not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise _bad("the certificate is not valid at this time")
    message = f"{head}.{b64url(payload_of(data))}".encode("ascii")
    if not _holds(certificate, str(header.get("alg")), message, raw):
        raise _bad("signature")


def _holds(certificate: x509.Certificate, algorithm: str, message: bytes, signature: bytes) -> bool:
    public = certificate.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey) or (
        isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)
    ):
        return algorithm == algorithm_of(public) and verify_signature(public, algorithm, message, signature)
    if not isinstance(public, rsa.RSAPublicKey) or public.key_size < MIN_RSA_BITS:
        raise _bad("kind of key")
    sha = hashes.SHA256()
    paddings = {"RS256": padding.PKCS1v15(), "PS256": padding.PSS(padding.MGF1(sha), sha.digest_size)}
    if algorithm not in paddings:
        return False
    try:
        public.verify(signature, message, paddings[algorithm], sha)
        return True
    except InvalidSignature:
        return False


def _bad(reason: str) -> TanbiaoError:
    return TanbiaoError.of("seal_bad", reason=reason[:120])
