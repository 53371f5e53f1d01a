"""Elements of ILCD datasets as text: namespaces, references between datasets, classifications, versions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tanbiao.core.dataset.inventory import Words

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


class Text:
    """Makes elements; what ILCD can't spell is counted in ``lost``."""

    def __init__(self) -> None:
        self.lost: Counter[str] = Counter()

    def plain(self, text: str) -> str:
        """Return a text as XML holds it."""
        if _UNWRITABLE.search(text) or "\r" in text:
            self.lost["control characters and carriage returns"] += 1
            text = _UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
        return escape(text)

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

    def classes(self, categories: tuple[str, ...], *, elementary: bool = False) -> str:
        """Return the classification, or for elementary flows the compartments."""
        if len(categories) > LEVELS:
            self.lost["levels of categories beyond ten"] += 1
        if not categories:
            return ""
        inner = "category" if elementary else "class"
        outer = "elementaryFlowCategorization" if elementary else "classification"
        told = "".join(
            f'<common:{inner} level="{level}">{self.plain(word)}</common:{inner}>'
            for level, word in enumerate(categories[:LEVELS])
        )
        return wrapped("classificationInformation", f"<common:{outer}>{told}</common:{outer}>")

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
