"""What the rows of a study's processes attribute to a good: direct emissions, electricity, and the precursors used.

A process that makes no good itself (steam, oxygen, coke of the same works) belongs to the goods that use it, with what
it emits for them; one that somebody else runs lies outside and counts only where it makes a precursor. Of a fuel only
the combustion counts, of a bought input nothing. The other products of a process that makes a good carry nothing away
(Implementing Regulation (EU) 2025/2547, Annex II, point F).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tanbiao.core import units
from tanbiao.core.amounts import AbsenceKind, add
from tanbiao.core.dataset.model import DatasetKind
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study.allocation import process_of
from tanbiao.core.study.amount_reader import AmountReader
from tanbiao.core.study.flows import Flow, Priced
from tanbiao.core.study.foreground import foreground
from tanbiao.core.study.model import Study

TONNE = units.parse_unit("t")
MEGAWATT_HOUR = units.parse_unit("MWh|electricity")
KILOGRAMS = 1000.0
UNKNOWN: Final = (AbsenceKind.UNKNOWN, AbsenceKind.NOT_DECLARED)
CARBON_DIOXIDE: Final = "CO2 fossil"
BIOGENIC: Final = "CO2 biogenic"
UNDIVIDED: Final = "undivided"


@dataclass(frozen=True, slots=True)
class Use:
    """A precursor that one run takes: ``mass`` in t."""

    row: str
    where: str
    name: Mapping[str, str]
    mass: float
    good: str | None
    """The good of the study that it is; None: the row buys it."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """Of one run of a process with what it uses inside the works: t CO2e, MWh by row, precursors."""

    direct: float
    electricity: Mapping[str, float]
    uses: tuple[Use, ...]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Attributing:
    """Reads the resolved rows of a study."""

    study: Study
    flows: tuple[Flow, ...]
    amounts: AmountReader
    goods: Mapping[str, str] = field(default_factory=dict)
    """Process → the good that it makes."""

    def given(self, process: str, product: str) -> float | None:
        """Return t of a product that one run gives; None where it is no mass or not there."""
        gives = self.study.processes[process].gives
        if not isinstance(gives, str):
            if not product:
                return None
            gives = next((item.amount for item in gives if item.product == product), "")
        try:
            amount = units.convert(*units.parse_amount(gives), TONNE)
        except TanbiaoError:
            return None
        return amount if amount > 0 else None

    def of(self, process: str, gases: frozenset[str]) -> Attributed:
        """Return what one run of a process attributes to its good.

        Parameters
        ----------
        gases
            The gases that count of its category.
        """
        runs, direct, power, uses = self._runs(process), [], dict[str, float](), list[Use]()
        found: list[Finding] = []
        for flow in self.flows:
            if flow.user not in runs:
                continue
            times = runs[flow.user]
            if flow.absence is not None:
                if flow.absence.kind in UNKNOWN and self._matters(flow):
                    found.append(finding("cbam_amount_unknown", Severity.BLOCKING, flow.where, row=flow.row.id))
                continue
            amount = float(np.ravel(flow.amount)[0]) * times
            if flow.row.electricity is not None:
                unit = units.qualify(flow.unit, "electricity")
                power[flow.row.id] = units.convert(amount, unit, MEGAWATT_HOUR, where=flow.where)
            elif self._is_precursor(flow):
                use = self._use(flow, amount)
                if use is None:
                    found.append(finding("cbam_not_mass", Severity.BLOCKING, flow.where, what=flow.row.id))
                else:
                    uses.append(use)
            else:
                direct.append(amount * self._emitted(flow, gases, found) / KILOGRAMS)
        return Attributed(add(0.0, *direct), power, tuple(uses), tuple(found))

    def _runs(self, process: str) -> dict[str, float]:
        """Return how often each process of the works runs for one run of this one."""
        maker = self.study.processes[process].control or "own"
        inside = {
            name
            for name, item in self.study.processes.items()
            if name == process or (name not in self.goods and (item.control or "own") == maker)
        }
        edges: dict[tuple[str, str], np.ndarray] = {}
        nodes = set(inside)
        for flow in self.flows:
            if not flow.user or process_of(flow.user) not in inside:
                continue
            nodes.add(flow.user)
            if flow.feeds is None or flow.absence is not None or process_of(flow.feeds) not in inside:
                continue
            nodes.add(flow.feeds)
            key, value = (flow.feeds, flow.user), np.ravel(flow.amount)[:1] * flow.runs_per_amount
            edges[key] = edges[key] + value if key in edges else value
        demand = {node: np.ones(1) for node in nodes if process_of(node) == process}
        solved = foreground(sorted(nodes), edges).runs(demand, 1)
        return {name: float(value[0]) for name, value in solved.items() if value[0] > 0}

    def _is_precursor(self, flow: Flow) -> bool:
        """Whether a row takes a good of the mechanism; a co-product of one is none, and carries nothing."""
        return self.bought(flow) or self._good(flow) is not None

    def bought(self, flow: Flow) -> bool:
        """Whether the study states a row to buy a precursor."""
        return self.study.cbam is not None and flow.row.id in self.study.cbam.precursors

    def _good(self, flow: Flow) -> str | None:
        """Return the good of the study that a row takes."""
        if flow.feeds is None or self.study.cbam is None:
            return None
        key = self.goods.get(process_of(flow.feeds))
        if key is None:
            return None
        made = self.study.cbam.goods[key].process.partition("/")[2]
        taken = str(flow.row.from_).removeprefix("process/").partition("/")[2]
        return key if made == taken else None

    def _matters(self, flow: Flow) -> bool:
        row = flow.row
        burns = row.fuel is not None or row.gas is not None or row.emission is not None
        return burns or row.electricity is not None or self._is_precursor(flow) or _own(row.from_) is not None

    def _use(self, flow: Flow, amount: float) -> Use | None:
        row = flow.row
        stated = {name: units.parse_property(name, text, flow.where) for name, text in row.properties.items()}
        try:
            mass = units.convert(amount, flow.unit, TONNE, tuple(stated.values()), flow.where)
        except TanbiaoError:
            return None
        name = {"zh": row.id, "en": row.id} if row.name is None else row.name.both()
        return Use(row.id, flow.where, name, mass, None if self.bought(flow) else self._good(flow))

    def _emitted(self, flow: Flow, gases: frozenset[str], found: list[Finding]) -> float:
        """Return kg CO2e of a row's amount that its process emits itself."""
        row = flow.row
        if row.fuel is None and row.gas is None and row.emission is None:
            return 0.0
        return add(0.0, *(self._part(part, flow, gases, found) for part in flow.parts))

    def _part(self, part: Priced, flow: Flow, gases: frozenset[str], found: list[Finding]) -> float:
        if part.dataset is not None and part.dataset.kind is not DatasetKind.DIRECT_EMISSION_FACTOR:
            return 0.0
        counted = [value for key, value in part.intensity.gases.items() if self._counts(key, value, flow, gases, found)]
        return part.per_amount * part.sign * add(0.0, *counted)

    def _counts(self, gas: str, value: float, flow: Flow, gases: frozenset[str], found: list[Finding]) -> bool:
        """Whether a gas of a row counts; biomass counts zero only with evidence."""
        if not value or gas == CARBON_DIOXIDE:
            return bool(value)
        if gas == BIOGENIC:
            stated = None if self.study.cbam is None else self.study.cbam.biomass
            if stated is not None and flow.row.id in stated.rows:
                return False
            found.append(finding("cbam_biomass_counts", Severity.WARNING, flow.where, row=flow.row.id))
            return True
        if gas == UNDIVIDED:
            found.append(finding("cbam_undivided", Severity.WARNING, flow.where, row=flow.row.id))
            return True
        return gas in gases


def _own(reference: str | None) -> str | None:
    return None if reference is None or not reference.startswith("process/") else reference
