"""Readers of the published inventories kept under ``tests/data/examples`` (sources and licences stand in the rows)."""

from __future__ import annotations

import csv
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data" / "examples"


@lru_cache(maxsize=8)
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def premise(activity: str, product: str, *, nth: int | None = None) -> float:
    """Amount of an exchange of a premise recipe: the sum of its rows, or the ``nth`` one."""
    amounts = [
        float(row["amount"])
        for row in _rows("premise.csv")
        if row["activity"] == activity and product in (row["product"], row["exchange"]) and row["type"] != "production"
    ]
    assert amounts, (activity, product)
    return sum(amounts) if nth is None else amounts[nth]


def uslci(process: str, flow: str) -> float:
    """Amount of a flow of a US LCI process."""
    amounts = [float(row["amount"]) for row in _rows("uslci.csv") if row["process"] == process and row["flow"] == flow]
    assert len(amounts) == 1, (process, flow)
    return amounts[0]


def tiangong(process: str, flow: str) -> float:
    """Amount of a flow of a TianGong process (id begins with ``process``)."""
    rows = _rows("tiangong.csv")
    amounts = [float(row["amount"]) for row in rows if row["id"].startswith(process) and row["flow"].strip() == flow]
    assert len(amounts) == 1, (process, flow)
    return amounts[0]


def case(name: str) -> dict[str, Any]:
    """Inputs and expected figures of a worked example (``bat-04``, ``cn-05``)."""
    loaded: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def factors() -> dict[str, float]:
    """Factor of a dataset in kg CO2e per reference unit, as its source prints it."""
    return {row["id"]: float(row["value"]) for row in _rows("factors.csv")}
