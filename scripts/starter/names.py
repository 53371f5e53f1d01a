"""Names: what the source calls a row, what we add so that no two look alike, and what a machine made."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from starter.tables import SOURCES, Row

Document = dict[str, Any]


@cache
def _segments() -> dict[str, str]:
    table: dict[str, str] = json.loads((SOURCES / "uk_segments_zh.json").read_text(encoding="utf-8"))
    return table


def _segment_zh(text: str) -> str | None:
    plain = text.strip()
    if plain.startswith("WTT- "):
        inner = _segment_zh(plain.removeprefix("WTT- "))
        return None if inner is None else inner
    if re.match(r"^[\d,–+ -]+ ?(m3|dwt|TEU|CEU|LM|\d)", plain):
        return (
            plain.replace("dwt", "载重吨").replace("TEU", "标准箱").replace("CEU", "标准车位").replace("LM", "车道米")
        )
    return _segments().get(plain)


def uk_names(row: Row) -> tuple[str, str]:
    """Return (zh, en) of a UK row: its path without the sheet, and what the sheet means."""
    parts = [part.strip() for part in row["name_en"].split(" | ")]
    sheet, rest = parts[0], list(dict.fromkeys(parts[1:]))
    meaning = {
        "Fuels": ("燃烧", "combustion"),
        "WTT- fuels": ("上游", "well-to-tank"),
        "Bioenergy": ("燃烧", "combustion"),
        "WTT- bioenergy": ("上游", "well-to-tank"),
        "Freighting goods": ("行驶", "tank-to-wheel"),
        "WTT- delivery vehs & freight": ("上游", "well-to-tank"),
        "Waste disposal": ("处置", "disposal"),
        "Material use": ("材料", "material"),
    }.get(sheet, (_segment_zh(sheet) or sheet, sheet.lower()))
    zh = [_segment_zh(part) for part in rest]
    english = ", ".join(part.removeprefix("WTT- ") for part in rest)
    chinese = "，".join(part or raw for part, raw in zip(zh, rest, strict=True)) if all(zh) else ""
    return (f"{chinese}（{meaning[0]}，英国）" if chinese else ""), f"{english} ({meaning[1]}, UK)"


def names_of(row: Row) -> Document:
    """Return the name fields of a starter row's dataset."""
    quality = row["name_zh_quality"]
    if row["source"].startswith("UK DESNZ"):
        zh, en = uk_names(row)
        return {
            "name": {"zh": zh, "en": en},
            "name_machine_made": {"zh": True} if zh else {},
            "name_original": row["name_en"],
        }
    given = quality.startswith("source or researcher")
    document: Document = {
        "name": {"zh": row["name_zh"] if given else "", "en": row["name_en"]},
        "name_machine_made": {},
        "name_original": row["name_orig"],
    }
    if row["name_zh"] and not given:
        document["keywords_zh"] = row["name_zh"]
    return document


def _distinguish(group: list[Document], lang: str) -> bool:
    """Add to the names of a group what tells its members apart; return whether they now differ."""
    tries: list[Callable[[Document], str]] = [
        lambda item: item["name_original"],
        lambda item: item["geography"],
        lambda item: str(item["time"].get("year", "")),
        lambda item: item["reference"]["unit"],
        lambda item: item["boundary"].replace("_", " "),
        lambda item: item["categories"][-1] if item["categories"] else "",
        lambda item: item["kind"].replace("_", " "),
        lambda item: item["id"],
    ]
    added = [""] * len(group)
    for pick in tries:
        values = [pick(item) for item in group]
        if len(set(values)) < 2 or any(not value for value in values):
            continue
        added = [f"{old}; {value}" if old else value for old, value in zip(added, values, strict=True)]
        if len(set(added)) == len(group):
            break
    for item, extra in zip(group, added, strict=True):
        item["name"][lang] = f"{item['name'][lang]} [{extra}]"
    return len(set(added)) == len(group)


def disambiguate(documents: Iterable[Document]) -> int:
    """Make every display name its own; return how many groups shared one."""
    shared = 0
    listed = list(documents)
    for lang in ("zh", "en"):
        groups: dict[str, list[Document]] = defaultdict(list)
        for item in listed:
            if item["name"].get(lang):
                groups[item["name"][lang]].append(item)
        for group in groups.values():
            if len(group) > 1:
                shared += 1
                if not _distinguish(group, lang):
                    raise ValueError(f"names can't be told apart: {[item['id'] for item in group]}")
    return shared
