"""Direct emissions by method: every method by hand with its source, uncertain inputs, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core import gases
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.emission_methods import methods
from tanbiao.core.study.normalise import emission, emission_text


def result_of(*rows: dict[str, Any], samples: int = 0, **more: Any) -> Result:
    """Calculate a study of some manufacturing rows."""
    numbered = [{"id": f"m{index}", **row} for index, row in enumerate(rows, 1)]
    study, findings = Study.parse(document(stages=stages(manufacturing=numbered), **more))
    assert study is not None, findings
    return calculate(study, background(), samples=samples)


def by_gas(row: dict[str, Any], **more: Any) -> dict[str, float]:
    """Return kg of each gas of one row (kg CO2e over its AR6 GWP)."""
    found = result_of(row, **more).document["gases"]
    return {key: value / gases.gas(key).gwp["AR6"] for key, value in found.items()}


def row(amount: str, method: str, of: str | None = None, **inputs: str) -> dict[str, Any]:
    """Return a row of a method."""
    return {"amount": amount, "emission": {"method": method, "of": of, "inputs": inputs}}


HAND = [
    # (150 − 60) t C/ha × 44/12 = 330 t CO2/ha over 20 years = 16.5 t/ha and year; 7.5 t/ha of crop: 2.2 t per t
    (
        row("1 t", "land_use_change", **{"yield": "7.5 t/ha"}, stock_before="150 t/ha", stock_after="60 t/ha",
            years_since="12"),
        {"CO2 land use change": 2200.0},
    ),
    # the same change on 2,000 m2 that a year's production occupies: 0.2 ha × 16.5 t/ha = 3.3 t
    (
        row("2000 m2", "land_use_change_area", stock_before="150 t/ha", stock_after="60 t/ha", years_since="0"),
        {"CO2 land use change": 3300.0},
    ),
    # CN-01: 389.31 GJ/10^4 Nm3 × 15.3 t C/TJ × 0.99 × 44/12 = 2.162189 kg/Nm3 (NDRC guide, GB/T 32151 series)
    (row("1 Nm3", "fuel_combustion", "ndrc/natural-gas"), {"CO2 fossil": 2.1621888}),
    # CN-02, diesel: 42.652 × 20.2 × 0.98 × 44/12 = 3.09591 t/t
    (row("2 t", "fuel_combustion", "ndrc/diesel"), {"CO2 fossil": 2 * 3095.910}),
    # the factory's own calorific value goes before the table's: 20.2 → 43.0 MJ/kg
    (row("1 kg", "fuel_combustion", "ndrc/diesel", ncv="43 MJ/kg"), {"CO2 fossil": 43 * 0.0202 * 0.98 * 44 / 12}),
    # 1.2 t limestone of 95 % CaCO3, 98 % calcined: 1200 × 0.95 × 0.98 × 0.4397
    (row("1.2 t", "carbonate", "limestone", purity="95 %", calcination="0.98"), {"CO2 fossil": 491.23284}),
    # CN-05: 0.65 × 0.785 + 0.015 × 1.092 = 0.52663 t/t
    (
        row("1 t", "clinker", cao="0.65", mgo="0.015", cao_non_carbonate="0", mgo_non_carbonate="0"),
        {"CO2 fossil": 526.63},
    ),
    # Regulation (EU) 2025/2547, annex II B.7: CWPB slope 0.143, C2F6 share 0.121, 0.2 min per cell-day, no duct loss
    (
        row("1 t", "pfc_slope", "CWPB", anode_effect_minutes="0.2", collection="1"),
        {"CF4": 0.0286, "C2F6": 0.0034606},
    ),
    # … overvoltage 1.16 kg/(t·mV): 2 mV at 95 % current efficiency, 98 % collected
    (
        row("1 t", "pfc_overvoltage", "CWPB", overvoltage="2", current_efficiency="95 %", collection="98 %"),
        {"CF4": 1.16 * 2 / 0.95 / 0.98, "C2F6": 1.16 * 2 / 0.95 / 0.98 * 0.121},
    ),
    # 500 kg carbon in, 45 kg out with the steel: 455 × 44/12
    (row("500 kg", "carbon_balance", carbon_out="45 kg"), {"CO2 fossil": 455 * 44 / 12}),
    # 0.8 kg of R-410A (50/50): 2 % at filling, 3 % a year for 10 years, 90 % left of which 80 % recovered: 0.5 of it
    (
        row(
            "0.8 kg", "refrigerant", "R-410A", filling_loss="2 %", annual_leakage="3 %", years="10", charge_left="90 %",
            recovery="80 %",
        ),
        {"HFC-32": 0.2, "HFC-125": 0.2},
    ),
    # 1 t nitric acid: 7 kg/t, 90 % destroyed while the plant runs 95 % of the time
    (
        row("1 t", "n2o_process", generation="7 kg/t", destruction="90 %", utilisation="95 %"),
        {"N2O": 7 * (1 - 0.9 * 0.95)},
    ),
    # IPCC 2006: (0.01 + 0.1 × 0.01 + 0.3 × 0.0075) × 44/28 = 0.020821 kg N2O per kg N
    (row("100 kg", "n2o_soil", "ipcc-2006"), {"N2O": 100 * 0.01325 * 44 / 28}),
    (row("60 kg", "urea", "ipcc-2006"), {"CO2 fossil": 44.0}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), HAND, ids=[item[0]["emission"]["method"] for item in HAND])
def test_a_method_by_hand(body: dict[str, Any], expected: dict[str, float]) -> None:
    assert by_gas(body) == pytest.approx(expected, rel=1e-6)


def test_every_method_has_a_case_a_source_and_words_in_both_languages() -> None:
    assert set(methods()) == {item[0]["emission"]["method"] for item in HAND}
    for method in methods().values():
        assert method.source
        assert method.licence
        assert {"zh", "en"} <= set(method.name)
        assert all(item.zh and item.en for item in method.inputs.values())
        assert all(item.source and item.licence for item in method.choices.values())
        assert all(abs(sum(item.blend.values()) - 1) < 1e-12 for item in method.choices.values() if item.blend)


def test_three_activities_of_one_smelter_add_up() -> None:
    """1 t of aluminium by hand: 420 kg anode carbon at 98 % C in, none out; PFC by slope; 5 kg soda ash calcined."""
    smelter = (
        {"amount": "= 420 kg * 0.98", "emission": {"method": "carbon_balance", "inputs": {"carbon_out": "0 kg"}}},
        row("1 t", "pfc_slope", "PFPB_M", anode_effect_minutes="0.23776", collection="1"),
        row("5 kg", "carbonate", "soda-ash", purity="1", calcination="1"),
    )
    cf4 = 0.104 * 0.23776
    expected = 420 * 0.98 * 44 / 12 + cf4 * 7380 + cf4 * 0.057 * 12400 + 5 * 0.4152
    assert result_of(*smelter).value == pytest.approx(expected, rel=1e-9)


def test_the_balance_holds_for_the_year_as_for_one_tonne() -> None:
    body = row("500 t", "carbon_balance", carbon_out="45 t")
    whole = result_of({**body, "per": "1000 t"}, unit={"declared": "1 t"})
    assert whole.value == pytest.approx(455 * 44 / 12, rel=1e-12)


def test_an_uncertain_input_makes_an_interval_and_the_gases_move_together() -> None:
    parameter = {"minutes": {"amount": "0.2", "data": {"kind": "estimate", "uncertainty": "40 %"}}}
    body = row("1 t", "pfc_slope", "CWPB", anode_effect_minutes="= minutes", collection="1")
    result = result_of(body, samples=400, parameters=parameter).document
    nominal = 0.0286 * 7380 + 0.0034606 * 12400
    assert result["total"]["value"] == pytest.approx(nominal, rel=1e-9)
    # 40 % as a 95 % half-width: σ = ln 1.4 / 1.96, so the 97.5 % quantile of the log-normal is 1.4 × the median
    interval = result["total"]
    assert interval["p97_5"] / nominal == pytest.approx(1.4, rel=0.1)
    assert interval["p2_5"] * 1.4 == pytest.approx(nominal, rel=0.1)


def test_a_fuels_upstream_stands_beside_a_method_that_holds_its_combustion() -> None:
    burnt = row("1 Nm3", "fuel_combustion", "ndrc/natural-gas")
    upstream = {"amount": "1 Nm3", "fuel": {"id": "natural-gas", "combustion_in": "m1"}}
    assert result_of(burnt, upstream).value == pytest.approx(2.162189 + 0.3, rel=1e-6)
    study, findings = Study.parse(
        document(
            stages=stages(manufacturing=[{"id": "m1", **row("1 t", "urea", "ipcc-2006")}, {"id": "m2", **upstream}])
        )
    )
    assert study is None
    assert "combustion_row_missing" in {item.code for item in findings}


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (row("1 t", "magic"), "emission_method_unknown", "emission.method"),
        (row("1 t", "carbonate", "marble"), "emission_choice_unknown", "emission.of"),
        (row("1 kg", "refrigerant"), "emission_choice_missing", "emission.of"),
        (row("1 t", "urea", "ipcc-2006", nitrogen="0.46"), "emission_input_unknown", "emission.inputs.nitrogen"),
        (row("1 t", "carbonate", "limestone", purity="1"), "emission_input_missing", "emission.inputs"),
        (row("1 t", "urea", carbon="0.2 kWh"), "emission_input_unit", "emission.inputs.carbon"),
        (row("1 t", "urea", carbon="20"), "emission_input_limit", "emission.inputs.carbon"),
        (row("1 kWh", "urea", "ipcc-2006"), "emission_input_unit", "amount"),
        (row("1 kg", "carbon_balance", carbon_out="2 kg"), "emission_negative", "emission"),
        (row("0 kg", "carbon_balance", carbon_out="0 kg"), "emission_amount_zero", "amount"),
        (row("1 t", "pfc_slope", "CWPB", anode_effect_minutes="1", collection="0"), "formula_division", "emission"),
    ],
)
def test_what_a_method_refuses_by_name(body: dict[str, Any], code: str, place: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        result_of(body)
    assert (caught.value.code, caught.value.where) == (code, f"stages.manufacturing.m1.{place}")


def test_the_short_form_of_a_line_reads_back() -> None:
    long = {"method": "fuel_combustion", "of": "ndrc/diesel", "inputs": {"ncv": "43 MJ/kg", "oxidation": "0.99"}}
    head, inputs = emission_text(long)
    assert (head, inputs) == ("fuel_combustion/ndrc/diesel", "ncv = 43 MJ/kg; oxidation = 0.99")
    assert emission({**emission(head), "inputs": inputs}) == long
