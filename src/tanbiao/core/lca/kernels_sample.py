"""One compiled pass over a group of eight samples: draw, solve, store.

A row is drawn just before it is needed: what lies outside the loops is used once and never leaves the processor's own
cache, so a sample costs little more than its random numbers. The operations and their order are those of
:mod:`tanbiao.core.lca.montecarlo` and :mod:`tanbiao.core.lca.kernels`, so the bits are the same. Importing this module
imports numba, which is done for large systems only.
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

from numba import njit

from tanbiao.core.lca.kernels import solve
from tanbiao.core.lca.kernels_eight import substitute_eight
from tanbiao.core.lca.kernels_proof import proven
from tanbiao.core.numerics.compiled import rows

LANES = 8


@njit(nogil=True, error_model="numpy")
def _shared(shares, p, base, values):
    """Scale the share groups of row p to their nominal sums; their members stand in the order of the group."""
    of_row, group_start, member, total = shares
    for number in range(of_row[p], of_row[p + 1]):
        for g in range(LANES):
            summed = 0.0
            for k in range(group_start[number], group_start[number + 1]):
                summed += values[member[k] - base, g]
            if not summed * total[number] > 0:
                return False
            factor = total[number] / summed
            for k in range(group_start[number], group_start[number + 1]):
                values[member[k] - base, g] *= factor
    return True


@njit(nogil=True, error_model="numpy")
def _drawn(first, last, layout, draws, shares, factor, block, keys, base, values, emitted, right):
    """Draw the entries of rows first … last − 1 (from entry ``base`` on) and add up their burdens."""
    technosphere, emissions, emission_start, gas = draws
    start = layout[2]
    rows(technosphere, start[first], start[last], block, keys, base, values)
    lowest = emission_start[first]
    rows(emissions, lowest, emission_start[last], block, keys, lowest, emitted)
    fine = True
    for p in range(first, last):
        if shares[0][p] < shares[0][p + 1]:
            fine = _shared(shares, p, base, values) and fine
        for r in range(right.shape[1]):
            for g in range(LANES):
                right[p, r, g] = 0.0
            for k in range(emission_start[p], emission_start[p + 1]):
                c = gas[k]
                for g in range(LANES):
                    right[p, r, g] += factor[r, c, g] * emitted[k - lowest, g]
    return fine


@njit(nogil=True, error_model="numpy")
def _piece(first, last, start, emission_start, entries, emissions):
    """Return the end of the rows from ``first`` that fit the buffers; a buffer holds the longest row."""
    end = first + 1
    while end < last and start[end + 1] - start[first] <= entries:
        if emission_start[end + 1] - emission_start[first] > emissions:
            break
        end += 1
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def group(layout, draws, shares, factor, block, keys, around, limits, space, lanes):
    """Draw and solve eight samples into x; return whether all shares could be scaled.

    Parameters
    ----------
    layout, around
        Of the plan: its integers, and the factors that the iteration goes by.
    draws
        Tables of the plan's entries and of the emissions by place, where each place's emissions begin, their gases.
    shares
        Where the groups of each row begin, where each group's members begin, members, nominal sums.
    factor
        (R, gases, 8) drawn characterisation.
    limits
        Largest backward error of a row, first goal of the iteration, share of a row's size that counts as nothing.
    space
        Buffers: values of the plan's entries (only loops are written), of a piece, of a piece's emissions, right sides;
        x and failed, the results.
    """
    blocks, kinds, start, emission_start = layout[0], layout[1], layout[2], draws[2]
    values, piece, emitted, right, x, failed = space
    fine = True
    for number in range(len(kinds)):
        begin, end = blocks[number], blocks[number + 1]
        first = begin
        while first < end:
            last = _piece(first, end, start, emission_start, len(piece), len(emitted))
            if kinds[number] == 0:
                base = start[first]
                fine = (
                    _drawn(first, last, layout, draws, shares, factor, block, keys, base, piece, emitted, right)
                    and fine
                )
                substitute_eight(first, last, layout, base, piece, right, limits[0], x, failed)
            else:
                fine = (
                    _drawn(first, last, layout, draws, shares, factor, block, keys, 0, values, emitted, right) and fine
                )
            first = last
        if kinds[number] != 0:
            solve(number, number + 1, layout, values, around, right, limits[0], limits[1], x, failed, lanes)
    # A value set whose loops are not proven productive is left to the path that looks closer.
    failed |= ~proven(layout, values, x, limits[2], lanes)
    return fine


@njit(cache=True, nogil=True, error_model="numpy")
def store(solution, product, turned, first, values):
    """values[product[p], r, first + g] = turned[p] · solution[p, r, g]."""
    for p in range(len(product)):
        for r in range(solution.shape[1]):
            target, own = values[product[p], r], solution[p, r]
            for g in range(LANES):
                target[first + g] = turned[p] * own[g]
