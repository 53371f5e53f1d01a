"""Who supplies a dataset's inputs and why: on its page, in the API, and where two releases differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.release.linked_release import HEADER
from core.release.test_release_links import contribution, processes, stock
from factories import SYSTEM, World, client_of
from tanbiao.core.lca.linking_record import SECTION, in_release
from tanbiao.core.lca.release_build import write_release
from tanbiao.core.lca.release_databases import merge
from tanbiao.web.factors import commands

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(world: World, tmp_path: Path, settings: Any) -> None:
    """Install two releases of one mill: the second no longer names who brings its lime, so two quarries do."""
    settings.TANBIAO_DATA = tmp_path
    (tmp_path / "releases").mkdir()
    for name, lime in (("first", "quarry-b"), ("second", "")):
        brought = contribution(stock(processes(lime=lime)))
        merged = merge([brought])
        links = in_release([brought], merged, {item.id for item in merged.datasets})
        place = tmp_path / "releases" / f"{name}.tbr"
        write_release(place, merged.datasets, HEADER | {"name": name}, {SECTION: links})
        commands.install_release(SYSTEM, name=name)


def test_a_dataset_says_who_supplies_it_and_why(two: None) -> None:
    told = client_of(None).get("/api/v1/dataset/links?id=db:mill&release=first").json()
    assert [(one["exchange"], one["rank"]) for one in told] == [("p", "same_place"), ("l", "named")]
    assert [(one["name"]["en"], one["share"]) for one in told[0]["providers"]] == [("a", 0.75), ("b", 0.25)]
    assert client_of(None).get("/api/v1/dataset/links?id=db:a&release=first").json() == []
    assert client_of(None).get("/api/v1/dataset/links?id=nothing&release=first").status_code == 422
    for lang, words in (
        ("zh", ("投入由谁供应", "文件指定", "75.0 %", "按产量加权")),
        ("en", ("Who supplies its inputs", "named by the file", "75.0 %", "weighted by production volume")),
    ):
        shown = client_of(None, lang).get("/factors/dataset/?id=db:mill&release=first").content.decode()
        for word in words:
            assert word in shown, word
        assert "id=db%3Aquarry-b&amp;release=first" in shown
        without = client_of(None, lang).get("/factors/dataset/?id=db:a&release=first").content.decode()
        assert words[0] not in without


def test_the_comparison_names_the_providers_that_changed(two: None) -> None:
    for lang, words in (
        ("zh", ("其他供应者", "db:quarry-b (文件指定)", "db:quarry-a, db:quarry-b (同产品同地)")),
        ("en", ("Other suppliers", "db:quarry-b (named by the file)")),
    ):
        shown = client_of(None, lang).get("/factors/compare/?old=first&new=second").content.decode()
        for word in words:
            assert word in shown, word
    saved = client_of(None).get("/factors/compare.csv?old=first&new=second").content.decode()
    assert "provider,db:mill,,,,,l,db:quarry-b,db:quarry-a db:quarry-b," in saved
