"""The algebra of absence, as the table of docs/architecture.md states it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.amounts import (
    Absence,
    AbsenceKind,
    Completeness,
    Tally,
    add,
    amount_as_json,
    amount_from_json,
    compare,
    declared_empty,
    ratio,
    scale,
    tally,
)
from tanbiao.core.findings import TanbiaoError

UNKNOWN = Absence(AbsenceKind.UNKNOWN, "not in the source", "r4")
NOT_DECLARED = Absence(AbsenceKind.NOT_DECLARED, "cradle to gate", "use")
EXCLUDED = Absence(AbsenceKind.EXCLUDED, "below the rule's limit", "x1", bound=0.5)
BELOW = Absence(AbsenceKind.BELOW_CUT_OFF, "0.3 % of mass", "x2", bound=0.25)
CREDIT = Absence(AbsenceKind.UNKNOWN, "scrap not weighed", "k1", credit=True)

SUMS = [
    # terms, known, completeness, lower bound, upper bound
    ([2.0, 3.0], 5.0, Completeness.COMPLETE, False, 5.0),
    ([2.0, 0.0], 2.0, Completeness.COMPLETE, False, 2.0),
    ([2.0, EXCLUDED], 2.0, Completeness.COMPLETE, False, 2.5),
    ([2.0, BELOW], 2.0, Completeness.COMPLETE, False, 2.25),
    ([2.0, EXCLUDED, BELOW], 2.0, Completeness.COMPLETE, False, 2.75),
    ([2.0, NOT_DECLARED], 2.0, Completeness.PARTIAL, False, 2.0),
    ([2.0, UNKNOWN], 2.0, Completeness.INCOMPLETE, True, None),
    ([2.0, UNKNOWN, NOT_DECLARED], 2.0, Completeness.INCOMPLETE, True, None),
    ([2.0, CREDIT], 2.0, Completeness.INCOMPLETE, False, None),
    ([2.0, UNKNOWN, CREDIT], 2.0, Completeness.INCOMPLETE, False, None),
    ([UNKNOWN], 0.0, Completeness.INCOMPLETE, True, None),
]


@pytest.mark.parametrize(("terms", "known", "completeness", "lower", "bound"), SUMS)
def test_a_sum_keeps_what_is_known_apart_from_what_is_absent(
    terms: list[float | Absence], known: float, completeness: Completeness, lower: bool, bound: float | None
) -> None:
    total = tally(terms)
    assert total.known == known
    assert total.absences == tuple(term for term in terms if isinstance(term, Absence))
    assert (total.completeness, total.is_lower_bound, total.bound) == (completeness, lower, bound)


@pytest.mark.parametrize("factor", [0.0, 1.0, -2.0, 1e30])
@pytest.mark.parametrize("absence", [UNKNOWN, NOT_DECLARED, EXCLUDED, BELOW])
def test_any_multiple_of_an_absence_is_the_same_absence_even_zero_times(factor: float, absence: Absence) -> None:
    assert scale(factor, absence) == absence
    assert scale(absence, factor) == absence
    assert factor * absence == absence


def test_comparison_ratio_and_share_with_an_incomplete_operand_are_unknown() -> None:
    whole, part = Tally(4.0), Tally(1.0)
    incomplete = tally([1.0, UNKNOWN])
    assert ratio(part, whole) == 0.25
    assert compare(part, whole) == -1
    for outcome in (
        ratio(incomplete, whole),
        ratio(part, incomplete),
        compare(incomplete, whole),
        ratio(part, Tally(0)),
    ):
        assert isinstance(outcome, Absence)
        assert outcome.kind is AbsenceKind.UNKNOWN
    # Excluded and undeclared parts do not make what is declared incomparable.
    assert compare(tally([1.0, EXCLUDED]), tally([1.0, NOT_DECLARED])) == 0


def test_an_empty_sum_is_zero_only_when_declared_empty_with_a_reason() -> None:
    with pytest.raises(TanbiaoError) as refused:
        tally([])
    assert refused.value.code == "empty_sum"
    assert declared_empty("nothing is burnt here").known == 0
    with pytest.raises(TanbiaoError) as refused:
        declared_empty("  ")
    assert refused.value.code == "empty_without_reason"


def test_an_exclusion_needs_a_reason() -> None:
    with pytest.raises(TanbiaoError) as refused:
        Absence(AbsenceKind.EXCLUDED)
    assert refused.value.code == "exclusion_without_reason"


@pytest.mark.parametrize("amount", [0.0, 2.41, UNKNOWN, NOT_DECLARED, EXCLUDED, BELOW, CREDIT])
def test_the_five_values_survive_json(amount: float | Absence) -> None:
    assert amount_from_json(amount_as_json(amount)) == amount


@pytest.mark.parametrize("value", [None, "2", True, {"absent": "zero"}, [1]])
def test_anything_else_is_no_amount(value: object) -> None:
    with pytest.raises(TanbiaoError) as refused:
        amount_from_json(value)
    assert refused.value.code == "amount_malformed"


moderate = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)
absences = st.sampled_from([UNKNOWN, NOT_DECLARED, EXCLUDED, BELOW, CREDIT])


@given(st.lists(moderate, min_size=1))
def test_the_compensated_sum_is_within_an_ulp_of_the_exact_one(terms: list[float]) -> None:
    exact = sum((Fraction(term) for term in terms), Fraction(0))
    magnitude = sum(abs(term) for term in terms)
    assert abs(Fraction(add(*terms)) - exact) <= Fraction(4e-16) * Fraction(abs(float(exact))) + Fraction(
        len(terms) ** 2 * 5e-32 * magnitude
    )


@given(st.lists(st.one_of(moderate, absences), min_size=1), st.lists(st.one_of(moderate, absences), min_size=1))
def test_adding_never_loses_an_absence(left: list[float | Absence], right: list[float | Absence]) -> None:
    total = tally(left) + tally(right)
    assert total.absences == tuple(term for term in left + right if isinstance(term, Absence))
    worst = [tally(left).completeness, tally(right).completeness]
    if Completeness.INCOMPLETE in worst:
        assert total.completeness is Completeness.INCOMPLETE
