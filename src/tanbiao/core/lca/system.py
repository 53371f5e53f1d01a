"""A linked product system: what must run, what it emits, and what every product carries.

Notation (Heijungs & Suh 2002, "The Computational Structure of Life Cycle Assessment", ch. 2): technosphere ``A``
(products × processes, + made, − used), interventions ``B`` (gases × processes, kg, + emitted), characterisation ``C``
(indicators × gases, kg CO2e/kg), demand ``f``. ``A s = f``, ``h = C B s``; the adjoint ``Aᵀ λ = (C B)ᵀ`` gives the
intensity of every product at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.lca.certificate import proven_conditions
from tanbiao.core.lca.errors import InvalidSystem, Label, Unsolvable, shown
from tanbiao.core.lca.factors import Factor, factorise, relative_residual
from tanbiao.core.lca.inputs import Demand, Floats, Integers, Matrix, MatrixLike, Names, read_demand, read_matrix
from tanbiao.core.lca.loops import examine
from tanbiao.core.lca.nominal import Nominal
from tanbiao.core.lca.ordering import compiles
from tanbiao.core.lca.plan import SolvePlan, nominal_plan, solve_plan
from tanbiao.core.lca.plan_cache import Entries, PlanCache, StoredPlan, entries_of, entries_residual
from tanbiao.core.lca.references import Normalised, find_references, normalise
from tanbiao.core.lca.structure import Segment, compiled_segments, segments
from tanbiao.core.lca.unlinked import Unlinked, check_unlinked, hidden, unlinked_findings

if TYPE_CHECKING:
    from tanbiao.core.lca.answers import Answer, Solution
    from tanbiao.core.lca.responses import Responses

# Largest backward error of a solution, row by row; project default, not official (a direct solve reaches 1e-15).
RESIDUAL_LIMIT = 1e-10
_REFINE_ABOVE = 1e-14
TINY_DEMAND = 1e-200
"""Below it a demand is solved on another scale; far above the least float64 and far below any real demand."""


@dataclass(frozen=True)
class PlannedBlock:
    """How one part of the system is solved."""

    processes: tuple[Label, ...]
    solver: str
    why: str
    condition: float | None
    """1-norm condition estimate after equilibration; None where there is no loop."""
    nonzeros: int
    """Stored entries of the factors."""


@dataclass(frozen=True)
class _Block:
    """A part of the system; its SuperLU factors are made when first needed."""

    segment: Segment
    normal: Normalised
    """The whole system."""
    condition: float | None
    examined: Factor | None = None

    @property
    def members(self) -> Integers:
        return self.segment.members

    @cached_property
    def factor(self) -> Factor:
        if self.examined is not None:
            return self.examined
        own = self.normal.matrix[:, self.members][self.members]
        return factorise(sp.csc_array(own), self.segment.is_loop)


class ProductSystem:
    """A system that has passed all tests and can be solved for any demand.

    Parameters
    ----------
    technosphere, interventions, characterization
        ``A``, ``B``, ``C``: SciPy sparse or arrays; a one-dimensional ``B`` or ``C`` is one gas or one indicator.
    references
        Product index made by each process. By default the diagonal entry if positive; else the column's only
        positive entry; else the diagonal entry if negative (waste treatment).
    products, processes, gases, indicators
        Names for messages; names of products can be used as keys of a demand.
    plans, content
        Where plans are kept on disk, and the hash of the file that the technosphere was read from, if the caller knows
        it; else the arrays are hashed. Systems too small for a compiler, or without one, keep no plan.
    unlinked
        Inputs that no process of the system makes; they are findings, and :meth:`hidden` bounds them.

    Attributes
    ----------
    findings
        What is worth knowing though the system answers: ``credits_in_system``, ``productive_by_credit``,
        ``input_not_linked``, ``input_not_linked_bounded``.
    interventions, characterization
        ``B`` and ``C`` as sparse arrays by columns.

    Raises
    ------
    Unsolvable
        ``not_square``, ``no_reference``, ``singular``, ``near_singular``, ``unproductive``.
    InvalidSystem
        An entry is not finite or stands twice, a shape or a number of names doesn't fit.

    Examples
    --------
    Heijungs & Suh's power station that burns fuel whose production needs no power:

    >>> system = ProductSystem([[-2, 100], [10, 0]], [[1, 10]], [1])
    >>> system.footprint({1: 1000}).tolist()
    [120.0]
    """

    findings: tuple[Finding, ...]

    def __init__(
        self,
        technosphere: MatrixLike,
        interventions: MatrixLike,
        characterization: MatrixLike,
        references: Sequence[int] | None = None,
        products: Sequence[str] | None = None,
        processes: Sequence[str] | None = None,
        gases: Sequence[str] | None = None,
        indicators: Sequence[str] | None = None,
        plans: PlanCache | None = None,
        content: str | None = None,
        unlinked: Sequence[Unlinked] = (),
    ) -> None:
        shape = _shape(technosphere)
        self.products = Names.of("products", shape[0], products)
        self.processes = Names.of("processes", shape[1], processes)
        self.gases = Names.of("gases", _shape(interventions)[0], gases)
        emitted = read_matrix(interventions, "interventions", self.gases, self.processes)
        self.indicators = Names.of("indicators", _shape(characterization)[0], indicators)
        factors = read_matrix(characterization, "characterization", self.indicators, self.gases)
        self.interventions, self.characterization = emitted, factors
        self._per_activity = _weighed(factors, emitted)
        self._given = technosphere, references
        self._intensities: Floats | None = None
        self._ordering: SolvePlan | None = None
        self._nominal: Nominal | None = None
        self._stored: StoredPlan | None = None
        self._find_plan(plans, content)
        self.unlinked = check_unlinked(unlinked, self.products, self.processes)
        if self.unlinked:
            self.findings += unlinked_findings(self, self.unlinked)

    def _find_plan(self, plans: PlanCache | None, content: str | None) -> None:
        """Take order and tests from a stored plan of these very entries, or test, and store what was found."""
        technosphere, references = self._given
        entries = entries_of(technosphere, references) if plans is not None else None
        if plans is None or entries is None:
            self._test()
            return
        key = content or entries.key()
        self._stored = plans.find(key, entries, self.processes)
        if self._stored is None:
            self._test()
            if entries.sound():
                plans.store(key, self._to_store(entries))
            return
        own = self._stored.entries
        # The stored arrays are equal to the caller's, and nobody changes them later.
        self._given = sp.coo_array((own.value, (own.row, own.column)), shape=own.shape), references
        self._nominal = Nominal(self._stored.plan, self._stored.values)
        self.findings = self._stored.findings

    @cached_property
    def _technosphere(self) -> Matrix:
        return read_matrix(self._given[0], "technosphere", self.products, self.processes)

    @cached_property
    def _normal(self) -> Normalised:
        references = self._given[1]
        if self._stored is not None:
            product = np.empty(self.processes.count, dtype=np.int64)
            product[self._stored.plan.process] = self._stored.plan.product
            references = product.tolist()
        chosen = find_references(self._technosphere, references, self.products, self.processes)
        return normalise(self._technosphere, chosen, self.processes)

    @cached_property
    def _segments(self) -> tuple[Segment, ...]:
        if self._stored is None:
            if compiles(self._technosphere.nnz):
                return compiled_segments(self._technosphere, self._normal.maker)
            return segments(self._normal.matrix)
        plan = self._stored.plan
        parts = np.split(plan.process, plan.blocks.edges[1:-1])
        return tuple(Segment(part[::-1], kind != 0) for part, kind in zip(parts, plan.blocks.kinds, strict=True))[::-1]

    @cached_property
    def _blocks(self) -> tuple[_Block, ...]:
        """Parts of a system whose tests are known from a stored plan."""
        known = self._stored.conditions if self._stored is not None else {}
        numbers = reversed(range(len(self._segments)))
        return tuple(
            _Block(part, self._normal, known.get(number)) for number, part in zip(numbers, self._segments, strict=True)
        )

    def _test(self) -> None:
        """Find order and references of a new system, and refuse what has no answer."""
        found = list(_credits(self._normal, self.processes))
        if compiles(self._technosphere.nnz):
            self._nominal = Nominal(*nominal_plan(self._technosphere, self._normal, self._segments, self.processes))
        self._blocks = self._tested(found)
        self.findings = tuple(found)

    def _to_store(self, entries: Entries) -> StoredPlan:
        assert self._nominal is not None
        last = len(self._blocks) - 1
        conditions = {
            last - at: block.condition for at, block in enumerate(self._blocks) if block.condition is not None
        }
        plan, values = self._nominal.plan, self._nominal.values
        return StoredPlan(entries, plan, values, conditions, self.findings, self.ordering)

    @property
    def technosphere(self) -> Matrix:
        """``A``: products × processes, float64 by columns."""
        return self._technosphere

    @property
    def direct(self) -> Floats:
        """``C B``: what each process emits by itself, per unit of its column; (indicators, processes)."""
        return self._per_activity

    @property
    def references(self) -> tuple[int, ...]:
        """Product index made by each process."""
        return tuple(self._normal.product.tolist())

    def ordering(self) -> SolvePlan:
        """Return the plan for solving the adjoint on many value sets of the same pattern."""
        if self._ordering is None and self._stored is not None:
            self._ordering = self._stored.ordered()
        if self._ordering is None:
            # The same with and without a compiler, so that samples have the same bits.
            whole = segments(self._normal.matrix)
            self._ordering = solve_plan(self._technosphere, self._normal, whole, self.processes)
        return self._ordering

    def nominal_plan(self) -> SolvePlan:
        """Return the plan on which the system itself is solved: its order may be another one."""
        return self._nominal.plan if self._nominal is not None else self.ordering()

    def _tested(self, found: list[Finding]) -> tuple[_Block, ...]:
        """Test every loop: by a proof in one solve where that succeeds, else in full."""
        proven = proven_conditions(self._nominal) if self._nominal is not None else {}
        blocks = []
        for number, segment in zip(reversed(range(len(self._segments))), self._segments, strict=True):
            if not segment.is_loop or number in proven:
                blocks.append(_Block(segment, self._normal, proven.get(number)))
                continue
            own = sp.csc_array(self._normal.matrix[:, segment.members][segment.members])
            loop = examine(own, segment.members, self.processes)
            found.extend(loop.findings)
            blocks.append(_Block(segment, self._normal, loop.condition, loop.factor))
        return tuple(blocks)

    def scaling(self, demand: Demand) -> Floats:
        """Return ``s``: how much every process runs for the demand, in units of its own column; (processes,).

        Parameters
        ----------
        demand
            Mapping of product index (or name) to amount, or an array over all products.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``, ``demand_shape``, ``demand_not_finite``.
        Unsolvable
            ``near_singular``: the true residual shows that rounding has spoilt the answer.
        """
        wanted = self._normal.sign * read_demand(demand, self.products)[self._normal.product]
        largest = float(np.abs(wanted).max(initial=0.0))
        # the products of a residual would underflow and look like a spoilt answer; a power of two changes no bit
        exponent = int(np.frexp(largest)[1]) if 0.0 < largest < TINY_DEMAND else 0
        solved = self._solved(np.ldexp(wanted, -exponent), transposed=False)
        return np.ldexp(solved, exponent) / self._normal.amount

    def footprint(self, demand: Demand) -> Floats:
        """Return ``h = C B s`` in the unit of ``C``; (indicators,)."""
        return np.asarray(self._per_activity @ self.scaling(demand))

    def contributions(self, demand: Demand) -> Floats:
        """Return each process's own share of ``h``; (indicators, processes), whose rows sum to ``h``."""
        return np.asarray(self._per_activity * self.scaling(demand))

    def intensities(self) -> Floats:
        """Return ``λ``: the footprint of one unit of every product; (indicators, products), read-only.

        ``Aᵀ λ = (C B)ᵀ``, so ``λ · f = h`` for every demand (the adjoint of the system).
        """
        if self._intensities is None:
            self._intensities = self.carried(self._per_activity)
            self._intensities.setflags(write=False)
        return self._intensities

    def carried(self, direct: Floats) -> Floats:
        """Return what one unit of every product carries of something that processes do themselves.

        Parameters
        ----------
        direct
            (rows, processes): amounts per process column, e.g. kg of one gas or kg CO2e of one kind per row.

        Returns
        -------
        (rows, products)

        Raises
        ------
        Unsolvable
            ``near_singular``: the true residual shows that rounding has spoilt the answer.
        """
        if self._nominal is not None:
            found = self._on_plan(self._nominal, direct)
            if found is not None:
                return found
        solved = self._solved(np.ascontiguousarray((direct / self._normal.amount).T), transposed=True)
        result = np.empty((len(direct), self.products.count))
        result[:, self._normal.product] = (self._normal.sign[:, None] * solved).T
        return result

    def _on_plan(self, nominal: Nominal, direct: Floats) -> Floats | None:
        """Solve on the plan of the system; on a stored one, check the answer on the entries as they were given."""
        plan = nominal.plan
        solved = nominal.solve(direct[:, plan.process], _REFINE_ABOVE)
        if solved is None:
            return None
        result = np.empty_like(solved)
        result[:, plan.product] = plan.turned * solved
        if self._stored is not None and not entries_residual(self._stored.entries, direct, result) <= RESIDUAL_LIMIT:
            return None
        return result

    @cached_property
    def responses(self) -> Responses:
        """What one unit of burden at a process adds to every product; factors and answers are kept for later edits."""
        from tanbiao.core.lca.responses import Responses

        return Responses(self)

    def hidden(self) -> Floats:
        """Return an upper bound of what unlinked inputs hide in a unit of each product; (indicators, products).

        Infinite where an input has no stand-in: unknown is not zero.
        """
        return hidden(self, self.unlinked)

    def answer(self, demand: Demand) -> Answer:
        """Return footprint and scaling of a demand with true residual and condition; errors as :meth:`scaling`."""
        from tanbiao.core.lca.answers import answered

        return answered(self, demand)

    def solution(self) -> Solution:
        """Return the true residual of :meth:`intensities`, all products and indicators at once, and the condition."""
        from tanbiao.core.lca.answers import solution_of

        return solution_of(self)

    def loops(self) -> tuple[tuple[Integers, float], ...]:
        """Return the processes of each loop (indices) with its condition."""
        return tuple((block.members, block.condition) for block in self._blocks if block.condition is not None)

    @property
    def condition(self) -> float:
        """The largest condition of a loop (see :class:`PlannedBlock`), at least 1."""
        return max((block.condition for block in self._blocks if block.condition is not None), default=1.0)

    def plan(self) -> tuple[PlannedBlock, ...]:
        """Return how each part is solved and why, consumers first."""
        last = len(self._blocks) - 1
        return tuple(self._planned(block, last - number) for number, block in enumerate(self._blocks))

    def _planned(self, block: _Block, number: int) -> PlannedBlock:
        labels = self.processes.labels(block.members)
        if block.condition is None:
            why = "no loop: every process needs only what comes after it"
            return PlannedBlock(labels, "substitution", why, None, len(labels))
        if self._nominal is not None and block.examined is None:
            solver, why, stored = self._nominal.plan.explain(number)
            return PlannedBlock(labels, solver, why, block.condition, stored)
        solver = "dense LU (LAPACK)" if block.factor.pivoting == "dense" else "sparse LU (SuperLU)"
        why = f"a loop of {len(labels)} processes; pivots: {block.factor.pivoting}"
        return PlannedBlock(labels, solver, why, block.condition, int(block.factor.lu.nnz))

    def _solved(self, right: Floats, transposed: bool) -> Floats:
        """Solve with I − N (or its transpose), refine once where needed, and check the true residual."""
        matrix, size = self._turned if transposed else self._straight
        solution = self._substituted(right, transposed)
        if not relative_residual(matrix, size, solution, right) <= _REFINE_ABOVE:
            solution = solution + self._substituted(right - matrix @ solution, transposed)
            if not relative_residual(matrix, size, solution, right) <= RESIDUAL_LIMIT:
                residual = np.abs(right - matrix @ solution).reshape(len(right), -1).max(axis=1)
                worst = int(np.argmax(np.nan_to_num(residual, nan=np.inf)))
                raise Unsolvable(
                    "near_singular", (self.processes[worst],), condition="?", limit=f"{RESIDUAL_LIMIT:.0e}"
                )
        return solution

    @cached_property
    def _straight(self) -> tuple[Matrix, Matrix]:
        """I − N and the absolute values of its entries, by rows."""
        rows = sp.csr_array(self._normal.matrix)
        return rows, abs(rows)

    @cached_property
    def _turned(self) -> tuple[Matrix, Matrix]:
        """The transpose and its absolute values, by rows."""
        rows = sp.csr_array(self._normal.matrix.T)
        return rows, abs(rows)

    def _substituted(self, right: Floats, transposed: bool) -> Floats:
        """Solve block by block; what is not solved yet is zero, so a block's rows see only what came before."""
        solution = np.zeros_like(right)
        matrix, _ = self._turned if transposed else self._straight
        for block in reversed(self._blocks) if transposed else self._blocks:
            known = matrix[block.members] @ solution
            solution[block.members] = block.factor.solve(right[block.members] - known, transposed)
        return solution


def _weighed(factors: Matrix, emitted: Matrix) -> Floats:
    """Return C B; (indicators, processes)."""
    if compiles(emitted.nnz):
        from tanbiao.core.lca.kernels_order import weighed

        return np.asarray(weighed(factors.toarray(), emitted.indptr, emitted.indices, emitted.data))
    return np.asarray((factors @ emitted).todense(), dtype=np.float64)


def _shape(matrix: MatrixLike) -> tuple[int, int]:
    """Return (rows, columns); a vector is one row.

    Raises
    ------
    InvalidSystem
        ``matrix_malformed``: no rows or no columns, ragged, or more than two dimensions.
    """
    try:
        shape = tuple(matrix.shape) if hasattr(matrix, "shape") else np.shape(matrix)
    except ValueError as error:
        raise InvalidSystem.of("matrix_malformed", "matrix", reason=str(error)) from error
    rows, columns = (1, *shape) if len(shape) == 1 else (*shape, 0, 0)[:2]
    if len(shape) not in (1, 2) or rows == 0 or columns == 0:
        raise InvalidSystem.of("matrix_malformed", "matrix", reason=f"shape {shape}")
    return int(rows), int(columns)


def _credits(normal: Normalised, processes: Names) -> tuple[Finding, ...]:
    """Return a finding that names the processes with credits, if there are any."""
    crediting = normal.crediting
    if not crediting.size:
        return ()
    labels = processes.labels(crediting)
    return (finding("credits_in_system", Severity.INFO, processes=shown(labels), count=len(labels)),)
