"""The language of a rule's checks: units are known when the rule is read, three values when a study is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rules import GRID, outcome, rule, study

from study_background import background, stages
from tanbiao.core.findings import TanbiaoError, describe
from tanbiao.core.rules.check import Outcome
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import calculate

SAID = {"severity": "error", "clause": "6.2", "zh": "不对", "en": "wrong"}


def asked(expect: str, **more: Any) -> Rule:
    """Return a rule of one check, with a declared field."""
    check = {"id": "it", "expect": expect, "otherwise": SAID, **more}
    return rule(checks=[check], fields=[{"name": "capacity", "unit": "kWh"}])


def refusal(expect: str, **more: Any) -> TanbiaoError:
    """Return the refusal of a rule with this check."""
    with pytest.raises(TanbiaoError) as caught:
        asked(expect, **more)
    return caught.value


# 2 kg steel (2 kg CO2e/kg), 10 kWh of the grid (0.6205), 1 kg resin (4 - 1 = 3): 4 + 6.205 + 3 = 13.205 kg CO2e
ROWS = {
    "stages": stages(
        raw_materials=[
            {"id": "s", "amount": "2 kg", "from": "dataset/steel", "data": {"kind": "primary", "pedigree": [2] * 5}},
            {"id": "r", "amount": "1 kg", "from": "dataset/resin", "source": "invoice"},
        ],
        manufacturing=[{"id": "e", "amount": "10 kWh", "process": "kiln", **GRID}],
    ),
    "product": {"name": "x", "category": "test", "properties": {"capacity": "2 kWh", "life": "5 h"}},
}


def answer(expect: str, **more: Any) -> Outcome:
    """Return the outcome of one check of that study."""
    changes = {**ROWS, **more.pop("changes", {})}
    product = changes.pop("product")
    body = asked(expect, **more)
    from study_background import document
    from tanbiao.core.rules.check import outcomes
    from tanbiao.core.study import Study
    from tanbiao.core.study.flows import Resolver, resolve
    from tanbiao.core.study.ledger import build

    one, findings = Study.parse(document(product=product, **changes))
    assert one is not None, findings
    result = calculate(one, background(), body, samples=0)
    ledger = build(one, resolve(Resolver(one, background())), 1)
    return next(item for item in outcomes(body, one, result, ledger) if item.check == "it")


# --- units, when the rule is read -------------------------------------------------------------------------------------


def test_kilograms_over_kilowatt_hours_are_not_compared_with_kilograms() -> None:
    error = refusal("mass(kiln.takes) / product.capacity < 3 kg")
    found = error.findings[0]
    assert (found.code, found.where) == ("expression_divides_and_compares", "checks.it.expect")
    assert "divides kg by kWh and compares with kg" in describe(found, "en")
    assert "test-rule@1.0.0 6.2" in describe(found, "en")
    assert "用 kg 除以 kWh，却与 kg 比较" in describe(found, "zh")


@pytest.mark.parametrize(
    ("expect", "code"),
    [
        ("mass(a.takes) at most 1 kWh", "expression_compares_units"),
        ("3 kg < mass(a) * energy(a)", "expression_multiplies_and_compares"),
        ("mass(a) + energy(a) at most 1 kg", "expression_adds_units"),
        ("total between 1 kg and 2 kWh", "expression_compares_units"),
        ("energy(a) at most 1 kWh|LHV + 2 kWh|electricity", "expression_adds_units"),
        ("colour at most 1 kg", "expression_name_unknown"),
        ("row.mass at most 1 kg", "expression_row_outside"),
        ("sum(row.colour) at most 1 kg", "expression_name_unknown"),
        ("study.boundary at most 1 kg", "expression_not_quantity"),
        ('study.boundary < "a"', "expression_not_quantity"),
        ("total and 1 kg < 2 kg", "expression_not_condition"),
        ("count(row.mass) at most 3", "expression_not_condition"),
        ('total in ("a", "b")', "expression_not_text"),
        ("mass(1 kg) at most 1 kg", "expression_path"),
        ("mass(a where a) at most 1 kg", "expression_where_outside"),
        ("open(a) at most 1 kg", "formula_function"),
        ("sqrt(total) at most 1 kg", "formula_unit"),
        ("sum(row.mass)", "formula_no_comparison"),
    ],
)
def test_what_can_mean_nothing_is_refused_when_the_rule_is_read(expect: str, code: str) -> None:
    found = refusal(expect)
    assert (found.code, found.where) == (code, "checks.it.expect")
    for lang in ("zh", "en"):
        assert "{" not in describe(found.findings[0], lang)  # type: ignore[arg-type]


def test_condition_and_conversion_are_read_as_well() -> None:
    assert refusal("total at most 1 kg", when="total at most 1 kWh").where == "checks.it.when"
    unit = {"declared": {"amount": "1 kg"}, "conversion": {"functional_per_declared": "product.a at most 1 kg"}}
    with pytest.raises(TanbiaoError) as caught:
        rule(unit=unit)
    assert caught.value.where == "unit.conversion.functional_per_declared"


# --- rows and aggregates ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expect", "state"),
    [
        ("sum(row.emission) between 13.204 kg and 13.206 kg", "passed"),
        ('sum(row.emission where row.stage == "raw_materials") at most 7 kg', "passed"),
        ('sum(row.emission where row.stage == "raw_materials") at most 6.999 kg', "failed"),
        ('share(row.activity == "electricity") between 46.98 % and 47 %', "passed"),  # 6.205 / 13.205 = 46.99 %
        ("count(rows) == 3", "passed"),
        ("count(row.sourced) == 1", "passed"),
        ('count(row.mass > 1.5 kg where row.activity == "from") == 1', "passed"),
        ('all(row.mass > 1.5 kg where row.id != "r")', "not_run"),  # electricity has no mass
        ('all(row.mass > 1.5 kg where row.activity == "from")', "failed"),
        ('any(row.process == "kiln")', "passed"),
        ("highest(row.emission) at most 6.21 kg", "passed"),
        ("lowest(row.emission) at most 2.9 kg", "failed"),
        ('highest(row.mass where row.stage == "use") at most 1 kg', "not_run"),  # there is none
        ("energy(manufacturing) == sum(row.energy where row.stage in ('manufacturing', 'use'))", "passed"),
        ("total / product.capacity at most 6.61 kg/kWh", "passed"),  # 13.205 / 2 = 6.6025
        ("total / product.capacity at most 6.6 kg/kWh", "failed"),
        ("product.life at least 1 h", "passed"),
        ("product.life at least 1 kg", "not_run"),  # its unit is the study's to say
        ("product.colour at most 1 kg", "not_run"),
        ("sum(row.amount where row.activity == 'from') == 3 kg", "passed"),
        ("sum(row.amount) == 3 kg", "not_run"),
        ("study.boundary == 'cradle_to_gate' and study.months at least 12", "passed"),
        ("has(manufacturing) and not has(use)", "passed"),
        ("- total < 0 kg", "passed"),
        ("abs(min(total, 20 kg) - max(total, 1 kg)) at most 0 kg", "passed"),
        ("total / (total - total) at most 1", "not_run"),
        ('highest(row.year) == 2023 and any(row.geography == "FR")', "passed"),
        ("interval.low at most total", "not_run"),  # no samples were drawn
    ],
)
def test_expressions_over_rows_stages_and_results(expect: str, state: str) -> None:
    assert answer(expect).state == state


@pytest.mark.parametrize(
    ("expect", "state"),
    [
        ("product.colour at most 1 kg and total at most 1 kg", "failed"),
        ("total at most 1 kg and product.colour at most 1 kg", "failed"),
        ("product.colour at most 1 kg and total at least 1 kg", "not_run"),
        ("total at least 1 kg or product.colour at most 1 kg", "passed"),
        ("product.colour at most 1 kg or total at least 1 kg", "passed"),
        ("product.colour at most 1 kg or total at most 1 kg", "not_run"),
        ("not (product.colour at most 1 kg)", "not_run"),
        ("any(row.mass > 1.5 kg)", "passed"),  # one row settles it, whatever the electricity weighs
        ("any(row.mass > 5 kg)", "not_run"),
        ("all(row.mass > 1.5 kg)", "failed"),
    ],
)
def test_a_condition_has_three_values(expect: str, state: str) -> None:
    assert answer(expect).state == state


def test_a_check_of_each_row_points_at_the_row_and_the_clause() -> None:
    found = answer("row.sourced", each={"activity": "from"})
    assert (found.state, [item.where for item in found.findings]) == ("failed", ["stages.raw_materials.s"])
    assert found.findings[0].params["clause"] == "test-rule@1.0.0 6.2"
    both = answer("row.quality at most 2", each={"stage": "raw_materials"})
    assert (both.state, [item.where for item in both.findings]) == ("not_run", ["stages.raw_materials.r"])
    assert "assessed" in describe(both.findings[0], "en")
    assert answer("row.share at most 50 %", each={"process": "kiln"}).state == "passed"
    mixed = answer("row.mass at most 1 kg", each={"rows": "all"})
    assert mixed.state == "failed"
    assert {item.code: item.where for item in mixed.findings} == {
        "rule_check_failed": "stages.raw_materials.s",
        "check_not_run": "stages.manufacturing.e",
    }


@pytest.mark.requirement("GBA-05b")
def test_a_factors_quality_grade_is_a_precondition_of_a_rule() -> None:
    # the dataset "scored" stores 2, 3, 4, 1 of its own: a mean of 2.5; "steel" has no grade at all
    scored = {"stages": stages(raw_materials=[{"id": "a", "amount": "1 kg", "from": "dataset/scored"}])}
    each: dict[str, Any] = {"each": {"activity": "from"}, "changes": scored}
    assert answer("row.quality at most 2.5", **each).state == "passed"
    assert answer("row.quality at most 2.4", **each).findings[0].where == "stages.raw_materials.a"
    plain = {"stages": stages(raw_materials=[{"id": "a", "amount": "1 kg", "from": "dataset/steel"}])}
    assert answer("row.quality at most 2.5", each={"rows": "all"}, changes=plain).state == "not_run"


def test_a_process_has_the_quality_that_the_rule_wants_of_it() -> None:
    def row(name: str, amount: str, score: int) -> dict[str, Any]:
        data = {"kind": "site_specific", "pedigree": [score] * 5}
        return {"id": name, "amount": amount, "from": "dataset/steel", "process": "kiln", "data": data}

    # 3 kg of score 1 and 1 kg of score 4, by emission: (3 × 1 + 1 × 4) / 4 = 1.75
    rows = {"stages": stages(manufacturing=[row("a", "3 kg", 1), row("b", "1 kg", 4)])}
    kiln = {"id": "kiln", "stage": "manufacturing", "data": "site_specific"}

    def state(limit: float | None, of_site: float | None) -> Outcome:
        process = kiln if limit is None else {**kiln, "quality_at_most": limit}
        quality = {"uncertainty": "optional", **({} if of_site is None else {"site_specific_at_most": of_site})}
        return outcome(rule(processes=[process], quality=quality), "process-quality", **rows)

    assert state(1.75, None).state == "passed"
    worse = state(1.7, 3.0)
    assert (worse.state, worse.findings[0].where) == ("failed", "stages.manufacturing.b")
    assert state(None, 1.5).state == "failed"
    unrated = {
        "stages": stages(manufacturing=[{"id": "a", "amount": "1 kg", "from": "dataset/steel", "process": "kiln"}])
    }
    wanted = rule(processes=[{**kiln, "quality_at_most": 2.0}])
    assert outcome(wanted, "process-quality", **unrated).state == "not_run"
    assert "process-quality" not in {item.check for item in _checks(rule(processes=[kiln]))}


def test_what_the_report_needs_is_in_the_study() -> None:
    title = {"zh": "目的", "en": "goal"}
    wanted = rule(report_sections=[{"id": "goal", "title": title, "needs": ["goal.application", "goal.reason"]}])
    found = outcome(wanted, "report-sections", goal={"application": "test"})
    assert [item.where for item in found.findings] == ["goal.reason"]
    assert "goal" in describe(found.findings[0], "en")
    complete = {"application": "test", "reason": "because"}
    assert outcome(wanted, "report-sections", goal=complete).state == "passed"


def test_a_check_applies_where_its_condition_holds() -> None:
    assert answer("total at most 1 kg", when='study.country != "CN"').state == "passed"
    assert answer("total at most 1 kg", when='study.country == "CN"').state == "failed"
    assert answer("total at most 1 kg", when="product.colour at most 1 kg").state == "not_run"
    part = answer("row.sourced", each={"rows": "all"}, when="row.emission at least 5 kg")
    assert [item.where for item in part.findings] == ["stages.manufacturing.e"]
    named = answer("total at most 1 kg", at="product")
    assert named.findings[0].where == "product"


def test_not_run_says_why_in_both_languages() -> None:
    found = answer("product.colour at most 1 kg").findings[0]
    assert found.code == "check_not_run"
    assert "product.colour is not there" in describe(found, "en")
    assert "没有“product.colour”" in describe(found, "zh")


def test_a_row_that_two_stages_use_counts_in_each_and_is_told_once() -> None:
    melt = {"melt": {"gives": "1 kg", "takes": [{"id": "p", "amount": "1 kg", "from": "dataset/steel"}]}}
    use = {"id": "u", "amount": "3 kg", "from": "process/melt"}
    rows = stages(
        raw_materials=[{"id": "r", "amount": "2 kg", "from": "process/melt"}],
        manufacturing=[use],
    )
    changes = {"processes": melt, "stages": rows}
    # 2 kg of steel in the first stage, 3 kg in the second: 4 and 6 kg CO2e
    for expect in (
        'sum(row.emission where row.stage == "manufacturing") == 6 kg',
        "sum(row.emission where row.process == 'melt') == 10 kg",
        "sum(row.mass where row.id == 'p') == 5 kg",
        "count(row.id == 'p') == 2",
    ):
        assert answer(expect, changes=changes).state == "passed", expect
    told = answer("row.evidence", each={"process": "melt", "activity": "from"}, changes=changes)
    assert sorted(item.where for item in told.findings) == [
        "processes.melt.takes.p", "stages.manufacturing.u", "stages.raw_materials.r",
    ]  # fmt: skip


def test_unknown_rows_are_not_run_and_rows_left_out_add_nothing() -> None:
    unknown = {"id": "a", "amount": "unknown", "reason": "no meter", "from": "dataset/steel"}
    left = {"id": "a", "amount": {"absent": "below_cut_off", "reason": "small"}, "from": "dataset/steel"}
    known = {"id": "b", "amount": "1 kg", "from": "dataset/steel"}
    missing = {"stages": stages(raw_materials=[unknown, known])}
    assert answer("sum(row.emission) at most 100 kg", changes=missing).state == "not_run"
    assert answer("share(row.id == 'b') at most 100 %", changes=missing).state == "not_run"
    assert (
        answer("row.absent == ''", each={"rows": "all"}, changes=missing).findings[0].where == "stages.raw_materials.a"
    )
    small = {"stages": stages(raw_materials=[left, known])}
    assert answer("sum(row.emission) == 2 kg and sum(row.mass) == 1 kg", changes=small).state == "passed"


def test_declared_fields_are_wanted_and_in_their_unit() -> None:
    wanted = rule(fields=[{"name": "capacity", "unit": "kWh", "required": True}])
    assert outcome(wanted, "fields").findings[0].code == "rule_field_missing"
    with pytest.raises(TanbiaoError) as caught:
        rule(fields=[{"name": "capacity", "unit": "kWhh"}])
    assert caught.value.where == "fields.capacity.unit"
    other = {"product": {"name": "x", "category": "test", "properties": {"capacity": "2 kg"}}}
    assert answer("product.capacity at most 2 kWh", changes=other).state == "not_run"
    assert [item.check for item in _checks(rule())] == [item.check for item in _checks(wanted)][:-1]


def _checks(one: Rule) -> list[Outcome]:
    from tanbiao.core.rules.check import outcomes

    return outcomes(one, study(), calculate(study(), background(), one, samples=0))


# --- algebra ----------------------------------------------------------------------------------------------------------

_TERM = st.sampled_from(["total < 99 kg", "total > 99 kg", "product.colour < 1 kg"])
_VALUE = {"total < 99 kg": True, "total > 99 kg": False, "product.colour < 1 kg": None}


def _and(one: bool | None, two: bool | None) -> bool | None:
    if one is False or two is False:
        return False
    return None if one is None or two is None else True


@settings(deadline=None, max_examples=40)
@given(_TERM, _TERM, _TERM)
def test_and_or_not_follow_kleenes_tables(one: str, two: str, three: str) -> None:
    a, b, c = _VALUE[one], _VALUE[two], _VALUE[three]
    inner = _and(b, c)
    negated = None if inner is None else not inner
    # a or not (b and c) = not (not a and (b and c))
    whole = _and(None if a is None else not a, inner)
    expected = {None: "not_run", True: "failed", False: "passed"}[whole]
    assert negated in (True, False, None)
    assert answer(f"{one} or not ({two} and {three})").state == expected
