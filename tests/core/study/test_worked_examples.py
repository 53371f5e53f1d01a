"""Published worked examples that no other test has, each recalculated by the product itself.

The figures are facts from the source named with each. Examples without inputs give bands of what is plausible; they are
compared with the shipped rules' examples elsewhere, not recalculated.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from core.lca.inventories import gives, inventory, made, process, product, shares
from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.lca import ProductSystem
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.parameter_sets import parameter_sets, view
from tanbiao.core.study.scheme_fields import fields

EMPTY = {name: {"empty": "test"} for name in ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")}


def carbon(row: str, kilograms: float) -> dict[str, Any]:
    """Return a row that emits fossil CO2."""
    return {"id": row, "amount": f"{kilograms} kg", "gas": "CO2 fossil"}


def read(**more: Any) -> Study:
    """Return a study."""
    study, findings = Study.parse(document(**more))
    assert study is not None, findings
    return study


def result_of(release: MemoryRelease | None = None, **more: Any) -> Result:
    """Calculate a study."""
    return calculate(read(**more), release or background(), samples=0)


def test_physical_allocation() -> None:
    """OL-06: 2 kg CO2, shares 0.25 for 1 kg p1 and 0.75 for 3 kg p2. openLCA's AllocationTest (olca-modules)."""
    quarry = process(
        "q", made("p1", 1), gives("p2", 3), gives("co2", 2), allocation=shares("physical", {"p1": 0.25, "p2": 0.75})
    )
    solved = solve(link(inventory([product("p1"), product("p2")], quarry)))
    assert solved.footprint("q#p1") == pytest.approx(0.5)
    assert 3 * solved.footprint("q#p2") == pytest.approx(1.5)


@pytest.mark.parametrize(("factor", "expected"), [(0.5, 0.5), (-0.5, 1.5)])
def test_direction_of_an_indicator(factor: float, expected: float) -> None:
    """OL-11: a resource taken (1) and an emission (1). An indicator of inputs counts what is taken as positive, so in
    our notation (emitted +, taken −) its factors turn over. openLCA's ImpactDirectionTest."""
    system = ProductSystem([[1]], [[-1], [1]], [[-1.0, -factor]])
    assert system.footprint({0: 1})[0] == pytest.approx(expected)


def test_direction_of_an_indicator_of_outputs_and_of_one_without() -> None:
    """OL-11, the other two cases: an indicator of outputs with factors −1 and 0.5 gives 1.5 (our own notation as it
    is);
    one without direction weighs amounts without sign, 1 − 0.5 = 0.5."""
    assert ProductSystem([[1]], [[-1], [1]], [[-1.0, 0.5]]).footprint({0: 1})[0] == pytest.approx(1.5)
    assert ProductSystem([[1]], [[1], [1]], [[1.0, -0.5]]).footprint({0: 1})[0] == pytest.approx(0.5)


def test_normalised_and_weighted() -> None:
    """OL-12: 2 × factor 2; normalised by 0.5, weighted by 3, both: indicators are linear. openLCA's NwResultTest."""
    system = ProductSystem([[1]], [[2]], [[2], [2 / 0.5], [2 * 3], [2 / 0.5 * 3]])
    assert system.footprint({0: 1}).tolist() == [4, 8, 12, 24]


CELL = {
    "cathode": 22.2, "anode": 15.3, "carbon": 2.1, "binder": 3.4, "cu_foil": 13.8, "al_foil": 13.3, "electrolyte": 14.2,
    "plastic": 4.6, "iron": 0.1, "thermal_insulation": 1.3, "electronics": 0.3, "al_housing": 9.4,
}  # fmt: skip


def test_bill_of_materials_of_a_cell_closes() -> None:
    """BAT-03: Tao et al. 2023, J. Cleaner Prod. 393:136263, tables 1 and 2: 96 cells of 4.31 kg in a system of 600 kg.
    Each part enters with a factor of 1 kg CO2e/kg, so the total is the mass."""
    release = MemoryRelease({**background().datasets, "mass": dataset("mass", 1.0)})
    rows = [
        {"id": name, "amount": f"= cells * cell * {percent} / 100", "from": "dataset/mass"}
        for name, percent in CELL.items()
    ]
    result = result_of(
        release,
        parameters={"cells": "96", "cell": "4.31 kg"},
        stages=stages(raw_materials=rows),
        unit={"declared": "1 piece"},
    )
    assert result.value == pytest.approx(413.76, rel=1e-12)
    by_row = {row["row"]: row["value"] for row in result.document["contributions"]}
    assert by_row["cu_foil"] / 96 == pytest.approx(0.59478, rel=1e-12)
    assert 1 - result.value / 600 == pytest.approx(0.3104, rel=1e-12)


MODULE = {
    "glass": (9977.4, 0.542, 5.407751), "aluminium_frames": (1215, 6.46, 7.8489), "silicon": (365.653, 9.3, 3.400573),
    "encapsulant": (756.045, 5.24, 3.961676), "backsheet": (382.425, 7.5, 2.868187), "copper": (8.45824, 1e-06, 0.0),
    "silver": (2.692895407, 0.95, 0.002558),
}  # fmt: skip


def test_materials_of_a_photovoltaic_module() -> None:
    """PV-01: g per m² and g CO2e per g of the 2024 baseline of NREL's PV_ICE (BSD-3-Clause; process CO2 only)."""
    factors = {f"pv-{name}": dataset(f"pv-{name}", factor) for name, (_, factor, _) in MODULE.items()}
    rows = [
        {"id": name, "amount": f"{grams} g", "from": f"dataset/pv-{name}"} for name, (grams, _, _) in MODULE.items()
    ]
    result = result_of(
        MemoryRelease({**background().datasets, **factors}),
        stages=stages(raw_materials=rows),
        unit={"declared": "1 m2"},
    )
    by_row = {row["row"]: row["value"] for row in result.document["contributions"]}
    for name, (_, _, expected) in MODULE.items():
        assert by_row[name] == pytest.approx(expected, abs=6e-7)
    assert result.value == pytest.approx(23.489645, rel=1e-6)
    # 0.220403697 kW of a m² in 1 kW/m² of light.
    assert result.value / 0.220403697 == pytest.approx(106.575549, rel=1e-6)


def test_weights_of_the_data_quality() -> None:
    """DQ-01: PEFCR guidance v6.3, p. 132: contributions 0.3 and 0.5 weigh 0.375 and 0.625."""
    factors = {
        "a": dataset("a", 0.3, quality={"ter": 1, "ger": 1, "tir": 1, "p": 1}),
        "b": dataset("b", 0.5, quality={"ter": 2, "ger": 2, "tir": 2, "p": 2}),
    }
    rows = [{"id": name, "amount": "1 kg", "from": f"dataset/{name}"} for name in factors]
    result = result_of(MemoryRelease(factors), stages=stages(raw_materials=rows))
    quality = result.document["data_quality"]
    assert {row["row"]: row["weight"] for row in quality["rows"]} == pytest.approx({"a": 0.375, "b": 0.625})
    assert quality["score"] == pytest.approx(0.375 * 1 + 0.625 * 2)
    # the guidance's malus where the first is no EF-compliant dataset: one plus its weight; it enters no score here
    weights = {row["row"]: row["weight"] for row in quality["rows"]}
    assert 1 + weights["a"] == pytest.approx(1.375)


def test_data_quality_weighted_by_impact() -> None:
    """OL-10: openLCA's DQResultTest. p1 runs at ½: e1 1.5 kg and e2 2 kg; p2: 5 and 6 kg; factors 2 and 8.

    It has five indicators, ours has four places: the first four are scored, then the last four. Rounded half up.
    """
    up, down = (1, 2, 3, 4, 5), (5, 4, 3, 2, 1)
    expected = {
        ("p1e1", "p1e2", "p2e1", "p2e2"): [2, 3, 3, 3, 4],
        ("p1e1", "p2e1"): [4, 4, 3, 2, 2],
        ("p1e2", "p2e2"): [2, 3, 3, 4, 4],
        ("p1e1", "p1e2"): [4, 4, 3, 2, 2],
        ("p2e1", "p2e2"): [2, 2, 3, 4, 4],
    }
    for first in (0, 1):
        scored = {"up": up[first : first + 4], "down": down[first : first + 4]}
        quality = {key: dict(zip(("ter", "ger", "tir", "p"), four, strict=True)) for key, four in scored.items()}
        items = [
            dataset("p1e1", 2.0, quality=quality["up"]),
            dataset("p1e2", 8.0, quality=quality["down"]),
            dataset("p2e1", 2.0, quality=quality["down"]),
            dataset("p2e2", 8.0, quality=quality["up"]),
        ]
        release = MemoryRelease({item.id: item for item in items})
        for names, scores in expected.items():
            assert rounded(release, names) == scores[first : first + 4], names


def rounded(release: MemoryRelease, names: tuple[str, ...]) -> list[int]:
    """Return the scores of the rows of OL-10, rounded half up."""
    amounts = {"p1e1": 1.5, "p1e2": 2, "p2e1": 5, "p2e2": 6}
    rows = [{"id": key, "amount": f"{amounts[key]} kg", "from": f"dataset/{key}"} for key in names]
    by = result_of(release, stages=stages(raw_materials=rows)).document["data_quality"]["by"]
    return [math.floor(value + 0.5) for value in by.values()]


def test_shares_of_a_sheep_farm_add_up() -> None:
    """ALLOC-02: PEFCR guidance v6.3: meat 2.52 %, milk 73.84 %, wool 23.64 %; 1 t CO2 is shared without a rest."""
    factors = shares("economic", {"meat": 0.0252, "milk": 0.7384, "wool": 0.2364})
    farm = process("f", made("meat"), gives("milk", 1), gives("wool", 1), gives("co2", 1000), allocation=factors)
    solved = solve(link(inventory([product(key) for key in ("meat", "milk", "wool")], farm)))
    parts = [solved.footprint(f"f#{key}") for key in ("meat", "milk", "wool")]
    assert parts == pytest.approx([25.2, 738.4, 236.4])
    assert sum(parts) == pytest.approx(1000)


def test_outbound_logistics_stand_beside_the_footprint() -> None:
    """PACT-03: example 3 of PACT v3: 77 fossil, 4 of outbound logistics, which are not in the footprint."""
    rows = {**EMPTY, "raw_materials": [carbon("a", 77)], "distribution": [carbon("b", 4)]}
    made_fields = fields(
        view(read(boundary="cradle_to_grave", stages=rows), background(), None, parameter_sets()["pact"])
    )
    assert made_fields is not None
    assert made_fields.value("pcfExcludingBiogenicUptake") == 77
    assert made_fields.value("pcfIncludingBiogenicUptake") == 77
    assert made_fields.value("outboundLogisticsGhgEmissions") == 4


def test_phases_of_a_laptop() -> None:
    """DEV-01: 161 kg by the manufacturer's ratios, of which 1 % is not explained (Boavizta's collection, ODbL)."""
    rows = {
        **EMPTY,
        "manufacturing": [carbon("m", 161 * 0.76)],
        "distribution": [carbon("t", 161 * 0.08)],
        "use": [carbon("u", 161 * 0.15)],
    }
    result = result_of(boundary="cradle_to_grave", stages=rows)
    stage = {name: float(result.document["stages"][name]) for name in ("manufacturing", "distribution", "use")}
    assert stage == pytest.approx({"manufacturing": 122.36, "distribution": 12.88, "use": 24.15})
    assert 161 - result.value == pytest.approx(1.61)
