"""The parser of a small expression language: quantities with units, comparisons, texts, rows. Own parser, no eval.

Two uses share it: amounts written as a formula, and the checks of category rules. Grammar, loosest first::

    condition  := both ("or" both)*
    both       := negated ("and" negated)*
    negated    := "not" negated | comparison
    comparison := sum [ comparator sum | "between" sum "and" sum | "in" "(" text ("," text)* ")" ]
    sum        := product (("+" | "-") product)*
    product    := unary (("*" | "/" | "of") unary)*
    unary      := ["-"] atom
    atom       := number [unit] | '"' text '"' | name | call | "(" condition ")"
    call       := name "(" condition ("," condition)* ["where" condition] ")"

Operators between names stand between blanks: ``a-b`` is a name, ``kg/kWh`` a unit. What a name or a call means, and
where a condition may stand, is its user's matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.units import parse_number, parse_unit

MAX_LENGTH: Final = 500
MAX_DEPTH: Final = 40

Dimension = tuple[tuple[str, int], ...]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<word>[A-Za-z_%µ°\u00b2\u00b3\u4e00-\u9fff][\w%.\-^|/*\u4e00-\u9fff]*)"
    r"|(?P<sign><=|>=|==|!=|[-+*/(),<>]))"
)
COMPARATORS: Final = {
    "<=": "at_most", ">=": "at_least", "<": "below", ">": "above", "==": "equals", "!=": "differs",
}  # fmt: skip
ARITHMETIC: Final = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_WORDS: Final = (
    (("at", "most"), "at_most"), (("at", "least"), "at_least"), (("below",), "below"), (("above",), "above"),
)  # fmt: skip
RESERVED: Final = frozenset({"of", "at", "between", "below", "above", "and", "or", "not", "in", "where"})
_SPELLED: Final = {
    **{kind: sign for sign, kind in COMPARATORS.items()}, **ARITHMETIC, "at_most": "at most", "at_least": "at least",
    "both": "and", "either": "or",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the syntax tree: ``kind`` and its parts.

    ``number``: value in SI base units, dimension, basis, the number and the unit as written. ``text``, ``name``: the
    text. ``call``: name, arguments. ``select``: name, argument, condition (``sum(x where y)``). ``in``: what, texts.
    All others: their operands.
    """

    kind: str
    parts: tuple[Any, ...]

    def nodes(self) -> tuple[Node, ...]:
        """Return the parts that are expressions themselves."""
        return tuple(part for part in self.parts if isinstance(part, Node))

    def names(self) -> set[str]:
        """Return every plain name the expression uses."""
        if self.kind == "name":
            return {self.parts[0]}
        return set().union(*(part.names() for part in self.nodes()), set())

    def __str__(self) -> str:
        return _spell(self)


def _spell(node: Node) -> str:
    """Return an expression as text that parses to the same tree."""
    kind, parts = node.kind, node.parts
    if kind == "number":
        return f"{parts[3]} {parts[4]}".strip()
    if kind == "text":
        return f'"{parts[0]}"' if '"' not in parts[0] else f"'{parts[0]}'"
    if kind == "name":
        return str(parts[0])
    if kind == "call":
        return f"{parts[0]}({', '.join(str(item) for item in parts[1:])})"
    if kind == "select":
        return f"{parts[0]}({parts[1]} where {parts[2]})"
    if kind in ("negate", "not"):
        return ("- " if kind == "negate" else "not ") + _bracketed(parts[0])
    if kind == "between":
        return f"{_bracketed(parts[0])} between {_bracketed(parts[1])} and {_bracketed(parts[2])}"
    if kind == "in":
        return f"{_bracketed(parts[0])} in ({', '.join(str(item) for item in parts[1:])})"
    return f"{_bracketed(parts[0])} {_SPELLED[kind]} {_bracketed(parts[1])}"


def _bracketed(node: Node) -> str:
    return str(node) if node.kind in ("number", "text", "name", "call", "select") else f"({node})"


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
    node = _condition(tokens, 0)
    if tokens.peek()[0] != "end":
        raise tokens.error()
    return node


def _condition(tokens: _Tokens, depth: int) -> Node:
    left = _both(tokens, depth)
    while tokens.accept("or"):
        left = Node("either", (left, _both(tokens, depth)))
    return left


def _both(tokens: _Tokens, depth: int) -> Node:
    left = _negated(tokens, depth)
    while tokens.accept("and"):
        left = Node("both", (left, _negated(tokens, depth)))
    return left


def _negated(tokens: _Tokens, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise tokens.error()
    if tokens.accept("not"):
        return Node("not", (_negated(tokens, depth + 1),))
    return _comparison(tokens, depth)


def _comparison(tokens: _Tokens, depth: int) -> Node:
    left = _sum(tokens, depth)
    if tokens.accept("between"):
        low = _sum(tokens, depth)
        tokens.expect("and")
        return Node("between", (left, low, _sum(tokens, depth)))
    if tokens.accept("in"):
        return Node("in", (left, *_texts(tokens)))
    for words, kind in _WORDS:
        if tokens.accept(*words):
            return Node(kind, (left, _sum(tokens, depth)))
    kind, sign = tokens.peek()
    if kind == "sign" and sign in COMPARATORS:
        tokens.take()
        return Node(COMPARATORS[sign], (left, _sum(tokens, depth)))
    return left


def _texts(tokens: _Tokens) -> tuple[Node, ...]:
    tokens.expect("(")
    found = []
    while True:
        kind, text = tokens.take()
        if kind != "text":
            raise tokens.error()
        found.append(Node("text", (text[1:-1],)))
        if not tokens.accept(","):
            tokens.expect(")")
            return tuple(found)


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


def _atom(tokens: _Tokens, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise tokens.error()
    kind, text = tokens.take()
    if kind == "number":
        return _number(tokens, text)
    if kind == "text":
        return Node("text", (text[1:-1],))
    if text == "(" and kind == "sign":
        inner = _condition(tokens, depth + 1)
        tokens.expect(")")
        return inner
    if kind != "word" or text in RESERVED:
        raise tokens.error()
    if tokens.accept("("):
        return _call(tokens, text, depth + 1)
    return Node("name", (text,))


def _number(tokens: _Tokens, text: str) -> Node:
    spelled = ""
    if tokens.peek()[0] == "word" and tokens.peek()[1] not in RESERVED:
        spelled = tokens.take()[1]
    unit = parse_unit(spelled or "1", tokens.where)
    value = parse_number(text, tokens.where) * float(unit.factor)
    return Node("number", (value, unit.dimension, unit.basis, text, spelled))


def _call(tokens: _Tokens, name: str, depth: int) -> Node:
    arguments = [_condition(tokens, depth)]
    if tokens.accept("where"):
        chosen = _condition(tokens, depth)
        tokens.expect(")")
        return Node("select", (name, arguments[0], chosen))
    while tokens.accept(","):
        arguments.append(_condition(tokens, depth))
    tokens.expect(")")
    return Node("call", (name, *arguments))
