"""The study's own processes: chains, loops, refusals; the same answers as the engine's general system."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_background import background, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca import ProductSystem
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.foreground import foreground


def edges(*items: tuple[str, str, float]) -> dict[tuple[str, str], Any]:
    """Return (used, user, runs) as edges of one figure each."""
    return {(used, user): np.array([value]) for used, user, value in items}


def total(processes: dict[str, Any], row: dict[str, Any]) -> float:
    """Calculate one raw material row over own processes."""
    study, findings = Study.parse(
        document(stages=stages(raw_materials=[{"id": "row", **row}]), processes=processes, unit={"declared": "1 kWh"})
    )
    assert study is not None, findings
    return calculate(study, background(), samples=0).value


def test_a_chain_is_substituted() -> None:
    system = foreground(["a", "b", "c"], edges(("b", "a", 2.0), ("c", "b", 3.0), ("c", "a", 1.0)))
    runs = system.runs({"a": np.array([5.0])}, 1)
    assert {name: value[0] for name, value in runs.items()} == {"a": 5.0, "b": 10.0, "c": 35.0}


def test_heijungs_and_suh_t1_as_a_study() -> None:
    # 10 kWh take 2 l of fuel and give off 1 kg CO2; 100 l of fuel give off 10 kg: h = 120 for 1000 kWh
    processes = {
        "power": {
            "gives": "10 kWh",
            "takes": [{"id": "a", "amount": "2 L", "from": "process/refinery"}],
            "emits": [{"id": "b", "amount": "1 kg", "gas": "CO2 fossil"}],
        },
        "refinery": {"gives": "100 L", "emits": [{"id": "c", "amount": "10 kg", "gas": "CO2 fossil"}]},
    }
    assert total(processes, {"amount": "1000 kWh", "from": "process/power"}) == pytest.approx(120.0, rel=1e-12)


def test_a_loop_t2_as_a_study() -> None:
    # T2: as T1, and the refinery uses 0.5 kWh per 100 l; CO2 [1, 3], CH4 [.05, .1] with 28: 251.8518518519
    processes = {
        "power": {
            "gives": "10 kWh",
            "takes": [{"id": "a", "amount": "2 L", "from": "process/refinery"}],
            "emits": [
                {"id": "b", "amount": "1 kg", "gas": "CO2 fossil"},
                {"id": "c", "amount": "0.05 kg", "gas": "CH4 biogenic"},
            ],
        },
        "refinery": {
            "gives": "100 L",
            "takes": [{"id": "d", "amount": "0.5 kWh", "from": "process/power"}],
            "emits": [
                {"id": "e", "amount": "3 kg", "gas": "CO2 fossil"},
                {"id": "f", "amount": "0.1 kg", "gas": "CH4 biogenic"},
            ],
        },
    }
    study, _ = Study.parse(
        document(
            stages=stages(raw_materials=[{"id": "r", "amount": "1000 kWh", "from": "process/power"}]),
            processes=processes,
            gwp="AR5",
        )
    )
    assert study is not None
    body = calculate(study, background(), samples=0).document
    # AR5 gives biogenic CH4 28 (fossil 30 with oxidation); scaling s = [100.1001001001, 2.002002002]
    assert body["total"]["value"] == pytest.approx(251.8518518519, rel=1e-10)


@pytest.mark.parametrize(
    ("amount", "code"),
    [("1 kg", "loop_singular"), ("2 kg", "loop_unproductive"), ("0.9999999999999 kg", "loop_singular")],
)
def test_a_loop_that_cannot_be_solved_is_refused_by_name(amount: str, code: str) -> None:
    processes = {
        "egg": {"gives": "1 kg", "takes": [{"id": "a", "amount": "1 kg", "from": "process/hen"}]},
        "hen": {"gives": "1 kg", "takes": [{"id": "b", "amount": amount, "from": "process/egg"}]},
    }
    with pytest.raises(TanbiaoError) as caught:
        total(processes, {"amount": "1 kg", "from": "process/egg"})
    assert caught.value.code == code
    assert "egg" in str(caught.value.findings[0].params["loop"])


def test_a_process_that_uses_itself() -> None:
    processes = {
        "mill": {
            "gives": "1 kg",
            "takes": [
                {"id": "a", "amount": "0.2 kg", "from": "process/mill"},
                {"id": "b", "amount": "1 kg", "from": "dataset/steel"},
            ],
        }
    }
    assert total(processes, {"amount": "1 kg", "from": "process/mill"}) == pytest.approx(2.0 / 0.8)


def test_a_loop_that_eats_itself_in_some_samples_is_refused() -> None:
    wide = {"kind": "estimate", "uncertainty": {"gsd2": 2}}
    processes = {
        "mill": {
            "gives": "1 kg",
            "takes": [{"id": "a", "amount": "0.9 kg", "from": "process/mill", "data": wide}],
            "emits": [{"id": "b", "amount": "1 kg", "gas": "CO2 fossil"}],
        }
    }
    study, _ = Study.parse(
        document(
            stages=stages(raw_materials=[{"id": "r", "amount": "1 kg", "from": "process/mill"}]), processes=processes
        )
    )
    assert study is not None
    with pytest.raises(TanbiaoError) as caught:
        calculate(study, background(), samples=200)
    assert caught.value.code == "loop_unproductive_in_samples"


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 6),
    data=st.data(),
)
def test_loops_have_the_answers_of_the_general_system(n: int, data: st.DataObject) -> None:
    """Random productive systems: column sums below 1 make every loop productive."""
    names = [f"p{index}" for index in range(n)]
    raw = np.array(data.draw(st.lists(st.floats(0, 1), min_size=n * n, max_size=n * n))).reshape(n, n)
    matrix = np.where(raw > 0.5, raw, 0.0)
    sums = matrix.sum(axis=0)
    matrix = np.where(sums > 0.9, matrix * 0.9 / np.where(sums > 0, sums, 1), matrix)
    given_edges = {
        (names[i], names[j]): np.array([matrix[i, j]]) for i in range(n) for j in range(n) if matrix[i, j] > 0
    }
    demand = {names[0]: np.array([3.0])}
    ours = foreground(names, given_edges).runs(demand, 1)
    theirs = ProductSystem(np.eye(n) - matrix, np.zeros((1, n)), np.ones((1, 1))).scaling({0: 3.0})
    assert [ours[name][0] for name in names] == pytest.approx(list(theirs), rel=1e-9, abs=1e-12)


def test_the_runs_of_a_loop_carry_residual_and_condition_whatever_the_units() -> None:
    """M = [[1, −a], [−b, 1]], ab = 0.1, f = (2, 0): x = (2, 2b)/0.9; M⁻¹x is (x₁ + a x₂, b x₁ + x₂)/0.9.

    So (M⁻¹x)₁/x₁ = 1.1/0.9 and (M⁻¹x)₂/x₂ = 2/0.9: the condition is at most 2·2/0.9 − 1 for every a with ab = 0.1.
    """
    for a, b in ((0.2, 0.5), (200.0, 0.0005)):
        system = foreground(["a", "b", "alone"], edges(("b", "a", b), ("a", "b", a)))
        demand = {"a": np.array([2.0])}
        found = system.solved(demand, system.runs(demand, 1))
        assert (found.processes, found.loops) == (3, 1)
        assert found.residual <= 1e-15
        assert found.condition == pytest.approx(4 / 0.9 - 1)


def test_a_study_with_own_processes_tells_how_well_they_are_solved() -> None:
    mill = {"gives": "1 kg", "takes": [{"id": "a", "amount": "0.2 kg", "from": "process/mill"}]}
    study, _ = Study.parse(
        document(
            stages=stages(raw_materials=[{"id": "r", "amount": "1 kg", "from": "process/mill"}]),
            processes={"mill": {**mill, "emits": [{"id": "b", "amount": "1 kg", "gas": "CO2 fossil"}]}},
        )
    )
    assert study is not None
    told = calculate(study, background(), samples=20).document["solution"]
    # x = 1/0.8, M⁻¹x = x/0.8
    assert told == {"processes": 1, "loops": 1, "residual": pytest.approx(0, abs=1e-15), "condition": 2 / 0.8 - 1}


def test_burdens_are_the_adjoint_of_runs() -> None:
    system = foreground(["a", "b"], edges(("b", "a", 0.5), ("a", "b", 0.2)))
    direct = {"a": np.array([1.0]), "b": np.array([10.0])}
    runs = system.runs({"a": np.array([2.0])}, 1)
    burden = system.burdens(direct, 1)
    assert 2.0 * burden["a"][0] == pytest.approx(runs["a"][0] * 1.0 + runs["b"][0] * 10.0)


def test_components_are_found_in_order_of_use() -> None:
    system = foreground(["c", "a", "b"], edges(("b", "a", 1.0), ("c", "b", 1.0), ("b", "c", 0.1)))
    assert system.components == (("a",), ("c", "b"))
