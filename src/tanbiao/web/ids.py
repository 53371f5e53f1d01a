"""Names of records: random, so that they say nothing about order, number or owner."""

from __future__ import annotations

import secrets
import uuid


def new_id() -> uuid.UUID:
    """Return a random UUID (version 4); the primary key of every record of ours."""
    return uuid.uuid4()


def new_secret(prefix: str, length: int = 32) -> str:
    """Return a secret of ``length`` random bytes with a prefix that scanners of leaked secrets can know it by."""
    return f"{prefix}_{secrets.token_urlsafe(length)}"
