"""The formulas of the draws, written once for NumPy arrays and for compiled loops over single numbers.

Every function here takes NumPy arrays as it stands, and float64 or uint64 scalars where a compiler has taken it over
(:mod:`tanbiao.core.numerics.compiled`, which replaces the three primitives :func:`select`, :func:`bits` and
:func:`from_bits`). They use + − × ÷, comparisons, exact bit operations, floor and the IEEE-exact square root in one
order, so both paths give the same bits. Nothing is checked: callers keep arguments inside the stated range.

Sources: Cody & Waite 1980 (exp, log); Wichura 1988, AS 241 (normal quantile); Salmon et al. 2011 (Philox4x32-10).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import factorial
from typing import Any

import numpy as np

_LN2 = Decimal("0.693147180559945309417232121458176568")  # DLMF 4.2(ii); OEIS A002162
# The leading 33 bits of ln 2: k · LN2_HIGH is exact for every exponent k of a float64 (Cody & Waite 1980).
LN2_HIGH = float.fromhex("0x1.62e42feep-1")
LN2_LOW = float(_LN2 - Decimal(LN2_HIGH))
PER_LN2 = float(1 / _LN2)
SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")

# Taylor of (eʳ − 1 − r)/r² up to r¹¹/13!; with |r| ≤ ln 2 / 2 the rest is below 2⁻⁵⁷ of eʳ.
EXP_TERMS = tuple(float(Fraction(1, factorial(n))) for n in range(13, 1, -1))
# 2·artanh(s) = 2s + s·Σ 2 s²ᵏ/(2k+1); with |s| ≤ 3 − √8 the rest after k = 11 is below 2⁻⁶⁰ of the sum.
LOG_TERMS = tuple(float(Fraction(2, 2 * k + 1)) for k in range(11, 0, -1))

# Wichura, M.J. (1988), Algorithm AS 241, PPND16, Applied Statistics 37:477-484: numerators and denominators of the
# rational functions for |p − 1/2| ≤ 0.425 (a, b), for the tails up to sqrt(−ln p) = 5 (c, d) and beyond (e, f),
# constant term first.
AS241: dict[str, tuple[float, ...]] = {
    "a": (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    "b": (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
    "c": (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    "d": (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
    "e": (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    "f": (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
}
_A, _B, _C, _D, _E, _F = (AS241[name][::-1] for name in "abcdef")
SPLIT_CENTRE, SPLIT_TAIL = 0.425, 5.0
_CENTRE_SQUARED, _TAIL_SHIFT = 0.180625, 1.6

ROUNDS = 10
_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)  # Salmon et al. 2011, table 2, section 4.3
_WEYL = (0x9E3779B9, 0xBB67AE85)  # golden ratio and sqrt(3) − 1, ibid.
LOW = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
_DROPPED = np.uint64(12)
_MANTISSA, _HALF_EXPONENT = 0xFFFFFFFFFFFFF, 0x3FE0000000000000

Number = Any  # a NumPy array, or a scalar in a compiled loop
Words = Any  # the same of uint64


def select(condition: Number, where_true: Number, where_false: Number) -> Number:
    """Choose element by element."""
    return np.where(condition, where_true, where_false)


def bits(value: Number) -> Number:
    """Return the bits of float64 as int64."""
    return value.view(np.int64)


def from_bits(value: Number) -> Number:
    """Return the float64 of the bits in an int64."""
    return value.view(np.float64)


def horner(variable: Number, terms: tuple[Any, ...]) -> Number:
    """Evaluate a polynomial, highest term first."""
    result = variable * terms[0]
    result += terms[1]
    for term in terms[2:]:
        result *= variable
        result += term
    return result


def power_of_two(exponent: Number) -> Number:
    """Return 2^exponent for −1022 ≤ exponent ≤ 1023 by writing the exponent field."""
    return from_bits((exponent + 1023) << 52)


def exp_reduced(x: Number) -> tuple[Number, Number]:
    """Return (m, k) with eˣ = m · 2ᵏ, √½ ≤ m ≤ √2 about, k a whole float; |x| ≤ 746.

    x = k ln 2 + r with |r| ≤ ln 2 / 2; eˣ = 2ᵏ (1 + r + r² q(r)), q the Taylor polynomial.
    """
    exponent = np.floor(x * PER_LN2 + 0.5)
    high = x - exponent * LN2_HIGH
    low = exponent * LN2_LOW
    reduced = high - low
    lost = (high - reduced) - low
    result = reduced + (reduced * reduced * horner(reduced, EXP_TERMS) + lost)
    result += 1.0
    return result, exponent


def exp_moderate(x: Number) -> Number:
    """Return eˣ for |x| ≤ 700, where neither the result nor 2ᵏ overflows or loses bits."""
    result, exponent = exp_reduced(x)
    return result * power_of_two(np.int64(exponent))


def log_of_parts(fraction: Number, exponent: Number) -> Number:
    """Return ln(fraction · 2^exponent) for ½ ≤ fraction < 1 and a whole float64 exponent.

    = k ln 2 + ln(1 + f) with √½ ≤ 1 + f < √2; ln(1 + f) = 2 artanh(s), s = f/(2 + f), arranged as f − (h − s (h + R))
    with h = f²/2 and R = Σ 2 s²ᵏ/(2k+1), so that the leading term carries no rounding error.
    """
    below = fraction < SQRT_HALF
    fraction = select(below, fraction * 2, fraction)
    exponent = select(below, exponent - 1.0, exponent)
    rest = fraction - 1.0
    ratio = rest / (rest + 2.0)
    square = ratio * ratio
    half_square = rest * rest * 0.5
    series = square * horner(square, LOG_TERMS)
    correction = half_square - (ratio * (half_square + series) + exponent * LN2_LOW)
    return exponent * LN2_HIGH - (correction - rest)


def quantile_centre(centred: Number) -> Number:
    """Return the normal quantile of ½ + centred for |centred| ≤ 0.425."""
    variable = _CENTRE_SQUARED - centred * centred
    return centred * (horner(variable, _A) / horner(variable, _B))


def quantile_tail(root: Number) -> Number:
    """Return |z| of the smaller tail probability p, root = sqrt(−ln p) ≤ 5."""
    variable = root - _TAIL_SHIFT
    return horner(variable, _C) / horner(variable, _D)


def quantile_far(root: Number) -> Number:
    """Return |z| of the smaller tail probability p, root = sqrt(−ln p) > 5."""
    variable = root - SPLIT_TAIL
    return horner(variable, _E) / horner(variable, _F)


def triangular(low: Number, mode: Number, high: Number, p: Number) -> Number:
    """Invert the two parabolas of the triangular distribution function."""
    width = high - low
    rising = low + np.sqrt(p * width * (mode - low))
    falling = high - np.sqrt((1.0 - p) * width * (high - mode))
    drawn = select(p * width < mode - low, rising, falling)
    return select(width == 0, mode, drawn)


def uniform(low: Number, high: Number, p: Number) -> Number:
    """Return the point a share p of the way from low to high."""
    return low + (high - low) * p


def round_keys(key: int) -> tuple[np.uint64, ...]:
    """Return the key of each Philox round, first and second word in turn, from 64 bits."""
    first, second = key & 0xFFFFFFFF, key >> 32
    words = []
    for number in range(ROUNDS):
        words += [(first + number * _WEYL[0]) & 0xFFFFFFFF, (second + number * _WEYL[1]) & 0xFFFFFFFF]
    return tuple(np.uint64(word) for word in words)


def philox_round(c0: Words, c1: Words, c2: Words, c3: Words, k0: Words, k1: Words) -> tuple[Words, Words, Words, Words]:
    """Return the four words after one round of Philox4x32."""
    product0 = c0 * _MULTIPLIER_0
    product1 = c2 * _MULTIPLIER_1
    # Keys are below 2³² anyway; said here, it lets a compiler multiply 32-bit words.
    return (product1 >> SHIFT) ^ c1 ^ (k0 & LOW), product1 & LOW, (product0 >> SHIFT) ^ c3 ^ (k1 & LOW), product0 & LOW


def philox(
    c0: Words, c1: Words, c2: Words, c3: Words, keys: tuple[np.uint64, ...]
) -> tuple[Words, Words, Words, Words]:
    """Return the four 32-bit words of Philox4x32-10."""
    c0, c1, c2, c3 = philox_seven(c0, c1, c2, c3, keys)
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, keys[14], keys[15])
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, keys[16], keys[17])
    return philox_round(c0, c1, c2, c3, keys[18], keys[19])


def philox_seven(
    c0: Words, c1: Words, c2: Words, c3: Words, keys: tuple[np.uint64, ...]
) -> tuple[Words, Words, Words, Words]:
    """Return the four 32-bit words of Philox4x32-7, whose rounds stand one after another for the compiler's sake.

    Seven rounds are the fewest that pass every test of BigCrush (Salmon et al. 2011, table 2).
    """
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, keys[0], keys[1])
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, keys[2], keys[3])
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, keys[4], keys[5])
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, keys[6], keys[7])
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, keys[8], keys[9])
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, keys[10], keys[11])
    return philox_round(c0, c1, c2, c3, keys[12], keys[13])


def unit_interval(high: Words, low: Words) -> Number:
    """Return (k + ½) · 2⁻⁵² of the 52 leading bits k: exact, symmetric about ½, never 0 or 1."""
    return (np.float64(((high << SHIFT) | low) >> _DROPPED) + 0.5) * 2.0**-52


def unit_of_word(word: Words) -> Number:
    """Return (word + 2³¹ + ½) · 2⁻³² of a 32-bit word given as int32: exact, symmetric about ½, never 0 or 1."""
    return (np.float64(word) + (2.0**31 + 0.5)) * 2.0**-32
