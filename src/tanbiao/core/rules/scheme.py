"""The label scheme document ``tanbiao: scheme/1``: what is published, how it is rounded, who decides, for how long.

A scheme sets numbers and may leave out optional steps; it can't remove a separation of duties (the workflow checks its
``terms``). Ours is a neutral demonstration scheme: every number in it is a project default, not official.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.declared import round_half_even
from tanbiao.core.rules.load import find_document, packaged_names, read_model
from tanbiao.core.rules.parts import Id, Line, Part, Standing, Title, Version
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.parse import suggest

FORMAT = "scheme/1"

PUBLISHABLE = (
    "value",
    "unit",
    "declared_unit",
    "boundary",
    "period",
    "holder",
    "producer",
    "product",
    "models",
    "gwp_set",
    "electricity_basis",
    "rule",
    "release",
    "validity",
    "stages",
    "interval",
    "quality",
    "primary_share",
    "sites",
)
Field_ = Literal[
    "value", "unit", "declared_unit", "boundary", "period", "holder", "producer", "product", "models", "gwp_set",
    "electricity_basis", "rule", "release", "validity", "stages", "interval", "quality", "primary_share", "sites",
]  # fmt: skip


class Rounding(Part):
    """How a value becomes the figure that is published."""

    digits: int = Field(ge=1, le=6)
    """Significant digits."""
    method: Literal["half_even"]
    note: Title | None = None


class Artwork(Part):
    """Smallest sizes of the label, in millimetres."""

    minimum_width_mm: float = Field(gt=0)
    minimum_qr_mm: float = Field(gt=0)


class Decision(Part):
    """Who reviews and who decides."""

    mode: Literal["two_persons", "one_person", "committee"]
    committee_size: int | None = Field(default=None, ge=2)


class Surveillance(Part):
    """How often a certificate is looked at again."""

    months: int = Field(ge=1)
    content: tuple[Title, ...] = ()


NumberPattern = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]*\{year\}[A-Z0-9-]*\{serial:0\d+d\}$")]


class Scheme(Part):
    """A version of a label scheme, immutable."""

    tanbiao: Literal["scheme/1"]
    id: Id
    version: Version
    standing: Standing
    title: Title
    statement: Title
    thresholds: Line = "project default, not official"
    rules: tuple[Id, ...] = ()
    """Rules that the scheme is open to; none named: all."""
    published: tuple[Field_, ...]
    consent: tuple[Field_, ...] = ()
    """Further fields that a holder may have published."""
    rounding: Rounding
    number_pattern: NumberPattern
    artwork: Artwork
    decision: Decision
    surveillance: Surveillance
    validity_months: int = Field(ge=1, le=60)
    terms: dict[str, Any] = Field(default_factory=dict)
    """Numbers for the workflow's guards and clocks."""

    model_config = ConfigDict(ignored_types=(cached_property,))

    @property
    def reference(self) -> str:
        """Return ``id@version``."""
        return f"{self.id}@{self.version}"

    @property
    def digits(self) -> int:
        """Return the significant digits that are published."""
        return self.rounding.digits

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """Return the canonical document, with ``digits`` and the decision's and surveillance's numbers in ``terms``."""
        body = self.model_dump(mode="json", by_alias=True)
        stated = {
            "validity_months": self.validity_months,
            "surveillance_months": self.surveillance.months,
            "review_and_decision": self.decision.mode,
        }
        if self.decision.committee_size is not None:
            stated["committee_size"] = self.decision.committee_size
        return {**body, "digits": self.digits, "terms": {**stated, **self.terms}}

    @cached_property
    def hash(self) -> str:
        """Return the content hash of the document."""
        return content_hash(self.document)

    def round(self, value: str | float) -> str:
        """Return the published figure: ``digits`` significant digits, round half to even (GB/T 8170).

        Works on the decimal digits that it is given; pass the canonical decimal string, not a float, where it matters.

        >>> load_scheme("tanbiao-demo").round("0.6205"), load_scheme("tanbiao-demo").round("1234.5")
        ('0.620', '1230')
        """
        return round_half_even(value, self.digits)


def parse_scheme(document: Any) -> Scheme:
    """Return the scheme of a document.

    Raises
    ------
    TanbiaoError
        ``scheme_malformed``, ``unknown_key``, ``field_missing``.
    """
    return read_model(Scheme, document, "scheme_malformed")


def list_schemes() -> list[Scheme]:
    """Return the packaged schemes, by reference."""
    return [load_scheme(name.removesuffix(".yaml")) for name in packaged_names("schemes")]


def load_scheme(reference: str, *, data_dir: Path | str | None = None) -> Scheme:
    """Return a scheme by ``id@version``, or the newest packaged version by ``id``.

    Raises
    ------
    TanbiaoError
        ``scheme_unknown`` with the nearest references.
    """
    known = [name.removesuffix(".yaml") for name in packaged_names("schemes")]
    scheme_id, _, version = reference.partition("@")
    if not version:
        versions = [name for name in known if name.partition("@")[0] == scheme_id]
        reference = max(versions, key=_order, default=reference)
    safe = all(char.isalnum() or char in "-.@" for char in reference)
    data = find_document("schemes", f"{reference}.yaml", data_dir) if safe else None
    if data is None:
        raise TanbiaoError.of("scheme_unknown", "scheme", scheme=reference, near=suggest(reference, known))
    return parse_scheme(parse_text(data)[0])


def _order(reference: str) -> tuple[int, ...]:
    return tuple(int(part) for part in reference.partition("@")[2].split("."))
