"""Year on year by hand: one product, two periods, each cause by itself and all together; the steps sum exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import Study
from tanbiao.core.study.years import Pinned, Years, as_json, compare_years

GRID = {"electricity": {"supply": "grid", "region": "CN"}}
LATER = {"from": "2024-01-01", "to": "2024-12-31"}


def release(steel: float = 2.0) -> MemoryRelease:
    """Return the test release: grid 0.6205 in 2023 and 0.5777 in 2024; two mills beside the average of steel."""
    more = [
        dataset("steel", steel),
        dataset("mill-a", 1.9, kind="supplier_footprint"),
        dataset("mill-b", 1.5, kind="supplier_footprint"),
        dataset("wind-plant", 0.02, "kWh|electricity"),
    ]
    return MemoryRelease({**background().datasets, **{item.id: item for item in more}})


def study(rows: list[dict[str, Any]], **changes: Any) -> Study:
    """Return a study of one stage."""
    parsed, findings = Study.parse(document(**{"stages": stages(manufacturing=rows), **changes}))
    assert parsed is not None, findings
    return parsed


def years(base: Study, later: Study, *, rules: tuple[Rule | None, Rule | None] = (None, None), **more: Any) -> Years:
    """Compare two studies on the test release."""
    old, new = more.get("releases", (release(), release()))
    return compare_years(Pinned(base, old, rules[0]), Pinned(later, new, rules[1]))


def by_cause(found: Years) -> dict[str, float]:
    """Return the changes that are not 0."""
    return {step.cause: float(step.change) for step in found.steps if step.change}


def row(key: str, amount: str, factor: str, **more: Any) -> dict[str, Any]:
    """Return a bought input."""
    return {"id": key, "amount": amount, "from": f"dataset/{factor}", **more}


def test_all_causes_together_by_hand() -> None:
    """Base: 10 kWh × 0.6205 + 4 kg steel × 2 + 1 kg of mill A's × 1.9 = 6.205 + 8 + 1.9 = 16.105.

    Later: 9 kWh, 3 of them by a direct line at 0.02: 6 × 0.5777 = 3.4662 and 0.06; 3.8 kg steel = 7.6; 1 kg of mill
    B's = 1.5; a new part of 0.5 kg CO2: 13.1262.

    factor: the grid's year, 10 × (0.5777 − 0.6205) = −0.428. The row of the grid then has f = 0.5777 in both:
    activity (6 − 10) × 0.5777 = −2.3108. The direct line's row is new: +0.06. Steel −0.2 × 2 = −0.4, the part +0.5.
    supplier 1 × (1.5 − 1.9) = −0.4. Own action −2.1508 − 0.4 = −2.5508.
    """
    own = {"kind": "primary"}
    base = study([
        {"id": "k", "amount": "10 kWh", **GRID}, row("s", "4 kg", "steel"), row("m", "1 kg", "mill-a", data=own),
    ])  # fmt: skip
    line = {"supply": "direct_line", "dataset": "dataset/wind-plant", "region": "CN", "proof": "meter"}
    later = study(
        [
            {"id": "k", "amount": "6 kWh", **GRID},
            {"id": "w", "amount": "3 kWh", "electricity": line},
            row("s", "3.8 kg", "steel"),
            row("m", "1 kg", "mill-b", data=own),
            {"id": "g", "amount": "0.5 kg", "gas": "CO2 fossil"},
        ],
        period=LATER,
    )
    found = years(base, later)
    assert (found.start, found.end) == (Decimal("16.105"), Decimal("13.1262"))
    assert by_cause(found) == pytest.approx({"factor": -0.428, "activity": -2.1508, "supplier": -0.4})
    assert float(found.own) == pytest.approx(-2.5508)
    assert found.reduction == -found.own
    assert found.start + sum(step.change for step in found.steps) == found.end
    heaviest = found.rows[0]
    assert (heaviest.row, heaviest.cause) == ("k", "activity")
    assert heaviest.change == pytest.approx(-2.3108)


def test_another_supply_in_the_same_row_is_electricity_and_shares_the_joint_effect() -> None:
    """10 kWh of the grid, 0.6205 → 0.5777 by the year (−0.428); then 8 kWh of a line at 0.02.

    activity (8 − 10) × (0.5777 + 0.02)/2 = −0.5977; electricity (0.02 − 0.5777) × (10 + 8)/2 = −5.0193.
    """
    line = {"supply": "direct_line", "dataset": "dataset/wind-plant", "region": "CN", "proof": "meter"}
    found = years(
        study([{"id": "k", "amount": "10 kWh", **GRID}]),
        study([{"id": "k", "amount": "8 kWh", "electricity": line}], period=LATER),
    )
    assert by_cause(found) == pytest.approx({"factor": -0.428, "activity": -0.5977, "electricity": -5.0193})


def test_a_cleaner_grid_alone_is_no_reduction() -> None:
    rows = [{"id": "k", "amount": "10 kWh", **GRID}]
    found = years(study(rows), study(rows, period=LATER))
    assert by_cause(found) == pytest.approx({"factor": -0.428})
    assert (found.own, found.reduction) == (0, 0)


def test_more_use_is_no_negative_reduction() -> None:
    found = years(study([row("s", "4 kg", "steel")]), study([row("s", "5 kg", "steel")], period=LATER))
    assert (float(found.own), found.reduction) == (2.0, 0)


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        ({}, {}, "factor"),
        ({}, {"evidence": ["sha256:" + "a" * 64]}, "supplier"),
        ({"data": "primary"}, {"data": "primary"}, "supplier"),
        ({"data": "secondary"}, {"data": "primary"}, "factor"),
        ({"stand_in": {"for": "x", "reason": "y"}}, {"data": "primary"}, "factor"),
    ],
)
def test_another_factor_is_another_supplier_only_where_that_is_shown(
    before: dict[str, Any], after: dict[str, Any], cause: str
) -> None:
    """2 kg at 1.9 become 2 kg at 1.5: −0.8."""
    base, later = row("m", "2 kg", "mill-a", **before), row("m", "2 kg", "mill-b", **after)
    found = years(study([base]), study([later], period=LATER))
    assert by_cause(found) == pytest.approx({cause: -0.8})


def test_another_release_is_a_matter_of_factors() -> None:
    """4 kg of steel at 2.0, then 3 kg at 1.8: factor 4 × −0.2 = −0.8, activity −1 × 1.8."""
    found = years(study([row("s", "4 kg", "steel")]), study([row("s", "3 kg", "steel")], period=LATER),
                  releases=(release(), release(steel=1.8)))  # fmt: skip
    assert by_cause(found) == pytest.approx({"factor": -0.8, "activity": -1.8})


def mill(by: str, steel: str) -> dict[str, Any]:
    """Return a mill of 3 kg plate and 1 kg scrap, sold at 4 and 0.5 CNY per kg."""
    of = {"plate": "4 CNY/kg", "scrap": "0.5 CNY/kg"}
    prices = {"from": "2023-01-01", "to": "2023-12-31", "of": of, "source": "x"}
    return {
        "gives": [{"product": "plate", "amount": "3 kg"}, {"product": "scrap", "amount": "1 kg"}],
        "allocation": {"by": by, "reason": "test", **({"prices": [prices]} if by == "economic" else {})},
        "takes": [{"id": "t", "amount": steel, "from": "dataset/steel"}],
    }


def test_another_allocation_is_method() -> None:
    """1 kg plate: 12 kg steel by mass 24/4 = 6, by price 24 × 12/12.5/3 = 7.68; with 11 kg steel 7.04."""
    rows = [{"id": "p", "amount": "1 kg", "from": "process/mill/plate"}]
    base = study(rows, processes={"mill": mill("mass", "12 kg")})
    later = study(rows, processes={"mill": mill("economic", "11 kg")}, period=LATER)
    assert by_cause(years(base, later)) == pytest.approx({"method": 1.68, "activity": -0.64})


def test_another_gwp_set_and_another_recycling_formula_are_method() -> None:
    plastic = {"method": "cut_off", "R1": "0.4", "virgin": "dataset/steel", "recycled": "dataset/scored",
               "content_proof": "7", "modules": ["production", "secondary_input"]}  # fmt: skip
    methane = {"id": "m", "amount": "1 kg", "gas": "CH4 fossil"}
    changed = {**plastic, "method": "closed_loop"}
    base = study([{"id": "c", "amount": "1 kg", "circular": plastic}, methane], gwp="AR5")
    later = study([{"id": "c", "amount": "1 kg", "circular": changed}, methane], period=LATER)
    # secondary input (1 − A)·0.4·(2 − 1): nothing with A = 1, 0.4 with A = 0; methane 30 → 29.8
    assert by_cause(years(base, later)) == pytest.approx({"method": 0.4 + 29.8 - 30.0})


def test_what_was_not_declared_before_is_no_action() -> None:
    """A stage that one year left out, and a row whose amount was below the cut-off, come in by method."""
    small = {"id": "z", "amount": "below_cut_off", "reason": "small", "from": "dataset/steel"}
    base = study([row("s", "4 kg", "steel"), small])
    body = stages(manufacturing=[row("s", "4 kg", "steel"), row("z", "0.1 kg", "steel")],
                  raw_materials=[row("r", "1 kg", "steel")])  # fmt: skip
    found = years(base, study([], stages=body, period=LATER))
    assert by_cause(found) == pytest.approx({"method": 0.2 + 2.0})
    assert found.reduction == 0


def test_declared_units_are_brought_together() -> None:
    """4 kg of steel per kg of product become 3900 kg per t: −0.1 kg per kg, −200 kg CO2e per t."""
    found = years(
        study([row("s", "4 kg", "steel")]),
        study([row("s", "3900 kg", "steel")], unit={"declared": "1 t"}, period=LATER),
    )
    assert (found.start, found.end) == (Decimal(8000), Decimal(7800))
    assert by_cause(found) == pytest.approx({"activity": -200})


def rule_of(key: str) -> Rule:
    """Return a rule of an id."""
    return parse_rule({
        "tanbiao": "rule/1", "id": key, "version": "1.0.0", "standing": "demonstration",
        "title": {"zh": "测试", "en": "test"}, "covers": {}, "unit": {"declared": {"amount": "1 kg"}}, "boundary": {},
        "cut_off": {"each": "1 %", "total": "2 %"}, "electricity": {"counts": []},
        "allocation": {"co_products": ["mass"]}, "gwp": "AR6", "quality": {"uncertainty": "optional"},
        "declared_value": {"digits": 3},
    })  # fmt: skip


STEEL = [row("s", "4 kg", "steel")]


@pytest.mark.parametrize(
    ("base", "later", "rules", "code"),
    [
        ({}, {"product": {"name": {"zh": "别的产品"}}}, (None, None), "years_product_differs"),
        ({}, {}, (rule_of("a"), rule_of("b")), "years_rule_differs"),
        ({}, {"unit": {"declared": "1 piece"}}, (None, None), "years_unit_differs"),
        ({"period": LATER}, {}, (None, None), "years_order"),
        (
            {},
            {"boundary": "cradle_to_grave", "stages": {**{key: {"empty": "x"} for key in stages()}, "use": STEEL}},
            (None, None),
            "years_boundary_differs",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(
    base: dict[str, Any], later: dict[str, Any], rules: tuple[Rule | None, Rule | None], code: str
) -> None:
    with pytest.raises(TanbiaoError) as refused:
        years(study(STEEL, **base), study(STEEL, **{"period": LATER, **later}), rules=rules)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"id": "u", "amount": "unknown", "reason": "x", "from": "dataset/steel"}, "years_incomplete"),
        ({"id": "d", "amount": "1 USD", "from": "dataset/spend"}, "years_screening"),
    ],
)
def test_an_unknown_amount_or_a_screening_factor_takes_the_claim_away(extra: dict[str, Any], code: str) -> None:
    found = years(study(STEEL), study([row("s", "3 kg", "steel"), extra], period=LATER))
    assert code in [item.code for item in found.findings]
    assert found.reduction is None


def test_periods_of_another_length_overlap_and_other_sites_are_said() -> None:
    product = {"name": {"zh": "测试产品", "en": "test product"}, "sites": ["B"]}
    later = study(STEEL, period={"from": "2023-07-01", "to": "2023-12-31"}, product=product)
    codes = {item.code for item in years(study(STEEL), later).findings}
    assert codes == {"years_months_differ", "years_overlap", "years_sites_differ"}


def test_the_json_has_every_step_as_decimal_text() -> None:
    body = as_json(years(study(STEEL), study([row("s", "3 kg", "steel")], period=LATER)), "en")
    assert [step["cause"] for step in body["steps"]] == ["method", "factor", "activity", "electricity", "supplier"]
    assert body["reduction"] == "2"
    assert Decimal(body["start"]) + sum(Decimal(step["change"]) for step in body["steps"]) == Decimal(body["end"])


AMOUNTS = st.floats(0.001, 1000).map(lambda value: f"{value:.6g}")


@settings(deadline=None, max_examples=30)
@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from(["mill-a", "mill-b", "steel"]))
def test_the_steps_always_sum_exactly(one: str, two: str, three: str, four: str, factor: str) -> None:
    base = study([{"id": "k", "amount": f"{one} kWh", **GRID}, row("s", f"{two} kg", "steel")])
    later = study([{"id": "k", "amount": f"{three} kWh", **GRID}, row("s", f"{four} kg", factor)], period=LATER)
    found = years(base, later)
    assert found.start + sum((step.change for step in found.steps), Decimal(0)) == found.end
    rows = sum(item.change for item in found.rows if item.cause in ("activity", "supplier", "electricity"))
    assert rows == pytest.approx(float(found.own), rel=1e-9, abs=1e-9)
