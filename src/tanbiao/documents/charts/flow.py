"""Layout of a flow picture: layers, order and places of nodes and links.

Plain layered drawing (Sugiyama, Tagawa & Toda 1981, IEEE Trans. SMC 11:109): loops are opened at the links that close
them, nodes are set in layers by their longest way to the end, small nodes of a layer are gathered in one, the order
within a layer follows the barycentres of its neighbours. Every step is deterministic; ties are broken by size, then by
id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tanbiao.core.amounts import add

_SWEEPS = 8


@dataclass(slots=True)
class Node:
    """A node: name, stage, the layer it stands in (0 = last, the product) and its place."""

    id: str
    label: Mapping[str, str] | str
    stage: str | None
    value: float | None = None
    gathered: int = 0
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0


@dataclass(slots=True)
class Link:
    """A flow from one node to another, kg CO₂e per declared unit; ``loop`` closes a circle and is drawn apart."""

    source: str
    target: str
    value: float
    loop: bool = False
    y0: float = 0.0
    y1: float = 0.0
    width: float = 0.0


@dataclass(slots=True)
class Graph:
    """Nodes by id and links in a stable order."""

    nodes: dict[str, Node] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def layers(self) -> list[list[Node]]:
        """Return the nodes by layer, the last one (the product) first."""
        found: dict[int, list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            found[node.layer].append(node)
        return [found[key] for key in sorted(found)]

    def through(self, node: str) -> float:
        """Return the size of what goes through a node: the larger of its two sides."""
        into = add(0.0, *(abs(link.value) for link in self.links if link.target == node and not link.loop))
        out = add(0.0, *(abs(link.value) for link in self.links if link.source == node and not link.loop))
        return max(into, out)


def read(document: Mapping[str, Any] | None) -> Graph:
    """Return the graph of a Result's ``sankey``; links of the same ends are added up, empty ones left out."""
    graph = Graph()
    document = document or {}
    for item in document.get("nodes", ()):
        key = str(item["id"])
        value = item.get("value")
        number = None if value is None or isinstance(value, Mapping) else float(value)
        graph.nodes[key] = Node(key, item.get("label") or key, item.get("stage"), number)
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    for item in document.get("links", ()):
        sums[str(item["from"]), str(item["to"])].append(float(item["value"]))
    for (source, target), values in sums.items():
        value = add(*values)
        if value == 0:
            continue
        for end in (source, target):
            graph.nodes.setdefault(end, Node(end, end, None))
        graph.links.append(Link(source, target, value))
    linked = {end for link in graph.links for end in (link.source, link.target)}
    graph.nodes = {key: node for key, node in graph.nodes.items() if key in linked}
    return graph


def open_loops(graph: Graph) -> None:
    """Mark the links that close a circle, found by a depth-first walk from the largest sources."""
    ways: dict[str, list[Link]] = defaultdict(list)
    for link in sorted(graph.links, key=lambda item: (-abs(item.value), item.target)):
        ways[link.source].append(link)
    entered = {link.target for link in graph.links if link.source != link.target}
    order = sorted(graph.nodes, key=lambda key: (key in entered, -graph.through(key), key))
    state: dict[str, int] = {}
    for start in order:
        if start in state:
            continue
        state[start] = 1
        stack = [(start, iter(ways[start]))]
        while stack:
            here, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                state[here] = 2
                stack.pop()
                continue
            if state.get(step.target) == 1:
                step.loop = True
            elif step.target not in state:
                state[step.target] = 1
                stack.append((step.target, iter(ways[step.target])))


def assign_layers(graph: Graph, most: int) -> None:
    """Give every node its longest way to an end as layer, at most ``most`` − 1.

    A longer way is folded into the first layer, where :func:`gather` may join its nodes.
    """
    ways: dict[str, list[str]] = defaultdict(list)
    for link in graph.links:
        if not link.loop:
            ways[link.source].append(link.target)
    depth: dict[str, int] = {}
    for start in graph.nodes:
        stack = [start]
        while stack:
            here = stack[-1]
            waiting = [target for target in ways[here] if target not in depth]
            if here not in depth and waiting:
                stack.extend(waiting)
                continue
            depth[here] = max((depth[target] + 1 for target in ways[here]), default=0)
            stack.pop()
    for key, node in graph.nodes.items():
        node.layer = min(depth[key], most - 1)


def inherit_stages(graph: Graph) -> None:
    """Give a node without a stage the one stage that all its flows lead to; shared nodes stay without."""
    for node in sorted(graph.nodes.values(), key=lambda item: item.layer):
        targets = {graph.nodes[link.target].stage for link in graph.links if link.source == node.id and not link.loop}
        if node.stage is None and len(targets) == 1:
            node.stage = targets.pop()


def gather(graph: Graph, most: int) -> Graph:
    """Gather the smallest nodes of every layer with more than ``most`` nodes into one "rest" node of that layer.

    Flows between gathered nodes of the same layer disappear into it; all other flows keep their value.
    """
    renamed: dict[str, str] = {}
    kept = Graph()
    for nodes in graph.layers():
        ranked = sorted(nodes, key=lambda node: (-graph.through(node.id), node.id))
        cut = most if len(ranked) <= most else most - 1
        for node in ranked[:cut]:
            kept.nodes[node.id] = node
        small = ranked[cut:]
        if small:
            rest = Node(
                f"\x00rest-{small[0].layer}", "", _common_stage(small), gathered=len(small), layer=small[0].layer
            )
            kept.nodes[rest.id] = rest
            renamed.update({node.id: rest.id for node in small})
    sums: dict[tuple[str, str, bool], list[float]] = defaultdict(list)
    for link in graph.links:
        ends = renamed.get(link.source, link.source), renamed.get(link.target, link.target)
        if ends[0] != ends[1] or link.loop:
            sums[*ends, link.loop].append(link.value)
    kept.links = [Link(source, target, add(*values), loop) for (source, target, loop), values in sums.items()]
    return kept


def _common_stage(nodes: Sequence[Node]) -> str | None:
    found = {node.stage for node in nodes}
    return found.pop() if len(found) == 1 else None


def order(graph: Graph) -> list[list[Node]]:
    """Return the layers with their nodes in drawing order, from top to bottom."""
    layers = [sorted(layer, key=lambda node: (-graph.through(node.id), node.id)) for layer in graph.layers()]
    near: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for link in graph.links:
        if not link.loop:
            near[link.source].append((link.target, abs(link.value)))
            near[link.target].append((link.source, abs(link.value)))
    for sweep in range(_SWEEPS):
        place = {node.id: index / max(len(layer) - 1, 1) for layer in layers for index, node in enumerate(layer)}
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            layer.sort(key=lambda node: (node.gathered > 0, _centre(node, near, place), node.id))
            place.update({node.id: index / max(len(layer) - 1, 1) for index, node in enumerate(layer)})
    return layers


def _centre(node: Node, near: Mapping[str, Iterable[tuple[str, float]]], place: Mapping[str, float]) -> float:
    weights = [(place[key], weight) for key, weight in near.get(node.id, ()) if key in place]
    whole = sum(weight for _, weight in weights)
    return sum(at * weight for at, weight in weights) / whole if whole else 0.5


def place(graph: Graph, layers: Sequence[Sequence[Node]], width: float, height: float, bar: float, gap: float) -> None:
    """Set x, y and height of nodes and the ends of links; layer 0 stands at the right."""
    heaviest = max(add(0.0, *(graph.through(node.id) for node in layer)) for layer in layers)
    crowded = max(len(layer) for layer in layers)
    scale = (height - gap * (crowded - 1)) / heaviest
    for index, layer in enumerate(layers):
        column = len(layers) - 1 - index
        for node in layer:
            node.x = column * (width - bar) / max(len(layers) - 1, 1)
            node.height = max(graph.through(node.id) * scale, 1.5)
        used = sum(node.height for node in layer) + gap * (len(layer) - 1)
        y = (height - used) / 2
        for node in layer:
            node.y = y
            y += node.height + gap
    _ends(graph, scale)


def _ends(graph: Graph, scale: float) -> None:
    for key, node in graph.nodes.items():
        out = [link for link in graph.links if link.source == key and not link.loop]
        into = [link for link in graph.links if link.target == key and not link.loop]
        y = node.y
        for link in sorted(out, key=lambda item: (graph.nodes[item.target].y, item.target)):
            link.width = abs(link.value) * scale
            link.y0 = y + link.width / 2
            y += link.width
        y = node.y
        for link in sorted(into, key=lambda item: (graph.nodes[item.source].y, item.source)):
            link.y1 = y + abs(link.value) * scale / 2
            y += abs(link.value) * scale
