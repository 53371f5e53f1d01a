"""How well a figure of a dataset is known: what its source states, pedigree scores, or an assumed profile."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from tanbiao.core.dataset import quality as spread


class Frozen(BaseModel):
    """A part of a dataset: immutable, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Stated(Frozen):
    """An uncertainty that the source states: ± percent, read as a 95 % half-width of a log-normal."""

    type: Literal["stated"] = "stated"
    percent: FiniteFloat = Field(ge=0)

    @property
    def sigma(self) -> float:
        """σ of ln X."""
        return spread.stated_sigma(self.percent)


class Scored(Frozen):
    """An uncertainty from pedigree scores, 1 best to 5."""

    type: Literal["scored"] = "scored"
    reliability: float = Field(ge=1, le=5)
    completeness: float = Field(ge=1, le=5)
    temporal: float = Field(ge=1, le=5)
    geographical: float = Field(ge=1, le=5)
    technological: float = Field(ge=1, le=5)

    @property
    def sigma(self) -> float:
        """σ of ln X."""
        return spread.pedigree_sigma({name: getattr(self, name) for name in spread.INDICATORS})


class Unknown(Frozen):
    """Nothing is known: sampled with an assumed profile (project default) and counted as assumed, never as fixed."""

    type: Literal["unknown"] = "unknown"
    profile: str = "default"

    @property
    def sigma(self) -> float:
        """σ of ln X by the assumed profile."""
        return spread.assumed_sigma(self.profile)


class Propagated(Frozen):
    """The spread of a derived dataset, calculated from its inputs' (:mod:`tanbiao.core.dataset.derive_spread`)."""

    type: Literal["propagated"] = "propagated"
    sigma: FiniteFloat = Field(ge=0)
    """σ of ln X."""
    basis: Literal["stated", "scored", "assumed"]
    """The weakest basis among what it was calculated from."""


Uncertainty = Annotated[Stated | Scored | Unknown | Propagated, Field(discriminator="type")]
