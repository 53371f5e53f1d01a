"""The section ``carbon_market`` of a study: what a factory reported to the national carbon market, step by step.

A step is a part of the works that the accounting guide counts by itself (clinker kiln, potline, blast furnace). Each
line is activity data × factor = reported emission, and names the row of the study that stands for it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tanbiao.core.study.model_base import Line, Part, ProcessId, Quantity, RowId, Text

MARKET_KINDS = ("combustion", "process", "electricity", "heat")


class MarketLine(Part):
    """One emission of a step: activity data, factor, what was reported, and the row that stands for it."""

    id: RowId
    name: Text | None = None
    kind: Literal["combustion", "process", "electricity", "heat"]
    activity: Quantity
    """Of the step over the reported year: ``118000 t``."""
    factor: Quantity
    """Mass of CO2 (or CO2e) per unit of the activity: ``1.92 t/t``."""
    reported: Quantity
    """Mass of CO2 (or CO2e) as it stands in the report."""
    row: RowId | None = None
    outside: Line | None = None
    """Why the study has no row for it: heating of offices, another product."""


class MarketStep(Part):
    """A process step of the report."""

    name: Text | None = None
    process: ProcessId
    """An own process of the study, else the name that its rows carry under ``process``."""
    output: Quantity
    """What the step made over the reported year."""
    per_declared_unit: Quantity | None = None
    """Of a step whose rows stand in the stages: its output per declared unit; without it the declared unit itself."""
    reported: Quantity
    lines: tuple[MarketLine, ...]


class CarbonMarket(Part):
    """What was reported for one year, and to whom it can be shown."""

    report: Line
    year: Annotated[int, Field(ge=2000, le=2100)]
    enterprise: Line | None = None
    guide: Line | None = None
    verifier: Line | None = None
    tolerance: Quantity | None = None
    """How far figures may be apart before a finding says so: ``1 %``; without it the project default."""
    steps: dict[ProcessId, MarketStep]
