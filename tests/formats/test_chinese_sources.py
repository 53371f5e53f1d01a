"""Factor tables through the profiles that come with the product. All samples are made by hand, numbers invented."""

from __future__ import annotations

import io
from collections.abc import Sequence

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.dataset.inventory import Inventory, Process, ProcessKind
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.findings import catalogue
from tanbiao.core.lca.linking import link
from tanbiao.formats import mapped_csv
from tanbiao.formats.archive import Members
from tanbiao.formats.detect import detect
from tanbiao.formats.factor_units import amount_and_unit, factor_unit
from tanbiao.formats.table_mapping import packaged

CPCD_SET = (
    "1级分类\n（Level 1）",
    "2级分类\n（Level 2）",
    "3级分类\n（Level 3）",
    "上游排放\n（Upstream emissions）",
    "上游排放单位\n（Unit）",
    "下游排放\n（Downstream emissions）",
    "下游排放单位\n（Unit）",
    "排放环节\n（Emission processes）",
    "排放温室气体占比\n（GHG percentage）",
    "数据时间\n（Year）",
    "不确定性\n（Uncertainty）",
    "其他\n（Others）",
    "参考文献/数据来源\n（Data source）",
)
SET_ROWS = (
    (
        "工业产品",
        "金属",
        "虚构钢",
        2.5,
        "吨二氧化碳当量/吨 （t CO2-eq/ t）",
        0,
        0,
        "冶炼",
        "CO2 97%",
        2019,
        "±10%",
        "",
        "示例",
    ),
    ("能源产品", "燃料", "虚构柴油", "", "", 3.1, "tCO2e/t", "燃烧", "", 2018, "", "", "示例"),
)


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]]) -> bytes:
    book = openpyxl.Workbook()
    for number, (name, rows) in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        assert sheet is not None
        sheet.title = name
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(name: str, data: bytes | str) -> Inventory:
    return mapped_csv.read({name: data if isinstance(data, bytes) else data.encode()})


def codes(inventory: Inventory) -> set[str]:
    found = {one.code for one in inventory.findings}
    assert found <= set(catalogue())
    return found


def figure(process: Process) -> tuple[float, str]:
    (result,) = process.results
    (reference,) = process.references
    assert reference.amount == 1.0
    return result.value, result.unit


def test_the_coefficient_set_gives_upstream_factors_and_keeps_downstream_ones_out_of_footprints() -> None:
    inventory = read("cpcd.xlsx", workbook(("数据", [CPCD_SET, *SET_ROWS])))
    steel, diesel = inventory.processes
    # 2.5 t CO2e per t is 2500 kg per t
    assert (steel.name["zh"], steel.kind, figure(steel)) == (
        "虚构钢",
        ProcessKind.FOOTPRINT_FACTOR,
        (2500.0, "kg CO2e/t"),
    )
    assert steel.documentation["uncertainty"] == "±10%"
    assert steel.documentation["gwp set"] == "unknown"
    assert (diesel.kind, figure(diesel)) == (ProcessKind.DIRECT_EMISSION, (3100.0, "kg CO2e/t"))
    assert codes(inventory) == {"mapping_packaged", "mapping_not_confirmed", "factor_not_cradle_to_gate"}
    assert redistribution(steel.licence) == "forbidden"


def test_columns_may_stand_in_any_order_and_width_under_a_title_and_with_merged_headings() -> None:
    rows = (
        ("中国产品全生命周期温室气体排放系数集（示例，数字虚构）", "", "", "", "", ""),
        ("产品", "", "上游排放", "", "下游排放", ""),
        ("３级分类", "１级分类", "数值", "单位", "数值", "单位"),
        ("虚构铝", "工业产品", "12.5", "ｔＣＯ２ｅ／ｔ", "", ""),
    )
    inventory = read("a.xlsx", workbook(("说明", [("说明",), ("无",)]), ("表", rows)))
    (aluminium,) = inventory.processes
    assert (aluminium.name["zh"], figure(aluminium)) == ("虚构铝", (12500.0, "kg CO2e/t"))
    assert aluminium.categories == ("工业产品",)


def test_the_catalogue_reads_the_unit_in_the_cell_and_finds_the_grid_factors_of_co2_alone() -> None:
    text = (
        "产品名称,产品ID,核算边界,碳足迹,企业名称,数据年份,数据类型,是否低碳\n"
        "虚构水泥,X1,摇篮到大门,700.5kgCO2e / 公吨,-,2022,核心数据库,否\n"
        "2021 年虚构区域电力平均二氧化碳排放因子,X2,摇篮到大门,0.5kgCO2e / 千瓦时,-,2021,核心数据库,否\n"
        "虚构客运,X3,大门到坟墓,0.04kgCO2e / 人·千米,-,2021,核心数据库,否\n"
        '虚构轿车,X4,摇篮到大门,"1,655.5tCO2e / 万元",-,2021,核心数据库,否\n'
        "虚构蛋糕,X5,摇篮到大门,360gCO2e / 颗,-,2021,核心数据库,否\n"
    )
    inventory = read("cpcd.csv", text)
    cement, grid, travel, car = inventory.processes
    assert (cement.kind, figure(cement)) == (ProcessKind.FOOTPRINT_FACTOR, (700.5, "kg CO2e/t"))
    assert (grid.kind, figure(grid)) == (ProcessKind.DIRECT_EMISSION, (0.5, "kg CO2e/kWh"))
    assert (travel.kind, figure(travel)) == (ProcessKind.DIRECT_EMISSION, (0.04, "kg CO2e/person*km"))
    # 1,655.5 t per 10,000 yuan = 165.55 kg per yuan
    assert figure(car) == (165.55, "kg CO2e/CNY")
    assert {"factor_co2_only", "factor_not_cradle_to_gate", "thousands_comma", "factor_unit_unreadable"} <= codes(
        inventory
    )


def test_the_national_database_gives_direct_factors_whatever_their_unit() -> None:
    text = (
        "行业企业类别;因子名称;因子值;单位;适用地区;数据来源\n"
        "燃料燃烧;虚构烟煤;0.09;tCO2/GJ;全国;示例\n"
        "燃料燃烧;虚构烟煤甲烷;1;kgCH4/TJ;全国;示例\n"
        "废弃物处理;虚构填埋;0.3;tCO2e/t;广东;示例\n"
    )
    inventory = read("ncsc.csv", text)
    coal, landfill = inventory.processes
    assert (coal.kind, figure(coal)) == (ProcessKind.DIRECT_EMISSION, (90.0, "kg CO2/GJ"))
    assert (landfill.kind, figure(landfill)) == (ProcessKind.DIRECT_EMISSION, (300.0, "kg CO2e/t"))
    assert "factor_unit_unreadable" in codes(inventory)


def test_electricity_by_place_and_year_becomes_one_direct_factor_each() -> None:
    rows = (
        ("虚构电力平均二氧化碳排放因子（单位：kgCO2/kWh）", "", ""),
        ("省份", "2022年", "2023年"),
        ("广东", 0.4, 0.39),
        ("山东", "", 0.6),
    )
    inventory = read("e.xlsx", workbook(("电力", rows)))
    assert [(one.location, one.valid_from, figure(one)) for one in inventory.processes] == [
        ("广东", "2022", (0.4, "kg CO2/kWh")),
        ("广东", "2023", (0.39, "kg CO2/kWh")),
        ("山东", "2023", (0.6, "kg CO2/kWh")),
    ]
    assert {one.kind for one in inventory.processes} == {ProcessKind.DIRECT_EMISSION}


def test_lcia_workbooks_are_found_by_four_rows_of_heading() -> None:
    rows = (
        ("", "", "", "", "", "IPCC 2021", "IPCC 2021", "EF v3.1"),
        ("", "", "", "", "", "climate change", "climate change: fossil", "acidification"),
        ("", "", "", "", "", "global warming potential (GWP100)", "global warming potential (GWP100)", "AE"),
        (
            "Activity UUID_Product UUID",
            "Activity Name",
            "Geography",
            "Reference Product Name",
            "Reference Product Unit",
            "kg CO2-Eq",
            "kg CO2-Eq",
            "mol H+-Eq",
        ),
        ("u1", "invented production", "CN", "invented metal", "kg", 7.5, 7, 1),
        ("u2", "invented transport", "GLO", "invented freight", "metric ton*km", 0.25, 0.2, 1),
    )
    inventory = read("lcia.xlsx", workbook(("About", [("x",), ("y",)]), ("LCIA", rows)))
    assert [(one.id, one.kind.value, figure(one)) for one in inventory.processes] == [
        ("u1", "footprint_factor", (7.5, "kg CO2e/kg")),
        ("u2", "footprint_factor", (0.25, "kg CO2e/metric ton*km")),
    ]
    assert "mapping_not_confirmed" in codes(inventory)


def test_a_commercial_table_is_a_footprint_only_where_it_states_the_boundary() -> None:
    text = (
        "数据集名称\t碳足迹（kgCO2e/kg）\t系统边界\t地域\n"
        "虚构塑料\t2.2\t摇篮到大门\tCN\n"
        "虚构铜\t3.3\t\tCN\n"
        "虚构车\t9.9\t摇篮到坟墓\tCN\n"
    )
    inventory = read("bought.tsv", text)
    assert [(one.kind.value, figure(one)) for one in inventory.processes] == [
        ("footprint_factor", (2.2, "kg CO2e/kg")),
        ("direct_emission_factor", (3.3, "kg CO2e/kg")),
        ("direct_emission_factor", (9.9, "kg CO2e/kg")),
    ]
    assert {"factor_boundary_unknown", "factor_not_cradle_to_gate"} <= codes(inventory)


def test_a_direct_factor_supplies_nobody_and_a_factor_is_not_zero_for_want_of_a_recipe() -> None:
    inventory = read("cpcd.xlsx", workbook(("数据", [CPCD_SET, *SET_ROWS])))
    linked = link(inventory)
    steel, diesel = (linked.activities[linked.index[one.id]] for one in inventory.processes)
    assert steel.background is not None
    # the flow is measured in t: 2500 kg per t
    assert steel.background.co2e == {"undivided": 2500.0}
    assert diesel.refused is not None
    assert diesel.refused.code == "direct_factor_in_footprint"


@pytest.mark.parametrize(
    "unit, gas, reference, factor",
    [
        ("tCO2e/t", "CO2e", "t", "1000"),
        ("kgCO₂e/kWh", "CO2e", "kWh", "1"),
        ("kg CO2/kWh", "CO2", "kWh", "1"),
        ("吨二氧化碳/万千瓦时", "CO2", "kWh", "0.1"),
        ("吨CO2当量/万元", "CO2e", "CNY", "0.1"),
        ("gCO2eq / 兆焦", "CO2e", "MJ", "0.001"),
        ("千克二氧化碳当量/（吨·公里）", None, "", ""),
        ("kgCO2e/公吨·公里", "CO2e", "t*km", "1"),
        ("kgCH4/TJ", None, "", ""),
        ("tC/TJ", None, "", ""),
        ("%", None, "", ""),
        ("", None, "", ""),
    ],
)
def test_units_of_factors(unit: str, gas: str | None, reference: str, factor: str) -> None:
    found = factor_unit(unit)
    assert (found and (found.gas, found.reference, str(found.factor))) == (gas and (gas, reference, factor))


def test_every_profile_says_that_it_is_not_confirmed_and_lets_nothing_be_passed_on() -> None:
    profiles = [one for one in packaged() if one.factor]
    assert len(profiles) == 6
    for one in profiles:
        assert one.text("standing") == "public_description"
        assert one.text("redistribution") == "no"


def test_a_table_of_factors_is_told_by_its_content() -> None:
    text = "产品ID,产品名称,核算边界,碳足迹\nX,虚构,摇篮到大门,1kgCO2e / 千克\n"
    assert detect(Members.of_bytes(text.encode(), "x.csv")).format == "mapped-csv"


@given(st.permutations(range(len(CPCD_SET))), st.sampled_from(["", " ", "　", "\n"]))
def test_the_order_of_columns_and_blanks_in_the_heading_change_nothing(order: list[int], blank: str) -> None:
    def table(header: Sequence[str], columns: Sequence[int]) -> str:
        rows = [header, *SET_ROWS]
        return "\n".join("\t".join(str(row[at]).replace("\n", "") for at in columns) for row in rows)

    plain = read("a.csv", table(CPCD_SET, range(len(CPCD_SET))))
    other = read("a.csv", table([blank.join(cell).replace("\n", " ") for cell in CPCD_SET], order))
    assert [(one.id, figure(one), one.kind) for one in plain.processes] == [
        (one.id, figure(one), one.kind) for one in other.processes
    ]
    assert len(plain.processes) == 2


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_unit(text: str) -> None:
    amount_and_unit(text)
    factor_unit(text)
