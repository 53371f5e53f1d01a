"""T1 to T11 and published examples: the answers, the refusals, what is flagged."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.lca.systems import ANSWERED, REFUSED, SMALL
from tanbiao.core.lca import ProductSystem, Unsolvable

CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[2] / "data/lca/worked_examples.json").read_text("utf-8"))["cases"]
}


@pytest.mark.parametrize("case", ANSWERED.values(), ids=ANSWERED.keys())
def test_a_small_system_has_its_known_answer(case):
    system = case.build()
    np.testing.assert_allclose(system.scaling(case.demand), case.scaling, rtol=1e-9)
    np.testing.assert_allclose(system.footprint(case.demand), [case.footprint], rtol=1e-9)
    np.testing.assert_allclose(system.intensities(), [case.intensities], rtol=1e-8)
    np.testing.assert_allclose(system.contributions(case.demand).sum(axis=1), [case.footprint], rtol=1e-12)


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_system_without_a_trustworthy_answer_is_refused_by_name(case):
    with pytest.raises(Unsolvable) as by_index:
        case.build()
    assert by_index.value.code == case.refused
    assert by_index.value.processes == case.processes
    names = [f"process {letter}" for letter in "abc"[: len(case.technosphere[0])]]
    with pytest.raises(Unsolvable) as by_name:
        case.build(processes=names)
    assert by_name.value.processes == tuple(names[index] for index in case.processes)
    assert all(name in str(by_name.value) for name in by_name.value.processes)


def test_a_co_product_nobody_makes_is_named_with_its_process():
    with pytest.raises(Unsolvable) as error:
        ProductSystem([[1], [0.5]], [[4]], [1], products=["milk", "meat"], processes=["dairy farm"])
    assert error.value.code == "not_square"
    assert error.value.products == ("meat",)
    assert error.value.processes == ("dairy farm",)


def test_two_processes_for_one_product_are_named():
    with pytest.raises(Unsolvable) as error:
        ProductSystem([[1, 2]], [[4, 5]], [1], products=["steel"], processes=["furnace", "arc"])
    assert error.value.code == "not_square"
    assert error.value.processes == ("furnace", "arc")
    with pytest.raises(Unsolvable) as square:
        ProductSystem([[1, 2], [-1, 0]], [[4, 5]], [1], references=[0, 0], processes=["furnace", "arc"])
    assert square.value.code == "no_reference"
    assert square.value.processes == ("furnace", "arc")


def test_gases_of_the_textbook_example():
    case = SMALL["T1 Heijungs & Suh"]
    system = ProductSystem(case.technosphere, case.interventions, np.eye(3))
    np.testing.assert_allclose(system.footprint(case.demand), [120, 14, -100], rtol=1e-12)


def test_credits_are_flagged_and_waste_treatment_is_not():
    credit = SMALL["T4 credit"].build(processes=["plant", "avoided"]).findings
    assert [(item.code, item.params["processes"]) for item in credit] == [("credits_in_system", "plant")]
    assert SMALL["T3 waste"].build().findings == ()


def test_a_waste_treatment_with_a_by_product_keeps_its_waste_as_reference():
    # Incineration takes 1 kg of waste and gives 0.5 kWh beside; power plant 1 kWh, 1 kg CO2; incineration 0.2 kg CO2.
    # One kg of waste to be treated (demand −1): 0.2 − 0.5·1 = −0.3.
    system = ProductSystem([[1, 0.5], [0, -1]], [[1, 0.2]], [1])
    assert system.references == (0, 1)
    np.testing.assert_allclose(system.footprint({1: -1}), [-0.3], rtol=1e-14)


class TestPublishedExamples:
    def test_linear_chain_with_reference_amounts_other_than_one(self):
        case = CASES["OL-01"]
        processes = case["inputs"]["processes"]
        system = ProductSystem(
            case["inputs"]["A_matrix"], [[p["CO2"] for p in processes.values()]], [1], products=list(processes)
        )
        demand = case["inputs"]["demand"]
        assert system.footprint(demand)[0] == pytest.approx(case["expected"]["total_kgCO2"])
        assert system.contributions(demand)[0].tolist() == list(case["expected"]["contribution"].values())
        assert system.scaling(demand).tolist() == list(case["expected"]["scaling"].values())
        sub = case["expected"]["unit_result_B_subsystem_per_0.5"]
        assert system.footprint({"B": 0.5})[0] - system.contributions({"B": 0.5})[0, 2] == pytest.approx(sub)

    def test_upstream_tree(self):
        case = CASES["OL-04"]
        system = ProductSystem(case["inputs"]["A"], [case["inputs"]["B"]], [1])
        assert system.footprint(case["inputs"]["demand"])[0] == case["expected"]["root"]
        assert system.contributions(case["inputs"]["demand"])[0, 1:].tolist() == case["expected"]["children"]

    def test_a_declared_result_linked_as_a_dataset(self):
        case = CASES["OL-09"]["inputs"]
        system = ProductSystem([[1, 0], [-case["process_needs"], 1]], [[0, case["linked_result_GWP_per_unit"]]], [1])
        assert system.footprint({0: 1})[0] == CASES["OL-09"]["expected"]["GWP"]

    def test_heijungs_and_suh(self):
        case = CASES["HS-01"]
        system = ProductSystem(case["inputs"]["A"], list(case["inputs"]["B"].values()), np.eye(3))
        np.testing.assert_allclose(system.scaling(case["inputs"]["demand"]), case["expected"]["scaling"], rtol=1e-12)
        gases = [case["expected"][gas] for gas in ("CO2", "SO2", "crude_oil")]
        np.testing.assert_allclose(system.footprint(case["inputs"]["demand"]), gases, rtol=1e-12)

    def test_carbon_fibre_bicycle(self):
        case = CASES["BW-01"]["inputs"]
        fibre, gas = case["carbon_fibre"], case["bike"]["carbon_fibre_kg"]
        system = ProductSystem(
            [[1, 0, 0], [-gas, 1, 0], [0, -fibre["natural_gas_MJ"], 1]], [[0, fibre["CO2_kg"], 0]], [1]
        )
        assert system.footprint({0: 1})[0] == pytest.approx(CASES["BW-01"]["expected"]["score_kgCO2e"])
        assert system.scaling({0: 1})[2] == pytest.approx(CASES["BW-01"]["expected"]["natural_gas_MJ"])
