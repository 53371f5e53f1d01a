"""How processes with several products share their burden, and what every other choice would make of the total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import model, text
from tanbiao.documents.report.content import Block, Cell, Column, Section, Table, Words
from tanbiao.documents.report.results import figure, share, value_column
from tanbiao.documents.words import pick, term, word


def allocation(result: model.Result, lang: Lang) -> Section | None:
    """Return the shares of each process and the other methods beside them; None where nothing is shared."""
    told: Sequence[Mapping[str, Any]] = result.get("allocations") or ()
    if not told:
        return None
    blocks: list[Block] = [_products(told, lang)]
    rows = [(item, row) for item in told for row in item["rows"]]
    if rows:
        blocks.append(_rows(rows, lang))
    others = [(item, other) for item in told for other in item["alternatives"]]
    blocks.append(_others(others, result, lang) if others else Words((word("r.no_alternative", lang),)))
    return Section("allocation", word("report.allocation", lang), tuple(blocks))


def _products(told: Sequence[Mapping[str, Any]], lang: Lang) -> Table:
    columns = (
        Column(word("c.process", lang), 1.6),
        Column(word("c.product", lang), 1.6),
        Column(word("c.amount", lang), 1.0),
        Column(word("c.shared_by", lang), 1.8),
        Column(word("share", lang), 0.8, figures=True),
        Column(word("c.reason", lang), 2.2),
        Column(word("c.source", lang), 1.4),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            pick(item["name"], lang),
            pick(product["name"], lang),
            str(product["amount"]),
            _method(str(product["method"]), item, lang),
            share(product["share"], lang),
            str(item["reason"]),
            str(item.get("source") or ""),
        )
        for item in told
        for product in item["products"]
    )
    return Table("allocation", word("t.allocation", lang), columns, rows, None, word("r.shares_one", lang))


def _method(by: str, item: Mapping[str, Any], lang: Lang) -> str:
    named = term("allocation", by, lang)
    weighs = item.get("weighs")
    return f"{named} ({weighs})" if weighs and by == item["by"] else named


def _rows(rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], lang: Lang) -> Table:
    columns = (
        Column(word("c.row", lang), 0.8),
        Column(word("c.shared_by", lang), 1.6),
        Column(word("c.shares", lang), 3.0),
    )
    lines: tuple[tuple[Cell, ...], ...] = tuple(
        (str(row["row"]), term("allocation", str(row["by"]), lang), _shares(item, row["shares"], lang))
        for item, row in rows
    )
    return Table("allocation-rows", word("t.allocation_rows", lang), columns, lines)


def _others(others: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], result: model.Result, lang: Lang) -> Table:
    columns = (
        Column(word("c.process", lang), 1.6),
        Column(word("c.shared_by", lang), 1.4),
        Column(word("c.shares", lang), 2.6),
        value_column(result, lang, 1.2),
        Column(word("c.changed_by", lang), 1.2, figures=True),
    )
    lines: tuple[tuple[Cell, ...], ...] = tuple(
        (
            pick(item["name"], lang),
            term("allocation", str(other["by"]), lang),
            _shares(item, other.get("shares"), lang) or word("r.row_by_row", lang),
            figure(other["total"]),
            figure(other["change"]),
        )
        for item, other in others
    )
    return Table("allocation-others", word("t.allocation_others", lang), columns, lines, None, word("r.others", lang))


def _shares(item: Mapping[str, Any], shares: Mapping[str, Any] | None, lang: Lang) -> str:
    names = {product["product"]: pick(product["name"], lang) for product in item["products"]}
    return text.joined(
        [f"{names.get(key, key)} {share(value, lang).shown}" for key, value in (shares or {}).items()], lang
    )
