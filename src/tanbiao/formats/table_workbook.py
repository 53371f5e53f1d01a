"""Rows of a workbook's sheet as text, for tables that are read through a mapping."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.excel_read import letters
from tanbiao.formats.excel_study import guard

_Cells = Iterator[tuple[str, list[str]]]
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 200
"""Project defaults, not official."""


def sheets(data: bytes, wanted: str, decimal: str, where: str) -> list[tuple[str, Callable[[], _Cells]]]:
    """Return (name, rows) of a workbook's sheets that are not empty: all of them, or the one that is wanted.

    Each row is (``member!sheet!row``, cells as text); numbers are written with the decimal sign, dates as ISO 8601,
    formulas by the value that the workbook keeps.

    Raises
    ------
    TanbiaoError
        ``not_excel``, ``excel_damaged``, ``excel_bomb``, ``excel_macros``; ``table_sheet_absent``;
        ``excel_too_many_rows``.
    """
    cells = {one.title.strip(): sheet_values(one) for one in open_book(data, where).worksheets}
    names = [wanted] if wanted else [one for one, rows in cells.items() if len(rows) > 1]
    if not names or names[0] not in cells:
        raise TanbiaoError.of("table_sheet_absent", where, sheet=wanted, sheets=", ".join(list(cells)[:20]))
    return [(name, partial(_body, cells[name], decimal, f"{where}!{name}")) for name in names]


def open_book(data: bytes, where: str) -> Any:
    """Return a workbook of values, looked at by the guard first.

    Raises
    ------
    TanbiaoError
        ``not_excel``, ``excel_damaged``, ``excel_bomb``, ``excel_macros``.
    """
    guard(data)
    from openpyxl import load_workbook

    try:
        return load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
    except Exception as error:
        # openpyxl raises whatever its parsers do; to the reader it is one thing: the file is damaged
        raise TanbiaoError.of("excel_damaged", where, reason=f"{type(error).__name__}: {error}"[:200]) from error


def sheet_values(sheet: Any) -> list[tuple[Any, ...]]:
    """Return the cells of a sheet row by row; raises ``excel_too_many_rows``."""
    if (sheet.max_row or 0) > MAX_ROWS:
        raise TanbiaoError.of("excel_too_many_rows", sheet.title, limit=MAX_ROWS)
    return [tuple(row) for row in sheet.iter_rows(values_only=True, max_col=min(sheet.max_column or 1, MAX_COLUMNS))]


def _body(rows: list[tuple[Any, ...]], decimal: str, place: str) -> _Cells:
    for number, values in enumerate(rows, 1):
        last = letters(max(len(values) - 1, 0))
        yield f"{place}!A{number}:{last}{number}", [_text(value, decimal) for value in values]


def _text(value: Any, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e15
        return str(int(value)) if whole else repr(value).replace(".", decimal)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
