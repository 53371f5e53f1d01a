"""Figures side by side: spread of an interval, order, classes, place among others; worked by hand."""

from __future__ import annotations

import math

import pytest

from tanbiao.core.comparison import Spread, class_probabilities, percentile, probability_below, spread_of


@pytest.mark.parametrize(
    ("low", "median", "high"),
    [(None, 1.0, 2.0), (1.0, None, 2.0), (1.0, 2.0, None), (0.0, 1.0, 2.0), (-1.0, 1.0, 2.0), (2.0, 1.0, 3.0)],
)
def test_an_interval_that_is_none_has_no_spread(low: float | None, median: float | None, high: float | None) -> None:
    assert spread_of(low, median, high) is None


def test_the_spread_has_the_intervals_width() -> None:
    # ln(150 / 66.667) = 0.810930; ÷ (2 × 1.959964) = 0.206874
    found = spread_of(100 / 1.5, 100.0, 150.0)
    assert found is not None
    assert found.mean == pytest.approx(math.log(100))
    assert found.deviation == pytest.approx(0.206874, abs=1e-6)


def test_an_order_is_as_sure_as_the_distance_in_common_deviations() -> None:
    # ln 2 apart, √(0.3² + 0.4²) = 0.5: 1.386294 deviations; Φ(1.386294) = 0.917172 (normal table: Φ(1.39) = 0.9177)
    one, other = Spread(0.0, 0.3), Spread(math.log(2), 0.4)
    assert probability_below(one, other) == pytest.approx(0.917172, abs=1e-5)
    assert probability_below(one, other) + probability_below(other, one) == pytest.approx(1)
    assert probability_below(Spread(0.0, 0.0), Spread(1.0, 0.0)) == 1.0


def test_classes_share_the_whole_probability() -> None:
    # median 100, deviation 0.2: Φ((ln 80 - ln 100) ÷ 0.2) = Φ(-1.115718) = 0.132271; Φ(ln 1.2 ÷ 0.2) = Φ(0.911608)
    # = 0.819014
    found = class_probabilities(Spread(math.log(100), 0.2), (80.0, 120.0))
    assert found == pytest.approx((0.132271, 0.819014 - 0.132271, 1 - 0.819014), abs=1e-5)
    assert class_probabilities(Spread(math.log(100), 0.0), (-1.0, 100.0, 120.0)) == (0.0, 1.0, 0.0, 0.0)


def test_ties_count_half() -> None:
    # own 2 and [1, 2, 4]: one below, two same (own and its tie): (1 + 2/2) ÷ 4
    assert percentile(2.0, [1.0, 2.0, 4.0]) == 0.5
    assert percentile(1.0, []) == 0.5
