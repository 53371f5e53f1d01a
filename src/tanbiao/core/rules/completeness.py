"""Whether a rule says all that it must before it is issued: sections, both languages, sources, its own references.

A well-formed document may still be a draft; each gap is a finding with its place in the document and the clause that
asks for it. Whether its worked examples hold is :mod:`tanbiao.core.rules.kit`'s question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.rules.check import BUILT_IN
from tanbiao.core.rules.model import MANDATORY_SECTIONS, Rule
from tanbiao.core.rules.parts import PROJECT_DEFAULT, Reference

ASKED_BY = "发改环资〔2023〕1529号 (四)"
"""Clause that asks a rule for boundary, method, data quality and traceability requirements."""
RECORD_ASKED_BY = "创建粤港澳大湾区碳足迹标识认证工作方案(2023-2025), 5"
"""Document that has a rule's boundary rest on supply-chain coverage, activity data and factor quality."""
REPORT_ASKED_BY = "GB/T 24067-2024 (report template)"
CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that decides something: where it stands, what it is, where it comes from."""

    where: str
    value: Any
    source: str
    reference: Reference | None = None

    @property
    def is_project_default(self) -> bool:
        """Whether no document outside stands behind the number."""
        return self.source == PROJECT_DEFAULT


def thresholds(rule: Rule) -> list[Threshold]:
    """Return every number that decides something, with its source or what :attr:`Rule.thresholds` says of all."""
    stated = {item.of: item for item in rule.threshold_sources}
    found = []
    for where, value in _numbers(rule):
        entry = stated.get(where)
        source = rule.thresholds if entry is None else entry.source
        found.append(Threshold(where, value, source, None if entry is None else entry.reference))
    return found


def _numbers(rule: Rule) -> Iterator[tuple[str, Any]]:
    body = rule.canonical()
    for part in ("cut_off", "gwp_mix", "quality", "declared_value", "electricity", "grade"):
        for key, value in body.get(part, {}).items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield f"{part}.{key}", value
            if key == "limits":
                yield f"{part}.{key}", ", ".join(f"{limit:g}" for limit in value)
    for process in rule.processes:
        if process.quality_at_most is not None:
            yield f"processes.{process.id}.quality_at_most", process.quality_at_most
    for check in rule.checks:
        if re.search(r"\d", check.expect):
            yield f"checks.{check.id}", check.expect


def completeness(rule: Rule, severity: Severity = Severity.ERROR) -> list[Finding]:
    """Return what is missing before the rule can be issued; empty when it is complete.

    Parameters
    ----------
    severity
        ``ERROR`` where the rule is to be issued, ``WARNING`` for a draft.
    """
    return [
        Finding(item.code, severity, item.where, item.params)
        for part in (_sections, _languages, _sources, _clauses, _names, _records, _declared, _kit)
        for item in part(rule)
    ]


def _say(code: str, where: str, **params: str | int | float) -> Finding:
    return finding(code, Severity.ERROR, where, **params)


def _sections(rule: Rule) -> Iterator[Finding]:
    for name in MANDATORY_SECTIONS:
        if name not in rule.sections:
            yield _say("rule_section_missing", f"sections.{name}", section=name, clause=ASKED_BY)
    if not rule.report_sections:
        yield _say("rule_section_missing", "report_sections", section="report_sections", clause=REPORT_ASKED_BY)


def _languages(rule: Rule) -> Iterator[Finding]:
    for where, zh, en in _texts(rule.canonical(), ""):
        if not CJK.search(zh) and zh == en:
            yield _say("rule_language_missing", where, lang="zh")
        if CJK.search(en):
            yield _say("rule_language_missing", where, lang="en")
    for process in rule.processes:
        if process.name is None:
            yield _say("rule_language_missing", f"processes.{process.id}.name", lang="zh, en")
    for index, default in enumerate(rule.defaults):
        if default.title is None:
            yield _say("rule_language_missing", f"defaults.{default.id or index}.title", lang="zh, en")
    for check in rule.checks:
        if check.title is None:
            yield _say("rule_language_missing", f"checks.{check.id}.title", lang="zh, en")
    for example in rule.examples:
        if example.title is None:
            yield _say("rule_language_missing", f"examples.{example.id}.title", lang="zh, en")


def _texts(value: Any, where: str) -> Iterator[tuple[str, str, str]]:
    """Yield (place, zh, en) of every text in both languages."""
    if isinstance(value, Mapping):
        if isinstance(value.get("zh"), str) and isinstance(value.get("en"), str):
            yield where, value["zh"], value["en"]
        for key, item in value.items():
            if where.startswith("examples") and key == "change":
                continue
            yield from _texts(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            name = item.get("id", index) if isinstance(item, Mapping) else index
            yield from _texts(item, f"{where}.{name}")


def _sources(rule: Rule) -> Iterator[Finding]:
    known = {item.where for item in thresholds(rule)}
    for entry in rule.threshold_sources:
        if entry.of not in known:
            yield _say("rule_name_unknown", f"threshold_sources.{entry.of}", name=entry.of, part="thresholds")
    if rule.standing in ("official", "adopted"):
        for item in thresholds(rule):
            if item.is_project_default:
                yield _say("rule_threshold_unsourced", item.where, standing=rule.standing)


def _clauses(rule: Rule) -> Iterator[Finding]:
    own = [item.clause for item in rule.sections.values() if item.clause is not None]
    for clause in sorted({item for item in own if own.count(item) > 1}):
        yield _say("rule_id_twice", f"sections.{clause}", id=clause)
    for name, section in rule.sections.items():
        if section.clause is None:
            yield _say("rule_clause_missing", f"sections.{name}.clause")
    for check in rule.checks:
        said = check.otherwise
        if said.clause is None:
            yield _say("rule_clause_missing", f"checks.{check.id}.otherwise.clause")
        elif said.document is None and not _is_clause(said.clause, own):
            yield _say("rule_clause_unknown", f"checks.{check.id}.otherwise.clause", clause=said.clause)


def _is_clause(clause: str, own: list[str]) -> bool:
    """Whether a clause is a section's own or below one: ``6.3`` stands in section ``6``."""
    return any(clause == item or clause.startswith(f"{item}.") for item in own)


def _names(rule: Rule) -> Iterator[Finding]:
    processes = {item.id for item in rule.processes}
    checks = {*BUILT_IN, *(item.id for item in rule.checks)}
    named = [(f"cut_off.never.{item}", item, processes) for item in rule.cut_off.never]
    named += [(f"boundary_record.{item.id}", item.process, processes) for item in rule.boundary_record if item.process]
    named += [
        (f"checks.{item.id}.each.process", item.each.process, processes)
        for item in rule.checks
        if item.each is not None and item.each.process is not None
    ]
    named += [(f"waivable.{item.check}", item.check, checks) for item in rule.waivable]
    named += [
        (f"waivable.{item.check}.processes", name, processes) for item in rule.waivable for name in item.processes
    ]
    named += [(f"severities.{item}", item, checks) for item in rule.severities]
    for example in rule.examples:
        for part in (example.expect_failed, example.expect_not_run):
            listed = () if part is None or isinstance(part, str) else part
            named += [(f"examples.{example.id}", item, checks) for item in (*listed, *example.expect_checks)]
    for where, name, known in named:
        if name not in known:
            among = "processes" if known is processes else "checks"
            yield _say("rule_name_unknown", where, name=str(name), part=among)


def _records(rule: Rule) -> Iterator[Finding]:
    """Find parts of the boundary whose decision is not recorded, and records that say otherwise than the structure."""
    recorded = {item.process: item for item in rule.boundary_record if item.process is not None}
    stages = {item.stage: item for item in rule.boundary_record if item.process is None}
    for process in rule.processes:
        record = recorded.get(process.id)
        where = f"boundary_record.{process.id}"
        if record is None and process.stage not in stages:
            yield _say("rule_record_missing", where, what=process.id, clause=RECORD_ASKED_BY)
        elif record is not None and (record.decision in ("excluded", "optional")) == process.required:
            yield _say("rule_record_contradicts", where, decision=record.decision, what=process.id)
    for stage in ("raw_materials", "manufacturing", "distribution", "use", "end_of_life"):
        wanted = getattr(rule.boundary, stage)
        record = stages.get(stage)
        if record is None and wanted != "required":
            yield _say("rule_record_missing", f"boundary_record.{stage}", what=stage, clause=RECORD_ASKED_BY)
        if record is not None and (record.decision == "excluded") != (wanted == "excluded"):
            yield _say("rule_record_contradicts", f"boundary_record.{stage}", decision=record.decision, what=stage)


def _declared(rule: Rule) -> Iterator[Finding]:
    """A partial footprint is declared without uptake, and the rule says so."""
    if rule.boundary.partial and rule.declared_value.partial_headline != "excluding_uptake":
        yield _say("rule_partial_headline", "declared_value.partial_headline")


def _kit(rule: Rule) -> Iterator[Finding]:
    if not rule.examples:
        yield _say("rule_without_example", "examples")
    failing = [item for item in rule.examples if item.expect_finding or isinstance(item.expect_failed, tuple)]
    if len(failing) < 2:
        yield _say("rule_failing_examples_few", "examples", count=len(failing))
    for example in rule.examples:
        if example.kind is None:
            yield _say("rule_example_kind_missing", f"examples.{example.id}.kind", example=example.id)
        if example.kind == "inventory" and example.source is None:
            yield _say("field_missing", f"examples.{example.id}.source", key="source")
