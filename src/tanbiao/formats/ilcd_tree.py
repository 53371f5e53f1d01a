"""The tree of an ILCD dataset, from XML or from the JSON of TIDAS, and how to look things up in it.

Both become elements without namespaces, so that one reader serves ILCD, eILCD, ILCD+EPD and TIDAS. In the JSON an
attribute is ``@name``, text is ``#text``, and the place of an element is its path instead of its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element  # holds only; what parses is defusedxml

from tanbiao.formats.json_values import json_object
from tanbiao.formats.json_values import text_of as scalar_text
from tanbiao.formats.reading import Log
from tanbiao.formats.xml_stream import LINE, MAX_DEPTH, elements, place

_BROKEN: Final = ("xml_malformed", "xml_too_deep", "xml_unsafe", "xml_empty")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_LANGUAGES: Final = ("en", "zh", "")
"""Where one text must stand for all: the languages in this order, then whatever there is."""


def from_xml(data: bytes, log: Log, where: str) -> Element | None:
    """Return the root of an XML dataset; None with a finding. A dataset that breaks off is not read by half."""
    before = sum(log.counts[code] for code in _BROKEN)
    root: Element | None = None
    for top, child in elements(data, log, where):
        root = top
        root.append(child)
    if sum(log.counts[code] for code in _BROKEN) > before:
        return None
    if root is None:
        log.warn("dataset_without_content", where)
    return root


def from_json(data: bytes, log: Log, where: str) -> Element | None:
    """Return the root of a dataset in TIDAS JSON; None with a finding."""
    document = json_object(data, log, where)
    if document is None:
        return None
    for key, value in document.items():
        if _local(key).endswith("DataSet") and isinstance(value, dict):
            root = _grown(key, value, "", 0)
            if root is None:
                log.error("json_too_deep", where, limit=MAX_DEPTH)
            return root
    log.warn("tidas_not_a_dataset", where, keys=", ".join(list(document)[:5]))
    return None


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _grown(tag: str, value: Any, path: str, depth: int) -> Element | None:
    """Return the element of a JSON value; None where it is nested too deep."""
    if depth > MAX_DEPTH:
        return None
    element = Element(_local(tag), {LINE: path})
    if not isinstance(value, dict):
        element.text = scalar_text(value)
        return element
    for key, inner in value.items():
        if key.startswith("@"):
            element.set(_local(key[1:]), scalar_text(inner))
        elif key == "#text":
            element.text = scalar_text(inner)
        else:
            below = f"{path}.{_local(key)}" if path else _local(key)
            several = inner if isinstance(inner, list) else [inner]
            for count, one in enumerate(several):
                spot = f"{below}[{count}]" if isinstance(inner, list) else below
                child = _grown(key, one, spot, depth + 1)
                if child is None:
                    return None
                element.append(child)
    return element


def content(element: Element | None) -> str:
    """Return the stripped text of an element; '' for none."""
    return (element.text or "").strip() if element is not None else ""


def at(element: Element, path: str) -> str:
    """Return the stripped text at a path; '' where there is none."""
    return content(element.find(path))


def attribute(element: Element | None, name: str) -> str:
    """Return a stripped attribute; '' for none."""
    return (element.get(name) or "").strip() if element is not None else ""


def is_empty(element: Element) -> bool:
    """Whether an element says nothing: TIDAS writes ``{}`` for what is absent."""
    return not (content(element) or len(element) or set(element.attrib) - {LINE})


def words(element: Element | None, path: str) -> dict[str, str]:
    """Return the texts at a path by language; texts of one language are joined."""
    found: dict[str, list[str]] = {}
    for one in element.findall(path) if element is not None else ():
        if content(one):
            found.setdefault(attribute(one, "lang").lower(), []).append(content(one))
    return {language: "; ".join(dict.fromkeys(texts)) for language, texts in found.items()}


def chosen(texts: Mapping[str, str]) -> str:
    """Return one text for all languages: English, Chinese, unmarked, else the first."""
    return next((texts[language] for language in _LANGUAGES if language in texts), next(iter(texts.values()), ""))


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to another dataset."""

    id: str
    kind: str
    """``source``, ``contact``, ``flow``, …: the first word of the reference's type, '' where it does not say."""
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        """The short description in one language."""
        return chosen(self.names)

    @property
    def is_uuid(self) -> bool:
        """Whether the id is a UUID, as ILCD wants it."""
        return _UUID.fullmatch(self.id) is not None

    @classmethod
    def of(cls, element: Element | None) -> Reference | None:
        """Return the reference that an element makes: by ``refObjectId``, else by a UUID in its ``uri``; else None."""
        if element is None:
            return None
        key = attribute(element, "refObjectId").lower()
        if not key:
            found = _UUID.findall(attribute(element, "uri"))
            key = found[-1].lower() if found else ""
        kind = attribute(element, "type").lower().partition(" ")[0]
        return cls(key, kind, words(element, "shortDescription")) if key else None


def is_reference(element: Element) -> bool:
    """Whether an element refers to another dataset."""
    return element.get("refObjectId") is not None or element.tag.startswith("referenceTo")


def identity(root: Element, information: str, where: str, log: Log) -> tuple[str, str]:
    """Return id and version of a dataset; the id from the member's name where the dataset has none."""
    key = at(root, f"{information}/dataSetInformation/UUID").lower()
    if not key:
        found = _UUID.findall(where)
        key = found[-1].lower() if found else ""
        (log.warn if key else log.error)("dataset_without_id", where, taken=key)
    return key, at(root, "administrativeInformation/publicationAndOwnership/dataSetVersion")


def flattened(element: Element, skip: frozenset[str], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, text) of everything that an element says, but for the tags of ``skip``.

    A path is the tags joined by ``/`` with ``@language`` behind; a reference gives its short description.
    """
    for child in element:
        if child.tag in skip:
            continue
        path = f"{prefix}{child.tag}"
        if is_reference(child):
            reference = Reference.of(child)
            if reference is not None:
                yield path, reference.name or reference.id
            continue
        language = attribute(child, "lang").lower()
        if content(child):
            yield f"{path}@{language}" if language else path, content(child)
        for name, value in child.attrib.items():
            if name not in (LINE, "lang") and value.strip():
                yield f"{path}/@{name}", value.strip()
        yield from flattened(child, skip, f"{path}/")


def spot(where: str, element: Element) -> str:
    """Return ``member:line`` (or path) of an element."""
    return place(where, element)
