"""The pages of governance: the same way as by commands, in both languages, and refusals on the page they belong to."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web.governance import commands, queries
from tanbiao.web.governance.handlers import carry_through
from tanbiao.web.governance.models import DatasetNotice, GovernedDataset, PlatformRelease
from web.governance.judging import GOOD, Way, steel, stored

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
    scores = {f"quality_{key}": str(value) for key, value in GOOD.items()}
    assert (
        act(client_of(way.metrologist), "confirm_trace", evidence="meter 1", **(scores | {"quality_time": ""})) == 422
    )
    assert act(client_of(way.metrologist), "confirm_trace", evidence="meter 1\nmeter 2", **scores) == 302
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


def test_major_points_are_closed_and_a_deviation_explained_on_the_page(world: World) -> None:
    way = Way(world)
    way.found()
    way.until("peer_review")
    place = f"/governance/datasets/{way.id}/"
    for number, one in enumerate(way.drawn()):
        way.seen(commands.review, one, positive=True, text="see below", majors=2 if number == 0 else 0)
    raiser, other = (client_of(one) for one in way.drawn())
    assert "close_majors" in text(raiser.get(place))
    assert "2 major points open" in text(raiser.get(place))
    for client in (other, client_of(way.secretariat)):
        assert "close_majors" not in text(client.get(place))
    assert raiser.post(f"{place}close_majors/", {"close_majors-text": ""}).status_code == 422
    assert other.post(f"{place}close_majors/", {"close_majors-text": "no"}).status_code == 404
    assert raiser.post(f"{place}close_majors/", {"close_majors-text": "answered"}).status_code == 302
    assert "2 major points, closed" in text(raiser.get(place))
    way.seen(commands.close_reviews, way.secretariat)
    values: dict[str, Any] = {"source": "peers", "own_value": 3.0, "other_value": 2.0, "unit": "kg CO2e/kg"}
    way.seen(commands.compare, way.secretariat, **values)
    shown = text(client_of(way.secretariat).get(place))
    assert "over the limit, not explained" in shown
    assert "above 20.0 % needs its explanation" in shown
    provider = client_of(way.provider, "zh-Hans")
    assert "说明偏差" in text(provider.get(place))
    body = {"explain_deviation-comparison": str(queries.comparisons(way.entry)[0].id)}
    assert provider.post(f"{place}explain_deviation/", body).status_code == 422
    body["explain_deviation-explanation"] = "old furnaces"
    assert provider.post(f"{place}explain_deviation/", body).status_code == 302
    assert "old furnaces" in text(provider.get(place))
    assert "说明偏差" in text(provider.get(place))  # as a line of the history


def test_notices_stand_on_the_desk_until_they_are_read(world: World) -> None:
    way = Way(world)
    way.found()
    follower = world.actor(world.beta)
    commands.follow(follower, database="demo-db")
    way.until("published")
    reader = client_of(follower)
    shown = text(reader.get("/desk/"))
    assert "1 notice about a factor dataset" in shown
    assert way.entry.identifier in shown
    assert "1 条因子数据集通知" in text(client_of(follower, "zh-Hans").get("/desk/"))
    token: Any = api_token(follower)
    (item,) = Client().get("/api/v1/governance-notices", **token).json()["items"]
    assert (item["event"], item["state"], item["read_at"]) == ("publish", "published", None)
    stranger: Any = api_token(world.actor(world.alpha))
    others = Client().post(
        "/api/v1/governance-notices/read", {"ids": [item["id"]]}, content_type="application/json", **stranger
    )
    assert others.json() == {"read": 0}
    assert reader.post("/governance/notices/", {"next": "desk"})["Location"] == "/desk/"
    assert "notice about a factor dataset" not in text(reader.get("/desk/"))
    assert way.entry.identifier in text(reader.get("/governance/notices/"))
    assert DatasetNotice.objects.get(person=follower.person).read_at is not None
    governed = Client().get(f"/api/v1/governed-datasets/{way.id}", **token).json()
    assert governed["quality"]["level"] == "very_good"
