"""Tables that leave a page as a file: CSV that spreadsheet programs open as UTF-8, and Excel."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from tanbiao.web import clock
from tanbiao.web.commanding import NotFound
from tanbiao.web.ledger.blobs import attachment

CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | float | None
_LONGEST = 32_767
"""Characters an Excel cell can hold (Microsoft: Excel specifications and limits)."""
_WIDEST = 80


def table_file(name: str, suffix: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Return a table as a download, ``csv`` or ``xlsx``; ``name`` is the file's name without its ending.

    Raises
    ------
    NotFound
        ``file_kind_unknown``
    """
    if suffix == "csv":
        return attachment(_csv(heads, rows), CSV, f"{name}.csv")
    if suffix == "xlsx":
        return attachment(_xlsx(heads, rows), XLSX, f"{name}.xlsx")
    raise NotFound.of("file_kind_unknown", suffix, kinds="csv, xlsx")


def _csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    for row in rows:
        writer.writerow([inert(cell) if isinstance(cell, str) else "" if cell is None else cell for cell in row])
    # The mark lets spreadsheet programs read it as UTF-8.
    return ("\ufeff" + out.getvalue()).encode()


def inert(text: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula: what is in it may come from a foreign file."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _xlsx(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    options: dict[str, Any] = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": clock.now().replace(tzinfo=None)})
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True, "bottom": 1})
    widths = [len(head) for head in heads]
    for at, head in enumerate(heads):
        sheet.write_string(0, at, head, bold)
    for line, row in enumerate(rows, 1):
        for at, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(line, at, cell[:_LONGEST])
                widths[at] = max(widths[at], len(cell))
            elif cell is not None:
                sheet.write_number(line, at, cell)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, min(width + 2, _WIDEST))
    sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()
