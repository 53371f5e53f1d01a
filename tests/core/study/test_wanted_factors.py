"""Missing factors ranked by what leans on them, and nobody recognisable; figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanbiao.core.study.wanted import SMALLEST, Leaning, leanings, output_of, rank


def lean(holder: str, factor: str, emission: float | None = 100.0, share: float | None = 0.2) -> Leaning:
    return Leaning(holder, f"c-{holder}", factor, "stand-in", share, emission)


def test_a_package_tells_what_leans_over_its_period() -> None:
    package: dict[str, Any] = {
        "study": {"unit": {"declared": "2 t", "amounts_for": "1000000 kg"}},
        "result": {
            "stand_ins": [
                {"row": "a", "for": "alumina", "dataset": "d", "value": "30", "share": "0.3"},
                {"row": "b", "for": "alumina", "dataset": "d", "value": "10", "share": "0.1"},
                {"row": "c", "for": "freight", "dataset": None, "value": "5", "share": None},
            ]
        },
    }
    # 1,000 t are 500 declared units of 2 t: 40 kg each on alumina, 5 kg each on freight.
    assert list(leanings(package, "h", "c")) == [
        Leaning("h", "c", "alumina", "d", pytest.approx(0.4), 20_000.0),
        Leaning("h", "c", "freight", "", None, 2_500.0),
    ]


@pytest.mark.parametrize(
    "unit",
    [{"declared": "1 t"}, {"declared": "1 t", "amounts_for": "5 kWh"}, {}, {"declared": "x", "amounts_for": "1 t"}],
)
def test_an_output_that_is_not_stated_is_unknown(unit: dict[str, str]) -> None:
    assert output_of(unit) is None


def test_factors_are_ranked_by_emission_and_few_holders_stand_together() -> None:
    found = [lean(holder, "Alumina made in China") for holder in "abc"]
    found += [lean(holder, " alumina  MADE in china") for holder in "d"]
    found += [lean(holder, "freight", 1000.0) for holder in "abc"]
    found += [lean(holder, "secret alloy", 5.0) for holder in "ab"] + [lean("c", "other secret", 7.0)]
    told = rank(found)
    assert [(row.factor, row.holders, row.emission) for row in told] == [
        ("freight", 3, 3000.0),
        ("Alumina made in China", 4, 400.0),
        ("", 3, 17.0),
    ]
    assert told[2].factors == 2
    assert told[2].datasets == ()


def test_a_pool_of_too_few_and_outputs_of_too_few_have_no_figure() -> None:
    (alone,) = rank([lean("a", "x", 5.0), lean("b", "y", 6.0)])
    assert (alone.factor, alone.factors, alone.holders, alone.emission, alone.share) == ("", 2, 0, None, None)
    (row,) = rank([lean("a", "x", 5.0), lean("b", "x", None), lean("c", "x", None)])
    # Only one holder states an output: the sum would be that holder's.
    assert (row.holders, row.emission, row.is_lower_bound, row.share) == (3, None, True, 0.2)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            lean,
            st.sampled_from("abcde"),
            st.sampled_from("xyz"),
            st.none() | st.floats(1, 99),
            st.none() | st.floats(0, 1),
        ),
        max_size=20,
    )
)
def test_no_figure_has_fewer_holders_than_the_rule_says(found: list[Leaning]) -> None:
    for row in rank(found):
        if row.emission is not None or row.share is not None or row.datasets:
            assert row.holders >= SMALLEST
    assert sum(row.factors for row in rank(found)) == len({item.factor for item in found})
