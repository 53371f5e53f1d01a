"""What a derivation makes of its inputs: the exchanges of the derived dataset, per its own reference unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.canonical import hash_bytes
from tanbiao.core.dataset.derivation import Allocation, CoProduct, Derivation, Mix, Relink, Replacement, UnitChange
from tanbiao.core.dataset.exchanges import Emission, Gap, Input, Spread
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.findings import TanbiaoError

MARKET: Final = "mix"
SUM_TOLERANCE: Final = 1e-9
"""Shares are decimal numbers: what they miss of 1 beyond rounding is a share that is missing."""
MEASURED_IN: Final = {"mass": units.parse_unit("kg"), "energy": units.parse_unit("MJ|LHV")}


@dataclass(frozen=True, slots=True)
class Exchanges:
    """What one reference unit of a derived dataset uses and emits."""

    inputs: tuple[Input, ...]
    emissions: tuple[Emission, ...] = ()
    gaps: tuple[Gap, ...] = ()


def exchanges(derivation: Derivation, unit: units.Unit, known: Mapping[str, Dataset], where: str) -> Exchanges:
    """Return the exchanges for one ``unit`` of the derived dataset.

    Raises
    ------
    TanbiaoError
        ``derivation_shares_sum``, ``derivation_input_twice``, ``derivation_share_needed``, ``derivation_no_exchanges``,
        ``derivation_not_an_input``, ``unit_mismatch``.
    """
    if isinstance(derivation, Mix):
        return Exchanges(_mixed(derivation, unit, known, where))
    base = known[derivation.input.dataset]
    if isinstance(derivation, Allocation):
        return Exchanges(_allocated(derivation, unit, base, where))
    if isinstance(derivation, UnitChange):
        return Exchanges(_changed_unit(derivation, unit, base, where))
    return _relinked(derivation, base, known, where)


def _input_id(dataset: str) -> str:
    return dataset if len(dataset) <= 100 else hash_bytes(dataset.encode())[-32:]


def _mixed(derivation: Mix, unit: units.Unit, known: Mapping[str, Dataset], where: str) -> tuple[Input, ...]:
    names = [item.dataset for item in derivation.inputs]
    for name in names:
        if names.count(name) > 1:
            raise TanbiaoError.of("derivation_input_twice", where, dataset=name)
    total = add(*(item.share for item in derivation.inputs))
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise TanbiaoError.of("derivation_shares_sum", where, total=f"{total:.12g}")
    for item in derivation.inputs:
        known[item.dataset].amount_in_reference(1.0, unit, where=f"{where}.{item.dataset}")
    return tuple(
        Input(
            id=_input_id(item.dataset),
            dataset=item.dataset,
            amount=item.share,
            unit=str(unit),
            market=MARKET,
            uncertainty=item.uncertainty,
        )
        for item in derivation.inputs
    )


def _allocated(derivation: Allocation, unit: units.Unit, joint: Dataset, where: str) -> tuple[Input, ...]:
    product = next(item for item in derivation.products if item.name == derivation.product)
    amount = units.convert(
        product.amount, units.parse_unit(product.unit, where), unit, _bridges(product.content, where), where
    )
    share = allocation_shares(derivation, where)[derivation.product]
    return (
        Input(
            id=_input_id(joint.id),
            dataset=joint.id,
            amount=share / amount,
            unit=joint.reference.unit,
            uncertainty=derivation.uncertainty,
        ),
    )


def allocation_shares(derivation: Allocation, where: str) -> dict[str, float]:
    """Return product → share of the joint process; the shares add up to 1.

    Raises
    ------
    TanbiaoError
        ``derivation_shares_sum``: stated shares do not; ``derivation_share_needed``: neither a share nor a price is
        stated; ``derivation_currencies``: prices in two currencies; ``unit_mismatch``: neither unit nor property says
        how much mass or energy is in a product.
    """
    stated = {item.name: item.share for item in derivation.products if item.share is not None}
    if stated:
        total = add(*stated.values())
        if abs(total - 1.0) > SUM_TOLERANCE:
            raise TanbiaoError.of("derivation_shares_sum", where, total=f"{total:.12g}")
        return stated
    weights = _weights(derivation, where)
    whole = add(*weights.values())
    return {name: value / whole for name, value in weights.items()}


def _weights(derivation: Allocation, where: str) -> dict[str, float]:
    """Return product → kg, MJ or money of it per reference unit of the joint process."""
    target = MEASURED_IN.get(derivation.basis)
    if target is not None:
        return {
            item.name: units.convert(
                item.amount, units.parse_unit(item.unit, where), target, _bridges(item.content, where), where
            )
            for item in derivation.products
        }
    currencies = sorted({_currency(item, where) for item in derivation.products})
    if len(currencies) > 1:
        raise TanbiaoError.of("derivation_currencies", where, first=currencies[0], second=currencies[1])
    return {item.name: item.amount * _price(item, where) for item in derivation.products}


def _currency(item: CoProduct, where: str) -> str:
    if not item.content:
        raise TanbiaoError.of("derivation_share_needed", where, product=item.name)
    return units.normalise(item.content).partition(" ")[2].rpartition("/")[0].strip()


def _price(item: CoProduct, where: str) -> float:
    """Return what one unit of a product is worth: the number of ``4.2 CNY/kg``."""
    value, _, rest = units.normalise(item.content).partition(" ")
    per = rest.rpartition("/")[2]
    price = units.parse_number(value, where)
    if price <= 0:
        raise TanbiaoError.of("property_malformed", where, name=item.name, value=item.content)
    return units.convert(price, units.parse_unit(item.unit, where), units.parse_unit(per, where), (), where)


def _bridges(text: str, where: str) -> tuple[units.Property, ...]:
    return (units.parse_property("property", text, where),) if text else ()


def _changed_unit(derivation: UnitChange, unit: units.Unit, base: Dataset, where: str) -> tuple[Input, ...]:
    stated = {item.name: item for item in _bridges(derivation.bridge, where)}
    amount = base.amount_in_reference(1.0, unit, stated, where)
    return (
        Input(
            id=_input_id(base.id),
            dataset=base.id,
            amount=amount,
            unit=base.reference.unit,
            uncertainty=derivation.spread,
        ),
    )


def _relinked(derivation: Relink, base: Dataset, known: Mapping[str, Dataset], where: str) -> Exchanges:
    if not (base.inputs or base.gaps):
        raise TanbiaoError.of("derivation_no_exchanges", where, dataset=base.id)
    change: dict[str, list[Replacement]] = {}
    for item in derivation.replaced:
        change.setdefault(item.before, []).append(item)
    own = {item.dataset for item in base.inputs} | {item.product for item in base.gaps}
    for name, items in change.items():
        if name not in own or len({item.after for item in items}) != len(items):
            raise TanbiaoError.of("derivation_not_an_input", where, dataset=name, process=base.id)
    inputs: list[Input] = []
    for used in base.inputs:
        inputs += _replaced(used, change[used.dataset], known, where) if used.dataset in change else [used]
    for gap in base.gaps:
        if gap.product in change:
            filled = Input(
                id=gap.id,
                dataset=gap.product,
                amount=gap.amount,
                unit=gap.unit,
                exchange=gap.id,
                uncertainty=gap.uncertainty,
            )
            inputs += _replaced(filled, change[gap.product], known, where)
    gaps = tuple(gap for gap in base.gaps if gap.product not in change)
    return Exchanges(tuple(inputs), base.emissions, gaps)


def _replaced(used: Input, items: Sequence[Replacement], known: Mapping[str, Dataset], where: str) -> list[Input]:
    """Return the input once for each of its new suppliers; it keeps the name under which its amount is drawn."""
    made = []
    for number, item in enumerate(items):
        changes = {"id": used.id if len(items) == 1 else f"{used.id}.{number + 1}", "exchange": used.drawn_as}
        made.append(_supplied(used.model_copy(update=changes), item, known, where))
    return made


def _supplied(used: Input, change: Replacement, known: Mapping[str, Dataset], where: str) -> Input:
    """Return the input with its new supplier, in the supplier's unit where a stated property bridges the two."""
    if not change.bridge:
        return used.model_copy(update={"dataset": change.after})
    supplier = known[change.after]
    stated = {item.name: item for item in _bridges(change.bridge, f"{where}.{used.id}")}
    factor = supplier.amount_in_reference(1.0, units.parse_unit(used.unit), stated, f"{where}.{used.id}")
    changes: dict[str, Any] = {
        "dataset": change.after,
        "amount": used.amount * factor,
        "unit": supplier.reference.unit,
    }
    if isinstance(used.uncertainty, Spread):
        changes["uncertainty"] = used.uncertainty.scaled(factor)
    return used.model_copy(update=changes)
