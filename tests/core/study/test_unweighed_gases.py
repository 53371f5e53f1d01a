"""Trace gases without a GWP in an older set: left out with mass and bound, in the ledger, refused above the cut-off."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core import gases
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.package import identical, replay, seal
from tanbiao.core.study.portfolio import figure_of

ETHANE = gases.gas("Ethane").gwp["AR6"]


def release(ethane: float) -> MemoryRelease:
    """Return the test release with a material of 2 kg fossil CO2 and some ethane, to which AR5 gives no value."""
    masses = {"CO2 fossil": 2.0, "Ethane": ethane}
    whole = 2.0 + ethane * ETHANE
    solvent = dataset("solvent", whole, gases=masses, kinds={"fossil": whole})
    return MemoryRelease({**background().datasets, "solvent": solvent})


def study(**changes: Any) -> Study:
    rows = [{"id": "r1", "amount": "3 kg", "from": "dataset/solvent"}]
    parsed, findings = Study.parse(document(stages=stages(raw_materials=rows), gwp="AR5", **changes))
    assert parsed is not None, findings
    return parsed


def test_the_reports_are_as_the_test_takes_them() -> None:
    assert "AR5" not in gases.gas("Ethane").gwp
    assert pytest.approx(0.437) == ETHANE
    both = [item.gwp for item in gases.all_gases().values() if {"AR5", "AR6"} <= item.gwp.keys()]
    ratios = [one["AR6"] / one["AR5"] for one in both if one["AR5"] > 0 and one["AR6"] > 0]
    assert (len(ratios), sum(0.5 <= ratio <= 2 for ratio in ratios)) == (154, 136)


def test_a_trace_is_left_out_with_its_mass_and_bound_and_is_said() -> None:
    result = calculate(study(), release(0.01), samples=0)
    # 3 kg × 2 kg CO2; ethane 0.03 kg weighs at most 0.03 × 0.437 by AR6: 0.2185 % of the total
    assert result.document["total"]["value"] == pytest.approx(6.0)
    row = next(item for item in result.document["exclusions"]["rows"] if item["why"] == "no_gwp_value")
    assert (row["id"], row["unit"], row["counted"]) == ("Ethane", "kg", True)
    assert row["bound"] == pytest.approx(0.03)
    assert row["shares"]["emissions"] == pytest.approx(0.03 * 0.437 / 6)
    assert "0.437" in row["reason"]
    assert result.document["exclusions"]["sums"]["emissions"]["share"] == pytest.approx(0.03 * 0.437 / 6)
    told = next(item for item in result.findings if item.code == "gwp_unweighed")
    assert (told.params["gases"], told.params["share"], told.params["limit"]) == ("Ethane 0.03 kg", "0.218", "1")


def test_above_the_cut_off_there_is_no_figure() -> None:
    # 0.2 kg per kg: 0.2 × 0.437 / 2 = 4.4 %
    with pytest.raises(TanbiaoError) as caught:
        calculate(study(), release(0.2), samples=0)
    assert caught.value.code == "gwp_unweighed_above_cut_off"
    assert caught.value.findings[0].params["share"] == "4.37"


def test_the_rule_s_cut_off_is_the_limit() -> None:
    rule = load_rule("generic-goods@1.0.0")
    wide = rule.model_copy(update={"cut_off": rule.cut_off.model_copy(update={"total": 0.05})})
    narrow = rule.model_copy(update={"cut_off": rule.cut_off.model_copy(update={"total": 0.001})})
    assert calculate(study(), release(0.2), wide, samples=0).document["total"]["value"] == pytest.approx(6.0)
    with pytest.raises(TanbiaoError):
        calculate(study(), release(0.01), narrow, samples=0)


def test_only_such_a_gas_is_no_figure_and_no_zero() -> None:
    only = dataset("leak", ETHANE, gases={"Ethane": 1.0}, kinds={"fossil": ETHANE})
    rows = [{"id": "r1", "amount": "3 kg", "from": "dataset/leak"}]
    parsed, _ = Study.parse(document(stages=stages(raw_materials=rows), gwp="AR5"))
    assert parsed is not None
    with pytest.raises(TanbiaoError) as caught:
        calculate(parsed, MemoryRelease({"leak": only}), samples=0)
    assert (caught.value.code, caught.value.findings[0].params["share"]) == ("gwp_unweighed_above_cut_off", "—")


def test_a_dataset_alone_still_has_no_figure_under_the_set() -> None:
    with pytest.raises(TanbiaoError) as caught:
        release(0.01).get("solvent").intensity("AR5")
    assert caught.value.code == "gwp_missing"
    assert release(0.01).get("solvent").intensity("AR6").unweighed == ()


def test_the_sealed_package_replays_to_the_same_bytes() -> None:
    result = calculate(study(), release(0.01), samples=5)
    package = seal(study(), release(0.01), None, result)
    assert identical(package, replay(package))


def test_portfolios_take_a_trace_and_leave_out_more() -> None:
    assert figure_of(release(0.01), "solvent", "AR5") == pytest.approx(2.0)
    assert figure_of(release(0.2), "solvent", "AR5") is None


def test_the_starter_release_no_longer_blocks_a_study_of_the_fifth_report() -> None:
    starter = find_release("starter-2026.2")
    chosen = next(item for item in starter if item.gases and "Ethane" in item.gases and item.may_be_an_input)
    rows = [{"id": "r1", "amount": f"1 {chosen.reference.unit}", "from": f"dataset/{chosen.id}"}]
    parsed, findings = Study.parse(document(stages=stages(raw_materials=rows), gwp="AR5") | {"release": starter.name})
    assert parsed is not None, findings
    result = calculate(parsed, starter, samples=0)
    assert "gwp_unweighed" in {item.code for item in result.findings}
