"""ILCD, eILCD and TIDAS: one tree, one vocabulary; what is broken is named and the rest is read."""

import json
import math
import re
import zipfile
from collections import Counter

import pytest

from ilcd_files import (
    CO2,
    MASS,
    PROCESS,
    SLAG,
    STEEL,
    archive,
    as_tidas,
    dataset,
    exchange,
    flow,
    process,
    unit_group,
)
from mutations import mutated
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import Exchange, FlowKind, Inventory, ProcessKind
from tanbiao.core.findings import catalogue
from tanbiao.formats import ilcd, tidas
from tanbiao.formats.archive import Members

BOTH = pytest.mark.parametrize("form", ["ilcd", "tidas"])
TWO_PRODUCTS = "".join(f"<referenceToReferenceFlow>{number}</referenceToReferenceFlow>" for number in "02")


def read(files: dict[str, bytes], form: str = "ilcd") -> Inventory:
    return ilcd.read(files) if form == "ilcd" else tidas.read(as_tidas(files))


def codes(inventory: Inventory) -> Counter[str]:
    assert {one.code for one in inventory.findings} <= set(catalogue())
    return Counter(one.code for one in inventory.findings)


def exchanges(inventory: Inventory) -> tuple[Exchange, ...]:
    return inventory.processes[0].exchanges


@BOTH
def test_a_whole_archive(form: str) -> None:
    rows = (
        exchange("0", STEEL.upper(), "1.0")
        + exchange("1", CO2, "1.8", extra="<location>CN-HE</location>")
        + exchange("2", SLAG, "0.3")
        + exchange("3", STEEL, "0.1", "Input", '<generalComment xml:lang="zh">废钢</generalComment>')
    )
    found = read(archive(process(rows)), form)
    assert found.format == form
    made = found.processes[0]
    assert (made.id, made.version, made.kind) == (PROCESS, "01.00.000", ProcessKind.UNIT)
    assert made.name == {"en": "Steel making; at plant", "zh": "炼钢"}
    assert [(one.flow, one.amount, one.unit, one.is_input, one.is_reference, one.id) for one in made.exchanges] == [
        (STEEL, 1.0, "kg", False, True, "0"),
        (CO2, 1.8, "kg", False, False, "1"),
        (SLAG, 0.3, "kg", False, False, "2"),
        (STEEL, 0.1, "kg", True, False, "3"),
    ]
    assert made.exchanges[1].location == "CN-HE"
    assert made.exchanges[3].comment == "废钢"
    assert [found.flows[key].kind for key in (STEEL, SLAG, CO2)] == [
        FlowKind.PRODUCT,
        FlowKind.WASTE,
        FlowKind.ELEMENTARY,
    ]
    assert found.flow_properties[MASS].unit_group in found.unit_groups
    assert next(iter(found.unit_groups.values())).units == {"kg": 1.0, "t": 1000.0}
    assert found.findings == ()


@BOTH
def test_a_process_without_a_reference_flow_is_named_and_kept(form: str) -> None:
    for reference in ("", "<referenceToReferenceFlow>9</referenceToReferenceFlow>"):
        found = read(archive(process(exchange("0", STEEL, "1"), reference)), form)
        assert found.count_references() == 0
        assert len(found.processes) == 1
        expected = {"reference_missing": 1} | ({"reference_exchange_unknown": 1} if reference else {})
        assert codes(found) == expected


@BOTH
def test_uncertainties(form: str) -> None:
    def row(number: int, kind: str, percent: str = "", low: str = "", high: str = "") -> str:
        extra = f"<uncertaintyDistributionType>{kind}</uncertaintyDistributionType>"
        extra += f"<relativeStandardDeviation95In>{percent}</relativeStandardDeviation95In>" if percent else ""
        extra += f"<minimumAmount>{low}</minimumAmount>" if low else ""
        extra += f"<maximumAmount>{high}</maximumAmount>" if high else ""
        return exchange(str(number), CO2, "2.0", extra=extra)

    rows = exchange("0", STEEL, "1.0") + "".join(
        (
            row(1, "log-normal", "20"),  # per cent: SDg² = 1.2
            row(2, "log-normal", "1.5"),  # a factor
            row(3, "log-normal", "1.5", "1.97", "2.03"),  # the bounds bear out per cent: SDg² = 1.015
            row(4, "log-normal", "", "1.0", "4.0"),  # SDg² = maximum / mean
            row(5, "normal", "10"),  # 2·SD = 10 % of 2.0
            row(6, "triangular", "", "1.0", "4.0"),
            row(7, "uniform", "", "3.0", "1.0"),
            row(8, "undefined", "25"),
            row(9, "beta", "25"),
            row(10, "log-normal", "0.000"),
        )
    )
    found = read(archive(process(rows)), form)
    spreads = [one.spread for one in exchanges(found)]
    sigmas = [one.sigma for one in spreads[1:6] if one is not None]
    expected = [math.log(1.2) / 2, math.log(1.5) / 2, math.log(1.015) / 2, math.log(2.0) / 2, 0.1]
    assert sigmas == pytest.approx(expected, abs=1e-14)
    assert spreads[6] is not None
    assert (spreads[6].kind, spreads[6].minimum, spreads[6].mode, spreads[6].maximum) == ("triangular", 1.0, 2.0, 4.0)
    assert spreads[7] is not None
    assert (spreads[7].kind, spreads[7].minimum, spreads[7].maximum) == ("uniform", 1.0, 3.0)
    assert spreads[8] is not None
    assert (spreads[8].kind, spreads[8].minimum, spreads[8].maximum) == ("undefined", 1.5, 2.5)
    assert spreads[9:] == [None, None]
    assert codes(found) == {"ilcd_spread_ambiguous": 1, "spread_bounds_swapped": 1, "spread_unknown": 1}


@BOTH
def test_parameters_give_amounts(form: str) -> None:
    def row(number: int, mean: str, variable: str, resulting: str) -> str:
        text = exchange(str(number), CO2, mean, extra=f"<referenceToVariable>{variable}</referenceToVariable>")
        return text.replace(
            f"<resultingAmount>{mean}</resultingAmount>",
            f"<resultingAmount>{resulting}</resultingAmount>" if resulting else "",
        )

    relations = (
        "<mathematicalRelations>"
        '<variableParameter name="share"><formula>1 - Loss</formula></variableParameter>'
        '<variableParameter name="loss"><meanValue>0.2</meanValue><minimumValue>0.1</minimumValue>'
        "<maximumValue>0.3</maximumValue><uncertaintyDistributionType>uniform</uncertaintyDistributionType>"
        "</variableParameter><variableParameter/></mathematicalRelations>"
    )
    rows = exchange("0", STEEL, "1.0") + row(1, "5.0", "share", "4.0") + row(2, "5.0", "share", "")
    rows += row(3, "5", "x", "7")
    found = read(archive(process(rows, information=relations)), form)
    made = found.processes[0]
    assert [(one.name, one.value) for one in made.parameters] == [("share", 0.8), ("loss", 0.2)]
    assert made.parameters[1].spread is not None
    assert [(one.amount, one.formula) for one in made.exchanges[1:]] == [
        (4.0, "5.0 * share"),
        (4.0, "5.0 * share"),
        (7.0, "5.0 * x"),
    ]
    assert codes(found) == {"foreign_formula_name": 1}


@BOTH
@pytest.mark.parametrize("scale", [100.0, 1.0])
def test_allocation_in_per_cent_or_in_fractions(form: str, scale: float) -> None:
    def shares(first: float, second: float) -> str:
        return (
            f'<allocations><allocation internalReferenceToCoProduct="0" allocatedFraction="{first * scale}"/>'
            f'<allocation internalReferenceToCoProduct="2" allocatedFraction="{second * scale}"/></allocations>'
        )

    rows = exchange("0", STEEL, "1.0") + exchange("1", CO2, "1.8", extra=shares(0.75, 0.25))
    rows += exchange("2", SLAG, "0.3")
    approach = "<LCIMethodApproaches>Allocation - market value</LCIMethodApproaches>"
    found = read(archive(process(rows, TWO_PRODUCTS, modelling=approach)), form)
    made = found.processes[0]
    assert [(one.product, one.value, one.method, one.exchange) for one in made.allocation] == [
        (STEEL, 0.75, "economic", "1"),
        (SLAG, 0.25, "economic", "1"),
    ]
    assert made.default_allocation == "economic"
    expected = {"reference_several": 1} | ({"ilcd_allocation_in_fractions": 1} if scale == 1.0 else {})
    assert codes(found) == expected


@BOTH
def test_what_is_said_about_a_process_is_kept(form: str) -> None:
    source = '<referenceToDataSource type="source data set" refObjectId="#REF!"><common:shortDescription>Yearbook'
    described = "technologyDescriptionAndIncludedProcesses"
    information = (
        "<time><common:referenceYear>2022</common:referenceYear>"
        "<common:dataSetValidUntil>2027</common:dataSetValidUntil></time>"
        "<geography><locationOfOperationSupplyOrProduction location='CN'/></geography><technology>"
        f'<{described} xml:lang="en">electric arc</{described}><{described} xml:lang="zh">电弧炉</{described}>'
        f"</technology>{source}</common:shortDescription></referenceToDataSource>"
    )
    licence = "<common:copyright>true</common:copyright><common:licenseType>Free of charge</common:licenseType>"
    text = process(exchange("0", STEEL, "1.0"), information=information, licence=licence, kind="LCI result")
    found = read(archive(text), form)
    made = found.processes[0]
    assert (made.kind, made.location, made.valid_from, made.valid_until) == (ProcessKind.SYSTEM, "CN", "2022", "2027")
    assert made.technology == "electric arc"
    assert made.documentation["technology/technologyDescriptionAndIncludedProcesses@zh"] == "电弧炉"
    assert made.licence == "copyright: true; Free of charge"
    assert [found.citations[key].name for key in made.citations] == ["Yearbook"]
    assert codes(found) == {"citation_not_included": 1, "reference_malformed": 1}


def test_habits_of_other_programs() -> None:
    """Prefixes, other order, decimal comma, GB 18030, missing amounts, flows, numbers and directions."""
    rows = (
        f'<exchange><resultingAmount>0,5</resultingAmount><referenceToFlowDataSet uri="../flows/{CO2}.xml"/></exchange>'
        + exchange("0", STEEL, "1.0")
        + exchange("0", STEEL, "2.0")
        + exchange("5", "99999999-9999-4999-8999-999999999999", "2.0", "INPUT")
        + '<exchange dataSetInternalID="6"><exchangeDirection>Output</exchangeDirection></exchange>'
        + exchange("7", CO2, "", "Output")
    )
    files = archive()
    text = process(rows)
    files["loose/p.xml"] = text.replace('encoding="UTF-8"', 'encoding="gb2312"').encode("gb18030")
    found = read(files)
    made = found.processes[0]
    assert made.name["zh"] == "炼钢"
    assert [(one.flow, one.amount) for one in made.exchanges[:4]] == [
        (CO2, 0.5),
        (STEEL, 1.0),
        (STEEL, 2.0),
        ("99999999-9999-4999-8999-999999999999", 2.0),
    ]
    assert math.isnan(made.exchanges[4].amount)
    assert [one.is_reference for one in made.exchanges] == [False, True, False, False, False]
    assert made.exchanges[3].is_input
    assert found.flows["99999999-9999-4999-8999-999999999999"].name == {"en": "short 5"}
    assert codes(found) == {
        "decimal_comma": 1,
        "direction_missing": 1,
        "exchange_number_twice": 1,
        "flow_not_included": 1,
        "exchange_without_flow": 1,
        "amount_missing": 1,
    }


def test_an_amount_is_in_units_of_the_reference_property_whatever_its_value() -> None:
    """A radiator of 18.3 kg: one of it is 18.3 kg, as the flow's reference property says."""
    width = (
        "<uncertaintyDistributionType>normal</uncertaintyDistributionType>"
        "<relativeStandardDeviation95In>10</relativeStandardDeviation95In>"
    )
    files = archive(process(exchange("0", STEEL, "2.0", extra=width)))
    name = '<baseName xml:lang="en">radiator</baseName>'
    files["ILCD/flows/steel.xml"] = flow(STEEL, name, "Product flow", mean="18.3").encode()
    found = read(files)
    one = exchanges(found)[0]
    assert (one.amount, one.unit) == (pytest.approx(36.6), "kg")
    assert one.spread is not None
    assert one.spread.sigma == pytest.approx(1.83)  # 2·SD = 10 % of 36.6
    assert found.flows[STEEL].properties == {MASS: 1.0}
    assert codes(found) == {"ilcd_reference_value_not_one": 1}


def test_versions_copies_and_clashes() -> None:
    rows = exchange("0", STEEL, "1.0")
    files = archive(process(rows), process(rows, version="02.00.000", kind="LCI result"))
    name = '<baseName xml:lang="en">{}</baseName>'
    files["ILCD/flows/steel-copy.xml"] = files["ILCD/flows/steel.xml"]
    files["ILCD/flows/zinc.xml"] = flow(STEEL, name.format("zinc"), "Product flow").encode()
    found = read(files)
    assert [one.version for one in found.processes] == ["02.00.000"]
    assert found.flows[STEEL].name == {"en": "steel"}
    assert codes(found) == {"dataset_version_superseded": 1, "dataset_twice": 1, "uuid_clash": 1}
    clash = next(one for one in found.findings if one.code == "uuid_clash")
    assert {clash.params["first"], clash.params["second"]} == {"ILCD/flows/steel-copy.xml", "ILCD/flows/zinc.xml"}


def test_what_can_not_be_read_is_a_finding() -> None:
    good = process(exchange("0", STEEL, "1.0"))
    files = archive(good)
    files["ILCD/processes/cut.xml"] = good.encode()[:-40]
    files["ILCD/processes/bomb.xml"] = b'<!DOCTYPE a [<!ENTITY x "yy">]><processDataSet>&x;</processDataSet>'
    files["ILCD/lciamethods/m.xml"] = dataset("LCIAMethodDataSet", "LCIAMethod", "<x/>").encode()
    files["ILCD/ILCDLocations.xml"] = b'<ILCDLocations><location value="CN">China</location></ILCDLocations>'
    files["ILCD/unitgroups/g.xml"] = unit_group(factor="nought").encode()
    found = read(files)
    assert len(found.processes) == 1
    assert codes(found) == {
        "xml_malformed": 1,
        "xml_unsafe": 1,
        "ilcd_type_not_read": 1,
        "unit_factor_unusable": 1,
        "number_unreadable": 1,
    }
    assert codes(read({})) == {"no_processes": 1}
    assert codes(tidas.read({"a.json": b'{"a": 1}', "b.json": b"["})) == {
        "tidas_not_a_dataset": 1,
        "json_malformed": 1,
        "no_processes": 1,
    }


def model(*connections: tuple[str, str]) -> str:
    instances = "".join(
        f'<processInstance dataSetInternalID="{number}"><referenceToProcess refObjectId="{key}"/><connections>'
        + "".join(
            f'<outputExchange flowUUID="{SLAG}"><downstreamProcess id="{down}" flowUUID="{STEEL.upper()}"/>'
            "</outputExchange>"
            for up, down in connections
            if up == number
        )
        + "</connections></processInstance>"
        for number, key in (("0", PROCESS), ("1", PROCESS.replace("4", "5")), ("2", PROCESS.replace("4", "6")))
    )
    body = f"<technology><processes>{instances}</processes></technology>"
    body = f"<lifeCycleModelInformation>{body}</lifeCycleModelInformation>"
    return dataset("lifeCycleModelDataSet", "LifeCycleModel", body)


@BOTH
def test_life_cycle_models_name_the_suppliers(form: str) -> None:
    rows = exchange("0", STEEL, "1.0") + exchange("1", STEEL, "0.5", "Input") + exchange("2", CO2, "0.5", "Input")
    second = PROCESS.replace("4", "5")
    files = archive(process(rows), process(rows, key=second))
    files["ILCD/lifecyclemodels/m.xml"] = model(("0", "1"), ("2", "1"), ("0", "2"), ("0", "7")).encode()
    found = read(files, form)
    assert found.format == ("eilcd" if form == "ilcd" else "tidas")
    providers = {one.id: [each.provider for each in one.exchanges] for one in found.processes}
    assert providers == {PROCESS: ["", "", ""], second: ["", PROCESS, ""]}
    assert codes(found) == {
        "eilcd_connection_conflict": 1,
        "eilcd_connection_incomplete": 1,
        "eilcd_connections_not_used": 1,
    }


@needs_samples
def test_tiangong_counts_equal_a_count_of_the_raw_text() -> None:
    path = LCA / "ilcd" / "tiangong_ilcd_subset_120.zip"
    counted: Counter[str] = Counter()
    outside: set[str] = set()
    inside: set[str] = set()
    amounts: dict[str, list[tuple[str, bool, float]]] = {}
    with zipfile.ZipFile(path) as zipped:
        for name in zipped.namelist():
            text = zipped.read(name).decode()
            if "/flows/" in name:
                counted["flows"] += 1
                inside |= set(re.findall(r"<common:UUID>([^<]+)", text))
            if "/processes/" not in name or not name.endswith(".xml"):
                continue
            counted["processes"] += 1
            numbers = re.findall(r'<exchange [^>]*dataSetInternalID="(\d+)"', text)
            counted["exchanges"] += len(numbers)
            wanted = set(re.findall(r"<referenceToReferenceFlow>(\d+)<", text))
            counted["references"] += len(wanted & set(numbers))
            amounts[name] = [
                (number, direction == "Input", float(amount))
                for number, direction, amount in re.findall(
                    r'<exchange dataSetInternalID="(\d+)">.*?<exchangeDirection>(\w+)<.*?<resultingAmount>([^<]+)<',
                    text,
                    re.DOTALL,
                )
            ]
            outside |= set(re.findall(r'<referenceToFlowDataSet[^>]*refObjectId="([^"]+)"', text))
    assert counted == {"processes": 120, "exchanges": 2988, "flows": 519, "references": 122}
    with Members.open(path) as members:
        found = ilcd.read(members)
    assert found.format == "ilcd"
    assert (len(found.processes), found.count_exchanges(), found.count_references()) == (120, 2988, 122)
    assert codes(found)["flow_not_included"] == len(outside - inside) == 28
    assert len(found.flows) == 519 + 28
    assert codes(found)["number_unreadable"] == codes(found)["amount_missing"] == 0
    raw_amounts = {name.rsplit("/", 1)[1]: rows for name, rows in amounts.items()}
    for made in found.processes:
        rows = [(one.id, one.is_input, one.amount) for one in made.exchanges]
        assert rows == raw_amounts[made.where.rsplit("/", 1)[1]]
    assert all(one.unit for made in found.processes for one in made.exchanges if one.flow in inside)


@needs_samples
def test_official_samples_of_every_type() -> None:
    with Members.open(LCA / "ilcd" / "olca-ilcd_sdk_samples.zip") as members:
        found = ilcd.read(members)
    assert found.format == "eilcd"
    by_name = {one.where: one for one in found.processes}
    with zipfile.ZipFile(LCA / "ilcd" / "olca-ilcd_sdk_samples.zip") as zipped:
        text = zipped.read("process.xml").decode()
    assert len(by_name["process.xml"].exchanges) == len(re.findall("<exchange ", text))
    sample = by_name["sdk_sample_process.xml"]
    assert [one.value for one in sample.allocation] == pytest.approx([0.4202, 0.5798])
    assert sample.default_allocation == "economic"
    codes(found)


@needs_samples
def test_the_official_tidas_sample() -> None:
    with Members.open(LCA / "tidas") as members:
        raw = json.loads(members["tidas-example-process.json"])["processDataSet"]
        found = tidas.read(members)
    rows = raw["exchanges"]["exchange"]
    made = found.processes[0]
    assert [one.amount for one in made.exchanges] == [float(row["resultingAmount"]) for row in rows]
    assert len(made.references) == 1
    assert set(made.name) == {"en", "zh"}
    assert made.location == "CN"
    codes(found)


def small_archive() -> dict[str, bytes]:
    extra = (
        '<allocations><allocation internalReferenceToCoProduct="0" allocatedFraction="100"/></allocations>'
        "<uncertaintyDistributionType>log-normal</uncertaintyDistributionType>"
        "<relativeStandardDeviation95In>20</relativeStandardDeviation95In>"
    )
    relations = (
        '<mathematicalRelations><variableParameter name="a"><formula>2^0.5</formula></variableParameter>'
        "</mathematicalRelations><time><common:referenceYear>2022</common:referenceYear></time>"
    )
    variable = "<referenceToVariable>a</referenceToVariable>"
    rows = exchange("0", STEEL, "1.0") + exchange("1", CO2, "1.8", extra=extra)
    rows += exchange("2", SLAG, "1", extra=variable)
    files = archive(process(rows, information=relations), process(rows, key=PROCESS.replace("4", "5")))
    files["ILCD/lifecyclemodels/m.xml"] = model(("0", "1")).encode()
    return files


def check_mutations(form: str, count: int, seed: int) -> None:
    files = small_archive() if form == "ilcd" else as_tidas(small_archive())
    for what, damaged in mutated(files, count, seed):
        found = ilcd.read(damaged) if form == "ilcd" else tidas.read(damaged)
        codes(found)
        for made in found.processes:
            assert all(one.flow in found.flows for one in made.exchanges), what
        json.dumps([dict(one.params) for one in found.findings]).encode()


@BOTH
def test_damaged_copies_give_findings_never_a_traceback(form: str) -> None:
    check_mutations(form, 250, 3)


@pytest.mark.soak
@BOTH
def test_ten_thousand_damaged_copies(form: str) -> None:
    check_mutations(form, 10_000, 4)
