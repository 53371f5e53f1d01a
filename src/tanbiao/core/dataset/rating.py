"""The quality rating of a dataset: four scores, their mean, and the level that it means.

Source: Commission Recommendation (EU) 2021/2279, Annex I (data quality of EF compliant datasets): each criterion is
scored 1 (excellent) to 5 (poor), DQR = (TeR + GeR + TiR + P) / 4, and the levels are those of its table of overall
quality.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tanbiao.core.findings import TanbiaoError

__all__ = ["BEST", "CRITERIA", "LEVELS", "METHOD", "WORST", "Rating", "rating"]

CRITERIA: Final = ("technology", "geography", "time", "precision")
"""Technological, geographical and time representativeness, and precision."""
BEST, WORST = 1, 5
LEVELS: Final = ((1.5, "excellent"), (2.0, "very_good"), (3.0, "good"), (4.0, "fair"), (5.0, "poor"))
"""The greatest mean of each level."""
METHOD: Final = "EU 2021/2279 Annex I: (TeR + GeR + TiR + P) / 4"


@dataclass(frozen=True, slots=True)
class Rating:
    """The scores by criterion, their mean and the level."""

    scores: Mapping[str, int]
    mean: float
    level: str


def rating(scores: Mapping[str, int]) -> Rating:
    """Return the rating of the scores of all four criteria.

    Raises
    ------
    TanbiaoError
        ``dataset_quality_scores`` where one is missing or is not 1, 2, 3, 4 or 5.
    """
    wrong = [one for one in CRITERIA if not BEST <= scores.get(one, 0) <= WORST]
    if wrong:
        raise TanbiaoError.of("dataset_quality_scores", wrong[0], criteria=", ".join(wrong))
    mean = sum(scores[one] for one in CRITERIA) / len(CRITERIA)  # quarters: exact
    level = next(name for most, name in LEVELS if mean <= most)
    return Rating({one: scores[one] for one in CRITERIA}, mean, level)
