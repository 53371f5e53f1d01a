"""What drives a study's figure: shares of the variance add up to 1, by hand where that can be done."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_background import background, document, stages
from tanbiao.core.amounts import add
from tanbiao.core.study import Study, calculate


def drivers(rows, samples=4000, **more):
    study, findings = Study.parse(document(stages=stages(manufacturing=rows), **more))
    assert study is not None, findings
    return calculate(study, background(), samples=samples).document["drivers"]


def emitted(row, amount, percent):
    return {
        "id": row,
        "amount": amount,
        "gas": "CO2 fossil",
        "data": {"kind": "primary", "uncertainty": {"percent": percent}},
    }


def test_two_independent_rows_share_the_variance_as_their_log_normals_say():
    # 1 kg ± 30 % and 4 kg ± 10 % (95 %): Var = m² e^{σ²} (e^{σ²} − 1), σ = ln(1 + u) / 1.96 (Limpert et al. 2001).
    found = drivers([emitted("a", "1 kg", 30), emitted("b", "4 kg", 10)])
    variance = []
    for amount, part in ((1, 0.30), (4, 0.10)):
        square = (math.log(1 + part) / 1.96) ** 2
        variance.append(amount**2 * math.exp(square) * math.expm1(square))
    assert [item["row"] for item in found] == ["b", "a"]
    assert found[0]["variance_share"] == pytest.approx(variance[1] / sum(variance), abs=0.03)
    assert [item["value"] for item in found] == [4.0, 1.0]


def test_what_rows_have_in_common_is_shared_and_a_balance_is_negative():
    # Both rows follow one parameter, the second with −1/3 of it (uptake): shares 3/2 and −1/2, whatever is drawn.
    parameters = {"load": {"amount": "3 kg", "data": {"kind": "primary", "uncertainty": {"percent": 20}}}}
    exact = {"kind": "primary", "uncertainty": {"gsd2": 1.0}}
    rows = [
        {"id": "up", "amount": "= load", "gas": "CO2 fossil", "data": exact},
        {"id": "down", "amount": "= load / 3", "gas": "CO2 uptake", "data": exact},
    ]
    found = {item["row"]: item["variance_share"] for item in drivers(rows, 500, parameters=parameters)}
    assert found == pytest.approx({"up": 1.5, "down": -0.5}, rel=1e-12)


def test_without_samples_or_spread_there_is_no_share_and_the_largest_row_comes_first():
    rows = [emitted("a", "1 kg", 30), emitted("b", "4 kg", 10)]
    assert [(item["row"], item["variance_share"]) for item in drivers(rows, 0)] == [("b", None), ("a", None)]
    fixed = {"kind": "primary", "uncertainty": {"gsd2": 1.0}}
    assert drivers([{"id": "a", "amount": "1 kg", "gas": "CO2 fossil", "data": fixed}], 50)[0]["variance_share"] is None


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(0.01, 100), st.integers(1, 60)), min_size=1, max_size=12))
def test_the_shares_add_up_to_one(amounts):
    rows = [emitted(f"r{at}", f"{amount:.4g} kg", percent) for at, (amount, percent) in enumerate(amounts)]
    found = drivers(rows, 200)
    assert add(*(item["variance_share"] for item in found)) == pytest.approx(1, abs=1e-10)
