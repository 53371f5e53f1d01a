"""Finding a dataset: Chinese bigrams and Latin words over names, ids, CAS numbers, codes and categories.

Text is cut the same way as in the web's own search: NFKC, lower case, runs of Chinese into overlapping pairs. A
keyword that a machine attached only orders what was found by it last; it never makes a dataset look like a name.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Final

FACETS: Final = ("kind", "geography", "unit", "year", "source", "standing")
_WEIGHTS: Final = {"id": 6.0, "name": 5.0, "cas": 6.0, "original": 3.0, "category": 2.0, "keywords": 0.5}
_PER_LEVEL: Final = 0.3
"""What each level of database below the national one takes from a hit: order only (project default)."""
_RUN: Final = re.compile(r"[\u3400-\u9fff]+|[0-9a-zà-ÿ]+(?:[.-][0-9a-zà-ÿ]+)*")


@lru_cache(maxsize=1024)
def tokens(text: str) -> tuple[str, ...]:
    """Return the search tokens of a text: bigrams of Chinese runs (one character alone stays), Latin words whole."""
    found: list[str] = []
    for run in _RUN.findall(_plain(text)):
        if run[0] < "\u3400":
            found.append(run)
            if "-" in run or "." in run:
                found.extend(re.split(r"[.-]", run))
        elif len(run) == 1:
            found.append(run)
        else:
            found.extend(run[at : at + 2] for at in range(len(run) - 1))
    return tuple(dict.fromkeys(found))


def _plain(text: str) -> str:
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).lower()


@lru_cache(maxsize=1)
def glossary() -> Mapping[str, tuple[str, ...]]:
    """Return Chinese word → English words, for widening a search; longest Chinese words first."""
    text = resources.files("tanbiao.data.search").joinpath("glossary.json").read_text(encoding="utf-8")
    words = json.loads(text)["words"]
    return {zh: tuple(words[zh]) for zh in sorted(words, key=lambda word: (-len(word), word))}


def readings(text: str) -> list[str]:
    """Return the text and, where it holds a word of the glossary, the text with that word in English."""
    plain = unicodedata.normalize("NFKC", text).strip()
    word = next((zh for zh in glossary() if zh in plain), None)
    return [plain, *(plain.replace(word, f" {english} ") for english in glossary()[word])] if word else [plain]


@dataclass(frozen=True, slots=True)
class Hit:
    """A dataset found, with what a list shows; ``score`` orders hits of one search only."""

    id: str
    name_zh: str
    name_en: str
    kind: str
    geography: str
    unit: str
    year: int | None
    source: str
    standing: str
    category: str
    score: float

    @property
    def facet_values(self) -> Mapping[str, str]:
        """Facet → value as text."""
        return {
            "kind": self.kind,
            "geography": self.geography,
            "unit": self.unit,
            "year": "" if self.year is None else str(self.year),
            "source": self.source,
            "standing": self.standing,
        }


class SearchIndex:
    """An inverted index over the rows of the section ``names``; ``levels``: dataset id → 0 national … 5 starter."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], levels: Mapping[str, int] | None = None) -> None:
        self._levels = levels or {}
        self._hits: list[Hit] = []
        self._weights: dict[str, dict[int, float]] = {}
        self._texts: list[str] = []
        for index, row in enumerate(rows):
            self._hits.append(
                Hit(
                    row["id"],
                    row["zh"],
                    row["en"],
                    row["kind"],
                    row["geography"],
                    row["unit"],
                    row["year"],
                    row["source"],
                    row["standing"],
                    row["category"],
                    0.0,
                )
            )
            self._texts.append(_plain(f"{row['zh']}\n{row['en']}\n{row['id']}"))
            self._enter(index, row)

    def _enter(self, index: int, row: Mapping[str, Any]) -> None:
        # From the lightest field to the heaviest: a word that stands in several keeps the weight of the heaviest.
        for weight, text in (
            (_WEIGHTS["keywords"], row["keywords"]),
            (_WEIGHTS["category"], row["category"]),
            (_WEIGHTS["original"], row["original"]),
            (_WEIGHTS["name"], row["zh"]),
            (_WEIGHTS["name"], row["en"]),
            (_WEIGHTS["cas"], row["cas"]),
            (_WEIGHTS["cas"], row.get("codes", "")),
            (_WEIGHTS["id"], row["id"]),
        ):
            for token in tokens(text) if text else ():
                self._weights.setdefault(token, {})[index] = weight

    def _scores(self, text: str) -> dict[int, float]:
        """Return row → score by the best reading of the text; a reading through the glossary counts a little less."""
        best: dict[int, float] = {}
        for index, reading in enumerate(readings(text)):
            for row, score in self._scores_of(reading).items():
                best[row] = max(best.get(row, 0.0), score * (0.8 if index else 1.0))
        return best

    def _scores_of(self, text: str) -> dict[int, float]:
        """Return row → score; every word of the text must be found, a single Chinese character also inside a pair."""
        wanted = tokens(text)
        if not wanted:
            return dict.fromkeys(range(len(self._hits)), 0.0)
        score: Counter[int] | None = None
        for word in wanted:
            entry = Counter(self._matching(word))
            score = entry if score is None else Counter({row: score[row] + entry[row] for row in score if row in entry})
        return dict(score or {})

    def _matching(self, word: str) -> dict[int, float]:
        exact = self._weights.get(word, {})
        partial = len(word) == 1 and word >= "\u3400"
        prefix = word.isascii() and len(word) >= 3
        if not (partial or prefix):
            return exact
        merged: dict[int, float] = {}
        for other, entry in self._weights.items():
            if (partial and word in other) or (prefix and other.startswith(word) and other != word):
                for row, weight in entry.items():
                    merged[row] = max(merged.get(row, 0.0), weight * 0.6)
        return merged | exact

    def _filtered(self, text: str, chosen: Mapping[str, str]) -> dict[int, float]:
        found = self._scores(text)
        for facet, value in chosen.items():
            found = {row: score for row, score in found.items() if self._hits[row].facet_values.get(facet) == value}
        return found

    def search(self, text: str, limit: int, chosen: Mapping[str, str]) -> list[Hit]:
        """Return at most ``limit`` hits, best first; equal scores by shorter name, then by id."""
        plain = _plain(text).strip()
        ranked: list[tuple[float, int, str, int]] = []
        for row, score in self._filtered(text, chosen).items():
            whole = 4.0 if plain and plain in self._texts[row] else 0.0
            hit = self._hits[row]
            fit = score + whole + _standing_weight(hit) - _PER_LEVEL * self._levels.get(hit.id, 0)
            ranked.append((-fit, len(hit.name_zh) + len(hit.name_en), hit.id, row))
        ranked.sort()
        return [replace(self._hits[row], score=-negative) for negative, _, _, row in ranked[: max(0, limit)]]

    def facets(self, text: str, chosen: Mapping[str, str]) -> dict[str, dict[str, int]]:
        """Return facet → value → count; a facet's own choice does not narrow its own counts."""
        counted: dict[str, dict[str, int]] = {}
        for facet in FACETS:
            others = {name: value for name, value in chosen.items() if name != facet}
            values = Counter(self._hits[row].facet_values[facet] for row in self._filtered(text, others))
            counted[facet] = dict(sorted(values.items(), key=lambda item: (-item[1], item[0])))
        return counted


def _standing_weight(hit: Hit) -> float:
    """What may be an input of a Chinese product comes before what may not: order only, nothing is left out."""
    weight = 1.0 if hit.geography == "CN" else 0.0
    weight += 1.5 if hit.kind == "footprint_factor" else 0.0
    return weight - {"screening": 4.0, "stand_in": 1.0}.get(hit.standing, 0.0)
