"""From scores and percentages to σ: the worked examples of the guidelines, and what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tanbiao.core.dataset import quality
from tanbiao.core.findings import TanbiaoError

WORKED = json.loads((Path(__file__).parents[2] / "data" / "release" / "worked_examples.json").read_text("utf-8"))

# ecoinvent data quality guideline v3 (2013), table 10.5: worked scores with basic variance 0.0006.
VARIANCES = [
    ([1, 1, 1, 1, 1], 0.024494897),
    ([2, 2, 2, 2, 2], 0.046097722),
    ([3, 3, 3, 3, 3], 0.115325626),
    ([4, 4, 4, 4, 4], 0.243310501),
    ([5, 5, 5, 5, 5], 0.458911756),
    ([2, 3, 4, 1, 3], 0.133416641),
    ([1, 1, 5, 1, 1], 0.201494417),
]


def named(scores: list[float]) -> dict[str, float]:
    return dict(zip(quality.INDICATORS, scores, strict=True))


@pytest.mark.parametrize(("scores", "sigma"), VARIANCES)
def test_pedigree_variances_add_up_to_the_guideline(scores: list[float], sigma: float) -> None:
    assert quality.pedigree_sigma(named(scores)) == pytest.approx(sigma, rel=1e-7)


def test_older_factors_give_the_worked_example() -> None:
    """Worked example DQ-03."""
    case = WORKED["DQ-03"]
    sigma = quality.pedigree_sigma_v2(named(case["inputs"]["scores"]), case["inputs"]["basic_GSD2"])
    assert sigma == pytest.approx(case["expected"]["sigma"], rel=1e-6)
    assert math.exp(2 * sigma) == pytest.approx(case["expected"]["SDg95"], rel=1e-6)


def test_a_mean_score_lies_between_its_neighbours() -> None:
    # technological 2.5 lies half way between the variances 0.0006 and 0.008: 0.0006 + 0.0043 in all.
    assert quality.pedigree_sigma(named([1, 1, 1, 1, 2.5])) == pytest.approx(math.sqrt(0.0006 + 0.0043))


def test_a_missing_or_impossible_score_is_refused() -> None:
    with pytest.raises(TanbiaoError) as caught:
        quality.pedigree_sigma({"reliability": 1})
    assert caught.value.code == "quality_score_missing"
    with pytest.raises(TanbiaoError) as caught:
        quality.pedigree_sigma(named([1, 1, 0, 1, 1]))
    assert caught.value.code == "quality_score_out_of_range"


def test_a_stated_percentage_is_a_95_per_cent_half_width() -> None:
    assert quality.stated_sigma(50.0) == pytest.approx(math.log(1.5) / 1.96)
    with pytest.raises(TanbiaoError):
        quality.stated_sigma(-1.0)


def test_the_assumed_profile_is_a_project_default_and_says_so() -> None:
    assert quality.assumed_sigma("default") == pytest.approx(math.log(1.5) / 2)
    assert quality.assumed_sigma("electricity") == pytest.approx(math.log(1.2) / 2)
    assert quality.assumed_sigma("transport") == pytest.approx(math.log(2.0) / 2)
    assert quality.assumed_sigma("something else") == quality.assumed_sigma("default")
    assert "project default" in quality.method_table("assumed_uncertainty")["standing"]
