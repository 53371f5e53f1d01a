"""Small codings that the formats of this package share: base64 variants, base58, strict JSON, UTC times."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

from tanbiao.core.findings import TanbiaoError

MAX_JSON = 5 * 1024 * 1024
"""Largest JSON text read, in bytes: ours are below 100 kB, a status list below 50 kB (project default)."""
MAX_DEPTH = 64
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def b64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64url_decode(text: str) -> bytes:
    """Decode base64url without padding; refuse padding, other characters and non-canonical trailing bits.

    Raises
    ------
    ValueError
        The text is not the one encoding of its bytes.
    """
    if _BASE64URL.fullmatch(text) is None or len(text) % 4 == 1:
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64url(data) != text:
        raise ValueError("not canonical base64url")
    return data


def b64(data: bytes) -> str:
    """Return standard base64 with padding (RFC 4648, 4)."""
    return base64.b64encode(data).decode("ascii")


def b64_decode(text: str) -> bytes:
    """Decode standard base64 strictly.

    Raises
    ------
    ValueError
        Another alphabet, wrong padding, or non-canonical trailing bits.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if b64(data) != text:
        raise ValueError("not canonical base64")
    return data


def base58(data: bytes) -> str:
    """Return base58 in Bitcoin's alphabet, as W3C multibase ``z`` uses it."""
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, rest = divmod(number, 58)
        digits = _BASE58[rest] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def base58_decode(text: str) -> bytes:
    """Decode base58.

    Raises
    ------
    ValueError
        A character is not of the alphabet, or the text is longer than any key or signature.
    """
    if len(text) > 256:
        raise ValueError("too long for base58")
    number = 0
    for char in text:
        digit = _BASE58.find(char)
        if digit < 0:
            raise ValueError("not base58")
        number = number * 58 + digit
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" * (len(text) - len(text.lstrip("1"))) + body


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _depth(value: Any, left: int = MAX_DEPTH) -> None:
    if left == 0:
        raise ValueError("nested too deeply")
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _depth(child, left - 1)


def strict_json(data: str | bytes, limit: int = MAX_JSON) -> Any:
    """Read JSON that has one meaning only: UTF-8, no duplicate keys, no NaN, bounded size and depth.

    Two readers that resolve a duplicate key differently would check one document and show another.

    Raises
    ------
    TanbiaoError
        ``json_not_strict`` with the reason.
    """
    if len(data) > limit:
        raise TanbiaoError.of("json_not_strict", reason=f"more than {limit} bytes")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        _depth(value)
    except (ValueError, RecursionError) as error:
        raise TanbiaoError.of("json_not_strict", reason=str(error)) from error
    return value


def utc_text(moment: datetime) -> str:
    """Return ``2026-11-21T03:00:00Z``; the moment must carry its zone.

    Raises
    ------
    ValueError
        The moment has no time zone, so nobody can say when it is.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_utc(text: str) -> datetime:
    """Read an RFC 3339 time with its zone.

    Raises
    ------
    ValueError
        No such time, or no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment.astimezone(UTC)
