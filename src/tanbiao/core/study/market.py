"""Process-step data of carbon-market accounting beside the study: do they say the same, and what does each leave out?

For every step three questions are answered. Does the report add up (activity × factor = reported, lines = step)? Does
the study use the same activity data and factor? What does a footprint count that the market does not, and the other
way round? The way from the reported emission to the footprint of the step is a row of differences of decimal figures,
so that it sums exactly. Requirement SD-14b.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.canonical import decimal12
from tanbiao.core.dataset.model import DatasetKind
from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, finding, render
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import Settings, account
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.market_parts import CarbonMarket, MarketLine, MarketStep
from tanbiao.core.study.method_defaults import default
from tanbiao.core.study.model import STAGES, Row, Stage, Study

REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "not_in_study": {
        "zh": "报告计入、研究没有对应行的排放",
        "en": "reported emissions for which the study has no row",
    },
    "activity": {
        "zh": "活动数据不同（按报告的因子）",
        "en": "other activity data, at the report's factor",
    },
    "factor": {"zh": "直接排放因子不同", "en": "another factor of the direct emission"},
    "power_factor": {
        "zh": "外购电力、热力：碳市场因子只含发电，足迹因子含上游与输配",
        "en": "purchased power and heat: the market's factor is of generation, a footprint's of the whole life cycle",
    },
    "not_reported": {
        "zh": "研究计入、碳市场不核算的直接排放与能源",
        "en": "direct emissions and energy of the study that the market does not count",
    },
    "fuel_upstream": {"zh": "燃料的上游", "en": "upstream of fuels"},
    "transport": {"zh": "运输", "en": "transport"},
    "inputs": {"zh": "外购投入的上游", "en": "upstream of bought inputs"},
    "own_processes": {"zh": "研究自己的其他工序", "en": "other processes of the study"},
}  # fmt: skip
"""Why reported emission and footprint differ, in the order of the way."""
PURCHASED: Final = ("electricity", "heat")
KILOGRAM: Final = units.parse_unit("kg")


@dataclass(frozen=True, slots=True)
class LineFound:
    """A reported line beside the row that stands for it; figures per unit of the step's output."""

    line: MarketLine
    product: float
    """Activity × factor, kg."""
    reported: float
    """kg."""
    activity: float
    """Reported activity per unit of output, in the line's unit."""
    unit: str
    in_study: float | None
    """The study's activity per unit of output in the same unit; None without a row, or where units do not meet."""
    footprint: float | None
    """kg CO2e per unit of output that the row adds to the footprint, upstream of fuels apart."""


@dataclass(frozen=True, slots=True)
class MarketChange:
    """A reason: what it adds, kg CO2e per unit of the step's output."""

    reason: str
    change: Decimal


@dataclass(frozen=True, slots=True)
class StepFound:
    """A step: its lines, and the way from what was reported to its footprint."""

    id: str
    step: MarketStep
    unit: str
    """The unit of its output."""
    start: Decimal
    changes: tuple[MarketChange, ...]
    total: Decimal
    lines: tuple[LineFound, ...]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All steps, and what is to be said about them."""

    market: CarbonMarket
    steps: tuple[StepFound, ...]
    findings: tuple[Finding, ...]


def reconcile(study: Study, release: Background, rule: Rule | None) -> Reconciliation:
    """Return the report's steps beside the study.

    Raises
    ------
    TanbiaoError
        ``market_not_stated``; ``market_process_unknown``, ``market_process_shared``, ``market_row_unknown``,
        ``market_quantity`` (an amount that is none of what it should be); and as :func:`calculate`.
    """
    market = study.carbon_market
    if market is None:
        raise TanbiaoError.of("market_not_stated", "carbon_market")
    found = list(_year(study, market))
    tolerance = default("carbon_market_tolerance") if market.tolerance is None else _share(market.tolerance)
    steps = []
    for key, step in market.steps.items():
        made = _Step(key, step, study, tolerance)
        steps.append(made.found(release, rule))
        found += made.findings
    return Reconciliation(market, tuple(steps), tuple(found))


def market_findings(study: Study, release: Background, rule: Rule | None) -> tuple[Finding, ...]:
    """Return what is to be said of a study's carbon-market data, or why they can't be compared; nothing without any."""
    if study.carbon_market is None:
        return ()
    try:
        return reconcile(study, release, rule).findings
    except TanbiaoError as error:
        return tuple(replace(item, severity=Severity.ERROR) for item in error.findings)


def filled(study: Study) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return (the study's document with the report's activity data in the rows that stand for them, those rows).

    Per what the row's process gives (or the declared unit takes), a row of a gas takes the reported emission, another
    row the activity data. It becomes primary data from a document, and says where its amount is from. Rows whose unit
    does not meet the line's stay as they are.

    Raises
    ------
    TanbiaoError
        As :func:`reconcile`.
    """
    market = study.carbon_market
    if market is None:
        raise TanbiaoError.of("market_not_stated", "carbon_market")
    document = study.canonical()
    taken: dict[str, dict[str, Any]] = {}
    for key, step in market.steps.items():
        made = _Step(key, step, study, 0.0)
        for line in step.lines:
            row = made.rows.get(line.row or "")
            if row is not None and (amount := made.as_amount(row, line)) is not None:
                taken[row.id] = amount | {"source": market.report, "per": None}
    for body in _row_bodies(document):
        for name, value in taken.get(str(body.get("id")), {}).items():
            if value is None:
                body.pop(name, None)
            else:
                body[name] = value
    return document, tuple(taken)


def _row_bodies(document: dict[str, Any]) -> list[dict[str, Any]]:
    bodies = [row for stage in document["stages"].values() if isinstance(stage, list) for row in stage]
    for process in document.get("processes", {}).values():
        bodies += [row for part in ("takes", "emits") for row in process.get(part, ())]
    return bodies


def _share(text: str) -> float:
    value, unit = units.parse_amount(text, "carbon_market.tolerance")
    return units.convert(value, unit, units.parse_unit("1"), where="carbon_market.tolerance")


def _year(study: Study, market: CarbonMarket) -> list[Finding]:
    years = {int(study.period.from_[:4]), int(study.period.to[:4])}
    if market.year in years:
        return []
    params: dict[str, str | int] = {"year": market.year, "from": study.period.from_, "to": study.period.to}
    return [finding("market_year_differs", Severity.WARNING, "carbon_market.year", **params)]


class _Step:
    """A step being compared: its rows in the study, and what one unit of its output is there."""

    def __init__(self, key: str, step: MarketStep, study: Study, tolerance: float) -> None:
        self.key, self.step, self.study, self.tolerance = key, step, study, tolerance
        self.place = f"carbon_market.steps.{key}"
        self.findings: list[Finding] = []
        self.output, self.unit = self.quantity(step.output, f"{self.place}.output")
        if self.output <= 0:
            raise TanbiaoError.of("market_quantity", f"{self.place}.output", value=step.output)
        self.own = step.process in study.processes
        self.rows = self._rows()
        if not self.rows:
            raise TanbiaoError.of("market_process_unknown", f"{self.place}.process", process=step.process)
        self.basis = self._basis()

    def quantity(self, text: str, where: str) -> tuple[float, units.Unit]:
        """Return a stated amount.

        Raises
        ------
        TanbiaoError
            ``market_quantity`` of a negative one, and as :func:`parse_amount`.
        """
        value, unit = units.parse_amount(text, where)
        if value < 0:
            raise TanbiaoError.of("market_quantity", where, value=text)
        return value, unit

    def found(self, release: Background, rule: Rule | None) -> StepFound:
        """Return the step beside the study, and note what is to be said."""
        _, _, counted = account(self._alone(), release, Settings.of(rule))
        own = [item for item in counted if self._is_own(item)]
        lines = tuple(self._line(line, own) for line in self.step.lines)
        reported = self._mass(self.step.reported, f"{self.place}.reported")
        self._sums(lines, reported)
        terms = self._terms(lines, counted, own)
        level = reported / self.output
        start = last = _decimal(level)
        changes = []
        for reason in REASONS:
            change = add(0.0, *terms[reason])
            if not terms[reason]:
                continue
            level = add(level, change)
            value = _decimal(level)
            changes.append(MarketChange(reason, (value - last).normalize() + 0))
            last = value
        self._boundary(changes)
        return StepFound(self.key, self.step, str(self.unit), start, tuple(changes), last, lines)

    def as_amount(self, row: Row, line: MarketLine) -> dict[str, Any] | None:
        """Return what a row states once it takes a line's data; None where the units do not meet."""
        text = line.reported if row.gas is not None else line.activity
        value, unit = self.quantity(text, f"{self.place}.{line.id}")
        try:
            wanted = units.parse_amount(str(row.amount), "")[1]
        except TanbiaoError:
            wanted = KILOGRAM if row.gas is not None else unit
        if not units.compatible(unit, wanted):
            return None
        told = row.data.model_dump(mode="json") if row.data is not None else {}
        return {
            "amount": f"{decimal12(units.convert(value / self.output * self.basis, unit, wanted))} {wanted}",
            "derivation": f"{text} / {self.step.output} × {decimal12(self.basis)} {self.unit}",
            "data": told | {"kind": "primary", "acquisition": "document"},
        }

    def _rows(self) -> dict[str, Row]:
        if self.own:
            return {row.id: row for _, row in self.study.processes[self.step.process].rows()}
        staged = (row for _, stage in self.study.stages.items() for row in stage.rows)
        return {row.id: row for row in staged if row.process == self.step.process}

    def _basis(self) -> float:
        """Return what the rows are for, in the unit of the step's output: what the process gives, or the stages'."""
        where = f"{self.place}.output"
        if self.own:
            gives = self.study.processes[self.step.process].gives
            if not isinstance(gives, str):
                raise TanbiaoError.of("market_process_shared", f"{self.place}.process", process=self.step.process)
            return units.convert(*self.quantity(gives, where), self.unit, where=where)
        stated = self.step.per_declared_unit or self.study.unit.declared
        return units.convert(*self.quantity(stated, where), self.unit, where=where)

    def _alone(self) -> Study:
        """Return the study with this step and what it needs, and nothing else."""
        empty = {name: Stage(empty="carbon market step") for name in STAGES}
        if self.own:
            gives = self.study.processes[self.step.process].gives
            row = Row.model_validate({"id": "market-step", "amount": gives, "from": f"process/{self.step.process}"})
            empty["manufacturing"] = Stage(rows=(row,))
            unit = self.study.unit.model_copy(update={"amounts_for": None})
            return self.study.model_copy(update={"stages": self.study.stages.model_copy(update=empty), "unit": unit})
        for name, stage in self.study.stages.items():
            kept = tuple(row for row in stage.rows if row.process == self.step.process)
            if kept:
                empty[name] = Stage(rows=kept)
        return self.study.model_copy(update={"stages": self.study.stages.model_copy(update=empty)})

    def _is_own(self, item: Entry) -> bool:
        return item.flow.row.id in self.rows and item.flow.owner.startswith("processes." if self.own else "stages.")

    def _mass(self, text: str, where: str) -> float:
        return units.convert(*self.quantity(text, where), KILOGRAM, where=where)

    def _line(self, line: MarketLine, own: list[Entry]) -> LineFound:
        place = f"{self.place}.{line.id}"
        value, unit = self.quantity(line.activity, f"{place}.activity")
        factor, per = self._factor(line.factor, f"{place}.factor")
        product = factor * units.convert(value, unit, per, where=f"{place}.factor")
        reported = self._mass(line.reported, f"{place}.reported")
        self._apart("market_line_differs", Severity.ERROR, place, product, reported, line=line.id)
        if line.row is None:
            if line.outside is None:
                self.findings.append(finding("market_line_unmapped", Severity.WARNING, place, line=line.id))
            return LineFound(line, product, reported, value / self.output, str(unit), None, None)
        if line.row not in self.rows:
            raise TanbiaoError.of("market_row_unknown", f"{place}.row", row=line.row, process=self.step.process)
        entries = [item for item in own if item.flow.row.id == line.row]
        footprint = add(0.0, *(item.value for item in entries if not _upstream(item))) / self.basis
        in_study = self._in_study(entries, unit)
        if in_study is None:
            self.findings.append(finding("market_units_differ", Severity.INFO, place, line=line.id, row=line.row))
        else:
            self._apart("market_activity_differs", Severity.WARNING, place, in_study, value / self.output, line=line.id)
        return LineFound(line, product, reported, value / self.output, str(unit), in_study, footprint)

    def _factor(self, text: str, where: str) -> tuple[float, units.Unit]:
        """Return (kg, per which unit) of a factor: ``2.16 kg/Nm3`` or ``21.6 t/10^4 Nm3``."""
        over, slash, under = text.partition("/")
        if not slash:
            raise TanbiaoError.of("market_quantity", where, value=text)
        return self._mass(over, where), units.parse_unit(under.strip(), where)

    def _in_study(self, entries: list[Entry], unit: units.Unit) -> float | None:
        """Return the row's own amount per unit of output, in the line's unit."""
        for item in entries:
            if item.flow.row.gas is not None:
                return None  # the row states the gas itself, not what it came from
            try:
                amount = float(item.times[0]) * float(item.flow.amount[0])
                own = _plain(item.flow.unit) if item.flow.row.electricity is not None else item.flow.unit
                return units.convert(amount, own, _plain(unit) if own != item.flow.unit else unit) / self.basis
            except TanbiaoError:
                return None
        return None

    def _sums(self, lines: tuple[LineFound, ...], reported: float) -> None:
        whole = add(0.0, *(item.reported for item in lines))
        self._apart("market_step_differs", Severity.ERROR, self.place, whole, reported, step=self.key)

    def _apart(self, code: str, severity: Severity, where: str, value: float, reported: float, **params: str) -> None:
        """Note two figures that are further apart than is tolerated."""
        size = max(abs(value), abs(reported))
        if size and abs(value - reported) > self.tolerance * size:
            shares = {"value": f"{value:.6g}", "reported": f"{reported:.6g}"}
            apart = f"{100 * (value - reported) / reported:+.2f} %" if reported else "—"
            self.findings.append(finding(code, severity, where, apart=apart, **shares, **params))

    def _terms(
        self, lines: tuple[LineFound, ...], counted: tuple[Entry, ...], own: list[Entry]
    ) -> dict[str, list[float]]:
        """Return what each reason adds, kg CO2e per unit of output."""
        terms: dict[str, list[float]] = {reason: [] for reason in REASONS}
        mapped = set()
        gap = self._mass(self.step.reported, self.place) - add(0.0, *(item.reported for item in lines))
        if gap:
            terms["not_in_study"].append(-gap / self.output)
        for item in lines:
            per_unit = item.reported / self.output
            if item.footprint is None:
                terms["not_in_study"].append(-per_unit)
                continue
            mapped.add(item.line.row)
            own_factor = "power_factor" if item.line.kind in PURCHASED else "factor"
            if item.in_study is None or not item.activity:
                terms[own_factor].append(item.footprint - per_unit)
                continue
            same = per_unit * item.in_study / item.activity
            terms["activity"].append(same - per_unit)
            terms[own_factor].append(item.footprint - same)
        for entry in counted:
            if not any(entry is one for one in own):
                terms["own_processes"].append(entry.value / self.basis)
            elif entry.flow.row.id not in mapped or _upstream(entry):
                terms[_reason(entry)].append(entry.value / self.basis)
        return terms

    def _boundary(self, changes: list[MarketChange]) -> None:
        """Name what a footprint counts beside the market's boundary; a step that is only the market's is a gap."""
        beside = [item.reason for item in changes if item.reason in ("fuel_upstream", "inputs", "own_processes")]
        if not beside:
            self.findings.append(finding("market_without_upstream", Severity.WARNING, self.place, step=self.key))


def _plain(unit: units.Unit) -> units.Unit:
    """Return a unit without what it is of: kWh of electricity as kWh."""
    return units.parse_unit(str(unit).partition("|")[0])


def _upstream(item: Entry) -> bool:
    dataset = item.part.dataset
    return item.flow.row.fuel is not None and dataset is not None and dataset.kind is DatasetKind.UPSTREAM_FACTOR


def _reason(item: Entry) -> str:
    row = item.flow.row
    if _upstream(item):
        return "fuel_upstream"
    if row.transport is not None:
        return "transport"
    direct = row.fuel is not None or row.gas is not None or row.emission is not None
    return "not_reported" if direct or row.electricity is not None else "inputs"


def _decimal(value: float) -> Decimal:
    return Decimal(decimal12(value)).normalize() + 0


def as_json(found: Reconciliation, lang: Lang) -> dict[str, Any]:
    """Return the reconciliation as JSON: figures per unit of each step's output, decimal text where they sum."""
    return {
        "report": found.market.report,
        "year": found.market.year,
        "guide": found.market.guide,
        "verifier": found.market.verifier,
        "steps": [
            {
                "id": item.id,
                "name": item.step.name.both() if item.step.name else {"zh": item.id, "en": item.id},
                "process": item.step.process,
                "output": item.step.output,
                "reported": item.step.reported,
                "unit": f"kg CO2e/{item.unit}",
                "start": str(item.start),
                "changes": [
                    {"reason": one.reason, "name": dict(REASONS[one.reason]), "change": str(one.change)}
                    for one in item.changes
                ],
                "total": str(item.total),
                "lines": [_line_json(one) for one in item.lines],
            }
            for item in found.steps
        ],
        "findings": [render(item, lang) for item in found.findings],
    }


def _line_json(item: LineFound) -> dict[str, Any]:
    line = item.line
    return {
        "id": line.id,
        "name": line.name.both() if line.name else {"zh": line.id, "en": line.id},
        "kind": line.kind,
        "activity": line.activity,
        "factor": line.factor,
        "reported": line.reported,
        "calculated_kg": item.product,
        "reported_kg": item.reported,
        "difference_kg": item.product - item.reported,
        "row": line.row,
        "outside": line.outside,
        "unit": item.unit,
        "reported_activity": item.activity,
        "study_activity": item.in_study,
        "study_footprint": item.footprint,
    }
