"""One block of a system, factorised: solves, transposed solves, condition."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.linalg import LinAlgWarning, lu_factor, lu_solve
from scipy.sparse.linalg import splu

from tanbiao.core.lca.inputs import Floats, Integers, Matrix

Ordering = Literal["MMD_AT_PLUS_A", "NATURAL", "COLAMD"]

_EQUILIBRATION_ROUNDS = 8
_ESTIMATE_ROUNDS = 5
# Backward error above which the diagonal pivots are given up for pivots chosen by size.
_GROWTH_LIMIT = 1e-12
# Project defaults, not official: below the first size the order of a loop hardly matters; a table of the given share is
# faster as a dense one, and one above the given size does not fit a processor's cache.
SMALL_LOOP = 32
DENSE_SIZE, DENSE_SHARE = 1500, 0.10
_LARGE_LOOP, _SMALLEST_HUB, _HUB_FACTOR = 500, 16, 3.0


class ExactlySingular(ArithmeticError):
    """A pivot of the factorisation is zero."""


class Triangles(NamedTuple):
    """Factors to be substituted step by step: ``L U z = (row · b)[given]``, ``x[found] = z``, ``x = column · x``."""

    given: Integers
    found: Integers
    lower: Matrix
    """L below its diagonal of ones, by columns."""
    upper: Matrix
    """U with its diagonal, by columns."""


@dataclass(frozen=True)
class Factor:
    """LU factors of P·R·M·C·Pᵀ: R and C bring all rows and columns to a largest entry of 1, P orders them."""

    lu: Any  # scipy.sparse.linalg.SuperLU
    row: Floats
    column: Floats
    order: Integers
    norm: float
    """1-norm of R·M·C."""
    pivoting: str
    """``diagonal``; ``partial`` where diagonal pivots lost too many digits; ``dense`` for a table (partial as well)."""

    def solve(self, right: Floats, transposed: bool = False) -> Floats:
        """Return M⁻¹·right (or M⁻ᵀ·right); ``right`` is (n,) or (n, k)."""
        before, after = (self.column, self.row) if transposed else (self.row, self.column)
        return _times(after, self._scaled(_times(before, right), transposed))

    def _scaled(self, right: Floats, transposed: bool) -> Floats:
        """Solve with R·M·C."""
        solution = np.empty_like(right)
        solution[self.order] = self.lu.solve(right[self.order], "T" if transposed else "N")
        return solution

    def triangles(self) -> Triangles:
        """Return the triangles of R·M·C and the order of their steps."""
        given, found = np.empty((2, len(self.order)), dtype=np.int64)
        given[self.lu.perm_r] = found[self.lu.perm_c] = self.order
        return Triangles(given, found, sp.csc_array(sp.tril(self.lu.L, -1)), sp.csc_array(self.lu.U))

    def condition(self) -> float:
        """Return the estimated 1-norm condition of R·M·C."""
        size = len(self.order)
        return self.norm * inverse_norm(lambda x: self._scaled(x, False), lambda x: self._scaled(x, True), size)


def _times(scale: Floats, right: Floats) -> Floats:
    return np.asarray(scale * right if right.ndim == 1 else scale[:, None] * right)


def equilibrate(matrix: Matrix) -> tuple[Floats, Floats]:
    """Return row and column scales that bring every row's and column's largest entry near 1.

    Ruiz, D. (2001), "A scaling algorithm to equilibrate both rows and columns norms in matrices", RAL-TR-2001-034.
    The scales are powers of two, so that scaling itself rounds nothing.
    """
    entries = sp.coo_array(matrix)
    size = np.abs(entries.data)
    row, column = np.ones(matrix.shape[0]), np.ones(matrix.shape[1])
    for _ in range(_EQUILIBRATION_ROUNDS):
        current = row[entries.row] * size * column[entries.col]
        row_largest, column_largest = np.zeros_like(row), np.zeros_like(column)
        np.maximum.at(row_largest, entries.row, current)
        np.maximum.at(column_largest, entries.col, current)
        row /= _power_near_root(row_largest)
        column /= _power_near_root(column_largest)
    return row, column


def _power_near_root(values: Floats) -> Floats:
    """Return the power of two nearest to the square root, 1 for a zero."""
    _, exponent = np.frexp(np.where(values > 0, values, 1.0))
    return np.asarray(np.ldexp(1.0, exponent // 2), dtype=np.float64)


def factorise(matrix: Matrix, is_loop: bool) -> Factor:
    """Factorise one block with static diagonal pivots and minimum degree; triangular runs in their own order.

    Raises
    ------
    ExactlySingular
    """
    row, column = equilibrate(matrix)
    scaled = sp.csc_array(sp.diags_array(row) @ matrix @ sp.diags_array(column))
    norm = float(abs(scaled).sum(axis=0).max())
    own = np.arange(scaled.shape[0])
    if not is_loop:
        return Factor(_lu(scaled, "NATURAL", False, 0.0), row, column, own, norm, "diagonal")
    if is_table(scaled):
        return Factor(_Table(scaled.toarray()), row, column, own, norm, "dense")
    order = hubs_last(scaled)
    ordering: Ordering = "MMD_AT_PLUS_A" if order is None else "NATURAL"
    order = own if order is None else order
    ordered = sp.csc_array(scaled[:, order][order])
    lu = _lu(ordered, ordering, True, 0.0)
    if _backward_error(ordered, lu) <= _GROWTH_LIMIT:
        return Factor(lu, row, column, order, norm, "diagonal")
    return Factor(_lu(scaled, "COLAMD", False, 1.0), row, column, own, norm, "partial")


def is_table(pattern: Matrix) -> bool:
    """Whether a loop is better solved as a dense table."""
    size = pattern.shape[0]
    return bool(SMALL_LOOP < size < DENSE_SIZE and pattern.nnz > DENSE_SHARE * size * size)


class _Table:
    """LAPACK's factors of a dense table, solved as SuperLU's are."""

    def __init__(self, table: Floats) -> None:
        with warnings.catch_warnings():
            # A zero pivot is told below, by name.
            warnings.simplefilter("ignore", LinAlgWarning)
            self._factors = lu_factor(table)
        if not np.diagonal(self._factors[0]).all():
            raise ExactlySingular("a pivot of the dense table is zero")
        self.nnz = table.size
        # As SuperLU says it: row i becomes row perm_r[i].
        swapped = np.arange(len(table))
        for row, other in enumerate(self._factors[1].tolist()):
            swapped[[row, other]] = swapped[[other, row]]
        self.perm_r, self.perm_c = np.argsort(swapped), np.arange(len(table))

    @property
    def L(self) -> Matrix:  # noqa: N802 — SuperLU's name
        """The lower factor with its diagonal of ones."""
        return sp.csc_array(np.tril(self._factors[0], -1) + np.eye(len(self.perm_r)))

    @property
    def U(self) -> Matrix:  # noqa: N802 — SuperLU's name
        """The upper factor."""
        return sp.csc_array(np.triu(self._factors[0]))

    def solve(self, right: Floats, trans: Literal["N", "T"] = "N") -> Floats:
        return np.asarray(lu_solve(self._factors, right, trans=1 if trans == "T" else 0), dtype=np.float64)


def hubs_last(matrix: Matrix) -> Integers | None:
    """Return an order for a large loop: minimum degree without its hubs, then the hubs; None where there are none.

    A hub (grid electricity, lorry transport) touches hundreds of processes and makes minimum degree slow without
    helping it, as in AMD (Amestoy, Davis & Duff 1996, SIAM J. Matrix Anal. Appl. 17:886), which defers dense rows too;
    deferred at three times the median degree, the two benchmark databases factorise seven to ten times as fast.
    """
    size = matrix.shape[0]
    if size < _LARGE_LOOP:
        return None
    pattern = sp.csr_array(abs(matrix) + abs(matrix.T))
    degree = np.diff(pattern.indptr)
    hub = degree > max(_SMALLEST_HUB, _HUB_FACTOR * float(np.median(degree)))
    if not hub.any() or hub.sum() > size // 4:
        return None
    rest = np.flatnonzero(~hub)
    try:
        inner = minimum_degree(sp.csc_array(matrix[:, rest][rest]))
    except ExactlySingular:
        return None
    return np.concatenate([rest[inner], np.flatnonzero(hub)])


def minimum_degree(matrix: Matrix) -> Integers:
    """Return SuperLU's minimum-degree order of M + Mᵀ.

    Raises
    ------
    ExactlySingular
    """
    return np.argsort(_lu(matrix, "MMD_AT_PLUS_A", True, 0.0).perm_c)


def _lu(matrix: Matrix, ordering: Ordering, symmetric: bool, threshold: float) -> Any:
    try:
        return splu(matrix, permc_spec=ordering, diag_pivot_thresh=threshold, options={"SymmetricMode": symmetric})
    except RuntimeError as error:
        raise ExactlySingular(str(error)) from error


def _backward_error(matrix: Matrix, lu: Any) -> float:
    """Return the normwise backward error of one solve with all ones."""
    right = np.ones(matrix.shape[0])
    solution = lu.solve(right)
    if not np.isfinite(solution).all():
        return np.inf
    return relative_residual(matrix, abs(matrix), solution, right)


def relative_residual(matrix: Matrix, size: Matrix, solution: Floats, right: Floats) -> float:
    """Return max |right − M·x| / (|M|·|x| + |right|), row by row (Oettli & Prager 1964, Numer. Math. 6:405).

    ``size`` is |M|. A solution that is not finite gives NaN or infinity, which is below no limit.
    """
    residual = np.abs(right - matrix @ solution)
    scale = size @ np.abs(solution) + np.abs(right)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(residual == 0, 0.0, residual / scale)
    return float(ratio.max(initial=0.0))


def inverse_norm(solve: Callable[[Floats], Floats], solve_transposed: Callable[[Floats], Floats], size: int) -> float:
    """Return a lower bound, nearly always sharp, of ‖M⁻¹‖₁ from a few solves.

    Higham, N.J. (1988), "FORTRAN codes for estimating the one-norm of a real or complex matrix", ACM Trans. Math.
    Softw. 14:381, algorithm 2.4; without random starts, so that the same system always gets the same estimate.
    """
    vector = solve(np.full(size, 1.0 / size))
    estimate = float(np.abs(vector).sum())
    if size == 1 or not np.isfinite(estimate):
        return estimate if np.isfinite(estimate) else np.inf
    signs = np.where(vector >= 0, 1.0, -1.0)
    for _ in range(_ESTIMATE_ROUNDS):
        gradient = solve_transposed(signs)
        unit = np.zeros(size)
        unit[int(np.argmax(np.abs(gradient)))] = 1.0
        vector = solve(unit)
        candidate = float(np.abs(vector).sum())
        if not np.isfinite(candidate):
            return np.inf
        new_signs = np.where(vector >= 0, 1.0, -1.0)
        if candidate <= estimate:
            break
        estimate = candidate
        if (new_signs == signs).all():
            break
        signs = new_signs
    alternating = np.where(np.arange(size) % 2 == 0, 1.0, -1.0) * (1.0 + np.arange(size) / (size - 1))
    return max(estimate, 2.0 * float(np.abs(solve(alternating)).sum()) / (3.0 * size))
