"""Ids for formats that want UUIDs, and whole numbers for those that number exchanges: the same each time."""

from __future__ import annotations

import re
import uuid
from typing import Final

from tanbiao.core.dataset.inventory import Exchange

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SPACE: Final = uuid.UUID("6f1d3a52-5d1c-5b0e-9c52-0d1f0b6a7e11")
"""Namespace of the ids made here: a constant of this project."""


def uuid_of(kind: str, identifier: str) -> str:
    """Return the id itself where it is a UUID, else one made of kind and id (RFC 9562, version 5)."""
    plain = identifier.lower()
    return plain if _UUID.fullmatch(plain) else str(uuid.uuid5(_SPACE, f"{kind}/{identifier}"))


def numbers_of(exchanges: tuple[Exchange, ...]) -> list[int]:
    """Return whole numbers of exchanges: the file's own where they are such, else the next that are free."""
    taken = {int(one.id) for one in exchanges if _is_number(one.id)}
    free = iter(number for number in range(1, 2 * len(exchanges) + 2) if number not in taken)
    return [int(one.id) if _is_number(one.id) else next(free) for one in exchanges]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and text == str(int(text)) and len(text) < 10
