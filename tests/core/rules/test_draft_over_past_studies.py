"""A draft over past studies: figures, findings, checks and classes that change, for each study and for all together."""

from __future__ import annotations

from typing import Any

import pytest
from test_rules import rule_document

from study_background import background, document, stages
from tanbiao.core.findings import TanbiaoError, to_json
from tanbiao.core.rules.dry_run import Effect, Past, dry_run, summary
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.background import Background
from tanbiao.jobs import Processes

SAID = {"severity": "error", "clause": "6", "zh": "不对", "en": "wrong"}
GRADE = {"classes": ["A", "B"], "limits": [5.0], "source": "arithmetic example"}


def release(name: str) -> Background:
    """Return the small test release for any name but one."""
    if name == "gone":
        raise TanbiaoError.of("release_unknown", "release", release=name)
    made: Background = background()
    return made


def base() -> Rule:
    """Return the rule in force: at most 3 kg of steel, class A up to 5 kg CO2e."""
    check = {"id": "mass", "expect": "sum(row.mass) at most 3 kg", "otherwise": SAID}
    return parse_rule(rule_document(id="base", checks=[check], grade=GRADE))


def draft(**changes: Any) -> Rule:
    """Return a draft version of it."""
    return parse_rule({**base().canonical(), "version": "1.1.0", **changes})


def find_rule(_reference: str) -> Rule:
    """Return the rule in force for any reference."""
    return base()


def past(name: str, kilograms: float, *, stored: bool = False, **changes: Any) -> Past:
    """Return a study of so much steel (2 kg CO2e/kg)."""
    rows = stages(raw_materials=[{"id": "s", "amount": f"{kilograms} kg", "from": "dataset/steel"}])
    product = {"name": "x", "category": "test"}
    body = document(product=product, stages=rows, rule=base().reference, release="test-1", **changes)
    if not stored:
        return Past(name, body)
    parsed, _ = Study.parse(body)
    assert parsed is not None
    result = calculate(parsed, background(), base(), samples=16)
    return Past(name, parsed.canonical(), {**result.document, "findings": [to_json(item) for item in result.findings]})


def run(one: Rule, *studies: Past, **more: Any) -> list[Effect]:
    """Return the effects of a draft."""
    return list(dry_run(one, studies, release, find_rule, **more))


@pytest.mark.parametrize("stored", [False, True])
def test_a_draft_that_says_the_same_changes_nothing(stored: bool) -> None:
    (effect,) = run(draft(), past("a", 2, stored=stored))
    assert effect.is_same
    assert (effect.change, effect.checks(), effect.appear) == (0, [], [])
    assert effect.before is not None
    assert (effect.before.value, effect.before.declared, effect.before.grade) == (4.0, "4.00", "A")


@pytest.mark.parametrize("stored", [False, True])
def test_a_stricter_check_and_a_lower_limit_are_told_study_by_study(stored: bool) -> None:
    check = {"id": "mass", "expect": "sum(row.mass) at most 2 kg", "otherwise": SAID}
    stricter = draft(checks=[check], grade={**GRADE, "limits": [3.0]})
    light, heavy = run(stricter, past("light", 1, stored=stored), past("heavy", 2.5, stored=stored))
    assert light.is_same
    assert heavy.checks() == [{"check": "mass", "before": "passed", "after": "failed"}]
    assert heavy.appear == [("rule_check_failed", "rule.checks.mass")]
    told = summary(stricter, [light, heavy])
    assert (told["studies"], told["same"], told["newly_blocked"], told["newly_clear"]) == (2, 1, 1, 0)
    # 2.5 kg × 2 = 5 kg CO2e: at the old limit and so in the better class, above the new one
    assert told["grades"] == [{"from": "A", "to": "B", "count": 1}]
    assert told["checks"]["mass"] == {"failed": 1, "passed": 1}
    assert told["appear"] == {"rule_check_failed": 1}


def test_a_method_that_counts_otherwise_changes_the_figure() -> None:
    wind = {"supply": "direct_line", "dataset": "dataset/wind", "delivery": "on_site", "proof": "line meter"}
    rows = stages(
        manufacturing=[{"id": "e", "amount": "10 kWh", "electricity": {**wind, "region": "CN", "year": 2023}}]
    )
    study = Past("e", document(product={"name": "x", "category": "test"}, stages=rows, rule=base().reference))
    (effect,) = run(draft(electricity={"counts": []}), study)
    assert effect.before is not None
    assert effect.after is not None
    # 10 kWh × 0.03 under the rule in force; the draft counts it as the grid, 10 × 0.6205
    assert (effect.before.value, effect.after.value) == (pytest.approx(0.3), pytest.approx(6.205))
    assert effect.change == pytest.approx(6.205 / 0.3 - 1)
    assert summary(draft(), [effect])["change"]["count"] == 1


def test_a_stored_analysis_counts_as_made_and_its_interval_can_be_read() -> None:
    wanted = draft(
        quality={"uncertainty": "required"},
        checks=[{"id": "low", "expect": "interval.low at most total", "otherwise": SAID}],
    )
    kept, fresh = run(wanted, past("kept", 2, stored=True), past("fresh", 2))
    assert kept.after is not None
    assert fresh.after is not None
    assert dict(kept.after.checks)["uncertainty"] == dict(fresh.after.checks)["uncertainty"] == "passed"
    assert (dict(kept.after.checks)["low"], dict(fresh.after.checks)["low"]) == ("passed", "not_run")


def test_what_is_not_covered_or_cannot_be_read_is_counted_apart() -> None:
    other = past("other", 1)
    other.study["product"]["category"] = "another"
    broken = Past("broken", {"tanbiao": "study/1"})
    lost = past("lost", 1)
    lost.study["release"] = "gone"
    found = run(draft(), other, broken, lost)
    told = summary(draft(), found)
    assert (told["not_covered"], told["unread"], told["studies"]) == (1, 2, 3)
    assert found[2].unread == ("release_unknown",)
    assert found[0].as_json()["covered"] is False


def test_a_draft_that_gives_no_figure_says_why() -> None:
    mixed = draft(gwp_mix={"other_or_unknown": "0 %", "above": "refuse"})
    rows = stages(raw_materials=[{"id": "s", "amount": "1 kg", "from": "dataset/old-gwp"}])
    study = Past("m", document(product={"name": "x", "category": "test"}, stages=rows, rule=base().reference))
    (effect,) = run(mixed, study)
    assert effect.after is not None
    assert effect.after.value is None
    assert ("gwp_mix_above_cap", "versions.gwp") in effect.appear
    assert summary(mixed, [effect])["without_figure"] == 1


def test_another_rule_may_stand_on_the_other_side() -> None:
    against = parse_rule({**base().canonical(), "checks": []})
    (effect,) = run(draft(), past("a", 9), against=against)
    assert effect.checks() == [{"check": "mass", "before": None, "after": "failed"}]


def test_processes_give_the_same_in_the_same_order() -> None:
    studies = [past(f"s{index}", 1 + index / 100) for index in range(250)]
    stricter = draft(grade={**GRADE, "limits": [3.0]})
    here = run(stricter, *studies)
    with Processes(2) as executor:
        there = run(stricter, *studies, executor=executor)
    assert [item.as_json() for item in here] == [item.as_json() for item in there]
    assert [item.id for item in here] == [item.id for item in studies]
