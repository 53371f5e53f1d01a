"""What a rule says to a study and its result: each check passed, failed or could not be run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import ProcessRule, Rule
from tanbiao.core.rules.quantities import Quantities
from tanbiao.core.study import expressions
from tanbiao.core.study.ledger import Ledger
from tanbiao.core.study.model import Absent, Row, Study
from tanbiao.core.study.result import Result
from tanbiao.core.units import compatible, convert, parse_amount, parse_unit

State = Literal["passed", "failed", "not_run"]

GATE = {
    "cradle_to_gate": ("distribution", "use", "end_of_life"),
    "gate_to_gate": ("raw_materials", "distribution", "use", "end_of_life"),
    "cradle_to_grave": (),
}
"""Stages outside each boundary."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check's outcome; ``findings`` say why it failed or could not be run."""

    check: str
    state: State
    findings: tuple[Finding, ...] = ()


def check(rule: Rule, study: Study, result: Result, ledger: Ledger | None = None) -> list[Finding]:
    """Return the findings of all checks of a rule that failed or could not be run.

    Parameters
    ----------
    ledger
        The calculation's own ledger; without it, checks of masses and energies are not run, and say so.
    """
    return [item for outcome in outcomes(rule, study, result, ledger) for item in outcome.findings]


def outcomes(rule: Rule, study: Study, result: Result, ledger: Ledger | None = None) -> list[Outcome]:
    """Return the outcome of every check, built-in ones first, in a fixed order."""
    runner = _Runner(rule, study, result, ledger)
    return [runner.run(name, code) for name, code in _BUILT_IN.items()] + [
        runner.expression(index) for index in range(len(rule.checks))
    ]


@dataclass(frozen=True, slots=True)
class _Runner:
    rule: Rule
    study: Study
    result: Result
    ledger: Ledger | None

    def run(self, name: str, built_in: Callable[[_Runner], Iterator[Finding]]) -> Outcome:
        try:
            found = tuple(built_in(self))
        except _NotRun as stop:
            return self._not_run(name, stop.reason)
        level = self.rule.severities.get(name)
        if level is not None:
            found = tuple(Finding(item.code, Severity(level), item.where, item.params) for item in found)
        return Outcome(name, "failed" if found else "passed", found)

    def _not_run(self, name: str, reason: str) -> Outcome:
        note = finding("check_not_run", Severity.WARNING, f"rule.{name}", check=name, reason=reason)
        return Outcome(name, "not_run", (note,))

    def expression(self, index: int) -> Outcome:
        item = self.rule.checks[index]
        where = f"rule.checks.{item.id}"
        quantities = Quantities(self.study, self.ledger)
        try:
            node = expressions.parse(item.expect, where)
            good = expressions.holds(node, quantities.names(), quantities.functions(), where)  # type: ignore[arg-type]
        except TanbiaoError as error:
            return self._not_run(item.id, error.code)
        if good:
            return Outcome(item.id, "passed")
        said = item.otherwise
        texts = {"check": item.id, "zh": said.zh, "en": said.en, "clause": said.clause or "—"}
        return Outcome(item.id, "failed", (finding("rule_check_failed", Severity(said.severity), where, **texts),))


class _NotRun(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def _covers(run: _Runner) -> Iterator[Finding]:
    covers, category = run.rule.covers, run.study.product.category
    if covers.categories and category not in covers.categories:
        params = {"rule": run.rule.reference, "category": category or "—"}
        yield finding("rule_not_covering", Severity.ERROR, "product.category", **params)
    if covers.where is not None:
        names = Quantities(run.study, None).names()
        node = expressions.parse(covers.where, "covers.where")
        if any(side.names() - set(names) for side in node.parts):
            raise _NotRun(covers.where)
        if not expressions.holds(node, names):
            params = {"rule": run.rule.reference, "category": covers.where}
            yield finding("rule_not_covering", Severity.ERROR, "product.properties", **params)


def _gwp(run: _Runner) -> Iterator[Finding]:
    if run.study.gwp != run.rule.gwp:
        yield finding("rule_gwp_differs", Severity.ERROR, "gwp", wanted=run.rule.gwp, used=run.study.gwp)


def _unit(run: _Runner) -> Iterator[Finding]:
    wanted, stated = run.rule.unit.declared.amount, run.study.unit.declared
    value, unit = parse_amount(stated, "unit.declared")
    rule_value, rule_unit = parse_amount(wanted, "rule.unit.declared")
    if not compatible(unit, rule_unit) or abs(convert(value, unit, rule_unit) - rule_value) > 1e-9 * rule_value:
        yield finding("rule_unit_differs", Severity.ERROR, "unit.declared", wanted=wanted, used=stated)


def _boundary(run: _Runner) -> Iterator[Finding]:
    boundary = run.study.boundary
    if boundary != "cradle_to_grave" and boundary not in run.rule.boundary.partial:
        yield finding("rule_boundary_not_allowed", Severity.ERROR, "boundary", boundary=boundary)


def _stages(run: _Runner) -> Iterator[Finding]:
    outside = GATE[run.study.boundary] if run.study.boundary in ("cradle_to_grave", *run.rule.boundary.partial) else ()
    for name, stage in run.study.stages.items():
        wanted = getattr(run.rule.boundary, name)
        silent = stage.not_declared is not None or stage.excluded is not None
        if wanted == "required" and silent and name not in outside:
            yield finding("stage_not_declared_required", Severity.ERROR, f"stages.{name}", stage=name)
        if wanted == "excluded" and stage.rows:
            yield finding("rule_stage_excluded", Severity.ERROR, f"stages.{name}", stage=name)


def _rows_of(study: Study, process: ProcessRule) -> list[Row]:
    """Return the rows that stand for a process of the rule: in a stage by name, from it, or inside it."""
    rows = []
    for _, stage in study.stages.items():
        for row in stage.rows:
            targets = [item for item in (row.from_, row.treatment) if item and item.startswith("process/")]
            names = {item.removeprefix("process/").partition("/")[0] for item in targets}
            if row.process == process.id or process.id in names:
                rows.append(row)
    if process.id in study.processes:
        rows += [row for _, row in study.processes[process.id].rows()]
    rows += [row for where, row in study.rows() if where.startswith("processes.") and row.process == process.id]
    return rows


def _processes(run: _Runner) -> Iterator[Finding]:
    outside = GATE.get(run.study.boundary, ())
    for process in run.rule.processes:
        if process.required and process.stage not in outside and not _rows_of(run.study, process):
            place = f"stages.{process.stage}"
            yield finding("rule_process_missing", Severity.ERROR, place, process=process.id, stage=process.stage)


def _site_data(run: _Runner) -> Iterator[Finding]:
    for process in run.rule.processes:
        if process.data != "site_specific":
            continue
        others = [
            row.id
            for row in _rows_of(run.study, process)
            if row.activity in ("electricity", "fuel", "gas", "emission", "from", "treatment")
            and not (row.from_ or "").startswith("process/")
            and (row.data is None or row.data.kind not in ("site_specific", "primary"))
        ]
        if others:
            params = {"process": process.id, "rows": ", ".join(others[:10])}
            yield finding("rule_site_data_missing", Severity.ERROR, f"rule.processes.{process.id}", **params)


def _reference_mass(run: _Runner) -> float:
    flow = run.study.unit.reference_flow
    kilogram = parse_unit("kg")
    for text in (None if flow is None else flow.amount, run.study.unit.declared):
        if text is None:
            continue
        value, unit = parse_amount(text)
        if compatible(unit, kilogram):
            return convert(value, unit, kilogram)
    raise _NotRun("unit.reference_flow")


def _cut_off(run: _Runner) -> Iterator[Finding]:
    entries = run.result.document["cut_off"]
    if not entries:
        return
    rule, shares = run.rule.cut_off, []
    for entry in entries:
        share = _cut_off_share(run, entry)
        shares.append(share)
        if share > rule.each * (1 + 1e-9):
            params = {"what": entry["id"], "share": f"{100 * share:.3g}", "limit": f"{100 * rule.each:.3g}"}
            yield finding("cut_off_exceeded", Severity.ERROR, f"cut_off.{entry['id']}", **params)
    if sum(shares) > rule.total * (1 + 1e-9):
        params = {"what": "Σ", "share": f"{100 * sum(shares):.3g}", "limit": f"{100 * rule.total:.3g}"}
        yield finding("cut_off_exceeded", Severity.ERROR, "cut_off", **params)


def _cut_off_share(run: _Runner, entry: Any) -> float:
    if entry["bound"] is None:
        raise _NotRun(f"cut_off.{entry['id']}")
    unit, kilogram = parse_unit(entry["unit"]), parse_unit("kg")
    if compatible(unit, parse_unit("1")):
        return float(entry["bound"]) * float(unit.factor)
    if not compatible(unit, kilogram):
        raise _NotRun(f"cut_off.{entry['id']}")
    return convert(float(entry["bound"]), unit, kilogram) / _reference_mass(run)


def _cut_off_never(run: _Runner) -> Iterator[Finding]:
    cut = [(f"cut_off.{item.id}", item.process) for item in run.study.cut_off]
    for where, row in run.study.rows():
        if isinstance(row.amount, Absent) and row.amount.absent in ("excluded", "below_cut_off"):
            target = (row.from_ or "").removeprefix("process/") if (row.from_ or "").startswith("process/") else None
            cut.append((where, row.process or target))
    for where, process in cut:
        if process in run.rule.cut_off.never:
            yield finding("cut_off_never", Severity.ERROR, where, process=str(process))


def _quality(run: _Runner) -> Iterator[Finding]:
    limit = run.rule.quality.result_at_most
    if limit is None:
        return
    quality = run.result.document["data_quality"]
    least = run.rule.quality.assessed_at_least
    if least is not None and quality["assessed_share"] < least:
        share, needed = f"{100 * quality['assessed_share']:.3g}", f"{100 * least:.3g}"
        yield finding("rule_quality_not_assessed", Severity.WARNING, "data_quality", share=share, limit=needed)
    if quality["score"] is None:
        raise _NotRun("data_quality.score")
    if quality["score"] > limit + 1e-9:
        score = f"{quality['score']:.3g}"
        yield finding("rule_quality_low", Severity.ERROR, "data_quality", score=score, limit=f"{limit:.3g}")


def _primary(run: _Runner) -> Iterator[Finding]:
    least = run.rule.quality.primary_share_at_least
    if least is None:
        return
    share = run.result.document["primary_data_share"]
    if not isinstance(share, int | float):
        raise _NotRun("primary_data_share")
    if share < least - 1e-12:
        params = {"share": f"{100 * share:.3g}", "limit": f"{100 * least:.3g}"}
        yield finding("rule_primary_share_low", Severity.ERROR, "primary_data_share", **params)


def _months(run: _Runner) -> Iterator[Finding]:
    least = run.rule.quality.months
    if least is None:
        return
    months = _whole_months(run.study.period.from_, run.study.period.to)
    if months < least:
        yield finding("rule_period_short", Severity.ERROR, "period", months=months, limit=least)


def _whole_months(first: str, last: str) -> int:
    """Return the whole months of a span of days, both included: 2023-01-01 to 2023-12-31 are 12."""
    from datetime import date, timedelta

    start, end = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    return (end.year - start.year) * 12 + end.month - start.month - (1 if end.day < start.day else 0)


def _unknown(run: _Runner) -> Iterator[Finding]:
    severity = Severity.BLOCKING if run.rule.unknown_amounts == "block_submission" else Severity.WARNING
    for item in run.result.document["unknown"]:
        yield finding("rule_unknown_amount", severity, item["where"], row=item["row"], reason=item["reason"])


def _uncertainty(run: _Runner) -> Iterator[Finding]:
    if run.rule.quality.uncertainty == "required" and run.result.document["versions"]["samples"] == 0:
        yield finding("rule_uncertainty_missing", Severity.ERROR, "versions.samples")


def _recycling(run: _Runner) -> Iterator[Finding]:
    wanted = run.rule.allocation.recycling
    for where, row in run.study.rows():
        if row.circular is not None and row.circular.method != wanted:
            params = {"method": row.circular.method, "wanted": wanted}
            yield finding("rule_recycling_differs", Severity.ERROR, f"{where}.circular.method", **params)


def _allocation(run: _Runner) -> Iterator[Finding]:
    for process_id, process in sorted(run.study.processes.items()):
        allocation = process.allocation
        if allocation is not None and allocation.by not in run.rule.allocation.co_products:
            params = {"by": allocation.by, "allowed": ", ".join(run.rule.allocation.co_products)}
            yield finding("rule_allocation_differs", Severity.ERROR, f"processes.{process_id}.allocation", **params)


_BUILT_IN: dict[str, Callable[[_Runner], Iterator[Finding]]] = {
    "covers": _covers,
    "gwp": _gwp,
    "unit": _unit,
    "boundary": _boundary,
    "stages": _stages,
    "processes": _processes,
    "site-data": _site_data,
    "cut-off": _cut_off,
    "cut-off-never": _cut_off_never,
    "allocation": _allocation,
    "recycling": _recycling,
    "quality": _quality,
    "primary-share": _primary,
    "months": _months,
    "unknown-amounts": _unknown,
    "uncertainty": _uncertainty,
}
BUILT_IN = tuple(_BUILT_IN)
