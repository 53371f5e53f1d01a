"""Missing factors ranked by what leans on them, and nobody recognisable; figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_background import MemoryRelease, Pair, background, dataset, document, stages
from tanbiao.core.dataset import Dataset
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.package import seal
from tanbiao.core.study.wanted import SMALLEST, Leaning, leanings, named, output_of, rank


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
    assert list(named(package, "h", "c")) == [
        Leaning("h", "c", "alumina", "d", pytest.approx(0.4), 20_000.0),
        Leaning("h", "c", "freight", "", None, 2_500.0),
    ]


WIND = "CN-ELEC-CF:2024:Wind power"


class Lacking(MemoryRelease):
    """A release without provincial grids and without an upstream of gas for China; it says what it takes instead."""

    def grid_electricity(self, region: str, year: int) -> tuple[Dataset, list[Finding]]:
        """Return the nation's factor for a province."""
        found, notes = super().grid_electricity("CN", year)
        if region != "CN":
            notes = [finding("province_has_no_footprint_factor", Severity.INFO, region=region), *notes]
        return found, notes

    def fuel(self, key: str) -> Pair:
        """Return the pair, its upstream from elsewhere."""
        pair = super().fuel(key)
        told = finding("fuel_upstream_stand_in", Severity.WARNING, fuel=key, dataset="gas-up", geography="US")
        return Pair(pair.combustion, pair.upstream, (told,))


def test_what_a_release_took_by_itself_leans_like_what_an_author_named() -> None:
    def power(row: str, amount: str, region: str, year: int, **more: Any) -> dict[str, Any]:
        supply = {"supply": "grid", "region": region, "year": year}
        return {"id": row, "amount": amount, "electricity": supply, **more}

    wind = {"supply": "own_generation", "generation": "wind", "region": "CN", "year": 2031, "delivery": "on_site"}
    rows = [
        power("asked", "100 kWh", "CN", 2024),
        power("year", "10 kWh", "CN", 2026),
        power("both", "20 kWh", "CN-ZJ", 2026),
        power("again", "5 kWh", "CN-ZJ", 2026),
        power("place", "10 kWh", "CN-ZJ", 2023),
        power("own", "10 kWh", "CN", 2026, stand_in={"for": "power of the site", "reason": "test"}),
        {"id": "wind", "amount": "100 kWh", "electricity": wind},
        {"id": "gas", "amount": "2 Nm3", "fuel": "natural-gas"},
        {"id": "gas-own", "amount": "1 Nm3", "fuel": {"id": "natural-gas", "upstream": "dataset/gas-up"}},
    ]
    unit = {"declared": "1 t", "amounts_for": "1 t"}
    study, told = Study.parse(document(stages=stages(manufacturing=rows), unit=unit))
    assert study is not None, told
    datasets = background().datasets | {WIND: dataset(WIND, 0.03, "kWh|electricity")}
    release = Lacking(datasets)
    result = calculate(study, release, samples=0)
    found = {(one.subject, one.factor): one for one in leanings(seal(study, release, None, result), "h", "c")}
    # kg CO2e: 10 × 0.5777; (20 + 5) × 0.5777; 10 × 0.6205; of gas the upstream alone, 2 × 0.3; 100 × 0.03.
    assert {key: (one.kinds, one.dataset, one.emission) for key, one in found.items()} == {
        ("", "power of the site"): (("named",), "grid-2024", pytest.approx(5.777)),
        ("electricity", "CN 2026"): (("year",), "grid-2024", pytest.approx(5.777)),
        ("electricity", "CN-ZJ 2026"): (("place", "year"), "grid-2024", pytest.approx(14.4425)),
        ("electricity", "CN-ZJ 2023"): (("place",), "grid-2023", pytest.approx(6.205)),
        ("generation", "wind 2031"): (("year",), WIND, pytest.approx(3.0)),
        ("fuel_upstream", "natural-gas"): (("place",), "gas-up", pytest.approx(0.6)),
    }
    assert found["electricity", "CN-ZJ 2026"].share == pytest.approx(14.4425 / result.value)


def test_an_automatic_fallback_and_a_named_stand_in_are_ranked_together_each_with_its_kind() -> None:
    found = [lean(holder, "CN-ZJ 2026", 50.0) for holder in "abc"]
    found += [
        Leaning(holder, f"c-{holder}", "CN-ZJ 2026", "grid", 0.1, 200.0, ("place", "year"), "electricity")
        for holder in "abc"
    ]
    found += [Leaning("d", "c-d", "CN-ZJ 2026", "grid-b", 0.1, 1.0, ("place",), "electricity")]
    assert [(row.subject, row.factor, row.kinds, row.emission, row.datasets) for row in rank(found)] == [
        ("electricity", "CN-ZJ 2026", ("place", "year"), 600.0, ("grid", "grid-b")),
        ("", "CN-ZJ 2026", ("named",), 150.0, ("stand-in",)),
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
