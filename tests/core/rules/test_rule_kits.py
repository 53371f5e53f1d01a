"""Kits of further examples: bound to one text of a rule, found by a tool, until every element of a rule is held."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_rule_mutations import SAID, asked, folder, release  # noqa: F401 (a fixture)

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.kit import answer_of, prepare_one, try_examples
from tanbiao.core.rules.kit_file import FOLDER, examples_of, kit_of, read_kit
from tanbiao.core.rules.load import list_rules, packaged_names, parse_rule
from tanbiao.core.rules.model import Example, Rule
from tanbiao.core.rules.mutation_report import idle, mutation_report, opened
from tanbiao.core.rules.mutations import mutants
from tanbiao.core.rules.probe_aims import aimed
from tanbiao.core.rules.probe_ground import Ground
from tanbiao.core.rules.probing import STATEMENT, as_document, as_text, probe

KITS = [name.removesuffix(".yaml") for name in packaged_names(f"rules/{FOLDER}")]
SHIPPED = sorted(rule.reference for rule in list_rules())
CURRENT = sorted(set(SHIPPED) - {rule.replaces for rule in list_rules()})
"""Those that no other replaces."""


def one(**changes: Any) -> Rule:
    """Return a rule with one example, of 6 kg CO2e, that holds little of it."""
    check = {"id": "mass", "expect": "sum(row.mass) at most 4 kg", "otherwise": SAID}
    return asked({"expect": {"total": 6.0}, "expect_failed": "none"}, checks=[check], **changes)


WITHOUT_WIND = {"electricity.proof", "electricity.counts.direct_line"}
"""What the small test release can't show: it has no factor of wind power."""


def written(rule: Rule, folder: Path) -> None:  # noqa: F811
    """Find examples for a rule and put them beside it."""
    found = probe(rule, release, folder)
    assert set(found.left) == WITHOUT_WIND
    (folder / FOLDER).mkdir()
    text = as_text(as_document(rule, found.examples, STATEMENT))
    (folder / FOLDER / f"{rule.reference}.yaml").write_text(text, encoding="utf-8")


def test_examples_are_found_until_every_element_is_held(folder: Path) -> None:  # noqa: F811
    rule = one()
    before = mutation_report(rule, release, folder).survivors
    assert {"cut_off.each", "quality.uncertainty", "boundary.use", "electricity.counts.direct_line"} <= set(before)
    written(rule, folder)
    after = mutation_report(rule, release, folder)
    assert set(after.survivors) == WITHOUT_WIND
    holds = {name for example in kit_examples(rule, folder) for name in example.holds}
    assert holds == set(before) - set(after.idle) - WITHOUT_WIND
    assert all(item.passed for item in try_examples(rule, release, folder))
    # the kit of one text is none of another: an edit of the rule leaves only its own examples
    other = parse_rule({**rule.canonical(), "cut_off": {**rule.canonical()["cut_off"], "total": 0.5}})
    assert kit_of(other, folder) is None
    assert len(examples_of(other, folder)) == 1


def kit_examples(rule: Rule, folder: Path) -> tuple[Any, ...]:  # noqa: F811
    kit = kit_of(rule, folder)
    assert kit is not None
    return kit.examples


def test_an_element_that_changes_nothing_says_why() -> None:
    rule = asked({"expect": {"total": 6.0}}, gwp_mix={"other_or_unknown": 1.0, "above": "error"})
    value = {**rule.canonical()["declared_value"], "at_limit": "never_in_favour"}
    sections = [{"id": "goal", "title": {"zh": "目的", "en": "goal"}, "needs": ["goal.application"]}]
    rule = parse_rule({**rule.canonical(), "declared_value": value, "report_sections": sections})
    assert idle(rule, "gwp_mix.above") == "element_idle_no_cap"
    assert idle(rule, "declared_value.at_limit") == "element_idle_no_grade"
    assert idle(rule, "report_sections.goal.goal.application") == "element_idle_always_there"
    assert idle(rule, "cut_off.each") is None


def test_a_condition_on_rows_that_only_one_activity_can_break_says_so() -> None:
    def each(expect: str, **more: str) -> str | None:
        check = {"id": "c", "expect": expect, "otherwise": SAID, "each": {"activity": "gas", "stage": "use"}, **more}
        return idle(asked({"expect": {"total": 6.0}}, checks=[check]), "checks.c.each.activity")

    assert each('row.gas != "CH4 fossil"') == "element_idle_words_of_activity"
    assert each('row.gas == "CH4 fossil"') is None  # a row of another activity emits no gas: it would fail
    assert each('row.gas != "CH4 fossil" and row.sourced') is None
    assert each('row.gas != "CH4 fossil"', when='row.process == "manure"') is None


def test_of_two_checks_that_fail_at_one_place_the_one_that_is_named_is_weighed(folder: Path) -> None:  # noqa: F811
    grave = {"id": "a", "expect": "total at most 1 kg", "at": "unit", "otherwise": SAID}
    light = {**grave, "id": "b", "otherwise": {**SAID, "severity": "warning"}}
    wanted = {"expect_finding": "rule_check_failed", "expect_at": "unit", "expect_severity": "warning"}
    for said, reason in (({"check": "b"}, ""), ({"check": "a"}, "expected warning"), ({}, "")):
        [tried] = try_examples(asked({**wanted, "expect_said": said}, checks=[grave, light]), release, folder)
        assert tried.passed == (reason == ""), tried.reason
        assert reason in tried.reason


@pytest.mark.parametrize(
    ("expect", "element"),
    [
        # 3 kg of steel are far below: doubled until they lie between a limit and its double
        ("mass(raw_materials) at most 700 kg", "expect[1]"),
        # energy where the study has none
        ("energy(raw_materials) at most 90 MJ", "expect[1]"),
        # one row that fits only one side, after those that fit both are gone
        ('any(row.process == "melt" and row.activity == "from") or any(row.gas == "N2O")', "expect[0.1.0.1]"),
        # two terms: the small one is seen where the other vanishes
        ("sum(row.mass) at least 1 kg * (0.01 + product.years)", "expect[1.1.0]"),
    ],
)
def test_what_is_aimed_at_a_check_tells_it_from_its_variants(expect: str, element: str, folder: Path) -> None:  # noqa: F811
    path = folder / "study.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    body["product"]["properties"] = {"years": "10"}
    path.write_text(json.dumps(body), encoding="utf-8")
    check = {"id": "c", "expect": expect, "otherwise": SAID}
    rule = asked({"expect": {"total": 6.0}}, checks=[check], fields=[{"name": "years", "unit": "1"}])
    variants = [parse_rule(one.document) for one in mutants(rule) if one.element == f"checks.c.{element}"]
    assert variants
    told = 0
    for change in aimed(Ground(rule, body, "dataset/steel", "dataset/steel", "cradle_to_grave"), rule.checks[0]):
        shown = {"id": "e", "study": "study.json", "kind": "arithmetic"} | {
            "change": {"remove": change.remove, "set": dict(change.set), "add": dict(change.add)}
        }
        prepared = prepare_one(rule, Example.model_validate(shown), folder)
        states = {answer_of(one, prepared, release).checks.get("c") for one in (rule, *variants)}
        told += len(states) > 1
        if told:
            break
    assert told


def test_an_example_may_add_rows_leave_the_samples_out_and_expect_what_a_finding_says(folder: Path) -> None:  # noqa: F811
    cut = {"id": "c", "what": {"zh": "漏", "en": "left"}, "bound": "20 g", "reason": "small"}
    wanted = {
        "change": {"add": {"cut_off": [cut]}},
        "samples": 0,
        "expect_finding": "cut_off_exceeded",
        "expect_severity": "error",
        "expect_said": {"limit": "1"},
        "expect_failed": ["cut-off", "uncertainty"],
    }
    quality = {"uncertainty": "required"}
    for changed, reason in (
        ({}, ""),
        ({"expect_said": {"limit": "2"}}, "says"),
        ({"expect_severity": "warning"}, "expected warning"),
        ({"samples": 5}, "failed"),
        ({"change": {"add": {"goal": [cut]}}}, "example_path_unknown"),
    ):
        [tried] = try_examples(asked({**wanted, **changed}, quality=quality), release, folder)
        assert tried.passed == (reason == ""), tried.reason
        assert reason in tried.reason


def test_a_kit_that_is_none_is_named() -> None:
    with pytest.raises(TanbiaoError) as caught:
        read_kit(b"tanbiao: rule-kit/1\nrule: a@1.0.0\nhash: abc\nstatement: {zh: x, en: x}\n")
    assert caught.value.code == "rule_kit_malformed"
    rule = load_rule(KITS[0])
    kit = kit_of(rule)
    assert kit is not None
    twice = as_document(rule, [*rule.examples[:1], *kit.examples], STATEMENT)
    assert rule.examples[0].id in {item.id for item in read_kit(as_text(twice).encode()).examples}


@pytest.fixture(scope="module", name="find")
def opened_releases() -> Any:
    """Open each release once for all rules."""
    return opened(find_release)


def test_every_shipped_rule_has_a_kit_of_its_text_and_two_examples_that_fail_for_a_reason() -> None:
    for rule in list_rules():
        kit = kit_of(rule)
        assert kit is not None, f"no kit of this text of {rule.reference}: run scripts/build_rule_kits.py"
        failing = [item for item in examples_of(rule) if item.expect_finding or isinstance(item.expect_failed, tuple)]
        assert len(failing) >= 2, rule.reference
        assert all(example.holds for example in kit.examples)
        assert all("非真实产品" in example.title.zh for example in kit.examples if example.title is not None)
        # what is said to be held is an element of this text
        assert {name for one in kit.examples for name in one.holds} <= {one.element for one in mutants(rule)}


@pytest.mark.parametrize("reference", CURRENT)
def test_the_examples_of_a_rule_in_force_and_of_its_kit_pass(reference: str, find: Any) -> None:
    tried = try_examples(load_rule(reference), find)
    assert [f"{item.example}: {item.reason}" for item in tried if not item.passed] == []


@pytest.mark.parametrize("reference", ["caustic-soda@1.0.0"])
def test_no_element_of_a_packaged_rule_survives(reference: str) -> None:
    assert mutation_report(load_rule(reference), find_release).survivors == ()


@pytest.mark.soak
@pytest.mark.parametrize("reference", SHIPPED)
def test_no_element_of_any_shipped_rule_survives(reference: str, find: Any) -> None:
    rule = load_rule(reference)
    report = mutation_report(rule, find)
    assert report.survivors == ()
    # a reason why an element can't matter is refuted by one example that breaks
    assert [item.element for item in report.trials if item.broke and idle(rule, item.element)] == []
