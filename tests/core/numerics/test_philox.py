"""Philox4x32 of ten and of seven rounds against the published known answers and a plain-integer implementation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics import formulas
from tanbiao.core.numerics.philox import philox4x32, stream_of, uniform_rows, uniforms

WORD64 = st.integers(0, 2**64 - 1)

# Random123 1.14 (D. E. Shaw Research, BSD-3-Clause), tests/kat_vectors: lines "philox4x32 10" and "philox4x32 7", each
# counter, key, expected.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
KNOWN_ANSWERS_SEVEN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "5f6fb709 0d893f64 4f121f81 4f730a48"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "5207ddc2 45165e59 4d8ee751 8c52f662"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "4dfccaba 190a87f0 c47362ba b6b5242a"),
]


def _words(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize("counter, key, expected", KNOWN_ANSWERS)
def test_known_answers(counter, key, expected):
    arrays = tuple(np.array([word], dtype=np.uint64) for word in _words(counter))
    k0, k1 = _words(key)
    assert [int(word[0]) for word in philox4x32(arrays, (k0, k1))] == _words(expected)


@pytest.mark.parametrize("counter, key, expected", KNOWN_ANSWERS_SEVEN)
def test_known_answers_of_seven_rounds(counter, key, expected):
    arrays = tuple(np.array([word], dtype=np.uint64) for word in _words(counter))
    k0, k1 = _words(key)
    found = formulas.philox_seven(*arrays, formulas.round_keys(k0 | k1 << 32))
    assert [int(word[0]) for word in found] == _words(expected)


def _one_uniform(seed, stream, index):
    """The definition in the docstring, written with Python integers only."""
    block = index // 2
    c = [block & 0xFFFFFFFF, block >> 32, stream & 0xFFFFFFFF, stream >> 32]
    k = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        left, right = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [right >> 32 ^ c[1] ^ k[0], right & 0xFFFFFFFF, left >> 32 ^ c[3] ^ k[1], left & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    high, low = c[2 * (index % 2) : 2 * (index % 2) + 2]
    return ((high << 32 | low) // 2**12 + 0.5) / 2**52


@given(WORD64, WORD64, st.integers(0, 9))
def test_uniforms_follow_their_definition(seed, stream, n):
    assert uniforms(seed, stream, n).tolist() == [_one_uniform(seed, stream, i) for i in range(n)]


@given(WORD64, WORD64, st.integers(0, 60), st.integers(0, 60))
def test_any_part_of_a_stream_can_be_drawn_alone(seed, stream, start, n):
    assert uniforms(seed, stream, n, start).tolist() == uniforms(seed, stream, start + n)[start:].tolist()


def test_rows_are_the_streams_one_by_one():
    streams = [3, 2**63 + 5, 0]
    together = uniform_rows(1, streams, 11)
    assert all((together[i] == uniforms(1, stream, 11)).all() for i, stream in enumerate(streams))


def test_uniforms_are_uniform_and_streams_independent():
    draws = uniform_rows(1, list(range(4)), 100_000)
    assert draws.min() > 0
    assert draws.max() < 1
    # Standard error of a mean of 1e5 uniforms 9.1e-4, of a correlation 3.2e-3; limits at 4.5 of them.
    assert np.abs(draws.mean(axis=1) - 0.5).max() < 4.5 * 9.13e-4
    assert np.abs(np.corrcoef(draws) - np.eye(4)).max() < 4.5 * 3.2e-3
    counts = np.histogram(draws, bins=100, range=(0, 1))[0]
    chi_square = ((counts - 4000) ** 2 / 4000).sum()
    assert 50 < chi_square < 160  # 99 degrees of freedom: mean 99, sd 14


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "1"])
def test_a_seed_that_is_no_64_bit_integer_is_refused(seed):
    with pytest.raises(TanbiaoError) as error:
        uniforms(seed, 0, 1)
    assert error.value.code == "seed_out_of_range"


def test_stream_of_a_name_is_the_head_of_its_sha256():
    # SHA-256("abc") = ba7816bf 8f01cfea … (FIPS 180-2, appendix B.1).
    assert stream_of("abc") == 0xBA7816BF8F01CFEA
