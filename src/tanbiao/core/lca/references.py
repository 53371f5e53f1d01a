"""Which product each process makes, and the system in the form I − N that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from tanbiao.core.lca.errors import InvalidSystem, Unsolvable
from tanbiao.core.lca.inputs import Floats, Integers, Matrix, Names
from tanbiao.core.lca.ordering import compiles


@dataclass(frozen=True)
class Normalised:
    """The technosphere with one row and one column per process.

    ``matrix`` is I − N: row i is the product that process i makes, its sign turned where the reference is negative
    (waste treatment), and column j is divided by the absolute reference amount of process j. Off the diagonal an input
    is negative and a credit (a product made beside the reference, an input saved) is positive.
    """

    technosphere: Matrix
    product: Integers
    """Product made by each process."""
    amount: Floats
    """Absolute reference amount of each process, in the product's unit."""
    sign: Floats
    """−1 where the reference is negative, else 1."""

    @cached_property
    def matrix(self) -> Matrix:
        """I − N by columns."""
        own, product = self.technosphere, self.product
        matrix = own.copy()
        if not (product == np.arange(len(product))).all():
            matrix = sp.csc_array((matrix.data, self.maker[matrix.indices], matrix.indptr), shape=matrix.shape)
            matrix.sort_indices()
        column = np.repeat(np.arange(len(product)), np.diff(matrix.indptr))
        with np.errstate(over="ignore"):
            matrix.data *= self.sign[matrix.indices]
            matrix.data /= self.amount[column]
        return matrix

    @cached_property
    def maker(self) -> Integers:
        """(products,) the process that makes each product."""
        result = np.empty(len(self.product), dtype=self.technosphere.indices.dtype)
        result[self.product] = np.arange(len(self.product), dtype=result.dtype)
        return result

    @cached_property
    def crediting(self) -> Integers:
        """The processes that give credits, ascending."""
        if compiles(self.technosphere.nnz):
            from tanbiao.core.lca.kernels_order import crediting

            own = self.technosphere
            return np.flatnonzero(crediting(own.indptr, own.indices, own.data, self.product, self.sign, self.maker))
        entries = sp.coo_array(self.matrix)
        return np.unique(entries.col[(entries.data > 0) & (entries.row != entries.col)])


def find_references(technosphere: Matrix, given: Sequence[int] | None, products: Names, processes: Names) -> Integers:
    """Return the product made by each process.

    By default the diagonal entry if it is positive; else the column's only positive entry; else the diagonal entry if
    it is negative (a waste treatment). A sequence of product indices overrides the rule.

    Raises
    ------
    Unsolvable
        ``no_reference``: a process for which none of these holds (or whose given reference it doesn't make), or two
        processes for one product; ``not_square``.
    """
    choice = _chosen(technosphere, processes) if given is None else _checked(technosphere, given, processes)
    if technosphere.shape[0] != technosphere.shape[1]:
        raise _not_square(technosphere, choice, products, processes)
    missing = np.flatnonzero(choice < 0)
    if missing.size:
        raise Unsolvable("no_reference", processes.labels(missing))
    makers = np.bincount(choice, minlength=products.count)
    if (makers > 1).any():
        shared = np.flatnonzero(makers[choice] > 1)
        raise Unsolvable("no_reference", processes.labels(shared), products.labels(np.flatnonzero(makers > 1)))
    return choice


def _chosen(technosphere: Matrix, processes: Names) -> Integers:
    """Apply the default rule; −1 where it finds nothing.

    Where it names one product twice, a process that also has a negative diagonal entry is a treatment whose only
    positive entry is a by-product or a waste passed on: then the diagonal is its reference.
    """
    own = np.arange(processes.count)
    diagonal = _diagonal(technosphere)
    if (diagonal > 0).all():
        return own
    choice = own.copy()
    # Most processes stand on the diagonal; only the others are looked at entry by entry.
    doubtful = np.flatnonzero(diagonal <= 0)
    entries = technosphere[:, doubtful]
    column = np.repeat(np.arange(len(doubtful)), np.diff(entries.indptr))
    positive = entries.data > 0
    makes = np.bincount(column[positive], minlength=len(doubtful))
    only = np.full(len(doubtful), -1, dtype=np.int64)
    only[column[positive]] = entries.indices[positive]
    choice[doubtful] = np.where(makes == 1, only, np.where(diagonal[doubtful] < 0, doubtful, -1))
    while True:
        makers = np.bincount(choice[choice >= 0], minlength=technosphere.shape[0])
        passing_on = (choice >= 0) & (makers[choice] > 1) & (choice != own) & (diagonal < 0)
        if not passing_on.any():
            return np.asarray(choice, dtype=np.int64)
        choice = np.where(passing_on, own, choice)


def _diagonal(technosphere: Matrix) -> Floats:
    """Return the diagonal entry of each process, 0 where there is none."""
    if compiles(technosphere.nnz):
        from tanbiao.core.lca.kernels_order import reference_entries

        own = np.arange(technosphere.shape[1])
        return np.asarray(reference_entries(technosphere.indptr, technosphere.indices, technosphere.data, own)[0])
    result = np.zeros(technosphere.shape[1])
    values = technosphere.diagonal()
    result[: len(values)] = values
    return result


def _checked(technosphere: Matrix, given: Sequence[int], processes: Names) -> Integers:
    """Read references that the caller gives; −1 where the process has no such product."""
    choice = np.asarray(given)
    if choice.shape != (processes.count,) or not np.issubdtype(choice.dtype, np.integer):
        raise InvalidSystem.of("references_malformed", "references", needed=processes.count)
    choice = choice.astype(np.int64)
    inside = (choice >= 0) & (choice < technosphere.shape[0])
    entries = np.asarray(technosphere[np.where(inside, choice, 0), np.arange(processes.count)]).ravel()
    return np.where(inside & (entries != 0), choice, -1)


def _not_square(technosphere: Matrix, choice: Integers, products: Names, processes: Names) -> Unsolvable:
    """Name the products nobody is there for, and the processes that make them; or the processes too many."""
    made = np.bincount(choice[choice >= 0], minlength=products.count)
    if products.count > processes.count:
        orphans = np.flatnonzero(made == 0)
        touched = sp.csc_array(technosphere[orphans])
        makers = np.flatnonzero(np.asarray((touched > 0).sum(axis=0)).ravel())
        users = np.flatnonzero(np.diff(touched.indptr))
        return Unsolvable("not_square", processes.labels(makers if makers.size else users), products.labels(orphans))
    sharing = np.flatnonzero((choice < 0) | (made[np.maximum(choice, 0)] > 1))
    return Unsolvable("not_square", processes.labels(sharing), products.labels(np.flatnonzero(made > 1)))


def normalise(technosphere: Matrix, references: Integers, processes: Names) -> Normalised:
    """Return the system as I − N (see :class:`Normalised`)."""
    if compiles(technosphere.nnz):
        from tanbiao.core.lca.kernels_order import reference_entries

        entries, too_small = reference_entries(technosphere.indptr, technosphere.indices, technosphere.data, references)
        result = Normalised(technosphere, references, np.abs(entries), np.where(entries < 0, -1.0, 1.0))
        if too_small >= 0:
            raise _too_small(result, int(too_small), processes)
        return result
    entries = np.asarray(technosphere[references, np.arange(processes.count)]).ravel()
    result = Normalised(technosphere, references, np.abs(entries), np.where(entries < 0, -1.0, 1.0))
    bad = np.flatnonzero(~np.isfinite(result.matrix.data))
    if bad.size:
        raise _too_small(result, int(np.searchsorted(result.matrix.indptr, bad[0], side="right")) - 1, processes)
    return result


def _too_small(normal: Normalised, process: int, processes: Names) -> InvalidSystem:
    name, amount = str(processes[process]), float(normal.amount[process])
    return InvalidSystem.of("reference_too_small", "technosphere", column=name, amount=amount)
