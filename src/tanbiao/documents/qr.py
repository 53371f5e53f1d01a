"""QR codes (ISO/IEC 18004) as SVG: fixed error level, quiet zone included, dark modules as one path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.documents import svg as drawing

QUIET = 4
"""Quiet zone in modules on each side (ISO/IEC 18004:2015, 5.3.8)."""
ERROR = "m"
"""Error correction level: 15 % of the code words may be lost."""
LIMIT = 1200
"""Most bytes accepted, well under what level M holds: longer codes are no longer read by common phones (project
default)."""


@dataclass(frozen=True, slots=True)
class Code:
    """A symbol: ``path`` draws the dark modules with one unit per module, ``side`` counts modules with the quiet
    zone."""

    path: str
    side: int


@lru_cache(maxsize=256)
def code(text: str) -> Code:
    """Return the symbol for a text.

    Raises
    ------
    TanbiaoError
        ``qr_too_long``: more than :data:`LIMIT` bytes.
    """
    import segno

    length = len(text.encode())
    if length > LIMIT:
        raise TanbiaoError.of("qr_too_long", length=length, limit=LIMIT)
    symbol = segno.make(text, error=ERROR, micro=False, boost_error=False)
    moves = [_row(y + QUIET, bytes(row)) for y, row in enumerate(symbol.matrix)]
    return Code("".join(moves), len(symbol.matrix) + 2 * QUIET)


def _row(y: int, row: bytes) -> str:
    moves = []
    start = None
    for x, dark in enumerate(row + b"\0"):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            moves.append(f"M{start + QUIET} {y}h{x - start}v1h-{x - start}z")
            start = None
    return "".join(moves)


def group(text: str, x: float, y: float, size: float) -> str:
    """Return the symbol as a group to stand in another picture: black on white, ``size`` wide with its quiet zone."""
    symbol = code(text)
    scale = size / symbol.side
    place = f"translate({drawing.number(x)} {drawing.number(y)}) scale({scale:.5f})"
    ground = drawing.rect(0, 0, symbol.side, symbol.side, "#FFFFFF")
    modules = drawing.path(symbol.path, fill="#000000", shape_rendering="crispEdges")
    return drawing.element("g", {"transform": place, "class": "tb-qr"}, ground, modules)


def svg(text: str, lang: Lang = "zh", *, size: float = 160) -> str:
    """Return the symbol as a picture of its own; its description is the text it holds."""
    title = "二维码" if lang == "zh" else "QR code"
    return drawing.document(
        group(text, 0, 0, size), width=size, height=size, title=title, description=text, kind="qr", lang=lang
    )
