"""How far the figure of a release's dataset may spread, and what single inputs would make of it: at once, not sampled.

The spread is first order (delta method, as :mod:`tanbiao.core.lca.release_spread` has it for a whole chain): what one
draw decides is one input, its variance ``(s_j σ ∂h/∂x)²``. Shares of a market are taken as independent, which is at
most too wide. One input at a time is exact: the system's footprint with that exchange alone changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tanbiao.core.dataset.model import Dataset
from tanbiao.core.findings import TanbiaoError, to_json
from tanbiao.core.lca.inputs import Floats
from tanbiao.core.lca.release_spread import Moved, moved_by
from tanbiao.core.lca.release_system import CARRIED, assemble
from tanbiao.core.lca.sensitivity import Driver, Exchange, Sensitivity
from tanbiao.core.variation import METHOD, SHOWN


@dataclass(frozen=True)
class Draws:
    """Everything uncertain in a release's linked system, weighed by one GWP set.

    Attributes
    ----------
    inputs, burdens
        What one σ of each draw moves, per run of its process: exchanges between processes, and emissions or the figure
        of a finished factor.
    ids, rows
        Names of the processes and of the gases (``carried/…`` for a finished factor's figure without gases).
    """

    inputs: Moved
    burdens: Moved
    ids: tuple[str, ...]
    rows: tuple[str, ...]


def draws_of(datasets: Sequence[Dataset], gwp_set: str, intensity: Floats) -> Draws:
    """Return what is uncertain in the system that the datasets of a release make.

    Parameters
    ----------
    datasets
        All of the release, sorted by id.
    intensity
        (datasets,) their figures under the set, kg CO2e per reference unit.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.lca.release_system.assemble`; ``gwp_missing``.
    """
    linked = assemble(datasets)
    weights = linked.characterisation(gwp_set).sum(axis=0)
    inputs = moved_by(linked.technosphere, linked.inputs, -intensity)
    return Draws(inputs, moved_by(linked.interventions, linked.burdens, weights), linked.ids, linked.rows)


def preview(draws: Draws, scaling: Floats, total: float) -> dict[str, Any]:
    """Return the first-order spread of a figure and the inputs it comes from, as JSON values.

    Parameters
    ----------
    scaling
        (datasets,) how much each runs for the figure.

    Returns
    -------
    dict
        ``method``; ``sd`` in the figure's unit and ``relative`` to it (null where it is 0); ``inputs``, the largest
        first: ``matrix`` (``technosphere`` or ``interventions``), ``row`` (what is used, or the gas; of a finished
        factor's figure the factor itself), ``column`` (by which dataset), ``share`` of the variance; ``rest``: the
        share of all others.
    """
    parts = [(drawn, (drawn.moved * scaling[drawn.column]) ** 2) for drawn in (draws.inputs, draws.burdens)]
    variance = np.concatenate([values for _, values in parts])
    whole = float(variance.sum())
    first = len(parts[0][1])
    inputs: list[dict[str, Any]] = []
    for at in np.argsort(-variance, kind="stable")[:SHOWN].tolist():
        if not variance[at] > 0:
            break
        of_input = at < first
        drawn, place = (draws.inputs, at) if of_input else (draws.burdens, at - first)
        row, column = int(drawn.row[place]), draws.ids[int(drawn.column[place])]
        name = draws.ids[row] if of_input else draws.rows[row]
        inputs.append(
            {
                "matrix": "technosphere" if of_input else "interventions",
                "row": column if name.startswith(CARRIED) else name,
                "column": column,
                "share": float(variance[at]) / whole,
            }
        )
    sd = float(np.sqrt(whole))
    return {
        "method": METHOD,
        "sd": sd,
        "relative": sd / abs(total) if total else None,
        "inputs": inputs,
        "rest": max(0.0, 1.0 - sum(item["share"] for item in inputs)) if whole else 0.0,
    }


def one_at_a_time(sensitivity: Sensitivity, drivers: Sequence[Driver], varied: float) -> list[dict[str, Any]]:
    """Return the exact figure with each input alone smaller and larger by a share of itself.

    Returns
    -------
    list
        For each driver ``low`` and ``high`` in the figure's unit; null with ``why`` (a finding as JSON) where the
        changed system has no trustworthy answer.
    """
    found: list[dict[str, Any]] = []
    for driver in drivers:
        exchange = Exchange(driver.matrix, driver.row, driver.column)
        try:
            low, high = sensitivity.one_at_a_time([exchange], (1.0 - varied, 1.0 + varied))[0].tolist()
        except TanbiaoError as error:
            found.append({"low": None, "high": None, "why": to_json(error.findings[0])})
            continue
        found.append({"low": low, "high": high, "why": None})
    return found
