"""What a Word document says, line by line: its paragraphs and the rows of its tables, in reading order.

Read are the texts of the main part (Office Open XML, ECMA-376 part 1, ``word/document.xml``) as they would be printed:
what a tracked change deleted or moved away is left out, what one inserted is in.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError  # types; what parses is defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tanbiao.core import zip_guard
from tanbiao.core.findings import TanbiaoError

Line = str | tuple[str, ...]
"""A paragraph's text, or the texts of a table row's cells."""

MAIN = "word/document.xml"
LIMITS = zip_guard.Limits(files=5_000, file=20 * 1024 * 1024, total=200 * 1024 * 1024, small=1_000_000)
"""What a document may unpack to: project default."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEFT_OUT = {f"{_W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "txbxContent")}
_SIGNS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": "\t", f"{_W}noBreakHyphen": "-"}


def lines_of(data: bytes) -> list[Line]:
    """Return the lines of a document that say anything; blanks at their ends are cut off.

    Raises
    ------
    TanbiaoError
        ``word_unreadable``: no document of this format; what :mod:`tanbiao.core.zip_guard` refuses.
    """
    with zip_guard.opened(io.BytesIO(data)) as held:
        zip_guard.check(held.infolist(), LIMITS)
        main = next((one for one in held.infolist() if one.filename == MAIN), None)
        text = b"" if main is None else zip_guard.content(held, main)
    try:
        body = fromstring(text).find(f"{_W}body")
        lines = [] if body is None else list(_lines(body))
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise TanbiaoError.of("word_unreadable", MAIN, reason=str(error)[:100]) from error
    if body is None:
        raise TanbiaoError.of("word_unreadable", MAIN, reason="no body")
    return [line for line in lines if (line if isinstance(line, str) else any(line))]


def _lines(parent: Element) -> Iterator[Line]:
    for node in parent:
        if node.tag == f"{_W}p":
            yield _text(node)
        elif node.tag == f"{_W}tbl":
            yield from (_cells(row) for row in node.iter(f"{_W}tr"))
        elif node.tag not in _LEFT_OUT:
            # Content controls, tracked insertions and the like wrap what they hold.
            yield from _lines(node)


def _cells(row: Element) -> tuple[str, ...]:
    return tuple("\n".join(_text(one) for one in cell.iter(f"{_W}p")).strip() for cell in row.iter(f"{_W}tc"))


def _text(node: Element) -> str:
    return "".join(_pieces(node)).strip()


def _pieces(parent: Element) -> Iterator[str]:
    for node in parent:
        if node.tag == f"{_W}t":
            yield node.text or ""
        elif node.tag in _SIGNS:
            yield _SIGNS[node.tag]
        elif node.tag not in _LEFT_OUT:
            yield from _pieces(node)
