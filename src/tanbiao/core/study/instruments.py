"""What a study uses up: certificates of power, of recycled content, of stored CO2, passes of captured CO2, and the
output of a plant of one's own or at the end of one's own line.

Each may be used once. One study finds a second use within itself; across studies, products and factories the claim
ledger does (:mod:`tanbiao.web.claims`), by kind and code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.codes import normal_code

KILOGRAM: Final = units.parse_unit("kg")
PLANTS: Final = ("own_generation", "direct_line")
"""Not certificates but the output of a plant in a month; its code is month, technology, site and plant."""
KINDS: Final = ("green_power", "recycled_content", "co2_storage", "co2_pass", "co2_received", *PLANTS)
UNITS: Final = dict.fromkeys(KINDS, "kg") | dict.fromkeys(("green_power", *PLANTS), "MWh")
"""The unit in which the amounts of a kind stand."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A certificate, proof or pass that counts in a result, and how much of it."""

    kind: str
    code: str
    amount: float
    """MWh of power, kg of material or CO2, over the study's data period."""
    whole: float | None
    """What it holds in all, where the study says that others may use the rest; of a plant what the site could use."""
    row: str
    where: str


def used_before(used: Sequence[Instrument], new: Instrument) -> Instrument | None:
    """Return the first earlier use with which this one is too much; None where it is the first, or both fit.

    Uses fit where all of them say the same whole and together stay within it. Rows of one study that say nothing of a
    plant's output fit too: each rests on its own meters.
    """
    code = normal_code(new.code)
    others = [one for one in used if (one.kind, normal_code(one.code)) == (new.kind, code) and one.where != new.where]
    if not others:
        return None
    wholes = {one.whole for one in (*others, new)}
    if new.kind in PLANTS and wholes == {None}:
        return None
    whole = wholes.pop()
    total = add(new.amount, *(one.amount for one in others))
    fits = not wholes and whole is not None and total <= whole * (1 + 1e-9)
    return None if fits else others[0]


def mass_of(text: str, where: str) -> float:
    """Return kg of a stated mass."""
    value, unit = units.parse_amount(text, where)
    return units.convert(value, unit, KILOGRAM, where=where)


def instruments_table(used: Sequence[Instrument]) -> list[dict[str, Any]]:
    """Return the instruments of a result, for the claim ledger and the reader."""
    return [
        {
            "kind": item.kind,
            "code": item.code,
            "amount": item.amount,
            "whole": item.whole,
            "unit": UNITS[item.kind],
            "row": item.row,
            "where": item.where,
        }
        for item in used
    ]
