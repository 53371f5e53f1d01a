"""Own exp, log and normal quantile: accuracy against 60-digit decimals, the standard library and SciPy."""

import math
import statistics
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics import formulas
from tanbiao.core.numerics.elementary import AS241, exp, exp_scalar, expm1_scalar, log, log_scalar, normal_quantile


def _ulps(got: float, exact: Decimal) -> float:
    return float(abs(Decimal(got) - exact) / Decimal(math.ulp(got)))


@pytest.fixture(autouse=True)
def sixty_digits():
    with localcontext() as context:
        context.prec = 60
        yield


def test_ln2_is_split_so_that_multiples_of_its_head_are_exact():
    parts = Decimal(formulas.LN2_HIGH) + Decimal(formulas.LN2_LOW)
    assert abs(parts - Decimal(2).ln()) <= Decimal(math.ulp(formulas.LN2_LOW)) / 2
    assert all(Decimal(k) * Decimal(formulas.LN2_HIGH) == Decimal(k * formulas.LN2_HIGH) for k in (-1077, 1025))


def test_exp_is_within_one_ulp_of_60_digit_decimals():
    rng = np.random.default_rng(20261121)
    points = np.concatenate([rng.uniform(-707, 709, 2000), rng.normal(0, 1, 2000), rng.normal(0, 1e-8, 200)])
    worst = max(_ulps(y, Decimal(x).exp()) for x, y in zip(points.tolist(), exp(points).tolist(), strict=True))
    assert worst < 1.0


def test_log_is_within_one_ulp_of_60_digit_decimals():
    rng = np.random.default_rng(20261122)
    points = np.concatenate(
        [10.0 ** rng.uniform(-307, 308, 2000), 1 + rng.normal(0, 0.1, 2000), 1 + rng.normal(0, 1e-9, 200)]
    )
    worst = max(_ulps(y, Decimal(x).ln()) for x, y in zip(points.tolist(), log(points).tolist(), strict=True) if x != 1)
    assert worst < 1.0


@pytest.mark.parametrize(
    "x, expected", [(0.0, 1.0), (-0.0, 1.0), (710.0, math.inf), (math.inf, math.inf), (-746.0, 0.0)]
)
def test_exp_at_its_ends(x, expected):
    assert exp_scalar(x) == expected


def test_exp_reaches_the_subnormals_as_the_standard_library_does():
    for x in (-708.5, -720.0, -740.0, -745.0):
        assert abs(exp_scalar(x) - math.exp(x)) <= 5e-324


def test_log_of_one_is_zero_and_of_subnormals_is_right():
    assert log_scalar(1.0) == 0.0
    assert log_scalar(5e-324) == pytest.approx(math.log(5e-324), rel=1e-15)
    assert log_scalar(1.7976931348623157e308) == pytest.approx(709.782712893384, rel=1e-15)


@pytest.mark.parametrize(
    "function, value", [(log, 0.0), (log, -1.0), (log, math.inf), (log, math.nan), (exp, math.nan)]
)
def test_outside_the_domain_is_refused_not_nan(function, value):
    with pytest.raises(TanbiaoError) as error:
        function([1.0, value])
    assert error.value.code == "outside_domain"


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 1.1, math.nan])
def test_a_probability_of_0_or_1_or_beyond_has_no_quantile(p):
    with pytest.raises(TanbiaoError, match="normal_quantile"):
        normal_quantile([0.5, p])


# Wichura (1988) prints, with each pair of polynomials, the sum of the mantissas of its coefficients (each written
# as d.ddd × 10^k, or 0.0ddd for c and d below 0.1 … as printed) so that a transcription can be checked.
@pytest.mark.parametrize(
    "pair, printed",
    [("ab", "55.8831928806149014439"), ("cd", "49.3320650330161029036"), ("ef", "47.52583317549289671629")],
)
def test_as241_coefficients_have_the_published_mantissa_sums(pair, printed):
    coefficients = [c for name in pair for c in AS241[name] if c != 1.0]
    mantissas = [Decimal(repr(c)).scaleb(-Decimal(repr(c)).adjusted()) for c in coefficients]
    assert float(sum(mantissas)) == pytest.approx(float(printed), abs=1e-13)


# Wichura (1988), table of test values printed with the algorithm.
@pytest.mark.parametrize(
    "p, z", [(0.25, -0.6744897501960817), (0.001, -3.090232306167814), (1e-20, -9.262340089798408)]
)
def test_normal_quantile_at_the_published_check_points(p, z):
    assert normal_quantile([p])[0] == pytest.approx(z, rel=1e-15)


def test_normal_quantile_agrees_with_two_other_implementations():
    rng = np.random.default_rng(7)
    points = np.concatenate([rng.uniform(0, 1, 5000), 10.0 ** rng.uniform(-300, -1, 2000)])
    ours = normal_quantile(points)
    np.testing.assert_allclose(ours, ndtri(points), rtol=4e-15)
    library = statistics.NormalDist()
    np.testing.assert_allclose(ours, [library.inv_cdf(p) for p in points.tolist()], rtol=4e-15)


@given(st.floats(1e-12, 0.5, exclude_max=True))
def test_normal_quantile_is_antisymmetric_where_1_minus_p_is_exact(p):
    mirrored = 1.0 - p
    if 1.0 - mirrored == p:
        low, high = normal_quantile([p, mirrored])
        assert low == -high


@given(st.floats(-5, 5))
def test_expm1_keeps_the_digits_of_small_arguments(x):
    assert expm1_scalar(x) == pytest.approx(math.expm1(x), rel=2e-15, abs=0)


@given(st.floats(-600, 600))
def test_log_undoes_exp(x):
    assert log_scalar(exp_scalar(x)) == pytest.approx(x, rel=1e-14, abs=3e-16)


@given(st.lists(st.floats(-745, 709), min_size=1, max_size=40))
def test_an_element_does_not_depend_on_its_neighbours(values):
    together = exp(values)
    assert [exp_scalar(x) for x in values] == together.tolist()
