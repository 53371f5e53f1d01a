"""What a rule's expressions may ask of a study: masses, energies, emissions, properties of the product."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.expressions import Node, Value, path_of
from tanbiao.core.study.flows import KILOGRAM, Flow
from tanbiao.core.study.ledger import Ledger
from tanbiao.core.study.model import STAGES, Study
from tanbiao.core.units import Unit, compatible, convert, parse_amount, parse_property, parse_unit

MASS = KILOGRAM.dimension
MEGAJOULE = parse_unit("MJ")
NOT_MATTER = ("transport", "fuel", "electricity", "credit")
"""Rows whose amount does not enter or leave a process as matter of its mass balance (a fuel leaves as flue gas)."""


@dataclass(frozen=True, slots=True)
class Quantities:
    """The functions of rule expressions over one calculated study, and its plain names."""

    study: Study
    ledger: Ledger | None

    def names(self) -> dict[str, Value]:
        """Return ``unit`` (the declared unit), ``total`` (kg CO2e per declared unit) and ``product.*``."""
        value, unit = parse_amount(self.study.unit.declared, "unit.declared")
        names = {"unit": Value.of(value, unit)}
        for name, text in sorted(self.study.product.properties.items()):
            stated, stated_unit = parse_amount(text, f"product.properties.{name}")
            names[f"product.{name}"] = Value.of(stated, stated_unit)
        return names

    def functions(self) -> dict[str, object]:
        """Return ``mass(process.takes)``, ``energy(stage)``, ``emission(stage or process or row)``, ``amount(row)``."""
        return {"mass": self.mass, "energy": self.energy, "emission": self.emission, "amount": self.amount}

    # --- flows --------------------------------------------------------------------------------------------------

    def _need(self) -> Ledger:
        if self.ledger is None:
            raise TanbiaoError.of("check_needs_calculation")
        return self.ledger

    def _rows(self, path: str) -> list[Flow]:
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
            raise TanbiaoError.of("check_path_unknown", path=path)
        return known

    def mass(self, node: Node) -> Value:
        """Return the mass of a part of a process per run, or of a stage per declared unit, in kg.

        Fuel, electricity, transport and credits are not matter of the balance; what has no mass is left out; an unknown
        amount makes the check impossible.
        """
        path = path_of(node)
        process, _, part = path.partition(".")
        if part == "gives":
            return Value(self._given(process), MASS)
        return Value(add(*self._masses(self._rows(path))), MASS)

    def _given(self, name: str) -> float:
        process = self.study.processes.get(name)
        if process is None:
            raise TanbiaoError.of("check_path_unknown", path=name)
        texts = [process.gives] if isinstance(process.gives, str) else [item.amount for item in process.gives]
        total = 0.0
        for text in texts:
            value, unit = parse_amount(text)
            if unit.dimension == MASS:
                total += convert(value, Unit(unit.expression, "", unit.dimension, unit.factor), KILOGRAM)
        return total

    @staticmethod
    def _masses(flows: Iterable[Flow]) -> Iterable[float]:
        for flow in flows:
            if flow.row.activity in NOT_MATTER:
                continue
            if flow.absence is not None:
                raise TanbiaoError.of("check_amount_absent", flow.where)
            amount, unit = float(np.ravel(flow.amount)[0]), flow.unit
            if unit.dimension == MASS:
                yield amount * float(unit.factor)
                continue
            bridges = [parse_property(name, text) for name, text in flow.row.properties.items()]
            try:
                yield convert(amount, unit, KILOGRAM, bridges)
            except TanbiaoError:
                continue

    def energy(self, node: Node) -> Value:
        """Return electricity and fuel energy of a stage (per declared unit) or process (per run), in J."""
        flows = [flow for flow in self._rows(path_of(node)) if flow.row.activity in ("electricity", "fuel")]
        total = 0.0
        for flow in flows:
            if flow.absence is not None:
                raise TanbiaoError.of("check_amount_absent", flow.where)
            total += float(np.ravel(flow.amount)[0]) * _energy_of(flow)
        return Value(total * float(MEGAJOULE.factor), MEGAJOULE.dimension)

    def emission(self, node: Node) -> Value:
        """Return the emission of a stage, process or row in kg CO2e per declared unit (as a mass)."""
        ledger, path = self._need(), path_of(node)
        if any(item.where.startswith(f"stages.{path}.") or f".{path}." in item.where for item in ledger.absences):
            raise TanbiaoError.of("check_amount_absent", path)
        total = 0.0
        for entry in ledger.entries:
            if path in (entry.stage, entry.flow.row.id, entry.flow.row.process) or path in entry.path:
                total += entry.value
        return Value(total, MASS)

    def amount(self, node: Node) -> Value:
        """Return a row's amount per declared unit or per run of its process."""
        row_id = path_of(node)
        for flow in self._need().flows:
            if flow.row.id != row_id:
                continue
            if flow.absence is not None:
                raise TanbiaoError.of("check_amount_absent", flow.where)
            return Value.of(float(np.ravel(flow.amount)[0]), flow.unit)
        raise TanbiaoError.of("check_path_unknown", path=row_id)


def _energy_of(flow: Flow) -> float:
    """Return MJ in one unit of an electricity or fuel row."""
    unit = flow.unit
    if unit.is_energy:
        return float(unit.factor) / float(MEGAJOULE.factor)
    bridges = [parse_property(name, text) for name, text in flow.row.properties.items()]
    for part in flow.parts:
        if part.dataset is not None:
            bridges += list(part.dataset.unit_properties().values())
    target = MEGAJOULE.with_basis("LHV")
    if not compatible(unit, target) and not bridges:
        raise TanbiaoError.of("check_amount_absent", flow.where)
    return convert(1.0, unit, target, bridges, flow.where)
