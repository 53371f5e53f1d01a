"""Parts of the study document that a method asks for beside activities: carbon content, memo items, scenarios, fates,
the functional unit, and the author's remarks on the interpretation.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tanbiao.core.study.model_base import DatasetReference, Line, ParameterName, Part, ProcessId, Quantity, RowId, Text

ROUTES = ("reuse", "recycling", "energy_recovery", "incineration", "composting", "landfill", "other")
"""Ways that a material goes at its end of life; the shares of one material add up to 1."""
REMARKS = ("hot_spots", "completeness", "consistency", "sensitivity", "limits")


class CarbonContent(Part):
    """Carbon in the product, per declared unit, as it leaves the gate."""

    biogenic: Quantity
    """Mass of biogenic carbon (kg C, not CO2)."""
    fossil: Quantity | None = None
    packaging: Quantity | None = None
    """Biogenic carbon in the packaging, where the product's own figure leaves it out."""
    tolerance: Quantity | None = None
    """Share of the uptake by which the balance may be open; without it the project default."""
    source: Line
    evidence: Line | None = None


class Memo(Part):
    """Something that is reported beside the footprint and never enters it."""

    id: RowId
    kind: Literal["soil_carbon", "indirect_land_use_change", "stored_carbon", "captured_carbon", "carbon_stock_gain"]
    what: Text
    amount: Quantity
    """kg CO2e per declared unit."""
    source: Line
    note: Line | None = None


class Override(Part):
    """A value that a study puts in the place of a scenario's, and why."""

    amount: Quantity
    reason: Line
    source: Line | None = None


class UseScenario(Part):
    """A use-stage scenario that the study cites; its quantities become parameters of the study."""

    scenario: Line
    """``id@version`` of the table ``data/study/use_scenarios.json``."""
    override: dict[ParameterName, Override] = Field(default_factory=dict)


class RuleScenario(Part):
    """A scenario of the rule that the study follows: its quantities as the study takes them.

    Each becomes a parameter of the study, named by scenario and quantity (``running_hours``).
    """

    scenario: ProcessId
    """Id of the scenario in the rule."""
    parameters: dict[ProcessId, Quantity] = Field(min_length=1)
    reason: Line | None = None
    """Why a quantity is not the rule's own."""
    source: Line | None = None


class Scenarios(Part):
    """The scenarios that a study rests on."""

    use: UseScenario | None = None
    rule: tuple[RuleScenario, ...] = ()


class Fate(Part):
    """What becomes of a material: shares by route from a published table, and what each route does."""

    material: Line
    region: Line = "CN"
    table: Line | None = None
    """``id@version`` of a table of ``data/study/end_of_life_shares.json``."""
    shares: dict[Literal["reuse", "recycling", "energy_recovery", "incineration", "composting", "landfill", "other"],
                 Quantity] = Field(default_factory=dict)  # fmt: skip
    """The study's own shares in the place of the table's; they need ``reason``."""
    reason: Line | None = None
    reuse: DatasetReference | Literal["burden_free"] | None = None
    recycling: DatasetReference | Literal["burden_free"] | None = None
    energy_recovery: DatasetReference | Literal["burden_free"] | None = None
    incineration: DatasetReference | Literal["burden_free"] | None = None
    composting: DatasetReference | Literal["burden_free"] | None = None
    landfill: DatasetReference | Literal["burden_free"] | None = None
    other: DatasetReference | Literal["burden_free"] | None = None
    """The treatment of each route, or ``burden_free`` where the next product system carries it (cut-off)."""


class Functional(Part):
    """The functional unit as an amount, and how much of the declared unit's product it takes."""

    amount: Quantity
    takes: Quantity
    """Product for the functional unit, in a unit that the declared unit converts to."""
    basis: Line | None = None
    evidence: Line | None = None
    """Test, standard or record that shows the conversion; without it no figure per functional unit is given."""


class Remarks(Part):
    """What the author says to the generated interpretation; the generated figures stay as they are."""

    hot_spots: Text | None = None
    completeness: Text | None = None
    consistency: Text | None = None
    sensitivity: Text | None = None
    limits: Text | None = None
