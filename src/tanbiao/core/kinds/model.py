"""The claim document ``tanbiao: claim/1``: what a certificate of another kind than a footprint is to say.

Amounts are decimal text, so that what is signed is what was written. A claim names the certificates it rests on by
number; their figures are read where they were certified and never typed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, StringConstraints

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.load import read_model
from tanbiao.core.rules.parts import Day, Id, Line, Part, Title

FORMAT = "claim/1"
Form = Literal["management_system", "service", "reduction", "removal", "neutral"]
FORMS: tuple[Form, ...] = ("management_system", "service", "reduction", "removal", "neutral")

ENTRY_KINDS = {form: "system" if form == "management_system" else form for form in FORMS}
"""Form → kind of a register's entry of such a certificate."""

Amount = Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d{0,14})(\.\d{1,9})?$")]
"""A decimal that is not negative."""
Number = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Za-z0-9._-]{2,63}$")]
"""Number of a certificate of this platform."""
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Serial = Annotated[int, Field(ge=0, le=10**15)]


class Citation(Part):
    """A certificate of this platform; without a version its newest."""

    number: Number
    version: int | None = Field(default=None, ge=1, le=100_000)


class Period(Part):
    """First and last day, both included."""

    begin: Day
    end: Day


class Site(Part):
    """A site that the claim covers."""

    name: Title
    address: Short | None = None


class Fulfilment(Part):
    """How a requirement of the kind is met, and where that is written."""

    requirement: Id
    how: Title


class Measure(Part):
    """What was done to reduce; kinds of offset and credit are refused by name."""

    kind: Short
    text: Line


class CreditBlock(Part):
    """A block of retired credits by its registry's serial numbers; one number is one tonne of CO2e."""

    registry: Short
    project: Short
    block: Short
    """The part of the serial number that the numbers of the block share."""
    first: Serial
    last: Serial
    vintage: int = Field(ge=1990, le=2200)
    retired_on: Day
    evidence: Short
    """Name of the paper or address under which the registry confirms the retirement."""

    @property
    def tonnes(self) -> Decimal:
        """Tonnes of CO2e that the block stands for."""
        return Decimal(self.last - self.first + 1)


class _Claim(Part):
    tanbiao: Literal["claim/1"]


class _OfOrganisation(_Claim):
    """What an organisation does, held against the requirements of the kind."""

    standard: Short
    scope: Title
    category: Id
    """Product category that the scope is about; the body's competence is asked for it."""
    since: Day
    """Since when it is done."""
    sites: tuple[Site, ...] = Field(min_length=1, max_length=200)
    fulfils: tuple[Fulfilment, ...] = Field(default=(), max_length=200)


class ManagementSystemClaim(_OfOrganisation):
    """A management system of the applicant conforms to a standard within a scope, at these sites."""

    form: Literal["management_system"]


class ServiceClaim(_OfOrganisation):
    """A service of the applicant conforms to a standard."""

    form: Literal["service"]
    service: Title


class ReductionClaim(_Claim):
    """A product's footprint was reduced: the difference of two certified figures, never anything else."""

    form: Literal["reduction"]
    baseline: Citation
    later: Citation
    measures: tuple[Measure, ...] = Field(min_length=1, max_length=50)


class RemovalClaim(_Claim):
    """An amount of CO2 was removed from the air and stored; it is not part of the product's footprint."""

    form: Literal["removal"]
    footprint: Citation
    """The product it belongs to, by its certified footprint, which stays as it is."""
    amount: Amount
    unit: Literal["t CO2", "kg CO2"]
    method: Line
    storage: Title
    """Where it is stored, and what keeps it there for how long."""
    period: Period
    in_footprint: bool
    """Whether the same removal is counted in the footprint already."""
    evidence: tuple[Short, ...] = Field(min_length=1, max_length=50)


class NeutralClaim(_Claim):
    """What was emitted for a quantity of a product is balanced by retired credits; the footprint stays as it is."""

    form: Literal["neutral"]
    footprint: Citation
    quantity: Amount
    """How many declared units of the product are covered."""
    period: Period
    """When they were made."""
    credits: tuple[CreditBlock, ...] = Field(min_length=1, max_length=200)
    reduction: Citation | None = None
    """The reduction certificate it rests on, where the scheme asks for one."""


Claim = ManagementSystemClaim | ServiceClaim | ReductionClaim | RemovalClaim | NeutralClaim
MODELS: dict[str, type[Claim]] = {
    "management_system": ManagementSystemClaim,
    "service": ServiceClaim,
    "reduction": ReductionClaim,
    "removal": RemovalClaim,
    "neutral": NeutralClaim,
}


class ClaimDocument(RootModel[Annotated[Claim, Field(discriminator="form")]]):
    """A claim of any form: what the published schema describes."""


def parse_claim(document: Any) -> Claim:
    """Return the claim of a document.

    Raises
    ------
    TanbiaoError
        ``claim_form_unknown``; ``claim_malformed``, ``unknown_key``, ``field_missing`` with the place.
    """
    form = document.get("form") if isinstance(document, Mapping) else None
    if not isinstance(form, str) or form not in MODELS:
        raise TanbiaoError.of("claim_form_unknown", "form", form=str(form)[:40], known=", ".join(FORMS))
    return read_model(MODELS[form], document, "claim_malformed")


def citations(claim: Claim) -> tuple[Citation, ...]:
    """Return the certificates that a claim rests on."""
    named = [getattr(claim, name, None) for name in ("baseline", "later", "footprint", "reduction")]
    return tuple(one for one in named if one is not None)
