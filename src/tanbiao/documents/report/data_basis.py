"""On what the figures rest: what was left out, data period, shares of primary and site data, quality per activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.core.standing import notice_of
from tanbiao.documents import model, text
from tanbiao.documents.report.content import Block, Cell, Column, Section, Table, Words
from tanbiao.documents.report.results import figure, share
from tanbiao.documents.words import pick, term, word

BASES = ("mass", "energy", "emissions")
TOP = 20
"""Activities of which the quality is listed; the rest is one line."""


def warnings(result: model.Result, lang: Lang) -> list[str]:
    """Return what must stand at the head of all that shows the figure: a screening, a provisional period, and last the
    standing of the rule."""
    found = []
    screening = result.get("screening") or {}
    if screening.get("screening"):
        rows = text.joined(list(dict.fromkeys(str(row["row"]) for row in screening["rows"])), lang)
        found.append(word("r.screening", lang, rows=rows))
    period = result.get("data_period") or {}
    if period.get("provisional"):
        found.append(word("r.provisional", lang, months=period["months"], required=period["required"]))
    notice = notice_of(result)
    return found if notice is None else [*found, notice[lang]]


def pairs(result: model.Result, lang: Lang) -> list[tuple[str, str]]:
    """Return (label key, text) of the data period and the shares of data; nothing of a result that is older."""
    period = result.get("data_period")
    found = []
    if period:
        by = word("r.months_default", lang) if period["by"] == "default" else str(period["by"])
        found.append(
            ("r.months", word("r.months_text", lang, months=period["months"], required=period["required"], by=by))
        )
    for key in ("primary_amount_share", "site_specific_share", "stand_in_share"):
        if key in result:
            found.append((f"r.{key}", share(result[key], lang).shown))
    return found


def exclusions(result: model.Result, lang: Lang) -> Section:
    """Return everything left out with its bound as a share, the sum, and the rule's limit."""
    table = _exclusions(result.get("exclusions") or {}, lang)
    nothing = Words((f"{word('t.exclusions', lang)}: {word('r.nothing', lang)}",))
    return Section("exclusions", word("t.exclusions", lang), (table or nothing,))


def _exclusions(told: Mapping[str, Any], lang: Lang) -> Table | None:
    rows = told.get("rows") or ()
    if not rows:
        return None
    columns = (
        Column(word("c.row", lang), 0.8),
        Column(word("c.name", lang), 1.8),
        Column(word("c.why", lang), 1.2),
        Column(word("c.bound", lang), 1.0, figures=True),
        *(Column(word(f"c.of_{basis}", lang), 0.9, figures=True) for basis in BASES),
        Column(word("c.reason", lang), 2.2),
    )
    lines = tuple(_line(row, lang) for row in rows)
    sums = told["sums"]
    total: tuple[Cell, ...] = ("", word("r.sum", lang), "", "", *(_sum(sums[basis], lang) for basis in BASES), "")
    return Table("exclusions", word("t.exclusions", lang), columns, lines, total, _limit(told.get("limit"), lang))


def _line(row: Mapping[str, Any], lang: Lang) -> tuple[Cell, ...]:
    bound = figure(row.get("bound"))
    shown = bound.shown if bound.value is None else f"{bound.shown} {text.unit(str(row.get('unit') or ''))}".strip()
    return (
        str(row["id"]),
        pick(row.get("what"), lang),
        term("left_out", str(row["why"]), lang),
        shown,
        *(share(row["shares"][basis], lang) for basis in BASES),
        str(row.get("reason") or ""),
    )


def _sum(told: Mapping[str, Any], lang: Lang) -> str:
    """Return a sum of shares; "≥" where something counted has no share by that basis."""
    shown = share(told["share"], lang).shown
    return shown if told["complete"] else f"≥ {shown}"


def _limit(limit: Mapping[str, Any] | None, lang: Lang) -> str:
    if limit is None:
        return word("r.no_limit", lang)
    of = text.joined([word(f"basis_of.{basis}", lang) for basis in limit["of"]], lang)
    each, total = share(limit["each"], lang).shown, share(limit["total"], lang).shown
    return word("r.limit", lang, each=each, total=total, of=of)


def quality(result: model.Result, lang: Lang) -> list[Block]:
    """Return the table of quality per activity, the heaviest first, and the line of the most relevant ones."""
    told = result.get("data_quality") or {}
    rows: Sequence[Mapping[str, Any]] = told.get("rows") or ()
    if not rows:
        return []
    columns = (
        Column(word("c.row", lang), 0.8),
        Column(word("c.name", lang), 2.2),
        Column(word("c.data_kind", lang), 1.0),
        Column(word("c.scored_by", lang), 1.0),
        Column(word("c.weight", lang), 0.9, figures=True),
        Column(word("c.score", lang), 0.8, figures=True),
    )
    lines: list[tuple[Cell, ...]] = [
        (
            str(row["row"]),
            pick(row.get("name"), lang),
            _kind(row, lang),
            word(f"scored_by.{row['basis']}", lang),
            share(row["weight"], lang),
            figure(row.get("score"), 2),
        )
        for row in rows[:TOP]
    ]
    rest = rows[TOP:]
    if rest:
        weight = sum(float(row["weight"]) for row in rest)
        lines.append(("", word("r.rest", lang, count=len(rest)), "", "", share(weight, lang), ""))
    relevant = told.get("most_relevant") or {}
    note = word(
        "r.most_relevant",
        lang,
        score=figure(relevant.get("score"), 2).shown,
        share=share(relevant.get("coverage"), lang).shown,
        count=len(relevant.get("rows") or ()),
    )
    return [Table("quality", word("t.quality", lang), columns, tuple(lines), None, note)]


def _kind(row: Mapping[str, Any], lang: Lang) -> str:
    """Return how an amount is known; a default of the rule is named."""
    kind = term("data", str(row["kind"]), lang) if row.get("kind") else word("r.not_said", lang)
    return f"{kind} · {word('r.by_default', lang, id=row['default'])}" if row.get("default") else kind


def control(result: model.Result, lang: Lang) -> list[Block]:
    """Return who runs each own process and how much of it has data of the site; nothing without own processes."""
    rows = result.get("control") or ()
    if not rows:
        return []
    columns = (
        Column(word("c.process", lang), 2.0),
        Column(word("c.control", lang), 1.2),
        Column(word("c.site_specific", lang), 1.0, figures=True),
        Column(word("c.lacking", lang), 2.0),
    )
    lines: tuple[tuple[Cell, ...], ...] = tuple(
        (
            pick(row.get("name"), lang),
            word(f"control.{row['control'] or 'unsaid'}", lang),
            share(row.get("site_specific_share"), lang),
            text.joined([str(item) for item in row.get("lacking") or ()], lang),
        )
        for row in rows
    )
    return [Table("control", word("t.control", lang), columns, lines)]


def section(result: model.Result, lang: Lang) -> Section | None:
    """Return quality per activity and the control of processes as one section; None of a result that is older."""
    blocks = [*quality(result, lang), *control(result, lang)]
    return Section("data_basis", word("report.data_basis", lang), tuple(blocks)) if blocks else None
