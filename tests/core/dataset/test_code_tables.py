"""Tables of code names: a hand-made sample (its codes and names are invented) is checked as a whole."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from tanbiao.core.dataset.code_tables import CodeRow, RawRow, checked, compare, key_of
from tanbiao.core.findings import TanbiaoError, blocking
from tanbiao.formats.code_table import read

SAMPLE = """代码,中文名称,英文名称,备注
90,样例：甲,sample one,x
9001,样例：乙,sample two,
900101,样例：丙,sample three,
"""


def codes(found: object) -> list[str]:
    """The codes of the findings of a table."""
    return [item.code for item in found.findings]  # type: ignore[attr-defined]


def row(code: str, zh: str = "样例", parent: str = "", where: str = "") -> RawRow:
    return RawRow(where or code, code, zh, "", parent)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_table_is_read_in_the_encodings_that_spreadsheets_save(encoding: str) -> None:
    found = read(SAMPLE.encode(encoding), "sample.csv", "统计用产品分类")
    assert [(one.code, one.zh, one.en, one.parent) for one in found.rows] == [
        ("90", "样例：甲", "sample one", ""),
        ("9001", "样例：乙", "sample two", "90"),
        ("900101", "样例：丙", "sample three", "9001"),
    ]
    guessed = ["encoding_guessed"] if encoding == "gb18030" else []
    assert codes(found) == [*guessed, "code_table_columns_unread"]
    assert not blocking(found.findings)


def test_a_workbook_is_read_the_same_and_one_column_of_names_is_told_apart_by_its_text() -> None:
    book = openpyxl.Workbook()
    for line in (
        ("hand-made sample",),
        ("编码", "名称", "上级编码"),
        ("0101.1", "样例 甲", ""),
        ("01012", "Sample B", "01011"),
    ):
        book.active.append(line)
    buffer = io.BytesIO()
    book.save(buffer)
    found = read(buffer.getvalue(), "sample.xlsx", "CPC")
    assert found.rows == (CodeRow("01011", "样例 甲", "", ""), CodeRow("01012", "", "Sample B", "01011"))
    assert codes(found) == ["code_table_wider_absent"]
    assert found.findings[0].params["value"] == "0101"


def test_a_leading_zero_that_a_spreadsheet_dropped_is_named_at_its_cell() -> None:
    book = openpyxl.Workbook()
    for line in (("code", "name"), (101, "Sample")):
        book.active.append(line)
    buffer = io.BytesIO()
    book.save(buffer)
    found = read(buffer.getvalue(), "sample.xlsx", "HS")
    assert codes(found) == ["code_table_code_form"]
    assert found.findings[0].where.endswith("!A2:B2")
    assert found.findings[0].params["value"] == "101"


def test_damaged_text_makes_a_table_unusable() -> None:
    found = read(b"code,name\n90,\xe6\xa0\xb7\xe4\xbe\n", "sample.csv", "NBS")
    assert blocking(found.findings)
    kept = read("code,name\n90,样\ufffd例\n".encode(), "sample.csv", "NBS")
    assert codes(kept) == ["code_table_text_damaged"]
    nul = read(b"code,name\n90,a\x00b\n", "sample.csv", "NBS")
    assert blocking(nul.findings)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row("90"), row("90", where="2")], "code_table_code_twice"),
        ([row("9.0"), row("90", where="2")], "code_table_code_twice"),
        ([row("901")], "code_table_code_form"),
        ([row("")], "code_table_code_missing"),
        ([row("90", "")], "code_table_name_missing"),
        ([row("90", "长" * 401)], "code_table_name_long"),
        ([row("9001", parent="91")], "code_table_parent_absent"),
        ([row("90", parent="9001"), row("9001", parent="90")], "code_table_parent_loop"),
        ([row("90", parent="90")], "code_table_parent_loop"),
    ],
)
def test_what_is_wrong_is_found_once(rows: list[RawRow], code: str) -> None:
    _, told = checked("NBS", rows)
    assert [item.code for item in told if item.severity.blocks] == [code]


def test_another_classification_keeps_its_codes_as_stated() -> None:
    made, told = checked("SAMPLE 1", [row("A-1"), row("A-1.2", parent="A-1")])
    assert ([one.parent for one in made], told) == (["", "A-1"], ())
    _, told = checked("SAMPLE 1", [row("x" * 61)])
    assert [item.code for item in told] == ["code_table_code_long"]


def test_codes_are_compared_however_they_are_spelled() -> None:
    assert key_of("HS 2022", "7601.10") == key_of("hs", "760110") == ("HS", "760110")
    assert key_of("统计用产品分类目录", " 3216 ") == ("NBS", "3216")


def test_versions_of_a_table_are_told_apart() -> None:
    old = {"1": ("甲", ""), "2": ("乙", ""), "3": ("丙", "")}
    new = [CodeRow("1", "甲", "", ""), CodeRow("2", "改", "", ""), CodeRow("4", "丁", "", "")]
    made = compare(old, new)
    assert (made.added, made.removed, made.renamed, made.same) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name\nx\n", "code_table_no_column"),
        ("code,remark\n90,x\n", "code_table_no_column"),
        ("code,name\n", "code_table_empty"),
        ("code,name\n,\n", "code_table_empty"),
        ("\x00\x01\x02", "code_table_no_column"),
    ],
)
def test_a_file_without_a_table_says_what_is_missing(text: str, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        read(text.encode(), "sample.csv", "NBS")
    assert caught.value.code == code


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TanbiaoError) as caught:
        read(b"PK\x03\x04 but no workbook", "sample.xlsx", "NBS")
    assert caught.value.code in ("excel_damaged", "not_excel")
