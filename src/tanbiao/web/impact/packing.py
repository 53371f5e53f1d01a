"""A compiled study as bytes: JSON with the shortest decimals that give the same bits back, compressed."""

from __future__ import annotations

import json
import zlib
from typing import Any

import numpy as np

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.portfolio_compile import Compiled


def pack(item: Compiled) -> bytes:
    """Return a compiled study as bytes; zeros of the spread's matrix are left out."""
    rows, columns = np.nonzero(item.moved)
    body = {
        "name": item.name,
        "gwp": item.gwp,
        "questions": item.questions,
        "amounts": item.amounts.tolist(),
        "use_keys": item.use_keys,
        "constant": item.constant,
        "own": len(item.moved),
        "moved": [rows.tolist(), columns.tolist(), item.moved[rows, columns].tolist()],
        "value": item.value,
    }
    return zlib.compress(json.dumps(body, separators=(",", ":")).encode(), 1)


def unpack(data: bytes) -> Compiled:
    """Return the compiled study of bytes that :func:`pack` made.

    Raises
    ------
    TanbiaoError
        ``impact_entry_damaged``
    """
    try:
        return _compiled(json.loads(zlib.decompress(data)))
    except (zlib.error, ValueError, LookupError, TypeError) as error:
        raise TanbiaoError.of("impact_entry_damaged", reason=type(error).__name__) from error


def _compiled(body: dict[str, Any]) -> Compiled:
    moved = np.zeros((body["own"], len(body["questions"]) + 1))
    rows, columns, values = body["moved"]
    moved[rows, columns] = values
    return Compiled(
        body["name"],
        body["gwp"],
        tuple(body["questions"]),
        np.array(body["amounts"]),
        tuple(body["use_keys"]),
        body["constant"],
        moved,
        body["value"],
    )
