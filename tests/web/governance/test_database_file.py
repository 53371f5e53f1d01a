"""The published datasets of a database as a file: everybody's where it is open, and never what must stay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from factories import World, client_of
from tanbiao.core.dataset.inventory import Inventory
from tanbiao.formats import registry
from tanbiao.formats.archive import Members
from tanbiao.web.accounts.actor import ANONYMOUS
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.datasets import commands as datasets
from tanbiao.web.datasets import handlers
from tanbiao.web.datasets.models import DatasetVersion
from tanbiao.web.governance import commands, exporting
from web.governance.judging import Way, steel

pytestmark = pytest.mark.django_db


def held(content: Inventory, words: str) -> Inventory:
    return replace(content, processes=tuple(replace(one, licence=words) for one in content.processes))


@pytest.mark.requirement("NAT-05a", "NAT-09a", "SD-03a")
def test_databases_of_several_owners_and_levels_stand_beside_each_other_with_their_licences(world: World) -> None:
    way = Way(world)
    founded = [
        (way.authority, "prov-db", "provincial", "public", "CC-BY-4.0"),
        (way.secretariat, "paid-db", "industry", "registered", "commercial"),
    ]
    for actor, key, level, tier, terms in founded:
        said = {"key": key, "name_zh": key, "name_en": key, "level": level, "access": tier, "licence": terms}
        commands.found_database(actor, **said)
    listed = client_of(way.provider, "en").get("/api/v1/databases").json()["items"]
    seen = {one["key"]: (one["owner"], one["level"], one["access"], one["licence"]) for one in listed}
    assert seen == {
        key: (actor.organisation.name("en"), level, tier, terms)  # type: ignore[union-attr]
        for actor, key, level, tier, terms in founded
    }
    page = client_of(way.provider, "en").get("/databases/paid-db/").content.decode()
    assert "commercial" in page
    assert [one["key"] for one in client_of(None).get("/api/v1/databases").json()["items"]] == ["prov-db"]


@pytest.mark.requirement("NAT-05b")
@pytest.mark.parametrize("name", ["openlca", "ilcd", "excel", "csv"])
def test_a_visitor_takes_what_is_published(world: World, name: str) -> None:
    way = Way(world)
    way.found()
    way.until("published")
    visitor = client_of(None, "en")
    assert "/databases/demo-db/file/?format=openlca" in visitor.get("/databases/demo-db/").content.decode()
    answer = visitor.get(f"/databases/demo-db/file/?format={name}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment;")
    read = registry.read(Members.of_bytes(answer.content, "x.xlsx" if name == "excel" else "x.zip"))
    assert [one.exchanges[1].amount for one in read.processes] == [1.8]
    assert "CC BY 4.0" in read.processes[0].licence
    by_api = visitor.get(f"/api/v1/databases/demo-db/file?format={name}")
    assert by_api.status_code == 200


def test_a_draft_is_in_no_file_and_a_refusal_comes_back_on_the_page(world: World) -> None:
    way = Way(world)
    way.found()
    way.begin()
    answer: Any = client_of(None, "en").get("/databases/demo-db/file/?format=csv", follow=True)
    assert answer.status_code == 200
    assert "There is no dataset to export" in answer.content.decode()
    assert client_of(None).get("/databases/nowhere/file/?format=csv").status_code == 404


def test_a_dataset_that_must_not_be_passed_on_is_named_and_stays_in(world: World) -> None:
    way = Way(world)
    other = Way(world, reviewers=way.reviewers)
    way.found()
    way.until("published")
    # The lifecycle does not let it come this far; the file would still not hold it.
    other.begin(held(steel(2.0, key="p-held"), "proprietary, all rights reserved"))
    type(other.entry).objects.filter(id=other.id).update(state="published")
    for actor in (ANONYMOUS, other.provider, other.authority):
        made = exporting.exported(actor, "demo-db", "csv")
        assert made.processes == 1
        assert [one.code for one in made.findings] == ["export_held_back"]
        assert [one.id for one in registry.read(Members.of_bytes(made.data, "x.zip")).processes] == ["p-steel"]


def test_what_was_brought_under_a_commercial_licence_stays_in_though_its_own_words_forbid_nothing(
    world: World,
) -> None:
    way = Way(world)
    way.found()
    terms = datasets.Terms(licence="commercial", rights_holder="a database")
    record = datasets.bring(way.provider, filename="x.zip", data=b"PK hand-made", terms=terms)
    content = held(steel(), "Copyright 2024")
    datasets.store(handlers.SYSTEM, import_id=record.id, inventory=content, findings=())
    version = DatasetVersion.objects.get(source=record)
    way.entry_id = commands.open_dataset(way.provider, database="demo-db", version_id=version.id).id
    way.describe()
    type(way.entry).objects.filter(id=way.id).update(state="published")
    with pytest.raises(Invalid) as refused:
        exporting.exported(ANONYMOUS, "demo-db", "csv")
    assert [one.code for one in refused.value.findings] == ["export_held_back", "export_empty"]


def test_a_database_for_the_registered_has_no_file_for_a_visitor(world: World) -> None:
    way = Way(world, key="closed-db", access="registered")
    way.found()
    way.until("published")
    with pytest.raises(NotFound):
        exporting.exported(ANONYMOUS, "closed-db", "csv")
    assert exporting.exported(way.provider, "closed-db", "csv").processes == 1
