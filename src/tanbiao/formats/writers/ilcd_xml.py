"""Elements of ILCD datasets as text: namespaces, references between datasets, classifications, versions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tanbiao.core.dataset.inventory import Classified, Flow, FlowKind, Level, Process, Words

SPACE: Final = "http://lca.jrc.it/ILCD"
_VERSION: Final = re.compile(r"\d{2}\.\d{2}(?:\.\d{3})?")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FOLDERS: Final = {
    "process": "processes",
    "flow": "flows",
    "flow property": "flowproperties",
    "unit group": "unitgroups",
    "source": "sources",
    "contact": "contacts",
}
STRING: Final = 500
SHORT: Final = 1000
"""Characters of the format's String and of its short text."""
LEVELS: Final = 10
"""Levels of a classification: one digit."""
_CLASSES: Final = ("classification", "class", "classId", "classes")
_COMPARTMENTS: Final = ("elementaryFlowCategorization", "category", "catId", "categories")
"""Tags of a classification and of a class; attributes with a class's code and with the list's address."""


class Text:
    """Makes elements; what ILCD can't spell is counted in ``lost``."""

    def __init__(self) -> None:
        self.lost: Counter[str] = Counter()

    def plain(self, text: str) -> str:
        """Return a text as XML holds it."""
        return escape(self._writable(text))

    def attribute(self, name: str, text: str) -> str:
        """Return an attribute with a blank before it; nothing where there is no text."""
        return f" {name}={quoteattr(self._writable(text))}" if text else ""

    def _writable(self, text: str) -> str:
        if not _UNWRITABLE.search(text) and "\r" not in text:
            return text
        self.lost["control characters and carriage returns"] += 1
        return _UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))

    def one(self, tag: str, text: str, limit: int = 0) -> str:
        """Return an element with a text of at most so many characters (0: any); nothing where there is none."""
        return f"<{tag}>{self.plain(self.cut(text, limit))}</{tag}>" if text else ""

    def cut(self, text: str, limit: int) -> str:
        """Return the text as far as the format holds it."""
        if not limit or len(text) <= limit:
            return text
        self.lost["texts longer than the format allows (cut)"] += 1
        return text[:limit]

    def many(self, tag: str, words: Words, limit: int = 0) -> str:
        """Return an element for each language; one without a language counts as English in this format."""
        told = languages(words)
        if "" in told and "en" in told:
            self.lost["texts without a language beside English ones"] += 1
            told = {language: text for language, text in told.items() if language}
        made = ""
        for language, text in told.items():
            mark = f" xml:lang={quoteattr(language)}" if language else ""
            made += f"<{tag}{mark}>{self.plain(self.cut(text, limit))}</{tag}>"
        return made

    def reference(self, tag: str, kind: str, key: str, words: Words | None = None) -> str:
        """Return a reference to a dataset of this archive."""
        uri = f"../{_FOLDERS[kind]}/{key}.xml"
        told = {language: text[:SHORT] for language, text in (words or {}).items()}
        said = self.many("common:shortDescription", told)
        return f'<{tag} type="{kind} data set" refObjectId="{key}" uri="{uri}">{said}</{tag}>'

    def classes(self, one: Flow | Process) -> str:
        """Return all classifications, or for elementary flows the compartments; the categories where there are none."""
        of_categories = (Classified(tuple(Level(level, word) for level, word in enumerate(one.categories))),)
        told = one.classifications or (of_categories if one.categories else ())
        elementary = isinstance(one, Flow) and one.kind is FlowKind.ELEMENTARY
        made = "".join(self._classification(each, _COMPARTMENTS if elementary else _CLASSES) for each in told)
        return wrapped("classificationInformation", made)

    def _classification(self, one: Classified, words: tuple[str, str, str, str]) -> str:
        outer, inner, code, uri = words
        levels = [each for each in one.levels if 0 <= each.level < LEVELS]
        if len(levels) < len(one.levels):
            self.lost["levels of categories beyond ten"] += 1
        told = "".join(
            f'<common:{inner} level="{each.level}"{self.attribute(code, each.code)}>{self.plain(each.name)}'
            f"</common:{inner}>"
            for each in levels
        )
        marks = self.attribute("name", one.system) + self.attribute(uri, one.uri)
        return f"<common:{outer}{marks}>{told}</common:{outer}>" if told else ""

    def version(self, version: str) -> str:
        """Return the version's element; what is no version of ILCD's form is counted and not written."""
        if not _VERSION.fullmatch(version):
            self.lost["versions in another form" if version else "absent versions (written as 00.00.000)"] += 1
            version = ""
        return f"<common:dataSetVersion>{version or '00.00.000'}</common:dataSetVersion>"

    def administration(self, version: str) -> str:
        """Return the administrative information of anything but a process."""
        inner = wrapped("publicationAndOwnership", self.version(version) if version else "")
        return wrapped("administrativeInformation", inner)


def wrapped(tag: str, inner: str) -> str:
    """Return an element around others; nothing where there are none."""
    return f"<{tag}>{inner}</{tag}>" if inner else ""


def dataset(root: str, space: str, parts: Iterable[str]) -> bytes:
    """Return a whole dataset as UTF-8."""
    head = f'<{root} xmlns="{SPACE}/{space}" xmlns:common="{SPACE}/Common" version="1.1">'
    body = "\n".join(part for part in parts if part)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}\n</{root}>\n'.encode()


def member(kind: str, key: str) -> str:
    """Return the name of a dataset in the archive."""
    return f"ILCD/{_FOLDERS[kind]}/{key}.xml"


def per_cent(value: float) -> str:
    """Return a percentage as the format's type holds it: five digits, at most three of them behind the point."""
    number = Decimal(repr(value)).normalize(Context(prec=5))
    number = number.quantize(Decimal("0.001")) if number.adjusted() < 2 else number
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def languages(words: Words) -> Mapping[str, str]:
    """Return the words that say something."""
    return {language: text for language, text in words.items() if text}
