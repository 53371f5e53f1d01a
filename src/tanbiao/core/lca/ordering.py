"""In which sequence a system is solved, and by which solver each part: decided once, on the pattern alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tanbiao.core.lca.factors import SMALL_LOOP, ExactlySingular, hubs_last, minimum_degree
from tanbiao.core.lca.fill import fill_pattern
from tanbiao.core.lca.inputs import Integers, Matrix

RUN, LU, ITERATIVE, DENSE = 0, 1, 2, 3

# Project defaults, not official. LU of one value set above this work is slower than the iteration (measured).
LU_FLOPS = 1e7
LARGE_LOOP = 500
# Fewer stored entries than this are solved before a compiler would have started.
COMPILED_FROM = 20_000


@dataclass(frozen=True)
class Blocks:
    """The diagonal blocks of an ordered pattern and the LU pattern of those that are factorised."""

    edges: Integers
    kinds: Integers
    flops: tuple[float, ...]
    lu_start: Integers
    lu_column: Integers
    lu_diagonal: Integers


def order_within(pattern: Matrix, is_dense: bool) -> Integers:
    """Return the order in which the processes of one loop are eliminated.

    Small loops and dense tables stay as they are; else minimum degree, in large loops with the hubs last.
    """
    size = pattern.shape[0]
    own = np.arange(size)
    if size <= SMALL_LOOP or is_dense:
        return own
    try:
        order = hubs_last(pattern) if size >= LARGE_LOOP else None
        return minimum_degree(pattern) if order is None else order
    except ExactlySingular:
        return own


def fill(compiled: bool) -> Callable[..., tuple[Any, ...]]:
    """Return the symbolic factorisation, compiled where that pays."""
    if compiled:
        from tanbiao.core.lca.kernels import compiled_fill

        return compiled_fill
    return fill_pattern


@cache
def has_compiler() -> bool:
    """Whether the optional extra ``fast`` is installed."""
    from importlib.util import find_spec

    return find_spec("numba") is not None


def compiles(entries: int) -> bool:
    """Whether a system of so many stored entries is worth a compiler, and there is one."""
    return entries >= COMPILED_FROM and has_compiler()


def choose(
    edges: Integers,
    loops: list[bool],
    tables: list[bool],
    iterated: list[bool],
    start: Integers,
    inner: Integers,
    column: Integers,
) -> Blocks:
    """Choose a solver for each block of an ordered pattern; dense tables and iterated blocks are chosen already."""
    size = len(start) - 1
    symbolic = fill(compiles(len(column)))
    kinds = np.zeros(len(loops), dtype=np.int64)
    work = [0.0] * len(loops)
    lengths = np.zeros(size, dtype=np.int64)
    diagonal = np.zeros(size, dtype=np.int64)
    columns: list[Integers] = []
    stored = 0
    for number, (is_loop, is_table, is_iterated) in enumerate(zip(loops, tables, iterated, strict=True)):
        first, last = int(edges[number]), int(edges[number + 1])
        if not is_loop:
            continue
        if is_table:
            kinds[number], work[number] = DENSE, 2.0 / 3.0 * (last - first) ** 3
            continue
        if is_iterated:
            kinds[number], work[number] = ITERATIVE, np.inf
            continue
        own, own_start, own_diagonal, flops = symbolic(first, last, start, inner, column, LU_FLOPS)
        work[number] = flops
        if flops > LU_FLOPS:
            kinds[number] = ITERATIVE
            continue
        kinds[number] = LU
        columns.append(np.asarray(own) + first)
        lengths[first:last] = np.diff(own_start)
        diagonal[first:last] = own_diagonal + stored
        stored += len(own)
    lu_start = np.concatenate(([0], np.cumsum(lengths)))
    lu_column = np.concatenate([np.zeros(0, dtype=np.int64), *columns])
    return Blocks(edges, kinds, tuple(work), lu_start, lu_column, diagonal)
