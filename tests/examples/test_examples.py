"""The shipped studies load, calculate, reconcile, equal the recomputation by hand, close, and say what is missing."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest
from tests.examples import recompute, recompute_pv
from tests.examples.balance import masses

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import Severity
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.model import Absent
from tanbiao.examples import catalogue, example
from tanbiao.formats.yaml_study import load

IDS = [item.id for item in catalogue()]
COMPLETE = [item.id for item in catalogue() if item.complete]


def study(identifier: str) -> Study:
    loaded = load(example(identifier).read())
    assert loaded.study is not None, loaded.findings
    return loaded.study


@cache
def result(identifier: str) -> Result:
    return calculate(study(identifier), find_release("starter-2026.1"), samples=0)


@pytest.mark.parametrize("identifier", IDS)
def test_example_reads_without_an_error(identifier: str) -> None:
    loaded = load(example(identifier).read())
    assert [item for item in loaded.findings if item.severity.blocks] == []
    assert loaded.study is not None


@pytest.mark.parametrize("identifier", IDS)
def test_every_amount_names_a_source_of_the_document(identifier: str) -> None:
    read = study(identifier)
    for where, row in read.rows():
        if isinstance(row.amount, Absent):
            assert row.amount.reason, where
            continue
        owner = read.processes.get(where.split(".")[1]) if where.startswith("processes.") else None
        stated = row.source or (owner.source if owner else None)
        assert stated, f"{where} has no source"
        assert stated in read.sources or stated.startswith(("assumption", "worked example")), f"{where}: {stated}"
    for source in read.sources.values():
        assert source.licence, source.title
    for name, parameter in read.parameters.items():
        assert parameter.source, name


@pytest.mark.parametrize("identifier", IDS)
def test_every_row_is_named_in_both_languages(identifier: str) -> None:
    for where, row in study(identifier).rows():
        if row.what is None:
            assert row.name is not None, where
            assert row.name.zh, where
            assert row.name.en, where


@pytest.mark.parametrize("identifier", IDS)
def test_every_foreign_dataset_is_named_as_stand_in(identifier: str) -> None:
    for where, row in study(identifier).rows():
        if row.from_ is not None and row.from_.startswith("dataset/") and not row.from_.startswith("dataset/CN-"):
            assert row.stand_in is not None, where
            assert row.stand_in.reason, where


@pytest.mark.parametrize("identifier", IDS)
def test_completeness_is_as_the_index_says(identifier: str) -> None:
    total = result(identifier).document["total"]
    unknown = [item for item in total["absences"] if item["absent"] == "unknown"]
    assert (not unknown) == example(identifier).complete
    assert (total["completeness"] != "incomplete") == example(identifier).complete


@pytest.mark.parametrize("identifier", IDS)
def test_sums_reconcile(identifier: str) -> None:
    """Σ stages = Σ kinds = Σ contributions = total, to 1e-12 of Σ|contributions| (CONTRACT)."""
    document = result(identifier).document
    total = document["total"]["value"]
    weight = sum(abs(item["value"]) for item in document["contributions"])
    stages = sum(value for value in document["stages"].values() if not isinstance(value, dict))
    kinds = sum(value for value in document["kinds"].values() if not isinstance(value, dict))
    contributions = sum(item["value"] for item in document["contributions"])
    for found in (stages, kinds, contributions):
        assert abs(found - total) <= 1e-12 * weight


@pytest.mark.requirement("GBA-07e")
@pytest.mark.parametrize("identifier", IDS)
def test_every_kilogram_shows_amount_factor_source_and_version(identifier: str) -> None:
    """Amount × factor = value in every row; the versions name engine, method, release, rule, GWP set."""
    document = result(identifier).document
    for item in document["contributions"]:
        assert item["amount"] * item["factor"] == pytest.approx(item["value"], rel=1e-9, abs=1e-15), item["row"]
        assert item["source"], item["row"]
        assert item["gas"] or (item["dataset"] and item["version"] and item["factor_source"] and item["licence"])
    versions = document["versions"]
    assert all(versions[key] for key in ("engine", "method", "release", "release_hash", "gwp"))
    again = calculate(study(identifier), find_release("starter-2026.1"), samples=0)
    assert again.hash == result(identifier).hash


@pytest.mark.parametrize("identifier", IDS)
def test_same_bytes_on_every_run(identifier: str) -> None:
    again = calculate(study(identifier), find_release("starter-2026.1"), samples=0)
    assert canonical_bytes(again.canonical()) == canonical_bytes(result(identifier).canonical())
    assert json.dumps(again.as_json("en")) == json.dumps(result(identifier).as_json("en"))


@pytest.mark.parametrize("identifier", IDS)
def test_electricity_is_the_chinese_footprint_factor_of_2023(identifier: str) -> None:
    own = {row.id for _, row in study(identifier).rows() if row.electricity and row.electricity.supply != "grid"}
    found = [item for item in result(identifier).document["contributions"] if item["activity"] == "electricity"]
    rows = [item for item in found if item["row"] not in own]
    assert rows
    assert {item["dataset"] for item in rows} == {"CN-ELEC-CF:2023:China average"}
    assert all(item["factor"] == pytest.approx(0.6205) for item in rows)


@pytest.mark.parametrize("identifier", IDS)
def test_example_passes_its_rule(identifier: str) -> None:
    """With samples, because the rule wants an interval; a demonstration's missing site data stay warnings."""
    item = example(identifier)
    assert study(identifier).rule == item.rule
    found = calculate(study(identifier), find_release("starter-2026.1"), load_rule(item.rule), samples=100)
    assert [each for each in found.findings if each.severity in (Severity.ERROR, Severity.BLOCKING)] == []
    assert {each.code for each in found.findings} >= {"rule_primary_share_low"}


def test_lfp_battery_equals_the_recomputation_row_by_row() -> None:
    expected = recompute.lfp_battery()
    rows = stage_rows("lfp-battery")
    assert set(rows) == set(expected)
    for row, value in expected.items():
        assert rows[row] == pytest.approx(value, rel=1e-9), row
    assert result("lfp-battery").value == pytest.approx(sum(expected.values()), rel=1e-9)


def test_cement_clinker_equals_the_recomputation_row_by_row() -> None:
    rows: dict[str, float] = {}
    for item in result("cement-clinker").document["contributions"]:
        rows[item["row"]] = rows.get(item["row"], 0.0) + item["value"]
    assert rows == pytest.approx(recompute.cement_clinker(), rel=1e-9)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("electrolytic-aluminium", recompute.electrolytic_aluminium),
        ("caustic-soda", recompute.caustic_soda),
        ("electric-bicycle", recompute.electric_bicycle),
        ("pv-module", recompute_pv.pv_module),
    ],
)
def test_total_equals_the_recomputation(identifier: str, expected: Any) -> None:
    assert result(identifier).value == pytest.approx(expected(), rel=1e-9)


def stage_rows(identifier: str) -> dict[str, float]:
    """kg CO2e by row of the stages with all that their processes need: the study calculated with one row at a time."""
    document = load(example(identifier).read()).document
    rows: dict[str, float] = {}
    for name in ("raw_materials", "manufacturing"):
        for kept in document["stages"][name]:
            alone = copy.deepcopy(document)
            for other in ("raw_materials", "manufacturing"):
                alone["stages"][other] = {"empty": "one row at a time"}
            alone["stages"][name] = [kept]
            read, _ = Study.parse(alone)
            assert read is not None
            rows[kept["id"]] = calculate(read, find_release("starter-2026.1"), samples=0).value
    return rows


# ── plausibility against a published figure (tolerances are this test's own; the notes explain the differences) ──────

BANDS = {
    "lfp-battery": (45.0, 160.0),  # worked example BAT-04, published 107
    "lfp-battery-life": (80.0, 200.0),  # the band of BAT-04 and about 30 of recycling and ways
    "cement-clinker": (780.0, 950.0),  # published direct CO2 767; cement of the Base Carbone 866
    "electrolytic-aluminium": (11_400.0, 17_600.0),  # published 15 947 (2020) and 11.4–17.6 t (2012–2022)
    "caustic-soda": (900.0, 1_300.0),  # Base Carbone 1 174
    "electric-bicycle": (100.0, 261.0),  # Base Carbone 261
    "pv-module": (60.0, 178.5),  # 810 kg/kWp × 0.2204 kWp/m², on the Chinese grid of about 2015
}


@pytest.mark.parametrize("identifier", IDS)
def test_total_is_plausible(identifier: str) -> None:
    low, high = BANDS[identifier]
    assert low <= result(identifier).value <= high


def test_lfp_battery_is_complete_and_names_its_stand_ins() -> None:
    document = result("lfp-battery").document
    assert document["total"]["completeness"] == "partial"  # distribution, use and end of life are not declared
    assert document["unknown"] == []
    assert document["stand_ins"]
    assert all(item["for"] and item["reason"] for item in document["stand_ins"])


def test_an_unknown_input_makes_a_lower_bound_that_lists_it() -> None:
    """The LFP study without its electrolyte's salt: the total falls, is incomplete and names the row."""
    document = load(example("lfp-battery").read()).document
    for row in document["processes"]["electrolyte"]["takes"]:
        if row["id"] == "el6":
            row |= {"amount": "unknown", "reason": "not in the source"}
    read, findings = Study.parse(document)
    assert read is not None, findings
    found = calculate(read, find_release("starter-2026.1"), samples=0)
    assert found.document["total"]["completeness"] == "incomplete"
    assert found.document["total"]["lower_bound"] is True
    assert [item["row"] for item in found.document["unknown"]] == ["el6"]
    assert found.value < result("lfp-battery").value


# ── mass and carbon ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_lfp_cathode_closes_within_a_tenth_of_its_mass() -> None:
    takes, gives, emits, losses = masses(study("lfp-battery"), "cathode-material")
    # gases of the carbon sources leave with oxygen from the air and from the iron phosphate: the gap is below 1 %
    assert abs(takes - gives - emits - losses) <= 0.01 * takes


def test_lfp_carbon_closes_in_lithium_carbonate_and_cathode() -> None:
    """Carbon of soda ash and limestone = carbon of Li2CO3 + CO2 of the process; carbon of Li2CO3 and glucose = CO2."""
    read = study("lfp-battery")
    soda, limestone, product = 1.21 * 12.011 / 105.988, 0.446 * 12.011 / 100.086, 0.602 * 12.011 / 73.887
    _, _, emitted, _ = masses(read, "lithium-carbonate")
    assert soda + limestone == pytest.approx(product + emitted * 12.011 / 44.009, rel=1e-6)
    _, _, emitted, _ = masses(read, "cathode-material")
    assert product + 0.241 * 72.066 / 180.156 == pytest.approx(emitted * 12.011 / 44.009, rel=1e-4)


def test_lfp_biogenic_carbon_comes_to_nought() -> None:
    kinds = result("lfp-battery").document["kinds"]
    assert kinds["biogenic_emission"] == pytest.approx(-kinds["biogenic_uptake"], rel=1e-9)


@pytest.mark.parametrize("process", ["iron-phosphate", "lithium-carbonate"])
def test_lfp_chemistry_closes_exactly(process: str) -> None:
    takes, gives, emits, losses = masses(study("lfp-battery"), process, without={"steam", "fuel"})
    # hydrogen peroxide and ammonia are taken without their water, which is in the liquor
    water = 4.26 * 0.75 + 0.904 * 0.70 if process == "iron-phosphate" else 0.0
    assert takes + water - gives - emits - losses == pytest.approx(0, abs=0.002)


def test_clinker_closes_within_two_per_cent() -> None:
    """Raw meal = clinker + CO2 of the carbonates + 1 % of water in clay (coal ash not counted)."""
    raw = (1216 + 227.2 + 47.4) / 970
    assert raw == pytest.approx(1 + 0.52663, rel=0.02)
    calcium_carbonate = 0.65 * 100.086 / 56.077
    assert calcium_carbonate < 1216 / 970  # the limestone holds it: 92.5 % CaCO3


def test_clinker_energy_lies_within_the_national_limit() -> None:
    """GB 16780-2021, table 2: coal at most 109 kgce/t, electricity at most 61 kWh/t at level 3 (here 62 at most)."""
    assert 129.4467 / 970 * 1000 * 23.076 / 29.3076 <= 109
    assert (86.5442 - 26) / 0.970 <= 63


def test_aluminium_metal_closes_within_two_per_cent() -> None:
    """1912.82 kg of Al2O3 hold 1012 kg of aluminium for 1000 kg of liquid metal."""
    metal = 1912.82 * 53.963 / 101.961
    assert metal == pytest.approx(1000, rel=0.02)


def test_aluminium_perfluorocarbons_follow_the_slope_method() -> None:
    rows = stage_rows("electrolytic-aluminium")
    cf4 = 0.143 * 0.23776 * 1.02716
    assert rows["m3"] == pytest.approx(cf4 * recompute.CF4, rel=1e-9)
    assert rows["m4"] == pytest.approx(cf4 * 0.121 * recompute.C2F6, rel=1e-9)
