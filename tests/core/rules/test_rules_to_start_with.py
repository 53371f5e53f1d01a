"""The rules to start with: complete documents of their own categories, each with examples that pass and that fail."""

from __future__ import annotations

from itertools import combinations

import pytest

from tanbiao.core.catalogue.facts import packaged_facts
from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.completeness import completeness, thresholds
from tanbiao.core.rules.kit import study_bytes
from tanbiao.core.rules.load import list_references
from tanbiao.core.rules.model import Rule
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.model import Absent, Study

WITH_MODEL = (
    "cement@1.0.0", "corrugated-board@1.0.0", "crude-steel-eaf@1.0.0", "electric-two-wheeler@2.0.0",
    "electrolytic-aluminium@2.1.0", "grain@1.0.0", "photovoltaic-module@2.0.0", "soda-ash@1.0.0",
    "traction-battery@2.0.0", "wood-panel@1.0.0",
)  # fmt: skip
"""Rules whose model study has a cited inventory."""
STRUCTURE_ONLY = (
    "beer@1.0.0", "computer@1.0.0", "crude-steel-bf-bof@1.0.0", "flat-glass@1.0.0", "milk@1.0.0",
    "room-air-conditioner@1.0.0", "small-motor@1.0.0", "textile@1.0.0", "tyre@1.0.0",
)  # fmt: skip
"""Rules with a structure whose amounts are unknown, and arithmetic examples only."""
ALL = (*WITH_MODEL, *STRUCTURE_ONLY)
FACTS = {item.rule: item for item in packaged_facts()}


def _study(name: str) -> Study:
    """Return a study of the kit as its file has it."""
    study, findings = Study.parse(parse_text(study_bytes(name))[0])
    assert study is not None, findings
    return study


@pytest.mark.parametrize("reference", ALL)
def test_it_could_be_issued(reference: str) -> None:
    """Nothing missing, all examples as they should be, two that pass and two that fail for a reason."""
    rule, facts = load_rule(reference), FACTS[reference]
    assert completeness(rule) == []
    assert facts.is_complete, facts.failed
    assert facts.failing >= 2
    passing = [item for item in rule.examples if item.expect is not None]
    assert len(passing) >= 2
    assert all(item.expect is not None and item.expect.by for item in passing)
    assert len(rule.checks) >= 3


@pytest.mark.parametrize("reference", ALL)
def test_it_says_what_it_rests_on(reference: str) -> None:
    facts = FACTS[reference]
    assert facts.basis == ("inventory" if reference in WITH_MODEL else "arithmetic")
    for model in facts.models:
        assert model.source
    for example in load_rule(reference).examples:
        if example.kind == "arithmetic" and example.title is not None and example.expect is not None:
            continue
        assert example.kind == "inventory" or example.expect is None


@pytest.mark.requirement("JS-23a")
@pytest.mark.parametrize("reference", STRUCTURE_ONLY)
def test_a_structure_has_no_amounts(reference: str) -> None:
    """Every row of the structure is unknown with a reason; the arithmetic examples say what they are."""
    rule = load_rule(reference)
    [structure] = [item for item in rule.examples if item.id == "structure"]
    rows = dict(_study(structure.study).rows())
    assert len(rows) >= 10
    assert all(isinstance(row.amount, Absent) and row.amount.absent == "unknown" for row in rows.values())
    for example in rule.examples:
        name = _study(example.study).product.name
        assert "非真实产品" in name.zh
        assert "not a product" in name.en


@pytest.mark.parametrize("reference", ALL)
def test_it_claims_nothing_official(reference: str) -> None:
    """Its standing, title and text say so; no clause of another document is quoted without who looked it up."""
    rule = load_rule(reference)
    assert rule.standing == "demonstration"
    assert "示范规则" in rule.title.zh
    assert "demonstration rule" in rule.title.en
    assert "不具有官方效力" in rule.sections["scope"].zh
    for section in rule.sections.values():
        assert all(item.clause is None or item.checked_by for item in section.references)
    assert all(item.source for item in thresholds(rule))
    assert any(not item.is_project_default for item in thresholds(rule))


@pytest.mark.parametrize("reference", ALL)
def test_its_category_and_codes_are_those_of_the_catalogue(reference: str) -> None:
    rule, catalogue = load_rule(reference), load_catalogue()
    codes = {(item.scheme, item.code) for name in rule.covers.categories for item in catalogue.category(name).codes}
    assert {(item.scheme, item.code) for item in rule.covers.classifications} <= codes


def _words(rule: Rule) -> list[str]:
    """Return the sentences of a rule that speak of its own product: sections, reasons, checks."""
    return [
        *(section.zh for section in rule.sections.values()),
        *(record.reason.zh for record in rule.boundary_record),
        *(check.otherwise.zh for check in rule.checks),
    ]


def test_no_rule_is_another_with_names_exchanged() -> None:
    """Of the sentences of two rules fewer than one in ten are the same, and no two have the same checks."""
    rules = [load_rule(reference) for reference in ALL]
    for one, other in combinations(rules, 2):
        same = set(_words(one)) & set(_words(other))
        assert len(same) < 0.1 * len(_words(one)), (one.reference, other.reference, same)
        assert {check.expect for check in one.checks} != {check.expect for check in other.checks}


def test_a_replaced_version_keeps_its_hash() -> None:
    """Sealed packages and examples cite these."""
    assert load_rule("cement-clinker@1.0.0").hash == (
        "sha256:cb8d362e83420c25fcdb4eae8950872edbef4d151360185e46bc19904a9228ad"
    )
    for old, new in (
        ("traction-battery@1.0.0", "traction-battery@2.0.0"),
        ("photovoltaic-module@1.0.0", "photovoltaic-module@2.0.0"),
    ):
        assert FACTS[old].replaced_by == new
        assert load_rule(new).replaces == old


def test_one_rule_names_from_how_many_figures_on_a_position_is_shown_and_says_whose_choice_that_is() -> None:
    naming = {item.reference: item.comparison for item in map(load_rule, list_references()) if item.comparison}
    assert set(naming) == {"electrolytic-aluminium@2.1.0"}
    (found,) = naming.values()
    assert found.minimum == 2
    assert found.source.startswith("project default, not official")
