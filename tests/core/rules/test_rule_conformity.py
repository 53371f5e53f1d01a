"""A third party's tool: it gets the examples without the answers, its own are scored, the report is signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from test_rule_document import EXAMPLES, complete

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules.conformity import pack, read_answers, score
from tanbiao.core.rules.kit import answer_of, prepare
from tanbiao.evidence import conformity
from tanbiao.evidence.keys import KeyStore

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def given_out() -> dict[str, Any]:
    return pack(complete(), find_release, EXAMPLES)


def answers(given_out: dict[str, Any], **changes: dict[str, Any]) -> dict[str, Any]:
    """Return what a tool that does everything right says, with changes by case."""
    made = []
    for item in prepare(complete(), EXAMPLES):
        told = answer_of(complete(), item, find_release)
        body: dict[str, Any] = {
            "id": item.example.id,
            "total": told.total,
            "declared": told.declared,
            "checks": dict(told.checks),
            "findings": [{"code": one.code, "where": one.where, "severity": one.severity} for one in told.findings],
        }
        made.append({**body, **changes.get(item.example.id, {})})
    return {
        "tanbiao": "rule-answers/1",
        "pack": given_out["hash"],
        "tool": {"name": "Another tool", "version": "2.1"},
        "answers": made,
    }


def test_a_pack_has_the_inputs_and_no_answer(given_out: dict[str, Any]) -> None:
    text = json.dumps(given_out)
    assert "131.1" not in text  # the expected total of the first example
    assert "expect_finding" not in text
    case = given_out["cases"][0]
    assert case["study"]["rule"] == given_out["rule"]["reference"] == "fired-block@1.0.0"
    assert case["release"]["name"] == "starter-2026.1"
    grid = next(item for item in case["factors"] if item.get("dataset"))
    assert (grid["unit"], grid["kg_co2e"]) == ("kWh|electricity", pytest.approx(0.6205))
    assert {"check": "kiln-energy", "kind": "own"}.items() <= given_out["checks"][-1].items()
    assert {item["code"] for item in given_out["findings"]} > {"rule_process_missing", "rule_check_failed"}
    assert pack(complete(), find_release, EXAMPLES)["hash"] == given_out["hash"]


def test_a_tool_that_answers_right_conforms(given_out: dict[str, Any]) -> None:
    report = score(complete(), given_out, read_answers(answers(given_out)))
    assert (report["conforms"], report["passed"], report["failed"]) == (True, 3, 0)
    assert report["rule"]["hash"] == complete().hash
    assert "certifies no" in report["statement"]["en"]


def test_each_wrong_answer_is_told(given_out: dict[str, Any]) -> None:
    wrong = answers(given_out, **{"by-hand": {"total": 131.2}, "no-kiln": {"findings": []}})
    wrong["answers"] = wrong["answers"][:2]
    report = score(complete(), given_out, read_answers(wrong))
    assert (report["conforms"], report["failed"]) == (False, 3)
    reasons = {item["id"]: item["reason"] for item in report["cases"]}
    assert "131.2" in reasons["by-hand"]
    assert "rule_process_missing expected" in reasons["no-kiln"]
    assert reasons["too-much-energy"] == "no answer"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pack": "sha256:0"}, "answers_of_another_pack"),
        ({"tool": {"name": "x"}}, "field_missing"),
        ({"colour": "green"}, "unknown_key"),
        ({"answers": [{"id": "a"}, {"id": "a"}]}, "rule_id_twice"),
        ({"answers": [{"id": "a", "total": "much"}]}, "answers_malformed"),
    ],
)
def test_answers_that_cannot_be_scored_are_refused(
    given_out: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(TanbiaoError) as caught:
        score(complete(), given_out, read_answers({**answers(given_out), **changes}))
    assert caught.value.code == code


def test_a_report_is_signed_and_an_altered_one_is_refused(given_out: dict[str, Any], tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    key = store.ensure("conformity", now=NOW)
    report = score(complete(), given_out, read_answers(answers(given_out)))
    for base_url in (None, "https://tanbiao.example"):
        signed = conformity.sign(report, key, now=NOW, base_url=base_url)
        assert signed["issued"] == "2026-11-21T00:00:00Z"
        said = conformity.verify(json.loads(json.dumps(signed)), store.public(), base_url)
        assert said["tool"] == {"name": "Another tool", "version": "2.1"}
        with pytest.raises(TanbiaoError) as caught:
            conformity.verify({**signed, "passed": 4}, store.public(), base_url)
        assert caught.value.code == "conformity_altered"
    other = KeyStore(tmp_path / "other")
    other.ensure("conformity", now=NOW)
    other.ensure("twin", now=NOW)
    with pytest.raises(TanbiaoError) as caught:
        conformity.verify(signed, other.public(), base_url)
    assert caught.value.code == "conformity_key_unknown"
    store.revoke(key.kid, now=NOW)
    with pytest.raises(TanbiaoError) as caught:
        conformity.verify(signed, store.public(), base_url)
    assert caught.value.code == "conformity_key_unknown"
    for malformed in ({}, {"tanbiao": "rule/1"}, {"tanbiao": "rule-conformity/1"}):
        with pytest.raises(TanbiaoError):
            conformity.verify(malformed, store.public())
    with pytest.raises(TanbiaoError) as caught:
        conformity.sign({"tanbiao": "rule/1"}, key, now=NOW)
    assert caught.value.code == "conformity_malformed"
