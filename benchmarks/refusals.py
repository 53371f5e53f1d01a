"""Small systems without a trustworthy answer, and two that look odd and have one: what each side says."""

from __future__ import annotations

import importlib.util
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """A system (rows products, columns processes) that is asked for one of its first product."""

    what: str
    technosphere: list[list[float]]
    interventions: list[list[float]]
    right: float | None
    """The footprint; None where there is none."""


CASES = (
    Case("loop in which 1 kWh needs 1 kWh", [[1, -1], [-1, 1]], [[1, 1]], None),
    Case("loop with condition number 4e13", [[1, -1], [-1, 1 + 1e-13]], [[1, 1]], None),
    Case("loop that eats more than it makes", [[1, -2], [-1, 1]], [[1, 1]], None),
    Case("process without its reference product", [[1, -0.2], [-0.1, 0]], [[1, 2]], None),
    Case("unallocated co-product", [[1], [0.5]], [[4]], None),
    Case("waste treatment (reference −1)", [[1, 0], [0.3, -1]], [[2, 1.5]], 2.45),
    Case("substitution credit", [[1, 0], [0.5, 1]], [[4, 10]], -1.0),
)


def of_peer() -> list[str]:
    """Return what Brightway answers to each case."""
    if importlib.util.find_spec("bw2calc") is None:
        return ["not installed"] * len(CASES)
    from benchmarks.peers import solved

    return [_said(lambda case=case: solved(*_arrays(case))) for case in CASES]


def of_ours() -> list[str]:
    """Return what our engine answers to each case."""
    from tanbiao.core.lca import ProductSystem, Unsolvable

    def answer(case: Case) -> str:
        try:
            system = ProductSystem(*_arrays(case)[:3])
        except Unsolvable as refused:
            return f"refused: `{refused.code}`, processes {list(refused.processes)}"
        flagged = ", ".join(f"`{item.code}`" for item in system.findings)
        return f"{float(system.footprint({0: 1.0})[0]):.15g}" + (f", flagged {flagged}" if flagged else "")

    return [answer(case) for case in CASES]


def _arrays(case: Case) -> tuple[Any, Any, Any, Any]:
    demand = np.zeros(len(case.technosphere))
    demand[0] = 1.0
    return np.array(case.technosphere, dtype=float), np.array(case.interventions, dtype=float), np.ones(1), demand


def _said(call: Any) -> str:
    try:
        return f"{call():.15g}, no error"
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:90] if str(error) else ''}"
