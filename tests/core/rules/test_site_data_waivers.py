"""Site data: which data count, what may be waived or asked for of one process, a result with what was waived."""

from __future__ import annotations

from typing import Any

import pytest
from test_rules import rule

from study_background import background, document, stages
from tanbiao.core.catalogue.facts import packaged_facts
from tanbiao.core.findings import Severity, from_json
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.case_waivers import Waived, items, lay_over
from tanbiao.core.rules.completeness import completeness
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.version_diff import diff
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.result import Result

POWER = {"supply": "grid", "region": "CN", "year": 2023}
PROCESSES = [{"id": name, "stage": "manufacturing", "data": "site_specific"} for name in ("kiln", "mill")]
SECTIONS = {"data_quality": {"clause": "6", "zh": "数据", "en": "data"}}
WAIVABLE = [{"check": "site-data", "roles": ["verifier"], "processes": ["kiln"], "evidence": "required"}]


def asked(**changes: Any) -> Rule:
    """Return a rule with two processes that ask for site data, of which one may be waived."""
    quality = {"uncertainty": "optional", "site_data": "site_specific"}
    base = {"processes": PROCESSES, "quality": quality, "sections": SECTIONS, "waivable": WAIVABLE}
    return rule(**{**base, **changes})


def result(one: Rule, kiln: str = "primary", mill: str = "site_specific", **changes: Any) -> Result:
    """Return the result of a study whose two processes have these kinds of data."""
    rows = [
        {"id": name, "amount": "1 kWh", "electricity": POWER, "process": name, "data": {"kind": kind}}
        for name, kind in (("kiln", kiln), ("mill", mill))
    ]
    body = document(product={"name": {"zh": "测试"}, "category": "test"}, stages=stages(manufacturing=rows), **changes)
    study, findings = Study.parse(body)
    assert study is not None, findings
    return calculate(study, background(), one, samples=0)


def check(found: Result | dict[str, Any]) -> dict[str, Any]:
    """Return what a result keeps of the check."""
    body = found if isinstance(found, dict) else found.document
    entry: dict[str, Any] = next(item for item in body["checks"] if item["check"] == "site-data")
    return entry


def severity(found: Result, code: str) -> str:
    return next(item.severity.value for item in found.findings if item.code == code)


def request(process: str | None = "kiln", name: str = "site-data") -> dict[str, str]:
    return {"check": name, **({"process": process} if process else {}), "reason": "没有分表"}


def waiver(process: str | None = "kiln") -> dict[str, str]:
    return {**request(process), "by": "王五", "role": "verifier"}


@pytest.mark.parametrize(
    ("site_data", "data", "kind", "state"),
    [
        (None, "site_specific", "primary", "passed"),
        ("primary", "site_specific", "primary", "passed"),
        ("site_specific", "site_specific", "primary", "failed"),
        ("site_specific", "site_specific", "site_specific", "passed"),
        ("site_specific", "primary", "primary", "passed"),
        ("site_specific", "primary", "secondary", "failed"),
    ],
)
def test_a_new_version_takes_the_sites_own_data_only(site_data: str | None, data: str, kind: str, state: str) -> None:
    """A version published before the key keeps its reading: a supplier's primary data count as well."""
    quality = {"uncertainty": "optional"} | ({"site_data": site_data} if site_data else {})
    processes = [{**PROCESSES[0], "data": data}]
    assert check(result(asked(quality=quality, processes=processes), kiln=kind))["state"] == state


def test_a_waiver_of_one_process_leaves_the_other_failed() -> None:
    one = asked()
    both = result(one, mill="primary", waivers=[waiver()])
    assert (check(both)["state"], [item["process"] for item in check(both)["waivers"]]) == ("failed", ["kiln"])
    told = {(item.code, item.where): item.severity for item in both.findings}
    assert told["rule_site_data_missing", "rule.processes.kiln"] is Severity.INFO
    assert told["rule_site_data_missing", "rule.processes.mill"] is Severity.ERROR
    assert told["process_waived", "waivers[0]"] is Severity.WARNING
    alone = result(one, waivers=[waiver()])
    assert (check(alone)["state"], alone.blocks) == ("waived", False)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"waivers": [waiver("mill")]}, "waiver_process_not_allowed"),
        ({"waivers": [waiver(None)]}, "waiver_process_not_allowed"),
        ({"waiver_requests": [request("mill")]}, "waiver_process_not_allowed"),
        ({"waiver_requests": [request(None)]}, "waiver_process_not_allowed"),
        ({"waiver_requests": [request(None, "unit")]}, "waiver_request_not_allowed"),
        ({"waiver_requests": [request(None, "nothing")]}, "waiver_check_unknown"),
    ],
)
def test_what_the_rule_does_not_name_is_an_error(given: dict[str, Any], code: str) -> None:
    found = result(asked(), mill="primary", **given)
    assert severity(found, code) == "error"
    assert check(found)["state"] == "failed"


def test_what_is_asked_for_stays_failed_and_lets_the_study_be_submitted() -> None:
    found = result(asked(), waiver_requests=[request()])
    assert (check(found)["state"], found.blocks) == ("failed", False)
    assert check(found)["asked"] == [{"process": "kiln", "reason": "没有分表", "severity": "error"}]
    assert severity(found, "rule_site_data_missing") == "warning"
    assert severity(found, "waiver_requested") == "warning"
    twice = result(asked(), waiver_requests=[request(), request()])
    assert severity(twice, "waiver_request_idle") == "info"
    assert len(check(twice)["asked"]) == 1
    nothing = result(asked(), kiln="site_specific", waiver_requests=[request()])
    assert (severity(nothing, "waiver_request_idle"), check(nothing)["state"]) == ("info", "passed")


def test_a_company_can_not_ask_itself() -> None:
    own = [{"check": "site-data", "roles": ["enterprise_manager"]}]
    found = result(asked(waivable=own), waiver_requests=[request()])
    assert severity(found, "waiver_request_not_allowed") == "error"
    assert items(asked(waivable=own), body_of(found)) == ()


def body_of(found: Result) -> dict[str, Any]:
    """Return a result as it is stored."""
    return found.canonical()


def test_items_are_what_fails_by_process_and_what_was_asked_for() -> None:
    one = asked(waivable=[{"check": "site-data", "roles": ["verifier", "reviewer", "enterprise_manager"]}])
    found = items(one, body_of(result(one, mill="primary", waiver_requests=[request()])))
    assert [(item.process, item.asked, item.severity.value, item.blocks) for item in found] == [
        ("kiln", "没有分表", "error", True),
        ("mill", "", "error", True),
    ]
    assert {(item.roles, item.clause) for item in found} == {(("verifier", "reviewer"), "test-rule@1.0.0 6")}
    assert [[one.where for one in item.findings] for item in found] == [
        ["rule.processes.kiln"],
        ["rule.processes.mill"],
    ]
    named = asked()
    only = items(named, body_of(result(named, mill="primary")))
    assert [(item.process, item.evidence) for item in only] == [("kiln", True)]
    assert items(named, body_of(result(named, kiln="site_specific"))) == ()


def test_a_result_with_what_was_waived_keeps_its_figures_and_hides_nothing() -> None:
    before = body_of(result(asked(), mill="primary", waiver_requests=[request()]))
    given = Waived("site-data", "kiln", "机构", "verifier", "分表下季度装好", "2026-03-01")
    after = lay_over(before, [given])
    assert check(after)["state"] == "failed"
    assert lay_over(before, []) == before
    assert {key: value for key, value in after.items() if key not in ("checks", "findings")} == {
        key: value for key, value in before.items() if key not in ("checks", "findings")
    }
    whole = lay_over(before, [given, Waived("site-data", "mill", "机构", "verifier", "同上")])
    assert check(whole)["state"] == "waived"
    assert [item["process"] for item in check(whole)["waivers"]] == ["kiln", "mill"]
    told = {(item.code, item.where): item.severity.value for item in map(from_json, whole["findings"])}
    assert told["rule_site_data_missing", "rule.processes.kiln"] == "info"
    assert told["process_waived", "verification.waivers.site-data.mill"] == "warning"
    assert ("waiver_requested", "waiver_requests[0]") in told
    assert check(before)["state"] == "failed"


@pytest.mark.parametrize(
    ("reference", "process", "before"),
    [
        ("wood-panel@2.0.0", "pressing", "wood-panel@1.0.0"),
        ("traction-battery@3.0.0", "cell-assembly", "traction-battery@2.0.0"),
    ],
)
def test_packaged_rules_let_a_verifier_waive_site_data_of_a_named_process(
    reference: str, process: str, before: str
) -> None:
    found, old = load_rule(reference), load_rule(before)
    named = next(item for item in found.waivable if item.check == "site-data")
    assert (named.roles, named.processes, named.evidence) == (("verifier",), (process,), "required")
    assert named.note is not None
    assert "项目默认，非官方" in named.note.zh
    assert "project default, not official" in named.note.en
    assert (found.quality.site_data, found.replaces) == ("site_specific", before)
    assert (old.quality.site_data, "site-data" in {item.check for item in old.waivable}) == (None, False)
    assert completeness(found) == []
    facts = {item.rule: item for item in packaged_facts()}
    assert facts[reference].is_complete, facts[reference].failed
    assert facts[before].replaced_by == reference
    changes = {item.place: item.direction for item in diff(old, found).changes}
    assert changes["waivable.site-data"] == "looser"
    assert {"quality.site_data", "severities.site-data"} <= set(changes)


def test_a_process_that_the_rule_does_not_have_can_not_be_named() -> None:
    wrong = [{**WAIVABLE[0], "processes": ["furnace"]}]
    found = {(item.code, item.where) for item in completeness(asked(waivable=wrong))}
    assert ("rule_name_unknown", "waivable.site-data.processes") in found
