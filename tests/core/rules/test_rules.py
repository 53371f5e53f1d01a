"""Rule documents: mandatory sections, built-in checks, expressions, the packaged rules' own test kits."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core.findings import Severity, TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import list_rules, load_rule, parse_rule
from tanbiao.core.rules.check import Outcome, outcomes
from tanbiao.core.rules.kit import try_examples
from tanbiao.core.rules.load import list_references
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import Study, calculate

SAID = {"severity": "error", "zh": "不对", "en": "wrong"}
GRID = {"electricity": {"supply": "grid", "region": "CN", "year": 2023}}


def rule_document(**changes: Any) -> dict[str, Any]:
    """Return a rule with changes at the top level; None removes a section."""
    body: dict[str, Any] = {
        "tanbiao": "rule/1",
        "id": "test-rule",
        "version": "1.0.0",
        "standing": "demonstration",
        "title": {"zh": "测试规则", "en": "test rule"},
        "covers": {"categories": ["test"]},
        "unit": {"declared": {"amount": "1 kg"}},
        "boundary": {"raw_materials": "optional", "manufacturing": "optional", "partial": ["cradle_to_gate"]},
        "cut_off": {"each": "1 %", "total": "2 %"},
        "electricity": {"counts": ["direct_line"]},
        "allocation": {"co_products": ["mass"]},
        "gwp": "AR6",
        "quality": {"uncertainty": "optional"},
        "declared_value": {"digits": 3},
    }
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


def rule(**changes: Any) -> Rule:
    """Return a rule."""
    return parse_rule(rule_document(**changes))


def study(**changes: Any) -> Study:
    """Return a study of the rule's category."""
    body = document(product={"name": {"zh": "测试"}, "category": "test"}, **changes)
    parsed, findings = Study.parse(body)
    assert parsed is not None, findings
    return parsed


def codes(checked: Rule, **changes: Any) -> dict[str, str]:
    """Return code → place of what a rule says to a study."""
    result = calculate(study(**changes), background(), checked, samples=0)
    return {item.code: item.where for item in result.findings}


def outcome(checked: Rule, name: str, **changes: Any) -> Outcome:
    """Return the outcome of one check, run with the calculation's own ledger."""
    from tanbiao.core.study.flows import Resolver, resolve
    from tanbiao.core.study.ledger import build

    one = study(**changes)
    result = calculate(one, background(), checked, samples=0)
    ledger = build(one, resolve(Resolver(one, background())), 1)
    return next(item for item in outcomes(checked, one, result, ledger) if item.check == name)


# --- the document -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("GBA-05c")
@pytest.mark.parametrize(
    "section",
    ["boundary", "cut_off", "electricity", "allocation", "gwp", "quality", "unit", "covers", "declared_value", "title"],
)
def test_boundary_principles_and_every_other_section_must_be_there(section: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        parse_rule(rule_document(**{section: None}))
    assert [(item.code, item.where) for item in caught.value.findings] == [("field_missing", section)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"colour": "green"}, "unknown_key"),
        ({"version": "1"}, "rule_malformed"),
        ({"standing": "national"}, "rule_malformed"),
        ({"cut_off": {"each": "150 %", "total": "2 %"}}, "rule_malformed"),
        ({"checks": [{"id": "a", "expect": "1 kg +", "otherwise": SAID}]}, "formula_syntax"),
        ({"checks": [{"id": "a", "expect": "1 kg", "otherwise": SAID}]}, "formula_no_comparison"),
        ({"covers": {"where": "product.capacity"}}, "formula_no_comparison"),
        ({"processes": [{"id": "a", "stage": "use"}, {"id": "a", "stage": "use"}]}, "rule_id_twice"),
    ],
)  # fmt: skip
def test_a_malformed_rule_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        parse_rule(rule_document(**changes))
    assert caught.value.code == code


def test_a_canonical_rule_reads_back_to_the_same_hash() -> None:
    for item in list_rules():
        assert parse_rule(item.canonical()).hash == item.hash
        assert item.standing == "demonstration"
        assert "not official" in item.thresholds


def test_an_unknown_rule_is_answered_with_near_ones() -> None:
    for reference in ("traction-batery@1.0.0", "../../etc/passwd@1", "x", "traction-battery@9.9.9"):
        with pytest.raises(TanbiaoError) as caught:
            load_rule(reference)
        assert caught.value.code == "rule_unknown"
    with pytest.raises(TanbiaoError) as caught:
        load_rule("traction-batery@1.0.0")
    assert "traction-battery@1.0.0" in str(caught.value.findings[0].params["near"])


@pytest.mark.parametrize("reference", list_references())
def test_the_packaged_rules_pass_their_own_test_kits(reference: str) -> None:
    tried = try_examples(load_rule(reference), find_release)
    assert tried
    assert [item for item in tried if not item.passed] == []


def test_a_kit_whose_expectation_is_wrong_fails() -> None:
    example = {"id": "wrong", "study": "examples/generic-arithmetic.yaml", "expect": {"total": 1.7}}
    missing = {"id": "missing", "study": "nowhere.yaml", "expect": {"total": 1}}
    path = {"id": "path", "study": "examples/generic-arithmetic.yaml", "change": {"remove": ["stages.a.b"]}}
    silent = {"id": "silent", "study": "examples/generic-arithmetic.yaml", "expect_finding": "offset_refused"}
    tried = try_examples(rule(examples=[example, missing, path, silent]), find_release)
    assert [item.passed for item in tried] == [False] * 4
    assert "1.6" in tried[0].reason
    assert "example_study_missing" in tried[1].reason
    assert tried[0].finding().code == "rule_example_failed"


# --- built-in checks --------------------------------------------------------------------------------------------------


def test_a_study_that_keeps_the_rule_has_no_findings_and_shows_what_was_checked() -> None:
    assert codes(rule()) == {}
    checks = calculate(study(), background(), rule(), samples=0).document["checks"]
    assert {item["state"] for item in checks} == {"passed"}
    assert {"boundary", "stages", "cut-off", "gwp"} <= {item["check"] for item in checks}


@pytest.mark.requirement("GBA-07d")
def test_boundary_and_calculation_principle_are_those_that_the_rule_allows() -> None:
    found = codes(rule(boundary={}))
    assert found["rule_boundary_not_allowed"] == "boundary"
    assert found["stage_not_declared_required"].startswith("stages.")
    two = {
        "gives": [{"product": "a", "amount": "1 kg"}, {"product": "b", "amount": "1 kg"}],
        "allocation": {"by": "economic", "shares": {"a": 0.7, "b": 0.3}, "reason": "prices"},
        "takes": [{"id": "p1", "amount": "1 kg", "from": "dataset/steel"}],
    }
    rows = stages(raw_materials=[{"id": "r", "amount": "1 kg", "from": "process/p/a"}])
    assert codes(rule(), processes={"p": two}, stages=rows)["rule_allocation_differs"] == "processes.p.allocation"
    allowed = rule(allocation={"co_products": ["economic"]})
    assert "rule_allocation_differs" not in codes(allowed, processes={"p": two}, stages=rows)


def test_gwp_set_and_declared_unit_are_the_rules() -> None:
    assert codes(rule(), gwp="AR5")["rule_gwp_differs"] == "gwp"
    assert codes(rule(), unit={"declared": "1 kWh"})["rule_unit_differs"] == "unit.declared"
    assert codes(rule(), unit={"declared": "1000 g"}) == {}


def test_a_rule_covers_by_category_and_by_property() -> None:
    assert codes(rule(covers={"categories": ["other"]}))["rule_not_covering"] == "product.category"
    sized = rule(covers={"where": "product.capacity > 2 kWh"})
    assert codes(sized)["check_not_run"] == "rule.covers"
    small = document(product={"name": "x", "properties": {"capacity": "1 kWh"}})
    parsed, _ = Study.parse(small)
    assert parsed is not None
    found = calculate(parsed, background(), sized, samples=0).findings
    assert "rule_not_covering" in {item.code for item in found}


def test_required_processes_are_found_by_row_or_by_process() -> None:
    wanted = rule(processes=[{"id": "kiln", "stage": "manufacturing", "data": "site_specific"}])
    assert codes(wanted)["rule_process_missing"] == "stages.manufacturing"
    tagged = [{"id": "m", "amount": "1 kWh", "process": "kiln", **GRID}]
    found = codes(wanted, stages=stages(manufacturing=tagged))
    assert "rule_process_missing" not in found
    assert found["rule_site_data_missing"] == "rule.processes.kiln"
    own = {"kiln": {"gives": "1 kg", "takes": [{"id": "k", "amount": "1 kWh", "data": "site_specific", **GRID}]}}
    rows = [{"id": "m", "amount": "1 kg", "from": "process/kiln"}]
    assert codes(wanted, stages=stages(manufacturing=rows), processes=own) == {}


def test_a_severity_may_be_set_by_the_rule() -> None:
    wanted = rule(processes=[{"id": "kiln", "stage": "manufacturing"}], severities={"processes": "info"})
    result = calculate(study(), background(), wanted, samples=0)
    assert [item.severity for item in result.findings] == [Severity.INFO]
    assert not result.blocks


def test_cut_off_is_limited_each_in_total_and_never_for_some() -> None:
    def entries(*bounds: str, process: str | None = None) -> list[dict[str, Any]]:
        tag = {"process": process} if process else {}
        return [{"id": f"x{i}", "what": "a", "bound": item, "reason": "b", **tag} for i, item in enumerate(bounds)]

    assert codes(rule(), cut_off=entries("0.01 kg", "10 g")) == {}
    assert codes(rule(), cut_off=entries("0.011 kg"))["cut_off_exceeded"] == "cut_off.x0"
    assert codes(rule(), cut_off=entries("0.9 %", "0.9 %", "0.3 %"))["cut_off_exceeded"] == "cut_off"
    never = rule(cut_off={"each": "1 %", "total": "2 %", "never": ["anode"]})
    assert codes(never, cut_off=entries("1 g", process="anode"))["cut_off_never"] == "cut_off.x0"
    unit = {"declared": "1 kWh"}
    energy = rule(unit={"declared": {"amount": "1 kWh"}})
    assert codes(energy, cut_off=entries("1 g"), unit=unit)["check_not_run"] == "rule.cut-off"
    with_mass = {**unit, "reference_flow": {"amount": "8 kg"}}
    assert codes(energy, cut_off=entries("70 g"), unit=with_mass) == {}


def test_quality_primary_share_and_months() -> None:
    strict = rule(
        quality={
            "result_at_most": 2.0, "assessed_at_least": "50 %", "primary_share_at_least": "30 %", "months": 12,
            "uncertainty": "optional",
        }
    )  # fmt: skip
    found = codes(strict)
    assert found["check_not_run"] == "rule.quality"  # nobody assessed it: that is not "good"
    assert found["rule_primary_share_low"] == "primary_data_share"
    own = {"kind": "primary", "primary_share": 0.4}
    scored = {"id": "r", "amount": "1 kg", "from": "dataset/steel", "data": {**own, "pedigree": [3] * 5}}
    found = codes(strict, stages=stages(raw_materials=[scored]), period={"from": "2023-02-01", "to": "2023-12-31"})
    assert found["rule_quality_low"] == "data_quality"
    assert found["rule_period_short"] == "period"
    assert "rule_primary_share_low" not in found
    good = {**scored, "data": {**own, "pedigree": [2] * 5}}
    assert codes(strict, stages=stages(raw_materials=[good])) == {}


def test_unknown_amounts_block_submission_where_the_rule_says_so() -> None:
    rows = [
        {"id": "a", "amount": "unknown", "reason": "no meter"},
        {"id": "b", "amount": "1 kg", "from": "dataset/steel"},
    ]
    one = study(stages=stages(raw_materials=rows))
    blocked = calculate(one, background(), rule(), samples=0)
    assert blocked.blocks
    assert blocked.value == 2.0
    warned = calculate(one, background(), rule(unknown_amounts="warn"), samples=0)
    assert not warned.blocks
    assert "rule_unknown_amount" in {item.code for item in warned.findings}


@pytest.mark.requirement("NAT-11c")
def test_an_uncertainty_analysis_is_mandatory_where_the_rule_requires_it() -> None:
    required = rule(quality={"uncertainty": "required"})
    without = calculate(study(), background(), required, samples=0)
    assert without.blocks
    assert "rule_uncertainty_missing" in {item.code for item in without.findings}
    with_it = calculate(study(), background(), required, samples=100)
    assert not with_it.blocks
    assert with_it.document["total"]["p2_5"] < with_it.value < with_it.document["total"]["p97_5"]


def test_a_study_of_another_rule_is_told() -> None:
    assert codes(rule(), rule="other@1.0.0")["rule_differs"] == "rule"
    alone = calculate(study(rule="test-rule@1.0.0"), background(), samples=0)
    assert "rule_not_applied" in {item.code for item in alone.findings}


# --- checks written as expressions ------------------------------------------------------------------------------------


def checked(expect: str) -> Rule:
    """Return a rule of one check."""
    return rule(checks=[{"id": "it", "expect": expect, "otherwise": SAID}])


MELT = {
    "processes": {
        "melt": {
            "gives": "1 kg",
            "takes": [
                {"id": "p1", "amount": "1.2 kg", "from": "dataset/steel"},
                {"id": "p2", "amount": "2 kWh", **GRID},
            ],
            "emits": [{"id": "p4", "amount": "0.05 kg", "gas": "CO2 fossil"}],
            "losses": [{"id": "p5", "amount": "0.15 kg", "what": "slag"}],
        }
    },
    "stages": stages(
        raw_materials=[{"id": "r", "amount": "2 kg", "from": "process/melt"}],
        manufacturing=[{"id": "m", "amount": "3.6 MJ", **GRID}],
    ),
}


@pytest.mark.parametrize(
    ("expect", "state"),
    [
        ("mass(melt.takes) - mass(melt.gives) - mass(melt.emits) - mass(melt.losses) at most 0.001 kg", "passed"),
        ("mass(melt.losses) at most 10 % of mass(melt.takes)", "failed"),
        ("energy(manufacturing) / unit between 0.9 kWh/kg and 1.1 kWh/kg", "passed"),
        ("energy(melt) at least 3 kWh", "failed"),
        ("emission(raw_materials) at most 10 kg", "passed"),
        ("emission(p1) at most 4.8 kg", "passed"),
        ("emission(melt) at least 100 kg", "failed"),
        ("amount(p5) == 0.15 kg", "passed"),
        ("mass(nowhere.takes) at most 1 kg", "not_run"),
        ("amount(nobody) at most 1 kg", "not_run"),
    ],
)
def test_expressions_over_masses_energies_and_emissions(expect: str, state: str) -> None:
    assert outcome(checked(expect), "it", **MELT).state == state


def test_a_failed_check_is_told_in_the_rules_own_words() -> None:
    failed = outcome(checked("amount(p5) at most 1 g"), "it", **MELT).findings[0]
    assert (failed.code, failed.severity, failed.where) == ("rule_check_failed", Severity.ERROR, "rule.checks.it")
    assert failed.params["zh"] == "不对"


def test_an_unknown_amount_makes_a_check_impossible_not_passed() -> None:
    process = {"gives": "1 kg", "takes": [{"id": "a", "amount": "unknown", "reason": "x", "from": "dataset/steel"}]}
    changes = {
        "processes": {"melt": process},
        "stages": stages(raw_materials=[{"id": "r", "amount": "1 kg", "from": "process/melt"}]),
    }
    for expect in ("mass(melt.takes) at most 1 kg", "emission(melt) at most 1 kg"):
        assert outcome(checked(expect), "it", **changes).state == "not_run"


def test_without_the_calculations_ledger_such_checks_are_not_run() -> None:
    from tanbiao.core.rules import check

    one = study(**MELT)
    result = calculate(one, background(), samples=0)
    found = check(checked("amount(p5) at most 1 g"), one, result)
    assert [item.code for item in found if item.code == "check_not_run"]
