"""The cut-off ledger: everything left out, its bound as a share by mass, energy and emission, and the sum."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core.study import Result, Study, calculate

GRID = {"electricity": {"supply": "grid", "region": "CN", "year": 2023}}
ROWS = [
    {"id": "s", "amount": "4 kg", "from": "dataset/steel"},  # 8 kg CO2e
    {"id": "k", "amount": "20 kWh", **GRID},  # 72 MJ, 12.41 kg CO2e
]


def result_of(**changes: Any) -> Result:
    """Calculate a study of 5 kg of product."""
    unit = {"declared": "1 piece", "reference_flow": {"amount": "5 kg"}}
    study, findings = Study.parse(document(**{"unit": unit, "stages": stages(manufacturing=ROWS), **changes}))
    assert study is not None, findings
    return calculate(study, background(), samples=0)


def listed(**more: Any) -> list[dict[str, Any]]:
    """Return one entry of the study's own list."""
    return [{"id": "x1", "what": "标签", "bound": "20 g", "reason": "small", **more}]


def test_bounds_are_shares_of_the_products_mass_energy_and_emission() -> None:
    """20 g of 5 kg is 0.4 %; 0.72 MJ of 72 MJ is 1 %; 0.2041 kg of 20.41 kg is 1 %."""
    table = result_of(cut_off=listed(energy="0.72 MJ", emission="0.2041 kg")).document["exclusions"]
    row = table["rows"][0]
    assert (row["why"], row["bound"], row["unit"]) == ("listed", 20.0, "g")
    assert row["shares"] == pytest.approx({"mass": 0.004, "energy": 0.01, "emissions": 0.01})
    assert table["wholes"] == pytest.approx({"mass": 5.0, "energy": 72.0, "emissions": 20.41})
    assert table["sums"]["mass"] == {"share": pytest.approx(0.004), "complete": True}
    assert table["limit"] is None


def test_what_cannot_be_told_is_no_zero() -> None:
    table = result_of(cut_off=listed()).document["exclusions"]
    assert table["rows"][0]["shares"] == {"mass": pytest.approx(0.004), "energy": None, "emissions": None}
    assert table["sums"]["emissions"] == {"share": 0.0, "complete": False}


def test_a_row_below_the_cut_off_has_its_emission_from_its_own_factor_and_scales_with_its_process() -> None:
    """A line giving 2 kg leaves out at most 30 g of steel; 4 kg of it are used: 60 g, 1.2 % of 5 kg, 0.12 kg CO2e."""
    small = {"id": "z", "amount": "below_cut_off", "reason": "under 1 %", "bound": "30 g", "from": "dataset/steel"}
    takes = [{"id": "t", "amount": "2 kg", "from": "dataset/steel"}, small]
    rows = [{"id": "p", "amount": "4 kg", "from": "process/line"}]
    table = result_of(
        stages=stages(manufacturing=rows), processes={"line": {"gives": "2 kg", "takes": takes}}
    ).document["exclusions"]
    row = next(item for item in table["rows"] if item["id"] == "z")
    assert row["why"] == "below_cut_off"
    assert row["shares"] == {"mass": pytest.approx(0.012), "energy": None, "emissions": pytest.approx(0.12 / 8)}


def test_an_excluded_row_without_bound_leaves_the_sum_open() -> None:
    rows = [*ROWS, {"id": "o", "amount": "excluded", "reason": "office paper", "from": "dataset/steel"}]
    table = result_of(stages=stages(manufacturing=rows), cut_off=listed()).document["exclusions"]
    assert [row["why"] for row in table["rows"]][:2] == ["listed", "excluded"]
    assert table["sums"]["mass"] == {"share": pytest.approx(0.004), "complete": False}


def test_excluded_stages_and_capital_goods_are_listed_but_not_summed() -> None:
    table = result_of(
        boundary="cradle_to_grave",
        stages={
            "raw_materials": ROWS,
            "manufacturing": {"empty": "none"},
            "distribution": {"empty": "none"},
            "use": {"excluded": "passive product"},
            "end_of_life": {"empty": "none"},
        },
    ).document["exclusions"]
    assert [(row["id"], row["why"], row["counted"]) for row in table["rows"]] == [
        ("use", "stage", False),
        ("capital_goods", "capital_goods", False),
    ]
    assert table["sums"]["mass"] == {"share": 0.0, "complete": True}


def test_a_bound_in_per_cent_is_of_mass_unless_the_rule_cuts_off_by_something_else() -> None:
    table = result_of(cut_off=listed(bound="0.5 %")).document["exclusions"]
    assert table["rows"][0]["shares"] == {"mass": pytest.approx(0.005), "energy": None, "emissions": None}


@pytest.mark.parametrize(("fuel", "known"), [("1 GJ", True), ("1 Nm3", False)])
def test_a_fuel_whose_energy_nobody_states_leaves_the_whole_energy_untold(fuel: str, known: bool) -> None:
    rows = [*ROWS, {"id": "g", "amount": fuel, "fuel": "natural-gas", "properties": {"LHV": "38.931 MJ/Nm3"}}]
    if not known:
        rows[-1].pop("properties")
    whole = result_of(stages=stages(manufacturing=rows)).document["exclusions"]["wholes"]["energy"]
    assert whole == (pytest.approx(1072.0) if known else None)


def test_a_row_that_products_share_one_by_one_is_listed_once() -> None:
    """A dairy gives 100 kg cheese and 300 kg whey and leaves out at most 8 kg of salt, shared by the hours 1 : 3.

    2 kg of cheese take 2/100 of the cheese's quarter, 0.04 kg: 0.8 % of 5 kg.
    """
    salt = {"id": "z", "amount": "below_cut_off", "reason": "small", "bound": "8 kg", "from": "dataset/steel",
            "driver": "hours"}  # fmt: skip
    dairy = {
        "gives": [{"product": "cheese", "amount": "100 kg"}, {"product": "whey", "amount": "300 kg"}],
        "allocation": {
            "by": "causal",
            "reason": "test",
            "drivers": {"hours": {"amounts": {"cheese": "1 h", "whey": "3 h"}, "source": "log"}},
        },
        "takes": [{"id": "m", "amount": "1000 kg", "from": "dataset/steel", "driver": "hours"}, salt],
    }
    rows = [{"id": "p", "amount": "2 kg", "from": "process/dairy/cheese"}]
    body = result_of(stages=stages(manufacturing=rows), processes={"dairy": dairy}).document
    listed_rows = [row for row in body["exclusions"]["rows"] if row["id"] == "z"]
    assert [row["shares"]["mass"] for row in listed_rows] == [pytest.approx(0.04 / 5)]
    assert body["control"][0]["value"] == pytest.approx(body["total"]["value"])
