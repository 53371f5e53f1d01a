"""The uncertainty of a linked system: a distribution for each stored entry of its matrices, and market shares.

Each entry of the technosphere, the interventions and the characterisation is fixed, log-normal (the sign of the
amount stays outside the logarithm), normal, triangular or uniform. The nominal value is always the matrix entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from tanbiao.core.lca.errors import InvalidSystem
from tanbiao.core.lca.inputs import Floats, Integers, Matrix, MatrixLike, Names
from tanbiao.core.lca.system import ProductSystem
from tanbiao.core.numerics.distributions import Distribution, Fixed, LogNormal, Normal, Triangular
from tanbiao.core.numerics.draw_table import Kind
from tanbiao.core.numerics.philox import philox4x32, stream_of

Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Spreads:
    """A distribution for each stored entry of one matrix, in the order of the matrix's ``data`` (CSC, rows ascending).

    Attributes
    ----------
    kind
        (nnz,) of :class:`Kind`.
    first, second, third
        (nnz,) parameters; see :class:`Kind`.
    """

    kind: NDArray[np.int8]
    first: Floats
    second: Floats
    third: Floats

    @classmethod
    def fixed(cls, matrix: Matrix) -> Spreads:
        """Return no uncertainty: every entry has its value."""
        count = len(matrix.data)
        return cls(np.zeros(count, dtype=np.int8), np.array(matrix.data), np.zeros(count), np.zeros(count))

    @classmethod
    def lognormal(cls, matrix: Matrix, sigma: MatrixLike) -> Spreads:
        """Return log-normal entries whose median is the entry; sigma 0 is fixed.

        Parameters
        ----------
        sigma
            (nnz,) in the order of ``matrix.data``, or a matrix of the same shape (no entry: 0).

        Raises
        ------
        InvalidSystem
            ``uncertainty_shape``; what the numbers must be is tested when a model is made.
        """
        given = _aligned(matrix, sigma)
        kind = np.where(given != 0, Kind.LOGNORMAL, Kind.FIXED).astype(np.int8)
        return cls(kind, np.array(matrix.data), given, np.zeros(len(given)))

    @classmethod
    def of(cls, matrix: Matrix, distributions: Mapping[tuple[int, int], Distribution]) -> Spreads:
        """Return the given distributions by (row, column); every other entry is fixed.

        Raises
        ------
        InvalidSystem
            ``uncertainty_no_entry``: the matrix has nothing at that place.
        """
        result = cls.fixed(matrix)
        for (row, column), distribution in distributions.items():
            at = _position(matrix, row, column)
            kind, parameters = _parameters(distribution)
            result.kind[at] = kind
            for array, value in zip((result.first, result.second, result.third), parameters, strict=True):
                array[at] = value
        return result

    @property
    def variance(self) -> Floats:
        """(nnz,) variance of each entry (formulas in :mod:`tanbiao.core.numerics.distributions`)."""
        first, second, third = self.first, self.second, self.third
        square = second * second
        below, above = second - first, third - second
        with np.errstate(over="ignore", invalid="ignore"):
            choices = [
                np.zeros(len(first)),
                first * first * np.exp(square) * np.expm1(square),
                square,
                (below * below + above * above + below * above) / 18.0,
                below * below / 12.0,
            ]
        return np.asarray(np.choose(self.kind, choices))

    def check(self, what: str, matrix: Matrix, rows: Names, columns: Names) -> None:
        """Test every distribution.

        Raises
        ------
        InvalidSystem
            ``uncertainty_shape``, ``uncertainty_kind``, ``uncertainty_not_finite``, ``uncertainty_negative``,
            ``uncertainty_bounds``: with the row and the column of the first entry that is wrong.
        """
        for array in (self.kind, self.first, self.second, self.third):
            if np.shape(array) != matrix.data.shape:
                raise _shape_error(what, np.shape(array), matrix)
        kind = self.kind
        sloped, flat = kind == Kind.TRIANGULAR, kind == Kind.UNIFORM
        spread = (kind == Kind.LOGNORMAL) | (kind == Kind.NORMAL)
        finite = np.isfinite(self.first) & np.isfinite(self.second) & np.isfinite(self.third)
        disordered = sloped & ~((self.first <= self.second) & (self.second <= self.third))
        disordered |= flat & ~(self.first <= self.second)
        wrong = {
            "uncertainty_kind": ~np.isin(kind, list(Kind)),
            "uncertainty_not_finite": ~finite,
            "uncertainty_negative": spread & (self.second < 0),
            "uncertainty_bounds": disordered,
        }
        for code, bad in wrong.items():
            if bad.any():
                raise self._error(code, what, matrix, np.flatnonzero(bad), rows, columns)

    def _error(self, code: str, what: str, matrix: Matrix, bad: Integers, rows: Names, columns: Names) -> InvalidSystem:
        at = int(bad[0])
        column = int(np.searchsorted(matrix.indptr, at, side="right")) - 1
        numbers = ", ".join(f"{array[at]:g}" for array in (self.first, self.second, self.third))
        return InvalidSystem.of(
            code,
            what,
            row=str(rows[int(matrix.indices[at])]),
            column=str(columns[column]),
            value=numbers,
            count=len(bad),
        )


def _parameters(distribution: Distribution) -> tuple[Kind, tuple[float, float, float]]:
    if isinstance(distribution, Fixed):
        return Kind.FIXED, (distribution.value, 0.0, 0.0)
    if isinstance(distribution, LogNormal):
        return Kind.LOGNORMAL, (distribution.median, distribution.sigma, 0.0)
    if isinstance(distribution, Normal):
        return Kind.NORMAL, (distribution.mean, distribution.sd, 0.0)
    if isinstance(distribution, Triangular):
        return Kind.TRIANGULAR, (distribution.low, distribution.mode, distribution.high)
    return Kind.UNIFORM, (distribution.low, distribution.high, 0.0)


def _shape_error(what: str, found: tuple[int, ...], matrix: Matrix) -> InvalidSystem:
    return InvalidSystem.of("uncertainty_shape", what, found=str(found), needed=len(matrix.data))


def _aligned(matrix: Matrix, given: MatrixLike) -> Floats:
    """Return numbers in the order of ``matrix.data``."""
    if not sp.issparse(given):
        array = np.asarray(given, dtype=np.float64)
        if array.shape == matrix.data.shape:
            return array.copy()
        if array.shape != matrix.shape:
            raise _shape_error("sigma", array.shape, matrix)
        given = sp.csc_array(array)
    if given.shape != matrix.shape:
        raise _shape_error("sigma", given.shape, matrix)
    stored = sp.coo_array(given)
    keys = _keys(matrix)
    asked = stored.col.astype(np.int64) * matrix.shape[0] + stored.row
    used = stored.data != 0
    at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    if (keys[at] != asked)[used].any():
        first = int(np.flatnonzero((keys[at] != asked) & used)[0])
        raise InvalidSystem.of(
            "uncertainty_no_entry", "sigma", row=int(stored.row[first]), column=int(stored.col[first])
        )
    result = np.zeros(len(keys))
    result[at[used]] = stored.data[used]
    return result


def _keys(matrix: Matrix) -> Integers:
    column = np.repeat(np.arange(matrix.shape[1], dtype=np.int64), np.diff(matrix.indptr))
    return np.asarray(column * matrix.shape[0] + matrix.indices)


def _position(matrix: Matrix, row: int, column: int) -> int:
    """Return where the entry (row, column) stands in ``matrix.data``."""
    if 0 <= row < matrix.shape[0] and 0 <= column < matrix.shape[1]:
        first, last = int(matrix.indptr[column]), int(matrix.indptr[column + 1])
        found = np.flatnonzero(matrix.indices[first:last] == row)
        if found.size:
            return first + int(found[0])
    raise InvalidSystem.of("uncertainty_no_entry", "technosphere", row=int(row), column=int(column))


@dataclass(frozen=True)
class ShareGroups:
    """Entries of the technosphere that are divided by their sum in every sample, so that they keep the nominal sum.

    Attributes
    ----------
    start
        (groups + 1,): group g has the members ``start[g]:start[g + 1]``.
    member
        Positions in ``technosphere.data``.
    total
        (groups,) nominal sum.
    """

    start: Integers
    member: Integers
    total: Floats

    @classmethod
    def of(cls, system: ProductSystem, groups: Sequence[Sequence[tuple[int, int]]]) -> ShareGroups:
        """Read groups of (product, process) pairs.

        Raises
        ------
        InvalidSystem
            ``uncertainty_shares``: a group of several processes, of different signs, with the process's own product or
            with an entry of another group; ``uncertainty_no_entry``.
        """
        matrix = system.technosphere
        member: list[int] = []
        start, totals = [0], []
        for pairs in groups:
            places = [_position(matrix, row, column) for row, column in pairs]
            values = matrix.data[places]
            column = system.processes[pairs[0][1]] if pairs else "?"
            if (
                not pairs
                or len({process for _, process in pairs}) > 1
                or not ((values < 0).all() or (values > 0).all())
                or any(system.references[process] == product for product, process in pairs)
            ):
                raise InvalidSystem.of("uncertainty_shares", "shares", column=str(column))
            member += places
            start.append(len(member))
            totals.append(sum(values.tolist()))
        if len(set(member)) != len(member):
            twice = next(place for place in member if member.count(place) > 1)
            owner = int(np.searchsorted(matrix.indptr, twice, side="right")) - 1
            raise InvalidSystem.of("uncertainty_shares", "shares", column=str(system.processes[owner]))
        return cls(np.array(start, dtype=np.int64), np.array(member, dtype=np.int64), np.array(totals))


class UncertainSystem:
    """A system and the distribution of every entry of its matrices.

    Parameters
    ----------
    system
        The nominal system.
    technosphere, interventions, characterization
        :class:`Spreads` of each matrix, or sigmas of log-normal entries (array in the order of ``data``, or a matrix);
        None: fixed.
    shares
        Groups of (product, process) pairs of one process each whose drawn values are divided by their sum (market
        shares), so that they keep their nominal sum.

    Raises
    ------
    InvalidSystem
        ``uncertainty_shape``, ``uncertainty_kind``, ``uncertainty_not_finite``, ``uncertainty_negative``,
        ``uncertainty_bounds``, ``uncertainty_no_entry``, ``uncertainty_shares``: naming row and column.

    Notes
    -----
    The random numbers of an entry belong to the names of its row and column (to the indices where there are no names),
    so an entry keeps its draws when others come or go. A gas has one stream for all indicators: indicators with the
    same factor and spread draw the same values, and kinds of emission given as indicators still add up to the total.
    """

    def __init__(
        self,
        system: ProductSystem,
        technosphere: Spreads | ArrayLike | None = None,
        interventions: Spreads | ArrayLike | None = None,
        characterization: Spreads | ArrayLike | None = None,
        shares: Sequence[Sequence[tuple[int, int]]] = (),
    ) -> None:
        self.system = system
        self.technosphere = _spreads("technosphere", system.technosphere, technosphere)
        self.interventions = _spreads("interventions", system.interventions, interventions)
        self.characterization = _spreads("characterization", system.characterization, characterization)
        axes = (
            (self.technosphere, "technosphere", system.technosphere, system.products, system.processes),
            (self.interventions, "interventions", system.interventions, system.gases, system.processes),
            (self.characterization, "characterization", system.characterization, system.indicators, system.gases),
        )
        for spreads, what, matrix, rows, columns in axes:
            spreads.check(what, matrix, rows, columns)
        self.shares = ShareGroups.of(system, shares)

    @cached_property
    def streams(self) -> tuple[Words, Words, Words]:
        """Stream number of each entry of the three matrices, in the order of their ``data``."""
        system = self.system
        products, processes, gases = (_words(names) for names in (system.products, system.processes, system.gases))
        technosphere, interventions = system.technosphere, system.interventions
        characterization = system.characterization
        gas = np.repeat(gases, np.diff(characterization.indptr))
        return (
            _mixed(products[technosphere.indices], np.repeat(processes, np.diff(technosphere.indptr)), 1),
            _mixed(gases[interventions.indices], np.repeat(processes, np.diff(interventions.indptr)), 2),
            _mixed(gas, np.zeros_like(gas), 3),
        )


def _spreads(what: str, matrix: Matrix, given: Spreads | ArrayLike | None) -> Spreads:
    if given is None:
        return Spreads.fixed(matrix)
    if isinstance(given, Spreads):
        return given
    try:
        return Spreads.lognormal(matrix, given)
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidSystem):
            raise
        raise InvalidSystem.of("matrix_malformed", what, reason=str(error)) from error


def _words(names: Names) -> Words:
    """Return one 64-bit word for each label of an axis."""
    if names.names is None:
        return np.arange(names.count, dtype=np.uint64)
    return np.array([stream_of(name) for name in names.names], dtype=np.uint64)


def _mixed(row: Words, column: Words, matrix: int) -> Words:
    """Return one stream number for each (row, column) of a matrix: a Philox block of both words."""
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    first, second, _, _ = philox4x32((row & low, row >> shift, column & low, column >> shift), (matrix, 0))
    mixed: Words = (first << shift) | second
    return mixed
