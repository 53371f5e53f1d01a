"""Several files brought as one import, by page, API and command: one job, findings by file, the same hashes."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client

from factories import World, api_token, client_of, make_actor
from foreign_files import FILES, MAKING
from tanbiao.cli.main import main
from tanbiao.formats.together import bundles
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.datasets import handlers, told
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion

pytestmark = pytest.mark.django_db

SEVERAL = [form for form, files in FILES.items() if len(files) > 1]
ILCD_HASH = "sha256:e98c4f7867135067168235afa0a432c0d964b0a795d574e71a962220de18714c"
"""Hash of the one dataset of the ILCD sample, the same on SQLite and PostgreSQL and however its files are brought."""


@pytest.fixture
def provider(world: World) -> Actor:
    return make_actor(world.alpha, Role.DATA_PROVIDER)


def uploads(files: dict[str, bytes], seed: int = 0) -> list[SimpleUploadedFile]:
    """Return files as a form sends them: no folders, in any order."""
    made = [SimpleUploadedFile(name.rpartition("/")[2], data) for name, data in files.items()]
    random.Random(seed).shuffle(made)
    return made


def dropped(actor: Actor, files: dict[str, bytes], seed: int = 0, **form: str) -> DatasetImport:
    """Send files by the page and let the worker read them."""
    answer = client_of(actor).post("/imports/", {"file": uploads(files, seed), **form})
    assert answer.status_code == 302, answer.content
    record = DatasetImport.objects.order_by("-at", "-id")[0]
    assert answer["Location"] == f"/imports/{record.id}/"
    return handlers.carry_through(record.id)


def test_loose_ilcd_files_are_one_import_with_the_counts_of_a_hand_count(provider: Actor) -> None:
    files = FILES["ilcd"]
    record = dropped(provider, files)
    # By hand: one process with three exchanges, one of them the reference, over three flows; nobody makes electricity.
    assert {key: record.counts[key] for key in ("processes", "exchanges", "reference_flows", "stored")} == {
        "processes": 1,
        "exchanges": 3,
        "reference_flows": 1,
        "stored": 1,
    }
    assert DatasetImport.objects.count() == 1
    assert record.filename == "c.xml +4"
    assert [name for name, _ in record.files] == ["c.xml", "m1.xml", "m2.xml", "s.xml", "炼钢.xml"]
    row = DatasetVersion.objects.get()
    assert (row.dataset_id, row.content_hash) == (MAKING, ILCD_HASH)


@pytest.mark.parametrize("form", SEVERAL)
def test_dropped_in_another_order_they_are_the_same_file_and_the_same_datasets(form: str, provider: Actor) -> None:
    first, again = dropped(provider, FILES[form], 1), dropped(provider, FILES[form], 2)
    assert (first.format, first.state, first.counts["stored"]) == (form, "done", 1)
    assert again.blob == first.blob
    assert (again.counts["stored"], again.counts["unchanged"]) == (0, 1)
    # A folder of the same files, with their folders, is other bytes and the same dataset.
    paths = [f"drop/{name}" for name in FILES[form]]
    sent = {"file": [SimpleUploadedFile(Path(name).name, data) for name, data in FILES[form].items()], "path": paths}
    assert client_of(provider).post("/imports/", sent).status_code == 302
    folder = handlers.carry_through(DatasetImport.objects.order_by("-at", "-id")[0].id)
    assert (folder.filename, [name for name, _ in folder.files]) == ("drop", sorted(FILES[form]))
    assert (folder.counts["stored"], folder.counts["unchanged"]) == (0, 1)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_finding_names_its_file_and_the_page_counts_them_by_file(provider: Actor, lang: str) -> None:
    record = dropped(provider, FILES["ilcd"] | {"note.txt": b"by hand", "picture.xml": b"\x89PNG\r\n\x1a\n"})
    names = {name for name, _ in record.files}
    placed = [item for item in record.findings if item["where"]]
    assert placed
    assert {told.file_of(item["where"], names) for item in placed} <= names
    assert record.counts["stored"] == 1
    by_file = {one.name: one.findings for one in told.files(record)}
    assert by_file["note.txt"] == 1
    assert by_file["picture.xml"] >= 1
    assert sum(by_file.values()) == len(placed)
    shown = client_of(provider, lang).get(f"/imports/{record.id}/?q=note.txt").content.decode()
    assert ("7 个文件合为一次导入" if lang == "zh" else "7 files were read as one import") in shown
    assert shown.count("dataset_file_not_read") >= 2
    assert ("未读取" if lang == "zh" else "was not read") in shown
    token: Any = api_token(provider)
    listed = Client().get(f"/api/v1/imports/{record.id}/files?limit=2", **token).json()
    assert len(listed) == 2
    assert listed[0]["findings"] >= listed[1]["findings"] >= 1


def test_files_of_two_formats_are_two_imports_on_the_page_and_refused_by_the_api(provider: Actor) -> None:
    files = FILES["ilcd"] | FILES["mapped-csv"]
    answer = client_of(provider).post("/imports/", {"file": uploads(files)})
    assert answer["Location"] == "/imports/"
    for record in DatasetImport.objects.all():
        assert handlers.carry_through(record.id).counts["stored"] == 1
    assert sorted(DatasetImport.objects.values_list("format", flat=True)) == ["ilcd", "mapped-csv"]
    token: Any = api_token(provider)
    refused = Client().post("/api/v1/imports", {"file": uploads(files)}, **token)
    assert (refused.status_code, refused.json()["code"]) == (422, "import_groups_several")
    assert "map.yaml +1" in refused.json()["detail"]
    assert DatasetImport.objects.count() == 2


def test_the_api_takes_a_list_of_files_with_their_folders(provider: Actor) -> None:
    token: Any = api_token(provider)
    made = Client().post("/api/v1/imports", {"file": uploads(FILES["ilcd"])}, **token)
    assert made.status_code == 202, made.content
    assert handlers.carry_through(made.json()["id"]).counts["stored"] == 1
    pairs = list(FILES["ilcd"].items())
    body = {
        "file": [SimpleUploadedFile(Path(name).name, data) for name, data in pairs],
        "path": [f"steel/{name}" for name, _ in pairs],
    }
    made = Client().post("/api/v1/imports", body, **token)
    assert (made.status_code, made.json()["filename"]) == (202, "steel")
    alone = Client().post("/api/v1/imports", {"file": uploads(FILES["ecospold2"])}, **token).json()
    assert Client().get(f"/api/v1/imports/{alone['id']}/files", **token).json() == []
    none = Client().post("/api/v1/imports", {}, **token)
    assert none.status_code == 422


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("sent", "code", "words"),
    [
        (
            {"file": [SimpleUploadedFile("a.xml", b"<a/>"), SimpleUploadedFile("a.xml", b"<b/>")]},
            "import_name_twice",
            {"zh": "两个名为“a.xml”", "en": "Two files are called a.xml"},
        ),
        (
            {"file": [SimpleUploadedFile("a.xml", b"<a/>")], "path": ["x/../../a.xml"]},
            "archive_unsafe",
            {"zh": "../../a.xml", "en": "../../a.xml"},
        ),
    ],
)
def test_what_cannot_be_told_apart_is_refused_with_its_name(
    provider: Actor, sent: dict[str, Any], code: str, words: dict[str, str], lang: str
) -> None:
    for one in sent["file"]:
        one.seek(0)
    answer = client_of(provider, lang).post("/imports/", sent)
    assert answer.status_code == 422
    assert words[lang] in answer.content.decode()
    for one in sent["file"]:
        one.seek(0)
    token: Any = api_token(provider)
    assert Client().post("/api/v1/imports", sent, **token).json()["code"] == code
    assert not DatasetImport.objects.exists()


def test_a_mapping_without_its_table_and_a_table_without_its_mapping_are_refused_by_name(provider: Actor) -> None:
    files = FILES["mapped-csv"]
    alone = dropped(provider, {"map.yaml": files["map.yaml"]})
    assert (alone.state, "mapping_without_table") == ("refused", alone.findings[-1]["code"])
    table = dropped(provider, {"表.csv": files["表.csv"]})
    assert table.state == "refused"
    assert table.findings[0]["code"] in ("format_unrecognised", "mapping_missing")
    both = dropped(provider, files)
    assert (both.state, both.counts["stored"]) == ("done", 1)


def test_too_many_and_too_large_are_refused_before_anything_is_kept(provider: Actor, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    answer = client_of(provider, "en").post("/imports/", {"file": uploads(FILES["ilcd"])})
    assert answer.status_code == 413
    assert "More than 3 files" in answer.content.decode()
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 100
    settings.TANBIAO_MAX_UPLOAD_BYTES = 4_000
    answer = client_of(provider, "en").post("/imports/", {"file": uploads(FILES["ilcd"])})
    assert answer.status_code == 413
    assert not DatasetImport.objects.exists()


def test_storing_that_breaks_leaves_the_datasets_as_they_were(provider: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped(provider, FILES["tidas"])
    before = list(DatasetVersion.objects.values_list("id", "content_hash", "is_newest", "source_id"))
    assert client_of(provider).post("/imports/", {"file": uploads(FILES["mapped-csv"])}).status_code == 302
    record = DatasetImport.objects.order_by("-at", "-id")[0]

    def broken(*_: object, **_more: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(DatasetVersion.objects, "bulk_create", broken)
    with pytest.raises(DatabaseError):
        handlers.carry_through(record.id)
    assert list(DatasetVersion.objects.values_list("id", "content_hash", "is_newest", "source_id")) == before
    monkeypatch.undo()
    assert handlers.carry_through(record.id).counts["stored"] == 1


def test_files_that_pack_tightly_are_no_bomb(provider: Actor) -> None:
    table = b"name,unit,amount\r\n" + b"a,kg,1\r\n" * 400_000  # 3.2 MB of one line: it packs to less than a 200th
    mapping = (
        "tanbiao: csv-mapping/1\nprocess: {name: {en: '{name}'}}\n"
        "reference: {flow: '{name}', amount: '{amount}', unit: '{unit}'}\n"
    )
    files = {"t.csv": table, "m.yaml": mapping.encode()}
    (packed,) = bundles(list(files.items()))
    assert len(packed.data) * 200 < len(table)
    assert dropped(provider, files).counts["processes"] == 1


def test_the_command_reads_paths_and_folders_together(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("prepare_environment", "start_django", "migrate"):
        monkeypatch.setattr(f"tanbiao.cli.site.serve.{name}", lambda **_values: None)
    for name, data in FILES["ilcd"].items():
        (tmp_path / Path(name).name).write_bytes(data)
    folder = tmp_path / "steel"
    for name, data in FILES["tidas"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    loose = [str(path) for path in tmp_path.glob("*.xml")]
    assert main(["import", *loose, "--json"]) == 0
    told_of = json.loads(capsys.readouterr().out)
    assert (told_of["file"], told_of["stored"], len(told_of["parts"])) == ("c.xml +4", 1, 5)
    assert DatasetVersion.objects.get().content_hash == ILCD_HASH
    main(["import", str(folder), *loose, "--json"])
    both = json.loads(capsys.readouterr().out)["files"]
    assert [(one["file"], one["format"]) for one in both] == [("steel", "tidas"), ("c.xml +4", "ilcd")]
    assert both[1]["unchanged"] == 1
    assert main(["import", str(tmp_path / "nowhere.xml"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "dataset_file_unreadable"
