"""Stored things as the reader sees them: findings in words, rows as a table, states with their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.core.findings import Lang, Severity, TanbiaoError, finding, from_json, render
from tanbiao.core.rules import Rule
from tanbiao.core.rules.outcome import listing
from tanbiao.core.standing import notice_of
from tanbiao.core.study.model import Row
from tanbiao.core.study.model import Study as Document
from tanbiao.core.study.model_base import PROCESS_PARTS, Text
from tanbiao.core.study.normalise import emission_text, way_text
from tanbiao.core.study.normalise_method import fate_text
from tanbiao.documents.report import check_tables, data_basis, materials, method_tables, sharing
from tanbiao.documents.report.content import Section
from tanbiao.documents.words import word
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import moves
from tanbiao.workflow.machine import load_lifecycle


def result(body: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """Return a stored result with findings and checks said in the reader's language (the contract's document)."""
    found = [from_json(item) for item in body["findings"]]
    checks = listing(_rule_of(body), body["checks"], found, lang)
    return body | {"rule_notice": notice_of(body), "checks": checks, "findings": [render(item, lang) for item in found]}


def _rule_of(body: dict[str, Any]) -> Rule | None:
    """Return the rule of a result; None where it was calculated without one, or the rule is no longer at hand."""
    try:
        return rulebook.rule(body["versions"]["rule"]) if body["versions"]["rule"] else None
    except TanbiaoError:
        return None


def electricity(body: dict[str, Any], lang: Lang) -> dict[str, Any] | None:
    """Return what a result says of its electricity, its note in words; None where it has none (or is older)."""
    told: dict[str, Any] | None = body.get("electricity")
    if told is None:
        return None
    return told | {"note": render(finding(told["note"], Severity.INFO), lang)["message"]}


def method_sections(body: dict[str, Any], lang: Lang) -> list[Section]:
    """Return what the method asks for beside the figure, as the report has it.

    The rule's checks, what is left out, quality per activity, allocation, credits, carbon, scenarios, functional unit.
    """
    left_out = data_basis.exclusions(body, lang) if "exclusions" in body else None
    found = (
        check_tables.checks(body, lang),
        left_out,
        data_basis.section(body, lang),
        sharing.allocation(body, lang),
        materials.section(body, lang),
        method_tables.carbon(body, lang),
        method_tables.scenarios(body, lang),
    )
    return [section for section in found if section is not None]


def data_facts(body: dict[str, Any], lang: Lang) -> list[tuple[str, str]]:
    """Return the data period and the shares of data in words."""
    return [(word(label, lang), shown) for label, shown in data_basis.pairs(body, lang)]


def state(code: str, lang: Lang) -> str:
    """Return the name of a study's state."""
    name = load_lifecycle(moves.LIFECYCLE).state_name(code)
    return name.zh if lang == "zh" else name.en


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of the document as a line of the page's table."""

    id: str
    path: str
    group: str
    name: str
    amount: str
    absent: str
    kind: str
    factor: str
    data: str
    source: str
    stand_in: str
    note: str
    value: float | None
    share: float | None
    findings: tuple[dict[str, str], ...]
    changed: bool


def rows(
    document: Document, lang: Lang, body: dict[str, Any] | None = None, changed: frozenset[str] = frozenset()
) -> list[RowView]:
    """Return the rows of a document in its order, each with its part of the result and its findings."""
    told = result(body, lang) if body else {"findings": [], "contributions": []}
    values: dict[str, float] = {}
    shares: dict[str, float] = {}
    for item in told["contributions"]:
        values[item["row"]] = values.get(item["row"], 0.0) + item["value"]
        if isinstance(item["share"], int | float):
            shares[item["row"]] = shares.get(item["row"], 0.0) + item["share"]
    views = []
    for path, row in document.rows():
        mine = tuple(item for item in told["findings"] if row.id in item["where"].replace(":", ".").split("."))
        views.append(_row(path, row, lang, values.get(row.id), shares.get(row.id), mine, row.id in changed))
    return views


def _row(
    path: str,
    row: Row,
    lang: Lang,
    value: float | None,
    share: float | None,
    findings: tuple[dict[str, str], ...],
    changed: bool,
) -> RowView:
    absent = not isinstance(row.amount, str)
    return RowView(
        id=row.id,
        path=path,
        group=path.rsplit(".", 1)[0],
        name=row.name.best(lang) if isinstance(row.name, Text) else row.id,
        amount="" if absent else str(row.amount),
        absent=row.amount.absent.value if not isinstance(row.amount, str) else "",
        kind=row.activity or "",
        factor=_factor(row),
        data=row.data.kind if row.data else "",
        source=row.source or (row.derivation or ""),
        stand_in=row.stand_in.for_ if row.stand_in else "",
        note=row.note or "",
        value=value,
        share=share,
        findings=findings,
        changed=changed,
    )


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings of one code: said once, with every place."""

    code: str
    severity: str
    items: tuple[dict[str, str], ...]

    @property
    def first(self) -> dict[str, str]:
        """The one that is shown for all."""
        return self.items[0]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.items)


def grouped(findings: Sequence[dict[str, str]]) -> list[FindingGroup]:
    """Return the findings by code, the weightiest first."""
    weights = [severity.value for severity in Severity]
    found: dict[str, list[dict[str, str]]] = {}
    for item in findings:
        found.setdefault(item["code"], []).append(item)
    groups = [FindingGroup(code, items[0]["severity"], tuple(items)) for code, items in found.items()]
    return sorted(groups, key=lambda group: (-weights.index(group.severity), -group.count, group.code))


def group_titles(document: Document, lang: Lang) -> dict[str, str]:
    """Return the title of each group of rows that belongs to a process of the study's own: the process's name."""
    return {
        f"processes.{process_id}.{part}": process.name.best(lang) if process.name else process_id
        for process_id, process in document.processes.items()
        for part in PROCESS_PARTS
    }


def _factor(row: Row) -> str:
    """Return in short what the amount is multiplied by."""
    if row.electricity:
        stated = row.electricity
        parts = (stated.supply, stated.generation, stated.region, stated.year)
        return " ".join(str(part) for part in parts if part)
    if row.fuel:
        return row.fuel.id
    if row.transport:
        return "; ".join(f"{way_text(leg.model_dump(by_alias=True))} · {leg.by}" for leg in row.transport)
    if row.emission:
        head, inputs = emission_text(row.emission.model_dump())
        return f"{head} ({inputs})" if inputs else head
    if row.circular:
        return row.circular.method
    if row.fate:
        head, inputs = fate_text(row.fate.model_dump())
        return f"{head} ({inputs})" if inputs else head
    for value in (row.from_, row.gas, row.treatment, row.credit, row.burden_free, row.what):
        if value:
            return value
    return ""


def stages_without_rows(document: Document) -> list[tuple[str, str, str]]:
    """Return (stage, statement, reason) of each stage that has no rows."""
    found: list[tuple[str, str, str]] = []
    for name, stage in document.stages.items():
        for statement in ("not_declared", "excluded", "empty"):
            reason = getattr(stage, statement)
            if reason:
                found.append((name, statement, reason))
    return found
