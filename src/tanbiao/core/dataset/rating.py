"""The quality rating of a dataset: four scores, their mean, and the level that it means.

Source of the mean: European Commission, PEFCR Guidance 6.3, equation 20, DQR = (TeR + GR + TiR + P) / 4, each criterion
scored 1 (excellent) to 5 (poor); the five words are those of the Environmental Footprint method. The means at which one
word gives way to the next could not be read in its text: they are a project default.
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
"""The greatest mean of each level: project default, not official."""
METHOD: Final = "(TeR + GeR + TiR + P) / 4: PEFCR Guidance 6.3, eq. 20; limits of the levels: project default"


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
