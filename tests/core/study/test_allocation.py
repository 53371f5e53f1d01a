"""Processes with several products, by hand: chlor-alkali, a dairy, a blast furnace. Arithmetic examples, no plants.

Factors: grid 0.6205 kg CO2e/kWh (as in the published table); salt, steam, milk and the rest are invented round numbers.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sample_files import SHARED
from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import CoProductRule, Rule
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.package import identical, replay, seal

GRID = 0.6205
CASES = SHARED / "data" / "worked_examples.json"


def release() -> MemoryRelease:
    """Return the test release with a few more factors."""
    more = {
        "salt": dataset("salt", 0.2),
        "steam": dataset("steam", 0.25),
        "milk": dataset("milk", 1.2),
        "coke": dataset("coke", 0.5),
        "clinker": dataset("clinker", 0.85),
    }
    return MemoryRelease({**background().datasets, **more})


def power(row_id: str, amount: str, **more: Any) -> dict[str, Any]:
    """Return a row of grid electricity."""
    return {"id": row_id, "amount": amount, "electricity": {"supply": "grid", "region": "CN", "year": 2023}, **more}


def parsed(process: dict[str, Any], product: str, amount: str = "1 kg", **more: Any) -> tuple[Study | None, set[str]]:
    """Return a study of one product of a process, and what is said about it."""
    row = {"id": "r", "amount": amount, "from": f"process/plant/{product}"}
    body = document(stages=stages(manufacturing=[row]), processes={"plant": process}, **more)
    study, findings = Study.parse(body)
    return study, {item.code for item in findings}


def result_of(process: dict[str, Any], product: str, rule: Rule | None = None, **more: Any) -> Result:
    """Calculate 1 kg of a product."""
    study, said = parsed(process, product, **more)
    assert study is not None, said
    return calculate(study, release(), rule, samples=0)


def footprint(process: dict[str, Any], product: str) -> float:
    """Return kg CO2e per kg of a product."""
    return result_of(process, product).value


def chlor_alkali(**allocation: Any) -> dict[str, Any]:
    """Return a cell house: chlorine, caustic soda, hydrogen; soda is concentrated, hydrogen compressed."""
    return {
        "gives": [
            {"product": "chlorine", "amount": "1000 kg"},
            {"product": "soda", "amount": "1100 kg"},
            {"product": "hydrogen", "amount": "28 kg"},
        ],
        "allocation": {"reason": "test", **allocation},
        "takes": [
            {"id": "salt", "amount": "1650 kg", "from": "dataset/salt"},
            power("cells", "2500 kWh"),
            {"id": "steam", "amount": "700 kg", "from": "dataset/steam", "product": "soda"},
            power("compressor", "60 kWh", product="hydrogen"),
        ],
    }


COMMON = 1650 * 0.2 + 2500 * GRID
"""Salt and cells: 330 + 1551.25 = 1881.25 kg CO2e."""
PRICES = [
    {
        "year": 2021,
        "of": {"chlorine": "1200 CNY/t", "soda": "2400 CNY/t", "hydrogen": "20 CNY/kg"},
        "source": "market A",
    },
    {
        "year": 2022,
        "of": {"chlorine": "800 CNY/t", "soda": "3600 CNY/t", "hydrogen": "24 CNY/kg"},
        "source": "market B",
    },
]
"""Mean: chlorine 1.0, soda 3.0, hydrogen 22 CNY/kg; worth 1000 + 3300 + 616 = 4916 CNY."""


@pytest.mark.requirement("SD-13b")
def test_economic_allocation_by_hand() -> None:
    """Steam is the soda's alone, the compressor the hydrogen's; the rest goes by mean prices of two years."""
    process = chlor_alkali(by="economic", prices=PRICES)
    assert footprint(process, "chlorine") == pytest.approx(COMMON * 1000 / 4916 / 1000)
    assert footprint(process, "soda") == pytest.approx((COMMON * 3300 / 4916 + 700 * 0.25) / 1100)
    assert footprint(process, "hydrogen") == pytest.approx((COMMON * 616 / 4916 + 60 * GRID) / 28)


def test_mass_allocation_after_subdivision_by_hand() -> None:
    process = chlor_alkali(by="mass")
    assert footprint(process, "soda") == pytest.approx(COMMON / 2128 + 700 * 0.25 / 1100)
    assert footprint(process, "chlorine") == pytest.approx(COMMON / 2128)


def test_the_other_methods_stand_beside_the_stated_one() -> None:
    """Soda by price 1.3071…, by mass 1.0431…: the same study, no more words."""
    result = result_of(chlor_alkali(by="economic", prices=PRICES), "soda")
    (told,) = result.document["allocations"]
    assert [item["by"] for item in told["alternatives"]] == ["mass"]
    assert told["alternatives"][0]["total"] == pytest.approx(COMMON / 2128 + 700 * 0.25 / 1100)
    assert told["alternatives"][0]["change"] == pytest.approx(told["alternatives"][0]["total"] - result.value)
    rows = {item["row"]: item for item in told["rows"]}
    assert rows["steam"] == {"row": "steam", "by": "subdivision", "shares": {"soda": 1.0}}
    assert rows["cells"]["shares"]["chlorine"] == pytest.approx(1000 / 4916)


def dairy() -> dict[str, Any]:
    """Return a year of a dairy that makes drinking milk and cheese; every activity has its cause."""
    return {
        "gives": [{"product": "milk", "amount": "9000 kg"}, {"product": "cheese", "amount": "400 kg"}],
        "allocation": {
            "by": "causal",
            "reason": "metered for a year",
            "weighs": "milk solids",
            "per_product": {"milk": "120 g/kg", "cheese": "550 g/kg"},
            "drivers": {
                "solids": {"amounts": {"milk": "1080 kg", "cheese": "220 kg"}, "source": "laboratory"},
                "hours": {"amounts": {"milk": "300 h", "cheese": "900 h"}, "source": "machine log"},
                "surface": {"amounts": {"milk": "400 m2", "cheese": "1200 m2"}, "source": "plan of the building"},
            },
        },
        "takes": [
            {"id": "raw", "amount": "13000 kg", "from": "dataset/milk", "driver": "solids"},
            power("machines", "6000 kWh", driver="hours"),
            {"id": "heating", "amount": "800 kg", "from": "dataset/steam", "driver": "surface"},
            {"id": "ripening", "amount": "100 kg", "from": "dataset/steam", "product": "cheese"},
        ],
        "losses": [{"id": "whey", "what": "whey to the fields", "amount": "3600 kg"}],
    }


def test_causal_allocation_by_hand() -> None:
    """Raw milk by solids 1080 : 220, machines by hours 1 : 3, heat by surface 1 : 3, ripening to the cheese."""
    raw, machines, heat = 13000 * 1.2, 6000 * GRID, 800 * 0.25
    milk = raw * 1080 / 1300 + machines * 0.25 + heat * 0.25
    cheese = raw * 220 / 1300 + machines * 0.75 + heat * 0.75 + 100 * 0.25
    assert footprint(dairy(), "milk") == pytest.approx(milk / 9000)
    assert footprint(dairy(), "cheese") == pytest.approx(cheese / 400)
    assert milk + cheese == pytest.approx(raw + machines + heat + 25)


def test_causal_allocation_beside_solids_and_mass() -> None:
    """By solids alone: 1080 : 220 of all but the ripening; by mass 9000 : 400."""
    (told,) = result_of(dairy(), "cheese").document["allocations"]
    common = 13000 * 1.2 + 6000 * GRID + 800 * 0.25
    totals = {item["by"]: item["total"] for item in told["alternatives"]}
    assert totals == {
        "mass": pytest.approx((common * 400 / 9400 + 25) / 400),
        "physical": pytest.approx((common * 220 / 1300 + 25) / 400),
    }
    assert told["products"][1]["share"] is None
    assert told["products"][1]["method"] == "causal"


def furnace(**more: Any) -> dict[str, Any]:
    """Return a blast furnace whose slag replaces clinker, and whose gas is sold by its energy or not at all."""
    return {
        "gives": [{"product": "iron", "amount": "1000 kg"}, {"product": "slag", "amount": "300 kg"}],
        "allocation": {"by": "system_expansion", "expanded": ["slag"], "reason": "slag goes to cement works"},
        "takes": [
            {"id": "coke", "amount": "400 kg", "from": "dataset/coke"},
            power("blowers", "100 kWh"),
            power("granulation", "30 kWh"),
        ],
        "emits": [{"id": "stack", "amount": "1300 kg", "gas": "CO2 fossil"}],
        "avoids": [{"id": "cement", "product": "slag", "amount": "270 kg", "credit": "dataset/clinker"}],
        **more,
    }


OVEN = 400 * 0.5 + 130 * GRID + 1300


def test_system_expansion_by_hand() -> None:
    """The iron carries all; 270 kg of clinker that nobody makes stand apart as a credit of 229.5 kg per t."""
    result = result_of(furnace(), "iron")
    assert result.value == pytest.approx(OVEN / 1000)
    assert result.document["credits"]["value"] == pytest.approx(-270 * 0.85 / 1000)
    assert [row["row"] for row in result.document["credits"]["rows"]] == ["cement"]
    (told,) = result.document["allocations"]
    assert [item["method"] for item in told["products"]] == ["system_expansion", "system_expansion"]
    assert {item["by"]: item["total"] for item in told["alternatives"]} == {"mass": pytest.approx(OVEN / 1300)}


def test_the_credit_of_an_expansion_is_in_the_total_only_where_the_rule_says_so() -> None:
    rule = load_rule("generic-goods@1.0.0").model_copy(update={"credits": "in_total"})
    result = result_of(furnace(), "iron", rule)
    assert result.value == pytest.approx((OVEN - 270 * 0.85) / 1000)
    links = {(item["from"], item["to"]): item["value"] for item in result.document["sankey"]["links"]}
    assert links["process:plant", "stage:manufacturing"] == pytest.approx(result.value)


def test_an_expanded_co_product_beside_two_that_share() -> None:
    """Gas by energy: 1000 kg iron is given no energy, so by stated shares 0.9 : 0.1; the credit falls the same way."""
    gives = [*furnace()["gives"], {"product": "gas", "amount": "5 GJ"}]
    allocation = {"by": "stated", "shares": {"iron": 0.9, "gas": 0.1}, "expanded": ["slag"], "reason": "test"}
    result = result_of(furnace(gives=gives, allocation=allocation), "iron")
    assert result.value == pytest.approx(0.9 * OVEN / 1000)
    assert result.document["credits"]["value"] == pytest.approx(-0.9 * 270 * 0.85 / 1000)


def cogeneration(**more: Any) -> dict[str, Any]:
    """Return a plant that burns 100 m3 of gas into 350 kWh of power and 450 kWh of heat."""
    return {
        "gives": [{"product": "power", "amount": "350 kWh|electricity"}, {"product": "heat", "amount": "450 kWh|heat"}],
        "allocation": {"by": "energy", "reason": "test", **more},
        "takes": [{"id": "gas", "amount": "100 Nm3", "fuel": "natural-gas"}, power("pumps", "10 kWh")],
    }


CHP = 100 * (389.31 * 0.0153 * 0.99 * 44 / 12 / 10 + 0.3) + 10 * GRID


def test_heat_and_power_by_energy_and_by_efficiency() -> None:
    """By energy 350 : 450; by the fuel of making each alone 350/0.35 : 450/0.80 = 1000 : 562.5."""
    assert per_kwh(cogeneration(), "power") == pytest.approx(CHP / 800)
    by = {
        "by": "efficiency",
        "per_product": {"power": "0.35", "heat": "80 %"},
        "source": "GHG Protocol CHP guide, 2006",
    }
    assert per_kwh(cogeneration(**by), "power") == pytest.approx(CHP * 1000 / 1562.5 / 350)
    assert per_kwh(cogeneration(**by), "heat") == pytest.approx(CHP * 562.5 / 1562.5 / 450)


def per_kwh(process: dict[str, Any], product: str) -> float:
    """Return kg CO2e per kWh of a product."""
    study, said = parsed(process, product, f"1 kWh|{'heat' if product == 'heat' else 'electricity'}")
    assert study is not None, said
    return calculate(study, release(), samples=0).value


def test_a_product_used_inside_the_plant_and_a_loop() -> None:
    """Two processes: the dairy's cheese goes into a sauce with 0.5 kg of steam; its rows keep their shares."""
    sauce = {"gives": "1 kg", "takes": [{"id": "c", "amount": "0.2 kg", "from": "process/plant/cheese"}]}
    row = {"id": "r", "amount": "2 kg", "from": "process/sauce"}
    body = document(stages=stages(manufacturing=[row]), processes={"plant": dairy(), "sauce": sauce})
    study, said = Study.parse(body)
    assert study is not None, said
    result = calculate(study, release(), samples=100)
    assert result.value == pytest.approx(0.4 * footprint(dairy(), "cheese"))
    assert sum(item["value"] for item in result.document["contributions"]) == pytest.approx(result.value)
    assert {tuple(item["path"]) for item in result.document["contributions"]} == {("sauce", "plant")}
    rolled = {item["process"]: item["value"] for item in result.document["own_processes"]}
    assert rolled["plant"] == pytest.approx(result.value)
    assert identical(seal(study, release(), None, result), replay(seal(study, release(), None, result)))


def test_an_unknown_row_of_another_product_leaves_this_one_complete() -> None:
    process = dairy()
    process["takes"].append(
        {
            "id": "salt",
            "amount": {"absent": "unknown", "reason": "not metered"},
            "from": "dataset/salt",
            "product": "cheese",
        }
    )
    assert result_of(process, "milk").document["total"]["completeness"] == "partial"
    assert result_of(process, "cheese").document["total"]["completeness"] == "incomplete"


@settings(deadline=None, max_examples=40)
@given(
    hours=st.lists(st.integers(1, 1000), min_size=3, max_size=3),
    prices=st.lists(st.integers(1, 1000), min_size=3, max_size=3),
    kwh=st.integers(1, 10_000),
)
def test_products_together_carry_what_the_process_does(hours: list[int], prices: list[int], kwh: int) -> None:
    names = ("chlorine", "soda", "hydrogen")
    process = chlor_alkali(
        by="economic",
        prices=[{"year": 2021, "of": {n: f"{p} CNY/kg" for n, p in zip(names, prices, strict=True)}, "source": "x"}],
        drivers={"h": {"amounts": {n: f"{h} h" for n, h in zip(names, hours, strict=True)}, "source": "x"}},
    )
    process["takes"].append(power("hall", f"{kwh} kWh", driver="h"))
    carried = sum(footprint(process, name) * mass for name, mass in zip(names, (1000, 1100, 28), strict=True))
    assert carried == pytest.approx(COMMON + 700 * 0.25 + (60 + kwh) * GRID, rel=1e-9)


def test_published_cases_of_allocation() -> None:
    """OL-06: 2 kg CO2 over 1 and 3 kg is 0.5 kg for the first. ALLOC-02: the shares of a sheep farm add up."""
    process = {
        "gives": [{"product": "p1", "amount": "1 kg"}, {"product": "p2", "amount": "3 kg"}],
        "allocation": {"by": "mass", "reason": "olca-modules AllocationTest"},
        "emits": [{"id": "co2", "amount": "2 kg", "gas": "CO2 fossil"}],
    }
    assert footprint(process, "p1") == pytest.approx(0.5, rel=1e-6)
    shares = {"meat": 2.52, "milk": 73.84, "wool": 23.64}
    if CASES.exists():
        cases = {item["id"]: item for item in json.loads(CASES.read_text(encoding="utf-8"))}
        assert cases["ALLOC-02"]["inputs"]["percent"] == shares
        assert cases["OL-06"]["expected"] == {"p1_CO2_kg": 0.5}
    farm = {
        "gives": [{"product": name, "amount": "1 kg"} for name in shares],
        "allocation": {
            "by": "stated",
            "shares": {k: v / 100 for k, v in shares.items()},
            "reason": "PEFCR Guidance v6.3",
        },
        "emits": [{"id": "ch4", "amount": "10 kg", "gas": "CH4 biogenic"}],
    }
    assert footprint(farm, "milk") == pytest.approx(0.7384 * 270)
    assert sum(footprint(farm, name) for name in shares) == pytest.approx(270)


def year(**prices: str) -> dict[str, Any]:
    """Return the prices of 2022."""
    return {"year": 2022, "of": prices, "source": "market"}


SHARES = {"chlorine": 0.3, "soda": 0.5, "hydrogen": 0.2}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"by": "stated"}, "allocation_input_missing"),
    ({"by": "stated", "shares": {**SHARES, "soda": 0.49}}, "allocation_sum"),
    ({"by": "stated", "shares": {**SHARES, "soda": 0.8, "hydrogen": -0.1}}, "allocation_sum"),
    ({"by": "stated", "shares": {"soda": 1.0}}, "allocation_shares"),
    ({"by": "economic"}, "allocation_input_missing"),
    ({"by": "economic", "prices": PRICES, "shares": SHARES}, "allocation_share_differs"),
    ({"by": "economic", "prices": [year(soda="1 CNY/kg")]}, "allocation_input_missing"),
    ({"by": "economic", "prices": [PRICES[0], year(**dict.fromkeys(SHARES, "1 USD/kg"))]}, "allocation_units_differ"),
    ({"by": "economic", "prices": [year(**dict.fromkeys(SHARES, "0 CNY/kg"))]}, "allocation_size"),
    ({"by": "mass", "shares": {"chlorine": 0.4, "soda": 0.4, "hydrogen": 0.2}}, "allocation_share_differs"),
    ({"by": "energy"}, "unit_mismatch"),
    ({"by": "physical", "per_product": dict.fromkeys(SHARES, "1 MJ/kg")}, "allocation_input_missing"),
    ({"by": "physical", "weighs": "energy", "per_product": {"soda": "1 MJ/kg"}}, "allocation_input_missing"),
    ({"by": "efficiency", "per_product": dict.fromkeys(SHARES, "0.5")}, "allocation_input_missing"),
    ({"by": "efficiency", "per_product": dict.fromkeys(SHARES, "2"), "source": "x"}, "allocation_efficiency"),
    ({"by": "causal"}, "allocation_input_missing"),
    ({"by": "subdivision"}, "allocation_row_unassigned"),
    ({"by": "mass", "drivers": {"h": {"amounts": {"brine": "1 h"}, "source": "x"}}}, "allocation_product_unknown"),
    ({"by": "mass", "expanded": ["hydrogen"]}, "allocation_expansion_without_credit"),
    ({"by": "system_expansion", "expanded": ["soda"]}, "allocation_expansion_rest"),
    ({"by": "mass", "expanded": ["soda"]}, "allocation_product_unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("allocation", "code"), WRONG)
def test_what_is_refused(allocation: dict[str, Any], code: str) -> None:
    study, said = parsed(chlor_alkali(**allocation), "soda")
    assert study is None
    assert code in said


def test_prices_are_asked_for_where_shares_are_stated() -> None:
    study, said = parsed(chlor_alkali(by="economic", shares=SHARES), "soda")
    assert study is not None
    assert "allocation_input_missing" in said


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"driver": "mass"}, "allocation_driver_unknown"),
        ({"driver": "hours", "product": "cheese"}, "allocation_row_twice"),
        ({"product": "butter"}, "allocation_product_unknown"),
        ({"driver": None}, "allocation_row_unassigned"),
    ],
)
def test_rows_name_what_is_there(change: dict[str, Any], code: str) -> None:
    process = dairy()
    process["takes"][1] |= change
    assert code in parsed(process, "milk")[1]


def test_credits_and_products_stand_only_where_they_mean_something() -> None:
    assert "allocation_credit_without_expansion" in parsed(furnace(allocation={"by": "mass", "reason": "x"}), "iron")[1]
    row = {"id": "r", "amount": "1 kg", "from": "dataset/steel", "product": "soda"}
    _, findings = Study.parse(document(stages=stages(manufacturing=[row])))
    assert "allocation_row_misplaced" in {item.code for item in findings}
    single = {"gives": "1 kg", "avoids": [{"id": "c", "amount": "1 kg", "credit": "dataset/steel"}]}
    _, findings = Study.parse(
        document(stages=stages(manufacturing=[{**row, "product": None}]), processes={"p": single})
    )
    assert "allocation_row_misplaced" in {item.code for item in findings}


def test_an_expanded_co_product_is_no_input() -> None:
    study, said = parsed(furnace(), "slag")
    assert study is not None, said
    with pytest.raises(TanbiaoError) as caught:
        calculate(study, release(), samples=0)
    assert caught.value.code == "allocation_expanded_taken"


def ruled(*methods: str, **single: str) -> Rule:
    """Return the packaged rule with these methods, and these for single co-products."""
    rule = load_rule("generic-goods@1.0.0")
    named = tuple(CoProductRule.model_validate({"product": key, "by": by}) for key, by in single.items())
    terms = rule.allocation.model_copy(update={"co_products": methods, "per_co_product": named})
    return rule.model_copy(update={"allocation": terms})


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        (ruled("mass"), {"rule_allocation_differs"}),
        (ruled("economic"), set()),
        (ruled("mass", chlorine="economic", soda="economic", hydrogen="economic"), set()),
        (ruled("economic", hydrogen="system_expansion"), {"rule_co_product_differs"}),
    ],
)
def test_a_rule_says_how_each_co_product_is_shared(rule: Rule, codes: set[str]) -> None:
    result = result_of(chlor_alkali(by="economic", prices=PRICES), "soda", rule)
    said = {item.code for item in result.findings}
    assert said & {"rule_allocation_differs", "rule_co_product_differs"} == codes


def test_a_rule_that_allows_a_physical_relation_allows_mass() -> None:
    said = {item.code for item in result_of(chlor_alkali(by="mass"), "soda", ruled("physical")).findings}
    assert "rule_allocation_differs" not in said


def test_expressions_of_a_rule_read_rows_that_are_shared() -> None:
    """A run takes 13,000 + 800 + 100 kg; 1 kg of milk takes 13000 × 1080/1300 / 9000 = 1.2 kg of raw milk."""
    said = {"severity": "error", "zh": "试", "en": "test"}
    checks = [
        {"id": "run", "expect": "mass(plant.takes) == 13900 kg", "otherwise": said},
        {"id": "amount", "expect": "amount(raw) == 13000 kg", "otherwise": said},
        {
            "id": "each",
            "expect": "row.mass at most 1.2000001 kg",
            "each": {"activity": "from", "process": "plant"},
            "otherwise": said,
        },
        {
            "id": "less",
            "expect": "row.mass at most 1.1999999 kg",
            "each": {"activity": "from", "process": "plant"},
            "otherwise": said,
        },
    ]
    rule = parse_rule({**load_rule("generic-goods@1.0.0").canonical(), "checks": checks})
    states = {item["check"]: item["state"] for item in result_of(dairy(), "milk", rule).document["checks"]}
    assert [states[item["id"]] for item in checks] == ["passed", "passed", "passed", "failed"]
