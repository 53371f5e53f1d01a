"""Solve the study's own processes: how often each runs for what the stages need.

``x = N x + f``: N[q, p] is how often q runs for one run of p, f what the stages ask for directly. Strongly connected
components are taken in order of use; single processes by substitution, loops by elimination. Every value is an array
with the nominal figure first and the samples after it, and only + − × ÷ are used, so that the bits are the same on
every machine. A loop without pivoting is solvable with positive answers exactly when all pivots of I − N are positive
(I − N is a non-singular M-matrix; Berman & Plemmons 1979, ch. 6, theorem 2.3, condition E17).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.findings import TanbiaoError

Floats = NDArray[np.float64]
Edges = Mapping[tuple[str, str], Floats]
"""(used, user) → runs of the used process per run of the user."""

SINGULAR: Final = 1e-12
"""A pivot of I − N this small (of a scale-free matrix whose diagonal is 1) leaves no trustworthy digit."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What vouches for the nominal runs of the own processes.

    ``residual``: max |f + N x − x| / (|f| + |N| |x| + |x|), process by process (Oettli & Prager 1964, Numer. Math.
    6:405). ``condition``: max (|M⁻¹| |M| |x|)ᵢ / xᵢ of M = I − N, which no choice of units changes (Skeel 1979, J. ACM
    26:494). As M⁻¹ and N have no negative entries, it is at most 2 (M⁻¹ x)ᵢ / xᵢ − 1: one more solve. Both by + − × ÷
    in a fixed order.
    """

    processes: int
    loops: int
    residual: float
    condition: float


@dataclass(frozen=True, slots=True)
class Foreground:
    """The processes in solving order: each component is a tuple of names, users before the used."""

    components: tuple[tuple[str, ...], ...]
    edges: Edges

    def runs(self, demand: Mapping[str, Floats], shape: int) -> dict[str, Floats]:
        """Return how often each process runs, as arrays of length ``shape``, for the direct demand.

        Raises
        ------
        TanbiaoError
            ``loop_singular``, ``loop_unproductive``, ``loop_unproductive_in_samples``: names the loop's processes.
        """
        return _solve(self.components, self.edges, demand, shape)

    def solved(self, demand: Mapping[str, Floats], runs: Mapping[str, Floats]) -> Solved:
        """Return what vouches for the nominal ``runs`` that :meth:`runs` gave for a demand."""
        x = {name: float(value[0]) for name, value in runs.items()}
        off = {name: float(demand[name][0]) if name in demand else 0.0 for name in x}
        size = {name: abs(off[name]) + abs(value) for name, value in x.items()}
        for (used, user), value in self.edges.items():
            term = float(value[0]) * x.get(user, 0.0)
            if used in x:
                off[used] += term
                size[used] += abs(term)
        nominal = Foreground(self.components, {key: value[:1] for key, value in self.edges.items()})
        again = nominal.runs({name: np.array([value]) for name, value in x.items()}, 1)
        return Solved(
            len(x),
            sum(self._is_loop(component) for component in self.components),
            max((abs(off[name] - x[name]) / size[name] for name in x if size[name]), default=0.0),
            max((2.0 * float(again[name][0]) / x[name] - 1.0 for name in x if x[name] > 0), default=1.0),
        )

    def _is_loop(self, component: tuple[str, ...]) -> bool:
        return len(component) > 1 or (component[0], component[0]) in self.edges

    def burdens(self, direct: Mapping[str, Floats], shape: int) -> dict[str, Floats]:
        """Return the emission of one run of each process with everything it uses (the adjoint of :meth:`runs`)."""
        turned = {(user, used): value for (used, user), value in self.edges.items()}
        return _solve(tuple(reversed(self.components)), turned, direct, shape)


def foreground(names: Sequence[str], edges: Edges) -> Foreground:
    """Order the processes (by the order of the document where it is free)."""
    used_by: dict[str, list[str]] = {name: [] for name in names}
    for used, user in edges:
        used_by[user].append(used)
    return Foreground(tuple(_components(names, used_by)), edges)


def _components(names: Sequence[str], uses: Mapping[str, list[str]]) -> list[tuple[str, ...]]:
    """Return strongly connected components, users first (Tarjan 1972, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []
    for root in names:
        if root in index:
            continue
        work: list[tuple[str, int]] = [(root, 0)]
        while work:
            name, step = work.pop()
            if step == 0:
                index[name] = low[name] = len(index)
                stack.append(name)
            else:
                low[name] = min(low[name], low[uses[name][step - 1]])
            while step < len(uses[name]) and uses[name][step] in index:
                target = uses[name][step]
                if target in stack:
                    low[name] = min(low[name], index[target])
                step += 1
            if step < len(uses[name]):
                work += [(name, step + 1), (uses[name][step], 0)]
            elif low[name] == index[name]:
                members = stack[stack.index(name) :]
                del stack[stack.index(name) :]
                found.append(tuple(sorted(members, key=list(names).index)))
    # Tarjan closes what is used before its users; users are wanted first.
    return found[::-1]


def _solve(
    components: tuple[tuple[str, ...], ...], edges: Edges, given: Mapping[str, Floats], shape: int
) -> dict[str, Floats]:
    x: dict[str, Floats] = {}
    incoming: dict[str, list[tuple[str, Floats]]] = {}
    for (used, user), value in edges.items():
        incoming.setdefault(used, []).append((user, value))
    for component in components:
        right = []
        for name in component:
            total = np.array(np.broadcast_to(given.get(name, np.zeros(1)), (shape,)), dtype=np.float64)
            for user, value in incoming.get(name, []):
                if user in x:
                    total = total + value * x[user]
            right.append(total)
        if len(component) == 1 and (component[0], component[0]) not in edges:
            x[component[0]] = right[0]
        else:
            x.update(zip(component, _eliminate(component, edges, right, shape), strict=True))
    return x


def _eliminate(component: tuple[str, ...], edges: Edges, right: list[Floats], shape: int) -> list[Floats]:
    """Solve (I − N) x = right inside one loop, by Gauss elimination with all samples at once."""
    n = len(component)
    zero = np.zeros(shape)
    matrix = [
        [(1.0 if i == j else 0.0) - edges.get((component[i], component[j]), zero) + zero for j in range(n)]
        for i in range(n)
    ]
    for k in range(n):
        pivot = matrix[k][k]
        _check_pivot(component, pivot)
        for i in range(k + 1, n):
            ratio = matrix[i][k] / pivot
            if not ratio.any():
                continue
            for j in range(k + 1, n):
                matrix[i][j] = matrix[i][j] - ratio * matrix[k][j]
            right[i] = right[i] - ratio * right[k]
    for k in range(n - 1, -1, -1):
        rest = right[k]
        for j in range(k + 1, n):
            rest = rest - matrix[k][j] * right[j]
        right[k] = rest / matrix[k][k]
    return right


def _check_pivot(component: tuple[str, ...], pivot: Floats) -> None:
    names = " → ".join((*component, component[0]))
    nominal = float(pivot[0])
    if abs(nominal) <= SINGULAR:
        raise TanbiaoError.of("loop_singular", f"processes.{component[0]}", loop=names)
    if nominal < 0:
        raise TanbiaoError.of("loop_unproductive", f"processes.{component[0]}", loop=names)
    bad = int((pivot <= SINGULAR).sum())
    if bad:
        raise TanbiaoError.of("loop_unproductive_in_samples", f"processes.{component[0]}", loop=names, samples=bad)
