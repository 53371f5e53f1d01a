"""Before anybody applies: what a scheme answers, worked by hand from its tables."""

from __future__ import annotations

from typing import Any

import pytest

from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.rules import list_rules, load_rule
from tanbiao.core.schemes import Scheme, effort, load_scheme, newest_schemes, parse_scheme
from tanbiao.core.schemes.effort import Size
from tanbiao.core.schemes.precheck import Answers, Outlook, as_json, months_after, precheck
from tanbiao.workflow.terms import terms_of

DEMO = load_scheme("tanbiao-demo")
RULES = list_rules()


def asked(scheme: Scheme = DEMO, *, category: str = "electrolytic-aluminium", **changes: Any) -> Outlook:
    size = Size(category, changes.pop("sites", 1), changes.pop("models", 1), changes.pop("supplier_sites", 0))
    given: dict[str, Any] = {"size": size, "region": "CN-SD", "day": "2026-06-15"}
    basis = changes.pop("release_standing", "demonstration")
    return precheck(scheme, Answers(**(given | changes)), RULES, load_catalogue(), release_standing=basis)


# base 3 for aluminium, 2 otherwise; + 1 per further site, + 0.25 per further model, + 1 per supplier's site; halves up
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (Size("electrolytic-aluminium"), 3.0),
        (Size("tyre"), 2.0),
        (Size("tyre", sites=3), 4.0),
        (Size("tyre", models=2), 2.5),
        (Size("tyre", models=3), 2.5),
        (Size("tyre", models=4), 3.0),
        (Size("electrolytic-aluminium", sites=2, models=5, supplier_sites=2), 7.0),
    ],
)
def test_man_days_follow_the_table(size: Size, expected: float) -> None:
    assert effort.man_days(DEMO, size) == expected


def test_fees_follow_the_man_days() -> None:
    # application 0–500, certificate 500–1500, man-day 2000–4000 × 3; surveillance 2000–6000 each year
    found = asked().fees
    assert [(item.currency, item.first, item.yearly) for item in found] == [
        ("CNY", (6500.0, 14000.0), (2000.0, 6000.0))
    ]


def test_days_are_the_sum_of_the_stages_and_an_optional_one_may_take_none() -> None:
    # least 2+3+2+1+3+2+5+0+2+1+0 = 21; most 5+10+5+5+10+10+15+90+7+5+1 = 163
    assert effort.days(DEMO) == (21, 163)
    body = DEMO.model_dump(mode="json", by_alias=True)
    stages = [{**stage, "optional": stage["id"] == "on_site"} for stage in body["stages"]]
    assert effort.days(parse_scheme({**body, "stages": stages})) == (19, 163)


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("", "2026-09-15"),
        ("2026-05-31", "2026-08-31"),
        ("2025-01-01", "2026-06-15"),
        ("2026-04-30", "2026-07-30"),
    ],
)
def test_the_management_systems_clock(since: str, expected: str) -> None:
    assert asked(system_since=since).apply_from == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-10-31", 1, "2026-11-30"),
        ("2026-09-30", 3, "2026-12-30"),
        ("2026-06-15", 0, "2026-06-15"),
    ],
)
def test_months_are_calendar_months(day: str, months: int, expected: str) -> None:
    assert months_after(day, months) == expected


def test_the_certificate_comes_between_two_days() -> None:
    # from 2026-06-15: 21 days later and 163 days later
    assert asked(system_since="2025-01-01").certificate_between == ("2026-07-06", "2026-11-25")


def test_papers_and_kit_at_hand_are_not_missing() -> None:
    found = asked(papers=frozenset({"business_licence"}), kit=frozenset({"duties", "meters"}))
    assert [item.id for item in found.papers_missing] == ["process_flow_chart", "reduction_plan"]
    missing = [item.id for item in found.kit_missing]
    assert "duties" not in missing
    assert "data-procedure" in missing
    assert all(paper.comes_from == "applicant" for paper in found.papers_missing), "the rest comes from the study"


def requiring(**pieces: bool | None) -> Scheme:
    """Return the demonstration's scheme with some pieces of its management system required or optional."""
    body = DEMO.model_dump(mode="json", by_alias=True)
    held = body["management_system"]
    held["kit"] = [{**item, "required": pieces.get(item["id"].replace("-", "_"))} for item in held["kit"]]
    return parse_scheme(body)


def test_each_piece_says_whether_it_is_required_and_whether_it_is_there() -> None:
    scheme = requiring(duties=True, meters=True, records=False)
    told = as_json(asked(scheme, kit=frozenset({"meters"}), system_since="2026-05-31"), "zh")["management_system"]
    pieces = {item["id"]: (item["required"], item["there"]) for item in told["pieces"]}
    assert pieces["duties"] == (True, False)
    assert pieces["meters"] == (True, True)
    assert pieces["records"] == (False, False)
    assert pieces["suppliers"] == (None, False)
    assert [item["id"] for item in told["missing"] if item["required"]] == ["duties"]
    # its clock: three months from 2026-05-31
    assert (told["months"], told["apply_from"]) == (3, "2026-08-31")
    # what is required before is what the case asks: the same pieces
    assert set(terms_of(scheme.terms_stated).system_pieces) == {"duties", "meters"}


def test_the_rows_that_need_own_data_are_the_rules() -> None:
    found = asked()
    assert found.rule is not None
    processes = load_rule(found.rule.reference).processes
    wanted = [item.id for item in processes if item.data in ("site_specific", "primary")]
    assert [item.id for item in found.site_rows] == wanted
    assert wanted


def test_without_a_rule_nothing_is_said_of_rows_and_the_demonstration_is_open_still() -> None:
    found = asked(category="home-textile") if not _covered("home-textile") else asked(category="optical-cable")
    assert found.rule is None
    assert found.site_rows == ()
    assert found.is_open


def _covered(category: str) -> bool:
    return any(category in rule.covers.categories for rule in RULES)


def test_templates_say_why_they_are_closed() -> None:
    for name in ("cn-national", "gba", "js-provincial"):
        codes = [item.code for item in asked(load_scheme(name)).refusals]
        assert codes[0] == "scheme_locked"
        assert "scheme_refuses_demonstration_rule" in codes
        assert asked(load_scheme(name)).fees == (), "no public text states fees"


def test_a_scheme_that_does_not_say_is_unknown_and_never_zero() -> None:
    found = as_json(asked(load_scheme("tanbiao-demo@1.0.0")), "en")
    assert found["man_days"] is None
    assert found["fees"] == []
    assert found["days"] is None
    assert found["certificate_between"] is None
    assert found["management_system"]["months"] is None
    demo = as_json(asked(), "en")
    assert demo["sources"]["management_system"].startswith("CNCA-CFP-00:2025")


def test_what_is_told_before_is_what_the_case_asks_later() -> None:
    for scheme in newest_schemes():
        terms = terms_of(scheme.terms_stated)
        assert scheme.management_system is not None
        assert terms.management_system_months == scheme.management_system.months
        assert set(terms.documents) == {paper.id for paper in scheme.papers if paper.required}
        assert scheme.man_days is not None
        assert terms.man_days_min == scheme.man_days.base
        told = as_json(asked(scheme), "zh")
        assert all(source.strip() for source in told["sources"].values())
