"""Distributions: moments by hand calculation, refusals, scaling, sampling."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.findings import TanbiaoError, render
from tanbiao.core.numerics.distributions import Fixed, LogNormal, Normal, Triangular, Uniform
from tanbiao.core.numerics.sampling import (
    normalise_shares,
    quantile,
    quantiles,
    sample,
    sample_lognormal_rows,
)

ALL = [
    Fixed(3.0),
    LogNormal(2.0, 0.3),
    LogNormal(-2.0, 0.3),
    Normal(1.0, 2.0),
    Triangular(200, 237.3, 300),
    Uniform(-1, 4),
]


@pytest.mark.parametrize(
    "distribution, nominal, mean, sd",
    [
        (Fixed(3.0), 3.0, 3.0, 0.0),
        # median 2, sigma 0.1: mean 2·e^0.005, sd = mean·sqrt(e^0.01 − 1)
        (LogNormal(2.0, 0.1), 2.0, 2.0100250417188030, 0.201506058892409),
        (LogNormal(-2.0, 0.1), -2.0, -2.0100250417188030, 0.201506058892409),
        (Normal(5.0, 0.5), 5.0, 5.0, 0.5),
        # BW-01: natural gas 200/237.3/300: mean 737.3/3; variance (37.3² + 62.7² + 37.3·62.7)/18
        (Triangular(200, 237.3, 300), 237.3, 245.7666666666667, 20.63073489292667),
        (Uniform(2, 8), 5.0, 5.0, math.sqrt(3)),
    ],
)
def test_nominal_mean_and_standard_deviation(distribution, nominal, mean, sd):
    assert distribution.nominal == nominal
    assert distribution.mean == pytest.approx(mean, rel=1e-12)
    assert distribution.sd == pytest.approx(sd, rel=1e-13)


@pytest.mark.parametrize(
    "make, code",
    [
        (lambda: LogNormal(1, -0.1), "distribution_negative_spread"),
        (lambda: Normal(1, -0.1), "distribution_negative_spread"),
        (lambda: Triangular(2, 1, 3), "distribution_bounds_out_of_order"),
        (lambda: Triangular(1, 4, 3), "distribution_bounds_out_of_order"),
        (lambda: Uniform(2, 1), "distribution_bounds_out_of_order"),
        (lambda: Fixed(math.nan), "distribution_not_finite"),
        (lambda: LogNormal(math.inf, 0.1), "distribution_not_finite"),
        (lambda: Normal(0, math.nan), "distribution_not_finite"),
        (lambda: Uniform(0, math.inf), "distribution_not_finite"),
    ],
)
def test_impossible_parameters_are_refused_with_a_text_in_both_languages(make, code):
    with pytest.raises(TanbiaoError) as error:
        make()
    assert error.value.code == code
    for lang in ("zh", "en"):
        shown = render(error.value.findings[0], lang)
        assert shown["message"] != code
        assert shown["remedy"]
        assert "{" not in shown["message"]


@pytest.mark.parametrize("distribution", ALL, ids=repr)
def test_samples_have_the_analytic_moments_within_monte_carlo_error(distribution):
    n = 200_000
    draws = sample(distribution, 1, 17, n)
    assert draws.shape == (n,)
    assert abs(draws.mean() - distribution.mean) <= 4.5 * distribution.sd / math.sqrt(n) + 1e-12
    # The variance of a sample variance is (kurtosis − 1)/n; all of these have a kurtosis below 6.
    assert draws.std() == pytest.approx(distribution.sd, rel=4.5 * math.sqrt(5 / n) / 2, abs=1e-12)


@pytest.mark.parametrize("distribution", ALL, ids=repr)
@pytest.mark.parametrize("factor", [2.5, -0.5, 0.0])
def test_scaling_a_distribution_scales_mean_and_spread(distribution, factor):
    scaled = distribution.scaled(factor)
    assert scaled.mean == pytest.approx(factor * distribution.mean, rel=1e-14)
    assert scaled.sd == pytest.approx(abs(factor) * distribution.sd, rel=1e-14)
    assert scaled.nominal == pytest.approx(factor * distribution.nominal, rel=1e-14)


def test_a_negative_median_keeps_its_sign_and_mirrors_the_positive_one():
    up, down = sample(LogNormal(2.0, 0.7), 5, 5, 1000), sample(LogNormal(-2.0, 0.7), 5, 5, 1000)
    assert (down < 0).all()
    assert (down == -up).all()


def test_median_zero_stays_zero():
    assert (sample(LogNormal(0.0, 0.7), 5, 5, 10) == 0).all()


def test_a_triangle_without_width_is_its_mode():
    assert sample(Triangular(2, 2, 2), 1, 1, 5).tolist() == [2.0] * 5


@pytest.mark.parametrize("mode", [200, 300])
def test_triangles_with_the_mode_at_an_end_stay_inside(mode):
    draws = sample(Triangular(200, mode, 300), 1, 1, 10_000)
    assert draws.min() >= 200
    assert draws.max() <= 300


def test_a_spread_that_overflows_is_refused():
    with pytest.raises(TanbiaoError) as error:
        sample(LogNormal(1.0, 1e4), 1, 1, 100)
    assert error.value.code == "samples_not_finite"


def test_rows_of_lognormals_have_the_bits_of_single_draws():
    medians, sigmas, streams = [1.0, -3.0, 0.0], [0.1, 0.5, 0.2], [9, 8, 7]
    rows = sample_lognormal_rows(medians, sigmas, 4, streams, 101)
    for row, median, sigma, stream in zip(rows, medians, sigmas, streams, strict=True):
        assert (row == sample(LogNormal(median, sigma), 4, stream, 101)).all()


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60), st.floats(0, 1))
def test_quantile_is_hyndman_fan_type_7(values, p):
    assert quantile(values, p) == pytest.approx(np.quantile(values, p, method="linear"), rel=1e-12, abs=1e-6)


def test_quantiles_of_four_numbers_by_hand():
    # h = 3p: p = 0.5 → between 20 and 30; p = 0.1 → 10 + 0.3·10
    assert quantiles([40, 10, 30, 20], (0, 0.1, 0.5, 1)) == (10, 13, 25, 40)


@pytest.mark.parametrize(
    "values, p, code",
    [([], 0.5, "samples_empty"), ([1, math.nan], 0.5, "samples_not_finite"), ([1], 1.5, "outside_domain")],
)
def test_quantile_refuses_what_has_none(values, p, code):
    with pytest.raises(TanbiaoError) as error:
        quantile(values, p)
    assert error.value.code == code


def test_normalised_shares_sum_to_one_in_every_sample():
    drawn = sample_lognormal_rows([0.5, 0.3, 0.2], [0.3, 0.3, 0.3], 1, [1, 2, 3], 1000)
    assert abs(drawn.sum(axis=0) - 1).max() > 0.1
    shares = normalise_shares(drawn)
    np.testing.assert_allclose(shares.sum(axis=0), 1, rtol=4e-16)
    np.testing.assert_allclose(shares[0] / shares[1], drawn[0] / drawn[1], rtol=1e-14)


@pytest.mark.parametrize("shares", [[[0.0], [0.0]], [[-0.1], [1.1]], [[math.nan], [1.0]]])
def test_shares_that_have_no_sum_are_refused(shares):
    with pytest.raises(TanbiaoError) as error:
        normalise_shares(shares)
    assert error.value.code == "shares_not_normalisable"


class TestProductOfTwoLogNormals:
    """T12: h = a·b, a ~ LN(ln 2, 0.1), b ~ LN(ln 3, 0.2); ln h ~ N(ln 6, 0.1² + 0.2²), figures by hand."""

    sigma = math.sqrt(0.05)
    product = LogNormal(6.0, sigma)

    def test_analytic(self):
        assert self.product.nominal == 6
        assert self.product.mean == pytest.approx(6.1518907, rel=1e-8)
        assert self.product.sd == pytest.approx(1.3929801, rel=1e-7)
        from tanbiao.core.numerics.sampling import inverse

        low, high = inverse(self.product, np.array([0.025, 0.975]))
        assert low == pytest.approx(3.8709432, rel=1e-8)
        assert high == pytest.approx(9.3000590, rel=1e-8)

    def test_by_200_000_samples_within_monte_carlo_error(self):
        n = 200_000
        h = sample(LogNormal(2.0, 0.1), 1, 1, n) * sample(LogNormal(3.0, 0.2), 1, 2, n)
        assert abs(h.mean() - 6.1518907) < 4 * 1.3929801 / math.sqrt(n)
        assert h.std() == pytest.approx(1.3929801, rel=0.012)
        # Standard error of a quantile in log space: sqrt(p(1−p)/n)/φ(z)·σ; φ(1.96) = 0.05845, φ(0) = 0.39894.
        tail, centre = (math.sqrt(p * (1 - p) / n) / phi * self.sigma for p, phi in ((0.025, 0.05845), (0.5, 0.39894)))
        low, median, high = quantiles(h, (0.025, 0.5, 0.975))
        assert abs(math.log(low / 3.8709432)) < 4 * tail
        assert abs(math.log(high / 9.3000590)) < 4 * tail
        assert abs(math.log(median / 6.0)) < 4 * centre
