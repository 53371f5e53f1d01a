"""The fonts that PDF and label artwork are set in, and what they can show.

Noto Sans SC carries Chinese and most of Latin; Noto Sans stands behind it (subscripts, Ł, š, č). A PDF/A must not hold
a character without a glyph, so text is checked against the fonts' own character maps before it is set.
"""

from __future__ import annotations

import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "data" / "fonts"
FAMILY = "Noto Sans SC"
FALLBACK = "Noto Sans"
STACK = f"{FAMILY}, {FALLBACK}, sans-serif"
_FILES = {FAMILY: "NotoSansSC-Regular.ttf", FALLBACK: "NotoSans-Regular.ttf"}

# Advance widths in 1/1000 em of U+0020..U+007E, from the `hmtx` table of NotoSansSC-Regular.ttf and -Bold.ttf.
_REGULAR = (
    "224 323 474 555 555 921 680 278 338 338 467 555 278 347 278 392 555 555 555 555 555 555 555 555 555 555 278 "
    "278 555 555 555 474 946 608 657 638 688 589 552 689 728 293 535 646 543 812 723 742 633 742 635 596 599 721 "
    "575 878 573 531 603 338 392 338 555 559 606 563 618 510 620 554 325 564 607 275 275 552 284 926 610 606 620 "
    "620 388 468 377 607 521 802 498 521 475 338 270 338 555"
)
_BOLD = (
    "227 370 574 590 590 963 740 325 378 378 507 590 325 370 325 387 590 590 590 590 590 590 590 590 590 590 325 "
    "325 590 590 590 514 1007 641 681 656 714 615 585 717 757 330 568 686 578 853 749 770 667 770 682 624 625 748 "
    "619 915 627 580 613 378 387 378 590 567 626 591 644 527 640 581 372 597 640 304 306 604 315 964 641 626 644 "
    "644 437 495 421 637 576 863 562 574 511 378 296 378 590"
)
_WIDTHS = {False: tuple(map(int, _REGULAR.split())), True: tuple(map(int, _BOLD.split()))}
# East Asian "ambiguous" signs that these fonts set narrow.
_CLOSING = frozenset("，。、；：？！）》〉」』】〕”’…—,.;:?!)]%")
_NARROW = frozenset("·×÷±≥≤−–≈°₂‰")


def _segments(data: bytes) -> list[tuple[int, int]]:
    """Return the mapped ranges of a format 12 character map (OpenType 1.9, "cmap", format 12)."""
    (count,) = struct.unpack_from(">H", data, 2)
    for index in range(count):
        _, _, offset = struct.unpack_from(">HHI", data, 4 + 8 * index)
        if struct.unpack_from(">H", data, offset)[0] == 12:
            (groups,) = struct.unpack_from(">I", data, offset + 12)
            return [struct.unpack_from(">II", data, offset + 16 + 12 * group) for group in range(groups)]
    raise ValueError("the font has no character map of format 12")


@cache
def _coverage(family: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return starts and ends of the code points that a family maps, sorted."""
    with (FOLDER / _FILES[family]).open("rb") as file:
        (tables,) = struct.unpack(">4xH6x", file.read(12))
        for entry in struct.iter_unpack(">4sIII", file.read(16 * tables)):
            if entry[0] == b"cmap":
                file.seek(entry[2])
                ranges = sorted(_segments(file.read(entry[3])))
                return tuple(start for start, _ in ranges), tuple(end for _, end in ranges)
    raise ValueError(f"{family} has no character map")


def covers(family: str, char: str) -> bool:
    """Whether ``family`` (:data:`FAMILY` or :data:`FALLBACK`) has a glyph for the character."""
    starts, ends = _coverage(family)
    at = bisect_right(starts, ord(char)) - 1
    return at >= 0 and ord(char) <= ends[at]


def printable(text: str) -> str:
    """Return the text as it can be printed.

    Invisible format characters (among them the ones that turn the reading direction) are dropped, control characters
    become spaces, and a character that no shipped font has becomes its code point in brackets, ``[U+20164]``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_printable, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=20_000)
def _printable(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    if char == "\n":
        return char
    category = unicodedata.category(char)
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return ""
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    if covers(FAMILY, char) or covers(FALLBACK, char):
        return char
    return f"[U+{ord(char):04X}]"


def printable_tree(value: Any) -> Any:
    """Apply :func:`printable` to every string of a JSON-like value, keys left as they are."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: printable_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable_tree(item) for item in value]
    return value


def runs(text: str) -> list[tuple[str, bool]]:
    """Cut text into (piece, needs the fallback family): an SVG renderer's own fallback is not relied on."""
    pieces: list[tuple[str, bool]] = []
    for char in text:
        behind = not char.isascii() and not covers(FAMILY, char) and covers(FALLBACK, char)
        if pieces and pieces[-1][1] == behind:
            pieces[-1] = (pieces[-1][0] + char, behind)
        else:
            pieces.append((char, behind))
    return pieces


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the approximate set width of ``text`` at font size ``size``, in the unit of ``size``.

    ASCII by the fonts' own advance widths, wide and full-width characters 1 em, others 0.6 em.
    """
    table = _WIDTHS[bold]
    total = 0
    for char in text:
        code = ord(char)
        if 0x20 <= code <= 0x7E:
            total += table[code - 0x20]
        elif char not in _NARROW and unicodedata.east_asian_width(char) in "WFA":
            total += 1000
        else:
            total += 600
    return total * size / 1000


def wrap(text: str, size: float, limit: float, *, lines: int = 2, bold: bool = False) -> list[str]:
    """Break text into at most ``lines`` lines of width ``limit``; what does not fit ends in "…".

    Latin words stay whole where they fit on a line of their own; Chinese breaks between any two characters.
    """
    found: list[str] = []
    rest = text.strip()
    while rest and len(found) < lines:
        cut = _fit(rest, size, limit, bold)
        if cut < len(rest) and len(found) == lines - 1:
            return [*found, ellipsis(rest, size, limit, bold=bold)]
        if cut < len(rest):
            cut = _word_break(rest, cut)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return found


def _fit(text: str, size: float, limit: float, bold: bool) -> int:
    used = 0.0
    for index, char in enumerate(text):
        used += width(char, size, bold=bold)
        if used > limit and index > 0:
            return index
    return len(text)


def _word_break(text: str, cut: int) -> int:
    back = cut
    while back > 0 and text[back].isascii() and text[back - 1].isascii() and text[back] != " " != text[back - 1]:
        back -= 1
    back = back or cut
    # A closing mark does not begin a line (GB/T 15834-2011, 5.1): its character comes along.
    while back > 1 and text[back] in _CLOSING:
        back -= 1
    return back


def ellipsis(text: str, size: float, limit: float, *, bold: bool = False) -> str:
    """Return the text, shortened with "…" when it is wider than ``limit``."""
    if width(text, size, bold=bold) <= limit:
        return text
    cut = _fit(text, size, max(limit - width("…", size, bold=bold), size), bold)
    return text[:cut].rstrip() + "…"
