"""The declared unit in the words of PACT and Catena-X, which share their list."""

from __future__ import annotations

from typing import Final

from tanbiao.core.units import parse_unit
from tanbiao.formats.forms.basis import Basis, amount_in, decimal, plain

UNITS: Final = {
    "kilogram": "kg",
    "liter": "L",
    "cubic meter": "m3",
    "kilowatt hour": "kWh",
    "megajoule": "MJ",
    "ton kilometer": "t*km",
    "square meter": "m2",
    "piece": "piece",
    "hour": "h",
}
"""Units of PACT and Catena-X → ours; a megabit and a second have no counterpart."""
LITRES: Final = ("L", "l", "mL", "ml", "dL", "cL")


def declared_unit(basis: Basis) -> tuple[str, str]:
    """Return (unit, amount); what fits none of the units is said to be unfit."""
    text = basis.study.unit.declared
    spelled = text.partition(" ")[2].strip()
    wanted = dict(UNITS)
    if spelled not in LITRES:
        wanted.pop("liter")
    exact = [word for word, unit in wanted.items() if spelled == unit]
    for word in [*exact, *wanted]:
        amount = amount_in(text, parse_unit(wanted[word]))
        if amount is not None and amount > 0:
            return word, plain(decimal(amount))
    basis.unfit("declaredUnitOfMeasurement", "unit.declared", text)
    return "", ""
