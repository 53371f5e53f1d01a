"""``tanbiao codes``: a hand-made table is brought, listed and looked up; what is wrong is named."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from tanbiao.cli.console import Console
from tanbiao.cli.site import codes
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.catalogue.models import CodeTable

pytestmark = pytest.mark.django_db

SAID = [
    "--scheme",
    "NBS",
    "--edition",
    "sample",
    "--title-zh",
    "手工样例（非官方）",
    "--title-en",
    "sample",
    "--source",
    "invented",
    "--licence",
    "own",
]


@pytest.fixture(autouse=True)
def platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs on the tests' own database."""
    for name in ("prepare_environment", "start_django", "migrate"):
        monkeypatch.setattr(codes, name, lambda **_: None)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    codes.add_arguments(parser)
    capsys.readouterr()
    assert codes.run(parser.parse_args(words), Console("en", as_json=True)) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_table_is_brought_listed_and_looked_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sample.csv"
    path.write_text("代码,名称\n90,样例一\n9001,样例二\n", encoding="gb18030")
    (made,) = run(capsys, str(path), *SAID, "--public")["tables"]
    assert (made["scheme"], made["number"], made["rows"], made["is_public"]) == ("NBS", 1, 2, True)
    assert [item["code"] for item in made["findings"]] == ["encoding_guessed"]
    assert run(capsys)["tables"] == [made]
    found = run(capsys, "--scheme", "统计用产品分类", "--find", "样例二")["codes"]
    assert found == [{"code": "9001", "parent": "90", "name_zh": "样例二", "name_en": ""}]


def test_what_is_wrong_is_named_and_nothing_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sample.csv"
    path.write_text("code,name\n901,x\n90,x\n90,y\n", encoding="utf-8")
    with pytest.raises(TanbiaoError) as caught:
        run(capsys, str(path), *SAID)
    assert [item.code for item in caught.value.findings] == ["code_table_code_form", "code_table_code_twice"]
    for words, code in (
        ((str(tmp_path / "none.csv"),), "dataset_file_unreadable"),
        (("--find", "x"), "code_table_unknown"),
    ):
        with pytest.raises(TanbiaoError) as caught:
            run(capsys, *words)
        assert caught.value.code == code
    assert not CodeTable.objects.exists()
