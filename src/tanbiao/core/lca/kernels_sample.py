"""One compiled pass over a group of eight samples: draw, solve, store.

A row is drawn just before it is needed: what lies outside the loops is used once and never leaves the processor's own
cache, so a sample costs little more than its random numbers. The operations and their order are those of
:mod:`tanbiao.core.lca.montecarlo` and :mod:`tanbiao.core.lca.kernels`, so the bits are the same. Importing this module
imports numba, which is done for large systems only.
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit

from tanbiao.core.lca.kernels import solve
from tanbiao.core.lca.kernels_eight import known_eight, substitute_eight
from tanbiao.core.lca.kernels_proof import proven
from tanbiao.core.lca.kernels_refine import refine
from tanbiao.core.lca.lanes import read, spread, write
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
def _drawn(first, last, layout, draws, shares, factor, block, keys, base, values, emitted, right, count):
    """Draw the entries of rows first … last − 1 (from entry ``base`` on) and add up their burdens."""
    technosphere, emissions, emission_start, gas = draws
    start = layout[2]
    rows(technosphere, start[first], start[last], block, keys, base, values)
    lowest, gases = emission_start[first], len(factor) // count
    rows(emissions, lowest, emission_start[last], block, keys, lowest, emitted)
    fine = True
    for p in range(first, last):
        if shares[0][p] < shares[0][p + 1]:
            fine = _shared(shares, p, base, values) and fine
        for r in range(count):
            t = spread(0.0)
            for k in range(emission_start[p], emission_start[p + 1]):
                t = t + read(factor, r * gases + gas[k]) * read(emitted, k - lowest)
            write(right, p * count + r, t)
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
        Of the plan: its integers, and what the samples share.
    draws
        Tables of the plan's entries and of the emissions by place, where each place's emissions begin, their gases.
    shares
        Where the groups of each row begin, where each group's members begin, members, nominal sums.
    factor
        (R, gases, 8) drawn characterisation.
    limits
        Largest backward error of a row, first goal of an iteration, share of a row's size that counts as nothing.
    space
        Buffers: values of the plan's entries (only loops are written), of a piece, of a piece's emissions, right sides;
        x and failed, the results; buffers of the refinement.
    """
    blocks, kinds, start, emission_start = layout[0], layout[1], layout[2], draws[2]
    values, piece, emitted, right, x, failed, buffers = space
    count, limit, least = right.shape[1], limits[0], limits[2]
    flat_factor, flat_right, flat_x = factor.reshape(-1, LANES), right.reshape(-1, LANES), x.reshape(-1, LANES)
    unfinished, proved = np.zeros(LANES, np.bool_), np.zeros(LANES, np.bool_)
    fine = True
    for number in range(len(kinds)):
        begin, end = blocks[number], blocks[number + 1]
        run = kinds[number] == 0
        first = begin
        while first < end:
            last = _piece(first, end, start, emission_start, len(piece), len(emitted))
            base = start[first] if run else 0
            target = piece if run else values
            drawn = _drawn(
                first, last, layout, draws, shares, flat_factor, block, keys, base, target, emitted, flat_right, count
            )
            fine = drawn and fine
            if run:
                substitute_eight(first, last, layout, base, piece, flat_right, limit, flat_x, count, failed)
            first = last
        if kinds[number] == 2:
            known_eight(begin, end, layout, values, flat_right, flat_x, count)
            refine(
                begin,
                end,
                layout,
                values,
                around,
                flat_right,
                0,
                limit,
                flat_x,
                count,
                buffers,
                unfinished,
                least,
                proved,
            )
            # What is not proven, or not solved in a few steps, is left to the path that looks closer.
            failed |= unfinished | ~proved
        elif not run:
            solve(number, number + 1, layout, values, around, right, limit, limits[1], x, failed, lanes)
            failed |= ~proven(number, number + 1, layout, values, x, least, lanes)
    return fine


@njit(cache=True, nogil=True, error_model="numpy")
def store(solutions, product, turned, first, values):
    """values[product[p], r, first + 8 n + g] = turned[p] · solutions[n, p, r, g]."""
    for p in range(len(product)):
        for r in range(solutions.shape[2]):
            target = values[product[p], r]
            for n in range(len(solutions)):
                own, at = solutions[n, p, r], first + n * LANES
                for g in range(LANES):
                    target[at + g] = turned[p] * own[g]
