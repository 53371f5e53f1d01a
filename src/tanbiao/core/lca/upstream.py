"""What stands behind a demand: the tree of its supplies, and the graph of flows between processes.

Both follow openLCA's convention (GreenDelta, olca-modules, ``ResultProvider``): a node's total is how much of its
product is needed × its loop factor ``1 / (A[j,j] A⁻¹[j,j])`` × its intensity, so that what a loop passes on to itself
is not counted again at every pass and the demanded product has the footprint as its total. What flows through a node
without that factor is its ``throughput``, and there the balance holds: own emission + what flows in = what flows out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from tanbiao.core.amounts import add
from tanbiao.core.lca.contributions import Contributions
from tanbiao.core.lca.errors import Label
from tanbiao.core.lca.inputs import Floats, Integers
from tanbiao.core.lca.views import RECONCILES_WITHIN, CutOff

MAX_DEPTH = 6
"""Levels that :meth:`Upstream.tree` opens by itself; a drawing limit, not official: every branch can be opened."""


@dataclass(frozen=True)
class Supply:
    """A product that is needed somewhere upstream, with everything behind it."""

    process: Label
    """The process that makes it."""
    product: Label
    amount: float
    """In the product's unit; negative where it is given off (a credit, a waste to be treated)."""
    value: float
    """``amount · λ``: the footprint of this amount with all behind it."""
    direct: float
    """What the process itself emits for this amount."""
    depth: int
    index: int
    """The product's index."""
    repeats: bool
    """Whether the product already stands above on the same branch: the branch goes round a loop."""
    above: tuple[int, ...]


@dataclass(frozen=True)
class Level:
    """What one supply needs: ``value = direct + Σ supplies + rest``, and by how much that fails."""

    of: Supply
    supplies: tuple[Supply, ...]
    rest: tuple[Supply, ...]

    @property
    def rest_value(self) -> float:
        """What the supplies that are not shown add up to."""
        return add(0.0, *(item.value for item in self.rest))

    @property
    def residual(self) -> float:
        """``value − direct − Σ supplies − rest``; rounding only."""
        return add(self.of.value, -self.of.direct, *(-item.value for item in (*self.supplies, *self.rest)))

    @property
    def reconciles(self) -> bool:
        """Whether the residual is at most 1e-12 of everything that stands in the level."""
        sizes = (abs(item.value) for item in (*self.supplies, *self.rest))
        return abs(self.residual) <= RECONCILES_WITHIN * add(abs(self.of.value), abs(self.of.direct), *sizes)


@dataclass(frozen=True)
class Branch:
    """A supply that was opened, with the branches behind it; ``level`` is None where the tree ends."""

    supply: Supply
    level: Level | None
    branches: tuple[Branch, ...]

    @property
    def reconciles(self) -> bool:
        """Whether every level that is open adds up."""
        return (self.level is None or self.level.reconciles) and all(item.reconciles for item in self.branches)


@dataclass(frozen=True)
class Node:
    """A process in the graph of flows; the rest is one node whose ``index`` is None."""

    index: int | None
    label: Label
    total: float
    """How much of its product is needed × loop factor × intensity; for the rest its throughput."""
    throughput: float
    """How much of its product is needed × intensity, loops at every pass; for the rest: what leaves it."""
    direct: float
    """What it emits itself."""
    demanded: float
    """What of its throughput goes to the demand."""


@dataclass(frozen=True)
class Link:
    """What flows from a provider into a user: amount × intensity of the product; negative for a credit."""

    source: int
    """Position of the node in the graph."""
    target: int
    value: float
    in_loop: bool
    """Whether provider and user need each other."""


@dataclass(frozen=True)
class Graph:
    """Flows between the processes that are shown and the rest, as one picture that adds up."""

    indicator: Label
    total: float
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    rest: tuple[int, ...]
    """The processes in the rest, the largest throughput first; :meth:`Upstream.graph` shows them with ``also``."""

    @property
    def residual(self) -> float:
        """Return the largest imbalance: of a node (in or out), or of the demand's total."""
        gaps = [add(self.total, *(-node.demanded for node in self.nodes))]
        for at, node in enumerate(self.nodes):
            into = (-link.value for link in self.links if link.target == at)
            out = (-link.value for link in self.links if link.source == at)
            gaps += [add(node.throughput, -node.direct, *into), add(node.throughput, -node.demanded, *out)]
        return max(gaps, key=abs)

    @property
    def reconciles(self) -> bool:
        """Whether the residual is at most 1e-12 of everything that flows."""
        sizes = [abs(node.throughput) for node in self.nodes] + [abs(link.value) for link in self.links]
        return abs(self.residual) <= RECONCILES_WITHIN * add(abs(self.total), *sizes)

    def document(self) -> dict[str, Any]:
        """Return ``{nodes, links}`` as a study's result has them, for the same chart."""
        nodes: list[dict[str, Any]] = [
            {"id": _id(node), "label": _words(node, len(self.rest)), "value": node.throughput, "stage": None}
            for node in self.nodes
        ]
        links = [
            {"from": nodes[link.source]["id"], "to": nodes[link.target]["id"], "value": link.value}
            for link in self.links
        ]
        links += [{"from": _id(node), "to": "product", "value": node.demanded} for node in self.nodes if node.demanded]
        nodes.append({"id": "product", "label": {"zh": "需求", "en": "demand"}, "value": self.total, "stage": None})
        return {"nodes": nodes, "links": links}


def _id(node: Node) -> str:
    return "rest" if node.index is None else f"process:{node.index}"


def _words(node: Node, others: int) -> dict[str, str]:
    if node.index is None:
        return {"zh": f"其余 {others} 项", "en": f"{others} others" if others != 1 else "1 other"}
    return {"zh": str(node.label), "en": str(node.label)}


class Upstream:
    """Tree and graph of one footprint.

    Parameters
    ----------
    contributions
        The footprint: system, demand and indicator.
    """

    def __init__(self, contributions: Contributions) -> None:
        self.of = contributions
        self.system = contributions.system

    @cached_property
    def _made(self) -> Floats:
        """Reference amount of each process, negative for a waste treatment."""
        references = np.array(self.system.references)
        return np.asarray(self.system.technosphere[references, np.arange(len(references))]).ravel()

    def roots(self) -> tuple[Supply, ...]:
        """Return the demanded products; their values add up to the footprint."""
        wanted = np.flatnonzero(self.of.demand).tolist()
        return tuple(self._supply(index, float(self.of.demand[index]), ()) for index in wanted)

    def _supply(self, index: int, amount: float, above: tuple[int, ...]) -> Supply:
        process = int(self.of.maker[index])
        direct = float(self.system.direct[self.of.row, process]) * amount / float(self._made[process])
        value = amount * float(self.of.intensity[index])
        names = (self.system.processes[process], self.system.products[index])
        return Supply(*names, amount, value, direct, len(above), index, index in above, above)

    def level(self, supply: Supply, cut_off: CutOff) -> Level:
        """Open one supply: what its maker needs for this amount, the largest first; the rest can be opened as well.

        The share of a cut-off is a share of the whole footprint, so that a branch ends where it stops mattering.
        """
        process = int(self.of.maker[supply.index])
        column = sp.coo_array(self.system.technosphere[:, [process]])
        run = supply.amount / float(self._made[process])
        above = (*supply.above, supply.index)
        needed = [
            self._supply(row, -value * run, above)
            for row, value in zip(column.row.tolist(), column.data.tolist(), strict=True)
            if row != supply.index
        ]
        values = np.array([item.value for item in needed])
        shown = cut_off.shown(values, self.of.adjoint_total).tolist()
        rest = sorted(set(range(len(needed))) - set(shown), key=lambda at: (-abs(needed[at].value), at))
        return Level(supply, tuple(needed[at] for at in shown), tuple(needed[at] for at in rest))

    def tree(self, cut_off: CutOff, depth: int = MAX_DEPTH) -> tuple[Branch, ...]:
        """Open the roots down to a depth; a branch that comes round a loop ends there (and can be opened)."""
        return tuple(self._branch(root, cut_off, depth) for root in self.roots())

    def _branch(self, supply: Supply, cut_off: CutOff, depth: int) -> Branch:
        if supply.repeats or supply.depth >= depth:
            return Branch(supply, None, ())
        level = self.level(supply, cut_off)
        return Branch(supply, level, tuple(self._branch(item, cut_off, depth) for item in level.supplies))

    @cached_property
    def throughputs(self) -> Floats:
        """What flows through each process: ``s_k · A[r, k] · λ_r`` with r its reference product; (processes,)."""
        return np.asarray(self.of.scaling * self._made * self.of.intensity[np.array(self.system.references)])

    @cached_property
    def _flows(self) -> tuple[Integers, Integers, Floats]:
        """Provider, user and value ``−A[i, k] s_k λ_i`` of every exchange that is not a reference."""
        entries = sp.coo_array(self.system.technosphere)
        provider = self.of.maker[entries.row]
        other = provider != entries.col
        user = entries.col[other].astype(np.int64)
        value = -entries.data[other] * self.of.scaling[user] * self.of.intensity[entries.row[other]]
        return provider[other], user, value

    @cached_property
    def _reached(self) -> NDArray[np.bool_]:
        """Whether a process runs, or something flows through it."""
        provider, user, value = self._flows
        reached = np.asarray(self.of.scaling != 0)
        reached[provider[value != 0]] = True
        reached[user[value != 0]] = True
        return reached

    @cached_property
    def _component(self) -> Integers:
        """Strongly connected component of each process (Tarjan 1972, SIAM J. Comput. 1:146)."""
        provider, user, _ = self._flows
        shape = (self.system.processes.count,) * 2
        links = sp.csr_array((np.ones(len(user)), (user, provider)), shape=shape)
        return np.asarray(connected_components(links, directed=True, connection="strong")[1], dtype=np.int64)

    @cached_property
    def _component_size(self) -> Integers:
        return np.bincount(self._component)

    def graph(self, cut_off: CutOff, also: tuple[int, ...] = ()) -> Graph:
        """Return the flows between the processes with the largest throughput; all others are one node, the rest.

        One solve for each process shown that stands in a loop.

        Parameters
        ----------
        cut_off
            On throughputs; a share is a share of the footprint.
        also
            Processes to show in any case: opens the rest, or follows a process of interest.
        """
        shown = cut_off.shown(self.throughputs, self.of.adjoint_total)
        extra = [index for index in dict.fromkeys(also) if self._reached[index] and index not in set(shown.tolist())]
        chosen = np.concatenate([shown, np.array(extra, dtype=np.int64)])
        left = np.setdiff1d(np.flatnonzero(self._reached), chosen)
        left = left[np.argsort(-np.abs(self.throughputs[left]), kind="stable")]
        place = np.full(self.system.processes.count, len(chosen), dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        links = self._links(place, len(chosen))
        return Graph(
            self.of.indicator,
            self.of.forward_total,
            self._nodes(chosen, left, place, links),
            links,
            tuple(left.tolist()),
        )

    def _links(self, place: Integers, count: int) -> tuple[Link, ...]:
        provider, user, value = self._flows
        source, target = place[provider], place[user]
        outside = (source != target) & (value != 0)
        key = source[outside] * (count + 1) + target[outside]
        looped = (self._component[provider] == self._component[user])[outside]
        pairs, position = np.unique(key, return_inverse=True)
        sums = np.bincount(position, weights=value[outside], minlength=len(pairs))
        in_loop = np.bincount(position, weights=looped, minlength=len(pairs)) > 0
        return tuple(
            Link(pair // (count + 1), pair % (count + 1), total, loop)
            for pair, total, loop in zip(pairs.tolist(), sums.tolist(), in_loop.tolist(), strict=True)
        )

    def _nodes(self, chosen: Integers, left: Integers, place: Integers, links: tuple[Link, ...]) -> tuple[Node, ...]:
        wanted = np.flatnonzero(self.of.demand)
        demanded = np.zeros(len(chosen) + 1)
        np.add.at(demanded, place[self.of.maker[wanted]], self.of.demand[wanted] * self.of.intensity[wanted])
        nodes = [
            Node(
                index,
                self.system.processes[index],
                float(self.throughputs[index]) * self._loop_factor(index),
                float(self.throughputs[index]),
                float(self.of.of_processes[index]),
                float(demanded[at]),
            )
            for at, index in enumerate(chosen.tolist())
        ]
        if left.size:
            last = len(chosen)
            out = (link.value for link in links if link.source == last)
            direct = add(0.0, *self.of.of_processes[left].tolist())
            leaving = add(float(demanded[last]), *out)
            nodes.append(Node(None, "rest", leaving, leaving, direct, float(demanded[last])))
        return tuple(nodes)

    def _loop_factor(self, process: int) -> float:
        """Return ``1 / (A[j,j] A⁻¹[j,j])`` of a process and its product; 1 where it stands in no loop."""
        if self._component_size[self._component[process]] == 1:
            return 1.0
        product = self.system.references[process]
        return 1.0 / (float(self._made[process]) * float(self.system.scaling({product: 1.0})[process]))
