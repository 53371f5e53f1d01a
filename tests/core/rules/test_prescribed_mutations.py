"""The values that a rule prescribes are elements too: scenarios and defaults are changed, and an example must break."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_rule_mutations import asked, folder, release  # noqa: F401 (a fixture)

from tanbiao.core.findings import explain
from tanbiao.core.rules.conformity import pack, read_answers, score
from tanbiao.core.rules.kit import try_examples
from tanbiao.core.rules.kit_file import FOLDER
from tanbiao.core.rules.mutation_report import Report, mutation_report
from tanbiao.core.rules.mutations import mutants
from tanbiao.core.rules.probing import STATEMENT, as_document, as_text, probe

SOURCE = "arithmetic example, not a product"
DRIVING = {
    "id": "driving",
    "stage": "raw_materials",
    "title": {"zh": "行驶", "en": "driving"},
    "mandatory": True,
    "parameters": [
        {"name": "distance", "value": "1000 km", "source": SOURCE},
        {"name": "batteries", "value": "1", "source": SOURCE},
        {"name": "loss", "value": "60 % a year", "source": SOURCE},
    ],
}
YIELD = {"for": "melting without a balance", "value": "85 %", "source": SOURCE, "id": "melting", "kind": "yield"}
SEA = {"for": "ore", "value": "9000 km by sea and 300 km by lorry", "source": SOURCE, "kind": "transport"}
FOLLOWED = {"scenario": "driving", "parameters": {"distance": "1000 km", "batteries": "1", "loss": "60 % a year"}}
TAKES = {"amount": "1 kg", "from": "dataset/steel", "data": {"kind": "secondary"}}


def prescribing(*examples: dict[str, Any], **changes: Any) -> Any:
    return asked(*examples, **{"scenarios": [DRIVING], "defaults": [YIELD, SEA], **changes})


def variants(rule: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in mutants(rule):
        if item.element.startswith(("scenarios.", "defaults.")):
            found.setdefault(item.element, []).append(item.after)
    return found


def test_every_value_of_a_scenario_and_a_default_has_variants_of_its_kind() -> None:
    stages = ["manufacturing", "distribution", "use", "end_of_life"]
    assert variants(prescribing()) == {
        "scenarios.driving": ["—"],
        "scenarios.driving.mandatory": ["False"],
        "scenarios.driving.stage": stages,
        "scenarios.driving.parameters.distance": ["500 km", "2000 km"],
        # a count has one more or one less, a share stays within 100 %
        "scenarios.driving.parameters.batteries": ["2", "0"],
        "scenarios.driving.parameters.loss": ["30 % a year", "100 % a year"],
        "defaults.melting": ["—"],
        "defaults.melting.value": ["42.5 %", "100 %"],
        "defaults.default-2": ["—"],
        "defaults.default-2.value[0]": ["4500 km by sea and 300 km by lorry", "18000 km by sea and 300 km by lorry"],
        "defaults.default-2.value[1]": ["9000 km by sea and 150 km by lorry", "9000 km by sea and 600 km by lorry"],
    }


@pytest.mark.parametrize(
    ("value", "others"),
    [
        ("0 % recovered", ["50 % recovered", "100 % recovered"]),
        ("100 %", ["50 %"]),
        ("0 kg", ["1 kg"]),
        ("N2O by the default factors", ["another value"]),
        ("0.21 t CO2 per t", ["0.105 t CO2 per t", "0.42 t CO2 per t"]),
    ],
)
def test_a_number_is_changed_where_it_is_one_and_words_where_there_is_none(value: str, others: list[str]) -> None:
    assert variants(prescribing(defaults=[{**YIELD, "value": value}]))["defaults.melting.value"] == others


def report(rule: Any, folder: Path) -> Report:  # noqa: F811
    return mutation_report(rule, release, folder)


def test_a_study_that_follows_the_scenario_holds_its_values_and_one_that_does_not_that_it_must(folder: Path) -> None:  # noqa: F811
    plain = {"expect": {"total": 6.0}}
    bare = report(prescribing(plain), folder)
    assert bare.why["scenarios.driving.parameters.loss"] == "element_open_scenario"
    assert bare.why["scenarios.driving.mandatory"] == "element_open_unnoticed"
    follows = {"change": {"set": {"scenarios": {"rule": [FOLLOWED]}}}, "expect_checks": {"scenarios": "passed"}}
    kept = report(prescribing(follows), folder)
    assert {name for name in kept.why if name.startswith("scenarios.")} == {
        "scenarios.driving.mandatory",
        "scenarios.driving.stage",
    }
    misses = {"expect_finding": "rule_scenario_missing", "expect_at": "stages.raw_materials"}
    assert not any(name.startswith("scenarios.") for name in report(prescribing(follows, misses), folder).survivors)


def test_a_row_that_takes_a_default_holds_its_value_where_the_example_says_which(folder: Path) -> None:  # noqa: F811
    taken = {"change": {"add": {"stages.raw_materials": [{"id": "d", **TAKES, "default": "melting"}]}}}
    first = report(prescribing({"expect": {"total": 8.0}, **taken}), folder)
    assert first.why["defaults.melting.value"] == "element_open_unnoticed"
    assert first.why["defaults.default-2.value[1]"] == "element_open_default"
    told = prescribing({"expect": {"total": 8.0}, "expect_defaults": {"melting": "85 %"}, **taken})
    assert {"defaults.melting", "defaults.melting.value"}.isdisjoint(report(told, folder).survivors)
    wrong = prescribing({"expect_defaults": {"melting": "80 %"}, **taken})
    [tried] = try_examples(wrong, release, folder)
    assert tried.reason == "default melting: 85 %, expected 80 %"


def test_what_cant_matter_is_told_apart_by_a_reason_read_from_the_text(folder: Path) -> None:  # noqa: F811
    fixed = [{"name": "shelf-life", "value": "0.5", "source": SOURCE}, {"name": "a", "value": "0.5", "source": SOURCE}]
    allocation = {"co_products": ["mass"], "recycling": "cut_off", "recycling_parameters": fixed}
    rule = prescribing({"expect": {"total": 6.0}}, scenarios=[{**DRIVING, "mandatory": False}], allocation=allocation)
    found = report(rule, folder)
    assert found.idle["scenarios.driving.stage"] == "element_idle_optional_scenario"
    assert found.idle["allocation.recycling_parameters.shelf-life"] == "element_idle_parameter"
    assert {"scenarios.driving.mandatory", "allocation.recycling_parameters.a"} <= set(found.survivors)
    body = found.as_json()
    assert [one["element"] for one in body["open"]] == body["survivors"]
    for one in (*body["open"], *body["idle"]):
        assert explain(one["why"], "zh") != explain(one["why"], "en")


def test_examples_that_hold_what_is_prescribed_are_found(folder: Path) -> None:  # noqa: F811
    rule = prescribing({"expect": {"total": 6.0}})
    found = probe(rule, release, folder)
    assert not [name for name in found.left if name.startswith(("scenarios.", "defaults."))]
    (folder / FOLDER).mkdir()
    text = as_text(as_document(rule, found.examples, STATEMENT))
    (folder / FOLDER / f"{rule.reference}.yaml").write_text(text, encoding="utf-8")
    left = report(rule, folder).survivors
    assert not [name for name in left if name.startswith(("scenarios.", "defaults."))]


def test_a_tool_is_asked_for_the_defaults_that_a_study_takes(folder: Path) -> None:  # noqa: F811
    rule = prescribing(
        {
            "change": {"add": {"stages.raw_materials": [{"id": "d", **TAKES, "default": "melting"}]}},
            "expect_defaults": {"melting": "85 %"},
        }
    )
    given = pack(rule, release, folder)
    for said, conforms in (({"melting": "85 %"}, True), ({"melting": "90 %"}, False), ({}, False)):
        answers = [{"id": "e0", "total": 8.0, "defaults": said}]
        body = {"tanbiao": "rule-answers/1", "pack": given["hash"], "tool": {"name": "t", "version": "1"}}
        assert score(rule, given, read_answers({**body, "answers": answers}), folder)["conforms"] is conforms
