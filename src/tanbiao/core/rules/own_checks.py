"""The checks that a rule writes as expressions: of the whole study, or of every row that fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.core.rules.language import condition
from tanbiao.core.rules.model import CheckRule, EachRow, Rule
from tanbiao.core.rules.reading import Reading
from tanbiao.core.rules.row_reading import NotRun, RowReading
from tanbiao.core.rules.scope import scope_of

Test = Callable[[Reading, RowReading | None], bool]

Answer = tuple[str, Finding | None]
"""The place (empty: the check itself) of a row or study that fails (None), or that can't be read, and why."""


def clause_of(rule: Rule, item: CheckRule) -> str:
    """Return the clause of a check with the document that it belongs to: ``traction-battery@1.1.0 6.2``."""
    said = item.otherwise
    return "—" if said.clause is None else f"{said.document or rule.reference} {said.clause}"


def compile_check(rule: Rule, item: CheckRule) -> tuple[Test | None, Test]:
    """Return the compiled ``when`` and ``expect`` of a check.

    Raises
    ------
    TanbiaoError
        As :func:`~tanbiao.core.rules.language.condition`; carries the findings of both.
    """
    clause = clause_of(rule, item)
    wrong: list[Finding] = []
    tests: list[Test | None] = []
    for part, text in (("when", item.when), ("expect", item.expect)):
        try:
            scope = scope_of(rule, f"checks.{item.id}.{part}", clause, row=item.each is not None)
            tests.append(None if text is None else condition(text, scope))
        except TanbiaoError as error:
            wrong += error.findings
    if wrong:
        raise TanbiaoError(*wrong)
    when, expect = tests
    assert expect is not None
    return when, expect


def answers(rule: Rule, item: CheckRule, reading: Reading) -> Iterator[Answer]:
    """Yield what does not pass: nothing where the check passes.

    Raises
    ------
    NotRun
        The check as a whole can't read what it needs.
    """
    when, expect = compile_check(rule, item)
    if item.each is None:
        if (when is None or when(reading, None)) and not expect(reading, None):
            yield item.at or "", None
        return
    seen: set[str] = set()
    for row in reading.rows:
        if not _fits(item.each, row) or row.where in seen:
            continue
        try:
            if (when is not None and not when(reading, row)) or expect(reading, row):
                continue
            reason = None
        except NotRun as stop:
            reason = stop.reason
        seen.add(row.where)
        yield row.where, reason


def _fits(each: EachRow, row: RowReading) -> bool:
    return (
        (each.activity is None or each.activity == row.activity)
        and (each.stage is None or each.stage == row.stage)
        and (each.process is None or each.process == row.process)
    )
