"""Units with a basis: ``kWh|LHV`` is not ``kWh|electricity``, and ``kg|N`` is not ``kg``.

A unit is a known expression and a basis that says what is measured. Dimensions must agree and so must bases; a bridge
between two bases or two dimensions is a :class:`Property` that somebody stated (a heating value, a density, a nitrogen
content, a mass per piece). Without it the conversion is refused: no number comes out.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.unit_table import (
    ALIASES,
    ATOMS,
    BASIS_ALIASES,
    COMPOUNDS,
    DESCRIPTIONS,
    ENERGY,
    MEASURES,
    MULTIPLIERS,
    WITH_BASIS,
    Dimension,
)

if TYPE_CHECKING:
    from pint import UnitRegistry

_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_SEPARATED: Final = re.compile(r"[+-]?\d{1,3}(?:[, '’]\d{3})+(?!\d)|[+-]?\d+,\d+")
_TERM: Final = re.compile(r"(?P<name>[^\^]+?)(?:\^(?P<power>-?[1-4]))?$")
_LONGEST: Final = 80
"""Characters of a unit: what is longer is no unit, and must not keep the parser busy."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure with its basis.

    Parameters
    ----------
    expression
        The canonical spelling: ``kWh``, ``t*km``, ``MJ/kg``, ``10000 m3``.
    basis
        What is measured: ``electricity``, ``LHV``, ``HHV``, ``N``, ``waste`` …; empty when the plain unit says it all.
    dimension
        Exponents of the base quantities.
    factor
        Exact number of SI base units in one of this unit.
    """

    expression: str
    basis: str
    dimension: Dimension
    factor: Fraction

    def __hash__(self) -> int:
        # Equal units have equal spellings; hashing the fraction as well would cost more than a conversion.
        return hash((self.expression, self.basis))

    def __str__(self) -> str:
        return f"{self.expression}|{self.basis}" if self.basis else self.expression

    @property
    def is_energy(self) -> bool:
        """Whether one unit is an amount of energy."""
        return self.dimension == ENERGY

    def with_basis(self, basis: str) -> Unit:
        """Return the unit with another statement of what is measured (no conversion happens)."""
        return Unit(self.expression, _basis(basis), self.dimension, self.factor)


@dataclass(frozen=True, slots=True)
class Property:
    """A stated bridge between two units: ``value`` ``numerator`` per one ``denominator``.

    ``Property("LHV", 42.652, MJ|LHV, kg)`` says that a kilogram of this diesel burns to 42.652 MJ; whoever states it
    is responsible for its source.
    """

    name: str
    value: float
    numerator: Unit
    denominator: Unit


def normalise(text: str) -> str:
    """Return the text in NFKC (full-width digits, ㎏, m³ become plain), with one kind of minus and of product sign."""
    if text.isascii():  # most texts; NFKC and the other signs don't concern them
        return text.strip().replace("**", "^")
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain.replace("−", "-").replace("×", "*").replace("·", "*").replace("⋅", "*").replace("**", "^")


def _basis(text: str) -> str:
    plain = text.strip()
    found = BASIS_ALIASES.get(plain, plain)
    if found and found not in MEASURES and found not in DESCRIPTIONS:
        raise TanbiaoError.of("unit_basis_unknown", basis=plain)
    return found


def parse_unit(text: str, where: str = "") -> Unit:
    """Return the unit that a text names.

    Parameters
    ----------
    text
        ``kg``, ``kWh|LHV``, ``吨公里``, ``万立方米``, ``kg/kWh`` … Spelling is exact after NFKC; nothing is guessed.

    Raises
    ------
    TanbiaoError
        ``unit_unknown``, ``unit_basis_unknown`` or ``unit_basis_contradicts``.
    """
    try:
        return _parse(text)
    except TanbiaoError as error:
        raise TanbiaoError(*(replace(item, where=where) for item in error.findings)) from None


@lru_cache(maxsize=4096)
def _parse(text: str) -> Unit:
    if len(text) > _LONGEST:
        raise TanbiaoError.of("unit_unknown", unit=f"{text[:_LONGEST]}…")
    plain = normalise(text)
    expression, _, basis_text = plain.partition("|")
    expression = re.sub(r"\s*([*/])\s*", r"\1", expression.strip())
    name, factor, dimension, implied = _resolve(expression, text)
    stated = _basis(basis_text)
    if implied and stated and implied != stated:
        raise TanbiaoError.of("unit_basis_contradicts", unit=expression, implied=implied, basis=stated)
    return Unit(name, stated or implied, dimension, factor)


def _resolve(expression: str, text: str, counted: bool = False) -> tuple[str, Fraction, Dimension, str]:
    """Return (canonical name, factor, dimension, implied basis); ``counted``: a number word already stood before it."""
    if expression in WITH_BASIS:
        name, implied = WITH_BASIS[expression]
        return name, ATOMS[name].factor, ATOMS[name].dimension, implied
    name = ALIASES.get(expression, expression)
    entry = ATOMS.get(name) or COMPOUNDS.get(name)
    if entry is not None:
        # A name that is nothing but another's unit with a basis is spelled by that unit: Nm3 is m3|normal conditions.
        return ("m3" if name == "Nm3" else name), entry.factor, entry.dimension, entry.basis
    multiplier, rest = (1, "") if counted else _count(expression)
    if rest:
        inner, factor, dimension, implied = _resolve(rest, text, counted=True)
        return f"{multiplier} {inner}", factor * multiplier, dimension, implied
    return _compound(expression, text)


def _count(expression: str) -> tuple[int, str]:
    """Return how many of what: (10000, "Nm3") of ``万Nm3`` or ``10^4 Nm3``; an empty rest when no number word leads."""
    for word, multiplier in MULTIPLIERS.items():
        if expression.startswith(word):
            return multiplier, expression.removeprefix(word).strip()
    found = re.fullmatch(r"(?:10\^(\d)|([1-9]\d{0,12}))\s*(\D.*)", expression)
    if found is None:
        return 1, ""
    return (10 ** int(found[1]) if found[1] else int(found[2])), found[3]


def _compound(expression: str, text: str) -> tuple[str, Fraction, Dimension, str]:
    """Resolve a product or quotient of known names with pint, which checks the dimensions."""
    parts = re.split(r"([*/])", expression)
    if len(parts) == 1 and "^" not in expression:
        raise TanbiaoError.of("unit_unknown", unit=text)
    spelled: list[str] = []
    for_pint: list[str] = []
    for part in parts:
        if part in ("*", "/"):
            spelled.append(part)
            for_pint.append(part)
            continue
        term = _TERM.match(part.strip())
        name = ALIASES.get(term["name"], term["name"]) if term else ""
        entry = ATOMS.get(name)
        if term is None or entry is None or entry.basis:
            raise TanbiaoError.of("unit_unknown", unit=text)
        power = term["power"] or "1"
        spelled.append(name if power == "1" else f"{name}^{power}")
        for_pint.append(f"(({entry.pint})**{power})")
    registry = _registry()
    quantity: Any = registry.parse_expression("".join(for_pint)).to_base_units()
    dimension = tuple(
        sorted((key.strip("[]"), int(power)) for key, power in quantity.dimensionality.items() if int(power))
    )
    return "".join(spelled), Fraction(quantity.magnitude), dimension, ""


@lru_cache(maxsize=1)
def _registry() -> UnitRegistry[Fraction]:
    """Return the private pint registry, imported only when a compound needs it."""
    from pint import UnitRegistry

    registry: UnitRegistry[Fraction] = UnitRegistry(non_int_type=Fraction, cache_folder=None)
    for name in ("piece", "sheet", "person", "vehicle", "EUR", "USD", "CNY"):
        registry.define(f"{name} = [{name}]")
    return registry


def parse_number(text: str, where: str = "") -> float:
    """Return a plain decimal number.

    Raises
    ------
    TanbiaoError
        ``amount_separator``: a comma or space inside the digits (1,234 means two things in two countries);
        ``amount_not_finite``: nan, inf, or beyond a float64; ``amount_malformed``: anything else.
    """
    plain = normalise(text)
    if _NUMBER.fullmatch(plain):
        value = float(plain)
        if math.isfinite(value):
            return value
        raise TanbiaoError.of("amount_not_finite", where, value=text)
    if plain.lower().lstrip("+-") in ("nan", "inf", "infinity", "无穷", "非数"):
        raise TanbiaoError.of("amount_not_finite", where, value=text)
    if _SEPARATED.match(plain):
        raise TanbiaoError.of("amount_separator", where, value=text)
    raise TanbiaoError.of("amount_malformed", where, value=text)


@lru_cache(maxsize=4096)
def parse_amount(text: str, where: str = "") -> tuple[float, Unit]:
    """Return the number and unit of ``2.41 kg``, ``３００ 度``, ``1.2e3 t*km``.

    Raises
    ------
    TanbiaoError
        As :func:`parse_number` and :func:`parse_unit`; ``unit_missing`` when there is a number alone.
    """
    plain = normalise(text)
    match = _NUMBER.match(plain)
    if match is None or _SEPARATED.match(plain):
        head = plain.split(" ")[0]
        parse_number(plain if _SEPARATED.match(plain) else head, where)
        raise TanbiaoError.of("amount_malformed", where, value=text)
    rest = plain[match.end() :].strip()
    value = parse_number(match.group(), where)
    if not rest:
        raise TanbiaoError.of("unit_missing", where, value=text)
    if rest[0] in "0123456789.,":
        raise TanbiaoError.of("amount_malformed", where, value=text)
    return value, parse_unit(rest, where)


def parse_value(text: str, where: str = "") -> tuple[float, Unit]:
    """Return the number and unit of a text, where a number alone is a pure number (unit ``1``).

    A share, an efficiency or a number of trips is written ``0.86``, ``86 %`` or ``20``.

    Raises
    ------
    TanbiaoError
        As :func:`parse_number` and :func:`parse_unit`.
    """
    try:
        return parse_amount(text, where)
    except TanbiaoError as error:
        if error.code != "unit_missing":
            raise
        return parse_number(text, where), parse_unit("1")


def qualify(unit: Unit, basis: str) -> Unit:
    """Return ``unit`` with ``basis`` where it has none: for a caller whose place already says what is measured.

    An electricity row may write ``kWh``; a row that writes ``kWh|LHV`` there is refused.

    Raises
    ------
    TanbiaoError
        ``unit_mismatch``: the unit states another basis.
    """
    if unit.basis and unit.basis != basis:
        raise TanbiaoError.of("unit_mismatch", unit=str(unit), expected=str(unit.with_basis(basis)))
    return unit.with_basis(basis)


def parse_property(name: str, text: str, where: str = "") -> Property:
    """Return the property that a study states: ``("LHV", "42.652 MJ/kg")``, ``("N", "0.46 kg|N/kg")``.

    The name LHV, HHV, N, K2O, P2O5, ``dry mass`` … gives the numerator its basis when the text does not.

    Raises
    ------
    TanbiaoError
        ``property_malformed``: not "number unit/unit", or not above zero.
    """
    plain = normalise(text)
    match = _NUMBER.match(plain)
    over = plain.rpartition("/")
    if match is None or not over[1]:
        raise TanbiaoError.of("property_malformed", where, name=name, value=text)
    value = parse_number(match.group(), where)
    numerator = parse_unit(over[0][match.end() :], where)
    if value <= 0:
        raise TanbiaoError.of("property_malformed", where, name=name, value=text)
    basis = BASIS_ALIASES.get(name, name)
    if basis in MEASURES and not numerator.basis:
        numerator = numerator.with_basis(basis)
    return Property(name, value, numerator, parse_unit(over[2], where))


def _meets(source: Unit, target: Unit) -> bool:
    if source.dimension != target.dimension:
        return False
    if source.basis == target.basis:
        return True
    # An unqualified kilogram may be a kilogram of waste: the word describes, it does not change the number.
    return not (source.basis and target.basis) and (source.basis or target.basis) in DESCRIPTIONS


@lru_cache(maxsize=4096)
def _direct(source: Unit, target: Unit) -> float | None:
    return float(source.factor / target.factor) if _meets(source, target) else None


def compatible(source: Unit, target: Unit) -> bool:
    """Whether amounts convert without any stated property."""
    return _direct(source, target) is not None


def convert(
    value: float,
    source: Unit,
    target: Unit,
    properties: Iterable[Property] | Mapping[str, Property] | None = None,
    where: str = "",
) -> float:
    """Return ``value`` in another unit.

    Parameters
    ----------
    value
        An amount in ``source``.
    properties
        Stated bridges between bases or dimensions; the shortest chain of them is used.

    Raises
    ------
    TanbiaoError
        ``unit_mismatch``: dimension or basis differ and no stated property bridges them; names both units.
        ``amount_not_finite``: the converted amount is beyond a float64.
    """
    factor = _direct(source, target)
    if factor is not None:
        return _finite(value * factor, where)
    stated = tuple(properties.values() if isinstance(properties, Mapping) else properties or ())
    bridged = _bridge(value, source, target, stated)
    if bridged is None:
        raise TanbiaoError.of("unit_mismatch", where, unit=str(source), expected=str(target))
    return _finite(bridged, where)


def _finite(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise TanbiaoError.of("amount_not_finite", where, value=str(value))
    return value


def _bridge(value: float, source: Unit, target: Unit, stated: tuple[Property, ...]) -> float | None:
    """Walk breadth-first over the stated properties, each used at most once on a way."""
    ways: list[tuple[float, Unit, tuple[Property, ...]]] = [(value, source, stated)]
    while ways:
        onward: list[tuple[float, Unit, tuple[Property, ...]]] = []
        for amount, unit, left in ways:
            for bridge in left:
                rest = tuple(item for item in left if item is not bridge)
                for near, far, ratio in (
                    (bridge.denominator, bridge.numerator, bridge.value),
                    (bridge.numerator, bridge.denominator, 1.0 / bridge.value),
                ):
                    step = _direct(unit, near)
                    if step is None:
                        continue
                    arrived = amount * step * ratio
                    last = _direct(far, target)
                    if last is not None:
                        return arrived * last
                    onward.append((arrived, far, rest))
        ways = onward
    return None
