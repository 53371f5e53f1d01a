"""The reduction commitment of a case: baseline, measures, target, year. Offsets do not count.

Neither a bought credit nor an avoided emission of somebody else lowers a product's own footprint (ISO 14067:2018, 6.1:
no offsetting in a footprint), so a measure of such a kind is refused by its name, never counted as nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tanbiao.core.findings import Finding, Severity, finding

KINDS: Final = ("energy_efficiency", "renewable_energy", "material", "process", "transport", "design", "own_removal")
"""What an organisation does itself, in its own system or supply chain."""
NEVER: Final = ("offset", "credit", "removal_credit", "avoided_emission")
"""What does not count, whatever its quality."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its kind, what is done, and the saving meant of it as decimal text, in the baseline's unit."""

    kind: str
    text: str
    saving: str = ""


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e18 else None


def check_commitment(
    *, baseline: str, baseline_year: int, target: str, target_year: int, measures: Sequence[Measure]
) -> tuple[Finding, ...]:
    """Return what stands against a commitment; empty when nothing does.

    ``baseline`` and ``target`` are decimal text in one unit: a target lies below its baseline, in a later year.
    """
    found = []
    begun, aim = _number(baseline), _number(target)
    for where, number, text in (("baseline", begun, baseline), ("target", aim, target)):
        if number is None:
            found.append(finding("reduction_number", Severity.BLOCKING, where, text=text[:40]))
    if begun is not None and aim is not None and not aim < begun:
        found.append(
            finding("reduction_target_not_below", Severity.BLOCKING, "target", baseline=baseline, target=target)
        )
    if target_year <= baseline_year:
        found.append(finding("reduction_year", Severity.BLOCKING, "target_year", begun=baseline_year, year=target_year))
    return (*found, *check_measures(measures))


def check_measures(measures: Sequence[Measure]) -> tuple[Finding, ...]:
    """Return what stands against measures of reduction: none at all, an offset, an unknown kind, one without words."""
    found = []
    if not measures:
        found.append(finding("reduction_without_measure", Severity.BLOCKING, "measures"))
    for place, measure in enumerate(measures):
        where = f"measures.{place}"
        if measure.kind in NEVER:
            found.append(
                finding("reduction_by_offset", Severity.BLOCKING, where, kind=measure.kind, text=measure.text[:80])
            )
        elif measure.kind not in KINDS:
            found.append(finding("reduction_kind_unknown", Severity.BLOCKING, where, kind=measure.kind[:40]))
        elif not measure.text.strip() or (measure.saving and _number(measure.saving) is None):
            found.append(finding("reduction_measure_incomplete", Severity.BLOCKING, where, number=place + 1))
    return tuple(found)
