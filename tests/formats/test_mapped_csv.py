"""Tables through a mapping of their columns: factors, exchanges, other signs, wrong mappings, the EPA table."""

from __future__ import annotations

import csv
import io
import math

import openpyxl
import pytest

from sample_files import SHARED
from tanbiao.core.dataset.inventory import FlowKind, Inventory, ProcessKind
from tanbiao.core.findings import TanbiaoError, catalogue
from tanbiao.formats import mapped_csv
from tanbiao.formats.archive import Members
from tanbiao.formats.detect import detect
from tanbiao.formats.table_mapping import packaged, parse_mapping

FACTORS = """
tanbiao: csv-mapping/1
rows: process
only: {use: "yes"}
units: {公斤: kg}
process:
  id: "f-{code}"
  name: {zh: "{名称}", en: "{name}"}
  location: "{place}"
  valid_from: "{year}"
  licence: own
  source: "{source}"
  documentation: {basis: "{basis}"}
reference: {flow: {zh: "{名称}"}, amount: "1", unit: "{unit}"}
results:
  - {indicator: GWP100, amount: "{total}", unit: "kg CO2e/{unit}"}
flows:
  - {flow: "Carbon dioxide, fossil", cas: "124-38-9", categories: [air], amount: "{co2}", unit: kg}
"""
TABLE = (
    "code,名称,name,place,year,unit,total,co2,basis,source,use\n"
    "1,钢,steel,CN,2023,公斤,2.1,2.0,AR6,yearbook,yes\n"
    "2,铝,aluminium,CN,2023,kg,,,AR6,yearbook,yes\n"
    "3,铜,copper,CN,2023,kg,4,3,AR6,yearbook,no\n"
)
EXCHANGES = """
tanbiao: csv-mapping/1
rows: exchange
separator: ";"
decimal: ","
process: {name: "{process}", location: "{place}"}
exchange:
  flow: "{flow}"
  direction: "{io}"
  inputs: [E]
  amount: "{amount}"
  unit: "{unit}"
  kind: "{type}"
  kinds: {P: product, W: waste, N: elementary}
  categories: "{compartment}"
  reference: "{ref}"
  distribution: "{dist}"
  deviation: "{gsd2}"
  comment: "{note}"
"""
ROWS = (
    "process;place;flow;io;amount;unit;type;compartment;ref;dist;gsd2;note\n"
    "steel making;CN;steel;A;1;kg;P;;x;;;\n"
    "power;CN;power;A;1;kWh;P;;x;;;\n"
    "steel making;CN;power;E;0,5;kWh;P;;;lognormal;1,44;(2,3,1,1,1)\n"
    "steel making;CN;CO2;A;1.8;kg;N;air;;;;\n"
)


def read(table: str, mapping: str = "") -> Inventory:
    files = {"table.csv": table.encode()}
    return mapped_csv.read(files | {"mapping.yaml": mapping.encode()} if mapping else files)


def codes(inventory: Inventory) -> set[str]:
    found = {one.code for one in inventory.findings}
    assert found <= set(catalogue())
    return found


def test_each_row_a_factor() -> None:
    inventory = read(TABLE, FACTORS)
    steel, aluminium = inventory.processes
    assert (steel.id, steel.name, steel.location, steel.valid_from) == (
        "f-1",
        {"zh": "钢", "en": "steel"},
        "CN",
        "2023",
    )
    assert steel.kind is ProcessKind.SYSTEM
    assert [(one.indicator, one.value, one.unit) for one in steel.results] == [("GWP100", 2.1, "kg CO2e/公斤")]
    assert [(one.amount, one.unit, one.is_reference) for one in steel.exchanges] == [(1, "kg", True), (2, "kg", False)]
    gas = inventory.flows[steel.exchanges[1].flow]
    assert (gas.kind, gas.cas, gas.categories) == (FlowKind.ELEMENTARY, "124-38-9", ("air",))
    assert aluminium.results == ()
    assert len(aluminium.exchanges) == 1
    assert steel.documentation == {"basis": "AR6"}
    assert inventory.citations[steel.citations[0]].name == "yearbook"
    assert codes(inventory) == {"result_empty"}


def test_each_row_an_exchange() -> None:
    inventory = read(ROWS, EXCHANGES)
    steel, power = inventory.processes
    assert [one.amount for one in steel.exchanges] == [1, 0.5, 1.8]
    assert [one.is_input for one in steel.exchanges] == [False, True, False]
    assert steel.exchanges[1].flow == power.references[0].flow
    spread = steel.exchanges[1].spread
    assert spread is not None
    assert spread.sigma == pytest.approx(math.log(1.2), rel=1e-14)
    assert spread.pedigree == (2, 3, 1, 1, 1)
    assert inventory.products_without_provider() == ()
    assert codes(inventory) == {"decimal_comma"}  # 1.8 in a table whose decimal sign is the comma


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings(encoding: str) -> None:
    files = {"a.csv": TABLE.encode(encoding), "m.yml": FACTORS.encode()}
    inventory = mapped_csv.read(files)
    assert inventory.processes[0].name["zh"] == "钢"
    assert codes(inventory) == {"result_empty"} | ({"encoding_guessed"} if encoding == "gb18030" else set())


def test_tabs_quotes_and_lines_before_the_header() -> None:
    table = "title\nnote\n" + TABLE.replace(",", "\t").replace("\tsteel\t", '\t"steel ""S235""\nplate"\t')
    inventory = read(table, FACTORS + "skip_lines: 2\nseparator: tab\n")
    assert inventory.processes[0].name["en"] == 'steel "S235"\nplate'
    assert inventory.processes[1].where == "table.csv:6"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("tanbiao: csv-mapping/1", "tanbiao: csv-mapping/9"), "tanbiao"),
        (("rows: process", "rows: columns"), "rows"),
        (("units: {公斤: kg}", "unit: x"), "unit"),
        (("  location:", "  lokation:"), "process.lokation"),
        (('only: {use: "yes"}', "only: yes"), "only"),
        (("reference: {", "no: {"), "reference"),
        (("results:\n  - {", "results:\n  - [x]\n  - {"), "results[0]"),
        (("categories: [air]", "categories: [[air]]"), "flows[0].categories"),
        (("rows: process", "rows: process\nskip_lines: many"), "skip_lines"),
    ],
)
def test_a_wrong_mapping_says_where(change: tuple[str, str], key: str) -> None:
    text = FACTORS.replace(*change)
    assert text != FACTORS
    with pytest.raises(TanbiaoError) as caught:
        parse_mapping(text.encode(), "m.yaml")
    assert caught.value.code == "mapping_invalid"
    assert key in {one.params["key"] for one in caught.value.findings}
    assert "mapping_invalid" in codes(read(TABLE, text))


def test_what_does_not_fit_is_said() -> None:
    assert codes(read("a,b\n1,2\n")) == {"mapping_missing"}
    assert codes(read(TABLE.replace("total", "sum"), FACTORS)) == {"mapping_column_absent"}
    assert "yaml_syntax" in codes(read(TABLE, "tanbiao: [csv-mapping/1"))
    damaged = TABLE.replace("2.1,2.0", "viel,2.0").replace("AR6,yearbook,yes", "AR6,yearbook,yes,more,cells")
    assert {"number_unreadable", "table_row_long"} <= codes(read(damaged, FACTORS))
    assert "process_twice" in codes(read(TABLE.replace("\n2,", "\n1,"), FACTORS))
    assert "reference_missing" in codes(read(ROWS.replace(";x;", ";;"), EXCHANGES))
    assert "table_flow_kind_unknown" in codes(read(ROWS.replace(";N;", ";Q;"), EXCHANGES))
    assert "amount_missing" in codes(read(ROWS.replace("0,5", ""), EXCHANGES))
    assert "table_column_twice" in codes(read(TABLE.replace("use\n", "use,use\n"), FACTORS))
    assert "table_malformed" in codes(read(TABLE + '"' + "x" * 200_000, FACTORS))


def workbook(rows: list[list[object]], sheet: str = "data") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "notes"
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_reads_as_its_table() -> None:
    rows: list[list[object]] = [list(row) for row in csv.reader(io.StringIO(ROWS), delimiter=";")]
    for row in rows[1:]:
        row[4] = float(str(row[4]).replace(",", "."))
    files = {"m.yaml": EXCHANGES.encode()}
    inventory = mapped_csv.read(files | {"t.xlsx": workbook(rows)})
    expected = read(ROWS, EXCHANGES)
    assert [[(one.flow, one.amount) for one in process.exchanges] for process in inventory.processes] == [
        [(one.flow, one.amount) for one in process.exchanges] for process in expected.processes
    ]
    assert inventory.processes[0].exchanges[1].where == "t.xlsx!data!A4:L4"
    assert codes(inventory) == set()
    assert codes(mapped_csv.read({"m.yaml": (EXCHANGES + "sheet: x\n").encode(), "t.xlsx": workbook(rows)})) == {
        "table_sheet_absent"
    }
    assert codes(mapped_csv.read(files | {"t.xlsx": workbook(rows)[:900]})) == {"excel_damaged"}
    assert codes(mapped_csv.read(files | {"t.xlsx": workbook(rows).replace(b"sheet2.xml", b"sheet9.xml", 1)})) != set()


def test_our_own_table_of_datasets_needs_no_mapping() -> None:
    own = next(one for one in packaged() if one.source == "tanbiao_datasets.yaml")
    columns = sorted(own.columns)
    making = {"process id": "P1", "process zh": "炼钢", "process en": "steel making", "process place": "CN-HE"}
    lines = [
        making | {"flow en": "steel", "direction": "output", "amount": 1, "unit": "kg", "reference": "yes"},
        making | {"flow en": "ore", "direction": "input", "amount": 1.6, "unit": "kg", "flow kind": "product"},
        making
        | {"flow en": "Carbon dioxide, fossil", "direction": "output", "amount": 2, "unit": "kg", "cas": "124-38-9"}
        | {"flow kind": "elementary", "compartment": "air", "distribution": "lognormal", "gsd2 or 2sd": 1.44},
    ]
    inventory = mapped_csv.read(
        {"t.xlsx": workbook([list(columns), *([line.get(one) for one in columns] for line in lines)])}
    )
    book = Members.of({"t.xlsx": workbook([list(columns), [""] * len(columns), [1] * len(columns)])})
    assert detect(book).format == "mapped-csv"
    process = inventory.processes[0]
    assert (process.id, process.name, process.location) == ("p1", {"zh": "炼钢", "en": "steel making"}, "CN-HE")
    assert [(one.amount, one.is_input, one.is_reference) for one in process.exchanges] == [
        (1, False, True),
        (1.6, True, False),
        (2, False, False),
    ]
    spread = process.exchanges[2].spread
    assert spread is not None
    assert spread.sigma == pytest.approx(math.log(1.2), rel=1e-14)
    assert codes(inventory) == {"mapping_packaged"}


EPA_COLUMNS = (
    "2017 NAICS Code,2017 NAICS Title,GHG,Unit,Supply Chain Emission Factors without Margins,"
    "Margins of Supply Chain Emission Factors,Supply Chain Emission Factors with Margins,Reference USEEIO Code\n"
)


def test_the_epa_table_is_known_without_a_mapping() -> None:
    row = '111110,Soybean Farming,All GHGs,"kg CO2e/2022 USD, purchaser price",0.488,0.044,0.532,1111A0\n'
    inventory = read(EPA_COLUMNS + row)
    process = inventory.processes[0]
    assert (process.name, process.location) == ({"en": "Soybean Farming"}, "US")
    assert [(one.indicator, one.value) for one in process.results] == [("All GHGs", 0.532)]
    assert process.documentation["without margins"] == "0.488"
    assert process.references[0].unit == "USD"
    assert codes(inventory) == {"mapping_packaged"}


def test_the_epa_table_alone_is_told_by_its_columns() -> None:
    assert detect(Members.of({"a.csv": (EPA_COLUMNS + "1,2,3,4,5,6,7,8\n").encode()})).format == "mapped-csv"
    with pytest.raises(TanbiaoError) as caught:
        detect(Members.of({"a.csv": b"a,b\n1,2\n"}))
    assert caught.value.code == "format_unrecognised"


def test_the_mappings_that_come_with_the_product_are_well_formed() -> None:
    strict = [one.source for one in packaged() if not one.is_loose]
    assert strict == ["epa_supply_chain.yaml", "tanbiao_datasets.yaml"]


SHARED_TABLE = SHARED / "data" / "factors" / "factors_epa_supply_chain_v13.csv"


@pytest.mark.skipif(not SHARED_TABLE.is_file(), reason="the table of factors is not here")
def test_a_table_of_two_thousand_factors() -> None:
    mapping = """
tanbiao: csv-mapping/1
rows: process
process: {id: "{id}", name: {en: "{name_en}"}, location: "{geography}", valid_from: "{year}", licence: "{licence}"}
reference: {flow: "{name_en}", flow_id: "{id}", amount: "1", unit: USD}
results: [{indicator: "GWP100", amount: "{kgco2e_per_unit}", unit: kg CO2e}]
"""
    data = SHARED_TABLE.read_bytes()
    inventory = mapped_csv.read({"epa.csv": data, "m.yaml": mapping.encode()})
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(inventory.processes) == len(rows) == 2032
    assert math.fsum(one.results[0].value for one in inventory.processes) == pytest.approx(
        math.fsum(float(row["kgco2e_per_unit"]) for row in rows), rel=1e-14
    )
    assert codes(inventory) == set()
