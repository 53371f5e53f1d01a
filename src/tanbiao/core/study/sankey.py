"""Where the emission flows: factors into processes, these into each other and into stages, stages into the product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.amounts import add
from tanbiao.core.gases import gas
from tanbiao.core.study.allocation import process_of
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.tables import STAGE_NAMES

Floats = NDArray[np.float64]

MOST_LEAVES = 24
"""Beyond this many factors the smallest are drawn as one: a drawing limit, the table has them all."""


def sankey(ledger: Ledger, entries: Sequence[Entry]) -> dict[str, Any]:
    """Return ``{nodes, links}``; values are nominal kg CO2e per declared unit and may be negative (uptake)."""
    links: dict[tuple[str, str], list[float]] = {}
    labels: dict[str, dict[str, str]] = {}
    for item in entries:
        owner = item.path[-1] if item.path else ""
        target = f"process:{owner}" if owner else f"stage:{item.stage}"
        source, labels_of = _leaf(item)
        labels.setdefault(source, labels_of)
        links.setdefault((source, target), []).append(item.value)
    for key, value in _between(ledger, entries):
        links.setdefault(key, []).append(value)
    summed = {key: add(*values) for key, values in links.items()}
    summed = _merge_small(summed, labels)
    for name in STAGE_NAMES:
        into = [value for (_, target), value in summed.items() if target == f"stage:{name}"]
        if into:
            summed[(f"stage:{name}", "product")] = add(*into)
    return {"nodes": _nodes(ledger, summed, labels), "links": _links(summed)}


def _leaf(item: Entry) -> tuple[str, dict[str, str]]:
    if item.part.dataset is not None:
        name = item.part.dataset.name
        return f"dataset:{item.part.dataset.id}", {"zh": name.best("zh"), "en": name.best("en")}
    known = gas(str(item.part.gas))
    return f"gas:{known.key}", {"zh": f"直接排放 {known.name_zh}", "en": f"direct {known.name_en}"}


def _between(ledger: Ledger, entries: Sequence[Entry]) -> list[tuple[tuple[str, str], float]]:
    """Return what flows from process to process and from process to stage."""
    credited = {id(item.flow) for item in entries if item.flow.is_credit}
    direct: dict[str, Floats] = {}
    for flow in ledger.flows:
        if (
            not flow.owner.startswith("processes.")
            or flow.absence is not None
            or (flow.is_credit and id(flow) not in credited)
        ):
            continue
        name = flow.user
        for part in flow.parts:
            value = flow.amount[:1] * part.per_amount * part.sign * part.intensity.total
            direct[name] = direct[name] + value if name in direct else value
    nominal = {key: value[:1] for key, value in ledger.system.edges.items()}
    burdens = type(ledger.system)(ledger.system.components, nominal).burdens(direct, 1)
    flows = []
    for flow in ledger.flows:
        if flow.feeds is None or flow.absence is not None:
            continue
        each = float(flow.amount[0]) * flow.runs_per_amount * float(burdens[flow.feeds][0])
        source, name = process_of(flow.feeds), flow.user
        if not name:
            flows.append(((f"process:{source}", f"stage:{flow.owner.removeprefix('stages.')}"), each))
            continue
        runs_of = [float(runs[name][0]) for runs in ledger.runs.values() if name in runs]
        times = add(*runs_of) if runs_of else 0.0
        if times and source != process_of(name):
            flows.append(((f"process:{source}", f"process:{process_of(name)}"), each * times))
    return flows


def _merge_small(
    links: dict[tuple[str, str], float], labels: dict[str, dict[str, str]]
) -> dict[tuple[str, str], float]:
    leaves: dict[str, float] = {}
    for (source, _), value in links.items():
        if source in labels:
            leaves[source] = leaves.get(source, 0.0) + abs(value)
    if len(leaves) <= MOST_LEAVES:
        return links
    ranked = sorted(leaves, key=lambda name: (-leaves[name], name))
    small = set(ranked[MOST_LEAVES - 1 :])
    labels["other"] = {"zh": f"其余 {len(small)} 项", "en": f"{len(small)} others"}
    merged: dict[tuple[str, str], list[float]] = {}
    for (source, target), value in links.items():
        merged.setdefault(("other" if source in small else source, target), []).append(value)
    return {key: add(*values) for key, values in merged.items()}


def _nodes(
    ledger: Ledger, links: dict[tuple[str, str], float], labels: dict[str, dict[str, str]]
) -> list[dict[str, Any]]:
    order: dict[str, None] = {}
    for source, target in links:
        order.setdefault(source)
        order.setdefault(target)
    body = []
    for name in order:
        out = [value for (source, _), value in links.items() if source == name]
        into = [value for (_, target), value in links.items() if target == name]
        value = add(*(out or into))
        stage = name.removeprefix("stage:") if name.startswith("stage:") else None
        body.append({"id": name, "label": _label(ledger, name, labels), "value": value, "stage": stage})
    return body


def _label(ledger: Ledger, name: str, labels: dict[str, dict[str, str]]) -> dict[str, str]:
    if name == "product":
        return ledger.study.product.name.both()
    if name.startswith("stage:"):
        return STAGE_NAMES[name.removeprefix("stage:")]
    if name.startswith("process:"):
        process_id = name.removeprefix("process:")
        own = ledger.study.processes[process_id].name
        return own.both() if own is not None else {"zh": process_id, "en": process_id}
    return labels[name]


def _links(links: dict[tuple[str, str], float]) -> list[dict[str, Any]]:
    return [{"from": source, "to": target, "value": value} for (source, target), value in links.items()]
