"""``tanbiao datasets`` and the terms of ``tanbiao import``: as page and API answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from factories import World
from tanbiao.cli.main import main
from tanbiao.core.dataset.inventory import Inventory
from tanbiao.formats.writers import openlca
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.governance.models import PlatformRelease
from tanbiao.web.ledger.models import Task
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Issue
from web.certification.playing import Play
from web.governance.judging import Way, steel
from web.impact.two_releases import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own database and folder are set up already."""
    for module in ("serve", "datasets"):
        for name in ("prepare_environment", "start_django", "migrate", "data_is_there"):
            monkeypatch.setattr(f"tanbiao.cli.site.{module}.{name}", lambda **_values: None)


def told(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    code = main([*map(str, words), "--json", "--lang", "en"])
    return code, json.loads(capsys.readouterr().out)


def file(folder: Path, name: str, content: Inventory) -> Path:
    path = folder / f"{name}.zip"
    path.write_bytes(openlca.write(content).data)
    return path


def test_a_file_is_brought_under_its_terms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, "one", steel())
    terms = ("--rights-holder", "Demo Steel", "--licence", "CC-BY-4.0", "--share")
    code, answer = told(capsys, "import", path, *terms)
    assert (code in (0, 1), answer["stored"]) == (True, 1)
    assert (answer["rights_holder"], answer["licence"], answer["is_shared"]) == ("Demo Steel", "CC-BY-4.0", True)
    record = DatasetImport.objects.get()
    assert (record.rights_holder, record.licence, record.is_shared) == ("Demo Steel", "CC-BY-4.0", True)
    assert DatasetVersion.objects.get().is_shared


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--licence", "MINE"), "licence_unknown"),
        (("--licence", "other"), "licence_not_named"),
        (("--licence", "commercial", "--share"), "licence_forbids_sharing"),
        (("--share",), "licence_forbids_sharing"),
    ],
)
def test_terms_that_do_not_hold_keep_every_file_out(
    words: tuple[str, ...], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done, answer = told(capsys, "import", file(tmp_path, "one", steel()), *words)
    assert (done, [item["code"] for item in answer["findings"]]) == (2, [code])
    assert not DatasetImport.objects.exists()


def test_the_codes_of_licences_are_listed_and_no_file_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = told(capsys, "import", "--licences")
    assert code == 0
    assert {one["code"]: one["may_be_shared"] for one in answer["licences"]}["commercial"] is False
    code, answer = told(capsys, "import")
    assert (code, answer["findings"][0]["code"]) == (2, "import_files_missing")


def test_two_versions_of_a_dataset_are_set_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, amount in enumerate((1.8, 2.7), start=1):
        path = file(tmp_path, str(number), steel(amount, f"{number}.0", key="p-diff"))
        assert told(capsys, "import", path)[1]["stored"] == 1
    code, listed = told(capsys, "datasets", "list")
    assert (code, listed["total"]) == (0, 1)
    (row,) = listed["versions"]
    by_dataset = told(capsys, "datasets", "diff", row["dataset_id"])
    assert by_dataset == told(capsys, "datasets", "diff", row["id"], row["predecessor"])
    code, answer = by_dataset
    assert (code, answer["old"]["id"], answer["new"]["id"]) == (0, row["predecessor"], row["id"])
    (changed,) = [one for one in answer["exchanges"] if one["state"] == "changed"]
    assert (changed["before"]["amount"], changed["after"]["amount"]) == (1.8, 2.7)
    assert changed["relative"] == pytest.approx(0.5)  # (2.7 − 1.8) / 1.8
    assert main(["datasets", "diff", row["id"], "--lang", "en"]) == 0
    assert "+50.00%" in capsys.readouterr().out
    code, answer = told(capsys, "datasets", "diff", row["predecessor"])
    assert (code, answer["findings"][0]["code"]) == (2, "dataset_version_alone")
    for unknown in ("no such dataset", "00000000-0000-0000-0000-000000000000"):
        code, answer = told(capsys, "datasets", "diff", unknown)
        assert (code, answer["findings"][0]["code"]) == (2, "dataset_version_unknown")


def test_the_most_wanted_factors_are_told_and_no_holder_with_them(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "datasets", "wanted") == (0, {"smallest": 3, "factors": []})
    case = Play(world, "electrolytic-aluminium").until("granted")
    work()
    issuing.run(Issue.objects.get(case=case).id)
    work()
    (pool,) = told(capsys, "datasets", "wanted")[1]["factors"]
    assert (pool["factor"], pool["holders"], pool["emission"]) == ("", 0, None)
    assert pool["factors"] > 0
    assert told(capsys, "datasets", "wanted", "--release", "another")[1]["factors"] == []
    assert main(["datasets", "wanted", "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert f"{pool['factors']} other factors  [named by the author; " in shown
    assert pool["kinds"][0] == "named"


def test_a_release_of_the_platforms_databases_is_built_by_command(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    way = Way(world)
    way.found()
    way.until("published", steel(1.8, key="p-steel-command"))
    words = ("datasets", "release", "demo-command-1", "--version", "1", "--database", "demo-db")
    code, answer = told(capsys, *words)
    assert (code, answer["state"], answer["findings"]) == (0, "built", [])
    assert [pin["database"] for pin in answer["pins"]] == ["demo-db"]
    assert not Task.objects.filter(payload__contains=answer["id"]).exists()
    code, again = told(capsys, *words)
    assert (code, again["findings"][0]["code"]) == (2, "release_name_taken")
    code, later = told(capsys, *words[:2], "demo-command-2", *words[3:], "--later")
    assert (code, later["state"]) == (0, "waiting")
    work()
    assert PlatformRelease.objects.get(name="demo-command-2").state == "built"
    code, listed = told(capsys, "datasets", "releases")
    assert [(one["name"], one["state"]) for one in listed["releases"]] == [
        ("demo-command-2", "built"),
        ("demo-command-1", "built"),
    ]
    code, answer = told(capsys, *words[:2], "demo-command-3", "--version", "1", "--database", "nowhere")
    assert (code, answer["findings"][0]["code"]) == (2, "database_unknown")
