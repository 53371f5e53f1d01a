"""The base year's study under the later year's method: what a comparison of two years takes before it looks at rows.

Method is what the author of a study chooses without anything happening in a plant: GWP set, allocation, the formula of
recycling. The grid's year is no choice: its factor changes by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tanbiao.core.study.electricity import year_of
from tanbiao.core.study.model import Process, Row, Study
from tanbiao.core.study.model_base import PROCESS_PARTS

FORMULA = ("method", "A", "B", "Qsin", "Qsout")
"""Fields of a recycled material that belong to the method; its shares are what the plant does."""


def under_method_of(base: Study, later: Study) -> Study:
    """Return the base study with the later one's GWP set, allocations and recycling formula, row by row and process."""
    rows = {row.id: row for _, row in later.rows()}

    def changed(row: Row) -> Row:
        other = rows.get(row.id)
        if row.circular is None or other is None or other.circular is None:
            return row
        formula = {key: getattr(other.circular, key) for key in FORMULA}
        return row.model_copy(update={"circular": row.circular.model_copy(update=formula)})

    processes = {name: _allocated(process, later.processes.get(name)) for name, process in base.processes.items()}
    return with_rows(base.model_copy(update={"gwp": later.gwp, "processes": processes}), changed)


def _allocated(process: Process, other: Process | None) -> Process:
    """Return a process that shares its burden as the other does, where both give the same products."""
    if other is None or _products(process) != _products(other) or process.allocation == other.allocation:
        return process
    return process.model_copy(update={"allocation": other.allocation})


def _products(process: Process) -> list[str]:
    return [] if isinstance(process.gives, str) else [item.product for item in process.gives]


def in_grid_years_of(base: Study, later: Study) -> Study:
    """Return the base study with each row of electricity in the year that the same row has in the later one."""
    rows = {row.id: row for _, row in later.rows()}

    def changed(row: Row) -> Row:
        other = rows.get(row.id)
        if row.electricity is None or other is None or other.electricity is None:
            return row
        year = year_of(later, other.electricity)
        return row.model_copy(update={"electricity": row.electricity.model_copy(update={"year": year})})

    return with_rows(base, changed)


def with_rows(study: Study, change: Callable[[Row], Row]) -> Study:
    """Return a study with every row of stages and processes changed."""
    stages: dict[str, Any] = {
        name: stage.model_copy(update={"rows": tuple(change(row) for row in stage.rows)})
        for name, stage in study.stages.items()
    }
    processes: dict[str, Any] = {}
    for name, process in study.processes.items():
        parts = {part: tuple(change(row) for row in getattr(process, part)) for part in PROCESS_PARTS}
        processes[name] = process.model_copy(update=parts)
    return study.model_copy(update={"stages": study.stages.model_copy(update=stages), "processes": processes})
