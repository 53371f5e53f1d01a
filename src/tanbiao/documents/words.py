"""The fixed words of charts, labels and documents in Chinese and English (``words.json``, one entry per key)."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from tanbiao.core.findings import Lang

_FILES = (
    "words.json",
    "words_report.json",
    "words_method.json",
    "words_sharing.json",
    "words_materials.json",
    "words_certificate.json",
    "words_papers.json",
    "words_claims.json",
)


@cache
def _table() -> dict[str, dict[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for name in _FILES:
        file = resources.files("tanbiao.documents").joinpath(name)
        for key, texts in json.loads(file.read_text(encoding="utf-8")).items():
            if key in merged:
                raise ValueError(f"the word {key!r} stands twice")
            merged[key] = texts
    return merged


def word(key: str, lang: Lang, **values: object) -> str:
    """Return the word for ``key``, with its placeholders filled in.

    Raises
    ------
    KeyError
        No such word: a mistake of the caller, never of the data.
    """
    found = _table()[key][lang]
    return found.format(**values) if values else found


def term(prefix: str, name: str, lang: Lang) -> str:
    """Return the word for ``prefix.name``, or ``name`` itself when the data uses a term of its own."""
    texts = _table().get(f"{prefix}.{name}")
    return texts[lang] if texts else name.replace("_", " ")


def named(prefix: str, text: str, lang: Lang) -> str:
    """Return the word for ``prefix.text`` where there is one, else the text exactly as it is."""
    texts = _table().get(f"{prefix}.{text}")
    return texts[lang] if texts else text


def pick(texts: Any, lang: Lang) -> str:
    """Return a bilingual text of the data in the reader's language, else in the other, else "".

    ``texts`` is ``{"zh": …, "en": …}``, plain text, or nothing.
    """
    if texts is None:
        return ""
    if not isinstance(texts, dict):
        return str(texts)
    other = "en" if lang == "zh" else "zh"
    return str(texts.get(lang) or texts.get(other) or "")


def all_keys() -> list[str]:
    """Return every key, sorted (for the test that both languages are there)."""
    return sorted(_table())


def entry(key: str) -> dict[str, str]:
    """Return both languages of a key."""
    return dict(_table()[key])
