"""Exchanges of a linked unit process: what one unit of it uses of other datasets, and what it emits itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

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
                raise ValueError(f"{self.type}: {name} is {'missing' if wanted else 'not its parameter'}")
        return self

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
    """

    id: str = Field(min_length=1, max_length=100)
    dataset: str = Field(min_length=1, max_length=200)
    unit: str = Field(min_length=1)
    market: str = ""


class Emission(_Exchange):
    """``amount`` kg of a gas for one unit of the process; ``CO2 uptake`` is a positive mass taken up."""

    gas: str = Field(min_length=1)
