"""What a rule's expressions read of a study and its result: read once, then asked by every check.

Three kinds of things: the rows (one :class:`RowReading` for each row in each stage that it counts in), plain names
(``total``, ``product.capacity``), and functions over a path (``mass(kiln.takes)``). What can't be read raises
:class:`NotRun` with the reason; a check that meets it is *not run*, never passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.row_reading import NOT_MATTER, Known, NotRun, RowReading, energy_of, mass_of
from tanbiao.core.study import credits
from tanbiao.core.study.calculation import Settings
from tanbiao.core.study.data_period import whole_months
from tanbiao.core.study.expressions import Value
from tanbiao.core.study.flows import KILOGRAM, Flow
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.model import STAGES, Study
from tanbiao.core.study.result import Result
from tanbiao.core.units import Unit, convert, parse_amount, parse_value

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule


def cannot(code: str, where: str = "", **params: str | int | float) -> NotRun:
    """Return the exception of a check that can't be made, by the code that says why."""
    return NotRun(finding(code, Severity.WARNING, where, **params))


@dataclass(eq=False)
class Reading:
    """One calculated study as expressions see it.

    Parameters
    ----------
    result
        None before a calculation: only ``product.*``, ``parameter.*`` and the study's own words can be read.
    ledger
        The calculation's own ledger; without it no row, mass or energy can be read.
    """

    rule: Rule
    study: Study
    result: Result | None
    ledger: Ledger | None
    memo: dict[Any, Any] = field(default_factory=dict)
    """What an expression has already answered for the whole study."""

    # --- rows ---------------------------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> tuple[RowReading, ...]:
        """Every row in each stage that it counts in, in life-cycle order; its amounts are per declared unit."""
        ledger = self._need()
        total = self._total()
        priced: dict[tuple[str, int], list[Entry]] = {}
        counted = ledger.entries + credits.counted(ledger, Settings.of(self.rule).credits_counted)[0]
        for entry in counted:
            priced.setdefault((entry.stage, id(entry.flow)), []).append(entry)
        return tuple(
            RowReading(self.study, flow, stage, times, tuple(priced.get((stage, id(flow)), ())), total)
            for stage, flow, times in _placed(ledger)
        )

    def _total(self) -> Known:
        if self.result is None:
            return finding("check_needs_calculation", Severity.WARNING)
        total = self.result.document["total"]
        if total["completeness"] == "incomplete":
            return finding("check_total_incomplete", Severity.WARNING, "total")
        return float(total["value"])

    def _need(self) -> Ledger:
        if self.ledger is None:
            raise cannot("check_needs_calculation")
        return self.ledger

    # --- plain names --------------------------------------------------------------------------------------------------

    def plain(self, name: str) -> Any:
        """Return what a plain name stands for: a float, a text, or a :class:`Value` where its unit is the study's.

        Raises
        ------
        NotRun
            The study or its result does not have it.
        """
        if name == "unit":
            value, unit = parse_amount(self.study.unit.declared, "unit.declared")
            return Value.of(value, unit)
        head, _, rest = name.partition(".")
        if head == "product" and rest:
            return self._stated(name, self.study.product.properties.get(rest), f"product.properties.{rest}")
        if head == "parameter" and rest:
            parameter = self.study.parameters.get(rest)
            return self._stated(name, None if parameter is None else parameter.amount, f"parameters.{rest}")
        if head == "study":
            return STUDY_WORDS[rest](self.study)
        return self._of_result(name)

    @staticmethod
    def _stated(name: str, text: str | None, where: str) -> Value:
        if text is None:
            raise cannot("check_value_missing", where, what=name)
        try:
            value, unit = parse_value(text, where)
        except TanbiaoError as error:
            raise NotRun(error.findings[0]) from error
        return Value.of(value, unit)

    def _of_result(self, name: str) -> float:
        if self.result is None:
            raise cannot("check_needs_calculation")
        here: Any = self.result.document
        for step in RESULT_PLACES[name]:
            here = here[step]
        if not isinstance(here, int | float):
            raise cannot("check_value_missing", ".".join(RESULT_PLACES[name]), what=name)
        return float(here)

    # --- functions over a path ----------------------------------------------------------------------------------------

    def function(self, name: str, path: str) -> Any:
        """Return ``mass``, ``energy``, ``emission`` (floats in SI), ``amount`` (a value), ``has`` (a bool)."""
        key = (name, path)
        if key not in self.memo:
            try:
                self.memo[key] = getattr(self, f"_function_{name}")(path)
            except NotRun as stop:
                self.memo[key] = stop
            except TanbiaoError as error:
                self.memo[key] = NotRun(error.findings[0])
        found = self.memo[key]
        if isinstance(found, NotRun):
            raise found
        return found

    def _flows(self, path: str) -> list[Flow]:
        """Return the flows of a stage, of a process, or of one part of a process."""
        flows = self._need().flows
        if path in STAGES:
            return [flow for flow in flows if flow.owner == f"stages.{path}"]
        process, _, part = path.partition(".")
        if process in self.study.processes:
            wanted = f"processes.{process}." + (f"{part}." if part else "")
            return [flow for flow in flows if flow.where.startswith(wanted)]
        known = [flow for flow in flows if flow.row.process == process]
        if not known:
            raise cannot("check_path_unknown", path, path=path)
        return known

    def _function_mass(self, path: str) -> float:
        """Return the mass of a part of a process per run, or of a stage per declared unit, in kg.

        Fuel, electricity, transport and credits are not matter of the balance; what has no mass is left out; an unknown
        amount makes the check impossible.
        """
        process, _, part = path.partition(".")
        if part == "gives":
            return self._given(process)
        return add(*_masses(self._flows(path)))

    def _given(self, name: str) -> float:
        process = self.study.processes.get(name)
        if process is None:
            raise cannot("check_path_unknown", name, path=name)
        texts = [process.gives] if isinstance(process.gives, str) else [item.amount for item in process.gives]
        total = 0.0
        for text in texts:
            value, unit = parse_amount(text)
            if unit.dimension == KILOGRAM.dimension:
                total += convert(value, Unit(unit.expression, "", unit.dimension, unit.factor), KILOGRAM)
        return total

    def _function_energy(self, path: str) -> float:
        """Return electricity and fuel energy of a stage (per declared unit) or process (per run), in J."""
        flows = [flow for flow in self._flows(path) if flow.row.activity in ("electricity", "fuel")]
        return sum((energy_of(flow) * _amount(flow) for flow in flows), 0.0)

    def _function_emission(self, path: str) -> float:
        """Return the emission of a stage, process or row in kg CO2e per declared unit."""
        ledger = self._need()
        if any(item.where.startswith(f"stages.{path}.") or f".{path}." in item.where for item in ledger.absences):
            raise cannot("check_amount_absent", path)
        total = 0.0
        for entry in ledger.entries:
            if path in (entry.stage, entry.flow.row.id, entry.flow.row.process) or path in entry.path:
                total += entry.value
        return total

    def _function_amount(self, path: str) -> Value:
        """Return a row's amount per declared unit or per run of its process."""
        # a row that is shared among products is several flows
        flows = [flow for flow in self._need().flows if flow.row.id == path]
        if not flows:
            raise cannot("check_path_unknown", path, path=path)
        return Value.of(add(*(_amount(flow) for flow in flows)), flows[0].unit)

    def _function_has(self, path: str) -> bool:
        """Return whether the study has such a stage with rows, a process, or a row."""
        if path in STAGES:
            return bool(getattr(self.study.stages, path).rows)
        return path in self.study.processes or any(path in (row.id, row.process) for _, row in self.study.rows())


STUDY_WORDS: dict[str, Callable[[Study], Any]] = {
    "boundary": lambda study: study.boundary,
    "category": lambda study: study.product.category or "",
    "country": lambda study: study.product.country,
    "gwp": lambda study: study.gwp,
    "months": lambda study: float(whole_months(study.period.from_, study.period.to)),
}
"""``study.NAME`` in an expression → what it stands for."""

RESULT_PLACES = {
    "total": ("total", "value"),
    "excluding_uptake": ("total", "excluding_uptake"),
    "interval.low": ("total", "p2_5"),
    "interval.high": ("total", "p97_5"),
    "quality": ("data_quality", "score"),
    "quality.assessed": ("data_quality", "assessed_share"),
    "primary_share": ("primary_data_share",),
    "foreign_share": ("foreign_share",),
    "gwp.other": ("versions", "gwp", "share_other"),
    "gwp.unknown": ("versions", "gwp", "share_unknown"),
    "kind.fossil": ("kinds", "fossil"),
    "kind.biogenic_emission": ("kinds", "biogenic_emission"),
    "kind.biogenic_uptake": ("kinds", "biogenic_uptake"),
    "kind.land_use_change": ("kinds", "land_use_change"),
    "kind.undivided": ("kinds", "undivided"),
    "aircraft": ("of_which", "aircraft"),
}
"""Name in an expression → place in the result document."""


def _placed(ledger: Ledger) -> Iterator[tuple[str, Flow, float]]:
    """Yield (stage, row, how often it happens per declared unit) as the ledger counts them."""
    for stage in STAGES:
        runs = ledger.runs[stage]
        for flow in ledger.flows:
            if flow.owner == f"stages.{stage}":
                yield stage, flow, 1.0
            elif flow.user and flow.user in runs:
                yield stage, flow, float(runs[flow.user][0])


def _amount(flow: Flow) -> float:
    if flow.absence is not None:
        raise cannot("check_amount_absent", flow.where)
    return float(np.ravel(flow.amount)[0])


def _masses(flows: list[Flow]) -> Iterator[float]:
    for flow in flows:
        if flow.row.activity in NOT_MATTER:
            continue
        mass = mass_of(flow)
        amount = _amount(flow)
        if not isinstance(mass, Finding):
            yield amount * mass
