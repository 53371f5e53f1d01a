"""Risks per row and the evidence plan that follows from them."""

from __future__ import annotations

import pytest

from tanbiao.core.verification.risk import Risk, propose_plan, proposed, suppliers_to_include
from tanbiao.core.verification.rows import ResultRow, result_rows, supplier_shares


def row(
    key: str, share: float, kind: str = "site_specific", *, supplier: str = "", stand_in: bool = False
) -> ResultRow:
    return ResultRow(key, {}, "manufacturing", share * 100, share * 100, share, kind, stand_in, supplier)


@pytest.mark.parametrize(
    "inherent, control, detection",
    [
        ("low", "low", "high"),
        ("medium", "low", "high"),
        ("high", "low", "medium"),
        ("medium", "medium", "medium"),
        ("high", "medium", "low"),
        ("high", "high", "low"),
    ],
)
def test_the_higher_the_risk_the_less_detection_risk_may_be_taken(inherent: str, control: str, detection: str) -> None:
    assert Risk(inherent, control).detection == detection
    assert Risk(control, inherent).detection == detection


def test_a_proposal_looks_at_share_and_kind_of_data() -> None:
    assert proposed(row("a", 0.3)) == Risk("high", "low")
    assert proposed(row("a", 0.3, "estimate")) == Risk("high", "high")
    assert proposed(row("a", 0.05, "secondary")) == Risk("medium", "medium")
    assert proposed(row("a", 0.001)) == Risk("low", "low")
    assert proposed(row("a", 0.05, stand_in=True)) == Risk("high", "high")


def test_the_plan_has_the_risky_the_large_the_suppliers_and_one_of_each_stratum() -> None:
    rows = [
        row("big", 0.5),
        row("bought", 0.25, supplier="供应商甲"),
        row("guess", 0.15, "estimate"),
        row("next", 0.06),
        row("small", 0.04),
    ]
    plan = {item.row: item.reasons for item in propose_plan(rows, {}, share_min=0.8, supplier_share=0.2)}
    assert plan == {"big": ("share",), "bought": ("supplier",), "guess": ("risk",), "next": ("stratum",)}
    assert suppliers_to_include(rows, 0.2) == {"供应商甲": 0.25}
    assert suppliers_to_include(rows, 0.25) == {}


def test_the_verifiers_own_assessment_counts_before_the_proposal() -> None:
    rows = [row("big", 0.9), row("small", 0.1)]
    plan = propose_plan(rows, {"small": Risk("high", "high")}, share_min=0.8, supplier_share=1.0)
    assert [(item.row, item.reasons) for item in plan] == [("big", ("share",)), ("small", ("risk",))]


def test_rows_of_a_package_add_up_and_stand_with_their_suppliers_site() -> None:
    package = {
        "study": {"processes": {"paste": {"control": "supplier", "site": "惠州"}, "own": {"control": "own"}}},
        "result": {
            "contributions": [
                {"row": "p", "value": "3", "path": ["own", "paste"], "stage": "raw_materials"},
                {"row": "p", "value": "-1", "path": ["own", "paste"], "stage": "raw_materials"},
                {"row": "q", "value": "6", "path": ["own"], "stage": "manufacturing"},
            ]
        },
    }
    rows = {item.row: item for item in result_rows(package)}
    assert (rows["p"].value, rows["p"].size, rows["p"].share, rows["p"].supplier) == (2.0, 4.0, 0.4, "惠州")
    assert (rows["q"].share, rows["q"].supplier) == (0.6, "")
    assert supplier_shares(tuple(rows.values())) == {"惠州": 0.4}
