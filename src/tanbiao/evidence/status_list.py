"""Bitstring status lists (W3C Bitstring Status List v1.0): one bit per certificate, among many that mean nothing.

Bit ``i`` is bit ``7 − i mod 8`` of byte ``i ÷ 8`` (leftmost first), as the specification says. A list has at least
131,072 entries, so that asking for it does not tell which certificate is meant, and indices are drawn at random. The
list is published as a credential of its own, signed like the certificates (VC-JWT); its ``validFrom`` is the moment it
speaks of.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import contexts, jws
from tanbiao.evidence.encoding import b64url, b64url_decode, parse_utc, utc_text
from tanbiao.evidence.keys import SigningKey

MIN_ENTRIES = 131_072
"""Bitstring Status List v1.0, 3.1: at least 16 kB uncompressed."""
MAX_ENTRIES = 8 * 1024 * 1024
"""Largest list read, in entries; a bomb is refused while it is unpacked (project default)."""
FRESH = timedelta(hours=24)
"""A list not older than this makes a verdict plain "valid" (CONTRACT: verdicts)."""
PURPOSES = ("revocation", "suspension")


@dataclass(frozen=True, slots=True)
class StatusList:
    """An immutable list of bits; ``with_set`` and ``with_cleared`` return a new one."""

    bits: bytes

    @classmethod
    def empty(cls, entries: int = MIN_ENTRIES) -> StatusList:
        """Return a list of zeros.

        Raises
        ------
        TanbiaoError
            ``status_list_size``: fewer than 131,072 entries, more than we read, or no whole bytes.
        """
        _check_size(entries)
        return cls(bytes(entries // 8))

    def __len__(self) -> int:
        return len(self.bits) * 8

    def __getitem__(self, index: int) -> bool:
        self._check(index)
        return bool(self.bits[index // 8] >> (7 - index % 8) & 1)

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise TanbiaoError.of("status_index_out_of_range", index=index, size=len(self))

    def with_set(self, indices: Iterable[int]) -> StatusList:
        """Return the list with these bits set."""
        return self._changed(indices, True)

    def with_cleared(self, indices: Iterable[int]) -> StatusList:
        """Return the list with these bits cleared."""
        return self._changed(indices, False)

    def _changed(self, indices: Iterable[int], to: bool) -> StatusList:
        changed = bytearray(self.bits)
        for index in indices:
            self._check(index)
            mask = 1 << (7 - index % 8)
            changed[index // 8] = changed[index // 8] | mask if to else changed[index // 8] & ~mask
        return StatusList(bytes(changed))

    def set_bits(self) -> list[int]:
        """Return the indices of the set bits, ascending."""
        return [i * 8 + bit for i, byte in enumerate(self.bits) if byte for bit in range(8) if byte >> (7 - bit) & 1]

    def encoded(self) -> str:
        """Return multibase base64url (``u…``) of the gzipped bits; the same bits always give the same text."""
        stream = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=stream, compresslevel=9, mtime=0) as packed:
            packed.write(self.bits)
        return "u" + b64url(stream.getvalue())

    @classmethod
    def decode(cls, text: str) -> StatusList:
        """Read ``encodedList``, with or without the multibase prefix that older lists lack.

        Raises
        ------
        TanbiaoError
            ``status_list_malformed`` or ``status_list_size``.
        """
        try:
            packed = b64url_decode(text.removeprefix("u") if text.startswith("uH4s") else text)
            unpacker = zlib.decompressobj(wbits=31)
            bits = unpacker.decompress(packed, MAX_ENTRIES // 8 + 1)
        except (ValueError, zlib.error) as error:
            raise TanbiaoError.of("status_list_malformed", reason=str(error)) from error
        _check_size(len(bits) * 8)
        if not unpacker.eof or unpacker.unused_data:
            raise TanbiaoError.of("status_list_malformed", reason="cut off, or followed by something")
        return cls(bits)


def _check_size(entries: int) -> None:
    if not MIN_ENTRIES <= entries <= MAX_ENTRIES or entries % 8:
        raise TanbiaoError.of("status_list_size", size=entries, least=MIN_ENTRIES)


def draw_index(seed: int, taken: Collection[int], entries: int = MIN_ENTRIES) -> int:
    """Return a free index, drawn uniformly from the caller's seed (a fresh random number that the caller stores).

    Raises
    ------
    TanbiaoError
        ``status_list_full``: more than half is taken; a draw would take long and the crowd would be small, so the
        caller begins a new list.
    """
    import hashlib

    if len(taken) * 2 > entries:
        raise TanbiaoError.of("status_list_full", size=entries)
    bits = max(1, (entries - 1).bit_length())
    counter = 0
    while True:
        digest = hashlib.sha256(f"tanbiao status index {seed} {counter}".encode()).digest()
        index = int.from_bytes(digest[:8], "big") >> (64 - bits)
        if index < entries and index not in taken:
            return index
        counter += 1


def status_credential(
    url: str, issuer: str, purpose: str, bits: StatusList, *, now: datetime, key: SigningKey, ttl: timedelta = FRESH
) -> str:
    """Return the list as a signed BitstringStatusListCredential (VC-JWT), published at ``url`` as a static file.

    Parameters
    ----------
    issuer
        DID of the issuer; the key's id must be published under it.
    now
        The moment the list speaks of.
    ttl
        After this time a newer list must have been published.

    Raises
    ------
    TanbiaoError
        ``status_purpose_unknown``.
    """
    if purpose not in PURPOSES:
        raise TanbiaoError.of("status_purpose_unknown", purpose=purpose)
    credential = {
        "@context": [contexts.CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": utc_text(now),
        "validUntil": utc_text(now + ttl),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bits.encoded(),
        },
    }
    return jws.sign_compact(credential, "vc+jwt", f"{issuer}#{key.kid}", key)


def enveloped(token: str) -> dict[str, Any]:
    """Return a VC-JWT as an EnvelopedVerifiableCredential: the JSON form in which a resolver hands it over."""
    return {
        "@context": contexts.CREDENTIALS_V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{token}",
    }


def token_of(document: Mapping[str, Any]) -> str:
    """Return the VC-JWT of an EnvelopedVerifiableCredential.

    Raises
    ------
    TanbiaoError
        ``jws_malformed``: it is no such object.
    """
    kind, identifier = document.get("type"), document.get("id")
    kinds = kind if isinstance(kind, list) else [kind]
    prefix = "data:application/vc+jwt,"
    if "EnvelopedVerifiableCredential" not in kinds or not isinstance(identifier, str):
        raise TanbiaoError.of("jws_malformed", reason="no EnvelopedVerifiableCredential")
    if not identifier.startswith(prefix):
        raise TanbiaoError.of("jws_malformed", reason="no vc+jwt inside")
    return identifier.removeprefix(prefix)


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A status list whose signature was checked: what it says, since when, and until when it may be used."""

    purpose: tuple[str, ...]
    bits: StatusList
    as_of: datetime
    until: datetime | None

    def fresh(self, now: datetime) -> bool:
        """Whether it is at most 24 hours old and not past its own end."""
        return timedelta(minutes=-5) <= now - self.as_of <= FRESH and (self.until is None or now <= self.until)


def read_status_credential(credential: Mapping[str, Any], url: str, issuer: str) -> PublishedList:
    """Read a list out of a credential whose signature the caller has checked.

    Raises
    ------
    TanbiaoError
        ``status_list_malformed`` (not this list, another issuer, no such form), ``status_list_size``.
    """
    try:
        subject = credential["credentialSubject"]
        said = credential["issuer"]
        if "BitstringStatusListCredential" not in credential["type"] or credential["id"] != url:
            raise ValueError("not the list of this address")
        if (said["id"] if isinstance(said, dict) else said) != issuer:
            raise ValueError("another issuer")
        if subject["type"] != "BitstringStatusList":
            raise ValueError("no list")
        if subject.get("statusSize", 1) != 1:
            raise ValueError("entries of more than one bit")
        purpose = subject["statusPurpose"]
        purposes = tuple(purpose) if isinstance(purpose, list) else (str(purpose),)
        until = credential.get("validUntil")
        as_of = parse_utc(credential["validFrom"])
        return PublishedList(
            purposes, StatusList.decode(subject["encodedList"]), as_of, None if until is None else parse_utc(until)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TanbiaoError.of("status_list_malformed", reason=str(error)[:120]) from error
