"""The outcome of one check, and every check of a rule as a list that a person or a machine reads.

A check is *passed*, *failed*, *not run* (its input can't be read: the finding says why) or *waived*. A stored result
keeps state and places; :func:`listing` joins them with the rule's own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tanbiao.core.findings import Finding, Lang, Severity, render
from tanbiao.core.rules.model import CheckRule, Rule, SectionName
from tanbiao.core.study.waivers import Waiver

State = Literal["passed", "failed", "not_run", "waived"]
STATES: tuple[State, ...] = ("failed", "not_run", "waived", "passed")
"""As a list shows them: what wants attention first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the company asks to be waived of a check: of one process (None: wherever it fails), why, how heavy it is."""

    process: str | None
    reason: str
    severity: Severity

    def as_json(self) -> dict[str, Any]:
        """Return it as a result keeps it."""
        process = {} if self.process is None else {"process": self.process}
        return {**process, "reason": self.reason, "severity": self.severity.value}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check's outcome; ``findings`` say why it failed, could not be run, or was waived."""

    check: str
    state: State
    findings: tuple[Finding, ...] = ()
    waiver: Waiver | None = None
    waivers: tuple[Waiver, ...] = ()
    """Those of one process each; the check is waived when nothing else is left that fails."""
    asked: tuple[Asked, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as a result keeps it: state, and the places of its findings where it has some."""
        body: dict[str, Any] = {"check": self.check, "state": self.state}
        if self.findings:
            body["findings"] = [{"code": item.code, "where": item.where} for item in self.findings]
        if self.waiver is not None:
            body["waiver"] = self.waiver.model_dump(mode="json")
        if self.waivers:
            body["waivers"] = [item.model_dump(mode="json") for item in self.waivers]
        if self.asked:
            body["asked"] = [item.as_json() for item in self.asked]
        return body


TITLES: Mapping[str, tuple[str, str, SectionName]] = {
    "covers": ("适用范围", "scope", "scope"),
    "gwp": ("GWP 版本", "GWP set", "method"),
    "unit": ("声明单位", "declared unit", "unit"),
    "boundary": ("系统边界", "system boundary", "boundary"),
    "stages": ("生命周期阶段", "life-cycle stages", "boundary"),
    "processes": ("必备过程", "required processes", "boundary"),
    "site-data": ("现场数据", "site-specific data", "data_quality"),
    "cut-off": ("取舍限值", "cut-off limits", "boundary"),
    "cut-off-never": ("不可取舍的过程", "processes never cut off", "boundary"),
    "allocation": ("分配方法", "allocation", "allocation"),
    "recycling": ("再生处理方法", "treatment of recycling", "allocation"),
    "quality": ("数据质量", "data quality", "data_quality"),
    "primary-share": ("初级数据比例", "share of primary data", "data_quality"),
    "stand-ins": ("替代因子比例", "share of stand-ins", "data_quality"),
    "months": ("数据期", "data period", "data_quality"),
    "unknown-amounts": ("数量齐全", "no unknown amounts", "data_quality"),
    "uncertainty": ("不确定度分析", "uncertainty analysis", "data_quality"),
    "process-quality": ("过程的数据质量", "data quality of processes", "data_quality"),
    "report-sections": ("报告所需内容", "what the report needs", "report"),
    "fields": ("产品属性", "properties of the product", "unit"),
    "scenarios": ("规则的情景", "scenarios of the rule", "scenarios"),
    "defaults": ("规则的默认值", "defaults of the rule", "scenarios"),
}
"""Built-in check → its name in both languages, and the section of a rule that it comes from."""


def listing(
    rule: Rule | None, checks: Iterable[Mapping[str, Any]], findings: Iterable[Finding], lang: Lang
) -> list[dict[str, Any]]:
    """Return every check with its name, state, severity, clause and reasons, what wants attention first.

    Parameters
    ----------
    rule
        None where the rule of an old result is no longer at hand: states and reasons still stand.
    checks, findings
        As a result keeps them.
    """
    told: dict[tuple[str, str], list[Finding]] = {}
    for item in findings:
        told.setdefault((item.code, item.where), []).append(item)
    own = {} if rule is None else {item.id: item for item in rule.checks}
    made = [_line(rule, own.get(entry["check"]), entry, told, lang) for entry in checks]
    return sorted(made, key=lambda line: STATES.index(line["state"]))


def _line(
    rule: Rule | None,
    own: CheckRule | None,
    entry: Mapping[str, Any],
    told: Mapping[tuple[str, str], list[Finding]],
    lang: Lang,
) -> dict[str, Any]:
    mine = [
        item
        for place in entry.get("findings", ())
        for item in told.get((place["code"], place["where"]), ())
        if item.params.get("check", entry["check"]) == entry["check"]
    ]
    weight = list(Severity)
    return {
        "check": entry["check"],
        "title": title(own, entry["check"], lang),
        "state": entry["state"],
        "severity": max((item.severity for item in mine), key=weight.index).value if mine else None,
        **_clause(rule, own, entry["check"]),
        "reasons": [render(item, lang) for item in mine],
        "waiver": entry.get("waiver"),
        "waivers": list(entry.get("waivers") or ()),
        "asked": list(entry.get("asked") or ()),
    }


def title(own: CheckRule | None, name: str, lang: Lang) -> str:
    """Return a check's name in a language: the rule's own, the built-in one's, else its id.

    What a check says when it fails is no name for it: beside "passed" it would say the opposite.
    """
    if own is not None:
        return own.id if own.title is None else own.title.best(lang)
    zh, en, _ = TITLES.get(name, (name, name, "scope"))
    return zh if lang == "zh" else en


def _clause(rule: Rule | None, own: CheckRule | None, name: str) -> dict[str, str | None]:
    """Return the clause of a check and the document that the clause belongs to."""
    if rule is None:
        return {"clause": None, "document": None}
    if own is not None:
        said = own.otherwise
        return {"clause": said.clause, "document": (said.document or rule.reference) if said.clause else None}
    section = rule.sections.get(TITLES[name][2]) if name in TITLES else None
    clause = None if section is None else section.clause
    return {"clause": clause, "document": rule.reference if clause else None}


def clause_of_check(rule: Rule, name: str) -> str:
    """Return the clause of a check with its document (``traction-battery@2.1.0 6``); empty where it has none."""
    own = next((item for item in rule.checks if item.id == name), None)
    told = _clause(rule, own, name)
    return f"{told['document']} {told['clause']}" if told["clause"] else ""


def counts(checks: Iterable[Mapping[str, Any]]) -> dict[State, int]:
    """Return how many checks are in each state."""
    found: dict[State, int] = dict.fromkeys(STATES, 0)
    for item in checks:
        found[item["state"]] += 1
    return found
