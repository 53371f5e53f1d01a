"""``tanbiao lists``: a hand-made two-high list is brought with its document, and a priority list is laid beside it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from tanbiao.cli.console import Console
from tanbiao.cli.site import lists
from tanbiao.core.findings import TanbiaoError

pytestmark = pytest.mark.django_db
SAID = {
    "--id": "js-two-high",
    "--kind": "two_high",
    "--place": "CN-JS",
    "--title-zh": "演示目录（非官方）",
    "--title-en": "DEMO list, not official",
    "--publisher-zh": "演示机关",
    "--publisher-en": "DEMO authority",
    "--document": "DEMO 1",
    "--issued": "2024-12-31",
}


@pytest.fixture(autouse=True)
def platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs on the tests' own database."""
    for name in ("prepare_environment", "start_django", "migrate"):
        monkeypatch.setattr(lists, name, lambda **_: None)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    lists.add_arguments(parser)
    capsys.readouterr()
    assert lists.run(parser.parse_args(words), Console("en", as_json=True)) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_list_is_brought_and_a_priority_list_laid_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, proof = tmp_path / "list.csv", tmp_path / "proof.txt"
    table.write_text("名称,类别编号\n样例项目,traction-battery\n", encoding="utf-8")
    proof.write_text("invented for this test", encoding="utf-8")
    said = [word for pair in SAID.items() for word in pair]
    made = run(capsys, str(table), "--proof", str(proof), *said, "--complete")
    assert (made["list"], made["lines"]) == ("js-two-high@1.0.0", 1)
    assert {"list": "js-two-high@1.0.0", "in_force": True} in run(capsys)["lists"]
    lines = {row["id"]: row for row in run(capsys, "--two-high", "js-policy-industries")["lines"]}
    assert (lines["j01"]["state"], lines["j01"]["named_by"]) == ("yes", ["js-two-high@1.0.0#l0001"])
    assert lines["j06"]["state"] == "no"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["{table}"], "list_proof_missing"),
        (["nowhere.csv", "--proof", "{table}"], "dataset_file_unreadable"),
        (["{table}", "--proof", "{table}"], "brought_list_missing"),
        (["--two-high", "nowhere"], "catalogue_list_unknown"),
    ],
)
def test_what_can_not_be_done_is_said_by_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    table = tmp_path / "list.csv"
    table.write_text("名称\n样例\n", encoding="utf-8")
    with pytest.raises(TanbiaoError) as refused:
        run(capsys, *(word.format(table=table) for word in words))
    assert refused.value.code == code
