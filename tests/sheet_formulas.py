"""An evaluator of the few spreadsheet formulas our workbooks use, independent of what wrote them.

Knows + − * /, comparisons, text and numbers, cell references within and across sheets, and SUM, SUMIF, ROUND, ABS, IF
as ECMA-376 part 1, §18.17.7, describes them. Anything else is an error.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from math import fsum
from typing import Any

TOKEN = re.compile(
    r'\s*("(?:[^"]|"")*"|\d+\.?\d*(?:[eE][+-]?\d+)?'
    r"|[A-Za-z]+![$A-Z0-9:]+|[$A-Z]+[$0-9]+(?::[$A-Z0-9]+)?|[A-Z]+(?=\()|[-+*/()=,])"
)


class Book:
    """A workbook loaded with its formulas (openpyxl, ``data_only=False``)."""

    def __init__(self, book: Any) -> None:
        self.book = book

    def value(self, sheet: str, cell: str) -> Any:
        """Return a cell's value, its formula evaluated; an empty cell is the empty text."""
        raw = self.book[sheet][cell].value
        if isinstance(raw, str) and raw.startswith("="):
            return _Formula(self, sheet, raw[1:]).run()
        return "" if raw is None else raw

    def area(self, sheet: str, reference: str) -> list[Any]:
        """Return the values of a range."""
        name, _, cells = reference.rpartition("!")
        area = self.book[name or sheet][cells.replace("$", "")]
        return [self.value(name or sheet, cell.coordinate) for row in area for cell in row]


class _Formula:
    def __init__(self, book: Book, sheet: str, text: str) -> None:
        self.book, self.sheet, self.at = book, sheet, 0
        self.tokens: list[str] = []
        place = 0
        while place < len(text):
            found = TOKEN.match(text, place)
            assert found, f"unknown formula at {text[place:]!r}"
            self.tokens.append(found.group(1))
            place = found.end()

    def run(self) -> Any:
        value = self.compared()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return value

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def compared(self) -> Any:
        left = self.summed()
        if self.peek() == "=":
            self.take()
            return left == self.summed()
        return left

    def summed(self) -> Any:
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.single()
        while self.peek() in ("*", "/"):
            value = value * self.single() if self.take() == "*" else value / self.single()
        return value

    def single(self) -> Any:
        token = self.take()
        if token == "-":
            return -self.single()
        if token == "(":
            value = self.compared()
            assert self.take() == ")"
            return value
        if token.startswith('"'):
            return token[1:-1].replace('""', '"')
        if token[0].isdigit():
            return float(token)
        if self.peek() == "(" and token.isalpha():
            return getattr(self, token.lower())()
        name, _, cell = token.rpartition("!")
        return self.book.value(name or self.sheet, cell.replace("$", ""))

    def arguments(self, areas: tuple[int, ...]) -> list[Any]:
        """Read the arguments of a function; those in ``areas`` are ranges."""
        assert self.take() == "("
        found: list[Any] = []
        while True:
            found.append(self.book.area(self.sheet, self.take()) if len(found) in areas else self.compared())
            if self.take() == ")":
                return found

    def sum(self) -> float:
        return fsum(value for value in self.arguments((0,))[0] if isinstance(value, int | float))

    def sumif(self) -> float:
        keys, wanted, values = self.arguments((0, 2))
        return fsum(value for key, value in zip(keys, values, strict=True) if key == wanted)

    def round(self) -> float:
        value, digits = self.arguments(())
        place = Decimal(1).scaleb(-int(digits))
        return float(Decimal(repr(float(value))).quantize(place, rounding=ROUND_HALF_UP))

    def abs(self) -> float:
        return abs(self.arguments(())[0])

    def __getattr__(self, name: str) -> Any:
        if name == "if":
            return self._choose
        raise AssertionError(f"unknown function {name}")

    def _choose(self) -> Any:
        assert self.take() == "("
        holds = self.compared()
        assert self.take() == ","
        first = self._branch(bool(holds))
        assert self.take() == ","
        second = self._branch(not holds)
        assert self.take() == ")"
        return first if holds else second

    def _branch(self, wanted: bool) -> Any:
        """Evaluate the branch that is taken; step over the other, which may divide by zero."""
        if wanted:
            return self.compared()
        depth = 0
        while depth or self.peek() not in (",", ")"):
            depth += {"(": 1, ")": -1}.get(self.take(), 0)
        return ""
