"""Use-stage scenarios, end-of-life shares and the functional unit, by hand and from cited examples."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_background import MemoryRelease, background, dataset, document
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.fates import tables
from tanbiao.core.study.method_parts import ROUTES
from tanbiao.core.study.normalise_method import fate, fate_text
from tanbiao.core.study.scenarios import use_scenarios

EMPTY = {name: {"empty": "test"} for name in ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")}


def release() -> MemoryRelease:
    """Return the test release with treatments of plastic per kg."""
    more = [dataset("sort", 0.2, "kg", "treatment"), dataset("burn", 2.4, "kg", "treatment")]
    return MemoryRelease({**background().datasets, **{item.id: item for item in more}})


def result_of(stages: dict[str, Any], **more: Any) -> Result:
    """Calculate a study of a whole life."""
    study, findings = Study.parse(document(**{"boundary": "cradle_to_grave", "stages": {**EMPTY, **stages}, **more}))
    assert study is not None, findings
    return calculate(study, release(), samples=0)


def power(row: str, amount: str) -> dict[str, Any]:
    """Return a row of grid electricity."""
    return {"id": row, "amount": amount, "electricity": {"supply": "grid", "region": "CN", "year": 2023}}


# --- use stage ----------------------------------------------------------------------------------------------------

APPLIANCE = {"use": [power("u1", "= use_years * use_hours_per_year * use_power"), power("u2", "5 kWh"),
                     {"id": "u3", "amount": "0.02 kg", "from": "dataset/steel"}]}  # fmt: skip


def test_a_scenario_gives_the_quantities_of_the_use_stage() -> None:
    """10 years × 1000 h × 0.8 kW = 8000 kWh; with 5 kWh of standby: 8005 × 0.6205, and 0.02 kg steel × 2."""
    result = result_of(APPLIANCE, scenarios={"use": "demo-appliance@1.0.0"})
    assert result.value == pytest.approx(8005 * 0.6205 + 0.04)
    table = {row["name"]: row for row in result.document["scenarios"]}
    assert table["use_years"]["used"] == table["use_years"]["published"] == "10"
    assert table["use_power"]["standing"] == "demonstration"


def test_an_override_with_its_reason_goes_before_the_scenario() -> None:
    stated = {
        "scenario": "demo-appliance@1.0.0",
        "override": {"use_years": {"amount": "8", "reason": "warranty term", "source": "warranty card"}},
    }
    result = result_of(APPLIANCE, scenarios={"use": stated})
    assert result.value == pytest.approx((8 * 800 + 5) * 0.6205 + 0.04)
    row = next(item for item in result.document["scenarios"] if item["name"] == "use_years")
    assert (row["published"], row["used"], row["reason"]) == ("10", "8", "warranty term")


def test_the_published_use_phase_of_an_lfp_battery() -> None:
    """BAT-01, Tao et al. 2023: mass share 3277.31 kWh, losses 3900 kWh, 125.92 kWh per kWh of the 57 kWh battery."""
    mass = "= use_mass_share * use_battery_mass / use_vehicle_mass * use_distance * use_consumption / use_efficiency"
    # the paper counts 0.3 × 600/2380 × 200000 × 0.195 / 0.9 = 3277.31 and (1 − 0.9) × 200000 × 0.195 = 3900
    loss = "= (1 - use_efficiency) * use_distance * use_consumption"
    rows = {"use": [power("u1", mass), power("u2", loss), power("u3", "0 kWh")]}
    result = result_of(
        rows,
        scenarios={"use": "ev-battery-tao-2023@1.0.0"},
        unit={"declared": "1 kWh", "amounts_for": "57 kWh"},
    )
    per_kwh = result.value / 0.6205
    assert per_kwh == pytest.approx(125.9177, rel=1e-6)
    assert per_kwh == pytest.approx(126, rel=0.002)


@pytest.mark.parametrize(
    ("scenarios", "parameters", "code"),
    [
        ({"use": "nothing@1"}, {}, "scenario_unknown"),
        ({"use": {"scenario": "demo-appliance@1.0.0", "override": {"use_x": {"amount": "1", "reason": "r"}}}}, {},
         "scenario_quantity_unknown"),
        ({"use": "demo-appliance@1.0.0"}, {"use_years": {"amount": "3"}}, "scenario_parameter_twice"),
    ],
)  # fmt: skip
def test_a_scenario_that_is_not_there_and_a_name_twice_are_refused(
    scenarios: dict[str, Any], parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(TanbiaoError) as error:
        result_of(APPLIANCE, scenarios=scenarios, parameters=parameters)
    assert code in [item.code for item in error.value.findings]


def test_an_override_needs_a_reason() -> None:
    stated = {"use": {"scenario": "demo-appliance@1.0.0", "override": {"use_years": {"amount": "8"}}}}
    study, findings = Study.parse(document(scenarios=stated))
    assert study is None
    assert [(item.code, item.where) for item in findings] == [
        ("field_missing", "scenarios.use.override.use_years.reason")
    ]


# --- end of life ---------------------------------------------------------------------------------------------------

PLASTIC = {
    "material": "plastic", "region": "CN", "table": "demo@1.0.0", "recycling": "burden_free",
    "energy_recovery": "dataset/burn", "landfill": "dataset/landfill",
}  # fmt: skip


def ends(*fates: dict[str, Any], amount: str = "2 kg") -> Result:
    """Calculate 2 kg of each material at its end of life."""
    rows = [{"id": f"e{index}", "amount": amount, "fate": item} for index, item in enumerate(fates, 1)]
    return result_of({"end_of_life": rows})


def test_the_shares_of_a_table_split_a_material_over_its_routes() -> None:
    """2 kg plastic: 30 % leaves without burden, 50 % burnt at 2.4, 20 % landfilled at 0.5: 2.4 + 0.2 = 2.6."""
    result = ends(PLASTIC)
    assert result.value == pytest.approx(2 * (0.5 * 2.4 + 0.2 * 0.5))
    routes = {row["module"]: row["value"] for row in result.document["contributions"]}
    assert routes == {"energy_recovery": pytest.approx(2.4), "landfill": pytest.approx(0.2)}


def test_regions_and_own_shares_give_other_figures_and_the_table_stays_in_sight() -> None:
    """EU: 40/40/20 with sorting at 0.2; own: 100 % landfill. 2 × (0.08 + 0.96 + 0.1) + 2 × 0.5 + 2.6 = 5.88."""
    european = {**PLASTIC, "region": "EU", "recycling": "dataset/sort"}
    own = {**PLASTIC, "shares": {"landfill": "100 %"}, "reason": "the only plant of the island"}
    result = ends(PLASTIC, european, own)
    assert result.value == pytest.approx(2.6 + 2.28 + 1.0)
    shown = result.document["fates"][2]
    assert shown["shares"] == {"landfill": "100 %"}
    assert shown["table_shares"] == {"recycling": "0.3", "energy_recovery": "0.5", "landfill": "0.2"}
    assert shown["standing"] == "demonstration"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"table": "nothing@1"}, "fate_table_unknown"),
        ({"table": "national@0.0.0"}, "fate_not_in_table"),
        ({"region": "XX"}, "fate_not_in_table"),
        ({"table": ""}, "fate_without_shares"),
        ({"shares": {"landfill": "1"}}, "fate_without_reason"),
        ({"shares": {"landfill": "0.7", "recycling": "0.2"}, "reason": "r"}, "fate_share"),
        ({"landfill": ""}, "fate_without_treatment"),
    ],
)
def test_what_is_thrown_away_never_disappears(change: dict[str, Any], code: str) -> None:
    with pytest.raises(TanbiaoError) as error:
        ends({**PLASTIC, **change})
    assert error.value.code == code


def test_the_text_of_a_form_and_the_long_form_are_one() -> None:
    own = {**PLASTIC, "shares": {"landfill": "0.6", "recycling": "0.4"}, "reason": "own survey 2023"}
    material, inputs = fate_text(own)
    assert fate({"material": material, "inputs": inputs}) == own


def test_every_table_and_scenario_says_its_standing_and_source_and_adds_up() -> None:
    for name, table in tables().items():
        assert table["source"], name
        assert table["standing"] in ("empty", "demonstration", "published"), name
        assert table["standing"] != "demonstration" or "演示" in table["name"]["zh"]
        assert (table["standing"] == "empty") == (not table["rows"])
        for row in table["rows"]:
            assert set(row["shares"]) <= set(ROUTES)
            assert sum(row["shares"].values()) == pytest.approx(1.0, abs=1e-12)
    for name, item in use_scenarios().items():
        assert item["source"], name
        assert item["standing"] in ("demonstration", "literature", "published"), name
        assert all(key.startswith("use_") for key in item["quantities"])


@settings(deadline=None, max_examples=40)
@given(share=st.floats(0.0, 1.0))
def test_any_split_lies_between_its_routes(share: float) -> None:
    own = {"burn": share, "bury": 1 - share}
    stated = {**PLASTIC, "shares": {"energy_recovery": f"{own['burn']!r}", "landfill": f"{own['bury']!r}"}}
    value = ends({**stated, "reason": "any"}, amount="1 kg").value
    assert 0.5 - 1e-12 <= value <= 2.4 + 1e-12


# --- functional unit -----------------------------------------------------------------------------------------------


def functional(declared: str, flow: dict[str, Any], value: str, **unit: Any) -> Result:
    """Calculate a study whose total is ``value`` kg CO2 and that states a functional flow."""
    rows = {"manufacturing": [{"id": "m1", "amount": value, "gas": "CO2 fossil"}]}
    return result_of(rows, unit={"declared": declared, "functional_flow": flow, **unit})


def test_bricks_by_piece_need_evidence_of_their_mass() -> None:
    """CN-04: 100 pieces × 4.2 kg = 420 kg; without evidence no number comes out."""
    flow = {"amount": "100 piece", "takes": "420 kg", "evidence": "weighing record 2023-07"}
    shown = functional("1 kg", flow, "0.25 kg").document["functional"]
    assert shown["declared_units"] == pytest.approx(420)
    assert shown["value"] == pytest.approx(105)
    result = functional("1 kg", {"amount": "100 piece", "takes": "420 kg"}, "0.25 kg")
    assert result.document["functional"]["value"] is None
    assert "functional_without_evidence" in [item.code for item in result.findings]


def test_wine_from_its_alcohol() -> None:
    """WINE-01: 0.14 kg per 10 mL of alcohol, 12.5 % by volume: a litre takes 125 mL of alcohol, 1.75 kg."""
    flow = {"amount": "1 L", "takes": "125 mL", "evidence": "12.5 % by volume on the label"}
    shown = functional("10 mL", flow, "0.14 kg").document["functional"]
    assert shown["value"] == pytest.approx(1.75, rel=1e-9)


def test_a_reusable_bottle_per_use() -> None:
    """EOL-02, PEFCR Guidance v6.3: a bottle of 600 g that is used ten times counts 60 g per use; 2 kg CO2e per kg."""
    flow = {"amount": "1 piece", "takes": "60 g", "evidence": "ten uses by the deposit system's record"}
    assert functional("1 kg", flow, "2 kg").document["functional"]["value"] == pytest.approx(0.12)


def test_a_partial_footprint_has_no_figure_per_function() -> None:
    flow = {"amount": "1 L", "takes": "2 kg", "evidence": "test"}
    stages = {**EMPTY, "manufacturing": [{"id": "m1", "amount": "1 kg", "gas": "N2O"}], "use": {"not_declared": "x"}}
    study, _ = Study.parse(document(stages=stages, unit={"declared": "1 kg", "functional_flow": flow}))
    assert study is not None
    result = calculate(study, release(), samples=0)
    assert result.document["functional"]["value"] is None
    assert "functional_of_partial" in [item.code for item in result.findings]
