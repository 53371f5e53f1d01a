"""The starter release: built again it has the same hash, every row names its source, the sources' rules hold."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from tanbiao.core import units
from tanbiao.core.findings import Severity, TanbiaoError
from tanbiao.core.gases import GWP_SETS
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import pinned_hashes

ROOT = Path(__file__).parents[3]
WORKED = json.loads((ROOT / "tests" / "data" / "release" / "worked_examples.json").read_text("utf-8"))


def test_built_again_it_has_the_same_hash() -> None:
    built = subprocess.run(
        [sys.executable, "scripts/build_starter.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr


def test_every_byte_is_right_and_the_pin_names_it(starter: Release) -> None:
    starter.verify_all()
    assert pinned_hashes()["starter-2026.1"] == starter.hash


def test_it_says_that_it_is_a_demonstration(starter: Release) -> None:
    assert starter.standing == "demonstration"
    assert "不得用于认证" in starter.statement["zh"]
    assert "not for certification" in starter.statement["en"]


def test_every_licence_is_listed_with_its_attribution(starter: Release) -> None:
    listed = json.loads(resources.files("tanbiao.data").joinpath("sources.json").read_text(encoding="utf-8"))["sources"]
    by_key = {entry["id"]: entry for entry in listed}
    assert all(entry["attribution"] and entry["licence"] and entry["name"] for entry in listed)
    for dataset in starter:
        assert dataset.licence in by_key[dataset.source.key]["licences_of_rows"], dataset.id


@pytest.mark.requirement("NAT-05c")
def test_every_dataset_names_its_source_version_and_licence(starter: Release) -> None:
    for dataset in starter:
        assert dataset.source.title
        assert dataset.source.key
        assert dataset.licence
        assert dataset.redistribution.startswith("yes")
        assert dataset.version == "2026.1"


def test_display_names_differ(starter: Release) -> None:
    for names in ([item.name.en for item in starter], [item.name.zh for item in starter if item.name.zh]):
        assert len(names) == len(set(names))
    assert all(item.name.en or item.name.zh for item in starter)


def test_a_keyword_never_becomes_a_name(starter: Release) -> None:
    marked = [item for item in starter if item.keywords_zh]
    assert len(marked) > 1000
    assert all(item.name.zh != item.keywords_zh for item in marked)
    translated = [item for item in starter if item.name_machine_made.get("zh")]
    assert all(item.name.zh and item.source.key == "uk-conversion-factors-2025" for item in translated)


def test_kinds_and_gases_add_up_to_the_total_under_every_set(starter: Release) -> None:
    for dataset in starter:
        for gwp_set in GWP_SETS:
            found = dataset.intensity(gwp_set)
            tolerance = 1e-12 * max(1.0, abs(found.total))
            assert abs(sum(found.kinds.values()) - found.total) <= tolerance, dataset.id
            assert abs(sum(found.gases.values()) - found.total) <= tolerance, dataset.id


def test_negative_rows_are_credits_and_credits_are_no_inputs(starter: Release) -> None:
    credits = [item for item in starter if item.kind == "credit"]
    assert all(item.kind == "credit" for item in starter if item.total < 0)
    assert len(credits) > 100
    with pytest.raises(TanbiaoError) as caught:
        credits[0].require_input("r1")
    assert caught.value.code == "credit_as_input"


def test_a_split_that_does_not_explain_the_total_is_not_used(starter: Release) -> None:
    flights = [item for item in starter if any(note.code == "split_differs_from_total" for note in item.findings)]
    assert len(flights) >= 25
    for item in flights:
        assert item.gases is None
        assert item.gas_co2e is None
        assert item.kinds.undivided == item.total


def test_reference_units_are_known_and_fuel_is_never_electricity(starter: Release) -> None:
    electricity = units.parse_unit("kWh|electricity")
    for item in starter:
        unit = item.reference.parsed
        if item.kind in ("direct_emission_factor", "upstream_factor") and "Fuels" in item.categories[0]:
            assert not units.compatible(electricity, unit), item.id
        if item.categories[0].startswith("Electric"):
            assert units.compatible(electricity, unit), item.id


def test_electricity_of_a_footprint_and_of_a_scope_2_figure_differ(starter: Release) -> None:
    """Worked example CN-06: the same 1,000 kWh; only the footprint factor may be an input."""
    case = WORKED["CN-06"]
    kwh = case["inputs"]["kWh"]
    expected = case["expected"]
    for year, key in ((2023, "PCF_2023_kgCO2e"), (2024, "PCF_2024_kgCO2e")):
        dataset, findings = starter.grid_electricity("CN", year)
        assert kwh * dataset.total == pytest.approx(expected[key])
        assert not [item for item in findings if item.severity is not Severity.INFO]
        dataset.require_input()
    co2 = starter.get("CN-ELEC-CO2:2023:China")
    assert kwh * co2.total == pytest.approx(expected["Scope2_like_kgCO2"])
    with pytest.raises(TanbiaoError) as caught:
        co2.require_input("stages.manufacturing.m1.from")
    assert caught.value.code == "direct_factor_in_footprint"


@pytest.mark.parametrize("region", ["广东", "广东省", "CN-GD", "上海市", "西藏自治区", "内蒙古"])
def test_a_province_is_served_by_the_nation_and_told_so(starter: Release, region: str) -> None:
    dataset, findings = starter.grid_electricity(region, 2024, "m1")
    assert dataset.id == "CN-ELEC-CF:2024:China average"
    assert [(item.code, item.where) for item in findings] == [("province_has_no_footprint_factor", "m1")]


@pytest.mark.parametrize(("wanted", "used"), [(2025, 2024), (2026, 2024), (2022, 2023)])
def test_a_year_without_a_factor_takes_another_and_says_so(starter: Release, wanted: int, used: int) -> None:
    dataset, findings = starter.grid_electricity("CN", wanted)
    assert dataset.time.year == used
    assert [item.code for item in findings] == ["factor_year_differs"]
    assert dict(findings[0].params) == {"wanted": wanted, "used": used}


def test_another_country_is_a_stand_in_and_never_one_for_china(starter: Release) -> None:
    dataset, findings = starter.grid_electricity("USA", 2023)
    assert dataset.stand_in_only
    assert dataset.never_for == ("CN",)
    assert "electricity_stand_in" in [item.code for item in findings]
    assert starter.grid_electricity("DE", 2023)[0].id == "OWID-ELEC:2023:DEU"
    assert "OWID-ELEC:2023:CHN" not in starter
    with pytest.raises(TanbiaoError) as caught:
        starter.grid_electricity("Atlantis", 2023)
    assert caught.value.code == "grid_region_unknown"


def test_fuels_follow_from_heating_value_carbon_and_oxidation(starter: Release) -> None:
    """Worked examples CN-01 and CN-02."""
    gas = starter.get("CN-FUEL:Natural gas")
    assert gas.reference.unit == "m3|normal conditions"
    assert gas.total == pytest.approx(WORKED["CN-01"]["expected"]["kgCO2_per_Nm3"], rel=1e-6)
    for row in WORKED["CN-02"]:
        dataset = starter.get(f"CN-FUEL:{row['fuel']}")
        # tonnes per tonne are kg per kg; tonnes per 10^4 Nm3 are a tenth of kg per Nm3.
        expected = row["tCO2_per_unit"] / (1.0 if row["unit"] == "t" else 10.0)
        assert dataset.total == pytest.approx(expected, rel=1e-6), row["fuel"]
        assert dataset.gases == {"CO2 fossil": dataset.total}


def test_a_fuel_is_combustion_and_upstream_and_says_whose(starter: Release) -> None:
    pair = starter.fuel("diesel", "m2")
    assert pair.combustion.id == "CN-FUEL:Diesel"
    assert pair.upstream is not None
    assert pair.upstream.geography == "GB"
    assert [item.code for item in pair.findings] == ["co2_only", "fuel_upstream_stand_in"]
    assert starter.fuel("柴油").combustion.id == "CN-FUEL:Diesel"
    assert starter.fuel("diesel@provincial-2025").combustion.id == "CN-FUEL:provincial-2025:Diesel"
    # 1 t of diesel, 42.652 GJ, upstream 0.06291 kg CO2e per kWh: 42652 / 3.6 × 0.06291 = 745.3 kg.
    tonne = units.parse_unit("t")
    upstream = pair.upstream.amount_in_reference(1.0, tonne, pair.combustion.unit_properties()) * pair.upstream.total
    assert upstream == pytest.approx(42652 / 3.6 * 0.06291, rel=1e-9)


def test_a_fuel_without_a_known_upstream_says_so_and_gives_none(starter: Release) -> None:
    pair = starter.fuel("coke")
    assert pair.upstream is None
    assert "fuel_upstream_unknown" in [item.code for item in pair.findings]
    with pytest.raises(TanbiaoError) as caught:
        starter.fuel("phlogiston")
    assert caught.value.code == "fuel_unknown"
    assert "diesel" in str(caught.value.findings[0].params["known"])


def test_every_fuel_converts_from_the_units_of_a_fuel_bill(starter: Release) -> None:
    for identifier in starter.fuel_ids():
        pair = starter.fuel(identifier)
        bridges = pair.combustion.unit_properties()
        heating = pair.combustion.amount_in_reference(1.0, units.parse_unit("吨标煤"), bridges)
        assert heating > 0
        if pair.upstream is not None:
            assert pair.upstream.amount_in_reference(1.0, pair.combustion.reference.parsed, bridges) > 0


def test_uk_twins_point_at_each_other_in_the_same_unit(starter: Release) -> None:
    paired = [item for item in starter if item.pair]
    assert len(paired) > 250
    for item in paired:
        twin = starter.get(item.pair or "")
        assert {item.kind, twin.kind} <= {"direct_emission_factor", "upstream_factor"}
        assert item.kind != twin.kind
        assert item.reference.unit == twin.reference.unit


def test_one_dataset_per_fuel_answers_in_every_unit_its_source_prints(starter: Release) -> None:
    """UK 2025 butane: 0.24107 per kWh (net), 1.74533 per litre, 3033.38067 per tonne."""
    butane = starter.get("DEFRA2025:1_100_1000_7_1")
    assert starter.get("DEFRA2025:1_100_1000_15_1") is butane
    for amount, expected in (("1 kWh|LHV", 0.24107), ("1 L", 1.74533), ("1 t", 3033.38067)):
        value, unit = units.parse_amount(amount)
        assert butane.amount_in_reference(value, unit) * butane.total == pytest.approx(expected, rel=1e-9)


def test_sources_of_known_set_are_weighed_again_and_others_are_not(starter: Release) -> None:
    # UK butane per kWh: CO2 0.24074, CH4 0.0002 (28), N2O 0.00012 (265), total 0.24107 (rest 0.00001).
    found = starter.intensity("DEFRA2025:1_100_1000_7_1", "AR6")
    assert found.gwp_basis == "recharacterised"
    assert found.total == pytest.approx(0.24074 + 0.0002 * 27.9 / 28 + 0.00012 * 273 / 265 + 0.00001, abs=1e-9)
    french = starter.intensity("ADEME-BC23.6:26729", "AR6")
    assert (french.gwp_basis, french.total) == ("unknown", 2.211)


def test_french_scores_are_turned_round_and_zero_is_not_assessed(starter: Release) -> None:
    scored = [item for item in starter if item.source.key == "base-carbone-23.6" and item.quality.ter is not None]
    assert scored
    assert all(any(note.code == "scores_reversed" for note in item.findings) for item in scored)
    assert all(item.quality.ter != 0 for item in scored)


def test_unknown_uncertainty_is_sampled_with_the_assumed_profile(starter: Release) -> None:
    basis = {
        name: [item for item in starter if item.uncertainty_basis == name] for name in ("stated", "scored", "assumed")
    }
    assert [len(basis[name]) > 900 for name in ("stated", "scored", "assumed")] == [True] * 3
    assert all(item.distribution().sigma > 0 for item in basis["assumed"])


def test_spend_based_factors_are_screening_only(starter: Release) -> None:
    spend = [item for item in starter if item.reference.parsed.dimension in ((("USD", 1),), (("EUR", 1),))]
    assert len(spend) > 900
    assert all(item.screening for item in spend)


def test_what_was_left_out_is_on_record_with_its_reason() -> None:
    lines = (ROOT / "docs" / "data" / "starter-left-out.csv").read_text("utf-8").splitlines()
    assert lines[0] == "table,id,reason"
    assert len(lines) > 380
    text = "\n".join(lines)
    for reason in ("not a reference flow", "low confidence", "GWP values, not datasets", "never for China"):
        assert reason in text


def test_search_speaks_chinese_and_knows_ids(starter: Release) -> None:
    assert starter.search("电力碳足迹", 3)[0].id.startswith("CN-ELEC-CF")
    assert starter.search("柴油", 1)[0].id == "CN-FUEL:Diesel"
    assert any("sulphuric" in item.name_en.lower() for item in starter.search("硫酸", 5))
    assert starter.search("ADEME-BC23.6:26729", 1)[0].id == "ADEME-BC23.6:26729"
    assert starter.search("ｐｏｌｙｐｒｏｐｙｌｅｎｅ", 1)[0].name_en == "PP - polypropylene"
    assert starter.search("qqqqzzzz") == []
    assert len(starter.search("", 7)) == 7
    only = starter.search("steel", 50, {"geography": "FR", "kind": "footprint_factor"})
    assert only
    assert all((item.geography, item.kind) == ("FR", "footprint_factor") for item in only)
    assert starter.facets("steel")["geography"]["FR"] >= len(only)


def test_it_stays_small(starter: Release) -> None:
    assert Path(starter.path).stat().st_size < 4_000_000
    assert sum(item.stat().st_size for item in (ROOT / "data-sources").iterdir()) < 15_000_000
