"""A row of a calculated study as a rule's expressions see it: ``row.mass``, ``row.stage``, ``row.evidence`` …

A row that feeds several stages is read once in each. Amounts are per declared unit. What can't be told is a
:class:`~tanbiao.core.findings.Finding` that says why instead of a number; it is kept: a hundred checks ask once.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from tanbiao.core.amounts import AbsenceKind, add
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study.allocation import process_of
from tanbiao.core.study.data_quality import scores_of
from tanbiao.core.study.expressions import Value
from tanbiao.core.study.flows import KILOGRAM, KILOMETRE, Flow
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.model import Study
from tanbiao.core.units import Property, compatible, convert, parse_amount, parse_property, parse_unit

MEGAJOULE = parse_unit("MJ")
NOT_MATTER = ("transport", "fuel", "electricity", "credit")
"""Rows whose amount does not enter or leave a process as matter of its mass balance (a fuel leaves as flue gas)."""

Known = float | Finding
"""A number, or why there is none."""


class NotRun(Exception):
    """A check that can't be made: ``reason`` says why."""

    def __init__(self, reason: Finding) -> None:
        self.reason = reason
        super().__init__(reason.code)


class RowReading:
    """One row in one stage.

    Parameters
    ----------
    times
        How often the row happens per declared unit.
    entries
        What it adds to the total in this stage.
    total
        The result's total, kg CO2e per declared unit, or why there is none.
    """

    def __init__(
        self, study: Study, flow: Flow, stage: str, times: float, entries: tuple[Entry, ...], total: Known
    ) -> None:
        self.study, self.flow, self.stage, self.times, self.entries, self._of = (
            study,
            flow,
            stage,
            times,
            entries,
            total,
        )
        self.where = flow.where

    # --- quantities ---------------------------------------------------------------------------------------------------

    def _absent(self) -> Finding | None:
        """Return why nothing is known of the row's amount; None where it is a number, or stated to be left out."""
        absence = self.flow.absence
        if absence is None or absence.kind in (AbsenceKind.EXCLUDED, AbsenceKind.BELOW_CUT_OFF):
            return None
        return finding("check_amount_absent", Severity.WARNING, self.where)

    def _missing(self, name: str) -> Finding:
        return finding("check_value_missing", Severity.WARNING, self.where, what=f"row.{name}")

    @property
    def _left_out(self) -> bool:
        return self.flow.absence is not None

    @cached_property
    def emission(self) -> Known:
        """kg CO2e per declared unit that the row adds to the total; a row that is left out adds nothing."""
        return self._absent() or (add(*(entry.value for entry in self.entries)) if self.entries else 0.0)

    @cached_property
    def share(self) -> Known:
        """Its share of the total."""
        emission, total = self.emission, self._of
        if isinstance(emission, Finding) or isinstance(total, Finding):
            return emission if isinstance(emission, Finding) else total
        if total == 0:
            return finding("formula_division", Severity.WARNING, "total")
        return emission / total

    @cached_property
    def amount(self) -> Value | Finding:
        """The row's own amount, in its own unit."""
        absent = self._absent()
        if absent is None and self._left_out:
            absent = finding("check_amount_absent", Severity.WARNING, self.where)
        return absent or Value.of(self._number, self.flow.unit)

    @property
    def _number(self) -> float:
        return self.times * float(np.ravel(self.flow.amount)[0])

    def _times(self, per_amount: Known) -> Known:
        if self._left_out:
            return self._absent() or 0.0
        return per_amount if isinstance(per_amount, Finding) else self._number * per_amount

    @cached_property
    def mass(self) -> Known:
        """kg, by its unit or a stated property."""
        return self._times(mass_of(self.flow))

    @cached_property
    def energy(self) -> Known:
        """J: of electricity and fuels by unit or heating value, of others where the unit is an energy."""
        if self._left_out:
            return self._absent() or 0.0
        try:
            return self._times(energy_of(self.flow))
        except TanbiaoError as error:
            return error.findings[0]

    @cached_property
    def quality(self) -> Known:
        """Mean pedigree score, 1 best to 5, weighted by emission as in the result; of the row or of its factors."""
        scores = [(scores_of(entry), abs(entry.value)) for entry in self.entries]
        rated = [(add(*item.values()) / len(item), weight) for item, weight in scores if item]
        if not rated:
            return finding("check_quality_unrated", Severity.WARNING, self.where)
        whole = add(*(weight for _, weight in rated))
        if whole == 0:
            return rated[0][0]
        return add(*(score * weight for score, weight in rated)) / whole

    @cached_property
    def distance(self) -> Known:
        """m, over all legs that state one."""
        legs = self.flow.row.transport or ()
        if not legs or any(leg.distance is None for leg in legs):
            return self._missing("distance")
        try:
            stated = [parse_amount(leg.distance or "", f"{self.where}.transport") for leg in legs]
            return 1000.0 * add(*(convert(value, unit, KILOMETRE) for value, unit in stated))
        except TanbiaoError as error:
            return error.findings[0]

    @cached_property
    def year(self) -> Known:
        """Year of its factor; of several the earliest."""
        years = [part.dataset.time.year for part in self.flow.parts if part.dataset is not None]
        known = [year for year in years if year is not None]
        return (
            float(min(known))
            if known
            else finding("check_value_missing", Severity.WARNING, self.where, what="row.year")
        )

    @cached_property
    def covered(self) -> Known:
        """Share of an electricity row that counts as what it is, not as the grid."""
        if self.flow.row.electricity is None:
            return self._missing("covered")
        return float(self.flow.covered)

    # --- words --------------------------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The row's id."""
        return self.flow.row.id

    @property
    def activity(self) -> str:
        """What it is: ``electricity``, ``fuel``, ``from``, ``transport`` … as the study's key is named."""
        return self.flow.row.activity or ""

    @cached_property
    def process(self) -> str:
        """The process that it belongs to, stands for, or takes from."""
        if self.flow.owner.startswith("processes."):
            return self.flow.owner.removeprefix("processes.")
        return self.flow.row.process or process_of(self.flow.feeds or "")

    @cached_property
    def data(self) -> str:
        """How the amount is known: ``site_specific``, ``primary``, ``secondary``, ``estimate``, ``stand_in``."""
        return "" if self.flow.row.data is None else self.flow.row.data.kind

    @cached_property
    def supply(self) -> str:
        """Where electricity comes from: ``grid``, ``green_certificate`` …"""
        return "" if self.flow.row.electricity is None else self.flow.row.electricity.supply

    @cached_property
    def region(self) -> str:
        """Grid region of an electricity row."""
        return "" if self.flow.row.electricity is None else self.flow.row.electricity.region or ""

    @cached_property
    def gas(self) -> str:
        """The gas that a row emits."""
        return self.flow.row.gas or ""

    @cached_property
    def fuel(self) -> str:
        """The fuel that it burns."""
        return "" if self.flow.row.fuel is None else self.flow.row.fuel.id

    @cached_property
    def dataset(self) -> str:
        """Id of its factor, of several the first."""
        found = [part.dataset.id for part in self.flow.parts if part.dataset is not None]
        return found[0] if found else ""

    @cached_property
    def geography(self) -> str:
        """Place of that factor: ``CN``, ``CN-GD``, ``GLO``."""
        found = [part.dataset.geography for part in self.flow.parts if part.dataset is not None]
        return found[0] if found else ""

    @cached_property
    def absent(self) -> str:
        """Which absence its amount is: ``unknown``, ``excluded`` …; empty for a number."""
        return "" if self.flow.absence is None else self.flow.absence.kind.value

    # --- yes or no ----------------------------------------------------------------------------------------------------

    @property
    def stand_in(self) -> bool:
        """Whether another's factor stands in."""
        return self.flow.row.stand_in is not None

    @property
    def evidence(self) -> bool:
        """Whether a file backs it."""
        return bool(self.flow.row.evidence)

    @cached_property
    def sourced(self) -> bool:
        """Whether it, or its process, says where its amount is from."""
        row = self.flow.row
        own = row.source or row.derivation
        process = self.study.processes.get(self.flow.owner.removeprefix("processes."))
        return bool(own or (process is not None and process.source))

    @property
    def proof(self) -> bool:
        """Whether an electricity row shows what proves its supply."""
        power = self.flow.row.electricity
        return power is not None and (power.proof is not None or bool(power.claims))


def _bridges(flow: Flow) -> list[Property]:
    return [parse_property(name, text) for name, text in flow.row.properties.items()]


def mass_of(flow: Flow) -> Known:
    """Return the kg of one unit of a row's amount."""
    if flow.unit.dimension == KILOGRAM.dimension:
        return float(flow.unit.factor)
    try:
        return convert(1.0, flow.unit, KILOGRAM, _bridges(flow))
    except TanbiaoError:
        return finding("check_mass_unknown", Severity.WARNING, flow.where)


def energy_of(flow: Flow) -> float:
    """Return the J in one unit of a row's amount.

    Raises
    ------
    TanbiaoError
        ``check_energy_unknown``: neither its unit nor a stated heating value says so.
    """
    unit = flow.unit
    if unit.is_energy:
        return float(unit.factor)
    bridges = _bridges(flow)
    for part in flow.parts:
        if part.dataset is not None:
            bridges += list(part.dataset.unit_properties().values())
    target = MEGAJOULE.with_basis("LHV")
    if not compatible(unit, target) and not bridges:
        raise TanbiaoError.of("check_energy_unknown", flow.where)
    return convert(1.0, unit, target, bridges, flow.where) * float(MEGAJOULE.factor)
