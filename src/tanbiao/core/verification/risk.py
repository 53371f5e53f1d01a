"""Risk of misstatement per row, and the evidence plan that follows from it.

ISO 14064-3:2019 asks the verifier to assess inherent, control and detection risk and to design evidence-gathering by
them, and sets no scale. The scale here is a **project default, not official**: three levels, low 1, medium 2, high 3.
The risk of a material misstatement is inherent × control (1…9); by the audit risk model (audit risk = inherent ×
control × detection) a higher one leaves less room for detection risk, that is, asks for more evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tanbiao.core.verification.rows import SPECIFIC, ResultRow, supplier_shares

LEVELS: Final = ("low", "medium", "high")
_WEIGHT: Final = {"low": 1, "medium": 2, "high": 3}
ALL_FROM: Final = 6
SOME_FROM: Final = 3
"""From inherent × control = 6 all rows are tested (detection risk low), from 3 some (medium). Project default."""
LARGE_SHARE: Final = 0.1
SMALL_SHARE: Final = 0.01
"""Shares of Σ|value| from which a row is proposed as inherently risky, below which it is not. Project default."""


@dataclass(frozen=True, slots=True)
class Risk:
    """The verifier's assessment of a row: inherent and control risk, each ``low``, ``medium`` or ``high``."""

    inherent: str
    control: str

    @property
    def product(self) -> int:
        """Inherent × control, 1…9."""
        return _WEIGHT[self.inherent] * _WEIGHT[self.control]

    @property
    def detection(self) -> str:
        """The detection risk that may be taken: the higher the risk of misstatement, the lower."""
        if self.product >= ALL_FROM:
            return "low"
        return "medium" if self.product >= SOME_FROM else "high"

    @property
    def stratum(self) -> str:
        """The stratum of the population that the row belongs to: rows of one detection risk are tested alike."""
        return {"low": "high_risk", "medium": "medium_risk", "high": "low_risk"}[self.detection]


def proposed(row: ResultRow) -> Risk:
    """Return a first assessment from what the package says of a row; the verifier confirms or changes it.

    Inherent: high for a large share or a stand-in, low for a small one. Control: low where the data are of the site or
    primary, high for estimates, stand-ins and rows whose kind of data nobody states. Project default, not official.
    """
    inherent = "medium"
    if row.share >= LARGE_SHARE or row.stand_in:
        inherent = "high"
    elif row.share < SMALL_SHARE:
        inherent = "low"
    if row.stand_in or row.data_kind in ("", "estimate", "stand_in"):
        return Risk(inherent, "high" if row.share >= SMALL_SHARE else "medium")
    return Risk(inherent, "low" if row.data_kind in SPECIFIC else "medium")


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of the evidence plan, and why it is in it: ``risk``, ``supplier``, ``share``, ``stratum``."""

    row: str
    reasons: tuple[str, ...]


def suppliers_to_include(rows: Sequence[ResultRow], share: float) -> dict[str, float]:
    """Return the suppliers' sites whose data carry more than ``share`` of Σ|value|: they belong into the plan."""
    return {site: part for site, part in supplier_shares(rows).items() if part > share}


def propose_plan(
    rows: Sequence[ResultRow], risks: Mapping[str, Risk], *, share_min: float, supplier_share: float
) -> tuple[Choice, ...]:
    """Return the rows to test, largest first, each with its reasons.

    All rows whose detection risk must be low; the largest row of each supplier's site that carries more than
    ``supplier_share``; the largest rows until ``share_min`` of Σ|value| is covered; and the largest row of each stratum
    that would else have none, so that its error can be estimated. Rows without an assessment take the proposed one.
    """
    assessed = {row.row: risks.get(row.row) or proposed(row) for row in rows}
    why: dict[str, list[str]] = {}
    for row in rows:
        if assessed[row.row].detection == "low":
            why.setdefault(row.row, []).append("risk")
    for site in suppliers_to_include(rows, supplier_share):
        largest = next(row for row in rows if row.supplier == site)
        why.setdefault(largest.row, []).append("supplier")
    covered = sum(row.share for row in rows if row.row in why)
    for row in rows:
        if covered >= share_min:
            break
        if row.row not in why:
            why[row.row] = ["share"]
            covered += row.share
    for stratum in ("high_risk", "medium_risk", "low_risk"):
        members = [row for row in rows if assessed[row.row].stratum == stratum and row.size]
        if members and not any(row.row in why for row in members):
            why[members[0].row] = ["stratum"]
    return tuple(Choice(row.row, tuple(why[row.row])) for row in rows if row.row in why)
