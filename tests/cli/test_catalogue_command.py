"""``tanbiao catalogue`` and ``tanbiao rules list``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tanbiao.cli.main import main


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Run with --json."""
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_all_categories_with_their_gates(capsys: pytest.CaptureFixture[str]) -> None:
    code, body = run(capsys, "catalogue", "--on", "2026-01-01")
    assert code == 0
    tyre = next(item for item in body["categories"] if item["id"] == "tyre")
    assert tyre["in_certification_catalogue"] is True
    assert set(tyre["gates"]) == {"rule", "factors", "model", "bodies", "demand"}
    assert tyre["gates"]["bodies"] == "red"  # stated on a platform only
    assert "readiness_not_stated" in {item["code"] for item in tyre["missing"]}
    _, before = run(capsys, "catalogue", "--on", "2025-01-01")
    assert not any(item["in_certification_catalogue"] for item in before["categories"])


def test_one_category_one_list_and_all_lists(capsys: pytest.CaptureFixture[str]) -> None:
    code, body = run(capsys, "catalogue", "cement", "--on", "2026-06-01")
    assert code == 0
    assert {"cn-certification-catalogue@1.0.0", "cn-two-high@1.0.0", "eu-cbam@1.0.0"} <= {
        item["list"] for item in body["category"]["mentions"]
    }
    assert "not official" in run(capsys, "catalogue", "cement", "--lang", "en")[1]["note"]
    assert len(run(capsys, "catalogue", "cn-certification-catalogue")[1]["entries"]) == 17
    standing = {
        item["id"]: item["in_force"] for item in run(capsys, "catalogue", "--lists", "--on", "2026-02-01")[1]["lists"]
    }
    assert standing["cn-certification-catalogue"]
    assert not standing["gba-policy-industries"]


@pytest.mark.parametrize(
    ("words", "code"), [(("tire",), "category_unknown"), (("tyre", "--on", "today"), "day_malformed")]
)
def test_what_is_wrong_is_exit_2_and_named(
    words: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, body = run(capsys, "catalogue", *words)
    assert (answer, body["findings"][0]["code"]) == (2, code)


def test_the_rules_say_what_they_rest_on(capsys: pytest.CaptureFixture[str]) -> None:
    code, body = run(capsys, "rules", "list")
    assert code == 0
    listed = {item["rule"]: item for item in body["rules"]}
    assert "caustic-soda@1.0.0" in listed
    assert all(item["basis"] in ("inventory", "arithmetic", "unsaid") for item in listed.values())
    assert main(["rules", "list", "--lang", "en"]) == 0
    assert "not official" in capsys.readouterr().out


def test_the_standards_framework_by_its_flags(capsys: pytest.CaptureFixture[str]) -> None:
    code, body = run(capsys, "catalogue", "--standards", "--on", "2026-01-01")
    assert code == 0
    status = {item["id"]: item["status"] for item in body["standards"]}
    assert (status["gbt-27028-2025"], status["gbt-24067-2024"]) == ("not_yet", "in_force")
    assert {"number": "T/CPCIF 0391-2024", "kind": "group"}.items() <= body["listed"][1].items()
    _, one = run(capsys, "catalogue", "--standards", "GB/T 24067-2024")
    assert one["conflicts"] == ["effective"]
    assert {"from": "gbt-24067-2024", "kind": "draws_on"}.items() <= one["relations"][0].items()
    _, aligned = run(capsys, "catalogue", "--alignment")
    assert aligned["documents"][0] == "iso-14067-2018"
    _, watched = run(capsys, "catalogue", "--watch", "--on", "2026-11-21")
    assert next(item for item in watched["watched"] if item["id"] == "eu-cbam")["next_date"] == "2027-02-01"
    assert main(["catalogue", "--standards", "iso-9999"]) == 2
    for words in (("--standards",), ("--standards", "iso-14067-2018"), ("--alignment",), ("--watch",)):
        assert main(["catalogue", *words, "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "Facts only" in said
    assert "not looked up" in said
