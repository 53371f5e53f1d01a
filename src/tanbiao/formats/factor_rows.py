"""A row of a table of emission factors: its figure per unit, and whether it may stand for an input at all.

A factor of CO2 alone (a grid's or a fuel's in the carbon market) and a factor whose boundary does not begin at the
cradle are kept, with a kind that no footprint takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tanbiao.core.dataset.inventory import ProcessKind
from tanbiao.formats.factor_units import FactorUnit, Gas, amount_and_unit, factor_unit
from tanbiao.formats.reading import Log, lenient_number
from tanbiao.formats.table_headers import folded
from tanbiao.formats.table_mapping import TableMapping, columns_in, filled, filled_list
from tanbiao.formats.table_rows import TITLE, UNIT

_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NONE: Final = ("", "0", "-", "—", "/", "无")


@dataclass(frozen=True, slots=True)
class Factor:
    """``value`` kg of ``gas`` per one ``unit``; None where the cell is empty."""

    kind: ProcessKind
    gas: Gas
    value: float | None
    unit: str
    written: str
    """The unit below the line as the table writes it."""


def factor_of(mapping: TableMapping, row: Mapping[str, str], name: str, log: Log, where: str) -> Factor | None:
    """Return the factor of a row; None, with ``factor_unit_unreadable``, where its unit can't be said.

    Findings: ``factor_co2_only``, ``factor_not_cradle_to_gate``, ``factor_boundary_unknown``, ``thousands_comma``,
    ``result_empty``.
    """
    about = mapping.factor
    keys = [("amount", "unit")]
    if "other_amount" in about:
        keys.append(("other_amount", "other_unit"))
    read = [_cell(about, row, *pair) for pair in keys]
    first = next((number for number, (amount, unit) in enumerate(read) if not _is_none(amount, unit)), 0)
    amount, unit = read[first]
    known = next((one for one in map(factor_unit, (unit, row.get(TITLE, ""))) if one is not None), _in_title(row))
    if known is None:
        log.warn("factor_unit_unreadable", where, name=name, unit=unit or "—")
        return None
    kind = _kind(mapping, row, name, known.gas, log, where) if first == 0 else ProcessKind.DIRECT_EMISSION
    if first:
        log.warn("factor_not_cradle_to_gate", where, name=name, boundary="—")
    return Factor(kind, known.gas, _value(amount, known, mapping, log, where), known.reference, known.written)


def _cell(about: Mapping[str, Any], row: Mapping[str, str], amount_key: str, unit_key: str) -> tuple[str, str]:
    amount, inside = amount_and_unit(filled(about.get(amount_key), row))
    heading = next((row[key] for one in columns_in(about.get(amount_key)) if (key := one + UNIT) in row), "")
    return amount, filled(about.get(unit_key), row) or inside or heading


def _is_none(amount: str, unit: str) -> bool:
    """Whether a cell says nothing: the tables write 0 in both columns of what they do not give."""
    return amount in ("", "-", "—", "/") or (amount in _NONE and unit in _NONE)


def _in_title(row: Mapping[str, str]) -> FactorUnit | None:
    for word in re.split(r"[\s:：（）()，,；;]+", row.get(TITLE, "")):
        if "/" in word and (found := factor_unit(word)) is not None:
            return found
    return None


def _value(amount: str, unit: FactorUnit, mapping: TableMapping, log: Log, where: str) -> float | None:
    if _THOUSANDS.fullmatch(amount) and mapping.text("decimal", ".") == ".":
        log.warn("thousands_comma", where, value=amount)
        amount = amount.replace(",", "")
    number = lenient_number(amount or None, log, where, "factor", mapping.text("decimal", "."))
    if number is None:
        if not amount:
            log.info("result_empty", where, indicator=unit.gas)
        return None
    # In decimal arithmetic, so that 0.1 t stays 100 kg to the last bit.
    return float(Decimal(repr(number)) * unit.factor)


def _kind(mapping: TableMapping, row: Mapping[str, str], name: str, gas: Gas, log: Log, where: str) -> ProcessKind:
    about = mapping.factor
    words = filled_list(about.get("direct") or [], row)
    if gas == "CO2" or any(folded(word) in folded(name) for word in words):
        log.info("factor_co2_only", where, name=name)
        return ProcessKind.DIRECT_EMISSION
    stated = filled(mapping.process.get("kind"), row)
    boundary = filled(about.get("boundary"), row)
    if not boundary and stated in set(ProcessKind):
        return ProcessKind(stated)
    if not boundary:
        log.warn("factor_boundary_unknown", where, name=name)
        return ProcessKind.DIRECT_EMISSION
    meant = {folded(text): kind for text, kind in (about.get("boundaries") or {}).items()}.get(folded(boundary), "")
    if meant != ProcessKind.FOOTPRINT_FACTOR:
        log.warn("factor_not_cradle_to_gate", where, name=name, boundary=boundary)
        return ProcessKind.DIRECT_EMISSION
    return ProcessKind.FOOTPRINT_FACTOR
