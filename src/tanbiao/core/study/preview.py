"""What single inputs make of a study's total, and how far it may spread by all of them: at once, not sampled.

One input at a time: the study calculated again with that amount alone, or the figure of that dataset alone, smaller and
larger; exact. The spread is first order: ``Var ≈ Σ (∂T/∂x · sd(x))²`` over the study's own uncertain numbers and the
datasets it uses (GUM, JCGM 100:2008, eq. 10), derivatives by central differences. Rows that share a parameter or a
dataset move together, as they do in samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tanbiao.core.amounts import add
from tanbiao.core.numerics.distributions import LogNormal
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import accounted
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.model import Study
from tanbiao.core.study.portfolio_compile import STEP, own_numbers, probing
from tanbiao.core.study.spread import Floats
from tanbiao.core.study.tables import row_name
from tanbiao.core.variation import METHOD, SHOWN, VARIED, require_variation

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule
    from tanbiao.core.study.flows import Flow


@dataclass(frozen=True, slots=True)
class _Input:
    """An uncertain input: ``row/…`` or ``parameter/…`` of the study, or ``dataset/…``."""

    key: str
    moved: float
    """What one standard deviation of it moves the total, first order."""


def preview(study: Study, release: Background, rule: Rule | None, varied: float = VARIED) -> dict[str, Any]:
    """Return the first-order spread of a study's total and the inputs behind it, each varied by itself.

    Parameters
    ----------
    varied
        Share by which one input at a time is made smaller and larger.

    Returns
    -------
    dict
        ``method``, ``total`` and ``sd`` in kg CO2e per declared unit, ``relative`` (null where the total is 0),
        ``varied``; ``inputs``, the largest share first: ``kind`` (``row``, ``parameter`` or ``dataset``), ``id``,
        ``name``, ``share`` of the variance (null where nothing spreads), ``low`` and ``high``: the exact total with it
        alone smaller and larger; ``others`` (how many more) and ``rest`` (their share).

    Raises
    ------
    TanbiaoError
        ``variation_out_of_range``; what :func:`tanbiao.core.study.calculation.calculate` raises.
    """
    require_variation(varied)
    own = own_numbers(study, release, rule)
    names = tuple(own)
    _, ledger, counted = accounted(
        study, release, rule, samples=2 * len(names), draw=probing(names, (1.0 + STEP, 1.0 - STEP))
    )
    series = _total(counted, 2 * len(names))
    total = add(0.0, *(item.value for item in counted))
    inputs = [
        _Input(key, float(series[1 + 2 * at] - series[2 + 2 * at]) / (2 * STEP) * own[key])
        for at, key in enumerate(names)
    ]
    carried = _by_dataset(counted)
    spread = {item.part.dataset.id: item.part.dataset.uncertainty.sigma for item in counted if item.part.dataset}
    inputs += [_Input(f"dataset/{key}", value * LogNormal(1.0, spread[key]).sd) for key, value in carried.items()]
    inputs.sort(key=lambda item: (-abs(item.moved), item.key))
    shown = [item for item in inputs if item.moved][:SHOWN]
    varying = tuple(item.key for item in shown if item.key in own)
    ends = _varied(study, release, rule, varying, varied)
    for key, value in carried.items():
        ends[f"dataset/{key}"] = add(total, -varied * value), add(total, varied * value)
    variance = add(0.0, *(item.moved**2 for item in inputs))
    words = _names(study, ledger.flows, counted)
    shares = [item.moved**2 / variance for item in shown]
    return {
        "method": METHOD,
        "total": total,
        "sd": variance**0.5,
        "relative": variance**0.5 / abs(total) if total else None,
        "varied": varied,
        "inputs": [
            {
                "kind": item.key.partition("/")[0],
                "id": item.key.partition("/")[2],
                "name": words.get(item.key, {"zh": item.key, "en": item.key}),
                "share": share,
                "low": ends[item.key][0],
                "high": ends[item.key][1],
            }
            for item, share in zip(shown, shares, strict=True)
        ],
        "others": sum(1 for item in inputs if item.moved) - len(shown),
        "rest": max(0.0, add(1.0, *(-share for share in shares))) if variance else 0.0,
    }


def _total(counted: Sequence[Entry], samples: int) -> Floats:
    """Return the total: nominal, then samples of the study's own numbers."""
    total = np.zeros(1 + samples)
    for item in counted:
        total = total + item.amount * (item.part.sign * item.part.intensity.total)
    return total


def _varied(
    study: Study, release: Background, rule: Rule | None, names: tuple[str, ...], varied: float
) -> dict[str, tuple[float, float]]:
    """Return the total with each of the study's own numbers alone smaller and larger."""
    if not names:
        return {}
    draw = probing(names, (1.0 - varied, 1.0 + varied))
    _, _, counted = accounted(study, release, rule, samples=2 * len(names), draw=draw)
    series = _total(counted, 2 * len(names))
    return {key: (float(series[1 + 2 * at]), float(series[2 + 2 * at])) for at, key in enumerate(names)}


def _by_dataset(counted: Sequence[Entry]) -> dict[str, float]:
    """Return dataset → what all rows that use it carry, in kg CO2e per declared unit."""
    parts: dict[str, list[float]] = {}
    for item in counted:
        if item.part.dataset is not None:
            parts.setdefault(item.part.dataset.id, []).append(item.value)
    return {key: add(0.0, *values) for key, values in parts.items()}


def _names(study: Study, flows: Sequence[Flow], counted: Sequence[Entry]) -> Mapping[str, dict[str, str]]:
    """Return the words for each input that has any."""
    words = {f"row/{flow.row.id}": row_name(study, flow) for flow in flows}
    for item in counted:
        if item.part.dataset is not None:
            name = item.part.dataset.name
            words[f"dataset/{item.part.dataset.id}"] = {"zh": name.best("zh"), "en": name.best("en")}
    return words | {f"parameter/{key}": {"zh": key, "en": key} for key in study.parameters}
