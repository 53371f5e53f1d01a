"""Waivers of a study laid over the outcomes of its rule's checks, and what the company asks to be waived.

A check that the rule lets a role waive, and that somebody in that role waived with a reason, is *waived*: its findings
stay as notes, and one finding says who waived it and why. One process may be waived while the check still fails for
others. A waiver that the rule does not allow changes nothing and is an error.

A request changes no state. What it asks for stays failed, said as a warning with the request beside it, so that the
study can be submitted; whoever verifies it has to answer (:mod:`tanbiao.core.rules.case_waivers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.outcome import Asked, Outcome
from tanbiao.core.rules.parts import Waivable
from tanbiao.core.study.waivers import Waiver, WaiverRequest

CASE_ROLES = ("verifier", "reviewer")
"""Roles that answer a request in a verification: nobody else looks at the sealed study for the body."""


def waive(
    rule: Rule, waivers: tuple[Waiver, ...], requests: tuple[WaiverRequest, ...], found: Iterable[Outcome]
) -> list[Outcome]:
    """Return the outcomes with the waivers and requests laid over them, in the same order."""
    outcomes = {item.check: item for item in found}
    allowed = {item.check: item for item in rule.waivable}
    for index, waiver in enumerate(waivers):
        where = f"waivers[{index}]"
        before = outcomes.get(waiver.check)
        if before is None:
            outcomes[waiver.check] = _stray(rule, waiver.check, where)
            continue
        told, holds = _judge(allowed.get(waiver.check), waiver, before, where)
        outcomes[waiver.check] = _waived(before, waiver, told) if holds else _with(before, told)
    for index, request in enumerate(requests):
        where = f"waiver_requests[{index}]"
        before = outcomes.get(request.check)
        if before is None:
            outcomes[request.check] = _stray(rule, request.check, where)
        else:
            outcomes[request.check] = _requested(allowed.get(request.check), request, before, where)
    return list(outcomes.values())


def covers(told: Finding, process: str | None) -> bool:
    """Whether a waiver of a process (None: of all) is of this finding."""
    return process is None or told.params.get("process") == process


def of_process(allowed: Waivable, process: str | None) -> bool:
    """Whether the rule lets the check be waived of this process (None: as a whole)."""
    return not allowed.processes or process in allowed.processes


def _stray(rule: Rule, check: str, where: str) -> Outcome:
    params = {"check": check, "rule": rule.reference}
    return Outcome(check, "not_run", (finding("waiver_check_unknown", Severity.ERROR, where, **params),))


def _judge(allowed: Waivable | None, waiver: Waiver, before: Outcome, where: str) -> tuple[Finding, bool]:
    """Return what is said of a waiver, and whether it holds."""
    said = {"check": waiver.check, "by": waiver.by, "role": waiver.role, "reason": waiver.reason}
    roles = allowed.roles if allowed is not None else ()
    if allowed is None or waiver.role not in roles:
        names = ", ".join(roles) or "—"
        return finding("waiver_not_allowed", Severity.ERROR, where, **said, roles=names), False
    if not of_process(allowed, waiver.process):
        return _process_not_waivable(allowed, waiver.process, where), False
    if not _open(before, waiver.process):
        return finding("waiver_idle", Severity.INFO, where, **said), False
    if waiver.process is not None:
        return finding("process_waived", Severity.WARNING, where, **said, process=waiver.process), True
    return finding("check_waived", Severity.WARNING, where, **said), True


def _process_not_waivable(allowed: Waivable, process: str | None, where: str) -> Finding:
    params = {"check": allowed.check, "process": process or "—", "processes": ", ".join(allowed.processes)}
    return finding("waiver_process_not_allowed", Severity.ERROR, where, **params)


def _open(before: Outcome, process: str | None) -> bool:
    """Whether there is anything left to waive."""
    if before.state in ("passed", "waived"):
        return False
    return process is None or any(covers(item, process) for item in before.findings if not _told_of(item))


def _told_of(item: Finding) -> bool:
    """Whether a finding speaks of a waiver and not of the study."""
    return item.code in ("process_waived", "waiver_requested")


def _with(before: Outcome, told: Finding) -> Outcome:
    return replace(before, findings=(*before.findings, told))


def _waived(before: Outcome, waiver: Waiver, told: Finding) -> Outcome:
    if waiver.process is None:
        return replace(before, state="waived", findings=(told, *quiet(before.findings, None)), waiver=waiver)
    waivers = (*before.waivers, waiver)
    rest = [
        item for item in before.findings if not _told_of(item) and not any(covers(item, one.process) for one in waivers)
    ]
    state = before.state if rest else "waived"
    return replace(before, state=state, findings=(told, *quiet(before.findings, waiver.process)), waivers=waivers)


def quiet(findings: Iterable[Finding], process: str | None, level: Severity = Severity.INFO) -> tuple[Finding, ...]:
    """Return the findings, those that a waiver covers at a lower level; what is said of waivers stays as it is."""
    return tuple(
        replace(item, severity=level)
        if covers(item, process) and not _told_of(item) and _heavier(item, level)
        else item
        for item in findings
    )


def _heavier(item: Finding, level: Severity) -> bool:
    order = list(Severity)
    return order.index(item.severity) > order.index(level)


def _requested(allowed: Waivable | None, request: WaiverRequest, before: Outcome, where: str) -> Outcome:
    said: Mapping[str, str] = {"check": request.check, "process": request.process or "—", "reason": request.reason}
    if allowed is None or not set(allowed.roles) & set(CASE_ROLES):
        return _with(before, finding("waiver_request_not_allowed", Severity.ERROR, where, **said))
    if not of_process(allowed, request.process):
        return _with(before, _process_not_waivable(allowed, request.process, where))
    asked = [item for item in before.findings if covers(item, request.process) and not _told_of(item)]
    if not _open(before, request.process) or any(item.process == request.process for item in before.asked):
        return _with(before, finding("waiver_request_idle", Severity.INFO, where, **said))
    told = finding("waiver_requested", Severity.WARNING, where, **said)
    worst = max((item.severity for item in asked), key=list(Severity).index)
    found = quiet(before.findings, request.process, Severity.WARNING)
    made = Asked(request.process, request.reason, worst)
    return replace(before, findings=(told, *found), asked=(*before.asked, made))
