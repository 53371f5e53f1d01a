"""Where the figure of a release's dataset comes from: views, upstream tree, flow graph and drivers as one document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import scipy.sparse as sp

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.contributions import Contributions
from tanbiao.core.lca.release import KIND_COLUMNS, Release
from tanbiao.core.lca.sensitivity import Sensitivity
from tanbiao.core.lca.system import ProductSystem
from tanbiao.core.lca.upstream import Branch, Graph, Supply, Upstream
from tanbiao.core.lca.views import CutOff, View


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
        technosphere, interventions, weights.sum(axis=0), products=ids, processes=ids, gases=rows, indicators=[gwp_set]
    )
    return system, kinds


def _matrix(release: Release, name: str, shape: tuple[int, int]) -> Any:
    value, row, start = (np.asarray(release.array(f"system/{name}/{part}")) for part in ("value", "row", "start"))
    return sp.csc_array((value, row.astype(np.int64), start.astype(np.int64)), shape=shape)


def explain(
    release: Release, dataset: str, gwp_set: str = "AR6", cut_off: CutOff | None = None, depth: int = 3
) -> dict[str, Any]:
    """Return the views of one reference unit of a dataset.

    Parameters
    ----------
    cut_off
        What is shown; by default the parts that make 80 %. The rest stands beside with its sum.
    depth
        Levels of the upstream tree.

    Raises
    ------
    TanbiaoError
        ``unknown_dataset``; those of :func:`system_of`.
    """
    shown = CutOff(cumulative=0.8) if cut_off is None else cut_off
    own = release.get(dataset)
    system, kinds = system_of(release, gwp_set)
    parts = Contributions(system, {own.id: 1.0})
    places = [release.get(identifier).geography for identifier in release.ids()]
    views = {
        "processes": parts.processes(shown),
        "gases": parts.gases(shown),
        "kinds": parts.kinds(kinds),
        "countries": parts.groups(places, shown),
        "first_tier": parts.first_tier(shown),
    }
    upstream = Upstream(parts)
    graph = upstream.graph(shown)
    return {
        "dataset": own.id,
        "name": {"zh": own.name.best("zh"), "en": own.name.best("en")},
        "unit": f"kg CO2e/{own.reference.unit}",
        "gwp": gwp_set,
        "total": parts.forward_total,
        "reconciles": all(view.reconciles for view in views.values()) and graph.reconciles,
        "views": {name: _view(view) for name, view in views.items()},
        "tree": [_branch(branch) for branch in upstream.tree(shown, depth)],
        "graph": _graph(graph),
        "drivers": [
            {
                "matrix": driver.matrix,
                "row": driver.row,
                "column": driver.column,
                "value": driver.value,
                "effect": driver.effect,
                "elasticity": driver.elasticity,
            }
            for driver in Sensitivity(parts).drivers(CutOff(top=10))
        ],
    }


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


def _graph(graph: Graph) -> dict[str, Any]:
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
        "sankey": graph.document(),
    }
