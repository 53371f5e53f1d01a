"""Reading the source tables, and writing JSON the same way every time."""

from __future__ import annotations

import csv
import json
import lzma
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "data-sources"
DATA = ROOT / "src" / "tanbiao" / "data"

Row = dict[str, str]


def read_table(name: str) -> list[Row]:
    """Return the rows of ``data-sources/{name}``, also when it is kept as ``.xz``."""
    plain = SOURCES / name
    if plain.exists():
        text = plain.read_text(encoding="utf-8-sig")
    else:
        text = lzma.decompress((SOURCES / f"{name}.xz").read_bytes()).decode("utf-8-sig")
    return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(text.splitlines(True))]


def tidy(text: str) -> str:
    """Return a text in one line without double spaces."""
    return re.sub(r"\s+", " ", text).strip()


def licence_of(text: str) -> str:
    """Return a row's licence in the words we show; what it grants stays the same."""
    plain = tidy(text)
    if plain.startswith("Official announcement of PRC government"):
        return "Official announcement of the PRC government (facts; PRC Copyright Law, art. 5); transcription MIT"
    return plain.replace("; repo MIT", "; transcription MIT")


def number(text: str) -> float | None:
    """Return the number in a cell, or None for an empty one."""
    return float(text) if text else None


def write_json(path: Path, value: Any) -> None:
    """Write a JSON value with sorted keys and a newline at the end: the same bytes for the same value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json_text(value), encoding="utf-8")


def json_text(value: Any) -> str:
    """Return a JSON value with sorted keys and a newline at the end."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
