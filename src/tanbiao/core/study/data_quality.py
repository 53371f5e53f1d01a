"""The quality of a result's data: per activity, and of the whole weighted by contribution.

An entry's score is the mean of its indicators (1 best … 5); the whole weighs by |emission|, as PEFCR guidance v6.3,
p. 132. Beside it stands the score of the activities that together make most of the emission (80 %, project default; the
same guidance asks for the most relevant processes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tanbiao.core.amounts import add
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.method_defaults import default
from tanbiao.core.study.tables import row_name

INDICATORS: Final = ("ter", "ger", "tir", "p")


def scores_of(item: Entry) -> Mapping[str, float]:
    """Return technological, geographical, time-related representativeness and precision (1 best … 5) of an entry.

    The row's pedigree (its author judged the fit of amount and factor) comes before the dataset's own scores; what
    nobody assessed is missing.
    """
    data = item.flow.row.data
    if data is not None and data.pedigree is not None:
        reliability, _, temporal, geographical, technological = data.pedigree
        return {"ter": technological, "ger": geographical, "tir": temporal, "p": reliability}
    if item.part.dataset is None:
        return {}
    quality = item.part.dataset.quality
    return {key: value for key in INDICATORS if (value := getattr(quality, key)) is not None}


def basis_of(item: Entry) -> str:
    """Return on what an entry's score rests: ``pedigree`` of the row, ``dataset``, or ``none``."""
    data = item.flow.row.data
    if data is not None and data.pedigree is not None:
        return "pedigree"
    return "dataset" if scores_of(item) else "none"


def data_quality(entries: Sequence[Entry], ledger: Ledger) -> dict[str, Any]:
    """Return the quality of the result and of its activities.

    ``score`` and ``by`` indicator are null where nothing is assessed; ``assessed_share`` is the share of |emission|
    that is. ``rows``: the same per row of the study, the heaviest first. ``most_relevant``: score and share of the rows
    that together reach the coverage.
    """
    weighed = [_Weighed(item) for item in entries]
    whole = add(0.0, *(item.emission for item in weighed))
    assessed = add(0.0, *(item.emission for item in weighed if item.scores))
    rows = _rows(weighed, whole, ledger)
    return {
        "score": _mean(weighed),
        "by": {key: _mean(weighed, key) for key in INDICATORS},
        "assessed_share": assessed / whole if whole else 0.0,
        "most_relevant": _most_relevant(rows),
        "rows": rows,
    }


class _Weighed:
    """An entry with its |emission| and scores."""

    __slots__ = ("emission", "entry", "scores")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.emission = add(0.0, *(abs(value) for _, value in entry.by_kind))
        self.scores = scores_of(entry)

    def score(self, key: str = "") -> float | None:
        """Return the score of an indicator, without one the mean of all."""
        if key:
            return self.scores.get(key)
        return add(*self.scores.values()) / len(self.scores) if self.scores else None


def _mean(items: Sequence[_Weighed], key: str = "") -> float | None:
    if len(items) == 1:
        # Most rows are one entry; the same operations, without lists.
        emission, score = items[0].emission, items[0].score(key)
        return emission * score / emission if score is not None and emission else None
    scored = [(item.emission, score) for item in items if (score := item.score(key)) is not None]
    below = add(0.0, *(emission for emission, _ in scored))
    return add(*(emission * score for emission, score in scored)) / below if below else None


def _rows(items: Sequence[_Weighed], whole: float, ledger: Ledger) -> list[dict[str, Any]]:
    grouped: dict[str, list[_Weighed]] = {}
    for item in items:
        grouped.setdefault(item.entry.flow.row.id, []).append(item)
    body = []
    for row, own in grouped.items():
        data, emission = own[0].entry.flow.row.data, add(*(item.emission for item in own))
        heaviest = max(own, key=lambda item: item.emission)
        body.append(
            {
                "row": row,
                "name": row_name(ledger.study, own[0].entry.flow),
                "kind": None if data is None else data.kind,
                "default": own[0].entry.flow.row.default,
                "basis": basis_of(heaviest.entry),
                "weight": emission / whole if whole else 0.0,
                "score": _mean(own),
                "by": {key: _mean(own, key) for key in INDICATORS},
            }
        )
    return sorted(body, key=lambda line: (-line["weight"], line["row"]))


def _most_relevant(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the rows from the heaviest on until they reach the coverage, with their score; null where one has none."""
    wanted, taken, coverage = default("quality_coverage"), [], 0.0
    for row in rows:
        if coverage >= wanted * (1 - 1e-12):
            break
        taken.append(row)
        coverage = add(coverage, row["weight"])
    complete = bool(taken) and all(row["score"] is not None for row in taken)
    score = add(*(row["weight"] * row["score"] for row in taken)) / coverage if complete and coverage else None
    return {"score": score, "coverage": coverage, "rows": [row["row"] for row in taken]}
