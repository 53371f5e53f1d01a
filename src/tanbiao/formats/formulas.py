"""Parameters and formulas of foreign formats, evaluated safely: one language for all of them, own parser, no eval.

The formats agree on arithmetic and differ in dress: names without regard to case, ``^`` or ``**`` for powers, a decimal
comma with ``;`` between arguments. Grammar, loosest first::

    either  := both (("or" | "||") both)*
    both    := compare (("and" | "&&") compare)*
    compare := sum [("=" | "==" | "<>" | "!=" | "<" | "<=" | ">" | ">=") sum]
    sum     := product (("+" | "-") product)*
    product := unary (("*" | "/" | "div" | "mod") unary)*
    unary   := ("+" | "-" | "not") unary | power
    power   := atom [("^" | "**") unary]
    atom    := number | name | name "(" [either (separator either)*] ")" | "(" either ")"

``-2^2`` is −4 (the power binds before the sign). A chain ``a^b^c`` is refused as ``formula_ambiguous``: some programs
read it from the left, others from the right. ``log`` is to base 10, ``ln`` to base e. Truth is 1 and 0. What a
formula does not use cannot fail it: ``if(x = 0; 0; 1/x)`` is 0 for x = 0. Exponential and logarithm are those of
``core.numerics``, which give the same bits on every machine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from tanbiao.core.findings import Param, Severity, TanbiaoError, finding
from tanbiao.core.numerics.elementary import exp_scalar, log_scalar

MAX_LENGTH: Final = 20_000
MAX_DEPTH: Final = 60
MAX_STEPS: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Failed:
    """A value that could not be had, and why; it spreads through what uses it."""

    code: str
    params: tuple[tuple[str, Param], ...] = ()

    def error(self) -> TanbiaoError:
        """Return the failure as an error."""
        return TanbiaoError(finding(self.code, Severity.BLOCKING, "", **dict(self.params)))


_Value = float | _Failed
_Step = tuple[str, float | str, int]
"""``number`` value, ``name`` name, ``call`` function and number of arguments: reverse Polish notation."""


@dataclass(frozen=True, slots=True)
class Program:
    """A parsed formula: steps in reverse Polish notation, and the names it uses, in lower case."""

    steps: tuple[_Step, ...]
    names: frozenset[str]


def compile_formula(text: str, decimal: str = ".") -> Program:
    """Parse a formula.

    Parameters
    ----------
    decimal
        The file's decimal sign. With ``,`` a comma between two digits is a decimal comma and any other parts arguments;
        a point is understood as a decimal sign as well.

    Raises
    ------
    TanbiaoError
        ``foreign_formula_syntax``, ``foreign_formula_too_long``, ``formula_ambiguous``.
    """
    if len(text) > MAX_LENGTH:
        raise TanbiaoError.of("foreign_formula_too_long", limit=MAX_LENGTH)
    return _compiled(text, decimal)


@lru_cache(maxsize=4096)
def _compiled(text: str, decimal: str) -> Program:
    parser = _Parser(text, decimal)
    parser.either(0)
    if parser.kind() != "end":
        raise parser.error()
    names = frozenset(str(value) for kind, value, _ in parser.steps if kind == "name")
    return Program(tuple(parser.steps), names)


_TOKENS: Final = {
    ",": re.compile(
        r"\s*(?:(?P<number>(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*(?:\.\w+)*)"
        r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>\*\*|<=|>=|<>|!=|==|&&|\|\||[-+*/^(),;<>=]))"
    ),
    ".": re.compile(
        r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*(?:\.\w+)*)"
        r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>\*\*|<=|>=|<>|!=|==|&&|\|\||[-+*/^(),;<>=]))"
    ),
}
_COMPARED: Final = {"=": "=", "==": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS: Final = frozenset({"or", "and", "not", "div", "mod"})


class _Parser:
    """Recursive descent that writes reverse Polish steps."""

    def __init__(self, text: str, decimal: str) -> None:
        self.text = text
        self.steps: list[_Step] = []
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        position, whole = 0, text.rstrip()
        pattern = _TOKENS["," if decimal == "," else "."]
        while position < len(whole):
            match = pattern.match(whole, position)
            if match is None:
                raise self.error()
            kind = str(match.lastgroup)
            token = match[kind]
            if kind == "name":
                token = token.lower()
                kind = "sign" if token in _WORDS else kind
            self.tokens.append((kind, token))
            position = match.end()

    def error(self, code: str = "foreign_formula_syntax") -> TanbiaoError:
        return TanbiaoError.of(code, text=self.text[:120])

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else "end"

    def sign(self) -> str:
        """Return the sign or word operator that stands next, or ""."""
        return self.tokens[self.at][1] if self.kind() == "sign" else ""

    def accept(self, *signs: str) -> str:
        sign = self.sign()
        if sign and sign in signs:
            self.at += 1
            return sign
        return ""

    def emit(self, kind: str, value: float | str, arity: int = 0) -> None:
        if len(self.steps) >= MAX_STEPS:
            raise self.error("foreign_formula_syntax")
        self.steps.append((kind, value, arity))

    def either(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.error()
        self.both(depth)
        while self.accept("or", "||"):
            self.both(depth)
            self.emit("call", "or", 2)

    def both(self, depth: int) -> None:
        self.compare(depth)
        while self.accept("and", "&&"):
            self.compare(depth)
            self.emit("call", "and", 2)

    def compare(self, depth: int) -> None:
        self.sum(depth)
        if sign := self.accept(*_COMPARED):
            self.sum(depth)
            self.emit("call", _COMPARED[sign], 2)

    def sum(self, depth: int) -> None:
        self.product(depth)
        while sign := self.accept("+", "-"):
            self.product(depth)
            self.emit("call", sign, 2)

    def product(self, depth: int) -> None:
        self.unary(depth)
        while sign := self.accept("*", "/", "div", "mod"):
            self.unary(depth)
            self.emit("call", sign, 2)

    def unary(self, depth: int) -> None:
        signs: list[str] = []
        while sign := self.accept("+", "-", "not"):
            signs.append(sign)
        self.power(depth)
        for sign in reversed(signs):
            if sign != "+":
                self.emit("call", "negative" if sign == "-" else "not", 1)

    def power(self, depth: int) -> None:
        self.atom(depth)
        if self.accept("^", "**"):
            signs = []
            while sign := self.accept("+", "-"):
                signs.append(sign)
            self.atom(depth)
            if self.sign() in ("^", "**"):
                raise self.error("formula_ambiguous")
            if signs.count("-") % 2:
                self.emit("call", "negative", 1)
            self.emit("call", "pow", 2)

    def atom(self, depth: int) -> None:
        if self.accept("("):
            self.either(depth + 1)
            if not self.accept(")"):
                raise self.error()
            return
        kind = self.kind()
        token = self.tokens[self.at][1] if kind != "end" else ""
        self.at += 1
        if kind == "number":
            value = float(token.replace(",", "."))
            if not math.isfinite(value):
                raise self.error()
            self.emit("number", value)
        elif kind == "text":
            self.emit("text", token[1:-1])
        elif kind == "name" or (kind == "sign" and token in ("and", "or", "mod", "div") and self.sign() == "("):
            if self.accept("("):
                self.call(token, depth)
            else:
                self.emit("name", token)
        else:
            raise self.error()

    def call(self, name: str, depth: int) -> None:
        arity = 0
        while not self.accept(")"):
            if arity and not self.accept(",", ";"):
                raise self.error()
            self.either(depth + 1)
            arity += 1
        self.emit("call", name, arity)


# --- functions --------------------------------------------------------------------------------------------------------


def _power(base: float, exponent: float) -> float:
    """Return base^exponent; whole exponents up to 64 by multiplication, else exp(exponent · ln base)."""
    if exponent == int(exponent) and abs(exponent) <= 64:
        product = 1.0
        for _ in range(abs(int(exponent))):
            product *= base
        return 1.0 / product if exponent < 0 else product
    if base == 0 and exponent > 0:
        return 0.0
    if base < 0:
        if exponent != int(exponent):
            raise ValueError
        return exp_scalar(exponent * log_scalar(-base)) * (-1.0 if int(exponent) % 2 else 1.0)
    return exp_scalar(exponent * log_scalar(base))


def _log(value: float) -> float:
    if value <= 0:
        raise ValueError
    return log_scalar(value)


def _rounded(value: float, digits: float = 0.0) -> float:
    """Round halves away from zero, as the programs do that write such formulas."""
    if abs(digits) > 15:
        raise ValueError
    factor = 10.0 ** int(digits)
    return math.copysign(math.floor(abs(value) * factor + 0.5) / factor, value)


def _remainder(value: float, divisor: float) -> float:
    return math.fmod(value, divisor)


def _whole_quotient(value: float, divisor: float) -> float:
    return float(math.trunc(value / divisor))


def _truth(value: bool) -> float:
    return 1.0 if value else 0.0


_Function = Callable[..., float]
_MANY: Final = 1000
_FUNCTIONS: Final[Mapping[str, tuple[int, int, _Function]]] = {
    "+": (2, 2, lambda a, b: a + b),
    "-": (2, 2, lambda a, b: a - b),
    "*": (2, 2, lambda a, b: a * b),
    "/": (2, 2, lambda a, b: a / b),
    "div": (2, 2, _whole_quotient),
    "mod": (2, 2, _remainder),
    "negative": (1, 1, lambda a: -a),
    "not": (1, 1, lambda a: _truth(a == 0)),
    "=": (2, 2, lambda a, b: _truth(a == b)),
    "<>": (2, 2, lambda a, b: _truth(a != b)),
    "<": (2, 2, lambda a, b: _truth(a < b)),
    "<=": (2, 2, lambda a, b: _truth(a <= b)),
    ">": (2, 2, lambda a, b: _truth(a > b)),
    ">=": (2, 2, lambda a, b: _truth(a >= b)),
    "and": (1, _MANY, lambda *values: _truth(all(values))),
    "or": (1, _MANY, lambda *values: _truth(any(values))),
    "pow": (2, 2, _power),
    "power": (2, 2, _power),
    "abs": (1, 1, abs),
    "sqrt": (1, 1, math.sqrt),
    "sqr": (1, 1, lambda a: a * a),
    "exp": (1, 1, exp_scalar),
    "ln": (1, 1, _log),
    "log": (1, 1, lambda a: _log(a) / log_scalar(10.0)),
    "log10": (1, 1, lambda a: _log(a) / log_scalar(10.0)),
    "lg": (1, 1, lambda a: _log(a) / log_scalar(10.0)),
    "log2": (1, 1, lambda a: _log(a) / log_scalar(2.0)),
    "min": (1, _MANY, min),
    "max": (1, _MANY, max),
    "sum": (1, _MANY, lambda *values: math.fsum(values)),
    "avg": (1, _MANY, lambda *values: math.fsum(values) / len(values)),
    "average": (1, _MANY, lambda *values: math.fsum(values) / len(values)),
    "round": (1, 2, _rounded),
    "int": (1, 1, lambda a: float(math.floor(a))),
    "trunc": (1, 1, lambda a: float(math.trunc(a))),
    "frac": (1, 1, lambda a: a - math.trunc(a)),
    "floor": (1, 1, lambda a: float(math.floor(a))),
    "ceil": (1, 1, lambda a: float(math.ceil(a))),
    "ceiling": (1, 1, lambda a: float(math.ceil(a))),
    "sign": (1, 1, lambda a: float((a > 0) - (a < 0))),
    "signum": (1, 1, lambda a: float((a > 0) - (a < 0))),
    "sin": (1, 1, math.sin),
    "cos": (1, 1, math.cos),
    "tan": (1, 1, math.tan),
    "asin": (1, 1, math.asin),
    "acos": (1, 1, math.acos),
    "atan": (1, 1, math.atan),
    "arcsin": (1, 1, math.asin),
    "arccos": (1, 1, math.acos),
    "arctan": (1, 1, math.atan),
    "sinh": (1, 1, math.sinh),
    "cosh": (1, 1, math.cosh),
    "tanh": (1, 1, math.tanh),
    "pi": (0, 0, lambda: math.pi),
}
_CHOICES: Final = ("if", "iff")
_CONSTANTS: Final = {"pi": math.pi, "true": 1.0, "false": 0.0}


def _call(name: str, values: list[_Value]) -> _Value:
    if name in _CHOICES and len(values) == 3:
        if isinstance(values[0], _Failed):
            return values[0]
        return values[1] if values[0] else values[2]
    known = _FUNCTIONS.get(name)
    if known is None or not known[0] <= len(values) <= known[1]:
        return _Failed("foreign_formula_function", (("name", name), ("count", len(values))))
    plain: list[float] = []
    for value in values:
        if isinstance(value, _Failed):
            return value
        plain.append(value)
    try:
        result = float(known[2](*plain))
    except (ArithmeticError, ValueError, TanbiaoError):
        result = math.nan
    shown = ", ".join(f"{value:g}" for value in plain[:5])
    return result if math.isfinite(result) else _Failed("foreign_formula_domain", (("name", name), ("values", shown)))


def _run(program: Program, names: Mapping[str, _Value]) -> _Value:
    stack: list[_Value] = []
    for kind, value, arity in program.steps:
        if kind == "number":
            stack.append(float(value))
        elif kind == "name":
            found = names.get(str(value), _CONSTANTS.get(str(value)))
            stack.append(_Failed("foreign_formula_name", (("name", str(value)),)) if found is None else found)
        elif kind == "text":
            stack.append(_Failed("foreign_formula_text", (("text", str(value)[:80]),)))
        else:
            arguments = stack[len(stack) - arity :]
            del stack[len(stack) - arity :]
            stack.append(_call(str(value), arguments))
    return stack[0]


# --- parameters that use each other -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Scope:
    """Named values and formulas, seen without regard to case; what is not here is looked for in ``outer``.

    Formulas may use each other in any order. A formula that fails has a failure with its own code; those that use it
    have ``foreign_formula_upstream``; those on a circle have ``foreign_formula_cycle``, which names the circle. Where
    the file also states a value, that value stands in for a formula that fails.
    """

    outer: Scope | None = None
    decimal: str = "."
    failures: dict[str, TanbiaoError] = field(default_factory=dict)
    """Name as written → why its formula gave nothing; complete after :meth:`settle`."""
    _values: dict[str, _Value] = field(default_factory=dict)
    _formulas: dict[str, tuple[str, str, float | None]] = field(default_factory=dict)

    def define(self, name: str, value: float | None, formula: str = "") -> None:
        """Define or replace a name; with a formula the value is what the file states beside it."""
        key = name.strip().lower()
        self._formulas.pop(key, None)
        self._values.pop(key, None)
        if formula.strip():
            self._formulas[key] = (name, formula, value)
        elif value is not None:
            self._values[key] = value

    def settle(self) -> Scope:
        """Evaluate every formula, in the order of their use, and return this scope."""
        programs: dict[str, Program] = {}
        for key, (name, text, stated) in self._formulas.items():
            try:
                programs[key] = compile_formula(text, self.decimal)
            except TanbiaoError as error:
                self.failures[name] = error
                failed = _Failed("foreign_formula_upstream", (("name", name),))
                self._values[key] = failed if stated is None else stated
        for key in _ordered(programs, self._cycle):
            if key not in self._values:
                self._settle_one(key, programs[key])
        self._formulas = {}
        return self

    def _settle_one(self, key: str, program: Program) -> None:
        name, _, stated = self._formulas[key]
        value = _run(program, _Lookup(self))
        if isinstance(value, _Failed):
            self.failures[name] = value.error()
            value = _Failed("foreign_formula_upstream", (("name", name),)) if stated is None else stated
        self._values[key] = value

    def _cycle(self, circle: list[str]) -> None:
        shown = " → ".join(self._formulas[key][0] for key in [*circle[:20], circle[0]])
        for key in circle:
            name, _, stated = self._formulas[key]
            self.failures[name] = TanbiaoError.of("foreign_formula_cycle", circle=shown)
            failed = _Failed("foreign_formula_upstream", (("name", name),))
            self._values[key] = failed if stated is None else stated

    def find(self, key: str) -> _Value | None:
        """Return the value of a name in lower case, here or further out; None where nobody defines it."""
        scope: Scope | None = self
        while scope is not None:
            if key in scope._values:
                return scope._values[key]
            scope = scope.outer
        return None

    def values(self) -> dict[str, float]:
        """Return the names of this scope alone, in lower case, that have a value."""
        return {key: value for key, value in self._values.items() if not isinstance(value, _Failed)}


class _Lookup(Mapping[str, _Value]):
    """Names of a scope and those around it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __getitem__(self, key: str) -> _Value:
        value = self._scope.find(key)
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterable[str]:  # type: ignore[override]
        return iter(self._scope.values())

    def __len__(self) -> int:
        return len(self._scope.values())


def evaluate(text: str, scope: Scope | None = None, decimal: str = ".") -> float:
    """Return the value of a formula in a scope whose own formulas are settled.

    Raises
    ------
    TanbiaoError
        ``foreign_formula_syntax``, ``foreign_formula_too_long``, ``formula_ambiguous``, ``foreign_formula_name``
        (unknown), ``foreign_formula_function`` (unknown, or another number of arguments), ``foreign_formula_text`` (a
        quoted text as argument), ``foreign_formula_domain`` (division by zero, root of a negative number, overflow),
        ``foreign_formula_upstream`` (a parameter it uses has no value).
    """
    scope = scope if scope is not None else Scope(decimal=decimal)
    value = _run(compile_formula(text, scope.decimal), _Lookup(scope))
    if isinstance(value, _Failed):
        raise value.error()
    return value


def _ordered(programs: Mapping[str, Program], on_cycle: Callable[[list[str]], None]) -> list[str]:
    """Return the keys so that each comes after those it uses; report each circle once (depth first, no recursion)."""
    order: list[str] = []
    state: dict[str, int] = {}  # 1 on the path, 2 done
    for start in programs:
        if start in state:
            continue
        state[start] = 1
        path = [start]
        rests = [iter(sorted(programs[start].names))]
        while path:
            step = next((name for name in rests[-1] if name in programs and state.get(name) != 2), None)
            if step is None:
                key = path.pop()
                rests.pop()
                state[key] = 2
                order.append(key)
            elif state.get(step) == 1:
                on_cycle(path[path.index(step) :])
            else:
                state[step] = 1
                path.append(step)
                rests.append(iter(sorted(programs[step].names)))
    return order
