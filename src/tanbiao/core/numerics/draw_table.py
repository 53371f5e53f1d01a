"""Draws of many uncertain numbers at once: row i, sample k is a function of (seed, stream of row i, k) alone.

:class:`DrawTable` has the bits of :func:`tanbiao.core.numerics.sampling.sample` for each row; :class:`SystemTable`, for
the exchanges of a whole system, draws in single precision and several times as fast. Neither the number of rows nor the
piece of samples asked for changes a bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics import formulas, single
from tanbiao.core.numerics.elementary import exp, log, normal_quantile
from tanbiao.core.numerics.philox import round_keys, uniform_rows, word_rows

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Words = NDArray[np.uint64]

LANES = 8
"""Samples that the compiled loops draw at a time."""
_PIECE = 16_384
"""Numbers drawn at a time with NumPy: 128 kB of float64."""
_LARGEST_EXPONENT, _LARGEST_PARAMETER = 700.0, 1e150


class Kind(IntEnum):
    """Distribution of an entry; its parameters ``first``, ``second``, ``third`` in brackets."""

    FIXED = 0
    """(value)"""
    LOGNORMAL = 1
    """(median with its sign, sigma of ln|X|)"""
    NORMAL = 2
    """(mean, sd)"""
    TRIANGULAR = 3
    """(low, mode, high)"""
    UNIFORM = 4
    """(low, high)"""


@dataclass(frozen=True)
class DrawTable:
    """Uncertain numbers as columns.

    Attributes
    ----------
    kind
        (rows,) of :class:`Kind`.
    first, second, third
        (rows,) parameters.
    stream
        (rows,) of uint64.
    sign
        (rows,) 1.0 or −1.0, by which a draw is multiplied (exact).
    """

    kind: NDArray[np.int8]
    first: Floats
    second: Floats
    third: Floats
    stream: Words
    sign: Floats

    @cached_property
    def rows_of(self) -> tuple[Integers, ...]:
        """Rows of each kind, ascending."""
        return tuple(np.flatnonzero(self.kind == kind) for kind in Kind)

    def draw(self, seed: int, first: int, count: int) -> Floats:
        """Return samples ``first … first + count − 1`` of every row, (rows, count), drawn with NumPy.

        Raises
        ------
        TanbiaoError
            ``samples_not_finite``: the spread of a row is so large that a draw overflows; ``seed_out_of_range``.
        """
        result = np.empty((len(self.kind), count))
        fixed = self.rows_of[Kind.FIXED]
        result[fixed] = (self.sign[fixed] * self.first[fixed])[:, None]
        step = max(1, _PIECE // max(1, count))
        for kind in list(Kind)[1:]:
            rows = self.rows_of[kind]
            for at in range(0, len(rows), step):
                part = rows[at : at + step]
                result[part] = self.sign[part][:, None] * self._drawn(kind, part, seed, first, count)
        if not np.isfinite(result).all():
            raise TanbiaoError.of("samples_not_finite", what="rows of a system")
        return result

    def _drawn(self, kind: Kind, rows: Integers, seed: int, first: int, count: int) -> Floats:
        """Return draws of rows of one kind, before their sign."""
        probabilities = uniform_rows(seed, self.stream[rows], count, first)
        one, two = self.first[rows][:, None], self.second[rows][:, None]
        with np.errstate(over="ignore"):
            if kind == Kind.LOGNORMAL:
                return one * exp(two * normal_quantile(probabilities))
            if kind == Kind.NORMAL:
                return one + two * normal_quantile(probabilities)
            if kind == Kind.TRIANGULAR:
                return np.asarray(formulas.triangular(one, two, self.third[rows][:, None], probabilities))
            return np.asarray(formulas.uniform(one, two, probabilities))


class SystemTable(DrawTable):
    """Uncertain numbers of a whole system: one 32-bit word and single precision for each draw.

    Word ``k`` of a row's stream (:func:`tanbiao.core.numerics.philox.word_rows`) gives sample ``k``: a standard normal
    draw of :func:`tanbiao.core.numerics.single.normal`, or the probability (word + 2³¹ + ½) · 2⁻³². The median, mean or
    bounds it is put to are float64. A log-normal row takes eˣ in single precision, or with a sigma above 13, where that
    could overflow, in double.
    """

    def taken(self, order: Integers, sign: Floats) -> SystemTable:
        """Return the rows in another order, their draws multiplied by ``sign``."""
        return SystemTable(
            self.kind[order],
            self.first[order],
            self.second[order],
            self.third[order],
            self.stream[order],
            self.sign[order] * sign,
        )

    @cached_property
    def safe(self) -> bool:
        """Whether no draw can overflow, so that the compiled loops need not look."""
        lognormal = self.rows_of[Kind.LOGNORMAL]
        largest_parameter = max(float(np.abs(part).max(initial=0.0)) for part in (self.first, self.second, self.third))
        largest = float(np.abs(self.first[lognormal]).max(initial=0.0))
        exponent = single.LARGEST_NORMAL * float(self.second[lognormal].max(initial=0.0))
        return (largest_parameter < _LARGEST_PARAMETER and exponent < _LARGEST_EXPONENT) and (
            largest == 0.0 or float(log([largest])[0]) + exponent < _LARGEST_EXPONENT
        )

    def fill(self, seed: int, first: int, out: Floats) -> None:
        """Draw samples ``first … first + 7`` into ``out``, (rows, 8), compiled; the bits of :meth:`draw`.

        ``first`` is a multiple of 8, and the table is :attr:`safe`.
        """
        from tanbiao.core.numerics import compiled

        compiled.whole(self.columns, len(self.kind), np.uint64(first // 4), round_keys(seed), out)

    @cached_property
    def columns(self) -> tuple[tuple[NDArray[Any], ...], ...]:
        """What compiled loops read: rows and values without uncertainty; rows, parameters, streams, signs by kind.

        The wide log-normal rows stand last. The sign of a log-normal row is part of its median.
        """
        fixed = self.rows_of[Kind.FIXED]
        parts: list[tuple[NDArray[Any], ...]] = [(fixed, self.sign[fixed] * self.first[fixed])]
        for kind in list(Kind)[1:]:
            own = self.rows_of[kind]
            if kind == Kind.LOGNORMAL:
                own = own[self.second[own] <= single.LARGEST_SIGMA]
                medians, sigmas = self.sign[own] * self.first[own], self.second[own].astype(np.float32)
                parts.append((own, medians, sigmas, self.stream[own]))
            else:
                parameters = self.first[own], self.second[own], self.third[own]
                parts.append((own, *parameters, self.stream[own], self.sign[own]))
        wide = self.rows_of[Kind.LOGNORMAL]
        wide = wide[self.second[wide] > single.LARGEST_SIGMA]
        parts.append((wide, self.sign[wide] * self.first[wide], self.second[wide], self.stream[wide]))
        return tuple(parts)

    def _drawn(self, kind: Kind, rows: Integers, seed: int, first: int, count: int) -> Floats:
        words = word_rows(seed, self.stream[rows], count, first)
        one, two = self.first[rows][:, None], self.second[rows][:, None]
        with np.errstate(over="ignore"):
            if kind in (Kind.LOGNORMAL, Kind.NORMAL):
                p = single.tail_probability(words)
                z = single.normal(words, p, single.minus_log(p))
                if kind == Kind.NORMAL:
                    return np.asarray(one + two * z)
                wide = two[:, 0] > single.LARGEST_SIGMA
                narrow = np.where(wide[:, None], np.float32(0), two.astype(np.float32))
                factor = single.exp(narrow * z).astype(np.float64)
                factor[wide] = exp(two[wide] * z[wide])
                return np.asarray(one * factor)
            p = formulas.unit_of_word(words)
            if kind == Kind.TRIANGULAR:
                return np.asarray(formulas.triangular(one, two, self.third[rows][:, None], p))
            return np.asarray(formulas.uniform(one, two, p))
