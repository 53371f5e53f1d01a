"""The order of a system: its loops, and the sequence in which everything can be solved one after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from tanbiao.core.lca.inputs import Floats, Integers, Matrix


@dataclass(frozen=True)
class Segment:
    """A run of processes solved together: either one loop, or loop-free processes in triangular order."""

    members: Integers
    is_loop: bool


def segments(matrix: Matrix) -> tuple[Segment, ...]:
    """Return the processes of I − N, consumers before suppliers, cut into loops and loop-free runs.

    Loops are the strongly connected components with more than one process (Tarjan 1972); the components themselves
    form a graph without circles, whose levels give the order.
    """
    # Read by rows, the columns of I − N are the transposed graph: a process points to what it uses.
    uses = sp.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)
    count, labels = connected_components(uses, directed=True, connection="strong")
    component: Integers = labels.astype(np.int64)
    # SciPy numbers a component when all that can be reached from it is numbered: suppliers first, which is checked.
    level = count - 1 - component
    user = np.repeat(component, np.diff(matrix.indptr))
    if (component[matrix.indices] > user).any():
        level = _levels(matrix, component, count)[component]
    size = np.bincount(component, minlength=count)
    order = np.lexsort((component, level))
    looped = size[component[order]] > 1
    # A new segment begins where a loop begins or ends, and between two loops.
    change = np.flatnonzero((np.diff(component[order]) != 0) & (looped[1:] | looped[:-1])) + 1
    return tuple(Segment(part, bool(size[component[part[0]]] > 1)) for part in np.split(order, change) if part.size)


def compiled_segments(technosphere: Matrix, maker: Integers) -> tuple[Segment, ...]:
    """Return what :func:`segments` does, in another order: loops as a depth first search leaves them."""
    from tanbiao.core.lca.kernels_order import components

    order, edges = components(technosphere.indptr, technosphere.indices, maker)
    looped = np.diff(edges) > 1
    # A new segment begins where a loop begins or ends.
    cuts = edges[1:-1][looped[1:] | looped[:-1]]
    bounds = np.concatenate(([0], cuts, edges[-1:]))
    inside = looped[np.searchsorted(edges, bounds[:-1], side="right") - 1]
    parts = zip(bounds[:-1].tolist(), bounds[1:].tolist(), inside.tolist(), strict=True)
    return tuple(Segment(order[first:last][::-1], is_loop) for first, last, is_loop in parts)[::-1]


def _levels(matrix: Matrix, component: Integers, count: int) -> Integers:
    """Return for each component the longest way from a component nobody else uses (Kahn 1962, by layers)."""
    entries = sp.coo_array(matrix)
    # Column j uses product i: i must wait for j.
    user, used = component[entries.col], component[entries.row]
    pairs = np.unique((user * count + used)[user != used])
    user, used = pairs // count, pairs % count
    graph = sp.csr_array((np.ones(len(pairs), dtype=np.int64), (user, used)), shape=(count, count))
    waiting = np.bincount(used, minlength=count)
    level = np.zeros(count, dtype=np.int64)
    ready = np.flatnonzero(waiting == 0)
    depth = 0
    while ready.size:
        level[ready] = depth
        depth += 1
        successors = _row_indices(graph, ready)
        np.subtract.at(waiting, successors, 1)
        ready = np.unique(successors[waiting[successors] == 0])
    return level


def _row_indices(graph: Matrix, rows: Integers) -> Integers:
    """Return the column indices of several rows, one after another."""
    starts, lengths = graph.indptr[rows], np.diff(graph.indptr)[rows]
    offsets = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    return np.asarray(graph.indices[offsets + np.arange(int(lengths.sum()))], dtype=np.int64)


def participation(inputs: Matrix, rounds: int = 300) -> Floats:
    """Return how much each process of a loop takes part in its strongest circle, largest = 1.

    The product of the right and left Perron vectors of a non-negative matrix: the sensitivity of its spectral radius
    to the process, which no change of units alters (power iteration on the mean with the identity, so that it also
    converges on circles of even length).
    """
    count = inputs.shape[0]
    transposed = sp.csr_array(inputs.T)
    right, left = np.ones(count), np.ones(count)
    for _ in range(rounds):
        right = right + inputs @ right
        left = left + transposed @ left
        right /= right.max()
        left /= left.max()
    share = right * left
    return np.asarray(share / share.max())
