"""The checks that every rule makes by its structure: unit, boundary, processes, cut-off, allocation, quality …

Each yields a finding for everything that is not kept, nothing when it is, and raises
:class:`~tanbiao.core.rules.row_reading.NotRun` where the study or its result does not hold what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.rules.allocation_check import allocation_findings, recycling_values
from tanbiao.core.rules.language import condition
from tanbiao.core.rules.model import ProcessRule, Rule
from tanbiao.core.rules.prescribed import default_findings, scenario_findings
from tanbiao.core.rules.reading import Reading, cannot
from tanbiao.core.rules.row_reading import NotRun
from tanbiao.core.rules.scope import Scope, scope_of
from tanbiao.core.study.data_period import whole_months
from tanbiao.core.study.model import Absent, Row, Study
from tanbiao.core.study.result import Result
from tanbiao.core.study.shares import PRIMARY, own_processes_without_site_data
from tanbiao.core.units import compatible, convert, parse_amount, parse_unit, parse_value

GATE = {
    "cradle_to_gate": ("distribution", "use", "end_of_life"),
    "gate_to_gate": ("raw_materials", "distribution", "use", "end_of_life"),
    "cradle_to_grave": (),
}
"""Stages outside each boundary."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a check looks at."""

    rule: Rule
    study: Study
    result: Result
    reading: Reading

    def scope(self, where: str) -> Scope:
        """Return the scope of an expression at a place of the rule."""
        return scope_of(self.rule, where)


def missing(place: str) -> NotRun:
    """Return the exception of a check whose input is not there."""
    return cannot("check_value_missing", place, what=place)


def _covers(run: Run) -> Iterator[Finding]:
    covers, category = run.rule.covers, run.study.product.category
    if covers.categories and category not in covers.categories:
        params = {"rule": run.rule.reference, "category": category or "—"}
        yield finding("rule_not_covering", Severity.ERROR, "product.category", **params)
    if covers.where is not None and not condition(covers.where, run.scope("covers.where"))(run.reading, None):
        params = {"rule": run.rule.reference, "category": covers.where}
        yield finding("rule_not_covering", Severity.ERROR, "product.properties", **params)


def _gwp(run: Run) -> Iterator[Finding]:
    if run.study.gwp != run.rule.gwp:
        yield finding("rule_gwp_differs", Severity.ERROR, "gwp", wanted=run.rule.gwp, used=run.study.gwp)


def _unit(run: Run) -> Iterator[Finding]:
    wanted, stated = run.rule.unit.declared.amount, run.study.unit.declared
    value, unit = parse_amount(stated, "unit.declared")
    rule_value, rule_unit = parse_amount(wanted, "rule.unit.declared")
    if not compatible(unit, rule_unit) or abs(convert(value, unit, rule_unit) - rule_value) > 1e-9 * rule_value:
        yield finding("rule_unit_differs", Severity.ERROR, "unit.declared", wanted=wanted, used=stated)


def _boundary(run: Run) -> Iterator[Finding]:
    boundary = run.study.boundary
    if boundary != "cradle_to_grave" and boundary not in run.rule.boundary.partial:
        yield finding("rule_boundary_not_allowed", Severity.ERROR, "boundary", boundary=boundary)


def _stages(run: Run) -> Iterator[Finding]:
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


def _processes(run: Run) -> Iterator[Finding]:
    outside = GATE.get(run.study.boundary, ())
    for process in run.rule.processes:
        if process.required and process.stage not in outside and not _rows_of(run.study, process):
            place = f"stages.{process.stage}"
            yield finding("rule_process_missing", Severity.ERROR, place, process=process.id, stage=process.stage)


def _site_data(run: Run) -> Iterator[Finding]:
    strict = run.rule.quality.site_data == "site_specific"
    for process in run.rule.processes:
        if process.data not in ("site_specific", "primary"):
            continue
        accepted = ("site_specific",) if strict and process.data == "site_specific" else PRIMARY
        others = [
            row.id
            for row in _rows_of(run.study, process)
            if row.activity in ("electricity", "fuel", "gas", "emission", "from", "treatment")
            and not (row.from_ or "").startswith("process/")
            and (row.data is None or row.data.kind not in accepted)
        ]
        if others:
            params = {"process": process.id, "rows": ", ".join(others[:10])}
            code = "rule_site_data_missing" if process.data == "site_specific" else "rule_primary_data_missing"
            yield finding(code, Severity.ERROR, f"rule.processes.{process.id}", **params)
    for name, rows in own_processes_without_site_data(run.study).items():
        params = {"process": name, "rows": ", ".join(rows[:10])}
        yield finding("own_process_without_site_data", Severity.ERROR, f"processes.{name}", **params)


def _cut_off(run: Run) -> Iterator[Finding]:
    """Judge each thing left out, and the sum, by every basis of the rule; what has no bound by any can't be."""
    rule, table = run.rule.cut_off, run.result.document["exclusions"]
    rows = [row for row in table["rows"] if row["counted"]]
    found = []
    for row in rows:
        known = [row["shares"][basis] for basis in rule.of if row["shares"][basis] is not None]
        if known and max(known) > rule.each * (1 + 1e-9):
            found.append((row["where"], str(row["id"]), max(known), rule.each))
    sums = [table["sums"][basis]["share"] for basis in rule.of]
    if rows and max(sums) > rule.total * (1 + 1e-9):
        found.append(("cut_off", "Σ", max(sums), rule.total))
    for where, what, share, limit in found:
        params = {"what": what, "share": f"{100 * share:.3g}", "limit": f"{100 * limit:.3g}"}
        yield finding("cut_off_exceeded", Severity.ERROR, where, **params)
    untold = [row["where"] for row in rows if all(row["shares"][basis] is None for basis in rule.of)]
    if untold and not found:
        raise missing(untold[0])


def _cut_off_never(run: Run) -> Iterator[Finding]:
    cut = [(f"cut_off.{item.id}", item.process) for item in run.study.cut_off]
    for where, row in run.study.rows():
        if isinstance(row.amount, Absent) and row.amount.absent in ("excluded", "below_cut_off"):
            target = (row.from_ or "").removeprefix("process/") if (row.from_ or "").startswith("process/") else None
            cut.append((where, row.process or target))
    for where, process in cut:
        if process in run.rule.cut_off.never:
            yield finding("cut_off_never", Severity.ERROR, where, process=str(process))


def _quality(run: Run) -> Iterator[Finding]:
    limit = run.rule.quality.result_at_most
    if limit is None:
        return
    quality = run.result.document["data_quality"]
    least = run.rule.quality.assessed_at_least
    if least is not None and quality["assessed_share"] < least:
        share, needed = f"{100 * quality['assessed_share']:.3g}", f"{100 * least:.3g}"
        yield finding("rule_quality_not_assessed", Severity.WARNING, "data_quality", share=share, limit=needed)
    if quality["score"] is None:
        raise missing("data_quality.score")
    if quality["score"] > limit + 1e-9:
        score = f"{quality['score']:.3g}"
        yield finding("rule_quality_low", Severity.ERROR, "data_quality", score=score, limit=f"{limit:.3g}")


def _primary(run: Run) -> Iterator[Finding]:
    least = run.rule.quality.primary_share_at_least
    if least is None:
        return
    share = run.result.document["primary_data_share"]
    if not isinstance(share, int | float):
        raise missing("primary_data_share")
    if share < least - 1e-12:
        params = {"share": f"{100 * share:.3g}", "limit": f"{100 * least:.3g}"}
        yield finding("rule_primary_share_low", Severity.ERROR, "primary_data_share", **params)


def _months(run: Run) -> Iterator[Finding]:
    least = run.rule.quality.months
    if least is None or run.rule.quality.shorter == "provisional":
        return  # a shorter period is then allowed, and the result says that it is provisional
    months = whole_months(run.study.period.from_, run.study.period.to)
    if months < least:
        yield finding("rule_period_short", Severity.ERROR, "period", months=months, limit=least)


def _stand_ins(run: Run) -> Iterator[Finding]:
    most = run.rule.quality.stand_ins_at_most
    if most is None:
        return
    share = run.result.document["stand_in_share"]
    if not isinstance(share, int | float):
        raise missing("stand_in_share")
    if share > most + 1e-12:
        params = {"share": f"{100 * share:.3g}", "limit": f"{100 * most:.3g}"}
        yield finding("rule_stand_ins_high", Severity.ERROR, "stand_ins", **params)


def _unknown(run: Run) -> Iterator[Finding]:
    severity = Severity.BLOCKING if run.rule.unknown_amounts == "block_submission" else Severity.WARNING
    for item in run.result.document["unknown"]:
        yield finding("rule_unknown_amount", severity, item["where"], row=item["row"], reason=item["reason"])


def _uncertainty(run: Run) -> Iterator[Finding]:
    if run.rule.quality.uncertainty == "required" and run.result.document["versions"]["samples"] == 0:
        yield finding("rule_uncertainty_missing", Severity.ERROR, "versions.samples")


def _recycling(run: Run) -> Iterator[Finding]:
    wanted = run.rule.allocation.recycling
    for where, row in run.study.rows():
        if row.circular is not None and row.circular.method != wanted:
            params = {"method": row.circular.method, "wanted": wanted}
            yield finding("rule_recycling_differs", Severity.ERROR, f"{where}.circular.method", **params)
    yield from recycling_values(run.rule, run.study)


def _allocation(run: Run) -> Iterator[Finding]:
    yield from allocation_findings(run.rule, run.study)


def _fields(run: Run) -> Iterator[Finding]:
    stated = run.study.product.properties
    for item in run.rule.fields:
        where = f"product.properties.{item.name}"
        if item.name not in stated:
            if item.required:
                yield finding("rule_field_missing", Severity.ERROR, where, field=item.name, unit=item.unit)
            continue
        unit = parse_value(stated[item.name], where)[1]
        if not compatible(unit, parse_unit(item.unit)):
            params = {"field": item.name, "unit": item.unit, "used": str(unit)}
            yield finding("rule_field_unit", Severity.ERROR, where, **params)


def _scenarios(run: Run) -> Iterator[Finding]:
    yield from scenario_findings(run.rule, run.study)


def _defaults(run: Run) -> Iterator[Finding]:
    yield from default_findings(run.rule, run.study)


def _process_quality(run: Run) -> Iterator[Finding]:
    """Judge the mean score of a process's rows, weighted by emission; the finding points at the worst of them."""
    for process, limit in process_limits(run.rule):
        rows = [row for row in run.reading.rows if row.process == process]
        rated = [(row.quality, row) for row in rows if isinstance(row.quality, float)]
        if not rated:
            if rows:
                raise cannot("check_quality_unrated", f"rule.processes.{process}")
            continue
        weights = [abs(row.emission) if isinstance(row.emission, float) else 0.0 for _, row in rated]
        whole = add(*weights)
        parts = [score * weight for (score, _), weight in zip(rated, weights, strict=True)]
        mean = add(*parts) / whole if whole else max(score for score, _ in rated)
        if mean > limit + 1e-9:
            worst = max(rated, key=lambda item: item[0])[1]
            params = {"process": process, "score": f"{mean:.3g}", "limit": f"{limit:.3g}"}
            yield finding("rule_process_quality_low", Severity.ERROR, worst.where, **params)


def process_limits(rule: Rule) -> list[tuple[str, float]]:
    """Return the worst mean score that each process may have, where the rule limits it."""
    found = []
    for process in rule.processes:
        site = rule.quality.site_specific_at_most if process.data == "site_specific" else None
        limits = [limit for limit in (process.quality_at_most, site) if limit is not None]
        if limits:
            found.append((process.id, min(limits)))
    return found


def _report_sections(run: Run) -> Iterator[Finding]:
    body = run.study.canonical()
    for section in run.rule.report_sections:
        for path in section.needs:
            here: Any = body
            for step in path.split("."):
                here = here.get(step) if isinstance(here, dict) else None
            if not here:
                params = {"section": section.id, "zh": section.title.zh, "en": section.title.en, "path": path}
                yield finding("rule_report_part_missing", Severity.ERROR, path, **params)


BUILT_IN: dict[str, Callable[[Run], Iterator[Finding]]] = {
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
    "stand-ins": _stand_ins,
    "months": _months,
    "unknown-amounts": _unknown,
    "uncertainty": _uncertainty,
    "fields": _fields,
    "process-quality": _process_quality,
    "report-sections": _report_sections,
    "scenarios": _scenarios,
    "defaults": _defaults,
}
"""Name → check, in the order in which they are made and listed."""


def of_rule(rule: Rule) -> Iterator[tuple[str, Callable[[Run], Iterator[Finding]]]]:
    """Yield the checks that a rule makes; some only where the rule says what is to be checked."""
    asked = {
        "fields": bool(rule.fields),
        "process-quality": bool(process_limits(rule)),
        "report-sections": any(section.needs for section in rule.report_sections),
        "scenarios": bool(rule.scenarios),
        "defaults": bool(rule.defaults),
    }
    for name, code in BUILT_IN.items():
        if asked.get(name, True):
            yield name, code
