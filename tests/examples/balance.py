"""Mass balance of a process of a study, for the tests."""

from __future__ import annotations

from tanbiao.core.study import expressions
from tanbiao.core.study.model import Absent, Study
from tanbiao.core.units import parse_amount, parse_unit

KILOGRAM = parse_unit("kg")


def _names(study: Study) -> dict[str, expressions.Value]:
    names = {}
    for key, parameter in study.parameters.items():
        text = parameter.amount
        try:
            number, unit = parse_amount(text if any(c.isalpha() for c in text) else f"{text} 1")
        except Exception:
            number, unit = float(text), parse_unit("1")
        names[key] = expressions.Value.of(number, unit)
    return names


def _kilograms(study: Study, text: str) -> float | None:
    if text.startswith("="):
        value = expressions.evaluate(expressions.parse(text[1:].strip()), _names(study))
    else:
        number, unit = parse_amount(text)
        value = expressions.Value.of(number, unit)
    return float(value.si) if value.dimension == KILOGRAM.dimension else None


def masses(study: Study, process: str, without: set[str] = frozenset()) -> tuple[float, float, float, float]:  # type: ignore[assignment]
    """Return kilograms that a process takes, gives, emits and loses; ``without`` leaves out ``steam`` and ``fuel``."""
    found = study.processes[process]
    sums = {"takes": 0.0, "emits": 0.0, "losses": 0.0}
    for part, row in found.rows():
        if isinstance(row.amount, Absent) or row.transport is not None or row.electricity is not None:
            continue
        if row.fuel is not None and "fuel" in without:
            continue
        if row.from_ == "process/steam" and "steam" in without:
            continue
        sums[part] += _kilograms(study, row.amount) or 0.0
    assert isinstance(found.gives, str)
    return sums["takes"], _kilograms(study, found.gives) or 0.0, sums["emits"], sums["losses"]
