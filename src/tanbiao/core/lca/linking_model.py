"""What linking decides and on what grounds: providers with their rank, what was passed over, what stays open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from tanbiao.core.dataset.inventory import Exchange, Process
from tanbiao.core.findings import Finding

Source = Literal["unit_process", "system_process", "footprint_factor", "epd_result", "supplier_footprint"]
Weighting = Literal["single", "production_volumes", "equal_shares"]


class Rank(IntEnum):
    """How well a provider fits an input; the lower the better."""

    CHOSEN = 0
    """By whoever links: a supplier's own footprint, a decision on an ambiguous input."""
    NAMED = 1
    """By the file (default provider)."""
    SAME_PLACE = 2
    MARKET = 3
    """A market of the product in the same place."""
    WIDER_REGION = 4
    STAND_IN = 5
    """Another place that doesn't contain the user's, a place that isn't stated, or a product of the same name."""


@dataclass(frozen=True, slots=True)
class Background:
    """A provider from outside the inventory: so much emission per unit of a flow, nothing to link further.

    ``masses`` kg by gas; ``co2e`` kg CO2e by kind of what has no masses; both per reference unit of ``flow``.
    """

    id: str
    name: str
    flow: str
    place: str
    source: Source
    masses: Mapping[str, float] = field(default_factory=dict)
    co2e: Mapping[str, float] = field(default_factory=dict)
    production_volume: float | None = None
    incomplete: bool = False
    """Whether its own chain lacks a supplier: what it supplies is at least what is known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An exchange of an activity: ``amount`` in the flow's reference unit, + made or emitted, − used or taken up."""

    number: int
    """Place of the exchange in its process."""
    exchange: Exchange
    amount: float


@dataclass(frozen=True, slots=True)
class Activity:
    """One product of one process after allocation, or a :class:`Background`: a column of the linked system."""

    id: str
    name: str
    process: str
    product: str
    amount: float
    """Reference amount in the flow's unit; negative for a treatment of waste."""
    unit: str
    place: str
    source: Source
    entries: tuple[Entry, ...] = ()
    background: Background | None = None
    production_volume: float | None = None
    share: float = 1.0
    """Share of the process that allocation gives to this product; NaN where each exchange has its own."""
    refused: Finding | None = None
    """Why it can't be calculated, before anything is solved."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A provider that was possible and not taken."""

    activity: str
    place: str
    why: Literal["farther", "not_the_market", "treats_not_makes", "itself"]


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's decision on who supplies a product: the id of a process or activity, his role, his reason."""

    provider: str
    role: str = ""
    reason: str = ""


DecisionKey = tuple[str, str]
"""(process id, flow id); an empty process: every use of the flow of which the file names no supplier."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who supplies one exchange: activity ids with their shares, which add up to 1."""

    user: str
    exchange: int
    flow: str
    amount: float
    rank: Rank
    providers: tuple[tuple[str, float], ...]
    weighting: Weighting
    factor: float = 1.0
    """Reference units of the provider's flow in one of the exchange's flow (1 unless another flow stands in)."""
    is_credit: bool = False
    passed_over: tuple[PassedOver, ...] = ()
    decision: Decision | None = None
    """Of whoever chose, at rank ``CHOSEN``."""


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An input, or a waste to be treated, that nobody supplies: not zero but unknown."""

    user: str
    exchange: int
    flow: str
    amount: float
    unit: str


@dataclass(frozen=True, slots=True)
class Emitted:
    """``mass`` kg of a gas that one exchange of an activity stands for, + by the gas's own convention of sign."""

    user: str
    exchange: int
    gas: str
    mass: float


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """How to link.

    Parameters
    ----------
    gwp_set
        ``AR4``, ``AR5`` or ``AR6``.
    allocation
        ``file``: the method that the process names, else the one it has factors for (physical before economic before
        causal, the order of ISO 14044); or one method for all.
    without_factors
        What becomes of a process with several products and no factors: ``refuse``; ``reference``: all of it to the
        reference product, the others have no provider; ``mass``: by mass where every product has one.
    stand_ins
        ``none``; ``place``: the same product from a place that doesn't contain the user's; ``name``: also a product of
        the same name under another id.
    chosen
        Who supplies what by a person's decision. It may name a process of another product whose unit converts.
    """

    gwp_set: str = "AR6"
    allocation: Literal["file", "physical", "economic", "causal"] = "file"
    without_factors: Literal["refuse", "reference", "mass"] = "refuse"
    stand_ins: Literal["none", "place", "name"] = "name"
    chosen: Mapping[DecisionKey, Decision] = field(default_factory=dict)


def place_of(process: Process, number: int | None = None) -> str:
    """Return where a finding of a process (or its n-th exchange) points: the file's own place, else names."""
    base = process.where or process.id
    if number is None:
        return base
    own = process.exchanges[number].where
    return f"{base} {own}" if own else f"{base} exchanges[{number}]"


def title(process: Process) -> str:
    """Return a process's name in one language (English, else any), or its id."""
    words = process.name
    return words.get("en") or next((text for text in words.values() if text), "") or process.id
