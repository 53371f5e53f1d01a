"""Suspicions of a wrong order of magnitude: a factor of 1000 (kg for t, g for kg) or of 3.6 (MJ for kWh).

Only what can be decided from the file itself is told: a property of a flow that no substance has, a mass balance or an
amount that is right but for that very factor, a stream that stands in two units, a process that uses up what it makes.
A suspicion never changes a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from statistics import quantiles
from typing import Final

from tanbiao.core.dataset.check_words import place_in
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process
from tanbiao.core.dataset.nomenclature_units import unit_named
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.unit_table import ENERGY, MASS, VOLUME, Dimension

__all__ = ["SCALE_CHECKS", "amounts_beside_peers", "mass_balance", "own_use", "properties", "streams_twice"]

HIGHEST_HEATING_VALUE: Final = 141.8e6
"""J/kg: hydrogen, higher heating value (CRC Handbook of Chemistry and Physics); no fuel has more."""
HIGHEST_DENSITY: Final = 22_590.0
"""kg/m3: osmium at 20 °C (CRC Handbook); nothing that is traded has more."""
NEAR: Final = 0.1
"""How near to 1000 a ratio must be, relative, to look like a slip of unit: project default."""
NEAR_PEERS: Final = 0.02
"""The same for an amount beside its peers' median: project default."""
PEERS: Final = 4
"""Fewest processes of one product that can be compared: project default."""
LARGEST_SCATTER: Final = 1.5
"""Upper over lower quartile of the peers above which a factor says nothing: project default."""


@cache
def _unit(name: str) -> tuple[Dimension, float] | None:
    """Return a unit's dimension and its size in SI units."""
    known = unit_named(name)
    return None if known is None else (known.unit.dimension, float(known.factor))


def _place(process: Process, exchange: Exchange | None = None) -> str:
    return place_in(process.where or process.id, "" if exchange is None else exchange.where)


def _name(flow: Flow | None, key: str) -> str:
    return key if flow is None else next((text for text in flow.name.values() if text), key)


def _reference_unit(inventory: Inventory, flow_property: str) -> str:
    held = inventory.flow_properties.get(flow_property)
    group = None if held is None else inventory.unit_groups.get(held.unit_group)
    return "" if group is None else group.reference_unit


def _quantity(inventory: Inventory, exchange: Exchange) -> tuple[Dimension, float] | None:
    """Return an exchange's dimension and its amount in SI units, or None where its unit is not known."""
    flow = inventory.flows.get(exchange.flow)
    name = exchange.unit or (flow.unit if flow else "")
    if not name and flow is not None:
        name = _reference_unit(inventory, exchange.flow_property or flow.reference_property)
    known = _unit(name)
    if known is None or not math.isfinite(exchange.amount):
        return None
    return known[0], known[1] * exchange.amount


def properties(inventory: Inventory) -> Iterator[Finding]:
    """Heating values and densities that no substance has: energy or mass per unit of a flow."""
    for flow in inventory.flows.values():
        sizes: dict[Dimension, float] = {}
        for key, value in flow.properties.items():
            known = _unit(_reference_unit(inventory, key))
            if known is not None and value > 0.0:
                sizes.setdefault(known[0], value * known[1])
        mass, energy, volume = sizes.get(MASS), sizes.get(ENERGY), sizes.get(VOLUME)
        if mass and energy and energy / mass > HIGHEST_HEATING_VALUE:
            yield finding(
                "heating_value_impossible",
                Severity.ERROR,
                flow.id,
                name=_name(flow, flow.id),
                value=energy / mass / 1e6,
                most=HIGHEST_HEATING_VALUE / 1e6,
            )
        if mass and volume and mass / volume > HIGHEST_DENSITY:
            yield finding(
                "density_impossible",
                Severity.ERROR,
                flow.id,
                name=_name(flow, flow.id),
                value=mass / volume,
                most=HIGHEST_DENSITY,
            )


def mass_balance(inventory: Inventory) -> Iterator[Finding]:
    """Processes of a product in mass whose inputs weigh a thousand times, or a thousandth of, what comes out.

    Told only where every input but energy is a mass: an input in another unit could weigh anything.
    """
    for process in inventory.processes:
        masses = {True: 0.0, False: 0.0}
        for exchange in process.exchanges:
            flow = inventory.flows.get(exchange.flow)
            if flow is None or (flow.kind is FlowKind.ELEMENTARY and not exchange.is_input):
                continue
            quantity = _quantity(inventory, exchange)
            if quantity is not None and quantity[0] == MASS:
                masses[exchange.is_input] += quantity[1]
            elif exchange.is_reference or (exchange.is_input and (quantity is None or quantity[0] != ENERGY)):
                break
        else:
            if masses[True] > 0.0 and masses[False] > 0.0 and _is_factor(masses[True] / masses[False], 1000.0, NEAR):
                ratio = masses[True] / masses[False]
                yield finding(
                    "mass_off_by_thousand", Severity.WARNING, _place(process), name=_name_of(process), ratio=ratio
                )


def _name_of(process: Process) -> str:
    return next((text for text in process.name.values() if text), process.id)


def _is_factor(ratio: float, factor: float, near: float) -> bool:
    return abs(ratio / factor - 1.0) <= near or abs(ratio * factor - 1.0) <= near


def amounts_beside_peers(inventory: Inventory) -> Iterator[Finding]:
    """Inputs that differ from the median of the other producers of the same product by just 1000 or 3.6."""
    rows: dict[tuple[str, str, bool], list[tuple[float, Process, Exchange]]] = {}
    for process in inventory.processes:
        made = _made(inventory, process)
        if made is None:
            continue
        for exchange in process.exchanges:
            quantity = None if exchange.is_reference else _quantity(inventory, exchange)
            if quantity is not None and quantity[1] > 0.0:
                key = (made[0], exchange.flow, exchange.is_input)
                rows.setdefault(key, []).append((quantity[1] / made[1], process, exchange))
    for (_, flow, _), entries in rows.items():
        if len({process.id for _, process, _ in entries}) < PEERS:
            continue
        lower, middle, upper = quantiles((value for value, _, _ in entries), n=4, method="inclusive")
        if upper > LARGEST_SCATTER * lower:
            continue
        for value, process, exchange in entries:
            factor = next((one for one in _factors(exchange) if _is_factor(value / middle, one, NEAR_PEERS)), None)
            if factor is not None:
                name = _name(inventory.flows.get(flow), flow)
                yield finding(
                    "amount_off_by_factor",
                    Severity.WARNING,
                    _place(process, exchange),
                    name=name,
                    factor=factor,
                    ratio=value / middle,
                    peers=len(entries),
                )


def _factors(exchange: Exchange) -> tuple[float, ...]:
    known = _unit(exchange.unit)
    return (1000.0, 3.6) if known is not None and known[0] == ENERGY else (1000.0,)


def _made(inventory: Inventory, process: Process) -> tuple[str, float] | None:
    """Return the one reference flow and its amount in SI units."""
    if len(process.references) != 1:
        return None
    quantity = _quantity(inventory, process.references[0])
    return None if quantity is None or quantity[1] <= 0.0 else (process.references[0].flow, quantity[1])


def streams_twice(inventory: Inventory) -> Iterator[Finding]:
    """The same flow twice in a process, in two units of energy, as the same number or the same energy."""
    for process in inventory.processes:
        seen: dict[tuple[str, bool], list[Exchange]] = {}
        for exchange in process.exchanges:
            known = _unit(exchange.unit)
            if known is not None and known[0] == ENERGY and exchange.amount:
                seen.setdefault((exchange.flow, exchange.is_input), []).append(exchange)
        for (flow, _), entries in seen.items():
            for one in entries[1:]:
                if one.unit != entries[0].unit and _same_stream(entries[0], one):
                    name = _name(inventory.flows.get(flow), flow)
                    yield finding(
                        "energy_in_two_units",
                        Severity.WARNING,
                        _place(process, one),
                        name=name,
                        first=f"{entries[0].amount:.6g} {entries[0].unit}",
                        second=f"{one.amount:.6g} {one.unit}",
                    )


def _same_stream(first: Exchange, second: Exchange) -> bool:
    one, other = _unit(first.unit), _unit(second.unit)
    assert one is not None
    assert other is not None
    if first.amount == second.amount:
        return True
    return abs(first.amount * one[1] / (second.amount * other[1]) - 1.0) <= 1e-3


def own_use(inventory: Inventory) -> Iterator[Finding]:
    """Processes that use as much of their own product as they make, or more: no amount of runs gives a net output."""
    for process in inventory.processes:
        made: Mapping[str, Exchange] = {one.flow: one for one in process.references if not one.is_input}
        for exchange in process.exchanges:
            reference = made.get(exchange.flow)
            if reference is None or not exchange.is_input or exchange.provider not in ("", process.id):
                continue
            out, used = _quantity(inventory, reference), _quantity(inventory, exchange)
            if out is not None and used is not None and out[0] == used[0] and used[1] >= out[1] > 0.0:
                name = _name(inventory.flows.get(exchange.flow), exchange.flow)
                yield finding(
                    "own_use_exceeds_output",
                    Severity.ERROR,
                    _place(process, exchange),
                    name=name,
                    share=used[1] / out[1],
                )


SCALE_CHECKS = (properties, mass_balance, amounts_beside_peers, streams_twice, own_use)
"""The checks of this module, in the order in which their findings are told."""
