"""What a study states of recycled, reused and captured material: content with its proof, uses, capture."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tanbiao.core.study.model_base import DatasetReference, Line, ParameterName, Part, Quantity

Scrap = Literal["home", "pre_consumer", "post_consumer"]
"""Where scrap arose: in the same process (home), in making something else, after use. Home scrap is no recycled content
and earns no credit."""
Custody = Literal["segregated", "mass_balance", "book_and_claim"]
CreditKind = Literal["substitution", "exported_energy", "waste_to_energy", "recycling", "reuse", "system_expansion"]
CREDIT_KINDS: tuple[CreditKind, ...] = (
    "substitution", "exported_energy", "waste_to_energy", "recycling", "reuse", "system_expansion",
)  # fmt: skip


class Balance(Part):
    """The books of a mass balance over its period: what came in as recycled, what was given out as such."""

    received: Quantity
    attributed: Quantity
    period: Line | None = None


class Content(Part):
    """Recycled content of one kind: its share of the material, and what shows it."""

    scrap: Scrap
    share: Quantity
    proof: Line | None = None
    """Record that shows it: certificate, delivery notes, audit. Without it the share counts as virgin."""
    custody: Custody | None = None
    certificate: Line | None = None
    """Code of the certificate whose amount is used up here; needed for a mass balance and for book-and-claim."""
    amount: Quantity | None = None
    """Mass of recycled material that this product takes of the certificate, over the data period."""
    whole: Quantity | None = None
    """What the certificate holds in all, where several products share it."""
    balance: Balance | None = None


class Circular(Part):
    """A material that is partly recycled before and after (:mod:`tanbiao.core.study.circular`); shares are per kg."""

    method: Literal["cff", "cut_off", "fifty_fifty", "closed_loop"]
    modules: tuple[
        Literal["production", "secondary_input", "secondary_output", "energy_recovery", "disposal"], ...
    ] = ()
    """The modules that this row counts; another row of another stage may count the rest. Empty: all."""
    material: ParameterName | None = None
    """The material by the name that a rule's table of A has for it: ``steel``."""
    A: Quantity | None = None
    B: Quantity | None = None
    R1: Quantity | None = None
    R2: Quantity | None = None
    R3: Quantity | None = None
    Qsin: Quantity | None = None
    """Quality of the secondary material that comes in over that of the primary one; Qsout of what goes out."""
    Qsout: Quantity | None = None
    LHV: Quantity | None = None
    Xheat: Quantity | None = None
    Xelec: Quantity | None = None
    virgin: DatasetReference | None = None
    recycled: DatasetReference | None = None
    """The process that makes the recycled content; ``recycling`` the one after the product's life."""
    recycling: DatasetReference | None = None
    substituted: DatasetReference | None = None
    """The primary material that is avoided; without it ``virgin``."""
    incineration: DatasetReference | None = None
    heat: DatasetReference | None = None
    power: DatasetReference | None = None
    disposal: DatasetReference | None = None
    content: tuple[Content, ...] = ()
    """Recycled content by kind of scrap, in the place of ``R1``."""
    scrap: Scrap | None = None
    content_proof: Line | None = None
    """Certificate or record that shows the recycled content; without it the content counts as virgin."""
    custody: Custody | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Circular:
        if self.content and (self.R1 or self.scrap or self.content_proof or self.custody):
            raise ValueError("content stands in the place of R1, scrap, content_proof and custody")
        return self

    def dataset(self, key: str) -> str | None:
        """Return the dataset of a term."""
        if key == "substituted":
            return self.substituted or self.virgin
        found: str | None = getattr(self, key)
        return found

    def contents(self) -> tuple[Content, ...]:
        """Return the recycled content by kind; ``R1`` with its proof is content of one kind."""
        if self.content or self.R1 is None:
            return self.content
        scrap: Scrap = self.scrap or "post_consumer"
        return (Content(scrap=scrap, share=self.R1, proof=self.content_proof, custody=self.custody),)


class Reuse(Part):
    """How often a thing is used before it is thrown away; its row counts once per use."""

    uses: Quantity | None = None
    rate: Quantity | None = None
    """Share that comes back for another use: 1 / (1 − rate) uses on average."""
    source: Line

    @model_validator(mode="after")
    def _one_of(self) -> Reuse:
        if (self.uses is None) == (self.rate is None):
            raise ValueError("exactly one of uses and rate is needed")
        return self


class Capture(Part):
    """What is captured of a row of CO2, or that the row releases CO2 which was captured elsewhere."""

    fate: Literal["stored", "used", "received"]
    share: Quantity | None = None
    """Share of the row's CO2 that is captured; ``lost`` of it escapes before it is kept or handed over."""
    lost: Quantity | None = None
    site: Line | None = None
    years: float | None = Field(default=None, gt=0)
    """For how long the store is shown to hold."""
    receiver: Line | None = None
    """Who uses it, and counts it where it is released."""
    proof: Line | None = None
    certificate: Line | None = None
    """Code of the storage certificate, or of the pass by which it changes hands; each is used once."""
    mass: Quantity | None = None
    """CO2 under that certificate over the data period."""
    whole: Quantity | None = None
