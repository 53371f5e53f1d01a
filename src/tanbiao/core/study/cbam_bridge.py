"""From a study's footprint to the embedded emissions of the good that it exports: every difference is a step.

The footprint's entries are told apart by why the border adjustment mechanism leaves them out or counts them by another
figure; what it counts is added up good by good. Steps are differences of decimal figures, so that they sum exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.canonical import decimal12
from tanbiao.core.dataset.model import DatasetKind
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.allocation import process_of
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import Settings, account, result_unit
from tanbiao.core.study.cbam import Account, embedded
from tanbiao.core.study.flows import Flow
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.model import Study

TONNE: Final = units.parse_unit("t")
KILOGRAMS: Final = 1000.0
TO_GATE: Final = ("raw_materials", "manufacturing")
STEPS: Final[Mapping[str, Mapping[str, str]]] = {
    "stages": {
        "zh": "分销、使用与生命末期不计",
        "en": "distribution, use and end of life do not count",
    },
    "credits": {"zh": "抵减不计", "en": "credits do not count"},
    "outside": {
        "zh": "不在货物生产工序之内的行与工序不计",
        "en": "rows and processes outside the goods' production processes do not count",
    },
    "transport": {"zh": "运输不计", "en": "transport does not count"},
    "fuel_upstream": {"zh": "燃料的上游不计，只计燃烧", "en": "of fuels only the combustion counts, not the upstream"},
    "bought_inputs": {
        "zh": "不属于前体的外购投入不计",
        "en": "bought inputs that are no precursors do not count",
    },
    "precursors": {
        "zh": "外购前体按其通报的隐含排放计，而非数据集",
        "en": "bought precursors count by their stated embedded emissions, not by a dataset",
    },
    "electricity": {
        "zh": "电力只在须计间接排放的货物中按机制的因子计",
        "en": "electricity counts by the mechanism's factor, and only for goods whose indirect emissions count",
    },
    "direct": {
        "zh": "直接排放：副产物不带走排放；只计机制所列气体并用 AR5；含热、废气与自发电的修正",
        "en": "direct emissions: co-products carry nothing away; only the mechanism's gases, by AR5; heat, waste gas "
        "and power made are corrected for",
    },
}  # fmt: skip
"""Step → why, in the order of the waterfall."""
NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "stages": {"zh": "后续阶段", "en": "later stages"},
    "credits": {"zh": "抵减", "en": "credits"},
    "outside": {"zh": "货物工序之外", "en": "outside the goods' processes"},
    "transport": {"zh": "运输", "en": "transport"},
    "fuel_upstream": {"zh": "燃料上游", "en": "upstream of fuels"},
    "bought_inputs": {"zh": "其他外购投入", "en": "other bought inputs"},
    "precursors": {"zh": "外购前体", "en": "bought precursors"},
    "electricity": {"zh": "电力", "en": "electricity"},
    "direct": {"zh": "直接排放", "en": "direct emissions"},
}
"""Step → its name, short enough for a chart."""


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """A reason: the figure after it, and what it adds, kg CO2e per declared unit."""

    reason: str
    value: Decimal
    change: Decimal


@dataclass(frozen=True, slots=True)
class Bridge:
    """The way from the footprint to the embedded emissions of the declared good, per declared unit."""

    start: Decimal
    steps: tuple[BridgeStep, ...]
    total: Decimal
    tonnes: float
    """Of the declared good per declared unit."""
    unit: str
    account: Account


def bridge(study: Study, release: Background, rule: Rule | None) -> tuple[Bridge | None, tuple[Finding, ...]]:
    """Return (the way, findings); no way where the declared unit takes nothing of the declared good.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.study.cbam.embedded` and :func:`tanbiao.core.study.calculate`.
    """
    made = embedded(study, release)
    _, ledger, counted = account(study, release, Settings.of(rule))
    tonnes = _tonnes(ledger.flows, made)
    if tonnes <= 0:
        return None, (finding("cbam_not_taken", Severity.WARNING, "cbam.declared", good=made.declared.id),)
    inside = _inside(study, made)
    taken: dict[str, list[float]] = {reason: [] for reason in STEPS}
    for item in counted:
        taken[_reason(item, study, inside)].append(item.value)
    counts = {reason: value * tonnes * KILOGRAMS for reason, value in _counted(made).items()}
    level = add(0.0, *(item.value for item in counted))
    start = last = _decimal(level)
    steps = []
    for reason in STEPS:
        change = add(counts.get(reason, 0.0), *(-value for value in taken[reason]))
        if not taken[reason] and not counts.get(reason):
            continue
        level = add(level, change)
        value = _decimal(level)
        steps.append(BridgeStep(reason, value, (value - last).normalize() + 0))
        last = value
    return Bridge(start, tuple(steps), last, tonnes, result_unit(study.unit.declared), made), ()


def as_json(found: Bridge) -> dict[str, Any]:
    """Return the way as JSON: figures as decimal text."""
    return {
        "start": str(found.start),
        "steps": [
            {
                "reason": item.reason,
                "name": dict(NAMES[item.reason]),
                "why": dict(STEPS[item.reason]),
                "value": str(item.value),
                "change": str(item.change),
            }
            for item in found.steps
        ],
        "total": str(found.total),
        "tonnes": decimal12(found.tonnes),
        "unit": found.unit,
        "specific": {
            "direct": decimal12(found.account.declared.direct),
            "indirect": decimal12(found.account.declared.indirect),
            "total": decimal12(found.account.declared.total),
        },
    }


def _decimal(value: float) -> Decimal:
    return Decimal(decimal12(value)).normalize() + 0


def _tonnes(flows: Sequence[Flow], made: Account) -> float:
    """Return t of the declared good that the stages take per declared unit."""
    process, _, product = made.declared.good.process.partition("/")
    found = []
    for flow in flows:
        if not flow.owner.startswith("stages.") or flow.absence is not None or flow.feeds is None:
            continue
        taken = str(flow.row.from_).removeprefix("process/").partition("/")[2]
        if process_of(flow.feeds) == process and taken == product:
            try:
                found.append(units.convert(float(flow.amount[0]), flow.unit, TONNE, where=flow.where))
            except TanbiaoError:
                return 0.0
    return add(0.0, *found)


def _inside(study: Study, made: Account) -> set[str]:
    """Return the processes that belong to the production of a good of the chain."""
    goods = {item.good.process.partition("/")[0] for item in made.goods}
    inside: set[str] = set()
    for process in goods:
        maker = study.processes[process].control or "own"
        waiting = [process]
        while waiting:
            name = waiting.pop()
            inside.add(name)
            for _, row in study.processes[name].rows():
                used = str(row.from_ or "")
                if not used.startswith("process/"):
                    continue
                key = process_of(used.removeprefix("process/"))
                other = study.processes[key].control or "own"
                if key not in inside and key not in goods and other == maker:
                    waiting.append(key)
    return inside


def _reason(item: Entry, study: Study, inside: set[str]) -> str:
    """Return why an entry of the footprint is left out, or by which part of the mechanism's figure it is replaced."""
    row = item.flow.row
    if item.flow.is_credit or item.part.credit:
        return "credits"
    if item.stage not in TO_GATE:
        return "stages"
    if not item.flow.user or process_of(item.flow.user) not in inside:
        return "outside"
    if row.transport is not None:
        return "transport"
    if row.electricity is not None:
        return "electricity"
    if study.cbam is not None and row.id in study.cbam.precursors:
        return "precursors"
    if row.fuel is not None and item.part.dataset is not None and item.part.dataset.kind is DatasetKind.UPSTREAM_FACTOR:
        return "fuel_upstream"
    return "direct" if row.fuel is not None or row.gas is not None or row.emission is not None else "bought_inputs"


def _counted(made: Account) -> dict[str, float]:
    """Return what the mechanism counts by the step in which it stands, t CO2e per t of the declared good."""
    weights = {made.declared.id: 1.0}
    for item in reversed(made.goods):
        for one in item.inputs:
            if one.own:
                weights[one.id] = add(weights.get(one.id, 0.0), weights.get(item.id, 0.0) * one.mass)
    goods = [(weights.get(item.id, 0.0), item) for item in made.goods]
    return {
        "direct": add(0.0, *(weight * item.own_direct for weight, item in goods)),
        "electricity": add(0.0, *(weight * item.own_indirect for weight, item in goods)),
        "precursors": add(
            0.0, *(weight * add(*one.adds) for weight, item in goods for one in item.inputs if not one.own)
        ),
    }
