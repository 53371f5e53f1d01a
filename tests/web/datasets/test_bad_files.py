"""Files made to harm, broken ones and clashes, brought as anybody brings them: a reason is told, nothing changes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError

import foreign_files
from factories import World, client_of, make_actor
from tanbiao.cli.main import main
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.datasets import commands, handlers, queries
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion

pytestmark = pytest.mark.django_db

SECRET = "not for the sender"
GIGABYTE = 10**9


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return stream.getvalue()


def good() -> bytes:
    return zipped(foreign_files.openlca(2))


ECOSPOLD = (
    '<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold01"><dataset number="1"><metaInformation><processInformation>'
    '<referenceFunction name="steel making" amount="1" unit="kg"/><geography location="CN" text="{inside}"/>'
    "</processInformation></metaInformation><flowData><exchange number='1' name='steel' unit='kg' meanValue='1'>"
    "<outputGroup>0</outputGroup></exchange></flowData></dataset></ecoSpold>"
)


def with_entity(folder: Path) -> bytes:
    secret = folder / "secret.txt"
    secret.write_text(SECRET)
    declared = f'<!DOCTYPE ecoSpold [<!ENTITY x SYSTEM "file://{secret}">]>'
    return (declared + ECOSPOLD.format(inside="&x;")).encode()


def with_laughs(_: Path) -> bytes:
    grown = [f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10)]
    declared = f'<!DOCTYPE ecoSpold [<!ENTITY l0 "ha">{"".join(grown)}]>'
    return (declared + ECOSPOLD.format(inside="&l9;")).encode()


REFUSED: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "truncated zip": (lambda _: good()[:-40], "archive_malformed"),
    "zip cut in the middle": (lambda _: good()[: len(good()) // 2], "archive_malformed"),
    "zip slip": (lambda _: zipped({"../../etc/cron.d/x": b"* * * * *", **foreign_files.openlca(2)}), "archive_unsafe"),
    "zip bomb": (lambda _: zipped({"processes/a.json": bytes(50_000_000)}), "archive_too_large"),
    "external entity": (with_entity, "xml_unsafe"),
    "billion laughs": (with_laughs, "xml_unsafe"),
    "no text in any encoding": (lambda _: b"<ecoSpold>" + bytes(range(256)) * 20, "encoding_damaged"),
}


@pytest.fixture
def provider(world: World) -> Actor:
    return make_actor(world.alpha, Role.DATA_PROVIDER)


def state() -> list[tuple[object, ...]]:
    """Return everything that is kept of datasets."""
    return list(
        DatasetVersion.objects.order_by("id").values_list(
            "id", "content_hash", "is_newest", "predecessor_id", "source_id"
        )
    )


def brought(provider: Actor, data: bytes, name: str = "file.zip") -> DatasetImport:
    """Bring a file by the page as a browser does, and let the worker read it."""
    client = client_of(provider)
    answer = client.post("/imports/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code in (200, 302), answer.status_code
    record = DatasetImport.objects.order_by("-at", "-id")[0]
    return handlers.carry_through(record.id)


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_is_refused_with_its_reason_and_leaves_everything_as_it_was(
    case: str, provider: Actor, tmp_path: Path
) -> None:
    brought(provider, good())
    before = state()
    assert before
    make, code = REFUSED[case]
    record = brought(provider, make(tmp_path))
    assert record.state == "refused"
    assert code in [item["code"] for item in record.findings]
    assert state() == before
    assert record.pack == ""
    for lang in ("zh", "en"):
        page = client_of(provider, lang).get(f"/imports/{record.id}/").content.decode()
        assert code in page
        assert SECRET not in page
    assert SECRET not in json.dumps(record.findings)


def test_a_wrong_encoding_is_read_and_said(provider: Actor) -> None:
    text = '<?xml version="1.0" encoding="UTF-8"?>' + ECOSPOLD.format(inside="华北电网")
    record = brought(provider, text.encode("gb18030"), "gb.xml")
    assert (record.state, record.counts["stored"]) == ("done", 1)
    assert "encoding_guessed" in [item["code"] for item in record.findings]


def circular() -> dict[str, bytes]:
    """Return openLCA files whose categories, units, parameters and suppliers lead back to where they begin."""
    files = foreign_files.openlca(2)
    name = next(one for one in files if "steel" in one)
    process: dict[str, Any] = json.loads(files[name].decode("utf-8-sig"))
    ring = {"@id": "c1", "name": "ring", "@type": "Category"}
    process["category"] = ring
    process["exchanges"][0]["defaultProvider"] = {"@type": "Process", "@id": process["@id"]}
    process["parameters"] = [
        {"@type": "Parameter", "name": "a", "isInputParameter": False, "formula": "b + 1", "value": 1},
        {"@type": "Parameter", "name": "b", "isInputParameter": False, "formula": "a + 1", "value": 1},
    ]
    files[name] = json.dumps(process).encode()
    for one, other in (("c1", "c2"), ("c2", "c1")):
        body = {"@type": "Category", "@id": one, "name": one, "category": {"@type": "Category", "@id": other}}
        files[f"categories/{one}.json"] = json.dumps(body).encode()
    group = {"@type": "UnitGroup", "@id": "g", "name": "g", "defaultFlowProperty": {"@id": "q"}, "units": []}
    quantity = {"@type": "FlowProperty", "@id": "q", "name": "q", "unitGroup": {"@id": "g"}}
    files["unit_groups/g.json"] = json.dumps(group).encode()
    files["flow_properties/q.json"] = json.dumps(quantity).encode()
    return files


def test_references_in_a_circle_end_and_are_told(provider: Actor) -> None:
    record = brought(provider, zipped(circular()))
    assert record.state == "done"
    assert record.counts["stored"] == 1
    assert "foreign_formula_cycle" in [item["code"] for item in record.findings]


def test_an_id_with_other_content_is_quarantined_and_what_stands_does_not_change(provider: Actor) -> None:
    brought(provider, good())
    before = state()
    files = foreign_files.openlca(2)
    changed = {name: data.replace(b"1.8", b"9.9") for name, data in files.items()}
    record = brought(provider, zipped(changed))
    assert (record.counts["stored"], record.counts["quarantined"]) == (0, 1)
    assert "dataset_id_clash" in [item["code"] for item in record.findings]
    assert state() == before


def test_storing_that_breaks_half_way_keeps_nothing(provider: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    brought(provider, good())
    before = state()
    files = foreign_files.openlca(2)
    newer = {
        name: data.replace(b"1.8", b"1.9").replace(b'"@type": "Process"', b'"version": "2", "@type": "Process"')
        for name, data in files.items()
    }
    record = commands.bring(provider, filename="newer.zip", data=zipped(newer))

    def broken(*_: object, **_more: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(DatasetVersion.objects, "bulk_create", broken)
    with pytest.raises(DatabaseError):
        handlers.carry_through(record.id)
    assert state() == before
    assert DatasetImport.objects.get(id=record.id).state == "waiting"
    monkeypatch.undo()
    done = handlers.carry_through(record.id)
    assert (done.state, done.counts["stored"]) == ("done", 1)
    assert len(state()) == len(before) + 1
    assert queries.versions(provider).get().version != ""


@pytest.mark.parametrize(
    "start", [b"", ECOSPOLD[:60].encode(), b'{"@type": "Process", "exchanges": [', b"id;name;unit\n"]
)
def test_a_gigabyte_is_refused_by_the_command_within_little_memory(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "large.dat"
    with path.open("wb") as file:
        file.write(start)
        file.truncate(GIGABYTE)  # sparse: it takes no room
    code = (
        "import sys\n"
        "from tanbiao.cli.main import main\n"
        f"status = main(['inspect', {str(path)!r}, '--json'])\n"
        # Not getrusage: there a child begins with the peak of the process that started it.
        "peak = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(status, int(peak) // 1024, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    status, peak = (int(word) for word in done.stderr.split()[-2:])
    assert "Traceback" not in done.stderr
    assert status in (1, 2)
    assert json.loads(done.stdout)["findings"][0]["code"] == "archive_too_large"
    assert peak < 400, f"{peak} MB"


def test_a_gigabyte_is_refused_by_the_import_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("prepare_environment", "start_django", "migrate"):
        monkeypatch.setattr(f"tanbiao.cli.site.serve.{name}", lambda **_values: None)
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(GIGABYTE)
    real = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda one: pytest.fail("it was read") if one == path else real(one))
    assert main(["import", str(path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "archive_too_large"
    assert not DatasetImport.objects.exists()
