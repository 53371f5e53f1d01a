"""Compiled kernels of updates: an edit passed on to what it reaches, one response, the residual of an edited system.

Rows are the equations of the adjoint, suppliers first, and ``column`` the places of what each uses. They are divided by
their reference, which is left out: a row outside the loops moves by ``δ_p = −Σ value · δ``, so that only entries that
an edit reaches are read. Indices are unsigned and loops plain ranges: then the compiler asks for no negative index
(measured: three times as fast as four sums side by side in a ``while`` loop).
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit

from tanbiao.core.lca.reach import eliminated

ROUNDING = 2.0**-53

eliminate = njit(cache=True, error_model="numpy")(eliminated)


@njit(cache=True, inline="always")
def total(begin, end, column, values, x, r):
    """Σ values[k] · x[r, column[k]]."""
    result = 0.0
    for k in range(begin, end):
        result += values[k] * x[r, column[k]]
    return result


@njit(cache=True, inline="always")
def larger(rest, known, begin, end, column, values, x, r, worst):
    """The larger of ``worst`` and a row's backward error |rest| / (|known| + Σ |value · x|); infinite for NaN."""
    # The size is at least the known term: often that settles it, and the others need not be added up.
    if abs(rest) <= worst * abs(known):
        return worst
    size = abs(known)
    for k in range(begin, end):
        size += abs(values[k] * x[r, column[k]])
    if abs(rest) <= worst * size:
        return worst
    error = abs(rest) / size
    return error if error < np.inf else np.inf


@njit(cache=True, inline="always")
def shrunk(before, step, now, most):
    """The larger of ``most`` and by how much a figure is smaller than what it was or moved by; infinite for NaN."""
    size = max(abs(before), abs(step))
    if size <= most * abs(now):
        return most
    ratio = size / abs(now)
    return ratio if ratio < np.inf else np.inf


@njit(cache=True, error_model="numpy")
def placed(place, start, product, amount, place_of_product, sign, edges, kinds, diagonal, most):
    """Lay edited columns out as rows, and look whether they can be passed on.

    Parameters
    ----------
    place, start, product, amount
        The edited rows by place; their columns, one after another.
    place_of_product, sign, edges, kinds, diagonal
        See ``responses.Responses``.
    most
        Above this (1 + growth) / pivot of a row outside the loops the full tests decide.

    Returns
    -------
    ``state, block, column, own``: 0 to pass on, 1 where a row uses what stands behind it, 2 where one has lost its
    reference, gives a credit or has no clearly positive pivot; the block of each row; the place of each entry's
    product, −2 at the row's reference; the amount of that.
    """
    column, own = np.empty(len(product), np.int64), np.empty(len(place))
    block = np.empty(len(place), np.int64)
    state, number = 0, 0
    for slot in range(len(place)):
        p, found = place[slot], False
        while edges[number + 1] <= p:
            number += 1
        block[slot] = number
        last = p if kinds[number] == 0 else edges[number + 1] - 1
        for k in range(start[slot], start[slot + 1]):
            q = place_of_product[product[k]]
            signed = sign[product[k]] * amount[k]
            if q == p:
                found, own[slot], column[k] = signed > 0.0, amount[k], -2
                continue
            if signed > 0.0:
                return 2, block, column, own
            if q > last:
                state = 1
            column[k] = q
        if not found:
            return 2, block, column, own
        if kinds[number] == 0:
            # Among the rows that it may use, the response of such a row is its own product alone.
            pivot = own[slot] / diagonal[p]
            if not (pivot > 0.0 and (2.0 + pivot) / pivot <= most):
                return 2, block, column, own
    return state, block, column, own


@njit(cache=True, inline="always")
def used(slot, edited, nominal, d, r):
    """What an edited row uses of the others, and the sum of the sizes: Σ amount · λ, Σ |amount · λ|."""
    _, start, product, amount, column = edited[:5]
    result, size = 0.0, 0.0
    for k in range(start[slot], start[slot + 1]):
        q = column[k]
        if q != -2:
            term = amount[k] * (nominal[r, product[k]] + d[r, q])
            result += term
            size += abs(term)
    return result, size


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
def swept(first, last, rows, x, d, result, ratio):
    """Move all rows of a run, none of them edited; parameters as :func:`advance`."""
    start, column, values, _, product = rows
    most = ratio[0]
    for r in range(x.shape[0]):
        for p in range(first, last):
            step = -total(start[p], start[p + 1], column, values, d, r)
            now = x[r, p] + step
            d[r, p] = step
            result[r, product[p]] = now
            most = shrunk(x[r, p], step, now, most)
    ratio[0] = most


@njit(cache=True, error_model="numpy")
def advance(first, last, rows, users, flags, edited, nominal, x, d, result, touched, ratio, flooded):
    """Move the marked rows of a run, and mark what uses a product that changed.

    Parameters
    ----------
    rows, users
        See ``responses.Rows`` and ``responses.Users``.
    flags
        (places,) bytes, 1 where a row must be looked at; their number is a multiple of 8.
    edited
        See :func:`passed`.
    nominal, x
        (R, products), (R, places) intensities of the base, the second in the order of the rows.
    d, result
        What they move by, in the order of the rows, and what they become, (R, products); both are written.
    touched
        Places that were moved, and (1,) how many there are.
    ratio
        (1,) by how much a figure has shrunk at most; see :func:`shrunk`.
    flooded
        Whether all rows from here on are marked already.
    """
    start, column, values, _, product = rows
    user_start, user = users
    by_eight = flags.view(np.uint64)
    slot, most = 0, ratio[0]
    p = next_marked(first, last, flags, by_eight)
    while p < last:
        while slot < len(edited[0]) and edited[0][slot] < p:
            slot += 1
        is_edited = slot < len(edited[0]) and edited[0][slot] == p
        changed = False
        for r in range(x.shape[0]):
            if is_edited:
                now = (edited[6][slot, r] - used(slot, edited, nominal, d, r)[0]) / edited[5][slot]
                step = now - x[r, p]
            else:
                step = -total(start[p], start[p + 1], column, values, d, r)
                now = x[r, p] + step
            if now != x[r, p]:
                changed = True
                d[r, p] = step
                result[r, product[p]] = now
                most = shrunk(x[r, p], step, now, most)
        if changed and not flooded:
            touched[0][touched[1][0]] = p
            touched[1][0] += 1
            for k in range(user_start[p], user_start[p + 1]):
                flags[user[k]] = 1
        p = next_marked(p + 1, last, flags, by_eight)
    ratio[0] = most


@njit(cache=True, error_model="numpy")
def remainders(first, last, rows, flags, edited, nominal, d, rest):
    """rest = what the marked rows of a loop lack, 0 in the others; whether any but edited rows lack something."""
    start, column, values, diagonal, _ = rows
    others, slot = False, 0
    for p in range(first, last):
        while slot < len(edited[0]) and edited[0][slot] < p:
            slot += 1
        is_edited = slot < len(edited[0]) and edited[0][slot] == p
        for r in range(d.shape[0]):
            if is_edited:
                taken = used(slot, edited, nominal, d, r)[0]
                rest[p - first, r] = edited[6][slot, r] - taken - edited[5][slot] * nominal[r, rows[4][p]]
            elif flags[p] == 0:
                rest[p - first, r] = 0.0
            else:
                lacking = -diagonal[p] * total(start[p], start[p + 1], column, values, d, r)
                rest[p - first, r] = lacking
                others = others or lacking != 0.0
    return others


@njit(cache=True, error_model="numpy")
def gathered(
    begin, end, product, amounts, sign, row, first, place_of_product, answers, step, right, others, capacity, growth
):
    """Add what a column holds of a loop to an edit's row of ``I + Uᵀ Z`` and of the right side, ``sign`` times."""
    for k in range(begin, end):
        place = place_of_product[product[k]]
        amount = sign * amounts[k]
        if place < first or place >= first + answers.shape[1]:
            continue
        for at in range(len(capacity)):
            term = answers[at, place - first] * amount
            capacity[row, at] += term
            growth[row] += abs(term)
        if others:
            for r in range(right.shape[1]):
                right[row, r] -= amount * step[place - first, r]


@njit(cache=True, error_model="numpy")
def weighed(first, chosen, edited, columns, place_of_product, answers, step, right, others, limits):
    """right = w of ``(I + Uᵀ Z) w = right − Uᵀ step`` for the edits ``chosen`` of a loop; whether each pivot is fine.

    ``answers`` holds Z, a row for each of them; ``columns`` the technosphere and the process of each place; ``step``
    counts where ``others`` than edited rows lack something.
    """
    count = len(chosen)
    capacity, growth = np.eye(count), np.ones(count)
    places, start, product, amounts = edited[:4]
    old_start, old_product, old_amounts, process = columns
    for row in range(count):
        slot = chosen[row]
        j = process[places[slot]]
        own = row, first, place_of_product, answers, step, right, others, capacity, growth
        gathered(start[slot], start[slot + 1], product, amounts, 1.0, *own)
        gathered(old_start[j], old_start[j + 1], old_product, old_amounts, -1.0, *own)
    return eliminate(capacity, right, growth, limits[1], limits[2])


@njit(cache=True, error_model="numpy")
def stepped(first, last, rows, factors, flags, edited, columns, place_of_product, chosen, answers, nominal, d, limits):
    """Return whether every pivot is clearly positive, and what the intensities of a loop change by; (rows, R)."""
    size, count = last - first, d.shape[0]
    rest, step, buffer = np.empty((size, count)), np.zeros((size, count)), np.empty(size)
    others = remainders(first, last, rows, flags, edited, nominal, d, rest)
    right = np.empty((len(chosen), count))
    for row in range(len(chosen)):
        p = edited[0][chosen[row]] - first
        right[row] = rest[p]
        rest[p] = 0.0
    if others:
        for r in range(count):
            solved(first, last, factors, rest, r, step, buffer)
    if not weighed(first, chosen, edited, columns, place_of_product, answers, step, right, others, limits):
        return False, step
    for row in range(len(chosen)):
        for r in range(count):
            for i in range(size):
                step[i, r] += answers[row, i] * right[row, r]
    return True, step


@njit(cache=True, error_model="numpy")
def corrected(first, last, rows, users, flags, edited, nominal, x, d, result, step, touched, worst, ratio, flooded):
    """Add ``step`` to a loop's intensities, mark who uses them beyond it, and measure the loop's true residual.

    Other parameters: see :func:`advance`; ``worst``: (1,) largest backward error so far.
    """
    start, column, values, _, product = rows
    user_start, user = users
    most = ratio[0]
    for p in range(first, last):
        for r in range(x.shape[0]):
            now = x[r, p] + step[p - first, r]
            d[r, p] = step[p - first, r]
            result[r, product[p]] = now
            most = shrunk(x[r, p], step[p - first, r], now, most)
        if not flooded:
            touched[0][touched[1][0]] = p
            touched[1][0] += 1
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
                taken, size = used(slot, edited, nominal, d, r)
                own, burden = edited[5][slot] * result[r, product[p]], edited[6][slot, r]
                error = abs(burden - taken - own) / (abs(burden) + size + abs(own))
                if not error <= largest and size + abs(own) + abs(burden) > 0.0:
                    largest = error if error < np.inf else np.inf
            else:
                rest = d[r, p] + total(start[p], start[p + 1], column, values, d, r)
                largest = larger(rest, d[r, p], start[p], start[p + 1], column, values, d, r, largest)
    worst[0], ratio[0] = largest, most


@njit(cache=True, error_model="numpy")
def moved(edits, base, factors, edited, block, nominal, x, d, touched, limits):
    """Move what edits reach; see :func:`passed`.

    Returns
    -------
    ``fine, flooded, result, worst, ratio``: whether each pivot is clearly positive; whether more than ``touched`` was
    moved; the intensities; the largest backward error of a loop; by how much a figure has shrunk at most.
    """
    answers, answer_begin = edits
    rows, users, place_of_product, _, edges, kinds, columns, _ = base
    size, flooded = len(rows[3]), False
    result = nominal.copy()
    worst, ratio = np.array([limits[3]]), np.ones(1)
    flags = np.zeros((size + 7) // 8 * 8, np.uint8)
    by_eight = flags.view(np.uint64)
    flags[edited[0]] = 1
    for number in range(block[0], len(kinds)):
        first, last = edges[number], edges[number + 1]
        if next_marked(first, last, flags, by_eight) >= last:
            continue
        if kinds[number] == 0:
            if flooded and number > block[-1]:
                swept(first, last, rows, x, d, result, ratio)
            else:
                advance(first, last, rows, users, flags, edited, nominal, x, d, result, touched, ratio, flooded)
            continue
        chosen = np.flatnonzero(block == number)
        responses = np.empty((len(chosen), last - first))
        for row in range(len(chosen)):
            at = answer_begin[chosen[row]]
            responses[row] = answers[at : at + last - first]
        own = flags, edited, columns, place_of_product, chosen, responses, nominal, d, limits
        fine, step = stepped(first, last, rows, factors, *own)
        if not fine:
            return False, flooded, result, worst[0], ratio[0]
        # A loop that supplies much of what follows: solving all of it again is cheaper than marking.
        if not flooded and 4 * (users[0][last] - users[0][first]) > users[0][size] - users[0][last]:
            flooded = True
            flags[last:] = 1
        at = rows, users, flags, edited, nominal, x, d, result, step, touched, worst, ratio, flooded
        corrected(first, last, *at)
    return True, flooded, result, worst[0], ratio[0]


@njit(cache=True, error_model="numpy")
def passed(edits, base, factors, nominal, x, space, limits):
    """Pass edits on along the order of the system.

    Parameters
    ----------
    edits
        ``place, start, product, amount``: the edited rows by place, their columns one after another; ``burden``
        (edits, R); ``answers, begin``: for those inside a loop its responses, one after another, and where they begin.
    base
        ``rows, users, place_of_product, sign, edges, kinds`` of ``responses.Responses``, the technosphere by columns
        with the process of each place, and the entries of the longest row.
    factors
        See ``responses.Factors``.
    nominal
        (R, products) intensities of the base.
    x
        (R, places) the same in the order of the rows.
    space
        (R, places) zeros, as they are again in the end; (places,) room.
    limits
        Entries of a row, condition of the base, its limit with the growth by the edits, a backward error not to be told
        from less, the largest one, the base's own.

    Returns
    -------
    ``state, result``: 0 for an answer, 1 where a row uses what stands behind it, is too long for its residual to be
    known beforehand or the residual may be above the limit, 2 where one has lost its reference, gives a credit or has
    no clearly positive pivot; (R, products) intensities of the edited system.
    """
    places, begins, product, amount, burden, answers, answer_begin = edits
    rows, _, place_of_product, sign, edges, kinds, _, longest = base
    state, block, column, own = placed(
        places, begins, product, amount, place_of_product, sign, edges, kinds, rows[3], limits[2] / limits[1]
    )
    entries = max(longest, np.max(begins[1:] - begins[:-1]))
    if state == 0 and entries > limits[0]:
        state = 1
    if state != 0:
        return state, np.empty((0, 0))
    edited = places, begins, product, amount, column, own, burden
    d, room = space
    touched = room, np.zeros(1, np.int64)
    fine, flooded, result, worst, ratio = moved(
        (answers, answer_begin), base, factors, edited, block, nominal, x, d, touched, limits
    )
    if flooded or not fine:
        d[:] = 0.0
    for k in range(touched[1][0]):
        for r in range(d.shape[0]):
            d[r, room[k]] = 0.0
    if not fine:
        return 2, result
    # A row that is not edited keeps its residual, measured against figures that may have shrunk; moving it adds the
    # rounding of its sum (Higham 2002, lemma 8.2), of its division and of its figures.
    rounding = (entries + 8) * ROUNDING
    bound = ratio * (limits[5] + max(worst, rounding)) + 4 * ROUNDING
    return (0 if bound <= limits[4] else 1), result


@njit(cache=True, error_model="numpy")
def run_on(first, last, rows, x):
    """Solve rows ``first … last − 1``, whose right side is 0, on what is known in x; (1, places)."""
    start, column, values, _, _ = rows
    for p in range(first, last):
        x[0, p] = -total(start[p], start[p + 1], column, values, x, 0)


@njit(cache=True, error_model="numpy")
def supplied(first, last, rows, x, b):
    """b = − what earlier blocks supply to rows ``first … last − 1``, whose x is 0; whether anything but zero."""
    start, column, values, diagonal, _ = rows
    anything = False
    for p in range(first, last):
        b[p - first] = -diagonal[p] * total(start[p], start[p + 1], column, values, x, 0)
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
