"""What if: edited processes, new products, another characterisation, and all footprints again without solving anew.

With the columns ``J`` of the technosphere changed by ``U`` (products × edits) the adjoint becomes
``(Aᵀ + E_J Uᵀ) λ' = d + E_J ΔD``. Let ``Z = A⁻ᵀ E_J`` be the *responses*: what one unit of burden at process ``j`` adds
to every product. Then (Woodbury 1950, Inverting Modified Matrices; for one edit Sherman & Morrison 1950, Ann. Math.
Stat. 21:124)::

    λ' = λ + Z W,    (I + Uᵀ Z) W = ΔD − Uᵀ λ

The pivots of ``I + Uᵀ Z`` are the ratios of the determinants before and after each edit. A system without credits stays
productive exactly as long as they are positive: on the straight way from the old column to the new one the spectral
radius of N can't pass 1 without the determinant passing 0, and that is linear in the step. Where credits are about, a
pivot is small, or the true residual drifts, the system is built anew, with all tests and refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import scipy.sparse as sp

from tanbiao.core.lca.errors import InvalidSystem
from tanbiao.core.lca.inputs import Floats, Integers, MatrixLike, Names, as_number, read_matrix
from tanbiao.core.lca.reach import CONDITION_LIMIT, Change, eliminated, passed_on, workspace
from tanbiao.core.lca.system import ProductSystem

# Project defaults, not official. Above so many edits a new factorisation is cheaper than their dense system.
MOST_EDITS = 50
# Backward error, row by row, above which an updated answer has drifted and is solved anew.
DRIFT_LIMIT = 1e-12


@dataclass(frozen=True)
class _Column:
    """An edited process: products with their amounts, gases with theirs; None where the base's stand."""

    made: tuple[Integers, Floats] | None
    below: tuple[Integers, Floats] | None


@dataclass(frozen=True)
class _Added:
    """A product on top: what it uses (indices may point at earlier added ones), what it emits, how much it makes."""

    name: str
    rows: Integers
    amounts: Floats
    gases: Integers
    emitted: Floats
    makes: float


class Edits:
    """Edits on top of a system; the system itself never changes.

    Parameters
    ----------
    system
        The base.
    most
        Number of edited processes above which the edited system is built anew and becomes the base.

    Attributes
    ----------
    rebuilt
        How often an answer needed a new build.

    Examples
    --------
    Heijungs & Suh's power plant, now with 12 instead of 10 kg CO2 for each litre of fuel:

    >>> system = ProductSystem([[-2, 100], [10, 0]], [[1, 10]], [1])
    >>> edits = Edits(system)
    >>> edits.edit(1, interventions={0: 12})
    >>> edits.intensities().round(10).tolist()
    [[0.12, 0.124]]
    """

    def __init__(self, system: ProductSystem, most: int = MOST_EDITS) -> None:
        self._most = most
        self.rebuilt = 0
        self._added: list[_Added] = []
        self._start_from(system)

    def _start_from(self, system: ProductSystem) -> None:
        self._base = system
        self._factors = system.characterization
        self._weights = self._factors.toarray()
        self._columns: dict[int, _Column] = {}
        self._responses = system.responses
        self._carry(system.direct, system.intensities())
        self._growing = any(item.code == "credits_in_system" for item in system.findings)
        self._reference = self._responses.reference
        self._condition = system.condition

    def _carry(self, direct: Floats, nominal: Floats) -> None:
        """Take burdens and intensities of the base, for the compiled way also in the order of its rows."""
        self._direct, self._nominal = direct, nominal
        if self._responses.compiled:
            self._solution = self._responses.ordered(direct, nominal)
            self._space = workspace(self._solution)

    @property
    def edited(self) -> tuple[str | int, ...]:
        """The processes that are edited since the last build."""
        return self._base.processes.labels(sorted(self._columns))

    def column(self, process: object) -> tuple[dict[int, float], dict[int, float]]:
        """Return a process as it stands: product index to amount, gas index to amount."""
        index = self._base.processes.index(process)
        (rows, amounts), (gases, emitted) = self._made(index), self._below(index)
        return dict(zip(rows.tolist(), amounts.tolist(), strict=True)), dict(
            zip(gases.tolist(), emitted.tolist(), strict=True)
        )

    def _made(self, process: int) -> tuple[Integers, Floats]:
        """Return products and amounts of a process as it stands."""
        own = self._columns.get(process)
        return _column_of(self._base.technosphere, process) if own is None or own.made is None else own.made

    def _below(self, process: int) -> tuple[Integers, Floats]:
        """Return gases and amounts of a process as it stands."""
        own = self._columns.get(process)
        return _column_of(self._base.interventions, process) if own is None or own.below is None else own.below

    def edit(
        self,
        process: object,
        technosphere: Mapping[Any, float] | None = None,
        interventions: Mapping[Any, float] | None = None,
    ) -> None:
        """Replace what a process makes and uses, or what it emits, or both; None leaves it as it is.

        Parameters
        ----------
        process
            Index or name.
        technosphere
            Product (index or name) to amount, + made, − used: the whole new column.
        interventions
            Gas (index or name) to amount in kg, + emitted: the whole new column.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system`` for a name or index of no product, process or gas; ``amount_not_finite``.
        """
        index = self._base.processes.index(process)
        made = None if technosphere is None else _read(technosphere, self._base.products)
        below = None if interventions is None else _read(interventions, self._base.gases)
        before = self._columns.get(index)
        if before is not None:
            made, below = made or before.made, below or before.below
        self._columns[index] = _Column(made, below)

    def add(
        self, name: str, technosphere: Mapping[Any, float], interventions: Mapping[Any, float], makes: float = 1.0
    ) -> int:
        """Put a product on top, which nobody else uses; return its index.

        Parameters
        ----------
        technosphere
            Product (index or name, also of one added before) to amount, − used, + made beside (a credit).
        interventions
            Gas to amount in kg, + emitted.
        makes
            How much of it the process makes; not 0.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``, ``amount_not_finite``, ``name_twice``, ``reference_too_small``.
        """
        if name in (self._base.products.names or ()) or name in [item.name for item in self._added]:
            raise InvalidSystem.of("name_twice", "products", name=name)
        if not np.isfinite(makes) or makes == 0:
            raise InvalidSystem.of("reference_too_small", "technosphere", column=name, amount=makes)
        count = self._base.products.count
        own = {item.name: count + number for number, item in enumerate(self._added)}
        amounts = {own.get(key, key) if isinstance(key, str) else key: value for key, value in technosphere.items()}
        upper = {key: value for key, value in amounts.items() if isinstance(key, int) and key in own.values()}
        lower = {key: value for key, value in amounts.items() if key not in upper}
        rows, values = _read(lower, self._base.products)
        more = np.array(list(upper.values()), dtype=np.float64)
        if not np.isfinite(more).all():
            raise InvalidSystem.of("amount_not_finite", "products", value=name)
        rows = np.concatenate([rows, np.array(list(upper), dtype=np.int64)])
        gases, emitted = _read(interventions, self._base.gases)
        self._added.append(_Added(name, rows, np.concatenate([values, more]), gases, emitted, float(makes)))
        return count + len(self._added) - 1

    def weigh(self, characterization: MatrixLike) -> None:
        """Take another characterisation, ``C``: (indicators, gases)."""
        factors = read_matrix(characterization, "characterization", None, self._base.gases)
        direct = np.asarray((factors @ self._base.interventions).todense(), dtype=np.float64)
        self._carry(direct, self._base.carried(direct))
        self._factors, self._weights = factors, factors.toarray()

    def intensities(self) -> Floats:
        """Return ``λ`` of all products as edited, the added ones last; (indicators, products + added).

        Raises
        ------
        Unsolvable
            As :class:`ProductSystem`: the edited system has no trustworthy answer.
        """
        found = self._updated() if self._columns else self._nominal
        if found is None:
            self._start_from(self._rebuild(self._factors))
            self.rebuilt += 1
            found = self._nominal
        return self._with_added(found)

    def system(self) -> ProductSystem:
        """Build the edited system with its added products, by all tests; the names of added ones are theirs."""
        return self._rebuild(self._factors, self._added)

    def _updated(self) -> Floats | None:
        """Return the update, or None where the system must be built anew."""
        if self._growing or len(self._columns) > self._most:
            return None
        changes = [self._change(process) for process in sorted(self._columns)]
        if self._responses.compiled:
            verdict, found = passed_on(
                self._responses, changes, self._condition, self._solution, self._space, DRIFT_LIMIT
            )
            if verdict != "turns":
                return found if verdict == "passed" else None
        return self._by_responses(changes) if self._stays_simple() else None

    def _by_responses(self, changes: list[Change]) -> Floats | None:
        """Update by whole responses, for edits that use what stands behind them in the order of the system."""
        responses = np.array([self._responses.of(change.process) for change in changes])
        right = np.zeros((len(changes), self._nominal.shape[0]))
        capacity, growth = np.eye(len(changes)), np.ones(len(changes))
        for number, change in enumerate(changes):
            old_rows, old_amounts = _column_of(self._base.technosphere, change.process)
            rows = np.concatenate([change.rows, old_rows])
            amounts = np.concatenate([change.amounts, -old_amounts])
            right[number] = change.burden - self._direct[:, change.process] - self._nominal[:, rows] @ amounts
            terms = responses[:, rows] * amounts
            capacity[number] += terms.sum(axis=1)
            growth[number] += np.abs(terms).sum()
        if not eliminated(capacity, right, growth, self._condition, CONDITION_LIMIT):
            return None
        result = self._nominal + right.T @ responses
        return result if self._error(result) <= DRIFT_LIMIT else None

    def _stays_simple(self) -> bool:
        """Whether every edited process keeps its reference product's sign and gives no credit."""
        for process in self._columns:
            rows, amounts = self._made(process)
            signs = self._responses.sign[rows] * amounts
            at = rows == self._reference[process]
            if not at.any() or not signs[at][0] > 0 or (signs[~at] > 0).any():
                return False
        return True

    def _change(self, process: int) -> Change:
        return Change(process, *self._made(process), self._burden_of(process))

    def _burden_of(self, process: int) -> Floats:
        """Return what a process as it stands emits itself, characterised; (indicators,)."""
        below = self._columns[process].below
        return self._direct[:, process] if below is None else self._burden(*below)

    def _burden(self, gases: Integers, emitted: Floats) -> Floats:
        return np.asarray(self._weights[:, gases] @ emitted)

    def _error(self, result: Floats) -> float:
        """Return the largest backward error over all columns, edited ones as edited."""
        edited = sorted(self._columns)
        worst = self._responses.error(result, self._direct, edited)
        for process in edited:
            rows, amounts = self._made(process)
            terms = result[:, rows] * amounts
            wanted = self._burden_of(process)
            residual = np.abs(wanted - terms.sum(axis=1))
            size = np.abs(terms).sum(axis=1) + np.abs(wanted)
            worst = max(worst, float(np.max(residual / np.where(size > 0, size, 1.0))))
        return worst

    def _with_added(self, found: Floats) -> Floats:
        if not self._added:
            return found
        count = found.shape[1]
        result = np.empty((found.shape[0], count + len(self._added)))
        result[:, :count] = found
        for number, item in enumerate(self._added):
            used = result[:, item.rows] @ item.amounts
            result[:, count + number] = (self._burden(item.gases, item.emitted) - used) / item.makes
        return result

    def _rebuild(self, factors: Any, added: list[_Added] | None = None) -> ProductSystem:
        base, more = self._base, added or []
        made = _replaced(base.technosphere, {j: self._made(j) for j in self._columns})
        below = _replaced(base.interventions, {j: self._below(j) for j in self._columns})
        size = base.products.count
        for number, item in enumerate(more):
            rows = np.append(item.rows, size + number)
            made.append((rows, np.append(item.amounts, item.makes)))
            below.append((item.gases, item.emitted))
        names = [item.name for item in more]
        return ProductSystem(
            _matrix(made, size + len(more)),
            _matrix(below, base.gases.count),
            factors,
            references=[*base.references, *range(size, size + len(more))],
            products=[*base.products.names, *names] if base.products.names else None,
            processes=[*base.processes.names, *names] if base.processes.names else None,
            gases=base.gases.names,
            indicators=base.indicators.names if factors.shape[0] == base.indicators.count else None,
        )


def _read(amounts: Mapping[Any, float], names: Names) -> tuple[Integers, Floats]:
    """Return indices and amounts, those of one product added up."""
    # Indices and floats within bounds are taken as they are: an edit of a slider has no time for each by itself.
    if amounts and set(map(type, amounts)) == {int} and min(amounts) >= 0 and max(amounts) < names.count:
        values = np.array(list(amounts.values()), dtype=np.float64)
        if isfinite(values.sum()):
            return np.array(list(amounts), dtype=np.int64), values
    total: dict[int, float] = {}
    for key, amount in amounts.items():
        index = names.index(key)
        total[index] = total.get(index, 0.0) + as_number(amount)
        if not isfinite(total[index]):
            raise InvalidSystem.of("amount_not_finite", names.what, value=f"{key} {amount}")
    return np.array(list(total), dtype=np.int64), np.array(list(total.values()), dtype=np.float64)


def _column_of(matrix: Any, number: int) -> tuple[Integers, Floats]:
    """Return rows and values of a column of a CSC matrix."""
    own = slice(matrix.indptr[number], matrix.indptr[number + 1])
    return matrix.indices[own], matrix.data[own]


def _replaced(matrix: Any, columns: Mapping[int, tuple[Integers, Floats]]) -> list[tuple[Integers, Floats]]:
    """Return the columns of a CSC matrix, some of them others."""
    old = zip(np.split(matrix.indices, matrix.indptr[1:-1]), np.split(matrix.data, matrix.indptr[1:-1]), strict=True)
    return [columns.get(number, own) for number, own in enumerate(old)]


def _matrix(columns: list[tuple[Integers, Floats]], rows: int) -> Any:
    start = np.concatenate(([0], np.cumsum([len(own) for own, _ in columns])))
    indices, data = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return sp.csc_array((data, indices, start), shape=(rows, len(columns)))
