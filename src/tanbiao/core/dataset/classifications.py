"""Codes of product classifications: CPC, HS, the EU's CN, China's industries and products of statistics, our catalogue.

A code says where a product belongs and never what it is worth: nothing is linked or chosen by one. Its form is checked;
whether it exists is for the classification's publisher to say (``data/nomenclature/classifications.json``).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from pydantic import Field, model_validator

from tanbiao.core.dataset.inventory import Classified
from tanbiao.core.dataset.malformed import Contradiction
from tanbiao.core.dataset.uncertainty import Frozen
from tanbiao.core.findings import Lang


@dataclass(frozen=True, slots=True)
class Scheme:
    """A classification: how its codes are formed, where it is published. ``levels`` are lengths of codes."""

    id: str
    zh: str
    en: str
    form: str
    levels: tuple[int, ...]
    source: str

    def fits(self, code: str) -> bool:
        """Whether a code is formed as this classification forms them."""
        return bool(code) and re.fullmatch(self.form, code) is not None

    def name(self, lang: Lang) -> str:
        """Return the name in a language."""
        return self.zh if lang == "zh" else self.en


@lru_cache(maxsize=1)
def schemes() -> Mapping[str, Scheme]:
    """Return id → classification."""
    return {item.id: item for item in _known().values()}


@lru_cache(maxsize=1)
def _known() -> Mapping[str, Scheme]:
    """Return folded id or alias → classification."""
    text = resources.files("tanbiao.data.nomenclature").joinpath("classifications.json").read_text(encoding="utf-8")
    found: dict[str, Scheme] = {}
    for row in json.loads(text)["schemes"]:
        made = Scheme(row["id"], row["zh"], row["en"], row["form"], tuple(row["levels"]), row["source"])
        for name in (row["id"], row["zh"], *row["aliases"]):
            found[_folded(name)] = made
    return found


def scheme(name: str) -> Scheme | None:
    """Return a classification by its id or another spelling; None where it isn't one of ours."""
    return _known().get(_folded(name))


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


class Classification(Frozen):
    """A product's code in a classification. A classification that is not ours is kept as it is stated."""

    scheme: str = Field(min_length=1, max_length=60)
    code: str = Field(min_length=1, max_length=60)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        """Bring a known classification to its id, and its code to one without blanks and dots."""
        if not isinstance(value, dict) or not isinstance(value.get("scheme"), str):
            return value
        known, code = scheme(value["scheme"]), str(value.get("code", "")).strip()
        if known is None:
            return {**value, "code": code}
        return {**value, "scheme": known.id, "code": plain_code(known, code)}

    @model_validator(mode="after")
    def _formed(self) -> Classification:
        known = scheme(self.scheme)
        if known is not None and not known.fits(self.code):
            lengths = ", ".join(str(one) for one in known.levels)
            raise Contradiction(
                f"“{self.code}”不是 {known.id} 的代码（位数：{lengths}；{known.source}）",
                f"{self.code!r} is no code of {known.id} (lengths: {lengths}; {known.source})",
            )
        return self


def plain_code(known: Scheme, code: str) -> str:
    """Return a code as it is compared: digits without the blanks and dots that tables print between them.

    >>> plain_code(schemes()["CN"], "2601 12 00"), plain_code(schemes()["HS"], "8541.43")
    ('26011200', '854143')
    """
    text = unicodedata.normalize("NFKC", code).strip()
    if not known.levels:
        return text
    return re.sub(r"[\s.\-]", "", text).upper()


def from_words(lines: Iterable[str]) -> Iterator[Classification]:
    """Yield the codes in category lines such as ``CPC: 41431: Unwrought aluminium``; other lines are skipped."""
    seen: set[tuple[str, str]] = set()
    for line in lines:
        head, _, rest = line.partition(":")
        known = scheme(head)
        if known is None or not known.levels:
            continue
        code = plain_code(known, rest.partition(":")[0])
        if known.fits(code) and (known.id, code) not in seen:
            seen.add((known.id, code))
            yield Classification(scheme=known.id, code=code)


def from_classified(found: Iterable[Classified]) -> Iterator[Classification]:
    """Yield the narrowest code of each classification that is one of ours by the name it bears in its file.

    One without a name is not guessed at: the same digits mean other products elsewhere.
    """
    seen: set[tuple[str, str]] = set()
    for one in found:
        known = scheme(one.system)
        if known is None or not known.levels:
            continue
        codes = [plain_code(known, each.code) for each in reversed(one.levels) if each.code]
        code = next((code for code in codes if known.fits(code)), "")
        if code and (known.id, code) not in seen:
            seen.add((known.id, code))
            yield Classification(scheme=known.id, code=code)


def search_words(found: Iterable[Classification]) -> str:
    """Return the words by which a code is found: alone, with its classification, and each wider code."""
    words: dict[str, None] = {}
    for item in found:
        known = scheme(item.scheme)
        wider = [item.code[:length] for length in (known.levels if known else ()) if 3 < length < len(item.code)]
        for code in (item.code, *wider):
            words[code] = None
        words[item.scheme] = None
    return " ".join(words)
