"""What a release lacks for export trade and for main consumer goods: wanted products beside what it can supply.

The wanted products stand in ``data/nomenclature/wanted_products.json``, each with the document that names it. A product
is found by words in a dataset's names; that is a help for whoever fills the gaps, and chooses no factor.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal

from tanbiao.core.dataset.model import FOOTPRINT_KINDS
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_databases import LEVELS, Level

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release
    from tanbiao.core.lca.release_search import Hit

Standing = Literal["chinese", "adapted", "foreign", "unfit", "gap"]
"""A Chinese footprint factor; only foreign processes on Chinese energy; only foreign ones; only factors that no
footprint takes; nothing."""
PROFILES: Final = ("export", "consumer")
SHOWN: Final = 5
"""Datasets that are named per product, the best first (project default)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product category that somebody names: its words, its codes (scheme, code), and who names it."""

    id: str
    zh: str
    en: str
    words: tuple[str, ...]
    without: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Supply:
    """A dataset that may stand for a wanted product: its place, and the level of the database it is from."""

    dataset: str
    zh: str
    en: str
    kind: str
    geography: str
    level: Level
    unit: str


@dataclass(frozen=True, slots=True)
class GapRow:
    """A wanted product and how the release stands to it."""

    wanted: Wanted
    standing: Standing
    found: int
    best: tuple[Supply, ...]


@lru_cache(maxsize=1)
def _document() -> Mapping[str, Any]:
    text = resources.files("tanbiao.data.nomenclature").joinpath("wanted_products.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def sources() -> Mapping[str, str]:
    """Return key → the document that names products."""
    return dict(_document()["sources"])


@lru_cache(maxsize=4)
def wanted(profile: str) -> tuple[Wanted, ...]:
    """Return the products of a profile in the order of the list.

    Raises
    ------
    TanbiaoError
        ``gap_profile_unknown``
    """
    if profile not in PROFILES:
        raise TanbiaoError.of("gap_profile_unknown", "profile", profile=profile[:40], known=", ".join(PROFILES))
    return tuple(
        Wanted(
            one["id"],
            one["zh"],
            one["en"],
            tuple(one["words"]),
            tuple(one.get("not", ())),
            tuple((code["scheme"], code["code"]) for code in one["codes"]),
            tuple(one["sources"]),
        )
        for one in _document()["products"]
        if profile in one["profiles"]
    )


def levels_of(release: Release) -> Mapping[str, Level]:
    """Return dataset id → level of the database that it is from; empty where the release names no databases."""
    told = {one["key"]: one["level"] for one in release.header.get("databases", ())}
    origins = release.document("origins") if told else {}
    return {dataset: told[one[0]] for dataset, one in origins.items() if one[0] in told}


def gaps(release: Release, profile: str) -> tuple[GapRow, ...]:
    """Return each wanted product of a profile with what the release has for it; raises as :func:`wanted`."""
    levels = levels_of(release)
    rows = [(_names(hit), hit) for hit in release.search("", limit=len(release))]
    adapted = frozenset(hit.id for _, hit in rows if _is_chinese(hit.geography) and not release.get(hit.id).is_chinese)
    levels = {**levels, **dict.fromkeys(adapted, "adapted")}
    return tuple(_row(one, rows, levels) for one in wanted(profile))


def _names(hit: Hit) -> str:
    return unicodedata.normalize("NFKC", f"{hit.name_zh}\n{hit.name_en}").casefold()


def _row(one: Wanted, rows: Iterable[tuple[str, Hit]], levels: Mapping[str, Level]) -> GapRow:
    pattern, barred = _pattern(one.words), _pattern(one.without)
    hits = [hit for names, hit in rows if pattern.search(names) and not (one.without and barred.search(names))]
    fit = [hit for hit in hits if hit.kind in set(FOOTPRINT_KINDS) and hit.standing != "screening"]
    standing = _standing(fit, bool(hits), levels)
    shown = sorted(fit or hits, key=lambda hit: _order(hit, levels.get(hit.id, LEVELS[-1])))
    best = tuple(
        Supply(
            hit.id,
            hit.name_zh,
            hit.name_en,
            hit.kind,
            hit.geography,
            levels.get(hit.id, LEVELS[-1]),
            hit.unit,
        )
        for hit in shown[:SHOWN]
    )
    return GapRow(one, standing, len(fit or hits), best)


def _standing(fit: Iterable[Hit], found: bool, levels: Mapping[str, Level]) -> Standing:
    here = {levels.get(hit.id) == "adapted" for hit in fit if _is_chinese(hit.geography)}
    if False in here:
        return "chinese"
    if here:
        return "adapted"
    return "foreign" if fit else "unfit" if found else "gap"


def _order(hit: Hit, level: Level) -> tuple[bool, int, bool, int, str]:
    """Chinese factors first, by level; then what is adapted or foreign."""
    here = _is_chinese(hit.geography)
    words = len(hit.name_zh) + len(hit.name_en)
    return (not here or level == "adapted", LEVELS.index(level), not here, words, hit.id)


def _is_chinese(geography: str) -> bool:
    return geography == "CN" or geography.startswith(("CN-", "CN /"))


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds one of the words: a Latin one at the beginning of a word, a Chinese one anywhere."""
    parts = (rf"\b{re.escape(word)}" if word[:1].isascii() else re.escape(word) for word in words)
    return re.compile("|".join(part.casefold() for part in parts) or r"(?!)")


def as_json(rows: Iterable[GapRow]) -> list[dict[str, Any]]:
    """Return rows as JSON values."""
    return [
        {
            "id": row.wanted.id,
            "name": {"zh": row.wanted.zh, "en": row.wanted.en},
            "standing": row.standing,
            "found": row.found,
            "codes": [{"scheme": scheme, "code": code} for scheme, code in row.wanted.codes],
            "sources": list(row.wanted.sources),
            "best": [
                {
                    "dataset": one.dataset,
                    "name": {"zh": one.zh, "en": one.en},
                    "kind": one.kind,
                    "geography": one.geography,
                    "level": one.level,
                    "unit": one.unit,
                }
                for one in row.best
            ],
        }
        for row in rows
    ]
