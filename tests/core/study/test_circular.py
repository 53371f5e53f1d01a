"""The circular footprint formula: its published form by cases, its modules, credits apart, refusals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import load_rule
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.model_base import CIRCULAR_MODULES
from tanbiao.core.study.normalise import circular, circular_text

FACTORS = {"virgin": 2.35, "recycled": 0.65, "recycling": 0.21, "incineration": 0.85, "disposal": 0.586}
USED = {key: f"dataset/{key}" for key in (*FACTORS, "heat", "power")}
BASE = {
    "method": "cff", "B": "0", "R1": "0.3", "R2": "0.4", "R3": "0.2", "Qsin": "0.9", "Qsout": "0.9", "LHV": "22 MJ/kg",
    "Xheat": "0.3", "Xelec": "0.2", "content_proof": "certificate", **USED,
}  # fmt: skip


def release() -> MemoryRelease:
    """Return factors per kg, heat and power per MJ."""
    more = {key: dataset(key, value) for key, value in FACTORS.items()}
    more["heat"], more["power"] = dataset("heat", 0.07, "MJ|heat"), dataset("power", 0.15, "MJ|electricity")
    return MemoryRelease({**background().datasets, **more})


def result_of(stated: dict[str, Any], amount: str = "1 kg", samples: int = 0, **more: Any) -> Result:
    """Calculate a study of one material at its end of life."""
    row = {"id": "e1", "amount": amount, "circular": stated}
    study, findings = Study.parse(document(stages=stages(end_of_life=[row]), **more))
    assert study is not None, findings
    return calculate(study, release(), samples=samples)


def whole(stated: dict[str, Any], amount: str = "1 kg") -> float:
    """Return total and credits together: the formula's value."""
    body = result_of(stated, amount).document
    return float(body["total"]["value"] + body["credits"]["value"])


# Equation 18 of PEFCR Guidance v6.3 with illustrative inputs: total and its five modules, kg CO2e per kg.
CASES = [
    ({"A": "0.5"}, 1.85875, (1.84, 0.21975, -0.381, -0.0544, 0.2344)),
    ({"A": "0.2"}, 1.762, (1.84, 0.3516, -0.6096, -0.0544, 0.2344)),
    ({"A": "0.8"}, 1.9555, (1.84, 0.0879, -0.1524, -0.0544, 0.2344)),
    ({"A": "0.5", "R1": "0", "R2": "0", "R3": "0"}, 2.936, (2.35, 0, 0, 0, 0.586)),
    ({"A": "1", "R1": "1", "R2": "0", "R3": "0"}, 1.236, (0.65, 0, 0, 0, 0.586)),
    ({"A": "1"}, 2.02, (1.84, 0, 0, -0.0544, 0.2344)),
    ({"A": "0", "R1": "1", "R2": "1", "R3": "0", "Qsin": "1", "Qsout": "1"}, 0.21, (0.65, 1.7, -2.14, 0, 0)),
    ({"A": "0.5", "B": "1"}, 1.91315, (1.84, 0.21975, -0.381, 0, 0.2344)),
]


@pytest.mark.parametrize(("change", "total", "modules"), CASES)
def test_the_formula_and_its_modules(change: dict[str, str], total: float, modules: tuple[float, ...]) -> None:
    stated = {**BASE, **change}
    assert whole(stated) == pytest.approx(total, abs=1e-12)
    assert whole(stated, "3 t") == pytest.approx(3000 * total, rel=1e-12)
    for name, value in zip(CIRCULAR_MODULES, modules, strict=True):
        assert whole({**stated, "modules": [name]}) == pytest.approx(value, abs=1e-12)


def test_what_is_avoided_stands_apart_and_the_rest_counts() -> None:
    """By hand, A = 0.5: credits −0.3·0.4… = −0.5·0.4·2.35·0.9 − 0.2·22·(0.3·0.07 + 0.2·0.15)."""
    body = result_of({**BASE, "A": "0.5"}).document
    avoided = -(0.5 * 0.4 * 2.35 * 0.9) - 0.2 * 22 * (0.3 * 0.07 + 0.2 * 0.15)
    assert body["credits"]["value"] == pytest.approx(avoided, rel=1e-12)
    assert body["total"]["value"] == pytest.approx(1.85875 - avoided, rel=1e-12)
    assert {row["module"] for row in body["contributions"]} == set(CIRCULAR_MODULES)


@pytest.mark.parametrize(("method", "a"), [("cut_off", "1"), ("fifty_fifty", "0.5"), ("closed_loop", "0")])
def test_the_named_methods_are_the_formula_with_a_fixed_share(method: str, a: str) -> None:
    plain = {key: value for key, value in BASE.items() if key not in ("Qsin", "Qsout")}
    assert whole({**plain, "method": method}) == pytest.approx(whole({**plain, "A": a}), rel=1e-12)


shares = st.floats(0, 1).map(lambda value: round(value, 6))


@settings(deadline=None)
@given(a=shares, b=shares, r1=shares, r2=shares, split=shares, q=shares)
def test_the_modules_add_up_to_the_formula(a: float, b: float, r1: float, r2: float, split: float, q: float) -> None:
    r3 = round((1 - r2) * split, 6)
    numbers = {"A": a, "B": b, "R1": r1, "R2": r2, "R3": min(r3, 1 - r2), "Qsin": q, "Qsout": q}
    stated = BASE | {key: f"{value!r}" for key, value in numbers.items()}
    by_module = sum(whole({**stated, "modules": [name]}) for name in CIRCULAR_MODULES)
    assert whole(stated) == pytest.approx(by_module, abs=1e-9)
    ev, rec, eol, q_ratio, left = 2.35, 0.65, 0.21, q, 1 - r2 - numbers["R3"]
    material = (1 - r1) * ev + r1 * (a * rec + (1 - a) * ev * q_ratio) + (1 - a) * r2 * (eol - ev * q_ratio)
    energy = (1 - b) * numbers["R3"] * (0.85 - 22 * 0.3 * 0.07 - 22 * 0.2 * 0.15)
    assert whole(stated) == pytest.approx(material + energy + left * 0.586, abs=1e-9)


def test_recycled_content_without_proof_counts_as_virgin() -> None:
    stated = {**BASE, "A": "0.5", "modules": ["production"], "content_proof": ""}
    result = result_of(circular(stated))
    assert result.value == pytest.approx(2.35)
    assert "recycled_content_without_proof" in {item.code for item in result.findings}


def test_an_uncertain_share_moves_burden_and_credit_together() -> None:
    parameters = {"r2": {"amount": "0.4", "data": {"kind": "estimate", "uncertainty": "20 %"}}}
    body = result_of({**BASE, "A": "0.5", "R2": "= r2"}, samples=300, parameters=parameters).document["total"]
    assert body["p2_5"] < body["value"] < body["p97_5"]


def test_a_rule_says_which_method_it_takes() -> None:
    study, _ = Study.parse(
        document(
            rule="generic-goods@1.0.0",
            stages=stages(end_of_life=[{"id": "e1", "amount": "1 kg", "circular": {**BASE, "A": "0.5"}}]),
        )
    )
    assert study is not None
    found = calculate(study, release(), load_rule("generic-goods@1.0.0"))
    assert "rule_recycling_differs" in {item.code for item in found.findings}


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({}, "circular_missing", ""),
        ({"A": "0.5", "R2": "0.9"}, "circular_share", ".R3"),
        ({"A": "1.2"}, "circular_share", ".A"),
        ({"A": "0.5", "LHV": None}, "circular_missing", ""),
        ({"A": "0.5", "virgin": None}, "circular_missing", ""),
        ({"method": "cut_off", "A": "0.5"}, "circular_fixed", ".A"),
        ({"A": "0.5", "scrap": "home"}, "home_scrap_no_credit", ".scrap"),
        ({"A": "0.5", "custody": "book_and_claim"}, "book_and_claim_refused", ".custody"),
    ],
)
def test_what_is_refused(change: dict[str, Any], code: str, place: str) -> None:
    stated = {key: value for key, value in {**BASE, **change}.items() if value is not None}
    with pytest.raises(TanbiaoError) as caught:
        result_of(stated)
    assert (caught.value.code, caught.value.where) == (code, f"stages.end_of_life.e1.circular{place}")


def test_the_line_of_a_table_reads_back() -> None:
    stated = {"method": "cff", "modules": ["production", "disposal"], "A": "0.5", "virgin": "dataset/pp"}
    head, inputs = circular_text(stated)
    assert circular({"method": head, "inputs": inputs}) == stated
