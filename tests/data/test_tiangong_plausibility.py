"""The table of TianGong's processes says why each is left out of the starter release."""

from __future__ import annotations

import csv
from pathlib import Path

TABLE = Path(__file__).parents[2] / "docs" / "data" / "tiangong-plausibility.csv"


def test_each_of_the_120_processes_has_its_verdict_and_a_reason() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["process"] for row in rows}) == len(rows) == 120
    assert all(row["verdict"] == "left out" and row["because"] for row in rows)


def test_figures_that_are_off_by_orders_of_magnitude_are_named() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        by_name = {row["name"]: row for row in csv.DictReader(file)}
    assert "outside_peers" in by_name["铜生产 ; 主要通过火法冶金工艺制造"]["because"]
    assert "emission_without_input" in by_name["钢铁生产 ; 整个风电场"]["because"]
