"""The report as PDF/A, set with typst from the same content."""

from __future__ import annotations

import datetime
import re
from typing import Any

from tanbiao.documents import typeset
from tanbiao.documents.report.content import Block, Chart, Facts, Figure, Report, Table

_LONG = {True: re.compile(r"[!-~]{20}"), False: re.compile(r"[!-~]{12}")}
"""Words that may need a break, in tables on a page on its side and in others."""


def render(report: Report, created: datetime.datetime) -> bytes:
    """Return the PDF/A-3b bytes.

    Raises
    ------
    TanbiaoError
        ``typesetting_failed``.
    """
    data = {
        "lang": report.lang,
        "title": report.title,
        "product": report.product,
        "standing": report.standing,
        "headline": report.headline,
        "unit": report.unit,
        "notes": list(report.notes),
        "sections": [
            {"title": section.title, "blocks": [_block(block) for block in section.blocks]}
            for section in report.sections
        ],
    }
    return typeset.pdf("report.typ", data, created=created)


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Table):
        return {
            "type": "table",
            "title": block.title,
            "wide": block.wide,
            "weights": [column.weight for column in block.columns],
            "figures": [column.figures for column in block.columns],
            "head": [column.heading for column in block.columns],
            "rows": [_texts(row, block.wide) for row in block.rows],
            "total": _texts(block.total, block.wide) if block.total is not None else [],
            "note": block.note,
        }
    if isinstance(block, Facts):
        return {"type": "facts", "pairs": [list(pair) for pair in block.pairs]}
    if isinstance(block, Chart):
        return {"type": "chart", "svg": block.svg, "width": block.wide, "broad": block.broad}
    return {"type": "words", "lines": list(block.lines), "strong": block.strong}


def _texts(cells: tuple[str | Figure, ...], wide: bool) -> list[str | dict[str, str]]:
    """Return the cells' texts; one with a word too long for a narrow column is marked for breaking."""
    shown = [cell.shown if isinstance(cell, Figure) else cell for cell in cells]
    return [{"words": words} if _LONG[wide].search(words) else words for words in shown]
