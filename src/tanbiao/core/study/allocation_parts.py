"""How a process with several products shares its burden, as a study states it.

:mod:`tanbiao.core.study.allocation` makes the shares, :mod:`tanbiao.core.study.allocation_checks` says what is missing.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tanbiao.core.study.model_base import Date, Line, Part, ProcessId, Quantity, RowId, Text

Method = Literal[
    "mass", "energy", "physical", "economic", "efficiency", "stated", "causal", "subdivision", "system_expansion"
]
"""ISO 14044 asks for subdivision or system expansion first, then a physical relation, then another (economic) one."""
ROW_BY_ROW = ("causal", "subdivision")
"""Methods under which every row says which product, or which driver, it belongs to."""


class Prices(Part):
    """What the products sold for over one span; several spans are averaged, each product for itself."""

    from_: Date = Field(alias="from")
    to: Date
    of: dict[ProcessId, Quantity]
    """Product → price of its amount: ``3200 CNY/t``; one currency throughout."""
    source: Line

    @model_validator(mode="after")
    def _forward(self) -> Prices:
        if self.from_ > self.to:
            raise ValueError("the prices end before they begin")
        return self


class Driver(Part):
    """What causes an activity: machine hours, heated surface, runs; so much of it is for each product."""

    name: Text | None = None
    amounts: dict[ProcessId, Quantity]
    """Product → amount, all of one kind, over the time in which the process gives what it says."""
    source: Line


class Allocation(Part):
    """How a process with several products shares its burden among them. Rows may name a product or a driver first."""

    by: Method
    shares: dict[ProcessId, float] | None = None
    """Product → share, sum 1; required where ``by`` is ``stated``."""
    weighs: Line | None = None
    """What ``per_product`` is: ``protein``, ``lower heating value``, ``reference efficiency``."""
    per_product: dict[ProcessId, Quantity] = Field(default_factory=dict)
    """Product → the property of its amount (``33 g/kg``); under ``efficiency`` output over fuel of making it alone."""
    prices: tuple[Prices, ...] = ()
    drivers: dict[RowId, Driver] = Field(default_factory=dict)
    expanded: tuple[ProcessId, ...] = ()
    """Co-products that take no burden: the rows under ``avoids`` say what they replace."""
    reason: Line
    source: Line | None = None
