"""The factor browser: an installed release, its search and facets, its datasets."""

from __future__ import annotations

import pytest

from factories import SYSTEM, World, client_of
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.web.accounts.actor import ANONYMOUS
from tanbiao.web.commanding import Conflict, NotAllowed, NotSignedIn
from tanbiao.web.factors import commands, queries
from tanbiao.web.factors.models import DatasetEntry, Release

pytestmark = pytest.mark.django_db
NAME = "starter-2026.1"


@pytest.fixture
def release(world: World, starter: Release) -> Release:
    return starter


def test_installing_indexes_every_dataset_once_and_again_changes_nothing(release: Release) -> None:
    assert release.hash == find_release(NAME).hash
    assert DatasetEntry.objects.count() == release.datasets == len(find_release(NAME))
    assert commands.install_release(SYSTEM, name=NAME) == release


def test_only_operator_and_system_install(world: World) -> None:
    with pytest.raises(NotSignedIn):
        commands.install_release(ANONYMOUS, name=NAME)
    with pytest.raises(NotAllowed):
        commands.install_release(world.actor(world.alpha), name=NAME)


def test_a_release_of_the_same_name_with_another_hash_is_refused(release: Release) -> None:
    Release.objects.update(hash="sha256:" + "0" * 64)
    with pytest.raises(Conflict) as refused:
        commands.install_release(SYSTEM, name=NAME)
    assert refused.value.code == "release_differs"


@pytest.mark.parametrize("text", ["电", "电力", "electricity", "ＥＬＥＣＴＲＩＣＩＴＹ", "铝"])
def test_search_finds_chinese_of_any_length_and_english(release: Release, text: str) -> None:
    assert queries.datasets(ANONYMOUS, queries.Filter(text)).exists()


def test_facets_count_what_they_lead_to(release: Release) -> None:
    everything = queries.facets(ANONYMOUS, queries.Filter())
    for facet in ("kind", "geography", "uncertainty"):
        for item in everything[facet][:3]:
            led_to = queries.datasets(ANONYMOUS, queries.Filter("", ((facet, item.value),)))
            assert led_to.count() == item.count
    china = queries.facets(ANONYMOUS, queries.Filter("", (("geography", "CN"),)))
    assert next(item for item in china["geography"] if item.value == "CN").chosen


def test_a_dataset_is_shown_whole_with_source_and_licence(release: Release) -> None:
    entry = DatasetEntry.objects.filter(geography="CN", kind="footprint_factor").order_by("dataset_id")[0]
    page = client_of(None).get("/factors/dataset/", {"id": entry.dataset_id})
    text = page.content.decode()
    assert page.status_code == 200
    assert entry.source in text.replace("&amp;", "&").replace("&#x27;", "'")
    answer = client_of(None).get("/api/v1/dataset", {"id": entry.dataset_id}).json()
    assert answer["id"] == entry.dataset_id
    assert answer["licence"]


def test_an_unknown_dataset_names_the_nearest(release: Release) -> None:
    with pytest.raises(TanbiaoError) as refused:
        queries.dataset(ANONYMOUS, "CN-ELEC-CF:2023:Coal powr")
    assert refused.value.code == "unknown_dataset"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_browser_page_works_empty_filtered_and_without_a_release(starter: Release, lang: str) -> None:
    client = client_of(None, lang)
    for query in ({}, {"q": "steel"}, {"kind": "treatment", "page": "2"}, {"q": "没有这样的因子"}, {"year": "x"}):
        assert client.get("/factors/", query).status_code == 200
    DatasetEntry.objects.all().delete()
    Release.objects.all().delete()
    assert client.get("/factors/").status_code == 200


def test_wanted_products_are_shown_for_both_profiles(starter: Release) -> None:
    client = client_of(None)
    page = client.get(f"/factors/releases/{starter.name}/wanted/").content.decode()
    assert "Ferro-alloys" in page
    assert "Regulation (EU) 2023/956" in page
    chinese = client_of(None, "zh-Hans").get(f"/factors/releases/{starter.name}/wanted/?profile=consumer")
    assert "房间空气调节器" in chinese.content.decode()
    rows = client.get(f"/api/v1/releases/{starter.name}/wanted?profile=consumer").json()
    assert {row["standing"] for row in rows} == {"chinese", "foreign", "unfit", "gap"}


def test_a_search_puts_chinese_datasets_before_others_of_the_same_level(starter: Release) -> None:
    rows = list(queries.datasets(SYSTEM, queries.Filter("electricity"), starter.name)[:400])
    places = [row.geography == "CN" or row.geography.startswith(("CN-", "CN /")) for row in rows]
    assert places == sorted(places, reverse=True)
    assert places[0]


def test_a_dataset_stands_beside_published_values_and_says_which_set_lacks_a_gas(world: World) -> None:
    commands.install_release(SYSTEM, name="starter-2026.2")
    asked = {"id": "uslci:d7c36a39:d740bd91", "release": "starter-2026.2"}
    for lang, words, lacks in (
        ("zh", "与公布值对照", "AR4 对"),
        ("en", "Beside published values", "AR4 gives no GWP for"),
    ):
        page = client_of(None, lang).get("/factors/dataset/", asked)
        assert page.status_code == 200
        for text in (words, lacks, "ADEME-BC23.6:20830"):
            assert text in page.content.decode()
    found = client_of(None).get("/api/v1/dataset/published", asked).json()
    assert [one["value"] for one in found][:2] == [1.92, 1.9]
    assert found[0]["ratio"] == pytest.approx(0.9615, abs=0.0005)
    other = client_of(None).get("/api/v1/dataset/published", {"id": "CN-FUEL:Diesel", "release": "starter-2026.2"})
    assert other.json() == []
