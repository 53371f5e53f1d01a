"""The test kit holds a rule in place: issue needs passing examples, and a change of an element breaks one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_rule_document import EXAMPLES, complete
from test_rules import rule

from study_background import background, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.kit import issuable, prepare, try_examples, try_one
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.mutation_report import mutation_report
from tanbiao.core.rules.mutations import mutants
from tanbiao.core.study.background import Background

SAID = {"severity": "error", "clause": "6", "zh": "不对", "en": "wrong"}


def release(_name: str) -> Background:
    """Return the small test release for any name."""
    made: Background = background()
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # 3 kg steel × 2 kg CO2e/kg = 6 kg CO2e
    rows = stages(raw_materials=[{"id": "s", "amount": "3 kg", "from": "dataset/steel", "process": "melt"}])
    body = document(product={"name": {"zh": "例"}, "category": "test"}, stages=rows)
    (tmp_path / "study.json").write_text(json.dumps(body), encoding="utf-8")
    return tmp_path


def asked(*examples: dict[str, Any], **changes: Any) -> Rule:
    """Return a rule with these examples of the study."""
    made = [{"id": f"e{index}", "study": "study.json", **item} for index, item in enumerate(examples)]
    return rule(examples=made, **changes)


def survivors(one: Rule, folder: Path) -> set[str]:
    """Return the elements that no example holds."""
    return set(mutation_report(one, release, folder).survivors)


def test_an_element_that_an_example_rests_on_is_held(folder: Path) -> None:
    check = {"id": "mass", "expect": "sum(row.mass) at most 4 kg", "otherwise": SAID}
    heavy = {"change": {"set": {"stages.raw_materials.s.amount": "6 kg"}}, "expect_failed": ["mass"]}
    passes = {"expect": {"total": 6.0, "declared": "6.00"}, "expect_failed": "none"}
    loose, tight = asked(passes, checks=[check]), asked(passes, heavy, checks=[check])
    held = survivors(loose, folder)
    assert "checks.mass.expect[1]" not in held  # 2 kg would fail
    assert {"declared_value.digits", "gwp", "covers.categories", "unit.declared.amount"}.isdisjoint(held)
    assert {"cut_off.each", "electricity.counts.direct_line"} <= held
    assert survivors(tight, folder) <= held
    # "at most" turned round passes what is heavy: only the second example feels that, or that the first one fails
    report = mutation_report(tight, release, folder)
    turned = next(item for item in report.trials if (item.before, item.after) == ("at_most", "at_least"))
    assert turned.broke == "e0"


def test_each_part_of_a_rule_has_its_variants() -> None:
    elements = [item.element for item in mutants(complete())]
    wanted = {
        "cut_off.each", "cut_off.never.kiln", "quality.months", "quality.result_at_most", "boundary.use",
        "boundary.partial.cradle_to_gate", "processes.kiln.required", "processes.kiln.data", "allocation.recycling",
        "electricity.proof", "electricity.counts.own_generation", "gwp", "credits", "declared_value.digits",
        "declared_value.at_limit", "unit.declared.amount", "waivable.primary-share", "checks.kiln-energy.expect[1]",
    }  # fmt: skip
    assert wanted <= set(elements)
    # variants of one element stand together, so that the report can say what became of it
    assert len(dict.fromkeys(elements)) == sum(a != b for a, b in zip(elements, ["", *elements[:-1]], strict=True))


def test_operators_constants_words_and_filters_of_a_check_are_changed() -> None:
    text = 'sum(row.mass where row.stage in ("use", "distribution")) between 1 kg and 2 kg'
    check = {"id": "c", "expect": text, "otherwise": SAID, "when": 'not (study.country == "CN")'}
    each = {"id": "d", "expect": "row.evidence", "otherwise": SAID, "each": {"stage": "use", "activity": "from"}}
    told = {(item.element, item.before, item.after) for item in mutants(rule(checks=[check, each]))}
    for wanted in (
        ("checks.c.expect[0]", "between", "at_least"),
        ("checks.c.expect[1]", "1 kg", "2 kg"),
        ("checks.c.expect[0]", "where", "—"),
        ("checks.c.when[0.1]", '"CN"', '"another"'),
        ("checks.c.when[0]", "not", "—"),
        ("checks.d.each.stage", "stage: use", "{'activity': 'from'}"),
    ):
        assert wanted in told, wanted
    assert ("checks.c.expect[0.2]", '"use"', "—") in told


def test_a_variant_that_is_no_rule_any_more_was_caught(folder: Path) -> None:
    check = {"id": "c", "expect": "total * 2 at most 20 kg", "otherwise": SAID}
    report = mutation_report(asked({"expect_failed": "none"}, checks=[check]), release, folder)
    # 2 / total is no mass: but total / 2 still is one, and passes
    divided = next(item for item in report.trials if item.before == "multiply")
    assert (divided.refused, divided.caught) == (False, False)
    unlike = {"id": "c", "expect": "total * product.x at most 20 kg*kg", "otherwise": SAID}
    fields = [{"name": "x", "unit": "kg"}]
    one = asked({"expect_not_run": ["c"]}, checks=[unlike], fields=fields)
    divided = next(item for item in mutation_report(one, release, folder).trials if item.before == "multiply")
    assert (divided.refused, divided.caught) == (True, True)


def test_no_report_of_a_kit_that_fails(folder: Path) -> None:
    with pytest.raises(TanbiaoError) as caught:
        mutation_report(asked({"expect": {"total": 7.0}}), release, folder)
    assert caught.value.code == "rule_example_failed"


def test_variants_that_calculate_alike_are_priced_once(folder: Path) -> None:
    one = asked({"expect": {"total": 6.0}})
    (prepared,) = prepare(one, folder)
    for changed in (one, parse_rule({**one.canonical(), "cut_off": {**one.canonical()["cut_off"], "each": 0.04}})):
        assert try_one(changed, prepared, release).passed
    assert len(prepared.priced) == 1
    assert try_one(parse_rule({**one.canonical(), "credits": "in_total"}), prepared, release).passed
    assert len(prepared.priced) == 2


def test_a_rule_is_issued_only_when_it_is_complete_and_its_examples_pass() -> None:
    one = complete()
    assert issuable(one, try_examples(one, find_release, EXAMPLES)) == []
    wrong = [{**item, "expect": {"total": 1.0}} if item["id"] == "by-hand" else item for item in _examples(one)]
    broken = complete(examples=wrong)
    assert [item.code for item in issuable(broken, try_examples(broken, find_release, EXAMPLES))] == [
        "rule_example_failed"
    ]
    one_failing = complete(examples=_examples(one)[:2])
    found = issuable(one_failing, try_examples(one_failing, find_release, EXAMPLES))
    assert "rule_failing_examples_few" in {item.code for item in found}


def _examples(one: Rule) -> list[dict[str, Any]]:
    return list(one.canonical()["examples"])


def test_an_example_may_expect_a_class_and_that_the_result_blocks(folder: Path) -> None:
    grade = {"classes": ["A", "B"], "limits": [5.0], "source": "arithmetic example"}
    wanted = {"expect": {"total": 6.0, "grade": "B"}, "expect_blocks": False}
    assert all(item.passed for item in try_examples(asked(wanted, grade=grade), release, folder))
    for other in ({"expect": {"total": 6.0, "grade": "A"}}, {"expect_blocks": True}):
        assert not try_examples(asked(other, grade=grade), release, folder)[0].passed
    assert "grade.limits[0]" not in survivors(asked(wanted, grade=grade), folder)


def test_the_packaged_rules_can_be_reported_on() -> None:
    report = mutation_report(load_rule("generic-goods@1.0.0"), find_release)
    body = report.as_json()
    assert body["held"] + len(body["survivors"]) + len(body["idle"]) == body["elements"] == len(report.elements)
    assert all(item.code == "rule_elements_unheld" for item in report.findings())
