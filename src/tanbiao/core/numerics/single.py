"""Standard normal draws and eˣ in single precision, for the draws of whole systems.

Like :mod:`tanbiao.core.numerics.formulas`, every function takes NumPy arrays as it stands and scalars where a compiler
has taken it over: float32 and int32 here. Only + − × ÷, comparisons, exact bit operations, roundings of whole numbers
and the IEEE-exact square root are used, in one order, so both paths give the same bits. There is no branch, so that a
compiler can fill vector registers of any width. A draw is off by up to 4e-7 of itself (or of 1 where it is smaller),
far below what any number of samples could tell.

Sources: Wichura 1988, AS 241, PPND7 (normal quantile, 7 digits); Cody & Waite 1980 (exp); artanh series (log).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tanbiao.core.numerics.formulas import horner, select

Number = Any  # a NumPy array of float32, or a scalar in a compiled loop
Word = Any  # the same of int32


def _singles(*numbers: float) -> tuple[np.float32, ...]:
    return tuple(np.float32(number) for number in numbers)


# Wichura, M.J. (1988), Algorithm AS 241, PPND7, Applied Statistics 37:477-484: numerators and denominators for
# |p − 1/2| ≤ 0.425 (a, b) and for the tails up to sqrt(−ln p) = 5 (c, d), constant term first. The third pair is for
# p < e⁻²⁵ = 1.4e-11 and no probability here is below 2⁻³³ = 1.2e-10.
PPND7: dict[str, tuple[float, ...]] = {
    "a": (3.3871327179e0, 5.0434271938e1, 1.5929113202e2, 5.9109374720e1),
    "b": (1.0, 1.7895169469e1, 7.8757757664e1, 6.7187563600e1),
    "c": (1.4234372777e0, 2.7568153900e0, 1.3067284816e0, 1.7023821103e-1),
    "d": (1.0, 7.3700164250e-1, 1.2021132975e-1),
}
_A, _B, _C, _D = (_singles(*PPND7[name][::-1]) for name in "abcd")
_SPLIT, _SPLIT_SQUARED, _TAIL_SHIFT = _singles(0.425, 0.180625, 1.6)

_ZERO, _HALF, _ONE, _TWO, _SMALLEST = _singles(0.0, 0.5, 1.0, 2.0, 2.0**-32)
_BELOW_SIGN, _SIGN = np.int32(0x7FFFFFFF), np.int32(-0x80000000)
_EXPONENT = np.int32(23)
_SQRT_HALF_BITS = np.int32(0x3F3504F3)
# 2 artanh(s) = 2s + s·Σ 2 s²ᵏ/(2k+1); with |s| ≤ 3 − √8 the rest after k = 4 is below 2⁻²⁸ of the sum.
_LOG = _singles(2 / 9, 2 / 7, 2 / 5, 2 / 3)
_LN2 = np.float32(0.6931471805599453)

# The leading 16 bits of ln 2, so that k · it is exact, and the rest (DLMF 4.2(ii)).
_LN2_HIGH, _LN2_LOW = _singles(0.693145751953125, 1.428606820309417e-06)
_PER_LN2 = np.float32(1.4426950408889634)
_ROUNDER = np.float32(1.5 * 2**23)
"""Added and taken away again, it rounds to a whole number, halves to even."""
# Taylor of (eʳ − 1 − r)/r² up to r⁵/7!; with |r| ≤ ln 2 / 2 the rest is below 2⁻²⁷ of eʳ.
_EXP = _singles(1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2)

LARGEST_NORMAL = 6.4
"""Above |z| of the smallest probability, 2⁻³³."""
LARGEST_SIGMA = 13.0
"""Up to here sigma · z stays where eˣ of float32 neither overflows nor loses bits; 13 · 6.4 < 87."""


def bits(value: Number) -> Word:
    """Return the bits of float32 as int32."""
    return value.view(np.int32)


def from_bits(word: Word) -> Number:
    """Return the float32 of the bits in an int32."""
    return word.view(np.float32)


def tail_probability(word: Word) -> Number:
    """Return (m + ½) · 2⁻³² of the lower 31 bits m, rounded to float32 as they are converted: 0 < p ≤ ½."""
    return (np.float32(np.int32(word & _BELOW_SIGN)) + _HALF) * _SMALLEST


def minus_log(p: Number) -> Number:
    """Return −ln p for positive float32 that are not subnormal.

    = −(k ln 2 + 2 artanh(s)) with p = 2ᵏ (1 + f), √½ ≤ 1 + f < √2, s = f / (2 + f).
    """
    word = bits(p)
    exponent = np.int32((word - _SQRT_HALF_BITS) >> _EXPONENT)
    fraction = from_bits(word - (exponent << _EXPONENT))
    ratio = (fraction - _ONE) / (fraction + _ONE)
    square = ratio * ratio
    return _ZERO - (np.float32(exponent) * _LN2 + (ratio * _TWO + ratio * (square * horner(square, _LOG))))


def normal(word: Word, p: Number, minus_log_p: Number) -> Number:
    """Return the standard normal draw of a word: |z| with the upper tail p, the word's first bit as sign.

    Parameters
    ----------
    p, minus_log_p
        :func:`tail_probability` of the word, and :func:`minus_log` of it.
    """
    centred = _HALF - p
    inside = centred <= _SPLIT
    near = _SPLIT_SQUARED - centred * centred
    far = np.sqrt(minus_log_p) - _TAIL_SHIFT
    above = select(inside, centred * horner(near, _A), horner(far, _C))
    below = select(inside, horner(near, _B), horner(far, _D))
    return from_bits(bits(above / below) ^ (word & _SIGN))


def exp(x: Number) -> Number:
    """Return eˣ for |x| ≤ 87.

    = 2ᵏ (1 + r + r² q(r)) with x = k ln 2 + r, |r| ≤ ln 2 / 2, q the Taylor polynomial.
    """
    exponent = (x * _PER_LN2 + _ROUNDER) - _ROUNDER
    reduced = (x - exponent * _LN2_HIGH) - exponent * _LN2_LOW
    result = (reduced + reduced * reduced * horner(reduced, _EXP)) + _ONE
    return from_bits(bits(result) + (np.int32(exponent) << _EXPONENT))
