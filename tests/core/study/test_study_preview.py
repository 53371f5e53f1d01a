"""One input at a time and the first-order spread of a study's total, by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics.distributions import LogNormal
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.preview import preview


def row(name: str, amount: str, percent: float, **what: Any) -> dict[str, Any]:
    return {"id": name, "amount": amount, "data": {"kind": "primary", "uncertainty": {"percent": percent}}, **what}


def study() -> Study:
    # 2 kg of a part at 3 kg CO2e/kg, 4 kg CO2 emitted, both with stated spreads: 10 kg CO2e in all.
    rows = [row("part", "2 kg", 10, **{"from": "dataset/pp"}), row("stack", "4 kg", 20, gas="CO2 fossil")]
    parsed, findings = Study.parse(document(stages=stages(manufacturing=rows)))
    assert parsed is not None, findings
    return parsed


def release() -> MemoryRelease:
    return MemoryRelease({**background().datasets, "pp": dataset("pp", 3.0)})


def test_each_input_by_itself_and_all_of_them_to_first_order() -> None:
    found = preview(study(), release(), None, varied=0.2)
    sigma = release().get("pp").uncertainty.sigma

    def sd(percent: float) -> float:
        return LogNormal(1.0, math.log(1 + percent / 100) / 1.96).sd

    moved = {"part": 6 * sd(10), "stack": 4 * sd(20), "pp": 6 * LogNormal(1.0, sigma).sd}
    variance = sum(value**2 for value in moved.values())
    assert (found["method"], found["total"], found["varied"]) == ("first_order", pytest.approx(10.0), 0.2)
    assert found["sd"] == pytest.approx(math.sqrt(variance), rel=1e-6)
    assert found["relative"] == pytest.approx(math.sqrt(variance) / 10, rel=1e-6)
    told = {item["id"]: item for item in found["inputs"]}
    assert {key: item["share"] for key, item in told.items()} == pytest.approx(
        {key: value**2 / variance for key, value in moved.items()}, rel=1e-6
    )
    assert {item["id"]: item["kind"] for item in found["inputs"]} == {"part": "row", "stack": "row", "pp": "dataset"}
    ends = {key: (item["low"], item["high"]) for key, item in told.items()}
    assert ends["part"] == ends["pp"] == pytest.approx((8.8, 11.2))
    assert ends["stack"] == pytest.approx((9.2, 10.8))
    assert (found["others"], found["rest"]) == (0, pytest.approx(0.0, abs=1e-12))


def test_the_preview_is_near_what_sampling_finds() -> None:
    result = calculate(study(), release(), samples=4000).document["total"]
    half = (result["p97_5"] - result["p2_5"]) / 2
    assert preview(study(), release(), None)["sd"] * 1.96 == pytest.approx(half, rel=0.15)


@pytest.mark.parametrize("bad", [0.0, 1.0, -0.1, float("nan")])
def test_a_variation_out_of_range_is_refused(bad: float) -> None:
    with pytest.raises(TanbiaoError) as refused:
        preview(study(), release(), None, varied=bad)
    assert refused.value.code == "variation_out_of_range"
