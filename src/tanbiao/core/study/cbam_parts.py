"""The section ``cbam`` of a study: which processes make goods of the mechanism, and what is known of bought ones.

The figures of the study's own goods are added up from the rows of their processes; only what no row can tell stands
here. Nothing is assumed: a bought precursor states its supplier's figures, or a default value with its source.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tanbiao.core.study.model_base import Line, ParameterName, Part, ProcessId, Quantity, RowId, Text

CombinedNomenclature = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{4}(?: ?\d{2}){0,2}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Corrections(Part):
    """What is added to or taken from the direct emissions of one run of the process, as mass of CO2e."""

    heat_imported: Quantity | None = None
    heat_exported: Quantity | None = None
    waste_gas_imported: Quantity | None = None
    waste_gas_exported: Quantity | None = None
    electricity_produced: Quantity | None = None
    source: Line


class Good(Part):
    """A good that a process of the study makes."""

    process: Line
    """``hot-metal``, or ``hot-metal/iron`` where the process gives several products: the others carry nothing."""
    category: Line
    """A key of ``data/methods/cbam.json``: ``pig_iron``, ``crude_steel`` …"""
    cn: CombinedNomenclature | None = None
    name: Text | None = None
    route: Line | None = None
    parameters: dict[ParameterName, Line] = Field(default_factory=dict)
    """What the communication reports of the category: the reducing agent, mass per cent of alloys, scrap per tonne."""
    corrections: Corrections | None = None
    content: Quantity | None = None
    """What a tonne holds of what the functional unit of its category counts: clinker of cement, nitrogen of urea and
    mixed fertilisers, as ``0.75 t/t`` or ``46 %``."""


class Precursor(Part):
    """A good that a row of the study buys."""

    category: Line
    cn: CombinedNomenclature | None = None
    country: Country | None = None
    """Where it was made; goods of the Union and of exempted countries count zero."""
    installation: Line | None = None
    direct: Quantity | None = None
    """Specific embedded emissions, mass of CO2e per mass of the precursor."""
    indirect: Quantity | None = None
    carried_indirect: Quantity | None = None
    """Of a precursor whose own indirect emissions do not count: those of its precursors that do."""
    default: bool = False
    """The values are published default values, not the supplier's."""
    source: Line | None = None


class PowerFactor(Part):
    """The emission factor of electricity that the mechanism counts; a footprint factor is none."""

    factor: Quantity
    kind: Literal["default", "direct_link", "power_purchase"]
    source: Line


class Power(PowerFactor):
    """The factor of all electricity, and of rows that have one of their own."""

    rows: dict[RowId, PowerFactor] = Field(default_factory=dict)


class Installation(Part):
    """Where the goods are made."""

    name: Line
    country: Country = "CN"
    unlocode: Line | None = None
    address: Line | None = None


class Biomass(Part):
    """Evidence that biomass may count zero (Directive (EU) 2018/2001, Article 29)."""

    rows: tuple[RowId, ...]
    evidence: Line


class Cbam(Part):
    """Goods, bought precursors and electricity."""

    goods: dict[ProcessId, Good]
    declared: ProcessId
    """The good of ``goods`` that is exported."""
    precursors: dict[RowId, Precursor] = Field(default_factory=dict)
    electricity: Power | None = None
    installation: Installation | None = None
    biomass: Biomass | None = None
