"""A table of a classification's codes with their names, as CSV or Excel: columns found by their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tanbiao.core.dataset.code_tables import CodeRow, RawRow, checked
from tanbiao.core.findings import Finding, Severity, TanbiaoError
from tanbiao.formats.reading import Log
from tanbiao.formats.table_headers import Header, find_header
from tanbiao.formats.table_rows import Grid, grids

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "code": ("代码", "编码", "编号", "产品代码", "分类代码", "商品编码", "product code"),
    "name_zh": ("中文名称", "中文", "chinese name", "chinese", "name zh"),
    "name_en": ("英文名称", "英文", "english name", "english", "name en"),
    "name": ("名称", "产品名称", "分类名称", "商品名称", "title", "description", "product name"),
    "parent": ("上级代码", "上级编码", "父级代码", "上级", "parent code", "wider code"),
}
"""Column → its spellings; ``name`` is Chinese where its text has Chinese characters, else English."""
OPTIONAL: Final = frozenset(COLUMNS) - {"code"}
NAMES: Final = ("name_zh", "name_en", "name")
MAX_CODES: Final = 100_000
"""Project default, not official."""
_CHINESE: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class ReadTable:
    """What a file holds: rows that may be used where no finding blocks."""

    rows: tuple[CodeRow, ...]
    findings: tuple[Finding, ...]


def read(data: bytes, name: str, scheme: str) -> ReadTable:
    """Read the table of a classification from a file.

    Text whose encoding can only be guessed with loss makes the table unusable (``encoding_damaged`` as an error): a
    name that was read wrongly looks like a name.

    Raises
    ------
    TanbiaoError
        ``code_table_no_column``, ``code_table_empty``, ``code_table_too_long``; of a workbook as
        :func:`tanbiao.formats.table_workbook.sheets`.
    """
    log = Log()
    sheets = grids(data, None, log, name)
    grid, header = _headed(sheets, name)
    raw = list(_rows(grid, header))
    if not raw:
        raise TanbiaoError.of("code_table_empty", name)
    if len(raw) > MAX_CODES:
        raise TanbiaoError.of("code_table_too_long", name, limit=MAX_CODES)
    rows, told = checked(scheme, raw)
    counted = Log()
    for item in told:
        counted.add(item.code, item.severity, item.where, **item.params)
    unread = _unread(grid, header)
    if unread:
        counted.info("code_table_columns_unread", name, columns=", ".join(unread))
    return ReadTable(rows, (*map(_strict, log.close()), *counted.close()))


def _strict(item: Finding) -> Finding:
    return replace(item, severity=Severity.ERROR) if item.code == "encoding_damaged" else item


def _headed(sheets: list[Grid], name: str) -> tuple[Grid, Header]:
    missing = ("code", *COLUMNS["code"][:2])
    for grid in sheets:
        header = find_header(grid.head(), COLUMNS, OPTIONAL, by_years=False)
        if header is not None and any(one in header.columns for one in NAMES):
            return grid, header
        if header is not None:
            missing = (*NAMES, COLUMNS["name"][0])
    raise TanbiaoError.of("code_table_no_column", name, column=" / ".join(missing))


def _rows(grid: Grid, header: Header) -> Iterator[RawRow]:
    for number, (place, cells) in enumerate(grid.rows()):
        if number < header.rows:
            continue
        said = {column: cells[at].strip() for column, at in header.columns.items() if at < len(cells)}
        if any(said.values()):
            yield _row(place, said)


def _row(place: str, said: Mapping[str, str]) -> RawRow:
    zh, en, either = (said.get(column, "") for column in NAMES)
    if either and _CHINESE.search(either):
        zh = zh or either
    else:
        en = en or either
    return RawRow(place, said.get("code", ""), zh, en, said.get("parent", ""))


def _unread(grid: Grid, header: Header) -> list[str]:
    """Return the headings of columns that nothing was read from."""
    lowest = grid.head()[header.rows - 1]
    taken = set(header.columns.values())
    return [cell for at, cell in enumerate(lowest) if cell and at not in taken][:10]
