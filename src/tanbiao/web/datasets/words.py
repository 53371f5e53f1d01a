"""What the fields of a dataset are called, by the headings of the project's own tables, and values that are codes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.formats.dataset_tables import CHOICES, TABLES


@lru_cache(maxsize=1)
def _fields() -> dict[str, tuple[str, str]]:
    (processes,) = (one for one in TABLES if one.key == "processes")
    return {one.key: (one.zh, one.en) for one in processes.columns}


def field_words(key: str, lang: Lang) -> str:
    """Return what a field of a process is called; empty where only its key tells.

    >>> field_words("name.zh", "en"), field_words("version", "zh"), field_words("documentation.basis", "en")
    ('name in Chinese', '版本', '')
    """
    head, _dot, inner = key.partition(".")
    found = _fields().get(f"{head}_{inner}" if inner else head)
    return "" if found is None else found[0 if lang == "zh" else 1]


def value_words(key: str, value: Any, lang: Lang) -> Any:
    """Return a value in words where it is a code of ours; any other as it is."""
    if key != "kind" or not isinstance(value, str):
        return value
    return CHOICES["process_kind"].get(value, value) if lang == "zh" else value.replace("_", " ")
