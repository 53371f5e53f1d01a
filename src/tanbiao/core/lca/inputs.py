"""Reads the arrays of a system: shapes, finite values, no entry twice, names of the right number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from tanbiao.core.lca.errors import InvalidSystem, Label

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Matrix = Any  # a SciPy sparse array of float64; its type parameters would say nothing that these checks do not
MatrixLike = Any  # a SciPy sparse matrix or array, or anything NumPy makes an array of
Demand = Mapping[Any, float] | ArrayLike
_WHOLE = (int, np.integer)


@dataclass(frozen=True)
class Names:
    """Labels of one axis for messages: the names that were given, else the indices."""

    what: str
    count: int
    names: tuple[str, ...] | None = None

    @classmethod
    def of(cls, what: str, count: int, given: Sequence[object] | None) -> Names:
        """Check that there are as many different names as rows or columns.

        Raises
        ------
        InvalidSystem
            ``names_mismatch``, ``name_twice``.
        """
        if given is None:
            return cls(what, count)
        names = tuple(str(name) for name in given)
        if len(names) != count:
            raise InvalidSystem.of("names_mismatch", what, given=len(names), needed=count)
        if len(set(names)) != count:
            repeated = next(name for name in names if names.count(name) > 1)
            raise InvalidSystem.of("name_twice", what, name=repeated)
        return cls(what, count, names)

    def __getitem__(self, index: int) -> Label:
        return self.names[index] if self.names else int(index)

    def labels(self, indices: Sequence[int] | Integers) -> tuple[Label, ...]:
        """Return the labels of several indices."""
        return tuple(self[int(index)] for index in indices)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.names or ())}

    def index(self, key: object) -> int:
        """Return the index that a name or an index stands for.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``: neither.
        """
        if isinstance(key, str) and key in self._places:
            return self._places[key]
        if isinstance(key, _WHOLE) and not isinstance(key, bool) and 0 <= key < self.count:
            return int(key)
        raise InvalidSystem.of("product_not_in_system", self.what, name=str(key), count=self.count)


def read_matrix(value: MatrixLike, what: str, rows: Names | None, columns: Names | None) -> Matrix:
    """Return a canonical sparse matrix of float64 without stored zeros.

    Parameters
    ----------
    value
        SciPy sparse or dense, two-dimensional; a vector is read as one row.
    what
        The name of the matrix for messages.
    rows, columns
        Names of the axes, whose counts the shape must match; None where it is free.

    Raises
    ------
    InvalidSystem
        ``matrix_malformed``, ``matrix_shape``, ``matrix_not_finite``, ``matrix_entry_twice``.
    """
    matrix = _coordinates(value, what)
    for axis, names in enumerate((rows, columns)):
        if names is not None and matrix.shape[axis] != names.count:
            raise InvalidSystem.of(
                "matrix_shape", what, axis=names.what, found=int(matrix.shape[axis]), needed=names.count
            )
    sound = _by_columns(matrix)
    if sound is not None:
        return sound
    bad = np.flatnonzero(~np.isfinite(matrix.data))
    if bad.size:
        at = int(bad[0])
        raise _entry_error("matrix_not_finite", what, matrix, at, rows, columns, value=str(matrix.data[at]))
    result = sp.csc_array(matrix)
    # SciPy adds up what stands twice: then there are fewer entries than were given.
    if result.nnz != matrix.nnz:
        keys = matrix.row.astype(np.int64) * matrix.shape[1] + matrix.col
        order = np.argsort(keys, kind="stable")
        twice = int(order[np.flatnonzero(np.diff(keys[order]) == 0)[0]])
        raise _entry_error("matrix_entry_twice", what, matrix, twice, rows, columns)
    if not result.data.all():
        result.eliminate_zeros()
    result.sort_indices()
    return result


def _by_columns(matrix: Any) -> Matrix | None:
    """Return the canonical matrix of coordinates without fault, compiled where that pays; else None."""
    # The choice of a compiler needs the types of this module.
    from tanbiao.core.lca.ordering import compiles

    if not compiles(matrix.nnz):
        return None
    from tanbiao.core.lca.kernels_order import by_columns

    fit, start, index, data = by_columns(matrix.row, matrix.col, matrix.data, *matrix.shape)
    if not fit:
        return None
    result = sp.csc_array((data, index, start), shape=matrix.shape)
    result.has_canonical_format = True
    return result


def _coordinates(value: MatrixLike, what: str) -> Any:
    try:
        if sp.issparse(value):
            stored: Any = value
            if isinstance(stored, sp.coo_array) and stored.ndim == 2 and stored.dtype == np.float64:
                return stored
            # SciPy's ``astype`` adds up what stands twice, so only the numbers are converted, never the matrix.
            entries = sp.coo_array(stored)
            return sp.coo_array((_numbers(entries.data, what), entries.coords), shape=entries.shape)
        dense = _numbers(value, what)
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidSystem):
            raise
        raise InvalidSystem.of("matrix_malformed", what, reason=str(error)) from error
    if dense.ndim not in (1, 2):
        raise InvalidSystem.of("matrix_malformed", what, reason=f"{dense.ndim} dimensions instead of two")
    return sp.coo_array(np.atleast_2d(dense))


def _numbers(value: Any, what: str) -> Floats:
    """Return float64; an imaginary part is not dropped but refused."""
    array = np.asarray(value)
    if np.iscomplexobj(array):
        raise InvalidSystem.of("matrix_malformed", what, reason="complex numbers")
    return np.asarray(array, dtype=np.float64)


def _entry_error(
    code: str, what: str, matrix: Any, at: int, rows: Names | None, columns: Names | None, **params: str
) -> InvalidSystem:
    row, column = int(matrix.row[at]), int(matrix.col[at])
    named_row = rows[row] if rows else row
    named_column = columns[column] if columns else column
    return InvalidSystem.of(code, what, row=str(named_row), column=str(named_column), **params)


def read_demand(demand: Demand, products: Names) -> Floats:
    """Return the demand as a vector over products.

    Raises
    ------
    InvalidSystem
        ``product_not_in_system``, ``demand_shape``, ``demand_not_finite`` (also what is no number),
        ``matrix_malformed``: an array that is not one of numbers.
    """
    if isinstance(demand, Mapping):
        vector = np.zeros(products.count)
        for key, amount in demand.items():
            vector[products.index(key)] += as_number(amount)
    else:
        try:
            vector = _numbers(demand, "demand").copy()
        except (TypeError, ValueError) as error:
            if isinstance(error, InvalidSystem):
                raise
            raise InvalidSystem.of("matrix_malformed", "demand", reason=str(error)) from error
        if vector.shape != (products.count,):
            raise InvalidSystem.of("demand_shape", "demand", found=str(vector.shape), needed=products.count)
    bad = np.flatnonzero(~np.isfinite(vector))
    if bad.size:
        raise InvalidSystem.of("demand_not_finite", "demand", name=str(products[int(bad[0])]))
    return vector


def as_number(value: object) -> float:
    """Return an amount as float64; NaN, which no check lets pass, where it is no number."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")
