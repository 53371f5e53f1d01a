"""The standards framework on the platform: tree, one standard, alignment, watch list; page and API tell the same."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def page(path: str, lang: str = "en") -> str:
    answer = Client(headers={"accept-language": lang}).get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.requirement("GBA-04a", "SH-04a", "SH-04d")
def test_anybody_walks_the_tree_and_narrows_it() -> None:
    body = page("/catalogue/standards/")
    for word in ("carbon capture and fixation", "GB/T 24067-2024", "Enterprise standard (1)", "T/CPCIF 0391-2024"):
        assert word in body
    assert "Facts only" in body
    assert "碳捕集与固碳" in page("/catalogue/standards/", "zh-hans")
    narrow = page("/catalogue/standards/?kind=enterprise")
    assert "BASF" in narrow
    assert "GB/T 24040-2008" not in narrow
    words = page("/catalogue/standards/?q=ｓｈｅｎｚｈｅｎ")
    assert "DB4403/T 281-2022" in words
    assert "ISO 14067:2018" not in words
    assert "GB/T 24026" in page("/catalogue/standards/?status=in_preparation")


def test_one_standard_tells_dates_relations_and_clauses() -> None:
    body = page("/catalogue/standards/gbt-24067-2024/")
    for word in ("2024-10-01", "2025-03-01", "Our sources differ", "draws on", "ISO 14067:2018", "No clause number"):
        assert word in body
    assert "drawn on by" in page("/catalogue/standards/iso-14067-2018/")
    assert Client().get("/catalogue/standards/iso-9999/").status_code == 404


def test_clauses_side_by_side_say_what_nobody_looked_up() -> None:
    body = page("/catalogue/alignment/")
    for word in ("6.4.9.4", "not looked up", "Differs:", "as others cite it"):
        assert word in body


def test_the_watch_list_puts_the_nearest_date_first_and_the_category_links_back() -> None:
    body = page("/catalogue/watch/")
    assert body.index('id="gb-cbam"') < body.index('id="kr-pv"')
    assert "Directive (EU) 2024/825" in body
    category = page("/catalogue/cement/")
    assert "EU carbon border adjustment mechanism" in category
    assert "/catalogue/standards/eu-2025-2547/" in category


def test_the_api_tells_the_same() -> None:
    client = Client()
    found = client.get("/api/v1/standards?branch=data-quality").json()
    assert {item["number"] for item in found} == {"GB/T 43620-2023", "T/CECRPA 010-2024"}
    assert {item["kind"] for item in client.get("/api/v1/standards?kind=local").json()} == {"local"}
    one = client.get("/api/v1/standards/gbt-24067-2024").json()
    assert one["conflicts"] == ["effective"]
    assert {"from_id": "gbt-24067-2024", "to_id": "iso-14067-2018", "kind": "draws_on"}.items() <= one["relations"][
        0
    ].items()
    assert client.get("/api/v1/standards/iso-9999").status_code == 404
    assert len(client.get("/api/v1/standard-branches").json()) == 12
    assert client.get("/api/v1/standard-alignment").json()["documents"][0] == "iso-14067-2018"
    watched = {item["id"]: item for item in client.get("/api/v1/watch-list?on=2026-11-21").json()}
    assert watched["eu-cbam"]["next_date"] == "2027-02-01"
    assert watched["eu-empowering-consumers"]["next_date"] is None
