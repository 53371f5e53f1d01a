"""Goal and scope, hot spots, completeness, consistency, limits, and the result under other choices, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import gwp
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.interpretation import interpret

GRID = {"electricity": {"supply": "grid", "region": "CN", "year": 2023}}


def release() -> MemoryRelease:
    """Return the test release with plastics: virgin 3, recycled 1, sorting 0.5, burning 2, landfill 0.5 per kg."""
    more = [
        dataset("pp", 3.0),
        dataset("rpp", 1.0),
        dataset("sort", 0.5, "kg", "treatment"),
        dataset("wind-plant", 0.02, "kWh|electricity"),
    ]
    return MemoryRelease({**background().datasets, **{item.id: item for item in more}})


def told_of(rule: Rule | None = None, **changes: Any) -> dict[str, Any]:
    """Interpret a study, without a rule where none is given."""
    study, findings = Study.parse(document(**changes))
    assert study is not None, findings
    return interpret(study, release(), rule, calculate(study, release(), rule, samples=0).document)


def ruled(credits: str = "apart", **allocation: Any) -> Rule:
    """Return the packaged rule with other terms of credits and recycling."""
    body = load_rule("generic-goods@1.0.0").canonical()
    return parse_rule({**body, "credits": credits, "allocation": {**body["allocation"], **allocation}})


def choice(told: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Return the alternatives of a choice by id."""
    row = next(item for item in told["sensitivity"] if item["choice"] == name)
    return {item["id"]: item for item in row["alternatives"]}


# --- sensitivity ----------------------------------------------------------------------------------------------------


def test_electricity_is_shown_by_claims_and_at_the_grids_average() -> None:
    """10 kWh of a direct line at 0.02, 5 kWh of the grid at 0.6205, 1 kg steel at 2: 5.3025; all grid: 11.3075."""
    line = {"supply": "direct_line", "dataset": "dataset/wind-plant", "region": "CN", "proof": "meter 3"}
    rows = [
        {"id": "w", "amount": "10 kWh", "electricity": line},
        {"id": "g", "amount": "5 kWh", **GRID},
        {"id": "s", "amount": "1 kg", "from": "dataset/steel"},
    ]
    told = choice(told_of(stages=stages(manufacturing=rows)), "electricity")
    assert told["market"]["value"] == pytest.approx(0.2 + 3.1025 + 2)
    assert told["market"]["change"] == 0.0
    assert told["location"]["value"] == pytest.approx(9.3075 + 2)
    assert told["location"]["relative"] == pytest.approx((9.3075 - 3.3025) / 5.3025)


def test_recycled_materials_are_counted_by_each_other_method() -> None:
    """Per kg: R1 = 0.4 recycled content, R2 = 0.5 recycled, the rest to landfill, A = 0.2; 2 kg of it, 1 kg steel.

    production 0.6·3 + 0.4·1 = 2.2; landfill 0.5·0.5 = 0.25; secondary input (1−A)·0.4·(3 − 1), recycling (1−A)·0.5·0.5:
    together (1−A)·1.05. CFF 2.45 + 0.84; cut-off 2.45; 50/50 2.975; closed loop 3.5. What is avoided is a credit.
    """
    stated = {
        "method": "cff", "A": "0.2", "R1": "0.4", "R2": "0.5", "virgin": "dataset/pp", "recycled": "dataset/rpp",
        "recycling": "dataset/sort", "disposal": "dataset/landfill", "content_proof": "certificate 7",
    }  # fmt: skip
    rows = [
        {"id": "p", "amount": "2 kg", "circular": stated},
        {"id": "s", "amount": "1 kg", "from": "dataset/steel"},
    ]
    result = told_of(stages=stages(raw_materials=rows))
    told = choice(result, "end_of_life")
    assert {key: item["value"] for key, item in told.items()} == pytest.approx(
        {"cut_off": 2 * 2.45 + 2, "fifty_fifty": 2 * 2.975 + 2, "closed_loop": 2 * 3.5 + 2}
    )
    # avoided: (1 − 0.2)·0.5·3 = 1.2 per kg of plastic
    assert choice(result, "credits")["in_total"]["change"] == pytest.approx(-2.4)


# per kg: 0.4 recycled content, half of it recycled afterwards, the rest to landfill
PLASTIC = {
    "R1": "0.4", "R2": "0.5", "virgin": "dataset/pp", "recycled": "dataset/rpp", "recycling": "dataset/sort",
    "disposal": "dataset/landfill", "content_proof": "certificate 7",
}  # fmt: skip


def of_plastic(rule: Rule | None = None, **stated: str) -> dict[str, Any]:
    """Interpret 2 kg of recycled plastic (as :data:`PLASTIC`) and 1 kg of steel."""
    rows = [
        {"id": "p", "amount": "2 kg", "circular": {**PLASTIC, **stated}},
        {"id": "s", "amount": "1 kg", "from": "dataset/steel"},
    ]
    return told_of(rule, stages=stages(raw_materials=rows))


def test_credits_that_stand_apart_are_shown_beside_each_way_of_recycling() -> None:
    """Burdens per kg 2.45 + (1 − A)·1.05, avoided (1 − A)·0.5·3; 2 kg of it and 2 of steel, A = 0.2 in the study.

    Own 8.58 − 2.4 = 6.18. Cut-off 6.9; 50/50 7.95 − 1.5 = 6.45; closed loop 9 − 3 = 6. Closed loop raises the total by
    4.9 % and lowers the whole by 2.9 %.
    """
    told = of_plastic(method="cff", A="0.2")
    row = next(item for item in told["sensitivity"] if item["choice"] == "end_of_life")
    assert (row["credits"]["with"], row["credits"]["apart"]) == (pytest.approx(6.18), pytest.approx(-2.4))
    found = choice(told, "end_of_life")
    assert {key: item["value"] for key, item in found.items()} == pytest.approx(
        {"cut_off": 6.9, "fifty_fifty": 7.95, "closed_loop": 9.0}
    )
    assert {key: item["credits"]["with"] for key, item in found.items()} == pytest.approx(
        {"cut_off": 6.9, "fifty_fifty": 6.45, "closed_loop": 6.0}
    )
    assert {key: item["credits"]["apart"] for key, item in found.items()} == pytest.approx(
        {"cut_off": 0.0, "fifty_fifty": -1.5, "closed_loop": -3.0}
    )
    closed = found["closed_loop"]
    assert closed["relative"] == pytest.approx(0.42 / 8.58)
    assert closed["credits"]["relative"] == pytest.approx(-0.18 / 6.18)
    assert all(item["credits"]["complete"] for item in found.values())


def test_credits_that_the_rule_counts_are_in_the_total_and_not_shown_again() -> None:
    told = of_plastic(ruled(credits="in_total"), method="cff", A="0.2")
    found = choice(told, "end_of_life")
    assert {key: item["value"] for key, item in found.items()} == pytest.approx(
        {"cut_off": 6.9, "fifty_fifty": 6.45, "closed_loop": 6.0}
    )
    assert all(item["credits"] is None for item in found.values())


def test_a_study_without_a_takes_that_of_the_eu_set_and_says_so() -> None:
    """2.45 + 0.5·1.05 = 2.975 per kg, avoided 0.5·0.5·3 = 0.75; a 1 that cut-off fixes is no A of the formula."""
    for stated in ({}, {"A": "1"}):
        found = choice(of_plastic(method="cut_off", **stated), "end_of_life")["cff"]
        assert found["value"] == pytest.approx(2 * 2.975 + 2)
        assert found["credits"]["with"] == pytest.approx(2 * 2.225 + 2)
        (note,) = found["notes"]
        assert (note["code"], note["where"]) == ("choice_a_of_set", "stages.raw_materials.p.circular")
        assert note["params"]["value"] == "0.5"
        assert "PEFCR Guidance" in note["params"]["source"]


def test_an_a_that_the_rule_gives_comes_before_that_of_a_set() -> None:
    """A = 0.2: 2.45 + 0.8·1.05 = 3.29 per kg, by the rule's table for the material or fixed for every material."""
    given = {"name": "pp", "value": "0.2", "source": "test"}
    by_table = of_plastic(ruled(recycling_materials=[given]), method="cut_off", material="pp")
    fixed = of_plastic(ruled(recycling_parameters=[{**given, "name": "a"}]), method="cut_off")
    for told, code in ((by_table, "circular_a_of_rule"), (fixed, "circular_value_of_rule")):
        found = choice(told, "end_of_life")["cff"]
        assert found["value"] == pytest.approx(2 * 3.29 + 2)
        assert [note["code"] for note in found["notes"]] == [code]


def test_a_method_that_needs_a_factor_the_study_does_not_name_says_so() -> None:
    """What is recycled afterwards needs the factor of recycling, which cut-off leaves to the next life."""
    rows = [{"id": "p", "amount": "2 kg", "circular": {"method": "cut_off", "R2": "0.5", "virgin": "dataset/pp",
                                                        "disposal": "dataset/landfill"}}]  # fmt: skip
    told = choice(told_of(stages=stages(raw_materials=rows)), "end_of_life")
    assert told["cff"]["value"] is None
    assert (told["cff"]["why"]["code"], told["cff"]["why"]["params"]["key"]) == ("circular_missing", "recycling")


def test_the_other_gwp_sets_weigh_the_gases_again() -> None:
    rows = [
        {"id": "m", "amount": "0.1 kg", "gas": "CH4 fossil"},
        {"id": "n", "amount": "0.01 kg", "gas": "N2O"},
        {"id": "c", "amount": "1 kg", "gas": "CO2 fossil"},
    ]
    told = choice(told_of(stages=stages(manufacturing=rows)), "gwp")
    for name in ("AR4", "AR5"):
        by_hand = 0.1 * gwp(name, "CH4 fossil") + 0.01 * gwp(name, "N2O") + 1
        assert told[name]["value"] == pytest.approx(by_hand)


def test_what_was_cut_off_stands_at_its_bounds() -> None:
    """10 kg CO2e of 5 kg product; 0.2 kg CO2e stated, 50 g at the average of 2 per kg: 10.3."""
    rows = [{"id": "s", "amount": "5 kg", "from": "dataset/steel"}]
    entries = [
        {"id": "x1", "what": "标签", "bound": "10 g", "emission": "0.2 kg", "reason": "small"},
        {"id": "x2", "what": "胶带", "bound": "50 g", "reason": "small"},
    ]
    unit = {"declared": "1 piece", "reference_flow": {"amount": "5 kg"}}
    told = choice(told_of(stages=stages(manufacturing=rows), unit=unit, cut_off=entries), "cut_off")
    assert told["at_bounds"]["value"] == pytest.approx(10.3)
    assert told["at_bounds"]["lower_bound"] is False
    entries.append({"id": "x3", "what": "未知", "bound": "1 kWh", "reason": "small"})
    told = choice(told_of(stages=stages(manufacturing=rows), unit=unit, cut_off=entries), "cut_off")
    assert told["at_bounds"]["lower_bound"] is True


def test_allocation_is_tried_by_every_method_that_the_figures_allow() -> None:
    """A mill takes 12 kg of steel, 24 kg CO2e, and gives 3 kg of plate at 4 CNY and 1 kg of scrap at 0.5 CNY per kg.

    1 kg of plate: by mass 24/4 = 6; by price 24 × 12/12.5 / 3 = 7.68.
    """
    mill = {
        "gives": [{"product": "plate", "amount": "3 kg"}, {"product": "scrap", "amount": "1 kg"}],
        "allocation": {
            "by": "mass",
            "reason": "test",
            "prices": [{"from": "2023-01-01", "to": "2023-12-31", "of": {"plate": "4 CNY/kg", "scrap": "0.5 CNY/kg"},
                        "source": "ledger"}],
        },
        "takes": [{"id": "t", "amount": "12 kg", "from": "dataset/steel"}],
    }  # fmt: skip
    rows = [{"id": "p", "amount": "1 kg", "from": "process/mill/plate"}]
    told = choice(told_of(stages=stages(manufacturing=rows), processes={"mill": mill}), "allocation")
    assert told["economic"]["of"] == "mill"
    assert told["economic"]["value"] == pytest.approx(7.68)
    assert told["economic"]["relative"] == pytest.approx(0.28)


def test_every_choice_is_listed_and_the_largest_is_named() -> None:
    told = told_of(stages=stages(raw_materials=[{"id": "r", "amount": "1 kg", "from": "dataset/resin"}]))
    names = ["electricity", "allocation", "end_of_life", "credits", "gwp", "cut_off", "biogenic"]
    assert [row["choice"] for row in told["sensitivity"]] == names
    assert [row["used"] for row in told["sensitivity"]] == [None, None, None, None, "AR6", None, "counted"]
    assert (told["largest"]["choice"], told["largest"]["value"]) == ("biogenic", 4.0)


# --- the other parts --------------------------------------------------------------------------------------------------


def test_hot_spots_are_the_rows_that_together_make_most() -> None:
    """8, 4, 3 and 1 kg of 16: the first three make 15/16."""
    masses = {"a": 1, "b": 8, "c": 3, "d": 4}
    rows = [{"id": key, "amount": f"{mass} kg", "gas": "CO2 fossil"} for key, mass in masses.items()]
    told = told_of(stages=stages(manufacturing=rows))["hot_spots"]
    assert [item["row"] for item in told["rows"]] == ["b", "d", "c"]
    assert told["reached"] == pytest.approx(15 / 16)
    assert told["others"] == 1
    assert [item["stage"] for item in told["stages"]] == ["manufacturing"]


def test_goal_and_scope_say_what_is_missing() -> None:
    told = told_of()["goal"]
    assert told["missing"] == ["reason", "audience", "function", "reference_flow"]
    assert told["capital_goods"] == {"excluded": "test"}
    whole = told_of(
        goal={"application": "label", "reason": "tender", "audience": ["purchasers"]},
        product={"name": {"zh": "杯"}, "function": {"zh": "盛水"}},
        unit={"declared": "1 piece", "reference_flow": {"amount": "0.3 kg"}},
    )["goal"]
    assert whole["missing"] == []


def test_consistency_points_at_what_exceeds_its_line() -> None:
    rows = [
        {"id": "a", "amount": "7 kg", "from": "dataset/steel"},  # 14, Chinese, no quality
        {"id": "b", "amount": "2 kg", "from": "dataset/resin"},  # 6, French: 30 %
    ]
    points = {item["point"]: item for item in told_of(stages=stages(raw_materials=rows))["consistency"]}
    assert points["foreign"]["share"] == pytest.approx(0.3)
    assert points["foreign"]["state"] == points["unassessed"]["state"] == "attention"
    assert {points[key]["state"] for key in ("gwp", "stand_ins", "old_factors", "period", "screening")} == {"ok"}


def test_an_old_factor_and_one_of_no_year_draw_attention() -> None:
    old = dataset("old", 1.0, time={"year": 2005})
    undated = dataset("undated", 1.0, time={"year": None})
    base = MemoryRelease({**release().datasets, "old": old, "undated": undated})
    rows = [{"id": key, "amount": "1 kg", "from": f"dataset/{key}"} for key in ("old", "undated", "steel")]
    study, _ = Study.parse(document(stages=stages(raw_materials=rows)))
    assert study is not None
    told = interpret(study, base, None, calculate(study, base, samples=0).document)
    point = next(item for item in told["consistency"] if item["point"] == "old_factors")
    assert (point["state"], point["share"]) == ("attention", pytest.approx(0.5))


@pytest.mark.parametrize(
    ("boundary", "code"),
    [("cradle_to_gate", "public_comparison_of_partial"), ("cradle_to_grave", "public_comparison_needs_review")],
)
def test_a_public_comparison_needs_the_whole_life_and_a_review(boundary: str, code: str) -> None:
    named = {"empty": "none"} if boundary == "cradle_to_grave" else {"not_declared": "gate"}
    body = {**stages(), **{key: named for key in ("manufacturing", "distribution", "use", "end_of_life")}}
    goal = {"application": "test", "public_comparison": "yes"}
    study, findings = Study.parse(document(stages=body, boundary=boundary, goal=goal))
    assert study is not None, findings
    assert code in [item.code for item in calculate(study, release(), samples=0).findings]
    limits = told_of(stages=body, boundary=boundary, goal=goal)["limits"]
    assert "public_comparison" in [item["code"] for item in limits]


def test_the_authors_remarks_stand_beside_the_figures() -> None:
    told = told_of(remarks={"limits": "only one plant was measured"})
    assert told["remarks"] == {"limits": {"en": "only one plant was measured"}}


def test_checks_that_could_not_run_are_part_of_completeness() -> None:
    rule = load_rule("generic-goods@1.0.0")
    study, _ = Study.parse(document(product={"name": {"zh": "测试"}, "category": "generic-goods"}, rule=rule.reference))
    assert study is not None
    told = interpret(study, release(), rule, calculate(study, release(), rule, samples=0).document)["completeness"]
    assert "quality" in told["checks"]["not_run"]
    assert "uncertainty" in told["checks"]["failed"]
    assert told["left_out"]["limit"]["total"] == pytest.approx(0.05)


def test_a_result_of_an_older_version_is_refused_by_name() -> None:
    study, _ = Study.parse(document())
    assert study is not None
    old = {key: value for key, value in calculate(study, release(), samples=0).document.items() if key != "exclusions"}
    with pytest.raises(TanbiaoError) as refused:
        interpret(study, release(), None, old)
    assert refused.value.code == "result_older"
