"""Taking chosen versions out: every format, by page and API, and what a licence keeps in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from factories import World, api_token, client_of, make_actor
from tanbiao.cli.main import main
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.formats import registry
from tanbiao.formats.archive import Members
from tanbiao.formats.export import OWN_USE, TARGETS
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Invalid, NotAllowed
from tanbiao.web.datasets import commands, exporting, handlers
from tanbiao.web.datasets.models import DatasetVersion

pytestmark = pytest.mark.django_db

STEEL = Flow("f-steel", {"zh": "钢", "en": "steel"}, FlowKind.PRODUCT, unit="kg")
CO2 = Flow("f-co2", {"en": "Carbon dioxide, fossil"}, FlowKind.ELEMENTARY, categories=("air",), unit="kg")
MILL = Process(
    "p-1",
    {"zh": "炼钢", "en": "steel making"},
    ProcessKind.UNIT,
    (Exchange("f-steel", False, 1.0, "kg", id="1", is_reference=True), Exchange("f-co2", False, 1.8, "kg", id="2")),
    version="01.00.000",
    location="CN",
    licence="CC BY 4.0",
)


def kept(actor: Actor, *processes: Process, **terms: object) -> list[DatasetVersion]:
    """Keep processes as if the actor's file had held them."""
    record = commands.bring(actor, filename="steel.zip", data=b"PK hand-made", terms=commands.Terms(**terms))  # type: ignore[arg-type]
    inventory = Inventory("openlca-jsonld-2", processes, {"f-steel": STEEL, "f-co2": CO2})
    commands.store(handlers.SYSTEM, import_id=record.id, inventory=inventory, findings=())
    return list(DatasetVersion.objects.filter(source=record).order_by("dataset_id"))


@pytest.fixture
def provider(world: World) -> Actor:
    return make_actor(world.alpha, Role.DATA_PROVIDER)


@pytest.fixture
def page(provider: Actor) -> Client:
    return client_of(provider)


def address(rows: list[DatasetVersion], form: str = "", *, own: bool = False) -> str:
    named = "&".join(f"version={row.id}" for row in rows)
    return f"?{named}" + (f"&format={form}" if form else "") + ("&own=1" if own else "")


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_chosen_versions_come_out_in_every_format(target: object, provider: Actor, page: Client) -> None:
    rows = kept(provider, MILL, replace(MILL, id="p-2", name={"en": "second mill"}))
    answer = page.get(f"/datasets/export/file/{address(rows, target.name)}")  # type: ignore[attr-defined]
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment;")
    if target.name != "brightway":  # type: ignore[attr-defined]
        read = registry.read(Members.of_bytes(answer.content, f"x{target.ending}"))  # type: ignore[attr-defined]
        assert sorted(one.exchanges[1].amount for one in read.processes) == [1.8, 1.8]


def test_the_page_tells_what_a_file_leaves_out_before_it_is_taken(provider: Actor, page: Client) -> None:
    rows = kept(provider, MILL)
    shown = page.get(f"/datasets/{rows[0].id}/").content.decode()
    assert f"/datasets/export/?version={rows[0].id}" in shown
    listed = page.get("/datasets/").content.decode()
    assert f'form="export" name="version" value="{rows[0].id}"' in listed
    prepared = page.get(f"/datasets/export/{address(rows, 'openlca')}", headers={"accept-language": "en"})
    text = prepared.content.decode()
    assert "names in further languages" in text
    assert f"/datasets/export/file/?version={rows[0].id}&amp;format=openlca" in text
    assert (
        "The file holds everything."
        in page.get(f"/datasets/export/{address(rows, 'csv')}", headers={"accept-language": "en"}).content.decode()
    )


def test_what_must_not_be_passed_on_stays_in_but_for_its_holder(provider: Actor, page: Client) -> None:
    rows = kept(provider, replace(MILL, licence=""), licence="commercial")
    refused = page.get(f"/datasets/export/{address(rows, 'csv')}")
    assert refused.status_code == 422
    assert "炼钢" in refused.content.decode()
    assert page.get(f"/datasets/export/file/{address(rows, 'csv')}").status_code == 422
    taken = page.get(f"/datasets/export/file/{address(rows, 'csv', own=True)}")
    (read,) = registry.read(Members.of_bytes(taken.content, "x.zip")).processes
    assert read.licence.startswith(OWN_USE)


def test_strangers_see_nothing_and_readers_may_not_claim_own_use(world: World, provider: Actor) -> None:
    rows = kept(provider, replace(MILL, licence=""))
    stranger = make_actor(world.beta, Role.DATA_PROVIDER)
    assert client_of(stranger).get(f"/datasets/export/file/{address(rows, 'csv')}").status_code == 404
    shared = kept(provider, replace(MILL, id="p-3"), licence="CC-BY-4.0", is_shared=True)
    assert client_of(stranger).get(f"/datasets/export/file/{address(shared, 'csv')}").status_code == 200
    # A row whose words forbid passing on is not shared by any command; were it so, it still stayed in.
    chosen = exporting.chosen(stranger, [shared[0].id])
    chosen[0].licence = "internal use only"
    with pytest.raises(NotAllowed) as caught:
        exporting.exported(stranger, chosen, "csv", own=True)
    assert caught.value.code == "export_not_own"


def test_wrong_choices_are_refused(provider: Actor, page: Client) -> None:
    rows = kept(provider, MILL)
    assert page.get("/datasets/export/").status_code == 422
    assert page.get("/datasets/export/?version=nonsense").status_code == 422
    assert page.get(f"/datasets/export/file/{address(rows, 'word')}").status_code == 422
    with pytest.raises(Invalid) as caught:
        exporting.chosen(provider, [rows[0].id, *(uuid4() for _ in range(200))])
    assert caught.value.code == "export_too_many"


def test_the_api_tells_and_gives_the_same(provider: Actor) -> None:
    rows = kept(provider, MILL)
    token: Any = api_token(provider)
    told = Client().get(f"/api/v1/dataset-exports{address(rows, 'csv')}", **token)
    assert told.status_code == 200, told.content
    body = told.json()
    file = Client().get(f"/api/v1/dataset-exports/file{address(rows, 'csv')}", **token)
    assert (body["processes"], body["bytes"], body["findings"]) == (1, len(file.content), [])
    assert Client().get(f"/api/v1/dataset-exports{address(rows, 'word')}", **token).status_code == 422
    assert Client().get(f"/api/v1/dataset-exports{address(rows, 'csv')}").status_code == 401


def test_what_was_said_when_a_file_was_brought_holds_beside_the_datasets_own_words(provider: Actor) -> None:
    rows = kept(provider, replace(MILL, licence="Copyright 2024"), licence="commercial", rights_holder="a database")
    with pytest.raises(Invalid) as refused:
        exporting.exported(provider, rows, "csv")
    assert refused.value.code == "export_licence_forbids"
    made = exporting.exported(provider, rows, "csv", own=True)
    read = registry.read(Members.of_bytes(made.data, "x.zip"))
    assert read.processes[0].licence.startswith(f"{OWN_USE}; Copyright 2024; ")


def test_the_command_takes_out_what_the_platform_owns(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("prepare_environment", "start_django", "migrate"):
        monkeypatch.setattr(f"tanbiao.cli.site.serve.{name}", lambda **_values: None)
    kept(handlers.SYSTEM, MILL)
    kept(make_actor(world.alpha, Role.DATA_PROVIDER), replace(MILL, id="p-private"))
    path = tmp_path / "out.zip"
    assert main(["export", "platform", str(path), "--format", "openlca", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["processes"] == 1
    assert len(registry.read(Members.open(path)).processes) == 1
    kept(handlers.SYSTEM, replace(MILL, id="p-held", licence="no redistribution"))
    words = ["export", "platform", str(path), "--format", "csv", "--force", "--json"]
    assert main(words) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "export_licence_forbids"
    assert main([*words, "--own"]) == 0
    assert main([*words, "--database", "nowhere"]) == 2
