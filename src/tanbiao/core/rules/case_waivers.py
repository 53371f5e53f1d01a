"""What of a sealed result may be waived in its verification, and the result as it reads with the answers given there.

The package never changes: an answer stands beside it. :func:`items` says what there is to answer, :func:`lay_over`
shows a result with what was granted. A waived finding stays in sight, with who waived it and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.core.findings import Finding, Severity, finding, from_json, to_json
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.outcome import clause_of_check
from tanbiao.core.rules.parts import Waivable
from tanbiao.core.rules.waivers import CASE_ROLES, covers, of_process, quiet

SAID_OF_WAIVERS = ("check_waived", "process_waived", "waiver_requested")
"""Findings that speak of a waiver and not of the study."""


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver that was granted in a verification: of a check, of one process of it or (empty) wherever it fails."""

    check: str
    process: str
    by: str
    role: str
    reason: str
    on: str = ""

    @property
    def only(self) -> str | None:
        """The process, None where the waiver is of all."""
        return self.process or None

    def as_json(self) -> dict[str, str]:
        """Return it as a result shows it: what is empty is left out."""
        body = {name: str(getattr(self, name)) for name in ("check", "process", "by", "role", "reason", "on")}
        return {name: value for name, value in body.items() if value}


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a sealed result that may be waived: a failed check, of one process or (empty) wherever it fails."""

    check: str
    process: str
    roles: tuple[str, ...]
    """Which of :data:`~tanbiao.core.rules.waivers.CASE_ROLES` the rule lets waive it."""
    evidence: bool
    """Whether the rule asks for a file that shows the reason."""
    clause: str
    """``traction-battery@2.1.0 6``; empty where the rule has no clause."""
    findings: tuple[Finding, ...]
    asked: str = ""
    """The company's reason; empty where it did not ask."""
    severity: Severity = Severity.WARNING
    """How heavy the check's failure is without a waiver."""

    @property
    def blocks(self) -> bool:
        """Whether no certificate may follow while it is not waived."""
        return self.severity.blocks


def items(rule: Rule, result: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return what may be waived in the verification of a sealed result, in the order of its checks.

    What the company asked for comes as it asked; what else failed of a waivable check comes once per process that its
    findings name, or as a whole where they name none.
    """
    found = [from_json(item) for item in result["findings"]]
    allowed = {item.check: item for item in rule.waivable}
    made: list[Item] = []
    for entry in result.get("checks") or ():
        waivable = allowed.get(entry["check"])
        roles = tuple(role for role in CASE_ROLES if waivable is not None and role in waivable.roles)
        if waivable is None or not roles or entry["state"] not in ("failed", "not_run"):
            continue
        mine = _findings_of(entry, found)
        told = (entry["check"], roles, waivable.evidence is not None, _clause(rule, waivable, entry["check"]))
        for process, reason, severity in _parts(entry, mine):
            if of_process(waivable, process or None):
                seen = tuple(item for item in mine if covers(item, process or None))
                made.append(Item(told[0], process, *told[1:], seen, reason, severity))
    return tuple(made)


def _clause(rule: Rule, waivable: Waivable, check: str) -> str:
    """Return the clause that lets the check be waived, else that of the check itself."""
    return f"{rule.reference} {waivable.clause}" if waivable.clause else clause_of_check(rule, check)


def _findings_of(entry: Mapping[str, Any], found: Iterable[Finding]) -> list[Finding]:
    """Return the findings of a check that speak of the study."""
    places = {(item["code"], item["where"]) for item in entry.get("findings") or ()}
    return [item for item in found if (item.code, item.where) in places and item.code not in SAID_OF_WAIVERS]


def _parts(entry: Mapping[str, Any], mine: Sequence[Finding]) -> Iterator[tuple[str, str, Severity]]:
    """Yield (process, the company's reason, severity) of each part of a check that may be waived by itself."""
    asked = [
        (str(one.get("process", "")), str(one["reason"]), Severity(one["severity"])) for one in entry.get("asked") or ()
    ]
    yield from asked
    if any(not process for process, _, _ in asked):
        return
    held = {str(one["process"]) for one in entry.get("waivers") or ()}
    named = dict.fromkeys(str(item.params.get("process", "")) for item in mine)
    order = list(Severity)
    for process in named:
        if process in held or process in {one for one, _, _ in asked}:
            continue
        levels = [item.severity for item in mine if str(item.params.get("process", "")) == process]
        yield process, "", max(levels, key=order.index)


def lay_over(result: Mapping[str, Any], granted: Sequence[Waived]) -> dict[str, Any]:
    """Return a result's document with waivers granted in its verification laid over it; the figures stay as they are.

    A check of which everything is waived is *waived*; its findings stay, as notes.
    """
    if not granted:
        return dict(result)
    found = [from_json(item) for item in result["findings"]]
    checks = []
    for entry in result.get("checks") or ():
        mine = [item for item in granted if item.check == entry["check"]]
        if not mine or entry["state"] not in ("failed", "not_run"):
            checks.append(entry)
            continue
        places = {(item["code"], item["where"]) for item in entry.get("findings") or ()}
        told = [_told(item) for item in mine]
        for item in mine:
            found = [quiet((one,), item.only)[0] if (one.code, one.where) in places else one for one in found]
        found += told
        checks.append(_entry(entry, mine, told, _findings_of(entry, found)))
    return {**result, "checks": checks, "findings": [to_json(item) for item in found]}


def _entry(
    entry: Mapping[str, Any], mine: Sequence[Waived], told: Sequence[Finding], of_study: Sequence[Finding]
) -> dict[str, Any]:
    rest = [
        item
        for item in of_study
        if not any(covers(item, one.only) for one in mine) and item.severity is not Severity.INFO
    ]
    places = [{"code": item.code, "where": item.where} for item in told]
    shown = [*(entry.get("waivers") or ()), *(item.as_json() for item in mine)]
    state = entry["state"] if rest else "waived"
    return {**entry, "state": state, "waivers": shown, "findings": [*places, *(entry.get("findings") or ())]}


def _told(item: Waived) -> Finding:
    where = f"verification.waivers.{item.check}{f'.{item.process}' if item.process else ''}"
    said = {"check": item.check, "by": item.by, "role": item.role, "reason": item.reason}
    if item.process:
        return finding("process_waived", Severity.WARNING, where, **said, process=item.process)
    return finding("check_waived", Severity.WARNING, where, **said)
