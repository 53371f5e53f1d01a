"""The report as an Excel workbook: one sheet per table, full precision in the cells, totals as formulas.

Text is always written as text, so a name that begins with "=" stays a name. The creation time is the caller's.
"""

from __future__ import annotations

import datetime
import io
import re
from typing import Any

from tanbiao.documents.report.content import Cell, Facts, Figure, Report, Table, Words
from tanbiao.documents.words import word

_MOST_WIDTH = 60
_SHEET_NAME = 31
_LIMIT = 32_767
"""Characters an Excel cell can hold (Microsoft: Excel specifications and limits)."""


def render(report: Report, created: datetime.datetime) -> bytes:
    """Return the workbook's bytes; the same report and time give the same bytes."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties(
        {
            "title": f"{report.title} · {report.product}",
            "created": created.replace(tzinfo=None),
            "comments": report.standing,
        }
    )
    formats = _formats(book)
    _summary(book, report, formats)
    for table in report.tables():
        _table(book, table, formats)
    book.close()
    return buffer.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    base = {"font_name": "Noto Sans SC", "font_size": 10, "valign": "top"}
    return {
        "text": book.add_format({**base, "text_wrap": True}),
        "muted": book.add_format({**base, "font_color": "#5B625E", "text_wrap": True}),
        "bold": book.add_format({**base, "bold": True}),
        "title": book.add_format({**base, "bold": True, "font_size": 16}),
        "head": book.add_format({**base, "bold": True, "bottom": 2, "text_wrap": True, "bg_color": "#F5F6F5"}),
        "number": book.add_format({**base, "num_format": "General", "align": "right"}),
        "share": book.add_format({**base, "num_format": "0.0%", "align": "right"}),
        "right": book.add_format({**base, "align": "right"}),
        "total": book.add_format({**base, "bold": True, "top": 2}),
        "total_number": book.add_format({**base, "bold": True, "top": 2, "align": "right"}),
    }


def _summary(book: Any, report: Report, formats: dict[str, Any]) -> None:
    """Write title, standing, every list of facts and every sentence on the first sheet."""
    sheet = book.add_worksheet(word("t.summary", "zh" if report.lang == "zh" else "en"))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, report.title, formats["title"])
    sheet.write_string(1, 0, report.product, formats["bold"])
    sheet.write_string(2, 0, report.standing, formats["bold"])
    sheet.write_string(3, 0, f"{report.headline} {report.unit}", formats["title"])
    at = 4
    for note in report.notes:
        sheet.write_string(at, 0, note, formats["bold"])
        at += 1
    for section in report.sections:
        shown = [block for block in section.blocks if isinstance(block, Facts | Words)]
        if not shown:
            continue
        at += 1
        sheet.write_string(at, 0, section.title, formats["head"])
        sheet.write_blank(at, 1, None, formats["head"])
        for block in shown:
            pairs = block.pairs if isinstance(block, Facts) else tuple((line, "") for line in block.lines)
            for label, content in pairs:
                at += 1
                sheet.write_string(at, 0, label, formats["muted" if content else "text"])
                sheet.write_string(at, 1, content[:_LIMIT], formats["text"])
        at += 1


def _sheet_name(title: str, taken: set[str]) -> str:
    """Return a name that Excel takes for a sheet: 31 characters, none of ``[]:*?/\\``, no other sheet's."""
    plain = " ".join(re.sub(r"[\[\]:*?/\\]", " ", title).split()).strip("'")[:_SHEET_NAME].strip()
    name, number = plain, 2
    while name.casefold() in taken:
        name, number = f"{plain[: _SHEET_NAME - 3].strip()} {number}", number + 1
    return name


def _table(book: Any, table: Table, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(_sheet_name(table.title, {item.get_name().casefold() for item in book.worksheets()}))
    for index, column in enumerate(table.columns):
        sheet.write_string(0, index, column.heading, formats["head"])
        sheet.set_column(index, index, _width(table, index))
    for at, row in enumerate(table.rows, 1):
        for index, cell in enumerate(row):
            _write(sheet, at, index, cell, formats)
    sheet.freeze_panes(1, 0)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    if table.total is not None:
        _total(sheet, table, formats)


def _width(table: Table, index: int) -> float:
    if table.columns[index].figures:
        return 16
    cells = (row[index] for row in table.rows[:200])
    longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
    return float(min(max(longest * 1.6, len(table.columns[index].heading) * 2.2, 8), _MOST_WIDTH))


def _write(sheet: Any, row: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell[:_LIMIT], formats["text"])
    elif cell.value is None or cell.shown.startswith("≥"):
        # A figure that is only a lower bound stays words: a plain number would be read as the whole.
        sheet.write_string(row, column, cell.shown, formats["right"])
    else:
        kind = "share" if cell.shown.endswith("%") else "number"
        sheet.write_number(row, column, cell.value, formats[kind])


def _total(sheet: Any, table: Table, formats: dict[str, Any]) -> None:
    from xlsxwriter.utility import xl_range

    at = len(table.rows) + 1
    for index, cell in enumerate(table.total or ()):
        plain = isinstance(cell, Figure) and cell.value is not None and not cell.shown.startswith("≥")
        if isinstance(cell, Figure) and plain and index == table.summed and table.rows:
            sheet.write_formula(
                at, index, f"=SUM({xl_range(1, index, len(table.rows), index)})", formats["total_number"], cell.value
            )
        elif isinstance(cell, Figure):
            sheet.write_string(at, index, cell.shown, formats["total_number"])
        else:
            sheet.write_string(at, index, cell, formats["total"])
    if table.note:
        sheet.write_string(at + 1, 0, table.note, formats["muted"])
