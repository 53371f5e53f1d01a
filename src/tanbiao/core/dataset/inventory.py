"""What a foreign dataset file holds, in one vocabulary for all formats: processes, exchanges, flows, units, sources.

Readers in ``formats`` make an :class:`Inventory`; nothing in it is linked, converted or characterised yet, and nothing
is dropped: what a reader doubts is a finding, what a format has no place for here stands in ``documentation``. Names
are those of the field (ISO 14040/14044; ILCD handbook; openLCA schema 2). Objects are identified by the file's own ids
(UUIDs where the format has them), compared in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from tanbiao.core.findings import Finding

Words = Mapping[str, str]
"""Language code (``zh``, ``en``, ``de``, …; ``""`` where the file does not say) → text."""


class FlowKind(StrEnum):
    """What a flow is."""

    PRODUCT = "product"
    WASTE = "waste"
    ELEMENTARY = "elementary"
    OTHER = "other"


class ProcessKind(StrEnum):
    """How far a process reaches."""

    UNIT = "unit_process"
    SYSTEM = "system_process"
    EPD = "epd_result"
    PARTLY_TERMINATED = "partly_terminated"
    FOOTPRINT_FACTOR = "footprint_factor"
    """A figure from the cradle to the gate without a recipe."""
    DIRECT_EMISSION = "direct_emission_factor"
    """A figure that no footprint takes for an input: CO2 alone, generation or burning alone, or from gate to gate."""


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """Units of one quantity: ``units`` name → factor to the reference unit (1 of the unit = factor reference units)."""

    id: str
    name: str
    reference_unit: str
    units: Mapping[str, float]
    version: str = ""


@dataclass(frozen=True, slots=True)
class FlowProperty:
    """A quantity in which flows are measured (mass, net calorific value, …) with the id of its unit group."""

    id: str
    name: str
    unit_group: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """A class of a classification: level 0 is the widest. ``code`` is the classification's own, if stated."""

    level: int
    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Classified:
    """Where one classification puts a process or flow (of elementary flows: a set of compartments), widest first."""

    levels: tuple[Level, ...]
    system: str = ""
    """The classification's name as the file spells it; '' where it gives none."""
    uri: str = ""
    """Where the file says that the list of classes is."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A product, waste or elementary flow.

    ``properties`` maps flow property ids to how much of that property (in its reference unit) one reference unit of the
    reference property holds; the reference property itself maps to 1.
    """

    id: str
    name: Words
    kind: FlowKind
    version: str = ""
    reference_property: str = ""
    properties: Mapping[str, float] = field(default_factory=dict)
    cas: str = ""
    formula: str = ""
    categories: tuple[str, ...] = ()
    """Product category or, for elementary flows, compartment from the widest to the narrowest word."""
    location: str = ""
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    """For formats without flow properties (EcoSpold 1, SimaPro): the unit's name as written."""
    classifications: tuple[Classified, ...] = ()
    """As :attr:`Process.classifications`."""


@dataclass(frozen=True, slots=True)
class Spread:
    """An uncertainty as the file states it.

    ``lognormal``: ``sigma`` is the standard deviation of ln X. ``normal``: ``sigma`` in the exchange's unit.
    ``triangular``: minimum, mode, maximum. ``uniform``: minimum, maximum. ``undefined``: a range without a shape.
    """

    kind: Literal["lognormal", "normal", "triangular", "uniform", "undefined"]
    sigma: float | None = None
    minimum: float | None = None
    mode: float | None = None
    maximum: float | None = None
    pedigree: tuple[int, ...] = ()
    """Scores 1 (best) to 5 of reliability, completeness, temporal, geographical, technological correlation; 0 where the
    file leaves one unassessed."""
    base_sigma: float | None = None
    """Standard deviation of ln X before the pedigree's share, where the file tells it apart."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One input or output of a process, in the file's own unit; the sign is the file's."""

    flow: str
    is_input: bool
    amount: float
    """NaN where the file's amount is missing or unreadable: unknown, never zero. An error finding says so."""
    unit: str = ""
    id: str = ""
    """The file's own number of the exchange within its process."""
    flow_property: str = ""
    formula: str = ""
    is_reference: bool = False
    is_avoided: bool = False
    provider: str = ""
    """Id of the process that the file names as supplier."""
    location: str = ""
    spread: Spread | None = None
    comment: str = ""
    where: str = ""
    """Line, element or row in the file."""
    production_volume: float | None = None
    """Of a reference: how much its region makes in a year, in the exchange's unit (EcoSpold 2), for supply mixes."""
    quality: str = ""
    """The data quality entry as written, whatever its matrix."""


@dataclass(frozen=True, slots=True)
class AllocationFactor:
    """The share of an exchange (or of the whole process, ``exchange`` empty) that falls to a product."""

    product: str
    value: float
    method: Literal["physical", "economic", "causal", "other"] = "other"
    exchange: str = ""
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named value; with ``formula`` its value is what the formula gives. ``process`` empty: of the whole archive."""

    name: str
    value: float | None
    formula: str = ""
    process: str = ""
    spread: Spread | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ModuleResult:
    """A result of an EPD by module (EN 15804: A1 … D). A module that is not declared has no entry: it is not zero."""

    indicator: str
    module: str
    value: float
    unit: str
    scenario: str = ""
    indicator_id: str = ""
    """Id of the indicator's dataset (an LCIA method or an inventory indicator's flow)."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A source, actor or review that the archive describes."""

    id: str
    kind: Literal["source", "actor", "review"]
    name: str
    text: str = ""
    url: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """A process with its exchanges."""

    id: str
    name: Words
    kind: ProcessKind
    exchanges: tuple[Exchange, ...]
    version: str = ""
    location: str = ""
    valid_from: str = ""
    """ISO date or year as far as the file states it."""
    valid_until: str = ""
    technology: str = ""
    categories: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    allocation: tuple[AllocationFactor, ...] = ()
    default_allocation: str = ""
    results: tuple[ModuleResult, ...] = ()
    declared_modules: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    """Ids of sources, actors and reviews."""
    licence: str = ""
    """Copyright and conditions of use in the file's own words."""
    is_waste_treatment: bool = False
    documentation: Words = field(default_factory=dict)
    """What else the file says, by the format's own name of the field."""
    where: str = ""
    """The file or archive member."""
    classifications: tuple[Classified, ...] = ()
    """Every classification that the file states, ``categories`` being the words of the first; empty where these words
    are all that it says."""

    @property
    def references(self) -> tuple[Exchange, ...]:
        """The exchanges that the process is there for."""
        return tuple(one for one in self.exchanges if one.is_reference)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that one file or archive holds, and what was noticed while reading it."""

    format: str
    """``openlca-jsonld-1`` ``openlca-jsonld-2`` ``ilcd`` ``eilcd`` ``ilcd-epd`` ``tidas`` ``ecospold1`` ``ecospold2``
    ``simapro-csv`` ``mapped-csv`` ``tanbiao-tables`` ``tanbiao-workbook``."""
    processes: tuple[Process, ...] = ()
    flows: Mapping[str, Flow] = field(default_factory=dict)
    flow_properties: Mapping[str, FlowProperty] = field(default_factory=dict)
    unit_groups: Mapping[str, UnitGroup] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    citations: Mapping[str, Citation] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def count_exchanges(self) -> int:
        """Return the number of exchanges of all processes."""
        return sum(len(process.exchanges) for process in self.processes)

    def count_references(self) -> int:
        """Return the number of exchanges that are a quantitative reference."""
        return sum(len(process.references) for process in self.processes)

    def products_without_provider(self) -> tuple[str, ...]:
        """Return the ids, sorted, of product and waste flows used as an input that no process here makes.

        To make is to have the flow as quantitative reference.
        """
        made = {one.flow for process in self.processes for one in process.references}
        used = {one.flow for process in self.processes for one in process.exchanges if one.is_input}
        kinds = (FlowKind.PRODUCT, FlowKind.WASTE)
        return tuple(sorted(key for key in used - made if key in self.flows and self.flows[key].kind in kinds))
