"""``tanbiao rules check | test``."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from tanbiao.cli.main import main
from tanbiao.core.rules.kit_file import examples_of
from tanbiao.core.rules.load import load_rule

CLINKER_EXAMPLES = len(examples_of(load_rule("cement-clinker@1.0.0")))

RULES = Path(str(resources.files("tanbiao.data"))) / "rules"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Run with --json."""
    code = main(["rules", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_good_rule_is_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    code, body = run(capsys, "check", str(RULES / "cement-clinker@1.0.0.yaml"))
    assert code == 0
    assert body["rule"] == "cement-clinker@1.0.0"
    assert body["standing"] == "demonstration"
    assert {item["severity"] for item in body["findings"]} == {"warning"}  # what it lacks before it can be issued
    assert "rule_section_missing" in {item["code"] for item in body["findings"]}


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "urn:tanbiao:rule:1"


def test_its_examples_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    code, body = run(capsys, "test", "cement-clinker@1.0.0")
    assert (code, body["failed"]) == (0, 0)
    # Two examples in the rule itself, the others in the kit beside it.
    assert body["passed"] == CLINKER_EXAMPLES > 2


def test_a_rule_with_a_wrong_answer_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (RULES / "cement-clinker@1.0.0.yaml").read_text(encoding="utf-8").replace("total: 526.63", "total: 527")
    path = tmp_path / "rule.yaml"
    path.write_text(text, encoding="utf-8")
    code, body = run(capsys, "test", str(path))
    assert (code, body["passed"], body["failed"]) == (1, 1, 1)
    assert body["findings"][0]["code"] == "rule_example_failed"


def test_a_malformed_rule_is_exit_1_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text("tanbiao: rule/1\nid: x\ncolour: green\n", encoding="utf-8")
    code, body = run(capsys, "check", str(path))
    assert code == 1
    assert {"unknown_key", "field_missing"} <= {item["code"] for item in body["findings"]}


def test_a_rule_without_examples_is_not_issued(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (RULES / "cement-clinker@1.0.0.yaml").read_text(encoding="utf-8").split("\nexamples:")[0]
    path = tmp_path / "rule.yaml"
    path.write_text(text, encoding="utf-8")
    for action in ("check", "test"):
        code, body = run(capsys, action, str(path))
        assert code == 1
        assert "rule_without_example" in {item["code"] for item in body["findings"] if item["severity"] == "error"}


def test_a_file_that_is_not_there_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, body = run(capsys, "check", str(tmp_path / "nowhere.yaml"))
    assert code == 2
    assert body["findings"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_person_reads_which_examples_passed(capsys: pytest.CaptureFixture[str], lang: str) -> None:
    assert main(["rules", "test", "steel@1.0.0", "--lang", lang]) == 0
    text = capsys.readouterr().out
    assert "✓ arithmetic" in text
    assert ("钢铁" if lang == "zh" else "Steel") in text


def test_a_mutation_report_lists_what_no_example_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # a text that differs from the packaged one has no kit: its own examples hold little
    text, path = (RULES / "cement-clinker@1.0.0.yaml").read_text(encoding="utf-8"), tmp_path / "rule.yaml"
    path.write_text(text.replace("total: 5 %", "total: 6 %"), encoding="utf-8")
    code, body = run(capsys, "test", str(path), "--mutate")
    assert code == 0  # a warning: the examples themselves pass
    assert body["issuable"] is False
    report = body["mutation"]
    assert report["held"] + len(report["idle"]) + len(report["survivors"]) == report["elements"]
    assert "rule_elements_unheld" in {item["code"] for item in body["findings"]}
    assert main(["rules", "test", str(path), "--mutate", "--lang", "zh"]) == 0
    assert f"✗ {report['survivors'][0]}" in capsys.readouterr().out


def test_an_expression_whose_units_do_not_agree_is_refused_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (RULES / "traction-battery@1.0.0.yaml").read_text(encoding="utf-8")
    path = tmp_path / "rule.yaml"
    path.write_text(text.replace("between 2 kWh/kWh and 120 kWh/kWh", "at most 3 kg"), encoding="utf-8")
    code, body = run(capsys, "check", str(path), "--lang", "en")
    assert code == 1
    (found,) = body["findings"]
    assert (found["code"], found["where"]) == (
        "expression_divides_and_compares", "checks.cell-energy-plausible.expect",
    )  # fmt: skip
    assert "divides kWh by kWh and compares with kg" in found["message"]


def test_two_versions_are_compared_clause_by_clause(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (RULES / "cement-clinker@1.0.0.yaml").read_text(encoding="utf-8")
    path = tmp_path / "next.yaml"
    path.write_text(
        text.replace("version: 1.0.0", "version: 1.1.0").replace("total: 5 %", "total: 2 %"), encoding="utf-8"
    )
    code, body = run(capsys, "diff", "cement-clinker@1.0.0", str(path))
    assert (code, body["identical"], body["stricter"], body["looser"]) == (0, False, 1, 0)
    changes = {item["place"]: item for clause in body["clauses"] for item in clause["changes"]}
    assert changes["cut_off.total"]["direction"] == "stricter"
    assert main(["rules", "diff", "cement-clinker@1.0.0", str(path), "--lang", "en"]) == 0
    assert "~ cut_off.total: 0.05 → 0.02  [stricter]" in capsys.readouterr().out
    assert main(["rules", "diff", "cement-clinker@1.0.0", "cement-clinker@1.0.0", "--lang", "en"]) == 0
    assert "no difference" in capsys.readouterr().out


def test_a_draft_is_tried_on_studies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (RULES / "cement-clinker@1.0.0.yaml").read_text(encoding="utf-8")
    path = tmp_path / "next.yaml"
    path.write_text(text.replace("months: 12", "months: 24"), encoding="utf-8")
    study = Path(str(resources.files("tanbiao.examples"))) / "cement-clinker.yaml"
    code, body = run(capsys, "dry-run", str(path), str(study))
    assert (code, body["studies"], body["newly_blocked"]) == (1, 1, 1)
    assert {"check": "months", "before": "passed", "after": "failed"} in body["effects"][0]["checks"]
    assert main(["rules", "dry-run", str(path), str(study), "--lang", "zh"]) == 1
    assert "新被阻止 1" in capsys.readouterr().out
    code, body = run(capsys, "dry-run", "cement-clinker@1.0.0", str(study))
    assert (code, body["same"]) == (0, 1)


def test_a_tool_is_given_a_pack_and_gets_a_signed_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack, answers, report, keys = (tmp_path / name for name in ("pack.json", "answers.json", "report.json", "keys"))
    code, body = run(capsys, "pack", "cement-clinker@1.0.0", str(pack))
    assert (code, body["cases"]) == (0, CLINKER_EXAMPLES)
    cases = json.loads(pack.read_text(encoding="utf-8"))["cases"]
    tool = {"name": "Another tool", "version": "1"}
    given = [{"id": cases[0]["id"], "total": 1.0}]
    answers.write_text(
        json.dumps({"tanbiao": "rule-answers/1", "pack": body["pack"], "tool": tool, "answers": given}),
        encoding="utf-8",
    )
    words = ("score", "cement-clinker@1.0.0", str(answers), "--keys", str(keys), "--report", str(report))
    code, body = run(capsys, *words)
    assert (code, body["conforms"], body["failed"]) == (1, False, CLINKER_EXAMPLES)
    assert body["proof"]["verificationMethod"].startswith("did:key:z6Mk")
    code, body = run(capsys, "verify", str(report), "--keys", str(keys))
    assert (code, body["valid"]) == (0, True)
    report.write_text(report.read_text(encoding="utf-8").replace('"passed": 0', '"passed": 2'), encoding="utf-8")
    code, body = run(capsys, "verify", str(report), "--keys", str(keys / "keys.json"), "--lang", "en")
    assert (code, body["findings"][0]["code"]) == (1, "conformity_altered")
    assert main(["rules", "pack", "cement-clinker@1.0.0", str(pack)]) == 2  # it is there already
