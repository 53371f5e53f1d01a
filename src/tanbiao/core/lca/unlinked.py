"""Inputs that no process of the system makes: named, bounded where something can stand in, never counted as zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from tanbiao.core.findings import Finding, Param, Severity
from tanbiao.core.lca.errors import InvalidSystem, Unsolvable
from tanbiao.core.lca.inputs import Floats, Names

if TYPE_CHECKING:
    from tanbiao.core.lca.system import ProductSystem


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An input without a supplier.

    Parameters
    ----------
    process
        Who uses it: index or name.
    name, amount, unit
        What, and how much per column of the process, as the source says.
    stand_in
        A product of the system (index or name) that carries at least as much per ``unit``: dearer steel for unknown
        steel. None where nothing can stand in.
    """

    process: str | int
    name: str
    amount: float
    unit: str
    stand_in: str | int | None = None


def check_unlinked(given: Sequence[Unlinked], products: Names, processes: Names) -> tuple[Unlinked, ...]:
    """Return unlinked inputs with indices in place of names.

    Raises
    ------
    InvalidSystem
        ``product_not_in_system`` for a process or stand-in that the system doesn't have; ``amount_not_finite``.
    """
    checked = []
    for item in given:
        if not np.isfinite(item.amount):
            raise InvalidSystem.of("amount_not_finite", str(item.process), value=f"{item.name} {item.amount}")
        stand_in = None if item.stand_in is None else products.index(item.stand_in)
        checked.append(Unlinked(processes.index(item.process), item.name, item.amount, item.unit, stand_in))
    return tuple(checked)


def hidden(system: ProductSystem, unlinked: Sequence[Unlinked]) -> Floats:
    """Return an upper bound of what the unlinked inputs hide in one unit of every product; (indicators, products).

    The bound is what linking every stand-in, its own unlinked inputs included, would add: the difference of two
    solutions, in absolute value. It is infinite for a product whose supply reaches an input without a stand-in, and for
    all that hold a stand-in where linking them leaves the system without an answer: unknown is not zero.
    """
    result = np.zeros((system.indicators.count, system.products.count))
    bounded = [item for item in unlinked if item.stand_in is not None]
    open_ended = [item for item in unlinked if item.stand_in is None]
    if bounded:
        try:
            result = np.abs(_linked(system, bounded) - system.intensities())
        except Unsolvable:
            open_ended = list(unlinked)
    if open_ended:
        touched = np.zeros((1, system.processes.count))
        touched[0, [int(item.process) for item in open_ended]] = 1.0
        result[:, system.carried(touched)[0] != 0] = np.inf
    return result


def _linked(system: ProductSystem, bounded: Sequence[Unlinked]) -> Floats:
    """Return the intensities with every stand-in linked.

    Raises
    ------
    Unsolvable
    """
    from tanbiao.core.lca.system import ProductSystem

    matrix = system.technosphere
    more = sp.coo_array(
        (
            [-abs(item.amount) for item in bounded],
            ([int(item.stand_in or 0) for item in bounded], [int(item.process) for item in bounded]),
        ),
        shape=matrix.shape,
    )
    linked = ProductSystem(
        sp.csc_array(matrix + more.tocsc()),
        system.interventions,
        system.characterization,
        references=system.references,
    )
    return linked.intensities()


def unlinked_findings(system: ProductSystem, unlinked: Sequence[Unlinked]) -> tuple[Finding, ...]:
    """Return one finding for each unlinked input: with what it can hide at most per column of its process, or none."""
    bounded = [item for item in unlinked if item.stand_in is not None]
    try:
        carried = _linked(system, bounded) if bounded else None
    except Unsolvable:
        carried = None
    found = []
    for item in unlinked:
        said: dict[str, Param] = {
            "process": str(system.processes[int(item.process)]),
            "input": item.name,
            "amount": item.amount,
            "unit": item.unit,
        }
        if item.stand_in is None or carried is None:
            found.append(Finding("input_not_linked", Severity.WARNING, params=MappingProxyType(said)))
            continue
        bound = float(np.abs(carried[0, int(item.stand_in)] * item.amount))
        said |= {"stand_in": str(system.products[int(item.stand_in)]), "bound": f"{bound:.3g}"}
        said |= {"indicator": str(system.indicators[0])}
        found.append(Finding("input_not_linked_bounded", Severity.WARNING, params=MappingProxyType(said)))
    return tuple(found)
