"""SimaPro CSV: counts against a count of the raw lines, separators and habits, parameters, uncertainties, damage."""

from __future__ import annotations

import math

import pytest

from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import FlowKind, Inventory, Process, ProcessKind
from tanbiao.core.findings import catalogue
from tanbiao.formats import simapro_csv

HEADER = (
    "{SimaPro 9.5}\n{processes}\n{CSV separator: Semicolon}\n{Decimal separator: ,}\n{Date separator: .}\n"
    "{Short date format: dd.MM.yyyy}\n\n"
)
STEEL = "Products\nsteel {CN}| making | U;kg;2;100;not defined;Metals\\Ferro;hot rolled\n\n"
TAIL = (
    "Quantities\nMass;Yes\n\nEnd\n\nUnits\nkg;Mass;1;kg\ng;Mass;0,001;kg\nkWh;Energy;3,6;MJ\nMJ;Energy;1;MJ\n\nEnd\n\n"
    "Airborne emissions\n"
    "Carbon dioxide, fossil;kg;000124-38-9;Formula: CO2;AF83B42F-A4E6-4457-BE74-46A87798F82A\n\nEnd\n"
)


def process(tables: str, texts: str = "Type\nUnit process\n\n", name: str = "x1") -> str:
    return f"Process\n\nCategory type\nprocessing\n\nProcess identifier\n{name}\n\n{texts}{tables}End\n\n"


def read(text: str) -> Inventory:
    return simapro_csv.read({"a.csv": text.encode("cp1252")})


def codes(inventory: Inventory) -> set[str]:
    found = {one.code for one in inventory.findings}
    assert found <= set(catalogue())
    return found


def only(inventory: Inventory) -> Process:
    assert len(inventory.processes) == 1
    return inventory.processes[0]


def raw_counts(text: str, separator: str) -> tuple[int, int]:
    """Return (processes, exchanges): lines of a dataset block with three separators or more, parameters apart."""
    blocks = [block.strip("\r\n") for block in text.replace("\r\n", "\n").split("\nEnd")]
    datasets = [block for block in blocks if "\nCategory type\n" in block]
    exchanges = 0
    for block in datasets:
        body = block.split("\nInput parameters")[0]
        before, _, after = body.partition("\nReference assembly\n")
        if after:  # what a disposal scenario refers to is not an exchange
            body = before + "\n\n" + after.partition("\n\n")[2]
        exchanges += sum(line.count(separator) >= 3 and "{" not in line[:2] for line in body.split("\n"))
    return len(datasets), exchanges


@needs_samples
@pytest.mark.parametrize(
    ("name", "separator", "expected"),
    [
        ("process.csv", ";", (1, 13, 1)),
        ("olca_process.csv", ";", (1, 13, 1)),
        ("waste.csv", ";", (1, 12, 1)),
        ("allocation.csv", ";", (2, 5, 3)),
        ("project_params.csv", ",", (2, 3, 2)),
        ("stages.csv", ";", (12, 47, 12)),
        ("minimal_header.csv", ";", (0, 0, 0)),
    ],
)
def test_counts_equal_a_count_of_the_raw_lines(name: str, separator: str, expected: tuple[int, int, int]) -> None:
    data = (LCA / "simapro" / name).read_bytes()
    inventory = simapro_csv.read({name: data})
    processes, exchanges = raw_counts(data.decode("cp1252", "replace"), separator)
    assert (len(inventory.processes), inventory.count_exchanges()) == (processes, exchanges) == expected[:2]
    assert inventory.count_references() == expected[2]
    assert codes(inventory) <= {"simapro_no_blocks"}


@needs_samples
def test_what_the_samples_say() -> None:
    folder = LCA / "simapro"
    rice = simapro_csv.read({"a.csv": (folder / "allocation.csv").read_bytes()}).processes[1]
    assert [one.amount for one in rice.references] == [6250, 3125]
    assert [one.value for one in rice.allocation] == pytest.approx([0.958, 0.042])
    food = simapro_csv.read({"a.csv": (folder / "project_params.csv").read_bytes()})
    melon = food.processes[1].exchanges[1]
    assert melon.amount == pytest.approx(4.8 * 1 / ((7 * 0.9) - 3), rel=1e-14)
    assert (melon.formula, melon.provider) == ("4.8*variable_name/((7*0.9)-3)", food.processes[0].id)
    waste = simapro_csv.read({"a.csv": (folder / "waste.csv").read_bytes()}).processes[0]
    assert waste.is_waste_treatment
    assert waste.references[0].is_input
    assert waste.references[0].amount == pytest.approx(1034 * 0.6684 * 0.59 * 0.03, rel=1e-14)
    plain = simapro_csv.read({"a.csv": (folder / "process.csv").read_bytes()})
    process = plain.processes[0]
    assert {one.name: one.value for one in process.parameters} == {
        "input_param": 23.4,
        "calc_param": pytest.approx(547.56),
    }
    assert {one.name: one.value for one in plain.parameters} == {
        "db_input_param": 1,
        "db_calc_param": 3,
        "proj_input_param": 32,
        "proj_calc_param": 4,
    }
    gas = process.exchanges[5]
    assert gas.spread is not None
    assert gas.spread.sigma == pytest.approx(math.log(2) / 2, rel=1e-14)
    assert gas.spread.pedigree == (1, 2, 3, 4, 5)
    assert plain.flows[gas.flow].cas == "26489-01-0"
    assert plain.flows[process.exchanges[6].flow].categories == ("water", "lake")
    assert (process.valid_from, process.valid_until) == ("2005", "2009")
    assert process.documentation["date"] == "2014-02-24"


def test_a_process_with_units_substances_and_a_supplier() -> None:
    power = process("Products\npower;kWh;1;100;not defined;Energy;\n\n", name="x2")
    tables = (
        STEEL + "Electricity/heat\npower;kWh;0,5;Lognormal;1,44;0;0;(2,na,1,1,1)\n\nEmissions to air\n"
        "Carbon dioxide, fossil;;kg;1,8;Undefined;0;0;0;\n\nWaste to treatment\nslag;kg;0,1;Undefined;0;0;0;\n\n"
    )
    inventory = read(HEADER + process(tables) + power + TAIL)
    steel = inventory.processes[0]
    assert (steel.location, steel.categories) == ("CN", ("processing", "Metals", "Ferro"))
    energy, gas, slag = steel.exchanges[1:]
    assert energy.provider == inventory.processes[1].id == "x2"
    assert energy.spread is not None
    assert energy.spread.sigma == pytest.approx(math.log(1.2), rel=1e-14)
    assert energy.spread.pedigree == (2, 0, 1, 1, 1)
    flow = inventory.flows[gas.flow]
    assert (flow.id, flow.cas, flow.formula) == ("af83b42f-a4e6-4457-be74-46a87798f82a", "124-38-9", "CO2")
    assert (slag.is_input, inventory.flows[slag.flow].kind) == (False, FlowKind.WASTE)
    group = inventory.unit_groups[inventory.flows[energy.flow].reference_property]
    assert (group.reference_unit, group.units["kWh"]) == ("MJ", 3.6)
    assert inventory.products_without_provider() == ()
    assert codes(inventory) == set()


def test_the_same_text_with_other_signs() -> None:
    text = HEADER + process(STEEL + "Materials/fuels\nore, fine;kg;1,5;Undefined;0;0;0;\n\n") + TAIL
    swapped = text.replace("ore, fine", "ore fine").replace("Carbon dioxide, fossil", "Carbon dioxide")
    comma = (
        swapped.replace("Decimal separator: ,", "Decimal separator: .").replace("1,5", "1.5").replace("0,001", "0.001")
    )
    comma = comma.replace("3,6", "3.6").replace(";", ",").replace("Semicolon", "Comma")
    tab = text.replace(";", "\t").replace("Semicolon", "Tab")
    windows = text.replace("\n", "\r\n")
    spreadsheet = "\n".join(line + ";;;;" for line in text.split("\n"))
    tight = text.replace("\n\n", "\n")
    first = read(text)
    assert codes(first) == set()
    for other in (tab, windows, spreadsheet, tight):
        again = read(other)
        assert codes(again) == set()
        assert [(one.flow, one.amount, one.unit) for one in only(again).exchanges] == [
            (one.flow, one.amount, one.unit) for one in only(first).exchanges
        ]
    assert [one.amount for one in only(read(comma)).exchanges] == [2.0, 1.5]


def test_the_other_decimal_sign_is_read_and_said() -> None:
    inventory = read(HEADER + process(STEEL + "Materials/fuels\nore;kg;1.5;Uniform;0;1.2;2;\n\n"))
    ore = only(inventory).exchanges[1]
    assert ore.amount == 1.5
    assert ore.spread is not None
    assert ore.spread.minimum == 1.2
    assert codes(inventory) == {"decimal_comma"}


def test_no_header_is_guessed_and_said() -> None:
    inventory = read(process(STEEL + "Materials/fuels\nore;kg;1,5;Undefined;0;0;0;\n\n"))
    assert only(inventory).exchanges[1].amount == 1.5
    assert codes(inventory) == {"simapro_header_incomplete"}


def test_parameters_nearest_first_and_circles_named() -> None:
    tables = (
        STEEL + "Materials/fuels\na;kg;Share*2;Undefined;0;0;0;\nb;kg;max(only_db;1,5);Undefined;0;0;0;\n"
        "c;kg;loop1+1;Undefined;0;0;0;\n\nInput parameters\nshare;3;Undefined;0;0;0;No;\n\n"
        "Calculated parameters\nloop1;loop2;\nloop2;loop1;\n\n"
    ).replace("max(only_db;1,5)", '"max(only_db;1,5)"')
    tail = (
        "Database Input parameters\nshare;1;Undefined;0;0;0;No;\nonly_db;7;Undefined;0;0;0;No;\n\nEnd\n\n"
        "Project Input parameters\nshare;2;Undefined;0;0;0;No;\n\nEnd\n"
    )
    inventory = read(HEADER + process(tables) + tail)
    amounts = [one.amount for one in only(inventory).exchanges]
    assert amounts[:3] == [2, 6, 7]
    assert math.isnan(amounts[3])
    circles = [one.params["circle"] for one in inventory.findings if one.code == "foreign_formula_cycle"]
    assert circles == ["loop1 → loop2 → loop1"] * 2
    assert {"foreign_formula_upstream", "amount_missing"} <= codes(inventory)


def test_uncertainty_columns() -> None:
    rows = "ore;kg;2;Normal;0,5;0;0;\nore;kg;2;Triangle;0;1;4;\nore;kg;2;Uniform;0;1;4;\nore;kg;2;Lognormal;0,2;0;0;\n"
    rows += "ore;kg;2;Weibull;0;0;0;\n"
    inventory = read(HEADER + process(STEEL + "Materials/fuels\n" + rows + "\n"))
    spreads = [one.spread for one in only(inventory).exchanges[1:]]
    assert [one.kind if one else None for one in spreads] == ["normal", "triangular", "uniform", None, None]
    assert spreads[0] is not None
    assert spreads[0].sigma == 0.25
    assert spreads[1] is not None
    assert (spreads[1].minimum, spreads[1].mode, spreads[1].maximum) == (1, 2, 4)
    assert codes(inventory) == {"spread_invalid", "spread_unknown"}


def test_quotes_separators_and_broken_lines() -> None:
    rows = (
        'ore; fine;kg;1,5;Undefined;0;0;0;\n"ore; ""rich""";kg;2;Undefined;0;0;0;"two\nlines; here"\n'
        '12" pipe;kg;3;Undefined;0;0;0;\n"open;kg;4;Undefined;0;0;0;\n'
    )
    inventory = read(HEADER + process(STEEL + "Materials/fuels\n" + rows + "\n"))
    names = [inventory.flows[one.flow].name[""] for one in only(inventory).exchanges[1:]]
    assert names == ["ore; fine", 'ore; "rich"', '12" pipe', '"open']
    assert [one.amount for one in only(inventory).exchanges[1:]] == [1.5, 2, 3, 4]
    assert only(inventory).exchanges[2].comment == "two\nlines; here"
    assert codes(inventory) == {"simapro_separator_in_name", "simapro_quote_open"}


def test_a_quote_that_swallows_a_row_is_said() -> None:
    rows = 'x;kg;1;Undefined;0;0;0;"a\ny;kg;2;Undefined;0;0;0;b"\nz;kg;3;Undefined;0;0;0;\n'
    inventory = read(HEADER + process(STEEL + "Materials/fuels\n" + rows + "\n"))
    assert [one.amount for one in only(inventory).exchanges[1:]] == [1, 3]
    assert codes(inventory) == {"simapro_quote_over_rows"}


def test_multi_output_shares_must_add_up() -> None:
    products = "Products\na;kg;1;60;not defined;X;\nb;kg;1;30;not defined;X;\n\n"
    texts = "Multiple output allocation\nPhysical causality\n\n"
    inventory = read(HEADER + process(products, texts))
    assert codes(inventory) == {"product_shares_sum"}
    assert [(one.value, one.method) for one in only(inventory).allocation] == [(0.6, "physical"), (0.3, "physical")]
    assert len(only(inventory).references) == 2


def test_waste_scenario_avoided_products_and_stages() -> None:
    scenario = (
        "Waste scenario\nlandfill;kg;1;All waste types;Others;\n\nSeparated waste\nburning;PE;85;\n\n"
        "Remaining waste\ndumping;;100;rest\n\n"
    )
    treatment = "Waste treatment\nburning;kg;1;PE;Others;\n\nAvoided products\nheat;MJ;3;Undefined;0;0;0;\n\n"
    stage = (
        "Product stage\n\nCategory type\nlife cycle\n\nProducts\nlife;p;1;Others;;\n\n"
        "Assembly\nbike;p;1;Undefined;0;0;0;;\n\n"
        "Waste/Disposal scenario\nlandfill;;;Undefined;0;0;0;;\n\nEnd\n\n"
    )
    inventory = read(HEADER + process(scenario) + process(treatment, name="x2") + stage)
    first, second, life = inventory.processes
    assert [(one.amount, one.unit, one.is_input, one.comment) for one in first.exchanges[1:]] == [
        (85, "%", False, "waste type: PE"),
        (100, "%", False, "rest"),
    ]
    assert first.exchanges[1].provider == second.id
    avoided = second.exchanges[1]
    assert (avoided.is_avoided, avoided.is_input, avoided.amount) == (True, True, 3)
    assert [(one.amount, one.unit) for one in life.exchanges[1:]] == [(1, "p"), (100, "%")]
    assert life.exchanges[2].provider == first.id
    assert codes(inventory) == set()


def test_encodings() -> None:
    text = HEADER + process(STEEL.replace("steel", "Stähle µg"))
    for encoding in ("cp1252", "utf-8", "utf-8-sig", "utf-16"):
        inventory = simapro_csv.read({"a.csv": text.encode(encoding)})
        assert only(inventory).name[""].startswith("Stähle µg")
        assert codes(inventory) == set()
    chinese = simapro_csv.read({"a.csv": text.replace("Stähle µg", "冷轧钢板").encode("gb18030")})
    assert only(chinese).name[""].startswith("冷轧钢板")
    assert codes(chinese) == {"encoding_guessed"}


def test_damage_is_said() -> None:
    text = (
        HEADER
        + "nonsense;1;2\n"
        + process(
            "Materials/fuels\nore;kg;;Undefined;0;0;0;\nx\n;kg;abc*;Undefined;0;0;0;\n\nStrange section\na;b;c\n\n"
        )
        + process(STEEL, name="x1")
        + process(STEEL.replace(";2;", ";0;"), name="x1").replace("End\n", "")
        + "Units\nkg;Mass;eins;kg\nkg\nlb;Mass;0,45;kg\ng;Mass;0,001;g\n\nEnd\n\nImpact category\na;b\n\nEnd\n"
    )
    expected = {
        "simapro_row_stray",
        "reference_missing",
        "amount_missing",
        "simapro_row_short",
        "foreign_formula_syntax",
        "flow_unnamed",
        "flow_unit_missing",
        "simapro_section_unknown",
        "process_twice",
        "simapro_end_missing",
        "reference_amount_zero",
        "number_unreadable",
        "simapro_unit_bases",
        "simapro_unit_unknown",
        "impact_method_left_out",
        "process_unnamed",
    }
    assert expected <= codes(read(text))


def test_types_and_locations() -> None:
    system = read(HEADER + process("Products\ngas, at plant/RER S;kg;1;100;x;y;\n\n", texts=""))
    assert only(system).kind is ProcessKind.SYSTEM
    assert only(system).location == "RER"
    stated = read(HEADER + process("Products\ngas;kg;1;100;x;y;\n\n", "Type\nSystem\n\nGeography\nEurope, Western\n\n"))
    assert only(stated).kind is ProcessKind.SYSTEM
    assert only(stated).location == "Europe, Western"
