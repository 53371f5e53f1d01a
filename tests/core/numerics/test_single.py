"""Single-precision draws against the published figures of PPND7, Philox's known answers and double precision."""

import math
from decimal import Decimal
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.numerics import formulas, single
from tanbiao.core.numerics.distributions import LogNormal, Normal, Triangular, Uniform
from tanbiao.core.numerics.draw_table import Kind, SystemTable
from tanbiao.core.numerics.elementary import normal_quantile
from tanbiao.core.numerics.philox import word_rows
from tanbiao.core.numerics.sampling import inverse

WORD = st.integers(-(2**31), 2**31 - 1)


def normals(words):
    own = np.asarray(words, dtype=np.int32)
    p = single.tail_probability(own)
    return single.normal(own, p, single.minus_log(p))


def word_of(p):
    """The word whose upper tail probability is nearest to p ≤ ½."""
    return round(p * 2**32 - 0.5)


# Wichura (1988) prints, with each pair of polynomials, the sum of the mantissas of its coefficients.
@pytest.mark.parametrize("pair, printed", [("ab", "32.3184577772"), ("cd", "15.7614929821")])
def test_ppnd7_coefficients_have_the_published_mantissa_sums(pair, printed):
    coefficients = [c for name in pair for c in single.PPND7[name] if c != 1.0]
    assert sum(Decimal(repr(c)).scaleb(-Decimal(repr(c)).adjusted()) for c in coefficients) == Decimal(printed)


# Wichura (1988), table of test values printed with the algorithm; the third, 1e-20, is beyond a 32-bit word.
@pytest.mark.parametrize("p, z", [(0.25, 0.6744897501960817), (0.001, 3.090232306167814)])
def test_the_published_check_points(p, z):
    above, below = normals([word_of(p), word_of(p) - 2**31])
    assert above == pytest.approx(z, rel=4e-7)
    assert below == -above


def test_draws_agree_with_two_other_implementations():
    rng = np.random.default_rng(7)
    words = np.concatenate([rng.integers(0, 2**31, 20_000), np.arange(1_000), 2**31 - 1 - np.arange(1_000)])
    drawn = normals(words).astype(np.float64)
    tails = (words + 0.5) * 2.0**-32
    # Near the median a probability of 24 bits moves z by √(2π) · 2⁻²⁵ = 7.5e-8.
    allowed = 4e-7 * np.maximum(1.0, drawn)
    assert (np.abs(drawn + normal_quantile(tails)) <= allowed).all()
    library = np.array([-NormalDist().inv_cdf(p) for p in tails[-3_000:].tolist()])
    assert (np.abs(drawn[-3_000:] - library) <= allowed[-3_000:]).all()


@given(WORD)
def test_the_first_bit_is_the_sign_of_a_draw(word):
    mirrored = word - 2**31 if word >= 0 else word + 2**31
    one, other = normals([word, mirrored])
    assert one == -other
    assert math.copysign(1.0, one) == (1.0 if word >= 0 else -1.0)
    assert abs(one) < single.LARGEST_NORMAL


def test_exp_and_log_to_single_precision():
    x = np.linspace(-83.0, 83.0, 50_001, dtype=np.float32)
    expected = [math.exp(value) for value in x.tolist()]
    np.testing.assert_allclose(single.exp(x), expected, rtol=1.2e-7)
    p = np.geomspace(2.0**-33, 0.5, 50_001, dtype=np.float32)
    np.testing.assert_allclose(single.minus_log(p), [-math.log(value) for value in p.tolist()], rtol=1.5e-7)
    assert single.exp(np.zeros(1, np.float32))[0] == 1.0
    assert single.LARGEST_SIGMA * single.LARGEST_NORMAL < 87


# Random123 1.14 (D. E. Shaw Research), tests/kat_vectors, lines "philox4x32 7": block, stream, seed, expected.
@pytest.mark.parametrize(
    "block, stream, seed, expected",
    [
        (0, 0, 0, "5f6fb709 0d893f64 4f121f81 4f730a48"),
        (0x85A308D3243F6A88, 0x0370734413198A2E, 0x299F31D0A4093822, "4dfccaba 190a87f0 c47362ba b6b5242a"),
    ],
)
def test_words_are_the_known_answers(block, stream, seed, expected):
    words = [int(word, 16) for word in expected.split()]
    found = word_rows(seed, [stream, stream + 1], 4, 4 * block)
    assert (found[0].view(np.uint32) == words).all()
    assert (word_rows(seed, [stream], 1, 4 * block + 2)[0].view(np.uint32) == words[2:3]).all()
    assert (found[1] != found[0]).any()


@given(st.integers(0, 60), st.integers(1, 60))
def test_any_part_of_a_stream_of_words_can_be_drawn_alone(start, n):
    assert (word_rows(3, [1, 2**63], n, start) == word_rows(3, [1, 2**63], start + n)[:, start:]).all()


def test_a_word_is_a_probability_inside_0_and_1():
    ends = formulas.unit_of_word(np.array([-(2**31), -1, 0, 2**31 - 1], dtype=np.int32))
    assert ends.tolist() == [2.0**-33, 0.5 - 2.0**-33, 0.5 + 2.0**-33, 1 - 2.0**-33]


@pytest.mark.parametrize(
    "kind, parameters, maker",
    [
        (Kind.LOGNORMAL, (-3.0, 0.4, 0.0), lambda a, b, _: LogNormal(a, b)),
        (Kind.LOGNORMAL, (2.0, 20.0, 0.0), lambda a, b, _: LogNormal(a, b)),
        (Kind.NORMAL, (1e3, 7.0, 0.0), lambda a, b, _: Normal(a, b)),
        (Kind.TRIANGULAR, (1.0, 1.2, 3.0), Triangular),
        (Kind.UNIFORM, (-1.0, 4.0, 0.0), lambda a, b, _: Uniform(a, b)),
    ],
)
def test_a_row_is_the_quantile_at_the_probability_of_its_word(kind, parameters, maker):
    columns = [np.array([value]) for value in parameters]
    table = SystemTable(np.array([kind], dtype=np.int8), *columns, np.array([5], dtype=np.uint64), np.array([-1.0]))
    words = word_rows(9, [5], 500, 11)[0]
    p = formulas.unit_of_word(words)
    if kind in (Kind.LOGNORMAL, Kind.NORMAL):
        tails = ((words & 0x7FFFFFFF) + 0.5) * 2.0**-32
        p = np.where(words < 0, tails, 1 - tails)
    expected = -inverse(maker(*parameters), p)
    tolerance = 1e-15 if kind in (Kind.TRIANGULAR, Kind.UNIFORM) else 4e-6 * max(1.0, parameters[1])
    np.testing.assert_allclose(table.draw(9, 11, 500)[0], expected, rtol=tolerance)


def test_a_hundred_thousand_draws_are_standard_normal_and_streams_independent():
    z = normals(word_rows(1, range(4), 100_000)).astype(np.float64)
    # Standard errors: mean 3.2e-3, variance 4.5e-3, fourth moment √(96/1e5) = 3.1e-2; limits at 4.5 of them.
    assert np.abs(z.mean(axis=1)).max() < 4.5 * 3.2e-3
    assert np.abs(z.var(axis=1) - 1).max() < 4.5 * 4.5e-3
    assert np.abs((z**4).mean(axis=1) - 3).max() < 4.5 * 3.1e-2
    assert np.abs(np.corrcoef(z) - np.eye(4)).max() < 4.5 * 3.2e-3
    counts = np.histogram(z, bins=normal_quantile(np.arange(1, 100) / 100))[0]
    chi_square = ((counts - 4000) ** 2 / 4000).sum()
    assert 50 < chi_square < 160  # 98 bins between the percentiles: mean about 97, sd 14
