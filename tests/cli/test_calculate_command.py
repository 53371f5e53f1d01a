"""``tanbiao calculate``: exit codes, one JSON document, places, reports; never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from study_background import document, stages
from tanbiao.cli.main import main
from tanbiao.core.amounts import add
from tanbiao.formats import excel_study, yaml_study

EXAMPLES = Path(str(resources.files("tanbiao.examples")))
GRID = {"electricity": {"supply": "grid", "region": "CN", "year": 2023}}


def study_file(folder: Path, **changes: Any) -> Path:
    """Write a study of one electricity row."""
    rows = stages(manufacturing=[{"id": "m1", "amount": "1000 kWh", **GRID}])
    path = folder / "study.yaml"
    path.write_bytes(yaml_study.dump(document(release="starter-2026.1", **{"stages": rows, **changes})))
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any], str]:
    """Run with --json; return (exit code, document, standard error)."""
    code = main(["calculate", *words, "--json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out), captured.err


def test_a_study_gives_a_result_with_every_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, body, _ = run(capsys, str(study_file(tmp_path)), "--samples", "50")
    assert code == 0
    assert body["total"]["value"] == pytest.approx(620.5)
    assert body["total"]["p2_5"] < 620.5 < body["total"]["p97_5"]
    assert body["versions"]["samples"] == 50
    assert {"stages", "kinds", "of_which", "contributions", "data_quality", "primary_data_share", "cut_off"} <= set(
        body
    )


def test_without_samples_the_quantiles_are_null(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, body, _ = run(capsys, str(study_file(tmp_path)), "--samples", "0")
    assert body["total"]["p2_5"] is body["total"]["p50"] is body["total"]["p97_5"] is None
    assert body["total"]["quantile_errors"] is None


@pytest.mark.parametrize(("lang", "word"), [("zh", "± 为抽样标准误"), ("en", "± is their standard error")])
def test_the_interval_is_written_with_its_monte_carlo_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, word: str
) -> None:
    path = str(study_file(tmp_path))
    _, body, _ = run(capsys, path, "--samples", "400")
    error = body["total"]["quantile_errors"]["p97_5"]["standard_error"]
    assert main(["calculate", path, "--samples", "400", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert word in shown
    assert f"± {error:.2g}" in shown


def test_a_study_that_can_not_be_read_is_exit_2_with_path_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study_file(tmp_path, stages=stages(manufacturing=[{"id": "m1", "amount": "-5 kWh", **GRID}]))
    code, body, _ = run(capsys, str(path))
    assert code == 2
    found = body["findings"][0]
    assert (found["code"], found["where"]) == ("negative_amount", "stages.manufacturing.m1.amount")
    line = int(found["place"].split(":")[0])
    assert "-5 kWh" in path.read_text(encoding="utf-8").splitlines()[line - 1]


def test_a_refused_calculation_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = stages(manufacturing=[{"id": "m1", "amount": "1 kg", "from": "dataset/CN-ELEC-CF:2023:Coal powr"}])
    code, body, _ = run(capsys, str(study_file(tmp_path, stages=rows)))
    assert code == 2
    assert body["findings"][0]["code"] == "unknown_dataset"
    assert "CN-ELEC-CF:2023:Coal power" in body["findings"][0]["message"] + body["findings"][0]["remedy"]


def test_findings_that_block_are_exit_1_and_the_number_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study_file(tmp_path, rule="generic-goods@1.0.0")
    code, body, _ = run(capsys, str(path))
    assert code == 1
    assert body["total"]["value"] == pytest.approx(620.5)
    assert "rule_not_covering" in {item["code"] for item in body["findings"]}
    code, body, _ = run(capsys, str(study_file(tmp_path, rule="nowhere@1.0.0")))
    assert code == 1
    assert "rule_unknown" in {item["code"] for item in body["findings"]}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_person_reads_the_answer_in_his_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    assert main(["calculate", str(study_file(tmp_path)), "--lang", lang]) == 0
    text = capsys.readouterr().out
    assert "620.5 kg CO2e/kg" in text
    assert ("部分碳足迹" if lang == "zh" else "partial footprint") in text
    assert ("不得用于认证" if lang == "zh" else "not for certification") in text
    heading = "对区间影响最大的行" if lang == "zh" else "What drives the interval"
    driver = text[text.index(heading) :].splitlines()[1]
    assert driver.split()[0] == "m1"
    assert "100.0 %" in driver


def test_the_same_study_as_json_and_excel_gives_the_same_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study_file(tmp_path)
    loaded = yaml_study.load(path.read_bytes())
    assert loaded.study is not None
    as_json, as_excel = tmp_path / "study.json", tmp_path / "study.xlsx"
    as_json.write_text(json.dumps(loaded.study.canonical(), ensure_ascii=False), encoding="utf-8")
    as_excel.write_bytes(excel_study.write(loaded.study))
    answers = [run(capsys, str(item), "--samples", "20")[1] for item in (path, as_json, as_excel)]
    for body in answers:
        body["findings"] = []
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("name", ["missing.yaml", "", "folder"])
def test_a_file_that_is_not_there_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "folder").mkdir()
    code, body, err = run(capsys, str(tmp_path / name))
    assert code == 2
    assert body["findings"][0]["code"] == "study_file_unreadable"
    assert "Traceback" not in err


def test_a_pdf_renamed_to_xlsx_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "study.xlsx"
    path.write_bytes(b"%PDF-1.7 ...")
    code, body, _ = run(capsys, str(path))
    assert (code, body["findings"][0]["code"]) == (2, "not_excel")


def test_two_hundred_megabytes_are_refused_before_they_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    code, body, _ = run(capsys, str(path))
    assert (code, body["findings"][0]["code"]) == (2, "file_too_large")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--release", "nowhere-1"], "release_not_found"),
        (["--samples", "-1"], "samples_out_of_range"),
        (["--report", "x.odt"], "report_path"),
    ],
)
def test_wrong_use_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: str) -> None:
    answer, body, _ = run(capsys, str(study_file(tmp_path)), *words)
    assert answer == 2
    assert body["findings"][0]["code"] == code


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".xlsx", ".docx"])
def test_reports_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    report = tmp_path / f"report{suffix}"
    code, _, _ = run(capsys, str(study_file(tmp_path)), "--samples", "20", "--report", str(report))
    assert code == 0
    head = {".html": b"<!", ".pdf": b"%PDF-", ".xlsx": b"PK\x03\x04", ".docx": b"PK\x03\x04"}[suffix]
    assert report.read_bytes().lstrip().startswith(head)


def test_the_lfp_battery_of_the_examples_reconciles_and_names_every_stand_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, body, _ = run(capsys, str(EXAMPLES / "lfp-battery.yaml"))
    total, values = body["total"]["value"], [item["value"] for item in body["contributions"]]
    assert 45 <= total <= 160
    tolerance = 1e-12 * add(*(abs(value) for value in values))
    stage_values = [value for value in body["stages"].values() if isinstance(value, float)]
    assert abs(add(*values) - total) <= tolerance
    assert abs(add(*stage_values) - total) <= tolerance
    assert abs(add(*body["kinds"].values()) - total) <= tolerance
    assert all(item["source"] for item in body["contributions"])
    named = {item["row"] for item in body["stand_ins"]}
    assert {item["row"] for item in body["contributions"] if item["stand_in"]} <= named


def test_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tanbiao", "calculate", str(study_file(tmp_path)), "--json", "--samples", "200"]
    answers = set()
    for seed in ("0", "77"):
        done = subprocess.run(command, capture_output=True, env={"PYTHONHASHSEED": seed, "LANG": "C.UTF-8"}, check=True)
        answers.add(done.stdout)
    assert len(answers) == 1
