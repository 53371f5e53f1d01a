"""What a rule limits of the data: cut-offs by any basis, stand-ins, the months, data of the site for own processes."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core.rules import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import Result, Study, calculate

GRID = {"electricity": {"supply": "grid", "region": "CN", "year": 2023}}
ROWS = [
    {"id": "s", "amount": "4 kg", "from": "dataset/steel"},  # 8 kg CO2e
    {"id": "r", "amount": "1 kg", "from": "dataset/scored", "stand_in": {"for": "x", "reason": "y"}},  # 1 kg CO2e
    {"id": "g", "amount": "1 kg", "gas": "CO2 fossil"},
]


def rule(**changes: Any) -> Rule:
    """Return a rule that allows 1 % each and 2 % in all."""
    body: dict[str, Any] = {
        "tanbiao": "rule/1", "id": "limits", "version": "1.0.0", "standing": "demonstration",
        "title": {"zh": "测试规则", "en": "test rule"}, "covers": {"categories": ["test"]},
        "unit": {"declared": {"amount": "1 kg"}},
        "boundary": {"raw_materials": "optional", "manufacturing": "optional", "partial": ["cradle_to_gate"]},
        "cut_off": {"each": "1 %", "total": "2 %", "of": ["mass", "emissions"]},
        "electricity": {"counts": []}, "allocation": {"co_products": ["mass"]}, "gwp": "AR6",
        "quality": {"uncertainty": "optional"}, "declared_value": {"digits": 3},
    }  # fmt: skip
    return parse_rule({**body, **changes})


def result_of(checked: Rule, **changes: Any) -> Result:
    """Calculate a study under a rule."""
    product = {"name": {"zh": "测试"}, "category": "test"}
    body = document(**{"product": product, "stages": stages(manufacturing=ROWS), **changes})
    study, findings = Study.parse(body)
    assert study is not None, findings
    return calculate(study, background(), checked, samples=0)


def state(result: Result, check: str) -> str:
    """Return the state of a check."""
    return str(next(item["state"] for item in result.document["checks"] if item["check"] == check))


def entry(key: str, **bounds: str) -> dict[str, Any]:
    """Return a cut-off of 5 g of 1 kg, with more bounds."""
    return {"id": key, "what": "标签", "bound": "5 g", "reason": "small", **bounds}


def test_a_cut_off_is_judged_by_every_basis_of_the_rule() -> None:
    """5 g of 1 kg is 0.5 %, within; its emission of 0.3 kg is 3 % of 10 kg, above the 1 %."""
    assert state(result_of(rule(), cut_off=[entry("a")]), "cut-off") == "passed"
    heavy = result_of(rule(), cut_off=[entry("a", emission="0.3 kg")])
    told = [item for item in heavy.findings if item.code == "cut_off_exceeded"]
    assert [(item.where, item.params["share"]) for item in told] == [("cut_off.a", "3"), ("cut_off", "3")]


def test_the_sum_is_judged_even_where_each_is_small() -> None:
    """Five times 0.5 % is 2.5 %, above 2 %."""
    result = result_of(rule(), cut_off=[entry(key) for key in ("a", "b", "c", "d", "e")])
    told = [item for item in result.findings if item.code == "cut_off_exceeded"]
    assert [(item.where, item.params["what"], item.params["share"]) for item in told] == [("cut_off", "Σ", "2.5")]


def test_a_row_left_out_without_a_bound_cannot_be_judged() -> None:
    rows = [*ROWS, {"id": "o", "amount": "excluded", "reason": "office", "from": "dataset/steel"}]
    assert state(result_of(rule(), stages=stages(manufacturing=rows)), "cut-off") == "not_run"


@pytest.mark.parametrize(("most", "expected"), [("10 %", "passed"), ("9.9 %", "failed")])
def test_stand_ins_may_carry_a_part_of_the_result_only(most: str, expected: str) -> None:
    limited = rule(quality={"uncertainty": "optional", "stand_ins_at_most": most})
    assert state(result_of(limited), "stand-ins") == expected


def test_three_years_of_a_crop_may_be_fewer_where_the_rule_lets_them_be_provisional() -> None:
    for shorter, expected in ((None, "failed"), ("provisional", "passed")):
        crop = rule(quality={"uncertainty": "optional", "months": 36} | ({"shorter": shorter} if shorter else {}))
        result = result_of(crop)
        assert state(result, "months") == expected
        period = result.document["data_period"]
        assert (period["required"], period["by"], period["provisional"]) == (36, "limits@1.0.0", True)
        assert "period_provisional" in [item.code for item in result.findings]


def test_a_process_under_the_companys_control_needs_data_of_the_site() -> None:
    takes = [{"id": "k", "amount": "2 kWh", **GRID, "data": "site_specific"},
             {"id": "t", "amount": "1 kg", "from": "dataset/steel", "data": "secondary"}]  # fmt: skip
    rows = [{"id": "p", "amount": "1 kg", "from": "process/line"}]
    given = {"stages": stages(manufacturing=rows)}
    line = {"gives": "1 kg", "takes": takes, "control": "own"}
    result = result_of(rule(), **given, processes={"line": line})
    assert state(result, "site-data") == "failed"
    told = next(item for item in result.findings if item.code == "own_process_without_site_data")
    assert (told.where, told.params["rows"]) == ("processes.line", "t")
    bought = result_of(rule(), **given, processes={"line": {**line, "control": "supplier"}})
    assert state(bought, "site-data") == "passed"
