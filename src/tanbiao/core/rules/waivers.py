"""Waivers of a study laid over the outcomes of its rule's checks.

A check that the rule lets a role waive, and that somebody in that role waived with a reason, is *waived*: its findings
stay as notes, and one finding says who waived it and why. A waiver that the rule does not allow changes nothing and is
an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.outcome import Outcome
from tanbiao.core.study.waivers import Waiver


def waive(rule: Rule, waivers: tuple[Waiver, ...], found: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes with the waivers laid over them, in the same order."""
    outcomes = {item.check: item for item in found}
    allowed = {item.check: item.roles for item in rule.waivable}
    for index, waiver in enumerate(waivers):
        where = f"waivers[{index}]"
        before = outcomes.get(waiver.check)
        if before is None:
            params = {"check": waiver.check, "rule": rule.reference}
            stray = finding("waiver_check_unknown", Severity.ERROR, where, **params)
            outcomes[waiver.check] = Outcome(waiver.check, "not_run", (stray,))
            continue
        told, holds = _judge(allowed, waiver, before, where)
        outcomes[waiver.check] = _waived(before, waiver, told) if holds else _with(before, told)
    return list(outcomes.values())


def _judge(allowed: Mapping[str, tuple[str, ...]], waiver: Waiver, before: Outcome, where: str) -> tuple[Finding, bool]:
    """Return what is said of a waiver, and whether it holds."""
    said = {"check": waiver.check, "by": waiver.by, "role": waiver.role, "reason": waiver.reason}
    roles = allowed.get(waiver.check, ())
    if waiver.role not in roles:
        names = ", ".join(roles) or "—"
        return finding("waiver_not_allowed", Severity.ERROR, where, **said, roles=names), False
    if before.state == "passed":
        return finding("waiver_idle", Severity.INFO, where, **said), False
    return finding("check_waived", Severity.WARNING, where, **said), True


def _with(before: Outcome, told: Finding) -> Outcome:
    return replace(before, findings=(*before.findings, told))


def _waived(before: Outcome, waiver: Waiver, told: Finding) -> Outcome:
    return Outcome(before.check, "waived", (told, *_quiet(before.findings)), waiver)


def _quiet(findings: Iterable[Finding]) -> Iterator[Finding]:
    for item in findings:
        yield replace(item, severity=Severity.INFO)
