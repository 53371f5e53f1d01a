"""A rule's scenarios are followed or named, its defaults are no primary data: by hand on the motor of the rules."""

from __future__ import annotations

import copy
from functools import lru_cache
from importlib import resources
from typing import Any

import pytest

from tanbiao.core.findings import Finding, render
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.result import Result
from tanbiao.documents.report.method_tables import scenarios as section

MOTOR = "small-motor@1.0.0"
GRID = 0.6205
"""kg CO2e per kWh of China's grid in 2023, as the starter release has it."""


@lru_cache(maxsize=1)
def example() -> dict[str, Any]:
    """Return the motor: 10000 h × 0.75 kW × 75 % × (1 / 0.8 − 1) = 1406.25 kWh of losses in use."""
    folder = resources.files("tanbiao.data.rules").joinpath("examples")
    body, _ = parse_text(folder.joinpath("small-motor-induction.yaml").read_bytes())
    return {**body, "rule": MOTOR}


def motor(**scenario: Any) -> dict[str, Any]:
    """Return the motor with another way to follow the scenario."""
    body = copy.deepcopy(example())
    body["scenarios"]["rule"][0] |= scenario
    return body


def result(body: dict[str, Any]) -> Result:
    study, findings = Study.parse(body)
    assert study is not None, findings
    return calculate(study, find_release("starter-2026.1"), load_rule(MOTOR), samples=0)


def said(made: Result, code: str) -> Finding:
    (found,) = [item for item in made.findings if item.code == code]
    return found


def state(made: Result, check: str) -> str:
    return str(next(item["state"] for item in made.document["checks"] if item["check"] == check))


def test_a_mandatory_scenario_that_is_followed_drives_the_figure() -> None:
    made = result(motor())
    told = made.document["rule_scenarios"]
    assert state(made, "scenarios") == "passed"
    assert made.document["stages"]["use"] == pytest.approx(1406.25 * GRID, rel=1e-12)
    assert told["as_stated"] == told["under_rule"] == made.value
    running = next(item for item in told["items"] if item["scenario"] == "running")
    assert (running["mandatory"], running["applies"], running["followed"]) == (True, True, True)
    assert [(one["name"], one["rule"], one["used"]) for one in running["parameters"]] == [
        ("hours", "10000 h", "10000 h"),
        ("load", "75 %", "75 %"),
    ]


def test_a_mandatory_scenario_that_is_missing_is_named_with_clause_and_remedy() -> None:
    body = motor()
    del body["scenarios"]
    body["stages"]["use"][0]["amount"] = "1406.25 kWh"
    made = result(body)
    item = said(made, "rule_scenario_missing")
    assert (item.where, item.severity.value, state(made, "scenarios")) == ("stages.use", "error", "failed")
    for lang, words in (("zh", ("running", MOTOR, "hours = 10000 h", "理由")), ("en", ("running", MOTOR, "reason"))):
        told = render(item, lang)  # type: ignore[arg-type]
        assert all(word in told["message"] + told["remedy"] for word in words)
    assert made.blocks


def test_where_the_stage_is_not_in_the_study_nothing_must_be_followed() -> None:
    body = motor()
    del body["scenarios"]
    body["stages"]["use"] = {"excluded": "arithmetic example"}
    assert "rule_scenario_missing" not in {item.code for item in result(body).findings}


def test_another_value_needs_a_reason_and_the_rules_own_total_stands_beside() -> None:
    """8000 h instead of 10000 h: 2000 h × 0.75 kW × 0.75 × 0.25 = 281.25 kWh less in use."""
    values = {"hours": "8000 h", "load": "0.75"}
    assert said(result(motor(parameters=values)), "rule_scenario_changed").where == "scenarios.rule[0].parameters.hours"
    made = result(motor(parameters=values, reason="two-shift works"))
    told = made.document["rule_scenarios"]
    assert state(made, "scenarios") == "passed"
    assert told["under_rule"] - told["as_stated"] == pytest.approx(281.25 * GRID, rel=1e-9)
    assert told["as_stated"] == made.value
    for lang in ("zh", "en"):
        shown = section(made.as_json(lang), lang)  # type: ignore[arg-type]
        assert shown is not None
        assert "two-shift works" in repr(shown)
        assert "8000 h" in repr(shown)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scenario": "walking"}, "rule_scenario_unknown"),
        ({"parameters": {"hours": "10000 h"}}, "rule_scenario_quantity"),
        ({"parameters": {"hours": "10000 h", "load": "75 %", "wind": "1"}}, "rule_scenario_quantity"),
        ({"parameters": {"hours": "10000 kg", "load": "75 %"}}, "rule_scenario_unit"),
    ],
)
def test_a_scenario_that_is_not_the_rules_is_refused_by_name(change: dict[str, Any], code: str) -> None:
    body = motor(**change)
    body["stages"]["use"][0]["amount"] = "1406.25 kWh"
    item = said(result(body), code)
    assert item.where.startswith("scenarios.rule[0]")
    assert MOTOR in render(item, "zh")["message"]


def with_default(**row: Any) -> Result:
    body = motor()
    body["stages"]["end_of_life"][0] |= {"default": "copper-distance", **row}
    return result(body)


def test_a_default_is_no_primary_data_and_named_where_quality_is_shown() -> None:
    plain, made = result(motor()), with_default(data={"kind": "secondary", "pedigree": [1, 1, 1, 1, 1]})
    (used,) = made.document["defaults_used"]
    assert (used["default"], used["value"], used["rows"]) == ("copper-distance", "500 km by lorry", ["e1"])
    assert used["share"] == pytest.approx(0.5 * GRID / made.value, rel=1e-9)
    row = next(item for item in made.document["data_quality"]["rows"] if item["row"] == "e1")
    assert row["default"] == "copper-distance"
    lost = plain.document["primary_data_share"] - made.document["primary_data_share"]
    assert lost == pytest.approx(0.5 * GRID / made.value, rel=1e-9)
    assert "copper-distance" in repr(section(made.as_json("en"), "en"))


def test_a_default_told_as_primary_and_one_that_the_rule_lacks_are_errors() -> None:
    item = said(with_default(), "rule_default_primary")
    assert (item.where, item.severity.value) == ("stages.end_of_life.e1.data.kind", "error")
    other = said(with_default(default="nothing", data={"kind": "secondary"}), "rule_default_unknown")
    assert "copper-distance" in render(other, "en")["remedy"]
