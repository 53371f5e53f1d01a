"""The figures of a row: total, split by gas, GWP set, uncertainty and quality, as ``DATA.md`` reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starter.tables import Row, number
from tanbiao.core.dataset.model import SPLIT_TOLERANCE

GWP_BASES = {
    "AR5 (100y)": "AR5",
    "IPCC AR6 GWP100 fossil CH4 29.8, bio CH4 27.0, N2O 273; biogenic CO2 0/0": "AR6",
}
CO2_ONLY = "CO2 only"
# What the sources of known set divided their CO2e by; both put every methane under one value or do not tell it apart.
GWP_OF_SPLIT = {"AR5": {"CH4 unspecified": 28.0, "N2O": 265.0}, "AR6": {"CH4 unspecified": 27.9, "N2O": 273.0}}
FIVE_IS_BEST = "ADEME"


@dataclass
class Figures:
    """Values per one of *our* reference unit, ready for a ``Dataset``."""

    gwp_set: str
    total: float
    gases: dict[str, float] | None = None
    gas_co2e: dict[str, float] | None = None
    kinds: dict[str, float] = field(default_factory=dict)
    biogenic_outside: float | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)


def figures_of(row: Row, factor: float) -> Figures:
    """Return the figures of a starter row, divided by ``factor`` (our units in one of the source's)."""
    total = float(row["kgco2e_per_unit"]) / factor
    if row["gwp_basis"] == CO2_ONLY:
        # CO2 weighs 1 in every set: the newest names it, and the engine knows that it fits all.
        notice = {"code": "co2_only", "severity": "info", "params": {}}
        return Figures("AR6", total, {"CO2 fossil": total}, None, {"fossil": total}, findings=[notice])
    gwp_set = GWP_BASES.get(row["gwp_basis"], "unknown")
    found = Figures(gwp_set, total, kinds={"undivided": total})
    if gwp_set == "unknown":
        found.findings.append({"code": "gwp_set_unstated", "severity": "info", "params": {}})
    outside = number(row["co2_biogenic"])
    if outside:
        found.biogenic_outside = outside / factor
    split = _split(row, factor)
    if split:
        _enter_split(found, split)
    return found


def _split(row: Row, factor: float) -> dict[str, float]:
    columns = {"CO2 fossil": "co2_fossil", "CH4 unspecified": "ch4_kgco2e", "N2O": "n2o_kgco2e"}
    values = {gas: number(row[column]) for gas, column in columns.items()}
    if values["CO2 fossil"] is None:
        return {}
    return {gas: value / factor for gas, value in values.items() if value is not None}


def _enter_split(found: Figures, split: dict[str, float]) -> None:
    whole = sum(split.values())
    if abs(found.total - whole) > SPLIT_TOLERANCE * abs(found.total):
        params = {"split": float(f"{whole:.6g}"), "total": float(f"{found.total:.6g}")}
        found.findings.append({"code": "split_differs_from_total", "severity": "warning", "params": params})
        return
    fossil = split["CO2 fossil"] + split.get("N2O", 0.0)
    found.kinds = {"fossil": fossil, "undivided": found.total - fossil}
    if found.gwp_set == "unknown":
        found.gas_co2e = split
        return
    weights = {"CO2 fossil": 1.0, **GWP_OF_SPLIT[found.gwp_set]}
    found.gases = {gas: value / weights[gas] for gas, value in split.items()}


_SCORES = {"ter": "dq_ter", "ger": "dq_gr", "tir": "dq_tir", "c": "dq_c", "p": "dq_p"}
_INDICATOR = {"ter": "technological", "ger": "geographical", "tir": "temporal", "c": "completeness", "p": "reliability"}


def quality_of(row: Row) -> dict[str, Any]:
    """Return the quality scores, 1 best: Base Carbone counts up to 5 best and is turned round; 0 is "not assessed"."""
    scores: dict[str, Any] = {}
    for name, column in _SCORES.items():
        value = number(row[column])
        if value:
            scores[name] = 6.0 - value if row["source"].startswith(FIVE_IS_BEST) else value
    overall = number(row["dq_overall"])
    # Base Carbone's own overall mark repeats its scores; Agribalyse's is a DQR of the PEF kind, 1 best.
    if overall and "AGRIBALYSE" in row["notes"].upper():
        scores["overall"] = overall
    if any(name in scores for name in _SCORES):
        scores["note"] = "source scale 1 to 5 with 5 best, read as 6 − score (our reading)"
    return scores


def uncertainty_of(row: Row, quality: dict[str, Any], unit: str) -> dict[str, Any]:
    """Return the uncertainty: stated per cent, else scores, else unknown with the profile it is sampled by."""
    percent = number(row["uncertainty_pct"])
    if percent:
        return {"type": "stated", "percent": percent}
    if all(name in quality for name in _SCORES):
        return {"type": "scored", **{_INDICATOR[name]: quality[name] for name in _SCORES}}
    if "overall" in quality:
        # One overall rating stands for all five indicators: our reading.
        return {"type": "scored", **dict.fromkeys(_INDICATOR.values(), quality["overall"])}
    return {"type": "unknown", "profile": profile_of(row["category"], unit)}


def profile_of(category: str, unit: str) -> str:
    """Return which assumed profile fits: electricity, transport, or the default."""
    if "|electricity" in unit:
        return "electricity"
    words = ("Transport", "Freight", "WTT- delivery", "Truck")
    return "transport" if unit.endswith("*km") or category.startswith(words) else "default"
