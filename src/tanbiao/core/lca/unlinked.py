"""Inputs that no process of the system makes: named, bounded where something can stand in, never counted as zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order

from tanbiao.core.findings import Finding, Param, Severity
from tanbiao.core.lca.errors import InvalidSystem, Unsolvable
from tanbiao.core.lca.inputs import Floats, Integers, Names

if TYPE_CHECKING:
    from tanbiao.core.lca.system import ProductSystem


_ROUNDING = 1e-9
"""Two ways to one bound differ by less."""
_AT_ONCE = 64
"""Processes whose runs behind every product are held at once."""


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

    Each input i hides at most ``x_i = |a_i| (|λ_S| + hidden_S)`` per column of its process, S its stand-in, whose own
    unlinked inputs count as well; a product hides at most ``Σ |s_j| x_i`` of the processes j behind it. Sizes are
    added, so an uptake that stands in for one input offsets nothing of what another may hide. The bound is infinite
    for a product whose supply reaches an input without a stand-in, and for all that hold a stand-in where linking them
    leaves the system without an answer: unknown is not zero.
    """
    result = np.zeros((system.indicators.count, system.products.count))
    bounded = [item for item in unlinked if item.stand_in is not None]
    open_ended = [item for item in unlinked if item.stand_in is None]
    if bounded:
        found = _linked(system, bounded)
        if found is None:
            open_ended = list(unlinked)
        else:
            linked, most = found
            result = np.abs(linked - system.intensities())
            added = _added(system, bounded, most)
            # Where nothing offsets another, both are one figure but for rounding: then the solved one stands.
            result = np.where(added > result * (1.0 + _ROUNDING), added, result)
    if open_ended:
        result[:, reaching(system, [int(item.process) for item in open_ended])] = np.inf
    return result


def reaching(system: ProductSystem, processes: Sequence[int]) -> Integers:
    """Return the products whose supply runs one of some processes, however little; ascending indices."""
    entries = sp.coo_array(system.technosphere)
    references = np.array(system.references)
    count = len(references)
    maker = np.empty(count, dtype=np.int64)
    maker[references] = np.arange(count)
    source = np.unique(np.asarray(processes, dtype=np.int64))
    start = np.concatenate([maker[entries.row], np.full(len(source), count)])
    end = np.concatenate([entries.col, source])
    users = sp.csr_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(count + 1, count + 1))
    found = breadth_first_order(users, count, directed=True, return_predecessors=False)
    return np.sort(references[found[found != count]])


def _linked(system: ProductSystem, bounded: Sequence[Unlinked]) -> tuple[Floats, Floats] | None:
    """Return the intensities with every stand-in linked, and what each input hides at most per column of its process.

    Returns
    -------
    (indicators, products) and (indicators, inputs), or None where the linked system has no answer.
    """
    from tanbiao.core.lca.system import ProductSystem

    matrix = system.technosphere
    amount = np.abs([item.amount for item in bounded])
    stand_in = np.array([int(item.stand_in or 0) for item in bounded])
    process = np.array([int(item.process) for item in bounded])
    references = np.array(system.references)
    turned = np.ones(len(references))
    turned[references] = np.sign(np.asarray(matrix[references, np.arange(len(references))]).ravel())
    more = sp.coo_array((-amount * turned[stand_in], (stand_in, process)), shape=matrix.shape)
    try:
        linked = ProductSystem(
            sp.csc_array(matrix + more.tocsc()),
            system.interventions,
            system.characterization,
            references=system.references,
        )
    except Unsolvable:
        return None
    # x = |a| (|λ| + R x), R how much the inputs' processes run for a stand-in; |a| R is productive if the same with
    # ones in the place of |a λ| has a solution of at least one (Hawkins & Simon 1949).
    runs = {place: np.abs(system.scaling({place: 1.0}))[process] for place in np.unique(stand_in).tolist()}
    inputs = amount[:, None] * np.array([runs[place] for place in stand_in.tolist()])
    least = amount * np.abs(system.intensities()[:, stand_in])
    ones = np.ones((len(bounded), 1))
    try:
        solved = np.linalg.solve(np.eye(len(bounded)) - inputs, np.hstack([least.T, ones]))
    except np.linalg.LinAlgError:
        return None
    if not (np.isfinite(solved).all() and solved[:, -1].min() > 0.5):
        return None
    return linked.intensities(), np.asarray(solved[:, :-1].T)


def _added(system: ProductSystem, bounded: Sequence[Unlinked], most: Floats) -> Floats:
    """Return Σ |s_j| x_i for one unit of every product; (indicators, products)."""
    direct = np.zeros((system.indicators.count, system.processes.count))
    np.add.at(direct.T, [int(item.process) for item in bounded], most.T)
    if not any(item.code == "credits_in_system" for item in system.findings):
        # Without credits all runs behind one product have one sign.
        return np.abs(system.carried(direct))
    result = np.zeros((system.indicators.count, system.products.count))
    touched = np.flatnonzero(direct.any(axis=0))
    for first in range(0, len(touched), _AT_ONCE):
        part = touched[first : first + _AT_ONCE]
        one = np.zeros((len(part), system.processes.count))
        one[np.arange(len(part)), part] = 1.0
        result += direct[:, part] @ np.abs(system.carried(one))
    return result


def unlinked_findings(system: ProductSystem, unlinked: Sequence[Unlinked]) -> tuple[Finding, ...]:
    """Return one finding for each unlinked input: with what it can hide at most per column of its process, or none."""
    bounded = [item for item in unlinked if item.stand_in is not None]
    linked = _linked(system, bounded) if bounded else None
    bounds = iter(() if linked is None else linked[1][0].tolist())
    found = []
    for item in unlinked:
        said: dict[str, Param] = {
            "process": str(system.processes[int(item.process)]),
            "input": item.name,
            "amount": item.amount,
            "unit": item.unit,
        }
        if item.stand_in is None or linked is None:
            found.append(Finding("input_not_linked", Severity.WARNING, params=MappingProxyType(said)))
            continue
        said |= {"stand_in": str(system.products[int(item.stand_in)]), "bound": f"{next(bounds):.3g}"}
        said |= {"indicator": str(system.indicators[0])}
        found.append(Finding("input_not_linked_bounded", Severity.WARNING, params=MappingProxyType(said)))
    return tuple(found)
