"""The project's own tables as CSV files, in a zip or a folder: one file per table, told by ``about.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tanbiao.core.dataset.inventory import Inventory
from tanbiao.formats.dataset_tables import TABLES
from tanbiao.formats.dataset_tables_read import Sheet, inventory_of_tables, table_of
from tanbiao.formats.reading import Log, content, decode

FORMAT: Final = "tanbiao-tables"
ABOUT: Final = "about.csv"
GUARDED: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""Signs before which the writer puts an apostrophe, so that no spreadsheet program takes a text for a formula."""


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read the tables. Never raises for bad content: everything wrong is a finding with ``member:line``."""
    log = Log()
    sheets: dict[str, Sheet] = {}
    for name in sorted(files):
        short = name.rpartition("/")[2]
        stem, _, ending = short.rpartition(".")
        if short.lower() == ABOUT:
            content(files, name, log)  # told where it is damaged; it holds no rows
            continue
        table = table_of(stem)
        if table is None or ending.lower() not in ("csv", "tsv", "txt"):
            known = ", ".join(f"{one.key}.csv" for one in TABLES)
            log.warn("dataset_table_unknown", name, name=short, known=known)
        elif (data := content(files, name, log)) is not None:
            sheets[table.key] = _sheet(name, data, table, log)
    return inventory_of_tables(sheets, FORMAT, log)


def _sheet(name: str, data: bytes, table: Any, log: Log) -> Sheet:
    text = decode(data, log, name)
    first = text[:20_000].partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        header = next(reader, [])
    except csv.Error as error:
        log.error("table_malformed", f"{name}:{reader.line_num}", reason=str(error))
        header = []
    return Sheet.of(table, header, _body(reader, name, log), name, log)


def _body(reader: Any, name: str, log: Log) -> Iterator[tuple[str, list[str]]]:
    try:
        for cells in reader:
            yield f"{name}:{reader.line_num}", [_unguarded(cell) for cell in cells]
    except csv.Error as error:
        log.error("table_malformed", f"{name}:{reader.line_num}", reason=str(error))


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in GUARDED else cell
