"""The checks' language, compiled: types first, then one closure per expression.

An expression that can't mean anything (kilograms per kilowatt hour compared with kilograms, a text added to a number, a
name that nobody knows) is refused when the rule is read, with its place and clause. What is left is a closure of
:mod:`tanbiao.core.rules.closures` over a :class:`~tanbiao.core.rules.reading.Reading` and a row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.closures import (
    Compiled,
    Run,
    both_hold,
    compare_dynamic,
    compare_static,
    dynamic_arithmetic,
    either_holds,
    lift,
    once,
    over_rows,
    plain_leaf,
    quantifier,
    reading_or_why,
    root,
    row_leaf,
    static_arithmetic,
    summed,
)
from tanbiao.core.rules.reading import Reading
from tanbiao.core.rules.row_reading import RowReading
from tanbiao.core.rules.scope import AGGREGATES, DYNAMIC, FUNCTIONS, ONE, TEXT, TRUTH, Meaning, Scope
from tanbiao.core.study import expressions
from tanbiao.core.study.expression_parser import ARITHMETIC, Node
from tanbiao.core.study.expressions import Value
from tanbiao.core.study.parse import suggest

_SAYS = {"divide": "expression_divides_and_compares", "multiply": "expression_multiplies_and_compares"}


def condition(text: str, scope: Scope) -> Callable[[Reading, RowReading | None], bool]:
    """Return a condition as a closure.

    Raises
    ------
    TanbiaoError
        What the parser refuses; ``formula_no_comparison``; ``expression_…``: a name, a kind or a unit that can't be.
    """
    found = compiled(text, scope)
    if found.meaning.kind != "truth":
        raise TanbiaoError.of("formula_no_comparison", scope.where)
    return found.run


def quantity(text: str, scope: Scope) -> Compiled:
    """Return an expression that must be a quantity, compiled. Raises as :func:`condition`."""
    found = compiled(text, scope)
    if found.meaning.kind != "quantity":
        raise TanbiaoError.of("expression_not_quantity", scope.where, text=text, clause=scope.clause)
    return found


def compiled(text: str, scope: Scope) -> Compiled:
    """Return an expression, compiled. Raises as :func:`condition`."""
    return _cached(text, scope.where, scope.clause, scope.unit, tuple(sorted(scope.fields.items())), scope.row)


@lru_cache(maxsize=4096)
def _cached(text: str, where: str, clause: str, unit: Meaning, fields: Any, row: bool) -> Compiled:
    node = expressions.parse(text, where)
    return _Compiler(Scope(where, clause, unit, dict(fields), row)).of(node)


class _Compiler:
    """Compiles the nodes of one expression in one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def refuse(self, code: str, **params: str) -> NoReturn:
        raise TanbiaoError.of(code, self.scope.where, clause=self.scope.clause, **params)

    def of(self, node: Node) -> Compiled:
        """Compile a node of any kind."""
        if node.kind == "number":
            si, dimension, basis, _, unit = node.parts
            value = float(si)
            return Compiled(Meaning("quantity", dimension, basis, unit or "1"), lambda _r, _row: value, value)
        if node.kind == "text":
            text = node.parts[0]
            return Compiled(TEXT, lambda _r, _row: text)
        if node.kind == "name":
            return self._name(node.parts[0])
        if node.kind in ("call", "select"):
            return self._call(node)
        if node.kind == "negate":
            return self._arithmetic("multiply", Node("number", (-1.0, (), "", "-1", "")), node.parts[0])
        if node.kind in ARITHMETIC:
            return self._arithmetic(node.kind, *node.parts)
        if node.kind in ("both", "either", "not"):
            return Compiled(TRUTH, self._logic(node))
        return Compiled(TRUTH, self._comparison(node))

    # --- names and calls ----------------------------------------------------------------------------------------------

    def _name(self, name: str) -> Compiled:
        meaning = self.scope.name(name)
        if meaning is None:
            if name.startswith("row.") and not self.scope.row:
                self.refuse("expression_row_outside", name=name)
            known = self.scope.known()
            self.refuse("expression_name_unknown", name=name, near=suggest(name, known))
        if name.startswith("row."):
            return Compiled(meaning, row_leaf(name.removeprefix("row."), meaning))
        declared = meaning.dimension if name.startswith("product.") or name == "unit" else None
        return Compiled(meaning, plain_leaf(name, declared, meaning))

    def _call(self, node: Node) -> Compiled:
        name, arguments = node.parts[0], node.parts[1:]
        if name in AGGREGATES and (node.kind == "select" or len(arguments) == 1):
            chosen = arguments[1] if node.kind == "select" else None
            return _Compiler(self.scope.of_rows()).aggregate(name, arguments[0], chosen)
        if node.kind == "select":
            self.refuse("expression_where_outside", name=name)
        if name in FUNCTIONS and len(arguments) == 1:
            if arguments[0].kind != "name":
                self.refuse("expression_path", name=name, text=str(arguments[0]))
            path = expressions.path_of(arguments[0])
            return Compiled(FUNCTIONS[name], lambda reading, _row: reading.function(name, path))
        if name not in ("min", "max", "abs", "sqrt"):
            self.refuse("formula_function", name=name)
        return self._apply(name, [self.quantity(item) for item in arguments])

    def _apply(self, name: str, values: list[Compiled]) -> Compiled:
        runs = [item.run for item in values]
        if any(item.meaning.is_dynamic for item in values):
            lifted = [lift(item) for item in values]

            def dynamic(reading: Reading, row: Any) -> Any:
                return reading_or_why(lambda: expressions.apply(name, [run(reading, row) for run in lifted]))

            return Compiled(DYNAMIC, dynamic)
        typed = self._typed(lambda: expressions.apply(name, [_sample(item.meaning) for item in values]))
        first = values[0].meaning
        meaning = Meaning(
            "quantity", typed.dimension, typed.basis, first.unit if name != "sqrt" else f"√({first.unit})"
        )
        if name in ("min", "max"):
            pick = min if name == "min" else max
            return Compiled(meaning, lambda reading, row: pick(run(reading, row) for run in runs))
        only = runs[0]
        if name == "abs":
            return Compiled(meaning, lambda reading, row: abs(only(reading, row)))
        return Compiled(meaning, lambda reading, row: root(only(reading, row)))

    def _typed(self, act: Callable[[], Value]) -> Value:
        try:
            return act()
        except TanbiaoError as error:
            self.refuse(error.code, **{key: str(value) for key, value in error.findings[0].params.items()})

    def aggregate(self, name: str, node: Node, chosen: Node | None) -> Compiled:
        """Compile an aggregate over the rows for which ``chosen`` holds; its answer is kept for the whole study."""
        fits = None if chosen is None else self.truth(chosen)
        if name in ("any", "all"):
            return Compiled(TRUTH, once(quantifier(name == "any", self.truth(node), fits)))
        if name not in ("count", "share"):
            value = self.quantity(node)
            return Compiled(value.meaning, once(over_rows(name, value, fits)))
        everything = name == "count" and node == Node("name", ("rows",))
        holds = (lambda _reading, _row: True) if everything else self.truth(node)
        found = holds if fits is None else both_hold(fits, holds)
        counted = row_leaf("share", ONE) if name == "share" else (lambda _reading, _row: 1.0)
        return Compiled(ONE, once(lambda reading, _row: summed(reading, counted, found)))

    # --- arithmetic ---------------------------------------------------------------------------------------------------

    def quantity(self, node: Node) -> Compiled:
        """Compile a node that must be a quantity."""
        found = self.of(node)
        if found.meaning.kind != "quantity":
            self.refuse("expression_not_quantity", text=str(node))
        return found

    def _arithmetic(self, kind: str, first: Node, second: Node) -> Compiled:
        left, right = self.quantity(first), self.quantity(second)
        if left.meaning.is_dynamic or right.meaning.is_dynamic:
            return Compiled(DYNAMIC, dynamic_arithmetic(kind, lift(left), lift(right)))
        if kind in ("add", "subtract") and not _agree(left.meaning, right.meaning):
            self.refuse("expression_adds_units", text=str(Node(kind, (first, second))), **_units(left, right))
        typed = expressions.arithmetic(kind, _sample(left.meaning), _sample(right.meaning))
        meaning = Meaning(
            "quantity", typed.dimension, typed.basis, _unit_of(kind, left.meaning.unit, right.meaning.unit)
        )
        return Compiled(meaning, static_arithmetic(kind, left, right))

    # --- conditions ---------------------------------------------------------------------------------------------------

    def truth(self, node: Node) -> Run:
        """Compile a node that must be a condition."""
        found = self.of(node)
        if found.meaning.kind != "truth":
            self.refuse("expression_not_condition", text=str(node))
        return found.run

    def _logic(self, node: Node) -> Run:
        runs = [self.truth(item) for item in node.parts]
        if node.kind == "not":
            only = runs[0]
            return lambda reading, row: not only(reading, row)
        return both_hold(*runs) if node.kind == "both" else either_holds(*runs)

    def _comparison(self, node: Node) -> Run:
        if node.kind == "in":
            return self._in(node)
        parts = [self.of(item) for item in node.parts]
        kinds = {item.meaning.kind for item in parts}
        if kinds == {"text"} and node.kind in ("equals", "differs"):
            return compare_static(node.kind, parts[0], parts[1])
        if kinds != {"quantity"}:
            wrong = next(item for item, part in zip(node.parts, parts, strict=True) if part.meaning.kind != "quantity")
            self.refuse("expression_not_quantity", text=str(wrong))
        if any(item.meaning.is_dynamic for item in parts):
            return compare_dynamic(node.kind, [lift(item) for item in parts])
        for other in range(1, len(parts)):
            if not _agree(parts[0].meaning, parts[other].meaning):
                self._unlike(node, parts, other)
        if node.kind == "between":
            low, high = compare_static("at_least", parts[0], parts[1]), compare_static("at_most", parts[0], parts[2])
            return lambda reading, row: low(reading, row) and high(reading, row)
        return compare_static(node.kind, parts[0], parts[1])

    def _in(self, node: Node) -> Run:
        what = self.of(node.parts[0])
        if what.meaning.kind != "text":
            self.refuse("expression_not_text", text=str(node.parts[0]))
        run, texts = what.run, frozenset(item.parts[0] for item in node.parts[1:])
        return lambda reading, row: run(reading, row) in texts

    def _unlike(self, node: Node, parts: list[Compiled], other: int) -> NoReturn:
        """Say what is compared with what; where a side divides or multiplies, say that too."""
        units, text = _units(parts[0], parts[other]), str(node)
        for place, left in ((0, units["left"]), (other, units["right"])):
            side = node.parts[place]
            right = units["right"] if place == 0 else units["left"]
            if side.kind in ("divide", "multiply"):
                over, under = (self.quantity(item).meaning for item in side.parts)
                code = _SAYS[side.kind]
                said = {"over": over.unit, "under": under.unit, "gives": left, "right": right}
                self.refuse(code, text=text, **said)
        self.refuse("expression_compares_units", text=text, **units)


# --- units ------------------------------------------------------------------------------------------------------------


def _agree(left: Meaning, right: Meaning) -> bool:
    return left.dimension == right.dimension and not (left.basis and right.basis and left.basis != right.basis)


def _units(left: Compiled, right: Compiled) -> dict[str, str]:
    def name(meaning: Meaning) -> str:
        return f"{meaning.unit}|{meaning.basis}" if meaning.basis and "|" not in meaning.unit else meaning.unit

    return {"left": name(left.meaning), "right": name(right.meaning)}


def _unit_of(kind: str, left: str, right: str) -> str:
    """Return the unit of a sum, product or quotient as a person writes it."""
    if kind in ("add", "subtract"):
        return left
    if right in ("1", "%"):
        return left
    if left in ("1", "%") and kind == "multiply":
        return right
    bracketed = f"({right})" if any(sign in right for sign in "*/") else right
    return f"{left}*{bracketed}" if kind == "multiply" else f"{left}/{bracketed}"


def _sample(meaning: Meaning) -> Value:
    """Return a value of this meaning, to ask the arithmetic what comes of it."""
    return Value(1.0, meaning.dimension or (), meaning.basis)
