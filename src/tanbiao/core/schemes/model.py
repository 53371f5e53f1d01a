"""The label scheme document ``tanbiao: scheme/1``: who may apply, how it is verified, what is published, for how long.

A scheme sets numbers and may leave out optional stages; it can't remove a separation of duties (the workflow checks its
``terms``). Everything that differs between schemes stands here and nowhere in code. Ours is a neutral demonstration
scheme: every number in it is a project default, not official. A scheme with a ``lock`` is a template: nothing can be
applied for or issued under it until an operator brings what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from tanbiao.core.canonical import content_hash
from tanbiao.core.rules.declared import round_half_even
from tanbiao.core.rules.parts import (
    PROJECT_DEFAULT,
    Id,
    Line,
    Part,
    Standing,
    ThresholdSource,
    Title,
    Version,
)
from tanbiao.core.schemes.parts import (
    ALWAYS,
    AdoptionList,
    Artwork,
    Authority,
    Fee,
    FieldName,
    Kind,
    Label,
    Language,
    Lock,
    ManagementSystem,
    ManDays,
    NumberPattern,
    Opening,
    Paper,
    Region,
    Rotation,
    Stage,
    UnitRule,
)

FORMAT = "scheme/1"


class Rounding(Part):
    """How a value becomes the figure that is published."""

    digits: int = Field(ge=1, le=6)
    """Significant digits."""
    method: Literal["half_even"]
    note: Title | None = None


class Decision(Part):
    """Who reviews and who decides."""

    mode: Literal["two_persons", "one_person", "committee"]
    committee_size: int | None = Field(default=None, ge=2)


class Surveillance(Part):
    """How often a certificate is looked at again."""

    months: int = Field(ge=1)
    content: tuple[Title, ...] = ()


class Conflict(Part):
    """How long a body that advised the applicant, or whose people did, may not certify him."""

    months: int = Field(ge=0, le=120)


NEVER_LEFT_OUT = ("doc_review", "footprint_verification", "technical_review", "decision")
"""Stages that no scheme can leave out or make optional: they carry the separation of duties."""
MAY_BE_OPTIONAL = ("on_site",)


STEP_TERMS = {
    "applied": "acceptance_days",
    "accepted": "contract_days",
    "contracted": "planning_days",
    "planned": "start_days",
    "doc_review": "document_review_days",
    "on_site": "on_site_days",
    "footprint_verification": "verification_days",
    "rectification": "rectification_days",
    "technical_review": "review_days",
    "decision": "decision_days",
}
"""State of the case → the term in days that its clock runs to: the longer of the stage's days."""


def _check_stages(stages: tuple[Stage, ...]) -> None:
    if not stages:
        return
    names = [stage.id for stage in stages]
    missing = [name for name in NEVER_LEFT_OUT if name not in names]
    dropped = [stage.id for stage in stages if stage.optional and stage.id not in MAY_BE_OPTIONAL]
    if missing or dropped:
        raise ValueError(f"no scheme can leave out {', '.join(missing or dropped)}")


class Scheme(Part):
    """A version of a label scheme, immutable."""

    tanbiao: Literal["scheme/1"]
    id: Id
    version: Version
    standing: Standing | Literal["template"]
    """``template``: locked; an unlocked one stands as ``official``, on the document that the operator brought."""
    title: Title
    statement: Title
    thresholds: Line = PROJECT_DEFAULT
    threshold_sources: tuple[ThresholdSource, ...] = ()
    """Source of a number by its place; what is not named has that of ``thresholds``."""
    authority: Authority | None = None
    lock: Lock | None = None
    languages: tuple[Language, ...] = ()
    """Languages of certificate and label; none named: both."""
    kinds: tuple[Kind, ...] = ()
    openings: tuple[Opening, ...] = ()
    """None named: open to every combination."""
    published: tuple[FieldName, ...]
    consent: tuple[FieldName, ...] = ()
    """Further fields that a holder may have published."""
    rounding: Rounding
    number_pattern: NumberPattern | None = None
    artwork: Artwork | None = None
    label: Label | None = None
    decision: Decision
    conflict: Conflict | None = None
    rotation: Rotation | None = None
    surveillance: Surveillance
    provisional: Literal["refused", "allowed"] | None = None
    """Whether it takes a provisional figure: of data that cover fewer months than the rule asks; None: refused."""
    validity_months: int = Field(ge=1, le=60)
    stages: tuple[Stage, ...] = ()
    unit: UnitRule | None = None
    man_days: ManDays | None = None
    papers: tuple[Paper, ...] = ()
    management_system: ManagementSystem | None = None
    reduction_commitment: Literal["optional", "required"] | None = None
    """Whether no opinion and no grant comes without a recorded commitment to reduce; None: optional."""
    fees: tuple[Fee, ...] = ()
    terms: dict[str, Any] = Field(default_factory=dict)
    """Further numbers for the workflow's guards and clocks."""

    model_config = ConfigDict(ignored_types=(cached_property,))

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = [name for name in ALWAYS if name not in self.published]
        if missing:
            raise ValueError(f"always published: {', '.join(missing)}")
        if "pact" in self.published:
            raise ValueError("a footprint for PACT is the holder's own: a scheme leaves it to consent")
        if (self.lock is None) == (self.standing == "template"):
            raise ValueError("a template has a lock, and nothing else has")
        if self.lock is None and (self.number_pattern is None or self.artwork is None):
            raise ValueError("without number pattern and artwork it is a template")
        for part in ("kinds", "openings", "stages", "papers", "fees"):
            names = [item.id for item in getattr(self, part)]
            if len(names) != len(set(names)):
                raise ValueError(f"an id stands twice in {part}")
        if self.kinds and not any(kind.has_figure for kind in self.kinds):
            raise ValueError("a label scheme certifies footprints")
        if "recalculation" in self.terms:
            raise ValueError("only a kind's claim can leave out the verifier's own figures")
        _check_stages(self.stages)
        return self

    @property
    def reference(self) -> str:
        """Return ``id@version``."""
        return f"{self.id}@{self.version}"

    @property
    def is_locked(self) -> bool:
        """Whether it is a template that nothing can be applied for under."""
        return self.lock is not None

    @property
    def is_demonstration(self) -> bool:
        """Whether it claims no official basis; any other scheme refuses a demonstration rule or release."""
        return self.standing == "demonstration"

    @property
    def spoken(self) -> tuple[Language, ...]:
        """Return the languages of certificate and label."""
        return self.languages or ("zh", "en")

    @property
    def digits(self) -> int:
        """Return the significant digits that are published."""
        return self.rounding.digits

    def kind(self, kind_id: str) -> Kind | None:
        """Return a kind of certification by id; None where the scheme has no such kind."""
        return next((kind for kind in self.kinds if kind.id == kind_id), None)

    def terms_of_kind(self, kind_id: str) -> dict[str, Any]:
        """Return the numbers of a kind of certification: the scheme's, and in their place what its claim asks."""
        kind = self.kind(kind_id)
        if kind is None or kind.claim is None:
            return dict(self.terms_stated)
        asked = kind.claim
        return self.terms_stated | {
            "documents": list(asked.papers),
            "management_system_months": 0,
            "system_pieces": [],
            "reduction_commitment": "optional",
            "on_site": asked.on_site,
            "recalculation": asked.recalculation,
            "man_days_min": asked.man_days_min,
            "validity_months": asked.validity_months,
        }

    def source_of(self, place: str) -> str:
        """Return where the numbers at a place come from: ``validity_months``, ``man_days``, ``fees.man-day``."""
        named = {item.of: item.source for item in self.threshold_sources}
        while place:
            if place in named:
                return named[place]
            place = place.rpartition(".")[0]
        return self.thresholds

    @cached_property
    def terms_stated(self) -> dict[str, Any]:
        """Return what the scheme's parts say in the names of the workflow's guards and clocks."""
        stated: dict[str, Any] = {
            "validity_months": self.validity_months,
            "surveillance_months": self.surveillance.months,
            "review_and_decision": self.decision.mode,
        }
        if self.decision.committee_size is not None:
            stated["committee_size"] = self.decision.committee_size
        stated |= {STEP_TERMS[stage.id]: stage.days[1] for stage in self.stages if stage.id in STEP_TERMS}
        if self.rotation is not None:
            stated["rotation_cases_max"] = self.rotation.cases
            stated["rotation_months_max"] = self.rotation.months
            stated["rotation_break_months"] = self.rotation.break_months
        if self.conflict is not None:
            stated["advice_interval_months"] = self.conflict.months
        if self.management_system is not None:
            stated["management_system_months"] = self.management_system.months
            pieces = [item.id for item in self.management_system.kit if item.required]
            stated |= {"system_pieces": pieces} if pieces else {}
        if self.reduction_commitment is not None:
            stated["reduction_commitment"] = self.reduction_commitment
        if self.papers:
            stated["documents"] = [paper.id for paper in self.papers if paper.required]
        if any(stage.id == "on_site" for stage in self.stages):
            visit = next(stage for stage in self.stages if stage.id == "on_site")
            stated["on_site"] = "optional" if visit.optional else "required"
        if self.man_days is not None:
            stated["man_days_min"] = self.man_days.base
            if self.man_days.supplier_share is not None:
                stated["supplier_share"] = self.man_days.supplier_share
        if self.unit is not None:
            stated["unit_site_spread_percent"] = self.unit.site_spread_percent
            stated["unit_model_spread_percent"] = self.unit.model_spread_percent
            stated["unit_average_gap_percent"] = self.unit.average_gap_percent
        return {**stated, **self.terms}

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """Return the canonical document, with ``digits`` and the numbers of its parts in ``terms``."""
        body = self.model_dump(mode="json", by_alias=True)
        return {**body, "digits": self.digits, "terms": self.terms_stated}

    @cached_property
    def hash(self) -> str:
        """Return the content hash of the document."""
        return content_hash(self.document)

    def round(self, value: str | float) -> str:
        """Return the published figure: ``digits`` significant digits, round half to even (GB/T 8170).

        Works on the decimal digits that it is given; pass the canonical decimal string, not a float, where it matters.

        >>> from tanbiao.core.schemes import load_scheme
        >>> load_scheme("tanbiao-demo").round("0.6205"), load_scheme("tanbiao-demo").round("1234.5")
        ('0.620', '1230')
        """
        return round_half_even(value, self.digits)

    def unlocked(
        self,
        *,
        number_pattern: str,
        minimum_width_mm: float,
        regions: tuple[Region, ...] = (),
        adoption_list: AdoptionList | None = None,
    ) -> Scheme:
        """Return the template as an authority's document opens it: number pattern, uploaded artwork, named regions.

        With an ``adoption_list`` every opening takes only rules that stand on it.

        Raises
        ------
        pydantic.ValidationError
            A number pattern or region of another form.
        """
        label = self.artwork.minimum_qr_mm if self.artwork else minimum_width_mm / 2
        body = self.model_dump(mode="json", by_alias=True)
        body.pop("lock", None)
        body["standing"] = "official"
        body["number_pattern"] = number_pattern
        body["artwork"] = {"reference": "uploaded", "minimum_width_mm": minimum_width_mm, "minimum_qr_mm": label}
        if regions:
            body["openings"] = [{**opening, "regions": list(regions)} for opening in body.get("openings", ())]
        if adoption_list is not None:
            asked = {"adoption_list": adoption_list.model_dump(mode="json")}
            body["openings"] = [
                {**opening, "rules": {**(opening.get("rules") or {}), **asked}}
                for opening in body.get("openings") or [{"id": "adoption-list"}]
            ]
        return Scheme.model_validate(body)
