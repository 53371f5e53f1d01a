"""On what a result rests: primary and site-specific shares, data period, screening factors, quality per activity."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.data_period import whole_months
from tanbiao.core.study.shares import own_processes_without_site_data


def release() -> MemoryRelease:
    """Return the test release with a power plant's factor and a supplier's own footprint."""
    more = [
        dataset("plant", 0.5, "kWh|electricity", boundary="cradle_to_busbar"),
        dataset("supplier", 5.0, kind="supplier_footprint"),
    ]
    return MemoryRelease({**background().datasets, **{item.id: item for item in more}})


def study(**changes: Any) -> Study:
    """Read a study document."""
    parsed, findings = Study.parse(document(**changes))
    assert parsed is not None, findings
    return parsed


def result_of(**changes: Any) -> Result:
    """Calculate a study without samples."""
    return calculate(study(**changes), release(), samples=0)


GRID = {"electricity": {"supply": "grid", "region": "CN", "year": 2023}}
ROWS = [
    {"id": "power", "amount": "10 kWh", **GRID, "data": "site_specific"},  # 10 × 0.6205 = 6.205
    {"id": "gas", "amount": "1 Nm3", "fuel": "natural-gas", "data": "primary"},  # 2.162189 burnt + 0.3 upstream
    # 10, of which the supplier says that 30 % is primary
    {"id": "part", "amount": "2 kg", "from": "dataset/supplier", "data": {"kind": "primary", "primary_share": 0.3}},
    {"id": "sheet", "amount": "3 kg", "from": "dataset/steel", "data": "site_specific"},  # 6, a factor of a database
    {"id": "resin", "amount": "1 kg", "from": "dataset/resin", "data": "secondary"},  # 4 fossil, −1 uptake
]  # fmt: skip


def test_the_primary_share_is_of_the_footprint_without_uptake_and_weighs_each_part_by_its_own() -> None:
    """Of 28.667189 kg: power 6.205, burning 2.162189 and 0.3 of the supplier's 10; the rest has database factors."""
    body = result_of(stages=stages(manufacturing=ROWS)).document
    whole = 6.205 + 2.162189 + 0.3 + 10 + 6 + 4
    assert body["total"]["excluding_uptake"] == pytest.approx(whole, rel=1e-6)
    assert body["primary_data_share"] == pytest.approx((6.205 + 2.162189 + 3.0) / whole, rel=1e-6)
    assert body["primary_amount_share"] == pytest.approx((whole - 4) / whole, rel=1e-6)
    assert body["site_specific_share"] == pytest.approx((6.205 + 6) / whole, rel=1e-6)
    assert body["stand_in_share"] == 0.0


def test_a_stand_in_is_never_primary_whatever_its_row_says() -> None:
    row = {**ROWS[2], "stand_in": {"for": "another part", "reason": "none"}}
    body = result_of(stages=stages(manufacturing=[ROWS[0], row])).document
    assert body["primary_data_share"] == pytest.approx(6.205 / 16.205)
    assert body["stand_in_share"] == pytest.approx(10 / 16.205)


def test_shares_of_an_incomplete_total_are_unknown() -> None:
    unknown = {"id": "u", "amount": "unknown", "reason": "not measured", "from": "dataset/steel"}
    body = result_of(stages=stages(manufacturing=[ROWS[0], unknown])).document
    for key in ("primary_data_share", "primary_amount_share", "site_specific_share", "stand_in_share"):
        assert body[key]["absent"] == "unknown"


def processes(control: str | None) -> dict[str, Any]:
    """Return a line that uses 2 kWh measured on site, 1 kg of steel from the books and what a mill gives."""
    line: dict[str, Any] = {
        "gives": "1 kg",
        "takes": [
            {"id": "k", "amount": "2 kWh", **GRID, "data": "site_specific"},
            {"id": "s", "amount": "1 kg", "from": "dataset/steel", "data": "secondary"},
            {"id": "m", "amount": "1 kg", "from": "process/mill"},
            {"id": "w", "amount": "1 kg", "burden_free": "rain water"},
        ],
    }
    mill = {"gives": "1 kg", "takes": [{"id": "t", "amount": "1 kg", "from": "dataset/steel"}], "control": "supplier"}
    return {"line": line | ({"control": control} if control else {}), "mill": mill}


def test_processes_under_the_companys_control_need_data_of_the_site() -> None:
    """The line emits 2 × 0.6205 + 2 = 3.241 itself, 1.241 of it with data of the site; the mill's 2 are another's."""
    rows = [{"id": "p", "amount": "1 kg", "from": "process/line"}]
    given = {"stages": stages(manufacturing=rows), "processes": processes("own")}
    assert own_processes_without_site_data(study(**given)) == {"line": ["s"]}
    line, mill = result_of(**given).document["control"]
    assert (line["control"], line["lacking"], mill["control"], mill["lacking"]) == ("own", ["s"], "supplier", [])
    assert line["value"] == pytest.approx(3.241)
    assert line["site_specific_share"] == pytest.approx(1.241 / 3.241)
    for control in (None, "supplier", "other"):
        other = study(stages=stages(manufacturing=rows), processes=processes(control))
        assert own_processes_without_site_data(other) == {}


# --- the data period ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2023-01-01", "2023-12-31", 12),
        ("2023-07-01", "2024-06-30", 12),
        ("2023-01-02", "2023-12-31", 11),
        ("2021-01-01", "2023-12-31", 36),
        ("2024-02-29", "2024-03-28", 1),
    ],
)
def test_months_are_whole_ones(first: str, last: str, months: int) -> None:
    assert whole_months(first, last) == months


def test_a_period_below_twelve_months_makes_the_result_provisional() -> None:
    half = result_of(period={"from": "2023-01-01", "to": "2023-06-30"})
    assert half.document["data_period"] == {"months": 6, "required": 12, "by": "default", "provisional": True}
    assert "period_provisional" in [item.code for item in half.findings]
    whole = result_of()
    assert whole.document["data_period"]["provisional"] is False
    assert "period_provisional" not in [item.code for item in whole.findings]


# --- screening --------------------------------------------------------------------------------------------------------


def test_factors_per_amount_of_money_and_of_generation_alone_make_a_screening() -> None:
    rows = [
        {"id": "a", "amount": "5 USD", "from": "dataset/spend"},  # 2.0
        {"id": "b", "amount": "4 kWh", "electricity": {"supply": "dataset", "dataset": "dataset/plant"}},  # 2.0
        {"id": "c", "amount": "1 kWh", "from": "dataset/plant"},  # 0.5
        {"id": "d", "amount": "2 kg", "from": "dataset/steel"},  # 4.0
    ]
    result = result_of(stages=stages(manufacturing=rows))
    told = result.document["screening"]
    assert told["screening"] is True
    assert [(row["row"], row["why"], row["share"]) for row in told["rows"]] == [
        ("a", "spend_based", pytest.approx(2 / 8.5)),
        ("b", "generation_only", pytest.approx(2 / 8.5)),
        ("c", "generation_only", pytest.approx(0.5 / 8.5)),
    ]
    found = next(item for item in result.findings if item.code == "screening_result")
    assert found.params["rows"] == "a, b, c"


def test_generation_on_the_companys_own_roof_needs_no_grid() -> None:
    own = {"supply": "own_generation", "dataset": "dataset/plant", "region": "CN", "proof": "meter 7"}
    result = result_of(stages=stages(manufacturing=[{"id": "a", "amount": "4 kWh", "electricity": own}]))
    assert result.value == pytest.approx(2.0)
    assert result.document["screening"] == {"screening": False, "rows": []}


# --- quality per activity ---------------------------------------------------------------------------------------------


def test_quality_stands_per_activity_and_of_those_that_make_most_of_it() -> None:
    """6, 3, 1 kg: the first two make 90 %, (0.6 × 1 + 0.3 × 3)/0.9 = 1.6667; all (6 × 1 + 3 × 3 + 1 × 5)/10 = 2."""
    rows = [
        {"id": "a", "amount": "1 kg", "from": "dataset/scored", "data": {"kind": "estimate", "pedigree": [5] * 5}},
        {"id": "b", "amount": "3 kg", "from": "dataset/steel", "data": {"kind": "primary", "pedigree": [1] * 5}},
        {"id": "c", "amount": "3 kg", "from": "dataset/scored", "data": {"kind": "secondary", "pedigree": [3] * 5}},
    ]
    told = result_of(stages=stages(raw_materials=rows)).document["data_quality"]
    assert [(row["row"], row["kind"], row["basis"], row["score"]) for row in told["rows"]] == [
        ("b", "primary", "pedigree", 1.0),
        ("c", "secondary", "pedigree", 3.0),
        ("a", "estimate", "pedigree", 5.0),
    ]
    assert [row["weight"] for row in told["rows"]] == pytest.approx([0.6, 0.3, 0.1])
    assert told["score"] == pytest.approx(2.0)
    assert told["most_relevant"]["rows"] == ["b", "c"]
    assert told["most_relevant"]["coverage"] == pytest.approx(0.9)
    assert told["most_relevant"]["score"] == pytest.approx(1.5 / 0.9)


def test_an_activity_that_nobody_assessed_has_no_score_and_takes_the_most_relevants_away() -> None:
    rows = [
        {"id": "a", "amount": "1 kg", "from": "dataset/scored"},
        {"id": "b", "amount": "3 kg", "from": "dataset/steel"},
    ]
    told = result_of(stages=stages(raw_materials=rows)).document["data_quality"]
    assert [(row["row"], row["basis"], row["score"]) for row in told["rows"]] == [
        ("b", "none", None),
        ("a", "dataset", pytest.approx(2.5)),
    ]
    assert told["most_relevant"]["score"] is None
