"""``tanbiao release build | compare``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.release.linked_release import HEADER, document, documents, emit, use
from study_background import document as study_document
from study_background import stages
from tanbiao.cli.main import main
from tanbiao.core.dataset.derive import read_all
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca import release_samples
from tanbiao.core.lca.release import Release
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.package import may_be_passed_on
from tanbiao.formats.release_sources import entries


def written(folder: Path, items: list[dict[str, Any]], **header: Any) -> Path:
    """Write a folder: the first dataset as YAML, the others as one JSON list."""
    folder.mkdir()
    (folder / "release.yaml").write_text(yaml.safe_dump(HEADER | header, allow_unicode=True), encoding="utf-8")
    (folder / "first.yaml").write_text(
        yaml.safe_dump(json.loads(json.dumps(items[0])), allow_unicode=True), encoding="utf-8"
    )
    (folder / "rest.json").write_text(json.dumps(items[1:]), encoding="utf-8")
    return folder


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(capsys.readouterr().out)
    return body


def test_a_folder_becomes_a_release_that_a_study_can_be_calculated_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = written(tmp_path / "data", documents()), tmp_path / "linked-1.tbr"
    words = ["release", "build", str(folder), "--out", str(out), "--samples", "60", "--json", "--lang", "en"]
    assert main(words) == 0
    body = answer(capsys)
    release = Release.open(out)
    assert {"name", "hash", "datasets", "findings"} <= body.keys()
    assert (body["name"], body["hash"], body["datasets"]) == ("linked-1", release.hash, 5)
    assert (body["samples"]["count"], body["system"]["loops"]) == (60, 1)
    assert release.get("power").gases == pytest.approx({"CO2 fossil": 0.106 / 0.999, "CH4 fossil": 0.0002 / 0.999})
    assert main(["release", "show", str(out), "--verify", "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "Samples: 60 (AR6)" in told
    assert "Every byte checked" in told


def test_two_releases_are_compared_by_what_moved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = [*documents(), document("gone")]
    after = [*documents(), document("new")]
    after[3] |= {"co2e": {"unknown": 0.5}, "kinds": {"undivided": 0.5}}  # lime, of which a kiln needs 2
    after[4] |= {"notes": ["read again"]}
    paths = []
    for name, items in (("one", before), ("two", after)):
        paths.append(str(tmp_path / f"{name}.tbr"))
        folder = written(tmp_path / name, items, name=name)
        assert main(["release", "build", str(folder), "--out", paths[-1], "--samples", "0"]) == 0
    capsys.readouterr()
    assert main(["release", "compare", *paths, "--json"]) == 0
    body = answer(capsys)
    assert (body["added"], body["removed"], body["same"]) == (["new"], ["gone"], 2)
    changed = {item["dataset"]: item for item in body["changed"]}
    assert set(changed) == {"kiln", "lime", "wood"}
    assert changed["lime"]["relative"] == pytest.approx(0.25)
    assert changed["kiln"]["new"] - changed["kiln"]["old"] == pytest.approx(0.2)
    assert (changed["wood"]["moved"], changed["wood"]["only_described"]) == (False, True)
    assert main(["release", "compare", *paths, "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "2 figures moved" in told
    assert "+25.00%" in told
    assert "removed: gone" in told


def test_compare_recalculates_studies_and_says_which_are_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after = documents()
    after[3] |= {"co2e": {"unknown": 0.5}, "kinds": {"undivided": 0.5}}
    after[4] |= {"reference": {"unit": "t"}}
    paths = []
    for name, items in (("one", documents()), ("two", after)):
        paths.append(str(tmp_path / f"{name}.tbr"))
        folder = written(tmp_path / name, items, name=name)
        assert main(["release", "build", str(folder), "--out", paths[-1], "--samples", "200"]) == 0
    studies = tmp_path / "studies"
    studies.mkdir()
    for key in ("lime", "power", "wood"):
        amount = "2 kWh" if key == "power" else "2 kg"
        rows = [{"id": "r", "amount": amount, "from": f"dataset/{key}"}]
        body = study_document(stages=stages(raw_materials=rows), release="one")
        (studies / f"{key}.json").write_text(json.dumps(body), encoding="utf-8")
    (studies / "broken.yaml").write_text("tanbiao: [", encoding="utf-8")
    capsys.readouterr()
    words = ["release", "compare", *paths, "--studies", str(studies), "--limits", "0.9,50"]
    assert main([*words, "--json"]) == 1
    body = answer(capsys)
    assert [item["code"] for item in body["findings"]] == ["yaml_syntax"]
    assert "broken.yaml" in body["findings"][0]["where"]
    found = {Path(item["file"]).stem: item for item in body["studies"]}
    assert found["lime"]["touched_by"] == ["lime"]
    assert (found["lime"]["old"], found["lime"]["new"]) == (pytest.approx(0.8), pytest.approx(1.0))
    assert (found["lime"]["how"], found["lime"]["class"]) == ("full", {"old": 0, "new": 1})
    assert found["lime"]["p2_5"] < 1.0 < found["lime"]["p97_5"]
    assert (found["power"]["touched_by"], found["power"]["relative"], found["power"]["how"]) == ([], 0.0, "first_order")
    # per tonne now: the amount is converted anew, in full, and the figure per tonne is that of a kilogram before
    assert (found["wood"]["how"], found["wood"]["new"]) == ("full", pytest.approx(-0.003))
    assert found["wood"]["stops"] == {"dataset/wood": "other_unit"}
    assert main([*words, "--lang", "en"]) == 1
    told = capsys.readouterr().out
    assert "3 studies, 2 of them touched" in told
    assert "its class may change" in told
    assert main([*words[:-1], "5,4"]) == 2
    assert main(["release", "compare", *paths, "--studies", str(studies), "--samples", "201"]) == 2


@pytest.mark.parametrize(
    ("spoil", "code", "place"),
    [
        (lambda folder: (folder / "release.yaml").unlink(), "release_header_missing", "data"),
        (lambda folder: (folder / "release.yaml").write_text("name: x"), "release_header_wrong", "version"),
        (lambda folder: (folder / "rest.json").write_text("[{"), "release_file_unreadable", "rest.json"),
        (lambda folder: (folder / "rest.json").write_text('[{"id": 1, "id": 2}]'), "release_file_unreadable", "twice"),
        (lambda folder: (folder / "rest.json").write_text('[{"id": "x"}]'), "dataset_malformed", "rest.json[0]"),
        (lambda folder: (folder / "first.yaml").write_text("a: [1"), "yaml_syntax", "first.yaml"),
        (lambda folder: (folder / "first.yaml").write_bytes(b"\xff"), "not_utf8", "first.yaml"),
        (
            lambda folder: (folder / "more.json").write_text(json.dumps(document("x", inputs=[use("y", 1.0)]))),
            "release_input_missing",
            "x.inputs.y",
        ),
        (
            lambda folder: (folder / "more.json").write_text(json.dumps(document("x", emissions=[emit("CH4", 1.0)]))),
            "gas_unknown",
            "more.json",
        ),
        (lambda folder: (folder / "more.json").write_text(json.dumps(document("lime"))), "release_id_twice", "lime"),
        (
            lambda folder: (folder / "more.json").write_text(
                json.dumps(
                    document(
                        "x",
                        emissions=[
                            emit("CH4 fossil", 1.0, uncertainty={"type": "triangular", "low": 2.0, "high": 3.0})
                        ],
                    )
                )
            ),
            "distribution_bounds_out_of_order",
            "x.emissions.CH4 fossil",
        ),
        (
            lambda folder: (folder / "more.json").write_text(
                json.dumps(
                    document("x", inputs=[use("lime", 1.0, uncertainty={"type": "uniform", "low": 2.0, "high": 1.0})])
                )
            ),
            "distribution_bounds_out_of_order",
            "x.inputs.lime",
        ),
    ],
)
def test_bad_input_is_named_and_leaves_no_file(
    spoil: Any, code: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path / "data", documents())
    spoil(folder)
    out = tmp_path / "out.tbr"
    assert main(["release", "build", str(folder), "--out", str(out), "--samples", "5", "--lang", "en"]) == 2
    told = capsys.readouterr().out
    assert code in told
    assert place in told
    assert [item.name for item in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--samples", "-1"], "samples_out_of_range"),
        (["--seed", "-1"], "seed_out_of_range"),
        (["--gwp", "AR7"], "gwp_set_not_known"),
        (["--executor", "quantum"], "executor_unknown"),
        (["--executor", "processes", "--workers", "0"], "executor_unknown"),
        (["--out", "/nowhere/at/all.tbr"], "release_not_written"),
    ],
)
def test_bad_options_are_named(
    words: list[str], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = written(tmp_path / "data", documents())
    assert main(["release", "build", str(folder), *words, "--lang", "en"]) == 2
    assert code in capsys.readouterr().out
    assert [item.name for item in tmp_path.iterdir()] == ["data"]


def test_ctrl_c_while_sampling_ends_with_130_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    from tanbiao.core.lca import release_store

    monkeypatch.setattr(release_store, "solve_task", interrupted)
    monkeypatch.setattr(release_samples, "GROUP", 2)
    folder = written(tmp_path / "data", documents())
    assert main(["release", "build", str(folder), "--out", str(tmp_path / "out.tbr")]) == 130
    assert [item.name for item in tmp_path.iterdir()] == ["data"]


def test_the_example_of_the_documentation_is_a_dataset_and_a_release() -> None:
    text = Path(__file__).parents[2].joinpath("docs", "release-format.md").read_text(encoding="utf-8")
    header, unit_process, databases, mix = (part.split("```")[0] for part in text.split("```yaml\n")[1:])
    assert {"name", "version", "date", "standing", "statement"} <= parse_text(header.encode())[0].keys()
    assert entries(parse_text(databases.encode())[0]["databases"], Path())[0].database.level == "industry"
    found = parse_dataset(parse_text(unit_process.encode())[0])
    assert [item.market for item in found.inputs] == ["", "supply", "supply"]
    assert found.emissions[0].uncertainty.type == "triangular"
    stations = [document(name, "kWh|electricity") for name in ("coal-power", "hydro-power")]
    derived = read_all([*stations, parse_text(mix.encode())[0]])[-1]
    assert (derived.id, derived.total, derived.geography) == ("power-south", pytest.approx(1.0), "CN-GD")
    assert not may_be_passed_on(found.model_copy(update={"redistribution": "no: internal"}))
