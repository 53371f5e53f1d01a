"""The five gates of a category: open only when all are green, and each red one says what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import pytest

from tanbiao.core.catalogue.facts import ModelFacts, PackageFacts, as_json, packaged_facts
from tanbiao.core.catalogue.packages import find_facts
from tanbiao.core.catalogue.readiness import Statement, best_package, load_criteria, readiness
from tanbiao.core.lca.release_find import DEFAULT, find_release
from tanbiao.core.rules.load import load_rule

CRITERIA = load_criteria()
MODEL = ModelFacts("model", "model.yaml", "starter-2026.1", 5.0, "kg CO2e/t", "partial", 0.1, 0, "a cited inventory")
WHOLE = PackageFacts(
    rule="brick@1.0.0",
    hash="sha256:00",
    standing="demonstration",
    title={"zh": "砖", "en": "bricks"},
    categories=("brick",),
    missing=(),
    examples=4,
    failed=(),
    failing=2,
    basis="inventory",
    replaced_by=None,
    models=(MODEL,),
)
BODIES = Statement("bodies", True, "two bodies", "2026-01-01", ("a", "b"))
DEMAND = Statement("demand", True, "named by the catalogue", "2026-01-01")


def codes(package: PackageFacts, *said: Statement, day: str = "2026-02-01") -> set[str]:
    found = readiness("brick", [package], said, day, CRITERIA)
    assert found.is_ready == (not found.missing)
    return {item.code for item in found.missing}


@pytest.mark.requirement("SH-01b", "GBA-T14")
def test_a_category_is_ready_only_when_every_gate_is_green() -> None:
    """Rule, factors, model, bodies, demand: one red gate is enough to keep it shut."""
    found = readiness("brick", [WHOLE], [BODIES, DEMAND], "2026-02-01", CRITERIA)
    assert found.is_ready
    assert [gate.gate for gate in found.gates] == ["rule", "factors", "model", "bodies", "demand"]
    assert found.is_demonstration
    assert codes(WHOLE, BODIES) == {"readiness_not_stated"}
    assert codes(WHOLE, DEMAND) == {"readiness_not_stated"}
    assert codes(replace(WHOLE, missing=("rule_section_missing sections.scope",)), BODIES, DEMAND) == {
        "readiness_rule_incomplete"
    }
    assert codes(replace(WHOLE, failed=("by-hand",)), BODIES, DEMAND) == {"readiness_examples_fail"}
    assert codes(replace(WHOLE, failing=1), BODIES, DEMAND) == {"readiness_rule_incomplete"}
    assert codes(replace(WHOLE, models=(), basis="arithmetic"), BODIES, DEMAND) == {
        "readiness_no_model",
        "readiness_factors_unknown",
    }
    lower_bound = replace(MODEL, unknown=2, stand_in_share=None)
    assert codes(replace(WHOLE, models=(lower_bound,)), BODIES, DEMAND) == {
        "readiness_model_unknown",
        "readiness_factors_missing",
    }
    assert codes(replace(WHOLE, models=(replace(MODEL, stand_in_share=0.51),)), BODIES, DEMAND) == {
        "readiness_stand_ins"
    }
    assert codes(replace(WHOLE, categories=("tile",)), BODIES, DEMAND) == {
        "readiness_no_rule",
        "readiness_no_model",
        "readiness_factors_unknown",
    }


def test_the_last_statement_counts_and_grows_old() -> None:
    """24 months of validity (project default): stated on 2026-01-01 it counts through 2028-01-01."""
    assert codes(WHOLE, BODIES, DEMAND, day="2028-01-01") == set()
    assert codes(WHOLE, BODIES, DEMAND, day="2028-01-02") == {"readiness_statement_old"}
    assert codes(WHOLE, BODIES, DEMAND, replace(DEMAND, green=False)) == {"readiness_stated_red"}
    assert codes(WHOLE, replace(BODIES, names=()), DEMAND) == {"readiness_too_few"}


def test_the_best_rule_of_a_category_counts() -> None:
    """A replaced version never does, a complete one before a draft."""
    old, draft = replace(WHOLE, replaced_by="brick@2.0.0"), replace(WHOLE, rule="brick@3.0.0", missing=("x y",))
    assert best_package("brick", [draft, WHOLE]) is WHOLE
    assert best_package("brick", [old, draft]) is draft
    assert best_package("tile", [WHOLE]) is None


def test_the_criteria_say_what_their_numbers_are() -> None:
    assert CRITERIA.thresholds == "project default, not official"
    assert CRITERIA.gate("factors").stand_ins_at_most == 0.5


def test_the_packaged_facts_are_what_the_rules_give() -> None:
    """Otherwise: python scripts/build_packages.py."""
    rules = {item.rule: item for item in packaged_facts()}
    replaced = {load_rule(name).replaces: name for name in rules}
    for name, stored in rules.items():
        rule = load_rule(name)
        assert stored.hash == rule.hash, name
        found = find_facts(rule, lambda wanted: find_release(wanted or DEFAULT), replaced.get(name))
        assert found == stored, f"{name}: run python scripts/build_packages.py"
    text = resources.files("tanbiao.data").joinpath("catalogue", "packages.json").read_text(encoding="utf-8")
    assert as_json(list(packaged_facts())) == text
    assert json.loads(text)["tanbiao"] == "rule-packages/1"
