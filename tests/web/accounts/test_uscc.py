"""The unified social credit code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.accounts import uscc


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",  # the worked example of GB 32100-2015
        "914403001922038216",  # codes printed by companies on their own licences and reports
        "9144030071526726XG",
        "91350900587527783P",
        "91330100799655058B",
    ],
)
def test_real_codes_pass(code: str) -> None:
    assert uscc.check(code) == code


def test_blanks_hyphens_and_small_letters_are_forgiven() -> None:
    assert uscc.check(" 91350100-m000100y43 ") == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", "uscc_length"),
        ("91350100M000100Y4", "uscc_length"),
        ("91350100M000100Y4I", "uscc_character"),
        ("9135O100M000100Y43", "uscc_character"),
        ("9135A100M000100Y43", "uscc_division"),
        ("91350100M000100Y44", "uscc_check"),
        ("91350100M000100943", "uscc_organisation_check"),
    ],
)
def test_a_wrong_code_is_refused_by_name(code: str, expected: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        uscc.check(code)
    assert caught.value.code == expected


@given(st.text(alphabet="0123456789", min_size=8, max_size=8), st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_no_single_wrong_character_passes(number: str, place: int, char: str) -> None:
    code = uscc.build(number)
    assert uscc.check(code) == code
    assert uscc.is_demo(code)
    wrong = code[:place] + char + code[place + 1 :]
    if wrong != code:
        with pytest.raises(TanbiaoError):
            uscc.check(wrong)
