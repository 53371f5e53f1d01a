"""What the figure of a release's dataset would be with several inputs or emissions changed at once: exact, each alone.

A scenario multiplies any number of exchanges, emissions or GWP values anywhere in the linked system, and the whole
system is answered again (:meth:`tanbiao.core.lca.sensitivity.Sensitivity.scenario`), with all its refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from tanbiao.core.findings import TanbiaoError, to_json
from tanbiao.core.lca.sensitivity import Exchange, Sensitivity

MOST: Final = 20
"""Scenarios of one question, and exchanges that each changes (project default)."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """An input (``what`` is a dataset), an emission (a gas) or a GWP value (the set; ``of`` is then the gas)."""

    what: str
    of: str
    factors: tuple[float, ...]
    """What it is multiplied by, one for each scenario; 0 takes it away."""


def read_scaled(given: Iterable[Sequence[str]]) -> tuple[Scaled, ...]:
    """Read (what, of, factors) as words, factors separated by commas or spaces.

    Raises
    ------
    TanbiaoError
        ``scenario_malformed``: a factor that is no number of at least 0, none at all, or not as many for each.
    """
    found = tuple(Scaled(what, of, _factors(words)) for what, of, words in given)
    lengths = {len(item.factors) for item in found}
    if len(lengths) > 1 or len(found) > MOST or not lengths <= set(range(1, MOST + 1)):
        told = "; ".join(f"{item.what} → {item.of}: {len(item.factors)}" for item in found)
        raise TanbiaoError.of("scenario_malformed", "scale", value=told[:200], most=MOST)
    return found


def _factors(words: str) -> tuple[float, ...]:
    try:
        factors = tuple(float(word) for word in words.replace(",", " ").replace("，", " ").split())
    except ValueError:
        factors = (-1.0,)
    if not all(isfinite(factor) and factor >= 0 for factor in factors):
        raise TanbiaoError.of("scenario_malformed", "scale", value=words[:80], most=MOST)
    return factors


def scenarios(sensitivity: Sensitivity, scaled: Sequence[Scaled]) -> list[dict[str, Any]]:
    """Return each scenario as JSON values.

    Returns
    -------
    list
        ``changes`` (``matrix``, ``row``, ``column``, ``factor``), ``total`` in the figure's unit and ``change`` against
        the figure; both null with ``why`` (a finding) where the changed system has no trustworthy answer.

    Raises
    ------
    TanbiaoError
        ``exchange_not_in_system``: nothing of that name stands there.
    """
    places = [_exchange(sensitivity, item) for item in scaled]
    found: list[dict[str, Any]] = []
    for number in range(len(scaled[0].factors) if scaled else 0):
        factors = [item.factors[number] for item in scaled]
        changes = [
            {"matrix": place.matrix, "row": place.row, "column": place.column, "factor": factor}
            for place, factor in zip(places, factors, strict=True)
        ]
        wanted = {place: factor * sensitivity.entry(place) for place, factor in zip(places, factors, strict=True)}
        try:
            total = sensitivity.scenario(wanted)
        except TanbiaoError as error:
            found.append({"changes": changes, "total": None, "change": None, "why": to_json(error.findings[0])})
            continue
        found.append({"changes": changes, "total": total, "change": total - sensitivity.total, "why": None})
    return found


def _exchange(sensitivity: Sensitivity, item: Scaled) -> Exchange:
    system = sensitivity.system
    if item.what in (system.indicators.names or ()):
        place = Exchange("characterization", item.what, item.of)
        known = item.of in (system.gases.names or ())
    else:
        emitted = item.what in (system.gases.names or ())
        place = Exchange("interventions" if emitted else "technosphere", item.what, item.of)
        known = item.of in (system.processes.names or ()) and (emitted or item.what in (system.products.names or ()))
    if not known or item.what == item.of or not sensitivity.entry(place):
        raise TanbiaoError.of("exchange_not_in_system", "scale", what=item.what[:80], of=item.of[:80])
    return place
