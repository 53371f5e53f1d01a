"""Intervals of figures from draws, against published tables and exact probabilities."""

import math

import numpy as np
import pytest

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics.monte_carlo_error import order_statistics, quantile_estimates, share_interval, summarise


@pytest.mark.parametrize(
    "count, ranks",
    # Sign-test confidence limits of a median at 95 %: Conover 1999, Practical Nonparametric Statistics, table A3
    # (binomial, p = .5): n = 6: 1 and 6; n = 10: 2 and 9; n = 20: 6 and 15.
    [(6, (1, 6)), (10, (2, 9)), (20, (6, 15))],
)
def test_ranks_of_a_median_are_the_tabled_ones(count, ranks):
    assert order_statistics(count, 0.5, 0.95) == ranks


@pytest.mark.parametrize("count, p", [(50, 0.1), (1000, 0.025), (1000, 0.5), (333, 0.9)])
def test_ranks_cover_with_the_asked_confidence_and_no_more_than_needed(count, p):
    def below(limit):  # exact binomial P(X ≤ limit)
        return sum(math.comb(count, k) * p**k * (1 - p) ** (count - k) for k in range(limit + 1))

    low, high = order_statistics(count, p, 0.95)
    assert below(low - 1) <= 0.025 < below(low)
    assert 1 - below(high - 1) <= 0.025 < 1 - below(high - 2)


def test_a_tail_that_few_draws_cannot_bound_is_open():
    summary = summarise(np.arange(20.0), probabilities=(0.025, 0.975))
    assert summary.quantiles[0].low == -math.inf
    assert summary.quantiles[1].high == math.inf


def test_wilson_interval_is_the_published_one():
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 3: 81/263 and 0/20."""
    found = share_interval(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    nothing = share_interval(0, 20)
    assert (nothing.low, round(nothing.high, 4)) == (0.0, 0.1611)


def test_intervals_of_normal_draws_hold_about_as_often_as_they_say():
    rng = np.random.default_rng(1)
    hits = {"mean": 0, "sd": 0, "median": 0}
    for _ in range(400):
        summary = summarise(rng.normal(5, 2, 200))
        hits["mean"] += summary.mean.low <= 5 <= summary.mean.high
        hits["sd"] += summary.sd.low <= 2 <= summary.sd.high
        hits["median"] += summary.median.low <= 5 <= summary.median.high
    assert all(0.91 <= count / 400 <= 0.985 for count in hits.values()), hits


def test_large_numbers_do_not_overflow_and_equal_ones_have_no_spread():
    summary = summarise([1e200, 2e200, 3e200])
    assert summary.mean.value == pytest.approx(2e200)
    assert summary.sd.value == pytest.approx(1e200)
    same = summarise([0.0, 0.0])
    assert (same.sd.value, same.mean.low, same.mean.high) == (0, 0, 0)


def test_too_few_draws_and_confidence_outside_its_range_are_refused():
    with pytest.raises(TanbiaoError, match="at least 2"):
        summarise([1.0])
    with pytest.raises(TanbiaoError, match="confidence"):
        summarise([1.0, 2.0], confidence=1.0)


def test_the_standard_error_of_a_quantile_is_the_spread_of_that_quantile_over_repetitions():
    """Asymptotically √(p(1−p)/n) / φ(x) of a standard normal: 0.0396 at the median, 0.0845 at 2.5 % for n = 1000."""
    rng = np.random.default_rng(2)
    errors = np.array([[one.standard_error for one in quantile_estimates(rng.normal(0, 1, 1000))] for _ in range(200)])
    low, middle, high = errors.mean(axis=0)
    assert middle == pytest.approx(0.0396, rel=0.05)
    # ranks are whole numbers and a tail is skewed: the interval errs on the long side
    assert 0.0845 < low < 1.2 * 0.0845
    assert 0.0845 < high < 1.2 * 0.0845


def test_an_end_that_the_draws_do_not_bound_has_no_standard_error():
    first = quantile_estimates(np.arange(20.0), (0.025,))[0]
    assert first.as_json() == {"low": None, "high": 2.0, "standard_error": None}
