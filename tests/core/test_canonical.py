"""Canonical JSON against the samples of RFC 8785 and hand-made hashes."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.canonical import canonical_bytes, content_hash, decimal12, hash_bytes, is_hash
from tanbiao.core.findings import TanbiaoError


def test_the_sample_of_rfc_8785_section_3_2_2() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_bytes(value) == expected.encode()


def test_keys_are_sorted_by_utf16_code_units_as_section_3_2_3_shows() -> None:
    keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    order = [2, 4, 6, 7, 1, 5, 3]
    written = canonical_bytes(keys).decode()
    assert [int(part.rsplit(":", 1)[1]) for part in written.strip("{}").split(",")] == order


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, {1: "x"}, object()])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TanbiaoError) as refused:
        canonical_bytes(value)
    assert refused.value.code == "not_canonical"


def test_a_content_hash_is_sha256_of_the_canonical_bytes() -> None:
    assert content_hash({"b": 1, "a": (2,)}) == "sha256:" + hashlib.sha256(b'{"a":[2],"b":1}').hexdigest()
    assert is_hash(hash_bytes(b""))
    assert not is_hash("sha256:XYZ")
    assert not is_hash("0" * 64)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (1234567890123.4, "1234567890120"),
        (1e-9, "0.000000001"),
        (-2.5e21, "-2500000000000000000000"),
        (105.0, "105"),
        (0.999999999999999, "1"),
    ],
)
def test_twelve_significant_digits(value: float, text: str) -> None:
    assert decimal12(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200))
def test_the_decimal_is_within_half_a_unit_of_the_twelfth_digit(value: float) -> None:
    text = decimal12(value)
    assert "e" not in text.lower()
    if value:
        assert abs(Decimal(text) - Decimal(value)) <= abs(Decimal(value)) * Decimal("5.0001e-12")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_bytes_are_those_of_the_reference_implementation(value: object) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, ValueError):
        with pytest.raises(TanbiaoError):
            canonical_bytes(value)
        return
    assert canonical_bytes(value) == expected


def test_every_control_character_is_escaped_as_section_3_2_2_2_says() -> None:
    text = "".join(map(chr, [*range(0x20), 0x22, 0x5C, 0x7F, 0x80, 0x2028, 0x10FFFF]))
    assert canonical_bytes({"text": text}) == rfc8785.dumps({"text": text})


def test_a_lone_surrogate_has_no_canonical_form() -> None:
    with pytest.raises(TanbiaoError) as refused:
        canonical_bytes({"text": "\ud800"})
    assert refused.value.code == "not_canonical"


@pytest.mark.parametrize(
    "value", [0.0, -0.0, 1e-4, 9.9e-5, 1e-7, 5e-324, 2.0**53, 2.0**53 - 1, -9855498567978182.0, 1e16, 1e21]
)
def test_numbers_at_the_edges_are_written_as_the_library_does(value: float) -> None:
    assert canonical_bytes({"a": [value, "\ue0001\ue000"]}) == rfc8785.dumps({"a": [value, "\ue0001\ue000"]})
    assert canonical_bytes({"a": [value]}) == rfc8785.dumps({"a": [value]})
