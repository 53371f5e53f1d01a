"""Where the figure of a release's dataset comes from: views, upstream tree, flow graph and drivers as one document."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import scipy.sparse as sp

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.contributions import Contributions
from tanbiao.core.lca.errors import Label
from tanbiao.core.lca.linking_record import as_json as link_json
from tanbiao.core.lca.linking_record import links_of
from tanbiao.core.lca.plan_cache import PlanCache
from tanbiao.core.lca.release import KIND_COLUMNS, Release
from tanbiao.core.lca.release_preview import Draws, draws_of, one_at_a_time, preview
from tanbiao.core.lca.release_scenarios import Scaled, scenarios
from tanbiao.core.lca.sensitivity import Driver, Sensitivity
from tanbiao.core.lca.system import ProductSystem
from tanbiao.core.lca.upstream import Branch, Graph, Supply, Upstream
from tanbiao.core.lca.views import EVERYTHING, PARETO, CutOff, View
from tanbiao.core.variation import VARIED, require_variation

OPENED_MORE = 12
"""Processes of the rest that opening the graph adds: a drawing limit."""
_OPENED_TREE = CutOff(top=25)
"""Supplies of each level that an opened tree shows: a drawing limit; each can be opened by itself."""


def system_of(release: Release, gwp_set: str) -> tuple[ProductSystem, tuple[str, ...]]:
    """Return the linked system of a release with one indicator, kg CO2e, and the kind of each of its gases.

    Raises
    ------
    TanbiaoError
        ``release_not_linked``: it holds finished factors only; ``gwp_set_not_known``: a gas has no value in the set;
        ``release_hash_wrong``.
    """
    if release.header.get("system") is None:
        raise TanbiaoError.of("release_not_linked", release.name, name=release.name)
    weights_name = f"system/characterisation/{gwp_set}"
    if weights_name not in release.section_names():
        raise TanbiaoError.of("gwp_set_not_known", release.name, set=gwp_set)
    ids = list(release.ids())
    rows = release.section("system/rows").decode().splitlines()
    weights = np.asarray(release.array(weights_name), dtype=np.float64)
    technosphere = _matrix(release, "technosphere", (len(ids), len(ids)))
    interventions = _matrix(release, "interventions", (len(rows), len(ids)))
    kinds = tuple(KIND_COLUMNS[int(at)] for at in np.argmax(np.abs(weights), axis=0))
    system = ProductSystem(
        technosphere,
        interventions,
        weights.sum(axis=0),
        products=ids,
        processes=ids,
        gases=rows,
        indicators=[gwp_set],
        plans=_plans(),
        content=release.hash,
    )
    return system, kinds


def _plans() -> PlanCache | None:
    """Return the user's plans on disk, so that a release is ordered once; None for a user without a home."""
    try:
        return PlanCache()
    except RuntimeError:
        return None


def _matrix(release: Release, name: str, shape: tuple[int, int]) -> Any:
    value, row, start = (np.asarray(release.array(f"system/{name}/{part}")) for part in ("value", "row", "start"))
    return sp.csc_array((value, row.astype(np.int64), start.astype(np.int64)), shape=shape)


@dataclass(frozen=True, slots=True)
class _Linked:
    """The linked system of a release under one set, kept because many pages ask for it one after the other."""

    system: ProductSystem
    kinds: tuple[str, ...]
    places: tuple[str, ...]
    draws: Draws


_KEPT: OrderedDict[tuple[str, str], _Linked] = OrderedDict()
_KEPT_AT_MOST = 4
_LOCK = Lock()


def _linked(release: Release, gwp_set: str) -> _Linked:
    key = (release.hash, gwp_set)
    with _LOCK:
        if key in _KEPT:
            _KEPT.move_to_end(key)
            return _KEPT[key]
    system, kinds = system_of(release, gwp_set)
    datasets = [release.get(identifier) for identifier in release.ids()]
    draws = draws_of(datasets, gwp_set, system.intensities()[0])
    made = _Linked(system, kinds, tuple(item.geography for item in datasets), draws)
    with _LOCK:
        _KEPT[key] = made
        while len(_KEPT) > _KEPT_AT_MOST:
            _KEPT.popitem(last=False)
    return made


def explain(
    release: Release,
    dataset: str,
    gwp_set: str = "AR6",
    cut_off: CutOff | None = None,
    depth: int = 3,
    opened: Collection[str] = (),
    own_processes: Collection[str] = (),
    varied: float = VARIED,
    scaled: Sequence[Scaled] = (),
) -> dict[str, Any]:
    """Return the views of one reference unit of a dataset.

    Parameters
    ----------
    cut_off
        What is shown; by default the parts that make 80 %. The rest stands beside with its sum.
    depth
        Levels of the upstream tree.
    opened
        Names of views of which the rest is shown too; ``graph`` and ``tree`` show more of it.
    own_processes
        Datasets onto which all is rolled up, as a further view ``own``: each with its emission and the background it
        calls for, the rest as ``directly demanded``.
    varied
        Share by which each driver alone is made smaller and larger.
    scaled
        Inputs that each scenario multiplies, all at once.

    Returns
    -------
    dict
        ``total`` in kg CO2e per reference unit; ``views``, ``tree``, ``graph``; ``links``: who supplies each of its own
        inputs and on what grounds, where the release records it; ``drivers``, each with the exact figure
        at its value times 1 − ``varied`` and 1 + ``varied``; ``scenarios``; ``preview``, the first-order spread;
        ``names`` of the datasets that stand in them; ``reconciles``: whether every view adds up to the total, and so
        does every level of the tree.

    Raises
    ------
    TanbiaoError
        ``unknown_dataset``; ``variation_out_of_range``; ``exchange_not_in_system``; those of :func:`system_of`.
    """
    require_variation(varied)
    shown = PARETO if cut_off is None else cut_off
    own = release.get(dataset)
    linked = _linked(release, gwp_set)
    parts = Contributions(linked.system, {own.id: 1.0})
    views = _views(parts, linked, shown, opened)
    if own_processes:
        views["own"] = parts.own_processes(own_processes, EVERYTHING if "own" in opened else shown)
    upstream = Upstream(parts)
    graph = _flows(upstream, shown, "graph" in opened)
    branches = upstream.tree(_OPENED_TREE if "tree" in opened else shown, depth)
    tree = [_branch(branch) for branch in branches]
    sensitivity = Sensitivity(parts)
    drivers = sensitivity.drivers(CutOff(top=10))
    spread = preview(linked.draws, parts.scaling, parts.forward_total)
    links = [link_json(one) for one in links_of(release, own.id)]
    named = _shown(views, graph) | _told(drivers, spread, links) | set(_datasets(tree)) | {own.id}
    names = {key: _name(release, key) for key in sorted(str(one) for one in named) if key in release}
    swept = one_at_a_time(sensitivity, drivers, varied)
    return {
        "dataset": own.id,
        "name": _name(release, own.id),
        "unit": f"kg CO2e/{own.reference.unit}",
        "gwp": gwp_set,
        "total": parts.forward_total,
        "missing": None if own.missing is None else own.missing.model_dump(),
        "reconciles": _add_up(views.values(), graph, branches),
        "views": {name: _view(view) for name, view in views.items()},
        "tree": tree,
        "graph": _graph(graph, names),
        "drivers": [_driver(driver) | ends for driver, ends in zip(drivers, swept, strict=True)],
        "varied": varied,
        "scenarios": scenarios(sensitivity, scaled),
        "preview": spread,
        "links": links,
        "names": names,
    }


def _flows(upstream: Upstream, shown: CutOff, opened: bool) -> Graph:
    graph = upstream.graph(shown)
    return upstream.graph(shown, graph.rest[:OPENED_MORE]) if opened else graph


def _add_up(views: Iterable[View], graph: Graph, branches: Iterable[Branch]) -> bool:
    """Return whether every view, the graph and every open level of the tree adds up."""
    levels = all(branch.reconciles for branch in branches)
    return levels and graph.reconciles and all(view.reconciles for view in views)


def _shown(views: Mapping[str, View], graph: Graph) -> set[Label]:
    """Return the labels of views and graph that may be datasets."""
    parts = {part.label for name in ("processes", "first_tier", "own") if name in views for part in views[name].parts}
    return parts | {node.label for node in graph.nodes if node.index is not None}


def _told(drivers: Iterable[Driver], spread: Mapping[str, Any], links: Iterable[Mapping[str, Any]]) -> set[Label]:
    """Return what drivers, preview and links name."""
    named = {label for driver in drivers for label in (driver.row, driver.column)}
    named |= {label for item in spread["inputs"] for label in (item["row"], item["column"])}
    return named | {one["dataset"] for link in links for one in link["providers"]}


def _views(parts: Contributions, linked: _Linked, shown: CutOff, opened: Collection[str]) -> dict[str, View]:
    def cut(name: str) -> CutOff:
        return EVERYTHING if name in opened else shown

    return {
        "processes": parts.processes(cut("processes")),
        "gases": parts.gases(cut("gases")),
        "kinds": parts.kinds(linked.kinds),
        "countries": parts.groups(linked.places, cut("countries")),
        "first_tier": parts.first_tier(cut("first_tier")),
    }


def _driver(driver: Driver) -> dict[str, Any]:
    return {
        "matrix": driver.matrix,
        "row": driver.row,
        "column": driver.column,
        "value": driver.value,
        "effect": driver.effect,
        "elasticity": driver.elasticity,
    }


def _name(release: Release, identifier: str) -> dict[str, str]:
    name = release.get(identifier).name
    return {"zh": name.best("zh"), "en": name.best("en")}


def _datasets(branches: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield every dataset of a tree."""
    for branch in branches:
        yield branch["dataset"]
        yield from _datasets(branch["supplies"])


def _view(view: View) -> dict[str, Any]:
    return {
        "parts": [{"name": part.label, "value": part.value, "share": view.share(part)} for part in view.parts],
        "rest": {"count": len(view.rest.parts), "value": view.rest.value},
        "residual": view.residual,
    }


def _supply(supply: Supply) -> dict[str, Any]:
    return {"dataset": supply.product, "amount": supply.amount, "value": supply.value, "direct": supply.direct}


def _branch(branch: Branch) -> dict[str, Any]:
    body = _supply(branch.supply) | {
        "loop": branch.supply.repeats,
        "supplies": [_branch(item) for item in branch.branches],
    }
    if branch.level is not None:
        rest: Iterable[Supply] = branch.level.rest
        body["rest"] = {"count": len(tuple(rest)), "value": branch.level.rest_value}
    return body


def _graph(graph: Graph, names: dict[str, dict[str, str]]) -> dict[str, Any]:
    picture = graph.document()
    for node in picture["nodes"]:
        node["label"] = names.get(node["label"]["en"], node["label"])
    return {
        "nodes": [
            {
                "dataset": node.label if node.index is not None else None,
                "total": node.total,
                "throughput": node.throughput,
                "direct": node.direct,
                "demanded": node.demanded,
            }
            for node in graph.nodes
        ],
        "links": [
            {"from": link.source, "to": link.target, "value": link.value, "loop": link.in_loop} for link in graph.links
        ],
        "rest": len(graph.rest),
        "residual": graph.residual,
        "sankey": picture,
    }
