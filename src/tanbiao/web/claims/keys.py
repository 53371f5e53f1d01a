"""The key under which an instrument stands in the ledger: a certificate's code, or a plant as its owner calls it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from tanbiao.core.codes import normal_code
from tanbiao.core.study.instruments import PLANTS

LONGEST: Final = 200


def key_of(kind: str, code: str, owner_id: UUID | None) -> str:
    """Return the key of an instrument.

    A certificate's code is one over all organisations. Month, technology, site and plant are words of one's own: two
    companies may each call a site "works 1", so that a plant's key holds whose it is.
    """
    plain = normal_code(code)
    if kind not in PLANTS or not plain:
        return plain
    return f"{owner_id.hex if owner_id else ''}:{plain}"[:LONGEST]
