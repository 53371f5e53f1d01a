"""Where the emissions flow: from materials, energy and transport through processes and stages to the product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import fonts, model, palette, svg, text
from tanbiao.documents.charts import flow
from tanbiao.documents.words import pick, word

_BAR = 12.0
_GAP = 15.0
_COLUMN = 190.0
_LABEL = 150.0
_TOP = 12.0
_SIZE = 12.0
_FOLD = 40.0
"""Room at the left for flows within the first layer, where a longer way was folded."""
_LAYERS = 7
_PER_LAYER = 16


def sankey(result: model.Result, lang: Lang, *, per_layer: int = _PER_LAYER) -> str:
    """Return the flow picture of a Result; the smallest nodes of a full layer stand together as "n more".

    A flow that closes a loop is a dashed bow with the word "loop"; a negative flow (uptake, credit) is hatched. Where
    something is unknown, the nodes that would hold it say "≥".
    """
    model.check(result)
    graph = flow.read(result.get("sankey"))
    title = word("chart.sankey", lang)
    unit = text.unit(result["total"]["unit"])
    if not graph.links:
        return _empty(title, lang)
    flow.open_loops(graph)
    flow.assign_layers(graph, _LAYERS)
    flow.inherit_stages(graph)
    graph = flow.gather(graph, per_layer)
    layers = flow.order(graph)
    loops = [link for link in graph.links if link.loop]
    height = max(200.0, max(len(layer) for layer in layers) * 30.0)
    width = max(_COLUMN * (len(layers) - 1) + _BAR, 300.0)
    flow.place(graph, layers, width, height, _BAR, _GAP)
    description = _described(graph, unit, lang)
    pattern = svg.identity("flow", description)
    body = [
        svg.element("defs", {}, svg.hatch(pattern, gap=5, weight=1)),
        *(_link(link, graph, pattern, lang) for link in graph.links if not link.loop),
        *(_loop(link, graph, height, lang) for link in loops),
        *(_node(node, layers, graph, result, lang) for node in graph.nodes.values()),
    ]
    folded = any(
        graph.nodes[link.source].layer <= graph.nodes[link.target].layer for link in graph.links if not link.loop
    )
    left = _FOLD if folded else 0.0
    moved = svg.element("g", {"transform": f"translate({svg.number(left)} {svg.number(_TOP)})"}, *body)
    return svg.document(
        moved,
        width=width + _LABEL + left,
        height=height + 2 * _TOP + (28 if loops else 0),
        title=title,
        description=description,
        kind="sankey",
        lang=lang,
    )


def flow_chart(graph: Mapping[str, Any], total: float, unit: str, lang: Lang) -> str:
    """Return the same picture of ``{nodes, links}`` that belong to no Result, as of a release's dataset.

    Parameters
    ----------
    total
        In ``unit``; nothing of it is taken as unknown.
    """
    result = {
        "study": {},
        "total": {"value": total, "unit": unit, "completeness": "complete"},
        "stages": {},
        "stage_completeness": {"use": "complete"},
        "kinds": {},
        "contributions": [],
        "versions": {},
        "sankey": graph,
    }
    return sankey(result, lang)


def _empty(title: str, lang: Lang) -> str:
    message = word("chart.no_flows", lang)
    body = svg.text(0, 24, message, 14)
    return svg.document(body, width=360, height=40, title=title, description=message, kind="sankey", lang=lang)


def name(node: flow.Node, lang: Lang) -> str:
    """Return a node's label; a gathered node says how many stand in it."""
    if node.gathered:
        return word("chart.rest_nodes", lang, count=node.gathered)
    return pick(node.label, lang) or node.id


def _described(graph: flow.Graph, unit: str, lang: Lang) -> str:
    largest = sorted((link for link in graph.links if not link.loop), key=lambda item: (-abs(item.value), item.source))
    said = [
        f"{name(graph.nodes[link.source], lang)} → {name(graph.nodes[link.target], lang)} {text.number(link.value)}"
        for link in largest[:12]
    ]
    return "; ".join(said) + f" ({unit})"


def _net(node: flow.Node, graph: flow.Graph) -> float:
    if node.value is not None:
        return node.value
    out = [link.value for link in graph.links if link.source == node.id and not link.loop]
    into = [link.value for link in graph.links if link.target == node.id and not link.loop]
    return sum(out) if out else sum(into)


def _shown(node: flow.Node, graph: flow.Graph, result: model.Result) -> str:
    """Return a node's value; "≥" where it gathers flows among which something is unknown."""
    value = text.number(_net(node, graph))
    gathers = any(link.target == node.id for link in graph.links)
    holes = model.unknown_stages(result)
    if model.incomplete(result) and gathers and (node.stage is None or node.stage in holes):
        return f"≥ {value}"
    return value


def _link(link: flow.Link, graph: flow.Graph, pattern: str, lang: Lang) -> str:
    source, target = graph.nodes[link.source], graph.nodes[link.target]
    if source.layer <= target.layer:
        return _folded(link, source, target, lang)
    x0, x1 = source.x + _BAR, target.x
    half = max(link.width, 0.8) / 2
    middle = svg.number((x0 + x1) / 2)
    a, b = svg.number(link.y0 - half), svg.number(link.y1 - half)
    c, d = svg.number(link.y1 + half), svg.number(link.y0 + half)
    left, right = svg.number(x0), svg.number(x1)
    shape = f"M{left} {a}C{middle} {a} {middle} {b} {right} {b}V{c}C{middle} {c} {middle} {d} {left} {d}Z"
    colour = palette.stage_colour(source.stage or target.stage)
    label = f"{name(source, lang)} → {name(target, lang)}: {text.number(link.value)}"
    tip = svg.element("title", {}, svg.escape(label))
    if link.value < 0:
        spelled: dict[str, svg.Value] = {
            "d": shape,
            "fill": f"url(#{pattern})",
            "stroke": colour,
            "stroke-width": 1,
            "fill-opacity": 0.6,
            "class": "tb-flow tb-negative",
        }
        return svg.element("path", spelled, tip)
    return svg.element("path", {"d": shape, "fill": colour, "fill-opacity": 0.36, "class": "tb-flow"}, tip)


def _folded(link: flow.Link, source: flow.Node, target: flow.Node, lang: Lang) -> str:
    """Return a flow between two nodes of one layer as a bow at the left of both."""
    x = svg.number(min(source.x, target.x))
    out = svg.number(min(source.x, target.x) - _FOLD)
    y0, y1 = svg.number(link.y0), svg.number(link.y1)
    label = f"{name(source, lang)} → {name(target, lang)}: {text.number(link.value)}"
    spelled: dict[str, svg.Value] = {
        "d": f"M{x} {y0}C{out} {y0} {out} {y1} {x} {y1}",
        "fill": "none",
        "stroke": palette.stage_colour(source.stage or target.stage),
        "stroke-width": max(min(link.width, _FOLD / 2), 0.8),
        "stroke-opacity": 0.36,
        "stroke-dasharray": "4 3" if link.value < 0 else None,
        "class": "tb-flow",
    }
    return svg.element("path", spelled, svg.element("title", {}, svg.escape(label)))


def _loop(link: flow.Link, graph: flow.Graph, height: float, lang: Lang) -> str:
    source, target = graph.nodes[link.source], graph.nodes[link.target]
    floor = min(max(source.y + source.height, target.y + target.height) + 34, height + 20)
    x0, x1 = source.x + _BAR / 2, target.x + _BAR / 2
    bow = (
        f"M{svg.number(x0)} {svg.number(source.y + source.height)}C{svg.number(x0)} {svg.number(floor)} "
        f"{svg.number(x1)} {svg.number(floor)} {svg.number(x1)} {svg.number(target.y + target.height)}"
    )
    label = f"{word('chart.loop', lang)} {text.number(link.value)}"
    drawn = svg.path(bow, fill="none", stroke="currentColor", stroke_width=1.2, stroke_dasharray="4 3", opacity=0.7)
    return drawn + svg.text((x0 + x1) / 2, floor - 2, label, 11, text_anchor="middle", opacity=0.8)


def _node(node: flow.Node, layers: list[list[flow.Node]], graph: flow.Graph, result: model.Result, lang: Lang) -> str:
    colour = palette.stage_colour(node.stage)
    value = _shown(node, graph, result)
    spelled: dict[str, svg.Value] = {
        "x": node.x,
        "y": node.y,
        "width": _BAR,
        "height": node.height,
        "fill": colour,
        "class": "tb-node",
    }
    bar = svg.element("rect", spelled, svg.element("title", {}, svg.escape(f"{name(node, lang)}: {value}")))
    room = _LABEL if node.layer == 0 else _COLUMN - _BAR - 10
    shown = fonts.ellipsis(name(node, lang), _SIZE, room - 6)
    x = node.x + _BAR + 5
    middle = node.y + node.height / 2
    alone = node.layer == 0 and len(layers[0]) == 1
    if node.height < 26 and not alone:
        joined = fonts.ellipsis(name(node, lang), _SIZE, room - 12 - fonts.width(value, _SIZE, bold=True))
        return (
            bar
            + svg.text(x, middle + 4, joined, _SIZE)
            + svg.text(x + fonts.width(joined, _SIZE) + 6, middle + 4, value, _SIZE, font_weight="bold")
        )
    return bar + svg.text(x, middle - 2, shown, _SIZE) + svg.text(x, middle + 13, value, _SIZE, font_weight="bold")
