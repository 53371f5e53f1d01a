"""Read the amounts of a study: parameters, formulas, the output an amount is for, and their draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tanbiao.core import units
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study import expressions, scenarios
from tanbiao.core.study.model import Absent, Parameter, Process, Row, Study
from tanbiao.core.study.spread import Basis, Draw, Spread, multipliers, spread_of, weaker

Floats = NDArray[np.float64]
ONE = units.parse_unit("1")


@dataclass(slots=True)
class AmountReader:
    """Reads amounts as arrays: the nominal figure, then the samples."""

    study: Study
    seed: int = 1
    samples: int = 0
    findings: list[Finding] = field(default_factory=list)
    draw: Draw = multipliers
    _parameters: dict[str, expressions.Value] = field(default_factory=dict)
    _parameter_bases: dict[str, Basis] = field(default_factory=dict)
    _row_draws: dict[str, Floats] = field(default_factory=dict)
    _read_rows: dict[str, tuple[Any, units.Unit, Spread]] = field(default_factory=dict)

    def read_parameters(self) -> None:
        """Evaluate the study's parameters, each with its own draws; a parameter may use others, in any order."""
        try:
            waiting = dict(sorted(scenarios.parameters(self.study).items()))
        except TanbiaoError as error:
            self.findings += error.findings
            return
        while waiting:
            ready = [
                name for name, item in waiting.items() if not self._parameters_in(item.amount, name) & set(waiting)
            ]
            if not ready:
                loop = ", ".join(waiting)
                self.findings.append(finding("formula_cycle", Severity.BLOCKING, "parameters", names=loop))
                return
            for name in ready:
                self._read_parameter(name, waiting.pop(name))

    def _parameters_in(self, text: str, name: str) -> set[str]:
        if not text.startswith("="):
            return set()
        try:
            return expressions.parse(text[1:].strip(), f"parameters.{name}").names()
        except TanbiaoError:
            return set()  # found again, and reported, where it is evaluated

    def _read_parameter(self, name: str, parameter: Parameter) -> None:
        where = f"parameters.{name}"
        try:
            value, unit = self.pure(parameter.amount, where)
            if parameter.data is None and parameter.amount.startswith("="):
                # what it is made of has been drawn already; it is as well known as the weakest of it
                self._parameters[name] = expressions.Value.of(value, unit)
                bases = self.formula_basis(parameter.amount, where)
                if bases:
                    self._parameter_bases[name] = weaker(*bases)
                return
            spread = spread_of(parameter.data, float(np.ravel(value)[0]), unit, where)
        except TanbiaoError as error:
            self.findings += error.findings
            return
        stream = f"parameter/{name}"
        draws = self.draw([(stream, spread.distribution)], self.seed, self.samples)[stream]
        self._parameter_bases[name] = spread.basis
        self._parameters[name] = expressions.Value.of(value * draws, unit)

    def pure(self, text: str, where: str) -> tuple[Any, units.Unit]:
        """Return (number or array, unit) as :meth:`quantity`; a number without a unit is a pure number."""
        try:
            return self.quantity(text, where)
        except TanbiaoError as error:
            if error.code != "unit_missing":
                raise
            return units.parse_number(text, where), units.parse_unit("1")

    def quantity(self, text: str, where: str) -> tuple[Any, units.Unit]:
        """Return (number or array, unit) of an amount's text or formula."""
        if not text.startswith("="):
            return units.parse_amount(text, where)
        value = expressions.evaluate(expressions.parse(text[1:].strip(), where), self._parameters, where=where)
        si_unit = units.Unit(
            expressions.spell(expressions.Value(value.si, value.dimension)), value.basis, value.dimension, Fraction(1)
        )
        si = value.si if isinstance(value.si, np.ndarray) else float(value.si)
        if float(np.ravel(si)[0]) < 0:
            raise TanbiaoError.of("negative_amount", where, value=text)
        # a draw of a yield above 1 would turn a loss into a gain: amounts end at zero, in samples too
        return np.maximum(si, 0.0) if isinstance(si, np.ndarray) else si, si_unit

    def formula_basis(self, text: str, where: str) -> list[Basis]:
        """Return on what the parameters of a formula rest; nothing for a plain amount."""
        if not text.startswith("="):
            return []
        names = expressions.parse(text[1:].strip(), where).names()
        return [self._parameter_bases[name] for name in sorted(names) if name in self._parameter_bases]

    def per(self, row: Row, where: str, process: Process | None) -> float:
        """Return what one stated amount must be multiplied with: per declared unit or run of the process, per use."""
        return self._output_share(row, where, process) / self._uses(row, where)

    def _uses(self, row: Row, where: str) -> float:
        """Return among how many uses a row is shared."""
        if row.reuse is None:
            return 1.0
        key = "rate" if row.reuse.uses is None else "uses"
        text = str(row.reuse.uses or row.reuse.rate)
        number, unit = self.pure(text, f"{where}.reuse.{key}")
        value = float(np.ravel(expressions.Value.of(number, unit).in_unit(ONE, f"{where}.reuse.{key}"))[0])
        if (key == "uses" and value < 1) or (key == "rate" and not 0 <= value < 1):
            raise TanbiaoError.of("reuse_value", f"{where}.reuse.{key}", key=key, value=text)
        return value if key == "uses" else 1.0 / (1.0 - value)

    def _output_share(self, row: Row, where: str, process: Process | None) -> float:
        """Return one over the output that a stated amount is for, in declared units or runs."""
        if process is not None:
            if row.per is None:
                return 1.0
            if not isinstance(process.gives, str):
                raise TanbiaoError.of("per_of_several_products", f"{where}.per")
            given, unit = units.parse_amount(process.gives, where)
            return given / self._output(row.per, unit, f"{where}.per")
        declared, unit = units.parse_amount(self.study.unit.declared, "unit.declared")
        stated = row.per or self.study.unit.amounts_for
        if stated is None:
            return 1.0
        return declared / self._output(stated, unit, f"{where}.per" if row.per else "unit.amounts_for")

    def _output(self, text: str, unit: units.Unit, where: str) -> float:
        value, stated = units.parse_amount(text, where)
        properties = []
        flow = self.study.unit.reference_flow
        if flow is not None and not where.startswith("processes."):
            declared, declared_unit = units.parse_amount(self.study.unit.declared, "unit.declared")
            mass, mass_unit = units.parse_amount(flow.amount, "unit.reference_flow.amount")
            properties.append(units.Property("reference flow", mass / declared, mass_unit, declared_unit))
        output = units.convert(value, stated, unit, properties, where)
        if output <= 0:
            raise TanbiaoError.of("per_not_positive", where, value=text)
        return output

    def row(self, where: str, row: Row, process: Process | None) -> tuple[Floats, units.Unit, Basis]:
        """Return (amount per declared unit or per run of the process, its unit, on what its spread rests).

        Raises
        ------
        TanbiaoError
            The amount, its formula, its uncertainty or the output it is for can't be read.
        """
        value, unit, spread = self._read_rows.get(row.id) or self._read_row(where, row)
        scale = self.per(row, where, process)
        bases = self.formula_basis(str(row.amount), f"{where}.amount")
        states_own = row.data is not None and (row.data.uncertainty is not None or row.data.pedigree is not None)
        if bases and not states_own:
            return np.atleast_1d(value) * scale, unit, weaker(*bases)
        draws = self._row_draws[row.id] if row.id in self._row_draws else np.ones(1)
        return value * draws * scale, unit, weaker(spread.basis, *bases)

    def _read_row(self, where: str, row: Row) -> tuple[Any, units.Unit, Spread]:
        value, unit = self.quantity(str(row.amount), f"{where}.amount")
        return value, unit, spread_of(row.data, float(np.ravel(value)[0]), unit, where)

    def draw_rows(self) -> None:
        """Draw the multipliers of all rows in one call."""
        wanted = []
        for where, row in self.study.rows():
            if isinstance(row.amount, Absent):
                continue
            try:
                read = self._read_row(where, row)
            except TanbiaoError:
                continue  # found again, and reported, where the row is resolved
            self._read_rows[row.id] = read
            wanted.append((row.id, read[2].distribution))
        drawn = self.draw([(f"row/{row_id}", item) for row_id, item in wanted], self.seed, self.samples)
        self._row_draws = {row_id: drawn[f"row/{row_id}"] for row_id, _ in wanted}
