"""The project's own tables as a workbook: datasets written out, or the empty template to fill in.

Bilingual headings, drop-down lists, a sheet of instructions; the same datasets give the same bytes. A cell holds 32,767
characters and no control character: what does not fit is a finding (long documentation goes on in a further row).
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.findings import Severity, TanbiaoError, finding
from tanbiao.formats.dataset_tables import CHOICES, MARK, TABLES, Column, Holds, Table, heading, shown
from tanbiao.formats.excel_layout import LISTS_SHEET
from tanbiao.formats.excel_write import STAMP
from tanbiao.formats.table_workbook import MAX_ROWS
from tanbiao.formats.writers import Written
from tanbiao.formats.writers.tables import Cell, Row, rows_of

__all__ = ["GUIDE", "template", "write"]

_LONGEST: Final = 32_000
"""Characters of a cell; Excel's limit is 32,767 (ECMA-376 does not set one)."""
_FREE_ROWS: Final = 500
"""Rows with drop-down lists below what is written: project default."""
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
_LINKS: Final = {"process": "processes", "provider": "processes", "flow": "flows", "product": "flows"}
"""Columns that name a row of another table → that table."""

GUIDE: Final = (
    ("碳标数据集模板", "Tanbiao template of datasets"),
    (
        "只需填写“过程”和“交换”两张表；其余各表需要时再填。",
        "Processes and Exchanges are enough; fill in the other sheets where you need them.",
    ),
    (
        "每个过程恰好有一项（联产时多项）交换的“参考产品”为“是”。",
        "Each process marks its reference product (or products) with yes.",
    ),
    (
        "“过程”“流”“供应过程”可以填编号，也可以填名称。",
        "A process, flow or provider may be named by its id or by its name.",
    ),
    ("数量空着表示未知，不是零；确实为零请填 0。", "An empty amount is unknown, not zero; write 0 where it is zero."),
    (
        "基本流（排放、资源）请在“流”表中列出，填写 CAS 号和环境介质，例如 emission | air。",
        "List elementary flows in Flows, with CAS number and compartment, such as emission | air.",
    ),
    (
        "对数正态分布可填 ln X 的标准差，或在 GSD² 列填几何标准差的平方。",
        "Of a lognormal distribution give the standard deviation of ln X, or the square of the GSD.",
    ),
    ("同一格内有多项时用 | 分开。", "Several items in one cell are parted by |."),
    ("列的次序可以改变，多余的列不读取。", "Columns may stand in any order; further ones are not read."),
)


def write(inventory: Inventory) -> Written:
    """Return a workbook with the inventory; findings for texts that no cell can hold.

    Raises
    ------
    TanbiaoError
        ``excel_too_many_rows``: more rows in a table than the reader takes.
    """
    rows = rows_of(inventory)
    for table in TABLES:
        if len(rows[table.key]) > MAX_ROWS:
            raise TanbiaoError.of("excel_too_many_rows", table.sheet, limit=MAX_ROWS)
    rows["documentation"] = list(_divided(rows["documentation"]))
    book = _Book()
    data = book.bytes(rows)
    lost = tuple(
        finding("workbook_cannot_hold", Severity.INFO, sheet, what=what, count=count)
        for (sheet, what), count in sorted(book.lost.items())
    )
    return Written(data, lost)


def template() -> bytes:
    """Return the empty template."""
    return _Book().bytes({table.key: [] for table in TABLES})


def _divided(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows of documentation with long texts on several rows, which the reader puts together again."""
    for row in rows:
        text = str(row.get("text", ""))
        for start in range(0, max(len(text), 1), _LONGEST):
            yield {**row, "text": text[start : start + _LONGEST]}


class _Exact(float):
    """A number that is written with all its digits: the library asks for sixteen, a float64 may need seventeen."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


class _Book:
    def __init__(self) -> None:
        import xlsxwriter

        self.lost: Counter[tuple[str, str]] = Counter()
        self._bytes = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(self._bytes, options)
        self._book.set_properties({"title": MARK, "created": STAMP})
        border = {"border": 1, "border_color": "#b7c9c0"}
        self._head = self._book.add_format({"bold": True, "bg_color": "#e3f1ea", "text_wrap": True, **border})
        self._title = self._book.add_format({"bold": True, "font_size": 14, "font_color": "#0b5d3b"})
        self._wrap = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._text = self._book.add_format({"num_format": "@", "valign": "top"})
        self._number = self._book.add_format({"valign": "top"})

    def bytes(self, rows: Mapping[str, Sequence[Row]]) -> bytes:
        """Return the workbook."""
        guide = self._book.add_worksheet("说明 Guide")
        sheets = {table.key: self._book.add_worksheet(table.sheet) for table in TABLES}
        self._guide(guide)
        self._lists()
        for table in TABLES:
            self._table(sheets[table.key], table, rows[table.key])
        self._book.close()
        return self._bytes.getvalue()

    def _guide(self, sheet: Any) -> None:
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 44)
        sheet.set_column(2, 2, 100)
        for number, (zh, en) in enumerate(GUIDE):
            sheet.write_string(number * 2, 0, zh, self._title if number == 0 else None)
            sheet.write_string(number * 2 + 1, 0, en, self._title if number == 0 else None)
        at = 2 * len(GUIDE) + 1
        sheet.write_row(at, 0, ("工作表 Sheet", "列 Column", "填写内容 What to fill in"), self._head)
        for table in TABLES:
            at += 1
            sheet.write_row(at, 0, (table.sheet, "", f"{table.row_zh} {table.row_en}"), self._wrap)
            for column in table.columns:
                at += 1
                sheet.write_row(at, 1, (heading(column), _said(column)), self._wrap)

    def _lists(self) -> None:
        lists = self._book.add_worksheet(LISTS_SHEET)
        lists.hide()
        self._sources: dict[str, str] = {}
        for number, (name, codes) in enumerate(CHOICES.items()):
            lists.write_column(0, number, [shown(name, code) for code in codes])
            letter = chr(ord("A") + number)
            self._sources[name] = f"={LISTS_SHEET}!${letter}$1:${letter}${len(codes)}"

    def _table(self, sheet: Any, table: Table, rows: Sequence[Row]) -> None:
        sheet.freeze_panes(1, 1)
        last = len(rows) + _FREE_ROWS
        for number, column in enumerate(table.columns):
            kind = self._number if column.holds is Holds.NUMBER else self._text
            sheet.set_column(number, number, column.width, kind)
            sheet.write_string(0, number, heading(column), self._head)
            if column.choices:
                rule = {"validate": "list", "source": self._sources[column.choices]}
                message = {"error_title": "碳标 Tanbiao", "error_message": "请从下拉表选择。Choose from the list."}
                sheet.data_validation(1, number, last, number, rule | message)
            elif column.key in _LINKS:
                other = next(one for one in TABLES if one.key == _LINKS[column.key])
                source = f"='{other.sheet}'!$A$2:$A${_FREE_ROWS}"
                # A name will do as well as an id, so whatever stands there is let through.
                rule = {"validate": "list", "source": source, "show_error": False}  # type: ignore[dict-item]
                sheet.data_validation(1, number, last, number, rule)
        for at, row in enumerate(rows, 1):
            for number, column in enumerate(table.columns):
                if column.key in row:
                    self._cell(sheet, at, number, column, row[column.key])

    def _cell(self, sheet: Any, at: int, number: int, column: Column, value: Cell) -> None:
        if isinstance(value, bool):
            sheet.write_string(at, number, shown("flag", "yes" if value else "no"), self._text)
        elif isinstance(value, float | int):
            sheet.write_number(at, number, _Exact(value), self._number)
        elif column.choices:
            sheet.write_string(at, number, shown(column.choices, value), self._text)
        else:
            sheet.write_string(at, number, self._written(sheet.get_name(), value), self._text)

    def _written(self, sheet: str, text: str) -> str:
        """Return what a cell can hold of a text; the rest is counted."""
        plain = text.replace("\r\n", "\n")
        if _UNWRITABLE.search(plain):
            plain = _UNWRITABLE.sub("\ufffd", plain.replace("\r", "\n"))
        if plain != text:
            self.lost[sheet, "control characters and carriage returns"] += 1
        if len(plain) > _LONGEST:
            self.lost[sheet, "texts longer than a cell"] += 1
        return plain[:_LONGEST]


def _said(column: Column) -> str:
    if column.choices:
        return "下拉选择 one of: " + "、".join(shown(column.choices, code) for code in CHOICES[column.choices])
    if column.key in _LINKS:
        return "编号或名称 id or name"
    return {
        Holds.NUMBER: "数 number",
        Holds.LIST: "多项，用 | 分开 items parted by |",
        Holds.TEXT: "文字 text",
    }.get(column.holds, "")
