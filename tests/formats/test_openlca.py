"""openLCA JSON-LD: both schemas in one vocabulary, whatever program wrote the file."""

import json
import math
import zipfile
from collections import Counter
from typing import Any

import pytest

from mutations import mutated
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import FlowKind, Inventory, ProcessKind
from tanbiao.core.findings import catalogue
from tanbiao.formats.archive import Members
from tanbiao.formats.openlca import read

MASS, KG = "93A60A56-A3C8-11DA-A746-0800200B9A66", "20aadc24-a391-41cf-b340-3e4529f44bde"


def ref(kind: str, key: str, **more: Any) -> dict[str, Any]:
    return {"@type": kind, "@id": key, **more}


def basics(schema: int) -> dict[str, Any]:
    """Mass with kg and t, and three flows: steel (product), slag (waste), carbon dioxide (elementary)."""
    default, old = ("isRefUnit", "isRefFlowProperty"), ("referenceUnit", "referenceFlowProperty")
    unit_key, property_key = default if schema == 2 else old
    units = [{"@id": KG, "name": "kg", "conversionFactor": 1.0, unit_key: True}]
    units.append({"@id": "t-id", "name": "t", "conversionFactor": 1000})
    files: dict[str, Any] = {
        "unit_groups/m.json": ref("UnitGroup", "group", name="Units of mass", units=units),
        "flow_properties/m.json": ref("FlowProperty", MASS, name="Mass", unitGroup=ref("UnitGroup", "GROUP")),
    }
    for key, kind in (("steel", "PRODUCT_FLOW"), ("slag", "WASTE_FLOW"), ("co2", "ELEMENTARY_FLOW")):
        factor = {"flowProperty": ref("FlowProperty", MASS), "conversionFactor": 1.0, property_key: True}
        files[f"flows/{key}.json"] = ref("Flow", key, name=key, flowType=kind, flowProperties=[factor])
    return files


def exchange(flow: str, amount: Any, schema: int = 2, is_input: bool = False, **more: Any) -> dict[str, Any]:
    given = {"flow": ref("Flow", flow), "amount": amount, "unit": ref("Unit", KG, name="kg"), **more}
    given["isInput" if schema == 2 else "input"] = is_input
    return given


def packed(documents: dict[str, Any]) -> dict[str, bytes]:
    return {
        name: body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        for name, body in documents.items()
    }


def read_one(exchanges: list[dict[str, Any]], schema: int = 2, **more: Any) -> Inventory:
    files = basics(schema)
    files["processes/p.json"] = ref("Process", "P", name="Steel making", exchanges=exchanges, **more)
    return read(packed(files))


def codes(inventory: Inventory) -> Counter[str]:
    assert {one.code for one in inventory.findings} <= set(catalogue())
    return Counter(one.code for one in inventory.findings)


@pytest.mark.parametrize("schema", [1, 2])
def test_both_schemas_say_the_same(schema: int) -> None:
    reference = "isQuantitativeReference" if schema == 2 else "quantitativeReference"
    avoided = "isAvoidedProduct" if schema == 2 else "avoidedProduct"
    found = read_one(
        [
            exchange("steel", 1.0, schema, **{reference: True}),
            exchange("slag", 0.3, schema, **{avoided: True}),
            exchange("co2", 2, schema, unit=ref("Unit", "t-id")),
            exchange("steel", 0.1, schema, is_input=True, defaultProvider=ref("Process", "P")),
        ],
        schema,
        processType="LCI_RESULT",
    )
    assert found.format == f"openlca-jsonld-{schema}"
    process = found.processes[0]
    assert process.kind is ProcessKind.SYSTEM
    assert [(one.flow, one.is_input, one.is_reference, one.is_avoided, one.unit) for one in process.exchanges] == [
        ("steel", False, True, False, "kg"),
        ("slag", False, False, True, "kg"),
        ("co2", False, False, False, "t"),
        ("steel", True, False, False, "kg"),
    ]
    assert process.exchanges[3].provider == "p"  # ids are compared in lower case
    assert found.unit_groups["group"].units == {"kg": 1.0, "t": 1000.0}
    assert found.flow_properties[MASS.lower()].unit_group == "group"
    assert found.flows["slag"].kind is FlowKind.WASTE
    assert found.findings == ()


def test_category_objects_and_category_texts_are_paths() -> None:
    files = basics(1)
    files["categories/a.json"] = ref("Category", "air", name="Emission to air")
    files["categories/b.json"] = ref("Category", "high", name="high. pop.", category=ref("Category", "air"))
    files["categories/c.json"] = ref("Category", "x", name="x", category=ref("Category", "y"))
    files["categories/d.json"] = ref("Category", "y", name="y", category=ref("Category", "x"))
    files["flows/co2.json"]["category"] = ref("Category", "high", name="high. pop.")
    files["flows/steel.json"]["category"] = "Metals / Steel"
    files["flows/slag.json"]["category"] = ref("Category", "x")  # a circle ends
    flows = read(packed(files)).flows
    assert flows["co2"].categories == ("Emission to air", "high. pop.")
    assert flows["steel"].categories == ("Metals", "Steel")
    assert set(flows["slag"].categories) == {"x", "y"}


def test_uncertainties_are_kept_and_repaired_with_a_finding() -> None:
    def spread(**values: Any) -> dict[str, Any]:
        return exchange("co2", 1.0, uncertainty=values)

    found = read_one(
        [
            exchange("steel", 1.0, isQuantitativeReference=True, dqEntry="(2;4;n.a.;3;1)"),
            spread(distributionType="LOG_NORMAL_DISTRIBUTION", geomMean=1.0, geomSd=1.2),
            spread(distributionType="NORMAL_DISTRIBUTION", mean=1.0, sd=0.25),
            spread(distributionType="TRIANGLE_DISTRIBUTION", minimum=3.0, mode=2.0, maximum=1.0),
            spread(distributionType="UNIFORM_DISTRIBUTION", minimum=1.0, maximum=2.0),
            spread(distributionType="TRIANGLE_DISTRIBUTION", minimum=1.0, mode=9.0, maximum=2.0),
            spread(distributionType="LOG_NORMAL_DISTRIBUTION", geomMean=1.0, geomSd=0.5),
            spread(distributionType="WEIBULL", a=1),
            exchange("co2", 1.0, dqEntry="(1;1;1;1;1)", baseUncertainty=1.21),
        ]
    )
    spreads = [one.spread for one in found.processes[0].exchanges]
    assert spreads[0] is not None
    assert spreads[0].pedigree == (2, 4, 0, 3, 1)
    assert spreads[1] is not None
    assert spreads[1].sigma == pytest.approx(math.log(1.2), abs=1e-15)
    assert spreads[2] is not None
    assert (spreads[2].kind, spreads[2].sigma) == ("normal", 0.25)
    assert spreads[3] is not None
    assert (spreads[3].minimum, spreads[3].mode, spreads[3].maximum) == (1.0, 2.0, 3.0)
    assert spreads[4] is not None
    assert (spreads[4].kind, spreads[4].maximum) == ("uniform", 2.0)
    assert spreads[5:8] == [None, None, None]
    assert spreads[8] is not None
    assert spreads[8].base_sigma == pytest.approx(math.log(1.1), abs=1e-15)
    assert codes(found) == {"spread_bounds_swapped": 1, "spread_invalid": 2, "spread_unknown": 1}


def test_scores_of_another_matrix_are_put_in_our_order_or_left_as_text() -> None:
    files = basics(2)
    names = ["Flow Reliability", "Temporal Correlation", "Geographical Correlation", "Technological Correlation"]
    indicators = [{"position": n + 1, "name": name} for n, name in enumerate([*names, "Data Collection Methods"])]
    files["dq_systems/epa.json"] = ref("DQSystem", "epa", indicators=indicators[::-1])
    files["dq_systems/own.json"] = ref("DQSystem", "own", indicators=[{"position": 1, "name": "Review"}])
    row = exchange("steel", 1.0, isQuantitativeReference=True, dqEntry="(1;2;3;4;5)")
    for key in ("epa", "own"):
        process = ref("Process", key, name=key, exchanges=[row], exchangeDqSystem=ref("DQSystem", key))
        files[f"processes/{key}.json"] = process
    found = read(packed(files))
    epa, own = (one.exchanges[0] for one in found.processes)
    # reliability, completeness (data collection), temporal, geographical, technological
    assert epa.spread is not None
    assert epa.spread.pedigree == (1, 5, 2, 3, 4)
    assert own.spread is None
    assert own.quality == "(1;2;3;4;5)"
    assert codes(found) == {"quality_matrix_unknown": 1}


def test_parameters_are_computed_in_any_order_and_checked_against_amounts() -> None:
    files = basics(2)
    files["parameters/g.json"] = ref("Parameter", "g", name="Grid", value=0.5, isInputParameter=True)
    parameters = [
        {"name": "b", "formula": "a * GRID", "isInputParameter": "FALSE"},
        {
            "name": "a",
            "value": 4.0,
            "isInputParameter": "TRUE",
            "uncertainty": {"distributionType": "UNIFORM_DISTRIBUTION"},
        },
        {"name": "c", "formula": "if(a > 3; b; 0) + 1", "value": 3.0, "isInputParameter": False},
        {"name": "d", "formula": "e", "isInputParameter": False},
        {"name": "e", "formula": "d", "isInputParameter": False, "value": 9.0},
    ]
    rows = [
        exchange("steel", 1.0, isQuantitativeReference=True),
        exchange("co2", 3.0, amountFormula="c"),
        exchange("co2", 7.0, amountFormula="c"),
        exchange("co2", None, amountFormula="c * 2"),
        exchange("co2", 5.0, amountFormula="unheard_of"),
    ]
    files["processes/p.json"] = ref("Process", "p", name="p", parameters=parameters, exchanges=rows)
    found = read(packed(files))
    process = found.processes[0]
    values = {one.name: one.value for one in process.parameters}
    assert values == {"b": 2.0, "a": 4.0, "c": 3.0, "d": None, "e": 9.0}
    assert [one.amount for one in process.exchanges[1:]] == [3.0, 7.0, 6.0, 5.0]
    assert found.parameters[0].name == "Grid"
    assert found.parameters[0].process == ""
    assert codes(found) == {
        "formula_gives_other_amount": 1,
        "foreign_formula_name": 1,
        "foreign_formula_cycle": 2,
        "spread_invalid": 1,
        "parameter_without_value": 1,
    }


def test_allocation_factors_of_every_kind() -> None:
    rows = [
        exchange("steel", 1.0, isQuantitativeReference=True, internalId=1),
        exchange("slag", 0.3, internalId=2),
        exchange("co2", 2.0, internalId=3),
    ]
    factors = [
        {"product": ref("Flow", "Steel"), "value": 0.9, "allocationType": "ECONOMIC_ALLOCATION"},
        {"product": ref("Flow", "slag"), "value": "0,1", "allocationType": "ECONOMIC_ALLOCATION"},
        {
            "product": ref("Flow", "steel"),
            "value": 1,
            "allocationType": "CAUSAL_ALLOCATION",
            "exchange": {"internalId": 3},
        },
        {"product": ref("Flow", "steel"), "value": 1, "exchange": {"flow": ref("Flow", "co2")}},
        {"product": ref("Flow", "steel"), "value": 1, "exchange": {"flow": ref("Flow", "elsewhere")}},
        {"value": 0.5, "allocationType": "PHYSICAL_ALLOCATION"},
    ]
    found = read_one(rows, allocationFactors=factors, defaultAllocationMethod="ECONOMIC_ALLOCATION")
    process = found.processes[0]
    assert [(one.product, one.value, one.method, one.exchange) for one in process.allocation] == [
        ("steel", 0.9, "economic", ""),
        ("slag", 0.1, "economic", ""),
        ("steel", 1.0, "causal", "3"),
        ("steel", 1.0, "other", "3"),
        ("", 0.5, "physical", ""),
    ]
    assert process.default_allocation == "economic"
    assert codes(found) == {"decimal_comma": 1, "allocation_exchange_unknown": 1, "allocation_product_missing": 1}


def test_what_is_said_about_a_process_is_kept() -> None:
    files = basics(2)
    files["locations/cn.json"] = ref("Location", "loc", name="China", code="CN", geometry={"type": "Point"})
    files["sources/s.json"] = ref(
        "Source", "s", name="Yearbook", textReference="NBS 2024", year=2024, url="https://x.cn"
    )
    files["processes/p.json"] = ref(
        "Process",
        "p",
        name="钢坯",
        version="01.00.000",
        lastChange="2024-05-31T10:00:00Z",
        location=ref("Location", "loc", name="China"),
        exchanges=[exchange("steel", 1.0, isQuantitativeReference=True)],
        processDocumentation={
            "validFrom": "2023-01-01T00:00:00+08:00",
            "validUntil": "2025",
            "technologyDescription": "electric arc",
            "restrictionsDescription": "CC BY 4.0",
            "isCopyrightProtected": True,
            "dataDocumentor": ref("Actor", "a", name="Li"),
            "sources": [ref("Source", "s"), ref("Source", "gone", name="Lost paper")],
            "reviews": [{"reviewType": "External", "details": "sound", "reviewers": [ref("Actor", "r", name="Wang")]}],
        },
    )
    found = read(packed(files))
    process = found.processes[0]
    assert (process.location, process.version, process.name) == ("CN", "01.00.000", {"": "钢坯"})
    assert (process.valid_from, process.valid_until, process.technology) == ("2023-01-01", "2025", "electric arc")
    assert process.licence == "CC BY 4.0"
    assert process.documentation["lastChange"] == "2024-05-31T10:00:00Z"
    assert process.documentation["dataDocumentor"] == "Li"
    assert process.documentation["isCopyrightProtected"] == "true"
    assert set(process.citations) == {"a", "s", "gone", "r", "p#review-1"}
    assert found.citations["s"].text == "NBS 2024; 2024"
    assert found.citations["s"].url == "https://x.cn"
    assert (found.citations["p#review-1"].kind, found.citations["p#review-1"].text) == ("review", "sound; Wang")
    assert codes(found) == {"citation_not_included": 3}


def test_habits_of_other_programs() -> None:
    """Fields in another order, decimal commas, truth as text, no @type in references, a byte order mark, GB 18030."""
    files = packed(basics(2))
    body = json.dumps(
        {
            "exchanges": [
                {"unit": {"name": "kg"}, "isQuantitativeReference": "TRUE", "flow": {"@id": "STEEL"}, "amount": "1,25"},
                {"amount": "1,234", "isInput": "true", "flow": {"@id": "co2"}},
                {"amount": "1 234.5", "flow": {"@id": "co2"}, "unit": {"name": "stone"}},
                {"amount": "", "flow": {"@id": "co2"}, "unit": {"name": "kg"}},
                {"amount": 1.0, "flow": {"name": "nothing"}},
                {
                    "amount": 1.0,
                    "flow": {"@id": "heat", "name": "Heat", "flowType": "PRODUCT_FLOW"},
                    "unit": {"name": "MJ"},
                },
            ],
            "name": "炼钢",
            "@id": "P",
            "@type": "Process",
        },
        ensure_ascii=False,
    )
    files["somewhere/p.json"] = b"\xef\xbb\xbf" + body.encode()
    files["somewhere/q.json"] = body.replace('"P"', '"Q"').encode("gb18030")
    found = read(files)
    first, second = found.processes
    assert first.name == second.name == {"": "炼钢"}
    assert [one.amount for one in first.exchanges[:3]] == [1.25, 1.234, 1234.5]
    assert math.isnan(first.exchanges[3].amount)
    assert first.exchanges[1].is_input
    assert first.exchanges[1].unit == "kg"
    assert found.flows["heat"].kind is FlowKind.PRODUCT
    per_process = {"decimal_comma": 2, "amount_missing": 1, "exchange_without_flow": 1, "unit_not_stated": 1}
    expected = {code: 2 * count for code, count in per_process.items()} | {"unit_not_in_group": 2}
    assert codes(found) == expected | {"flow_not_included": 1, "encoding_guessed": 1}


def test_a_file_that_is_no_dataset_is_a_finding_and_the_rest_is_read() -> None:
    files = packed(basics(2))
    files["processes/good.json"] = packed({"x": ref("Process", "g", name="g", exchanges=[])})["x"]
    files["processes/again.json"] = packed({"x": ref("Process", "G", name="other", exchanges="none")})["x"]
    files["processes/cut.json"] = files["processes/good.json"][:-3]
    files["processes/deep.json"] = b"[" * 100_000
    files["processes/list.json"] = b"[1]"
    files["processes/surrogate.json"] = b'{"@type":"Process","@id":"s","name":"a\\u0000\\ud800b"}'
    files["lcia_methods/m.json"] = packed({"x": ref("ImpactMethod", "i")})["x"]
    found = read(files)
    assert [one.id for one in found.processes] == ["g", "s"]
    assert found.processes[1].name == {"": "a\ufffd\ufffdb"}
    assert codes(found) == {
        "json_malformed": 2,
        "json_not_an_object": 1,
        "uuid_clash": 1,
        "field_not_a_list": 1,
        "reference_missing": 2,
        "openlca_type_not_read": 1,
    }
    assert codes(read({})) == {"no_processes": 1}


def test_a_flood_of_findings_is_counted_not_listed() -> None:
    rows = [exchange("steel", 1.0, isQuantitativeReference=True)] + [exchange("co2", "x") for _ in range(700)]
    found = read_one(rows)
    counted = codes(found)
    assert counted == {"number_unreadable": 500, "amount_missing": 500, "findings_left_out": 2}
    assert [one.params["more"] for one in found.findings if one.code == "findings_left_out"] == [200, 200]
    assert found.count_exchanges() == 701


@needs_samples
def test_us_lci_counts_equal_a_count_of_the_raw_files() -> None:
    archive = LCA / "olca" / "uslci_olca1_5_0_schema1.zip"
    exchanges = references = processes = 0
    made: set[str] = set()
    used: set[str] = set()
    kinds: dict[str, str] = {}
    rows: dict[str, list[tuple[str, bool, float, str]]] = {}
    parameters = 0
    with zipfile.ZipFile(archive) as zipped:
        for name in zipped.namelist():
            if name.startswith("flows/"):
                flow = json.loads(zipped.read(name))
                kinds[flow["@id"]] = flow["flowType"]
            if name.startswith("processes/") and name.endswith(".json"):
                body = json.loads(zipped.read(name))
                processes += 1
                parameters += len(body.get("parameters", []))
                rows[body["@id"]] = [
                    (row["flow"]["@id"], row["input"], row["amount"], row["unit"]["name"]) for row in body["exchanges"]
                ]
                for row in body["exchanges"]:
                    exchanges += 1
                    if row.get("quantitativeReference"):
                        references += 1
                        made.add(row["flow"]["@id"])
                    if row["input"]:
                        used.add(row["flow"]["@id"])
    missing = sorted(key for key in used - made if kinds[key] != "ELEMENTARY_FLOW")
    assert (processes, exchanges, len(missing)) == (766, 32526, 754)
    with Members.open(archive) as members:
        found = read(members)
    assert found.format == "openlca-jsonld-1"
    assert (len(found.processes), found.count_exchanges(), found.count_references()) == (
        processes,
        exchanges,
        references,
    )
    assert list(found.products_without_provider()) == missing
    for process in found.processes:
        assert [(one.flow, one.is_input, one.amount, one.unit) for one in process.exchanges] == rows[process.id]
    assert len(found.flows) == len(kinds) == 4601
    assert sum(len(one.parameters) for one in found.processes) == parameters == 537
    codes(found)


@needs_samples
def test_the_transport_set_of_schema_2() -> None:
    archive = LCA / "olca" / "uslci-transport_v1.1_schema2.zip"
    with zipfile.ZipFile(archive) as zipped:
        bodies = [json.loads(zipped.read(name)) for name in zipped.namelist() if name.startswith("processes/")]
    with Members.open(archive) as members:
        found = read(members)
    rows = [row for body in bodies for row in body["exchanges"]]
    assert found.format == "openlca-jsonld-2"
    assert len(found.processes) == len(bodies) == 41
    assert found.count_exchanges() == len(rows) == 238
    assert found.count_references() == sum(row["isQuantitativeReference"] is True for row in rows) == 41
    named = sum("defaultProvider" in row for row in rows)
    assert sum(bool(one.provider) for process in found.processes for one in process.exchanges) == named == 197
    scored = [one for process in found.processes for one in process.exchanges if one.spread and one.spread.pedigree]
    assert len(scored) == sum(bool(row.get("dqEntry")) for row in rows)
    # every formula of the set gives its stated amount
    assert "formula_gives_other_amount" not in codes(found)
    assert all(one.value is not None for process in found.processes for one in process.parameters)


def small_archive() -> dict[str, bytes]:
    files = basics(1)
    files["categories/a.json"] = ref("Category", "air", name="air", category=ref("Category", "root", name="root"))
    parameters = [{"name": "a", "value": 1.0}, {"name": "b", "formula": "a*2^(1/2)", "inputParameter": False}]
    rows = [
        exchange("steel", 1.0, 1, quantitativeReference=True, pedigreeUncertainty="(1;2;3;4;5)"),
        exchange(
            "co2",
            1.4142,
            1,
            amountFormula="b",
            uncertainty={"distributionType": "LOG_NORMAL_DISTRIBUTION", "geomSd": 1.1},
        ),
        exchange("slag", 0.3, 1),
    ]
    factors = [{"product": ref("Flow", "steel"), "value": 1.0, "exchange": {"flow": ref("Flow", "co2")}}]
    about = {"validFrom": "2020-01-01", "sources": [ref("Source", "s", name="S")], "reviewer": ref("Actor", "r")}
    for key in ("p", "q"):
        files[f"processes/{key}.json"] = ref(
            "Process",
            key,
            name="名",
            exchanges=rows,
            parameters=parameters,
            allocationFactors=factors,
            processDocumentation=about,
        )
    return packed(files)


def check_mutations(count: int, seed: int) -> None:
    for what, files in mutated(small_archive(), count, seed):
        found = read(files)
        codes(found)
        for process in found.processes:
            for one in process.exchanges:
                assert one.flow in found.flows, what
        json.dumps([dict(one.params) for one in found.findings]).encode()


def test_damaged_copies_give_findings_never_a_traceback() -> None:
    check_mutations(400, 1)


@pytest.mark.soak
def test_ten_thousand_damaged_copies() -> None:
    check_mutations(10_000, 2)
