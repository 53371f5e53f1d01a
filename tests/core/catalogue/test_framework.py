"""The standards framework: facts with their sources, relations that lead somewhere, clauses that somebody looked up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tanbiao.core.catalogue.framework import check_framework, load_framework
from tanbiao.core.catalogue.framework_model import WatchItem, kind_of, status_on
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.load import read_model

FRAMEWORK = load_framework()


@pytest.mark.requirement("GBA-04a", "GBA-04b", "SH-04a")
def test_the_tree_has_the_branches_that_the_policies_name_and_none_is_empty() -> None:
    """GBA: general, product type, data quality. Shanghai: metering, design, capture, sampling, management."""
    first = [item.id for item in FRAMEWORK.children(None)]
    assert first == [
        "general", "product-type", "data-quality", "metering", "sampling-monitoring", "low-carbon-design",
        "carbon-capture", "verification", "communication", "management-evaluation",
    ]  # fmt: skip
    for branch in FRAMEWORK.children(None):
        leaves = [branch, *FRAMEWORK.children(branch.id)]
        assert any(FRAMEWORK.of_branch(item.id) for item in leaves), branch.id
    assert [item.number for item in FRAMEWORK.of_category("flat-glass")] == ["T/CECRPA 010-2024"]
    assert {item.number for item in FRAMEWORK.listed("tyre")} == {"T/CPCIF 0391-2024"}


@pytest.mark.requirement("SH-04d")
def test_every_kind_of_standard_has_status_and_body() -> None:
    kinds = {item.kind for item in FRAMEWORK.by_id.values()}
    assert {"national", "industry", "local", "group", "enterprise", "international"} <= kinds
    for item in FRAMEWORK.by_id.values():
        assert item.body.zh
        assert item.body.en
        assert item.sources
        assert item.number is None or item.kind in (kind_of(item.number), "certification_rule", "foreign", "consortium")


@pytest.mark.parametrize(
    ("number", "kind"),
    [("GB/T 24067-2024", "national"), ("GB 17167-2025", "national"), ("T/CPCIF 0391-2024", "group"),
     ("DB4403/T 281-2022", "local"), ("SJ/T 11717-2018", "industry"), ("Q/ABC 1-2024", "enterprise"),
     ("ISO/TS 14027:2017", "international"), ("something", "not_known")],
)  # fmt: skip
def test_the_prefix_tells_the_kind(number: str, kind: str) -> None:
    assert kind_of(number) == kind


def test_sources_that_differ_stand_side_by_side_and_the_later_day_counts() -> None:
    """The ministry's notice says 2024-10-01, a registry 2025-03-01."""
    found = FRAMEWORK.standard("GB/T 24067-2024")
    assert found.conflicts == ("effective",)
    assert [item.on for item in found.date_of("effective")] == ["2024-10-01", "2025-03-01"]
    assert status_on(found, "2025-02-28") == "not_yet"
    assert status_on(found, "2025-03-01") == "in_force"
    assert status_on(FRAMEWORK.standard("gbt-27028-2025"), "2026-04-30") == "not_yet"
    assert status_on(FRAMEWORK.standard("gbt-36132-2018"), "2026-01-01") == "replaced"
    assert status_on(FRAMEWORK.standard("gbt-24026-draft"), "2026-01-01") == "in_preparation"


@pytest.mark.requirement("NAT-08b")
def test_relations_lead_from_china_to_the_world() -> None:
    kinds = {(item.from_, item.to): item.kind for item in FRAMEWORK.standards.relations}
    assert kinds["gbt-24040-2008", "iso-14040-2006"] == "identical"
    assert kinds["gbt-24067-2024", "iso-14067-2018"] == "draws_on"
    assert kinds["basf-method", "iso-14067-2018"] == "draws_on"
    replaced = {item.to for item in FRAMEWORK.standards.relations if item.kind == "replaces"}
    assert {item.id for item in FRAMEWORK.by_id.values() if item.status == "replaced"} == replaced
    assert {"gbt-24044-2008", "iso-14067-2018"} <= {
        one for item in FRAMEWORK.relations_of("gbt-24067-2024") for one in (item.from_, item.to)
    }


def test_a_clause_number_has_its_source_and_nobody_looked_up_those_of_the_national_standard() -> None:
    for topic in FRAMEWORK.alignment.topics:
        assert topic.cell("gbt-24067-2024") is None
        assert len({cell.standard for cell in topic.cells}) == len(topic.cells)
        assert topic.cells
    by_id = {topic.id: topic for topic in FRAMEWORK.alignment.topics}
    found = by_id["electricity"].cell("iso-14067-2018")
    assert found is not None
    assert (found.clause, FRAMEWORK.standards.sources[found.source].read) == ("6.4.9.4", "cited")
    assert len(by_id) >= 20


def test_watched_rules_have_dates_categories_and_sources() -> None:
    watched = {item.item.id: item for item in FRAMEWORK.watched()}
    cbam = watched["eu-cbam"]
    assert "cement" in cbam.categories
    nearest = cbam.next_date("2026-11-21")
    assert nearest is not None
    assert nearest.on == "2027-02-01"
    assert cbam.next_date("2030-01-01") is None
    assert [event.on for event in cbam.dates] == sorted(event.on for event in cbam.dates)
    assert watched["eu-empowering-consumers"].dates[-1].on == "2026-09-27"
    assert all(item.sources for item in watched.values())
    lists = {item.item.list for item in watched.values()}
    assert {item.id for item in FRAMEWORK.catalogue.lists if item.kind == "export"} <= lists


def test_what_points_nowhere_is_refused_by_name() -> None:
    assert check_framework(FRAMEWORK) == []
    body = FRAMEWORK.standards
    first = body.standards[0]
    wrong = body.model_copy(
        update={
            "standards": (*body.standards, first, first.model_copy(update={"id": "new", "branches": ("twig",)})),
            "relations": (body.relations[0].model_copy(update={"to": "iso-9999", "source": "hearsay"}),),
        }
    )
    found = check_framework(replace(FRAMEWORK, standards=wrong))
    assert {(item.code, item.params.get("name") or item.params.get("id")) for item in found} >= {
        ("catalogue_id_twice", first.id),
        ("catalogue_name_unknown", "twig"),
        ("catalogue_name_unknown", "iso-9999"),
        ("catalogue_name_unknown", "hearsay"),
    }
    with pytest.raises(TanbiaoError) as caught:
        FRAMEWORK.standard("iso-14067")
    assert caught.value.findings[0].code == "standard_unknown"
    item = FRAMEWORK.watched()[0].item.model_dump(mode="json")
    del item["list"], item["sources"]
    with pytest.raises(TanbiaoError) as caught:
        read_model(WatchItem, item, "catalogue_malformed")
    assert caught.value.findings[0].code == "catalogue_malformed"
