"""The misstatement ledger: figures worked out by hand, and what must hold for any ledger."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.verification.ledger import Misstatement, PopulationRow, Standing, misstatement_ledger


def test_a_ledger_worked_out_by_hand() -> None:
    """High risk: 60 of 60 tested, 3 too high, of which 2 were corrected. Low risk: 10 tested with 0.5 too low, 30 not.

    Left: 1 − 0.5 = 0.5. Extrapolated: low risk −0.5 / 10 × 30 = −1.5. Aggregated −1.0. Materiality 5 % of 100 = 5.
    """
    population = [
        PopulationRow("a", "high_risk", 60.0, True),
        PopulationRow("b", "low_risk", 10.0, True),
        PopulationRow("c", "low_risk", 30.0, False),
    ]
    found = [Misstatement(1, "a", 60.0, 57.0, 58.0), Misstatement(2, "b", 10.0, 10.5, 10.0)]
    ledger = misstatement_ledger(population, found, declared=100.0, materiality_percent=5.0)
    assert (ledger.found, ledger.corrected, ledger.uncorrected) == (2.5, 2.0, 0.5)
    assert ledger.extrapolated == -1.5
    assert ledger.aggregated == -1.0
    assert ledger.limit == 5.0
    assert ledger.percent == 1.0
    assert ledger.standing is Standing.IMMATERIAL


def test_a_stratum_nobody_tested_takes_the_ratio_of_all_tested_rows() -> None:
    """1 of 50 is wrong; 50 untested in a stratum of their own: 1 / 50 × 50 = 1."""
    population = [PopulationRow("a", "high_risk", 50.0, True), PopulationRow("b", "low_risk", 50.0, False)]
    ledger = misstatement_ledger(
        population, [Misstatement(1, "a", 50.0, 49.0, 50.0)], declared=100.0, materiality_percent=5.0
    )
    low = next(item for item in ledger.strata if item.name == "low_risk")
    assert low.pooled
    assert low.extrapolated == 1.0
    assert ledger.aggregated == 2.0


def test_without_a_test_nothing_can_be_said() -> None:
    ledger = misstatement_ledger(
        [PopulationRow("a", "low_risk", 9.0, False)], [], declared=9.0, materiality_percent=5.0
    )
    assert ledger.aggregated is None
    assert ledger.percent is None
    assert ledger.standing is Standing.UNDETERMINED


def test_at_the_limit_it_is_material_and_below_it_is_not() -> None:
    population = [PopulationRow("a", "high_risk", 100.0, True)]

    def standing(correct: float) -> Standing:
        items = [Misstatement(1, "a", 100.0, correct, 100.0)]
        return misstatement_ledger(population, items, declared=100.0, materiality_percent=5.0).standing

    assert standing(95.0) is Standing.MATERIAL
    assert standing(95.1) is Standing.IMMATERIAL


def test_misstatements_that_cancel_out_do_not_hide_a_large_one() -> None:
    population = [PopulationRow("a", "high_risk", 50.0, True), PopulationRow("b", "high_risk", 50.0, True)]
    items = [Misstatement(1, "a", 50.0, 40.0, 50.0), Misstatement(2, "b", 50.0, 60.0, 50.0)]
    ledger = misstatement_ledger(population, items, declared=100.0, materiality_percent=5.0)
    assert ledger.aggregated == 0.0
    assert ledger.decisive == 10.0
    assert ledger.standing is Standing.MATERIAL


def test_intent_is_material_whatever_its_size_until_it_is_corrected() -> None:
    population = [PopulationRow("a", "high_risk", 100.0, True)]
    for now, standing in ((100.0, Standing.MATERIAL), (99.9, Standing.IMMATERIAL)):
        items = [Misstatement(1, "a", 100.0, 99.9, now, intended=True)]
        ledger = misstatement_ledger(population, items, declared=100.0, materiality_percent=5.0)
        assert ledger.standing is standing


def test_what_was_left_out_counts_and_is_not_extrapolated() -> None:
    population = [PopulationRow("a", "low_risk", 50.0, True), PopulationRow("b", "low_risk", 50.0, False)]
    items = [Misstatement(1, "omitted-1", 0.0, 2.0, 0.0)]
    ledger = misstatement_ledger(population, items, declared=100.0, materiality_percent=5.0)
    assert (ledger.uncorrected, ledger.extrapolated) == (-2.0, 0.0)


amounts = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))
sizes = st.floats(0.01, 1e6).map(lambda value: round(value, 3))
strata = st.sampled_from(("high_risk", "medium_risk", "low_risk"))
populations = st.lists(st.tuples(strata, sizes, st.booleans()), min_size=1, max_size=12).map(
    lambda rows: [PopulationRow(f"r{at}", *row) for at, row in enumerate(rows)]
)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[list[PopulationRow], list[Misstatement]]:
    population = draw(populations)
    wrong = draw(st.lists(st.sampled_from([row.row for row in population if row.tested] or ["omitted-1"]), unique=True))
    items = [
        Misstatement(at + 1, row, draw(amounts), draw(amounts), draw(amounts), isolated=draw(st.booleans()))
        for at, row in enumerate(wrong)
    ]
    return population, items


@given(ledgers(), sizes)
def test_found_is_corrected_and_left_and_the_order_is_nothing(
    given_: tuple[list[PopulationRow], list[Misstatement]], declared: float
) -> None:
    population, items = given_
    ledger = misstatement_ledger(population, items, declared=declared, materiality_percent=5.0)
    assert math.isclose(ledger.found, ledger.corrected + ledger.uncorrected, rel_tol=1e-9, abs_tol=1e-6)
    turned = misstatement_ledger(population, items[::-1], declared=declared, materiality_percent=5.0)
    assert (turned.misstatements, turned.aggregated, turned.standing) == (
        ledger.misstatements,
        ledger.aggregated,
        ledger.standing,
    )


@given(populations.filter(lambda rows: any(row.tested for row in rows)), st.floats(-0.5, 0.5))
def test_the_same_rate_of_error_in_every_tested_row_is_found_in_the_whole(
    population: list[PopulationRow], rate: float
) -> None:
    """Each tested row overstated by one rate and nothing corrected: the aggregate is that rate of the population."""
    items = [
        Misstatement(at, row.row, row.size, row.size * (1 - rate), row.size)
        for at, row in enumerate(population)
        if row.tested
    ]
    whole = sum(row.size for row in population)
    ledger = misstatement_ledger(population, items, declared=whole, materiality_percent=5.0)
    assert ledger.aggregated is not None
    assert math.isclose(ledger.aggregated, rate * whole, rel_tol=1e-9, abs_tol=1e-9 * whole)


@given(ledgers(), sizes, st.floats(0.1, 20.0))
def test_more_room_never_makes_it_material(
    given_: tuple[list[PopulationRow], list[Misstatement]], declared: float, percent: float
) -> None:
    population, items = given_
    strict = misstatement_ledger(population, items, declared=declared, materiality_percent=percent)
    wide = misstatement_ledger(population, items, declared=declared, materiality_percent=percent * 2)
    assert not (wide.standing is Standing.MATERIAL and strict.standing is Standing.IMMATERIAL)


@given(ledgers(), sizes)
def test_where_everything_was_tested_or_is_isolated_nothing_is_extrapolated(
    given_: tuple[list[PopulationRow], list[Misstatement]], declared: float
) -> None:
    population, items = given_
    complete = [PopulationRow(row.row, row.stratum, row.size, True) for row in population]
    ledger = misstatement_ledger(complete, items, declared=declared, materiality_percent=5.0)
    assert ledger.extrapolated == 0.0
    assert ledger.aggregated == pytest.approx(ledger.uncorrected)
