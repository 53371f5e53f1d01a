"""The project's own tables as sheets of a workbook: the dataset template, filled in by hand or written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.dataset_tables import TABLES
from tanbiao.formats.dataset_tables_read import Sheet, inventory_of_tables, table_of
from tanbiao.formats.excel_layout import LISTS_SHEET
from tanbiao.formats.reading import Log, content
from tanbiao.formats.table_workbook import open_book, sheet_values

FORMAT: Final = "tanbiao-workbook"
SHEETS: Final = frozenset(table.sheet for table in TABLES)
_SILENT: Final = frozenset((LISTS_SHEET, "说明 Guide"))


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read the workbook (of several the sheets of all). Never raises for bad content: everything wrong is a finding.

    Places are ``member!sheet!A7``: the row in which the object stands.
    """
    log = Log()
    sheets: dict[str, Sheet] = {}
    for name in sorted(files):
        data = content(files, name, log)
        if data is None:
            continue
        try:
            book = open_book(data, name)
            for sheet in book.worksheets:
                _add(sheets, sheet, name, log)
        except TanbiaoError as error:
            log.failed(error, error.where or name)
    return inventory_of_tables(sheets, FORMAT, log)


def _add(sheets: dict[str, Sheet], sheet: Any, name: str, log: Log) -> None:
    title = sheet.title.strip()
    table = table_of(title)
    if table is None:
        if title not in _SILENT:
            known = ", ".join(one.sheet for one in TABLES)
            log.warn("dataset_table_unknown", f"{name}!{title}", name=title, known=known)
        return
    rows = sheet_values(sheet)
    place = f"{name}!{title}"
    made = Sheet.of(table, rows[0] if rows else (), _body(rows[1:], place), place, log)
    known_rows = sheets.setdefault(table.key, Sheet(table))
    known_rows.rows.extend(made.rows)


def _body(rows: list[tuple[Any, ...]], place: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for number, cells in enumerate(rows, 2):
        yield f"{place}!A{number}", cells
