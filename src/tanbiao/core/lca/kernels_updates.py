"""Compiled kernels of updates: an edit passed on to what it reaches, one response, the residual of an edited system.

Rows are the equations of the adjoint, suppliers first, and ``column`` the places of the entries' products; in a row
outside the loops the reference comes last. Indices are unsigned and loops plain ranges: then the compiler asks for
no negative index (measured: three times as fast as four sums side by side in a ``while`` loop).
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, inline="always")
def total(begin, end, column, values, x, r):
    """Σ values[k] · x[r, column[k]]."""
    result = 0.0
    for k in range(begin, end):
        result += values[k] * x[r, column[k]]
    return result


@njit(cache=True, inline="always")
def larger(rest, burden, begin, end, column, values, x, r, worst):
    """The larger of ``worst`` and a row's backward error |rest| / (|burden| + Σ |value · x|); infinite for NaN."""
    # The size is at least |burden|: often that settles it, and the terms need not be added up.
    if abs(rest) <= worst * abs(burden):
        return worst
    size = abs(burden)
    for k in range(begin, end):
        size += abs(values[k] * x[r, column[k]])
    if abs(rest) <= worst * size:
        return worst
    error = abs(rest) / size
    return error if error < np.inf else np.inf


@njit(cache=True, error_model="numpy")
def placed(place, start, product, amount, place_of_product, sign, edges, kinds, rows, most):
    """Lay edited columns out as rows, and look whether they can be passed on.

    Parameters
    ----------
    place, start, product, amount
        The edited rows by place; their columns, one after another.
    place_of_product, sign, edges, kinds, rows
        See ``responses.Responses``.
    most
        Above this (1 + growth) / pivot of a row outside the loops the full tests decide.

    Returns
    -------
    ``state, block, column, values``: 0 to pass on, 1 where a row uses what stands behind it, 2 where one has lost its
    reference, gives a credit or has no clearly positive pivot; the block of each row; entries, the reference last.
    """
    column, values = np.empty(len(product), np.uint32), np.empty(len(product))
    block = np.empty(len(place), np.int64)
    state, number = 0, 0
    for slot in range(len(place)):
        p, end = place[slot], start[slot + 1] - 1
        while edges[number + 1] <= p:
            number += 1
        block[slot] = number
        last = p if kinds[number] == 0 else edges[number + 1] - 1
        at, found = start[slot], False
        for k in range(start[slot], end + 1):
            q = place_of_product[product[k]]
            signed = sign[product[k]] * amount[k]
            if q == p:
                found = signed > 0.0
                column[end], values[end] = q, amount[k]
                continue
            if signed > 0.0 or at == end:
                return 2, block, column, values
            if q > last:
                state = 1
            column[at], values[at] = q, amount[k]
            at += 1
        if not found:
            return 2, block, column, values
        if kinds[number] == 0:
            # Among the rows that it may use, the response of such a row is its own product alone.
            pivot = values[end] / rows[2][rows[0][p + 1] - 1]
            if not (pivot > 0.0 and (2.0 + pivot) / pivot <= most):
                return 2, block, column, values
    return state, block, column, values


@njit(cache=True, inline="always")
def next_marked(p, last, flags, by_eight):
    """The first marked row from ``p``, or one that is not below ``last``."""
    while p < last and flags[p] == 0:
        p += 8 if p % 8 == 0 and by_eight[p // 8] == 0 else 1
    return p


@njit(cache=True, error_model="numpy")
def advance(number, edges, kinds, rows, users, flags, edited, wanted, x, result, worst, flooded):
    """Substitute the marked rows again, block by block from ``number``, and mark what uses a product that changed.

    Parameters
    ----------
    rows, users
        See ``responses.Rows`` and ``responses.Users``.
    flags
        (places,) bytes, 1 where a row must be looked at; their number is a multiple of 8.
    edited
        See ``reach.Edited``.
    wanted, x
        (R, places) burdens and intensities in the order of the rows; ``x`` is changed.
    result
        (R, products) the intensities again, changed alike.
    worst
        (1,) largest backward error so far.
    flooded
        Whether all rows from ``number`` on are marked already.

    Returns
    -------
    The first block from ``number`` that is a loop with a marked row, else the number of blocks.
    """
    start, column, values, product = rows
    user_start, user = users
    by_eight = flags.view(np.uint64)
    slot, largest = 0, worst[0]
    while number < len(kinds):
        last = edges[number + 1]
        p = next_marked(edges[number], last, flags, by_eight)
        while p < last:
            if kinds[number] != 0:
                worst[0] = largest
                return number
            while slot < len(edited[0]) and edited[0][slot] < p:
                slot += 1
            is_edited = slot < len(edited[0]) and edited[0][slot] == p
            end = start[p + 1] - 1
            changed = False
            for r in range(x.shape[0]):
                if is_edited:
                    own, after = edited[3][edited[1][slot + 1] - 1], edited[1][slot + 1] - 1
                    rest = edited[4][slot, r] - total(edited[1][slot], after, edited[2], edited[3], x, r)
                else:
                    own = values[end]
                    rest = wanted[r, p] - total(start[p], end, column, values, x, r)
                now = rest / own
                # The sum is as exact as its rounding; what the division leaves is measured, and catches NaN.
                left = abs(rest - own * now)
                if not left <= largest * abs(rest):
                    error = left / abs(rest)
                    largest = error if error < np.inf else np.inf
                if now != x[r, p]:
                    changed = True
                    x[r, p] = now
                    result[r, product[p]] = now
            if changed and not flooded:
                for k in range(user_start[p], user_start[p + 1]):
                    flags[user[k]] = 1
            p = next_marked(p + 1, last, flags, by_eight)
        number += 1
    worst[0] = largest
    return number


@njit(cache=True, error_model="numpy")
def remainders(first, last, rows, flags, edited, wanted, x, rest):
    """rest = what the marked rows of a loop lack, 0 in the others; whether any but edited rows are marked."""
    start, column, values, _ = rows
    others, slot = False, 0
    for p in range(first, last):
        while slot < len(edited[0]) and edited[0][slot] < p:
            slot += 1
        for r in range(x.shape[0]):
            if flags[p] == 0:
                rest[p - first, r] = 0.0
            elif slot < len(edited[0]) and edited[0][slot] == p:
                own = total(edited[1][slot], edited[1][slot + 1], edited[2], edited[3], x, r)
                rest[p - first, r] = edited[4][slot, r] - own
            else:
                rest[p - first, r] = wanted[r, p] - total(start[p], start[p + 1], column, values, x, r)
                others = True
    return others


@njit(cache=True, error_model="numpy")
def corrected(first, last, rows, users, flags, edited, wanted, x, result, step, worst, flooded):
    """Add ``step`` to a loop's intensities, mark who uses them beyond it, and measure the loop's true residual."""
    start, column, values, product = rows
    user_start, user = users
    for p in range(first, last):
        for r in range(x.shape[0]):
            x[r, p] += step[p - first, r]
            result[r, product[p]] = x[r, p]
        k = user_start[p + 1]
        while not flooded and k > user_start[p] and user[k - 1] >= last:
            flags[user[k - 1]] = 1
            k -= 1
    slot, largest = 0, worst[0]
    for p in range(first, last):
        while slot < len(edited[0]) and edited[0][slot] < p:
            slot += 1
        for r in range(x.shape[0]):
            if slot < len(edited[0]) and edited[0][slot] == p:
                begin, end, burden = edited[1][slot], edited[1][slot + 1], edited[4][slot, r]
                rest = burden - total(begin, end, edited[2], edited[3], x, r)
                largest = larger(rest, burden, begin, end, edited[2], edited[3], x, r, largest)
            else:
                rest = wanted[r, p] - total(start[p], start[p + 1], column, values, x, r)
                largest = larger(rest, wanted[r, p], start[p], start[p + 1], column, values, x, r, largest)
    worst[0] = largest


@njit(cache=True, error_model="numpy")
def run_on(first, last, rows, x):
    """Solve rows ``first … last − 1``, whose right side is 0, on what is known in x; (1, places)."""
    start, column, values, _ = rows
    for p in range(first, last):
        end = start[p + 1] - 1
        x[0, p] = -total(start[p], end, column, values, x, 0) / values[end]


@njit(cache=True)
def supplied(first, last, inner, rows, x, b):
    """b = − what earlier blocks supply to rows ``first … last − 1``; whether anything but zero."""
    start, column, values, _ = rows
    anything = False
    for p in range(first, last):
        b[p - first] = -total(start[p], inner[p], column, values, x, 0)
        anything = anything or b[p - first] != 0.0
    return anything


@njit(cache=True, error_model="numpy")
def column_error(start, row, value, skipped, wanted, intensities, least):
    """Return the largest backward error of Aᵀ λ = wanted over the columns of A that are not skipped, or ``least``."""
    worst = least
    for r in range(len(wanted)):
        for j in range(len(start) - 1):
            if not skipped[j]:
                rest = wanted[r, j] - total(start[j], start[j + 1], row, value, intensities, r)
                worst = larger(rest, wanted[r, j], start[j], start[j + 1], row, value, intensities, r, worst)
                if not worst < np.inf:
                    return np.inf
    return worst
