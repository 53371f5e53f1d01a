"""The misstatement ledger: found, corrected, uncorrected, extrapolated, and held against materiality.

A misstatement is declared − correct (kg CO2e per declared unit; positive = overstated) in the package in which it was
found. What is left of it is the value that the row has in the package of this round − the correct value: a correction
is seen in the figures and never claimed.

**Extrapolation** is the ratio estimate (W. G. Cochran, *Sampling Techniques*, 3rd ed. 1977, ch. 6: estimate of a total
by the ratio to a known auxiliary, here the size of the declared rows). In each stratum *h*

    r_h = Σ misstatement found in tested rows of h / Σ |declared| of tested rows of h
    E_h = r_h × Σ |declared| of untested rows of h

A stratum of which nothing was tested takes the ratio of all tested rows (combined ratio estimate, §6.11), and says so.
Also corrected misstatements count in r_h, because the rows nobody looked at were not corrected. One that the verifier
states to be isolated, with a reason, counts itself and is not extrapolated. Rows are chosen by risk and size and not
by lot, so the estimate has no confidence interval; it says what the same rate of error would mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tanbiao.core.amounts import add


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """A row of the population: its stratum, |declared|, and whether it was tested."""

    row: str
    stratum: str
    size: float
    tested: bool


@dataclass(frozen=True, slots=True)
class Misstatement:
    """An error that was found in a row.

    ``declared`` and ``correct`` are those of the package in which it was found; ``now`` is the row's value in the
    package of this round (0 where the row is gone or was left out from the beginning).
    """

    number: int
    row: str
    declared: float
    correct: float
    now: float
    isolated: bool = False
    intended: bool = False
    """There are signs of intent: material whatever its size, until it is corrected."""

    @property
    def found(self) -> float:
        """Declared − correct, as it was found."""
        return self.declared - self.correct

    @property
    def left(self) -> float:
        """What is left of it in the package of this round."""
        return self.now - self.correct

    @property
    def corrected(self) -> float:
        """Found − left."""
        return self.found - self.left


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum with its ratio: None where nothing at all was tested, so that nothing can be said."""

    name: str
    tested: float
    untested: float
    found: float
    ratio: float | None
    pooled: bool
    """The ratio is that of all tested rows: nothing of this stratum was tested."""

    @property
    def extrapolated(self) -> float | None:
        """Ratio × size of the untested rows."""
        if not self.untested:
            return 0.0
        return None if self.ratio is None else self.ratio * self.untested


class Standing(StrEnum):
    """What the ledger says."""

    IMMATERIAL = "immaterial"
    MATERIAL = "material"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class MisstatementLedger:
    """The whole ledger, kg CO2e per declared unit; ``limit`` is the materiality in the same unit."""

    misstatements: tuple[Misstatement, ...]
    strata: tuple[Stratum, ...]
    declared: float
    limit: float

    @property
    def found(self) -> float:
        """Net sum of what was found."""
        return add(*(item.found for item in self.misstatements))

    @property
    def corrected(self) -> float:
        """Net sum of what was corrected."""
        return add(*(item.corrected for item in self.misstatements))

    @property
    def uncorrected(self) -> float:
        """Net sum of what is left."""
        return add(*(item.left for item in self.misstatements))

    @property
    def extrapolated(self) -> float | None:
        """Net sum over the strata; None where one of them can't be estimated."""
        parts = [stratum.extrapolated for stratum in self.strata]
        return None if None in parts else add(*(part for part in parts if part is not None))

    @property
    def aggregated(self) -> float | None:
        """Uncorrected + extrapolated: what is held against materiality."""
        return None if self.extrapolated is None else add(self.uncorrected, self.extrapolated)

    @property
    def decisive(self) -> float | None:
        """The larger of |aggregated| and the largest single one that is left; None where it is not known.

        ISO 14064-3 asks for misstatements alone and in aggregate; a single one is not set off against others.
        """
        largest = max((abs(item.left) for item in self.misstatements), default=0.0)
        if self.aggregated is None:
            return largest if largest >= self.limit > 0 else None
        return max(abs(self.aggregated), largest)

    @property
    def percent(self) -> float | None:
        """The decisive amount in percent of |declared|; None where it is not known or nothing is declared."""
        if self.decisive is None:
            return None
        if not self.declared:
            return 0.0 if not self.decisive else None
        return 100.0 * self.decisive / abs(self.declared)

    @property
    def standing(self) -> Standing:
        """Material at or above the limit, or by intent; undetermined where too little was tested to say."""
        if any(item.intended and item.left for item in self.misstatements):
            return Standing.MATERIAL
        if self.decisive is None:
            return Standing.UNDETERMINED
        return Standing.MATERIAL if self.decisive and self.decisive >= self.limit else Standing.IMMATERIAL


def misstatement_ledger(
    population: Sequence[PopulationRow],
    misstatements: Iterable[Misstatement],
    *,
    declared: float,
    materiality_percent: float,
) -> MisstatementLedger:
    """Return the ledger of a round.

    Parameters
    ----------
    population
        Every row of the result.
    misstatements
        What was found, in all rounds.
    declared
        The declared total, kg CO2e per declared unit.
    materiality_percent
        Materiality in percent of |declared|.
    """
    items = tuple(sorted(misstatements, key=lambda item: item.number))
    stratum_of = {row.row: row.stratum for row in population if row.tested}
    spread: dict[str, list[float]] = {}
    for item in items:
        if not item.isolated and item.row in stratum_of:
            spread.setdefault(stratum_of[item.row], []).append(item.found)
    sizes = {
        name: (_size(population, name, tested=True), _size(population, name, tested=False))
        for name in dict.fromkeys(row.stratum for row in population)
    }
    return MisstatementLedger(items, _strata(sizes, spread), declared, abs(declared) * materiality_percent / 100.0)


def _size(population: Sequence[PopulationRow], stratum: str, *, tested: bool) -> float:
    return add(*(row.size for row in population if row.stratum == stratum and row.tested is tested))


def _strata(sizes: Mapping[str, tuple[float, float]], spread: Mapping[str, list[float]]) -> tuple[Stratum, ...]:
    all_tested = add(*(tested for tested, _ in sizes.values()))
    all_found = add(*(value for values in spread.values() for value in values))
    strata = []
    for name, (tested, untested) in sizes.items():
        found = add(*spread.get(name, ()))
        pooled = not tested and untested > 0
        ratio = _ratio(all_found, all_tested) if pooled else _ratio(found, tested)
        strata.append(Stratum(name, tested, untested, found, ratio, pooled))
    return tuple(strata)


def _ratio(found: float, size: float) -> float | None:
    return found / size if size else None
