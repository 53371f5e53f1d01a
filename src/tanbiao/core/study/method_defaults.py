"""Limits of the method that no rule states: each is a project default, not official (``method_defaults.json``)."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=1)
def _table() -> dict[str, object]:
    text = resources.files("tanbiao.data.study").joinpath("method_defaults.json").read_text(encoding="utf-8")
    loaded: dict[str, object] = json.loads(text)
    return loaded


def default(key: str) -> float:
    """Return a default by its key."""
    value = _table()[key]
    assert isinstance(value, int | float)
    return float(value)
