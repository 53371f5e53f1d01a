"""The seven bad inputs of rules and method: each refused by name, with the clause that asks and a remedy, zh and en."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import yaml

from factories import SYSTEM, World
from study_background import document, stages
from tanbiao.core.findings import Finding, TanbiaoError, render
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules.completeness import completeness
from tanbiao.core.rules.filing import check_filing, filing_fields
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.study import Study, calculate
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict
from tanbiao.web.rulebook import commands, queries
from web.claims.test_claim_ledger import register, used
from web.rulebook.ruling import EXAMPLES, RuleWay

FILING = {"RZLB": "B", "RZLY": "B05", "RZXMFLDM": "B0501", "SSGZMC": "砌块", "SSGZBH": "x@1.0.0", "RZGZFBDW": "演示"}
FILING |= {"RZGZFBGXSJ": "20260402", "RZYJBZMC": "GB/T 24067-2024"}


def assert_says(item: Finding, clause: str, remedy_zh: str, remedy_en: str) -> None:
    """Hold a finding to its clause in both languages and to what it tells to do."""
    assert item.severity.blocks
    zh, en = render(item, "zh"), render(item, "en")
    assert clause in zh["message"], zh
    assert clause in en["message"], en
    assert remedy_zh in zh["remedy"], zh
    assert remedy_en in en["remedy"], en
    for told in (zh, en):
        assert "{" not in told["message"] + told["remedy"], told


def rule_text() -> dict[str, Any]:
    """Return the documented example of a rule."""
    body: dict[str, Any] = yaml.safe_load((EXAMPLES / "rule-complete.yaml").read_text(encoding="utf-8"))
    return body


def test_an_allocation_that_does_not_sum() -> None:
    outputs = [{"product": "a", "amount": "1 kg"}, {"product": "b", "amount": "1 kg"}]
    shared = {"by": "stated", "shares": {"a": 0.6, "b": 0.5}, "reason": "agreed"}
    rows = [{"id": "t", "amount": "1 kg", "from": "dataset/steel"}]
    _, found = Study.parse(
        document(
            stages=stages(raw_materials=[{"id": "r", "amount": "1 kg", "from": "process/p/a"}]),
            processes={"p": {"gives": outputs, "allocation": shared, "takes": rows}},
        )
    )
    (item,) = [one for one in found if one.code == "allocation_sum"]
    assert_says(item, "ISO 14044:2006", "请更正比例", "Correct the shares")
    assert "1.1" in render(item, "en")["message"]


@pytest.mark.django_db
def test_a_green_certificate_used_twice(world: World) -> None:
    first, second = (world.actor(one, Role.ENTERPRISE_MANAGER) for one in (world.alpha, world.beta))
    register(first, used())
    with pytest.raises(Conflict) as caught:
        register(second, used())
    assert caught.value.code == "claim_taken"
    assert_says(caught.value.findings[0], "ISO 14067:2018", "请换用另一份", "name another one")
    with pytest.raises(Conflict) as caught:
        register(first, used())
    assert caught.value.code == "claim_taken_own"
    assert_says(caught.value.findings[0], "ISO 14067:2018", "请换用另一份", "Name another one")


def test_a_provinces_co2_factor_as_footprint_factor() -> None:
    row = {"id": "m1", "amount": "1 kWh", "from": "dataset/CN-ELEC-CO2:2021:Anhui"}
    study, found = Study.parse(document(stages=stages(manufacturing=[row]), release="starter-2026.1"))
    assert study is not None, found
    with pytest.raises(TanbiaoError) as caught:
        calculate(study, find_release("starter-2026.1"), samples=0)
    (item,) = caught.value.findings
    assert (item.code, item.where) == ("direct_factor_in_footprint", "stages.manufacturing.m1.from")
    assert "安徽" in render(item, "zh")["message"]
    assert_says(item, "ISO 14067:2018", "电力碳足迹因子", "footprint factor (grid)")


def test_an_expression_that_divides_kilograms_by_kilowatt_hours_and_compares_with_kilograms() -> None:
    body = rule_text()
    said = {"severity": "error", "clause": "6.2", "zh": "超出", "en": "outside"}
    wrong = {"id": "it", "expect": "mass(kiln.takes) / product.capacity < 3 kg", "otherwise": said}
    body["fields"] = [{"name": "capacity", "unit": "kWh"}]
    with pytest.raises(TanbiaoError) as caught:
        parse_rule({**body, "checks": [wrong]})
    item = caught.value.findings[0]
    assert item.code == "expression_divides_and_compares"
    assert_says(item, "fired-block@1.0.0 6.2", "改正比较的单位", "correct the unit compared with")


def test_a_rule_without_a_mandatory_section() -> None:
    body = rule_text()
    del body["sections"]["traceability"]
    (item,) = [one for one in completeness(parse_rule(body)) if one.code == "rule_section_missing"]
    assert item.where == "sections.traceability"
    assert_says(item, "发改环资〔2023〕1529号", "补写", "Write the section in both languages")


@pytest.mark.parametrize(
    "values, where, code, remedy_zh, remedy_en",
    [
        ({"RZLX": "1"}, "RZLX", "filing_field_unknown", "只填写字段表中的字段", "fields of the set only"),
        ({"RZLY": "C05"}, "RZLY", "filing_code_prefix", "应以“B”开头", "must begin with B"),
        ({"RZXMFLDM": "B05"}, "RZXMFLDM", "filing_field_shape", "五位", "five characters"),
        ({"RZGZFBDW": ""}, "RZGZFBDW", "filing_field_missing", "必填", "must be filled in"),
        ({"SSGZMC": "长" * 201}, "SSGZMC", "filing_field_long", "缩短", "Shorten it"),
        ({"RZGZFBGXSJ": "20260231"}, "RZGZFBGXSJ", "filing_date_wrong", "八位日期", "eight digits"),
    ],
)
def test_a_filing_with_a_wrong_field_code(
    values: dict[str, str], where: str, code: str, remedy_zh: str, remedy_en: str
) -> None:
    assert check_filing(filing_fields(), FILING) == []
    (item,) = [one for one in check_filing(filing_fields(), FILING | values) if (one.code, one.where) == (code, where)]
    assert_says(item, "国认监〔2024〕3号", remedy_zh, remedy_en)


@pytest.mark.django_db
@pytest.mark.usefixtures("starter")
def test_a_study_under_an_abolished_rule(world: World) -> None:
    way = RuleWay(world)
    way.until("issued")
    last_day = (way.now + timedelta(days=60)).date()
    way.seen(commands.abolish, way.authority, reason="obsolete", transition_until=last_day)
    with clock.at(way.now + timedelta(days=62)):
        assert commands.end_transitions(SYSTEM) == 1
    with pytest.raises(Conflict) as caught:
        queries.refuse_ended("fired-block@1.0.0")
    (item,) = caught.value.findings
    assert item.code == "rule_ended"
    assert_says(item, "lifecycle", "请选择该产品种类的现行规则", "Choose a rule in force")
