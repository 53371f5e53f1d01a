"""The certification unit: what one certificate may cover. Expected figures are worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.schemes import load_scheme
from tanbiao.core.schemes.effort import RowShare, man_days, size_of, supplier_rows
from tanbiao.core.schemes.unit import UnitDocument, UnitLimits, check_unit, parse_unit, site_mean

LIMITS = UnitLimits(site_spread=20.0, model_spread=10.0, average_gap=1.0)


def unit(**changes: Any) -> UnitDocument:
    body: dict[str, Any] = {
        "brands": ["青"],
        "models": [{"name": "A1", "brand": "青"}, {"name": "A2", "brand": "青", "gtin": "6901234567892"}],
        "representative": "A1",
        "series": "同一材料、工艺和能源，仅外壳颜色不同。",
        "producers": [{"id": "own", "name_zh": "甲厂"}, {"id": "oem", "name_zh": "乙代工厂", "contract": True}],
        "sites": [
            {"name_zh": "一厂", "producer": "own", "production": "300", "figure": "10"},
            {"name_zh": "二厂", "producer": "oem", "production": "100", "figure": "11"},
        ],
        "footprint": "per_site",
    }
    return parse_unit({**body, **changes})


def codes(found: UnitDocument, declared: str = "10.25") -> list[str]:
    return [item.code for item in check_unit(found, LIMITS, declared)]


def test_the_mean_of_the_sites_is_weighted_by_their_production() -> None:
    mean = site_mean(unit())
    assert mean is not None
    # (300 · 10 + 100 · 11) / 400 = 10.25; (11 - 10) / 10.25 = 9.756 %
    assert mean.value == pytest.approx(10.25)
    assert mean.spread_percent == pytest.approx(9.75609756)
    assert mean.shares == (0.75, 0.25)
    assert codes(unit()) == []


@pytest.mark.parametrize(
    ("changes", "declared", "expected"),
    [
        ({"series": None}, "10.25", ["unit_series_unexplained"]),
        ({"representative": "B9"}, "10.25", ["unit_representative_unknown"]),
        ({"brands": []}, "10.25", ["unit_brand_unknown", "unit_brand_unknown"]),
        ({"producers": [{"id": "own", "name_zh": "甲厂"}]}, "10.25", ["unit_site_without_producer"]),
        (
            {"sites": [{"name_zh": "一厂", "producer": "own", "production": "1", "figure": "10.25"}]},
            "10.25",
            ["unit_producer_without_site"],
        ),
        ({"models": [{"name": "A1"}, {"name": "A2", "figure": "11.3"}]}, "10.25", ["unit_model_differs"]),
        # 10.25 against 10.4 is 1.44 % apart
        ({}, "10.4", ["unit_average_differs"]),
    ],
)
def test_each_fault_of_a_unit_is_refused_by_name(changes: dict[str, Any], declared: str, expected: list[str]) -> None:
    assert codes(unit(**changes), declared) == expected


def test_sites_too_far_apart_are_units_of_their_own() -> None:
    sites = [
        {"name_zh": "一厂", "producer": "own", "production": "300", "figure": "10"},
        {"name_zh": "二厂", "producer": "oem", "production": "100", "figure": "13"},
    ]
    # mean 10.75; 3 / 10.75 = 27.9 %
    found = check_unit(unit(sites=sites), LIMITS, "10.75")
    assert [item.code for item in found] == ["unit_sites_differ"]
    assert found[0].params["percent"] == 27.9


def test_a_site_without_production_or_figure_is_named() -> None:
    sites = [
        {"name_zh": "一厂", "producer": "own", "figure": "10"},
        {"name_zh": "二厂", "producer": "oem", "production": "100"},
    ]
    found = check_unit(unit(sites=sites), LIMITS, "10")
    assert [(item.code, item.params["sites"]) for item in found] == [
        ("unit_site_without_production", "一厂"),
        ("unit_site_without_figure", "二厂"),
    ]
    assert check_unit(unit(sites=sites, footprint="unit"), LIMITS, "10") == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"models": []},
        {"models": [{"name": "A"}, {"name": "A"}]},
        {"models": [{"name": "A", "gtin": "6901234567890"}]},
        {"sites": []},
        {"footprint": "each"},
        {"sites": [{"name_zh": "一厂", "producer": "own", "production": "1e5"}]},
        {"colour": "green"},
    ],
)
def test_a_malformed_unit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TanbiaoError):
        unit(**changes)


@given(
    st.lists(
        st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)).map(lambda one: (str(one[0]), str(one[1]))),
        min_size=1,
        max_size=8,
    )
)
def test_the_mean_lies_between_the_sites_and_the_shares_are_one(rows: list[tuple[str, str]]) -> None:
    sites = [
        {"name_zh": f"厂{number}", "producer": "own", "production": weight, "figure": figure}
        for number, (weight, figure) in enumerate(rows)
    ]
    mean = site_mean(unit(sites=sites, producers=[{"id": "own", "name_zh": "甲厂"}]))
    assert mean is not None
    figures = [float(figure) for _, figure in rows]
    assert min(figures) * (1 - 1e-12) <= mean.value <= max(figures) * (1 + 1e-12)
    assert sum(mean.shares) == pytest.approx(1)


def test_man_days_follow_from_the_unit_its_rows_and_its_suppliers() -> None:
    scheme = load_scheme("tanbiao-demo")
    rows = [RowShare(f"r{number}", "secondary", 0.001) for number in range(119)]
    rows += [RowShare("s1", "primary", 0.20), RowShare("s2", "primary", 0.1999), RowShare("o", "site_specific", 0.5)]
    assert supplier_rows(scheme, rows) == ("s1",)
    size = size_of(scheme, "tyre", unit(), rows)
    assert (size.sites, size.models, size.supplier_sites, size.rows) == (2, 2, 1, 122)
    # base 2 + one further site 1 + one further model 0.25 + one supplier 1 + two blocks of 60 rows beyond 60: 2 · 0.5
    # = 5.25, in halves rounded up
    assert man_days(scheme, size) == 5.5
