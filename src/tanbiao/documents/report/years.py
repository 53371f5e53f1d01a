"""Year on year in words and tables: the steps from one period to the next, own action, the rows that moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import text
from tanbiao.documents.report.content import Block, Column, Facts, Figure, Section, Table, Words
from tanbiao.documents.words import pick, word

TOP = 30
"""Rows shown; the rest is one line."""
DUST = 1e-9
"""A change below this share of the base is left of rounding: shown as 0, its row not at all; project default."""


def sections(told: Mapping[str, Any], lang: Lang) -> tuple[Section, ...]:
    """Return a comparison (:func:`tanbiao.core.study.years.as_json`) as sections."""
    blocks: list[Block] = [_facts(told, lang), _steps(told, lang)]
    if told["findings"]:
        lines = tuple(f"{item['message']} {item['remedy']}".strip() for item in told["findings"])
        blocks.append(Words(lines, strong=True))
    found = [Section("years", word("y.title", lang), tuple(blocks))]
    rows = [item for item in told["rows"] if not _is_dust(item["change"], told)]
    if rows:
        found.append(Section("years_rows", word("y.rows", lang), (_rows(told, rows, lang),)))
    return tuple(found)


def _shown(decimal: Any) -> str:
    return text.number(float(decimal), 6) if decimal is not None else "–"


def _is_dust(change: Any, told: Mapping[str, Any]) -> bool:
    return abs(float(change)) < DUST * abs(float(told["start"]))


def _facts(told: Mapping[str, Any], lang: Lang) -> Facts:
    unit = text.unit(told["unit"])
    start = float(told["start"])
    own = float(told["own_action"])
    relative = f" ({text.percent(own / start, 2)})" if start else ""
    reduction = word("y.none_stated", lang) if told["reduction"] is None else f"{_shown(told['reduction'])} {unit}"
    pairs = (
        ("y.base", f"{_period(told['base'], lang)}: {_shown(told['start'])} {unit}"),
        ("y.later", f"{_period(told['later'], lang)}: {_shown(told['end'])} {unit}"),
        ("y.own", f"{_shown(told['own_action'])} {unit}{relative}"),
        ("y.reduction", reduction),
        ("r.release", str(told["release"])),
        ("r.rule", str(told["rule"] or word("r.no_rule", lang))),
    )
    return Facts("years", tuple((word(label, lang), shown) for label, shown in pairs))


def _period(item: Mapping[str, Any], lang: Lang) -> str:
    return text.period(item["period"]["from"], item["period"]["to"], lang)


def _steps(told: Mapping[str, Any], lang: Lang) -> Table:
    unit = text.unit(told["unit"])
    columns = (
        Column(word("y.cause", lang), 3.0),
        Column(word("y.by", lang), 1.2),
        Column(word("i.change", lang), 1.2, figures=True),
        Column(unit, 1.2, figures=True),
    )
    rows = tuple(
        (
            word(f"cause.{step['cause']}", lang),
            word("y.own_short" if step["own"] else "y.not_own", lang),
            Figure(float(step["change"]), "0" if _is_dust(step["change"], told) else _shown(step["change"])),
            Figure(float(step["value"]), _shown(step["value"])),
        )
        for step in told["steps"]
    )
    change = float(told["end"]) - float(told["start"])
    total = (word("total", lang), "", Figure(change, text.number(change, 6)), Figure(None, _shown(told["end"])))
    return Table("year_steps", word("y.steps", lang), columns, rows, total, word("y.exact", lang), summed=2)


def _rows(told: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], lang: Lang) -> Table:
    columns = (
        Column(word("c.row", lang), 0.8),
        Column(word("c.name", lang), 2.6),
        Column(word("y.cause", lang), 2.4),
        Column(text.unit(told["unit"]), 1.2, figures=True),
    )
    shown = [
        (
            str(item["row"]),
            pick(item["name"], lang),
            word(f"cause.{item['cause']}", lang),
            Figure(float(item["change"]), text.number(float(item["change"]), 4)),
        )
        for item in rows[:TOP]
    ]
    rest = rows[TOP:]
    if rest:
        value = sum(float(item["change"]) for item in rest)
        shown.append(("", word("r.rest", lang, count=len(rest)), "", Figure(value, text.number(value, 4))))
    return Table("year_rows", word("y.rows", lang), columns, tuple(shown))
