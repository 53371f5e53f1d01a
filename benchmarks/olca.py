"""An openLCA JSON-LD archive as a linked system, for numerical comparison only.

Every process makes the flow of its quantitative reference; an input or waste goes to the process with that flow as its
reference (the default provider if it is one). What nobody makes and what is made beside the reference is left out: the
figures of the two sides can be compared with each other and mean nothing beyond that.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

# kg CO2e per kg, 100 years: IPCC AR6 WG1, table 7.SM.7.
FACTORS = {
    "Carbon dioxide": 1.0,
    "Carbon dioxide, fossil": 1.0,
    "Methane": 29.8,
    "Methane, fossil": 29.8,
    "Dinitrogen monoxide": 273.0,
}


class Linked(NamedTuple):
    """Technosphere (square), gases by process, factors."""

    technosphere: sp.coo_array
    interventions: sp.coo_array
    factors: np.ndarray[Any, np.dtype[np.float64]]


def read(path: Path) -> Linked:
    """Return the linked system of an archive (openLCA schema 1 or 2)."""
    with zipfile.ZipFile(path) as archive:
        bodies = {kind: _bodies(archive, kind) for kind in ("processes", "flows", "unit_groups")}
    unit = {
        each["@id"]: float(each.get("conversionFactor", 1.0))
        for group in bodies["unit_groups"]
        for each in _units(group)
    }
    shares = {flow["@id"]: _properties(flow) for flow in bodies["flows"]}
    made = [_reference(process) for process in bodies["processes"]]
    processes = [process for process, reference in zip(bodies["processes"], made, strict=True) if reference is not None]
    references = [reference for reference in made if reference is not None]
    maker: dict[str, int] = {}
    place = {process["@id"]: at for at, process in enumerate(processes)}
    for at, reference in enumerate(references):
        maker.setdefault(reference["flow"]["@id"], at)
    gases = list(FACTORS)
    uses: dict[tuple[int, int], float] = {}
    emits: dict[tuple[int, int], float] = {}
    for column, (process, own) in enumerate(zip(processes, references, strict=True)):
        for exchange in process["exchanges"]:
            amount = _amount(exchange, unit, shares)
            flow = exchange["flow"]
            if exchange is own:
                _put(uses, column, column, amount)
            elif flow.get("flowType") == "ELEMENTARY_FLOW":
                if flow["name"] in FACTORS and amount > 0:
                    _put(emits, gases.index(flow["name"]), column, amount)
            elif (row := _provider(exchange, maker, place, references)) is not None and row != column:
                _put(uses, row, column, amount)
    size = len(processes)
    return Linked(_matrix(uses, (size, size)), _matrix(emits, (len(gases), size)), np.array(list(FACTORS.values())))


def _bodies(archive: zipfile.ZipFile, kind: str) -> list[dict[str, Any]]:
    names = sorted(name for name in archive.namelist() if name.startswith(f"{kind}/") and name.endswith(".json"))
    return [json.loads(archive.read(name)) for name in names]


def _units(group: dict[str, Any]) -> list[dict[str, Any]]:
    units: list[dict[str, Any]] = group.get("units", [])
    return units


def _properties(flow: dict[str, Any]) -> dict[str, float]:
    """Return how much of each property one unit of the flow's reference property has."""
    return {
        each["flowProperty"]["@id"]: float(each.get("conversionFactor", 1.0)) for each in flow.get("flowProperties", [])
    }


def _reference(process: dict[str, Any]) -> dict[str, Any] | None:
    for exchange in process.get("exchanges", []):
        if exchange.get("quantitativeReference", exchange.get("isQuantitativeReference")) and exchange.get("amount"):
            found: dict[str, Any] = exchange
            return found
    return None


def _amount(exchange: dict[str, Any], unit: dict[str, float], shares: dict[str, dict[str, float]]) -> float:
    """Return the amount in the flow's reference unit, made +, used −; an avoided product counts as made."""
    is_input = exchange.get("input", exchange.get("isInput", False))
    avoided = exchange.get("avoidedProduct", exchange.get("isAvoidedProduct", False))
    property_id = exchange.get("flowProperty", {}).get("@id", "")
    share = shares.get(exchange["flow"]["@id"], {}).get(property_id, 1.0)
    value = float(exchange.get("amount", 0.0)) * unit.get(exchange.get("unit", {}).get("@id", ""), 1.0) / share
    return -value if is_input and not avoided else value


def _provider(
    exchange: dict[str, Any], maker: dict[str, int], place: dict[str, int], references: list[dict[str, Any]]
) -> int | None:
    """Return the process that makes (or treats) the flow of an input, a waste or an avoided product; None if nobody."""
    flow = exchange["flow"]
    is_input = exchange.get("input", exchange.get("isInput", False))
    avoided = exchange.get("avoidedProduct", exchange.get("isAvoidedProduct", False))
    if not is_input and not avoided and flow.get("flowType") != "WASTE_FLOW":
        return None
    chosen = place.get(exchange.get("defaultProvider", {}).get("@id", ""))
    if chosen is not None and references[chosen]["flow"]["@id"] == flow["@id"]:
        return chosen
    return maker.get(flow["@id"])


def _put(entries: dict[tuple[int, int], float], row: int, column: int, value: float) -> None:
    entries[row, column] = entries.get((row, column), 0.0) + value


def _matrix(entries: dict[tuple[int, int], float], shape: tuple[int, int]) -> sp.coo_array:
    kept = {place: value for place, value in entries.items() if value}
    rows, columns = (np.array([place[axis] for place in kept], dtype=np.int64) for axis in (0, 1))
    return sp.coo_array((np.array(list(kept.values())), (rows, columns)), shape=shape)
