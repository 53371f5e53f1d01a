"""Captured CO2, worked by hand: kept with a proof, used and passed on once; and what a study uses up."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.instruments import normal_code

GRID = 0.6205
STORE = {
    "fate": "stored", "share": "90 %", "lost": "2 %", "site": "demonstration aquifer", "years": "1000",
    "proof": "monitoring report 3", "certificate": "CCS-1", "mass": "700 t",
}  # fmt: skip
PASS = {
    "fate": "used", "share": "50 %", "receiver": "Soda Ltd", "proof": "delivery notes", "certificate": "PASS-9",
    "mass": "400 t",
}  # fmt: skip


def counting() -> Rule:
    """Return the packaged rule, counting captured CO2."""
    return parse_rule({**load_rule("generic-goods@1.0.0").canonical(), "capture": "in_total"})


def result_of(*captures: dict[str, Any] | None, rule: Rule | None = None, **more: Any) -> Result:
    """Calculate a kiln: 800 kg CO2 by each stack, 40 kWh for the capture, 60 kg of steel."""
    rows: list[dict[str, Any]] = [
        {"id": "power", "amount": "40 kWh", "electricity": {"supply": "grid", "region": "CN", "year": 2023}},
        {"id": "steel", "amount": "60 kg", "from": "dataset/steel"},
    ]
    for at, capture in enumerate(captures):
        row = {"id": f"stack{at}", "amount": "800 kg", "gas": "CO2 fossil", "capture": capture}
        rows.append({key: value for key, value in row.items() if value is not None})
    study, findings = Study.parse(document(stages=stages(manufacturing=rows), **more))
    assert study is not None, findings
    return calculate(study, background(), rule, samples=0)


REST = 40 * GRID + 60 * 2.0


def test_stored_co2_lowers_the_total_where_the_rule_counts_it() -> None:
    """Kept are 800 × 0.9 × 0.98 = 705.6 kg; 94.4 kg leave the stack; power and steel of the capture stay."""
    result = result_of(STORE, rule=counting())
    assert result.value == pytest.approx(94.4 + REST)
    (told,) = result.document["captured"]
    assert (told["row"], told["fate"], told["counted"], told["years"]) == ("stack0", "stored", True, 1000.0)
    assert told["kilograms"] == pytest.approx(705.6)
    (used,) = result.document["instruments"]
    assert (used["kind"], used["code"], used["amount"], used["unit"]) == ("co2_storage", "CCS-1", 700_000, "kg")


def test_without_a_rule_that_counts_it_the_emission_counts_in_full() -> None:
    for rule in (None, load_rule("generic-goods@1.0.0")):
        result = result_of(STORE, rule=rule)
        assert result.value == pytest.approx(800 + REST)
        assert result.document["captured"][0]["kilograms"] == pytest.approx(705.6)
        assert not result.document["captured"][0]["counted"]
        assert result.document["instruments"] == []
        assert "capture_not_counted" in {item.code for item in result.findings}


def test_used_co2_is_passed_on_once() -> None:
    """Two stacks pass on half each under one pass: the first counts, the second does not."""
    result = result_of(PASS, PASS, rule=counting())
    assert result.value == pytest.approx(400 + 800 + REST)
    assert "capture_certificate_twice" in {item.code for item in result.findings}
    both = {**PASS, "mass": "200 t", "whole": "400 t"}
    shared = result_of(both, both, rule=counting())
    assert shared.value == pytest.approx(400 + 400 + REST)
    assert [item["whole"] for item in shared.document["instruments"]] == [400_000, 400_000]


def test_what_was_captured_elsewhere_counts_where_it_is_released() -> None:
    received = {"fate": "received", "certificate": "PASS-9", "mass": "400 t"}
    result = result_of(received, rule=counting())
    assert result.value == pytest.approx(800 + REST)
    assert [item["kind"] for item in result.document["instruments"]] == ["co2_received"]


@pytest.mark.parametrize(
    ("capture", "code"),
    [
        ({**STORE, "years": "30"}, "capture_not_permanent"),
        *[({key: value for key, value in STORE.items() if key != left}, "capture_item_missing") for left in STORE
          if left not in ("fate", "lost")],
        *[({key: value for key, value in PASS.items() if key != left}, "capture_item_missing") for left in PASS
          if left != "fate"],
    ],
)  # fmt: skip
def test_a_record_that_does_not_hold_captures_nothing(capture: dict[str, Any], code: str) -> None:
    result = result_of(capture, rule=counting())
    assert result.value == pytest.approx(800 + REST)
    assert code in {item.code for item in result.findings}
    assert result.document["instruments"] == []


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(TanbiaoError) as caught:
        result_of({**STORE, "share": "1.2"})
    assert caught.value.code == "capture_share"


def test_captured_biogenic_carbon_leaves_the_balance_closed() -> None:
    """1.8333 kg CO2 taken up (0.5 kg C): 0.25 kg C stays, 0.25 kg C leaves as CO2, all of it captured and stored."""
    store = {**STORE, "share": "1", "lost": "0"}
    rows = [
        {"id": "up", "amount": "1.833333333 kg", "gas": "CO2 uptake"},
        {"id": "out", "amount": "0.916666667 kg", "gas": "CO2 biogenic", "capture": store},
    ]
    content = {"biogenic": "0.25 kg", "source": "test"}
    study, findings = Study.parse(document(stages=stages(raw_materials=rows), carbon_content=content))
    assert study is not None, findings
    result = calculate(study, background(), counting(), samples=0)
    assert result.value == pytest.approx(-1.833333333)
    balance = result.document["carbon"]["balance"]
    assert balance["state"] == "balanced"
    assert balance["difference"] == pytest.approx(0, abs=1e-6)


def test_capture_stands_on_rows_of_co2() -> None:
    row = {"id": "r", "amount": "1 kg", "from": "dataset/steel", "capture": STORE}
    assert "capture_without_co2" in {item.code for item in Study.parse(document(stages=stages(manufacturing=[row])))[1]}


def test_codes_are_compared_without_their_dress() -> None:
    assert normal_code("gec－2023 0001") == normal_code("GEC-20230001") == "GEC20230001"
    assert normal_code("gec 20230002") != "GEC20230001"
