"""One case per method by hand, three activities or more each: the arithmetic stands beside the answer.

Factors are those of the test release or stated; a source is named with each method. Arithmetic examples, no products.
"""

from __future__ import annotations

from typing import Any

import pytest

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.study import Result, Study, calculate

GRID, STEEL, SHIP, LORRY = 0.6205, 2.0, 0.01, 0.12
BURNT = 389.31 * 0.0153 * 0.99 * 44 / 12 / 10  # kg CO2/Nm3 of natural gas, worked example CN-01
GAS = BURNT + 0.3
N2O, CF4, C2F6 = 273.0, 7380.0, 12400.0  # GWP100, AR6


def release() -> MemoryRelease:
    """Return the test release with metals, a glass bottle and what becomes of them."""
    more = [
        dataset("metal", 8.0),
        dataset("scrap-metal", 0.6),
        dataset("melting", 0.5),
        dataset("dumped", 0.1),
        dataset("bottle", 0.9),
        dataset("van", LORRY, "t*km"),
    ]
    return MemoryRelease({**background().datasets, **{item.id: item for item in more}})


def result_of(*rows: dict[str, Any], stage: str = "manufacturing", **more: Any) -> Result:
    """Calculate a study of some rows."""
    numbered = [{"id": f"a{at}", **row} for at, row in enumerate(rows, 1)]
    study, findings = Study.parse(document(stages=stages(**{stage: numbered}), **more))
    assert study is not None, findings
    return calculate(study, release(), samples=0)


def by_method(amount: str, method: str, of: str | None = None, **inputs: str) -> dict[str, Any]:
    """Return a row of a direct emission."""
    return {"amount": amount, "emission": {"method": method, "of": of, "inputs": inputs}}


def power(amount: str) -> dict[str, Any]:
    return {"amount": amount, "electricity": {"supply": "grid", "region": "CN", "year": 2023}}


def values(result: Result) -> list[float]:
    """Return kg CO2e by row, in the rows' order."""
    found: dict[str, float] = {}
    for item in result.document["contributions"]:
        found[item["row"]] = found.get(item["row"], 0.0) + item["value"]
    return [found[key] for key in sorted(found)]


def test_perfluorocarbons_by_overvoltage() -> None:
    """1 t of aluminium of a centre-worked prebake line. Implementing Regulation (EU) 2025/2547, annex II B.7,
    equation 24.

    1.16 kg/(t·mV) × 1.8 mV / 94 % / 98 % = 2.26661 kg CF4 and 0.121 of it C2F6; anode 410 kg C × 44/12; 13,400 kWh.
    In AR5, which the mechanism uses, the same gases weigh 6630 and 11100.
    """
    cf4 = 1.16 * 1.8 / 0.94 / 0.98
    rows = (
        by_method("1 t", "pfc_overvoltage", "CWPB", overvoltage="1.8", current_efficiency="94 %", collection="98 %"),
        by_method("410 kg", "carbon_balance", carbon_out="0 kg"),
        power("13400 kWh"),
    )
    expected = [cf4 * CF4 + cf4 * 0.121 * C2F6, 410 * 44 / 12, 13400 * GRID]
    assert values(result_of(*rows)) == pytest.approx(expected, rel=1e-9)
    assert sum(expected) == pytest.approx(16727.6 + 3400.8 + 1503.3 + 8314.7, abs=0.1)
    fifth = result_of(*rows, gwp="AR5")
    assert values(fifth)[0] == pytest.approx(cf4 * 6630 + cf4 * 0.121 * 11100, rel=1e-9)


def test_closed_loop_of_three_materials() -> None:
    """PEFCR Guidance v6.3, equation 18 with A = 0 and equal quality: virgin + R2 (recycling − virgin) + (1 − R2)
    dumped.

    Frame 6 kg, 90 % back: 48 + 5.4 × (0.5 − 8) + 0.06 = 7.56. Sheet 2 kg, 50 %: 16 + (0.5 − 8) + 0.1 = 8.6. Screws 1
    kg, none
    back: 8 + 0.1 = 8.1. In all 24.26, of which the credit is −(5.4 + 1) × 8 = −51.2.
    """
    loop = {"method": "closed_loop", "virgin": "dataset/metal", "recycling": "dataset/melting"}
    loop |= {"disposal": "dataset/dumped"}
    rows = [{"amount": f"{mass} kg", "circular": {**loop, "R2": back}} for mass, back in ((6, "90 %"), (2, "50 %"))]
    result = result_of(*rows, {"amount": "1 kg", "circular": loop}, stage="raw_materials")
    assert values(result) == pytest.approx([48 + 2.7 + 0.06, 16 + 0.5 + 0.1, 8.1])
    assert result.document["credits"]["value"] == pytest.approx(-51.2)
    assert result.value - 51.2 == pytest.approx(7.56 + 8.6 + 8.1)


def test_fifty_fifty_of_three_materials() -> None:
    """Half of what is saved by recycled content and by recycling belongs to the other life (PEFCR Guidance v6.3, A =
    0.5).

    4 kg, 60 % recycled content: 0.4 × 8 + 0.6 × 0.6 = 3.56, less the half −0.5 × 0.6 × (0.6 − 8) = +2.22: 5.78 per
    kg; 80 %
    back: 0.5 × 0.8 × 0.5 = 0.2, dumped 0.02: 6.0 per kg, credit 0.5 × 0.8 × 8 = 3.2. 1 kg virgin, not back: 8.1. 2 kg
    virgin, all back: 8 + 0.25 = 8.25 per kg, credit 4.
    """
    half = {"method": "fifty_fifty", "virgin": "dataset/metal", "recycling": "dataset/melting"}
    half |= {"disposal": "dataset/dumped"}
    proof = {"R1": "60 %", "recycled": "dataset/scrap-metal", "content_proof": "audit", "custody": "segregated"}
    result = result_of(
        {"amount": "4 kg", "circular": {**half, **proof, "R2": "80 %"}},
        {"amount": "1 kg", "circular": half},
        {"amount": "2 kg", "circular": {**half, "R2": "1"}},
        stage="raw_materials",
    )
    assert values(result) == pytest.approx([4 * 6.0, 8.1, 2 * 8.25])
    assert result.document["credits"]["value"] == pytest.approx(-(4 * 3.2 + 2 * 4.0))


def test_transport_of_three_legs() -> None:
    """2 t: by van half as full as its factor says, back empty, cooled, by ship: tonne-kilometres × how the vehicle
    is used.

    300 km × 0.12 × (64/32) × (1 + 0.4 × 0.7) = 92.16 per t; 150 km × 0.12 × 1.2 cooled = 21.6; 9000 km × 0.01 = 90.
    PEFCR
    Guidance v6.3 has 64 % as the load of a lorry; consumption empty and for cooling are stated by the study.
    """
    van = {"by": "dataset/van"}
    legs = [
        {**van, "distance": "300 km", "load": "32 %", "load_of_factor": "64 %", "empty_return": "40 %",
         "empty_consumption": "70 %"},
        {**van, "distance": "150 km", "refrigeration": "20 %"},
        {"by": "dataset/ship", "distance": "9000 km"},
    ]  # fmt: skip
    each = [300 * LORRY * 2 * 1.28, 150 * LORRY * 1.2, 9000 * SHIP]
    apart = result_of(*({"amount": "2 t", "transport": [leg]} for leg in legs), stage="distribution")
    assert values(apart) == pytest.approx([2 * value for value in each])
    together = result_of({"amount": "2 t", "transport": legs}, stage="distribution")
    assert together.value == pytest.approx(2 * (92.16 + 21.6 + 90))


def test_heat_and_power_of_one_plant_in_three_uses() -> None:
    """200 Nm3 of gas, 30 kWh of pumps, 5 kg of steel for 700 kWh of power and 900 kWh of heat, shared by the fuel of
    making
    each alone (35 % and 80 %): 700/0.35 = 2000 against 900/0.8 = 1125, so power carries 64 %.

    The product takes 70 kWh of power, 300 kWh of heat, and 10 kWh of the grid.
    """
    plant = {
        "gives": [{"product": "power", "amount": "700 kWh|electricity"}, {"product": "heat", "amount": "900 kWh|heat"}],
        "allocation": {
            "by": "efficiency",
            "reason": "one plant",
            "per_product": {"power": "0.35", "heat": "0.8"},
            "source": "GHG Protocol, allocation of emissions from a combined heat and power plant, 2006",
        },
        "takes": [
            {"id": "p1", "amount": "200 Nm3", "fuel": "natural-gas"},
            {"id": "p2", **power("30 kWh")},
            {"id": "p3", "amount": "5 kg", "from": "dataset/steel"},
        ],
    }
    whole = 200 * GAS + 30 * GRID + 5 * STEEL
    result = result_of(
        {"amount": "70 kWh|electricity", "from": "process/plant/power"},
        {"amount": "300 kWh|heat", "from": "process/plant/heat"},
        power("10 kWh"),
        processes={"plant": plant},
    )
    share = 2000 / 3125
    expected = whole * share * 70 / 700 + whole * (1 - share) * 300 / 900 + 10 * GRID
    assert share == 0.64
    assert result.value == pytest.approx(expected, rel=1e-9)


def test_a_reused_bottle_its_washing_and_its_way() -> None:
    """PEFCR Guidance v6.3: 600 g used ten times is 60 g per use; a rate of 80 % is five uses (worked example EOL-02).

    0.6 kg × 0.9 / 10 = 0.054; crate 2 kg of steel at 80 %: 2 × 2 / 5 = 0.8; washing 0.05 kWh and the empty way of
    0.6 kg over
    100 km count at each use.
    """
    result = result_of(
        {"amount": "0.6 kg", "from": "dataset/bottle", "reuse": {"uses": "10", "source": "bottler's records"}},
        {"amount": "2 kg", "from": "dataset/steel", "reuse": {"rate": "80 %", "source": "bottler's records"}},
        power("0.05 kWh"),
        {"amount": "0.6 kg", "transport": [{"distance": "100 km", "by": "dataset/van"}]},
    )
    assert values(result) == pytest.approx([0.054, 0.8, 0.05 * GRID, 0.0006 * 100 * LORRY])
    assert sum(values(result)) == pytest.approx(0.892225)


def test_nitrous_oxide_of_acid_plants_and_fields() -> None:
    """Two lines of nitric acid and the field on which the fertiliser goes. 1 t of acid each; 100 kg N on soil.

    Line one: 7 kg/t × (1 − 0.9 × 0.95) = 1.015 kg; line two without abatement 5 kg. Soil (IPCC 2006, volume 4,
    chapter 11):
    100 × (0.01 + 0.1 × 0.01 + 0.3 × 0.0075) × 44/28 = 2.08214 kg. 8.09714 kg × 273.
    """
    result = result_of(
        by_method("1 t", "n2o_process", generation="7 kg/t", destruction="90 %", utilisation="95 %"),
        by_method("1 t", "n2o_process", generation="5 kg/t", destruction="0", utilisation="1"),
        by_method("100 kg", "n2o_soil", "ipcc-2006"),
    )
    masses = [1.015, 5.0, 100 * 0.01325 * 44 / 28]
    assert values(result) == pytest.approx([mass * N2O for mass in masses], rel=1e-9)
    assert result.value == pytest.approx(2210.52, abs=0.01)


def test_urea_and_lime_of_a_field() -> None:
    """IPCC 2006, volume 4, chapter 11: 60 kg of urea free 60 × 0.20 × 44/12 = 44 kg CO2, and its nitrogen (46 %) N2O.

    27.6 kg N × 0.0208214 × 273 = 156.885; 30 kg of limestone of 95 % CaCO3 dissolve wholly: 30 × 0.95 × 0.4397 =
    12.531;
    10 Nm3 of gas dry the crop: 24.622.
    """
    result = result_of(
        by_method("60 kg", "urea", "ipcc-2006"),
        by_method("= 60 kg * 0.46", "n2o_soil", "ipcc-2006"),
        by_method("30 kg", "carbonate", "limestone", purity="95 %", calcination="1"),
        {"amount": "10 Nm3", "fuel": "natural-gas"},
    )
    expected = [44.0, 27.6 * 0.01325 * 44 / 28 * N2O, 30 * 0.95 * 0.4397, 10 * GAS]
    assert values(result) == pytest.approx(expected, rel=1e-6)
    assert result.value == pytest.approx(44 + 156.885 + 12.531 + 24.622, abs=0.01)
