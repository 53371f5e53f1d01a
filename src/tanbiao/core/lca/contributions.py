"""Where a footprint comes from: by process, gas, kind or stage, first tier, and the user's own processes.

Notation as in :mod:`tanbiao.core.lca.system` (Heijungs & Suh 2002, ch. 2 and 8): ``A s = f``, ``h = C B s``,
``Aᵀ λ = (C B)ᵀ``. Every view holds its own residual against a total that is calculated apart from the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from tanbiao.core.amounts import add
from tanbiao.core.lca.errors import InvalidSystem, Label
from tanbiao.core.lca.inputs import Demand, Floats, Integers, Names, read_demand
from tanbiao.core.lca.system import ProductSystem
from tanbiao.core.lca.views import EVERYTHING, CutOff, View, view_of

Mask = NDArray[np.bool_]


class Contributions:
    """The footprint of one demand in one indicator, and its parts.

    Parameters
    ----------
    demand
        Mapping of product index (or name) to amount, or an array over all products.
    indicator
        Row of ``C``, or its name.

    Raises
    ------
    InvalidSystem
        ``product_not_in_system``, ``demand_shape``, ``demand_not_finite``.

    Examples
    --------
    Electricity from fuel (Heijungs & Suh): 100 of the 120 kg come from the power station.

    >>> system = ProductSystem([[-2, 100], [10, 0]], [[1, 10]], [1], processes=["power", "fuel"])
    >>> [(part.label, part.value) for part in Contributions(system, {1: 1000}).processes().parts]
    [('power', 100.0), ('fuel', 20.0)]
    """

    def __init__(self, system: ProductSystem, demand: Demand, indicator: int | str = 0) -> None:
        self.system = system
        self.demand = read_demand(demand, system.products)
        self.row = system.indicators.index(indicator)
        self.scaling = system.scaling(self.demand)

    @property
    def indicator(self) -> Label:
        """Name or index of the indicator."""
        return self.system.indicators[self.row]

    @cached_property
    def intensity(self) -> Floats:
        """``λ`` of this indicator; (products,)."""
        return np.asarray(self.system.intensities()[self.row])

    @cached_property
    def maker(self) -> Integers:
        """Process that makes each product; (products,)."""
        maker = np.empty(self.system.products.count, dtype=np.int64)
        maker[np.array(self.system.references)] = np.arange(self.system.processes.count)
        return maker

    @cached_property
    def forward_total(self) -> float:
        """``C B s``: the total of a view whose parts come from intensities."""
        return add(*self.of_processes.tolist())

    @cached_property
    def adjoint_total(self) -> float:
        """``λ · f``: the total of a view whose parts come from scaling."""
        wanted = np.flatnonzero(self.demand)
        return add(0.0, *(self.intensity[wanted] * self.demand[wanted]).tolist())

    @cached_property
    def of_processes(self) -> Floats:
        """Each process's own emission, characterised; (processes,)."""
        return np.asarray(self.system.direct[self.row] * self.scaling)

    def processes(self, cut_off: CutOff = EVERYTHING) -> View:
        """Return the parts by process: what each emits itself."""
        return self._view(self.system.processes, self.of_processes, cut_off)

    @cached_property
    def of_gases(self) -> Floats:
        """Characterised emission of each gas: ``C[k] · (B s)[k]``; (gases,)."""
        factors = sp.csr_array(self.system.characterization)[[self.row]].toarray().ravel()
        return np.asarray(factors * (self.system.interventions @ self.scaling))

    def gases(self, cut_off: CutOff = EVERYTHING) -> View:
        """Return the parts by gas."""
        return self._view(self.system.gases, self.of_gases, cut_off)

    def kinds(self, kind_of_gas: Sequence[str], cut_off: CutOff = EVERYTHING) -> View:
        """Return the parts by kind of emission (fossil, biogenic, land use change …).

        Parameters
        ----------
        kind_of_gas
            One per gas.

        Raises
        ------
        InvalidSystem
            ``names_mismatch``: not one per gas.
        """
        return self._grouped(kind_of_gas, self.of_gases, self.system.gases, cut_off)

    def groups(self, group_of_process: Sequence[str], cut_off: CutOff = EVERYTHING) -> View:
        """Return the parts by stage, owner, country or whatever group the processes are given.

        Parameters
        ----------
        group_of_process
            One per process.

        Raises
        ------
        InvalidSystem
            ``names_mismatch``: not one per process.
        """
        return self._grouped(group_of_process, self.of_processes, self.system.processes, cut_off)

    def first_tier(self, cut_off: CutOff = EVERYTHING) -> View:
        """Return what the makers of the demanded products emit themselves, and what they buy with all behind it.

        The parts are the products bought (their amount × intensity; credits and wastes handed on keep their sign) and,
        last among the labels, ``direct``.
        """
        wanted = np.flatnonzero(self.demand)
        run = np.zeros(self.system.processes.count)
        references = np.array(self.system.references)
        amounts = np.asarray(self.system.technosphere[references, np.arange(len(references))]).ravel()
        makers = self.maker[wanted]
        run[makers] = self.demand[wanted] / amounts[makers]
        bought = self._bought(run, makers)
        values = np.append(bought, add(0.0, *(self.system.direct[self.row, makers] * run[makers]).tolist()))
        labels = (*self.system.products.labels(np.arange(len(bought))), "direct")
        return view_of(self.indicator, self.forward_total, labels, values, cut_off)

    def _bought(self, run: Floats, makers: Integers) -> Floats:
        """Return amount × intensity of what the makers use beside their own product; (products,)."""
        columns = sp.coo_array(self.system.technosphere[:, makers])
        maker = makers[columns.col]
        other = self.maker[columns.row] != maker
        flow = -columns.data[other] * run[maker[other]] * self.intensity[columns.row[other]]
        weighed = np.bincount(columns.row[other], weights=flow, minlength=self.system.products.count)
        return weighed.astype(np.float64)

    def own_processes(self, own: Iterable[int | str], cut_off: CutOff = EVERYTHING) -> View:
        """Roll the footprint up onto the user's own processes: each with its emission and the background it calls for.

        Write F for the own processes, B for the rest. With μ the intensities of the background by itself,
        ``A_BBᵀ μ = (C B)_B``, own process j carries ``s_j ((C B)_j − Σ_{i in B} A_ij μ_i)`` and ``f_B · μ`` is demanded
        of the background directly (label ``directly demanded``). What own processes buy from each other is not
        passed on: each stands with what it causes itself, and the parts add up to the total (blockwise elimination).

        Parameters
        ----------
        own
            Indices or names of processes.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``: no such process.
        """
        chosen = np.array(sorted({self.system.processes.index(key) for key in own}), dtype=np.int64)
        is_own = np.zeros(self.system.processes.count, dtype=bool)
        is_own[chosen] = True
        behind = ~is_own[self.maker]
        mu = np.where(behind, self._background(is_own, behind), 0.0)
        carried = self.system.direct[self.row, chosen] - mu @ self.system.technosphere[:, chosen]
        values = np.append(carried * self.scaling[chosen], add(0.0, *(mu * self.demand).tolist()))
        labels = (*self.system.processes.labels(chosen), "directly demanded")
        return view_of(self.indicator, self.forward_total, labels, values, cut_off)

    def _background(self, is_own: Mask, behind: Mask) -> Floats:
        """Return μ over all products; equal to λ where the background uses nothing of the own processes."""
        products, processes = np.flatnonzero(behind), np.flatnonzero(~is_own)
        if not products.size:
            return np.zeros(self.system.products.count)
        calls = sp.csr_array(self.system.technosphere)[np.flatnonzero(~behind)][:, processes]
        if calls.nnz == 0:
            return self.intensity
        alone = ProductSystem(
            sp.csr_array(self.system.technosphere)[products][:, processes],
            self.system.interventions[:, processes],
            self.system.characterization,
            references=np.searchsorted(products, np.array(self.system.references)[processes]).tolist(),
            products=[str(name) for name in self.system.products.labels(products)],
            processes=[str(name) for name in self.system.processes.labels(processes)],
        )
        mu = np.zeros(self.system.products.count)
        mu[products] = alone.intensities()[self.row]
        return mu

    def _view(self, names: Names, values: Floats, cut_off: CutOff) -> View:
        return view_of(self.indicator, self.adjoint_total, names.labels(np.arange(names.count)), values, cut_off)

    def _grouped(self, groups: Sequence[str], values: Floats, names: Names, cut_off: CutOff) -> View:
        if len(groups) != names.count:
            raise InvalidSystem.of("names_mismatch", names.what, given=len(groups), needed=names.count)
        members: dict[str, list[float]] = {}
        for group, value in zip(groups, values.tolist(), strict=True):
            members.setdefault(group, []).append(value)
        sums = np.array([add(*each) for each in members.values()])
        return view_of(self.indicator, self.adjoint_total, tuple(members), sums, cut_off)
