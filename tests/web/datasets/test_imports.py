"""Bringing dataset files: kept whole or not at all, versions that never change, nothing seen by strangers."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client

from factories import World, api_token, client_of, make_actor
from tanbiao.core.dataset.inventory import Classified, Exchange, Flow, FlowKind, Inventory, Level, Process, ProcessKind
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web import licences
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.datasets import commands, handlers, queries, told
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.finding_table import Wanted
from tanbiao.web.ledger import tasks

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


FROZEN = sorted(field.column for field in DatasetVersion._meta.local_concrete_fields if field.column != "is_newest")


@pytest.mark.parametrize("column", FROZEN)
def test_the_database_itself_changes_no_column_of_a_version_but_which_is_newest(provider: Actor, column: str) -> None:
    imported(provider, inventory(steel()))
    row = DatasetVersion.objects.get()
    # NULL is another value than any of these columns but the predecessor's has here: the trigger comes before NOT NULL.
    other = f"'{row.id}'" if column == "predecessor_id" else "NULL"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'UPDATE datasets_datasetversion SET "{column}" = {other}')
    assert DatasetVersion.objects.get().content_hash == row.content_hash
    DatasetVersion.objects.update(is_newest=False)
    assert not DatasetVersion.objects.get().is_newest


def test_the_database_itself_deletes_no_version(provider: Actor) -> None:
    imported(provider, inventory(steel()))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM datasets_datasetversion")
    assert DatasetVersion.objects.count() == 1


def test_the_same_content_twice_is_one_version_and_a_new_version_names_the_old(provider: Actor) -> None:
    imported(provider, inventory(steel()))
    again = imported(provider, inventory(steel()))
    assert (again.counts["stored"], again.counts["unchanged"]) == (0, 1)
    imported(provider, inventory(steel(1.9, "1.1")))
    newest = queries.versions(provider).get()
    assert newest.version == "1.1"
    assert newest.predecessor is not None
    assert newest.predecessor.version == "1.0"
    assert queries.changes(provider, newest) == [
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
    assert ("正在排队" if lang == "zh" else "waits for its turn") in browser.get(address).content.decode()
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


def test_the_page_shows_every_classification_with_its_codes(provider: Actor) -> None:
    metals = Classified((Level(0, "Basic metals", "41"), Level(1, "Iron or steel", "412")), "CPC 2.1")
    plain = Classified((Level(0, "Materials"), Level(1, "Metals")))
    made = replace(steel(), categories=("Materials", "Metals"), classifications=(plain, metals))
    content = inventory(made)
    content = replace(content, flows={**content.flows, "f-steel": replace(STEEL, classifications=(metals,))})
    imported(provider, content)
    row = queries.versions(provider).get()
    kept = queries.document(row)["process"]["classifications"][1]
    assert kept == {
        "system": "CPC 2.1",
        "levels": [
            {"level": 0, "name": "Basic metals", "code": "41"},
            {"level": 1, "name": "Iron or steel", "code": "412"},
        ],
    }
    for lang, words in (("zh", ("分类", "产品的分类")), ("en", ("Classifications", "Classifications of the product"))):
        shown = client_of(provider, lang).get(f"/datasets/{row.id}/").content.decode()
        assert all(f"<dt>{word}</dt>" in shown for word in words)
        assert (
            shown.count("<strong>CPC 2.1</strong> <code>41</code> Basic metals › <code>412</code> Iron or steel") == 2
        )
        assert "Materials ›  Metals" in shown


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


def doubts() -> tuple[Finding, ...]:
    """Return findings of three weights about two places."""
    return (
        finding("dataset_id_clash", Severity.WARNING, "processes/p-1.json exchanges[1]", dataset="d", version="1"),
        finding("import_findings_cut", Severity.INFO, "units", more=7),
        finding("dataset_id_clash", Severity.ERROR, "elsewhere", dataset="e", version="2"),
    )


def test_findings_are_filtered_sorted_and_named_after_their_dataset(provider: Actor) -> None:
    record = imported(provider, replace(inventory(steel()), findings=doubts()))
    assert record.severities == {"warning": 1, "info": 1, "error": 1}
    everything = told.told(record, "zh")
    assert [item.severity for item in everything] == ["error", "warning", "info"]
    assert [item.process for item in everything] == ["", "炼钢", ""]
    assert everything[1].href == f"/datasets/{queries.versions(provider).get().id}/"
    for wanted, places in (
        (Wanted(severity="info"), ["units"]),
        (Wanted(code="dataset_id_clash"), ["elsewhere", "processes/p-1.json exchanges[1]"]),
        (Wanted(text="炼钢"), ["processes/p-1.json exchanges[1]"]),
        (Wanted(sort="code"), ["elsewhere", "processes/p-1.json exchanges[1]", "units"]),
        (Wanted(severity="info", text="elsewhere"), []),
    ):
        assert [item.where for item in told.told(record, "zh", wanted)] == places, wanted
    groups = told.groups(record, "en")
    assert [(one.code, one.severity, one.count) for one in groups] == [
        ("dataset_id_clash", "error", 1),
        ("dataset_id_clash", "warning", 1),
        ("import_findings_cut", "info", 1),
    ]
    assert all(one.example["remedy"] for one in groups)


def test_findings_leave_as_csv_and_excel_as_they_are_filtered(provider: Actor) -> None:
    record = imported(provider, replace(inventory(steel()), findings=doubts()))
    browser = client_of(provider, "en")
    workbook = browser.get(f"/imports/{record.id}/findings.xlsx?severity=warning")
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("severity", "code", "process", "where", "message", "remedy")
    assert [row[2:4] for row in rows[1:]] == [("炼钢", "processes/p-1.json exchanges[1]")]
    assert browser.get(f"/imports/{record.id}/findings.pdf").status_code == 404
    token: Any = api_token(provider)
    asked = Client().get(f"/api/v1/imports/{record.id}/findings?severity=warning&q=炼钢", **token)
    assert [item["process"] for item in asked.json()] == ["炼钢"]
    assert Client().get(f"/api/v1/imports/{record.id}/findings?severity=heavy", **token).status_code == 422


def test_what_could_not_be_read_is_read_again_and_what_was_read_is_not(provider: Actor, world: World) -> None:
    record = commands.bring(provider, filename="table.pdf", data=b"%PDF-1.7\n%%EOF\n")
    with pytest.raises(Conflict) as busy:
        commands.retry(provider, import_id=record.id)
    assert busy.value.code == "import_being_read"
    handlers.carry_through(record.id)
    again = commands.retry(provider, import_id=record.id, asked_format="ilcd")
    assert (again.state, again.attempt, again.findings) == ("waiting", 2, [])
    tasks.run_next()
    tasks.run_next()
    again.refresh_from_db()
    assert again.state == "refused"
    with pytest.raises(NotFound):
        commands.retry(make_actor(world.beta, Role.DATA_PROVIDER), import_id=record.id)
    done = imported(provider, inventory(steel()))
    with pytest.raises(Conflict) as closed:
        commands.retry(provider, import_id=done.id)
    assert closed.value.code == "import_closed"
    assert client_of(provider).post(f"/imports/{done.id}/retry/").status_code == 409


def test_a_reading_that_broke_is_told_and_can_be_tried_again(provider: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    record = commands.bring(provider, filename="a.csv", data=b"x")

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(handlers.inspection, "inspect", broken)
    monkeypatch.setattr(tasks, "MAX_ATTEMPTS", 1)
    tasks.run_next()
    assert queries.progress(provider, record).step == "failed"
    shown = client_of(provider, "en").get(f"/imports/{record.id}/").content.decode()
    assert "Reading broke off" in shown
    assert "the disk is gone" not in shown
    assert client_of(provider).get(f"/imports/{record.id}/progress/")["HX-Refresh"] == "true"
    monkeypatch.undo()
    assert client_of(provider).post(f"/imports/{record.id}/retry/").status_code == 302
    assert queries.progress(provider, DatasetImport.objects.get()).step == "queued"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (commands.Terms(licence="GPL"), "licence_unknown"),
        (commands.Terms(licence="other"), "licence_not_named"),
        (commands.Terms(is_shared=True), "licence_forbids_sharing"),
        (commands.Terms(licence="commercial", is_shared=True), "licence_forbids_sharing"),
    ],
)
def test_terms_that_do_not_hold_are_refused(provider: Actor, terms: commands.Terms, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        commands.bring(provider, filename="a.zip", data=b"PK", terms=terms)
    assert refused.value.code == code


def test_what_is_shared_is_read_by_others_and_a_closed_dataset_in_it_is_not(world: World, provider: Actor) -> None:
    terms = commands.Terms(licence="CC-BY-4.0", rights_holder="某研究院", is_shared=True)
    closed = replace(steel(2.0, key="p-2"), licence="CC BY-NC 4.0")
    record = commands.bring(provider, filename="steel.zip", data=b"PK", terms=terms)
    kept = commands.store(handlers.SYSTEM, import_id=record.id, inventory=inventory(steel(), closed), findings=())
    assert [item["code"] for item in kept.findings] == ["datasets_kept_private"]
    stranger = make_actor(world.beta, Role.DATA_PROVIDER)
    assert [row.dataset_id for row in queries.versions(stranger)] == ["p-1"]
    row = queries.versions(stranger).get()
    assert row.licence == "CC BY 4.0 (某研究院)"
    shown = client_of(stranger).get(f"/datasets/{row.id}/").content.decode()
    assert "炼钢" in shown
    assert str(record.id) not in shown
    assert not queries.imports(stranger).exists()
    # What came before it and was never shared stays its owner's.
    assert queries.changes(stranger, row) == []


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("CC BY 4.0", True),
        ("CC-BY-SA 4.0", True),
        ("https://creativecommons.org/licenses/by/4.0/", True),
        ("U.S. public domain", True),
        ("Open Government Licence v3.0", True),
        ("CC BY-NC 4.0", False),
        ("CC BY-ND 4.0", False),
        ("ecoinvent EULA", False),
        ("公有领域，但不得再分发", False),
        ("", False),
    ],
)
def test_only_known_open_licences_are_open(text: str, is_open: bool) -> None:
    assert licences.is_open_text(text) is is_open


def test_several_files_are_taken_and_a_refused_one_keeps_none_out(provider: Actor) -> None:
    browser = client_of(provider, "en")
    good = [SimpleUploadedFile(f"{name}.csv", b"x") for name in "ab"]
    answer = browser.post("/imports/", {"file": [*good, SimpleUploadedFile("c.csv", b"")]})
    assert answer.status_code == 422
    assert sorted(DatasetImport.objects.values_list("filename", flat=True)) == ["a.csv", "b.csv"]
    assert "a.csv" in answer.content.decode()
    both = browser.post("/imports/", {"file": [SimpleUploadedFile(f"{name}.csv", b"x") for name in "de"]})
    assert both["Location"] == "/imports/"
    assert DatasetImport.objects.count() == 4


def test_two_versions_are_set_side_by_side(provider: Actor, world: World) -> None:
    for amount, number in ((1.8, "1.0"), (1.9, "1.1"), (0.9, "1.2")):
        imported(provider, inventory(steel(amount, number)))
    other = imported(provider, inventory(steel(key="p-9")))
    newest = queries.versions(provider).get(dataset_id="p-1")
    first = queries.history(provider, newest).last()
    assert first is not None
    token: Any = api_token(provider)
    address = f"/api/v1/dataset-versions/{newest.id}/compare"
    told = Client().get(address, **token).json()
    # Against the version before: 1.9 to 0.9 kg is −10/19; against the first: 1.8 to 0.9 is half.
    assert told["old"]["version"] == "1.1"
    assert told["counts"]["exchanges"] == {"changed": 1, "added": 0, "removed": 0, "same": 1}
    assert told["exchanges"][1]["relative"] == pytest.approx(-10 / 19, rel=1e-12)
    told = Client().get(f"{address}?old={first.id}", **token).json()
    assert told["exchanges"][1]["relative"] == -0.5
    assert [item["key"] for item in told["fields"] if item["state"] == "changed"] == ["version"]
    foreign = queries.versions(provider, brought_by=other.id).get()
    refused = Client().get(f"{address}?old={foreign.id}", **token)
    assert (refused.status_code, refused.json()["code"]) == (422, "dataset_versions_differ")
    alone = Client().get(f"/api/v1/dataset-versions/{foreign.id}/compare", **token)
    assert (alone.status_code, alone.json()["code"]) == (404, "dataset_version_alone")
    for lang, word in (("zh", "修改"), ("en", "changed")):
        browser = client_of(provider, lang)
        shown = browser.get(f"/datasets/{newest.id}/compare/?old={first.id}&show=all").content.decode()
        assert "-50.0 %" in shown
        assert word in shown
        # Fields by their names, not by their keys; a kind in words.
        for said in ("版本", "名称", "单元过程") if lang == "zh" else ("version", "name in Chinese", "unit process"):
            assert said in shown
        assert "<code>name.zh</code>" not in shown
        assert browser.get(f"/datasets/{foreign.id}/compare/").status_code == 200
    saved = client_of(provider).get(f"/datasets/{newest.id}/compare.csv?old={first.id}").content.decode()
    assert "changed,output,carbon dioxide,1.8,kg,0.9,kg,-0.5,amount" in saved.splitlines()
    stranger = client_of(make_actor(world.beta, Role.DATA_PROVIDER))
    assert stranger.get(f"/datasets/{newest.id}/compare/").status_code == 404
