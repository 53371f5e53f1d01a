"""The rule document ``tanbiao: rule/1``: one document drives form, calculation, checks and report of a category.

A demonstration rule claims no official basis; ``informed_by`` names what it was written with in mind. Every threshold
is a number of the document, and :attr:`Rule.thresholds` says of what standing they are.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_serializer,
    model_validator,
)

from tanbiao.core.canonical import content_hash
from tanbiao.core.study.model import GwpSet, StageName

FORMAT = "rule/1"

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
Standing = Literal["official", "adopted", "filed", "demonstration"]
Level = Literal["info", "warning", "error", "blocking"]


def _share(value: Any) -> Any:
    """Read ``5 %`` as 0.05; a plain number is taken as it is."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip()[:-1]) / 100
    return value


Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]


class Part(BaseModel):
    """Base: frozen, no unknown keys, serialised without what is absent."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)

    @model_serializer(mode="wrap")
    def _lean(self, handler: Any) -> Any:
        return {key: value for key, value in handler(self).items() if value is not None and value not in ((), [], {})}


class Title(Part):
    """A text in both languages."""

    zh: Line
    en: Line


class Document(Part):
    """A document that the rule was written with in mind; no clause of it is quoted."""

    document: Line
    note: Line | None = None


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


class UnitRule(Part):
    """Declared and functional unit."""

    declared: DeclaredUnit
    functional: DeclaredUnit | None = None


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
    data: Literal["site_specific", "supplier_or_secondary", "any"] = "any"


class CutOffRule(Part):
    """What may be left out for being small."""

    each: Share
    total: Share
    of: tuple[Literal["mass"], ...] = ("mass",)
    never: tuple[Id, ...] = ()


class ElectricityRule(Part):
    """Which supplies count as what they are; any other counts as the grid."""

    counts: tuple[Literal["direct_line", "own_generation", "green_certificate"], ...] = ()
    proof: Literal["required", "none"] = "required"
    otherwise: Literal["grid"] = "grid"


class AllocationRule(Part):
    """How co-products and recycling are treated."""

    co_products: tuple[Literal["mass", "energy", "economic", "stated"], ...] = ("mass",)
    recycling: Line = "cut_off"


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


class DeclaredValue(Part):
    """How the value is published."""

    digits: int = Field(default=3, ge=1, le=6)
    rounding: Literal["half_even"] = "half_even"
    """Round half to even, as GB/T 8170 describes."""
    headline: Literal["total", "excluding_uptake"] = "total"


class Grade(Part):
    """Classes of the declared value, where a grade table is in force for the category. No packaged rule has one."""

    classes: tuple[Line, ...] = Field(min_length=2, max_length=12)
    """Names from the lowest value to the highest."""
    limits: tuple[float, ...] = Field(min_length=1, max_length=11)
    """kg CO2e per declared unit of the rule, ascending; a value above the n-th limit is in class n + 1 or higher."""
    source: Line
    """Grade table and clause."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        ascending = all(low < high for low, high in pairwise(self.limits))
        if len(self.classes) != len(self.limits) + 1 or not ascending:
            raise ValueError("a grade has ascending limits and one class more than limits")
        return self


class Otherwise(Part):
    """What is said when a check fails."""

    severity: Level
    clause: Line | None = None
    zh: Line
    en: Line


class CheckRule(Part):
    """A check written as an expression."""

    id: Id
    expect: Line
    otherwise: Otherwise


class Default(Part):
    """A value to use where a study has none of its own; its use is shown."""

    for_: Line = Field(alias="for")
    value: Line
    source: Line
    note: Line | None = None


class Change(Part):
    """A change to a worked example."""

    remove: tuple[Line, ...] = ()
    set: dict[str, Any] = Field(default_factory=dict)


class Expected(Part):
    """The answer expected."""

    total: float
    within: float = Field(default=1e-9, gt=0)
    """Relative."""
    by: Line | None = None
    """How the expected figure was found."""


class Example(Part):
    """A worked example of the rule's own test kit."""

    id: Id
    study: Line
    release: Line | None = None
    change: Change | None = None
    expect: Expected | None = None
    expect_finding: Line | None = None
    expect_no_finding: Line | None = None


class Rule(Part):
    """A category rule, immutable; :attr:`hash` is over the canonical document."""

    tanbiao: Literal["rule/1"]
    id: Id
    version: Version
    standing: Standing
    title: Title
    thresholds: Line = "project default, not official"
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
    quality: QualityRule
    unknown_amounts: Literal["block_submission", "warn"] = "block_submission"
    declared_value: DeclaredValue
    grade: Grade | None = None
    defaults: tuple[Default, ...] = ()
    severities: dict[str, Level] = Field(default_factory=dict)
    """Severity of a built-in check where it is not the default one."""
    checks: tuple[CheckRule, ...] = ()
    examples: tuple[Example, ...] = ()

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
