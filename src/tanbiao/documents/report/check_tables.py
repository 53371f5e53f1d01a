"""The rule's checks in a report: each with its state, why it did not pass, the clause, and who waived it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import model
from tanbiao.documents.report.content import Column, Section, Table, Words
from tanbiao.documents.words import term, word

_ORDER = ("failed", "not_run", "waived", "passed")


def checks(result: model.Result, lang: Lang) -> Section:
    """Return every check of the rule, what wants attention first; a sentence where no rule was applied."""
    lines = result.get("checks") or ()
    title = word("report.checks", lang)
    if not lines:
        return Section("checks", title, (Words((word("r.checks_none", lang),)),))
    counted = {state: sum(line["state"] == state for line in lines) for state in _ORDER}
    told = " · ".join(f"{term('check', state, lang)} {count}" for state, count in counted.items() if count)
    widths = [("c.check", 2.0), ("c.state", 0.8), ("c.severity", 0.7), ("c.why", 4.0)]
    clauses = any(line.get("clause") for line in lines)
    if clauses:
        widths.insert(3, ("c.clause", 1.2))
    columns = tuple(Column(word(key, lang), weight) for key, weight in widths)
    rows = tuple(_row(line, lang, clauses=clauses) for line in lines)
    return Section("checks", title, (Words((told,)), Table("checks", word("t.checks", lang), columns, rows)))


def _row(line: Mapping[str, Any], lang: Lang, *, clauses: bool) -> tuple[str, ...]:
    severity = line.get("severity")
    clause = " ".join(str(line[key]) for key in ("document", "clause") if line.get(key))
    why = "; ".join(_reason(item) for item in line.get("reasons") or ())
    return (
        str(line.get("title") or line["check"]),
        term("check", str(line["state"]), lang),
        term("severity", str(severity), lang) if severity and line["state"] != "passed" else "",
        *((clause,) if clauses else ()),
        why,
    )


def _reason(item: Mapping[str, Any]) -> str:
    where = str(item.get("where", ""))
    return f"{item['message']} [{where}]" if where and not where.startswith("rule.") else str(item["message"])
