"""The rule document: schema, completeness, sources of its numbers, the declared value; published versions keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanbiao.core.findings import Severity, TanbiaoError, describe
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import list_rules, parse_rule
from tanbiao.core.rules.completeness import completeness, thresholds
from tanbiao.core.rules.declared import class_of, headline_of, round_half_even, rounded
from tanbiao.core.rules.kit import try_examples
from tanbiao.core.rules.model import Grade, Rule
from tanbiao.core.rules.schema import schema, shipped
from tanbiao.core.strict_text import parse_text

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"

SAID = {"severity": "error", "zh": "错", "en": "wrong"}

HASHES = {
    "caustic-soda@1.0.0": "sha256:135cdf39bbda00c138733c38e6c1e38943b769e9a4a4c3e5d8b8583c30c4f0f2",
    "cement-clinker@1.0.0": "sha256:cb8d362e83420c25fcdb4eae8950872edbef4d151360185e46bc19904a9228ad",
    "electric-two-wheeler@1.0.0": "sha256:fa6107ac3cde5d5e95d253e704bb21084b6d60d2ffa835db3ac6cfda581d4095",
    "electrolytic-aluminium@1.0.0": "sha256:6ab7046f1ad01082eaa7da2c7af97847199ca531b36ee769b9c53c719848c7e4",
    "generic-goods@1.0.0": "sha256:e2cb802133d5a2e253e4e5cfe126864633202bbd69ac4e0466e20e5ee036d965",
    "photovoltaic-module@1.0.0": "sha256:50d3f6f1fa8b461b20f9972ae686f3c57606f7c295ed64f01033abb82e071894",
    "steel@1.0.0": "sha256:8924c0b4107fab17df809b2eb13d4a1ada0399091933fe557a743264cee29f27",
    "traction-battery@1.0.0": "sha256:fcd2fbd1355b623cf1af109c0f6ba3aa836df591ca1d5e8ef78548b183196f73",
}
"""Hashes of published versions: what a sealed package names."""


def complete_document() -> dict[str, Any]:
    """Return the documented example that has every part."""
    document, _ = parse_text((EXAMPLES / "rule-complete.yaml").read_bytes())
    return dict(document)


FIRST = complete_document()["checks"][0]


def complete(**changes: Any) -> Rule:
    """Return that rule with changes at the top level; None removes a part."""
    body = {**complete_document(), **changes}
    return parse_rule({key: value for key, value in body.items() if value is not None})


def gaps(rule: Rule) -> dict[str, str]:
    """Return code → first place of what a rule lacks."""
    found: dict[str, str] = {}
    for item in completeness(rule):
        found.setdefault(item.code, item.where)
    return found


@pytest.mark.parametrize("reference", sorted(HASHES))
def test_a_published_version_keeps_its_hash(reference: str) -> None:
    assert {item.reference: item.hash for item in list_rules()}[reference] == HASHES[reference]


# --- schema -----------------------------------------------------------------------------------------------------------


def test_the_shipped_schema_is_the_models() -> None:
    assert shipped() == schema()


def test_the_schema_takes_what_is_well_formed_and_refuses_what_is_not() -> None:
    check = jsonschema.Draft202012Validator(shipped())
    for rule in (complete(), *list_rules()):
        assert list(check.iter_errors(rule.canonical())) == []
    for change in ({"colour": "green"}, {"gwp": "AR7"}, {"cut_off": {"each": "one", "total": "5 %"}}, {"unit": {}}):
        assert list(check.iter_errors({**complete().canonical(), **change}))


# --- completeness -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("SH-05e")
def test_the_documented_example_is_complete_and_its_kit_passes() -> None:
    assert completeness(complete()) == []
    assert [item for item in try_examples(complete(), find_release, EXAMPLES) if not item.passed] == []
    assert parse_rule(complete().canonical()).hash == complete().hash


@pytest.mark.requirement("NAT-04a")
@pytest.mark.parametrize("name", ["boundary", "method", "data_quality", "traceability"])
def test_a_mandatory_section_that_is_missing_is_named_with_the_clause_that_asks_for_it(name: str) -> None:
    sections = {key: value for key, value in complete_document()["sections"].items() if key != name}
    found = [item for item in completeness(complete(sections=sections)) if item.code == "rule_section_missing"]
    assert [item.where for item in found] == [f"sections.{name}"]
    assert "1529" in describe(found[0], "zh")
    assert found[0].severity is Severity.ERROR


def test_both_languages_are_asked_of_every_text() -> None:
    body = complete_document()
    body["title"] = {"zh": "Fired blocks", "en": "Fired blocks"}
    body["processes"][1]["name"] = {"zh": "焙烧", "en": "焙烧"}
    del body["processes"][0]["name"]
    found = {item.where for item in completeness(parse_rule(body)) if item.code == "rule_language_missing"}
    assert found == {"title", "processes.kiln.name", "processes.clay.name"}
    with pytest.raises(TanbiaoError) as caught:
        complete(title={"zh": "砌块"})
    assert (caught.value.code, caught.value.where) == ("field_missing", "title.en")


@pytest.mark.requirement("GBA-05a")
def test_every_boundary_decision_rests_on_a_record() -> None:
    record = complete_document()["boundary_record"]
    kept = [item for item in record if item["id"] != "clay"]
    assert gaps(complete(boundary_record=kept))["rule_record_missing"] == "boundary_record.clay"
    without_use = [item for item in record if item["id"] != "use"]
    assert gaps(complete(boundary_record=without_use))["rule_record_missing"] == "boundary_record.use"
    opposite = [{**item, "decision": "included"} if item["id"] == "use" else item for item in record]
    assert gaps(complete(boundary_record=opposite))["rule_record_contradicts"] == "boundary_record.use"
    for part in ("supply_chain_coverage", "activity_data", "factor_quality", "green_power", "decision", "reason"):
        broken = [{key: value for key, value in record[0].items() if key != part}, *record[1:]]
        with pytest.raises(TanbiaoError) as caught:
            complete(boundary_record=broken)
        assert caught.value.code == "field_missing"


def test_a_number_has_a_source_or_says_that_it_is_the_projects() -> None:
    found = {item.where: item for item in thresholds(complete())}
    assert found["cut_off.total"].value == 0.05
    assert found["cut_off.total"].is_project_default
    assert not found["quality.months"].is_project_default
    assert "checks.kiln-energy" in found
    official = gaps(complete(standing="official"))
    assert official["rule_threshold_unsourced"] == "cut_off.each"
    unknown = [{"of": "quality.colour", "source": "x"}]
    assert gaps(complete(threshold_sources=unknown))["rule_name_unknown"] == "threshold_sources.quality.colour"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"checks": [{**FIRST, "otherwise": {**SAID, "clause": "9"}}]}, "rule_clause_unknown"),
        ({"checks": [{**FIRST, "otherwise": SAID}]}, "rule_clause_missing"),
        ({"cut_off": {"each": "1 %", "total": "5 %", "never": ["mine"]}}, "rule_name_unknown"),
        ({"waivable": [{"check": "colour", "roles": ["verifier"]}]}, "rule_name_unknown"),
        ({"examples": None}, "rule_without_example"),
        ({"examples": complete_document()["examples"][:2]}, "rule_failing_examples_few"),
        ({"report_sections": None}, "rule_section_missing"),
    ],
)  # fmt: skip
def test_what_a_draft_lacks_is_named(changes: dict[str, Any], code: str) -> None:
    assert code in gaps(complete(**changes))


def test_a_clause_of_another_document_names_the_document() -> None:
    said = {"severity": "error", "clause": "9.9", "document": "GB/T 24067-2024", "zh": "错", "en": "wrong"}
    checks = [{**FIRST, "otherwise": said}]
    assert "rule_clause_unknown" not in gaps(complete(checks=checks))
    half = complete_document()["sections"]
    half["boundary"]["references"] = [{"document": "GB/T 24067-2024", "checked_by": "A"}]
    with pytest.raises(TanbiaoError) as caught:
        complete(sections=half)
    assert caught.value.code == "rule_malformed"


# --- the declared value -----------------------------------------------------------------------------------------------


def test_rounding_is_half_to_even_and_never_in_the_holders_favour_at_a_limit() -> None:
    # GB/T 8170: 12.45 → 12.4, 12.55 → 12.6 at three digits; 9.996 has three digits as 10.0
    assert [round_half_even(text, 3) for text in ("12.45", "12.55", "9.996", "0", "1234.5")] == [
        "12.4", "12.6", "10.0", "0", "1230",
    ]  # fmt: skip
    strict = complete()
    assert rounded(strict, "100.4", [100.0]) == "101"  # 100 would look like the better class
    assert rounded(strict, "100.4", [99.0]) == "100"
    assert rounded(strict, "100", [100.0]) == "100"
    lenient = complete(declared_value={"digits": 3})
    assert rounded(lenient, "100.4", [100.0]) == "100"


@settings(deadline=None)
@given(st.decimals(min_value="0.001", max_value="99999", places=4), st.decimals("0.001", "99999", places=1))
def test_a_printed_value_is_above_every_limit_that_the_unrounded_one_is_above(value: Any, limit: Any) -> None:
    text = rounded(complete(), str(value), [float(limit)])
    if value > limit:
        assert float(text) > float(limit)


def test_a_partial_footprint_may_have_another_headline() -> None:
    assert headline_of(complete(), "cradle_to_gate") == "excluding_uptake"
    assert headline_of(complete(), "cradle_to_grave") == "total"


def test_a_class_is_of_the_unrounded_value() -> None:
    graded = complete(grade={"classes": ["A", "B"], "limits": [100.0], "source": "arithmetic example"})
    assert isinstance(graded.grade, Grade)
    assert [class_of(graded, value) for value in (99.0, 100.0, 100.0001)] == ["A", "A", "B"]
    assert class_of(complete(), 1.0) is None
