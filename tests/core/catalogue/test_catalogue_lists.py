"""The packaged catalogue: every list with dates and sources, mapped to categories that exist; what stands on a day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tanbiao.core.catalogue.load import check_catalogue, load_catalogue
from tanbiao.core.catalogue.model import CatalogueList
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.load import read_model

CATALOGUE = load_catalogue()


@pytest.mark.requirement("GBA-T02")
def test_the_national_catalogue_has_its_seventeen_entries_from_its_day_on() -> None:
    """Notice of 9 July 2025: 17 kinds of products."""
    found = CATALOGUE.list_of("cn-certification-catalogue")
    assert len(found.entries) == 17
    assert [entry.number for entry in found.entries] == [str(number) for number in range(1, 18)]
    assert not found.in_force("2025-07-08")
    assert found.in_force("2025-07-09")
    assert CATALOGUE.is_certifiable("tyre", "2025-07-09")
    assert not CATALOGUE.is_certifiable("tyre", "2025-07-08")
    assert not CATALOGUE.is_certifiable("beer", "2026-01-01")


@pytest.mark.requirement("SH-05g", "JS-30a", "SD-02c", "NAT-04b")
def test_the_policies_industries_are_there() -> None:
    """Each seed names its industries; the categories of ours that they mean."""
    named = {
        item.id: {one for entry in item.entries for one in entry.categories}
        for item in CATALOGUE.lists
        if item.kind in ("policy_industries", "research_priorities")
    }
    assert {
        "steel",
        "petrochemical",
        "new-energy-vehicle",
        "small-motor",
        "paper-product",
        "beverage",
        "milk",
    } <= named["sh-policy-industries"]
    assert {
        "traction-battery", "photovoltaic-module", "steel", "green-building-material", "electric-two-wheeler",
        "home-textile", "transmission-equipment", "soda-ash", "optical-cable", "construction-machinery",
    } <= named["js-policy-industries"]  # fmt: skip
    assert {
        "steel", "tyre", "textile", "electrolytic-aluminium", "petrochemical", "vehicle-part", "flat-glass",
        "furniture", "farm-product",
    } <= named["sd-policy-industries"]  # fmt: skip
    assert "cement" in named["cn-research-priorities"]


def test_the_priority_list_is_linked_with_the_two_high_catalogues() -> None:
    """Jiangsu's own entries could not be cited: the list is there, empty, and says that it is not complete."""
    national = CATALOGUE.list_of("cn-two-high")
    assert len(national.entries) == 6
    assert [
        mention.list.id for mention in CATALOGUE.mentions("cement", "2026-01-01") if mention.list.kind == "two_high"
    ] == ["cn-two-high"]
    jiangsu = CATALOGUE.list_of("js-two-high")
    assert (jiangsu.entries, jiangsu.complete) == ((), False)


def test_every_list_says_where_it_was_read_and_nothing_points_nowhere() -> None:
    assert check_catalogue(CATALOGUE) == []
    for item in CATALOGUE.lists:
        assert item.sources
        for title in (item.title, item.publisher, *(entry.name for entry in item.entries)):
            assert title.zh != title.en


@pytest.mark.requirement("JS-22b")
def test_a_newer_version_takes_the_place_of_the_older_from_its_day_on() -> None:
    old = CATALOGUE.list_of("cn-certification-catalogue")
    new = old.model_copy(update={"version": "1.1.0", "effective": "2026-09-01", "entries": old.entries[:1]})
    both = replace(CATALOGUE, lists=(old, new))
    assert [item.version for item in both.on("2026-08-31")] == ["1.0.0"]
    assert [item.version for item in both.on("2026-09-01")] == ["1.1.0"]
    assert both.list_of("cn-certification-catalogue").version == "1.1.0"
    assert both.list_of("cn-certification-catalogue@1.0.0") is old


def test_a_list_of_a_past_plan_does_not_stand_after_its_end() -> None:
    plan = CATALOGUE.list_of("gba-policy-industries")
    assert plan.in_force("2025-12-31")
    assert not plan.in_force("2026-01-01")


def test_a_year_alone_begins_at_its_end() -> None:
    """A source that tells only the year is taken to begin with the last day that it can mean."""
    assert CATALOGUE.list_of("js-policy-industries").begins == "2024-12-31"


def test_bad_documents_and_names_are_refused_by_name() -> None:
    good = CATALOGUE.list_of("eu-cbam").model_dump(mode="json")
    for change, code in (
        ({"colour": "green"}, "unknown_key"),
        ({"kind": "rumour"}, "catalogue_malformed"),
        ({"sources": []}, "catalogue_malformed"),
        ({"issued": "soon"}, "catalogue_malformed"),
        ({"until": "2020-01-01"}, "catalogue_malformed"),
    ):
        with pytest.raises(TanbiaoError) as caught:
            read_model(CatalogueList, good | change, "catalogue_malformed")
        assert caught.value.findings[0].code == code
    wrong = CATALOGUE.list_of("eu-cbam")
    entry = wrong.entries[0].model_copy(update={"categories": ("cemment",)})
    broken = replace(CATALOGUE, lists=(wrong.model_copy(update={"entries": (entry, entry)}),))
    assert {item.code for item in check_catalogue(broken)} == {"catalogue_name_unknown", "catalogue_id_twice"}
    for call, code in (
        (lambda: CATALOGUE.category("tire"), "category_unknown"),
        (lambda: CATALOGUE.list_of("eu-cbm"), "catalogue_list_unknown"),
        (lambda: CATALOGUE.mentions("tire", "2026-01-01"), "category_unknown"),
    ):
        with pytest.raises(TanbiaoError) as caught:
            call()
        assert caught.value.findings[0].code == code
