"""Bringing dataset files: kept whole or not at all, versions that never change, nothing seen by strangers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import World, api_token, client_of, make_actor
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.core.findings import Severity, finding
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.datasets import commands, handlers, queries
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion

pytestmark = pytest.mark.django_db

STEEL = Flow("f-steel", {"zh": "钢", "en": "steel"}, FlowKind.PRODUCT)
CO2 = Flow("f-co2", {"en": "carbon dioxide"}, FlowKind.ELEMENTARY, categories=("air",))


def steel(amount: float = 1.8, version: str = "1.0", key: str = "p-1") -> Process:
    """Return steel making that emits so much."""
    made = Exchange("f-steel", False, 1.0, "kg", is_reference=True)
    return Process(
        key,
        {"zh": "炼钢", "en": "steel making"},
        ProcessKind.UNIT,
        (made, Exchange("f-co2", False, amount, "kg")),
        version=version,
        location="CN",
    )


def inventory(*processes: Process) -> Inventory:
    """Return an inventory of processes."""
    return Inventory("openlca-jsonld-2", processes, {"f-steel": STEEL, "f-co2": CO2})


def imported(actor: Actor, content: Inventory) -> DatasetImport:
    """Store an inventory as if the actor's file had held it."""
    record = commands.bring(actor, filename="steel.zip", data=b"PK hand-made")
    return commands.store(handlers.SYSTEM, import_id=record.id, inventory=content, findings=content.findings)


@pytest.fixture
def provider(world: World) -> Actor:
    """Return a data provider of the first enterprise."""
    return make_actor(world.alpha, Role.DATA_PROVIDER)


def test_a_process_is_kept_with_its_hash_and_read_back(provider: Actor) -> None:
    record = imported(provider, inventory(steel()))
    assert (record.state, record.counts["stored"], record.counts["exchanges"]) == ("done", 1, 2)
    row = queries.versions(provider).get()
    document = queries.document(row)
    assert document["process"]["exchanges"][1] == {"flow": "f-co2", "is_input": False, "amount": 1.8, "unit": "kg"}
    assert set(document["flows"]) == {"f-steel", "f-co2"}
    # The canonical JSON (RFC 8785) written by hand: the same hash on every database and in every run.
    flows = (
        '{"f-co2":{"categories":["air"],"id":"f-co2","kind":"elementary","name":{"en":"carbon dioxide"}},'
        '"f-steel":{"id":"f-steel","kind":"product","name":{"en":"steel","zh":"钢"}}}'
    )
    process = (
        '{"exchanges":[{"amount":1,"flow":"f-steel","is_input":false,"is_reference":true,"unit":"kg"},'
        '{"amount":1.8,"flow":"f-co2","is_input":false,"unit":"kg"}],"id":"p-1","kind":"unit_process","location":"CN",'
        '"name":{"en":"steel making","zh":"炼钢"},"version":"1.0"}'
    )
    written = f'{{"flows":{flows},"format":"openlca-jsonld-2","process":{process},"schema":"tanbiao-process/1"}}'
    assert row.content_hash == "sha256:" + hashlib.sha256(written.encode()).hexdigest()


def test_the_same_content_twice_is_one_version_and_a_new_version_names_the_old(provider: Actor) -> None:
    imported(provider, inventory(steel()))
    again = imported(provider, inventory(steel()))
    assert (again.counts["stored"], again.counts["unchanged"]) == (0, 1)
    imported(provider, inventory(steel(1.9, "1.1")))
    newest = queries.versions(provider).get()
    assert newest.version == "1.1"
    assert newest.predecessor is not None
    assert newest.predecessor.version == "1.0"
    assert queries.changes(newest) == [
        {"part": "process", "key": "version", "before": "1.0", "after": "1.1"},
        {"part": "exchange", "key": "carbon dioxide ←", "before": "1.8 kg", "after": "1.9 kg"},
    ]
    assert [row.version for row in queries.history(provider, newest)] == ["1.1", "1.0"]


def test_other_content_under_the_same_version_is_quarantined(provider: Actor) -> None:
    imported(provider, inventory(steel()))
    record = imported(provider, inventory(steel(9.9), steel(1.0, "1.0", "p-2")))
    assert (record.counts["stored"], record.counts["quarantined"]) == (1, 1)
    assert [item["code"] for item in record.findings] == ["dataset_id_clash"]
    assert (
        queries.document(queries.versions(provider).get(dataset_id="p-1"))["process"]["exchanges"][1]["amount"] == 1.8
    )
    twice = imported(provider, inventory(steel(3.0, "1.0", "p-3"), steel(4.0, "1.0", "p-3")))
    assert (twice.counts["stored"], twice.counts["quarantined"]) == (1, 1)


def test_a_file_that_cannot_be_read_is_kept_and_told_and_stores_nothing(provider: Actor) -> None:
    record = commands.bring(provider, filename="table.pdf", data=b"%PDF-1.7\n%%EOF\n")
    done = handlers.carry_through(record.id)
    assert done.state == "refused"
    assert done.findings
    assert not DatasetVersion.objects.exists()
    assert handlers.carry_through(record.id).state == "refused"
    with pytest.raises(Conflict) as closed:
        commands.refuse(handlers.SYSTEM, import_id=record.id, findings=())
    assert closed.value.code == "import_closed"


def test_what_is_no_file_or_no_format_is_refused_at_once(provider: Actor) -> None:
    for arguments, code in (
        ({"data": b""}, "file_empty"),
        ({"data": b"x", "asked_format": "papyrus"}, "format_unknown"),
    ):
        with pytest.raises(Invalid) as refused:
            commands.bring(provider, filename="a.zip", **arguments)  # type: ignore[arg-type]
        assert refused.value.code == code
    assert not DatasetImport.objects.exists()


def test_only_the_system_stores_and_only_bringers_bring(world: World, provider: Actor) -> None:
    record = commands.bring(provider, filename="a.zip", data=b"PK")
    with pytest.raises(NotAllowed):
        commands.store(provider, import_id=record.id, inventory=inventory(steel()), findings=())
    with pytest.raises(NotAllowed):
        commands.bring(world.actor(world.authority), filename="a.zip", data=b"PK")


def test_another_organisation_sees_neither_file_nor_dataset(world: World, provider: Actor) -> None:
    record = imported(provider, inventory(steel()))
    row = queries.versions(provider).get()
    stranger = make_actor(world.beta, Role.DATA_PROVIDER)
    assert not queries.imports(stranger).exists()
    assert not queries.versions(stranger).exists()
    with pytest.raises(NotFound):
        queries.dataset_import(stranger, record.id)
    browser = client_of(stranger)
    for address in (f"/imports/{record.id}/", f"/imports/{record.id}/findings.csv", f"/datasets/{row.id}/"):
        assert browser.get(address).status_code == 404
    token: Any = api_token(stranger)
    for address in (f"imports/{record.id}", f"imports/{record.id}/findings", f"dataset-versions/{row.id}"):
        assert Client().get(f"/api/v1/{address}", **token).status_code == 404


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pages_show_what_became_of_a_file(provider: Actor, lang: str) -> None:
    browser = client_of(provider, lang)
    file = SimpleUploadedFile("evil=.csv", b"%PDF-1.7\n%%EOF\n")
    answer = browser.post("/imports/", {"file": file})
    assert answer.status_code == 302
    address = answer["Location"]
    record = DatasetImport.objects.get()
    assert ("正在读取" if lang == "zh" else "being read") in browser.get(address).content.decode()
    handlers.carry_through(record.id)
    shown = browser.get(address).content.decode()
    assert ("无法读取" if lang == "zh" else "could not be read") in shown
    assert browser.post("/imports/", {}).status_code == 422
    doubt = finding("dataset_id_clash", Severity.ERROR, '=HYPERLINK("x")', dataset="d", version="1")
    kept = imported(provider, replace(inventory(steel()), findings=(doubt,)))
    shown = browser.get(f"/imports/{kept.id}/?code=dataset_id_clash").content.decode()
    assert "dataset_id_clash" in shown
    exported = browser.get(f"/imports/{kept.id}/findings.csv").content.decode()
    assert "\"'=HYPERLINK(" in exported
    listing = browser.get("/datasets/?q=" + ("炼钢")).content.decode()
    assert "炼钢" in listing
    row = queries.versions(provider).get()
    assert ("钢" if lang == "zh" else "steel") in browser.get(f"/datasets/{row.id}/").content.decode()


def test_the_api_brings_and_tells(provider: Actor) -> None:
    token: Any = api_token(provider)
    file = SimpleUploadedFile("a.zip", b"PK\x03\x04 cut off")
    made = Client().post("/api/v1/imports", {"file": file}, **token)
    assert made.status_code == 202, made.content
    handlers.carry_through(made.json()["id"])
    told = Client().get(f"/api/v1/imports/{made.json()['id']}", **token).json()
    assert told["state"] == "refused"
    assert Client().get(f"/api/v1/imports/{told['id']}/findings", **token).json()[0]["remedy"]
    record = imported(provider, inventory(steel()))
    row = Client().get("/api/v1/dataset-versions", **token).json()["items"][0]
    assert row["exchanges"] == 2
    assert Client().get(f"/api/v1/dataset-versions/{row['id']}", **token).json()["process"]["id"] == "p-1"
    assert Client().get(f"/api/v1/dataset-versions/{row['id']}/changes", **token).json() == []
    assert record.counts["processes"] == 1
