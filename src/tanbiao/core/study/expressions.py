"""Arithmetic of quantities with units: evaluates what :mod:`tanbiao.core.study.expression_parser` reads.

Used for amounts written as a formula (``= steam_enthalpy * 1 kg / boiler_efficiency``). The checks of category rules
are of the same language and compiled by :mod:`tanbiao.core.rules.language`. Values are held in SI base units with their
dimension; they may be NumPy arrays, so that one evaluation carries all samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.expression_parser import ARITHMETIC, Dimension, Node, parse
from tanbiao.core.units import Unit

__all__ = [
    "Dimension",
    "Node",
    "Value",
    "apply",
    "arithmetic",
    "combine",
    "evaluate",
    "parse",
    "path_of",
    "same",
    "spell",
]


@dataclass(frozen=True, slots=True)
class Value:
    """A quantity: ``si`` in SI base units (a float or an array), its dimension and, when it has one, its basis."""

    si: Any
    dimension: Dimension = ()
    basis: str = ""

    @classmethod
    def of(cls, number: Any, unit: Unit) -> Value:
        """Return ``number`` of ``unit``."""
        return cls(number * float(unit.factor), unit.dimension, unit.basis)

    def in_unit(self, unit: Unit, where: str = "") -> Any:
        """Return the number in ``unit``.

        Raises
        ------
        TanbiaoError
            ``formula_unit``: dimension or stated basis differ.
        """
        if self.dimension != unit.dimension or (self.basis and self.basis != unit.basis):
            raise TanbiaoError.of("formula_unit", where, found=spell(self), expected=str(unit))
        return self.si / float(unit.factor)


def spell(value: Value) -> str:
    """Return a value's dimension (and basis) for a message, as ``length^2·mass·time^-2``."""
    parts = [name if power == 1 else f"{name}^{power}" for name, power in value.dimension]
    return ("·".join(parts) or "1") + (f"|{value.basis}" if value.basis else "")


Names = Mapping[str, Value]


def evaluate(node: Node, names: Names, where: str = "") -> Value:
    """Return the value of an arithmetic expression.

    Parameters
    ----------
    names
        What the plain names stand for. The functions are ``min``, ``max``, ``abs`` and ``sqrt``.

    Raises
    ------
    TanbiaoError
        ``formula_name``, ``formula_function``, ``formula_unit`` (unlike dimensions added), ``formula_division``
        (by zero), ``formula_syntax`` (a comparison or a text where an amount belongs).
    """
    if node.kind == "number":
        return Value(*node.parts[:3])
    if node.kind == "name":
        if node.parts[0] not in names:
            known = ", ".join(sorted(names)[:20]) or "—"
            raise TanbiaoError.of("formula_name", where, name=node.parts[0], known=known)
        return names[node.parts[0]]
    if node.kind == "call":
        return apply(node.parts[0], [evaluate(item, names, where) for item in node.parts[1:]], where)
    if node.kind == "negate":
        inner = evaluate(node.parts[0], names, where)
        return Value(-inner.si, inner.dimension, inner.basis)
    if node.kind not in ARITHMETIC:
        raise TanbiaoError.of("formula_syntax", where, text=str(node))
    left, right = (evaluate(item, names, where) for item in node.parts)
    return arithmetic(node.kind, left, right, where)


def combine(left: Dimension, right: Dimension, sign: int) -> Dimension:
    """Return the dimension of a product (``sign`` 1) or quotient (-1)."""
    powers = dict(left)
    for name, power in right:
        powers[name] = powers.get(name, 0) + sign * power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def same(left: Value, right: Value, where: str = "") -> None:
    """Refuse two values of unlike dimension, or of two stated bases, with ``formula_unit``."""
    if left.dimension != right.dimension or (left.basis and right.basis and left.basis != right.basis):
        raise TanbiaoError.of("formula_unit", where, found=spell(right), expected=spell(left))


def arithmetic(kind: str, left: Value, right: Value, where: str = "") -> Value:
    """Return the sum, difference, product or quotient; ``kind`` is one of :data:`ARITHMETIC`.

    Raises
    ------
    TanbiaoError
        ``formula_unit``, ``formula_division``.
    """
    if kind in ("add", "subtract"):
        same(left, right, where)
        si = left.si + right.si if kind == "add" else left.si - right.si
        return Value(si, left.dimension, left.basis or right.basis)
    if kind == "divide":
        if bool((right.si == 0) if isinstance(right.si, float | int) else (right.si == 0).any()):
            raise TanbiaoError.of("formula_division", where)
        si, dimension = left.si / right.si, combine(left.dimension, right.dimension, -1)
    else:
        si, dimension = left.si * right.si, combine(left.dimension, right.dimension, 1)
    # a basis survives a pure number, nothing else: kWh|electricity × 2 stays electricity, MJ|LHV per kg does not
    basis = left.basis if not right.dimension else right.basis if not left.dimension else ""
    return Value(si, dimension, basis if basis and dimension else "")


def apply(name: str, values: Sequence[Value], where: str = "") -> Value:
    """Return ``min``, ``max`` (of two or more), ``abs`` or ``sqrt`` of values.

    Raises
    ------
    TanbiaoError
        ``formula_function``, ``formula_unit``, ``formula_division`` (root of a negative number).
    """
    first = values[0]
    if name == "abs" and len(values) == 1:
        return Value(abs(first.si), first.dimension, first.basis)
    if name == "sqrt" and len(values) == 1:
        if any(power % 2 for _, power in first.dimension):
            raise TanbiaoError.of("formula_unit", where, found=spell(first), expected="x^2")
        if bool((first.si < 0) if isinstance(first.si, float | int) else (first.si < 0).any()):
            raise TanbiaoError.of("formula_division", where)
        return Value(_root(first.si), tuple((base, power // 2) for base, power in first.dimension))
    if name in ("min", "max") and len(values) > 1:
        return _extreme(name, values, where)
    raise TanbiaoError.of("formula_function", where, name=name)


def _extreme(name: str, values: Sequence[Value], where: str) -> Value:
    best = values[0]
    for other in values[1:]:
        same(best, other, where)
        smaller = best.si <= other.si
        take_best = smaller if name == "min" else ~smaller if hasattr(smaller, "dtype") else not smaller
        si = take_best * best.si + (1 - take_best) * other.si
        best = Value(si, best.dimension, best.basis)
    return best


def _root(value: Any) -> Any:
    if isinstance(value, float | int):
        return math.sqrt(value)
    import numpy as np

    return np.sqrt(value)


def path_of(node: Node, where: str = "") -> str:
    """Return the path that an argument spells (``cathode-material.takes``), for functions that take one."""
    if node.kind != "name":
        raise TanbiaoError.of("formula_syntax", where, text=node.kind)
    return str(node.parts[0])
