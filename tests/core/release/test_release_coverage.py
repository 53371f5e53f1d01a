"""What a release covers, counted by hand; places and industries by their own words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.release.linked_release import HEADER, document, use
from tanbiao.cli.main import main
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import write_release
from tanbiao.core.lca.release_coverage import REGIONS, coverage, industries, industry_of, region_of


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    def one(key: str, geography: str, *categories: str, **more: Any) -> Any:
        return parse_dataset(document(key, geography=geography, categories=list(categories), **more))

    path = tmp_path_factory.mktemp("coverage") / "linked-1.tbr"
    datasets = [
        one("a", "CN", "Electricity"),
        one("b", "CN / 华东电网", "Electricity", time={"year": 2022}),
        one("c", "CN-GD", "Electricity", time={"year": 2023}),
        one("d", "CN-GD", "Chemical Manufacturing"),
        one("e", "FR", "food", co2e={"unknown": 1.0}, kinds={"undivided": 1.0}),
        one("f", "GLO", "what nobody knows"),
    ]
    write_release(path, datasets, HEADER)
    return Release.open(path)


def test_industries_and_regions_are_counted(release: Release) -> None:
    found = coverage(release)
    cells = {
        (one["code"], region): number
        for one in found["industries"]
        for region, number in one["regions"].items()
        if number
    }
    assert cells == {
        ("electricity_heat", "national"): 1,
        ("electricity_heat", "grid"): 1,
        ("electricity_heat", "province"): 1,
        ("chemicals", "province"): 1,
        ("food", "europe"): 1,
        ("not_assigned", "global"): 1,
    }
    assert found["datasets"] == sum(cells.values()) == sum(found["regions"].values())
    assert sum(one["share"] for one in found["industries"]) == pytest.approx(1.0)
    # An industry without any dataset stands in the matrix with a zero: that is what is missing.
    assert {one["code"] for one in found["industries"]} == {one["code"] for one in industries()} | {"not_assigned"}


def test_datasets_whose_chain_lacks_an_input_are_counted_in_their_cells(tmp_path: Path, release: Release) -> None:
    gap = {"id": "brick", "name": "brick", "amount": 1.0, "unit": "kg", "uncertainty": {"type": "fixed"}}
    mine = document("mine", geography="CN", categories=["Electricity"], gaps=[gap], emissions=[])
    user = document("kiln", geography="CN-GD", categories=["Electricity"], inputs=[use("mine", 2)], emissions=[])
    whole = document("lime", geography="CN-GD", categories=["Electricity"])
    write_release(tmp_path / "gaps.tbr", [parse_dataset(one) for one in (mine, user, whole)], HEADER)
    found = coverage(Release.open(tmp_path / "gaps.tbr"))
    (power,) = (one for one in found["industries"] if one["code"] == "electricity_heat")
    # The mine lacks bricks, the kiln uses the mine; lime stands beside the kiln and is whole.
    assert (power["regions"]["national"], power["incomplete"]["national"]) == (1, 1)
    assert (power["regions"]["province"], power["incomplete"]["province"]) == (2, 1)
    assert (found["datasets"], found["incomplete"]) == (3, 2)
    assert coverage(release)["incomplete"] == 0
    # Who knows them already says them.
    assert coverage(Release.open(tmp_path / "gaps.tbr"), incomplete={"kiln", "mine"}) == found


def test_every_place_of_china_is_listed_also_when_it_is_empty(release: Release) -> None:
    places = coverage(release)["places"]
    # China, seven grids of the announcements, 34 divisions at the provincial level (GB/T 2260).
    assert [sum(one["level"] == level for one in places) for level in ("national", "grid", "province")] == [1, 7, 34]
    told = {one["zh"]: one for one in places}
    assert (told["广东"]["datasets"], told["广东"]["newest_year"]) == (2, 2024)
    assert told["广东"]["industries"] == {"chemicals": 1, "electricity_heat": 1}
    assert (told["西藏"]["datasets"], told["西藏"]["newest_year"]) == (0, None)
    assert {"台湾", "香港", "澳门"} <= set(told)


def test_the_gwp_basis_is_counted_by_region(release: Release) -> None:
    found = coverage(release)["gwp"]
    assert found["europe"]["unknown"] == 1
    assert found["national"]["same"] == 1
    with pytest.raises(TanbiaoError) as refused:
        coverage(release, "AR99")
    assert refused.value.code == "gwp_set_not_known"


@pytest.mark.parametrize(
    ("place", "region"),
    [
        ("TW", "province"),
        ("HK", "province"),
        ("JP", "asia"),
        ("US", "north_america"),
        ("BR", "elsewhere"),
        ("RoW", "global"),
    ],
)
def test_a_place_lies_in_one_region(place: str, region: str) -> None:
    assert region_of(place) == region
    assert region in REGIONS


@pytest.mark.parametrize(
    ("category", "industry"),
    [
        ("Spend-based screening / EEIO NAICS-6 325110", "chemicals"),
        ("Spend-based screening / EEIO NAICS-6 541110", "services"),
        ("Traitement des déchets / Eaux usées", "waste"),
        ("Achats de biens / Métaux et produits métalliques", "metals"),
        ("", "not_assigned"),
    ],
)
def test_a_category_is_set_in_an_industry(category: str, industry: str) -> None:
    assert industry_of(category) == industry


def test_the_command_prints_the_same(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "show", release.path, "--coverage", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["coverage"] == coverage(release)
    for lang, words in (("zh", "没有数据的地区"), ("en", "Places without data")):
        assert main(["release", "show", release.path, "--coverage", "--lang", lang]) == 0
        told = capsys.readouterr()
        assert words in told.out + told.err


def test_the_starter_release_leaves_nothing_out() -> None:
    from tanbiao.core.lca.release_find import find_release

    found = coverage(find_release())
    assert found["datasets"] == sum(one["total"] for one in found["industries"]) == len(find_release())
    assert Path(find_release().path).exists()
