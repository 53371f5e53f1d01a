"""The rows of SimaPro's tables: columns by table, uncertainty, parameters, dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tanbiao.core.dataset.inventory import Parameter, Spread
from tanbiao.formats.formulas import Scope
from tanbiao.formats.reading import Log, lenient_number, number, pedigree_of, spread_of
from tanbiao.formats.simapro_blocks import Header, Row

COMPARTMENTS: Final = {
    "resources": "resource",
    "emissions to air": "air",
    "emissions to water": "water",
    "emissions to soil": "soil",
    "final waste flows": "final waste flow",
    "non material emissions": "non material emission",
    "social issues": "social issue",
    "economic issues": "economic issue",
}
"""Tables of substances → compartment. Final waste flows are ends of the system: nobody treats them any further."""
SUBSTANCES: Final = {
    "raw materials": "resource",
    "airborne emissions": "air",
    "waterborne emissions": "water",
    "emissions to soil": "soil",
    "final waste flows": "final waste flow",
    "non material emissions": "non material emission",
    "social issues": "social issue",
    "economic issues": "economic issue",
}
"""Library blocks of substances → compartment."""
INPUTS: Final = frozenset(
    {
        "avoided products",
        "materials/fuels",
        "electricity/heat",
        "materials/assemblies",
        "processes",
        "assembly",
        "additional life cycles",
    }
)
OUTPUTS: Final = frozenset(
    {
        "waste to treatment",
        "waste scenarios",
        "disposal scenarios",
        "disassemblies",
        "reuses",
        "waste/disposal scenario",
    }
)
PERCENTAGES: Final = frozenset({"separated waste", "remaining waste"})
"""Tables of a waste scenario: which share of which waste goes to which treatment."""

_DISTRIBUTIONS: Final = {
    "undefined": "undefined",
    "lognormal": "lognormal",
    "normal": "normal",
    "triangle": "triangular",
    "triangular": "triangular",
    "uniform": "uniform",
}
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of an exchange, its cells by their meaning, as written."""

    name: str
    unit: str
    amount: str
    compartment: str = ""
    distribution: str = ""
    deviation: str = ""
    minimum: str = ""
    maximum: str = ""
    comment: str = ""
    id: str = ""


def line(row: Row, substance: bool, header: Header, log: Log, where: str) -> Line:
    """Return an exchange: name; [sub-compartment;] unit; amount; distribution; deviation; min; max; comment; [id].

    A separator inside an unquoted name shifts the columns; the word of the distribution tells by how much.
    """
    cells = list(row.cells)
    expected = 4 if substance else 3
    at = next((i for i, cell in enumerate(cells) if i >= expected and cell.lower() in _DISTRIBUTIONS), -1)
    if at > expected and number(cells[at - 1], header.decimal) is not None:
        shift = at - expected
        cells[: shift + 1] = [header.separator.join(row.raw[: shift + 1]).strip()]
        log.warn("simapro_separator_in_name", where, name=cells[0])
    if len(cells) < expected:
        log.warn("simapro_row_short", where, count=len(cells))
    cells += [""] * (expected + 6 - len(cells))
    compartment = cells[1] if substance else ""
    rest = cells[expected:]
    key = next((cell.lower() for cell in reversed(rest[4:]) if _UUID.fullmatch(cell)), "")
    comment = header.separator.join(cell for cell in rest[4:] if cell and cell.lower() != key)
    distribution = rest[0].lower()
    if distribution and distribution not in _DISTRIBUTIONS:
        log.warn("spread_unknown", where, kind=rest[0])
    return Line(
        name=cells[0],
        unit=cells[expected - 2],
        amount=cells[expected - 1],
        compartment=compartment,
        distribution=_DISTRIBUTIONS.get(distribution, "undefined"),
        deviation=rest[1],
        minimum=rest[2],
        maximum=rest[3],
        comment=comment,
        id=key,
    )


def percentage(row: Row) -> Line:
    """Return a row of a waste scenario: treatment; waste type; per cent; comment."""
    cells = (*row.cells, "", "", "")
    comment = "; ".join(part for part in (f"waste type: {cells[1]}" if cells[1] else "", cells[3]) if part)
    return Line(name=cells[0], unit="%", amount=cells[2], comment=comment, distribution="undefined")


def spread(one: Line, amount: float, decimal: str, log: Log, where: str) -> Spread | None:
    """Return the uncertainty: "SD^2 or 2*SD" is GSD² of a log-normal and two deviations of a normal distribution."""
    texts = {"SD^2 or 2*SD": one.deviation, "minimum": one.minimum, "maximum": one.maximum}
    deviation, low, high = (lenient_number(text, log, where, name, decimal) for name, text in texts.items())
    pedigree = pedigree_of(one.comment)
    if one.distribution == "undefined":
        return Spread("undefined", pedigree=pedigree) if pedigree else None
    return spread_of(
        one.distribution, log, where, deviation=deviation, low=low, mode=amount, high=high, pedigree=pedigree
    )


def parameters(
    rows: Iterable[Row], is_input: bool, scope: Scope, log: Log, member: str, *, process: str = "", note: str = ""
) -> list[Parameter]:
    """Return the parameters of a table and define them in ``scope``.

    Input parameters: name; value; distribution; deviation; min; max; hidden; comment. Calculated ones: name; formula;
    comment; their value is None until the scope is settled. ``note`` says whose they are (database, project).
    """
    found: list[Parameter] = []
    for row in rows:
        if not row.cells:
            continue
        where = f"{member}:{row.line}"
        cells = (*row.cells, *[""] * 8)
        name = cells[0].strip()
        if not name:
            log.warn("parameter_unnamed", where)
            continue
        prefix = f"{note}: " if note else ""
        value = (
            lenient_number(cells[1], log, where, name, scope.decimal) if is_input else number(cells[1], scope.decimal)
        )
        if value is None and is_input and not cells[1]:
            log.error("number_unreadable", where, value="", field=name)
        formula = "" if value is not None or is_input else cells[1]
        scope.define(name, value, formula)
        if not is_input:
            found.append(Parameter(name, value, cells[1], process, None, prefix + cells[2]))
            continue
        kind = _DISTRIBUTIONS.get(cells[2].lower(), "undefined")
        shape = Line(name, "", cells[1], "", kind, cells[3], cells[4], cells[5])
        stated = spread(shape, value, scope.decimal, log, where) if value is not None else None
        found.append(Parameter(name, value, "", process, stated, prefix + cells[7]))
    return found


def iso_date(text: str, header: Header) -> str:
    """Return a date as ISO 8601 by the header's short date format (``M/d/yyyy``, ``dd.MM.yyyy``), else as written."""
    order = re.findall(r"[dMy]+", header.date_format)
    parts = re.findall(r"\d+", text)
    if len(order) != 3 or len(parts) != 3:
        return text
    named = {letters[0]: int(part) for letters, part in zip(order, parts, strict=True) if len(part) <= 4}
    if set(named) != {"d", "M", "y"} or not (1 <= named["M"] <= 12 and 1 <= named["d"] <= 31 and named["y"] >= 1000):
        return text
    return f"{named['y']:04d}-{named['M']:02d}-{named['d']:02d}"
