"""Waivers and the list of checks: who, in which role, why; waived is never passed; every check is listed."""

from __future__ import annotations

from typing import Any

import pytest
from test_rules import rule, study

from study_background import background
from tanbiao.core.findings import Severity, describe
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.outcome import TITLES, counts, listing
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.result import Result

SAID = {"severity": "error", "clause": "6.2", "zh": "不对", "en": "wrong"}
OTHER = {**SAID, "document": "GB/T 24067-2024", "clause": "5.1"}
CHECKS = [
    {"id": "fails", "expect": "total at most 0 kg", "otherwise": SAID, "title": {"zh": "甲", "en": "one"}},
    {"id": "unread", "expect": "product.colour at most 1 kg", "otherwise": OTHER},
    {"id": "passes", "expect": "total at least 0 kg", "otherwise": SAID},
]
WAIVABLE = [{"check": "fails", "roles": ["verifier", "enterprise_manager"]}, {"check": "passes", "roles": ["verifier"]}]


def asked(**changes: Any) -> Rule:
    """Return a rule whose three checks fail, can't be run and pass."""
    return rule(**{"checks": CHECKS, "waivable": WAIVABLE, **changes})


def waiver(check: str = "fails", role: str = "verifier") -> dict[str, str]:
    """Return a waiver."""
    return {"check": check, "by": "王五", "role": role, "reason": "计量器具停用", "on": "2026-03-01"}


def result(one: Rule, *waivers: dict[str, str]) -> Result:
    """Return the result of a study with these waivers."""
    return calculate(study(waivers=list(waivers)), background(), one, samples=0)


def states(found: Result) -> dict[str, str]:
    """Return check → state of the rule's own checks."""
    return {item["check"]: item["state"] for item in found.document["checks"] if item["check"] not in TITLES}


def test_a_waived_check_is_shown_as_waived_with_who_and_why() -> None:
    before, after = result(asked()), result(asked(), waiver())
    assert states(before) == {"fails": "failed", "unread": "not_run", "passes": "passed"}
    assert states(after) == {"fails": "waived", "unread": "not_run", "passes": "passed"}
    assert (before.blocks, after.blocks) == (True, False)
    told = {item.code: item for item in after.findings}
    assert told["rule_check_failed"].severity is Severity.INFO
    assert "王五" in describe(told["check_waived"], "zh")
    assert "计量器具停用" in describe(told["check_waived"], "en")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (waiver("unread"), "waiver_not_allowed"),
        (waiver("unit"), "waiver_not_allowed"),
        (waiver("fails", "adviser"), "waiver_not_allowed"),
        (waiver("nothing"), "waiver_check_unknown"),
    ],
)
def test_a_waiver_that_the_rule_does_not_allow_changes_nothing(given: dict[str, str], code: str) -> None:
    found = result(asked(), given)
    assert states(found)["fails"] == "failed"
    told = next(item for item in found.findings if item.code == code)
    assert (told.severity, told.where) == (Severity.ERROR, "waivers[0]")


def test_a_waiver_of_what_passes_is_told_and_it_stays_passed() -> None:
    found = result(asked(), waiver("passes"))
    assert states(found)["passes"] == "passed"
    assert "waiver_idle" in {item.code for item in found.findings}


def test_a_waiver_says_who_in_which_role_and_why() -> None:
    for key in ("check", "by", "role", "reason"):
        body = {name: value for name, value in waiver().items() if name != key}
        parsed, findings = Study.parse({**study().canonical(), "waivers": [body]})
        assert parsed is None
        assert [item.where for item in findings] == [f"waivers[0].{key}"]


def test_waivers_survive_the_canonical_form() -> None:
    one = study(waivers=[waiver()])
    again, _ = Study.parse(one.canonical())
    assert again is not None
    assert again.hash == one.hash
    assert study().hash != one.hash


def test_every_check_is_listed_with_state_severity_clause_and_reason() -> None:
    sections = {"unit": {"clause": "2", "zh": "单位", "en": "unit"}}
    one = asked(sections=sections, unit={"declared": {"amount": "1 kWh"}})
    found = result(one, waiver())
    lines = {item["check"]: item for item in listing(one, found.document["checks"], found.findings, "en")}
    assert len(lines) == len(found.document["checks"])
    assert [item["state"] for item in lines.values()][:2] == ["failed", "not_run"]
    unit = lines["unit"]
    assert (unit["state"], unit["clause"], unit["document"]) == ("failed", "2", "test-rule@1.0.0")
    assert (unit["title"], unit["severity"]) == ("declared unit", "error")
    assert "declared unit" in unit["reasons"][0]["message"]
    assert (lines["unread"]["document"], lines["unread"]["clause"]) == ("GB/T 24067-2024", "5.1")
    assert "product.colour is not there" in lines["unread"]["reasons"][0]["message"]
    assert (lines["fails"]["title"], lines["fails"]["state"]) == ("one", "waived")
    assert lines["fails"]["waiver"]["reason"] == "计量器具停用"
    assert (lines["passes"]["severity"], lines["passes"]["reasons"]) == (None, [])
    assert counts(found.document["checks"])["waived"] == 1
    zh = {item["check"]: item for item in listing(one, found.document["checks"], found.findings, "zh")}
    assert (zh["unit"]["title"], zh["fails"]["title"], zh["unread"]["title"]) == ("声明单位", "甲", "unread")


def test_an_old_result_whose_rule_is_gone_still_lists_states() -> None:
    lines = listing(None, [{"check": "unit", "state": "passed"}, {"check": "own", "state": "failed"}], [], "en")
    assert [(item["check"], item["title"], item["clause"]) for item in lines] == [
        ("own", "own", None), ("unit", "declared unit", None),
    ]  # fmt: skip


def test_every_built_in_check_has_a_name_in_both_languages() -> None:
    from tanbiao.core.rules.built_in import BUILT_IN

    assert set(BUILT_IN) == set(TITLES)
