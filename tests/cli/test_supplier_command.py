"""``tanbiao supplier``: a PACT footprint is taken only when every check passes; each failure is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sample_files import SHARED
from study_background import document
from supplier_files import FOOTPRINT, of_year
from tanbiao.cli.main import main
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.release import Release
from tanbiao.formats import yaml_study

STATED = ["--boundary", "cradle_to_gate", "--recycling", "cut_off", "--offsets", "none", "--certificates", "GEC-2"]
PERIOD = ["--period", "2025-01-01/2025-12-31"]


def run(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["supplier", str(path), *PERIOD, *words, "--json", "--lang", "en"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return changed(tmp_path)


def changed(folder: Path, **changes: Any) -> Path:
    body = FOOTPRINT | {key: value for key, value in changes.items() if not key.startswith("pcf_")}
    body = body | {"pcf": FOOTPRINT["pcf"] | {key[4:]: one for key, one in changes.items() if key.startswith("pcf_")}}
    path = folder / "footprint.json"
    path.write_text(json.dumps({"data": body}))
    return path


def test_an_accepted_footprint_becomes_a_dataset_of_a_release(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    code, body = run(capsys, file, *STATED, "--write", str(folder / "ingot.json"))
    assert (code, body["accepted"], body["findings"]) == (0, True, [])
    # 10.1 kg CO2e for 2 kg: 4.5 fossil, 0.5 of land use change, −0.2 taken up, 0.25 that the fields do not tell apart
    dataset = parse_dataset(json.loads((folder / "ingot.json").read_text()))
    assert dataset.total == pytest.approx(5.05)
    kinds = {key: value for key, value in dataset.kinds.model_dump().items() if value}
    assert kinds == pytest.approx({"fossil": 4.5, "land_use_change": 0.5, "biogenic_uptake": -0.2, "undivided": 0.25})
    assert (dataset.kind.value, dataset.geography, dataset.time.year) == ("supplier_footprint", "CN", 2024)
    assert dataset.may_be_an_input
    assert redistribution(f"{dataset.licence}; redistribution: {dataset.redistribution}") == "forbidden"
    assert "Stated beside the file: certificates of electricity: GEC-2" in dataset.notes
    header = {"name": "mine", "version": "1", "date": "2026-01-01", "standing": "demonstration"}
    header |= {"statement": {"zh": "演示 DEMO", "en": "DEMO"}}  # type: ignore[dict-item]
    (folder / "release.yaml").write_text(yaml.safe_dump(header, allow_unicode=True))
    made = tmp_path / "mine.tbr"
    assert main(["release", "build", str(folder), "--out", str(made), "--samples", "0", "--json"]) == 0
    capsys.readouterr()
    assert Release.open(made).get(dataset.id) == dataset
    assert main(["export", str(made), str(tmp_path / "out.zip"), "--format", "csv", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "export_licence_forbids"


@pytest.mark.parametrize(
    ("words", "changes", "code"),
    [
        (["--gwp", "AR5"], {}, "supplier_gwp_set"),
        ([], {"pcf_ipccCharacterizationFactors": ["AR5", "AR6"]}, "supplier_gwp_set"),
        ([], {"validityPeriodEnd": "2025-06-30T00:00:00Z"}, "supplier_period"),
        ([], {"validityPeriodStart": None}, "supplier_period"),
        (["--boundary", "gate_to_gate"], {}, "supplier_boundary"),
        (["--offsets", "taken-off"], {}, "supplier_offsets"),
        (["--claimed", "GEC-2"], {}, "supplier_green_power_twice"),
        (["--asks", "closed_loop"], {}, "supplier_recycling"),
        ([], {"pcf_verification": None}, "supplier_unverified"),
        ([], {"pcf_verification": {"providerName": " "}}, "supplier_unverified"),
        ([], {"status": "Deprecated"}, "supplier_deprecated"),
    ],
)
def test_each_failure_is_named_and_nothing_is_written(
    words: list[str], changes: dict[str, Any], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    status, body = run(capsys, changed(tmp_path, **changes), *STATED, *words, "--write", str(out))
    assert (status, body["accepted"], [one["code"] for one in body["findings"]]) == (1, False, [code])
    assert not out.exists()


def test_what_nobody_states_is_not_assumed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, body = run(capsys, file)
    assert status == 1
    assert {one["code"] for one in body["findings"]} == {
        "supplier_boundary",
        "supplier_offsets_unstated",
        "supplier_green_power_unstated",
        "supplier_recycling",
    }


def test_an_unverified_footprint_is_taken_where_the_user_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = changed(tmp_path, pcf_verification=None)
    assert run(capsys, path, *STATED, "--accept-unverified")[0] == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"pcf": 1}', b"\xff\xfe", b"[" * 100_000, json.dumps({"pcf": {}}).encode()],
)
def test_what_is_no_footprint_is_an_error_of_use(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(data)
    status, body = run(capsys, path)
    assert (status, body["findings"][0]["code"]) == (2, "supplier_file_wrong")


@pytest.mark.skipif(not (SHARED / "specs" / "pact").is_dir(), reason="the examples of PACT are not here")
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_examples_of_pact_are_read_and_their_kinds_add_up(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    path = SHARED / "specs" / "pact" / "examples_v3" / f"example-{number}.json"
    status, body = run(capsys, path, *STATED, "--accept-unverified")
    pcf = json.loads(path.read_text())["pcf"]
    expected = float(pcf["pcfIncludingBiogenicUptake"]) / float(pcf["declaredUnitAmount"])
    assert body["co2e"] == pytest.approx(expected)
    # Example 3 names two GWP sets, so its figure is of neither.
    assert status == (1 if number == 3 else 0)


def test_by_the_terms_of_a_study_an_accepted_one_is_written_into_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, out = tmp_path / "study.yaml", tmp_path / "with.yaml"
    study.write_bytes(yaml_study.dump(document()))
    file = tmp_path / "ingot.json"
    file.write_bytes(of_year(2023))
    words = ["supplier", str(file), "--study", str(study), "--row", "r1", "--write", str(out), "--json", "--lang", "en"]
    assert main([*words, *STATED[2:]]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["check"] for one in told["checks"] if not one["passed"]] == ["boundary"]
    assert told["findings"][0]["message"].count("cradle to gate") == 1
    assert not out.exists()
    assert main([*words, *STATED]) == 0
    assert json.loads(capsys.readouterr().out)["primary_share"] == pytest.approx(0.6)
    made = yaml_study.load(out.read_bytes()).study
    assert made is not None
    assert [row.from_ for _, row in made.rows()] == ["supplier/ingot-a"]


def test_without_terms_nothing_is_checked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["supplier", str(file), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "supplier_terms_missing"
