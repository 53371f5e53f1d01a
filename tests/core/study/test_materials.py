"""Credits by what they are for, recycled content with its proof, reuse: by hand on invented round factors."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.normalise import circular, circular_text
from tanbiao.core.study.parameter_sets import views
from tanbiao.core.study.scheme_fields import fields
from tanbiao.core.study.sensitivity import sensitivity

GRID = 0.6205
FACTORS = {"virgin": 8.0, "recycled": 0.6, "recycling": 0.5, "burning": 0.85, "landfilled": 0.1, "ash": 0.02}


def release() -> MemoryRelease:
    """Return factors per kg; heat 0.07 and power 0.15 per MJ."""
    more = {key: dataset(key, value) for key, value in FACTORS.items()}
    more |= {"heat": dataset("heat", 0.07, "MJ|heat"), "power": dataset("power", 0.15, "MJ|electricity")}
    return MemoryRelease({**background().datasets, **more})


def result_of(*rows: dict[str, Any], rule: Rule | None = None, samples: int = 0, **more: Any) -> Result:
    """Calculate rows at the end of life."""
    named = [{"id": f"e{at}", **row} for at, row in enumerate(rows)]
    study, findings = Study.parse(document(stages=stages(end_of_life=named), **more))
    assert study is not None, findings
    return calculate(study, release(), rule, samples=samples)


def codes(*rows: dict[str, Any]) -> set[str]:
    """Return what is said while reading."""
    named = [{"id": f"e{at}", **row} for at, row in enumerate(rows)]
    return {item.code for item in Study.parse(document(stages=stages(end_of_life=named)))[1]}


def ruled(**allocation: Any) -> Rule:
    """Return the packaged rule with other terms of recycling and credits."""
    body = load_rule("generic-goods@1.0.0").canonical()
    top = {key: allocation.pop(key) for key in ("credits", "credits_counted") if key in allocation}
    return parse_rule({**body, **top, "allocation": {**body["allocation"], **allocation}})


def post(share: str, **more: Any) -> dict[str, Any]:
    """Return post-consumer content that counts."""
    return {"scrap": "post_consumer", "share": share, "proof": "certificate 7", "custody": "segregated", **more}


LOOP = {
    "method": "closed_loop",
    "R2": "0.75",
    "virgin": "dataset/virgin",
    "recycled": "dataset/recycled",
    "recycling": "dataset/recycling",
    "disposal": "dataset/landfilled",
}


@pytest.mark.requirement("SD-13b")
def test_closed_loop_by_hand() -> None:
    """1 kg of metal, half post-, a fifth pre-consumer, 75 % collected; A = 0, equal quality.

    Production 0.3·8 + 0.7·0.6 = 2.82; what comes in is given back −0.7·(0.6 − 8) = 5.18; what goes out 0.75·0.5 = 0.375
    and avoids 0.75·8 = 6 (credit); a quarter is landfilled, 0.025. In all 8.4 with a credit of 6: 2.4 kg,
    which is virgin + R2·(recycling − virgin) + (1 − R2)·landfill, whatever the content.
    """
    contents = [post("0.5"), {**post("0.2"), "scrap": "pre_consumer"}, {**post("0.1"), "scrap": "home"}]
    result = result_of({"amount": "1 kg", "circular": {**LOOP, "content": contents}})
    assert result.value == pytest.approx(2.82 + 5.18 + 0.375 + 0.025)
    assert result.document["credits"]["by_kind"] == {"recycling": pytest.approx(-6.0)}
    assert result.value - 6 == pytest.approx(8 + 0.75 * (0.5 - 8) + 0.25 * 0.1)
    told = {item["scrap"]: item for item in result.document["recycled_content"]}
    assert [told[key]["counted"] for key in ("post_consumer", "pre_consumer", "home")] == [True, True, False]
    assert "home_scrap_not_content" in {item.code for item in result.findings}


def test_content_matters_under_cut_off_and_half_under_fifty_fifty() -> None:
    """Cut-off: 0.3·8 + 0.7·0.6 + 0.25·0.1. Fifty-fifty: half of what comes in and goes out belongs to others."""
    contents = [post("0.5"), {**post("0.2"), "scrap": "pre_consumer"}]
    cut = result_of({"amount": "1 kg", "circular": {**LOOP, "method": "cut_off", "content": contents}})
    assert cut.value == pytest.approx(2.4 + 0.42 + 0.025)
    assert cut.document["credits"]["rows"] == []
    half = result_of({"amount": "1 kg", "circular": {**LOOP, "method": "fifty_fifty", "content": contents}})
    assert half.value == pytest.approx(2.82 + 0.5 * 5.18 + 0.5 * 0.375 + 0.025)
    assert half.document["credits"]["value"] == pytest.approx(-3.0)


def waste() -> list[dict[str, Any]]:
    """Return a tonne of waste to an incinerator: way, burning with heat and power for others, ash."""
    burnt = {
        "method": "cut_off", "modules": ["energy_recovery"], "R3": "1", "incineration": "dataset/burning",
        "LHV": "9 MJ/kg", "Xheat": "0.4", "heat": "dataset/heat", "Xelec": "0.2", "power": "dataset/power",
    }  # fmt: skip
    return [
        {"amount": "1000 kg", "transport": [{"distance": "50 km", "by": "dataset/ship"}]},
        {"amount": "1000 kg", "circular": burnt},
        {"amount": "200 kg", "treatment": "dataset/ash"},
    ]


BURDEN = 1 * 50 * 0.01 + 1000 * 0.85 + 200 * 0.02
RECOVERED = 1000 * 9 * (0.4 * 0.07 + 0.2 * 0.15)


def test_waste_to_energy_by_hand() -> None:
    """0.5 + 850 + 4 kg of burden; 9 GJ at 40 % heat and 20 % power replace 252 + 270 kg, apart from the total."""
    result = result_of(*waste())
    assert result.value == pytest.approx(BURDEN)
    assert result.document["credits"]["by_kind"] == {"waste_to_energy": pytest.approx(-RECOVERED)}
    assert pytest.approx(522) == RECOVERED
    assert result.document["credits"]["in_total"] == 0


@pytest.mark.parametrize(
    ("rule", "saved"),
    [
        (ruled(), 0.0),
        (ruled(credits_counted=["exported_energy"]), 12 * GRID),
        (ruled(credits_counted=["exported_energy", "waste_to_energy"]), 12 * GRID + RECOVERED),
        (ruled(credits="in_total"), 12 * GRID + RECOVERED + 3 * 2.0),
    ],
)
def test_a_rule_counts_some_kinds_of_credits(rule: Rule, saved: float) -> None:
    sold = {"amount": "12 kWh", "credit": "dataset/grid-2023", "credit_for": "exported_energy"}
    other = {"amount": "3 kg", "credit": "dataset/steel"}
    result = result_of(*waste(), sold, other, rule=rule)
    assert result.value == pytest.approx(BURDEN - saved)
    assert result.document["credits"]["in_total"] == pytest.approx(-saved)
    assert result.document["credits"]["value"] == pytest.approx(-(12 * GRID + RECOVERED + 6))
    assert sum(item["value"] for item in result.document["contributions"]) == pytest.approx(result.value)


def test_the_schemes_fields_add_up_where_a_rule_counts_some_credits() -> None:
    named = [
        {"id": f"e{at}", **row} for at, row in enumerate([*waste(), {"amount": "3 kg", "credit": "dataset/steel"}])
    ]
    study, _ = Study.parse(document(stages=stages(end_of_life=named)))
    assert study is not None
    made = views(study, release(), ruled(credits_counted=["waste_to_energy"]))
    assert float(made[0].total) == pytest.approx(BURDEN - RECOVERED)
    assert all(fields(item) is not None for item in made)  # raises where they do not add up


def test_an_unknown_credit_leaves_the_total_whole_unless_it_counts() -> None:
    row = {"amount": "unknown", "reason": "not metered", "credit": "dataset/grid-2023", "credit_for": "exported_energy"}
    assert result_of(*waste(), row).document["total"]["completeness"] == "partial"
    counted = result_of(*waste(), row, rule=ruled(credits_counted=["exported_energy"]))
    assert counted.document["total"]["completeness"] == "incomplete"


NO_PROOF = {"scrap": "post_consumer", "share": "0.5"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (NO_PROOF, "recycled_content_without_proof"),
        ({**NO_PROOF, "proof": "x"}, "content_without_custody"),
        (post("0.5", custody="mass_balance"), "content_without_certificate"),
        (post("0.5", scrap="home"), "home_scrap_not_content"),
    ],
)
def test_content_that_is_not_shown_counts_as_virgin(content: dict[str, Any], code: str) -> None:
    result = result_of({"amount": "1 kg", "circular": {**LOOP, "modules": ["production"], "content": [content]}})
    assert result.value == pytest.approx(8.0)
    assert code in {item.code for item in result.findings}
    assert result.document["recycled_content"][0]["why"] == code


def balanced(received: str, attributed: str, **more: Any) -> dict[str, Any]:
    """Return content by mass balance."""
    books = {"received": received, "attributed": attributed, "period": "2023"}
    return post("0.5", custody="mass_balance", certificate="MB-1", amount="10 t", balance=books, **more)


def test_a_mass_balance_whose_books_hold_counts() -> None:
    row = {"amount": "1 kg", "circular": {**LOOP, "modules": ["production"], "content": [balanced("100 t", "90 t")]}}
    assert result_of(row).value == pytest.approx(0.5 * 8 + 0.5 * 0.6)


def test_books_that_give_more_than_came_in_are_refused() -> None:
    with pytest.raises(TanbiaoError) as caught:
        result_of({"amount": "1 kg", "circular": {**LOOP, "content": [balanced("90 t", "100 t")]}})
    assert (caught.value.code, caught.value.where) == (
        "content_over_balance",
        "stages.end_of_life.e0.circular.content[0].balance",
    )


def test_book_and_claim_counts_only_where_the_rule_allows_it() -> None:
    content = post("0.5", custody="book_and_claim", certificate="BC-1", amount="10 t")
    row = {"amount": "1 kg", "circular": {**LOOP, "method": "cut_off", "modules": ["production"], "content": [content]}}
    with pytest.raises(TanbiaoError) as caught:
        result_of(row)
    assert caught.value.code == "book_and_claim_refused"
    assert result_of(row, rule=ruled(book_and_claim="allowed")).value == pytest.approx(4.3)


def test_content_reads_back_from_the_line_of_a_table() -> None:
    stated = {"method": "cff", "A": "0.5", "content": [post("0.4"), balanced("100 t", "90 t")]}
    head, inputs = circular_text(stated)
    assert "content2.balance.received = 100 t" in inputs
    assert circular({"method": head, "inputs": inputs}) == stated


def test_more_than_all_of_a_material_is_no_content() -> None:
    with pytest.raises(TanbiaoError) as caught:
        result_of({"amount": "1 kg", "circular": {**LOOP, "content": [post("0.6"), post("0.6")]}})
    assert caught.value.code == "circular_share"


def test_an_uncertain_content_moves_the_result() -> None:
    parameters = {"c": {"amount": "0.5", "data": {"kind": "estimate", "uncertainty": "20 %"}}}
    row = {"amount": "1 kg", "circular": {**LOOP, "modules": ["production"], "content": [post("= c"), post("0.1")]}}
    total = result_of(row, samples=200, parameters=parameters).document["total"]
    assert total["value"] == pytest.approx(0.4 * 8 + 0.6 * 0.6)
    assert total["p2_5"] < total["value"] < total["p97_5"]


def test_a_rule_fixes_the_values_of_the_formula() -> None:
    values = [{"name": "a", "value": "0.2", "source": "test"}, {"name": "b", "value": "0", "source": "test"}]
    rule = ruled(recycling="cff", recycling_parameters=values)
    row = {"amount": "1 kg", "circular": {**LOOP, "method": "cff", "A": "0.5", "B": "0"}}
    said = {item.code: item.where for item in result_of(row, rule=rule).findings}
    assert said["rule_recycling_value_differs"] == "stages.end_of_life.e0.circular.A"
    row["circular"]["A"] = "20 %"  # type: ignore[index]
    assert "rule_recycling_value_differs" not in {item.code for item in result_of(row, rule=rule).findings}


def test_a_row_takes_what_its_rule_fixes_and_the_row_leaves_out() -> None:
    """8 + 0.8·0.75·0.5 + 0.25·0.1 = 8.325 kg, and 0.8·0.75·0.8·8 = 3.84 kg avoided beside it."""
    given = {"a": "0.2", "qsin": "0.9", "qsout": "0.8"}
    values = [{"name": name, "value": value, "source": "test"} for name, value in given.items()]
    fixed = ruled(recycling="cff", recycling_parameters=values)
    bare = {"amount": "1 kg", "circular": {**LOOP, "method": "cff"}}
    full = {"amount": "1 kg", "circular": {**LOOP, "method": "cff", "A": "0.2", "Qsin": "0.9", "Qsout": "0.8"}}
    taken, stated = result_of(bare, rule=fixed), result_of(full, rule=fixed)
    for told in (taken, stated):
        assert told.value == pytest.approx(8.325, abs=1e-12)
        assert told.document["credits"]["value"] == pytest.approx(-3.84, abs=1e-12)
    said = {item.where: item.params["value"] for item in taken.findings if item.code == "circular_value_of_rule"}
    place = "stages.end_of_life.e0.circular"
    assert said == {f"{place}.A": "0.2", f"{place}.Qsin": "0.9", f"{place}.Qsout": "0.8"}
    assert "circular_value_of_rule" not in {item.code for item in stated.findings}
    # a method that fixes A itself takes none from the rule
    closed = result_of({"amount": "1 kg", "circular": LOOP}, rule=fixed)
    assert "circular_value_of_rule" not in {item.code for item in closed.findings}
    with pytest.raises(TanbiaoError) as caught:
        result_of(bare)
    assert caught.value.code == "circular_missing"


@pytest.mark.parametrize(("reuse", "grams"), [({"uses": "10"}, 60.0), ({"rate": "80 %"}, 120.0)])
def test_a_reused_bottle_counts_once_per_use(reuse: dict[str, str], grams: float) -> None:
    """EOL-02 (PEFCR Guidance v6.3): 600 g used ten times are 60 g; 80 % that come back are five uses."""
    row = {"amount": "600 g", "from": "dataset/steel", "reuse": {**reuse, "source": "deposit system"}}
    assert result_of(row).value == pytest.approx(grams / 1000 * 2.0)


@pytest.mark.parametrize("reuse", [{"uses": "0.5"}, {"rate": "1"}])
def test_a_thing_is_used_at_least_once(reuse: dict[str, str]) -> None:
    with pytest.raises(TanbiaoError) as caught:
        result_of({"amount": "600 g", "from": "dataset/steel", "reuse": {**reuse, "source": "x"}})
    assert caught.value.code == "reuse_value"


def test_what_is_no_credit_is_said() -> None:
    credit = {"amount": "1 kg", "credit": "dataset/steel", "credit_for": "recycling"}
    assert "home_scrap_no_credit" in codes({**credit, "scrap": "home"})
    assert not codes({**credit, "scrap": "post_consumer"})
    assert "credit_words_without_credit" in codes({"amount": "1 kg", "from": "dataset/steel", "credit_for": "reuse"})
    assert "scrap_without_scrap_row" in codes({"amount": "1 kg", "from": "dataset/steel", "scrap": "home"})
    both = {**LOOP, "R1": "0.5", "content": [post("0.5")]}
    assert "bad_value" in codes({"amount": "1 kg", "circular": both})


def test_the_sensitivity_table_shows_all_and_none_beside_some() -> None:
    """Counted: waste to energy. Apart: the burden alone; all in the total: 3 kg of steel less as well."""
    rows = [*waste(), {"amount": "3 kg", "credit": "dataset/steel"}]
    named = [{"id": f"e{at}", **row} for at, row in enumerate(rows)]
    study, _ = Study.parse(document(stages=stages(end_of_life=named)))
    assert study is not None
    rule = ruled(credits_counted=["waste_to_energy"])
    table = sensitivity(study, release(), rule, calculate(study, release(), rule, samples=0).document)
    (told,) = [item for item in table if item["choice"] == "credits"]
    assert told["used"] == "waste_to_energy"
    assert {item["id"]: item["value"] for item in told["alternatives"]} == {
        "apart": pytest.approx(BURDEN),
        "in_total": pytest.approx(BURDEN - RECOVERED - 6),
    }
