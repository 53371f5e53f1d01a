"""ILCD+EPD: results by module; what is not declared is not zero."""

import json
import re
import zipfile
from collections import Counter

import pytest

from ilcd_files import CO2, STEEL, archive, exchange, flow, process
from mutations import mutated
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import Inventory, ProcessKind
from tanbiao.core.findings import catalogue
from tanbiao.formats import epd, ilcd
from tanbiao.formats.archive import Members

Amounts = list[tuple[str, str, str]]
"""Module, scenario, text."""


def codes(inventory: Inventory) -> Counter[str]:
    assert {one.code for one in inventory.findings} <= set(catalogue())
    return Counter(one.code for one in inventory.findings)


def extension(amounts: Amounts, unit: str = "kg CO2 eq.") -> str:
    rows = "".join(
        f'<epd:amount epd:module="{module}" epd:scenario="{scenario}">{text}</epd:amount>'
        for module, scenario, text in amounts
    )
    group = f"<epd:referenceToUnitGroupDataSet><common:shortDescription>{unit}</common:shortDescription>"
    return f"<common:other>{rows}{group}</epd:referenceToUnitGroupDataSet></common:other>"


def impact(amounts: Amounts, key: str = "gwp-total", name: str = "GWP-total", unit: str = "kg CO2 eq.") -> str:
    return (
        f'<LCIAResult><referenceToLCIAMethodDataSet type="LCIA method data set" refObjectId="{key}">'
        f'<common:shortDescription xml:lang="en">{name}</common:shortDescription></referenceToLCIAMethodDataSet>'
        f"{extension(amounts, unit)}</LCIAResult>"
    )


def declaration(*impacts: str, rows: str = "", information: str = "") -> dict[str, bytes]:
    reference = exchange("0", STEEL, "1.0").replace("<exchangeDirection>Output</exchangeDirection>", "")
    more = f"<LCIAResults>{''.join(impacts)}</LCIAResults>"
    return archive(process(reference + rows, kind="EPD", more=more, information=information))


def test_modules_without_a_number_are_not_declared() -> None:
    amounts = [
        ("A1-A3", "", "1.5"),
        ("A4", "", ""),
        ("B1", "", "MND"),
        ("C4", "", "0"),
        ("D", "", "-0,25"),
        ("C3", "", "–"),
    ]
    found = epd.read(declaration(impact(amounts)))
    made = found.processes[0]
    assert made.kind is ProcessKind.EPD
    assert [(one.module, one.value, one.unit) for one in made.results] == [
        ("A1-A3", 1.5, "kg CO2 eq."),
        ("C4", 0.0, "kg CO2 eq."),
        ("D", -0.25, "kg CO2 eq."),
    ]
    assert made.declared_modules == ("A1-A3", "C4", "D")
    assert {(one.indicator, one.indicator_id) for one in made.results} == {("GWP-total", "gwp-total")}
    assert [(one.flow, one.amount, one.unit, one.is_reference) for one in made.exchanges] == [(STEEL, 1.0, "kg", True)]
    assert codes(found) == {"decimal_comma": 1}


def test_scenarios_are_kept_apart_and_described() -> None:
    scenarios = (
        "<epd:scenarios><epd:scenario epd:name='rail' epd:group='T' epd:default='true'>"
        '<epd:description xml:lang="en">500 km by rail</epd:description></epd:scenario></epd:scenarios>'
    )
    files = declaration(impact([("A1-A3", "", "1"), ("A4", "rail", "2"), ("A4", "road", "3")]))
    name = "ILCD/processes/p0.xml"
    text = files[name].decode().replace("</name></dataSet", f"</name><common:other>{scenarios}</common:other></dataSet")
    found = epd.read({**files, name: text.encode()})
    made = found.processes[0]
    transport = [(one.module, one.scenario, one.value) for one in made.results[1:]]
    assert transport == [("A4", "rail", 2.0), ("A4", "road", 3.0)]
    assert made.documentation["scenario rail"] == "group: T; default; 500 km by rail"
    assert codes(found) == {}


def test_inventory_indicators_are_results_not_exchanges() -> None:
    """The 2013 extension writes indicators such as waste disposed as exchanges with amounts by module."""
    row = exchange("1", CO2, "0.0", "Output", extension([("A1-A3", "", "7"), ("A4", "", "2")], "kg"))
    found = epd.read(declaration(impact([("A1-A3", "", "1")]), rows=row))
    made = found.processes[0]
    assert len(made.exchanges) == 1
    assert [(one.indicator, one.module, one.value) for one in made.results] == [
        ("short 1", "A1-A3", 7.0),
        ("short 1", "A4", 2.0),
        ("GWP-total", "A1-A3", 1.0),
    ]
    # GWP lacks A4, which the other indicator has: it is said, and no zero is put there
    assert codes(found) == {"epd_indicators_missing": 1}


def test_doubtful_declarations() -> None:
    amounts = [("A1-A3", "", "1"), ("A1", "", "0.4"), ("X9", "", "2"), ("", "", "3"), ("D", "", "much")]
    doubtful = impact(amounts, unit="")
    again = impact([("A1-A3", "", "1.1")])
    found = epd.read(declaration(doubtful, again))
    made = found.processes[0]
    assert [(one.module, one.value) for one in made.results] == [("A1-A3", 1.0), ("A1", 0.4), ("X9", 2.0)]
    assert made.declared_modules == ("A1-A3", "A1", "X9")
    assert codes(found) == {
        "epd_modules_overlap": 1,
        "epd_module_unknown": 1,
        "epd_module_missing": 1,
        "number_unreadable": 1,
        "epd_unit_missing": 1,
        "epd_result_twice": 1,
    }


def test_validity_follows_the_declaration_where_it_states_a_day() -> None:
    time = (
        "<time><common:referenceYear>2020</common:referenceYear><common:dataSetValidUntil>2026</common:dataSetValidUntil>"
        "<common:other><epd2:expirationDateOfEPD>2025-05-08</epd2:expirationDateOfEPD></common:other></time>"
    )
    made = epd.read(declaration(impact([("A1-A3", "", "1")]), information=time)).processes[0]
    assert (made.valid_from, made.valid_until) == ("2020", "2025-05-08")


def test_an_ordinary_process_is_no_declaration() -> None:
    found = epd.read(archive(process(exchange("0", STEEL, "1.0"))))
    assert found.format == "ilcd-epd"
    assert codes(found) == {"epd_without_results": 1}
    assert ilcd.read(declaration(impact([("A1-A3", "", "1")]))).format == "ilcd-epd"


@needs_samples
def test_samples_of_the_extensions_equal_a_count_of_the_raw_text() -> None:
    path = LCA / "epd" / "InDataWG_ILCD-EPD_sample_data.zip"
    amounts: dict[str, int] = {}
    rows: dict[str, int] = {}
    modules: dict[str, set[str]] = {}
    with zipfile.ZipFile(path) as zipped:
        for name in zipped.namelist():
            if "processes/" in name and name.endswith(".xml"):
                text = re.sub(r"<!--.*?-->", "", zipped.read(name).decode(), flags=re.DOTALL)
                amounts[name] = len(re.findall(r"<epd:amount [^>]*>[^<]+<", text))
                exchanges = re.findall(r"<exchange .*?</exchange>", text, flags=re.DOTALL)
                rows[name] = sum("epd:amount" not in one for one in exchanges)
                modules[name] = set(re.findall(r'epd:module="([^"]+)"', text))
    with Members.open(path) as members:
        found = epd.read(members)
    assert len(amounts) == 4
    assert len(found.processes) == 3  # two of the files are versions of one declaration
    for made in found.processes:
        assert len(made.results) == amounts[made.where]
        assert len(made.exchanges) == rows[made.where] == 1
        assert set(made.declared_modules) == modules[made.where]
    wood = next(one for one in found.processes if one.location == "PL")
    assert (wood.version, wood.valid_until, len(wood.results)) == ("00.02.042", "2024-05-08", 333)
    assert wood.declared_modules == ("A1-A3", "A4", "C3", "C4", "D")
    transport = {one.scenario for one in wood.results if one.module == "A4"}
    assert transport == {"Transport to Gdansk", "Transport to Berlin"}
    codes(found)


@pytest.mark.parametrize("seed", [5])
def test_damaged_copies_give_findings_never_a_traceback(seed: int) -> None:
    check_mutations(200, seed)


@pytest.mark.soak
def test_ten_thousand_damaged_copies() -> None:
    check_mutations(10_000, 6)


def check_mutations(count: int, seed: int) -> None:
    row = exchange("1", CO2, "0.0", "Output", extension([("A1-A3", "", "7"), ("A4", "x", "2")], "kg"))
    files = declaration(impact([("A1-A3", "", "1"), ("D", "", "MND")]), rows=row)
    files["ILCD/flows/steel.xml"] = flow(STEEL, "steel", "Product flow", mean="2").encode()
    for what, damaged in mutated(files, count, seed):
        found = epd.read(damaged)
        codes(found)
        for made in found.processes:
            assert {one.module for one in made.results} == set(made.declared_modules), what
        json.dumps([dict(one.params) for one in found.findings]).encode()
