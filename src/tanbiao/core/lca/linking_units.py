"""Amounts in their flow's own reference unit: through unit groups and flow properties, never by guess.

An exchange states an amount in a unit of some flow property. With ``u`` = reference units of the property per unit
and ``p`` = reference units of the property per reference unit of the flow, ``amount · u / p`` is the amount in the
flow's reference unit. Where that chain has a gap or two ways, the answer is a refusal, not a spelling that looks right.
Only a file that leaves the unit groups out is read by the names of its units, and those that mean several things stay
apart.
"""

from __future__ import annotations

import math

from tanbiao.core.dataset.inventory import Exchange, Flow, Inventory, UnitGroup
from tanbiao.core.dataset.nomenclature import gas_of_id
from tanbiao.core.dataset.nomenclature_units import exact_factor
from tanbiao.core.findings import TanbiaoError


class Measures:
    """The unit groups and flow properties of one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._properties = inventory.flow_properties
        self._groups = inventory.unit_groups
        self._written = self._units_written(inventory)

    def _units_written(self, inventory: Inventory) -> dict[str, str]:
        """Return the unit in which amounts are written of flows whose unit group the file leaves out.

        That of a reference before others, and the alphabetically first of several: no order of the file decides.
        """
        unknown = {
            key: flow.reference_property
            for key, flow in inventory.flows.items()
            if not flow.unit and self._group(flow.reference_property) is None
        }
        units: dict[str, tuple[bool, str]] = {}
        for process in inventory.processes:
            for one in process.exchanges:
                if one.flow in unknown and one.flow_property in ("", unknown[one.flow]) and one.unit:
                    this = (not one.is_reference, one.unit)
                    units[one.flow] = min(this, units.get(one.flow, this))
        return {key: unit for key, (_, unit) in units.items()}

    def unit(self, flow: Flow) -> str:
        """Return the name of the flow's reference unit, empty where the file doesn't tell."""
        group = self._group(flow.reference_property)
        return group.reference_unit if group else flow.unit or self._written.get(flow.id, "")

    def amount(self, flow: Flow, exchange: Exchange, where: str = "") -> float:
        """Return an exchange's amount in its flow's reference unit; the sign stays the file's.

        Raises
        ------
        TanbiaoError
            ``amount_not_finite``; ``unit_mismatch``: the unit belongs to no property of the flow, or to several
            without the file saying which.
        """
        if not math.isfinite(exchange.amount):
            raise TanbiaoError.of("amount_not_finite", where, value=str(exchange.amount))
        factor = self.factor(flow, exchange.unit, exchange.flow_property)
        if factor is None:
            raise TanbiaoError.of("unit_mismatch", where, unit=exchange.unit, expected=self.unit(flow))
        return exchange.amount * factor

    def factor(self, flow: Flow, unit: str, flow_property: str = "") -> float | None:
        """Return the flow's reference units in one of the unit; None where unit groups and properties don't tell."""
        if self._group(flow.reference_property) is None and flow_property in ("", flow.reference_property):
            return self._without_group(flow, unit)
        if flow_property:
            return self._through(flow, flow_property, unit)
        own = self._through(flow, flow.reference_property, unit)
        if own is not None:
            return own
        ways = {self._through(flow, key, unit) for key in flow.properties} - {None}
        return ways.pop() if len(ways) == 1 else None

    def kilograms(self, flow: Flow) -> float | None:
        """Return how many kg one reference unit of the flow weighs; None where the inventory doesn't tell."""
        if not self.unit(flow) and gas_of_id(flow.id) is not None:
            # An archive may leave a flow of a reference list out; those lists count gases in kg.
            return 1.0
        one_kg = self.factor(flow, "kg")
        return 1.0 / one_kg if one_kg else None

    def between(self, source: Flow, target: Flow) -> float | None:
        """Return the target's reference units in one of the source's, when both measure the same quantity."""
        return self.factor(target, self.unit(source)) if self.unit(source) else None

    def _without_group(self, flow: Flow, unit: str) -> float | None:
        own = self.unit(flow)
        if unit in ("", own):
            return 1.0
        factors = {
            group.units[unit] / group.units[own]
            for group in self._groups.values()
            if group.units.get(own) and unit in group.units
        }
        return factors.pop() if len(factors) == 1 else exact_factor(unit, own)

    def _through(self, flow: Flow, flow_property: str, unit: str) -> float | None:
        group = self._group(flow_property)
        holds = flow.properties.get(flow_property, 1.0 if flow_property == flow.reference_property else 0.0)
        if group is None or not math.isfinite(holds) or holds == 0:
            return None
        factor = group.units.get(unit, 1.0 if unit in ("", group.reference_unit) else math.nan)
        result = factor / holds
        return result if math.isfinite(result) and result != 0 else None

    def _group(self, flow_property: str) -> UnitGroup | None:
        known = self._properties.get(flow_property)
        return self._groups.get(known.unit_group) if known else None
