"""The verification workbook: a sealed calculation package as an Excel file with live formulas and tick-mark columns.

Four sheets, and one more where checks were waived. ``Seal`` says which package it is. ``Contributions`` has one line
per factor and kind of a row: amount × factor, calculated by a formula, beside the sealed figure. ``Totals`` sums them
per stage, per kind and in all, and rounds as declared. ``Tests`` has one line per row with the verifier's columns;
only these may be written. Whoever reads a workbook back compares every other cell with what the package gives and
names those that were changed.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, finding
from tanbiao.core.rules.declared import round_half_even
from tanbiao.core.study.tables import STAGE_NAMES
from tanbiao.core.verification.rows import result_rows
from tanbiao.formats.excel_read import letters
from tanbiao.formats.excel_study import guard

FORMAT: Final = "tanbiao-verification-workbook/1"
SEAL, LINES, TOTALS, TESTS = "Seal", "Contributions", "Totals", "Tests"
SHEETS: Final = (SEAL, LINES, TOTALS, TESTS)
WAIVERS: Final = "Waivers"
"""A sheet more where the case has answers to waivers: told, not sealed, because they may come after the download."""
KINDS: Final = ("fossil", "biogenic_emission", "biogenic_uptake", "land_use_change", "undivided")
MARKS: Final = {"✓": "consistent", "✗": "misstated", "?": "inconclusive"}
MARK_COLUMNS: Final = {"E": "trace", "H": "recalculate", "K": "confirm", "L": "analyse"}
INPUTS: Final = ("E", "F", "G", "H", "K", "L", "M", "N", "O")
"""Columns of ``Tests`` that the verifier writes: marks, document, own figure, words, a finding's weight and text."""
SHOWN_CHANGES: Final = 20
DEFAULT_DIGITS: Final = 3
"""Significant digits where no rule says how to round; project default, not official."""
HEADS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "zh": {
        LINES: ("行", "名称", "阶段", "类别", "数据集", "活动量", "单位", "因子", "因子单位", "贡献 kg CO2e",
                "封存值", "差", "来源"),
        TOTALS: ("项目", "由公式合计 kg CO2e", "封存值", "差"),
        TESTS: (
            "行", "名称", "申报值 kg CO2e", "证据", "追溯 ✓✗?", "追溯到的文件", "自算值 kg CO2e", "复算 ✓✗?", "差",
            "差 %", "函证 ✓✗?", "分析 ✓✗?", "方法与说明", "发现等级", "发现内容",
        ),
        WAIVERS: ("规则检查", "过程", "条款", "企业申请理由", "答复", "理由", "角色", "姓名", "日期", "撤回原因"),
    },
    "en": {
        LINES: ("Row", "Name", "Stage", "Kind", "Dataset", "Amount", "Unit", "Factor", "Unit of the factor",
                "Contribution, kg CO2e", "Sealed", "Difference", "Source"),
        TOTALS: ("Item", "Summed by formula, kg CO2e", "Sealed", "Difference"),
        TESTS: (
            "Row", "Name", "Declared, kg CO2e", "Evidence", "Traced ✓✗?", "Document", "Own figure, kg CO2e",
            "Recalculated ✓✗?", "Difference", "Difference, %", "Confirmed ✓✗?", "Analysed ✓✗?", "Means and notes",
            "Weight of a finding", "Finding",
        ),
        WAIVERS: ("Check", "Process", "Clause", "What the company asked", "Answer", "Reason", "Role", "Person", "Day",
                  "Why it was taken back"),
    },
}  # fmt: skip
WORDS: Final = {
    "zh": ("总计", "按申报位数", "申报值（按规则修约）"),
    "en": ("Total", "To the declared digits", "Declared (rounded as the rule says)"),
}
Value = str | float
Cells = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Identity:
    """What the workbook is of: case number, round, hash of the package, language; written on its first sheet."""

    case: str
    round: int
    package: str
    lang: Lang


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick mark that was read: the row, the kind of test, its result, own figure and words, and its cell."""

    row: str
    kind: str
    result: str
    figure: float | None
    text: str
    cell: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding that was written into the workbook."""

    row: str
    severity: str
    text: str
    cell: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What a workbook brought back."""

    marks: tuple[Mark, ...]
    remarks: tuple[Remark, ...]


@dataclass(slots=True)
class Sealed:
    """The cells nobody may change, by sheet, and the evidence links beside them."""

    cells: dict[str, Cells] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    rows: int = 0


def sealed(package: Mapping[str, Any], identity: Identity, evidence: Mapping[str, tuple[str, str]]) -> Sealed:
    """Return the cells that follow from the package alone.

    Parameters
    ----------
    evidence
        Row → (name of its evidence, address).
    """
    made = Sealed({SEAL: _seal(package, identity)})
    made.cells[LINES] = _lines(package, identity.lang)
    made.cells[TOTALS] = _totals(package, identity.lang)
    made.cells[TESTS], made.links = _tests(package, identity.lang, evidence)
    made.rows = sum(1 for key in made.cells[TESTS] if key.startswith("A")) - 1
    return made


def _seal(package: Mapping[str, Any], identity: Identity) -> Cells:
    study = package["study"]
    pairs: list[tuple[str, Value]] = [
        ("format", FORMAT),
        ("case", identity.case),
        ("round", float(identity.round)),
        ("package", identity.package),
        ("root", str(package["root"])),
        ("language", identity.lang),
        ("product", str((study["product"]["name"] or {}).get("zh") or study["product"]["name"].get("en", ""))),
        ("declared unit", str(package["result"]["total"]["unit"])),
    ]
    return {
        f"{column}{at}": value for at, pair in enumerate(pairs, 1) for column, value in zip("AB", pair, strict=True)
    }


def _number(value: Any) -> float:
    return float(value)


def _lines(package: Mapping[str, Any], lang: Lang) -> Cells:
    cells = _heads(LINES, lang)
    for at, item in enumerate(package["result"]["contributions"], 2):
        cells |= {
            f"A{at}": item["row"],
            f"B{at}": (item.get("name") or {}).get(lang, ""),
            f"C{at}": item["stage"],
            f"D{at}": item["kind"],
            f"E{at}": item.get("dataset") or item.get("gas") or "",
            f"F{at}": _number(item["amount"]),
            f"G{at}": item.get("unit") or "",
            f"H{at}": _number(item["factor"]),
            f"I{at}": item.get("factor_unit") or "",
            f"J{at}": f"=F{at}*H{at}",
            f"K{at}": _number(item["value"]),
            f"L{at}": f"=J{at}-K{at}",
            f"M{at}": item.get("source") or "",
        }
    return {key: value for key, value in cells.items() if value != ""}


def _totals(package: Mapping[str, Any], lang: Lang) -> Cells:
    result, cells = package["result"], _heads(TOTALS, lang)
    last = len(result["contributions"]) + 1
    at, row_of = 2, {}
    for column, part, names in (
        ("C", "stages", {key: name[lang] for key, name in STAGE_NAMES.items()}),
        ("D", "kinds", {key: key for key in KINDS}),
    ):
        for key, name in names.items():
            value = result[part].get(key)
            ours = f"{LINES}!${column}$2:${column}${last}"
            row_of[key] = at
            cells[f"A{at}"] = name
            cells[f"B{at}"] = f'=SUMIF({ours},"{key}",{LINES}!$J$2:$J${last})'
            # A stage that is not declared has no figure: the cell stays empty, because unknown is not zero.
            if isinstance(value, str | int | float):
                cells |= {f"C{at}": _number(value), f"D{at}": f"=B{at}-C{at}"}
            at += 1
    total, digits, declared = WORDS[lang]
    text, rounding, of = declared_text(package)
    uptake = f"-B{row_of['biogenic_uptake']}" if of == "excluding_uptake" else ""
    cells |= {
        f"A{at}": total,
        f"B{at}": f"=SUM({LINES}!$J$2:$J${last})",
        f"C{at}": _number(result["total"]["value"]),
        f"D{at}": f"=B{at}-C{at}",
        f"A{at + 1}": digits,
        f"B{at + 1}": f"=ROUND(B{at}{uptake},{places(text, rounding)})",
        f"A{at + 2}": declared,
        f"C{at + 2}": _number(text),
        f"D{at + 2}": f"=B{at + 1}-C{at + 2}",
    }
    return cells


def declared_text(package: Mapping[str, Any]) -> tuple[str, int, str]:
    """Return the declared value as it is printed, its significant digits, and of what: ``total``, ``excluding_uptake``.

    Without a rule the total is rounded to the platform's digits, and nothing is declared by it.
    """
    declared = package["result"].get("declared")
    if declared is None or declared["text"] is None:
        value = str(package["result"]["total"]["value"])
        return round_half_even(value, DEFAULT_DIGITS), DEFAULT_DIGITS, "total"
    return str(declared["text"]), int(declared["digits"]), str(declared["of"])


def places(text: str, digits: int) -> int:
    """Return the decimal places of a figure rounded to significant digits; negative where they end before the point.

    >>> places("0.620", 3), places("10.0", 3), places("1230", 3), places("0", 3)
    (3, 1, -1, 0)
    """
    exact = Decimal(text)
    return digits - 1 - exact.adjusted() if exact else 0


def _tests(
    package: Mapping[str, Any], lang: Lang, evidence: Mapping[str, tuple[str, str]]
) -> tuple[Cells, dict[str, str]]:
    cells, links = _heads(TESTS, lang), {}
    last = len(package["result"]["contributions"]) + 1
    for at, row in enumerate(result_rows(package), 2):
        name, address = evidence.get(row.row, ("", ""))
        cells |= {
            f"A{at}": row.row,
            f"C{at}": f"=SUMIF({LINES}!$A$2:$A${last},A{at},{LINES}!$J$2:$J${last})",
            f"I{at}": f'=IF(G{at}="","",G{at}-C{at})',
            f"J{at}": f'=IF(G{at}="","",IF(C{at}=0,"",100*ABS(G{at}-C{at})/ABS(C{at})))',
        }
        cells |= {f"B{at}": row.name[lang]} if row.name.get(lang) else {}
        if name:
            cells[f"D{at}"] = name
            links[f"D{at}"] = address
    return cells, links


def _heads(sheet: str, lang: Lang) -> Cells:
    return {f"{letters(at)}1": text for at, text in enumerate(HEADS[lang][sheet])}


# -- writing ------------------------------------------------------------------------------------------------------


def write(
    package: Mapping[str, Any],
    identity: Identity,
    *,
    evidence: Mapping[str, tuple[str, str]],
    planned: Sequence[str] = (),
    waivers: Sequence[Sequence[str]] = (),
    created: datetime,
) -> bytes:
    """Return the workbook's bytes; the same input gives the same bytes.

    Sheets are protected without a password: the protection keeps slips away, the comparison on reading does the rest.
    Rows of the evidence plan are coloured.

    Parameters
    ----------
    waivers
        One line per answer to a waiver, in the columns of the sheet ``Waivers``; without any there is no such sheet.
    """
    import xlsxwriter

    made, buffer = sealed(package, identity, evidence), io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": f"{identity.case} · {identity.round}", "created": created.replace(tzinfo=None)})
    base = {"font_name": "Noto Sans SC", "font_size": 10, "valign": "top"}
    plain, head = book.add_format(base), book.add_format({**base, "bold": True, "bg_color": "#F5F6F5", "bottom": 2})
    marked = book.add_format({**base, "bg_color": "#E7F2EC"})
    open_ = book.add_format({**base, "bg_color": "#FFFBEA", "border": 1, "border_color": "#D8D2B8", "locked": False})
    for name in SHEETS:
        sheet = book.add_worksheet(name)
        for key, value in made.cells[name].items():
            is_head = name != SEAL and key[1:] == "1"
            in_plan = name == TESTS and made.cells[name].get(f"A{key.lstrip('ABCDEFGHIJKLMNO')}") in planned
            style = head if is_head else marked if in_plan else plain
            _write(sheet, key, value, style, made.links.get(key, "") if name == TESTS else "")
        sheet.freeze_panes(0 if name == SEAL else 1, 1)
        sheet.set_column(0, 1, 24)
        sheet.set_column(2, 14, 17)
        sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": False})
        if name == TESTS:
            _open_columns(sheet, made.rows, open_)
    if waivers:
        _waivers(book.add_worksheet(WAIVERS), (HEADS[identity.lang][WAIVERS], *waivers), head, plain)
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, key: str, value: Value, style: Any, link: str) -> None:
    if isinstance(value, float):
        sheet.write_number(key, value, style)
    elif value.startswith("="):
        sheet.write_formula(key, value, style)
    elif link:
        sheet.write_url(key, link, style, string=value)
    else:
        sheet.write_string(key, value, style)


def _waivers(sheet: Any, lines: Sequence[Sequence[str]], head: Any, plain: Any) -> None:
    for at, line in enumerate(lines):
        for column, text in enumerate(line):
            sheet.write_string(at, column, text, plain if at else head)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(lines[0]) - 1, 24)
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": False})


def _open_columns(sheet: Any, rows: int, style: Any) -> None:
    from tanbiao.core.verification import SEVERITIES

    for column in INPUTS:
        for at in range(2, rows + 2):
            sheet.write_blank(f"{column}{at}", None, style)
        cells = f"{column}2:{column}{rows + 1}"
        if column in MARK_COLUMNS and rows:
            sheet.data_validation(cells, {"validate": "list", "source": list(MARKS)})
        elif column == "N" and rows:
            sheet.data_validation(cells, {"validate": "list", "source": list(SEVERITIES)})


# -- reading ------------------------------------------------------------------------------------------------------


def read(
    data: bytes,
    package: Mapping[str, Any],
    identity: Callable[[Lang], Identity],
    evidence: Mapping[str, tuple[str, str]],
) -> Returned:
    """Return the marks of a workbook whose sealed cells are as the package gives them.

    Raises
    ------
    TanbiaoError
        ``not_excel``, ``excel_damaged``, ``excel_bomb``, ``excel_macros``; ``workbook_not_ours``;
        ``workbook_other_package``: of another case, round or package; ``workbook_cells_changed`` for each changed cell;
        ``workbook_mark_unknown``, ``workbook_figure_malformed`` with the cell.
    """
    guard(data)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), keep_links=False)
        found = {name: _cells(book[name]) for name in SHEETS if name in book.sheetnames}
    except Exception as error:
        # openpyxl raises whatever its parsers do; to the reader it is one thing: the file is damaged
        raise TanbiaoError.of("excel_damaged", reason=f"{type(error).__name__}: {error}"[:200]) from error
    if len(found) != len(SHEETS) or found[SEAL].get("B1") != FORMAT:
        raise TanbiaoError.of("workbook_not_ours")
    lang: Lang = "en" if found[SEAL].get("B6") == "en" else "zh"
    expected = sealed(package, identity(lang), evidence)
    if any(found[SEAL].get(key) != expected.cells[SEAL][key] for key in ("B2", "B3", "B4", "B5")):
        raise TanbiaoError.of("workbook_other_package", SEAL, package=str(found[SEAL].get("B4", "—")))
    changed = _changed(found, expected)
    if changed:
        raise TanbiaoError(*changed)
    return _returned(found[TESTS], expected.rows)


def _cells(sheet: Any) -> dict[str, Any]:
    """Return the cells that hold something; whole numbers as floats, as they were written."""
    cells = {}
    for row in sheet.iter_rows():
        for cell in row:
            value = cell.value
            if value is None or value == "":
                continue
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            cells[cell.coordinate] = float(value) if is_number else value
    return cells


def _changed(found: Mapping[str, Mapping[str, Any]], expected: Sealed) -> list[Finding]:
    """Return one finding per cell that is not as the package gives it; the evidence column may gain entries."""
    changed = []
    for name in SHEETS:
        ours, theirs = expected.cells[name], found[name]
        for key in sorted({*ours, *theirs}, key=_place):
            column, row = key.rstrip("0123456789"), key.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            is_input = name == TESTS and column in INPUTS and 2 <= int(row) <= expected.rows + 1
            if is_input or (name == TESTS and column == "D" and row != "1"):
                continue
            if not _same(ours.get(key), theirs.get(key)):
                was, now = str(ours.get(key, "—"))[:80], str(theirs.get(key, "—"))[:80]
                changed.append(finding("workbook_cells_changed", Severity.BLOCKING, f"{name}!{key}", old=was, now=now))
    return changed[:SHOWN_CHANGES]


def _place(key: str) -> tuple[int, int, str]:
    column, row = key.rstrip("0123456789"), key.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(row), len(column), column


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, str) and isinstance(theirs, str):
        if ours.startswith("="):
            return ours.replace(" ", "") == theirs.replace(" ", "")
        return ours.strip() == theirs.strip()
    return bool(ours == theirs)


def _returned(cells: Mapping[str, Any], rows: int) -> Returned:
    marks, remarks, wrong = [], [], []
    for at in range(2, rows + 2):
        row = str(cells[f"A{at}"])
        figure = cells.get(f"G{at}")
        if figure is not None and not (isinstance(figure, float) and math.isfinite(figure)):
            wrong.append(finding("workbook_figure_malformed", Severity.BLOCKING, f"{TESTS}!G{at}", value=str(figure)))
            continue
        for column, kind in MARK_COLUMNS.items():
            mark = str(cells.get(f"{column}{at}", "")).strip()
            if not mark:
                continue
            if mark not in MARKS:
                wrong.append(finding("workbook_mark_unknown", Severity.BLOCKING, f"{TESTS}!{column}{at}", mark=mark))
                continue
            words = str(cells.get(f"{'F' if kind == 'trace' else 'M'}{at}", "")).strip()
            needs = kind == "recalculate" or MARKS[mark] == "misstated"
            marks.append(Mark(row, kind, MARKS[mark], figure if needs else None, words, f"{TESTS}!{column}{at}"))
        text = str(cells.get(f"O{at}", "")).strip()
        if text:
            severity = str(cells.get(f"N{at}", "")).strip() or "minor"
            remarks.append(Remark(row, severity, text, f"{TESTS}!O{at}"))
    if wrong:
        raise TanbiaoError(*wrong)
    return Returned(tuple(marks), tuple(remarks))
