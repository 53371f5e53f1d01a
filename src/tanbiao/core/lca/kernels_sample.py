"""Compiled loops around the draws of a large system: burdens of eight samples, and storing by product.

Importing this module imports numba; :mod:`tanbiao.core.lca.montecarlo` does so for large systems only and has the same
operations in NumPy for the others.
"""

# numba's decorator has no types, and array arguments are typed where they are made.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-any-return, misc, no-untyped-call"

from __future__ import annotations

from numba import njit

LANES = 8


@njit(cache=True, nogil=True, error_model="numpy")
def burdens(start, gas, process, factor, emitted, right):
    """right[p, r] = Σ factor[r, gas] · emitted over the emissions of process[p], one after another."""
    for p in range(len(process)):
        j = process[p]
        for r in range(right.shape[1]):
            target = right[p, r]
            for g in range(LANES):
                target[g] = 0.0
            for k in range(start[j], start[j + 1]):
                weight, amount = factor[r, gas[k]], emitted[k]
                for g in range(LANES):
                    target[g] += weight[g] * amount[g]


@njit(cache=True, nogil=True, error_model="numpy")
def store(solution, product, turned, first, values):
    """values[product[p], r, first + g] = turned[p] · solution[p, r, g]."""
    for p in range(len(product)):
        for r in range(solution.shape[1]):
            target, own = values[product[p], r], solution[p, r]
            for g in range(LANES):
                target[first + g] = turned[p] * own[g]
