"""The parts of a rule document that carry words, sources and reasons: texts, references, sections, records, scenarios.

Every new key is optional and left out of the canonical form where it is absent, so that a rule that does not use it
keeps its hash.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from tanbiao.core.study.model_base import StageName
from tanbiao.core.study.waivers import RoleName

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
Clause = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.()-]{0,31}$")]
Path = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.@-]{1,200}$")]
Standing = Literal["official", "adopted", "filed", "demonstration"]
Level = Literal["info", "warning", "error", "blocking"]
Degree = Literal["high", "medium", "low", "none"]

PROJECT_DEFAULT = "project default, not official"


def _share(value: Any) -> Any:
    """Read ``5 %`` as 0.05; a plain number is taken as it is."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip()[:-1]) / 100
    return value


_SHARE_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"},
    ]
}
Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1), WithJsonSchema(_SHARE_SCHEMA, mode="validation")]


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

    def best(self, lang: str) -> str:
        """Return the text of a language."""
        return self.zh if lang == "zh" else self.en


class Document(Part):
    """A document that the rule was written with in mind; no clause of it is quoted."""

    document: Line
    note: Line | None = None


class Reference(Part):
    """A clause of a document outside the rule; who looked it up there, and when, or nobody did."""

    document: Line
    clause: Clause | None = None
    checked_by: Line | None = None
    checked_on: Day | None = None
    note: Line | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.checked_by is None) != (self.checked_on is None):
            raise ValueError("checked_by and checked_on come together")
        return self


class Section(Part):
    """A section of the rule's text, shown beside its structure."""

    clause: Clause | None = None
    """Number of the section in this document."""
    zh: Line
    en: Line
    references: tuple[Reference, ...] = ()


class Owner(Part):
    """Who made the rule."""

    name: Title
    kind: Literal["authority", "certification_body", "association", "enterprise", "institute", "project"]


class ThresholdSource(Part):
    """Where a number of the document comes from; a number without an entry is what ``thresholds`` says."""

    of: Path
    """Place of the number: ``cut_off.total``, ``quality.months``, ``checks.cell-energy-plausible``."""
    source: Line
    reference: Reference | None = None


class Assessment(Part):
    """How well something is covered, and what that judgement rests on."""

    level: Degree
    share: Share | None = None
    basis: Title
    source: Line | None = None


class BoundaryRecord(Part):
    """Why something is inside the boundary or not: what is known of it, and the decision that this led to."""

    id: Id
    stage: StageName
    process: Id | None = None
    what: Title
    supply_chain_coverage: Assessment
    activity_data: Assessment
    """How rich the activity data of the trade are."""
    factor_quality: Assessment
    green_power: Assessment
    """How far green electricity is used and can be proved."""
    decision: Literal["included", "optional", "excluded", "default_allowed", "stand_in_allowed"]
    reason: Title


class NamedValue(Part):
    """A quantity with its source."""

    name: Id
    value: Line
    title: Title | None = None
    source: Line
    reference: Reference | None = None


class Scenario(Part):
    """A scenario of distribution, use or end of life: its parameters, each with a source."""

    id: Id
    stage: StageName
    title: Title
    mandatory: bool = False
    """Whether a study with this stage must follow it."""
    parameters: tuple[NamedValue, ...] = Field(min_length=1)
    note: Title | None = None


class Default(Part):
    """A value to use where a study has none of its own; its use is shown."""

    for_: Line = Field(alias="for")
    value: Line
    source: Line
    note: Line | None = None
    id: Id | None = None
    kind: Literal["yield", "transport", "end_of_life", "use", "distribution", "property", "other"] | None = None
    title: Title | None = None
    reference: Reference | None = None


class ReportSection(Part):
    """A section that the study report must have, and the parts of the study that it can't be written without."""

    id: Id
    title: Title
    needs: tuple[Path, ...] = ()
    """Places in the study document that must be filled: ``goal.reason``, ``limitations``."""
    clause: Clause | None = None


class Waivable(Part):
    """A check that may be waived, with a reason, by a person in one of these roles. A check that is not named can't."""

    check: Id
    roles: tuple[RoleName, ...] = Field(min_length=1)
    processes: tuple[Id, ...] = ()
    """The only processes of which it may be waived, each by a waiver of its own; none named: as a whole or of any."""
    evidence: Literal["required"] | None = None
    """Whether who waives in a verification has to hand in what shows the reason."""
    clause: Clause | None = None
    note: Title | None = None
