"""The shares of the products of a process: by what they weigh, sell for or cause, or as stated.

Under ``mass``, ``energy``, ``physical`` and ``economic`` a product's share is its size over the sum of sizes: amount,
amount × property, amount × mean price (each span of prices with the same weight). Under ``efficiency`` the size is
output / reference efficiency: the fuel that it takes to make the output alone (GHG Protocol, *Allocation of GHG
emissions from a combined heat and power plant*, 2006, efficiency method). A row that names a product is that product's
alone (subdivision); one that names a driver is shared as the driver is (causal); every other row is shared by the
method. A co-product that is *expanded* takes no share: what it replaces is a credit of the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.allocation_parts import ROW_BY_ROW, Allocation, Prices
from tanbiao.core.study.expressions import Value, spell
from tanbiao.core.study.model import Process, Row
from tanbiao.core.study.model_base import PROCESS_PARTS

KILOGRAM: Final = units.parse_unit("kg")
MEGAJOULE: Final = units.parse_unit("MJ")
ALTERNATIVES: Final = ("mass", "energy", "physical", "economic")
"""Methods that are tried beside the stated one."""
PROPERTY_OF: Final = ("mass", "energy", "physical", "efficiency")
"""Methods that read ``per_product`` as their own."""
SEPARATOR: Final = "/"
"""Between process and product in the name of a node whose rows are shared one by one; no process id has it."""


@dataclass(frozen=True, slots=True)
class Split:
    """How a process is shared: the shares of most rows, and those of the rows that have their own."""

    products: tuple[str, ...]
    """Products that carry burden, in the order of the document."""
    general: Mapping[str, float]
    """Product → share of a row that names neither product nor driver; empty where no row may be so."""
    rows: Mapping[str, Mapping[str, float]]
    """Row id → product → share."""

    @property
    def row_by_row(self) -> bool:
        """Whether products differ in more than a factor, so that each is a node of its own."""
        return bool(self.rows)

    def of(self, row_id: str, product: str) -> float:
        """Return the share of a row that falls to a product."""
        return self.rows.get(row_id, self.general).get(product, 0.0)


def process_of(node: str) -> str:
    """Return the process of a node: of ``dairy/cheese`` and of ``dairy`` it is ``dairy``."""
    return node.partition(SEPARATOR)[0]


def split_of(process: Process, where: str) -> Split | None:
    """Return how a process is shared; None where it gives one product.

    Parameters
    ----------
    where
        Path of the process, ``processes.dairy``, for errors.

    Raises
    ------
    TanbiaoError
        ``unit_mismatch`` (an amount that is no mass, no energy), ``allocation_input_missing``,
        ``allocation_units_differ`` (sizes of two dimensions), ``allocation_size`` (a size below 0, nothing to
        share), ``allocation_efficiency``.
    """
    if isinstance(process.gives, str) or len(process.gives) == 1 or process.allocation is None:
        return None
    allocation = process.allocation
    carrying = tuple(item.product for item in process.gives if item.product not in allocation.expanded)
    rows = dict(_own_shares(process, carrying, f"{where}.allocation"))
    whole = len(carrying) > 1 and allocation.by not in ROW_BY_ROW
    general = weights(process, allocation, carrying, where) if whole else {}
    return Split(carrying, general if len(carrying) > 1 else {carrying[0]: 1.0}, rows)


def _own_shares(process: Process, carrying: tuple[str, ...], where: str) -> list[tuple[str, Mapping[str, float]]]:
    """Return the shares of the rows that name a product or a driver."""
    allocation = process.allocation
    found: list[tuple[str, Mapping[str, float]]] = []
    assert allocation is not None
    for part, row in process.rows():
        if row.driver is not None and row.driver in allocation.drivers:
            stated = allocation.drivers[row.driver].amounts
            place = f"{where}.drivers.{row.driver}.amounts"
            sizes = {key: _value(text, f"{place}.{key}") for key, text in stated.items() if key in carrying}
            found.append((row.id, _normal(sizes, place)))
        elif row.product is not None and part != "avoids":
            found.append((row.id, {row.product: 1.0}))
    return found


def weights(process: Process, allocation: Allocation, carrying: tuple[str, ...], where: str) -> Mapping[str, float]:
    """Return product → share by the method of the allocation; the shares add up to 1.

    Raises
    ------
    TanbiaoError
        As :func:`split_of`.
    """
    place = f"{where}.allocation"
    if allocation.shares is not None:
        return {key: allocation.shares[key] for key in carrying}
    assert not isinstance(process.gives, str)
    sizes: dict[str, Value] = {}
    for output in process.gives:
        if output.product in carrying:
            sizes[output.product] = _size(output.product, output.amount, allocation, where)
    return _normal(sizes, place)


def _size(product: str, text: str, allocation: Allocation, where: str) -> Value:
    """Return what a product weighs in the method."""
    place = f"{where}.gives.{product}"
    if allocation.by in ("mass", "energy") and not allocation.per_product:
        target = KILOGRAM if allocation.by == "mass" else MEGAJOULE
        value, unit = units.parse_amount(text, place)
        plain = units.Unit(unit.expression, "", unit.dimension, unit.factor) if unit.is_energy else unit
        return Value.of(units.convert(value, plain, target, where=place), target)
    amount = _value(text, place)
    if allocation.by == "economic":
        return _times(amount, _mean_price(product, allocation.prices, f"{where}.allocation.prices"))
    stated = allocation.per_product.get(product)
    if stated is None:
        raise _missing(f"{where}.allocation", allocation.by, f"per_product.{product}")
    each = _value(stated, f"{where}.allocation.per_product.{product}")
    if allocation.by == "efficiency":
        if each.dimension or not 0 < each.si <= 1.5:
            raise TanbiaoError.of("allocation_efficiency", f"{where}.allocation.per_product.{product}", value=stated)
        each = Value(1.0 / each.si)
    return _times(amount, each)


def _mean_price(product: str, prices: tuple[Prices, ...], where: str) -> Value:
    """Return the plain mean of a product's prices over the spans."""
    if not prices:
        raise _missing(where.removesuffix(".prices"), "economic", "prices")
    found = []
    for index, span in enumerate(prices):
        if product not in span.of:
            raise _missing(f"{where}[{index}]", "economic", f"prices of {product}")
        found.append(_value(span.of[product], f"{where}[{index}].of.{product}"))
    if len({item.dimension for item in found}) > 1:
        raise TanbiaoError.of("allocation_units_differ", where, units=" / ".join(sorted({spell(it) for it in found})))
    return Value(add(*(float(item.si) for item in found)) / len(found), found[0].dimension)


def _value(text: str, where: str) -> Value:
    """Return a plain quantity; a number without a unit is a pure number."""
    try:
        value, unit = units.parse_amount(text, where)
    except TanbiaoError as error:
        if error.code != "unit_missing":
            raise
        value, unit = units.parse_number(text, where), units.parse_unit("1")
    return Value(float(value) * float(unit.factor), unit.dimension)


def _times(first: Value, second: Value) -> Value:
    powers = dict(first.dimension)
    for name, power in second.dimension:
        powers[name] = powers.get(name, 0) + power
    return Value(first.si * second.si, tuple(sorted((name, power) for name, power in powers.items() if power)))


def _normal(sizes: Mapping[str, Value], where: str) -> dict[str, float]:
    kinds = {size.dimension for size in sizes.values()}
    if len(kinds) > 1:
        told = " / ".join(sorted({spell(size) for size in sizes.values()}))
        raise TanbiaoError.of("allocation_units_differ", where, units=told)
    total = add(0.0, *(float(size.si) for size in sizes.values()))
    if any(size.si < 0 for size in sizes.values()) or not total > 0:
        raise TanbiaoError.of("allocation_size", where)
    return {key: float(size.si) / total for key, size in sizes.items()}


def _missing(where: str, by: str, key: str) -> TanbiaoError:
    return TanbiaoError.of("allocation_input_missing", where, by=by, key=key)


def alternatives(process: Process, where: str) -> list[tuple[str, Process]]:
    """Return (method, the process under it) for each other method that what is stated allows.

    Rows that name a product stay with it; under a method for the whole process drivers no longer count, and where all
    was system expansion the co-products take their share instead of the credit.
    """
    allocation = process.allocation
    if allocation is None or isinstance(process.gives, str) or len(process.gives) < 2:
        return []
    found = []
    for by in ALTERNATIVES:
        changed = _under(process, allocation, by)
        if changed is None:
            continue
        try:
            split_of(changed, where)
        except TanbiaoError:
            continue
        found.append((by, changed))
    return found


def _under(process: Process, allocation: Allocation, by: str) -> Process | None:
    """Return the process under another method; None where nothing is stated for it."""
    stated = {"physical": allocation.per_product and allocation.by not in PROPERTY_OF, "economic": allocation.prices}
    if by == allocation.by or not stated.get(by, True):
        return None
    update: dict[str, Any] = {"by": by, "shares": None, "drivers": {}}
    if by in ("mass", "energy"):
        update["per_product"] = {}
    rows = {part: tuple(_without_driver(row) for row in getattr(process, part)) for part in PROCESS_PARTS}
    if allocation.by == "system_expansion":
        update["expanded"], rows["avoids"] = (), ()
    return process.model_copy(update={"allocation": allocation.model_copy(update=update), **rows})


def _without_driver(row: Row) -> Row:
    return row if row.driver is None else row.model_copy(update={"driver": None})
