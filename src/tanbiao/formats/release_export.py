"""The datasets of a factor release as an inventory, so that they can be written in foreign formats.

A linked unit process becomes a unit process with its inputs (each with its supplier) and gases. A factor becomes a
system process: its gases where their masses are known, and its figures (total and kinds, in the set of its source) as
results. What the vocabulary of inventories has no field for stands in the documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tanbiao.core.dataset.exchanges import Emission, Input
from tanbiao.core.dataset.exchanges import Spread as Shape
from tanbiao.core.dataset.inventory import (
    Citation,
    Exchange,
    Flow,
    FlowKind,
    Inventory,
    ModuleResult,
    Process,
    ProcessKind,
    Spread,
)
from tanbiao.core.dataset.model import Dataset, DatasetKind
from tanbiao.core.dataset.uncertainty import Unknown
from tanbiao.core.gases import all_gases
from tanbiao.formats.reading import name_id

__all__ = ["gas_flow", "inventory_of_release"]

FORMAT = "tanbiao-release"
_UPTAKE = "CO2 uptake"


def inventory_of_release(datasets: Iterable[Dataset]) -> Inventory:
    """Return the datasets as an inventory; a gas keeps its key as English name, by which it is known again."""
    flows: dict[str, Flow] = {}
    citations: dict[str, Citation] = {}
    processes = []
    for one in datasets:
        product = _product(one.id)
        kind = FlowKind.WASTE if one.kind is DatasetKind.TREATMENT else FlowKind.PRODUCT
        flows[product] = Flow(product, _words(one), kind, categories=one.categories, unit=one.reference.unit)
        source = name_id("release source", one.source.title, one.source.version)
        citations.setdefault(
            source, Citation(source, "source", one.source.title, url=one.source.url, version=one.source.version)
        )
        processes.append(_process(one, source))
        for exchange in processes[-1].exchanges:
            if exchange.flow.startswith("gas:"):
                flows.setdefault(exchange.flow, gas_flow(exchange.flow.removeprefix("gas:")))
            elif exchange.flow not in flows:
                # A supplier of the release comes later and brings its own words.
                named = {"": exchange.provider}
                flows[exchange.flow] = Flow(exchange.flow, named, FlowKind.PRODUCT, unit=exchange.unit)
    return Inventory(FORMAT, tuple(processes), flows, citations=citations)


def _product(identifier: str) -> str:
    return f"product:{identifier}"


def _words(one: Dataset) -> dict[str, str]:
    return {language: text for language, text in (("zh", one.name.zh), ("en", one.name.en)) if text} or {"": one.id}


def gas_flow(key: str) -> Flow:
    """Return the elementary flow of one of our gases: its key is its English name."""
    known = all_gases()[key]
    place = ("resource", "in air") if key == _UPTAKE else ("emission", "air")
    return Flow(
        f"gas:{key}",
        {"en": key, "zh": known.name_zh},
        FlowKind.ELEMENTARY,
        cas=known.cas,
        formula=known.formula,
        categories=place,
        unit="kg",
    )


def _process(one: Dataset, source: str) -> Process:
    treats = one.kind is DatasetKind.TREATMENT
    made = Exchange(_product(one.id), treats, 1.0, one.reference.unit, id="1", is_reference=True)
    kind = ProcessKind.EPD if one.kind is DatasetKind.EPD_RESULT else ProcessKind.SYSTEM
    return Process(
        one.id,
        _words(one),
        ProcessKind.UNIT if one.is_linked else kind,
        (made, *_exchanges(one)),
        version=one.version,
        location=one.geography,
        valid_from="" if one.time.year is None else str(one.time.year),
        technology=one.technology,
        categories=one.categories,
        results=() if one.is_linked else tuple(_results(one)),
        citations=(source,),
        licence=f"{one.licence}; redistribution: {one.redistribution}",
        is_waste_treatment=treats,
        documentation=dict(_documentation(one)),
        where=one.id,
    )


def _exchanges(one: Dataset) -> Iterator[Exchange]:
    number = 1
    for used in one.inputs:
        number += 1
        yield Exchange(
            _product(used.dataset),
            True,
            used.amount,
            used.unit,
            id=str(number),
            provider=used.dataset,
            spread=_spread(used),
        )
    for emission in one.emissions:
        number += 1
        yield _emitted(emission.gas, emission.amount, number, _spread(emission))
    for gas, mass in (one.gases or {}).items() if not one.is_linked else ():
        number += 1
        yield _emitted(gas, mass, number, None)


def _emitted(gas: str, mass: float, number: int, spread: Spread | None) -> Exchange:
    return Exchange(f"gas:{gas}", gas == _UPTAKE, mass, "kg", id=str(number), spread=spread)


def _spread(one: Input | Emission) -> Spread | None:
    """Return the spread as inventories state it; None where nothing is known."""
    told = one.uncertainty
    if isinstance(told, Unknown):
        return None
    if not isinstance(told, Shape):
        return Spread("lognormal", sigma=told.sigma)
    if told.type == "normal":
        return Spread("normal", sigma=told.sd)
    if told.type == "lognormal":
        return Spread("lognormal", sigma=told.sigma)
    if told.type == "triangular":
        return Spread("triangular", minimum=told.low, mode=one.amount, maximum=told.high)
    return Spread("uniform", minimum=told.low, maximum=told.high) if told.type == "uniform" else None


def _results(one: Dataset) -> Iterator[ModuleResult]:
    yield ModuleResult(f"GWP100 {one.gwp_set}", "", one.total, "kg CO2e")
    for kind, value in one.kinds.model_dump().items():
        if value:
            yield ModuleResult(f"GWP100 {one.gwp_set} {kind}", "", value, "kg CO2e")
    for gas, value in (one.gas_co2e or {}).items():
        yield ModuleResult(f"GWP100 {one.gwp_set} {gas}", "", value, "kg CO2e")


def _documentation(one: Dataset) -> Iterator[tuple[str, str]]:
    quality = {name: value for name, value in one.quality.model_dump().items() if value not in (None, "")}
    bridges = one.properties
    told = {
        "kind": one.kind.value,
        "boundary": one.boundary,
        "time": one.time.text,
        "uncertainty": f"{one.uncertainty.type}, sigma of ln X {one.uncertainty.sigma:.6g}",
        "quality": "; ".join(f"{name} {value}" for name, value in quality.items()),
        "original name": one.name_original,
        "source row": one.source.row,
        "pair": one.pair or "",
        "never for": ", ".join(one.never_for),
        "conversions": "; ".join(f"{name}: {stated.value} ({stated.source})" for name, stated in bridges.items()),
        "also": "; ".join(f"{other.co2e!r} kg CO2e per {other.unit}" for other in one.also),
        "screening only": "yes" if one.screening else "",
        "notes": "\n".join(one.notes),
    }
    yield from ((key, text) for key, text in told.items() if text)
