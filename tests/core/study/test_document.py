"""Reading a study document: what is well formed, and a finding with its place for everything that is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from study_background import document, stages
from tanbiao.core.findings import catalogue, render
from tanbiao.core.study import Study
from tanbiao.formats import yaml_study

ROOT = Path(__file__).parents[3]


def codes(body: dict[str, Any]) -> dict[str, str]:
    """Return code → place of the findings of a document."""
    study, findings = Study.parse(body)
    assert (study is None) == any(item.severity.blocks for item in findings)
    for item in findings:
        assert render(item, "zh")["message"] != item.code
        assert render(item, "en")["remedy"]
    return {item.code: item.where for item in findings}


def row(**changes: Any) -> dict[str, Any]:
    """Return a document whose only row has changes."""
    body = {"id": "r1", "amount": "1 kg", "from": "dataset/steel", **changes}
    return document(stages=stages(raw_materials=[{key: item for key, item in body.items() if item is not None}]))


@pytest.mark.parametrize(
    "file", sorted([*ROOT.glob("src/tanbiao/examples/*.yaml"), *ROOT.glob("src/tanbiao/data/rules/examples/*.yaml")])
)
def test_what_was_stored_is_read_back_in_one_pass_as_the_reader_of_files_reads_it(file: Path) -> None:
    study = yaml_study.load(file.read_bytes()).study
    assert study is not None
    stored = json.loads(json.dumps(study.canonical()))
    assert Study.of_canonical(stored) == study
    assert Study.parse(stored)[0] == study


def test_the_example_of_the_format_description_is_a_study() -> None:
    text = (ROOT / "docs" / "study-format.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    loaded = yaml_study.load(found[1].encode())
    assert loaded.findings == []
    assert loaded.study is not None


def test_a_canonical_document_reads_back_to_the_same_study() -> None:
    study, _ = Study.parse(
        row(name="铜箔", data={"kind": "secondary", "uncertainty": "5 %"}, evidence=["sha256:" + "a" * 64])
    )
    assert study is not None
    again, findings = Study.parse(study.canonical())
    assert findings == []
    assert again == study
    assert again is not None
    assert again.hash == study.hash


def test_short_forms_mean_the_same_as_long_ones() -> None:
    short, _ = Study.parse(row(**{"from": None, "fuel": "natural-gas", "amount": "1 Nm3", "name": "天然气"}))
    long, _ = Study.parse(
        row(**{"from": None, "fuel": {"id": "natural-gas"}, "amount": "1 Nm3", "name": {"zh": "天然气"}})
    )
    assert short == long


@pytest.mark.requirement("GBA-07b")
@pytest.mark.parametrize("missing", ["raw_materials", "manufacturing", "distribution", "use", "end_of_life"])
def test_each_of_the_five_stages_must_be_there_or_say_why_not(missing: str) -> None:
    body = stages()
    del body[missing]
    assert codes(document(stages=body))["stage_missing"] == f"stages.{missing}"


@pytest.mark.parametrize("stage", [[], {}, {"not_declared": ""}, {"empty": "x", "excluded": "y"}, "none"])
def test_a_stage_without_rows_gives_exactly_one_reason(stage: Any) -> None:
    assert set(codes(document(stages={**stages(), "use": stage}))) & {"stage_missing", "stage_form", "bad_value"}


BAD_ROWS = [
    ({"amount": "-1 kg"}, "negative_amount", "amount"),
    ({"amount": "1,5 kg"}, "amount_separator", "amount"),
    ({"amount": "one kg"}, "amount_malformed", "amount"),
    ({"amount": "1"}, "unit_missing", "amount"),
    ({"amount": "1 kgg"}, "unit_unknown", "amount"),
    ({"amount": "unknown"}, "field_missing", "amount.reason"),
    ({"amount": None}, "field_missing", "amount"),
    ({"from": "process/none"}, "unknown_process", "from"),
    ({"frm": "dataset/steel"}, "unknown_key", "frm"),
    ({"gas": "N2O"}, "several_activities", ""),
    ({"from": None}, "no_activity", ""),
    ({"from": "steel"}, "bad_form", "from"),
    ({"data": {"kind": "best"}}, "not_one_of", "data.kind"),
    ({"data": {"kind": "stand_in"}}, "stand_in_unexplained", ""),
    ({"data": {"kind": "primary", "pedigree": [1, 2, 3, 4, 6]}}, "bad_value", "data.pedigree[4]"),
    ({"evidence": ["file.pdf"]}, "bad_form", "evidence[0].hash"),
    ({"source": "nowhere#p. 3"}, "unknown_source", "source"),
    ({"from": None, "electricity": {"supply": "grid"}}, "field_missing", "electricity.region"),
    ({"from": None, "electricity": "wind_farm"}, "not_one_of", "electricity.supply"),
    ({"from": None, "electricity": {"supply": "direct_line"}}, "supply_without_dataset", "electricity"),
    ({"from": None, "fuel": {"id": "coal", "combustion_in": "zz"}}, "combustion_row_missing", "fuel.combustion_in"),
    ({"properties": {"LHV": "hot"}}, "property_malformed", "properties.LHV"),
    ({"name": {}}, "bad_value", "name"),
    ({"data": {"kind": "primary", "uncertainty": {}}}, "bad_value", "data.uncertainty"),
    ({"data": {"kind": "primary", "uncertainty": {"percent": float("nan")}}}, "bad_value", "data.uncertainty.percent"),
    ({"data": {"kind": "primary", "pedigree": [1, 2]}}, "bad_value", "data.pedigree"),
]


@pytest.mark.parametrize(("changes", "code", "place"), BAD_ROWS)
def test_a_bad_row_is_found_with_its_place(changes: dict[str, Any], code: str, place: str) -> None:
    where = f"stages.raw_materials.r1{'.' + place if place else ''}"
    assert codes(row(**changes)).get(code) == where


def test_an_unknown_key_is_answered_with_the_nearest_one() -> None:
    _, findings = Study.parse(row(amuont="1 kg"))
    assert findings[0].code == "unknown_key"
    assert findings[0].params["near"] == "amount"


@pytest.mark.parametrize("key", ["offset", "offsets", "carbon_offset", "抵消量"])
def test_an_offset_is_refused_by_name_wherever_it_stands(key: str) -> None:
    assert codes(document(**{key: "1 t"}))["offset_refused"] == key
    assert codes(row(**{key: "1 t"}))["offset_refused"] == f"stages.raw_materials.r1.{key}"


def test_ids_are_unique_over_stages_processes_and_cut_off() -> None:
    body = document(
        stages=stages(raw_materials=[{"id": "a", "amount": "1 kg", "from": "process/p"}]),
        processes={"p": {"gives": "1 kg", "takes": [{"id": "a", "amount": "1 kg", "from": "dataset/steel"}]}},
        cut_off=[{"id": "a", "what": "labels", "bound": "1 g", "reason": "small"}],
    )
    _, findings = Study.parse(body)
    assert [item.where for item in findings if item.code == "row_id_twice"] == ["processes.p.takes.a", "cut_off.a"]


def test_one_bad_row_does_not_hide_the_findings_of_another() -> None:
    rows = [{"id": "a", "amount": "-1 kg", "from": "dataset/steel", "x": 1}, {"id": "b", "amount": "1 kg", "gas": ""}]
    found = codes(document(stages=stages(raw_materials=rows)))
    assert found["unknown_key"] == "stages.raw_materials.a.x"
    assert found["bad_value"] == "stages.raw_materials.b.gas"


PROCESSES = [
    ({"gives": [{"product": "a", "amount": "1 kg"}, {"product": "b", "amount": "1 kg"}]}, "allocation_missing"),
    (
        {
            "gives": [{"product": "a", "amount": "1 kg"}, {"product": "b", "amount": "1 kg"}],
            "allocation": {"by": "economic", "shares": {"a": 0.5, "b": 0.6}, "reason": "prices"},
        },
        "allocation_sum",
    ),
    (
        {
            "gives": [{"product": "a", "amount": "1 kg"}, {"product": "b", "amount": "1 kg"}],
            "allocation": {"by": "economic", "shares": {"a": 1.0}, "reason": "prices"},
        },
        "allocation_shares",
    ),
    ({"gives": "1 kg", "takes": [{"id": "c", "amount": "1 kg", "credit": "dataset/steel"}]}, "credit_inside_process"),
    ({"gives": "1 kg", "takes": [{"id": "c", "amount": "1 kg", "gas": "N2O"}]}, "gas_as_input"),
    ({"gives": "1 kg", "emits": [{"id": "c", "amount": "1 kg", "from": "dataset/steel"}]}, "emission_without_gas"),
    ({"gives": "1 kg", "losses": [{"id": "c", "amount": "1 kg", "gas": "N2O"}]}, "loss_with_activity"),
]


@pytest.mark.parametrize(("process", "code"), PROCESSES)
def test_a_bad_process_is_found(process: dict[str, Any], code: str) -> None:
    assert code in codes(document(processes={"p": process}))


def test_a_process_with_several_products_is_named_with_one_of_them() -> None:
    outputs = {
        "gives": [{"product": "a", "amount": "1 kg"}, {"product": "b", "amount": "3 kg"}],
        "allocation": {"by": "mass", "reason": "physical"},
    }
    for target, code in (("process/p", "product_not_named"), ("process/p/z", "unknown_product")):
        body = document(
            processes={"p": outputs}, stages=stages(raw_materials=[{"id": "r", "amount": "1 kg", "from": target}])
        )
        assert code in codes(body)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"period": {"from": "2024-01-01", "to": "2023-12-31"}}, "period_backwards"),
        ({"period": {"from": "2024", "to": "2023-12-31"}}, "bad_form"),
        ({"capital_goods": {}}, "capital_goods_form"),
        ({"boundary": "cradle_to_grave"}, "boundary_contradicts_stage"),
        ({"gwp": "AR3"}, "not_one_of"),
        ({"tanbiao": "study/2"}, "unsupported_format"),
        ({"processes": {"p": {"gives": "1 kg"}}}, "process_unused"),
        ({"processes": []}, "not_a_mapping"),
        ({"cut_off": {}}, "not_a_list"),
        ({"goal": None}, "field_missing"),
        ({"gwp": None}, "field_missing"),
        ({"goal": {"application": "a\x00b"}}, "bad_form"),
    ],
)
def test_a_bad_scope_is_found(part: dict[str, Any], code: str) -> None:
    assert code in codes(document(**part))


@pytest.mark.parametrize("body", [None, [], "text", 3, {"stages": {"a": {"b": 1}}}])
def test_what_is_no_study_says_so(body: Any) -> None:
    study, findings = Study.parse(body)
    assert study is None
    assert findings[0].code in ("not_a_study", "unsupported_format")


def test_a_document_nested_too_deeply_is_refused_and_not_followed() -> None:
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"a": deep}
    _, findings = Study.parse(document(assumptions=deep))
    assert findings[0].code == "too_deep"


@pytest.mark.requirement("GBA-06f")
@pytest.mark.parametrize("mode", ["sample_measurement", "dynamic_tracking", "online_system"])
def test_how_a_data_point_was_acquired_is_recorded(mode: str) -> None:
    study, _ = Study.parse(row(data={"kind": "site_specific", "acquisition": mode, "measured_by": "meter/E-07"}))
    assert study is not None
    kept = study.stages.raw_materials.rows[0].data
    assert kept is not None
    assert kept.acquisition == mode
    from tanbiao.formats import excel_study

    again = excel_study.read(excel_study.write(study)).study
    assert again is not None
    assert again.hash == study.hash


def test_every_finding_of_the_study_area_says_what_to_do_in_both_languages() -> None:
    for code, texts in catalogue().items():
        assert set(texts) == {"zh", "en"}, code
