"""Category × region × body × date × rule: what a scheme is open to, and the reason why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.schemes import Candidate, Scheme, judge, load_scheme, parse_scheme
from tanbiao.core.schemes.parts import AdoptionList

CATALOGUE = load_catalogue()
NATIONAL = load_scheme("cn-national").unlocked(
    number_pattern="X-{year}-{serial:05d}", minimum_width_mm=30, regions=("CN-GD", "CN-SD")
)
OPEN = Candidate(
    category="electrolytic-aluminium",
    region="CN-SD",
    day="2026-06-01",
    body_approved=True,
    rule="aluminium-official",
    rule_standing="official",
    release_standing="published",
    kind="product-footprint",
)
"""A combination that the national scheme, once unlocked, is open to: catalogue entry 15 of 2025-07-09."""


def codes(scheme: Scheme, candidate: Candidate) -> set[str]:
    return {item.code for item in judge(scheme, candidate, CATALOGUE)}


def test_the_right_combination_is_open() -> None:
    assert judge(NATIONAL, OPEN, CATALOGUE) == ()


def test_a_published_release_stands_for_certification_and_a_demonstration_does_not() -> None:
    # The two standings that a release can have (``release.yaml``); the rule's own standing is asked for apart.
    assert codes(NATIONAL, replace(OPEN, release_standing="published")) == set()
    refused = codes(NATIONAL, replace(OPEN, release_standing="demonstration"))
    assert refused == {"scheme_refuses_demonstration_release"}


@pytest.mark.requirement("SD-04e")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category": "caustic-soda"}, "scheme_category_not_open"),
        ({"category": ""}, "scheme_category_not_open"),
        ({"category": "nobody-knows"}, "scheme_category_not_open"),
        ({"region": "CN-JS"}, "scheme_region_not_open"),
        ({"region": "CN"}, "scheme_region_not_open"),
        ({"region": ""}, "scheme_region_not_open"),
        ({"body_approved": False}, "scheme_body_not_approved"),
        ({"body_approved": None}, "scheme_body_not_approved"),
        ({"rule_standing": "filed"}, "scheme_rule_standing"),
        ({"rule_standing": ""}, "scheme_rule_standing"),
        ({"release_standing": "demonstration"}, "scheme_refuses_demonstration_release"),
        ({"kind": "product-neutral"}, "scheme_kind_unknown"),
        ({"months": 11, "months_asked": 12}, "scheme_refuses_provisional"),
    ],
)
def test_a_wrong_combination_is_refused_with_its_reason(changes: dict[str, Any], code: str) -> None:
    assert codes(NATIONAL, replace(OPEN, **changes)) == {code}


def test_a_provisional_figure_is_certified_only_where_the_scheme_takes_one() -> None:
    short = replace(OPEN, months=35, months_asked=36)
    assert codes(NATIONAL, replace(short, months=36)) == set()
    assert codes(NATIONAL, short) == {"scheme_refuses_provisional"}
    takes = NATIONAL.model_copy(update={"provisional": "allowed"})
    assert codes(takes, short) == set()
    assert codes(NATIONAL.model_copy(update={"provisional": "refused"}), short) == {"scheme_refuses_provisional"}


def test_before_its_first_day_the_catalogue_is_not_there_either() -> None:
    assert codes(NATIONAL, replace(OPEN, day="2025-03-16")) == {"scheme_not_begun", "scheme_category_not_open"}
    # in force since 2025-03-17, but the list of categories only since 2025-07-09
    assert codes(NATIONAL, replace(OPEN, day="2025-07-08")) == {"scheme_category_not_open"}
    assert codes(NATIONAL, replace(OPEN, day="2025-07-09")) == set()


def test_a_scheme_with_a_basis_refuses_a_demonstration_rule() -> None:
    found = codes(NATIONAL, replace(OPEN, rule_standing="demonstration"))
    assert found == {"scheme_refuses_demonstration_rule", "scheme_rule_standing"}


def test_the_demonstration_is_open_to_all_of_it() -> None:
    demo = load_scheme("tanbiao-demo")
    anything = Candidate(
        category="", region="", day="2000-01-01", rule_standing="demonstration", release_standing="demonstration"
    )
    assert judge(demo, anything, CATALOGUE) == ()
    assert judge(load_scheme("tanbiao-demo@1.0.0"), replace(anything, kind="product-footprint"), CATALOGUE) == ()


def test_a_locked_template_is_refused_whatever_is_asked() -> None:
    for name in ("cn-national", "gba", "js-provincial"):
        assert "scheme_locked" in codes(load_scheme(name), OPEN)


@pytest.mark.requirement("SH-06f", "GBA-T12", "SH-01a")
def test_reduction_removal_and_neutrality_are_kinds_of_their_own_without_a_figure() -> None:
    demo = load_scheme("tanbiao-demo")
    paths = {kind.path for kind in demo.kinds if kind.path}
    assert paths == {"footprint", "reduction", "removal", "neutral"}
    assert [kind.id for kind in demo.kinds if kind.has_figure] == ["product-footprint"]
    for kind in demo.kinds:
        found = codes(demo, replace(OPEN, kind=kind.id))
        opened = kind.has_figure or kind.claim is not None
        assert opened == (kind.carbon == "direct")
        assert found == (set() if opened else {"scheme_kind_without_figure"})
        before = codes(load_scheme("tanbiao-demo@1.2.0"), replace(OPEN, kind=kind.id))
        assert before == (set() if kind.has_figure else {"scheme_kind_without_figure"})


@pytest.mark.requirement("SH-06a")
@pytest.mark.requirement("SH-06c")
def test_kinds_are_of_products_systems_and_services_direct_and_indirect() -> None:
    demo = load_scheme("tanbiao-demo")
    assert {kind.subject for kind in demo.kinds} == {"product", "management_system", "service"}
    assert {kind.carbon for kind in demo.kinds} == {"direct", "indirect"}


def test_a_region_covers_what_lies_in_it_and_nothing_that_only_begins_alike() -> None:
    body = NATIONAL.model_dump(mode="json", by_alias=True)
    wide = parse_scheme({**body, "openings": [{"id": "all", "regions": ["CN"]}]})
    assert codes(wide, replace(OPEN, region="CN-GD")) == set()
    assert codes(wide, replace(OPEN, region="CN")) == set()
    assert codes(wide, replace(OPEN, region="HK")) == {"scheme_region_not_open"}
    narrow = parse_scheme({**body, "openings": [{"id": "one", "regions": ["CN-G"]}]})
    assert codes(narrow, replace(OPEN, region="CN-GD")) == {"scheme_region_not_open"}


def test_of_several_openings_one_is_enough_and_the_nearest_says_why_not() -> None:
    body = NATIONAL.model_dump(mode="json", by_alias=True)
    openings = [
        {"id": "a", "regions": ["HK"], "categories": {"also": ["tyre"]}, "until": "2020-12-31"},
        {"id": "b", "regions": ["CN-SD"], "rules": {"ids": ["tyre-rule"]}},
    ]
    scheme = parse_scheme({**body, "openings": openings})
    assert codes(scheme, replace(OPEN, rule="tyre-rule")) == set()
    assert codes(scheme, OPEN) == {"scheme_rule_not_open"}
    assert codes(scheme, replace(OPEN, region="HK", category="tyre", day="2020-01-01")) == set()
    assert codes(scheme, replace(OPEN, region="HK", category="tyre")) == {"scheme_ended"}


@pytest.mark.requirement("NAT-04d")
@pytest.mark.parametrize(
    ("wanted", "stands", "code"),
    [
        ({}, {}, "scheme_rule_not_adopted"),
        ({}, {"batch": "2026-1", "batch_by": "CN"}, ""),
        ({"batches": ["2026-2"]}, {"batch": "2026-1", "batch_by": "CN"}, "scheme_rule_batch"),
        ({"batches": ["2026-1", "2026-2"]}, {"batch": "2026-2", "batch_by": "CN"}, ""),
        ({"authorities": ["CN"]}, {"batch": "2026-1", "batch_by": "CN-GD"}, "scheme_rule_list_of_another"),
        ({"authorities": ["CN-GD"]}, {"batch": "2026-1", "batch_by": "CN-GD"}, ""),
    ],
)
def test_a_scheme_may_demand_that_the_rule_stands_on_the_adoption_list(
    wanted: dict[str, Any], stands: dict[str, str], code: str
) -> None:
    assert codes(NATIONAL, OPEN) == set(), "this template does not ask for it by itself"
    asking = load_scheme("cn-national").unlocked(
        number_pattern="X-{year}-{serial:05d}",
        minimum_width_mm=30,
        regions=("CN-SD",),
        adoption_list=AdoptionList.model_validate(wanted),
    )
    assert asking.openings[0].rules is not None
    assert asking.openings[0].rules.standings == ("official", "adopted"), "what the template asks besides stays"
    assert codes(asking, replace(OPEN, **stands)) == ({code} if code else set())


def test_a_scheme_without_openings_asks_for_the_list_too() -> None:
    body = load_scheme("tanbiao-demo").model_dump(mode="json", by_alias=True) | {"openings": []}
    opened = parse_scheme(body).unlocked(
        number_pattern="X-{year}-{serial:05d}", minimum_width_mm=30, adoption_list=AdoptionList()
    )
    assert codes(opened, replace(OPEN, kind="")) == {"scheme_rule_not_adopted"}
