"""Where electricity comes from, as a study states it, and what shows that a claim on it is the claimant's alone.

:mod:`tanbiao.core.study.electricity` prices it, :mod:`tanbiao.core.study.power_claims` judges the claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tanbiao.core.study.model_base import DatasetReference, Date, Line, Part, Quantity

Supply = Literal["grid", "direct_line", "own_generation", "contract", "green_certificate", "dataset"]
Generation = Literal["coal", "gas", "hydro", "nuclear", "wind", "solar", "solar_thermal", "biomass"]
"""Generation types that have a published life-cycle factor (``data/methods/electricity.json``)."""
Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Cancelled(Part):
    """That a certificate was cancelled (used up): for whom, and when."""

    for_: Line = Field(alias="for")
    on: Date


class Claim(Part):
    """One instrument (certificate, contract, line, own plant) that a row claims electricity from."""

    certificate: Line | None = None
    """Code of the green certificate, or number of the contract whose certificates were transferred."""
    plant: Line | None = None
    technology: Generation | None = None
    production: Month | None = None
    """Month in which the electricity was generated."""
    energy: Quantity | None = None
    """Energy of the instrument that is claimed here."""
    whole: Quantity | None = None
    """Energy of the certificate, or of the plant in the month, in all: where several products share it."""
    claimant: Line | None = None
    cancelled: Cancelled | None = None
    site: Line | None = None
    """Site whose use the instrument is for."""
    sold: Quantity | None = None
    """Of own generation or a direct line: energy fed to the grid. It is not used here."""
    instruments_sold: Quantity | None = None
    """Of own generation or a direct line: energy whose certificates were sold. Who bought them has the claim."""
    other_claims: tuple[Line, ...] = ()
    """Other mechanisms under which the same energy is claimed (CCER); none may be."""


class Electricity(Part):
    """Where electricity comes from. ``region`` and ``year`` choose the grid factor; the year follows the period."""

    supply: Supply
    region: Line | None = None
    year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    dataset: DatasetReference | None = None
    """The supply's own footprint factor; any supply but ``grid`` names it or its ``generation``."""
    generation: Generation | None = None
    """Takes the published life-cycle factor of this type."""
    delivery: Literal["on_site", "direct_line", "public_grid"] | None = None
    """How it comes to the site. None: own generation on site, a direct line by it, all else by the public grid."""
    line_loss: Quantity | None = None
    """Share of the generation lost on the way of a line whose losses are known."""
    storage_loss: Quantity | None = None
    """Share of the generation lost in storage before use."""
    site: Line | None = None
    use: Quantity | None = None
    """What the product used of this supply over the period, which the claims must cover."""
    metered: Quantity | None = None
    """What the site used in all over the period, by its meters."""
    claims: tuple[Claim, ...] = ()
    proof: Line | None = None
    """Contract, certificate or meter that shows the supply; a rule may require it."""


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """What a rule says about claims on electricity and recycled content. Defaults: project default, not official."""

    headline: Literal["market", "location"] = "market"
    """Which electricity counts in the total, by claims or at the grid's average; the other always stands beside it."""
    window_months: int | None = 0
    """Months before and after the data period in which claimed electricity may be produced; None: no limit."""
    book_and_claim: bool = False
    """Whether recycled content without a chain of custody that reaches the product may count."""
    recycling_a: tuple[tuple[str, str], ...] = ()
    """(material, A) of the circular footprint formula as the rule fixes it; ``other`` is any that is not named."""
    recycling_values: tuple[tuple[str, str], ...] = ()
    """(A, B, Qsin or Qsout; value) that the rule fixes for every material; the table above goes before its A."""
    capture: bool = False
    """Whether captured CO2 lowers the total; else it stands beside it."""
