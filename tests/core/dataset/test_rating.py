"""The quality rating: the mean of four scores (PEFCR Guidance 6.3, eq. 20) and its level (limits: project default)."""

from __future__ import annotations

import pytest

from tanbiao.core.dataset.rating import CRITERIA, rating
from tanbiao.core.findings import TanbiaoError


@pytest.mark.requirement("GBA-04c", "SD-16a")
@pytest.mark.parametrize(
    ("scores", "mean", "level"),
    [
        ((1, 1, 1, 1), 1.0, "excellent"),
        ((1, 2, 1, 2), 1.5, "excellent"),  # ≤ 1.5
        ((2, 2, 1, 2), 1.75, "very_good"),  # ≤ 2
        ((2, 2, 2, 3), 2.25, "good"),  # ≤ 3
        ((3, 3, 3, 3), 3.0, "good"),
        ((4, 3, 3, 3), 3.25, "fair"),  # ≤ 4
        ((5, 4, 4, 4), 4.25, "poor"),
    ],
)
def test_the_mean_and_its_level(scores: tuple[int, ...], mean: float, level: str) -> None:
    found = rating(dict(zip(CRITERIA, scores, strict=True)))
    assert (found.mean, found.level) == (mean, level)


@pytest.mark.parametrize("scores", [{}, {"technology": 1}, dict.fromkeys(CRITERIA, 0), dict.fromkeys(CRITERIA, 6)])
def test_a_score_that_is_missing_or_out_of_range_is_refused(scores: dict[str, int]) -> None:
    with pytest.raises(TanbiaoError) as caught:
        rating(scores)
    assert caught.value.code == "dataset_quality_scores"
