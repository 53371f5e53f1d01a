"""What one unit of burden at a process adds to every product: the columns of A⁻ᵀ, on factors that are made once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from tanbiao.core.lca.factors import Factor, factorise, relative_residual
from tanbiao.core.lca.inputs import Floats
from tanbiao.core.lca.ordering import compiles
from tanbiao.core.lca.system import ProductSystem

# Backward errors below this are not told apart: it is far below what counts as drift.
_LEAST = 1e-13
# Responses kept, the oldest given up first: 50 MB in a database of 24,000 products.
_KEPT = 256


class Responses:
    """Responses of a system, each solved once.

    Attributes
    ----------
    sign
        (products,) −1 where the product is a waste that its process treats, else 1.
    """

    def __init__(self, system: ProductSystem) -> None:
        self._system = system
        self._known: dict[int, Floats] = {}
        self._factors: dict[int, Factor] = {}
        matrix = system.technosphere
        self._reference = np.array(system.references)
        amount = np.asarray(matrix[self._reference, np.arange(system.processes.count)]).ravel()
        self.sign = np.ones(system.products.count)
        self.sign[self._reference] = np.where(amount < 0, -1.0, 1.0)
        self._compiled = compiles(matrix.nnz)
        if self._compiled:
            self._prepare()
        else:
            self._turned = sp.csr_array(matrix.T)
            self._size = abs(self._turned)

    def _prepare(self) -> None:
        """Lay the ordered adjoint out for the kernels, and factorise its loops."""
        plan = self._system.nominal_plan()
        self._plan = plan
        self._values = plan.values(self._system.technosphere.data)[:, 0].copy()
        narrow = (plan.start, plan.inner, plan.column, plan.diagonal)
        self._start, self._inner, self._column, self._diagonal = (array.astype(np.int32) for array in narrow)
        self._place = np.empty(plan.size, dtype=np.int64)
        self._place[plan.process] = np.arange(plan.size)
        rows = sp.csr_array((self._values, plan.column, plan.start), shape=(plan.size, plan.size))
        edges = plan.blocks.edges
        for number in np.flatnonzero(plan.blocks.kinds):
            own = slice(int(edges[number]), int(edges[number + 1]))
            self._factors[int(number)] = factorise(sp.csc_array(rows[own][:, own]), is_loop=True)

    def of(self, process: int) -> Floats:
        """Return ``A⁻ᵀ e_process``; (products,)."""
        if process not in self._known:
            if len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
            self._known[process] = self._compiled_response(process) if self._compiled else self._response(process)
        return self._known[process]

    def _response(self, process: int) -> Floats:
        unit = np.zeros((1, self._system.processes.count))
        unit[0, process] = 1.0
        return np.asarray(self._system.carried(unit)[0])

    def _compiled_response(self, process: int) -> Floats:
        from tanbiao.core.lca import kernels_updates as kernels

        plan, edges = self._plan, self._plan.blocks.edges
        at = int(self._place[process])
        x = np.zeros(plan.size)
        begin = int(np.searchsorted(edges, at, side="right")) - 1
        pattern = self._start, self._column, self._diagonal, self._values
        for number in range(begin, len(edges) - 1):
            first, last = int(edges[number]), int(edges[number + 1])
            if number not in self._factors:
                if number == begin:
                    x[at] = 1.0 / self._values[self._diagonal[at]]
                    first = at + 1
                kernels.run_on(first, last, *pattern, x)
                continue
            b = np.empty(last - first)
            wanted = kernels.supplied(first, last, self._start, self._inner, self._column, self._values, x, b)
            if number == begin:
                b[at - first] += 1.0
            if wanted or number == begin:
                x[first:last] = self._factors[number].solve(b)
        result = np.empty(plan.size)
        result[plan.product] = plan.turned * x
        return result

    def error(self, intensities: Floats, direct: Floats, edited: Sequence[int]) -> float:
        """Return the largest backward error of ``Aᵀ λ = direct`` over the columns that an edit has moved.

        Edited columns are not looked at. The others' residuals hold as they were where no response reaches them.
        """
        moved = np.zeros(self._system.products.count, dtype=np.bool_)
        for process in edited:
            moved |= self.of(process) != 0
        skipped = ~moved[self._reference]
        skipped[list(edited)] = True
        if not self._compiled:
            kept = np.flatnonzero(~skipped)
            return relative_residual(self._turned[kept], self._size[kept], intensities.T, direct.T[kept])
        from tanbiao.core.lca.kernels_updates import column_error

        matrix = self._system.technosphere
        pairs = zip(direct, intensities, strict=True)
        pattern = matrix.indptr, matrix.indices, matrix.data, skipped
        return max((float(column_error(*pattern, wanted, one, _LEAST)) for wanted, one in pairs), default=0.0)
