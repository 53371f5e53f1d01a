"""The pages of governance: the same way as by commands, in both languages, and refusals on the page they belong to."""

from __future__ import annotations

from typing import Any

import pytest

from factories import World, client_of
from tanbiao.web.governance.handlers import carry_through
from tanbiao.web.governance.models import GovernedDataset, PlatformRelease
from web.governance.judging import Way, steel, stored

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_dataset_goes_its_way_by_pages(world: World) -> None:
    way = Way(world)
    authority, provider, secretariat = (client_of(one) for one in (way.authority, way.provider, way.secretariat))
    founded = {"key": "page-db", "name_zh": "页库", "name_en": "Page base", "level": "industry", "access": "public"}
    assert authority.post("/databases/", founded).status_code == 422
    assert authority.post("/databases/", founded | {"licence": "CC0-1.0"}).status_code == 302
    version = stored(way.provider, steel())
    made = provider.post("/governance/", {"version_id": str(version.id), "database": "page-db"})
    place = made.headers["Location"]
    way.entry_id = GovernedDataset.objects.get().id

    def act(client: Any, event: str, **values: Any) -> int:
        body = {f"{event}-{key}": value for key, value in {"builds_on": way.entry.head, **values}.items()}
        status: int = client.post(f"{place}{event}/", body).status_code
        return status

    assert act(provider, "submit") == 409
    assert "is not stated" in text(provider.get(place))
    assert act(provider, "describe", source_statement="x", legal_basis="y", licence="CC0-1.0") == 302
    assert act(provider, "submit") == 302
    assert act(secretariat, "screen") == 302
    assert act(secretariat, "pass_screening") == 302
    for one in way.drawn():
        reader = client_of(one)
        assert "invented steel making" in text(reader.get(place)) or "虚构炼钢" in text(reader.get("/governance/desk/"))
        assert act(reader, "review", positive="on", text="good", majors="0") == 302
    assert act(secretariat, "close_reviews") == 302
    values = {"source": "yearbook", "own_value": "1.8", "other_value": "1.9", "unit": "kg"}
    assert act(secretariat, "compare", **values) == 302
    assert act(secretariat, "pass_comparison") == 302
    assert act(client_of(way.metrologist), "confirm_trace", evidence="meter 1\nmeter 2") == 302
    assert act(authority, "publish", classification="open") == 302
    visitor = client_of(None, "zh-Hans")
    assert way.entry.identifier in text(visitor.get(place))
    assert "已发布" in text(visitor.get("/databases/page-db/"))
    reader = client_of(world.actor(world.beta))
    assert reader.post(f"{place}report/", {"text": "wrong unit"}).status_code == 302
    report = way.entry.reports.get()
    answered = {"outcome": "suspended", "text": "yes"}
    assert authority.post(f"{place}reports/{report.id}/", answered).status_code == 302
    assert "Suspended" in text(reader.get(place))


def test_a_release_is_asked_for_and_shown_with_its_pins(world: World) -> None:
    way = Way(world)
    way.found()
    way.until("published", steel(key="p-page"))
    client = client_of(way.secretariat)
    body = {"name": "page-release", "version": "1", "databases": ["demo-db"], "standing": "demonstration"}
    made = client.post("/governance/releases/", body)
    assert made.status_code == 302
    carry_through(PlatformRelease.objects.get().id)
    assert way.entry.identifier in text(client.get(made.headers["Location"]))
    assert client.post("/governance/releases/", body).status_code == 409
    assert client_of(way.provider).post("/governance/releases/", body).status_code == 403
