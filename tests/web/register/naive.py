"""What a search of the register gives, worked out record by record and apart from the code under test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any


def value_of(record: dict[str, Any], key: str) -> Any:
    """Return what a record is sorted by, worked out apart from the code under test."""
    ways = {
        "issued": lambda: date.fromisoformat(record["issued_at"][:10]),
        "valid_until": lambda: record["valid_until"],
        "product": lambda: record["product"]["zh"].lower().encode("gb18030"),
        "holder": lambda: record["holder"]["zh"].lower().encode("gb18030"),
        "body": lambda: record["body"]["zh"].lower().encode("gb18030"),
        "category": lambda: record["category"],
        "region": lambda: record["holder"]["region"],
        "number": lambda: record["number"],
    }
    return ways[key]()


def text_of(record: Mapping[str, Any]) -> str:
    """Return what a record's words are looked for in, in small letters; fields are kept apart."""
    names = [record["number"], *record["product"].values(), *record["models"], record["category"]]
    parties = [party[key] for party in (record["holder"], record["body"]) for key in ("zh", "en", "code")]
    return "|".join([*names, *parties]).lower()


def matches(record: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    """Whether a record is found: each pair of Chinese characters, each word, the last word by its beginning."""
    text = text_of(record)
    words = re.findall("[a-z0-9]+", text)
    runs = asked.get("text", "").lower().split()
    for at, run in enumerate(runs):
        if not run.isascii():
            if any(run[i : i + 2] not in text for i in range(len(run) - 1)):
                return False
        elif not (run in words or (at == len(runs) - 1 and any(word.startswith(run) for word in words))):
            return False
    facets = {
        "state": record["state"],
        "category": record["category"],
        "region": record["holder"]["region"],
        "body": record["body"]["code"],
        "holder": record["holder"]["code"],
    }
    return all(facets[name] == value for name, value in asked.items() if name in facets and value)
