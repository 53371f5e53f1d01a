"""Credits with what each is for and whether it counts; recycled content, captured CO2 and what shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import model
from tanbiao.documents.report.content import Block, Cell, Column, Section, Table
from tanbiao.documents.report.results import figure, share, value_column
from tanbiao.documents.words import pick, term, word


def section(result: model.Result, lang: Lang) -> Section | None:
    """Return credits, recycled content, captured CO2 and the certificates used up; None where a result has none."""
    blocks = [
        *_credits(result, lang),
        *_content(result.get("recycled_content") or (), lang),
        *_captured(result.get("captured") or (), lang),
        *_instruments(result.get("instruments") or (), lang),
    ]
    return Section("materials", word("report.materials", lang), tuple(blocks)) if blocks else None


def _credits(result: model.Result, lang: Lang) -> list[Block]:
    told = result.get("credits") or {}
    given: Sequence[Mapping[str, Any]] = told.get("rows") or ()
    if not given:
        return []
    columns = (
        Column(word("c.row", lang), 0.7),
        Column(word("c.name", lang), 2.4),
        Column(word("c.credit_for", lang), 1.4),
        Column(word("c.counts", lang), 0.8),
        value_column(result, lang),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            str(item["row"]),
            pick(item.get("name"), lang),
            term("credit", str(item.get("kind") or "substitution"), lang),
            word("yes" if item.get("counted") else "no", lang),
            figure(item["value"]),
        )
        for item in given
    )
    total: tuple[Cell, ...] = (word("total", lang), "", "", "", figure(told.get("value")))
    note = word("r.credits_some" if any(item.get("counted") for item in given) else "r.credits_apart", lang)
    return [Table("credits", word("t.credits", lang), columns, rows, total, note, summed=4)]


def _content(items: Sequence[Mapping[str, Any]], lang: Lang) -> list[Block]:
    if not items:
        return []
    columns = (
        Column(word("c.row", lang), 0.7),
        Column(word("c.scrap", lang), 1.2),
        Column(word("share", lang), 0.8, figures=True),
        Column(word("c.counts", lang), 0.8),
        Column(word("c.custody", lang), 1.2),
        Column(word("c.proof", lang), 2.2),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            str(item["row"]),
            term("scrap", str(item["scrap"]), lang),
            share(item["share"], lang),
            word("yes" if item["counted"] else "no", lang),
            term("custody", str(item["custody"]), lang) if item.get("custody") else word("not_given", lang),
            " · ".join(str(item[key]) for key in ("proof", "certificate") if item.get(key)) or word("not_given", lang),
        )
        for item in items
    )
    return [Table("recycled-content", word("t.recycled_content", lang), columns, rows, None, word("r.content", lang))]


def _captured(items: Sequence[Mapping[str, Any]], lang: Lang) -> list[Block]:
    if not items:
        return []
    columns = (
        Column(word("c.row", lang), 0.7),
        Column(word("c.capture", lang), 1.4),
        Column("kg CO₂", 1.0, figures=True),
        Column(word("c.counts", lang), 0.8),
        Column(word("c.site", lang), 1.6),
        Column(word("c.years", lang), 0.8, figures=True),
        Column(word("c.proof", lang), 2.0),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            str(item["row"]),
            term("capture", str(item["fate"]), lang),
            figure(item["kilograms"]),
            word("yes" if item["counted"] else "no", lang),
            str(item.get("site") or ""),
            figure(item.get("years")),
            " · ".join(str(item[key]) for key in ("proof", "certificate") if item.get(key)) or word("not_given", lang),
        )
        for item in items
    )
    return [Table("captured", word("t.captured", lang), columns, rows, None, word("r.captured", lang))]


def _instruments(items: Sequence[Mapping[str, Any]], lang: Lang) -> list[Block]:
    if not items:
        return []
    columns = (
        Column(word("c.row", lang), 0.7),
        Column(word("c.instrument", lang), 1.8),
        Column(word("c.code", lang), 2.0),
        Column(word("c.amount", lang), 1.0, figures=True),
        Column(word("c.unit", lang), 0.6),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            str(item["row"]),
            term("instrument", str(item["kind"]), lang),
            str(item["code"]),
            figure(item["amount"]),
            str(item["unit"]),
        )
        for item in items
    )
    return [Table("instruments", word("t.instruments", lang), columns, rows, None, word("r.instruments", lang))]
