"""An inventory as rows of the project's own tables (:mod:`tanbiao.formats.dataset_tables`)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from tanbiao.core.dataset.inventory import Exchange, Flow, Inventory, Process, Spread, Words
from tanbiao.formats.dataset_tables import TABLES, joined

__all__ = ["Cell", "Row", "rows_of"]

Cell = str | float | bool
Row = Mapping[str, Cell]
_SHOWN = ("zh", "en", "")


def rows_of(inventory: Inventory) -> dict[str, list[Row]]:
    """Return table key → rows of column key → cell; what is at its default has no cell."""
    made: dict[str, list[Row]] = {one.key: [] for one in TABLES}
    made |= {
        "processes": [_process(one) for one in inventory.processes],
        "exchanges": [_exchange(process, one) for process in inventory.processes for one in process.exchanges],
        "flows": [_flow(one) for one in inventory.flows.values()],
        "flow_amounts": [
            {"flow": flow.id, "flow_property": key, "factor": factor}
            for flow in inventory.flows.values()
            for key, factor in flow.properties.items()
        ],
        "flow_properties": [
            {"id": one.id, "name": one.name, "unit_group": one.unit_group, "version": one.version}
            for one in inventory.flow_properties.values()
        ],
        "unit_groups": [
            {"id": one.id, "name": one.name, "reference_unit": one.reference_unit, "version": one.version}
            for one in inventory.unit_groups.values()
        ],
        "units": [
            {"unit_group": group.id, "name": name, "factor": factor}
            for group in inventory.unit_groups.values()
            for name, factor in group.units.items()
        ],
        "citations": [
            {"id": one.id, "kind": one.kind, "name": one.name, "text": one.text, "url": one.url, "version": one.version}
            for one in inventory.citations.values()
        ],
        "parameters": list(_parameters(inventory)),
        "names": list(_names(inventory)),
        "classifications": list(_classifications(inventory)),
    }
    for process in inventory.processes:
        made["allocation"] += [
            {
                "process": process.id,
                "product": one.product,
                "exchange": one.exchange,
                "method": one.method,
                "value": one.value,
                "formula": one.formula,
            }
            for one in process.allocation
        ]
        made["results"] += [
            {
                "process": process.id,
                "indicator": one.indicator,
                "module": one.module,
                "scenario": one.scenario,
                "value": one.value,
                "unit": one.unit,
                "indicator_id": one.indicator_id,
            }
            for one in process.results
        ]
        made["documentation"] += [
            {"process": process.id, "field": name, "text": text} for name, text in process.documentation.items()
        ]
    return {key: [_filled(row) for row in rows] for key, rows in made.items()}


def _filled(row: Row) -> Row:
    """Return a row without empty cells; an amount that is not a number is one."""
    return {
        key: value
        for key, value in row.items()
        if value != "" and value is not False and not (isinstance(value, float) and math.isnan(value))
    }


def _named(words: Words) -> dict[str, Cell]:
    return {"name_zh": words.get("zh", ""), "name_en": words.get("en", ""), "name": words.get("", "")}


def _process(one: Process) -> Row:
    return {
        "id": one.id,
        **_named(one.name),
        "kind": one.kind.value,
        "location": one.location,
        "valid_from": one.valid_from,
        "valid_until": one.valid_until,
        "technology": one.technology,
        "categories": joined(one.categories),
        "licence": one.licence,
        "version": one.version,
        "default_allocation": one.default_allocation,
        "is_waste_treatment": one.is_waste_treatment,
        "declared_modules": joined(one.declared_modules),
        "citations": joined(one.citations),
    }


def _exchange(process: Process, one: Exchange) -> Row:
    volume: dict[str, Cell] = {} if one.production_volume is None else {"production_volume": one.production_volume}
    return {
        "process": process.id,
        "direction": "input" if one.is_input else "output",
        "flow": one.flow,
        "amount": one.amount,
        "unit": one.unit,
        "is_reference": one.is_reference,
        "is_avoided": one.is_avoided,
        "provider": one.provider,
        "location": one.location,
        "formula": one.formula,
        **_spread(one.spread),
        "id": one.id,
        "flow_property": one.flow_property,
        **volume,
        "quality": one.quality,
        "comment": one.comment,
    }


def _spread(spread: Spread | None) -> dict[str, Cell]:
    if spread is None:
        return {}
    numbers = {
        "sigma": spread.sigma,
        "minimum": spread.minimum,
        "mode": spread.mode,
        "maximum": spread.maximum,
        "base_sigma": spread.base_sigma,
    }
    known: dict[str, Cell] = {key: value for key, value in numbers.items() if value is not None}
    return {"distribution": spread.kind, **known, "pedigree": joined(tuple(map(str, spread.pedigree)))}


def _flow(one: Flow) -> Row:
    return {
        "id": one.id,
        **_named(one.name),
        "kind": one.kind.value,
        "unit": one.unit,
        "cas": one.cas,
        "formula": one.formula,
        "categories": joined(one.categories),
        "location": one.location,
        "synonyms": joined(one.synonyms),
        "version": one.version,
        "reference_property": one.reference_property,
    }


def _parameters(inventory: Inventory) -> Iterator[Row]:
    own = [(process.id, one) for process in inventory.processes for one in process.parameters]
    for process, one in [("", each) for each in inventory.parameters] + own:
        value: dict[str, Cell] = {} if one.value is None else {"value": one.value}
        spread = _spread(one.spread)
        yield {
            "process": process,
            "name": one.name,
            **value,
            "formula": one.formula,
            **spread,
            "comment": one.comment,
        }


def _classifications(inventory: Inventory) -> Iterator[Row]:
    objects = [("process", one.id, one.classifications) for one in inventory.processes]
    objects += [("flow", one.id, one.classifications) for one in inventory.flows.values()]
    for kind, key, classifications in objects:
        for number, one in enumerate(classifications, 1):
            for each in one.levels:
                yield {
                    "object": kind,
                    "id": key,
                    "number": float(number),
                    "system": one.system,
                    "level": float(each.level),
                    "code": each.code,
                    "name": each.name,
                    "uri": one.uri,
                }


def _names(inventory: Inventory) -> Iterator[Row]:
    objects = [("process", one.id, one.name) for one in inventory.processes]
    objects += [("flow", one.id, one.name) for one in inventory.flows.values()]
    for kind, key, words in objects:
        for language, text in words.items():
            if language not in _SHOWN:
                yield {"object": kind, "id": key, "language": language, "text": text}
