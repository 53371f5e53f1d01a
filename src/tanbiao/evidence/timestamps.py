"""Time stamps after RFC 3161: what is asked of a time-stamp authority, and whether its answer holds.

A stamp says that a file was there at a moment, by the word of an authority that the operator chose. The answer is
believed only when it grants, repeats the request's nonce and policy, is over this very file's hash, and is signed by a
certificate for time stamping that leads to one of the operator's roots and was valid at the stamp's time. Parsing,
signature and path are those of rfc3161-client (Apache-2.0), which the extra ``timestamps`` brings.

The whole answer is kept as ``.tsr``; anybody can check it without this program: ``openssl ts -verify -in FILE.tsr -data
FILE.pdf -CAfile ROOTS.pem``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from tanbiao.core.findings import TanbiaoError

QUERY_TYPE, REPLY_TYPE = "application/timestamp-query", "application/timestamp-reply"
MAX_REPLY = 64 * 1024
"""Longest answer read, in bytes (an answer with its certificates is about 6 kB; project default)."""


@dataclass(frozen=True, slots=True)
class Query:
    """A request: its DER bytes, and the nonce that the answer must repeat."""

    body: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a stamp that holds says: when, under which policy, and the authority's number for it."""

    at: datetime
    policy: str
    serial: int


def query(data: bytes) -> Query:
    """Return a request for a stamp over the SHA-256 of some bytes, with a fresh nonce, that asks for certificates.

    Raises
    ------
    TanbiaoError
        ``timestamp_extra_missing``.
    """
    library = _library()
    made = library.TimestampRequestBuilder().data(data).hash_algorithm(library.HashAlgorithm.SHA256).build()
    return Query(made.as_bytes(), int(made.nonce))


def roots_of(pem: bytes) -> list[x509.Certificate]:
    """Read the certificates of a PEM file.

    Raises
    ------
    TanbiaoError
        ``certificates_unreadable``.
    """
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise TanbiaoError.of("certificates_unreadable", reason=str(error)[:120]) from error


def check(
    reply: bytes,
    data: bytes,
    roots: Sequence[x509.Certificate],
    *,
    nonce: int | None = None,
    policy: str | None = None,
) -> Stamp:
    """Check an answer over some bytes.

    Parameters
    ----------
    reply
        DER of a TimeStampResp.
    roots
        Certificates that are believed; intermediate ones may stand among them, or come with the answer.
    nonce
        Of the request; None when a kept answer is checked again.
    policy
        Object identifier that the stamp must be under; None: any.

    Raises
    ------
    TanbiaoError
        ``timestamp_refused``: the authority did not grant; ``timestamp_bad`` with the reason;
        ``timestamp_extra_missing``.
    """
    library = _library()
    if len(reply) > MAX_REPLY:
        raise _bad("too long")
    try:
        answer = library.decode_timestamp_response(reply)
        if answer.status != library.tsp.PKIStatus.GRANTED:
            said = "; ".join(answer.status_string) or f"status {answer.status}"
            raise TanbiaoError.of("timestamp_refused", reason=said[:120])
        verifier = library.VerifierBuilder(
            policy_id=x509.ObjectIdentifier(policy) if policy else None, roots=list(roots), nonce=nonce
        ).build()
        verifier.verify_message(answer, data)
        info = answer.tst_info
        return Stamp(_utc(info.gen_time), info.policy.dotted_string, int(info.serial_number))
    except (library.VerificationError, ValueError) as error:
        raise _bad(str(error)) from error


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _bad(reason: str) -> TanbiaoError:
    return TanbiaoError.of("timestamp_bad", reason=reason[:120])


def _library() -> Any:
    # Imported here: only who stamps or checks a stamp needs it.
    try:
        import rfc3161_client
    except ImportError as error:
        raise TanbiaoError.of("timestamp_extra_missing") from error
    return rfc3161_client
