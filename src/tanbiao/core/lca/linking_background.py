"""Providers that come with a figure instead of a recipe: footprint factors and results of EPDs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from tanbiao.core.amounts import add
from tanbiao.core.dataset.inventory import Flow, ModuleResult, Process, ProcessKind
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.dataset.nomenclature_units import unit_named
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.gases import Kind
from tanbiao.core.lca.linking_model import Background, Source, place_of, title
from tanbiao.core.lca.linking_units import Measures
from tanbiao.core.units import compatible

CRADLE_TO_GATE: Final = ("A1", "A2", "A3")
"""Modules of EN 15804 that make a product."""

_JOINED: Final = ("A1-A3", "A1-3", "A1-A2-A3")
_PARTS: Final[tuple[tuple[str, Kind], ...]] = (
    (r"fossil", Kind.FOSSIL),
    (r"luluc|land use", Kind.LAND_USE_CHANGE),
    (r"biogenic", Kind.UNDIVIDED),
)


def from_dataset(
    dataset: Dataset, flow: Flow, measures: Measures, gwp_set: str, where: str = ""
) -> tuple[Background, tuple[Finding, ...]]:
    """Return a dataset of our own as provider of a flow, per the flow's reference unit.

    Parameters
    ----------
    dataset
        One that may stand for an input by itself.
    flow
        The flow it supplies; its unit groups and properties lead from the dataset's unit to the flow's.

    Raises
    ------
    TanbiaoError
        ``direct_factor_in_footprint`` and its like; ``unit_mismatch``; ``gwp_missing``.
    """
    dataset.require_input(where)
    factor = _dataset_units(dataset, flow, measures)
    if factor is None:
        raise TanbiaoError.of("unit_mismatch", where, unit=dataset.reference.unit, expected=measures.unit(flow))
    intensity = dataset.intensity(gwp_set)
    masses = {key: mass / factor for key, mass in (dataset.gases or {}).items()}
    kinds: Mapping[str, float] = intensity.kinds
    if masses:
        rest = intensity.gases.get(Kind.UNDIVIDED.value, 0.0)
        kinds = {Kind.UNDIVIDED.value: rest} if rest else {}
    found = []
    if intensity.gwp_basis in ("other", "unknown"):
        found.append(
            finding(
                "provider_gwp_set", Severity.WARNING, where, provider=dataset.id, set=dataset.gwp_set, wanted=gwp_set
            )
        )
    sources: dict[str, Source] = {"epd_result": "epd_result", "supplier_footprint": "supplier_footprint"}
    return (
        Background(
            id=dataset.id,
            name=dataset.name.best("en"),
            flow=flow.id,
            place=dataset.geography,
            source=sources.get(dataset.kind.value, "footprint_factor"),
            masses=masses,
            co2e={kind: value / factor for kind, value in kinds.items() if value},
        ),
        tuple(found),
    )


def _dataset_units(dataset: Dataset, flow: Flow, measures: Measures) -> float | None:
    """Return the flow's reference units in one reference unit of the dataset.

    By the file's unit groups; else by the exact units, whose bases stay apart (kWh of fuel is not kWh of electricity).
    """
    ours = dataset.reference.parsed
    stated = measures.factor(flow, dataset.reference.unit)
    if stated is not None:
        return stated
    known = unit_named(measures.unit(flow))
    if known is None:
        return None
    # Energy that says no basis is of the dataset's, as where a study uses it.
    is_plain = known.unit.is_energy and not known.unit.basis and ours.basis in ("electricity", "heat")
    if not compatible(ours, known.unit.with_basis(ours.basis) if is_plain else known.unit):
        return None
    return float(ours.factor / known.factor)


def epd_figure(process: Process, where: str = "") -> tuple[dict[str, float], tuple[Finding, ...]]:
    """Return kg CO2e by kind of modules A1 to A3 of an EPD, per the reference amount that it states.

    The parts (fossil, biogenic, land use) are taken when they are all declared for the same modules as the total and
    add up to it within 1 %; else the total is undivided. An EPD's biogenic part nets uptake against emission, so it
    has no kind of ours but ``undivided``.

    Raises
    ------
    TanbiaoError
        ``epd_modules_missing``: a module of A1 to A3 isn't declared, which is not zero; ``epd_no_climate_result``.
    """
    climate = [result for result in process.results if _is_climate(result)]
    if not climate:
        raise TanbiaoError.of("epd_no_climate_result", where, process=title(process))
    whole = [result for result in climate if not any(re.search(word, result.indicator, re.I) for word, _ in _PARTS)]
    # EN 15804+A2 prints GWP-total beside GWP-GHG, which leaves biogenic carbon out.
    named = [result for result in whole if "total" in result.indicator.casefold()]
    total = _modules(named or whole)
    if total is None:
        present = ", ".join(sorted({result.module for result in climate}))
        raise TanbiaoError.of("epd_modules_missing", where, process=title(process), modules=present)
    parts: dict[str, float] = {}
    for word, kind in _PARTS:
        value = _modules([result for result in climate if re.search(word, result.indicator, re.I)])
        if value is None:
            return {Kind.UNDIVIDED.value: total}, ()
        parts[kind.value] = parts.get(kind.value, 0.0) + value
    if abs(add(*parts.values()) - total) <= 0.01 * abs(total):
        return parts, ()
    differs = finding("epd_parts_differ", Severity.WARNING, where, process=title(process), total=total)
    return {Kind.UNDIVIDED.value: total}, (differs,)


def _is_climate(result: ModuleResult) -> bool:
    text = result.indicator.casefold()
    mass = re.search(r"kg\W*co.?2", result.unit.casefold().replace("₂", "2"))
    return bool(mass) or "gwp" in text or "global warming" in text or "climate change" in text


def _modules(results: Sequence[ModuleResult]) -> float | None:
    """Return the sum over A1 to A3; None where one of them isn't declared or has two values (of two scenarios)."""
    values: dict[str, set[float]] = {}
    for result in results:
        values.setdefault(result.module.replace("–", "-").replace("_", "-").upper(), set()).add(result.value)
    wanted = next(([joined] for joined in _JOINED if joined in values), CRADLE_TO_GATE)
    found = [values.get(module, set()) for module in wanted]
    if any(len(one) != 1 or not all(map(math.isfinite, one)) for one in found):
        return None
    return add(*(value for one in found for value in one))


def epd_background(process: Process, flow: str, per: float) -> tuple[Background, tuple[Finding, ...]]:
    """Return an EPD as provider, per the flow's reference unit; ``per`` is its declared amount in that unit.

    Raises
    ------
    TanbiaoError
        As :func:`epd_figure`.
    """
    figure, found = epd_figure(process, place_of(process))
    kinds = {kind: value / per for kind, value in figure.items()}
    return Background(process.id, title(process), flow, process.location, "epd_result", co2e=kinds), found


def factor_background(process: Process, flow: str, per: float) -> tuple[Background, tuple[Finding, ...]]:
    """Return a footprint factor of a table as provider, per the flow's reference unit; ``per`` is its amount.

    Raises
    ------
    TanbiaoError
        ``direct_factor_in_footprint``; ``factor_without_figure``: no climate result of the whole, or several.
    """
    if process.kind is ProcessKind.DIRECT_EMISSION:
        raise TanbiaoError.of("direct_factor_in_footprint", place_of(process), dataset=process.id, name=title(process))
    values = {one.value for one in process.results if not one.module and _is_climate(one)}
    if len(values) != 1 or not math.isfinite(value := values.pop()):
        raise TanbiaoError.of("factor_without_figure", place_of(process), process=title(process))
    kinds = {Kind.UNDIVIDED.value: value / per}
    return Background(process.id, title(process), flow, process.location, "footprint_factor", co2e=kinds), ()
