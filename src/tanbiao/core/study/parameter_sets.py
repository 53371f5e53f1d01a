"""One study under several schemes' parameter sets, and a waterfall that explains every difference.

A parameter set (``data/methods/parameter_sets.json``) changes the study's own settings one by one, in one order: which
stages count, which supplies of electricity count as what they are, the GWP set, how biogenic CO2 counts, how recycled
materials are shared between two lives, whether credits are in the total. The study is calculated again after each
change; the steps are differences of decimal figures, so that they sum exactly to the last one. A setting that the study
already has is no step. A set may state its figure per unit of delivered energy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from tanbiao.core.amounts import AbsenceKind, add
from tanbiao.core.canonical import decimal12
from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, finding, render
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import credits, pieces
from tanbiao.core.study.amount_reader import AmountReader
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import Settings, account, result_unit
from tanbiao.core.study.capture import captured_table
from tanbiao.core.study.carbon import CARBON_IN_CO2, carbon_table
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.model import STAGES, Study
from tanbiao.core.study.recycling_choice import with_recycling
from tanbiao.core.units import Unit, convert, parse_amount, parse_number, parse_unit

STEPS: Final = ("stages", "electricity", "gwp", "biogenic", "recycling", "credits")
"""The order of a waterfall; a set leaves out what it does not change."""
LEFT_OUT: Final = {
    "counted": frozenset[str](),
    "without_uptake": frozenset({"biogenic_uptake"}),
    "zero_zero": frozenset({"biogenic_uptake", "biogenic_co2"}),
}
"""How biogenic CO2 counts → the pieces that do not."""
MEMO_OF: Final = {
    "soil_carbon": "soil",
    "carbon_stock_gain": "soil",
    "captured_carbon": "captured",
    "stored_carbon": "stored",
}
"""Kind of a memo item → the piece of the table of fields in which it stands."""
ENERGY_PROPERTIES: Final = ("delivered_energy", "usable_capacity", "cycles_per_year", "service_years")


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """What a scheme changes, with its source."""

    id: str
    name: Mapping[str, str]
    scheme: Mapping[str, str]
    steps: Mapping[str, Any]
    source: str
    per: str = ""
    why: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Setting → why the scheme sets it so, in both languages."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change of one setting: the figure after it, and what it adds, in kg CO2e per declared unit."""

    setting: str
    to: str
    value: Decimal
    change: Decimal
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """A study under one parameter set."""

    set: ParameterSet
    start: Decimal
    steps: tuple[Step, ...]
    same: tuple[str, ...]
    """Settings of the set that the study has already, so that they are no steps."""
    total: Decimal
    unit: str
    stages: Mapping[str, Decimal]
    table: Mapping[tuple[str, str], float]
    """(stage, piece) → kg CO2e per declared unit of every stage, counted or not, and the credits beside them."""
    credits_counted: bool
    complete: bool
    """Whether every stage that the set counts is declared and known, or excluded with a reason."""
    states: Mapping[str, str]
    """Stage → ``complete``, ``incomplete`` (something in it is unknown), ``not_declared`` or ``excluded``."""
    energy: Decimal | None = None
    """kWh delivered over the service life per declared unit, where the set states its figure so."""
    per_energy: Decimal | None = None
    """kg CO2e per kWh delivered, where the set states it so and the study says how much is delivered."""
    findings: tuple[Finding, ...] = field(default=())
    memo: Mapping[str, float] = field(default_factory=dict)
    """``soil``, ``captured``, ``stored`` → kg CO2e per declared unit, where the study tells it; never in a total."""
    counted: tuple[tuple[Entry, float], ...] = ()
    """(entry, kg CO2e per declared unit of it that counts) of the stages that the set counts."""


def statement() -> Mapping[str, str]:
    """Return what the sets are: this project's reading, not official."""
    return dict(_table()["statement"])


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    folder = resources.files("tanbiao.data.methods")
    body: Mapping[str, Any] = json.loads(folder.joinpath("parameter_sets.json").read_text(encoding="utf-8"))
    return body


@lru_cache(maxsize=1)
def parameter_sets() -> Mapping[str, ParameterSet]:
    """Return the sets by id, the study's own first."""
    return {
        key: ParameterSet(
            key, item["name"], item["scheme"], item["steps"], item["source"], item.get("per", ""), item.get("why", {})
        )
        for key, item in _table()["sets"].items()
    }


def view(study: Study, release: Background, rule: Rule | None, wanted: ParameterSet) -> View:
    """Calculate a study under a parameter set.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.study.calculate`.
    """
    state = _State(study, Settings.of(rule), _Counting())
    resolver, ledger, entries = account(study, release, state.settings)
    memo = _memo(study, entries, resolver.amounts)
    start = last = _total(entries, state.counting)
    steps, same = [], []
    for name in STEPS:
        if name not in wanted.steps:
            continue
        changed = state.under(name, wanted.steps[name])
        shared = state.leaves_nothing_out(wanted.steps[name]) if name == "stages" else changed == state
        state = changed
        if shared:
            same.append(name)
            continue
        ledger, entries = _account(state.study, release, state.settings)
        value = _total(entries, state.counting)
        change = (value - last).normalize() + 0
        steps.append(Step(name, _words(wanted.steps[name]), value, change, wanted.why.get(name, {})))
        last = value
    settings, counting = state.settings, state.counting
    stages = {
        name: _total([item for item in entries if item.stage == name], counting)
        for name in STAGES
        if name in counting.stages
    }
    found, energy = delivered_energy(study) if wanted.per == "delivered_energy" else ([], None)
    unsplit = counting.unsplit(entries)
    if unsplit:
        found.append(finding("view_biogenic_unsplit", Severity.WARNING, "stages", value=f"{unsplit:.3g}"))
    states = {name: _state(name, ledger) for name in STAGES}
    complete = all(states[name] in ("complete", "excluded") for name in counting.stages)
    saved, _ = credits.counted(ledger, settings.credits_counted)
    return View(
        wanted,
        start,
        tuple(steps),
        tuple(same),
        last,
        result_unit(study.unit.declared),
        stages,
        counting.table(ledger, saved or ledger.credits),
        bool(settings.credits_counted),
        complete,
        states,
        None if energy is None else _decimal(energy),
        None if energy is None else _decimal(float(last) / energy),
        tuple(found),
        memo,
        tuple((item, counting.weighed(item)) for item in entries if item.stage in counting.stages),
    )


def views(study: Study, release: Background, rule: Rule | None = None) -> tuple[View, ...]:
    """Return the study under every parameter set; errors as :func:`view`."""
    return tuple(view(study, release, rule, item) for item in parameter_sets().values())


def as_json(item: View, lang: Lang) -> dict[str, Any]:
    """Return a view as JSON: figures as decimal text, findings in the reader's language."""
    return {
        "set": item.set.id,
        "name": dict(item.set.name),
        "scheme": dict(item.set.scheme),
        "source": item.set.source,
        "start": str(item.start),
        "steps": [
            {
                "setting": step.setting,
                "to": step.to,
                "value": str(step.value),
                "change": str(step.change),
                "why": dict(step.why),
            }
            for step in item.steps
        ],
        "same": list(item.same),
        "total": str(item.total),
        "unit": item.unit,
        "stages": {name: str(value) for name, value in item.stages.items()},
        "complete": item.complete,
        "stage_states": dict(item.states),
        "kwh_delivered": None if item.energy is None else str(item.energy),
        "per_kwh_delivered": None if item.per_energy is None else str(item.per_energy),
        "findings": [render(one, lang) for one in item.findings],
    }


@dataclass(frozen=True, slots=True)
class _Counting:
    """Which entries count, and how biogenic CO2 does."""

    stages: tuple[str, ...] = STAGES
    biogenic: str = "counted"

    def value(self, entry: Entry) -> float:
        """Return kg CO2e per declared unit of an entry."""
        return self.weighed(entry) if entry.stage in self.stages else 0.0

    def weighed(self, entry: Entry) -> float:
        """Return kg CO2e per declared unit of an entry, whether or not its stage counts."""
        left_out = LEFT_OUT[self.biogenic]
        if not left_out:
            return entry.value
        split = pieces.pieces(entry.part.intensity)
        off = add(0.0, *(value for name, value in split.items() if name in left_out))
        return entry.value - entry.nominal * entry.part.sign * off

    def table(self, ledger: Ledger, saved: Sequence[Entry]) -> dict[tuple[str, str], float]:
        """Return the sums by (stage, piece) of all stages, whole; the credits that count, or all as they would."""
        own = [term for item in ledger.entries for term in pieces.of_entry(item)]
        return pieces.sums([*own, *(((item.stage, pieces.CREDIT), self.weighed(item)) for item in saved)])

    def unsplit(self, entries: Sequence[Entry]) -> float:
        """Return the biogenic emission of factors that do not tell CO2 from methane; it counts in full."""
        if self.biogenic != "zero_zero":
            return 0.0
        counted = [item for item in entries if item.stage in self.stages]
        return add(
            0.0,
            *(abs(item.nominal * pieces.pieces(item.part.intensity).get("biogenic_unsplit", 0.0)) for item in counted),
        )


@dataclass(frozen=True, slots=True)
class _State:
    """A study on its way to a scheme: what has been set so far."""

    study: Study
    settings: Settings
    counting: _Counting

    def under(self, name: str, to: Any) -> _State:
        """Return the state with one more setting; an equal one where nothing of it changes."""
        if name == "gwp":
            return replace(self, study=self.study.model_copy(update={"gwp": to}))
        if name == "electricity":
            if self.settings.electricity_counts is not None and _supplies(
                self.settings.electricity_counts
            ) == _supplies(to):
                return self
            return replace(self, settings=replace(self.settings, electricity_counts=frozenset(to)))
        if name == "credits":
            kinds = credits.ALL if to == "in_total" else frozenset()
            return replace(self, settings=replace(self.settings, credits_counted=kinds))
        if name == "recycling":
            return replace(self, study=with_recycling(self.study, to["method"], to.get("A")))
        if name == "biogenic":
            return replace(self, counting=replace(self.counting, biogenic=to))
        return replace(self, counting=replace(self.counting, stages=tuple(to)))

    def leaves_nothing_out(self, stages: Sequence[str]) -> bool:
        """Whether the study states nothing in the stages that do not count."""
        return not any(stage.rows for key, stage in self.study.stages.items() if key not in stages)


def _supplies(counts: Iterable[str]) -> frozenset[str]:
    """Return the supplies that count: a contract hands over its certificates, so it counts where these do."""
    named = frozenset(counts)
    return named | {"contract"} if "green_certificate" in named else named


def _words(to: Any) -> str:
    """Return a setting's value as text, its parts parted by commas."""
    if isinstance(to, Mapping):
        return ", ".join(str(to[key]) if key == "method" else f"{key} {to[key]}" for key in to)
    return ", ".join(to) if isinstance(to, list) else str(to)


def _decimal(value: float) -> Decimal:
    return Decimal(decimal12(value)).normalize() + 0


def _account(study: Study, release: Background, settings: Settings) -> tuple[Ledger, tuple[Entry, ...]]:
    _, ledger, counted = account(study, release, settings)
    return ledger, counted


def _memo(study: Study, counted: Sequence[Entry], amounts: AmountReader) -> dict[str, float]:
    """Return soil, captured and stored carbon as kg CO2e per declared unit; what the study does not tell is not there.

    Soil is what the study states of soils and stocks; captured is what its rows capture and what it states; stored is
    the carbon that its balance finds in the product after its life, as CO2, and what it states. None is in a total.
    """
    told, _ = carbon_table(study, counted, amounts)
    parts: dict[str, list[float]] = {}
    for item in told["memo"]:
        if item["kind"] in MEMO_OF:
            parts.setdefault(MEMO_OF[item["kind"]], []).append(item["value"])
    for item in captured_table(counted):
        if item["fate"] != "received":
            parts.setdefault("captured", []).append(item["kilograms"])
    if told["balance"] is not None and told["balance"].get("stored") is not None:
        parts.setdefault("stored", []).append(told["balance"]["stored"] / CARBON_IN_CO2)
    return {key: add(*values) for key, values in parts.items()}


def _total(entries: Sequence[Entry], counting: _Counting) -> Decimal:
    return _decimal(add(0.0, *(counting.value(item) for item in entries)))


def _state(stage: str, ledger: Ledger) -> str:
    """Return what is known of a stage; what lies below the cut-off, or is excluded with a reason, is no gap."""
    stated = getattr(ledger.study.stages, stage)
    if stated.not_declared is not None:
        return "not_declared"
    if stated.excluded is not None:
        return "excluded"
    gaps = (item for item in ledger.absences if item.kind in (AbsenceKind.UNKNOWN, AbsenceKind.NOT_DECLARED))
    return "incomplete" if any(_touches(item.where, ledger, stage) for item in gaps) else "complete"


def _touches(where: str, ledger: Ledger, stage: str) -> bool:
    """Whether an absence lies in a stage, or in a process that the stage needs."""
    if where.startswith("stages."):
        return where.split(".")[1] == stage
    return where.removeprefix("processes.").partition(".")[0] in ledger.processes(stage)


def delivered_energy(study: Study) -> tuple[list[Finding], float | None]:
    """Return (findings, kWh delivered over the service life per declared unit; None where it can't be told).

    It is ``product.properties.delivered_energy``, else usable capacity × full cycles a year × years of service
    (Regulation (EU) 2023/1542, annex II, as in worked example BAT-05).
    """
    kilowatt_hour = parse_unit("kWh")
    stated = study.product.properties
    try:
        if "delivered_energy" in stated:
            energy = _in(stated["delivered_energy"], kilowatt_hour)
        elif all(name in stated for name in ENERGY_PROPERTIES[1:]):
            capacity = _in(stated["usable_capacity"], kilowatt_hour)
            energy = capacity * _number(stated["cycles_per_year"]) * _number(stated["service_years"])
        else:
            names = ", ".join(ENERGY_PROPERTIES)
            return [finding("view_energy_unknown", Severity.WARNING, "product.properties", names=names)], None
    except TanbiaoError:
        names = ", ".join(name for name in ENERGY_PROPERTIES if name in stated)
        return [finding("view_energy_unread", Severity.WARNING, "product.properties", names=names)], None
    if energy <= 0:
        return [finding("view_energy_unread", Severity.WARNING, "product.properties", names="delivered_energy")], None
    return [], energy


def _number(text: str) -> float:
    return float(parse_number(text.removesuffix(" 1"), "product.properties"))


def _in(text: str, unit: Unit) -> float:
    return convert(*parse_amount(text, "product.properties"), unit, where="product.properties")
