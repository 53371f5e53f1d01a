"""A small expression language: arithmetic of quantities with units, comparisons, named functions. Own parser, no eval.

Used for amounts written as a formula (``= steam_enthalpy * 1 kg / boiler_efficiency``) and for the checks of category
rules (``energy(manufacturing) / unit between 2 kWh/kWh and 120 kWh/kWh``). Grammar, loosest first::

    check   := sum [ comparator sum ] | sum "between" sum "and" sum
    sum     := product (("+" | "-") product)*
    product := unary (("*" | "/" | "of") unary)*
    unary   := ["-"] atom
    atom    := number [unit] | name | name "(" argument ("," argument)* ")" | "(" sum ")"

Operators between names stand between blanks: ``a-b`` is a name, ``kg/kWh`` a unit. Values are held in SI base units
with their dimension; they may be NumPy arrays, so that one evaluation carries all samples.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.units import Unit, parse_number, parse_unit

MAX_LENGTH: Final = 500
MAX_DEPTH: Final = 40

Dimension = tuple[tuple[str, int], ...]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z_%µ°\u00b2\u00b3\u4e00-\u9fff][\w%.\-^|/*\u4e00-\u9fff]*)"
    r"|(?P<sign><=|>=|==|[-+*/(),<>]))"
)
_COMPARATORS: Final = {"<=": "at_most", ">=": "at_least", "<": "below", ">": "above", "==": "equals"}


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


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the syntax tree: ``kind`` and its parts."""

    kind: str
    parts: tuple[Any, ...]

    def names(self) -> set[str]:
        """Return every plain name the expression uses."""
        if self.kind == "name":
            return {self.parts[0]}
        if self.kind == "number":
            return set()
        return set().union(*(part.names() for part in self.parts if isinstance(part, Node)), set())


class _Tokens:
    def __init__(self, text: str, where: str) -> None:
        self.where, self.text = where, text
        self.items: list[tuple[str, str]] = []
        position = 0
        while position < len(text.rstrip()):
            found = _TOKEN.match(text, position)
            if found is None:
                raise self.error()
            kind = str(found.lastgroup)
            self.items.append((kind, found[kind]))
            position = found.end()
        self.at = 0

    def error(self) -> TanbiaoError:
        return TanbiaoError.of("formula_syntax", self.where, text=self.text)

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        index = self.at + ahead
        return self.items[index] if index < len(self.items) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        if all(self.peek(index)[1] == word for index, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise self.error()


def parse(text: str, where: str = "") -> Node:
    """Parse an expression.

    Raises
    ------
    TanbiaoError
        ``formula_syntax``, ``formula_too_long``; ``unit_unknown`` for a number's unit.
    """
    if len(text) > MAX_LENGTH:
        raise TanbiaoError.of("formula_too_long", where, limit=MAX_LENGTH)
    return _parse_cached(text, where)


@lru_cache(maxsize=2048)
def _parse_cached(text: str, where: str) -> Node:
    tokens = _Tokens(text, where)
    node = _check(tokens)
    if tokens.peek()[0] != "end":
        raise tokens.error()
    return node


def _check(tokens: _Tokens) -> Node:
    left = _sum(tokens, 0)
    if tokens.accept("between"):
        low = _sum(tokens, 0)
        tokens.expect("and")
        return Node("between", (left, low, _sum(tokens, 0)))
    for words, kind in ((("at", "most"), "at_most"), (("at", "least"), "at_least")):
        if tokens.accept(*words):
            return Node(kind, (left, _sum(tokens, 0)))
    sign = tokens.peek()[1]
    if sign in _COMPARATORS:
        tokens.take()
        return Node(_COMPARATORS[sign], (left, _sum(tokens, 0)))
    return left


def _sum(tokens: _Tokens, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise tokens.error()
    left = _product(tokens, depth)
    while tokens.peek()[1] in ("+", "-"):
        sign = tokens.take()[1]
        left = Node("add" if sign == "+" else "subtract", (left, _product(tokens, depth)))
    return left


def _product(tokens: _Tokens, depth: int) -> Node:
    left = _unary(tokens, depth)
    while tokens.peek()[1] in ("*", "/", "of"):
        sign = tokens.take()[1]
        left = Node("divide" if sign == "/" else "multiply", (left, _unary(tokens, depth)))
    return left


def _unary(tokens: _Tokens, depth: int) -> Node:
    if tokens.accept("-"):
        return Node("negate", (_atom(tokens, depth + 1),))
    return _atom(tokens, depth)


_RESERVED: Final = frozenset({"of", "at", "between", "and"})


def _atom(tokens: _Tokens, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise tokens.error()
    kind, text = tokens.take()
    if kind == "number":
        unit = parse_unit("1", tokens.where)
        if tokens.peek()[0] == "word" and tokens.peek()[1] not in _RESERVED:
            unit = parse_unit(tokens.take()[1], tokens.where)
        value = Value.of(parse_number(text, tokens.where), unit)
        return Node("number", (value.si, value.dimension, value.basis))
    if text == "(":
        inner = _sum(tokens, depth + 1)
        tokens.expect(")")
        return inner
    if kind != "word" or text in _RESERVED:
        raise tokens.error()
    if not tokens.accept("("):
        return Node("name", (text,))
    arguments = [_sum(tokens, depth + 1)]
    while tokens.accept(","):
        arguments.append(_sum(tokens, depth + 1))
    tokens.expect(")")
    return Node("call", (text, *arguments))


Names = Mapping[str, Value]
Functions = Mapping[str, Callable[..., Value]]


def evaluate(node: Node, names: Names, functions: Functions | None = None, where: str = "") -> Value:
    """Return the value of an arithmetic expression.

    Parameters
    ----------
    names
        What the plain names stand for.
    functions
        Functions of the caller; each takes the argument's node (so that it may read a name as a path).
        ``min``, ``max``, ``abs`` and ``sqrt`` are always there and take values.

    Raises
    ------
    TanbiaoError
        ``formula_name``, ``formula_function``, ``formula_unit`` (unlike dimensions added), ``formula_division``
        (by zero).
    """
    return _Evaluation(names, functions or {}, where).value(node)


def holds(node: Node, names: Names, functions: Functions | None = None, where: str = "") -> bool:
    """Return whether a comparison holds. Raises as :func:`evaluate`, and ``formula_no_comparison``."""
    evaluation = _Evaluation(names, functions or {}, where)
    if node.kind == "between":
        value, low, high = (evaluation.value(part) for part in node.parts)
        evaluation.same(value, low)
        evaluation.same(value, high)
        return bool(low.si <= value.si <= high.si)
    if node.kind not in _COMPARATORS.values():
        raise TanbiaoError.of("formula_no_comparison", where)
    left, right = (evaluation.value(part) for part in node.parts)
    evaluation.same(left, right)
    outcomes = {
        "at_most": left.si <= right.si,
        "at_least": left.si >= right.si,
        "below": left.si < right.si,
        "above": left.si > right.si,
        "equals": left.si == right.si,
    }
    return bool(outcomes[node.kind])


def _combine(left: Dimension, right: Dimension, sign: int) -> Dimension:
    powers = dict(left)
    for name, power in right:
        powers[name] = powers.get(name, 0) + sign * power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


class _Evaluation:
    def __init__(self, names: Names, functions: Functions, where: str) -> None:
        self.names, self.functions, self.where = names, functions, where

    def same(self, left: Value, right: Value) -> None:
        if left.dimension != right.dimension or (left.basis and right.basis and left.basis != right.basis):
            raise TanbiaoError.of("formula_unit", self.where, found=spell(right), expected=spell(left))

    def value(self, node: Node) -> Value:
        if node.kind == "number":
            return Value(*node.parts)
        if node.kind == "name":
            if node.parts[0] not in self.names:
                known = ", ".join(sorted(self.names)[:20]) or "—"
                raise TanbiaoError.of("formula_name", self.where, name=node.parts[0], known=known)
            return self.names[node.parts[0]]
        if node.kind == "call":
            return self._call(node.parts[0], node.parts[1:])
        if node.kind == "negate":
            inner = self.value(node.parts[0])
            return Value(-inner.si, inner.dimension, inner.basis)
        if node.kind not in ("add", "subtract", "multiply", "divide"):
            raise TanbiaoError.of("formula_syntax", self.where, text=node.kind)
        return self._arithmetic(node.kind, self.value(node.parts[0]), self.value(node.parts[1]))

    def _arithmetic(self, kind: str, left: Value, right: Value) -> Value:
        if kind in ("add", "subtract"):
            self.same(left, right)
            si = left.si + right.si if kind == "add" else left.si - right.si
            return Value(si, left.dimension, left.basis or right.basis)
        if kind == "divide":
            if bool((right.si == 0) if isinstance(right.si, float | int) else (right.si == 0).any()):
                raise TanbiaoError.of("formula_division", self.where)
            si, dimension = left.si / right.si, _combine(left.dimension, right.dimension, -1)
        else:
            si, dimension = left.si * right.si, _combine(left.dimension, right.dimension, 1)
        # a basis survives a pure number, nothing else: kWh|electricity × 2 stays electricity, MJ|LHV per kg does not
        basis = left.basis if not right.dimension else right.basis if not left.dimension else ""
        return Value(si, dimension, basis if basis and dimension else "")

    def _call(self, name: str, arguments: tuple[Node, ...]) -> Value:
        if name in self.functions:
            return self.functions[name](*arguments)
        values = [self.value(argument) for argument in arguments]
        first = values[0]
        if name == "abs" and len(values) == 1:
            return Value(abs(first.si), first.dimension, first.basis)
        if name == "sqrt" and len(values) == 1:
            if any(power % 2 for _, power in first.dimension):
                raise TanbiaoError.of("formula_unit", self.where, found=spell(first), expected="x^2")
            if bool((first.si < 0) if isinstance(first.si, float | int) else (first.si < 0).any()):
                raise TanbiaoError.of("formula_division", self.where)
            return Value(_root(first.si), tuple((base, power // 2) for base, power in first.dimension))
        if name in ("min", "max") and len(values) > 1:
            return self._extreme(name, values)
        raise TanbiaoError.of("formula_function", self.where, name=name)

    def _extreme(self, name: str, values: list[Value]) -> Value:
        best = values[0]
        for other in values[1:]:
            self.same(best, other)
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
