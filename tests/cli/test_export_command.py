"""``tanbiao export``: a file read in one format and written in another, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tanbiao.cli.main import main

TABLE = (
    "id,version,name_en,licence\np1,1,steel,CC BY 4.0\n",
    "process,direction,flow,amount,unit,is_reference\np1,output,f,1,kg,yes\np1,input,g,2,kg,\n",
    "id,name_en,kind,unit\nf,steel,product,kg\ng,ore,product,kg\n",
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "about.csv").write_text("key,value\nschema,tanbiao-dataset-tables/1\n")
    for name, text in zip(("processes", "exchanges", "flows"), TABLE, strict=True):
        (folder / f"{name}.csv").write_text(text)
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any], str]:
    code = main(["export", *map(str, words), "--json", "--lang", "en"])
    said = capsys.readouterr()
    return code, json.loads(said.out), said.err


def test_a_file_goes_out_in_another_format(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.zip"
    code, body, _ = run(capsys, source, path, "--format", "openlca")
    assert (code, body["processes"], body["format"], body["bytes"]) == (0, 1, "openlca", path.stat().st_size)
    assert main(["inspect", str(path), "--json"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert [seen[key] for key in ("format", "processes", "flows", "exchanges")] == ["openlca-jsonld-2", 1, 2, 2]


def test_the_file_is_named_after_the_source(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "mine", "--format", "csv")[1]["file"] == "mine-csv.zip"
    code, body, _ = run(capsys, "mine", "--format", "csv")
    assert (code, body["findings"][0]["code"]) == (2, "output_file_exists")
    assert run(capsys, "mine", "--format", "csv", "--force")[0] == 0


def test_what_must_not_be_passed_on_stays(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = source / "processes.csv"
    table.write_text(table.read_text().replace("CC BY 4.0", "no redistribution"))
    path = tmp_path / "out.zip"
    code, body, said = run(capsys, source, path, "--format", "csv")
    assert (code, body["findings"][0]["code"], path.exists()) == (1, "export_licence_forbids", False)
    assert "steel" in said
    code, body, _ = run(capsys, source, path, "--format", "csv", "--own")
    assert (code, body["findings"][0]["code"], path.exists()) == (0, "export_own_use", True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("mine", "x.zip", "--format", "word"), "export_format_unknown"),
        (("absent", "x.zip", "--format", "csv"), "dataset_file_unreadable"),
        (("mine", "no/such/folder/x.zip", "--format", "csv"), "output_not_written"),
        (("mine", "x.zip", "--format", "csv", "--from", "word"), "format_unknown"),
    ],
)
def test_wrong_use_says_what_is_wrong(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, body, _ = run(capsys, *words)
    assert (status, body["findings"][0]["code"]) == (2, code)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("kind", ["datasets", "study"])
def test_an_empty_template_is_written_once(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.xlsx"
    assert main(["template", kind, str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == path.stat().st_size
    assert main(["template", kind, str(path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "output_file_exists"


def test_a_workbook_goes_out_and_comes_back(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.xlsx"
    assert run(capsys, source, path, "--format", "excel")[0] == 0
    assert run(capsys, path, tmp_path / "again.zip", "--format", "csv")[1]["processes"] == 1


def test_the_datasets_of_a_release_go_out_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "factors.zip"
    code, body, _ = run(capsys, "starter-2026.1", path, "--format", "csv")
    assert (code, body["processes"]) == (0, 5506)
    assert main(["inspect", str(path), "--json"]) in (0, 1)
    seen = json.loads(capsys.readouterr().out)
    assert (seen["format"], seen["processes"], seen["reference_flows"]) == ("tanbiao-tables", 5506, 5506)
