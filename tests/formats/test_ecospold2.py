"""EcoSpold 2: counts against a count of the raw text, inheritance, formulas, uncertainties, languages, damage."""

from __future__ import annotations

import math
import re

import pytest

from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import FlowKind, Inventory, ProcessKind
from tanbiao.core.findings import catalogue
from tanbiao.formats import ecospold2

HEAD = '<?xml version="1.0" encoding="utf-8"?><ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02">'
POWER = "aaaaaaaa-0000-4000-8000-000000000001"
STEEL = "aaaaaaaa-0000-4000-8000-000000000002"
KWH = "bbbbbbbb-0000-4000-8000-000000000001"
SHEET = "bbbbbbbb-0000-4000-8000-000000000002"
SCRAP = "bbbbbbbb-0000-4000-8000-000000000003"
CO2 = "cccccccc-0000-4000-8000-000000000001"


def product(flow: str, group: str, *, amount: str = "1", more: str = "", inner: str = "", name: str = "电力") -> str:
    side = "output" if group in ("0", "2") and "input" not in more else "input"
    return (
        f'<intermediateExchange id="{flow[:-1]}f" intermediateExchangeId="{flow}" unitId="u1" amount="{amount}" {more}>'
        f'<name xml:lang="zh">{name}</name><name xml:lang="en">thing {flow[-1]}</name>'
        '<unitName xml:lang="en">kWh</unitName>'
        f"{inner}<{side}Group>{group}</{side}Group></intermediateExchange>"
    )


def gas(amount: str = "0.5", more: str = "", inner: str = "") -> str:
    return (
        f'<elementaryExchange id="e1" elementaryExchangeId="{CO2}" unitId="u2" amount="{amount}" '
        f'casNumber="000124-38-9" formula="CO2" {more}><name xml:lang="en">Carbon dioxide, fossil</name>'
        f"<unitName>kg</unitName>{inner}"
        '<compartment subcompartmentId="s"><compartment>air</compartment><subcompartment>unspecified</subcompartment>'
        "</compartment><outputGroup>4</outputGroup></elementaryExchange>"
    )


def activity(flows: str, *, key: str = POWER, tag: str = "activityDataset", more: str = 'type="1"') -> str:
    return (
        f'<{tag}><activityDescription><activity id="{key}" {more}><activityName xml:lang="en">making</activityName>'
        '<activityName xml:lang="de">Herstellung</activityName></activity>'
        '<geography><shortname xml:lang="en">CN</shortname></geography>'
        '<timePeriod startDate="2019-01-01" endDate="2023-12-31"/>'
        "<macroEconomicScenario><name>Business-as-Usual</name></macroEconomicScenario></activityDescription>"
        f"<flowData>{flows}</flowData></{tag}>"
    )


def read(*activities: str) -> Inventory:
    files = {f"{number}.spold": (HEAD + one + "</ecoSpold>").encode() for number, one in enumerate(activities)}
    return ecospold2.read(files)


def codes(inventory: Inventory) -> set[str]:
    found = {one.code for one in inventory.findings}
    assert found <= set(catalogue())
    return found


SAMPLES = [
    "v2_1.xml",
    "v2_2.spold",
    "00000_11111111-2222-3333-4444-555555555555_66666666-7777-8888-9999-000000000000.spold",
    "00000_11111111-2222-3333-4444-555555555555_66666666-7777-8888-9999-000000000000_with_synonyms.spold",
]


@needs_samples
@pytest.mark.parametrize("name", SAMPLES)
def test_counts_equal_a_count_of_the_raw_text(name: str) -> None:
    data = (LCA / "ecospold2" / name).read_bytes()
    text = data.decode("utf-8-sig")
    products = re.findall(r"<intermediateExchange\b(.*?)</intermediateExchange>", text, re.DOTALL)
    natural = re.findall(r"<elementaryExchange\b(.*?)</elementaryExchange>", text, re.DOTALL)
    inventory = ecospold2.read({name: data})
    process = inventory.processes[0]
    assert inventory.count_exchanges() == len(products) + len(natural)
    assert inventory.count_references() == sum("<outputGroup>0<" in one for one in products)
    ids = {re.search(r'(?:intermediate|elementary)ExchangeId="([^"]+)"', one)[1] for one in products + natural}  # type: ignore[index]
    assert set(inventory.flows) == ids
    amounts = sorted(float(re.search(r'\bamount="([^"]+)"', one)[1]) for one in products + natural)  # type: ignore[index]
    assert sorted(one.amount for one in process.exchanges) == amounts
    links = sorted(re.findall(r'activityLinkId="([^"]+)"', text))
    assert sorted(one.provider for one in process.exchanges if one.provider) == links
    assert len(process.parameters) == len(re.findall(r"<parameter\b", text))
    inputs = {
        re.search(r'intermediateExchangeId="([^"]+)"', one)[1]  # type: ignore[index]
        for one in products
        if "<inputGroup>" in one
    }
    assert set(inventory.products_without_provider()) == inputs
    codes(inventory)


@needs_samples
def test_what_a_sample_says() -> None:
    data = (LCA / "ecospold2" / SAMPLES[2]).read_bytes()
    inventory = ecospold2.read({SAMPLES[2]: data})
    process = inventory.processes[0]
    assert process.id == "c40e3c0a-292f-45a5-88cd-ed18265cb7d7"
    assert (process.location, process.valid_from, process.valid_until) == ("DE", "1997-01-01", "2018-12-31")
    clay, block, water = process.exchanges
    assert clay.spread is not None
    assert clay.spread.sigma == pytest.approx(math.sqrt(0.2), rel=1e-14)
    assert clay.spread.pedigree == (1, 1, 5, 1, 1)
    assert block.production_volume == 42
    block_flow = inventory.flows[block.flow]
    assert block_flow.properties["3a0af1d6-04c3-41c6-a3da-92c4f61e0eaa"] == 2
    assert inventory.flow_properties["3a0af1d6-04c3-41c6-a3da-92c4f61e0eaa"].name == "dry mass"
    assert (water.formula, inventory.flows[water.flow].cas) == ("does_it_hurt_when_dropped_on_foot * 2", "7732-18-5")
    disagreeing = [one for one in inventory.findings if one.code == "formula_disagrees"]
    assert [(one.params["value"], one.params["stated"]) for one in disagreeing] == [(15554.0, 123456.0)]
    assert "Big Boy Johhny" in {one.name for one in inventory.citations.values()}
    assert process.documentation["macroEconomicScenario"] == "Business-as-Usual"


def test_two_languages_and_links() -> None:
    steel = product(SHEET, "0", name="钢板") + product(KWH, "5", amount="2.5", more=f'activityLinkId="{POWER.upper()}"')
    inventory = read(activity(product(KWH, "0", more='productionVolumeAmount="7"')), activity(steel, key=STEEL))
    power, sheet = inventory.processes
    assert inventory.flows[SHEET].name == {"zh": "钢板", "en": "thing 2"}
    assert power.name == {"en": "making", "de": "Herstellung"}
    assert sheet.exchanges[1].provider == power.id == POWER
    assert power.exchanges[0].production_volume == 7
    assert inventory.products_without_provider() == ()
    assert codes(inventory) == set()


def test_allocated_products_of_one_activity_are_told_apart() -> None:
    use = activity(product(KWH, "0") + product(SCRAP, "5", more=f'activityLinkId="{STEEL}"'))
    inventory = read(activity(product(SHEET, "0"), key=STEEL), activity(product(SCRAP, "0"), key=STEEL), use)
    assert [one.id for one in inventory.processes] == [f"{STEEL}_{SHEET}", f"{STEEL}_{SCRAP}", POWER]
    assert inventory.processes[2].exchanges[1].provider == f"{STEEL}_{SCRAP}"


def test_the_same_dataset_twice_keeps_both() -> None:
    inventory = read(activity(product(KWH, "0")), activity(product(KWH, "0")))
    assert len({one.id for one in inventory.processes}) == 2
    assert "process_twice" in codes(inventory)


def test_distributions_and_pedigree() -> None:
    pedigree = (
        '<pedigreeMatrix reliability="2" completeness="3" temporalCorrelation="1" geographicalCorrelation="9" '
        'furtherTechnologyCorrelation="1"/>'
    )
    shapes = [
        f'<lognormal meanValue="1" mu="0" variance="0.04"/>{pedigree}',
        '<lognormal meanValue="1" mu="0" variance="0.04" varianceWithPedigreeUncertainty="0.09"/>',
        '<normal meanValue="1" variance="0.25"/>',
        '<triangular minValue="0" mostLikelyValue="1" maxValue="3"/>',
        '<uniform minValue="0" maxValue="3"/>',
        '<undefined minValue="0" maxValue="3" standardDeviation95="1"/>',
        '<beta minValue="0" mostLikelyValue="1" maxValue="3"/>',
        '<lognormal meanValue="1" mu="0" variance="-1"/>',
        "",
    ]
    flows = "".join(gas(inner=f"<uncertainty>{one}</uncertainty>") for one in shapes)
    inventory = read(activity(product(KWH, "0") + flows))
    spreads = [one.spread for one in inventory.processes[0].exchanges[1:]]
    kinds = [one.kind if one else None for one in spreads]
    assert kinds == ["lognormal", "lognormal", "normal", "triangular", "uniform", "undefined", "undefined", None, None]
    sigmas = [one.sigma for one in spreads[:3] if one]
    assert sigmas == pytest.approx([0.2, 0.3, 0.5], rel=1e-14)
    assert spreads[0] is not None
    assert spreads[0].pedigree == (2, 3, 1, 0, 1)
    assert [one.base_sigma for one in spreads[:2] if one] == [None, 0.2]
    assert {"pedigree_invalid", "spread_unknown", "spread_invalid"} <= codes(inventory)


def test_formulas_are_compared_and_never_replace_the_amount() -> None:
    parameter = (
        '<parameter parameterId="p1" variableName="Share" amount="0.25"><name>share</name>'
        "<unitName>dimensionless</unitName></parameter>"
        "<parameter parameterId='p2' variableName='double' mathematicalRelation='share * 2' amount='0.5'>"
        "<name>twice</name></parameter>"
    )
    relations = [("0.5", "double"), ("9", "share * 4"), ("2", "Ref('x', 'y')"), ("3", "missing + 1")]
    flows = "".join(gas(amount, f'mathematicalRelation="{text}"') for amount, text in relations)
    inventory = read(activity(product(KWH, "0") + flows + parameter))
    process = inventory.processes[0]
    assert [one.amount for one in process.exchanges[1:]] == [0.5, 9, 2, 3]
    found = [(one.code, one.params.get("formula")) for one in inventory.findings]
    assert found == [
        ("formula_disagrees", "share * 4"),
        ("formula_not_evaluated", "Ref('x', 'y')"),
        ("formula_not_evaluated", "missing + 1"),
    ]
    assert [(one.name, one.value, one.process) for one in process.parameters] == [
        ("Share", 0.25, POWER),
        ("double", 0.5, POWER),
    ]


def test_children_and_parents() -> None:
    child = f'type="1" parentActivityId="{POWER}" inheritanceDepth="1"'
    parent = activity(product(KWH, "0") + gas("0.5"))
    partial = activity(gas("0.7"), key=STEEL, tag="childActivityDataset", more=child)
    whole = activity(product(KWH, "0"), key=STEEL, tag="childActivityDataset", more=child)
    assert codes(read(whole)) == {"parent_absent"}
    assert codes(read(parent, whole)) == set()
    assert "parent_needed" in codes(read(partial))
    inventory = read(parent, partial)
    assert codes(inventory) == {"parent_inherited"}
    inherited = inventory.processes[1]
    assert [(one.flow, one.amount) for one in inherited.exchanges] == [(CO2, 0.7), (KWH, 1.0)]
    assert len(inherited.references) == 1


def test_waste_treatment_and_flow_kinds() -> None:
    waste = (
        "<classification><classificationSystem>By-product classification</classificationSystem>"
        "<classificationValue>Waste</classificationValue></classification>"
    )
    inventory = read(activity(product(SCRAP, "0", amount="-1", inner=waste) + gas()))
    process = inventory.processes[0]
    assert process.is_waste_treatment
    assert process.references[0].amount == -1
    assert inventory.flows[SCRAP].kind is FlowKind.WASTE
    assert inventory.flows[CO2].kind is FlowKind.ELEMENTARY
    assert inventory.flows[CO2].categories == ("air", "unspecified")


def test_impact_scores_are_results() -> None:
    score = (
        '<impactIndicator impactIndicatorId="i" amount="0.42"><impactMethodName>IPCC 2021</impactMethodName>'
        "<impactCategoryName>climate change</impactCategoryName><name>GWP100</name><unitName>kg CO2-Eq</unitName>"
        "</impactIndicator>"
    )
    inventory = read(activity(product(KWH, "0") + score, more='type="3"'))
    process = inventory.processes[0]
    assert process.kind is ProcessKind.SYSTEM
    assert [(one.indicator, one.value) for one in process.results] == [("IPCC 2021 | climate change | GWP100", 0.42)]


def test_damage_is_said() -> None:
    broken = (
        '<intermediateExchange amount="viel"><name xml:lang="en">x</name></intermediateExchange>'
        '<elementaryExchange amount="1,5" casNumber="1-2-3"><unitName>kg</unitName><outputGroup>4</outputGroup>'
        "</elementaryExchange><parameter amount='1'/>" + product(KWH, "0", amount="0")
    )
    inventory = read(activity(broken, key=""))
    expected = {"number_unreadable", "amount_missing", "flow_unit_missing", "exchange_without_group", "flow_without_id"}
    expected |= {
        "decimal_comma",
        "cas_invalid",
        "flow_unnamed",
        "parameter_unnamed",
        "reference_amount_zero",
        "activity_without_id",
    }
    assert expected <= codes(inventory)
    assert math.isnan(inventory.processes[0].exchanges[0].amount)
    assert inventory.processes[0].exchanges[1].amount == 1.5


def test_contradictions_between_files_are_said() -> None:
    other = product(KWH, "0", name="热力").replace("kWh", "MJ")
    assert "flow_differs" in codes(read(activity(product(KWH, "0")), activity(other, key=STEEL)))


def test_no_reference_product() -> None:
    assert "reference_missing" in codes(read(activity(gas())))


def test_another_root_is_read_with_a_doubt() -> None:
    text = activity(product(KWH, "0"))
    inventory = ecospold2.read({"a.xml": f"<ecoSpold>{text.replace('xml:', '')}</ecoSpold>".encode("utf-16")})
    assert len(inventory.processes) == 1
    assert codes(inventory) == {"xml_root_unexpected"}


def test_a_property_already_known_is_read_the_same_without_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the tree of a property that was met before changes nothing."""

    def mass(amount: str, more: str = "") -> str:
        return (
            f'<property propertyId="p1" amount="{amount}" unitId="u9" {more}><name xml:lang="en">dry mass</name>'
            f'<unitName xml:lang="en">kg</unitName><comment xml:lang="en">wet &amp; {amount}</comment></property>'
        )

    flows = [product(KWH, "0", inner=mass("1")), gas(inner=mass("0.25", 'variableName="m" mathematicalRelation="1/4"'))]
    documents = (activity("".join(flows)), activity(product(SHEET, "0", inner=mass("7.8")), key=STEEL))
    brief = read(*documents)
    assert [one.properties for one in brief.flows.values()] == [{"p1": 1.0}, {"p1": 0.25}, {"p1": 7.8}]
    assert [one.name for one in brief.flow_properties.values()] == ["dry mass"]
    monkeypatch.setattr(ecospold2._Reader, "_is_known", lambda _self, _attributes: False)
    assert read(*documents) == brief


def test_what_is_left_out_may_not_be_deeper_than_what_is_read() -> None:
    once = '<property propertyId="p1" amount="1" unitId="u9"><name>mass</name><unitName>kg</unitName>{}</property>'
    deep = once.format("<a>" * 120 + "</a>" * 120)
    found = read(activity(product(KWH, "0", inner=once.format("") + deep)))
    assert "xml_too_deep" in codes(found)
