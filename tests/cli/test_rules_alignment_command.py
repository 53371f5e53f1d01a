"""``tanbiao rules alignment``: the record of a packaged rule, and a table that is checked before it is brought."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tanbiao.cli.main import main

HEAD = "clause,document,degree,at,read,source,reason_zh,reason_en\n"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(["rules", "alignment", *words, "--json", "--lang", "en"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, told


def test_a_packaged_rule_is_shown_and_a_table_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "cement@1.0.0")
    assert code == 0
    assert told["open"] == []
    assert {"eu-2025-2547", "iso-14067-2018"} <= {line["document"] for line in told["lines"]}
    table = tmp_path / "record.csv"
    table.write_text(HEAD + "3,eu-2025-2547,none,,,,理由,reason\n", encoding="utf-8")
    code, told = run(capsys, "cement@1.0.0", "--check", str(table))
    assert (code, len(told["lines"])) == (0, 1)
    table.write_text(HEAD + "3,eu-2025-2547,equal,,,,理由,reason\n", encoding="utf-8")
    code, told = run(capsys, "cement@1.0.0", "--check", str(table))
    assert (code, told["findings"][0]["code"]) == (2, "alignment_not_cited")
