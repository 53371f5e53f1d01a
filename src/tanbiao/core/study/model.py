"""The study document ``tanbiao: study/1``: what a factory writes, a verifier reads and a machine calculates.

The models here say what a well-formed study *is*; :mod:`tanbiao.core.study.parse` turns a document (mappings of
strings, from YAML, JSON, Excel or a form) into them with findings instead of exceptions. Amounts stay text with a unit
(``2.41 kg``) until they are compiled, so that nothing is lost between the author's document and its hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_serializer, model_validator

from tanbiao.core.amounts import AbsenceKind
from tanbiao.core.canonical import content_hash
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.study.allocation_parts import Allocation
from tanbiao.core.study.cbam_parts import Cbam
from tanbiao.core.study.form_parts import FormDetails
from tanbiao.core.study.market_parts import CarbonMarket
from tanbiao.core.study.material_parts import Capture, Circular, CreditKind, Reuse, Scrap
from tanbiao.core.study.method_parts import CarbonContent, Fate, Functional, Memo, Remarks, Scenarios
from tanbiao.core.study.model_base import (
    PROCESS_PARTS,
    Boundary,
    DataKind,
    DatasetReference,
    Digest,
    GwpSet,
    Line,
    ParameterName,
    Part,
    Period,
    Place,
    ProcessId,
    Quantity,
    Reference,
    RowId,
    Score,
    StageName,
    Text,
)
from tanbiao.core.study.supplier_parts import SupplierInput
from tanbiao.core.study.supply import Electricity
from tanbiao.core.study.waivers import Waiver, WaiverRequest

FORMAT = "study/1"
STAGES = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")
DATA_KINDS = ("site_specific", "primary", "secondary", "estimate", "stand_in")
ACTIVITY_KEYS = (
    "from", "electricity", "fuel", "transport", "gas", "emission", "circular", "fate", "treatment", "credit",
    "burden_free", "what",
)  # fmt: skip


class Absent(Part):
    """An amount that is not there: which of the four absences, why, and at most how much (a quantity) if known."""

    absent: AbsenceKind
    reason: Line
    bound: Quantity | None = None


class Evidence(Part):
    """A file that backs a row, cited by its content hash."""

    hash: Digest
    name: Line | None = None
    place: Line | None = None
    """Where in the file: a page, a cell, a meter and a month."""


class Spread(Part):
    """An uncertainty of an amount that its author states."""

    percent: float | None = Field(default=None, gt=0, le=1000)
    """95 % half-width in per cent: log-normal with σ = ln(1 + u/100)/1.96."""
    gsd2: float | None = Field(default=None, ge=1, le=1e6)
    """Square of the geometric standard deviation: log-normal with σ = ln(gsd2)/2."""
    triangular: tuple[Quantity, Quantity] | None = None
    """Lowest and highest possible amount; the amount itself is the mode."""
    uniform: tuple[Quantity, Quantity] | None = None
    normal: Quantity | None = None
    """Standard deviation, in a unit of the amount."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Spread:
        stated = [value for value in (self.percent, self.gsd2, self.triangular, self.uniform, self.normal) if value]
        if len(stated) != 1:
            raise ValueError("exactly one of percent, gsd2, triangular, uniform, normal is needed")
        return self


class Data(Part):
    """How an amount is known."""

    kind: DataKind
    pedigree: tuple[Score, Score, Score, Score, Score] | None = None
    """Reliability, completeness, temporal, geographical, technological correlation: 1 (best) to 5."""
    uncertainty: Spread | None = None
    acquisition: (
        Literal["sample_measurement", "dynamic_tracking", "online_system", "document", "calculation"] | None
    ) = None
    measured_by: Line | None = None
    period: Period | None = None
    primary_share: float | None = Field(default=None, ge=0, le=1)
    """Of a supplier's own footprint: the share of it that rests on primary data, as the supplier states it."""


class StandIn(Part):
    """Says that the factor used is another's, and for what it stands."""

    for_: Line = Field(alias="for")
    reason: Line


class Fuel(Part):
    """A fuel that is burnt: its combustion and its upstream always come as a pair."""

    id: Line
    combustion_in: RowId | None = None
    """The gas row that already holds this fuel's combustion (a measured or balanced emission)."""
    combustion: DatasetReference | None = None
    upstream: DatasetReference | None = None


class Emission(Part):
    """Direct emissions that a method calculates from the row's amount (:mod:`tanbiao.core.study.emission_methods`)."""

    method: Line
    of: Line | None = None
    """The fuel, mineral, cell technology or refrigerant whose values the method takes where ``inputs`` has none."""
    inputs: dict[ParameterName, Quantity] = Field(default_factory=dict)


class Leg(Part):
    """One leg of a transport: the row's mass over this distance by the vehicle of this dataset."""

    by: DatasetReference
    distance: Quantity | None = None
    """None: the default distance of the published table between ``from`` and ``to``."""
    from_: Place | None = Field(default=None, alias="from")
    to: Place | None = None
    """Province codes (``CN-GD``) by road and rail, port codes (``CNSHA``) by sea."""
    mode: Literal["road", "rail", "sea"] | None = None
    load: Quantity | None = None
    """Share of the vehicle's capacity that is used, beside the one that the factor assumes."""
    load_of_factor: Quantity | None = None
    empty_return: Quantity | None = None
    """Share of the way that the vehicle runs back empty, beside its consumption when empty as a share of laden."""
    empty_consumption: Quantity | None = None
    refrigeration: Quantity | None = None
    """Energy of cooling as a share of the vehicle's own; the refrigerant lost is a row of its own."""
    upstream: DatasetReference | None = None
    """Well-to-tank twin where the dataset itself does not name it."""
    source: Line | None = None
    derivation: Line | None = None


class Row(Part):
    """One activity or flow. Exactly one of the activity keys is given, unless the amount is absent."""

    id: RowId
    name: Text | None = None
    amount: Quantity | Absent
    per: Quantity | None = None
    """The quantity of output for which ``amount`` holds, when it is not the study's or process's own reference."""
    properties: dict[Line, Quantity] = Field(default_factory=dict)
    """Stated bridges between units: ``{LHV: 42.652 MJ/kg}``, ``{density: 0.84 kg/l}``."""
    from_: Reference | None = Field(default=None, alias="from")
    electricity: Electricity | None = None
    fuel: Fuel | None = None
    transport: tuple[Leg, ...] | None = None
    gas: Line | None = None
    emission: Emission | None = None
    circular: Circular | None = None
    fate: Fate | None = None
    treatment: Reference | None = None
    credit: DatasetReference | None = None
    credit_for: CreditKind | None = None
    """What earns the credit; None: a substitution, under ``avoids`` a system expansion."""
    scrap: Scrap | None = None
    """Of a credit or an input without burden: where the scrap arose."""
    reuse: Reuse | None = None
    capture: Capture | None = None
    """Of a row of CO2: what of it is captured, or that it was captured elsewhere."""
    burden_free: Line | None = None
    """An input without burden by the rule of allocation (scrap under cut-off, waste heat): the reason."""
    what: Line | None = None
    """A loss: what leaves the process without a footprint of its own (water, slag counted elsewhere)."""
    process: ProcessId | None = None
    """The rule's process that a stage row belongs to, when it does not come from ``process/…`` itself."""
    product: ProcessId | None = None
    """In a process with several products: the one that this row is for alone (under ``avoids``: that is expanded)."""
    driver: RowId | None = None
    """In such a process: the driver of its allocation by which this row is shared."""
    data: Data | None = None
    evidence: tuple[Evidence, ...] = ()
    source: Line | None = None
    """A key of ``sources``, optionally with ``#place``, or free text."""
    derivation: Line | None = None
    stand_in: StandIn | None = None
    default: ProcessId | None = None
    """Id of the rule's default that the amount is; such an amount is no primary data."""
    delay_years: float | None = Field(default=None, gt=0, le=1000)
    """Years after the product is made at which the emission happens; reported, never subtracted."""
    note: Line | None = None

    @property
    def activity(self) -> str | None:
        """The activity key that is given (``from``, ``electricity``, …), or None for an absent amount without one."""
        for key in ACTIVITY_KEYS:
            if getattr(self, "from_" if key == "from" else key) is not None:
                return key
        return None


class Output(Part):
    """One of several products of a process."""

    product: ProcessId
    amount: Quantity
    name: Text | None = None


class Process(Part):
    """A unit process of the study's own: what it gives, takes, emits and loses."""

    name: Text | None = None
    gives: Quantity | tuple[Output, ...]
    allocation: Allocation | None = None
    takes: tuple[Row, ...] = ()
    emits: tuple[Row, ...] = ()
    losses: tuple[Row, ...] = ()
    avoids: tuple[Row, ...] = ()
    """What an expanded co-product replaces: credits, apart from the total unless the rule says so."""
    control: Literal["own", "supplier", "other"] | None = None
    """Who runs it: what the reporting company runs itself needs data of the site."""
    site: Line | None = None
    source: Line | None = None
    note: Line | None = None

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield (part of the process, row) in the order of the document."""
        for part in PROCESS_PARTS:
            for row in getattr(self, part):
                yield part, row


class Stage(Part):
    """A life-cycle stage: its rows, or why there are none."""

    rows: tuple[Row, ...] = ()
    not_declared: Line | None = None
    excluded: Line | None = None
    empty: Line | None = None

    @model_serializer(mode="wrap")
    def _lean(self, handler: Any) -> Any:
        body = handler(self)
        rows = body.pop("rows", None)
        return rows if rows else {key: value for key, value in body.items() if value is not None}


class Source(Part):
    """A named source of amounts: a paper, a meter record, an invoice, a datasheet."""

    title: Line
    authors: Line | None = None
    year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    publisher: Line | None = None
    doi: Line | None = None
    url: Line | None = None
    licence: Line | None = None
    note: Line | None = None


class Parameter(Part):
    """A named quantity with its source, for amounts written as a formula."""

    amount: Quantity
    name: Text | None = None
    source: Line | None = None
    data: Data | None = None
    note: Line | None = None


class Goal(Part):
    """Why the study is made and for whom."""

    application: Line
    reason: Line | None = None
    audience: tuple[Line, ...] = ()
    public_comparison: bool = False


class Classification(Part):
    """A code of the product in a classification."""

    scheme: Line
    code: Line


class Product(Part):
    """The product that is studied."""

    name: Text
    function: Text | None = None
    model: Line | None = None
    category: Line | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CN"
    sites: tuple[Line, ...] = ()
    classifications: tuple[Classification, ...] = ()
    properties: dict[ParameterName, Quantity] = Field(default_factory=dict)


class ReferenceFlow(Part):
    """How much of the product fulfils the declared unit."""

    amount: Quantity
    basis: Line | None = None
    evidence: Line | None = None


class Unit(Part):
    """The declared unit; a stage's amounts are for it unless ``amounts_for`` or the row's ``per`` says otherwise."""

    declared: Quantity
    of: Text | None = None
    functional: Text | None = None
    functional_flow: Functional | None = None
    reference_flow: ReferenceFlow | None = None
    amounts_for: Quantity | None = None
    """Output for which the stages' amounts hold, e.g. a year's production ``52000 t``."""


class CapitalGoods(Part):
    """Whether machines and buildings are part of the study."""

    excluded: Line | None = None
    included: Line | None = None
    not_declared: Line | None = None


class CutOff(Part):
    """A flow left out because it is small: at most how much, and why that is known."""

    id: RowId
    what: Text
    bound: Quantity
    energy: Quantity | None = None
    emission: Quantity | None = None
    """The bound in energy and in kg CO2e, where its author knows them."""
    reason: Line
    process: ProcessId | None = None


class Stages(Part):
    """The five life-cycle stages. None may be missing; one without activities says why."""

    raw_materials: Stage
    manufacturing: Stage
    distribution: Stage
    use: Stage
    end_of_life: Stage

    def items(self) -> Iterator[tuple[StageName, Stage]]:
        """Yield (name, stage) in life-cycle order."""
        for name in STAGES:
            yield name, getattr(self, name)  # type: ignore[misc]


class Study(Part):
    """A study: goal and scope, product, unit, stages, own processes, cut-off.

    Immutable; :attr:`hash` is over the canonical document, never over a file.
    """

    tanbiao: Literal["study/1"]
    goal: Goal
    product: Product
    rule: Line | None = None
    release: Line | None = None
    gwp: GwpSet
    unit: Unit
    period: Period
    boundary: Boundary
    capital_goods: CapitalGoods
    assumptions: tuple[Text, ...] = ()
    limitations: tuple[Text, ...] = ()
    sources: dict[ProcessId, Source] = Field(default_factory=dict)
    parameters: dict[ParameterName, Parameter] = Field(default_factory=dict)
    suppliers: dict[ProcessId, SupplierInput] = Field(default_factory=dict)
    """Suppliers' own footprints that rows take (``from: supplier/KEY``)."""
    stages: Stages
    processes: dict[ProcessId, Process] = Field(default_factory=dict)
    cut_off: tuple[CutOff, ...] = ()
    carbon_content: CarbonContent | None = None
    memo: tuple[Memo, ...] = ()
    scenarios: Scenarios | None = None
    remarks: Remarks | None = None
    forms: FormDetails | None = None
    cbam: Cbam | None = None
    carbon_market: CarbonMarket | None = None
    waivers: tuple[Waiver, ...] = ()
    waiver_requests: tuple[WaiverRequest, ...] = ()

    model_config = ConfigDict(ignored_types=(cached_property,))

    @classmethod
    def parse(cls, document: Any) -> tuple[Study | None, list[Any]]:
        """Read a document; return the study (None when a finding is an error or blocking) and the findings."""
        from tanbiao.core.study.parse import parse_study

        return parse_study(document)

    @classmethod
    def of_canonical(cls, document: Mapping[str, Any]) -> Study:
        """Return the study of a document that :meth:`canonical` wrote and :meth:`parse` has passed before.

        One pass over the model, without the checks of what a person may have written.

        Raises
        ------
        pydantic.ValidationError
            It is no canonical document of this format.
        """
        stages = document["stages"]
        rows = {name: {"rows": stage} if isinstance(stage, list) else stage for name, stage in stages.items()}
        return cls.model_validate({**document, "stages": rows})

    def canonical(self) -> dict[str, Any]:
        """Return the document in canonical form: JSON values, absent fields left out, amounts as text."""
        return self.model_dump(mode="json", by_alias=True)

    @cached_property
    def hash(self) -> str:
        """Return the content hash of the canonical document."""
        return content_hash(self.canonical())

    def carries(self, dataset: Dataset) -> bool:
        """Whether a dataset is a supplier's footprint that this study brings along: no release answers for it."""
        return dataset.id in {f"supplier:{item.footprint}" for item in self.suppliers.values()}

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield (path, row) of every row: stages in life-cycle order, then processes by id."""
        for name, stage in self.stages.items():
            for row in stage.rows:
                yield f"stages.{name}.{row.id}", row
        for process_id, process in sorted(self.processes.items()):
            for part, row in process.rows():
                yield f"processes.{process_id}.{part}.{row.id}", row
