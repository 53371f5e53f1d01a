"""Compiled kernels before the first solve: columns of coordinates, references, loops and their order, the pattern."""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit

_SHORT = 64
"""Columns of so many entries are sorted by insertion."""


@njit(cache=True)
def by_columns(row, column, value, rows, columns):
    """Return ``fit, start, index, data``: the columns of a matrix given by coordinates, rows ascending.

    ``fit`` is false, and the rest without meaning, where an entry lies outside, stands twice, is zero or not finite.
    """
    start = np.zeros(columns + 1, np.int32)
    index, data = np.empty(len(row), np.int32), np.empty(len(row))
    for k in range(len(row)):
        if not (0 <= row[k] < rows and 0 <= column[k] < columns and abs(value[k]) < np.inf and value[k] != 0.0):
            return False, start, index, data
        start[column[k] + 1] += 1
    for j in range(columns):
        start[j + 1] += start[j]
    cursor = start[:-1].copy()
    for k in range(len(row)):
        at = cursor[column[k]]
        index[at], data[at] = row[k], value[k]
        cursor[column[k]] = at + 1
    for j in range(columns):
        first, last = start[j], start[j + 1]
        if last - first > _SHORT:
            order = np.argsort(index[first:last])
            index[first:last], data[first:last] = index[first:last][order], data[first:last][order]
        else:
            for k in range(first + 1, last):
                own, number, at = index[k], data[k], k
                while at > first and index[at - 1] > own:
                    index[at], data[at] = index[at - 1], data[at - 1]
                    at -= 1
                index[at], data[at] = own, number
        for k in range(first + 1, last):
            if index[k] == index[k - 1]:
                return False, start, index, data
    return True, start, index, data


@njit(cache=True)
def reference_entries(start, index, data, product):
    """Return each column's entry at its product, 0 where there is none, and the first column whose entries by its own
    are not finite, or −1."""
    entries, too_small = np.zeros(len(product)), -1
    for j in range(len(product)):
        most = 0.0
        for k in range(start[j], start[j + 1]):
            most = max(most, abs(data[k]))
            if index[k] == product[j]:
                entries[j] = data[k]
        if too_small < 0 and entries[j] != 0.0 and not most / abs(entries[j]) < np.inf:
            too_small = j
    return entries, too_small


@njit(cache=True)
def crediting(start, index, data, product, sign, maker):
    """Return which columns hold a credit: an entry that is positive when turned, beside the reference."""
    result = np.zeros(len(product), np.bool_)
    for j in range(len(product)):
        for k in range(start[j], start[j + 1]):
            if index[k] != product[j] and sign[maker[index[k]]] * data[k] > 0.0:
                result[j] = True
    return result


@njit(cache=True)
def _closed(root, waiting, kept, component, number):
    """Give a component's members, which wait above its root, their number; how many still wait."""
    while True:
        kept -= 1
        component[waiting[kept]] = number
        if waiting[kept] == root:
            return kept


@njit(cache=True)
def components(start, index, maker):
    """Return ``order, edges``: the processes cut into strongly connected components, suppliers first.

    Tarjan 1972, SIAM J. Comput. 1:146, with a stack of its own. Inside a component the processes stand as the depth
    first search leaves them: then most suppliers stand before their users, and an iteration needs fewer steps.
    """
    size = len(start) - 1
    number, low = np.zeros(size, np.int32), np.empty(size, np.int32)
    path, at = np.empty(size, np.int32), np.empty(size, np.int32)
    waiting, left = np.empty(size, np.int32), np.empty(size, np.int32)
    component = np.full(size, -1, np.int32)
    edges = np.empty(size + 1, np.int64)
    seen, depth, kept, found, done = 0, 0, 0, 0, 0
    edges[0] = 0
    for root in range(size):
        if number[root] != 0:
            continue
        seen += 1
        number[root], low[root], at[root] = seen, seen, start[root]
        waiting[kept], path[0] = root, root
        kept, depth = kept + 1, 1
        while depth > 0:
            j = path[depth - 1]
            deeper = False
            lowest, k, end = low[j], at[j], start[j + 1]
            while k < end:
                supplier = maker[index[k]]
                k += 1
                if number[supplier] == 0:
                    seen += 1
                    number[supplier], low[supplier], at[supplier] = seen, seen, start[supplier]
                    waiting[kept], path[depth] = supplier, supplier
                    kept, depth, deeper = kept + 1, depth + 1, True
                    break
                if component[supplier] < 0 and number[supplier] < lowest:
                    lowest = number[supplier]
            low[j], at[j] = lowest, k
            if deeper:
                continue
            left[done] = j
            done += 1
            depth -= 1
            if depth > 0 and lowest < low[path[depth - 1]]:
                low[path[depth - 1]] = lowest
            if lowest == number[j]:
                before = kept
                kept = _closed(j, waiting, kept, component, found)
                edges[found + 1] = edges[found] + before - kept
                found += 1
    order = np.empty(size, np.int64)
    cursor = edges[:found].copy()
    for k in range(size):
        own = component[left[k]]
        order[cursor[own]] = left[k]
        cursor[own] += 1
    return order, edges[: found + 1]


@njit(cache=True)
def laid_out(starts, indices, data, process, place, edges, sorted_blocks, turned):
    """Return ``start, column, source, inner, diagonal, values`` of the ordered adjoint; see ``plan.SolvePlan``.

    Each row holds what stands before its block, then what stands before itself, its diagonal, and what stands behind
    it; in blocks that are to be factorised the columns ascend.
    """
    size = len(process)
    start, inner, diagonal = np.zeros(size + 1, np.int32), np.empty(size, np.int32), np.empty(size, np.int32)
    column, source = np.empty(len(indices), np.int32), np.empty(len(indices), np.int32)
    values = np.empty(len(indices))
    for number in range(len(edges) - 1):
        own_first = edges[number]
        for p in range(own_first, edges[number + 1]):
            j = process[p]
            first = start[p]
            last = first + starts[j + 1] - starts[j]
            start[p + 1] = last
            before, below = 0, 0
            for k in range(starts[j], starts[j + 1]):
                c = place[indices[k]]
                before += c < own_first
                below += c < p
            one, two, three = first, first + before, first + below + 1
            inner[p], diagonal[p] = two, first + below
            for k in range(starts[j], starts[j + 1]):
                c = place[indices[k]]
                if c < own_first:
                    at, one = one, one + 1
                elif c < p:
                    at, two = two, two + 1
                elif c > p:
                    at, three = three, three + 1
                else:
                    at = first + below
                column[at], source[at] = c, k
            if sorted_blocks[number]:
                order = np.argsort(column[first:last])
                column[first:last], source[first:last] = column[first:last][order], source[first:last][order]
            for k in range(first, last):
                values[k] = turned[column[k]] * data[source[k]]
    return start, column, source, inner, diagonal, values


@njit(cache=True)
def weighed(factors, start, index, data):
    """Return C B for a dense C and a B by columns; (indicators, processes)."""
    result = np.zeros((len(factors), len(start) - 1))
    for r in range(len(factors)):
        for j in range(len(start) - 1):
            total = 0.0
            for k in range(start[j], start[j + 1]):
                total += factors[r, index[k]] * data[k]
            result[r, j] = total
    return result


@njit(cache=True)
def same_entries(row, column, value, other_row, other_column, other_value):
    """Whether two lists of coordinates and numbers are equal bit by bit; numbers are given as integers."""
    difference = 0
    for k in range(len(row)):
        difference |= (row[k] ^ other_row[k]) | (column[k] ^ other_column[k]) | (value[k] ^ other_value[k])
    return difference == 0


@njit(cache=True)
def checksum(words):
    """Return a 64-bit sum of 64-bit words: any one changed word changes it, others but by chance.

    Each of four lanes takes a word by exclusive or, multiplies by an odd number (2⁶⁴ / golden ratio) and rotates: every
    step is one-to-one in the word and in the lane.
    """
    factor = np.uint64(0x9E3779B97F4A7C15)
    high, low = np.uint64(31), np.uint64(33)
    a, b, c, d = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    for k in range(len(words) // 4):
        a = (a ^ words[4 * k]) * factor
        b = (b ^ words[4 * k + 1]) * factor
        c = (c ^ words[4 * k + 2]) * factor
        d = (d ^ words[4 * k + 3]) * factor
        a, b = (a << high) | (a >> low), (b << high) | (b >> low)
        c, d = (c << high) | (c >> low), (d << high) | (d >> low)
    for k in range(len(words) // 4 * 4, len(words)):
        a = (a ^ words[k]) * factor
        a = (a << high) | (a >> low)
    for lane in (b, c, d, np.uint64(len(words))):
        a = (a ^ lane) * factor
        a = (a << high) | (a >> low)
    return a


@njit(cache=True)
def coordinate_error(row, column, value, wanted, intensity):
    """Return the largest backward error of Aᵀ λ = wanted, summed over coordinates in the order given."""
    total, size = np.zeros(len(wanted)), np.abs(wanted)
    for k in range(len(row)):
        term = value[k] * intensity[row[k]]
        total[column[k]] += term
        size[column[k]] += abs(term)
    worst = 0.0
    for j in range(len(wanted)):
        if wanted[j] != total[j]:
            ratio = abs(wanted[j] - total[j]) / size[j]
            if not ratio <= worst:
                worst = ratio if ratio == ratio else np.inf
    return worst
