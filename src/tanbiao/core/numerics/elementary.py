"""exp, log and the normal quantile, made of + − × ÷, comparisons, exact bit operations and the IEEE-exact square root.

Vendor implementations of these functions round differently from one CPU type to the next; these do not, because IEEE
754 fixes every operation they use and NumPy never fuses two of them. Errors stay below 1 ulp for exp and log (tested
against 60-digit decimals) and about 1e-15 relative for the quantile.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tanbiao.core.findings import TanbiaoError

Floats = NDArray[np.float64]

_LN2 = Decimal("0.693147180559945309417232121458176568")  # DLMF 4.2(ii); OEIS A002162
# The leading 33 bits of ln 2: k · _LN2_HIGH is exact for every exponent k of a float64 (Cody & Waite 1980).
_LN2_HIGH = float.fromhex("0x1.62e42feep-1")
_LN2_LOW = float(_LN2 - Decimal(_LN2_HIGH))
_PER_LN2 = float(1 / _LN2)
_SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")

_EXP_OVERFLOW = 710.0
_EXP_UNDERFLOW = -746.0
# Taylor of (eʳ − 1 − r)/r² up to r¹¹/13!; with |r| ≤ ln 2 / 2 the rest is below 2⁻⁵⁷ of eʳ.
_EXP_TERMS = tuple(float(Fraction(1, factorial(n))) for n in range(13, 1, -1))
# 2·artanh(s) = 2s + s·Σ 2 s²ᵏ/(2k+1); with |s| ≤ 3 − √8 the rest after k = 11 is below 2⁻⁶⁰ of the sum.
_LOG_TERMS = tuple(float(Fraction(2, 2 * k + 1)) for k in range(11, 0, -1))

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
_SPLIT_CENTRE, _SPLIT_TAIL = 0.425, 5.0
_CENTRE_SQUARED, _TAIL_SHIFT = 0.180625, 1.6


def _horner(variable: Floats, terms: tuple[float, ...]) -> Floats:
    """Evaluate a polynomial, highest term first."""
    result = np.full_like(variable, terms[0])
    for term in terms[1:]:
        result *= variable
        result += term
    return result


def _refuse(function: str, bad: NDArray[np.bool_], values: Floats) -> None:
    if bad.any():
        raise TanbiaoError.of("outside_domain", function=function, value=repr(float(values[bad].flat[0])))


def exp(x: ArrayLike) -> Floats:
    """Return eˣ, in the shape of ``x``; too large arguments give inf, too small ones 0, as IEEE 754 has it.

    x = k ln 2 + r with |r| ≤ ln 2 / 2; eˣ = 2ᵏ (1 + r + r² q(r)), q the Taylor polynomial.

    Raises
    ------
    TanbiaoError
        ``outside_domain``: NaN.
    """
    values = np.asarray(x, dtype=np.float64)
    _refuse("exp", np.isnan(values), values)
    clipped = np.clip(values, _EXP_UNDERFLOW, _EXP_OVERFLOW)
    exponent = np.floor(clipped * _PER_LN2 + 0.5)
    high = clipped - exponent * _LN2_HIGH
    low = exponent * _LN2_LOW
    reduced = high - low
    lost = (high - reduced) - low
    result = reduced + (reduced * reduced * _horner(reduced, _EXP_TERMS) + lost)
    result += 1.0
    return _times_power_of_two(result, exponent.astype(np.int64))


def _times_power_of_two(values: Floats, exponent: NDArray[np.int64]) -> Floats:
    """Return values · 2^exponent; in two exact factors, since 2^1024 itself is no float64."""
    half = exponent >> 1
    with np.errstate(over="ignore", under="ignore"):
        scaled: Floats = values * _power_of_two(half) * _power_of_two(exponent - half)
    return scaled


def _power_of_two(exponent: NDArray[np.int64]) -> Floats:
    """Return 2^exponent for −1022 ≤ exponent ≤ 1023 by writing the exponent field."""
    return ((exponent + 1023) << 52).view(np.float64)


@lru_cache(maxsize=4096)
def exp_scalar(x: float) -> float:
    """Return eˣ of one number, by the same operations as :func:`exp`; remembered, since the same few come again."""
    return float(exp(np.array([x]))[0])


def expm1_scalar(x: float) -> float:
    """Return eˣ − 1 of one number without losing the digits of a small x."""
    if abs(x) > 0.34:  # beyond the range of the Taylor polynomial nothing cancels
        return exp_scalar(x) - 1.0
    reduced = np.array([x])
    return float((reduced + reduced * reduced * _horner(reduced, _EXP_TERMS))[0])


def log(x: ArrayLike) -> Floats:
    """Return ln x, in the shape of ``x``.

    x = 2ᵏ (1 + f) with √½ ≤ 1 + f < √2; ln(1 + f) = 2 artanh(s), s = f/(2 + f), arranged as f − (h − s (h + R)) with
    h = f²/2 and R = Σ 2 s²ᵏ/(2k+1), so that the leading term carries no rounding error.

    Raises
    ------
    TanbiaoError
        ``outside_domain``: zero, a negative number, infinity or NaN.
    """
    values = np.asarray(x, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        _refuse("log", ~((values > 0) & (values < np.inf)), values)
    fraction, power = np.frexp(values)
    below = fraction < _SQRT_HALF
    fraction = np.where(below, fraction * 2, fraction)
    exponent = (power - below).astype(np.float64)
    rest = fraction - 1.0
    ratio = rest / (rest + 2.0)
    square = ratio * ratio
    half_square = rest * rest * 0.5
    series = square * _horner(square, _LOG_TERMS)
    correction = half_square - (ratio * (half_square + series) + exponent * _LN2_LOW)
    result: Floats = exponent * _LN2_HIGH - (correction - rest)
    return result


@lru_cache(maxsize=4096)
def log_scalar(x: float) -> float:
    """Return ln x of one number, by the same operations as :func:`log`; remembered, as :func:`exp_scalar`."""
    return float(log(np.array([x]))[0])


def normal_quantile(p: ArrayLike) -> Floats:
    """Return z with Φ(z) = p, in the shape of ``p`` (Wichura 1988, AS 241, PPND16; about 16 digits).

    Raises
    ------
    TanbiaoError
        ``outside_domain``: p ≤ 0, p ≥ 1 or NaN.
    """
    values = np.asarray(p, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        _refuse("normal_quantile", ~((values > 0) & (values < 1)), values)
    centred = values - 0.5
    result = centred * _rational("a", "b", _CENTRE_SQUARED - centred * centred)
    outside = np.abs(centred) > _SPLIT_CENTRE
    if outside.any():
        tail = np.asarray(values[outside])
        distance = _tail_quantile(np.where(tail < 0.5, tail, 1.0 - tail))
        result[outside] = np.where(tail < 0.5, -distance, distance)
    return result


def _tail_quantile(probability: Floats) -> Floats:
    """Return |z| for the smaller tail probability."""
    root = np.sqrt(-log(probability))
    result = _rational("c", "d", root - _TAIL_SHIFT)
    far = root > _SPLIT_TAIL
    if far.any():
        result[far] = _rational("e", "f", root[far] - _SPLIT_TAIL)
    return result


def _rational(above: str, below: str, variable: Floats) -> Floats:
    """Return the quotient of two of the published polynomials."""
    return _horner(variable, AS241[above][::-1]) / _horner(variable, AS241[below][::-1])
