"""How a footprint answers to its inputs: exact derivatives, what drives its value, exact what-ifs.

With ``h = C B A⁻¹ f``, scaling ``s`` and intensity ``λ`` of one solve each give every derivative (Heijungs & Suh 2002,
ch. 6; Heijungs 2010, Int. J. Life Cycle Assess. 15:511):

    ∂h/∂A[i,j] = −λ[i] s[j]    ∂h/∂B[k,j] = c[k] s[j]    ∂h/∂C[k] = (B s)[k]    ∂h/∂f[i] = λ[i]

``effect`` is ``x · ∂h/∂x``, what the input moves the footprint per relative change; divided by h it is the elasticity.
By Euler's theorem the effects of B, of C and of f each add up to h, those of A to −h.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import scipy.sparse as sp

from tanbiao.core.amounts import add
from tanbiao.core.lca.contributions import Contributions
from tanbiao.core.lca.errors import InvalidSystem, Label
from tanbiao.core.lca.inputs import Floats, Integers, Matrix, Names
from tanbiao.core.lca.updates import Edits
from tanbiao.core.lca.views import EVERYTHING, CutOff

Which = Literal["technosphere", "interventions", "characterization"]
# Below this share of 1 + |δ G| a changed loop takes all tests of a new system; project default, not official.
_REBUILD_BELOW = 1e-6


@dataclass(frozen=True)
class Exchange:
    """One entry of a matrix: product × process, gas × process, or indicator × gas; by index or name."""

    matrix: Which
    row: int | str
    column: int | str


@dataclass(frozen=True)
class Derivatives:
    """Every stored entry of one matrix with its derivative; arrays of one length."""

    matrix: Which
    rows: Integers
    columns: Integers
    values: Floats
    derivatives: Floats
    """Unit of the indicator per unit of the entry."""

    @property
    def effects(self) -> Floats:
        """``x · ∂h/∂x`` in the unit of the indicator."""
        return np.asarray(self.values * self.derivatives)


@dataclass(frozen=True)
class Driver:
    """An input in a ranking."""

    matrix: Which
    row: Label
    column: Label
    value: float
    derivative: float
    effect: float
    elasticity: float | None
    """Relative change of the footprint per relative change of the input; None where the footprint is zero."""


class Sensitivity:
    """Derivatives, rankings and what-ifs of one footprint.

    Parameters
    ----------
    contributions
        The footprint: system, demand and indicator.

    Examples
    --------
    >>> from tanbiao.core.lca import ProductSystem
    >>> system = ProductSystem([[-2, 100], [10, 0]], [[1, 10]], [1])
    >>> Sensitivity(Contributions(system, {1: 1000})).interventions.derivatives.tolist()
    [100.0, 2.0]
    """

    def __init__(self, contributions: Contributions) -> None:
        self.of = contributions
        self.system = contributions.system

    @property
    def total(self) -> float:
        """The footprint ``h``."""
        return self.of.forward_total

    @cached_property
    def _factors(self) -> Floats:
        """``c``: the indicator's factor of each gas."""
        row: Matrix = sp.csr_array(self.system.characterization)[[self.of.row]]
        return np.asarray(row.toarray().ravel(), dtype=np.float64)

    @cached_property
    def technosphere(self) -> Derivatives:
        """``∂h/∂A[i,j] = −λ[i] s[j]`` for every exchange between processes, reference amounts included."""
        entries = sp.coo_array(self.system.technosphere)
        slopes = -self.of.intensity[entries.row] * self.of.scaling[entries.col]
        return _derivatives("technosphere", entries, slopes)

    @cached_property
    def interventions(self) -> Derivatives:
        """``∂h/∂B[k,j] = c[k] s[j]`` for every emission."""
        entries = sp.coo_array(self.system.interventions)
        return _derivatives("interventions", entries, self._factors[entries.row] * self.of.scaling[entries.col])

    @cached_property
    def characterization(self) -> Derivatives:
        """``∂h/∂C[k] = (B s)[k]`` for every factor of this indicator."""
        entries = sp.coo_array(self.system.characterization)
        amounts = self.system.interventions @ self.of.scaling
        return _derivatives(
            "characterization", entries, np.where(entries.row == self.of.row, amounts[entries.col], 0.0)
        )

    @property
    def demand(self) -> Floats:
        """``∂h/∂f = λ``; (products,)."""
        return self.of.intensity

    def all(self) -> tuple[Derivatives, ...]:
        """Return the derivatives of all three matrices."""
        return self.technosphere, self.interventions, self.characterization

    def drivers(self, cut_off: CutOff = EVERYTHING) -> tuple[Driver, ...]:
        """Return the inputs that move the footprint most per relative change, the largest first.

        A reference amount is left out (it scales a whole process and is no input of its own), and so are factors of
        other indicators. What drives the variance is :meth:`tanbiao.core.lca.preview.DeltaMethod.preview`.
        """
        effects = np.concatenate([self._own_effects(each) for each in self.all()])
        bounds = np.cumsum([0, *(len(each.values) for each in self.all())])
        found = []
        for position in cut_off.shown(effects, self.total).tolist():
            matrix = int(np.searchsorted(bounds, position, side="right")) - 1
            found.append(self._driver(self.all()[matrix], position - int(bounds[matrix])))
        return tuple(found)

    def _own_effects(self, each: Derivatives) -> Floats:
        if each.matrix != "technosphere":
            return each.effects
        reference = self.of.maker[each.rows] == each.columns
        return np.where(reference, 0.0, each.effects)

    def _driver(self, each: Derivatives, at: int) -> Driver:
        rows, columns = self._names(each.matrix)
        value, slope = float(each.values[at]), float(each.derivatives[at])
        effect = value * slope
        elasticity = effect / self.total if self.total else None
        labels = rows[int(each.rows[at])], columns[int(each.columns[at])]
        return Driver(each.matrix, *labels, value, slope, effect, elasticity)

    def _names(self, matrix: Which) -> tuple[Names, Names]:
        system = self.system
        return {
            "technosphere": (system.products, system.processes),
            "interventions": (system.gases, system.processes),
            "characterization": (system.indicators, system.gases),
        }[matrix]

    def place(self, exchange: Exchange) -> tuple[int, int]:
        """Return row and column of an exchange.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``: no such row or column.
        """
        rows, columns = self._names(exchange.matrix)
        return rows.index(exchange.row), columns.index(exchange.column)

    def sweep(self, exchange: Exchange, values: Sequence[float] | Floats) -> Floats:
        """Return the exact footprint for each value of one exchange, all else as it is; (values,).

        One solve serves all values (Sherman & Morrison 1950, Ann. Math. Stat. 21:124): with δ the change of A[i,j] and
        ``G = A⁻¹``, ``h' = h − δ λ[i] s[j] / (1 + δ G[j,i])``. Where the new system might not be productive any more
        (the bracket is small or negative, a reference amount turns, a circle with credits) it takes all tests.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``; ``matrix_not_finite``: a value is not a number.
        Unsolvable
            A changed system that has no answer; see :meth:`scenario`.
        """
        row, column = self.place(exchange)
        wanted = np.asarray(values, dtype=np.float64)
        if not np.isfinite(wanted).all():
            raise InvalidSystem.of("matrix_not_finite", "values", row=str(row), column=str(column), value="nan/inf")
        if exchange.matrix == "interventions":
            slope = float(self._factors[row] * self.of.scaling[column])
            return self.total + (wanted - self.entry(exchange)) * slope
        if exchange.matrix == "characterization":
            amount = float((self.system.interventions @ self.of.scaling)[column])
            return self.total + (wanted - self.entry(exchange)) * (amount if row == self.of.row else 0.0)
        return self._swept(exchange, row, column, wanted, self.system.scaling({row: 1.0}))

    def entry(self, exchange: Exchange) -> float:
        """Return the value of an exchange, 0 where there is none; raises as :meth:`place`."""
        row, column = self.place(exchange)
        return float(getattr(self.system, exchange.matrix)[row, column])

    def _swept(self, exchange: Exchange, row: int, column: int, wanted: Floats, inverse: Floats) -> Floats:
        """Apply the rank-one formula; ``inverse`` is column ``row`` of A⁻¹."""
        change = wanted - self.entry(exchange)
        loop = float(inverse[column])
        bracket = 1.0 + change * loop
        safe = bracket > _REBUILD_BELOW * (1.0 + np.abs(change * loop))
        if int(self.of.maker[row]) == column:
            safe &= wanted * self.entry(exchange) > 0
        if loop and any(item.code == "credits_in_system" for item in self.system.findings):
            safe &= change == 0
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = self.of.intensity[row] * self.of.scaling[column]
            result = self.total - change * slope / bracket
        for at in np.flatnonzero(~safe).tolist():
            result[at] = self.scenario({exchange: float(wanted[at])})
        return np.asarray(result)

    def one_at_a_time(self, exchanges: Sequence[Exchange], factors: Sequence[float] = (0.9, 1.1)) -> Floats:
        """Return the exact footprint with each exchange times each factor, one at a time; (exchanges, factors).

        One solve per product among the exchanges.

        Raises
        ------
        InvalidSystem, Unsolvable
            As :meth:`sweep`.
        """
        scales = np.asarray(factors, dtype=np.float64)
        inverse: dict[int, Floats] = {}
        result = np.empty((len(exchanges), len(scales)))
        for at, exchange in enumerate(exchanges):
            row, column = self.place(exchange)
            values = self.entry(exchange) * scales
            if exchange.matrix != "technosphere" or not np.isfinite(values).all():
                result[at] = self.sweep(exchange, values)
                continue
            if row not in inverse:
                inverse[row] = self.system.scaling({row: 1.0})
            result[at] = self._swept(exchange, row, column, values, inverse[row])
        return result

    def scenario(self, changes: Mapping[Exchange, float]) -> float:
        """Return the exact footprint with any number of exchanges set to new values at once.

        Changed processes are updates of the system (see :mod:`tanbiao.core.lca.updates`), with all its refusals.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``, ``amount_not_finite``.
        Unsolvable
            The changed system has no trustworthy answer.
        """
        edits = Edits(self.system)
        columns: dict[int, tuple[dict[int, float], dict[int, float]]] = {}
        factors = sp.lil_array(self.system.characterization)
        for exchange, value in changes.items():
            row, column = self.place(exchange)
            if exchange.matrix == "characterization":
                factors[row, column] = value
                continue
            own = columns.setdefault(column, edits.column(column))
            own[0 if exchange.matrix == "technosphere" else 1][row] = value
        for process, (amounts, emitted) in columns.items():
            edits.edit(process, amounts, emitted)
        if any(exchange.matrix == "characterization" for exchange in changes):
            edits.weigh(factors.tocsc())
        wanted = np.flatnonzero(self.of.demand)
        intensity = edits.intensities()[self.of.row]
        return add(0.0, *(intensity[wanted] * self.of.demand[wanted]).tolist())

    def scenarios(self, named: Mapping[str, Mapping[Exchange, float]]) -> dict[str, float]:
        """Return the exact footprint of each scenario by its name."""
        return {name: self.scenario(changes) for name, changes in named.items()}


def _derivatives(matrix: Which, entries: Matrix, slopes: Floats) -> Derivatives:
    rows, columns = entries.row.astype(np.int64), entries.col.astype(np.int64)
    return Derivatives(matrix, rows, columns, np.asarray(entries.data), np.asarray(slopes))
