"""Figures, dates, absences and words as people read them."""

from __future__ import annotations

import datetime
import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents import sample
from tanbiao.core.amounts import Absence, AbsenceKind
from tanbiao.documents import text, words


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        # GB/T 8170-2008, 3.2: below five down, above five up, an exact five to the even neighbour.
        (12.1498, 3, "12.1"),
        (10.502, 2, "11"),
        (1.050, 2, "1.0"),
        (0.35, 1, "0.4"),
        (2500, 1, "2000"),
        (3500, 1, "4000"),
        (0.0325, 2, "0.032"),
        (32500, 2, "32000"),
        (-355, 2, "−360"),
        (-0.0365, 2, "−0.036"),
    ],
)
def test_rounding_follows_gbt_8170(value: float, digits: int, expected: str) -> None:
    assert text.number(value, digits) == expected


def test_the_last_bit_of_a_float_does_not_decide() -> None:
    # 2.675 is 2.67499999999999982… in binary; as written it lies exactly between 2.67 and 2.68 and goes to even.
    assert text.number(2.675, 3) == "2.68"
    assert text.number(0.1 + 0.2, 3) == "0.300"


@given(st.floats(min_value=1e-12, max_value=1e12), st.integers(1, 6))
def test_a_rounded_value_has_the_declared_digits_and_is_near(value: float, digits: int) -> None:
    rounded = text.round_significant(value, digits)
    assert len(rounded.as_tuple().digits) == digits
    assert abs(rounded - Decimal(value)) <= Decimal("0.5000001") * Decimal(1).scaleb(rounded.adjusted() - digits + 1)


def test_very_small_and_very_large_values_are_powers_of_ten() -> None:
    assert text.number(1.234e-7) == "1.23×10⁻⁷"
    assert text.number(-4.5e12, 2) == "−4.5×10¹²"
    assert text.number(0.0) == "0"


def test_a_total_with_something_unknown_is_never_a_plain_number() -> None:
    assert text.total(sample.partial(), "zh") == "72.5"
    assert text.total(sample.incomplete(), "zh") == "≥ 72.5"
    credit_unknown = sample.incomplete()
    credit_unknown["total"]["lower_bound"] = False
    assert text.total(credit_unknown, "en") == "72.5 (known part only)"


def test_the_absences_have_words_of_their_own_and_none_is_a_zero() -> None:
    for lang in ("zh", "en"):
        shown = {text.amount(Absence(kind, "why"), lang) for kind in AbsenceKind}
        assert len(shown) == 4
        assert not any("0" in item for item in shown)


def test_dates_are_written_in_the_readers_language() -> None:
    assert text.date("2026-11-21", "zh") == "2026年11月21日"
    assert text.date(datetime.date(2026, 1, 2), "en") == "2 January 2026"
    assert text.date("spring 2026", "en") == "spring 2026"
    assert text.period("2023-01-01", "2023-12-31", "zh") == "2023年1月1日 至 2023年12月31日"


def test_the_unit_has_its_subscript() -> None:
    assert text.unit("kg CO2e/m3") == "kg CO₂e/m³"


def test_percent_keeps_its_decimals_and_its_sign() -> None:
    assert text.percent(0.125) == "12.5 %"
    assert text.percent(-0.0276) == "−2.8 %"
    assert text.percent(None) == "–"


def test_every_word_is_there_in_both_languages_with_the_same_placeholders() -> None:
    for key in words.all_keys():
        texts = words.entry(key)
        assert set(texts) == {"zh", "en"}, key
        fields = [{name for _, name, _, _ in string.Formatter().parse(shown) if name} for shown in texts.values()]
        assert fields[0] == fields[1], key
        assert all(shown.strip() for shown in texts.values()), key


def test_a_term_of_the_data_without_a_word_stays_as_it_is() -> None:
    assert words.term("boundary", "cradle_to_shelf", "zh") == "cradle to shelf"
    assert words.pick({"zh": "铜箔"}, "en") == "铜箔"
    assert words.pick(None, "en") == ""


def test_gases_have_subscripts_and_trade_names_have_none() -> None:
    assert text.gas("CH4 fossil") == "CH₄ fossil"
    assert text.gas("C2F6") == "C₂F₆"
    assert text.gas("HFC-134a") == "HFC-134a"
