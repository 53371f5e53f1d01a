"""The result's own sections: charts with their tables, contributions, findings, and every input with its factor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core.amounts import add
from tanbiao.core.findings import Lang
from tanbiao.documents import charts, model, text
from tanbiao.documents.charts.tables import Row, total_row
from tanbiao.documents.report.content import Block, Cell, Chart, Column, Figure, Section, Table, Words
from tanbiao.documents.words import pick, term, word

_DIGITS = 4
_TOP = 15
_BROAD = 760.0
"""Pictures wider than this (units of the drawing, text at 12) would be too small across an upright page."""


def value_column(result: model.Result, lang: Lang, weight: float = 1.6) -> Column:
    """Return the column of footprints, its unit in the heading."""
    return Column(word("c.value", lang, unit=text.unit(result["total"]["unit"])), weight, figures=True)


def figure(value: Any, digits: int = _DIGITS) -> Figure:
    """Return a number as a figure; "–" where the document has none."""
    number = model.figure(value)
    return Figure(None, "–") if number is None else Figure(number, text.number(number, digits))


def share(value: Any, lang: Lang) -> Figure:
    """Return a share as a figure in percent; an absence in words."""
    number = model.figure(value)
    if number is not None:
        return Figure(number, text.percent(number))
    if isinstance(value, Mapping):
        return Figure(None, text.amount(model.amount(value), lang))
    return Figure(None, "–")


def _twin(key: str, rows: Sequence[Row], result: model.Result, lang: Lang, heading: str) -> Table:
    """Return the table twin of a chart, shares and total included."""
    columns = (
        Column(word(heading, lang), 2.6),
        value_column(result, lang),
        Column(charts.share_heading(result, lang), 1.0, figures=True),
    )

    def line(row: Row) -> tuple[Cell, ...]:
        return row.label, Figure(_number(row), row.shown), Figure(row.share, row.share_shown)

    total = line(total_row(result, lang))
    note = word("r.incomplete_gap" if model.incomplete(result) else "r.reconciles", lang)
    shown = tuple(line(row) for row in rows)
    return Table(key, word(f"t.{key}", lang), columns, shown, total, note, summed=1)


def _interval(result: model.Result, lang: Lang) -> Table:
    found = charts.interval_rows(result, lang)
    columns = (Column(word("c.item", lang), 2.6), value_column(result, lang))
    if not any(row.error for row in found):
        rows = tuple((row.label, Figure(_number(row), row.shown)) for row in found)
        return Table("interval", word("t.interval", lang), columns, rows)
    errors = (Column(word("c.error", lang), 1.2, figures=True), Column(word("c.within", lang), 1.8, figures=True))
    sampled = tuple(
        (row.label, Figure(_number(row), row.shown), Figure(None, row.error or "–"), Figure(None, row.within or "–"))
        for row in found
    )
    return Table(
        "interval", word("t.interval", lang), (*columns, *errors), sampled, note=word("n.monte_carlo_error", lang)
    )


def _number(row: Row) -> float | None:
    return float(row.amount) if isinstance(row.amount, float | int) else None


def results(result: model.Result, lang: Lang) -> Section:
    """Return stages, kinds, gases, uncertainty and flows, each picture with its table."""
    blocks: list[Block] = [
        Chart("stages", charts.stage_bar(result, lang)),
        _twin("stages", charts.stage_rows(result, lang), result, lang, "c.stage"),
        Chart("kinds", charts.kinds_bar(result, lang)),
        _twin("kinds", charts.kind_rows(result, lang), result, lang, "c.kind"),
        Words((_aircraft(result, lang),)),
        _gases(result, lang),
        Chart("interval", charts.interval(result, lang)),
        _interval(result, lang),
    ]
    if (result.get("sankey") or {}).get("links"):
        picture = charts.sankey(result, lang)
        broad = float(picture.split('viewBox="0 0 ', 1)[1].split(" ", 1)[0]) > _BROAD
        blocks += [Chart("flows", picture, wide=1.0, broad=broad), _flows(result, lang)]
    blocks += _electricity(result, lang)
    return Section("results", word("report.results", lang), tuple(blocks))


def _aircraft(result: model.Result, lang: Lang) -> str:
    value = model.figure((result.get("of_which") or {}).get("aircraft")) or 0.0
    return f"{word('kind.aircraft', lang)}: {text.number(value)} {text.unit(result['total']['unit'])}"


def _gases(result: model.Result, lang: Lang) -> Table:
    gases = result.get("gases") or {}
    rows: list[tuple[Cell, ...]] = []
    for name, value in gases.items():
        label = word("gas.undivided", lang) if name == "undivided" else text.gas(name)
        rows.append((label, figure(value)))
    known = add(0.0, *(float(value) for value in gases.values()))
    shown = f"≥ {text.number(known, _DIGITS)}" if model.incomplete(result) else text.number(known, _DIGITS)
    total = (word("total", lang), Figure(known, shown))
    columns = (Column(word("c.gas", lang), 2.6), value_column(result, lang))
    return Table("gases", word("t.gases", lang), columns, tuple(rows), total if rows else None, summed=1)


def _flows(result: model.Result, lang: Lang) -> Table:
    columns = (Column(word("chart.from", lang), 2), Column(word("chart.to", lang), 2), value_column(result, lang))
    rows = tuple((source, target, figure(value)) for source, target, value in charts.flow_rows(result, lang))
    return Table("flows", word("t.flows", lang), columns, rows)


def _electricity(result: model.Result, lang: Lang) -> list[Block]:
    """Return the whole result with every shown claim on electricity and with none, and each row of electricity."""
    told = result.get("electricity")
    if not told:
        return []
    columns = (
        Column(word("c.row", lang), 0.7),
        Column(word("r.electricity", lang), 2.2),
        Column(word("c.covered", lang), 0.9, figures=True),
        Column(word("c.market_based", lang), 1.4, figures=True),
        Column(word("c.location_based", lang), 1.4, figures=True),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            str(item["row"]),
            term("supply", str(item["supply"]), lang),
            share(item["covered"], lang),
            figure(item["market_based"]),
            figure(item["location_based"]),
        )
        for item in told["rows"]
    ]
    whole: tuple[Cell, ...] = (
        "",
        word("total", lang),
        "",
        figure(told["market_based"]),
        figure(told["location_based"]),
    )
    note = word(f"r.electricity_{told['headline']}", lang)
    return [Table("electricity", word("t.electricity", lang), columns, (*rows, whole), None, note)]


def interpretation(result: model.Result, lang: Lang) -> Section:
    """Return the largest contributions (the rest included) and the findings."""
    top = _twin("top", charts.contribution_rows(result, lang, _TOP), result, lang, "c.name")
    return Section("interpretation", word("report.interpretation", lang), (top, *_findings(result, lang)))


def _findings(result: model.Result, lang: Lang) -> list[Block]:
    found = result.get("findings") or ()
    if not found:
        return [Words((f"{word('t.findings', lang)}: {word('r.nothing', lang)}",))]
    keys = (("c.severity", 0.7), ("c.where", 1.6), ("c.message", 3.2), ("c.remedy", 3.2), ("c.code", 1.3))
    columns = tuple(Column(word(key, lang), weight) for key, weight in keys)
    rows = tuple(
        (
            term("severity", str(item.get("severity", "")), lang),
            str(item.get("where", "")),
            str(item.get("message", "")),
            str(item.get("remedy", "")),
            str(item.get("code", "")),
        )
        for item in found
    )
    return [Table("findings", word("t.findings", lang), columns, rows)]


def inputs(result: model.Result, lang: Lang) -> Table:
    """Return the table of every input: amount, factor, dataset with version, sources, licence, path; it sums to the
    total."""
    columns = (
        Column(word("c.row", lang), 0.8),
        Column(word("c.name", lang), 2.0),
        Column(word("c.stage", lang), 1.0),
        Column(word("c.kind", lang), 1.0),
        Column(word("c.amount", lang), 1.0, figures=True),
        Column(word("c.unit", lang), 0.7),
        Column(word("c.factor", lang), 1.0, figures=True),
        Column(word("c.factor_unit", lang), 1.1),
        value_column(result, lang, 1.1),
        Column(charts.share_heading(result, lang), 0.8, figures=True),
        Column(word("c.dataset", lang), 1.8),
        Column(word("c.version", lang), 0.8),
        Column(word("c.geography", lang), 0.7),
        Column(word("c.year", lang), 0.6),
        Column(word("c.stand_in", lang), 0.6),
        Column(word("c.data_kind", lang), 0.8),
        Column(word("c.source", lang), 1.8),
        Column(word("c.factor_source", lang), 1.8),
        Column(word("c.licence", lang), 1.0),
        Column(word("c.path", lang), 1.2),
    )
    rows = tuple(_input(item, result, lang) for item in result["contributions"])
    known = model.total_value(result)
    blank: list[Cell] = [""] * len(columns)
    blank[0] = word("total", lang)
    blank[8] = Figure(known, text.total(result, lang, _DIGITS))
    note = word("r.incomplete_gap" if model.incomplete(result) else "r.reconciles", lang)
    return Table("inputs", word("t.inputs", lang), columns, rows, tuple(blank), note, wide=True, summed=8)


def _input(item: Mapping[str, Any], result: model.Result, lang: Lang) -> tuple[Cell, ...]:
    part = item.get("share_of_known") if model.incomplete(result) else item.get("share")
    if part is None:
        part = model.share(float(item["value"]), model.total_value(result))
    kind = str(item.get("data_kind") or "")
    return (
        str(item["row"]),
        pick(item.get("name"), lang),
        model.stage_name(str(item["stage"]), lang),
        model.kind_name(str(item["kind"]), lang),
        figure(item.get("amount")),
        text.unit(str(item.get("unit") or "")),
        figure(item.get("factor")),
        text.unit(str(item.get("factor_unit") or "")),
        figure(item["value"]),
        share(part, lang),
        _dataset(item, lang),
        str(item.get("version") or ""),
        str(item.get("geography") or ""),
        str(item.get("year") or ""),
        word("yes", lang) if item.get("stand_in") else "",
        term("data", kind, lang) if kind else "",
        str(item.get("source") or ""),
        str(item.get("factor_source") or ""),
        str(item.get("licence") or ""),
        " → ".join(str(step) for step in item.get("path") or ()),
    )


def _dataset(item: Mapping[str, Any], lang: Lang) -> str:
    key = str(item.get("dataset") or "")
    name = pick(item.get("dataset_name"), lang)
    if not key:
        return text.gas(str(item.get("gas") or ""))
    return f"{name} [{key}]" if name else key
