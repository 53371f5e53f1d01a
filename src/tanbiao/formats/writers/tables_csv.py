"""The project's own tables of an inventory as CSV files in a zip: nothing is lost, and the same bytes each time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from tanbiao.core import zip_guard
from tanbiao.core.dataset.inventory import Inventory
from tanbiao.formats.dataset_csv import ABOUT, GUARDED
from tanbiao.formats.dataset_tables import MARK, TABLES, Column
from tanbiao.formats.writers import Written
from tanbiao.formats.writers.tables import Cell, Row, rows_of

__all__ = ["write"]


def write(inventory: Inventory) -> Written:
    """Return a zip of CSV files (UTF-8 with its mark, commas, a decimal point), one per table that has rows.

    Reading the bytes again gives the same processes, exchanges, flows, units, parameters, allocation and uncertainties.
    """
    about = [("schema", MARK), ("from", inventory.format)]
    files = {ABOUT: _text([("key", "value"), *about])}
    rows = rows_of(inventory)
    for table in TABLES:
        if rows[table.key] or table.key in ("processes", "exchanges"):
            header = [one.key for one in table.columns]
            files[f"{table.key}.csv"] = _text([header, *(_cells(row, table.columns) for row in rows[table.key])])
    return Written(zip_guard.pack(files))


def _cells(row: Row, columns: Sequence[Column]) -> list[str]:
    return [_cell(row.get(one.key, "")) for one in columns]


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return repr(float(value))
    return f"'{value}" if value[:1] in GUARDED and value else value


def _text(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    # The mark lets spreadsheet programs read it as UTF-8.
    return ("\ufeff" + out.getvalue()).encode("utf-8")
