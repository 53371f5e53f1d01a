"""How a derived dataset follows from others: the operation, its inputs by content hash, its parameters, its source.

A derivation is part of the dataset's document, so it is under the dataset's hash. :mod:`tanbiao.core.dataset.derive`
calculates the dataset from it; a release does so again whenever an input gets a new version.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from tanbiao.core.dataset.exchanges import ExchangeUncertainty, Spread
from tanbiao.core.dataset.malformed import Contradiction
from tanbiao.core.dataset.uncertainty import Frozen, Unknown

HASH = Field(default="", pattern=r"^(sha256:[0-9a-f]{64})?$")
"""Content hash of the version of an input that the figures were calculated from; filled in when a release is built."""
FIXED = Spread(type="fixed")


class Used(Frozen):
    """An input of a derivation: a dataset of the same release, and the version of it that was used."""

    dataset: str = Field(min_length=1, max_length=200)
    hash: str = HASH


class Share(Used):
    """A part of a mix: ``share`` of one reference unit. What is not stated spreads by the assumed profile."""

    share: FiniteFloat = Field(ge=0)
    uncertainty: ExchangeUncertainty = Unknown()


class CoProduct(Frozen):
    """A product of a joint process: ``amount`` ``unit`` of it per reference unit of the process.

    ``content`` says how much of what is allocated by stands in one unit of it (``43.1 MJ|LHV/kg``, ``4.2 CNY/kg``);
    not needed where masses are allocated by and ``unit`` is one of mass. ``share`` states the share itself.
    """

    name: str = Field(min_length=1)
    amount: FiniteFloat = Field(gt=0)
    unit: str = Field(min_length=1)
    content: str = ""
    share: FiniteFloat | None = Field(default=None, ge=0)


class Replacement(Frozen):
    """An input of a unit process that another dataset supplies: ``before`` was its supplier, ``after`` is it now.

    ``before`` may also be the product of a gap, which nothing supplied. Several rows of one ``before`` supply it
    together, each with the whole amount: a fuel by its combustion and its upstream.
    ``bridge`` is a stated property where the two have other units. ``alongside``: the new supplier was derived in the
    same way at the same time, perhaps in one loop with this one, so it has no hash of its own to be pinned; the hash
    of the release pins it.
    """

    before: str = Field(min_length=1, max_length=200)
    after: str = Field(min_length=1, max_length=200)
    hash: str = HASH
    bridge: str = ""
    alongside: bool = False


class _Derivation(Frozen):
    source: str = Field(min_length=1)
    """Where shares, properties and the choice of inputs come from."""
    url: str = ""
    inherited: tuple[str, ...] = ()
    """Keys of the dataset that were taken from the inputs and are taken anew when an input changes."""
    closed: bool = True
    """Whether the figures follow from finished inputs alone; else they are solved with the release."""


class Mix(_Derivation):
    """Shares of several datasets that add up to 1: a regional or technology mix."""

    operation: Literal["mix"]
    inputs: tuple[Share, ...] = Field(min_length=1)


class Allocation(_Derivation):
    """One product's share of a joint process, by mass, energy or economic value."""

    operation: Literal["allocation"]
    input: Used
    basis: Literal["mass", "energy", "economic"]
    products: tuple[CoProduct, ...] = Field(min_length=2)
    product: str = Field(min_length=1)
    """Which of the products the dataset stands for."""
    uncertainty: ExchangeUncertainty = Unknown()
    """Of the share."""

    @model_validator(mode="after")
    def _named(self) -> Allocation:
        names = [item.name for item in self.products]
        if len(set(names)) != len(names) or self.product not in names:
            raise Contradiction(
                "各产品名称须互不相同，并且其中之一为本产品",
                "products bear different names, and one of them is the product",
            )
        if len({item.share is None for item in self.products}) > 1:
            raise Contradiction("分摊份额须各产品都给出，或都不给出", "a share is stated for every product or for none")
        return self


class UnitChange(_Derivation):
    """The same dataset per another unit or basis, by a stated property where the dimensions or bases differ."""

    operation: Literal["unit"]
    input: Used
    bridge: str = ""
    """Such as ``42.652 MJ|LHV/kg``; none for units of one dimension and basis."""
    uncertainty: ExchangeUncertainty | None = None
    """Of the property: assumed where it is not stated; a plain unit has none."""

    @property
    def spread(self) -> ExchangeUncertainty:
        """The uncertainty of the property: a plain change of unit has none, one that nobody states is assumed."""
        return self.uncertainty or (Unknown() if self.bridge else FIXED)


class Relink(_Derivation):
    """A unit process with some of its inputs supplied by other datasets: another country's electricity and fuels."""

    operation: Literal["relink"]
    input: Used
    replaced: tuple[Replacement, ...] = Field(min_length=1)
    share: FiniteFloat | None = None
    """Share of the figure that comes through what was re-linked, under the dataset's GWP set; solved."""


Derivation = Annotated[Mix | Allocation | UnitChange | Relink, Field(discriminator="operation")]


class Predecessor(Frozen):
    """The version that this one replaces."""

    version: str = Field(min_length=1)
    hash: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")


def used_by(derivation: Derivation) -> tuple[Used, ...]:
    """Return the inputs whose versions decide about the figures, in their order; what stands alongside is left out."""
    if isinstance(derivation, Mix):
        return derivation.inputs
    own: tuple[Used, ...] = (derivation.input,)
    if isinstance(derivation, Relink):
        own += tuple(Used(dataset=item.after, hash=item.hash) for item in derivation.replaced if not item.alongside)
    return own


def with_hashes(derivation: Derivation, hashes: dict[str, str]) -> Derivation:
    """Return the derivation with the content hash of every input that ``hashes`` knows by its id."""
    if isinstance(derivation, Mix):
        shares = tuple(
            item.model_copy(update={"hash": hashes.get(item.dataset, item.hash)}) for item in derivation.inputs
        )
        return derivation.model_copy(update={"inputs": shares})
    first = derivation.input
    changes: dict[str, object] = {"input": first.model_copy(update={"hash": hashes.get(first.dataset, first.hash)})}
    if isinstance(derivation, Relink):
        changes["replaced"] = tuple(
            item if item.alongside else item.model_copy(update={"hash": hashes.get(item.after, item.hash)})
            for item in derivation.replaced
        )
    return derivation.model_copy(update=changes)
