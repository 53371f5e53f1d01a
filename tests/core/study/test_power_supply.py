"""Electricity that is claimed: worked by hand on the published factors of 2023, in kg CO2e per kWh.

Grid 0.6205, wind 0.0336, solar PV 0.0545, transmission 0.0463 with and 0.0036 without line losses (MEE/NBS/NEA
Announcement 2025 No. 3). The factories are arithmetic examples, not real ones.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import calculate
from tanbiao.core.study.model import Study
from tanbiao.core.study.package import identical, replay, seal
from tanbiao.core.study.result import Result

GRID, WIND, SOLAR, WITH_LOSSES, WITHOUT = 0.6205, 0.0336, 0.0545, 0.0463, 0.0036
SITE = "CN-GD-example"


def claim(**more: Any) -> dict[str, Any]:
    """Return a claim on 300 MWh of wind power with nothing wrong."""
    return {
        "certificate": "DEMO-GEC-1",
        "plant": "demonstration wind farm",
        "technology": "wind",
        "production": "2023-05",
        "energy": "300 MWh",
        "claimant": "Example Ltd",
        "cancelled": {"for": "Example Ltd", "on": "2024-01-10"},
        "site": SITE,
        **more,
    }


def supply(**more: Any) -> dict[str, Any]:
    """Return a contract over 300 MWh, of a site that used 1000 MWh."""
    return {
        "supply": "contract",
        "region": "CN-GD",
        "generation": "wind",
        "site": SITE,
        "use": "300 MWh",
        "metered": "1000 MWh",
        "claims": [claim()],
        **more,
    }


def calculated(*rows: dict[str, Any], rule: Rule | None = None, **more: Any) -> Result:
    """Calculate a year's rows of a factory that makes 1000 t; figures are per tonne."""
    body = document(stages=stages(manufacturing=[{"id": f"m{at}", **row} for at, row in enumerate(rows)]), **more)
    body["unit"] = {"declared": "1 t", "amounts_for": "1000 t", "reference_flow": {"amount": "1000 kg"}}
    study, findings = Study.parse(body)
    assert study is not None, findings
    return calculate(study, find_release("starter-2026.1"), rule, samples=0)


def under(**electricity: Any) -> Rule:
    """Return the packaged rule with other terms of electricity."""
    rule = load_rule("generic-goods@1.0.0")
    return rule.model_copy(update={"electricity": rule.electricity.model_copy(update=electricity)})


def codes(result: Result) -> set[str]:
    """Return the codes of what is said about claims."""
    return {item.code for item in result.findings if item.code.startswith(("claim_", "electricity_"))}


@pytest.mark.requirement("SH-05a")
def test_contract_power_by_hand() -> None:
    """Three supplies; of 300 MWh under contract the certificates that hold cover 240, one is of another year.

    Per tonne: contract 240 kWh × (0.0336 + 0.0463) + 60 × 0.6205 = 19.176 + 37.23; own sun 100 × 0.0545 = 5.45;
    grid 200 × 0.6205 = 124.1; in all 185.956. At the grid's average 600 × 0.6205 = 372.3.
    """
    certificates = [
        claim(certificate="A", energy="200 MWh"),
        claim(certificate="B", energy="40 MWh"),
        claim(certificate="C", energy="60 MWh", production="2022-12"),
    ]
    sun = claim(technology="solar", energy="100 MWh", certificate=None, instruments_sold="0 MWh")
    own = supply(supply="own_generation", generation="solar", use="100 MWh", claims=[sun])
    result = calculated(
        {"amount": "300 MWh", "electricity": supply(claims=certificates)},
        {"amount": "100 MWh", "electricity": own},
        {"amount": "200 MWh", "electricity": {"supply": "grid", "region": "CN-GD"}},
    )
    assert result.value == pytest.approx(185.956)
    assert codes(result) == {"claim_month_outside", "claim_energy_short"}
    told = result.document["electricity"]
    assert told["market_based"] == pytest.approx(185.956)
    assert told["location_based"] == pytest.approx(372.3)
    assert told["difference"] == pytest.approx(185.956 - 372.3)
    assert told["note"] == "electricity_no_residual_mix"
    assert [row["covered"] for row in told["rows"]] == [pytest.approx(0.8), 1.0, None]
    assert add_up(result) == pytest.approx(result.value)


def add_up(result: Result) -> float:
    """Return the sum of the contributions."""
    return sum(row["value"] for row in result.document["contributions"])


WRONG = [
    ({"certificate": None}, "claim_item_missing"),
    ({"plant": None}, "claim_item_missing"),
    ({"technology": None}, "claim_item_missing"),
    ({"production": None}, "claim_item_missing"),
    ({"energy": None}, "claim_item_missing"),
    ({"claimant": None}, "claim_item_missing"),
    ({"cancelled": None}, "claim_item_missing"),
    ({"site": None}, "claim_item_missing"),
    ({"technology": "solar"}, "claim_technology_differs"),
    ({"production": "2022-12"}, "claim_month_outside"),
    ({"production": "2024-01"}, "claim_month_outside"),
    ({"cancelled": {"for": "Another Ltd", "on": "2024-01-10"}}, "claim_cancelled_for_another"),
    ({"site": "CN-BJ-other"}, "claim_site_differs"),
    ({"other_claims": ["CCER"]}, "claim_other_claim"),
    ({"other_claims": "CCER"}, "claim_other_claim"),
    ({"instruments_sold": "1 MWh"}, "claim_instrument_sold"),
]


@pytest.mark.requirement("SD-13a")
@pytest.mark.parametrize(("wrong", "code"), WRONG)
def test_a_claim_that_fails_counts_as_grid_and_says_why(wrong: dict[str, Any], code: str) -> None:
    """300 kWh/t × 0.6205 = 186.15 with the claim refused; 300 × 0.0799 = 23.97 with it."""
    good = calculated({"amount": "300 MWh", "electricity": supply()})
    assert good.value == pytest.approx(300 * (WIND + WITH_LOSSES))
    assert codes(good) == set()
    bad = calculated({"amount": "300 MWh", "electricity": supply(claims=[claim(**wrong)])})
    assert bad.value == pytest.approx(300 * GRID)
    found = [item for item in bad.findings if item.code == code]
    assert len(found) == 1
    assert found[0].where.startswith("stages.manufacturing.m0.electricity.claims[0]")


SUPPLY_WRONG = [
    ({"use": None}, "claim_item_missing"),
    ({"metered": None}, "claim_item_missing"),
    ({"site": None}, "claim_item_missing"),
    ({"metered": "299 MWh"}, "claim_over_metered"),
    ({"claims": []}, "claim_record_missing"),
    ({"site": "CN-BJ-other"}, "claim_site_differs"),
]


@pytest.mark.parametrize(("wrong", "code"), SUPPLY_WRONG)
def test_a_supply_whose_own_record_fails_counts_as_grid(wrong: dict[str, Any], code: str) -> None:
    body = document()["product"] | {"sites": [SITE]}
    bad = calculated({"amount": "300 MWh", "electricity": supply(**wrong)}, product=body)
    assert bad.value == pytest.approx(300 * GRID)
    assert code in codes(bad)


def test_a_certificate_used_twice_in_a_study_counts_once() -> None:
    """Rows of 300 and 100 MWh name one certificate: 300 × 0.0799 + 100 × 0.6205."""
    second = supply(use="100 MWh", claims=[claim(energy="100 MWh")])
    result = calculated({"amount": "300 MWh", "electricity": supply()}, {"amount": "100 MWh", "electricity": second})
    assert result.value == pytest.approx(300 * 0.0799 + 100 * GRID)
    assert codes(result) == {"claim_certificate_twice", "claim_energy_short"}


def test_a_row_above_what_its_claims_say_is_used_counts_for_the_difference_as_grid() -> None:
    """The row says 400 MWh, use and certificate 300: three quarters count."""
    result = calculated({"amount": "400 MWh", "electricity": supply()})
    assert result.value == pytest.approx(300 * 0.0799 + 100 * GRID)


def test_power_sold_back_is_not_used_here() -> None:
    """The roof made 1000 MWh and fed 400 into the grid: 600 of the 800 MWh used are its own.

    Per tonne: 600 × 0.0545 + 200 × 0.6205 = 32.7 + 124.1. Nothing is deducted for the 400.
    """
    roof = claim(technology="solar", energy="1000 MWh", sold="400 MWh", certificate=None)
    own = supply(supply="own_generation", generation="solar", use="800 MWh", claims=[roof])
    result = calculated({"amount": "800 MWh", "electricity": own})
    assert result.value == pytest.approx(600 * SOLAR + 200 * GRID)


def test_storage_losses_are_generated_too() -> None:
    """9 MWh leave a battery that loses 10 %: 10 MWh were made on the roof; from the grid 10 MWh were bought."""
    own = {"supply": "own_generation", "region": "CN", "generation": "solar", "storage_loss": "10 %", "proof": "meter"}
    bought = {"supply": "grid", "region": "CN", "storage_loss": "10 %"}
    assert calculated({"amount": "9 MWh", "electricity": own}).value == pytest.approx(10 * SOLAR)
    assert calculated({"amount": "9 MWh", "electricity": bought}).value == pytest.approx(10 * GRID)


def test_a_line_of_its_own_counts_its_losses_once() -> None:
    """96 MWh arrive of 100: 100 × 0.0336 and the way without losses 96 × 0.0036; no stated loss: the published way."""
    line = {"supply": "direct_line", "region": "CN", "generation": "wind", "proof": "line 3"}
    own_losses = calculated({"amount": "96 MWh", "electricity": {**line, "line_loss": "4 %"}})
    assert own_losses.value == pytest.approx(100 * WIND + 96 * WITHOUT)
    assert calculated({"amount": "96 MWh", "electricity": line}).value == pytest.approx(96 * (WIND + WITH_LOSSES))
    beside = calculated({"amount": "96 MWh", "electricity": {**line, "delivery": "on_site"}})
    assert beside.value == pytest.approx(96 * WIND)


def test_a_factor_named_by_its_dataset_ends_at_the_plant_as_well() -> None:
    named = {"supply": "direct_line", "region": "CN", "dataset": "dataset/CN-ELEC-CF:2023:Wind power", "proof": "line"}
    assert calculated({"amount": "1 MWh", "electricity": named}).value == pytest.approx(WIND + WITH_LOSSES)


def test_the_rule_says_which_electricity_counts_and_the_other_stands_beside() -> None:
    rule = under(headline="location")
    rows = [{"amount": "300 MWh", "electricity": supply()}, {"amount": "5 t", "gas": "CO2 fossil"}]
    result = calculated(*rows, rule=rule)
    assert result.value == pytest.approx(300 * GRID + 5)
    told = result.document["electricity"]
    assert told["headline"] == "location"
    assert told["location_based"] == pytest.approx(result.value)
    assert told["market_based"] == pytest.approx(300 * 0.0799 + 5)
    assert "electricity_counted_as_grid" in codes(result)


def test_the_rule_sets_the_window_of_production() -> None:
    wider, within = under(window_months=1), under(window_months=0)
    row = {"amount": "300 MWh", "electricity": supply(claims=[claim(production="2022-12")])}
    assert calculated(row, rule=wider).value == pytest.approx(300 * 0.0799)
    assert calculated(row, rule=within).value == pytest.approx(300 * GRID)


def test_a_study_on_grid_alone_shows_its_location_based_value_too() -> None:
    result = calculated({"amount": "300 MWh", "electricity": {"supply": "grid", "region": "CN"}})
    told = result.document["electricity"]
    assert told["location_based"] == told["market_based"] == pytest.approx(300 * GRID)
    assert told["difference"] == 0
    assert calculated({"amount": "1 t", "gas": "CO2 fossil"}).document["electricity"] is None


def test_the_year_follows_the_data_period() -> None:
    later = {"from": "2023-11-01", "to": "2024-10-31"}
    bought = {"amount": "1 MWh", "electricity": {"supply": "grid", "region": "CN"}}
    assert calculated(bought, period=later).value == pytest.approx(0.5777)
    early = {"amount": "1 MWh", "electricity": {"supply": "grid", "region": "CN", "year": 2021}}
    study, findings = Study.parse(document(stages=stages(manufacturing=[{"id": "m1", **early}])))
    assert study is not None
    assert [item.code for item in findings] == ["electricity_year_outside_period"]


REFUSED = [
    ({"line_loss": "4 %"}, "loss_counted_twice"),
    ({"storage_loss": "100 %"}, "loss_share"),
    ({"region": "DE"}, "generation_abroad"),
    (
        {"generation": None, "dataset": "dataset/CN-ELEC-CO2:2023:China, fossil-fuel power"},
        "direct_factor_in_footprint",
    ),
]


@pytest.mark.parametrize(("wrong", "code"), REFUSED)
def test_no_number_comes_out_of_a_wrong_supply(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        calculated({"amount": "300 MWh", "electricity": supply(**wrong)})
    assert code in {item.code for item in caught.value.findings}


UNREAD = [
    ({"use": "300 kg"}, "unit_mismatch"),
    ({"use": "300"}, "unit_missing"),
    ({"claims": [claim(energy="many MWh")]}, "amount_malformed"),
    ({"supply": "grid"}, "grid_with_dataset"),
    ({"generation": None}, "supply_without_dataset"),
    ({"generation": "tidal"}, "not_one_of"),
    ({"claims": [claim(offset="1 t")]}, "offset_refused"),
    ({"claims": [claim(certificat="1")]}, "unknown_key"),
]


@pytest.mark.parametrize(("wrong", "code"), UNREAD)
def test_a_record_that_can_t_be_read_is_found(wrong: dict[str, Any], code: str) -> None:
    row = {"id": "m1", "amount": "300 MWh", "electricity": supply(**wrong)}
    study, findings = Study.parse(document(stages=stages(manufacturing=[row])))
    assert study is None
    assert code in {item.code for item in findings}, [item.code for item in findings]


def test_green_power_never_counts_as_zero() -> None:
    release = background()
    free = MemoryRelease({**release.datasets, "free": dataset("free", 0.0, "kWh|electricity")})
    row = {"id": "m1", "amount": "1 MWh", "electricity": {"supply": "direct_line", "dataset": "dataset/free"}}
    study, _ = Study.parse(document(stages=stages(manufacturing=[row])))
    assert study is not None
    with pytest.raises(TanbiaoError) as caught:
        calculate(study, free, samples=0)
    assert caught.value.code == "green_power_zero"


def test_a_package_replays_with_its_location_based_value() -> None:
    body = document(stages=stages(manufacturing=[{"id": "m1", "amount": "300 MWh", "electricity": supply()}]))
    study, _ = Study.parse(copy.deepcopy(body))
    assert study is not None
    release = find_release("starter-2026.1")
    result = calculate(study, release, samples=0)
    package = seal(study, release, None, result)
    again = replay(package)
    assert identical(package, again)
    assert again.document["electricity"]["location_based"] == pytest.approx(300_000 * GRID)


def test_two_rows_share_a_certificate_that_says_what_it_holds() -> None:
    """300 MWh in all: 200 for one row, 100 for the other; a whole of 250 would be too little for the second."""

    def rows(whole: str) -> list[dict[str, Any]]:
        found = []
        for size in ("200 MWh", "100 MWh"):
            one = claim(energy=size, whole=whole)
            found.append({"amount": size, "electricity": supply(use=size, claims=[one])})
        return found

    result = calculated(*rows("300 MWh"))
    assert result.value == pytest.approx(300 * (WIND + WITH_LOSSES))
    assert codes(result) == set()
    assert [(item["code"], item["amount"]) for item in result.document["instruments"]] == [
        ("DEMO-GEC-1", 200.0),
        ("DEMO-GEC-1", 100.0),
    ]
    short = calculated(*rows("250 MWh"))
    assert short.value == pytest.approx(200 * (WIND + WITH_LOSSES) + 100 * GRID)
    assert "claim_certificate_twice" in codes(short)


def test_power_that_counts_as_grid_uses_no_certificate_up() -> None:
    result = calculated({"amount": "300 MWh", "electricity": supply()}, rule=under(counts=()))
    assert result.document["instruments"] == []


def test_own_power_without_a_record_is_asked_what_was_sold() -> None:
    result = calculated(
        {"amount": "1 MWh", "electricity": {"supply": "own_generation", "generation": "solar", "region": "CN-GD"}}
    )
    assert codes(result) == {"claim_sale_unsaid"}


def test_rows_of_a_study_share_a_plant_up_to_what_it_gave_its_site() -> None:
    """A roof makes 120 MWh in May and feeds 20 to the grid: 100 are left for the hall's 70 and the office's 30.

    Per tonne 100 × 0.0545. With 40 for the office they draw 110: its 40 count as grid, 70 × 0.0545 + 40 × 0.6205.
    """

    def power(used: int, whole: str | None = "120 MWh") -> dict[str, Any]:
        sun = {"technology": "solar", "certificate": None, "instruments_sold": "0 MWh", "whole": whole}
        roof = claim(**sun, energy=f"{used + 20} MWh", sold="20 MWh")
        own = supply(supply="own_generation", generation="solar", use=f"{used} MWh", claims=[roof])
        return {"amount": f"{used} MWh", "electricity": own}

    within = calculated(power(70), power(30))
    assert within.value == pytest.approx(100 * SOLAR)
    assert codes(within) == set()
    listed = within.document["instruments"]
    assert [(one["kind"], one["amount"], one["whole"]) for one in listed] == [
        ("own_generation", 70.0, 100.0),
        ("own_generation", 30.0, 100.0),
    ]
    assert len({one["code"] for one in listed}) == 1
    over = calculated(power(70), power(40))
    assert over.value == pytest.approx(70 * SOLAR + 40 * GRID)
    assert codes(over) == {"claim_plant_overdrawn", "claim_energy_short"}
    # One claim alone above the output; and rows that state none, which rest on their meters as before.
    assert "claim_over_its_whole" in codes(calculated(power(101)))
    assert codes(calculated(power(70, None), power(40, None))) == set()


def test_power_sold_back_by_hand() -> None:
    """A roof makes 120 MWh and feeds 20 to the grid, certificates kept; the hall uses 100 of it and 60 of the grid.

    Per tonne: 100 × 0.0545 + 60 × 0.6205 = 42.68; what is sold is a credit apart: 20 × 0.6205 = 12.41.
    """
    roof = claim(technology="solar", energy="120 MWh", sold="20 MWh", certificate=None, instruments_sold="0 MWh")
    own = supply(supply="own_generation", generation="solar", use="100 MWh", claims=[roof])
    result = calculated(
        {"amount": "100 MWh", "electricity": own},
        {"amount": "60 MWh", "electricity": {"supply": "grid", "region": "CN-GD"}},
        {"amount": "20 MWh", "credit": "dataset/CN-ELEC-CF:2023:China average", "credit_for": "exported_energy"},
    )
    assert result.value == pytest.approx(100 * SOLAR + 60 * GRID)
    assert result.document["credits"]["by_kind"] == {"exported_energy": pytest.approx(-20 * GRID)}
    sold = supply(
        supply="own_generation", generation="solar", use="100 MWh", claims=[{**roof, "instruments_sold": "20 MWh"}]
    )
    refused = calculated({"amount": "100 MWh", "electricity": sold})
    assert "claim_instrument_sold" in codes(refused)
    assert refused.value == pytest.approx(100 * GRID)
