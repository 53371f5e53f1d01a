"""The project's own tables hold everything, and who fills them in by hand may say little."""

import csv
import io
from dataclasses import replace

import openpyxl
import pytest
from hypothesis import given, settings

from inventories import ALL, compared, inventories
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind, Spread
from tanbiao.formats import dataset_csv, registry
from tanbiao.formats.archive import Members
from tanbiao.formats.dataset_tables import TABLES, joined, parted
from tanbiao.formats.detect import detect
from tanbiao.formats.writers import workbook
from tanbiao.formats.writers.tables_csv import write


@settings(deadline=None, max_examples=12)
@given(inventories(ALL))
def test_everything_is_read_back_from_a_workbook(inventory: Inventory) -> None:
    written = workbook.write(inventory)
    assert written.findings == ()
    members = Members.of_bytes(written.data, "x.xlsx")
    assert detect(members).format == "tanbiao-workbook"
    assert compared(registry.read(members)) == compared(inventory)


@settings(deadline=None, max_examples=40)
@given(inventories(ALL))
def test_everything_is_read_back_from_csv(inventory: Inventory) -> None:
    written = write(inventory)
    assert written.findings == ()
    members = Members.of_bytes(written.data, "x.zip")
    assert detect(members).format == "tanbiao-tables"
    assert compared(registry.read(members)) == compared(inventory)


@settings(deadline=None, max_examples=3)
@given(inventories(ALL))
def test_the_same_inventory_gives_the_same_csv(inventory: Inventory) -> None:
    assert write(inventory).data == write(inventory).data
    assert workbook.write(inventory).data == workbook.write(inventory).data


@pytest.mark.parametrize("texts", [("a",), ("a | b", "c"), ("\\", "|", "\\|"), ("a\\", "b"), ()])
def test_lists_stand_in_one_cell(texts: tuple[str, ...]) -> None:
    assert parted(joined(texts)) == texts


def test_no_two_columns_of_a_table_share_a_heading() -> None:
    for table in TABLES:
        for pick in ("key", "zh", "en"):
            headings = [getattr(one, pick).casefold() for one in table.columns]
            assert len(set(headings)) == len(headings)


def test_no_text_is_a_formula_for_a_spreadsheet_program() -> None:
    flow = Flow("f", {"en": "=1+1"}, FlowKind.PRODUCT)
    process = Process("p", {"en": "@x"}, ProcessKind.UNIT, (Exchange("f", False, -1.0, "kg", is_reference=True),))
    members = Members.of_bytes(write(Inventory("ilcd", (process,), {"f": flow})).data, "x.zip")
    cells = [
        cell
        for name in members
        for row in csv.reader(io.StringIO(members[name].decode("utf-8-sig"), newline=""))
        for cell in row
    ]
    assert {cell for cell in cells if cell[:1] in ("=", "@", "+", "-")} == {"-1.0"}
    assert registry.read(members).flows["f"].name == {"en": "=1+1"}


def test_long_documentation_goes_on_in_further_rows_and_other_texts_are_cut_aloud() -> None:
    made = Exchange("f", False, 1.0, "kg", is_reference=True)
    long = "长" * 70_001
    flow = Flow("f", {"en": "steel"}, FlowKind.PRODUCT)
    process = Process("p", {"en": "mill"}, ProcessKind.UNIT, (made,), technology=long, documentation={"a": long})
    process = replace(process, licence="one\r\ntwo\x0b")
    written = workbook.write(Inventory("ilcd", (process,), {"f": flow}))
    assert {item.params["what"]: item.where for item in written.findings} == {
        "control characters and carriage returns": "过程 Processes",
        "texts longer than a cell": "过程 Processes",
    }
    (read,) = registry.read(Members.of_bytes(written.data, "x.xlsx")).processes
    assert read.documentation == {"a": long}
    assert (len(read.technology), read.licence) == (32_000, "one\ntwo\ufffd")


def test_the_template_is_recognised_and_holds_nothing_yet() -> None:
    members = Members.of_bytes(workbook.template(), "x.xlsx")
    assert detect(members).format == "tanbiao-workbook"
    assert [item.code for item in registry.read(members).findings] == ["no_processes"]
    book = openpyxl.load_workbook(io.BytesIO(workbook.template()))
    assert book.sheetnames[0] == "说明 Guide"
    sheet = book["交换 Exchanges"]
    assert [sheet["A1"].value, sheet["B1"].value] == ["过程 process", "方向 direction"]
    assert any("B2" in str(one.sqref) for one in sheet.data_validations.dataValidation)


def test_a_template_filled_in_by_hand_by_names() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.template()))
    book["过程 Processes"].append([None, "炼钢", "steel making"])
    book["流 Flows"].append([None, "二氧化碳", "Carbon dioxide, fossil", None, "基本流", "kg", "124-38-9"])
    sheet = book["交换 Exchanges"]
    sheet.append(["炼钢", "输出", "钢", 1, "kg", "是"])
    sheet.append(["Steel making", "输出 output", "二氧化碳", "1,8", None])
    out = io.BytesIO()
    book.save(out)
    read = registry.read(Members.of_bytes(out.getvalue(), "mine.xlsx"))
    (process,) = read.processes
    steel, gas = process.exchanges
    assert (steel.amount, steel.is_reference, read.flows[steel.flow].name) == (1.0, True, {"": "钢"})
    assert (gas.amount, gas.unit, read.flows[gas.flow].kind) == (1.8, "kg", FlowKind.ELEMENTARY)
    assert {item.code: item.where for item in read.findings} == {
        "decimal_comma": "mine.xlsx!交换 Exchanges!A3",
        "flow_not_included": "mine.xlsx!交换 Exchanges!A2",
    }


ABOUT = b"key;value\nschema;tanbiao-dataset-tables/1\n"
BY_HAND = {
    "about.csv": ABOUT,
    "过程.csv": "中文名称;地点;过程编号\n钢;CN;steel\n".encode("gb18030"),
    "Exchanges.csv": (
        "Amount;unit;flow;direction;process;参考产品;GSD² 或 2·SD（未填标准差时）;分布;note\n"
        "1;kg;热轧钢;输出;钢;是;;;\n1,5;kg;铁矿石;Input;steel;;1,44;对数正态;\n;kg;煤;in;steel;;;;\n"
    ).encode(),
}


def test_a_file_filled_in_by_hand_in_two_languages_with_decimal_commas() -> None:
    members = Members.of(BY_HAND)
    assert detect(members).format == "tanbiao-tables"
    read = dataset_csv.read(members)
    (process,) = read.processes
    made, ore, coal = process.exchanges
    assert (process.id, process.name, process.location) == ("steel", {"zh": "钢"}, "CN")
    assert (made.is_reference, made.is_input, made.amount) == (True, False, 1.0)
    assert (ore.is_input, ore.amount) == (True, 1.5)
    assert ore.spread == Spread("lognormal", sigma=pytest.approx(0.1823215567939546))  # ln(1.44) / 2 = ln 1.2
    assert coal.amount != coal.amount  # unknown, not zero
    codes = {item.code for item in read.findings}
    assert codes >= {"decimal_comma", "amount_missing", "flow_not_included", "dataset_table_columns_unknown"}
    assert "dataset_table_choice_unknown" in codes  # "in" is no direction


def test_rows_of_no_process_and_foreign_files_are_told() -> None:
    files = BY_HAND | {"allocation.csv": b"process,product,factor\nnobody,x,1\n", "readme.csv": b"a,b\n"}
    codes = [item.code for item in dataset_csv.read(Members.of(files)).findings]
    assert "dataset_table_process_unknown" in codes
    assert "dataset_table_unknown" in codes


@needs_samples
def test_samples_of_other_programs_keep_every_row() -> None:
    for path in ("olca/uslci-transport_v1.1_schema2.zip", "epd/InDataWG_ILCD-EPD_sample_data.zip", "simapro", "tidas"):
        with Members.open(LCA / path) as members:
            first = registry.read(members)
        assert compared(registry.read(Members.of_bytes(write(first).data, "x.zip"))) == compared(first)
        again = registry.read(Members.of_bytes(workbook.write(first).data, "x.xlsx"))
        assert again.count_exchanges() == first.count_exchanges()
        assert [one.exchanges for one in compared(again)["processes"]] == [
            one.exchanges for one in compared(first)["processes"]
        ]
