"""XML of foreign files, one dataset at a time: no document type, no entities, bounded depth, names without namespaces.

The parser is expat, guarded by defusedxml; only the tree builder is ours. It cuts the document into the elements below
its root, so that a file with thousands of datasets needs the memory of one, and keeps the line of each element's start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder  # builds only; what parses is defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from tanbiao.formats.reading import Log, decode

LINE: Final = "#line"
"""Attribute under which an element's line is kept; no XML name has such a sign."""
MAX_DEPTH: Final = 100
_CHUNK: Final = 1 << 18
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")


class _TooDeep(Exception):
    pass


class _LocalNames(dict[str, str]):
    """Names with their namespace → without."""

    def __missing__(self, name: str) -> str:
        short = self[name] = name.rpartition("}")[2]
        return short


class _Cutter:
    """Target of the parser: gives whole elements of the second level and forgets them."""

    def __init__(self) -> None:
        self.depth = 0
        self.root: Element | None = None
        self.done: list[Element] = []
        self._builder = TreeBuilder()
        self._short = _LocalNames()
        self.expat: Any = None

    def attach(self, expat: Any) -> None:
        """Take expat's events without the steps between: half the time of a large file goes into them.

        What guards against document types and entities stays as defusedxml set it.
        """
        self.expat = expat
        expat.StartElementHandler = self.start
        expat.EndElementHandler = self.end
        expat.CharacterDataHandler = self.data

    def start(self, tag: str, attributes: list[str]) -> None:
        short = self._short
        plain = {short[name]: value for name, value in zip(attributes[::2], attributes[1::2], strict=True)}
        plain[LINE] = str(self.expat.CurrentLineNumber)
        if self.depth == 0:
            plain["#tag"] = f"{{{tag}" if "}" in tag else tag
            self.root = Element(short[tag], plain)
        else:
            self._builder.start(short[tag], plain)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooDeep

    def end(self, tag: str) -> None:
        self.depth -= 1
        if self.depth > 0:
            self._builder.end(self._short[tag])
        if self.depth == 1:
            self.done.append(self._builder.close())
            self._builder = TreeBuilder()

    def data(self, text: str) -> None:
        if self.depth > 1:
            self._builder.data(text)


def elements(data: bytes, log: Log, where: str) -> Iterator[tuple[Element, Element]]:
    """Give (root, child) for each element below the root; tags and attributes without namespace.

    ``root`` has no children and under ``#tag`` its full name; each element has its line under :data:`LINE`. What is
    wrong ends the reading with a finding: ``xml_malformed``, ``xml_unsafe`` (document type or entities),
    ``xml_too_deep``, ``xml_empty``. What came before it has been given.
    """
    found = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf")[:400])
    text = decode(data, log, where, declared=_plain_encoding(found[1].decode("ascii") if found else ""))
    if not text.strip():
        log.error("xml_empty", where)
        return
    target = _Cutter()
    parser = DefusedXMLParser(target=target, encoding="utf-8", forbid_dtd=True)
    target.attach(parser.parser)
    try:
        for begin in range(0, len(text), _CHUNK):
            parser.feed(text[begin : begin + _CHUNK].encode("utf-8", "replace"))
            yield from _given(target)
        parser.close()
    except ParseError as error:
        yield from _given(target)
        line, column = error.position
        log.error("xml_malformed", f"{where}:{line}:{column + 1}", reason=str(error).split(":")[0])
    except _TooDeep:
        log.error("xml_too_deep", where, limit=MAX_DEPTH)
    except DefusedXmlException as error:
        log.error("xml_unsafe", where, reason=type(error).__name__)


def _given(target: _Cutter) -> Iterator[tuple[Element, Element]]:
    done, target.done = target.done, []
    for child in done:
        if target.root is not None:
            yield target.root, child


def _plain_encoding(name: str) -> str:
    """Return Python's name of an encoding; UTF-16 without a mark, and names nobody knows, count as not declared."""
    lowered = name.lower().replace("_", "-")
    if lowered in ("", "utf8", "utf-8", "utf-16", "ucs-2", "us-ascii", "ascii"):
        return ""
    if lowered in ("gb2312", "gbk", "gb18030"):
        return "gb18030"
    if lowered in ("iso-8859-1", "latin1", "latin-1"):
        return "cp1252"
    try:
        "".encode(lowered)
    except LookupError:
        return ""
    return lowered


def place(member: str, element: Element) -> str:
    """Return ``member:line`` of an element."""
    return f"{member}:{element.get(LINE, '')}"


def text_of(element: Element | None) -> str:
    """Return the text of an element with white space collapsed; "" for none."""
    return " ".join((element.text or "").split()) if element is not None else ""


def child_text(element: Element, path: str) -> str:
    """Return the collapsed text of the first element at ``path``."""
    return text_of(element.find(path))
