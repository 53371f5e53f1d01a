"""Footprints that stand out among those of like products: far from all, a thousand times off, kWh taken for MJ.

Robust score z = 0.6745 · (x − median) / MAD with x = ln(footprint), limit 3.5 (Iglewicz & Hoaglin 1993, How to Detect
and Handle Outliers, ASQC vol. 16). A logarithm, because footprints of one kind of product spread by factors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from tanbiao.core.findings import Finding, Severity, finding

LIMIT: Final = 3.5
FEWEST: Final = 5
"""A range needs this many peers. Project default, not official."""
_SMALLEST_SPREAD: Final = 0.05
"""Least MAD of ln(footprint) that is used. Project default, not official."""
_THOUSAND: Final = 0.1
"""Half-width in decades around 10³ (factor 794 to 1259). Project default, not official."""
_KWH: Final = 0.05
"""Relative half-width around 3.6. Project default, not official."""
_ENERGY_UNITS: Final = frozenset({"MJ", "kWh", "GJ", "MWh", "J", "kJ", "TJ", "Wh"})


@dataclass(frozen=True, slots=True)
class Peer:
    """A footprint with what makes it comparable: ``group`` and unit must agree."""

    key: str
    label: str
    group: str
    unit: str
    value: float


def outliers(peers: Iterable[Peer]) -> Iterator[Finding]:
    """Yield a warning for each footprint outside its peers' range, the most telling code only.

    ``thousandfold`` and ``kwh_for_mj`` where the ratio to the peers' median is that of the slip, else
    ``outside_peers``. Footprints that are zero or negative have no logarithm and are left out.
    """
    groups: dict[tuple[str, str], list[Peer]] = {}
    for peer in sorted(peers, key=lambda one: one.key):
        if peer.group and peer.value > 0 and math.isfinite(peer.value):
            groups.setdefault((peer.group, peer.unit), []).append(peer)
    for members in groups.values():
        if len(members) >= FEWEST:
            yield from _outside(members)


def robust_scores(values: Mapping[str, float]) -> dict[str, float]:
    """Return the robust score of ln(value) by key, with a least spread so that near copies don't blow it up."""
    logs = {key: math.log(value) for key, value in values.items()}
    middle = median(logs.values())
    spread = max(median(abs(value - middle) for value in logs.values()), _SMALLEST_SPREAD)
    return {key: 0.6745 * (value - middle) / spread for key, value in logs.items()}


def _outside(members: list[Peer]) -> Iterator[Finding]:
    scores = robust_scores({one.key: one.value for one in members})
    middle = math.exp(median(math.log(one.value) for one in members))
    for one in members:
        score = scores[one.key]
        if abs(score) > LIMIT:
            ratio = one.value / middle
            code = _slip(ratio, one.unit)
            yield finding(
                code,
                Severity.WARNING,
                one.key,
                name=one.label,
                ratio=ratio,
                score=score,
                median=middle,
                unit=one.unit,
                peers=len(members),
                group=one.group,
            )


def _slip(ratio: float, unit: str) -> str:
    if abs(abs(math.log10(ratio)) - 3.0) <= _THOUSAND:
        return "thousandfold"
    if unit in _ENERGY_UNITS and any(abs(turned / 3.6 - 1.0) <= _KWH for turned in (ratio, 1.0 / ratio)):
        return "kwh_for_mj"
    return "outside_peers"
