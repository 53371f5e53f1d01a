"""What a rule says to a study and its result: each check passed, failed, not run and why, or waived."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tanbiao.core.findings import Finding, Severity, TanbiaoError, describe, finding
from tanbiao.core.rules import built_in, own_checks
from tanbiao.core.rules.model import CheckRule, Rule
from tanbiao.core.rules.outcome import Outcome, State
from tanbiao.core.rules.reading import Reading
from tanbiao.core.rules.row_reading import NotRun
from tanbiao.core.rules.waivers import waive
from tanbiao.core.study.ledger import Ledger
from tanbiao.core.study.model import Study
from tanbiao.core.study.result import Result

BUILT_IN = tuple(built_in.BUILT_IN)


def check(rule: Rule, study: Study, result: Result, ledger: Ledger | None = None) -> list[Finding]:
    """Return the findings of all checks of a rule that failed or could not be run.

    Parameters
    ----------
    ledger
        The calculation's own ledger; without it, checks of rows, masses and energies are not run, and say so.
    """
    return [item for outcome in outcomes(rule, study, result, ledger) for item in outcome.findings]


def outcomes(rule: Rule, study: Study, result: Result, ledger: Ledger | None = None) -> list[Outcome]:
    """Return the outcome of every check, built-in ones first, in a fixed order, with the study's waivers."""
    reading = Reading(rule, study, result, ledger)
    run = built_in.Run(rule, study, result, reading)
    found = [_built_in(run, name, code) for name, code in built_in.of_rule(rule)]
    found += [own_outcome(rule, item, reading) for item in rule.checks]
    return waive(rule, study.waivers, study.waiver_requests, found)


def _built_in(run: built_in.Run, name: str, code: Callable[[built_in.Run], Iterator[Finding]]) -> Outcome:
    try:
        found = tuple(code(run))
    except NotRun as stop:
        return Outcome(name, "not_run", (_cannot(name, f"rule.{name}", stop.reason),))
    level = run.rule.severities.get(name)
    if level is not None:
        found = tuple(Finding(item.code, Severity(level), item.where, item.params) for item in found)
    return Outcome(name, "failed" if found else "passed", found)


def own_outcome(rule: Rule, item: CheckRule, reading: Reading) -> Outcome:
    """Make a check of the rule's own: failed where one row fails, not run where none fails and one can't be read."""
    where = f"rule.checks.{item.id}"
    said = item.otherwise
    texts = {"check": item.id, "zh": said.zh, "en": said.en, "clause": own_checks.clause_of(rule, item)}
    try:
        answers = list(own_checks.answers(rule, item, reading))
    except (NotRun, TanbiaoError) as stop:
        reason = stop.reason if isinstance(stop, NotRun) else stop.findings[0]
        return Outcome(item.id, "not_run", (_cannot(item.id, where, reason),))
    failed = [place for place, reason in answers if reason is None]
    unread = [(place, reason) for place, reason in answers if reason is not None]
    findings = [finding("rule_check_failed", Severity(said.severity), place or where, **texts) for place in failed]
    findings += [_cannot(item.id, place or where, reason) for place, reason in unread]
    state: State = "failed" if failed else "not_run" if unread else "passed"
    return Outcome(item.id, state, tuple(findings))


def _cannot(name: str, where: str, reason: Finding) -> Finding:
    """Return the finding of a check that could not be made, with its reason in both languages."""
    texts = {"zh": describe(reason, "zh"), "en": describe(reason, "en")}
    return finding("check_not_run", Severity.WARNING, where, check=name, reason=reason.code, **texts)
