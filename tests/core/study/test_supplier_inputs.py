"""Suppliers' own footprints in a study: counted, checked in every calculation, carried in document and package."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_background import background, document, stages
from supplier_files import of_year
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.supplier import supplier_dataset
from tanbiao.core.rules import load_rule
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.package import identical, replay, seal
from tanbiao.core.study.supplier_parts import SupplierInput, part_of
from tanbiao.core.study.suppliers import free_key, offer
from tanbiao.core.study.years import Pinned, compare_years
from tanbiao.formats import excel_study, yaml_study
from tanbiao.formats.supplier_file import Beside, read

BESIDE = Beside("cradle_to_gate", "cut_off", False, ("GEC-2",))
ROWS = [
    {"id": "r1", "amount": "3 kg", "from": "dataset/steel"},
    {"id": "r2", "amount": "1 kg", "from": "dataset/resin"},
]


def study(**changes: Any) -> Study:
    parsed, findings = Study.parse(document(**{"stages": stages(raw_materials=ROWS), **changes}))
    assert parsed is not None, findings
    return parsed


def part(beside: Beside = BESIDE, reason: str = "", **changes: Any) -> dict[str, Any]:
    found = read(of_year(2023, **changes), beside)
    return part_of(found.footprint, found.product, file=found.hash, verifier=found.verifier, accept_unverified=reason)


def with_ingot(**changes: Any) -> Study:
    made = offer(study(**changes), part(), "r1")
    assert made.accepted, made.told
    parsed, findings = Study.parse(made.document)
    assert parsed is not None, findings
    return parsed


@pytest.mark.requirement("GBA-07a")
def test_an_accepted_footprint_counts_by_kind_with_its_primary_share() -> None:
    # 3 kg × 5.05 (4.5 fossil, 0.5 land use change, −0.2 uptake, 0.25 undivided) + 1 kg resin × 3 = 18.15
    result = calculate(with_ingot(), background(), samples=50).document
    assert result["total"]["value"] == pytest.approx(18.15)
    assert result["kinds"]["land_use_change"] == pytest.approx(1.5)
    assert result["kinds"]["biogenic_uptake"] == pytest.approx(3 * -0.2 - 1)
    # primary: 60 % of the ingot's 3 × 5.25 without uptake, of (15.75 + 4)
    assert result["primary_data_share"] == pytest.approx(0.6 * 15.75 / 19.75)
    row = next(item for item in result["contributions"] if item["row"] == "r1")
    assert row["dataset"] == "supplier:12345678-9abc-4ef0-9234-567812345678"


def test_the_document_is_the_same_through_yaml_excel_and_canonical_form() -> None:
    made = with_ingot()
    assert made.suppliers["ingot-a"].certificates == ("GEC-2",)
    again, findings = Study.parse(json.loads(json.dumps(made.canonical())))
    assert again is not None, findings
    assert again.hash == made.hash
    through_yaml = yaml_study.load(yaml_study.dump(made.canonical())).study
    through_excel = excel_study.read(excel_study.write(made, "zh")).study
    assert through_yaml is not None
    assert through_excel is not None
    assert through_yaml.hash == through_excel.hash == made.hash


def test_the_sealed_package_replays_from_itself() -> None:
    made = with_ingot()
    result = calculate(made, background(), samples=20)
    package = seal(made, background(), None, result)
    assert not any("supplier" in json.dumps(item) for item in package["datasets"])
    assert identical(package, replay(package))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"gwp": "AR5"}, "supplier_gwp_set"),
        ({"period": {"from": "2027-01-01", "to": "2027-12-31"}}, "supplier_period"),
    ],
)
def test_a_study_that_changes_its_terms_loses_the_footprint_by_name(changes: dict[str, Any], code: str) -> None:
    moved, findings = Study.parse({**with_ingot().canonical(), **changes})
    assert moved is not None, findings
    with pytest.raises(TanbiaoError) as caught:
        calculate(moved, background(), samples=0)
    assert code in {item.code for item in caught.value.findings}
    assert {item.where for item in caught.value.findings} == {"stages.raw_materials.r1.from"}


def test_the_recycling_method_is_the_rule_s_or_the_one_of_the_rows() -> None:
    rule = load_rule("generic-goods@1.0.0")
    other = rule.model_copy(update={"allocation": rule.allocation.model_copy(update={"recycling": "cff"})})
    made = with_ingot()
    with pytest.raises(TanbiaoError) as caught:
        calculate(made, background(), other, samples=0)
    assert caught.value.code == "supplier_recycling"
    looped = {"method": "closed_loop", "R1": "0", "R2": "0", "virgin": "dataset/steel", "A": "0.5"}
    rows = [*ROWS, {"id": "c1", "amount": "1 kg", "circular": looped}]
    found = offer(study(stages=stages(raw_materials=rows)), part())
    assert [item.code for item in found.told if item.severity.blocks] == ["supplier_recycling"]


def test_a_certificate_that_the_study_s_own_power_uses_is_refused() -> None:
    claim = {"certificate": "gec－2", "plant": "p", "technology": "wind", "production": "2023-05", "energy": "9 kWh"}
    power = {"supply": "green_certificate", "region": "CN", "generation": "wind", "claims": [claim]}
    rows = [*ROWS, {"id": "e1", "amount": "1 kWh", "electricity": power}]
    found = offer(study(stages=stages(raw_materials=rows)), part(), "r1")
    assert [item.code for item in found.told if item.severity.blocks] == ["supplier_green_power_twice"]


def test_two_suppliers_cannot_claim_one_certificate_but_one_supplier_may_spread_it() -> None:
    first = with_ingot()
    same = offer(first, part(id="b-1", productNameCompany="Plate"), "r2")
    assert same.accepted
    other = offer(first, part(id="b-1", productNameCompany="Plate", companyName="Others"), "r2")
    assert [item.code for item in other.told] == ["supplier_green_power_twice"]


def test_an_unverified_footprint_is_taken_with_a_reason_that_stays_in_the_findings() -> None:
    refused = offer(study(), part(pcf_verification=None), "r1")
    assert [item.code for item in refused.told] == ["supplier_unverified"]
    made = offer(study(), part(pcf_verification=None, reason="first year"), "r1")
    assert made.accepted
    parsed, _ = Study.parse(made.document)
    assert parsed is not None
    told = calculate(parsed, background(), samples=0).findings
    assert [item.params["reason"] for item in told if item.code == "supplier_unverified_taken"] == ["first year"]


def test_a_row_in_another_unit_and_a_row_that_is_not_there_are_refused() -> None:
    rows = [{"id": "r1", "amount": "3 m3", "from": "dataset/steel"}]
    found = offer(study(stages=stages(raw_materials=rows)), part(), "r1")
    assert not found.accepted
    assert [item.where for item in found.findings] == ["r1.amount"]
    assert [item.code for item in offer(study(), part(), "r9").findings] == ["row_unknown"]


def test_a_new_version_of_the_same_footprint_takes_its_place() -> None:
    made = offer(with_ingot(), part(pcf_fossilGhgEmissions="8.5", pcf_pcfExcludingBiogenicUptake="10"))
    assert (made.key, list(made.document["suppliers"])) == ("ingot-a", ["ingot-a"])


def test_references_to_nothing_and_a_footprint_twice_are_errors() -> None:
    rows = [{"id": "r1", "amount": "1 kg", "from": "supplier/nobody"}]
    _, findings = Study.parse(document(stages=stages(raw_materials=rows)))
    assert "unknown_supplier" in {item.code for item in findings}
    _, findings = Study.parse(document(suppliers={"a": part(), "b": part()}))
    assert [item.code for item in findings if item.severity.blocks] == ["supplier_twice"]
    rows = [{"id": "r1", "amount": "1 kg", "treatment": "supplier/a"}]
    _, findings = Study.parse(document(stages=stages(raw_materials=rows), suppliers={"a": part()}))
    assert "supplier_no_treatment" in {item.code for item in findings}


def test_another_supplier_is_the_cause_of_a_year_on_year_change() -> None:
    later = {"period": {"from": "2024-01-01", "to": "2024-12-31"}}
    base, last = Pinned(study(), background(), None), Pinned(with_ingot(**later), background(), None)
    steps = {step.cause: float(step.change) for step in compare_years(base, last).steps if step.change}
    assert steps == {"supplier": pytest.approx(3 * (5.05 - 2.0))}


@given(st.text(max_size=60), st.sets(st.sampled_from(["supplier", "supplier-2", "a", "a-2"])))
def test_a_key_is_free_and_well_formed(wanted: str, taken: set[str]) -> None:
    key = free_key(wanted, taken)
    assert key not in taken
    parsed, findings = Study.parse(document(suppliers={key: part()}))
    assert parsed is not None, findings


def test_the_part_gives_the_statement_back() -> None:
    made = SupplierInput.model_validate(part())
    statement = read(of_year(2023), BESIDE).footprint
    assert made.statement() == statement
    assert supplier_dataset(made.statement()).primary_share == pytest.approx(0.6)
