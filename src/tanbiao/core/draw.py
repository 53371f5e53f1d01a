"""A draw that anybody can repeat: the order of candidates by SHA-256 of the seed and each one's id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def draw(candidates: Iterable[str], count: int, seed: str) -> tuple[str, ...]:
    """Return ``count`` of the candidates, or all where there are fewer, in the order drawn.

    Whatever the order in which candidates are given and however often one is, the same seed draws the same: each id is
    ranked by SHA-256(seed, line feed, id), the lowest first, so that each set of that size is equally likely.

    >>> draw(["a", "b", "c"], 2, "seed") == draw(["c", "b", "a", "a"], 2, "seed")
    True
    """
    ranked = sorted(set(candidates), key=lambda one: (hashlib.sha256(f"{seed}\n{one}".encode()).digest(), one))
    return tuple(ranked[: max(count, 0)])


def selected(candidate: str, share: float, seed: str) -> bool:
    """Whether a draw of a share (0…1) takes a candidate, whatever other candidates there are.

    SHA-256(seed, line feed, candidate) as a number of 256 bits is below share · 2²⁵⁶ with that probability.

    >>> selected("a", 0.0, "seed"), selected("a", 1.0, "seed")
    (False, True)
    """
    number = int.from_bytes(hashlib.sha256(f"{seed}\n{candidate}".encode()).digest(), "big")
    return number < int(share * 2**64) << 192
