"""Two studies on the same draws: what is shared cancels, what is own does not; what can't be compared is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import pytest

from study_background import MemoryRelease, background, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics.distributions import LogNormal
from tanbiao.core.study import Study
from tanbiao.core.study.pair import Pair, apart, as_json, compare_pair
from tanbiao.core.study.spread import multipliers
from tanbiao.core.study.years import Pinned

EXACT = {"data": {"kind": "primary", "uncertainty": {"gsd2": 1}}}
TEN = {"data": {"kind": "primary", "uncertainty": "10 %"}}
SIGMA = math.log(1.1) / 1.96


def study(rows: list[dict[str, Any]], **changes: Any) -> Study:
    """Return a study of one stage."""
    parsed, findings = Study.parse(document(**{"stages": stages(manufacturing=rows), **changes}))
    assert parsed is not None, findings
    return parsed


def compared(one: Study, two: Study, releases: tuple[MemoryRelease, MemoryRelease] | None = None, **more: Any) -> Pair:
    """Compare two studies on the test release."""
    first, second = releases or (background(), background())
    return compare_pair(Pinned(one, first, None), Pinned(two, second, None), **more)


def gas(amount: str, key: str = "a", **more: Any) -> dict[str, Any]:
    """Return a row of CO2."""
    return {"id": key, "amount": amount, "gas": "CO2 fossil", **more}


def test_a_shared_background_cancels_sample_by_sample() -> None:
    # both take 1 kg of a factor known to ±10 %; B emits 0.01 kg more: only on the same draws A is surely the lower
    taken = {"id": "f", "amount": "1 kg", "from": "dataset/scored", **EXACT}
    found = compared(study([taken]), study([{**taken, "id": "g"}, gas("0.01 kg", **EXACT)]))
    assert found.first_is_less.value == 1
    assert found.difference.sd.value == pytest.approx(0, abs=1e-12)
    assert found.difference.nominal == pytest.approx(-0.01)
    assert found.first.high - found.first.low > 0.1
    assert found.datasets == ("scored",)


def test_own_amounts_are_drawn_apart_though_their_rows_have_one_id() -> None:
    """Two independent log-normals: P(A < B) = Φ(ln 1.1 / (σ√2))."""
    found = compared(study([gas("1 kg", **TEN)]), study([gas("1.1 kg", **TEN)]), samples=20_000)
    expected = NormalDist().cdf(math.log(1.1) / (SIGMA * math.sqrt(2)))
    assert found.first_is_less.low <= expected <= found.first_is_less.high
    assert found.rows == ()
    # Var(A − B) = Var A + Var B, of log-normals with medians 1 and 1.1
    variance = (1 + 1.21) * math.exp(SIGMA**2) * (math.exp(SIGMA**2) - 1)
    assert found.difference.sd.low <= math.sqrt(variance) <= found.difference.sd.high


def test_a_row_that_stands_in_both_word_for_word_is_one_number() -> None:
    found = compared(study([gas("1 kg", **TEN), gas("0.2 kg", "b", **EXACT)]), study([gas("1 kg", **TEN)]))
    assert found.rows == ("a",)
    assert found.second_is_less.value == 1
    assert found.difference.sd.value == pytest.approx(0, abs=1e-12)
    same = compared(study([gas("1 kg", **TEN)]), study([gas("1 kg", **TEN)]))
    assert (same.equal.value, same.difference.nominal) == (1, 0)
    assert [item.code for item in same.findings] == ["pair_same_study", "pair_partial"]


def test_a_parameter_is_shared_only_where_it_says_the_same() -> None:
    def on(parameter: str, more: str) -> Study:
        parameters = {"x": {"amount": parameter, **TEN}}
        return study([gas("=x"), gas(more, "b", **EXACT)], parameters=parameters)

    alike = compared(on("1 kg", "0.1 kg"), on("1 kg", "0.2 kg"))
    assert (alike.parameters, alike.rows) == (("x",), ("a",))
    assert alike.difference.sd.value == pytest.approx(0, abs=1e-12)
    other = compared(on("1 kg", "0.1 kg"), on("1.01 kg", "0.2 kg"))
    assert other.parameters == ()
    assert other.difference.sd.value == pytest.approx(math.sqrt(2) * SIGMA, rel=0.1)


def test_another_order_turns_the_difference_round() -> None:
    one, two = study([gas("1 kg", **EXACT)]), study([gas("3 kg", **EXACT)])
    there, back = compared(one, two), compared(two, one)
    assert there.difference.nominal == -2
    assert back.difference.nominal == 2
    assert there.first_is_less.value == back.second_is_less.value == 1


def test_another_size_of_unit_is_converted_and_said() -> None:
    per_kilogram = study([gas("2 kg", **EXACT)], unit={"declared": "1 kg"})
    per_tonne = study([gas("1500 kg", **EXACT)], unit={"declared": "1 t"})
    found = compared(per_kilogram, per_tonne)
    assert found.difference.nominal == pytest.approx(0.5)
    assert found.unit == "kg CO2e/kg"
    assert "pair_unit_converted" in [item.code for item in found.findings]


def test_the_streams_of_a_second_study_are_its_own_except_those_named() -> None:
    spreads = [(name, LogNormal(1.0, 0.1)) for name in ("row/a", "row/b", "dataset/steel", "dataset/supplier/x")]
    plain, second = multipliers(spreads, 7, 50), apart(frozenset({"row/b"}))(spreads, 7, 50)
    same = {name for name in plain if (plain[name] == second[name]).all()}
    assert same == {"row/b", "dataset/steel"}


BASE = [gas("1 kg")]
WHOLE = {**{name: {"empty": "nothing there"} for name in stages()}, "manufacturing": BASE}
UNKNOWN = [gas("1 kg"), {"id": "u", "amount": {"absent": "unknown", "reason": "not metered"}, "from": "dataset/steel"}]


@pytest.mark.parametrize(
    ("code", "two"),
    [
        ("pair_gwp_differs", study(BASE, gwp="AR5")),
        ("pair_boundary_differs", study(BASE, boundary="cradle_to_grave", stages=WHOLE)),
        ("pair_stages_differ", study(BASE, stages=stages(manufacturing=BASE, raw_materials=[gas("1 kg", "r")]))),
        ("pair_unit_differs", study(BASE, unit={"declared": "1 kWh"})),
        ("pair_incomplete", study(UNKNOWN)),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(code: str, two: Study) -> None:
    with pytest.raises(TanbiaoError) as refused:
        compared(study(BASE), two)
    assert refused.value.code == code


def test_another_release_is_refused() -> None:
    other = replace(background(), name="test-2", hash="sha256:" + "1" * 64)
    with pytest.raises(TanbiaoError) as refused:
        compared(study(BASE), study(BASE), (background(), other))
    assert refused.value.code == "pair_release_differs"


@pytest.mark.parametrize("samples", [0, 1, 100_001])
def test_a_comparison_needs_samples(samples: int) -> None:
    with pytest.raises(TanbiaoError) as refused:
        compared(study(BASE), study(BASE), samples=samples)
    assert refused.value.code == "pair_samples"


def test_as_json_names_both_and_carries_errors() -> None:
    found = as_json(compared(study([gas("1 kg", **TEN)]), study([gas("1.1 kg", **TEN)]), samples=400), "en")
    assert found["difference"]["quantiles"][2]["probability"] == 0.5
    assert found["difference"]["quantiles"][2]["standard_error"] > 0
    assert found["release_hash"] == background().hash
    total = sum(found[key]["value"] for key in ("first_is_less", "equal", "second_is_less"))
    assert total == pytest.approx(1)
