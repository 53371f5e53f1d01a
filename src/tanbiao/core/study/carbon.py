"""Biogenic carbon told apart: uptake, release, what stays in the product; memo items; emissions that come late.

The carbon balance compares what the product took up until it leaves the gate with what it still holds and what was
released on the way, in kg of biogenic carbon (44 kg CO2 and 16 kg CH4 hold 12 kg C)::

    uptake = content + release        up to the gate
    content = release + stored        afterwards

Separate reporting: ISO 14067:2018, 6.4.9; GB/T 24067-2024. A store is never subtracted: what is kept, delayed or
gained in soils stands beside the figure as a memo item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tanbiao.core import gases, units
from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.study.amount_reader import AmountReader
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.method_defaults import default
from tanbiao.core.study.model import Study

KILOGRAM: Final = units.parse_unit("kg")
ONE: Final = units.parse_unit("1")
CARBON_IN_CO2: Final = 12 / 44
CARBON_IN_CH4: Final = 12 / 16
BEFORE_GATE: Final = ("raw_materials", "manufacturing", "distribution")


@dataclass(frozen=True, slots=True)
class Flows:
    """Biogenic gases of some stages, kg per declared unit; ``unsplit`` is kg CO2e whose gas no source tells."""

    uptake: float
    co2: float
    ch4: float
    unsplit: float
    undivided: float
    """kg CO2e of factors that do not tell fossil from biogenic at all."""
    captured: float = 0.0
    """kg of biogenic CO2 that left the product and was captured: it is no emission, and no carbon of the product."""

    @property
    def released_carbon(self) -> float:
        """Carbon of what was released or captured, kg C."""
        return (self.co2 + self.captured) * CARBON_IN_CO2 + self.ch4 * CARBON_IN_CH4

    @property
    def uptake_carbon(self) -> float:
        """Carbon of what was taken up, kg C."""
        return self.uptake * CARBON_IN_CO2


def biogenic_flows(entries: Sequence[Entry], gwp_set: str, stages: Sequence[str]) -> Flows:
    """Return the biogenic gases that the entries of these stages take up and release."""
    parts: dict[str, list[float]] = {key: [0.0] for key in ("uptake", "co2", "ch4", "unsplit", "undivided", "captured")}
    for item in entries:
        if item.stage not in stages:
            continue
        scale, intensity = item.nominal * item.part.sign, item.part.intensity
        parts["undivided"].append(abs(scale * intensity.kinds.get("undivided", 0.0)))
        if item.part.gas == "CO2 biogenic" and item.part.capture_counts:
            parts["captured"].append(float(item.times[0]) * float(item.flow.amount[0]) * item.part.captured)
        split = {key: value for key, value in intensity.gases.items() if key != "undivided"}
        if not split:
            parts["uptake"].append(-scale * intensity.kinds.get("biogenic_uptake", 0.0))
            parts["unsplit"].append(scale * intensity.kinds.get("biogenic_emission", 0.0))
            continue
        parts["uptake"].append(-scale * split.get("CO2 uptake", 0.0))
        parts["co2"].append(scale * split.get("CO2 biogenic", 0.0))
        weight = gases.gwp(gwp_set, "CH4 biogenic")
        parts["ch4"].append(scale * split.get("CH4 biogenic", 0.0) / weight)
    return Flows(**{key: add(*values) for key, values in parts.items()})


def carbon_table(study: Study, entries: Sequence[Entry], amounts: AmountReader) -> tuple[dict[str, Any], list[Finding]]:
    """Return the carbon part of a result and its findings.

    Keys: ``uptake``, ``released_co2`` (kg CO2), ``released_ch4`` (kg CH4), ``unsplit`` (kg CO2e), ``content`` and
    ``balance`` (kg C; null where the study declares no content), ``memo`` (kg CO2e, never in the total), ``delayed``.
    """
    whole = biogenic_flows(entries, study.gwp, tuple(name for name, _ in study.stages.items()))
    body: dict[str, Any] = {
        "uptake": whole.uptake,
        "released_co2": whole.co2,
        "released_ch4": whole.ch4,
        "unsplit": whole.unsplit,
        "content": None,
        "balance": None,
        "memo": _memo(study, amounts),
        "delayed": _delayed(entries),
    }
    found: list[Finding] = []
    if study.carbon_content is None:
        if whole.uptake > 0 and study.boundary != "gate_to_gate":
            found.append(
                finding("carbon_content_missing", Severity.INFO, "carbon_content", uptake=f"{whole.uptake:.4g}")
            )
        return body, found
    if study.boundary == "gate_to_gate":
        found.append(finding("carbon_balance_not_run", Severity.WARNING, "carbon_content"))
        return body, found
    body["content"], body["balance"], more = _balance(study, entries, amounts)
    return body, found + more


def _kilograms(text: str | None, amounts: AmountReader, where: str) -> float:
    if text is None:
        return 0.0
    value, unit = amounts.quantity(text, where)
    number = float(value if isinstance(value, int | float) else value.flat[0])
    return units.convert(number, unit, KILOGRAM, where=where)


def _balance(
    study: Study, entries: Sequence[Entry], amounts: AmountReader
) -> tuple[dict[str, Any], dict[str, Any], list[Finding]]:
    stated = study.carbon_content
    assert stated is not None
    held = {
        key: _kilograms(getattr(stated, key), amounts, f"carbon_content.{key}")
        for key in ("biogenic", "fossil", "packaging")
    }
    carbon = add(held["biogenic"], held["packaging"])
    content = {**held, "co2": carbon / CARBON_IN_CO2, "source": stated.source}
    tolerance = default("carbon_balance_tolerance")
    if stated.tolerance is not None:
        value, unit = amounts.pure(stated.tolerance, "carbon_content.tolerance")
        tolerance = units.convert(float(value), unit, ONE, where="carbon_content.tolerance")
    gate = biogenic_flows(entries, study.gwp, BEFORE_GATE)
    allowed = tolerance * max(gate.uptake_carbon, carbon)
    difference = add(gate.uptake_carbon, -carbon, -gate.released_carbon)
    after = biogenic_flows(entries, study.gwp, ("use", "end_of_life"))
    stored = add(carbon, after.uptake_carbon, -after.released_carbon)
    closed = abs(difference) <= allowed * (1 + 1e-9)
    within = stored >= -allowed * (1 + 1e-9)
    untold = gate.unsplit or gate.undivided
    body = {
        "uptake": gate.uptake_carbon,
        "released": gate.released_carbon,
        "content": carbon,
        "difference": difference,
        "tolerance": allowed,
        "state": "balanced" if closed else "open",
        "released_after": after.released_carbon,
        "stored": stored,
        "state_after": "balanced" if within else "open",
    }
    found = []
    if not closed:
        severity = Severity.WARNING if untold else Severity.ERROR
        params = {"uptake": f"{gate.uptake_carbon:.4g}", "released": f"{gate.released_carbon:.4g}"}
        params |= {"content": f"{carbon:.4g}", "difference": f"{difference:+.4g}", "tolerance": f"{allowed:.3g}"}
        code = "carbon_balance_untold" if untold else "carbon_balance_open"
        found.append(finding(code, severity, "carbon_content.biogenic", **params))
    if not within:
        params = {"content": f"{carbon:.4g}", "released": f"{after.released_carbon:.4g}"}
        found.append(finding("carbon_released_beyond_content", Severity.ERROR, "stages.end_of_life", **params))
    return content, body, found


def _memo(study: Study, amounts: AmountReader) -> list[dict[str, Any]]:
    return [
        {
            "id": item.id,
            "kind": item.kind,
            "what": item.what.both(),
            "value": _kilograms(item.amount, amounts, f"memo.{item.id}.amount"),
            "source": item.source,
        }
        for item in study.memo
    ]


def _delayed(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the rows whose emission comes late: they count in full, at once."""
    rows: dict[str, list[Entry]] = {}
    for item in entries:
        if item.flow.row.delay_years is not None:
            rows.setdefault(item.flow.row.id, []).append(item)
    return [
        {"row": row, "years": items[0].flow.row.delay_years, "value": add(*(item.value for item in items))}
        for row, items in rows.items()
    ]
