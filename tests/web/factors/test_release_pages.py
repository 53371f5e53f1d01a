"""The pages of a release: standing, sources, readiness, coverage, and the difference from another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.release.linked_release import HEADER, document, documents
from factories import SYSTEM, World, client_of
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.release_build import write_release
from tanbiao.core.lca.release_find import find_release
from tanbiao.web.commanding import Conflict
from tanbiao.web.factors import commands
from tanbiao.web.factors.models import Release

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(world: World, tmp_path: Path, settings: Any) -> None:
    """Install two small releases: lime doubles, wood goes, glass comes."""
    settings.TANBIAO_DATA = tmp_path
    (tmp_path / "releases").mkdir()
    first = [parse_dataset(item) for item in documents() if item["id"] in ("lime", "wood")]
    second = [
        parse_dataset(document("lime", co2e={"unknown": 0.8}, kinds={"undivided": 0.8})),
        parse_dataset(document("glass", categories=["glass"])),
    ]
    for name, datasets in (("first", first), ("second", second)):
        write_release(tmp_path / "releases" / f"{name}.tbr", datasets, HEADER | {"name": name})
        commands.install_release(SYSTEM, name=name)


def test_a_release_with_a_dataset_that_may_not_be_passed_on_is_not_installed(tmp_path: Path, settings: Any) -> None:
    settings.TANBIAO_DATA = tmp_path
    (tmp_path / "releases").mkdir()
    lime, *others = [parse_dataset(item) for item in documents() if item["id"] in ("lime", "wood")]
    closed = lime.model_copy(update={"redistribution": "no (licensed users only)"})
    write_release(tmp_path / "releases" / "closed.tbr", [closed, *others], HEADER | {"name": "closed"})
    with pytest.raises(Conflict) as refused:
        commands.install_release(SYSTEM, name="closed")
    (finding,) = refused.value.findings
    assert (finding.code, finding.params) == ("release_not_public", {"count": 1, "names": closed.id})
    assert not Release.objects.filter(name="closed").exists()


def test_two_releases_are_compared_dataset_by_dataset(two: None) -> None:
    told = client_of(None).get("/api/v1/release-comparison?old=first&new=second").json()
    assert (told["added"], told["removed"], told["same"]) == (["glass"], ["wood"], 0)
    # 0.4 to 0.8 kg CO2e/kg is twice as much: +100 %.
    assert [(item["dataset"], item["relative"]) for item in told["changed"]] == [("lime", 1.0)]
    for lang, words in (("zh", "变更 1，新增 1，删除 1"), ("en", "1 changed, 1 added, 1 removed")):
        shown = client_of(None, lang).get("/factors/compare/?old=first&new=second").content.decode()
        assert words in shown
        assert "+100.0 %" in shown
    saved = client_of(None).get("/factors/compare.csv?old=first&new=second").content.decode()
    assert "figure,lime,kg,0.4,0.8,1.0," in saved
    assert client_of(None).get("/factors/compare/?old=first&new=nothing").status_code == 404
    assert client_of(None).get("/factors/compare/").status_code == 200


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_release_shows_its_standing_sources_coverage_and_findings(starter: Release, lang: str) -> None:
    browser = client_of(None, lang)
    assert starter.name in browser.get("/factors/releases/").content.decode()
    shown = browser.get(f"/factors/releases/{starter.name}/").content.decode()
    for words in ("演示 DEMO", "Licence Ouverte", "gwp_set_unstated", "C26–C28", "西藏" if lang == "zh" else "Tibet"):
        assert words in shown, words
    # As many findings as the release's own header counts.
    counted = find_release().header["findings"]
    assert str(counted["co2_only"]) in shown
    narrowed = browser.get(f"/factors/releases/{starter.name}/?code=co2_only&q=CN-ELEC").content.decode()
    assert "gwp_set_unstated</code>" in narrowed
    assert browser.get("/factors/releases/nothing/").status_code == 404


def test_what_the_page_shows_leaves_as_a_file_and_through_the_api(starter: Release) -> None:
    browser = client_of(None, "zh")
    base = f"/factors/releases/{starter.name}"
    lines = browser.get(f"{base}/findings.csv?code=co2_only").content.decode().splitlines()
    assert len(lines) == 1 + find_release().header["findings"]["co2_only"]
    assert browser.get(f"{base}/coverage.xlsx").status_code == 200
    assert "province,CN-XZ,西藏,0," in browser.get(f"{base}/places.csv").content.decode()
    told = browser.get(f"/api/v1/releases/{starter.name}/coverage").json()
    assert told["datasets"] == starter.datasets
    found = browser.get(f"/api/v1/releases/{starter.name}/findings?code=co2_only&limit=2").json()
    assert [item["code"] for item in found] == ["co2_only"] * 2
    assert all(item["dataset"] for item in found)
    assert browser.get(f"/api/v1/releases/{starter.name}/coverage?gwp=AR99").status_code == 422
