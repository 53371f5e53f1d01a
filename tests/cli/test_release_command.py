"""``tanbiao release list | show``."""

from __future__ import annotations

import json

import pytest

from tanbiao.cli.main import main
from tanbiao.core.lca.release_find import pinned_hashes


def test_list_names_the_packaged_release(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "--json", "list"]) == 0
    found = json.loads(capsys.readouterr().out)["releases"]
    starter = next(item for item in found if item["name"] == "starter-2026.1")
    assert starter["hash"] == pinned_hashes()["starter-2026.1"]
    assert starter["standing"] == "demonstration"


def test_show_tells_how_many_datasets_are_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "show", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert {"name", "hash", "datasets", "findings", "kinds", "standing", "chinese"} <= body.keys()
    assert 0 < body["chinese"] < body["datasets"]
    assert main(["release", "show", "--lang", "en", "--verify"]) == 0
    told = capsys.readouterr().out
    assert "Chinese" in told
    assert "Every byte checked" in told


def test_show_measures_the_frozen_answers_of_linked_processes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "show", "starter-2026.2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["solution"]
    assert told["residual"] < 1e-15
    assert told["condition"] > 1
    assert main(["release", "show", "starter-2026.1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["solution"] is None
    for lang, words in (("zh", "真实残差"), ("en", "True residual")):
        assert main(["release", "show", "starter-2026.2", "--lang", lang]) == 0
        assert words in capsys.readouterr().out


def test_show_finds_and_shows_datasets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "show", "--search", "柴油", "--limit", "3", "--json"]) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert [len(hits), hits[0]["id"]] == [3, "CN-FUEL:Diesel"]
    assert main(["release", "show", "--dataset", "CN-ELEC-CF:2024:China average", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)["dataset"]
    assert body["co2e"] == {"unknown": 0.5777}
    assert body["content_hash"].startswith("sha256:")


@pytest.mark.parametrize(
    ("words", "code"),
    [(["nothing-here"], "release_not_found"), (["--dataset", "CN-ELEC-CF:2024:China"], "unknown_dataset")],
)
def test_what_is_not_there_is_an_error_of_use(words: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "show", *words, "--lang", "en"]) == 2
    told = capsys.readouterr()
    assert code in told.out + told.err
    assert "Traceback" not in told.out + told.err
