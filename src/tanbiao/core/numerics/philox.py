"""Philox4x32: random numbers as a function of (seed, stream, sample), in any order, on any number of workers.

Salmon, J.K. et al. (2011), "Parallel random numbers: as easy as 1, 2, 3", SC '11, doi:10.1145/2063384.2063405.
"""

from __future__ import annotations

import hashlib
import operator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics import formulas
from tanbiao.core.numerics.formulas import LOW, SHIFT

Words = NDArray[np.uint64]

_LARGEST = 2**64 - 1


def philox4x32(counter: tuple[Words, Words, Words, Words], key: tuple[int, int]) -> tuple[Words, Words, Words, Words]:
    """Return the four 32-bit words of Philox4x32-10 for each counter.

    Parameters
    ----------
    counter
        Four arrays of one shape (or that broadcast), each element below 2**32, lowest word first.
    key
        Two 32-bit words.
    """
    first, second = key
    words: tuple[Words, Words, Words, Words] = formulas.philox(*counter, formulas.round_keys(first | second << 32))
    return words


def stream_of(text: str) -> int:
    """Return the stream number of a name (a row id, a dataset id): the first 8 bytes of its SHA-256.

    Tying the stream to the name and not to a position keeps every draw when rows are added, removed or reordered.
    """
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")


def _word64(value: int, name: str) -> int:
    try:
        number = operator.index(value)
    except TypeError as error:
        raise TanbiaoError.of("seed_out_of_range", name=name, value=str(value)) from error
    if not 0 <= number <= _LARGEST:
        raise TanbiaoError.of("seed_out_of_range", name=name, value=str(value))
    return number


def round_keys(seed: int) -> tuple[np.uint64, ...]:
    """Return the keys of the rounds for a seed, as compiled loops take them.

    Raises
    ------
    TanbiaoError
        ``seed_out_of_range``.
    """
    return formulas.round_keys(_word64(seed, "seed"))


def uniforms(seed: int, stream: int, n: int, start: int = 0) -> NDArray[np.float64]:
    """Return samples ``start … start + n − 1`` of one stream: n numbers in the open interval (0, 1).

    Number i is made of half a Philox block (two words): counter = (i // 2, stream), key = seed, then
    (52 high bits + ½) · 2⁻⁵². A longer run begins with a shorter one.

    Raises
    ------
    TanbiaoError
        ``seed_out_of_range``: seed or stream is no integer of 0 … 2⁶⁴ − 1.
    """
    return np.asarray(uniform_rows(seed, [stream], n, start)[0])


def uniform_rows(seed: int, streams: ArrayLike, n: int, start: int = 0) -> NDArray[np.float64]:
    """Return :func:`uniforms` of several streams at once, as an array (streams, n)."""
    first, last = start // 2, (start + n + 1) // 2
    keys, counter = _blocks(seed, streams, first, last)
    w0, w1, w2, w3 = formulas.philox(*counter, keys)
    pairs = np.empty((*w0.shape, 2), dtype=np.float64)
    pairs[:, :, 0] = formulas.unit_interval(w0, w1)
    pairs[:, :, 1] = formulas.unit_interval(w2, w3)
    offset = start - 2 * first
    return pairs.reshape(len(pairs), -1)[:, offset : offset + n]


def word_rows(seed: int, streams: ArrayLike, n: int, start: int = 0) -> NDArray[np.int32]:
    """Return words ``start … start + n − 1`` of several streams, (streams, n), their 32 bits as int32.

    Word i of a stream is word i mod 4 of the Philox4x32-7 block with counter (⌊i/4⌋, stream) and the seed as key.

    Raises
    ------
    TanbiaoError
        ``seed_out_of_range``: seed or stream is no integer of 0 … 2⁶⁴ − 1.
    """
    first, last = start // 4, (start + n + 3) // 4
    keys, counter = _blocks(seed, streams, first, last)
    blocks = np.stack(formulas.philox_seven(*counter, keys), axis=2)
    offset = start - 4 * first
    words = blocks.astype(np.uint32).reshape(len(blocks), -1)[:, offset : offset + n]
    return np.ascontiguousarray(words).view(np.int32)


def _blocks(
    seed: int, streams: ArrayLike, first: int, last: int
) -> tuple[tuple[np.uint64, ...], tuple[Words, Words, Words, Words]]:
    """Return the keys of the rounds and the counters, which broadcast to (streams, last − first), of some blocks."""
    keys = round_keys(seed)
    numbers = _stream_words(streams)[:, None]
    block = np.arange(first, last, dtype=np.uint64)[None, :]
    return keys, (block & LOW, block >> SHIFT, numbers & LOW, numbers >> SHIFT)


def _stream_words(streams: ArrayLike) -> Words:
    """Return stream numbers as words; an array that already holds words needs no look at each."""
    if isinstance(streams, np.ndarray) and streams.dtype == np.uint64:
        return streams
    return np.array([_word64(stream, "stream") for stream in np.asarray(streams, dtype=object)], dtype=np.uint64)
