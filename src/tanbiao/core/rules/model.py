"""The rule document ``tanbiao: rule/1``: one document drives form, calculation, checks and report of a category.

A demonstration rule claims no official basis; ``informed_by`` names what it was written with in mind. Every threshold
is a number of the document, and :attr:`Rule.thresholds` says of what standing they are.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from tanbiao.core.canonical import content_hash
from tanbiao.core.rules.parts import (
    PROJECT_DEFAULT,
    BoundaryRecord,
    Clause,
    Day,
    Default,
    Document,
    Id,
    Level,
    Line,
    NamedValue,
    Owner,
    Part,
    Path,
    ReportSection,
    Scenario,
    Section,
    Share,
    Standing,
    ThresholdSource,
    Title,
    Version,
    Waivable,
)
from tanbiao.core.study.material_parts import CreditKind
from tanbiao.core.study.model_base import GwpSet, ParameterName, StageName

FORMAT = "rule/1"

SectionName = Literal[
    "scope", "terms", "unit", "boundary", "method", "allocation", "electricity", "scenarios", "data_quality",
    "traceability", "calculation", "verification", "report", "communication", "grade",
]  # fmt: skip
MANDATORY_SECTIONS: tuple[SectionName, ...] = ("boundary", "method", "data_quality", "traceability")
"""Sections without which no rule is issued: boundary, method, data quality and traceability requirements are what
发改环资〔2023〕1529号 asks a product's accounting rule to contain."""


class Classification(Part):
    """A code in a classification of products."""

    scheme: Line
    code: Line


class Covers(Part):
    """Which products the rule is for."""

    categories: tuple[Line, ...] = ()
    classifications: tuple[Classification, ...] = ()
    where: Line | None = None
    """An expression over ``product.*`` properties."""


class DeclaredUnit(Part):
    """The unit in which results are stated."""

    amount: Line
    of: Title | None = None


class UnitConversion(Part):
    """How many functional units one declared unit gives."""

    functional_per_declared: Line
    """An expression over ``product.*``: ``product.cycles * product.depth_of_discharge``."""
    evidence: Literal["required", "none"] = "required"
    note: Title | None = None


class FieldRule(Part):
    """A property of the product that a study states, with its unit: ``product.NAME`` in the rule's expressions."""

    name: ParameterName
    unit: Line
    title: Title | None = None
    required: bool = False
    clause: Clause | None = None


class UnitRule(Part):
    """Declared and functional unit."""

    declared: DeclaredUnit
    functional: DeclaredUnit | None = None
    conversion: UnitConversion | None = None


class BoundaryRule(Part):
    """What each stage must be, and which partial boundaries are allowed."""

    raw_materials: Literal["required", "optional", "excluded"] = "required"
    manufacturing: Literal["required", "optional", "excluded"] = "required"
    distribution: Literal["required", "optional", "excluded"] = "required"
    use: Literal["required", "optional", "excluded"] = "optional"
    end_of_life: Literal["required", "optional", "excluded"] = "required"
    partial: tuple[Literal["cradle_to_gate", "gate_to_gate"], ...] = ()
    """Boundaries under which the stages outside them may be left undeclared; said on the label."""


class ProcessRule(Part):
    """A process that a study of the category has."""

    id: Id
    stage: StageName
    name: Title | None = None
    required: bool = True
    data: Literal["site_specific", "primary", "supplier_or_secondary", "any"] = "any"
    """``site_specific`` of the reporting company's own site; ``primary`` that, or a supplier's own; else as named."""
    quality_at_most: float | None = Field(default=None, ge=1, le=5)
    """Worst mean pedigree score of the process's rows."""
    clause: Clause | None = None


class CutOffRule(Part):
    """What may be left out for being small."""

    each: Share
    total: Share
    of: tuple[Literal["mass", "energy", "emissions"], ...] = ("mass",)
    """Mass: a bound in kg over the reference mass. Emissions: a bound in per cent or kg CO2e over the known total."""
    never: tuple[Id, ...] = ()


class ElectricityRule(Part):
    """Which supplies count as what they are; any other counts as the grid."""

    counts: tuple[Literal["direct_line", "own_generation", "green_certificate", "contract"], ...] = ()
    proof: Literal["required", "none"] = "required"
    otherwise: Literal["grid"] = "grid"
    headline: Literal["market", "location"] | None = None
    """Which value is the headline; the other one is a mandatory sensitivity. None: market."""
    window_months: int | None = Field(default=None, ge=0, le=36)
    """Months before and after the data period in which claimed electricity may be produced; None: no limit."""
    year: Literal["data_period_else_earlier"] | None = None
    """Year of a grid factor: that of the data period, else the latest earlier one with a finding."""


AllocationMethod = Literal[
    "mass", "energy", "economic", "stated", "physical", "efficiency", "causal", "subdivision", "system_expansion"
]


class CoProductRule(Part):
    """How one co-product shares the burden of its process."""

    product: Id
    by: AllocationMethod
    title: Title | None = None
    basis: Line | None = None
    """What is weighed: ``lower heating value``, ``mean price of 36 months from …``."""
    clause: Clause | None = None


class AllocationRule(Part):
    """How co-products and recycling are treated."""

    co_products: tuple[AllocationMethod, ...] = ("mass",)
    per_co_product: tuple[CoProductRule, ...] = ()
    """The method of a co-product that has one of its own."""
    recycling: Line = "cut_off"
    recycling_parameters: tuple[NamedValue, ...] = ()
    """Values of the recycling method (A, B, quality ratios …), each with its source."""
    recycling_materials: tuple[NamedValue, ...] = ()
    """A of the circular footprint formula by material (``other``: of any that is not named), each with its source. A
    row that names its material and no A takes it from here."""
    book_and_claim: Literal["refused", "allowed"] | None = None
    """Recycled content by book-and-claim; None: refused."""


class GwpMix(Part):
    """How much of the emission may carry another or unknown GWP set."""

    other_or_unknown: Share | None = None
    above: Literal["refuse", "error"] = "refuse"
    default_bound: Share | None = None
    """Largest relative difference assumed of a factor whose gases are not known."""


class QualityRule(Part):
    """Quality of data."""

    result_at_most: float | None = Field(default=None, ge=1, le=5)
    assessed_at_least: Share | None = None
    months: int | None = Field(default=None, ge=1, le=60)
    primary_share_at_least: Share | None = None
    uncertainty: Literal["required", "optional"] = "required"
    site_specific_at_most: float | None = Field(default=None, ge=1, le=5)
    """Worst mean pedigree score of a process that must be site-specific."""
    stand_ins_at_most: Share | None = None
    """Largest share of the result that may lean on stand-ins."""
    months_reason: Title | None = None
    shorter: Literal["refused", "provisional"] | None = None
    """What a shorter data period makes of a study; None: refused."""
    site_data: Literal["site_specific", "primary"] | None = None
    """Which data a process that asks for ``site_specific`` takes: the site's own only, or a supplier's as well. None:
    ``primary``, as in versions published before this key; a new version says ``site_specific``."""


class DeclaredValue(Part):
    """How the value is published."""

    digits: int = Field(default=3, ge=1, le=6)
    rounding: Literal["half_even"] = "half_even"
    """Round half to even, as GB/T 8170 describes."""
    headline: Literal["total", "excluding_uptake"] = "total"
    partial_headline: Literal["total", "excluding_uptake"] | None = None
    """Headline of a partial footprint. None: as ``headline``, in versions published before this key; a new version says
    ``excluding_uptake``."""
    at_limit: Literal["never_in_favour"] | None = None
    """A rounded value never falls on the better side of a limit that the unrounded one breaks."""


class Grade(Part):
    """Classes of the declared value, where a grade table is in force for the category. No packaged rule has one."""

    classes: tuple[Line, ...] = Field(min_length=2, max_length=12)
    """Names from the lowest value to the highest."""
    limits: tuple[float, ...] = Field(min_length=1, max_length=11)
    """kg CO2e per declared unit of the rule, ascending; a value above the n-th limit is in class n + 1 or higher."""
    source: Line
    """Grade table and clause."""
    of: Literal["total", "excluding_uptake", "headline"] | None = None
    """What is graded, unrounded; None: the total."""
    clause: Clause | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        ascending = all(low < high for low, high in pairwise(self.limits))
        if len(self.classes) != len(self.limits) + 1 or not ascending:
            raise ValueError("a grade has ascending limits and one class more than limits")
        return self


class Comparison(Part):
    """From how many on figures under this rule are shown beside each other.."""

    minimum: int = Field(ge=2, le=100_000)
    """Certificates in force that rest on the same basis, the one compared among them."""
    source: Line
    clause: Clause | None = None


class Otherwise(Part):
    """What is said when a check fails."""

    severity: Level
    clause: Line | None = None
    """Clause that is not kept: of this document, or of the one that ``document`` names."""
    document: Line | None = None
    zh: Line
    en: Line


class EachRow(Part):
    """The rows that a check is made of, one by one: those that fit everything that is given."""

    rows: Literal["all"] | None = None
    """Every row of the study."""
    activity: Literal[
        "from", "electricity", "fuel", "transport", "gas", "emission", "circular", "treatment", "credit", "burden_free",
        "what",
    ] | None = None  # fmt: skip
    stage: StageName | None = None
    process: Id | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if not self.model_dump():
            raise ValueError("each names rows by activity, stage or process, or says rows: all")
        return self


class CheckRule(Part):
    """A check written as an expression."""

    id: Id
    expect: Line
    """A condition of the language of :mod:`tanbiao.core.rules.language`."""
    otherwise: Otherwise
    title: Title | None = None
    when: Line | None = None
    """A condition; where it does not hold, the check does not apply and passes."""
    each: EachRow | None = None
    """Made of every row that fits, with the names ``row.*``; a finding points at the row."""
    at: Path | None = None
    """Place in the study that a finding points at; without it, the check itself."""


class Change(Part):
    """A change to a worked example."""

    remove: tuple[Line, ...] = ()
    set: dict[str, Any] = Field(default_factory=dict)
    add: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    """Rows put to the end of a list: ``stages.manufacturing``, ``cut_off``."""


class Expected(Part):
    """The answer expected."""

    total: float
    within: float = Field(default=1e-9, gt=0)
    """Relative."""
    by: Line | None = None
    """How the expected figure was found."""
    declared: Line | None = None
    """The declared value as it is printed: ``1.61``."""
    excluding_uptake: float | None = None
    grade: Line | None = None
    """Class of the unrounded value, where the rule has a grade."""


class Example(Part):
    """A worked example of the rule's own test kit."""

    id: Id
    study: Line
    release: Line | None = None
    change: Change | None = None
    expect: Expected | None = None
    expect_finding: Line | None = None
    expect_no_finding: Line | None = None
    expect_said: dict[Id, Line] = Field(default_factory=dict)
    """What the expected finding says, by its parameters: ``bound: ≤ 5 %``."""
    expect_severity: Level | None = None
    """How heavy the expected finding is."""
    samples: int | None = Field(default=None, ge=0, le=1000)
    """Samples of the uncertainty analysis; 0: none is made."""
    holds: tuple[Line, ...] = ()
    """Elements of the rule that nothing but this example holds (``tanbiao rules test --mutate``)."""
    expect_blocks: bool | None = None
    """Whether the result has a finding that is an error or blocking."""
    expect_defaults: dict[Id, Line] = Field(default_factory=dict)
    """Default that rows take → its value, as the result states it; one that is not named may be anything."""
    kind: Literal["inventory", "arithmetic"] | None = None
    """``inventory``: figures of a cited inventory; ``arithmetic``: an arithmetic example, not a product."""
    title: Title | None = None
    source: Line | None = None
    expect_at: Path | None = None
    """Place of the expected finding."""
    expect_checks: dict[Id, Literal["passed", "failed", "not_run", "waived"]] = Field(default_factory=dict)
    """State of each named check; one that is not named may have any."""
    expect_failed: Literal["none"] | tuple[Id, ...] | None = None
    """The checks that fail: exactly these."""
    expect_not_run: Literal["none"] | tuple[Id, ...] | None = None


class Rule(Part):
    """A category rule, immutable; :attr:`hash` is over the canonical document."""

    tanbiao: Literal["rule/1"]
    id: Id
    version: Version
    standing: Standing
    title: Title
    thresholds: Line = PROJECT_DEFAULT
    informed_by: tuple[Document, ...] = ()
    covers: Covers
    unit: UnitRule
    boundary: BoundaryRule
    processes: tuple[ProcessRule, ...] = ()
    cut_off: CutOffRule
    electricity: ElectricityRule
    allocation: AllocationRule
    gwp: GwpSet
    gwp_mix: GwpMix | None = None
    credits: Literal["apart", "in_total"] = "apart"
    credits_counted: tuple[CreditKind, ...] = ()
    """Kinds of credits that are in the total where the others stand apart."""
    capture: Literal["apart", "in_total"] | None = None
    """Whether captured CO2 that is shown to stay away lowers the total; None: it stands beside it."""
    quality: QualityRule
    unknown_amounts: Literal["block_submission", "warn"] = "block_submission"
    declared_value: DeclaredValue
    grade: Grade | None = None
    comparison: Comparison | None = None
    """None: no position among other products is shown."""
    defaults: tuple[Default, ...] = ()
    severities: dict[str, Level] = Field(default_factory=dict)
    """Severity of a built-in check where it is not the default one."""
    checks: tuple[CheckRule, ...] = ()
    examples: tuple[Example, ...] = ()
    owner: Owner | None = None
    layer: Literal["national", "industry", "local", "group", "enterprise", "project"] | None = None
    """Kind of standard that the rule is."""
    effective: Day | None = None
    replaces: Line | None = None
    """``id@version`` that this one replaces."""
    sections: dict[SectionName, Section] = Field(default_factory=dict)
    threshold_sources: tuple[ThresholdSource, ...] = ()
    boundary_record: tuple[BoundaryRecord, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    report_sections: tuple[ReportSection, ...] = ()
    waivable: tuple[Waivable, ...] = ()
    fields: tuple[FieldRule, ...] = ()

    model_config = ConfigDict(ignored_types=(cached_property,))

    @property
    def reference(self) -> str:
        """Return ``id@version``."""
        return f"{self.id}@{self.version}"

    def canonical(self) -> dict[str, Any]:
        """Return the document in canonical form."""
        return self.model_dump(mode="json", by_alias=True)

    @cached_property
    def hash(self) -> str:
        """Return the content hash of the canonical document."""
        return content_hash(self.canonical())
