"""A derived dataset on its page and through the API: what it was derived from, each input linked."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.dataset.test_derived_datasets import factor, mix
from core.release.linked_release import HEADER
from factories import SYSTEM, World, client_of
from tanbiao.core.dataset.derive import read_all
from tanbiao.core.lca.release_build import write_release
from tanbiao.web.factors import commands

pytestmark = pytest.mark.django_db


@pytest.fixture
def derived(world: World, settings: object) -> str:
    folder = Path(settings.TANBIAO_DATA) / "releases"  # type: ignore[attr-defined]
    folder.mkdir(parents=True, exist_ok=True)
    documents = [factor("coal", 0.9), factor("water", 0.1), mix("grid", {"coal": 0.75, "water": 0.25})]
    write_release(folder / "linked-1.tbr", read_all(documents), HEADER)
    commands.install_release(SYSTEM, name="linked-1")
    return "linked-1"


@pytest.mark.parametrize(("lang", "words"), [("zh", "推导自"), ("en", "Derived from")])
def test_the_page_says_what_a_dataset_was_derived_from(derived: str, lang: str, words: str) -> None:
    page = client_of(None, lang).get("/factors/dataset/", {"id": "grid", "release": derived})
    text = page.content.decode()
    assert page.status_code == 200
    assert words in text
    assert "shares made for the test" in text
    for name in ("coal", "water"):
        assert f"?id={name}&amp;release={derived}" in text


def test_the_api_says_it_input_by_input(derived: str) -> None:
    client = client_of(None)
    body = client.get("/api/v1/dataset/lineage", {"id": "grid", "release": derived}).json()
    assert body["operation"] == "mix"
    assert [(item["dataset"], item["amount"], item["current"]) for item in body["inputs"]] == [
        ("coal", 0.75, True),
        ("water", 0.25, True),
    ]
    assert sum(item["co2e"] for item in body["inputs"]) == pytest.approx(0.75 * 0.9 + 0.25 * 0.1)
    plain = client.get("/api/v1/dataset/lineage", {"id": "coal", "release": derived}).json()
    assert (plain["operation"], plain["inputs"]) == (None, [])
