"""Calculating a study: hand-worked answers, the algebra of absence end to end, refusals."""

from __future__ import annotations

import math
from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core.amounts import Completeness
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Result, Study, calculate


def result_of(body: dict[str, Any], samples: int = 0, **options: Any) -> Result:
    """Calculate a document that must be well formed."""
    study, findings = Study.parse(body)
    assert study is not None, findings
    return calculate(study, background(), samples=samples, **options)


def one(row: dict[str, Any], **more: Any) -> Result:
    """Calculate a study of one manufacturing row."""
    return result_of(document(stages=stages(manufacturing=[{"id": "m1", **row}]), **more))


def refusal(row: dict[str, Any], **more: Any) -> tuple[str, str]:
    """Return (code, place) of the refusal of a study of one manufacturing row."""
    with pytest.raises(TanbiaoError) as caught:
        one(row, **more)
    return caught.value.code, caught.value.where.removeprefix("stages.manufacturing.m1").lstrip(".")


GRID = {"electricity": {"supply": "grid", "region": "CN", "year": 2023}}


# --- hand-worked answers (worked examples of the project, see their sources) ------------------------------------------


def test_cn_01_natural_gas_burns_to_2_162189_kg_co2_per_cubic_metre_and_brings_its_upstream() -> None:
    body = one({"amount": "1 Nm3", "fuel": "natural-gas"}).document
    by_dataset = {item["dataset"]: item["value"] for item in body["contributions"]}
    assert by_dataset["gas-burn"] == pytest.approx(2.162189, rel=1e-6)
    assert by_dataset["gas-up"] == pytest.approx(0.3)
    assert body["gases"]["CO2 fossil"] == pytest.approx(2.162189, rel=1e-6)


def test_cn_05_calcination_of_clinker_is_0_52663_t_per_t() -> None:
    row = {"amount": "= 1 t * (0.65 * 0.785 + 0.015 * 1.092)", "gas": "CO2 fossil"}
    assert one(row, unit={"declared": "1 t"}).value == pytest.approx(526.63, rel=1e-9)


def test_cn_06_a_thousand_kwh_take_the_footprint_factor_of_their_year() -> None:
    row = {"amount": "1000 kWh", **GRID}
    assert one(row).value == pytest.approx(620.5, rel=1e-12)
    later = {"amount": "1000 kWh", "electricity": {**GRID["electricity"], "year": 2024}}
    assert one(later).value == pytest.approx(577.7, rel=1e-12)
    with pytest.raises(TanbiaoError) as caught:
        one({"amount": "1000 kWh", "from": "dataset/co2-grid"})
    assert caught.value.code == "direct_factor_in_footprint"


def test_pv_01_materials_of_a_module() -> None:
    materials = [
        ("glass", 9977.4, 0.542), ("frame", 1215, 6.46), ("silicon", 365.653, 9.3), ("encapsulant", 756.045, 5.24),
        ("backsheet", 382.425, 7.5), ("copper", 8.45824, 1e-6), ("silver", 2.692895407, 0.95),
    ]  # fmt: skip
    rows = [{"id": name, "amount": f"= {mass} g * {factor}", "gas": "CO2 fossil"} for name, mass, factor in materials]
    body = result_of(document(stages=stages(raw_materials=rows), unit={"declared": "1 m2"})).document
    values = {item["row"]: item["value"] for item in body["contributions"]}
    assert values["glass"] == pytest.approx(5.407751, rel=1e-6)
    assert values["frame"] == pytest.approx(7.8489, rel=1e-9)
    assert body["total"]["value"] == pytest.approx(23.489645, rel=1e-6)
    assert body["total"]["unit"] == "kg CO2e/m2"


def test_eol_02_a_bottle_used_ten_times_counts_a_tenth_per_use() -> None:
    # 600 g over 10 uses = 60 g per use (PEFCR guidance v6.3); at 2 kg CO2e/kg that is 0.12
    row = {"amount": "= bottle / uses", "from": "dataset/steel"}
    parameters = {"bottle": "600 g", "uses": "10"}
    body = one(row, unit={"declared": "1 piece"}, parameters=parameters).document
    assert body["contributions"][0]["amount"] == pytest.approx(0.06)
    assert body["total"]["value"] == pytest.approx(0.12)


def test_ol_06_physical_allocation_shares_two_kilograms_as_a_quarter_to_three_quarters() -> None:
    outputs = [{"product": "p1", "amount": "1 kg"}, {"product": "p2", "amount": "3 kg"}]
    process = {
        "gives": outputs,
        "allocation": {"by": "mass", "reason": "physical"},
        "emits": [{"id": "e", "amount": "2 kg", "gas": "CO2 fossil"}],
    }
    assert one({"amount": "1 kg", "from": "process/x/p1"}, processes={"x": process}).value == pytest.approx(0.5)
    assert one({"amount": "3 kg", "from": "process/x/p2"}, processes={"x": process}).value == pytest.approx(1.5)


# --- kinds of activities ----------------------------------------------------------------------------------------------


def test_transport_is_mass_times_distance_with_the_upstream_twin() -> None:
    legs = [{"distance": "100 km", "by": "dataset/lorry"}, {"distance": "1000 km", "by": "dataset/ship"}]
    body = one({"amount": "2 t", "transport": legs}).document
    # 2 t × 100 km × (0.1 + 0.02) + 2 t × 1000 km × 0.01
    assert body["total"]["value"] == pytest.approx(24 + 20)
    assert [item["leg"] for item in body["contributions"]] == [0, 0, 1]


def test_a_year_of_production_is_brought_to_the_declared_unit() -> None:
    row = {"amount": "1.2 GWh", **GRID}
    assert one(row, unit={"declared": "1 kg", "amounts_for": "52000 t"}).value == pytest.approx(1.2e6 * 0.6205 / 52e6)


def test_a_row_may_name_its_own_output() -> None:
    row = {"amount": "500 kg", "per": "10 MWh", "from": "dataset/steel"}
    assert one(row, unit={"declared": "1 kWh"}).value == pytest.approx(500 * 2 / 10_000)


def test_an_output_in_mass_is_bridged_by_the_reference_flow() -> None:
    unit = {"declared": "1 kWh", "reference_flow": {"amount": "8 kg"}}
    assert one({"amount": "16 kg", "per": "32 kg", "from": "dataset/steel"}, unit=unit).value == pytest.approx(8.0)


def test_direct_emissions_are_weighed_with_the_set_of_the_study() -> None:
    row = {"amount": "10 g", "gas": "CH4 fossil"}
    assert one(row).value == pytest.approx(0.298)  # AR6: 29.8
    assert one(row, gwp="AR5").value == pytest.approx(0.3)  # AR5: 30


def test_biogenic_uptake_and_emission_and_land_use_change_stand_apart() -> None:
    rows = [
        {"id": "a", "amount": "2 kg", "gas": "CO2 uptake"},
        {"id": "b", "amount": "1.5 kg", "gas": "CO2 biogenic"},
        {"id": "c", "amount": "0.25 kg", "gas": "CO2 land use change"},
        {"id": "d", "amount": "1 kg", "gas": "CO2 fossil"},
    ]
    body = result_of(document(stages=stages(raw_materials=rows))).document
    assert body["kinds"] == {
        "fossil": 1.0, "biogenic_emission": 1.5, "biogenic_uptake": -2.0, "land_use_change": 0.25, "undivided": 0.0,
    }  # fmt: skip
    assert body["total"]["value"] == pytest.approx(0.75)
    assert body["total"]["excluding_uptake"] == pytest.approx(2.75)


def test_credits_stand_apart_and_are_never_in_the_total() -> None:
    rows = [
        {"id": "a", "amount": "1 kg", "from": "dataset/steel"},
        {"id": "b", "amount": "1 kg", "credit": "dataset/avoided"},
        {"id": "c", "amount": "1 kg", "credit": "dataset/steel"},
    ]
    body = result_of(document(stages=stages(end_of_life=rows))).document
    assert body["total"]["value"] == 2.0
    assert body["credits"]["value"] == pytest.approx(-3.5)
    assert [item["row"] for item in body["contributions"]] == ["a"]


def test_a_rule_may_count_credits_in_the_total() -> None:
    from tanbiao.core.rules import load_rule

    rule = load_rule("generic-goods@1.0.0").model_copy(update={"credits": "in_total"})
    rows = [
        {"id": "a", "amount": "1 kg", "from": "dataset/steel"},
        {"id": "b", "amount": "0.5 kg", "credit": "dataset/steel"},
    ]
    study, _ = Study.parse(document(stages=stages(end_of_life=rows)))
    assert study is not None
    body = calculate(study, background(), rule, samples=0).document
    assert body["total"]["value"] == 1.0
    assert body["stages"]["end_of_life"] == 1.0
    unknown = [*rows, {"id": "c", "amount": "unknown", "reason": "x", "credit": "dataset/steel"}]
    study, _ = Study.parse(document(stages=stages(end_of_life=unknown)))
    assert study is not None
    counted, apart = (calculate(study, background(), item, samples=0).document for item in (rule, None))
    # an absent credit would be subtracted: "at least" would be wrong
    assert (counted["total"]["completeness"], counted["total"]["lower_bound"]) == ("incomplete", False)
    assert apart["total"]["completeness"] == "partial"
    assert apart["credits"]["absences"][0]["absent"] == "unknown"


def test_waste_treatment_and_burden_free_inputs() -> None:
    rows = [
        {"id": "a", "amount": "2 kg", "treatment": "dataset/landfill"},
        {"id": "b", "amount": "5 kg", "burden_free": "scrap under cut-off"},
    ]
    assert result_of(document(stages=stages(manufacturing=rows))).value == 1.0


def test_measured_combustion_takes_the_fuel_with_its_upstream_only() -> None:
    rows = [
        {"id": "f", "amount": "10 Nm3", "fuel": {"id": "natural-gas", "combustion_in": "g"}},
        {"id": "g", "amount": "21 kg", "gas": "CO2 fossil"},
    ]
    assert result_of(document(stages=stages(manufacturing=rows))).value == pytest.approx(10 * 0.3 + 21)


@pytest.mark.requirement("SD-13a")
def test_green_power_counts_with_proof_and_as_grid_without() -> None:
    from tanbiao.core.rules import load_rule

    rule = load_rule("generic-goods@1.0.0")
    for supply in ("direct_line", "own_generation"):
        power = {"supply": supply, "dataset": "dataset/wind", "region": "CN", "year": 2023}
        proven = one_under(rule, {"amount": "100 kWh", "electricity": {**power, "proof": "contract 2023-7"}})
        assert proven.value == pytest.approx(3.0)
        unproven = one_under(rule, {"amount": "100 kWh", "electricity": power})
        assert unproven.value == pytest.approx(62.05)
        assert "electricity_without_proof" in {item.code for item in unproven.findings}


def one_under(rule: Any, row: dict[str, Any]) -> Result:
    """Calculate a study of one row under a rule."""
    study, _ = Study.parse(document(stages=stages(manufacturing=[{"id": "m1", **row}])))
    assert study is not None
    return calculate(study, background(), rule, samples=0)


def test_a_supply_that_the_rule_does_not_count_is_counted_as_grid() -> None:
    from tanbiao.core.rules import load_rule
    from tanbiao.core.rules.model import ElectricityRule

    rule = load_rule("generic-goods@1.0.0").model_copy(update={"electricity": ElectricityRule(counts=())})
    power = {"supply": "own_generation", "dataset": "dataset/wind", "region": "CN", "year": 2023, "proof": "meter"}
    result = one_under(rule, {"amount": "100 kWh", "electricity": power})
    assert result.value == pytest.approx(62.05)
    assert "electricity_counted_as_grid" in {item.code for item in result.findings}


def test_a_year_without_factor_takes_the_latest_earlier_one_and_says_so() -> None:
    result = one({"amount": "1 kWh", "electricity": {**GRID["electricity"], "year": 2025}})
    assert result.value == pytest.approx(0.5777)
    assert [(item.code, item.where) for item in result.findings] == [
        ("factor_year_differs", "stages.manufacturing.m1.electricity")
    ]


def test_power_of_a_supplier_abroad_may_take_a_factor_that_china_may_not() -> None:
    from tanbiao.core.lca.release_find import find_release

    release = find_release()
    abroad = {"amount": "1 kWh", "electricity": {"supply": "grid", "region": "DE", "year": 2023}}
    study, _ = Study.parse(document(stages=stages(manufacturing=[{"id": "m1", **abroad}])))
    assert study is not None
    figure, _ = release.grid_electricity("DE", 2023)
    assert figure.never_for == ("CN",)
    result = calculate(study, release, samples=0)
    assert result.value == pytest.approx(release.intensity(figure.id, study.gwp).total)
    assert "electricity_stand_in" in {item.code for item in result.findings}
    at_home = {"supply": "direct_line", "dataset": f"dataset/{figure.id}", "region": "CN-GD", "year": 2023}
    study, _ = Study.parse(
        document(stages=stages(manufacturing=[{"id": "m1", "amount": "1 kWh", "electricity": at_home}]))
    )
    assert study is not None
    with pytest.raises(TanbiaoError) as caught:
        calculate(study, release, samples=0)
    assert (caught.value.code, caught.value.findings[0].params["country"]) == ("never_for_country", "CN")


# --- refusals ---------------------------------------------------------------------------------------------------------


def leg(distance: str, vehicle: str) -> dict[str, Any]:
    """Return a transport row."""
    return {"amount": "1 t", "transport": [{"distance": distance, "by": f"dataset/{vehicle}"}]}


def direct_line(dataset: str) -> dict[str, Any]:
    """Return a row of electricity by a direct line."""
    return {"amount": "1 kWh", "electricity": {"supply": "direct_line", "dataset": f"dataset/{dataset}"}}


REFUSALS = [
    ({"amount": "1 kg", "from": "dataset/stele"}, "unknown_dataset", "from"),
    ({"amount": "1 kWh", "from": "dataset/steel"}, "unit_mismatch", "amount"),
    ({"amount": "1 kWh|LHV", **GRID}, "unit_mismatch", ""),
    ({"amount": "1 kWh|LHV", "from": "dataset/grid-2023"}, "unit_mismatch", "amount"),
    ({"amount": "1 kWh", "from": "dataset/co2-grid"}, "direct_factor_in_footprint", "from"),
    ({"amount": "1 Nm3", "from": "dataset/gas-up"}, "upstream_without_combustion", "from"),
    ({"amount": "1 kg", "from": "dataset/landfill"}, "treatment_as_input", "from"),
    ({"amount": "1 kg", "from": "dataset/avoided"}, "credit_as_input", "from"),
    (leg("1 km", "lorry-alone"), "pair_missing", "transport[0].by"),
    (leg("1 kg", "ship"), "unit_mismatch", "transport[0].distance"),
    ({"amount": "1 m3", "fuel": "natural-gas"}, "unit_mismatch", "amount"),
    ({"amount": "1 kg", "fuel": "moonshine"}, "fuel_unknown", "fuel"),
    ({"amount": "1 kg", "gas": "CO2"}, "gas_unknown", "gas"),
    ({"amount": "1 kWh", "electricity": {"supply": "grid", "region": "XX", "year": 2023}}, "grid_region_unknown", ""),
    (direct_line("steel"), "not_electricity", "electricity"),
    ({"amount": "= missing * 2", "from": "dataset/steel"}, "formula_name", "amount"),
    ({"amount": "= 1 kg - 2 kg", "from": "dataset/steel"}, "negative_amount", "amount"),
    ({"amount": "1 kg", "per": "1 m2", "from": "dataset/steel"}, "unit_mismatch", "per"),
    ({"amount": "1 kg", "per": "0 kg", "from": "dataset/steel"}, "per_not_positive", "per"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "code", "place"), REFUSALS)
def test_no_number_comes_out_of_a_wrong_row(row: dict[str, Any], code: str, place: str) -> None:
    found, where = refusal(row)
    assert found == code
    if place:
        assert where == place


def test_an_amount_beyond_calculation_is_refused_not_infinite() -> None:
    found, _ = refusal({"amount": "1e308 t", "from": "dataset/steel"})
    assert found == "result_not_finite"


def test_all_refusals_are_told_at_once() -> None:
    rows = [{"id": "a", "amount": "1 kg", "from": "dataset/x"}, {"id": "b", "amount": "1 m", "from": "dataset/steel"}]
    study, _ = Study.parse(document(stages=stages(manufacturing=rows)))
    assert study is not None
    with pytest.raises(TanbiaoError) as caught:
        calculate(study, background())
    assert [item.code for item in caught.value.findings] == ["unknown_dataset", "unit_mismatch"]


def test_parameters_that_refer_to_each_other_in_a_circle_are_refused() -> None:
    parameters = {"a": "= b * 2", "b": "= a / 2"}
    with pytest.raises(TanbiaoError) as caught:
        one({"amount": "= a * 1 kg", "from": "dataset/steel"}, parameters=parameters)
    assert "formula_cycle" in {item.code for item in caught.value.findings}


def test_the_number_of_samples_is_bounded() -> None:
    for samples in (-1, 10**6):
        with pytest.raises(TanbiaoError) as caught:
            result_of(document(), samples=samples)
        assert caught.value.code == "samples_out_of_range"


# --- GWP sets ---------------------------------------------------------------------------------------------------------


def test_the_emission_of_other_and_unknown_sets_is_counted_by_share() -> None:
    rows = [
        {"id": key, "amount": "1 kg", "from": f"dataset/{key}"} for key in ("steel", "old-gwp", "no-gwp", "weighed")
    ]
    result = result_of(document(stages=stages(raw_materials=rows)))
    # weighed: 1 kg CH4 + 0.8 kg CO2 weighed again with AR6: 29.8 + 0.8 = 30.6; total 2 + 1 + 1 + 30.6
    assert result.value == pytest.approx(34.6)
    gwp = result.document["versions"]["gwp"]
    assert gwp["set"] == "AR6"
    assert gwp["share_same"] == pytest.approx(32.6 / 34.6)
    assert gwp["share_other"] == pytest.approx(1 / 34.6)
    assert gwp["share_unknown"] == pytest.approx(1 / 34.6)
    codes = {item.code: item.where for item in result.findings}
    assert codes["gwp_set_differs"] == "stages.raw_materials.old-gwp"
    assert codes["gwp_set_unknown"] == "stages.raw_materials.no-gwp"


@pytest.mark.parametrize("above", ["refuse", "error"])
def test_a_rule_may_cap_the_mix_of_sets(above: str) -> None:
    from tanbiao.core.rules import load_rule
    from tanbiao.core.rules.model import GwpMix

    rule = load_rule("generic-goods@1.0.0")
    rule = rule.model_copy(update={"gwp_mix": GwpMix.model_validate({"other_or_unknown": "20 %", "above": above})})
    row = {"amount": "1 kg", "from": "dataset/no-gwp"}
    if above == "refuse":
        with pytest.raises(TanbiaoError) as caught:
            one_under(rule, row)
        assert caught.value.code == "gwp_mix_above_cap"
    else:
        assert "gwp_mix_above_cap" in {item.code for item in one_under(rule, row).findings}
    assert "gwp_mix_above_cap" not in {
        item.code for item in one_under(rule, {"amount": "1 kg", "from": "dataset/steel"}).findings
    }


# --- the algebra of absence, end to end -------------------------------------------------------------------------------

KNOWN = {"id": "k", "amount": "1 kg", "from": "dataset/steel"}


def absent(kind: str, **more: Any) -> dict[str, Any]:
    """Return a row whose amount is absent."""
    return {"id": "a", "amount": kind, "reason": "why", "from": "dataset/steel", **more}


def everywhere(row: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return five stages, all with rows or declared empty."""
    rows = [KNOWN] if row is None else [KNOWN, row]
    return {
        "raw_materials": rows,
        **{name: {"empty": "nothing"} for name in ("manufacturing", "distribution", "use", "end_of_life")},
    }


@pytest.mark.parametrize(
    ("row", "completeness", "lower_bound"),
    [
        (None, Completeness.COMPLETE, False),
        (absent("excluded"), Completeness.COMPLETE, False),
        (absent("below_cut_off"), Completeness.COMPLETE, False),
        (absent("not_declared"), Completeness.PARTIAL, False),
        (absent("unknown"), Completeness.INCOMPLETE, True),
    ],
)
def test_an_absence_leaves_the_known_part_and_says_what_it_is(
    row: dict[str, Any] | None, completeness: Completeness, lower_bound: bool
) -> None:
    result = result_of(document(stages=everywhere(row)))
    total = result.document["total"]
    assert total["value"] == 2.0
    assert total["completeness"] == completeness.value
    assert total["lower_bound"] is lower_bound
    assert [item["absent"] for item in total["absences"]] == ([] if row is None else [row["amount"]])


def test_a_share_of_an_incomplete_total_is_unknown() -> None:
    body = result_of(document(stages=everywhere(absent("unknown")))).document
    assert body["primary_data_share"]["absent"] == "unknown"
    assert body["foreign_share"]["absent"] == "unknown"
    assert body["contributions"][0]["share"] is None
    assert body["contributions"][0]["share_of_known"] == 1.0
    assert [(item["row"], item["reason"], item["where"], item["bound"]) for item in body["unknown"]] == [
        ("a", "why", "stages.raw_materials.a", None)
    ]


def test_an_unknown_amount_with_a_limit_gives_a_bound_in_emission() -> None:
    total = result_of(document(stages=everywhere(absent("unknown", bound="0.5 kg")))).document["total"]
    assert total["bound"] == pytest.approx(3.0)
    assert total["absences"][0]["bound"] == pytest.approx(1.0)


def test_zero_times_an_absence_is_the_absence() -> None:
    processes = {
        "p": {"gives": "1 kg", "takes": [absent("unknown"), {"id": "p2", "amount": "1 kg", "from": "dataset/steel"}]}
    }
    rows = [{"id": "r", "amount": "0 kg", "from": "process/p"}]
    total = result_of(document(stages=stages(raw_materials=rows), processes=processes)).document["total"]
    assert total["value"] == 0.0
    assert total["completeness"] == "incomplete"


def test_an_unknown_in_a_process_that_no_stage_needs_is_not_in_the_result() -> None:
    body = document(stages=everywhere(), processes={"p": {"gives": "1 kg", "takes": [absent("unknown")]}})
    assert result_of(body).document["total"]["completeness"] == "complete"


def test_a_stage_of_unknown_rows_alone_is_unknown_not_zero() -> None:
    body = result_of(document(stages={**everywhere(), "use": [absent("unknown")]})).document
    assert body["stages"]["use"]["absent"] == "unknown"
    assert body["stage_completeness"]["use"] == "incomplete"
    assert body["stages"]["distribution"] == 0.0


def test_a_fuel_without_upstream_data_makes_the_total_incomplete() -> None:
    total = one({"amount": "1 Nm3", "fuel": "lonely"}).document["total"]
    assert total["completeness"] == "incomplete"
    assert total["value"] == pytest.approx(2.162189, rel=1e-6)


def test_the_cut_off_ledger_lists_the_studys_entries_and_rows_below_cut_off() -> None:
    body = document(
        stages=everywhere(absent("below_cut_off", bound="1 g")),
        cut_off=[{"id": "x1", "what": "标签", "bound": "0.02 kg", "reason": "small"}],
    )
    entries = result_of(body).document["cut_off"]
    assert [(item["id"], item["bound"], item["unit"]) for item in entries] == [("x1", 0.02, "kg"), ("a", 1.0, "g")]


# --- quality, shares, interval ----------------------------------------------------------------------------------------


def test_quality_is_weighted_by_contribution_and_says_how_much_was_assessed() -> None:
    rows = [
        {"id": "a", "amount": "1 kg", "from": "dataset/scored"},  # scores 2, 3, 4, 1
        {"id": "b", "amount": "3 kg", "from": "dataset/scored", "data": {"kind": "primary", "pedigree": [1] * 5}},
        {"id": "c", "amount": "2 kg", "from": "dataset/steel"},  # not assessed: 4 kg CO2e
    ]  # fmt: skip
    body = result_of(document(stages=stages(raw_materials=rows))).document
    assert body["data_quality"]["score"] == pytest.approx((1 * 2.5 + 3 * 1.0) / 4)
    assert body["data_quality"]["by"]["tir"] == pytest.approx((4 + 3) / 4)
    assert body["data_quality"]["assessed_share"] == pytest.approx(0.5)
    assert body["primary_amount_share"] == pytest.approx(3 / 8)
    assert body["primary_data_share"] == 0.0  # a bought product with a factor of a database


def test_stand_ins_and_foreign_factors_are_tallied() -> None:
    rows = [
        {"id": "a", "amount": "1 kg", "from": "dataset/steel"},
        {"id": "b", "amount": "2 kg", "from": "dataset/resin", "stand_in": {"for": "Chinese PP", "reason": "none"}},
    ]
    body = result_of(document(stages=stages(raw_materials=rows))).document
    assert body["foreign_share"] == pytest.approx(6 / 8)
    assert body["stand_ins"] == [
        {"row": "b", "for": "Chinese PP", "dataset": "resin", "value": 6.0, "share": 0.75, "reason": "none"}
    ]


@pytest.mark.requirement("GBA-07e")
def test_the_same_input_gives_the_same_output_and_every_factor_and_version_is_shown() -> None:
    body = document(stages=stages(manufacturing=[{"id": "m", "amount": "10 kWh", **GRID}]))
    first, second = result_of(body, samples=200), result_of(body, samples=200)
    assert first.canonical() == second.canonical()
    row = first.document["contributions"][0]
    assert row["amount"] * row["factor"] == pytest.approx(row["value"])
    assert (row["dataset"], row["version"], row["factor_unit"]) == ("grid-2023", "1", "kg CO2e/kWh|electricity")
    assert first.document["versions"]["release_hash"].startswith("sha256:")
    assert first.document["versions"]["seed"] == 1


def test_the_nominal_value_does_not_depend_on_the_samples() -> None:
    body = document(stages=stages(manufacturing=[{"id": "m", "amount": "10 kWh", **GRID}]))
    assert result_of(body, samples=0).value == result_of(body, samples=500).value
    assert result_of(body, samples=0).document["total"]["p50"] is None


def test_a_stated_interval_is_that_of_its_log_normal() -> None:
    # amount ±10 % and factor ±10 % as 95 % half-widths: σ² = 2 (ln 1.1 / 1.96)²; P97.5 = exp(1.96 σ) = 1.1^√2
    row = {"id": "a", "amount": "1 kg", "from": "dataset/scored", "data": {"kind": "primary", "uncertainty": "10 %"}}
    total = result_of(document(stages=stages(raw_materials=[row])), samples=20_000).document["total"]
    assert total["interval_basis"] == {"assumed": 0.0, "scored": 0.0, "stated": 1.0}
    assert total["p50"] == pytest.approx(1.0, rel=0.005)
    assert total["p97_5"] == pytest.approx(1.1 ** (2**0.5), rel=0.01)
    assert total["p2_5"] == pytest.approx(1.1 ** -(2**0.5), rel=0.01)
    # √(p(1−p)/n) / density: at the median √(0.25/20000)·√(2π)·σ with σ = √2·ln 1.1/1.96
    errors = total["quantile_errors"]
    sigma = 2**0.5 * math.log(1.1) / 1.96
    assert errors["p50"]["standard_error"] == pytest.approx((0.25 / 20_000 * 2 * math.pi) ** 0.5 * sigma, rel=0.1)
    assert errors["p97_5"]["low"] < 1.1 ** (2**0.5) < errors["p97_5"]["high"]


def test_rows_of_one_factor_share_its_draws() -> None:
    # two rows of the same uncertain factor: fully correlated, so their sum spreads as one does
    def spread(rows: list[dict[str, Any]]) -> float:
        total = result_of(document(stages=stages(raw_materials=rows)), samples=4000).document["total"]
        return float(total["p97_5"] / total["p2_5"])

    exact = {"data": {"kind": "primary", "uncertainty": {"gsd2": 1}}}
    one_row = [{"id": "a", "amount": "2 kg", "from": "dataset/scored", **exact}]
    two_rows = [{"id": key, "amount": "1 kg", "from": "dataset/scored", **exact} for key in ("b", "c")]
    assert spread(two_rows) == pytest.approx(spread(one_row), rel=1e-9)


@pytest.mark.parametrize(
    "spread", [{"triangular": ["0.9 kg", "1.2 kg"]}, {"uniform": ["0.9 kg", "1.1 kg"]}, {"normal": "50 g"}]
)
def test_other_stated_distributions_stay_near_their_amount(spread: dict[str, Any]) -> None:
    row = {"id": "a", "amount": "1 kg", "gas": "CO2 fossil", "data": {"kind": "primary", "uncertainty": spread}}
    total = result_of(document(stages=stages(raw_materials=[row])), samples=2000).document["total"]
    assert 0.85 < total["p2_5"] < total["p50"] < total["p97_5"] < 1.25
    assert total["value"] == 1.0


def test_a_yield_drawn_above_one_never_turns_a_loss_into_a_gain() -> None:
    parameters = {"yield_rate": {"amount": "0.99", "data": {"kind": "estimate"}}}
    row = {"id": "a", "amount": "= 1 kg * (1 / yield_rate - 1)", "gas": "CO2 fossil"}
    total = result_of(document(stages=stages(raw_materials=[row]), parameters=parameters), samples=500).document[
        "total"
    ]
    assert total["p2_5"] == 0.0
    assert total["value"] == pytest.approx(1 / 0.99 - 1)


def test_the_result_does_not_depend_on_the_order_of_keys() -> None:
    processes = {
        "zinc": {"gives": "1 kg", "takes": [{"id": "z", "amount": "0.3 kg", "from": "process/alpha"}]},
        "alpha": {"gives": "3 kg", "takes": [{"id": "b", "amount": "0.1 kg", "from": "dataset/resin"}]},
    }
    rows = [{"id": "r", "amount": "= beta * 1 kg", "from": "process/zinc"}]
    parameters = {"beta": "= alpha_value * 3", "alpha_value": "0.7"}
    body = document(stages=stages(raw_materials=rows), processes=processes, parameters=parameters)
    turned = document(
        stages=stages(raw_materials=rows),
        processes=dict(reversed(processes.items())),
        parameters=dict(reversed(parameters.items())),
    )
    assert result_of(body, samples=50).hash == result_of(turned, samples=50).hash


def test_a_factor_that_is_not_there_is_found_even_where_the_amount_is_unknown() -> None:
    with pytest.raises(TanbiaoError) as caught:
        one({"amount": "unknown", "reason": "why", "from": "dataset/nowhere"})
    assert caught.value.code == "unknown_dataset"


def test_a_derived_parameter_is_as_well_known_as_its_weakest_source() -> None:
    parameters = {
        "a": {"amount": "2", "data": {"kind": "primary", "uncertainty": "1 %"}},
        "b": {"amount": "3", "data": {"kind": "primary", "pedigree": [1, 1, 1, 1, 1]}},
        "c": "= a * b",
    }
    body = one({"amount": "= c * 1 kg", "gas": "CO2 fossil"}, parameters=parameters).document
    assert body["total"]["value"] == pytest.approx(6.0)
    assert body["total"]["interval_basis"]["scored"] == 1.0


def test_a_result_is_rolled_up_onto_the_own_processes() -> None:
    # 2 bricks of the kiln: each takes 0.5 kg steel (2 kg CO2e/kg) and emits 0.1 kg CO2; the press that the kiln runs
    # once for each brick emits 0.3 kg CO2; 1 kg of CO2 is emitted beside, in no process.
    steel = background().get("steel").co2e["AR6"]
    processes = {
        "kiln": {
            "name": {"zh": "窑", "en": "kiln"},
            "gives": "1 kg",
            "takes": [
                {"id": "k1", "amount": "0.5 kg", "from": "dataset/steel"},
                {"id": "k2", "amount": "1 kg", "from": "process/press"},
            ],
            "emits": [{"id": "k3", "amount": "0.1 kg", "gas": "CO2 fossil"}],
        },
        "press": {"gives": "1 kg", "emits": [{"id": "p1", "amount": "0.3 kg", "gas": "CO2 fossil"}]},
    }
    rows = [
        {"id": "a", "amount": "2 kg", "from": "process/kiln"},
        {"id": "b", "amount": "1 kg", "gas": "CO2 fossil"},
    ]
    found = result_of(document(stages=stages(manufacturing=rows), processes=processes)).document["own_processes"]
    values = {item["process"] or item["stage"]: item["value"] for item in found}
    assert values == pytest.approx({"kiln": 2 * (0.5 * steel + 0.1), "press": 0.6, "manufacturing": 1.0})
    assert [item["name"]["en"] for item in found if item["process"] == "kiln"] == ["kiln"]
    assert [abs(item["value"]) for item in found] == sorted((abs(item["value"]) for item in found), reverse=True)
