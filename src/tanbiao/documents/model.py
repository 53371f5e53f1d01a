"""Reading the Result document: the parts of a total with their absences, safely typed.

The document is the one that ``calculate`` returns as JSON. Numbers may be JSON numbers or the decimal strings of its
canonical form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.core.amounts import Absence, Amount, add, amount_from_json
from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.documents.words import term

STAGES = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")
KINDS = ("fossil", "biogenic_emission", "biogenic_uptake", "land_use_change", "undivided")

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the total.

    Parameters
    ----------
    key
        Stage or kind.
    amount
        kg CO₂e per declared unit, or its absence.
    open
        Whether something within the part is unknown, so that its number is only what is known.
    """

    key: str
    amount: Amount
    open: bool = False

    @property
    def value(self) -> float:
        """The known value; 0 for an absent part, which adds nothing."""
        return 0.0 if isinstance(self.amount, Absence) else self.amount

    @property
    def absent(self) -> Absence | None:
        """The absence, or None when there is a number."""
        return self.amount if isinstance(self.amount, Absence) else None


def amount(value: Any) -> Amount:
    """Return a number or an absence from its JSON form; decimal strings are numbers too."""
    if isinstance(value, str):
        return float(value)
    return amount_from_json(value)


def figure(value: Any) -> float | None:
    """Return a number, or None where the document has null or an absence."""
    if value is None or isinstance(value, Mapping):
        return None
    return float(value)


def check(result: Result) -> None:
    """Refuse what is no Result document.

    Raises
    ------
    TanbiaoError
        ``result_malformed``: a key that every result has is missing.
    """
    for key in ("study", "total", "stages", "kinds", "contributions", "versions"):
        if key not in result:
            raise TanbiaoError.of("result_malformed", key=key)
    if "value" not in result["total"] or "unit" not in result["total"]:
        raise TanbiaoError.of("result_malformed", key="total.value")


def stages(result: Result) -> tuple[Part, ...]:
    """Return the five stages in their order; a stage the result does not name is unknown, never zero."""
    holes = unknown_stages(result)
    given = result["stages"]
    missing = {"absent": "unknown", "reason": ""}
    return tuple(Part(key, amount(given.get(key, missing)), key in holes) for key in STAGES)


def kinds(result: Result) -> tuple[Part, ...]:
    """Return the five kinds in their order."""
    given = result["kinds"]
    return tuple(Part(key, amount(given.get(key, 0.0))) for key in KINDS)


def unknown_stages(result: Result) -> set[str]:
    """Return the stages within which something is unknown: as the result says, else by the places of its absences."""
    stated = result.get("stage_completeness")
    if stated:
        return {key for key in STAGES if stated.get(key) == "incomplete"}
    places: set[str] = set()
    for absence in result["total"].get("absences", ()):
        if absence.get("absent") == "unknown":
            places.update(key for key in STAGES if key in str(absence.get("where", "")).split("."))
    return places


def total_value(result: Result) -> float:
    """Return the known part of the total, kg CO₂e per declared unit."""
    return float(result["total"]["value"])


def summed(parts: Sequence[Part]) -> float:
    """Return the compensated sum of the known values in the order given."""
    return add(*(part.value for part in parts))


def share(value: float, whole: float) -> float | None:
    """Return value ÷ whole; None when the whole is zero."""
    return value / whole if whole else None


def incomplete(result: Result) -> bool:
    """Whether something is unknown, so that the total must not appear as a plain number."""
    return bool(result["total"].get("completeness") == "incomplete")


def stage_name(key: str, lang: Lang) -> str:
    """Return the stage's name."""
    return term("stage", key, lang)


def kind_name(key: str, lang: Lang) -> str:
    """Return the kind's name."""
    return term("kind", key, lang)
