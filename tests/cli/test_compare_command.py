"""``tanbiao compare``: two studies on the same draws, in both languages; refusals are one sentence and exit 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tanbiao.cli.main import main
from tanbiao.examples import example
from tanbiao.formats import yaml_study


def written(folder: Path, name: str, changes: dict[str, str]) -> str:
    """Write the clinker example with some texts replaced."""
    text = example("cement-clinker").read().decode()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    loaded = yaml_study.load(example("cement-clinker").read()).study
    assert loaded is not None
    body = loaded.canonical()
    row = next(row for stage in body["stages"].values() if isinstance(stage, list) for row in stage if row["amount"])
    row["amount"] = "1" + str(row["amount"])
    second = tmp_path / "b.yaml"
    second.write_bytes(yaml_study.dump(body))
    return written(tmp_path, "a.yaml", {}), str(second)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ("A 低于 B 的概率", "差值 A − B 的分布")), ("en", ("Probability that A is below B", "Difference A − B"))],
)
def test_the_probability_is_told(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], lang: str, words: tuple[str, str]
) -> None:
    assert main(["compare", *files, "--samples", "200", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert words[0] in shown
    assert main(["compare", *files, "--samples", "200", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    # all but one row stand in both word for word; that row is larger in B
    assert told["shared"]["rows"]
    assert told["difference"]["nominal"] < 0
    assert told["first_is_less"]["value"] > 0.9
    assert told["samples"] == 200


def test_another_unit_is_refused_in_a_sentence(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "c.yaml"
    other.write_bytes(example("lfp-battery").read())
    assert main(["compare", files[0], str(other), "--lang", "en"]) == 2
    told = capsys.readouterr()
    assert "can't be co" in told.err + told.out or "different" in told.err + told.out
    assert "Traceback" not in told.err


def test_two_samples_are_the_least(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *files, "--samples", "1", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "pair_samples"
