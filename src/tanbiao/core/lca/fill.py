"""Which entries LU fills in, in a given order: plain Python that a compiler can take as it is."""

from __future__ import annotations

import numpy as np

from tanbiao.core.lca.inputs import Integers


def fill_pattern(
    first: int, last: int, start: Integers, inner: Integers, column: Integers, limit: float
) -> tuple[Integers, Integers, Integers, float]:
    """Symbolic LU of one block: row pattern of L + U, its diagonal positions, and the flops; stops above ``limit``.

    Row merging in ascending order with a sorted linked list (as in Saad 2003, Iterative Methods for Sparse Linear
    Systems, section 10.3, without dropping).
    """
    size = last - first
    lengths = np.zeros(size + 1, dtype=np.int64)
    diagonals = np.zeros(size, dtype=np.int64)
    capacity = 4 * (start[last] - start[first]) + size
    stored = np.empty(capacity, dtype=np.int64)
    follow = np.full(size + 1, -1, dtype=np.int64)
    flops = 0.0
    count = 0
    for i in range(size):
        # ``follow`` is the linked list, headed by ``size`` and ended by −1.
        head = size
        previous = head
        for k in range(inner[first + i], start[first + i + 1]):
            c = column[k] - first
            follow[previous] = c
            previous = c
        follow[previous] = -1
        j = follow[head]
        while j != -1 and j < i:
            at = j
            low, high = diagonals[j] + 1, lengths[j + 1]
            flops += 1.0 + 2.0 * (high - low)
            for m in range(low, high):
                c = stored[m]
                while follow[at] != -1 and follow[at] < c:
                    at = follow[at]
                if follow[at] != c:
                    follow[c] = follow[at]
                    follow[at] = c
                at = c
            if flops > limit:
                return stored[:0], lengths, diagonals, flops
            j = follow[j]
        j = follow[head]
        while j != -1:
            if count == capacity:
                capacity *= 2
                larger = np.empty(capacity, dtype=np.int64)
                larger[:count] = stored
                stored = larger
            if j == i:
                diagonals[i] = count
            stored[count] = j
            count += 1
            j = follow[j]
        lengths[i + 1] = count
    return stored[:count], lengths, diagonals, flops
