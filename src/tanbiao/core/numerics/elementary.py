"""exp, log and the normal quantile, made of + − × ÷, comparisons, exact bit operations and the IEEE-exact square root.

Vendor implementations of these functions round differently from one CPU type to the next; these do not, because IEEE
754 fixes every operation they use and NumPy never fuses two of them. Errors stay below 1 ulp for exp and log (tested
against 60-digit decimals) and about 1e-15 relative for the quantile.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics import formulas
from tanbiao.core.numerics.formulas import AS241

__all__ = ["AS241", "Floats", "exp", "exp_scalar", "expm1_scalar", "log", "log_scalar", "normal_quantile"]

Floats = NDArray[np.float64]

_EXP_OVERFLOW = 710.0
_EXP_UNDERFLOW = -746.0


def _refuse(function: str, bad: NDArray[np.bool_], values: Floats) -> None:
    if bad.any():
        raise TanbiaoError.of("outside_domain", function=function, value=repr(float(values[bad].flat[0])))


def exp(x: ArrayLike) -> Floats:
    """Return eˣ, in the shape of ``x``; too large arguments give inf, too small ones 0, as IEEE 754 has it.

    Raises
    ------
    TanbiaoError
        ``outside_domain``: NaN.
    """
    values = np.asarray(x, dtype=np.float64)
    _refuse("exp", np.isnan(values), values)
    result, exponent = formulas.exp_reduced(np.clip(values, _EXP_UNDERFLOW, _EXP_OVERFLOW))
    return _times_power_of_two(result, exponent.astype(np.int64))


def _times_power_of_two(values: Floats, exponent: NDArray[np.int64]) -> Floats:
    """Return values · 2^exponent; in two exact factors, since 2^1024 itself is no float64."""
    half = exponent >> 1
    with np.errstate(over="ignore", under="ignore"):
        scaled: Floats = values * formulas.power_of_two(half) * formulas.power_of_two(exponent - half)
    return scaled


@lru_cache(maxsize=4096)
def exp_scalar(x: float) -> float:
    """Return eˣ of one number, by the same operations as :func:`exp`; remembered, since the same few come again."""
    return float(exp(np.array([x]))[0])


def expm1_scalar(x: float) -> float:
    """Return eˣ − 1 of one number without losing the digits of a small x."""
    if abs(x) > 0.34:  # beyond the range of the Taylor polynomial nothing cancels
        return exp_scalar(x) - 1.0
    reduced = np.array([x])
    return float((reduced + reduced * reduced * formulas.horner(reduced, formulas.EXP_TERMS))[0])


def log(x: ArrayLike) -> Floats:
    """Return ln x, in the shape of ``x``.

    Raises
    ------
    TanbiaoError
        ``outside_domain``: zero, a negative number, infinity or NaN.
    """
    values = np.asarray(x, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        _refuse("log", ~((values > 0) & (values < np.inf)), values)
    fraction, power = np.frexp(values)
    result: Floats = formulas.log_of_parts(fraction, power.astype(np.float64))
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
    result: Floats = formulas.quantile_centre(centred)
    outside = np.abs(centred) > formulas.SPLIT_CENTRE
    if outside.any():
        tail = np.asarray(values[outside])
        distance = _tail_quantile(np.where(tail < 0.5, tail, 1.0 - tail))
        result[outside] = np.where(tail < 0.5, -distance, distance)
    return result


def _tail_quantile(probability: Floats) -> Floats:
    """Return |z| for the smaller tail probability."""
    root = np.sqrt(-log(probability))
    result: Floats = formulas.quantile_tail(root)
    far = root > formulas.SPLIT_TAIL
    if far.any():
        result[far] = formulas.quantile_far(root[far])
    return result
