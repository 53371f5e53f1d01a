"""Rows of a table, CSV or workbook, by the columns of a mapping: a header taken letter by letter, or looked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.reading import Log, decode
from tanbiao.formats.table_headers import HEAD_ROWS, Header, find_header
from tanbiao.formats.table_mapping import TableMapping, packaged

WORKBOOK: Final = b"PK\x03\x04"
UNIT: Final = "|unit"
"""Added to a column's name: the unit that its heading states in brackets."""
TITLE: Final = "|title"
"""What stands above the header, as one text."""

Rows = Iterable[tuple[str, Mapping[str, str]]]
"""(place, column → cell) of each row."""
_Cells = Iterator[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet: its name and its rows from the first one, each time anew, as (place, cells)."""

    name: str
    rows: Callable[[], _Cells]

    def head(self) -> list[list[str]]:
        """Return the rows among which a header is looked for."""
        return [cells for _, cells in islice(self.rows(), HEAD_ROWS)]


def grids(data: bytes, mapping: TableMapping | None, log: Log, name: str) -> list[Grid]:
    """Return the sheets of a table file: all of a workbook, or the one that the mapping names; the one of a CSV.

    Raises
    ------
    TanbiaoError
        What :func:`tanbiao.formats.table_workbook.sheets` raises.
    """
    if data.startswith(WORKBOOK):
        from tanbiao.formats.table_workbook import sheets

        wanted, decimal = (mapping.text("sheet"), mapping.text("decimal", ".")) if mapping else ("", ".")
        return [Grid(title, rows) for title, rows in sheets(data, wanted, decimal, name)]
    text = decode(data, log, name, declared=mapping.text("encoding") if mapping else "")
    separator = _separator(text, mapping)
    return [Grid("", lambda: _lines(text, separator, log, name))]


def _separator(text: str, mapping: TableMapping | None) -> str:
    stated = mapping.text("separator") if mapping else ""
    if len(stated) == 1:
        return stated
    if stated.lower() in ("tab", "\\t"):
        return "\t"
    skipped = int(mapping.text("skip_lines", "0")) if mapping else 0
    lines = text[:20_000].splitlines()
    first = "\n".join(lines[skipped : skipped + 1])
    if not any(first.count(mark) for mark in ",;\t|"):
        first = "\n".join(lines[:HEAD_ROWS])  # a title stands first
    return max(",;\t|", key=first.count)


def _lines(text: str, separator: str, log: Log, name: str) -> _Cells:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            yield f"{name}:{reader.line_num}", [cell.strip() for cell in cells]
    except csv.Error as error:
        log.error("table_malformed", f"{name}:{reader.line_num}", reason=str(error))


def exact(sheets: Sequence[Grid], mapping: TableMapping | None, log: Log, name: str) -> tuple[list[str], Rows]:
    """Return the header as it is written, after the rows to skip, and the rows below it.

    Of several sheets the first that has a row below its header is taken.
    """
    skipped = int(mapping.text("skip_lines", "0")) if mapping else 0
    grid = next((one for one in sheets if len(list(islice(one.rows(), skipped + 2))) > skipped + 1), sheets[0])
    rows = grid.rows()
    header = next(islice(rows, skipped, None), ("", []))[1]
    twice = sorted({cell for cell in header if cell and header.count(cell) > 1})
    if twice:
        log.warn("table_column_twice", name, columns=", ".join(twice))
    return header, _exact_body(rows, header, log)


def _exact_body(rows: _Cells, header: Sequence[str], log: Log) -> Iterator[tuple[str, Mapping[str, str]]]:
    for where, cells in rows:
        if not any(cells):
            continue
        if len(cells) > len(header) and any(cells[len(header) :]):
            log.warn("table_row_long", where, count=len(cells), columns=len(header))
        row: dict[str, str] = {}
        for column, cell in zip(header, cells, strict=False):
            row.setdefault(column, cell)
        yield where, row


def look_for(sheets: Sequence[Grid], mapping: TableMapping) -> tuple[Grid, Header] | None:
    """Return the sheet with the fullest header that has the mapping's columns, by whatever spelling; else None."""
    best: tuple[Grid, Header] | None = None
    for grid in sheets:
        rows = grid.head()
        found = find_header(rows, mapping.wanted, mapping.optional, by_years="turn" in mapping.top) if rows else None
        if found is None or not _titled(found, mapping):
            continue
        if best is None or found.fit > best[1].fit:
            best = grid, found
    return best


def _titled(header: Header, mapping: TableMapping) -> bool:
    words: Sequence[str] = mapping.top.get("title") or ()
    return not words or any(word in text for word in words for text in header.above)


def loose(grid: Grid, header: Header, mapping: TableMapping) -> Rows:
    """Yield the rows below a header that was looked for, by the mapping's own names of the columns.

    Where columns are headed by a year each of their cells that is not empty becomes a row of its own.
    """
    turn: Mapping[str, str] = mapping.top.get("turn") or {}
    fixed = {f"{name}{UNIT}": unit for name, unit in header.units.items()}
    fixed |= {TITLE: " ".join(header.above)}
    for where, cells in islice(grid.rows(), header.rows, None):
        if not any(cells):
            continue
        row = fixed | {name: cells[index] if index < len(cells) else "" for name, index in header.columns.items()}
        if not turn:
            yield where, row
        for index, year in header.years.items() if turn else ():
            if index < len(cells) and cells[index]:
                yield where, row | {turn.get("year", ""): year, turn.get("value", ""): cells[index]}


def known(sheets: Sequence[Grid]) -> TableMapping | None:
    """Return the mapping of the product that a table fits, or None.

    One whose columns are all there letter by letter comes before one that was looked for; of these the one with most
    columns, and a general one last.
    """
    header = {cell for grid in sheets for row in grid.head()[:1] for cell in row}
    for mapping in packaged():
        if not mapping.is_loose and mapping.columns <= header:
            return mapping
    fits: list[tuple[bool, int, str]] = []
    by_source: dict[str, TableMapping] = {}
    for mapping in packaged():
        found = look_for(sheets, mapping) if mapping.is_loose else None
        if found is not None:
            by_source[mapping.source] = mapping
            fits.append((mapping.text("general") == "yes", -found[1].fit, mapping.source))
    return by_source[min(fits)[2]] if fits else None


def columns_of(sheets: Sequence[Grid]) -> list[str]:
    """Return the first row that has a cell, to name what is there."""
    return next((row for grid in sheets for row in grid.head() if any(row)), [])


def fits(name: str, data: bytes) -> bool:
    """Return whether a mapping that comes with the product reads a table."""
    try:
        return known(grids(data, None, Log(), name)) is not None
    except TanbiaoError:
        return False


def rows_of(data: bytes, mapping: TableMapping | None, log: Log, name: str) -> tuple[TableMapping, Rows] | None:
    """Return the mapping and the rows of a table; None with a finding where there is no way to read it.

    Findings: ``mapping_missing``, ``mapping_column_absent``, ``mapping_packaged``, ``mapping_not_confirmed``.

    Raises
    ------
    TanbiaoError
        What :func:`grids` raises.
    """
    sheets = grids(data, mapping, log, name)
    if mapping is None:
        mapping = known(sheets)
        if mapping is None:
            log.error("mapping_missing", name, columns=", ".join(columns_of(sheets)[:12]))
            return None
        log.info("mapping_packaged", name, mapping=mapping.text("name", mapping.source))
    if mapping.text("standing") == "public_description":
        log.info("mapping_not_confirmed", name, mapping=mapping.text("name", mapping.source))
    return _by_mapping(sheets, mapping, log, name)


def _by_mapping(sheets: Sequence[Grid], mapping: TableMapping, log: Log, name: str) -> tuple[TableMapping, Rows] | None:
    if mapping.is_loose:
        found = look_for(sheets, mapping)
        if found is not None:
            return mapping, loose(*found, mapping)
        needed = sorted(set(mapping.wanted) - mapping.optional)
        _absent(log, name, needed, columns_of(sheets))
        return None
    header, rows = exact(sheets, mapping, log, name)
    absent = sorted(mapping.columns - set(header))
    if absent:
        _absent(log, name, absent, header)
        return None
    return mapping, rows


def _absent(log: Log, name: str, absent: Sequence[str], header: Sequence[Any]) -> None:
    log.error("mapping_column_absent", name, absent=", ".join(absent), columns=", ".join(map(str, header[:20])))
