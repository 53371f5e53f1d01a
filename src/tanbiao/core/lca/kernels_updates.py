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

from tanbiao.core.lca.reach import eliminated

eliminate = njit(cache=True, error_model="numpy")(eliminated)


@njit(cache=True, inline="always")
def total(begin, end, column, values, x, r):
    """Σ values[k] · x[r, column[k]]."""
    result = 0.0
    for k in range(begin, end):
        result += values[k] * x[r, column[k]]
    return result


@njit(cache=True, inline="always")
def larger(rest, burden, known, begin, end, column, values, x, r, worst):
    """The larger of ``worst`` and a row's backward error |rest| / (|burden| + Σ |value · x|); infinite for NaN."""
    # The size is at least |burden| and one known term: often that settles it, and the others need not be added up.
    if abs(rest) <= worst * (abs(burden) + abs(known)):
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
def solved(first, last, factors, b, r, x, y):
    """x[:, r] = M⁻¹ b[:, r] for the loop of rows ``first … last − 1``; ``y`` is a buffer of that length."""
    given, found, scale, across, lower_start, lower_row, lower, upper_start, upper_row, upper = factors
    size = last - first
    for i in range(size):
        p = given[first + i]
        y[i] = scale[first + p] * b[p, r]
    # By columns: what is 0 is passed over, and an edit begins with one number.
    for i in range(size):
        own = y[i]
        if own != 0.0:
            for k in range(lower_start[first + i], lower_start[first + i + 1]):
                y[lower_row[k]] -= lower[k] * own
    for i in range(size - 1, -1, -1):
        if y[i] != 0.0:
            end = upper_start[first + i + 1] - 1
            own = y[i] / upper[end]
            y[i] = own
            for k in range(upper_start[first + i], end):
                y[upper_row[k]] -= upper[k] * own
    for i in range(size):
        p = found[first + i]
        x[p, r] = across[first + p] * y[i]


@njit(cache=True, error_model="numpy")
def advance(first, last, rows, users, flags, edited, wanted, x, result, kept, worst, flooded):
    """Substitute the marked rows of a run again, mark what uses a product that changed; return kept's new count.

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
    kept
        Places that were changed and what x had there, and how many there are.
    worst
        (1,) largest backward error so far.
    flooded
        Whether all rows from here on are marked already.
    """
    start, column, values, product = rows
    user_start, user = users
    place, old, count = kept
    by_eight = flags.view(np.uint64)
    slot, largest = 0, worst[0]
    p = next_marked(first, last, flags, by_eight)
    while p < last:
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
            old[count, r] = x[r, p]
            if now != x[r, p]:
                changed = True
                x[r, p] = now
                result[r, product[p]] = now
        if changed:
            place[count] = p
            count += 1
            if not flooded:
                for k in range(user_start[p], user_start[p + 1]):
                    flags[user[k]] = 1
        p = next_marked(p + 1, last, flags, by_eight)
    worst[0] = largest
    return count


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
def weighed(first, own, rows, edited, answers, before, right, others, condition, limit):
    """right = w of ``(I + Uᵀ Z) w = right − Uᵀ before`` for the edits ``own`` of a loop; whether each pivot is fine.

    ``answers`` holds Z, a row for each of them; ``before`` counts where ``others`` than edited rows lack something.
    """
    start, column, values, _ = rows
    count, size = len(own), answers.shape[1]
    capacity, growth = np.eye(count), np.ones(count)
    for row in range(count):
        slot = own[row]
        p = edited[0][slot]
        for part in range(2):
            begin, end = (edited[1][slot], edited[1][slot + 1]) if part == 0 else (start[p], start[p + 1])
            for k in range(begin, end):
                place = edited[2][k] if part == 0 else column[k]
                amount = edited[3][k] if part == 0 else -values[k]
                if place < first or place >= first + size:
                    continue
                for at in range(count):
                    term = answers[at, place - first] * amount
                    capacity[row, at] += term
                    growth[row] += abs(term)
                if others:
                    for r in range(right.shape[1]):
                        right[row, r] -= amount * before[place - first, r]
    return eliminate(capacity, right, growth, condition, limit)


@njit(cache=True, error_model="numpy")
def stepped(first, last, rows, factors, flags, edited, own, answers, wanted, x, condition, limit):
    """Return whether every pivot is clearly positive, and what the intensities of a loop change by; (rows, R)."""
    size, count = last - first, x.shape[0]
    rest, step, buffer = np.empty((size, count)), np.zeros((size, count)), np.empty(size)
    others = remainders(first, last, rows, flags, edited, wanted, x, rest)
    right = np.empty((len(own), count))
    for row in range(len(own)):
        p = edited[0][own[row]] - first
        right[row] = rest[p]
        rest[p] = 0.0
    if others:
        for r in range(count):
            solved(first, last, factors, rest, r, step, buffer)
    if not weighed(first, own, rows, edited, answers, step, right, others, condition, limit):
        return False, step
    for row in range(len(own)):
        for r in range(count):
            for i in range(size):
                step[i, r] += answers[row, i] * right[row, r]
    return True, step


@njit(cache=True, error_model="numpy")
def corrected(first, last, rows, users, diagonal, flags, edited, wanted, x, result, step, kept, worst, flooded):
    """Add ``step`` to a loop's intensities, mark who uses them beyond it, and measure the loop's true residual.

    Other parameters and what is returned: see :func:`advance`.
    """
    start, column, values, product = rows
    user_start, user = users
    place, old, count = kept
    for p in range(first, last):
        place[count] = p
        for r in range(x.shape[0]):
            old[count, r] = x[r, p]
            x[r, p] += step[p - first, r]
            result[r, product[p]] = x[r, p]
        count += 1
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
                largest = larger(rest, burden, 0.0, begin, end, edited[2], edited[3], x, r, largest)
            else:
                rest = wanted[r, p] - total(start[p], start[p + 1], column, values, x, r)
                known = values[diagonal[p]] * x[r, p]
                largest = larger(rest, wanted[r, p], known, start[p], start[p + 1], column, values, x, r, largest)
    worst[0] = largest
    return count


@njit(cache=True, error_model="numpy")
def passed(edits, base, factors, wanted, x, nominal, limits):
    """Pass edits on along the order of the system.

    Parameters
    ----------
    edits
        ``place, start, product, amount``: the edited rows by place, their columns one after another; ``burden``
        (edits, R); ``answers, begin``: for those inside a loop its responses, one after another, and where they begin.
    base
        ``rows, users, diagonal, place_of_product, sign, edges, kinds`` of ``responses.Responses``.
    factors
        See ``responses.Factors``.
    wanted, x
        (R, places) burdens and intensities of the base in the order of the rows; x is as it was in the end.
    nominal
        (R, products) intensities of the base.
    limits
        Entries of a row, condition of the base, its limit with the growth by the edits, a backward error not to be told
        from less, the largest one.

    Returns
    -------
    ``state, result``: 0 for an answer, 1 where a row uses what stands behind it or is too long for its residual to be
    known beforehand, 2 where one has lost its reference, gives a credit or has no clearly positive pivot, or where a
    residual is above the limit; (R, products) intensities of the edited system.
    """
    places, begins, product, amount, burden, answers, answer_begin = edits
    rows, users, diagonal, place_of_product, sign, edges, kinds = base
    longest, condition, most, least, limit = limits
    state, block, column, values = placed(
        places, begins, product, amount, place_of_product, sign, edges, kinds, rows, most / condition
    )
    if state == 0 and np.max(begins[1:] - begins[:-1]) > longest:
        state = 1
    if state != 0:
        return state, np.empty((0, 0))
    edited = places, begins, column, values, burden
    result, count, flooded = nominal.copy(), 0, False
    place, old, worst = np.empty(len(diagonal), np.uint32), np.empty((len(diagonal), x.shape[0])), np.array([least])
    flags = np.zeros((len(diagonal) + 7) // 8 * 8, np.uint8)
    by_eight = flags.view(np.uint64)
    flags[places] = 1
    for number in range(block[0], len(kinds)):
        first, last = edges[number], edges[number + 1]
        own = rows, users, flags, edited, wanted, x, result
        if next_marked(first, last, flags, by_eight) >= last:
            continue
        kept = place, old, count
        if kinds[number] == 0:
            count = advance(first, last, *own, kept, worst, flooded)
            continue
        chosen = np.flatnonzero(block == number)
        responses = np.empty((len(chosen), last - first))
        for row in range(len(chosen)):
            at = answer_begin[chosen[row]]
            responses[row] = answers[at : at + last - first]
        fine, step = stepped(first, last, rows, factors, flags, edited, chosen, responses, wanted, x, condition, most)
        if not fine:
            state = 2
            break
        # A loop that supplies much of what follows: solving all of it again is cheaper than marking.
        if not flooded and 4 * (users[0][last] - users[0][first]) > rows[0][-1] - rows[0][last]:
            flooded = True
            flags[last:] = 1
        count = corrected(
            first, last, rows, users, diagonal, flags, edited, wanted, x, result, step, kept, worst, flooded
        )
    for i in range(count):
        for r in range(x.shape[0]):
            x[r, place[i]] = old[i, r]
    return state if worst[0] <= limit else 2, result


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
                worst = larger(rest, wanted[r, j], 0.0, start[j], start[j + 1], row, value, intensities, r, worst)
                if not worst < np.inf:
                    return np.inf
    return worst
