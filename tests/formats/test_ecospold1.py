"""EcoSpold 1: counts against a count of the raw text, other programs' habits, and what must become a finding."""

from __future__ import annotations

import math
import re

import pytest

from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import FlowKind, Inventory, ProcessKind
from tanbiao.core.findings import catalogue
from tanbiao.formats import ecospold1

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold01">'
COAL = (
    '<exchange number="7" name="hard coal" location="CN" unit="kg" meanValue="{value}"{more}>'
    "<inputGroup>5</inputGroup></exchange>"
)
POWER = (
    '<exchange number="{number}" name="electricity" location="CN" unit="kWh" meanValue="1">'
    "<outputGroup>0</outputGroup></exchange>"
)


def exchange(number: int, name: str, unit: str, group: str) -> str:
    side = "output" if group == "0" else "input"
    return (
        f'<exchange number="{number}" name="{name}" location="CN" unit="{unit}" meanValue="3">'
        f"<{side}Group>{group}</{side}Group></exchange>"
    )


def dataset(exchanges: str, *, number: int = 1, name: str = "electricity", kind: str = "1", more: str = "") -> str:
    return (
        f'<dataset number="{number}"><metaInformation><processInformation>'
        f'<referenceFunction name="{name}" localName="电力" unit="kWh" amount="1" category="energy" '
        'subCategory="grid"/>'
        '<geography location="CN" text="China"/><technology text="mix"/>'
        "<timePeriod><startYear>2020</startYear><endYear>2023</endYear></timePeriod>"
        f'<dataSetInformation type="{kind}" version="2.1" languageCode="en" localLanguageCode="zh" {more}/>'
        f"</processInformation></metaInformation><flowData>{exchanges}</flowData></dataset>"
    )


def read(*datasets: str, head: str = HEAD) -> Inventory:
    return ecospold1.read({"a.xml": (head + "".join(datasets) + "</ecoSpold>").encode()})


def codes(inventory: Inventory) -> set[str]:
    found = {one.code for one in inventory.findings}
    assert found <= set(catalogue())
    return found


def key_of_raw(block: str) -> tuple[str, ...]:
    """Return what tells a flow apart: name, unit and place, or name, unit and compartment."""
    fields = dict(re.findall(r'(\w+)="([^"]*)"', block))
    keys = ("category", "subCategory") if "Group>4<" in block else ("location",)
    return tuple(" ".join(fields.get(key, "").split()) for key in ("name", "unit", *keys))


@needs_samples
@pytest.mark.parametrize(
    "name",
    [
        "v1_1.xml",
        "v1_1_defaults.xml",
        "v1_2.spold",
        "Acetic acid, at plant.xml",
        "Acrylonitrile-butadiene-styrene copolymer (ABS), resin, at plant CTR.xml",
        "Aluminum, extrusion, at plant.xml",
    ],
)
def test_counts_equal_a_count_of_the_raw_text(name: str) -> None:
    data = (LCA / "ecospold1" / name).read_bytes()
    text = data.decode("utf-8-sig")
    blocks = re.findall(r"<exchange\b(.*?)</exchange>", text, re.DOTALL)
    zero, two = (sum(f"<outputGroup>{group}<" in one for one in blocks) for group in "02")
    inventory = ecospold1.read({name: data})
    assert len(inventory.processes) == len(re.findall(r"<dataset\b", text)) == 1
    assert inventory.count_exchanges() == len(blocks)
    assert inventory.count_references() == (zero or two)
    elementary = sum("Group>4<" in one for one in blocks)
    assert len(inventory.flows) == len({key_of_raw(one) for one in blocks})
    made = {key_of_raw(one) for one in blocks if f"<outputGroup>{0 if zero else 2}<" in one}
    used = {key_of_raw(one) for one in blocks if "<inputGroup>" in one and "Group>4<" not in one}
    assert len(inventory.products_without_provider()) == len(used - made)
    kinds = [inventory.flows[one.flow].kind for one in inventory.processes[0].exchanges]
    assert kinds.count(FlowKind.ELEMENTARY) == elementary
    means = [float(value) for value in re.findall(r'meanValue="([^"]*)"', text)]
    assert [one.amount for one in inventory.processes[0].exchanges] == means
    codes(inventory)


@needs_samples
def test_what_a_sample_says() -> None:
    inventory = ecospold1.read({"v1_1.xml": (LCA / "ecospold1" / "v1_1.xml").read_bytes()})
    process = inventory.processes[0]
    assert process.name == {"en": "compost plant, open", "de": "Kompostieranlage, offen"}
    assert (process.location, process.valid_from, process.valid_until, process.version) == ("CH", "1999", "1999", "1.3")
    iron = process.exchanges[1]
    assert iron.spread is not None
    assert iron.spread.kind == "lognormal"
    assert iron.spread.sigma == pytest.approx(math.log(1.22) / 2, rel=1e-14)
    assert iron.spread.pedigree == (2, 3, 1, 1, 1)
    assert inventory.flows[iron.flow].cas == "7439-89-6"
    assert process.allocation[0].value == pytest.approx(0.976)
    assert "copyright: true" in process.licence
    assert {inventory.citations[one].kind for one in process.citations} == {"source", "actor", "review"}


def test_the_four_distributions() -> None:
    attributes = [
        ' uncertaintyType="1" standardDeviation95="1.44"',
        ' uncertaintyType="2" standardDeviation95="0.2"',
        ' uncertaintyType="3" minValue="0.5" maxValue="3"',
        ' uncertaintyType="4" minValue="1" maxValue="3"',
        ' standardDeviation95="1.44"',
        "",
    ]
    body = POWER.format(number=1) + "".join(COAL.format(value=2, more=one) for one in attributes)
    spreads = [one.spread for one in read(dataset(body)).processes[0].exchanges[1:]]
    assert spreads[0] is not None
    assert spreads[0].sigma == pytest.approx(math.log(1.2), rel=1e-14)
    assert spreads[1] is not None
    assert (spreads[1].kind, spreads[1].sigma) == ("normal", 0.1)
    assert spreads[2] is not None
    assert (spreads[2].minimum, spreads[2].mode, spreads[2].maximum) == (0.5, 2.5, 3.0)  # 3·2 − 0.5 − 3
    assert spreads[3] is not None
    assert (spreads[3].kind, spreads[3].minimum, spreads[3].maximum) == ("uniform", 1.0, 3.0)
    assert spreads[4] == spreads[0]
    assert spreads[5] is None


def test_impossible_distributions_are_said() -> None:
    attributes = [
        ' uncertaintyType="1" standardDeviation95="0.5"',
        ' uncertaintyType="4" minValue="3" maxValue="1"',
        ' uncertaintyType="9"',
        ' uncertaintyType="1"',
    ]
    inventory = read(dataset(POWER.format(number=1) + "".join(COAL.format(value=2, more=one) for one in attributes)))
    assert {"spread_invalid", "spread_unknown", "spread_without_width"} <= codes(inventory)
    assert all(one.spread is None for one in inventory.processes[0].exchanges)


def test_several_datasets_in_one_file_are_linked_by_number_and_product() -> None:
    use = exchange(11, "electricity", "kWh", "2")
    other = exchange(12, "steel", "kg", "0")
    inventory = read(dataset(POWER.format(number=11), number=11), dataset(other + use, number=12, name="steel"))
    power, steel = inventory.processes
    assert steel.exchanges[1].provider == power.id
    assert inventory.products_without_provider() == ()
    assert power.name == {"en": "electricity", "zh": "电力"}


def test_a_number_that_names_another_product_is_no_link() -> None:
    use = (
        '<exchange number="11" name="heat" location="CN" unit="MJ" meanValue="3"><inputGroup>5</inputGroup></exchange>'
    )
    inventory = read(
        dataset(POWER.format(number=11), number=11), dataset(POWER.format(number=12) + use, number=12, name="x")
    )
    assert inventory.processes[1].exchanges[1].provider == ""
    assert len(inventory.products_without_provider()) == 1


def test_multi_output_with_allocation() -> None:
    def co(number: int) -> str:
        return (
            f'<exchange number="{number}" name="product {number}" location="CN" unit="kg" meanValue="1">'
            "<outputGroup>2</outputGroup></exchange>"
        )

    def share(number: int, fraction: float, method: int = 1) -> str:
        return (
            f'<allocation referenceToCoProduct="{number}" allocationMethod="{method}" fraction="{fraction}">'
            "<referenceToInputOutput>7</referenceToInputOutput></allocation>"
        )

    coal = COAL.format(value=2, more="")
    whole = read(dataset(co(1) + co(2) + coal + share(1, 60) + share(2, 40), kind="5"))
    process = whole.processes[0]
    assert len(process.references) == 2
    assert [(one.value, one.method, one.exchange) for one in process.allocation] == [
        (0.6, "economic", "7"),
        (0.4, "economic", "7"),
    ]
    assert codes(whole) == set()
    shares = read(dataset(co(1) + co(2) + coal + share(1, 0.6) + share(2, 0.4), kind="5"))
    assert [one.value for one in shares.processes[0].allocation] == [0.6, 0.4]
    assert codes(shares) == {"allocation_in_shares"}
    assert "coproduct_shares_sum" in codes(read(dataset(co(1) + co(2) + coal + share(1, 60) + share(2, 30), kind="5")))
    assert "coproduct_shares_missing" in codes(read(dataset(co(1) + co(2) + coal, kind="5")))
    assert "allocation_unreadable" in codes(read(dataset(co(1) + co(2) + coal + share(9, 60), kind="5")))


def test_impact_results_and_impact_methods() -> None:
    score = (
        '<exchange number="3" category="IPCC 2013" subCategory="climate change" name="GWP 100a" unit="kg CO2-Eq" '
        'meanValue="0.7"><outputGroup>4</outputGroup></exchange>'
    )
    inventory = read(dataset(POWER.format(number=1) + score, kind="2", more='impactAssessmentResult="true"'))
    process = inventory.processes[0]
    assert process.kind is ProcessKind.SYSTEM
    assert [(one.indicator, one.value, one.unit) for one in process.results] == [
        ("IPCC 2013 | climate change | GWP 100a", 0.7, "kg CO2-Eq")
    ]
    assert len(process.exchanges) == 1
    method = read(dataset(score), head=HEAD.replace("EcoSpold01", "EcoSpold01Impact"))
    assert method.processes == ()
    assert "impact_method_left_out" in codes(method)


def test_habits_of_other_programs() -> None:
    text = (
        "<es:ecoSpold xmlns:es='http://www.EcoInvent.org/EcoSpold01'><es:dataset number='1'><es:flowData>"
        "<es:exchange meanValue='1,5' unit='kg' name='Kohlendioxid  fossil' category='air' CASNumber='NaN' number='1'>"
        "<es:outputGroup> 4 </es:outputGroup></es:exchange>"
        "<es:exchange meanValue='1' unit='kg' name='Gebäude' number='2'>"
        "<es:outputGroup>0</es:outputGroup></es:exchange>"
        "<es:exchange name='x' unit='kg' CASNumber='124-38-0' number='3'><es:inputGroup>5</es:inputGroup></es:exchange>"
        "<es:exchange name='y' meanValue='1' number='3'></es:exchange>"
        "</es:flowData></es:dataset></es:ecoSpold>"
    )
    inventory = ecospold1.read({"x.XML": text.encode("cp1252")})
    gas, building, unknown, _ = inventory.processes[0].exchanges
    assert gas.amount == 1.5
    assert inventory.flows[gas.flow].cas == ""
    assert inventory.flows[building.flow].name == {"en": "Gebäude"}
    assert math.isnan(unknown.amount)
    expected = {
        "decimal_comma",
        "encoding_guessed",
        "cas_invalid",
        "amount_missing",
        "exchange_without_group",
        "flow_unit_missing",
    }
    assert expected <= codes(inventory)


def test_chinese_text_in_gb18030() -> None:
    text = (HEAD + dataset(POWER.format(number=1), name="华北电网供电") + "</ecoSpold>").replace("UTF-8", "GB2312")
    inventory = ecospold1.read({"a.xml": text.encode("gb18030")})
    assert inventory.processes[0].name["en"] == "华北电网供电"
    assert codes(inventory) == set()
    guessed = ecospold1.read({"a.xml": text.replace("GB2312", "UTF-8").encode("gb18030")})
    assert guessed.processes == inventory.processes
    assert codes(guessed) == {"encoding_guessed"}


def test_a_truncated_file_gives_what_was_whole() -> None:
    text = HEAD + dataset(POWER.format(number=1)) + dataset(POWER.format(number=2), number=2)[:-40]
    inventory = ecospold1.read({"a.xml": text.encode()})
    assert len(inventory.processes) == 1
    assert "xml_malformed" in codes(inventory)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "xml_empty"),
        ("not xml", "xml_malformed"),
        ("<a>" * 5000, "xml_too_deep"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "xml_unsafe"),
        ('<!DOCTYPE a [<!ENTITY x "yy"><!ENTITY z "&x;&x;">]><a>&z;</a>', "xml_unsafe"),
        ("<a><b>&nosuch;</b></a>", "xml_malformed"),
        ("<ecoSpold><thing/></ecoSpold>", "element_unexpected"),
    ],
)
def test_bad_xml_is_a_finding(text: str, code: str) -> None:
    assert code in codes(ecospold1.read({"a.xml": text.encode()}))


def test_the_same_dataset_twice_keeps_both() -> None:
    inventory = read(dataset(POWER.format(number=1)), dataset(POWER.format(number=1)))
    assert len({one.id for one in inventory.processes}) == 2
    assert "process_twice" in codes(inventory)
