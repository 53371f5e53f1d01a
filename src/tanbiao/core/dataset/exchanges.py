"""Exchanges of a linked unit process: what one unit of it uses of other datasets, and what it emits itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from tanbiao.core.dataset.malformed import Contradiction
from tanbiao.core.dataset.uncertainty import Frozen, Scored, Stated, Unknown

if TYPE_CHECKING:
    from tanbiao.core.numerics.distributions import Distribution


class Spread(Frozen):
    """A distribution given by its own parameters, in the unit of the exchange (``sigma``: of ln X).

    ``fixed`` needs none; ``lognormal`` needs ``sigma``, ``normal`` needs ``sd``, ``triangular`` and ``uniform`` need
    ``low`` and ``high``, whose order is checked when the release is built. The amount is the median of a log-normal,
    the mean of a normal and the mode of a triangular distribution.
    """

    type: Literal["fixed", "lognormal", "normal", "triangular", "uniform"]
    sigma: FiniteFloat | None = Field(default=None, ge=0)
    sd: FiniteFloat | None = Field(default=None, ge=0)
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None

    @model_validator(mode="after")
    def _complete(self) -> Spread:
        bounded = self.type in ("triangular", "uniform")
        needed = {"sigma": self.type == "lognormal", "sd": self.type == "normal", "low": bounded, "high": bounded}
        for name, wanted in needed.items():
            if wanted == (getattr(self, name) is None):
                raise Contradiction(
                    f"{self.type}：{'缺少参数' if wanted else '没有参数'} {name}",
                    f"{self.type}: {name} is {'missing' if wanted else 'not its parameter'}",
                )
        return self

    def scaled(self, factor: float) -> Spread:
        """Return the spread of ``factor`` × the amount, for a factor above 0."""
        bounded = ("sd", "low", "high")
        changes = {name: value * factor for name in bounded if (value := getattr(self, name)) is not None}
        return self.model_copy(update=changes)

    def distribution(self, amount: float) -> Distribution:
        """Return the distribution around an amount.

        Raises
        ------
        TanbiaoError
            ``distribution_bounds_out_of_order``.
        """
        from tanbiao.core.numerics.distributions import Fixed, LogNormal, Normal, Triangular, Uniform

        if self.sigma is not None:
            return LogNormal(amount, self.sigma)
        if self.sd is not None:
            return Normal(amount, self.sd)
        if self.low is None or self.high is None:
            return Fixed(amount)
        return Triangular(self.low, amount, self.high) if self.type == "triangular" else Uniform(self.low, self.high)


ExchangeUncertainty = Annotated[Stated | Scored | Unknown | Spread, Field(discriminator="type")]


class _Exchange(Frozen):
    amount: FiniteFloat
    uncertainty: ExchangeUncertainty = Unknown()

    def distribution(self, factor: float = 1.0) -> Distribution:
        """Return the distribution of ``factor`` × the amount; what is not stated spreads as a log-normal does."""
        from tanbiao.core.numerics.distributions import LogNormal

        if isinstance(self.uncertainty, Spread):
            return self.uncertainty.distribution(self.amount).scaled(factor)
        return LogNormal(self.amount * factor, self.uncertainty.sigma)


class Input(_Exchange):
    """``amount`` ``unit`` of another dataset for one unit of this one; a negative amount is a credit.

    Inputs with the same ``market`` are shares of one supply: drawn apart, they are brought back to their nominal sum.
    Inputs with the same ``exchange`` are the parts of one exchange of the source that several datasets supply: its
    amount is one uncertain number, so the parts are drawn together.
    """

    id: str = Field(min_length=1, max_length=100)
    dataset: str = Field(min_length=1, max_length=200)
    unit: str = Field(min_length=1)
    market: str = ""
    exchange: str = Field(default="", max_length=100)

    @property
    def drawn_as(self) -> str:
        """Within its dataset, the name of what is drawn: the exchange of which it is a part, or the input itself."""
        return self.exchange or self.id


class Emission(_Exchange):
    """``amount`` kg of a gas for one unit of the process; ``CO2 uptake`` is a positive mass taken up.

    ``id`` tells several exchanges of one gas apart, as the source numbers them.
    """

    gas: str = Field(min_length=1)
    id: str = Field(default="", max_length=100)

    @property
    def drawn_as(self) -> str:
        """Within its dataset, the name of what is drawn."""
        return f"{self.gas}/{self.id}" if self.id else self.gas


class Gap(_Exchange):
    """An input that nothing in the release supplies: it is in no figure, and it is not zero.

    ``amount`` is per unit of the process, + used, in the source's ``unit``; its spread waits for a supplier.
    ``stand_in`` names a dataset of the release that carries at least as much per unit; through it the gap is bounded.
    Without one nothing is known of what is missing.
    """

    id: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1)
    product: str = ""
    """The source's own id of the product."""
    unit: str = ""
    geography: str = ""
    """Where the source looks for it; empty where it does not say."""
    stand_in: str = Field(default="", max_length=200)


class Missing(Frozen):
    """What a figure lacks because inputs upstream have no supplier.

    ``bound``: the most it can be, in kg CO2e per reference unit under the dataset's own GWP set; None when nothing
    bounds it. ``own``: how many of the gaps are the dataset's own.
    """

    own: int = 0
    bound: FiniteFloat | None = None
