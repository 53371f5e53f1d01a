"""Private leaves: what the public log may say about an event, and the commitment to the rest.

The log is public and for ever. A leaf is the canonical JSON ``{at, commit, public, subject, type, v}``: ``subject`` is
a random id, ``commit`` is SHA-256 over a salt and the canonical event, and ``public`` holds only fields of published
objects. Types and fields are an allow-list in ``tanbiao/data/evidence/leaf_types.json``; anything else is refused, so
that a person, an unpublished case, a product or an amount can't slip into the log by a new call somewhere. The event
and its salt stay in the private store; erasing the salt (:func:`erase_salt`) leaves a commitment that nobody can link.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.merkle import root

VERSION = 1
SALT_LENGTH = 16
"""128 bits, as the format demands: enough that an event with few possible values can't be guessed from its commit."""

_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class PrivateRecord:
    """What the private store keeps beside a leaf: the event, and the salt until it is erased."""

    event: Mapping[str, Any]
    salt: bytes | None

    @property
    def erased(self) -> bool:
        """Whether the link between event and leaf is gone for ever."""
        return self.salt is None


@cache
def _allow_list() -> Mapping[str, Any]:
    text = (resources.files("tanbiao.data") / "evidence" / "leaf_types.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def is_batched(type: str) -> bool:
    """Whether leaves of this type would show who applies, and so enter the log only through :func:`make_batch`."""
    return bool(_allow_list()["types"].get(type, {}).get("batched", False))


@cache
def leaf_types() -> Mapping[str, Mapping[str, str]]:
    """Return the allow-list: leaf type → public field → the pattern its text must match in full."""
    document = _allow_list()
    patterns: dict[str, str] = document["patterns"]
    return {
        name: {key: patterns[kind] for key, kind in entry["public"].items()}
        for name, entry in document["types"].items()
    }


def commitment(event: Mapping[str, Any], salt: bytes) -> bytes:
    """Return ``SHA-256(salt ‖ canonical event)``, 32 bytes.

    Raises
    ------
    TanbiaoError
        ``leaf_salt_length``: the salt is not 16 bytes, which would make two readings of the same bytes possible.
    """
    if len(salt) != SALT_LENGTH:
        raise TanbiaoError.of("leaf_salt_length", expected=SALT_LENGTH, found=len(salt))
    return hashlib.sha256(salt + canonical_bytes(event)).digest()


def _check_public(kind: str, public: Mapping[str, Any]) -> None:
    allowed = leaf_types().get(kind)
    if allowed is None:
        raise TanbiaoError.of("leaf_type_unknown", kind)
    for key, value in public.items():
        pattern = allowed.get(key)
        if pattern is None:
            raise TanbiaoError.of("leaf_field_not_public", f"{kind}.{key}", type=kind, field=key)
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise TanbiaoError.of("leaf_field_malformed", f"{kind}.{key}", type=kind, field=key)


def make_leaf(
    type: str,
    at: str,
    subject: str,
    event: Mapping[str, Any],
    public: Mapping[str, str],
    salt: bytes,
) -> tuple[bytes, PrivateRecord]:
    """Make the log's leaf for an event, and what the private store keeps.

    Parameters
    ----------
    type
        A type of the allow-list, such as ``certificate_issued``.
    at
        UTC time, ``2026-11-21T03:00:00Z``, with at most microseconds.
    subject
        A random id (16 to 64 URL-safe characters) that means nothing outside the private store.
    event
        The event itself: any canonical JSON. Only its salted hash enters the leaf.
    public
        Fields of published objects; names and patterns as allowed for the type.
    salt
        16 random bytes, made by the caller for this leaf alone.

    Returns
    -------
    tuple
        The leaf's bytes (canonical JSON) and the private record.

    Raises
    ------
    TanbiaoError
        ``leaf_type_unknown``, ``leaf_field_not_public``, ``leaf_field_malformed``, ``leaf_time_malformed``,
        ``leaf_subject_malformed``, ``leaf_salt_length``.
    """
    if _AT.fullmatch(at) is None:
        raise TanbiaoError.of("leaf_time_malformed", value=at)
    if _SUBJECT.fullmatch(subject) is None:
        raise TanbiaoError.of("leaf_subject_malformed", value=subject)
    _check_public(type, public)
    body = {
        "v": VERSION,
        "type": type,
        "at": at,
        "subject": subject,
        "commit": commitment(event, salt).hex(),
        "public": dict(public),
    }
    return canonical_bytes(body), PrivateRecord(event, salt)


def make_batch(at: str, subject: str, leaves: Sequence[bytes], salt: bytes) -> tuple[bytes, PrivateRecord]:
    """Make the one public leaf of an hour's batched leaves: it shows their Merkle root and not how many they are.

    The leaves are salted commitments themselves, so the root gives nothing away; a member is later proved by its
    inclusion path to this root and the batch leaf's path in the log.

    Raises
    ------
    TanbiaoError
        ``leaf_batch_empty``, and what :func:`make_leaf` raises.
    """
    if not leaves:
        raise TanbiaoError.of("leaf_batch_empty")
    shown = "sha256:" + root(leaves).hex()
    return make_leaf("batch", at, subject, {"size": len(leaves), "root": shown}, {"root": shown}, salt)


def parse_leaf(data: bytes) -> dict[str, Any]:
    """Read a leaf back and check that it is one: canonical bytes, exactly the six keys, allowed type and fields.

    Raises
    ------
    TanbiaoError
        ``leaf_malformed`` or what :func:`make_leaf` raises.
    """
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TanbiaoError.of("leaf_malformed", reason="not JSON") from error
    if not isinstance(body, dict) or set(body) != {"v", "type", "at", "subject", "commit", "public"}:
        raise TanbiaoError.of("leaf_malformed", reason="not the six keys of a leaf")
    if body["v"] != VERSION or not isinstance(body["public"], dict) or canonical_bytes(body) != data:
        raise TanbiaoError.of("leaf_malformed", reason="not canonical, or of another version")
    if not isinstance(body["commit"], str) or re.fullmatch(r"[0-9a-f]{64}", body["commit"]) is None:
        raise TanbiaoError.of("leaf_malformed", reason="the commitment is no SHA-256")
    _check_public(str(body["type"]), body["public"])
    return body


def reveals(leaf: bytes, record: PrivateRecord) -> bool:
    """Whether the private record opens the leaf's commitment; False once the salt is erased."""
    if record.salt is None:
        return False
    found = commitment(record.event, record.salt).hex()
    return hmac.compare_digest(str(parse_leaf(leaf)["commit"]), found)


def erase_salt(record: PrivateRecord) -> PrivateRecord:
    """Return the record without its salt: afterwards nobody can show that event and leaf belong together."""
    return replace(record, salt=None)
