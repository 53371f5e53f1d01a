"""A first-order standard deviation at once, and which inputs it comes from: a preview, not a sampled result.

Delta method (Heijungs & Suh 2002, ch. 6; Heijungs 2010, Int. J. Life Cycle Assess. 15:511): Var h ≈ Σ (∂h/∂x)² Var x
over independent entries x, at their nominal values, with ∂h/∂A[i,j] = −λ[i] s[j], ∂h/∂B[k,j] = c[k] s[j] and
∂h/∂C[k] = Σ_j B[k,j] s[j]. Exact for a footprint that is linear in its uncertain entries; products of uncertain
numbers, and loops, add terms of higher order that only sampling sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tanbiao.core.lca.errors import Label
from tanbiao.core.lca.inputs import Demand, Floats, Integers, Matrix, read_demand
from tanbiao.core.lca.uncertain import UncertainSystem


@dataclass(frozen=True)
class InputVariance:
    """One uncertain entry and what it adds to the variance."""

    matrix: str
    """``technosphere``, ``interventions`` or ``characterization``."""
    row: Label
    column: Label
    nominal: float
    derivative: float
    """Change of the footprint per unit of the entry (of a share: with the others of its group giving way)."""
    variance: float
    share: float
    """Of the first-order variance."""


@dataclass(frozen=True)
class Preview:
    """First-order spread of one footprint; ``method`` says so wherever it is shown."""

    nominal: float
    sd: float
    inputs: tuple[InputVariance, ...]
    """Largest first."""
    rest: float
    """Variance of the inputs not listed."""
    method: str = "first order (delta method), preview"


class DeltaMethod:
    """First-order variances of any footprint of an uncertain system, for one indicator.

    What all footprints share (the intensities, and each entry's part per run of its process) is calculated once.
    """

    def __init__(self, uncertain: UncertainSystem, indicator: int = 0) -> None:
        self.uncertain = uncertain
        system = uncertain.system
        self._intensity: Floats = system.intensities()[indicator]
        weights = system.characterization.tocsr()[[indicator]].tocoo()
        self._factor = np.zeros(system.gases.count)
        self._factor[weights.col] = weights.data
        own = np.flatnonzero(system.characterization.indices == indicator)
        gas = np.repeat(np.arange(system.gases.count), np.diff(system.characterization.indptr))[own]
        self._own, self._own_gas = own, gas
        self._gas_variance: Floats = uncertain.characterization.variance[own]
        self._per_input = self._slopes_of_inputs()
        self._per_emission: Floats = self._factor[system.interventions.indices]
        self._input_column = _columns(system.technosphere)
        self._emission_column = _columns(system.interventions)
        self._input_variance = self._per_input**2 * uncertain.technosphere.variance
        self._emission_variance = self._per_emission**2 * uncertain.interventions.variance
        processes = system.processes.count
        self._of_process = np.bincount(self._input_column, self._input_variance, processes) + np.bincount(
            self._emission_column, self._emission_variance, processes
        )

    def _slopes_of_inputs(self) -> Floats:
        """Return −λ of each entry's product; in a group of shares less what the others give back.

        x′ = x T / Σx has ∂x′ᵢ/∂xⱼ = δᵢⱼ − xᵢ / T at the nominal values, so a slope loses the group's weighted mean.
        """
        matrix, shares = self.uncertain.system.technosphere, self.uncertain.shares
        slope: Floats = -self._intensity[matrix.indices]
        if len(shares.total):
            member, length = shares.member, np.diff(shares.start)
            mean = np.add.reduceat(slope[member] * matrix.data[member], shares.start[:-1]) / shares.total
            slope[member] -= np.repeat(mean, length)
        return np.asarray(slope)

    def sd(self, demands: Sequence[Demand]) -> Floats:
        """Return the first-order standard deviation of each footprint, (demands,).

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``, ``demand_shape``, ``demand_not_finite``.
        """
        variances = [self._variance(self.uncertain.system.scaling(demand)) for demand in demands]
        return np.asarray(np.sqrt(np.array(variances)))

    def _variance(self, scaling: Floats) -> float:
        gas = self._gas_slope(scaling)
        return float((scaling * scaling) @ self._of_process + (gas * gas) @ self._gas_variance)

    def _gas_slope(self, scaling: Floats) -> Floats:
        return np.asarray((self.uncertain.system.interventions @ scaling)[self._own_gas])

    def preview(self, demand: Demand, top: int = 20) -> Preview:
        """Return the first-order spread of a footprint and the inputs it comes from, largest first.

        Raises
        ------
        InvalidSystem
            ``product_not_in_system``, ``demand_shape``, ``demand_not_finite``.
        """
        system = self.uncertain.system
        scaling = system.scaling(demand)
        gas = self._gas_slope(scaling)
        squared = scaling * scaling
        parts = np.concatenate(
            [
                self._input_variance * squared[self._input_column],
                self._emission_variance * squared[self._emission_column],
                gas * gas * self._gas_variance,
            ]
        )
        total = float(parts.sum())
        chosen = np.argsort(-parts, kind="stable")[:top]
        chosen = chosen[parts[chosen] > 0]
        inputs = tuple(self._described(int(at), scaling, gas, float(parts[at]), total) for at in chosen)
        nominal = float(self._intensity @ read_demand(demand, system.products))
        rest = total - sum(item.variance for item in inputs)
        return Preview(nominal, float(np.sqrt(total)), inputs, max(0.0, rest))

    def _described(self, at: int, scaling: Floats, gas: Floats, variance: float, total: float) -> InputVariance:
        """Name the entry at a position of the three matrices laid end to end."""
        system = self.uncertain.system
        share = variance / total
        first, second = len(self._per_input), len(self._per_input) + len(self._per_emission)
        if at < first:
            column = int(self._input_column[at])
            row = system.products[int(system.technosphere.indices[at])]
            slope = float(self._per_input[at] * scaling[column])
            amount = float(system.technosphere.data[at])
            return InputVariance("technosphere", row, system.processes[column], amount, slope, variance, share)
        if at < second:
            entry = at - first
            column = int(self._emission_column[entry])
            row = system.gases[int(system.interventions.indices[entry])]
            slope = float(self._per_emission[entry] * scaling[column])
            amount = float(system.interventions.data[entry])
            return InputVariance("interventions", row, system.processes[column], amount, slope, variance, share)
        entry = at - second
        row = system.indicators[int(system.characterization.indices[self._own[entry]])]
        amount = float(system.characterization.data[self._own[entry]])
        name = system.gases[int(self._own_gas[entry])]
        return InputVariance("characterization", row, name, amount, float(gas[entry]), variance, share)


def _columns(matrix: Matrix) -> Integers:
    return np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
