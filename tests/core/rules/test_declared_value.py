"""The declared value: which figure, how it is printed, the same on everything; below zero it gets no label."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import list_rules, load_rule, parse_rule
from tanbiao.core.rules.completeness import completeness
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import Result, Study, calculate
from tanbiao.documents import text
from tanbiao.examples import catalogue
from tanbiao.formats import yaml_study


def rule(**declared: Any) -> Rule:
    """Return a rule that allows a partial footprint."""
    return parse_rule(
        {
            "tanbiao": "rule/1", "id": "declares", "version": "1.0.0", "standing": "demonstration",
            "title": {"zh": "测试规则", "en": "test rule"}, "covers": {"categories": []},
            "unit": {"declared": {"amount": "1 kg"}},
            "boundary": {"raw_materials": "optional", "manufacturing": "optional", "partial": ["cradle_to_gate"]},
            "cut_off": {"each": "1 %", "total": "2 %"}, "electricity": {"counts": []},
            "allocation": {"co_products": ["mass"]}, "gwp": "AR6", "quality": {"uncertainty": "optional"},
            "declared_value": {"digits": 3, "headline": "total", **declared},
        }
    )  # fmt: skip


def result_of(checked: Rule | None, uptake: str = "1.5551 kg", **changes: Any) -> Result:
    """Calculate 5 kg CO2 emitted and an uptake."""
    rows = [
        {"id": "c", "amount": "5.0012 kg", "gas": "CO2 fossil"},
        {"id": "u", "amount": uptake, "gas": "CO2 uptake"},
    ]
    study, findings = Study.parse(document(**{"stages": stages(manufacturing=rows), **changes}))
    assert study is not None, findings
    return calculate(study, background(), checked, samples=0)


WHOLE = {"empty": "none"}


def test_a_partial_footprint_is_declared_without_uptake_where_the_rule_says_so() -> None:
    """5.0012 − 1.5551 = 3.4461; without uptake 5.0012."""
    without = result_of(rule(partial_headline="excluding_uptake")).document
    assert without["declared"] == {
        "of": "excluding_uptake",
        "value": pytest.approx(5.0012),
        "text": "5.00",
        "digits": 3,
        "label": True,
    }
    assert without["total"]["value"] == pytest.approx(3.4461)  # both are always calculated
    assert text.headline(without, "en") == "5.00"
    assert text.without_uptake(without)


def test_a_whole_life_is_declared_with_it() -> None:
    body = {**stages(), **{key: WHOLE for key in ("raw_materials", "distribution", "use", "end_of_life")}}
    body["manufacturing"] = [
        {"id": "c", "amount": "5.0012 kg", "gas": "CO2 fossil"},
        {"id": "u", "amount": "1.5551 kg", "gas": "CO2 uptake"},
    ]
    whole = result_of(rule(partial_headline="excluding_uptake"), stages=body, boundary="cradle_to_grave").document
    assert (whole["declared"]["of"], whole["declared"]["text"]) == ("total", "3.45")


def test_a_rule_from_before_the_key_is_read_as_it_stands_and_no_new_one_is_issued_so() -> None:
    older = rule()
    assert result_of(older).document["declared"]["text"] == "3.45"
    for lacking in (older, rule(partial_headline="total")):
        assert "rule_partial_headline" in [item.code for item in completeness(lacking)]
    named = completeness(rule(partial_headline="excluding_uptake"))
    assert "rule_partial_headline" not in [item.code for item in named]


def test_every_newer_packaged_rule_says_it() -> None:
    before = {
        "caustic-soda@1.0.0", "cement-clinker@1.0.0", "electric-two-wheeler@1.0.0", "electrolytic-aluminium@1.0.0",
        "generic-goods@1.0.0", "photovoltaic-module@1.0.0", "steel@1.0.0", "traction-battery@1.0.0",
    }  # fmt: skip
    for item in list_rules():
        if item.reference not in before and item.boundary.partial:
            assert item.declared_value.partial_headline == "excluding_uptake", item.reference


def test_the_figures_of_the_published_rules_do_not_move() -> None:
    """The examples under the 1.0.0 rules: their totals as before, to three digits."""
    found = {}
    for item in catalogue():
        study = yaml_study.load(item.read()).study
        assert study is not None
        if study.rule is None or not study.rule.endswith("@1.0.0"):
            continue
        result = calculate(study, find_release(str(study.release)), load_rule(study.rule), samples=0)
        found[item.id] = result.document["declared"]["text"]
    assert found == {
        "lfp-battery": "96.9",
        "cement-clinker": "889",
        "electrolytic-aluminium": "14000",
        "caustic-soda": "1090",
        "electric-bicycle": "183",
        "pv-module": "96.1",
    }


def test_below_zero_there_is_no_label() -> None:
    result = result_of(rule(), uptake="6 kg")
    assert result.document["declared"]["label"] is False
    assert result.document["declared"]["text"] == "-0.999"
    assert text.headline(result.document, "en") == "−0.999"
    assert "headline_negative" in [item.code for item in result.findings]


def test_what_is_incomplete_or_has_no_rule_declares_nothing() -> None:
    rows = [{"id": "c", "amount": "5 kg", "gas": "CO2 fossil"}, {"id": "u", "amount": "unknown", "reason": "x",
            "from": "dataset/steel"}]  # fmt: skip
    open_end = result_of(rule(), stages=stages(manufacturing=rows)).document
    assert (open_end["declared"]["text"], open_end["declared"]["label"]) == (None, False)
    assert text.headline(open_end, "en") == "≥ 5.00"
    assert result_of(None).document["declared"] is None
