"""Where a study's result comes from, in the same shape as the explanation of a release's dataset.

Everything is read off the Result document, so that a page, the API and a program that holds only the document agree.
The views' parts come from its contributions; each is held against the total, which the calculation made apart from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from tanbiao.core.amounts import add
from tanbiao.core.lca.views import EVERYTHING, PARETO, RECONCILES_WITHIN, CutOff, View, view_of
from tanbiao.core.study.tables import STAGE_NAMES

Row = Mapping[str, Any]
DIRECT = "direct"
"""The part of the first tier that the study's own rows emit themselves."""


def explain_result(result: Mapping[str, Any], cut_off: CutOff = PARETO, opened: Collection[str] = ()) -> dict[str, Any]:
    """Return the views, the tree and the graph of a result.

    Parameters
    ----------
    result
        A Result document. Where something in it is unknown, its total is the known part, and ``completeness`` says so.
    cut_off
        What is shown; the rest stands beside with its sum.
    opened
        Names of views (and ``tree``) of which the rest is shown too.

    Returns
    -------
    dict
        ``total`` in kg CO2e per declared unit; ``views`` (``own_processes``, ``first_tier``, ``stages``, ``gases``,
        ``kinds``, ``countries``), ``tree`` (stage → own process → row), ``graph``, ``names``, ``reconciles``.
    """
    rows: Sequence[Row] = result["contributions"]
    total = float(result["total"]["value"])
    names: dict[str, dict[str, str]] = {key: dict(words) for key, words in STAGE_NAMES.items()}
    for row in rows:
        if row["dataset"] is not None:
            names[row["dataset"]] = dict(row["dataset_name"])
    for row in result["own_processes"]:
        names[row["process"] or row["stage"]] = dict(row["name"])

    def view(name: str, values: Mapping[str, float]) -> View:
        shown = EVERYTHING if name in opened else cut_off
        return view_of("total", total, tuple(values), np.array(list(values.values()), dtype=np.float64), shown)

    views = {
        "own_processes": view(
            "own_processes", {row["process"] or row["stage"]: row["value"] for row in result["own_processes"]}
        ),
        "first_tier": view("first_tier", _sums(rows, lambda row: row["dataset"] or DIRECT)),
        "stages": view_of("total", total, *_columns(_sums(rows, lambda row: row["stage"]))),
        "gases": view("gases", {key: float(value) for key, value in result["gases"].items()}),
        "kinds": view_of("total", total, *_columns(_sums(rows, lambda row: row["kind"]))),
        "countries": view("countries", _sums(rows, lambda row: row["geography"] or DIRECT)),
    }
    tree = _tree(rows, names, EVERYTHING if "tree" in opened else cut_off, abs(total))
    weight = add(abs(total), *(abs(row["value"]) for row in rows))
    off = abs(add(total, *(-branch["value"] for branch in tree["supplies"])))
    return {
        "study": result["study"]["hash"],
        "name": dict(result["study"]["name"]),
        "unit": result["total"]["unit"],
        "gwp": result["versions"]["gwp"]["set"],
        "total": total,
        "completeness": result["total"]["completeness"],
        "reconciles": all(one.reconciles for one in views.values()) and off <= RECONCILES_WITHIN * weight,
        "views": {name: _view(one) for name, one in views.items()},
        "tree": [tree],
        "graph": {"sankey": result["sankey"]},
        "names": names,
    }


def _sums(rows: Sequence[Row], key: Callable[[Row], str]) -> dict[str, float]:
    grouped: dict[str, list[float]] = {}
    for row in rows:
        grouped.setdefault(key(row), []).append(float(row["value"]))
    return {name: add(*values) for name, values in grouped.items()}


def _columns(sums: Mapping[str, float]) -> tuple[tuple[str, ...], Any]:
    return tuple(sums), np.array(list(sums.values()), dtype=np.float64)


def _view(view: View) -> dict[str, Any]:
    return {
        "parts": [{"name": part.label, "value": part.value, "share": view.share(part)} for part in view.parts],
        "rest": {"count": len(view.rest.parts), "value": view.rest.value},
        "residual": view.residual,
    }


def _tree(rows: Sequence[Row], names: Mapping[str, Any], cut_off: CutOff, whole: float) -> dict[str, Any]:
    """Return total → stage → own processes on the way → row; each node's value is the sum of those below it."""
    branch = _node("product", {"zh": "产品", "en": "product"}, rows)
    branch |= _below(rows, 0, names, cut_off, whole)
    return branch


def _node(key: str, name: Mapping[str, str], rows: Sequence[Row], **more: Any) -> dict[str, Any]:
    value = add(0.0, *(float(row["value"]) for row in rows))
    return {"key": key, "name": dict(name), "value": value, "loop": False, "supplies": [], **more}


def _step(row: Row, depth: int) -> tuple[str, str]:
    """Return what stands at a depth of the way to a row: its stage, its processes, at last itself."""
    if depth == 0:
        return ("stage", row["stage"])
    if depth <= len(row["path"]):
        return ("process", row["path"][depth - 1])
    return ("row", f"{row['row']}\x00{row['dataset'] or row['gas'] or ''}")


def _below(rows: Sequence[Row], depth: int, names: Mapping[str, Any], cut_off: CutOff, whole: float) -> dict[str, Any]:
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault(_step(row, depth), []).append(row)
    nodes = []
    for (kind, key), members in grouped.items():
        if kind == "row":
            first = members[0]
            more = {"row": first["row"], "dataset": first["dataset"], "amount": first["amount"], "unit": first["unit"]}
            nodes.append(_node(first["row"], first["name"], members, **more))
        else:
            node = _node(key, names.get(key, {"zh": key, "en": key}), members)
            nodes.append(node | _below(members, depth + 1, names, cut_off, whole))
    values = np.array([node["value"] for node in nodes], dtype=np.float64)
    shown = (
        cut_off.shown(values, whole).tolist() if depth else sorted(range(len(nodes)), key=lambda at: -abs(values[at]))
    )
    rest = [node["value"] for at, node in enumerate(nodes) if at not in set(shown)]
    return {
        "supplies": [nodes[at] for at in shown],
        "rest": {"count": len(rest), "value": add(0.0, *rest)},
    }
