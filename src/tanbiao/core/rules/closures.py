"""What a compiled expression runs: closures over a reading and a row.

:mod:`tanbiao.core.rules.language` puts them together. A closure returns the answer or raises
:class:`~tanbiao.core.rules.row_reading.NotRun` with the reason. Conditions have three values (Kleene 1952,
*Introduction to Metamathematics*, § 64): *and* is false where one side is false, *or* true where one side is true,
whatever the other side would have been; the third value is the exception.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.reading import Reading, cannot
from tanbiao.core.rules.row_reading import NotRun
from tanbiao.core.rules.scope import Meaning
from tanbiao.core.study import expressions
from tanbiao.core.study.expressions import Value

Run = Callable[[Reading, Any], Any]
"""Of a quantity: a float in SI base units, or a :class:`Value` where its unit is the study's."""

_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "at_most": operator.le, "at_least": operator.ge, "below": operator.lt, "above": operator.gt,
    "equals": operator.eq, "differs": operator.ne,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression that is known to mean something."""

    meaning: Meaning
    run: Run
    constant: float | None = None
    """Its value where it is a plain number."""


def lift(item: Compiled) -> Run:
    """Return a closure that gives values with their dimension."""
    if item.meaning.is_dynamic:
        return item.run
    run, dimension, basis = item.run, item.meaning.dimension or (), item.meaning.basis
    return lambda reading, row: Value(run(reading, row), dimension, basis)


def reading_or_why(act: Callable[[], Any]) -> Any:
    """Return what an act gives; its domain failure becomes the reason why a check is not run."""
    try:
        return act()
    except TanbiaoError as error:
        raise NotRun(error.findings[0]) from error


def row_leaf(name: str, meaning: Meaning) -> Run:
    """Return a closure that reads ``row.NAME``."""
    read = operator.attrgetter(name)
    if meaning.kind != "quantity":
        return lambda _reading, row: read(row)
    wanted = Value if meaning.is_dynamic else float

    def leaf(_reading: Reading, row: Any) -> Any:
        value = read(row)
        if value.__class__ is wanted:
            return value
        raise NotRun(value)

    return leaf


def plain_leaf(name: str, declared: Any, meaning: Meaning) -> Run:
    """Return a closure that reads a plain name, and holds it to the unit that the rule declares for it."""
    if declared is None:
        return lambda reading, _row: reading.plain(name)
    expected = Value(1.0, declared, meaning.basis)

    def field(reading: Reading, _row: Any) -> float:
        value: Value = reading.plain(name)
        reading_or_why(lambda: expressions.same(expected, value, name))
        return float(value.si)

    return field


def static_arithmetic(kind: str, left: Compiled, right: Compiled) -> Run:
    """Return a closure over two quantities whose units are known."""
    first, second = left.run, right.run
    if kind == "add":
        return lambda reading, row: first(reading, row) + second(reading, row)
    if kind == "subtract":
        return lambda reading, row: first(reading, row) - second(reading, row)
    if kind == "multiply":
        return lambda reading, row: first(reading, row) * second(reading, row)

    def divide(reading: Reading, row: Any) -> float:
        below = second(reading, row)
        if below == 0:
            raise cannot("formula_division")
        return float(first(reading, row) / below)

    return divide


def dynamic_arithmetic(kind: str, first: Run, second: Run) -> Run:
    """Return a closure over two values that carry their units."""
    return lambda reading, row: reading_or_why(
        lambda: expressions.arithmetic(kind, first(reading, row), second(reading, row))
    )


def root(value: float) -> float:
    """Return the square root. Raises :class:`NotRun` for a negative number."""
    if value < 0:
        raise cannot("formula_division")
    return math.sqrt(value)


def compare_static(kind: str, left: Compiled, right: Compiled) -> Run:
    """Return a closure that compares two quantities of one unit, or two texts."""
    first, second, compare = left.run, right.run, _COMPARE[kind]
    if right.constant is not None:
        limit = right.constant
        return lambda reading, row: compare(first(reading, row), limit)
    return lambda reading, row: compare(first(reading, row), second(reading, row))


def compare_dynamic(kind: str, runs: list[Run]) -> Run:
    """Return a closure that compares values after it has compared their units."""

    def compare(reading: Reading, row: Any) -> bool:
        values = [run(reading, row) for run in runs]
        for other in values[1:]:
            reading_or_why(lambda other=other: expressions.same(values[0], other))  # type: ignore[misc]
        if kind == "between":
            return bool(values[1].si <= values[0].si <= values[2].si)
        return bool(_COMPARE[kind](values[0].si, values[1].si))

    return compare


def both_hold(first: Run, second: Run) -> Run:
    """Return *and* of three values."""

    def both(reading: Reading, row: Any) -> bool:
        try:
            if not first(reading, row):
                return False
        except NotRun:
            if not second(reading, row):
                return False
            raise
        return bool(second(reading, row))

    return both


def either_holds(first: Run, second: Run) -> Run:
    """Return *or* of three values."""

    def either(reading: Reading, row: Any) -> bool:
        try:
            if first(reading, row):
                return True
        except NotRun:
            if second(reading, row):
                return True
            raise
        return bool(second(reading, row))

    return either


def once(run: Run) -> Run:
    """Answer once per study: what an aggregate says does not depend on the row outside it."""
    key = object()

    def answer(reading: Reading, _row: Any) -> Any:
        if key not in reading.memo:
            try:
                reading.memo[key] = run(reading, None)
            except NotRun as stop:
                reading.memo[key] = stop
        found = reading.memo[key]
        if isinstance(found, NotRun):
            raise found
        return found

    return answer


def quantifier(some: bool, holds: Run, fits: Run | None) -> Run:
    """Return *any* or *all* over rows, with three values: an answer that one row settles needs no other row."""
    # any(x where f) is "some f and x"; all(x where f) is "no f and not x"
    test = holds if some else (lambda reading, row: not holds(reading, row))
    found = test if fits is None else both_hold(fits, test)

    def answer(reading: Reading, _row: Any) -> bool:
        unread: NotRun | None = None
        for row in reading.rows:
            try:
                if found(reading, row):
                    return some
            except NotRun as stop:
                unread = unread or stop
        if unread is not None:
            raise unread
        return not some

    return answer


def summed(reading: Reading, value: Run, fits: Run | None) -> float:
    """Return the sum of a quantity over the rows that fit."""
    return add(*(value(reading, row) for row in reading.rows if fits is None or fits(reading, row)))


def over_rows(name: str, value: Compiled, fits: Run | None) -> Run:
    """Return sum, highest or lowest of a quantity over the rows that fit."""
    if name == "sum" and not value.meaning.is_dynamic:
        return lambda reading, _row: summed(reading, value.run, fits)
    run = lift(value)

    def answer(reading: Reading, _row: Any) -> Any:
        values = [run(reading, row) for row in reading.rows if fits is None or fits(reading, row)]
        if not values:
            raise cannot("check_no_rows")
        best = values[0]
        for other in values[1:]:
            best = reading_or_why(lambda one=best, two=other: fold(name, one, two))  # type: ignore[misc]
        return best if value.meaning.is_dynamic else best.si

    return answer


def fold(name: str, one: Value, two: Value) -> Value:
    if name == "sum":
        return expressions.arithmetic("add", one, two)
    return expressions.apply("max" if name == "highest" else "min", [one, two])
