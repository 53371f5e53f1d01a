"""``tanbiao inspect``: counts and findings of files, by a reader that this test provides, and refusals."""

import json
from pathlib import Path

import pytest

from tanbiao.cli.main import main
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.formats import registry
from tanbiao.formats.archive import Members

KEYS = ("format", "processes", "flows", "exchanges", "reference_flows", "products_without_provider", "findings")


def a_reader(members: Members) -> Inventory:
    """Make one process of each member: its name and its only input are the member's text."""
    flows = {"coal": Flow("coal", {"en": "coal"}, FlowKind.PRODUCT), "x": Flow("x", {"en": "x"}, FlowKind.PRODUCT)}
    made = Exchange("x", False, 1.0, "kg", is_reference=True)
    processes = []
    for name in members:
        amount = float(members[name].partition(b"|")[2])
        exchanges = (made, Exchange("coal", True, amount, "kg")) if amount else (made,)
        processes.append(Process("p", {"en": "p"}, ProcessKind.UNIT, exchanges, where=name))
    return Inventory("simapro-csv", tuple(processes), flows)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(registry, "reader", lambda form: a_reader)
    (tmp_path / "one.csv").write_bytes(b"{SimaPro 9}|0")
    (tmp_path / "two.csv").write_bytes(b"{SimaPro 9}|2")
    (tmp_path / "plain.txt").write_bytes(b"a,b\nc,d\n|0")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, object], str]:
    code = main(["inspect", *map(str, words), "--json", "--lang", "en"])
    said = capsys.readouterr()
    return code, json.loads(said.out), said.err


def test_a_file_is_counted_and_nothing_blocks(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, body, _ = run(capsys, files / "one.csv")
    assert code == 0
    assert [body[key] for key in KEYS] == ["simapro-csv", 1, 2, 1, 1, 0, []]


def test_files_of_one_format_are_read_together(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, body, _ = run(capsys, files / "one.csv", files / "two.csv")
    assert code == 1
    assert [body[key] for key in KEYS[:-1]] == ["simapro-csv", 2, 2, 3, 2, 1]
    assert {item["code"]: item["severity"] for item in body["findings"]} == {
        "unlinked_input": "warning",
        "uuid_clash": "error",
    }


def test_two_archives_with_one_id_and_other_content_clash(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        (files / name).mkdir()
        (files / f"{name}.csv").rename(files / name / "a.csv")
    code, body, _ = run(capsys, files / "one", files / "two")
    assert (code, body["processes"], [item["file"] for item in body["files"]]) == (1, 2, ["one", "two"])
    assert {item["code"] for item in body["findings"]} == {"unlinked_input", "uuid_clash"}


def test_a_person_reads_counts_and_findings_in_either_language(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(files / "two.csv"), "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "无供应过程的产品" in said
    assert "! unlinked_input [two.csv] 投入“coal”没有供应过程（1 处）" in said
    assert main(["inspect", str(files / "one.csv"), "--lang", "en"]) == 0
    assert "Nothing was found wrong" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "words", "code"),
    [
        ("none.zip", [], "dataset_file_unreadable"),
        ("plain.txt", [], "format_unrecognised"),
        ("one.csv", ["--format", "doc"], "format_unknown"),
    ],
)
def test_what_cannot_be_read_is_said_with_a_code(
    name: str, words: list[str], code: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, body, _ = run(capsys, files / name, *words)
    assert (answer, [item["code"] for item in body["findings"]]) == (2, [code])


def test_the_format_named_is_taken_as_it_is(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, body, _ = run(capsys, files / "plain.txt", "--format", "simapro")
    assert (code, body["processes"]) == (0, 1)


def test_link_tells_what_can_be_calculated_and_what_is_open(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, body, told = run(capsys, files / "two.csv", "--link")
    assert code == 0
    link = body["link"]
    assert (link["complete"], link["incomplete"], link["refused"], link["ready"]) == (0, 1, 0, False)
    assert link["coverage"]["total"]["unlinked"] == link["exchanges"] == 1
    assert [(one["id"], one["standing"], one["co2e"]) for one in link["footprints"]] == [("p", "incomplete", 0.0)]
    assert [item["code"] for item in body["findings"]] == ["unlinked_input"]
    assert "0.0% of them are covered" in told


def test_link_refuses_by_name_what_has_no_answer(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, body, _ = run(capsys, files / "one.csv", files / "two.csv", "--link")
    assert code == 1
    assert body["link"]["footprints"][0]["co2e"] is None
    assert {item["code"] for item in body["findings"]} == {"uuid_clash"}
