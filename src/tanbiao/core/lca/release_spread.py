"""How far the figures of linked processes spread, for a release that has no samples: first order, over the whole chain.

Delta method as in :mod:`tanbiao.core.lca.preview` (Heijungs 2010, Int. J. Life Cycle Assess. 15:511), in the logarithm:
σ² = Σ (∂ln h/∂ln x)² σ²(ln x). What one draw decides (the parts of an exchange, every row of a finished factor) is one
x. Shares of a market are taken as independent, which is at most too wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, NamedTuple

import numpy as np

from tanbiao.core.dataset.exchanges import Spread
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.dataset.uncertainty import Propagated, Unknown
from tanbiao.core.lca.inputs import Floats, Integers, Matrix
from tanbiao.core.lca.release_solve import SolvedRelease
from tanbiao.core.lca.release_system import Entries, LinkedSystem
from tanbiao.core.numerics.draw_table import DrawTable, Kind

Basis = Literal["stated", "scored", "assumed"]
_AT_ONCE: Final = 256
"""Figures whose chains are solved together: some megabytes for a large release."""
WEAK: Final = 0.01
"""Share of the variance below which a weaker basis does not decide what the whole rests on. Project default."""


WIDEST: Final = 1.5
"""σ above which no log-normal describes a figure (its parts cancel): it keeps the assumed profile. Project default."""


def with_spreads(solved: SolvedRelease) -> SolvedRelease:
    """Return the solved release with the spread of its chain for each solved dataset whose spread nobody states."""
    datasets, linked = solved.datasets, solved.linked
    wanted = [
        index
        for index, item in enumerate(datasets)
        if item.is_solved and isinstance(item.uncertainty, Unknown | Propagated)
    ]
    weights = linked.characterisation(solved.gwp_set).sum(axis=0)
    figures = np.asarray(weights @ solved.inventory, dtype=np.float64)
    by_basis = _variances(datasets, linked, figures, weights)
    found: dict[int, Propagated] = {}
    for first in range(0, len(wanted), _AT_ONCE):
        part = wanted[first : first + _AT_ONCE]
        for index, supply in zip(part, _supplies(linked, part), strict=True):
            spread = _propagated(supply, by_basis, abs(float(figures[index]))) if figures[index] else None
            if spread is not None and spread.sigma <= WIDEST:
                found[index] = spread
    return replace(solved, spreads=found)


def _supplies(linked: LinkedSystem, part: Sequence[int]) -> list[Floats]:
    """Return what each process runs for one unit of each dataset."""
    system = linked.system
    return [np.asarray(system.scaling({linked.ids[index]: 1.0})) for index in part]


def _propagated(supply: Floats, by_basis: dict[Basis, Floats], figure: float) -> Propagated:
    squared = supply * supply
    parts = {basis: float(squared @ values) for basis, values in by_basis.items()}
    total = sum(parts.values())
    weakest = next((basis for basis in parts if parts[basis] > WEAK * total), "stated")
    return Propagated(sigma=float(f"{np.sqrt(total) / figure:.6g}"), basis=weakest)


def _variances(
    solved: Sequence[Dataset], linked: LinkedSystem, figures: Floats, weights: Floats
) -> dict[Basis, Floats]:
    """Return, weakest basis first, the variance that each process adds per run: (n,) each, kg² CO2e."""
    inputs = _of_matrix(linked.technosphere, linked.inputs, -figures)
    burdens = _of_matrix(linked.interventions, linked.burdens, weights)
    found: dict[Basis, Floats] = {name: np.zeros(len(solved)) for name in ("assumed", "scored", "stated")}
    for index, item in enumerate(solved):
        found[_basis_of(item)][index] = inputs[index] + burdens[index]
    return found


def _basis_of(item: Dataset) -> Basis:
    """Return the weakest basis of what is drawn for a dataset: of its exchanges, or of its one figure."""
    if not item.is_linked:
        return item.uncertainty_basis
    own = [exchange.uncertainty for exchange in (*item.inputs, *item.emissions)]
    if any(isinstance(one, Unknown) for one in own):
        return "assumed"
    return "scored" if any(one.type == "scored" for one in own if not isinstance(one, Spread)) else "stated"


def _of_matrix(matrix: Matrix, entries: Entries, slope: Floats) -> Floats:
    """Return the variance that the entries of a matrix add per run of each column; ``slope`` as :func:`moved_by`."""
    drawn = moved_by(matrix, entries, slope)
    return np.bincount(drawn.column, drawn.moved * drawn.moved, matrix.shape[1]).astype(np.float64)


class Moved(NamedTuple):
    """How far one σ of each draw of a matrix moves a figure per run of the draw's process; arrays of one length."""

    column: Integers
    moved: Floats
    row: Integers
    """Row of the draw's largest part."""


def moved_by(matrix: Matrix, entries: Entries, slope: Floats) -> Moved:
    """Return what the draws of a matrix move; what one draw decides is one of them.

    Parameters
    ----------
    slope
        Change of the figure per unit of an entry of each row.
    """
    table = entries.table
    columns = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    rows = np.asarray(matrix.indices, dtype=np.int64)
    if entries.start is not None:  # several rows of the table are one entry
        length = np.diff(entries.start)
        columns, rows = np.repeat(columns, length), np.repeat(rows, length)
    keys = np.stack([columns.astype(np.uint64), np.asarray(table.stream, dtype=np.uint64)])
    _, place = np.unique(keys, axis=1, return_inverse=True)
    place = place.reshape(-1)
    size = int(place.max(initial=-1)) + 1
    parts = slope[rows] * _deviations(table)
    column, row = np.zeros((2, size), dtype=np.int64)
    column[place] = columns
    order = np.argsort(np.abs(parts), kind="stable")  # the largest is written last
    row[place[order]] = rows[order]
    return Moved(column, np.asarray(np.bincount(place, parts, size)), row)


def _deviations(table: DrawTable) -> Floats:
    """Return how far one σ moves each row of a table: median · σ(ln X) of a log-normal, else the standard deviation.

    With the sign of the amount, so that parts of one draw add up or cancel as they do.
    """
    first, second, third = table.first, table.second, table.third
    kind = np.asarray(table.kind)
    found = np.where(kind == Kind.LOGNORMAL, first * second, 0.0)
    found = np.where(kind == Kind.NORMAL, np.sign(first) * second, found)
    squares = first**2 + second**2 + third**2 - first * second - first * third - second * third
    found = np.where(kind == Kind.TRIANGULAR, np.sign(second) * np.sqrt(np.maximum(squares, 0.0) / 18.0), found)
    return np.asarray(
        np.where(kind == Kind.UNIFORM, np.sign(first + second) * np.abs(second - first) / np.sqrt(12.0), found)
    )
