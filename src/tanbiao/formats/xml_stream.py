"""XML of foreign files, one dataset at a time: no document type, no entities, bounded depth, names without namespaces.

The parser is expat, guarded by defusedxml; only the tree builder is ours. It cuts the document into the elements below
its root, so that a file with thousands of datasets needs the memory of one, and keeps the line of each element's start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder  # builds only; what parses is defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from tanbiao.formats.reading import Log, decode

LINE: Final = "#line"
"""Attribute under which an element's line is kept; no XML name has such a sign."""
MAX_DEPTH: Final = 100
_CHUNK: Final = 1 << 18
_MAX_NAMES: Final = 10_000
_XML_LANG: Final = "http://www.w3.org/XML/1998/namespace}lang"
"""The one name with a namespace that most elements have."""
Bare = Mapping[str, Callable[[Mapping[str, str]], bool]]
_NONE_BARE: Final[Bare] = {}
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")


class _TooDeep(Exception):
    pass


class _LocalNames(dict[str, str]):
    """Names with their namespace → without; kept from file to file, up to a bound."""

    def __missing__(self, name: str) -> str:
        if len(self) >= _MAX_NAMES:
            self.clear()
        short = self[name] = name.rpartition("}")[2]
        return short


_SHORT: Final = _LocalNames()


class _Cutter:
    """Target of the parser: gives whole elements of the second level and forgets them."""

    def __init__(self, bare: Bare) -> None:
        self.depth = 0
        self.bare = bare
        self.left_out = 0
        """Depth within an element whose children are left out; 0 outside."""
        self.root: Element | None = None
        self.done: list[Element] = []
        self._builder = TreeBuilder()
        self._open, self._close = self._builder.start, self._builder.end
        self._plain = {"lang"}
        """Names of attributes seen in this file that have no namespace."""
        self.expat: Any = None

    def attach(self, expat: Any) -> None:
        """Take expat's events without the steps between: most of the time of a large file goes into them.

        Attributes come as a dict, and text goes straight into the tree, without a call of ours; text outside the
        elements that are built is ignored by the builder. What guards against document types and entities stays as
        defusedxml set it.
        """
        self.expat = expat
        expat.ordered_attributes = False
        self._listen()

    def _listen(self) -> None:
        self.expat.StartElementHandler = self.start
        self.expat.EndElementHandler = self.end
        self.expat.CharacterDataHandler = self._builder.data

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if _XML_LANG in attributes:
            attributes["lang"] = attributes.pop(_XML_LANG)
        if not self._plain.issuperset(attributes):
            attributes = self._local(attributes)
        attributes[LINE] = str(self.expat.CurrentLineNumber)
        if self.depth == 0:
            attributes["#tag"] = f"{{{tag}" if "}" in tag else tag
            self.root = Element(_SHORT[tag], attributes)
        else:
            name = _SHORT[tag]
            self._open(name, attributes)
            if name in self.bare and self.depth > 1 and self.bare[name](attributes):
                self._leave_out()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooDeep

    def _leave_out(self) -> None:
        """Go on past the children of the element that just began: no tree, no text."""
        self.left_out = 1
        self.expat.StartElementHandler = self._deeper
        self.expat.EndElementHandler = self._higher
        self.expat.CharacterDataHandler = None

    def _deeper(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 (expat's signature)
        self.left_out += 1
        if self.depth + self.left_out - 1 > MAX_DEPTH:
            raise _TooDeep

    def _higher(self, tag: str) -> None:
        self.left_out -= 1
        if not self.left_out:
            self._listen()
            self.end(tag)

    def _local(self, attributes: dict[str, str]) -> dict[str, str]:
        """Return attributes by their names without namespace."""
        self._plain.update(name for name in attributes if "}" not in name)
        return {_SHORT[name]: value for name, value in attributes.items()}

    def end(self, tag: str) -> None:
        self.depth = depth = self.depth - 1
        if depth > 0:
            self._close(_SHORT[tag])
            if depth == 1:
                self.done.append(self._builder.close())
                self._builder = TreeBuilder()
                self._open, self._close = self._builder.start, self._builder.end
                self.expat.CharacterDataHandler = self._builder.data


def elements(data: bytes, log: Log, where: str, bare: Bare = _NONE_BARE) -> Iterator[tuple[Element, Element]]:
    """Give (root, child) for each element below the root; tags and attributes without namespace.

    ``root`` has no children and under ``#tag`` its full name; each element has its line under :data:`LINE`. What is
    wrong ends the reading with a finding: ``xml_malformed``, ``xml_unsafe`` (document type or entities),
    ``xml_too_deep``, ``xml_empty``. What came before it has been given.

    Parameters
    ----------
    bare
        Tag → whether an element below the second level with these attributes is given without text and children: what
        a reader knows already needs no tree.
    """
    found = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf")[:400])
    text = decode(data, log, where, declared=_plain_encoding(found[1].decode("ascii") if found else ""))
    if not text.strip():
        log.error("xml_empty", where)
        return
    target = _Cutter(bare)
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
