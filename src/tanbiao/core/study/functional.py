"""The functional unit beside the declared unit: the figure of the one from the other, only where evidence shows how."""

from __future__ import annotations

from typing import Any

from tanbiao.core import units
from tanbiao.core.amounts import Completeness
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study.model import Study


def functional_table(study: Study, total: float, completeness: str) -> tuple[dict[str, Any] | None, list[Finding]]:
    """Return the figure per functional unit and what stands against it.

    ``value`` is kg CO2e per ``amount``; null where no evidence shows how much product the functional unit takes, or
    where the footprint is partial or incomplete: a function is fulfilled over the whole life.

    Raises
    ------
    TanbiaoError
        ``unit_mismatch``: what the unit takes is not of the declared unit's kind; ``functional_not_positive``.
    """
    stated = study.unit.functional_flow
    if stated is None:
        return None, []
    place = "unit.functional_flow"
    declared, unit = units.parse_amount(study.unit.declared, "unit.declared")
    takes, given = units.parse_amount(stated.takes, f"{place}.takes")
    units.parse_amount(stated.amount, f"{place}.amount")
    properties = []
    flow = study.unit.reference_flow
    if flow is not None:
        mass, mass_unit = units.parse_amount(flow.amount, "unit.reference_flow.amount")
        properties.append(units.Property("reference flow", mass / declared, mass_unit, unit))
    ratio = units.convert(takes, given, unit, properties, f"{place}.takes") / declared
    if ratio <= 0:
        raise TanbiaoError.of("functional_not_positive", f"{place}.takes", value=stated.takes)
    body: dict[str, Any] = {
        "amount": stated.amount,
        "takes": stated.takes,
        "declared_units": ratio,
        "basis": stated.basis,
        "evidence": stated.evidence,
        "value": None,
    }
    if stated.evidence is None:
        return body, [finding("functional_without_evidence", Severity.WARNING, f"{place}.evidence", unit=stated.amount)]
    if completeness != Completeness.COMPLETE.value:
        return body, [finding("functional_of_partial", Severity.WARNING, place, unit=stated.amount)]
    return {**body, "value": total * ratio}, []
